"""Words for what may hurt, in English, Spanish and Portuguese, as `importance_lexicon` explains.

None of it is so where a "not" stands a word or two before: "no pain", "no era gas".
"""

HARMS: dict[str, str] = {
    "collapse": "collaps* unconscious faint* passed_out seizure* convuls* overdos* heart_attack having_a_stroke "
    "ambulance suicid* kill_myself kill_himself kill_herself blue_in_the_face desmay* inconsciente* ambulancia* "
    "se_muere se_esta_muriendo ataque_al_corazon derrame matarme desmai* ataque_cardiaco avc samu socorro "
    "se_esta_morrendo esta_a_morrer enfart* infart* unresponsive slurr* turning_blue purple_lips chest_pain "
    "chest_pains cant_feel_my heart_is_racing not_breathing no_respira nao_respira cpr dying_on want_to_die "
    "quiero_morirme quero_morrer not_going_to_make_it no_quiere_vivir no_quiero_vivir quiere_morir end_my_life "
    "end_it_all window_ledge quitarse_la_vida tirar_a_vida hurt_himself hurt_herself hurt_myself cutting_herself "
    "cutting_himself hacerse_dano se_machucar heart_stopped nao_quer_mais_viver nao_quero_mais_viver nao_quer_viver "
    "nao_quero_viver dont_want_to_live doesnt_want_to_live",
    "choke": "chok* suffocat* drown* gasp* atragant* ahog* asfixi* engasg* sufoc* afog* falta_de_ar falta_de_aire "
    "falta_el_aire sin_aire sem_ar short_of_breath out_of_breath tight_chest chest_is_tight respira_raro "
    "breathing_funny cuesta_hablar voice_is_going breathless can_barely_breathe perdiendo_la_voz ficando_sem_voz",
    "bleed": "bleed* blood hemorrh* haemorrh* sangr* sangue hemorrag* desangr*",
    "poison": "poison* envenen* intoxic* bleach lejia detergente agua_sanitaria",
    "allergy": "allergic anaphyla* reaccion_alergica reacao_alergica reaccao_alergica choque_alergico",
    "crash": "car_accident been_in_an_accident had_an_accident in_an_accident crashed run_over knocked_over "
    "knocked_out hit_by un_accidente accidente* atropell* se_ha_estrellado hemos_chocado he_chocado um_acidente "
    "acidente* bati_o_carro bateram capot*",
    "birth": "waters_broke water_broke contractions in_labour in_labor rompi_aguas roto_aguas contracciones "
    "bolsa_estourou contracoes contraccoes trabalho_de_parto de_parto waters_just_broke water_just_broke",
    "fire": "on_fire a_fire caught_fire catching_fire flames fuego incendi* llamas en_llamas bomberos fogo arder "
    "ardendo pegando_fogo chamas bombeir* explod* explosion explot* explosao fire_brigade burning_down",
    "smoke": "smoke humo fumaca fumo smoking humea* fumega*",
    "gas": "gas gaz bombona botijao gas_bottle cylinder butano",
    "sparks": "spark* chispa* faisca* electric_shock shocked_me short_circuit corto_circuito cortocircuito "
    "curto_circuito carbon_monoxide monoxido calambre* choque_eletrico",
    "burning": "burning burnt burned quemado quemando queimado queimando",
    "flood": "flood* inund* alag* burst* gush* revent* estour* rebent* spraying spurting",
    "leak": "fuga leak* drip* gotera* gotea* pinga* vaza* infiltrac* fuga_de_agua humedad_en escape",
    "locked_out": "locked_out lock_out locked_ourselves locked_myself locked_in locked_inside shut_out encerrad* "
    "atrapad* fuera_sin_llaves fora_sem_chave trapped stuck_in_the_lift stuck_in_the_elevator shut_in preso_no "
    "presa_no presos_no presas_no preso_em presa_em preso_dentro presa_dentro left_my_keys left_the_keys_inside "
    "forgot_my_keys lost_my_keys sem_chave* sin_llave* fora_de_casa fuera_de_casa quedado_fuera fiquei_fora tranc* "
    "locked_the locked_himself locked_herself se_ha_encerrado",
    "violence": "attack* stabb* gunpoint being_robbed robbed mugged burgl* intruder* break_in breaking_in broke_in "
    "threatening stalk* hiding following_me arrombar arrombando invadi* ladron* ladroes asalt* assalt* apunal* "
    "forzar_la forzando me_sigue me_siguen escondid* kidnap* secuestr* sequestr* rapist violent* pegando_em hit_me "
    "hits_me beat_me beating me_pego me_pega me_esta_pegando bateu_em_mim me_bateu me_agredi* agress* agredi* "
    "agresion knife gun shots arma cuchillo faca pistola assaulted assault threatened amenaza* ameaca* ameacou "
    "bailiff* kicking_the_door seguindo siguiendo being_followed following_us followed_me",
    "theft": "stole stolen steal* hack* cloned clonar* clonad* roub* robado robaron robando me_robo nos_robo phish* "
    "pickpocket* furt* fraud* estafad* burlad*",
    "says_urgent": "urgent* urgenc* emergenc* urge sos mayday",
    "pain": "pain painful painkiller* hurts hurting hurt agony ache* aching toothache headache sore migraine dolor* "
    "duele duelen doliendo dor dores doi doem doendo insoportable insuportavel throbbing pinchazo* pontada* "
    "killing_me excruciating",
    "ill": "fever temperature vomit* throwing_up rash infect* infecc* abscess pus swollen swell* fiebre flemon "
    "hinchad* hinchando hinchazon hincha inchad* inchaco inchar inchando febre enferm* doente malita is_ill "
    "feel_ill feeling_ill im_ill very_ill sick dizzy mareado mareada mareos tontur* diarr* hospitali* internad* "
    "ingresad* ingresaron surgery operan cirugia cirurgia intoxicad* covid positive_test numb burn convalec* "
    "mal_estar se_siente_mal passando_mal encuentra_mal me_encuentro_mal feel_awful feels_awful insulin* miscarr* "
    "pneumon* neumon* concussion stitches_open wound stung bee_sting allergic_to hives ronchas urticaria* limp "
    "molinh* floppy shivering temblando escalofrio* calafrio* sarpullido erupcion manchas_rojas manchas_vermelhas "
    "worse_every cada_vez_peor cada_vez_pior bruise* sprain* fractur* torcido torcao migrana enxaqueca constipat*",
    "death": "died passed_away death dead murio fallec* muerte morreu falec* morte funeral velorio entierro enterro",
    "broken": "broken broke breaks break_down broke_down breaking crack* shatter* smash* chipped snapped split "
    "out_of_order stopped_working packed_in gone_off going_off conked roto rota rotos rotas rompi* averi* estrope* "
    "danad* danific* quebr* partiu estrag* avari* pifou pifad* rach* trinc* queimou fundio frozen froze fell_off "
    "fell_out fallen_out came_off came_out come_off came_loose is_loose flojo floja se_mueve_mucho solto bamb* "
    "se_ha_caido se_me_ha_caido se_me_cayo descolou despeg* crashed blackout apagon apagao tripped has_gone "
    "no_enfria nao_gela dont_cool not_cooling entupid* entupiu atascad* atasco clogged blocked_drain jammed defect* "
    "faulty parou parado parada stuck_on site_is_down website_is_down system_down system_is_down cant_log_in "
    "cant_login no_puedo_entrar nao_consigo_entrar caiu_o_sistema sistema_caido came_down collapsed_on no_carga "
    "nao_carrega wont_open wont_close wont_start wont_turn no_enciende no_arranca nao_acende nao_liga dead_battery "
    "puncture flat_tyre flat_tire pinchazo_en pneu_furado cockroach* cucaracha* rats mice ratas ratones ratos "
    "bed_bugs chinches percevejos wasps avispas vespas baratas no_va droppings rato rata mouse_in ants hormigas "
    "formigas mosquitoes damp humedad humidade mofo bolor mouldy",
    "complaint": "not_acceptable unacceptable disappoint* unhappy rude appall* shocking disgust* outrag* furious "
    "disgrace* what_a_joke useless misled misleading awful terrible horrible worst pathetic a_shambles angry fed_up "
    "sick_of tired_of let_down let_me_down lied liars never_again complain* not_good_enough cut_corners verguenza "
    "vergonz* decepcion* indignad* quej* reclam* mal_servicio maleducad* nefast* pesim* fatal inaceptable harto "
    "harta enfadad* enojad* furios* mentir* asco desastre una_tomadura burla inepto* falta_de_respeto insatisfeit* "
    "pessim* descontent* desrespeit* absurdo vergonha inaceitavel horrivel farto farta raiva palhacada descaso "
    "ridicul* enganad* incompeten* grosseir* mal_educad* lamentavel vergonhos* chatead* noise_again loud_party "
    "keeping_us_awake no_nos_deja_dormir barulho_toda no_podemos_dormir unprofessional sloppy cheated ignored "
    "ignoring ignoran ignorando uma_piada una_broma wtf bullshit crap merda mierda caralho porra joder ripoff "
    "shame_on no_me_parece_bien nao_acho_certo inadmisible inadmissivel intolerable intoleravel cansad*_de "
    "cansada_de estoy_cansad* estou_cansad* unbelievable increible_que not_what_i_paid not_what_we_agreed "
    "no_es_lo_acordado nao_foi_o_combinado forgot_me forget_me forgotten_me os_olvidasteis se_olvidaron "
    "esqueceram_de_mim esqueceram_de overcharg* ripped no_sirve no_me_sirve nao_serve nao_me_serve quien_duerma "
    "ninguem_dorme cant_sleep nadie_duerme no_se_puede_dormir useless_like",
    "law": "lawyer* ombudsman small_claims court legal_action sue suing trading_standards report_you police "
    "consumer_protection abogad* denunci* demanda* juzgado tribunal policia hoja_de_reclamaciones advogad* procon "
    "juizado processar justica livro_de_reclamacoes delegacia bad_review one_star una_estrella uma_estrela "
    "mala_resena evict* desahuci* despej*",
    "leaving": "go_elsewhere going_elsewhere somewhere_else another_dentist another_clinic another_shop "
    "cancel_my_account cancel_my_subscription cancel_my_membership cancel_the_subscription cancel_my_contract "
    "darme_de_baja dar_de_baja no_vuelvo_a me_voy_a_otro me_cambio_de otra_clinica cancelar_a_minha_assinatura "
    "cancelar_minha_assinatura cancelar_meu_plano cancelar_o_plano nunca_mais switch_to_another leave_you "
    "leaving_you baja_del_servicio",
    "scam": "scam* fraud* estafa* timo golpe burla rip_off ripped_off took_my_money con_artist*",
    "problem": "problem* trouble issue* wrong mistake* error* mess fail* fault lio fallo* falla* equivocad* "
    "equivoque errad* engano falha* confus* worried worry scared afraid nervous preocupad* asustad* miedo susto "
    "medo aflit* panic* anxious stress* stranded tirada tirado perdid* lost missing missed urgent_help struggling "
    "misplaced lost_my perdi perdio desaparec* wont_let bloquead* blocked stuck",
    "cries_out": "groan* moan* scream* yelling gritos gritando gritan gritar quejid* gemid* gemendo gimiendo "
    "shouting_for calling_for_help pidiendo_ayuda pedindo_ajuda pedindo_socorro",
    "stranded": "stranded blocking tirado_en tirada_en tirados tiradas me_he_quedado_tirad* fiquei_parad* "
    "broken_down flat_tyre engine_died out_of_petrol out_of_gas sin_gasolina sem_gasolina pane_seca wrong_fuel",
}
