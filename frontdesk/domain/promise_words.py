"""The words of promises in English, Spanish and Portuguese, as patterns over flat text (see `moments.flat`).

Each language has three kinds: what promises by itself, what promises only with a moment ("te mando la foto" comes with
the photo, "te mando la foto mañana" does not), and what announces only where the moment stands right behind it
("te confirmo mañana", not "te confirmo tu cita de mañana").
"""

# English

_EN_ADVERB = (
    r"(?:then|also|just|definitely|certainly|personally|gladly|quickly|now|first|again|soon|shortly|tomorrow|today"
    r"|try to|do (?:my|our) best to|make sure to|be sure to|go ahead and|go and|probably|surely|of course) "
)
_EN_DO = (
    r"(?:re)?send\b|e-?mail\b|mail\b|forward\b|share\b|call\b|phone\b|ring\b|text\b|message\b|write\b|reply\b|respond\b"
    r"|answer (?!any|all)|contact\b|reach out\b|get back\b|get in touch\b|come back to you|be in (?:touch|contact)\b"
    r"|be (?:right )?(?:with|back to) you|let (?:you|them|him|her) know\b|keep you (?:posted|updated|informed)\b"
    r"|update you\b|inform you\b|notify you\b|tell you\b|confirm\b|(?:double[- ]?)?check\b|verify\b|find out\b|look"
    r" into\b"
    r"|look (?:at )?(?:it|this|that)\b|ask\b|talk to\b|speak (?:to|with)\b|consult\b|discuss\b|investigate\b"
    r"|see (?:if|whether|what)\b|review\b|prepare\b|arrange\b|organi[sz]e\b|schedule\b|book\b|reserve\b|fix\b|sort\b"
    r"|resolve\b|repair\b|ship\b|deliver\b|dispatch\b|bring\b|drop\b|pick (?:it|you|them)\b|refund\b|reimburse\b|pay\b"
    r"|transfer\b|issue\b|return\b|follow up\b|chase\b|remind\b|make sure (?!you)|process\b|cancel\b|order\b|print\b"
    r"|upload\b|draft\b|have (?:it|them|that|this|your [\w ]+) (?:ready|done)\b"
    r"|get (?:it|that|this|them|you|those) (?:to you|done|ready|sorted|over|the|a|an|back)\b|put together\b"
    r"|take care of (?:it|this|that|the|your)\b|give you (?:a|another) (?:call|ring|update|answer|quote|shout|reply)\b"
    r"|pass (?:it|this|that|them|your) (?:\w+ )?(?:on|along)\b|have (?:a|another) look\b|take (?:a|another) look\b"
    r"|report back\b|let (?:the|my|our) \w+ know\b|correct\b|replace\b|submit\b|quote\b|raise\b|escalate\b"
)
_EN_DOING = (
    r"(?:sending|emailing|mailing|forwarding|calling|ringing|shipping|delivering|bringing|paying|transferring|returning"
    r"|posting|writing|picking)\b"
)
# `you will`, `it will` and what people in general will do is nobody's promise.
_EN_NOBODY = (
    r"(?!(?:you|it|this|that|which|who|whoever|what|when|where|how|there|nobody|one|everyone|everybody|patients|clients"
    r"|customers|guests|people|rain|weather|prices?|not|never|why|often|soon)\b)"
)
_EN_FUTURE = r"(?:'ll| will| shall|(?:'m|'re|'s| am| are| is) (?:going to|gonna))"
EN_SURE = (
    rf"\b{_EN_NOBODY}[a-z]+{_EN_FUTURE} (?:{_EN_ADVERB}){{0,2}}(?:{_EN_DO})",
    rf"(?:^|[.,!] |\band |\bok |\bsure )(?:will|gonna|i'll) (?:{_EN_ADVERB})?(?:{_EN_DO})",
    r"\blet me (?:\w+ ){1,12}?and (?:then )?(?:get back|let you know|come back to you|confirm|tell you|call you)\b",
    r"\b(?:checking|asking|finding out|looking into it)\b[^.;]{0,60}\band (?:will|i'll|we'll)\b",
    r"\bleave (?:it|that|this) (?:with|to) (?:me|us)\b",
    r"\b(?:as soon as|once|when) (?:i|we) (?:know|have|hear|get|find)\b[^.;]{0,40}(?:'ll| will) (?:let|tell|send"
    r"|call|inform)\b",
)
EN_WITH_MOMENT = (
    rf"\b(?:i'm|i am|we're|we are) (?:{_EN_ADVERB})?{_EN_DOING}",
    rf"\b{_EN_NOBODY}[a-z]+{_EN_FUTURE} (?:be {_EN_DOING}|publish\b|post\b|do (?:it|that|this)\b|finish\b|be there\b)",
    r"\byou(?:'ll| will| shall) (?:\w+ )?(?:receive|get|hear|have)\b",
    r"\b(?:will|should) (?:\w+ly )?be (?:\w+ly )?(?:sent|e-?mailed|delivered|shipped|ready|refunded|dispatched|returned"
    r"|fixed|repaired|posted|mailed|processed|issued|contacted|finished|done|completed|with you)\b",
    r"\b(?:order|parcel|package|delivery|refund|money|invoice|letter) will (?:arrive|reach|be there)\b",
)
EN_RIGHT_BEFORE_MOMENT: tuple[str, ...] = ()

# Spanish

_ES_CLITIC = r"(?:te|le|les|os|se|lo|la|los|las|nos|me)"
_ES_DO = (
    r"(?:re)?enviar|mandar|llamar|avisar|confirmar|verificar|revisar|consultar|preguntar|averiguar|comprobar|mirar"
    r"|checar|chequear|contactar|comunicar|responder|contestar|informar|decir|pasar|escribir|devolver|entregar|preparar"
    r"|agendar|reservar|resolver|solucionar|arreglar|gestionar|tramitar|reembolsar|transferir|pagar|llevar|traer"
    r"|recoger|ver (?:si|que)\b|hablar|poner|buscar|subir|cotizar|emitir|actualizar|comentar|contar|notificar|compartir"
    r"|facilitar|dejar|trasladar|hacerte|hacerle|pedir|intentar|dar"
)
_ES_STEM = (
    r"(?:re)?enviar|mandar|llamar|avisar|confirmar|verificar|revisar|consultar|preguntar|averiguar|comprobar|contactar"
    r"|comunicar|responder|contestar|informar|pasar|escribir|devolver|entregar|preparar|agendar|reservar|resolver"
    r"|solucionar|arreglar|gestionar|tramitar|reembolsar|transferir|pagar|llevar|traer|recoger|hablar|pondr|buscar"
    r"|cotizar|emitir|actualizar|comentar|contar|notificar|compartir|facilitar|trasladar|dir|dar|har"
)
_ES_CHECK = (
    r"(?:consult|pregunt|averig|revis|verific|mir|comprueb|comprob|cheque|check|habl|coment|confirm|v)"
    r"\w*(?:o|amos|ar\w*|er\w*)"
)
_ES_TELL = (
    r"(?:aviso|avisamos|digo|decimos|cuento|contamos|confirmo|confirmamos|informo|informamos|comento|comentamos"
    r"|respondo|respondemos|contesto|mando|mandamos|envio|enviamos|paso|pasamos|llamo|llamamos|escribo|escribimos"
    r"|doy|damos)"
)
_ES_SEND = (
    r"(?:mando|mandamos|manda|envio|enviamos|envia|paso|pasamos|pasa|reenvio|devuelvo|devolvemos|entrego|entregamos"
    r"|llevo|llevamos|lleva|traigo|preparo|preparamos|tengo|tenemos|dejo|dejamos|transfiero|pago|pagamos|hago|hacemos"
    r"|escribo|escribimos|recojo|recogemos|subo|respondo|respondemos|contesto|contestamos|contacta|contactan|llama"
    r"|llaman"
    r"|avisa|avisan|escribe|escriben|atiende)"
)
ES_SURE = (
    rf"\b(?:{_ES_CLITIC} )?(?:voy|vamos|va|van) a (?:{_ES_DO})",
    rf"\b(?:{_ES_CLITIC} ){{0,2}}(?:{_ES_STEM})(?:e|emos|a|an)\b(?! (?:que|de que)\b)",
    r"\b(?:te|le|les|os) (?:aviso|avisamos|llamo|llamamos|contacto|contactamos)\b(?! (?:que|de que|para|por|de)\b)",
    rf"\b{_ES_CHECK}\b[^.;]{{0,60}}\b(?:y|e) (?:ya |luego |despues )?(?:te|le|les|os|se lo) {_ES_TELL}\b",
    r"\b(?:me pongo|nos ponemos) en contacto\b|\b(?:me|nos|se) comunic(?:o|amos|a|an|ara|aran) con(?:tigo| usted|"
    r" vos)\b",
    r"\b(?:me encargo|nos encargamos|me ocupo|nos ocupamos)\b",
    r"\bquedo en (?:avisar|mandar|enviar|confirmar|llamar|pasar)\w*",
    r"\b(?:cuando|en cuanto) (?:tenga(?:mos)?|sepa(?:mos)?|pueda(?:mos)?|llegue a casa|salga)\b[^.;]{0,50}\b(?:te"
    r"|le|les|os) (?:lo |la )?"
    rf"{_ES_TELL}\b",
    r"\b(?:ahora|ya|enseguida) (?:mismo )?(?:lo|la) (?:consulto|reviso|verifico|averiguo|pregunto|miro|compruebo)\b",
)
ES_WITH_MOMENT = (
    rf"\b(?:(?!me|nos){_ES_CLITIC} ){{1,2}}{_ES_SEND}\b(?! que\b)",
    r"\b(?:lo|la|los|las) (?:tienes|tiene|tendras|tendra|tenes) (?:en|listo|lista)\b",
    r"\b(?:mensajero|tecnico|repartidor|companer[oa]|conductor) (?:pasa|viene|va|lleva|llega)\b",
    r"\b(?:recibira[sn]?|tendra[sn]?|llegara[n]?|(?:estara|quedara)[n]? list[oa]s?|sera[n]? (?:enviad|entregad"
    r"|devuelt)[oa]s?)\b",
)
ES_RIGHT_BEFORE_MOMENT = (
    r"\b(?:te|le|les|os) (?:lo |la |los |las )?(?:confirmo|confirmamos|informo|informamos|digo|decimos|cuento|contamos"
    r"|comento|comentamos)\b(?! que\b)",
)

# Portuguese

_PT_DO = (
    r"(?:re)?enviar|mandar|ligar|avisar|confirmar|verificar|checar|conferir|consultar|perguntar|ver (?:se|o que)\b"
    r"|retornar|responder|contatar|contactar|entrar em contat?o|informar|passar|encaminhar|devolver|entregar|preparar"
    r"|agendar|reservar|resolver|providenciar|falar|pedir|levar|trazer|buscar|transferir|pagar|emitir|gerar|atualizar"
    r"|dar (?:um )?retorno|dar uma olhada|solicitar|analisar|averiguar|chamar|dizer|tentar|arrumar|repassar"
)
_PT_STEM = (
    r"enviar|mandar|ligar|avisar|confirmar|verificar|consultar|retornar|responder|contatar|contactar|informar|passar"
    r"|encaminhar|devolver|entregar|preparar|agendar|reservar|resolver|providenciar|transferir|pagar|emitir|dar|far"
    r"|entrar"
)
_PT_TELL = (
    r"(?:aviso|avisamos|falo|falamos|digo|dizemos|conto|confirmo|confirmamos|informo|informamos|respondo|respondemos"
    r"|mando|mandamos|envio|enviamos|passo|passamos|ligo|ligamos|retorno|retornamos|chamo|dou retorno)"
)
PT_SURE = (
    rf"\b(?:vou|vai|vao|irei|iremos|ira) (?:ja |so |tentar |aqui )?(?:te |lhe |lhes |vos |me |nos |se )?(?:{_PT_DO})",
    rf"\bvamos (?:te |lhe |lhes )?(?!marcar|ver\b|falar\b)(?:{_PT_DO})",
    rf"\b(?:te |lhe |lhes )?(?:{_PT_STEM})(?:ei|emos|a|ao)\b(?! que\b)",
    r"\b(?:te|lhe|lhes) (?:aviso|avisamos|ligo|ligamos|retorno|retornamos|dou (?:um )?retorno)\b(?! que\b)",
    r"\bja (?:te|lhe) (?:respondo|falo|retorno|aviso|mando|envio|digo|confirmo|passo)\b(?! que\b)",
    rf"\b(?:e|que) ja {_PT_TELL} (?:com |para |a |pra )?(?:voce|vc|o senhor|a senhora)\b",
    r"\b(?:verifico|vejo|confiro|consulto|pergunto|checo|confirmo|checar|verificar|ver|conferir|perguntar|consultar"
    r"|falar)\b"
    rf"[^.;]{{0,60}}\be (?:ja )?(?:te|lhe|lhes) {_PT_TELL}\b",
    r"\bentramos em contat?o\b|\b(?:logo|em breve) (?:te |lhe )?(?:damos|dou) (?:um )?retorno\b",
    r"\bassim que (?:eu|nos) (?:tiver|souber|puder|receber)\w*[^.;]{0,40}\b(?:te|lhe) \w+",
    r"\b(?:pode deixar|deixa comigo)[^.;]{0,30}\b(?:resolvo|cuido|faco|vejo|envio|mando|aviso)\b",
)
PT_WITH_MOMENT = (
    r"\b(?:te|lhe|lhes|vos) (?:mando|mandamos|envio|enviamos|respondo|respondemos|falo|passo|passamos|encaminho"
    r"|encaminhamos|devolvo|devolvemos|entrego|entregamos|levo|trago|pago|transfiro|chamo|entrega|manda|envia|liga)\b",
    r"(?:^|[,.!;] |\b(?:e|eu|ja|entao|amanha|depois|segunda|terca|quarta|quinta|sexta|feira|tarde|manha) )"
    r"(?:retorno|aviso|ligo|ligamos|envio|enviamos|mando|mandamos|deposito|passo|entrego|devolvo|levo|trago|pago)"
    r" (?!de\b|da\b|do\b)",
    r"\b(?:envio|mando|ligo|aviso|entrego|devolvo|respondo|telefono)-(?:lhe|lhes|te|vos|o|a)\b",
    r"\b(?:ligo|ligamos|aviso|avisamos|mando|envio|respondo|retorno) (?:com |para |a |pra )?(?:voce|vc|o senhor|a"
    r" senhora)\b",
    r"\b(?:recebera[so]?|voces? vao? receber|voce vai (?:receber|ter)|vai (?:receber|chegar|ficar pront[oa])"
    r"|(?:motoboy|entregador|tecnico) (?:leva|passa|vai|entrega)"
    r"|sera(?:o)? (?:enviad|entregue|devolvid)\w*|estara(?:o)? pront[oa]s?|fica(?:ra)? pront[oa]s?)\b",
)
PT_RIGHT_BEFORE_MOMENT = (
    r"\b(?:te|lhe|lhes) (?:confirmo|confirmamos|informo|informamos|digo|conto)\b(?! que\b)",
    r"\b(?:confirmo|informo|digo)-(?:lhe|lhes|te|vos)\b",
)

SURE = (*EN_SURE, *ES_SURE, *PT_SURE)
WITH_MOMENT = (*EN_WITH_MOMENT, *ES_WITH_MOMENT, *PT_WITH_MOMENT)
RIGHT_BEFORE_MOMENT = (*EN_RIGHT_BEFORE_MOMENT, *ES_RIGHT_BEFORE_MOMENT, *PT_RIGHT_BEFORE_MOMENT)

# What the other side is to do: with a moment, or where we say that we wait.
ASKED = (
    r"\b(?:please|kindly|can you|could you|would you(?! like| prefer)|will you)\b[^.;]{0,40}\b(?:send|confirm|let"
    r" (?:me|us) know|reply|call"
    r"|sign|return|pay|answer|tell|choose|fill|complete|bring|write)\b",
    r"\bneed (?:your|the|a) \w+",
    r"\b(?:por favor|porfa|puedes?|podrias?|podria|me|nos|favor de)\b[^.;]{0,30}\b(?:envi[ae]\w*|mand[ae]\w*"
    r"|confirm[ae]\w*"
    r"|avis[ae]\w*|respond[ae]\w*|firm[ae]\w*|pag[ae]\w*|dig[ae]\w*|dime|dinos|pas[ae]\w*)\b",
    r"\b(?:por favor|pode|poderia|me|nos)\b[^.;]{0,30}\b(?:envi[ae]\w*|mand[ae]\w*|confirm[ae]\w*|avis[ae]\w*"
    r"|respond[ae]\w*"
    r"|assin[ae]\w*|pag[ue]\w*)\b",
)
WAITING = (
    r"\b(?:i'm|i am|we're|we are) (?:still )?(?:waiting for|awaiting) (?:your|the|you)\b|\bawaiting your\b",
    r"\b(?:quedo|quedamos|estoy|estamos|sigo|seguimos) (?:esperando|a la espera de|pendientes? de|a la espera)"
    r" (?:tu|su|vuestr|que|los|la|el|sus|tus)\w*",
    r"\b(?:fico|ficamos|estou|estamos) (?:n?o aguardo|aguardando|a espera)\b|\baguard(?:o|amos) (?:o |a )?(?:seu"
    r"|sua|teu|tua)\b",
)

# What makes a sentence no promise.
CONDITION = (
    r"\b(?:if|unless|in case|provided|whenever)\b|\b(?:once|as soon as|when|after|until) (?:you|your|the payment)\b"
    r"|\bjust (?:let|tell|send|ask|call|write)\b",
    r"\b(?:en caso de|siempre que|cualquier|salvo que|a menos que)\b"
    r"|\b(?:cuando|en cuanto|una vez|apenas) (?:tu|usted|ustedes|nos|me|vengas?|llegu?es?|lleguen|pases?|quieras?"
    r"|puedas|gustes?"
    r"|desees?|confirmes?|pagues?|tengas|sepas|recibamos (?:tu|su|el pago))\b",
    r"(?:^|[,;(]\s?)caso \w|\b(?:qualquer|desde que|a nao ser)\b|\bassim que (?:voce|vc|o senhor|a senhora|o"
    r" pagamento|pagar|chegar|confirmar)"
    r"|\bquando (?:voce|vc|vier|chegar|quiser|puder|o senhor|a senhora)\b"
    r"|\bse (?:voce|vc|o senhor|a senhora|quiser|precisar|puder|tiver|for\b|houver|vier|preferir|nao|der\b|chegar"
    r"|algo|eu|eles)",
)
# Looking whether something is so is no condition. Nor is the sí of who leaves its accent out.
LOOKING = (
    r"\b(?:check|see|find out|ask|verify|look|know|confirm) (?:if|whether)\b(?<!you know if)|\beven if\b",
    r"\b(?:ver|vemos|verifico|verificar|verificarlo|pregunto|preguntar|reviso|revisar|consulto|consultar|miro|mirar"
    r"|comprobar"
    r"|compruebo|averiguo|averiguar|confirmar|checo|checar) (?:si|se)\b",
)
SI = r"(?:^|[\s,;])si(?!\s*[,.!])\b"  # over lower case with its accents: `si` is if, `sí` is yes
NOT = (
    r"\b(?:not|never|no (?:me |se |te |le |les |nos |lo |la )?|nao (?:te |lhe |me |nos |se )?|nunca|jamais|tampoco)\s*$"
)
ALWAYS = (
    r"\b(?:every|always|usually|normally|generally|anytime|normalmente|siempre|sempre|generalmente|geralmente|en"
    r" general"
    r"|cada (?:dia|mes|vez|semana|lunes)|todos (?:los|os) (?:dias|lunes|meses))\b"
)
PLEASANT = (
    r"\b(?:happy|glad|pleased|delighted|love) to\b|\bsee you\b|\blook(?:ing)? forward\b|\bwhen we meet\b|\bdo our"
    r" best\b(?! to)"
    r"|\bencantad[oa]s?\b|\bun placer\b|\bsera un gusto\b|\bum prazer\b|\bnos vemos\b|\bte espero\b|\bte esperamos\b"
)
FINISHED = (
    r"\b(?:passad[ao]s?|pasad[ao]s?(?! manana)|last (?:week|month|night)|yesterday|ayer|ontem"
    r"|anteayer|anoche|(?:i|we) (?:have )?(?:sent|called|emailed|paid|delivered|shipped|told))\b"
)
