"""What the words of a message are about, in English, Spanish and Portuguese: one name for each thing that counts.

Words are folded (lower case, no accents, no apostrophe). `burst*` is every word that begins so, `let_down` are words in
a row. A word may stand for several things. What may hurt stands in `importance_harms`.
"""

THINGS: dict[str, str] = {
    "not": "not no never without dont doesnt didnt isnt arent wasnt werent aint wont cant cannot couldnt havent "
    "hasnt hadnt wouldnt neither sin sem nao ni nem nunca jamas tampoco tampouco n non barely hardly",
    "nobody": "nobody no_one noone none nadie ninguem ningun ninguno nenhum none_of_you",
    "nothing": "nothing nada silence",
    "cannot": "cant cannot couldnt can_not unable struggling trouble hard_to difficult* hardly barely no_puede "
    "no_puedo no_podemos no_logro nao_consigo nao_consegue nao_pode nao_posso no_deja no_me_deja wont_let cuesta "
    "dificultad dificuldade le_cuesta me_cuesta apenas",
    "breathe": "breath* respir* swallow* tragar engolir move_her move_his mover speak_properly see_anything",
    "swallowed": "swallowed swallowing swallow se_trago se_ha_tragado tragado trago engoliu engoli ingest* ate "
    "comio drank bebio bebeu tomo_lejia took_too_many",
    "object": "pill pills tablet* battery coin bleach metal magnet* pastilla* moneda* pila pilas lejia comprimid* "
    "moeda* pilha* remedio* corona crown coroa tooth dente diente piece pedazo pedaco bit",
    "stop_word": "stop stops stopping stopped deja dejan dejo para parar parou cesa",
    "body": "tongue lip lips throat face eye eyes neck lengua labio labios garganta cara ojo ojos cuello lingua "
    "rosto olho olhos boca mouth",
    "chest": "chest pecho peito heart corazon coracao arm brazo braco",
    "swell": "swell* swollen hinch* inchad* inchar inchando inchaco incho inchou closing cerrando fechand* tight puff*",
    "person": "son daughter kid kids child children baby toddler boy girl mum mom mother dad father gran grandma "
    "grandpa grandmother grandfather nan husband wife she he him her hijo hija nino nina ninos bebe madre padre "
    "mama papa abuel* marido mujer esposa filho filha menin* crianca* mae pai avo vo miudo* miuda* bia peque "
    "wee_one sister brother hermana hermano irma irmao neighbour vecino vecina vizinho vizinha patient paciente",
    "frail": "baby babies newborn toddler kids children child elderly pregnant bebe bebes ninos ninas nino nina "
    "embarazada mayor mayores crianca criancas gravida idos* wheelchair silla_de_ruedas cadeira_de_rodas filhos "
    "hijos miudos grandma abuela abuelo mother mum nan avo diabet* insulin*",
    "fall": "fell falls fallen caido cayo caida caiu cair queda tropez* tropec* tumbled slipped resbal* escorreg* "
    "caer coming_down come_down came_down collaps* desplom* desab* hundid* hundio falling ledge",
    "smell": "smell* stink* huele olor oler cheir*",
    "water": "water agua aguas rain raining sewage aguas_residuales esgoto",
    "flow": "pour* gush* coming comes leak* everywhere spray* drip* running flowing floods sale saliendo sai saindo "
    "cae cayendo cayo entra entrando entro entrou cai caindo escorr* jorr* vaza vazando pinga* gote* overflow* "
    "desbord* transbord* shoot* rising subiendo subindo cair a_cair falling falls pouring_in raining_in "
    "coming_through",
    "place_hit": "ceiling floor wall walls downstairs below bedroom kitchen hallway everywhere electric* fuse techo "
    "suelo pared paredes abajo cocina dormitorio cuadro teto tecto chao parede cozinha quarto quadro vizinho "
    "neighbour neighbours salon sala comedor living living_room lounge carpet alfombra moqueta carpete tapete "
    "telhado tejado roof bed cama",
    "key": "key keys llave llaves chave chaves code codigo fob card_key keycard pin combination",
    "inside": "inside dentro",
    "door": "door doors gate puerta portal porta portao entrance entrada bell timbre interfone interfono intercom "
    "doorbell lock cerradura fechadura",
    "at_door": "outside at_the_door at_your_door at_the_gate at_reception on_the_doorstep front_of "
    "in_the_waiting_room downstairs en_la_puerta en_el_portal en_la_entrada en_la_recepcion en_recepcion delante_de "
    "abajo afuera esperando_fuera en_la_sala na_porta a_porta na_entrada na_recepcao na_portaria em_frente_a "
    "aqui_embaixo la_embaixo em_baixo aqui_fora do_lado_de_fora na_sala_de_espera queue_out waiting_outside "
    "a_la_puerta at_the_desk at_the_counter en_mi_puerta at_my_door a_minha_porta na_minha_porta at_the_station "
    "at_the_airport at_the_hospital no_aeroporto en_el_aeropuerto en_la_estacion na_estacao on_the_motorway "
    "on_the_highway en_la_autopista na_estrada on_the_pavement in_front_of_the standing_outside locked_gate "
    "at_the_entrance at_your_place at_the_clinic at_the_shop at_the_office at_the_flat at_the_property "
    "en_la_clinica en_la_tienda en_la_oficina na_clinica na_loja no_escritorio frente_a en_la_caja en_caja no_caixa "
    "at_the_till at_the_checkout in_the_queue in_line en_la_cola na_fila cola_detras gente_na_fila on_the_bench "
    "no_balcao en_el_mostrador al_lado_de_la_puerta parking_lot en_el_parking no_estacionamento",
    "closed": "closed shut locked cerrado cerrada fechado fechada",
    "opens": "open opens opening answers answering answer abre abren abrir abrem atende atendem atiende atienden "
    "responde",
    "leave": "leaves leave leaving departs go goes going starts begins begin starting boarding boards closes close "
    "sale salen se_va se_van empieza empiezan cierra cierran marcha sai saem comeca comecam fecha fecham vai_embora "
    "vao_embora parte partem start kick_off ends entro shift turno irse ir_embora se_marchan",
    "arrived": "arrived arrive arrives shown showed shows turned_up come came here got received llegado llego llega "
    "llegan llegaron venido apareci* aparece recibido recibi chegou chegaram chega chegado veio apareceu recebi "
    "recebemos",
    "guests": "guests party wedding ceremony event concert birthday funeral exam interview flight train bus plane "
    "boda fiesta invitados cumple cumpleanos bautizo ceremonia evento examen entrevista vuelo tren avion festa "
    "convidados casamento aniversario cerimonia batizado batismo prova exame voo aviao trem comboio autocarro "
    "onibus taxi meeting_at reunion_a moving_van removal_van notary notario notaria cartorio hearing juicio visa "
    "passport customs embassy court_hearing audiencia vestibular recital graduation graduacion formatura checkout "
    "check_in checkin check_out ferry match",
    "where_are": "where_are_you where_r_u where_are_u where_u_at donde_estas donde_esta donde_andas donde_estais "
    "onde_estas onde_esta onde_esta_voce cade_voce cade_vc cade_tu cade where_is wheres",
    "now": "now immediately instantly asap straight_away at_once right_away quick quickly hurry as_we_speak "
    "currently ahora ya_mismo llamame_ya ven_ya venid_ya porfa_ya por_favor_ya ahora_ya ja_por_favor parem_ja "
    "vem_ja liga_ja right_now inmediatamente inmediato rapido corre deprisa enseguida agora imediatamente depressa "
    "urgente correndo quanto_antes cuanto_antes lo_antes_posible pick_up_pick_up",
    "act": "call ring phone come send stop block freeze fetch get_here help answer pick_up open_up llam* ven venid "
    "vengan vente manda mandad paren parad para_el bloque* cancel* abre abrid abran ayud* liga ligue ligar vem "
    "venham mandem parem abram ajud* segura contest* responde* atende need necesit* precis* pick come_home come_now "
    "vuelve volta",
    "stop_it": "stop halt block freeze hold_back dont_ship dont_send parad paren para_el cancel* bloque* detengan "
    "paralo parem segura segurem trava congel*",
    "in_flight": "order delivery transfer payment card account shipment parcel cards pedido envio entrega "
    "transferencia pago tarjeta tarjetas cuenta paquete encomenda pix pagamento cartao cartoes conta",
    "by_mistake": "wrong mistake equivoque equivocad* mal_la errad* errei error engano",
    "uses": "using used uses usando gastando spending charging charged cobrando comprando buying gastar",
    "strange": "somebody someone stranger alguien alguem un_hombre un_tipo un_senor a_man some_guy desconocid* "
    "tem_gente",
    "tries": "trying tries try intenta* tratando tentando tenta tentar",
    "enter": "enter get_in come_in entrar getting_in climb* into_the_house",
    "escaped": "running_on got_out escaped ran_off run_away se_escapo se_ha_escapado fugiu escapou soltou "
    "on_the_road on_the_main_road en_la_carretera na_rua_sozinh*",
    "alone": "alone solo_en sozinh* sola by_herself by_himself",
    "cancel": "cancel* cant_make wont_make cant_come cant_attend cannot_come not_able_to_come unable_to_come "
    "cant_get_there wont_be_able no_voy_a_poder no_puedo_ir no_podre no_podremos no_llego no_llegamos no_llegare "
    "anul* aplaz* call_off no_vamos_a_poder nao_vou_conseguir nao_vou_poder nao_consigo_ir nao_posso_ir nao_vai_dar "
    "nao_vou desmarc* remarc* adiar running_late be_late late_for llego_tarde llegare_tarde vou_atrasar "
    "vou_chegar_atras* me_atras* atrasad* resched* tengo_que_cambiar skip give_up_the_appointment not_coming "
    "no_vengo nao_venho cant_be_there cant_do cant_get_to wont_get_there something_came_up me_ha_surgido me_surgio "
    "surgiu_um_imprevisto imprevisto apareceu_um_problema no_puedo_asistir nao_posso_comparecer nao_comparecer "
    "have_to_miss going_to_miss",
    "visit": "appointment appt booking visit session cita consulta hora reserva visita marcacao sessao table mesa "
    "class clase aula viewing",
    "person_wanted": "real_person real_human a_human human_being actual_person human_please talk_to_a_person "
    "una_persona ser_humano persona_real persona_de_verdad un_humano pessoa_de_verdade pessoa_real um_humano "
    "atendente_humano atendente_de_verdade um_atendente whoever_is_in_charge el_encargado la_encargada "
    "someone_in_charge robot robo",
    "answer": "answer* repl* respon* call* gets_back got_back told tells contest* confirm* atend* ligou ligam "
    "retorn* picks_up pick_up come comes turns_up viene vino dice llama llaman llamo llamado llamaron llame llamais "
    "llamen caso emails correos",
    "still": "still yet todavia aun ainda sigo seguimos sigue continua continuo keep keeps",
    "waiting": "waiting waited wait esperando esperado espero esperar espera aguard* espera_ha",
    "long": "days weeks week months month hours dias semanas semana mes meses horas hrs times veces vezes ages years",
    "repeated": "again second_time third_time fourth_time fifth_time third twice_now every_time otra_vez de_nuevo "
    "tercera_vez segunda_vez outra_vez terceira_vez de_novo cada_vez sempre_a_mesma cinco_vezes cuarta_vez "
    "mensagens_e messages_and three_times tres_veces varias_veces varias_vezes ni_caso sem_retorno four_times "
    "cuatro_veces quatro_vezes quarto_email cuarto_correo fourth_email third_email third_message cuatro_correos "
    "tres_correos sending_this sin_respuesta sem_resposta no_reply",
    "praise": "well_done great_service good_job bravo congratulations parabens maravilla felicidades enhorabuena "
    "genial amazing_service fantastic_service wonderful_service excelente_servicio maravilloso que_maravilha great "
    "nice_one lovely wonderful eficiencia brilliant fantastic top otimo_servico perfecto",
    "bad_service": "empty box nobody nadie ninguem nothing nada weeks semanas waiting esperando late tarde atraso "
    "wrong month meses mes roto broken cold fria frio again",
    "charge": "billed cobr* cargado cargo cargos debit* descont* deducted paid pagado pague paguei pagamos took_out "
    "went_out taken charg*",
    "twice": "twice double two_times three_times dos_veces duas_vezes doble dobro de_mas a_mais too_much 2x 2_veces "
    "2_vezes duplicad* again otra_vez de_novo wrongly por_error por_erro wrong_amount",
    "money_back": "refund* money_back chargeback reembols* devoluc* estorno devolv* devuelv* devuelt* "
    "dinheiro_de_volta give_me_back pay_me_back deposit_back mi_dinero meu_dinheiro my_money reintegr* ressarc*",
    "deposit": "deposit fianza caucao calcao deposito sinal senal",
    "bill": "invoice bill* rent payment factura facturas recibo alquiler pago cuota fatura faturas boleto conta "
    "aluguel renda mensalidade pagamento mortgage hipoteca salary wages nomina salario tax taxes impuesto multa "
    "debt deuda divida condominio fee cuotas transfer transferencia prestacao ordenado loan",
    "unpaid": "overdue unpaid owe owes owed late_fee late outstanding bounced declined rejected missing pending "
    "pendiente* impag* vencid* vencio venceu vence vencen atrasad* em_atraso pendente* not_paid hasnt_paid "
    "no_ha_pagado nao_pagou nao_foi_pago debe debes deben deve devem deves due failed recusad* rechazad* sin_pagar "
    "por_pagar em_aberto sigue_sin not_arrived hasnt_arrived no_me_llega nao_caiu no_llega reminder recordatorio "
    "sin_pagarse",
    "owe": "owe owes owed me_debes me_debe nos_debe nos_debes nos_deben me_deben me_deve nos_deve nos_devem "
    "me_devem deve_me_ainda overdue unpaid impag*",
    "cut": "cut_off cutting_off cuts_off cortan cortar cortam corta corte suspend* disconnect* interrump* "
    "desconect* kick_us_out kicked_out out_on_the_street throw_us_out nos_echan echan expuls* we_are_out",
    "utility": "heating heat water hot_water power electricity internet light lights wifi calefaccion luz agua "
    "corriente agua_caliente aquecimento aquecedor energia agua_quente gas lift elevator ascensor elevador toilet "
    "signal linea bano",
    "thing": "fridge freezer boiler oven washing_machine dishwasher heater tap toilet sink pipe lock window shower "
    "lift elevator hob stove car till nevera frigorifico caldera horno lavadora lavavajillas calentador grifo vater "
    "fregadero tuberia cerradura ventana ducha ascensor coche persiana geladeira congelador esquentador forno "
    "maquina torneira sanita privada pia cano fechadura janela chuveiro elevador carro crown filling tooth bracket "
    "implant veneer denture stitch* corona empaste muela diente implante funda protesis puntos coroa obturacao "
    "dente aparelho protese pontos brace braces retainer aparato provisional provisoria",
    "runs": "work works working worked funciona funcionan funcionar va anda liga ligam enciende arranca acende "
    "close closes lock locks turn_on turns_on start opens cierra abre fecha enfria calienta aquece gela flush "
    "flushes carga charges",
    "order": "order parcel package delivery cake dress gift present pedido paquete envio encargo tarta regalo "
    "vestido encomenda entrega bolo presente prenda shipment flowers flores food comida catering buffet medicine "
    "medicacion medicamento report informe relatorio contract contrato certificate certificado atestado keys llaves "
    "chaves taxi driver repartidor motoboy entregador plumber fontanero encanador tecnico technician cheque money "
    "ticket tickets entradas billete billetes ingressos bilhetes passagem medication pills lenses lentillas oculos "
    "gafas glasses invitations documents",
    "overdue_order": "supposed should_be was_due was_meant tenia_que deberia debia era_para era_pra devia_ter "
    "tinha_de tinha_que deveria still_not havent_received never_arrived hasnt_arrived not_here_yet no_ha_llegado "
    "nao_chegou ainda_nao todavia_no aun_no still_havent still_hasnt no_llego_nada sin_recibir not_arrived "
    "havent_got never_came never_showed didnt_arrive hasnt_come no_ha_venido nao_veio sin_noticias still_waiting "
    "were_meant no_me_habeis nao_recebi no_he_recibido nao_apareceu no_aparece no_ha_aparecido hasnt_turned "
    "no_me_ha_llegado never_got nunca_llego nunca_chegou sumiu was_promised prometieron prometeram prometido "
    "dijeron_que disseram_que was_told_it cade_o_meu cade_a_minha cade_meu cade_minha donde_esta_mi onde_esta_o_meu "
    "onde_esta_a_minha wheres_my where_is_my not_delivered sin_entregar nao_entregue should_have_been "
    "should_have_come should_have_arrived should_have_received deberia_haber deberia_estar",
    "wrong_item": "wrong_order wrong_item wrong_size wrong_product wrong_medicine otro_producto producto_equivocado "
    "no_es_lo_que talla_equivocada medicacion_equivocada pedido_errado produto_errado tamanho_errado nao_e_o_que "
    "not_what_i_ordered empty_box caja_vacia caixa_vazia half_the_order half_of_the_order mitad_del_pedido "
    "metade_do_pedido half_is_missing falta_la_mitad falta_metade incomplet* expired caducad* fora_do_prazo mouldy "
    "mould moho mofo a_hair maggot* hair_in cabelo_no podrid* podre rotten raw crudo as_new second_hand_as "
    "de_segunda_mano usado_como not_as_described nothing_like_the_picture no_es_como nao_e_como pirata falsificad* "
    "fake counterfeit entregado_en_otro entregaram_em_outro",
    "hurt_by": "cut_my cut_myself cut_her cut_his cut_hand se_corto me_corte cortei cortou burned_my queme queimei "
    "slipped injur* wound* herid* ferid* stitches_came scalded bit_me mordio mordeu mordida",
    "deadline": "deadline due expires expire expiry closes ends last_day must need_to has_to have_to had_to "
    "needs_to sign signing submit lose need_your_answer need_an_answer plazo vence vencen acaba termina ultimo_dia "
    "hay_que tengo_que tienes_que tenemos_que firmar firma perdemos pierdo entregar prazo encerra tem_de tem_que "
    "tenho_que tenho_de temos_que temos_de precisamos preciso assinar assinatura perco lose_it necesito need "
    "we_need waiting otherwise before antes senao sino until ate hasta by gets_deleted remind* recuerd* acuerd* "
    "lembr* nao_esqueca dont_forget unless last_chance_to run_out runs_out running_out se_me_acaba se_acaba "
    "acabou_o acaba_el nearly_out se_nos_acaba laps* renew* renov* caduc* goes_back go_back devolver",
    "fetch": "pick_up pick fetch collect get_the_kids recoger recoges recogerlo buscar ir_por buscas pegar apanhar "
    "pickup go_and_get bring_her bring_him traer trazer",
    "hospital": "hospital a_and_e urgencias pronto_socorro uti uci emergency_room icu",
    "school": "school nursery daycare cole colegio escuela guarderia escola creche infantario teacher maestra "
    "professora",
    "rings": "rang called phoned calling llamaron llamo han_llamado ligaram ligou telefonaram",
    "upset": "crying cry cries desperate begging heartbroken llorando llora desesperad* chorando chora triste "
    "broke_up divorce* cheated scratched hit_your fight fired laid_off me_echaron despedid* demitid* afraid_to "
    "dont_be_mad no_te_enfades nao_fica_brav* terrified in_tears cant_cope no_puedo_mas nao_aguento no_aguanto "
    "panic_attack ataque_de_panico ataque_de_ansiedad crise_de_panico crise_de_ansiedade depress* deprimid* lonely "
    "hate_you te_odio let_go_today despidieron lo_han_despedido mandaram_embora se_separan separou "
    "results_came_back not_good_news bad_news malas_noticias mas_noticias ma_noticia deu_alterado hecho_polvo "
    "arrasad* devastat*",
    "offer": "make_an_offer house_offer higher_offer hacer_una_oferta fazer_uma_proposta fazer_proposta",
    "today": "today tonight this_morning this_afternoon this_evening this_lunchtime end_of_the_day hoy esta_tarde "
    "esta_noche hoje logo_a_tarde esta_noite hoje_a_noite de_hoje before_midnight in_the_afternoon logo_mais "
    "by_tonight fim_do_dia esta_manha half_past in_two_hours in_a_couple_of_hours medianoche",
    "tomorrow": "tomorrow manana amanha tmrw tmr tomoz tomorow overmorrow",
    "since": "since desde overnight last_night anoche yesterday ayer ontem ontem_a_noite lleva llevamos llevo "
    "all_day todo_el_dia o_dia_todo faz",
    "resolved": "fixed sorted solved working_again works_again false_alarm never_mind nevermind forget_it back_on "
    "resuelto arreglado arreglo arregle solucionad* ya_funciona falsa_alarma olvidalo olvida_lo al_final_no "
    "se_me_paso se_me_ha_pasado mucho_mejor ya_paso resolvid* resolvi arrumou arrumei consertou consertad* "
    "alarme_falso esquece deixa_pra_la melhorei achei achou encontrei turned_up_after ya_aparecio lo_encontre "
    "healed all_good all_clear jobs_done already_done sarou sem_dor it_was_nothing no_fue_nada nao_foi_nada "
    "came_and_fixed ya_volvio voltou_a already_back ya_esta_arreglado dont_worry no_te_preocupes nao_se_preocupe "
    "feel_better feeling_better much_better encuentro_mejor esta_mejor muito_melhor me_siento_mejor estou_melhor "
    "found_it found_them ja_passou no_more_pain found_her found_his found_my",
    "theory": "do_you_treat do_you_offer do_you_do do_you_have do_you_take how_much what_is_your whats_your "
    "what_happens_if what_if if_i in_case just_curious asking_for policy wondering cuanto_cuesta cuanto_sale "
    "cuanto_es que_pasa_si en_caso_de por_saber por_saberlo por_curiosidad tambien_o teneis_servicio hay_servicio "
    "politica quanto_custa quanto_e se_eu em_caso_de por_curiosidade e_normal es_normal is_it_normal usually "
    "normalmente so_por_saber valor_d* is_there_a do_you_also what_do_you_charge atienden_urgencias fazem_urgencia "
    "could_i_get_a si_cancelo si_cambio fiador where_is_the_emergency",
    "asks": "what when where who whom whose which why how can could would will do_you does did are_you is_there "
    "are_there is_it may_i have_you any_chance que cual cuales cuando donde quien como cuanto cuanta cuantos "
    "cuantas por_que puedo puedes puede podeis pueden podemos podria podrias hay tienen teneis tiene tienes aceptan "
    "hacen haceis hace_falta se_puede admiten venden sabes sabe qual quais quando onde quem quanto quanta quantos "
    "quantas posso pode podem podes poderia voces_tem tens fazem aceitam aceita vendem entregam da_pra da_para "
    "consegue consegues tem_como u_have do_u can_i can_u could_u aceptais trabajais trabajan abren atienden atendem "
    "vais vens vamos_mesmo vas vienes are_we did_you is_the shall should tem_algum tem_alguma tem_vaga tem_horario "
    "tem_essa tem_esse tem_este tem_esta",
    "wants": "please pls plz id_like i_would_like would_like i_want i_need we_need want_to need_to looking_for "
    "interested send_me let_me_know tell_me remind_me quiero quisiera queria queremos me_gustaria nos_gustaria "
    "necesito necesitamos busco buscamos me_interesa por_favor porfa porfavor dime decidme mandame me_mandas pasame "
    "avisame quero gostaria gostava preciso precisamos procuro estou_a_procura tenho_interesse pfv pf diz_me "
    "digam_me me_manda manda_me me_passa me_diz me_avisa me_fala book order reserve reservar encargar encomendar "
    "marcar agendar pedir_cita pedir_hora",
    "trade": "price prices cost costs available opening parking size sizes in_stock ship shipping deliver "
    "wifi_password insurance appointment precio precios cuesta vale disponible horario talla envio envios seguro "
    "presupuesto catalogo preco precos custa valor disponivel tamanho frete orcamento parcela parcelam checkup "
    "cleaning limpieza limpeza revision whitening ortodoncia implant pets pet perro cachorro documents documentos "
    "papeles documentacion open_on close_on what_time",
    "tells": "fyi just_to_let_you_know letting_you_know for_your_information no_need_to no_reason_to landed "
    "home_safe got_home got_here got_your arrived_safe all_fine everything_fine as_agreed looks_lovely looks_great "
    "feels_great loved love_it thrilled lovely os_aviso te_aviso le_aviso solo_avisar no_hace_falta ya_llegue "
    "llegue llegamos hemos_llegado he_llegado todo_bien todo_perfecto todo_estupendo muy_content* te_cuento "
    "ya_te_contare te_contare ya_envie ya_mande ya_firme ya_pague paso_yo os_deje nao_precisa so_avisando "
    "so_para_avisar cheguei chegamos cheguei_bem tudo_certo tudo_bem tudo_certinho direitinho certinho adorei "
    "adoramos te_conto depois_conto ja_enviei ja_mandei ja_paguei ja_assinei eu_passo_ai vou_passar confirmo "
    "confirm_my ill_be_there see_you_in arrived_this arrived_today loves_it see_you_on on_my_way on_holiday "
    "i_will_come ill_come ill_tell_you ill_pick tell_you_the speak_at talk_at saying_hi thinking_of_you saludarte "
    "dizer_oi saber_de_ti estoy_en_casa me_llego_todo chegou_tudo mudaram cambiaron happy_with deje_los deje_la "
    "ficou_na ficou_com vou_andando forgot_to_say no_vi_tu gracias_por thanks_for obrigad*_por look_how mira_que "
    "mira_como olha_como olha_que thought_youd_like_to_see like_we_agreed told_all best_in ya_me_contestaron "
    "ja_me_responderam en_la_playa na_praia ya_estoy_en_casa he_dejado_las left_the_keys left_it_with "
    "i_will_be_there i_will_pick i_will_tell i_will_drop i_will_pass",
    "pass_on": "forward* fwd resend share send pass repass* encaminh* reencaminh* compart* partilh* reenvi* pasa "
    "pasas pases pasalo difund* divulg* spread manda mande envia envie envias",
    "many_people": "contacts contactos contatos friends amigos amigas people personas pessoas groups grupos "
    "everyone todos todas",
    "promo": "free gratis gratuit* offer offers oferta ofertas promo promoc* discount* descuento* desconto* sale "
    "cupon coupon cupom followers seguidores google marketing* customers leads seo unsubscribe winner ganhe gana "
    "earn ganar ganhar invest* inversion crypto bitcoin loan prestamo* emprestimo* credito exclusiv* click clic "
    "clique link enlace simule aproveite aprovecha imperdivel instagram direct interested interesado prize premio "
    "premios sorteo sorteio gift_card reward lucky selected 2x1 3x2 leve pague website web http https bit boost "
    "grow_your deal deals casino apuesta* aposta* bonus subscribe from_home desde_casa em_casa sin_experiencia "
    "sem_experiencia ads consulta_gratis sem_consulta limited_time tap buy_one tiempo_limitado tempo_limitado "
    "compre compra_uno shop_now get_one toque",
    "chatty": "haha* hehe* lol lmao jaja* jeje* rsrs* so_anyway anyway bueno_y risa k",
    "closing": "thanks thank thx ty gracias obrigad* obg valeu cheers blz vlw",
    "arriving": "ill_be_there i_will_be_there im_coming i_am_coming be_there_in on_my_way arriving llego_en "
    "estoy_llegando voy_llegando llegamos_en ya_llego chego_em to_chegando estou_a_chegar estou_chegando "
    "chego_daqui early",
    "lift": "lift elevator ascensor elevador",
    "stuck": "stuck trapped inside dentro atrapad* atascad* travad* parou parado preso presa presos presas",
    "phone": "phone mobile cell battery movil celular telemovel bateria laptop portatil",
    "not_awake": "wake_up waking_up responding respond wakes awake despierta reacciona responde acorda acordar reage",
    "alarm": "alarm alarma alarme siren sirena",
    "sounds": "going_off ringing beeping sonando suena salta saltado tocando disparou apitando pitando",
    "shortly": "any_minute about_to a_punto_de en_un_rato en_un_ratito daqui_a_pouco daqui_a_nada in_a_moment "
    "in_a_bit in_a_minute within_the_hour prestes_a ya_mismo en_nada nearly_here almost_here casi_llega quase_a "
    "last_call ultima_llamada",
    "rain": "raining rains llueve lloviendo chove chovendo chover goteras soak* empapa* encharc* drench*",
    "cant_find": "cant_find cannot_find no_encuentro no_encontramos no_lo_encuentro no_la_encuentro nao_acho "
    "nao_to_achando nao_estou_achando nao_encontro nao_encontramos lost_my_son lost_my_daughter perdi_de_vista "
    "wandered_off gone_missing disappeared se_perdio desaparec* sumiu nowhere_to_be_found",
    "crowd": "mall shopping centro_comercial beach playa praia supermarket supermercado market mercado festival "
    "airport aeropuerto aeroporto park parque station estacion estacao crowd feria feira",
    "pays": "pay pays paid paga pagan pagar pagarlo pago reimburse cubre cover covers cobre",
    "refused": "refuse* denied deny negou negaram rechaz* denego denegaron recus* rejected turned_down raised "
    "put_up sin_avisar sem_avisar without_warning nobody_warned",
    "positive": "best beautiful lovely lind* bonit* gorgeous delicious happy great won ganhamos perfect perfecto "
    "perfeito smart cute packed amazing wonderful fun funny nice enjoy* disfrut* feliz contento contenta buenisim* "
    "otimo maravilh* good_day dia_buenisimo sunny sol ganamos precioso preciosa",
    "structure": "ceiling roof wall balcony scaffold* techo tejado pared balcon muro teto telhado parede varanda "
    "sacada shelf estante ventana window janela escalera ladder stairs escada",
    "moves": "move moving moves mueve mueven mexe mexem levanta levantarse levantar get_up getting_up",
    "medicine": "pills pill thinners sintrom anticoag* medication dose doses insulin insulina dosis remedio "
    "remedios medicina medicamento pastillas comprimidos tablets warfarin paracetamol aspirin* xarope syrup jarabe "
    "drops gotas",
    "nose": "nose nariz mouth boca ear oido ouvido wound herida ferida cut corte",
    "symptom": "gum* encia* gengiva* tender red rojo roja rojas vermelh* sensible* sensivel sensiveis itch* picor "
    "coca coceira stiff lump bulto caroco smells_bad huele_mal cheira_mal peor worse pior",
    "treatment": "cleaning extraction filling root_canal operation injection since desde after depois despues "
    "quitaron sacaron tiraram extraccion limpieza limpeza endodoncia operacion cirugia molar muela tooth dente siso "
    "gum",
    "took_money": "took quitado quitaron tirado tiraram descontaron descontaram descontado cobraron cobraram kept "
    "retained retenido retido",
    "authority": "boss jefe jefa chefe manager notary notario bank banco lawyer vet veterinario doctor solicitor "
    "juzgado cartorio notaria",
    "hiss": "hiss* silba silbando chia chiando whistl* pita assobia* leak* escapa",
    "noise": "drill* obra obras noise noisy ruido ruidos barulho loud party parties fiesta festa music musica "
    "som_alto bark* ladra",
    "night": "midnight medianoche meia_noite noche noite night nights madrugada 3am 2am 1am",
}
