"""The words by which a message tells how much it matters, in English, Spanish and Portuguese.

All patterns are for folded text: lower case, no accents. They stand in the order in which they are looked for.
"""

import re


def _any(*ways: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(ways) + r")(?!\w)")


# What only sounds urgent. It is taken out of the text before anything else is looked for.
CALM = _any(
    r"(?:not|isnt|nothing|wasnt|not that|not really|not so|not at all|non)[ -](?:very |so |too |super )?urgent",
    r"no (?:real )?(?:urgency|rush|hurry|emergency)(?: at all)?|(?:not|isnt) an emergency|(?:in )?no hurry",
    r"(?:dont|do not) (?:rush|hurry|worry)(?: about it)?|take your time",
    r"when(?:ever)? you (?:can|have|get) a (?:moment|minute|chance)",
    r"when(?:ever)? (?:you can|youre free|suits you|they are around|theyre around)",
    r"no (?:es|era|corre|hay|tengo|tiene) (?:nada |muy |tan |una? )?(?:urgente|urgencia|prisa|emergencia)",
    r"nada urgente|no urge|sin (?:ninguna )?(?:prisa|urgencia)",
    r"cuando (?:puedas|pueda|podais|puedan|tengas un rato)",
    r"nao (?:e|era|ha|tem|tenho) (?:nada |muito |tao |uma? )?(?:urgente|urgencia|pressa|emergencia)",
    r"sem (?:nenhuma |qualquer )?(?:pressa|urgencia)(?: nenhuma)?|quando (?:puder|puderes|puderem|der|tiver tempo)",
)
INNOCENT = _any(
    r"(?:emergency|urgent) (?:contact|number|exit|appointments?|services?|dentists?|care|surgery|"
    r"hours|line|plumbers?)s?",
    r"(?:emergency|urgent care|a&e) (?:room )?(?:nurse|doctor|job)|accidental(?:ly)?|by accident|no accident",
    r"(?:fire|smoke) (?:drill|sale|test|place|alarm test|detector)|fireplace",
    r"(?:gas|water|electricity|phone) (?:bill|meter)s?",
    r"(?:telefono|numero|contacto|servicio|cita|seguro) de (?:urgencias?|emergencias?|accidentes)|sin querer",
    r"(?:telefone|numero|contato|contacto|servico|consulta|seguro) de (?:urgencias?|emergencias?|acidentes)",
    r"sem querer",
    r"(?:blood|sangue|sangre) (?:test|type|pressure)|(?:analisis|prueba|exame|analise)s? de (?:sangre|sangue)",
)

# What is said to whoever rates, not to the people here.
TO_THE_RATER = _any(
    r"(?:ignore|disregard|forget|override) (?:all|any|every|the|your|these|previous|above|prior|everything)",
    r"(?:ignora|olvida|desconsidera|ignore|esquece|esqueca) (?:todas?|todos?|las?|los|as|os|suas?|tus)",
    r"(?:rate|mark|label|classify|score|flag|treat) (?:this|it|my|me|the)(?: \w+){0,3} as",
    r"(?:marca|clasifica|puntua|etiqueta|classifica|classifique|marque)(?:r|lo|la|me)? (?:esto?|este|"
    r"como|isto|isso|esta)",
    r"(?:importance|urgency|importancia|urgencia|priority|prioridade?)(?: level| nivel)?(?: ?=|:| is|"
    r" es| e) ?[\"']?\w+",
    r"(?:say|answer|reply|output|respond|di|responde|responda|diga)(?: with| only| just| that|"
    r" que)* [\"']?(?:urgente?|5|level)",
    r"system prompt|you are (?:now )?(?:a|an|the) (?:rater|classifier|assistant|ai|model)|as an ai",
)

CHAIN = _any(
    r"(?:forward|send|share|pass|resend) (?:this|it)(?: \w+){0,2} (?:on )?to (?:\d+|all|everyone|"
    r"every|ten|your|at least)",
    r"(?:reenvia|reenvie|comparte|comparta|manda|envia|pasalo|compartes)\w*(?: \w+){0,3} (?:a|"
    r"con) (?:\d+|todos|tus|al menos)",
    r"(?:repass|reencaminh|encaminh|compartilh|partilh|envi|mand)\w*(?: \w+){0,2} (?:para|com|"
    r"a) (?:\d+|todos|todas|os seus|seus)",
    r"bad luck (?:will|for)|anos de azar|anos de mala suerte",
    r"whatsapp (?:sera|seguira siendo|vai ser) (?:de pago|gratis|pago)",
)
# One of the first, or two of the second.
PROMO = _any(
    r"(?:click|tap|clique|haz clic|pulsa|pincha|clica)\w* (?:here|on the|the|no|aqui|en el|neste) ?(?:link|enlace)?",
    r"(?:reply|text|send|responde|responda|envia) stop|unsubscribe|darse de baja|opt ?out|ganhe dinheiro",
    r"gana dinero",
    r"(?:you have been|youve been|has sido|foi) (?:selected|chosen|seleccionad\w|selecionad\w|sortead\w|premiad\w)",
    r"(?:earn|make|win|gana|ganhe) (?:up to )?(?:us|r)?[$€£] ?\d+\w*|guaranteed returns?",
    r"(?:crypto|forex|bitcoin) (?:signals?|trading)",
)
PROMO_SIGNS = (
    _any(r"sale|oferta|promocao|promocion|discount|descuento|desconto|\d+ ?% (?:off|dto|desconto|descuento|de)"),
    _any(
        r"limited (?:offer|time)|only today|today only|last chance|best (?:rates|prices)|imperdivel|solo hoy",
        r"so hoje",
    ),
    _any(r"(?:https?://|www\.|bit\.)\S+"),
    _any(
        r"(?:prestamos?|emprestimos?|loans?|credito) (?:al instante|instant\w*|facil|rapido|sem|sin|imediato)",
        r"sin aval",
    ),
    _any(
        r"(?:responde|reply|responda|escribe) (?:si|yes|sim|info)|we buy|compramos|free gift|regalo gratis",
        r"gratis",
    ),
    _any(r"congratulations|felicidades|parabens|winner|ganador|ganhador|prize|premio"),
)

# Signs: what is said of the message, and the words for it.
Sign = tuple[str, re.Pattern[str]]

URGENT: tuple[Sign, ...] = (
    (
        "Tells of somebody hurt or in danger",
        _any(
            r"(?:cant|cannot|can not|trouble|hard to|struggling to|difficulty) (?:\w+ )?(?:breath\w*|swallow\w*)",
            r"bleed\w*|blood everywhere|unconscious|passed out|collapsed|fainted|chok(?:ing|es)|seizures?",
            r"heart attack|(?:a|having a) stroke",
            r"(?:lips|tongue|throat|face|eye)(?: \w+){0,3} (?:swelling|swollen|closing)|allergic reaction",
            r"overdose\w*",
            r"ambulance|(?:is|am|was|been|were|had|into) (?:\w+ ){0,2}(?:car )?(?:accident|crash)",
            r"knocked out|knocked over",
            r"(?:at|to|in) (?:the )?(?:hospital|a&e|emergency room)|suicid\w*|kill myself",
            r"(?:been|got|was) (?:attacked|stabbed|shot)",
            r"sangr(?:a|ando|an|ar|e) ?(?:mucho|muito)?",
            r"no (?:puedo|puede|deja de) (?:respirar|sangrar|tragar)|se ha desmayado|desmay\w+",
            r"se ahoga|ahogando|atragant\w+|inconsciente|infarto|ambulancia|(?:un|el|de) accidente",
            r"en urgencias|(?:al|en el) hospital",
            r"se (?:me|le) (?:esta|ha) (?:hinchando|hinchado|cerrando)(?: \w+)?|reaccion alergica",
            r"labio abierto|atropell\w+",
            r"engasg\w+|sufoc\w+|falta de ar|nao (?:consig\w+|consegue) (?:respirar|engolir)",
            r"garganta fechad\w|lingua inchada",
            r"(?:um|o|no) acidente|ambulancia|reac?cao alergica|desmai\w+|socorro|bateram",
            r"(?:pro|para o|no) hospital|convuls\w+",
        ),
    ),
    (
        "Tells of fire, gas, smoke or water running out",
        _any(
            r"(?:theres a|there is a|on|caught) fire|smoke (?:coming|from|in|everywhere)|theres smoke",
            r"smells? (?:of |like )?(?:gas|burning|smoke)|gas leak",
            r"water (?:is )?(?:\w+ )?(?:pouring|coming|running|leaking|dripping|gushing|everywhere)",
            r"flood(?:ing|ed)|burst pipe|pipe (?:has )?burst",
            r"leaking (?:all|everywhere|badly|through|onto)|sparks? (?:from|coming)|electric shock|carbon monoxide",
            r"huele (?:\w+ )?a (?:gas|quemado|humo)|(?:fuga|escape) de (?:gas|agua)",
            r"(?:hay|sale) (?:fuego|humo)|incendio|bomberos",
            r"reventado|inundad\w|inundando|(?:entrando|cayendo|saliendo|sale|cae|entra) (?:\w+ )?agua|chispas",
            r"cheir\w+ (?:\w+ )?a (?:gas|queimado|fumo)|vazamento de gas|fuga de gas",
            r"(?:a cair|caindo|entrando|a entrar|saindo) agua",
            r"cano (?:\w+ )?(?:estour\w+|rebent\w+|partiu)|alag\w+|a inundar|inundando|incendio",
            r"pegando fogo|a arder|bombeiros|faiscas|curto.?circuito",
        ),
    ),
    (
        "Somebody is locked out or shut in",
        _any(
            r"locked (?:myself |ourselves )?(?:out|in)",
            r"(?:stuck|trapped) (?:in|inside) (?:the )?(?:lift|elevator|bathroom|flat|car)",
            r"(?:fuera|afuera) (?:\w+ )?(?:sin|con las) llaves|encerrad\w|me he dejado las llaves",
            r"atrapad\w (?:en|dentro)",
            r"trancad\w+|pres\w+ (?:no|dentro do|em) (?:elevador|ascensor)",
            r"(?:elevador|ascensor) (?:parou|parado)|fora de casa sem chave",
        ),
    ),
    (
        "Stands at the door",
        _any(
            r"(?:outside|at) (?:your|the) (?:door|office|clinic|shop|entrance|gate)",
            r"nobody (?:answers|opens|is opening|is here)",
            r"(?:estoy|estamos) (?:en|delante de|fuera de) (?:la|vuestra|tu|su) (?:puerta|entrada)",
            r"no (?:me )?abre nadie|nadie (?:me )?abre",
            r"(?:estou|estamos) (?:a|na|aqui na|em frente a) (?:porta|entrada|portaria)",
            r"ninguem (?:abre|atende a porta)",
        ),
    ),
    (
        "Tells of theft or fraud going on",
        _any(
            r"(?:using|used) my (?:card|account|name)",
            r"(?:stole (?:my|our)|stolen|hacked|breaking in|broke in|break-in|being robbed|burgl\w+)",
            r"block (?:the|my) (?:order|card|account)|stop (?:the )?(?:delivery|payment|transfer|order)",
            r"(?:me|nos) (?:estan|han) (?:\w+ )?(?:robando|robado|cobrando|hackead\w)(?: una y otra vez)?",
            r"estan entrando|ladron\w*",
            r"(?:tentar|tentando) entrar|(?:fui|fomos) (?:assaltad\w+|roubad\w+)|assalto|invadi(?:ram|ndo)",
            r"hackearam|pix errado|clonaram",
        ),
    ),
    (
        "Says that it is urgent",
        _any(
            r"urgent(?:ly|e|emente|isimo|issimo)?|urgencia|emergency|emergencia|asap|immediately",
            r"right (?:now|away)|at once|straight away",
            r"call me (?:now|back now|right)|pick up pick up|as we speak|(?:hurry|quick)(?: please|!)",
            r"need (?:\w+ ){1,4}now",
            r"ahora mismo|ya mismo|inmediatamente|cuanto antes|lo antes posible|llamame ya|ven ya",
            r"date prisa|de inmediato|me urge|nos urge",
            r"agora mesmo|imediatamente|o mais rapido possivel|o quanto antes|neste momento",
            r"(?:preciso|precisamos) (?:\w+ ){0,3}agora",
            r"vem (?:\w+ ){0,2}(?:ja|rapido|agora|depressa)|liga(?:-me)? (?:ja|agora)|depressa|cade voce|cade vc",
        ),
    ),
)

MONEY = "Is about money owed or a payment that failed"
HIGH: tuple[Sign, ...] = (
    (
        "Complains",
        _any(
            r"disappoint\w+|not acceptable|unhappy|rude|appalling|shocking|never again|not happy",
            r"what a joke|useless|misled",
            r"(?:third|3rd|second|2nd|fourth|\d) time (?:i|we|im|ive|that)",
            r"(?:wrong|late|broken|problem|happened|happening)(?: \w+){0,3} again",
            r"(?:sent|delivered|got|received) (?:me |us )?the wrong",
            r"(?:speak|talk) (?:to|with) (?:whoever|the manager|someone|your manager|the owner)|lawyer",
            r"small claims|trading standards",
            r"reclamacion|reclamar|verguenza|decepcionad\w|indignad\w|quej\w+|mal servicio|maleducad\w",
            r"abogad\w|hoja de reclamaciones",
            r"(?:no es lo que|otro producto|producto equivocado|llego (?:roto|rota|mal|otro|danad\w))",
            r"nefast\w|muy mal",
            r"insatisfeit\w|pessim\w|descontent\w|reclama\w*|desrespeit\w|absurdo|procon",
            r"livro de reclamacoes|advogad\w|com defeito|(?:veio|pedido|produto|tamanho) errad[oa]",
        ),
    ),
    (
        "Has waited for an answer",
        _any(
            r"(?:nobody|no one|noone|no-one|none of you) (?:\w+ )?(?:gets|got|answers|answered|replied|"
            r"replies|responds|told|called|calls|came)",
            r"still (?:no|nothing|waiting|havent (?:had|heard|received|got))",
            r"(?:any|no) (?:news|update|reply|answer|response|confirmation)(?: yet)?",
            r"waiting for (?:\w+ )?(?:days|weeks|hours)|waited \w+ (?:minutes|hours|days|weeks)",
            r"nadie (?:me |nos )?(?:\w+ )?(?:contesta|responde|confirmad\w|confirma|llama|dice nada)",
            r"sigo esperando|llevo \w+ (?:dias|horas|semanas)",
            r"sin (?:respuesta|noticias)|ya van \w+ (?:dias|semanas|meses)|todavia nada",
            r"ninguem (?:me |nos )?(?:responde|atende|liga|respondeu|atendeu)|ate agora nada",
            r"ainda nao (?:chegou|recebi|responderam|veio|foi)",
            r"(?:continuo|continua) (?:a espera|esperando)|sem resposta",
        ),
    ),
    (
        MONEY,
        _any(
            r"overdue|unpaid|owe (?:me|us|you)|owed|late fee",
            r"(?:rent|payment|transfer|card|debit) (?:\w+ ){0,2}(?:bounced|failed|declined|rejected|missing)",
            r"(?:charged|billed|paid) (?:me |us )?(?:twice|double|two times|three times|again|too much)",
            r"double charge|refund\w*|money back|chargeback",
            r"(?:deposit|rent|money|refund|payment|salary|invoice) (?:\w+ ){0,4}(?:not|hasnt|still|"
            r"should have|yet|back on|due)",
            r"scam|fraud|took my money",
            r"cobrad\w+ (?:dos|tres|2|doble|de mas)|cobro (?:doble|indebido)|devolv\w+|reembols\w+|fianza",
            r"factura (?:\w+ )?(?:vencida|pendiente|impagad\w)",
            r"pendiente (?:\w+ ){0,2}(?:factura|pago)|no ha pagado|impag\w+|(?:me|nos) debes?|estafa",
            r"descontado|pago (?:\w+ ){0,3}(?:error|rechazad\w|fallid\w)",
            r"cobrar(?:am|ao)? (?:\w+ ){0,4}(?:duas|2|tres|dobro|a mais)|estorno|reembols\w+|caucao",
            r"vencid\w|vence (?:hoje|amanha)|em atraso|atrasad\w",
            r"(?:me|nos) deve[sm]?|nao (?:foi )?pag[ao]|nao pagou|continua como nao pago|golpe|burla",
            r"valor errado|pagamento (?:\w+ )?(?:recusad\w|falh\w+)",
        ),
    ),
    (
        "Something is broken or does not work",
        _any(
            r"no (?:hot water|heating|water|power|electricity|internet|light)",
            r"(?:is|are|was|its) (?:\w+ )?broken|broke down",
            r"(?:does|do|did)nt (?:close|open|lock|work|turn on)",
            r"stopped working|not working",
            r"(?:crown|filling|tooth|bracket|implant|veneer|stitch\w*|denture)(?: \w+){0,5} (?:fell|came|"
            r"broke|cracked|chipped|is loose)",
            r"leak(?:s|ing)?|out of order|(?:cuts?|cutting|cut) off",
            r"sin (?:calefaccion|agua|luz|internet|agua caliente)|no funciona|averiad\w",
            r"se ha (?:roto|caido|averiado|estropeado)|se me ha (?:roto|caido)|esta rot\w|gotera",
            r"sem (?:luz|agua|agua quente|aquecimento|internet|gas)|avari\w+|nao (?:funciona|liga|fecha)",
            r"(?:partiu|quebrou|estragou)(?:-se)?|inundou|infiltrac\w+|vazamento|caiu o",
        ),
    ),
    (
        "Tells of pain or illness",
        _any(
            r"(?:bad|terrible|severe|awful|unbearable|a lot of|so much|much) (?:\w+ )?pain|in pain",
            r"hurts? (?:a lot|so|like|really)|rash|fever|swollen|swelling|infect\w+|vomit\w*|throwing up",
            r"abscess",
            r"(?:mucho|fuerte|bastante|horrible) dolor|duele (?:mucho|bastante|un monton)|me duele",
            r"dolor (?:fuerte|que|insoportable)|fiebre|hinchad\w|flemon|infeccion",
            r"(?:muita|forte|tanta) dor|doi (?:muito|bastante)|(?:com|tenho) (?:\w+ )?dor(?:es)?|febre",
            r"inchad\w|inchaco|infec\w+|a inchar",
        ),
    ),
)

CANCELS = _any(
    r"cancel\w*",
    r"(?:cant|cannot|wont|not able to|unable to|wont be able to|not going to) (?:be able to )?(?:make|come|attend)",
    r"resched\w+|move (?:it|my|our|the)|running late|be late|call off",
    r"cancel\w+|anular\w*",
    r"no (?:voy a poder|puedo|podre|podemos|podremos|llego|vamos a poder|llegare) ?(?:ir|a|venir|llegar)?",
    r"cambiar (?:la|mi) (?:cita|hora)|aplazar|llego tarde|llegare tarde",
    r"(?:des|re)marc\w+|nao (?:consigo|vou (?:poder|conseguir)|posso|vai dar) ?(?:ir|para ir|comparecer)?",
    r"vou (?:chegar )?atrasa\w+|adiar",
)
TODAY = _any(
    r"today|tonight|this (?:morning|afternoon|evening)|half past \w+|in (?:an|a couple of|two|2) hours?",
    r"hoy|esta (?:tarde|noche|manana)|hoje|logo a tarde|esta tarde|esta noite|hoje a noite",
)
DUE = _any(
    r"(?:need|must|has to|have to|deadline|sign\w*|by|before|until|due|answer|waiting|send|submit|ends|closes|expires)",
    r"(?:hay que|tengo que|tienes que|firmar|antes|plazo|acaba|termina|entrega|necesit\w+|vence|espera)",
    r"(?:tem de|tem que|precis\w+|prazo|ate|antes|termina|acaba|vence|assin\w+|entreg\w+)",
)
OTHER_DAY = _any(
    r"tomorrow|yesterday|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:next|last) (?:week|month|year)",
    r"weekend|on the \d+",
    r"pasado manana|(?<!de la )(?<!esta )manana|ayer|lunes|martes|miercoles|jueves|viernes|sabado|domingo",
    r"(?:proxim\w|pasad\w) (?:semana|mes)|finde|semana que viene",
    r"amanha|ontem|segunda|terca|quarta|quinta|sexta|proxim\w semana|semana que vem|fim de semana|dia \d+",
    r"(?:january|february|march|april|june|july|august|september|october|november|december)",
)
IN_THEORY = _any(  # before a word about money
    r"how much (?:is|are)|do you (?:offer|accept|give|charge|refund)|what (?:is|are) (?:the|your)|policy|if i",
    r"cuanto (?:es|cuesta)|politica|quanto e|si (?:cancelo|cambio)|se eu|fiador|is there a",
)
ASKS_FOR = _any(  # something, also without a question mark
    r"(?:could|can|would|will) (?:you|someone|somebody|we|i)|please|pls|id like|would like|i (?:need|want)",
    r"(?:me|nos) gustaria|quisiera|queria|quiero|podrias?|podeis|puedes|puede|por favor|porfa|necesito",
    r"gostaria|gostava|pode(?:s|m|ria|riam)?|consegues?|por favor|precis(?:o|ava|amos)|manda(?:-me)?",
)
CLAIMS = _any(  # of who makes an ordinary question a matter of today
    r"supposed to|where is (?:it|my)|wheres my|birthday today|was due|should have (?:been|come|arrived)",
    r"(?:era|tenia que llegar|deberia haber) (?:para )?(?:ayer|llegado)|donde esta mi",
    r"(?:era|devia) (?:pra|para|ter chegado) ?(?:ontem)?|cade (?:o )?(?:meu|minha)|onde esta (?:o meu|a minha)",
)

ORDINARY = _any(
    r"how much|what (?:time|are your|is the price)|price\w*|costs?",
    r"(?:do|can) you (?:have|take|accept|ship|deliver|send|offer|do)|open(?:ing)?(?: hours)?",
    r"(?:still )?available|book (?:a|an|me|us)|an? appointment",
    r"(?:id|would|we) ?(?:d )?(?:like|love|want) to (?:book|order|see|know|register|ask)|in stock|sizes?",
    r"parking",
    r"cuanto (?:cuesta|vale|es|sale)|precio\w*|horario\w*|(?:sigue )?disponible|pedir (?:una )?cita",
    r"(?:quisiera|queria|quiero|queremos|me gustaria) (?:\w+ )?(?:pedir|reservar|encargar|ver|saber|cita)",
    r"ten(?:eis|ei|ei?s|ej|e|en) (?:la|el|algo|stock|sitio|hueco)|haceis|trabajais con|aceptan|aceptais",
    r"talla|envios?",
    r"quanto (?:custa|e|fica|sai)|preco\w*|valor d[oae]|horario\w*|(?:ainda )?(?:esta )?disponivel",
    r"(?:gostaria|gostava|queria|quero) de? ?(?:\w+ )?(?:marcar|agendar|encomendar|saber|ver|reservar)",
    r"(?:voces )?(?:atendem|aceitam|aceita|fazem|entregam|parcelam)|tamanho|frete",
    r"marcar (?:uma )?(?:consulta|limpeza|visita)",
)
TELLS = _any(
    r"(?:landed|home|here|there|everything|everyone|all) (?:\w+ )?(?:fine|safe\w*|sound)",
    r"no (?:need|reason) to (?:reply|answer|respond|call)|fyi",
    r"just (?:to let you know|letting you know|saying|so you know)|for your information",
    r"(?:got|received|arrived|landed)(?: \w+){0,4} (?:safe\w*|fine|well|lovely|perfect|great)",
    r"all (?:good|fine|healed|done)|as agreed|looks (?:lovely|great|good)|no pain|feels great",
    r"no hace falta (?:que )?(?:contest\w+|respond\w+)|(?:os|te|le) aviso (?:que|de que)",
    r"solo (?:para )?avisar|(?:hemos|he) llegado bien|muy content\w|luego te cuento|manana te cuento",
    r"ya estoy en casa|todo (?:bien|estupendo|perfecto)",
    r"nao (?:precisa|e preciso|precisas) (?:de )?responder",
    r"so (?:avisando|para avisar|a avisar|para informar)|che(?:guei|gamos) bem|ja (?:enviei|mandei|paguei)",
    r"chegou (?:tudo )?(?:certinho|bem)|ador(?:ei|amos)|te conto|tudo (?:certo|bem|otimo)",
)
LAUGHTER = re.compile(r"(?:[jh][aeu]+){2,}[jh]?|(?:ah){2,}a?|k{2,}|(?:rs)+|(?:hua){2,}|lo+l|lmao|xd+")
PLAIN_ANSWERS = frozenset({"yes", "no", "si", "sim", "nao", "yep", "yeah"})
_GREETING_WORDS = """
good morning evening night afternoon day everyone all everybody guys friends group family happy monday tuesday
wednesday thursday friday saturday sunday weekend christmas new year easter birthday blessed god bless you amen
have a nice lovely great sleep well sweet dreams and to the my cool lol perfect super love thanks thank buenos
buenas dias tardes noches dia tarde noche todos todas feliz lunes martes miercoles jueves viernes sabado domingo
semana grupo familia que dios te os les bendiga bendiciones hola tengan tengas un una bonito linda descansa
hasta luego pronto manana see then there tomorrow cheers brilliant vale estupendo nos vemos ate la amanha breve
gracias guapa guapo amiga cielo genial perfecto bom boa noite pessoal galera gente abencoado abencoada com deus
abencoe durma durmam bem anjos fim de ola oi obrigado obrigada querida querido muito perfeito otimo combinado ok
amem tenham um uma otima
"""
GREETINGS = frozenset(_GREETING_WORDS.split())
