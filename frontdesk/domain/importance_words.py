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
    r"(?:burglar|fire) alarm (?:company|contract|test|system)s?",
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
    r"(?:rate|score)(?: \w+){0,3} (?:urgent|[1-5]|high|top)",
    r"(?:rate|score|mark|flag|set|marca|marque|classifica|clasifica|puntua|pon|poe)(?: \w+){0,3}"
    r" (?:urgent|como urgente|(?:level|nivel|priority|prioridade?) (?:\d|high|alta|maxima))",
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
PROMO = _any(
    r"(?:click|tap|clique|haz clic|pulsa|pincha|clica)\w* (?:here|on the|the|no|aqui|en el|neste) ?(?:link|enlace)?",
    r"(?:reply|text|send|responde|responda|envia) stop|unsubscribe|darse de baja|opt ?out|ganhe dinheiro",
    r"gana dinero",
    r"(?:you have been|youve been|has sido|foi) (?:selected|chosen|seleccionad\w|selecionad\w|sortead\w|premiad\w)",
    r"(?:earn|make|win|gana|ganhe) (?:up to )?(?:us|r)?[$€£] ?\d+\w*|guaranteed returns?",
    r"(?:crypto|forex|bitcoin) (?:signals?|trading)",
)

SURVEY = _any(
    r"(?:survey|encuesta|pesquisa|rate us|valora|valore|avalie)\b.{0,60}"
    r"(?:1|one|uno|um) (?:to|al|a|ao) (?:5|10|five|ten)",
    r"(?:de|from) (?:1|0) (?:a|to|al|ao) (?:5|10)\b.{0,40}(?:atendimento|atencion|servicio|service|experiencia)",
)

CODE = _any(
    r"(?:verification|security|access|login|one time|confirmation) (?:code|password|pin)(?: is|:)? ?\d*|otp",
    r"your (?:\w+ ){0,2}(?:code|pin) is \d+",
    r"codigo(?: de (?:verificacion|acceso|seguridad|confirmacion|verificacao|acesso|seguranca|confirmacao))?"
    r"(?: es| e)?:? \d+",
    r"(?:tu|su|seu|teu|o seu) codigo(?: \w+){0,3} (?:es|e) ?:? ?\d+",
    r"(?:do not|dont|never) share (?:it|this code|this)(?: with anyone)?|no lo compartas con nadie",
    r"nao compartilhe (?:este|esse|o) codigo|nao partilhe (?:este|esse|o) codigo",
)

LAUGHTER = re.compile(r"(?:[jh][aeu]+){2,}[jh]?|(?:ah){2,}a?|k{2,}|(?:rs)+|(?:hua){2,}|lo+l|lmao|xd+")
PLAIN_ANSWERS = frozenset({"yes", "no", "si", "sim", "nao", "yep", "yeah"})
_GREETING_WORDS = """
oie oii buenass wey parce hi hello hey hiya bday congrats congratulations felicidades felicitaciones parabens cumple
cumpleanos aniversario stop it para ya good morning evening night afternoon day everyone all everybody guys friends
group family happy monday tuesday wednesday thursday friday saturday sunday weekend christmas new year easter
birthday blessed god bless you amen have a nice lovely great sleep well sweet dreams and to the my cool lol perfect
super love thanks thank buenos buenas dias tardes noches dia tarde noche todos todas feliz lunes martes miercoles
jueves viernes sabado domingo semana grupo familia que dios te os les bendiga bendiciones hola tengan tengas un una
bonito linda descansa hasta luego pronto manana see then there tomorrow cheers brilliant vale estupendo nos vemos
ate la amanha breve gracias guapa guapo amiga cielo genial perfecto bom boa noite pessoal galera gente abencoado
abencoada com deus abencoe durma durmam bem anjos fim de ola oi obrigado obrigada querida querido muito perfeito
otimo combinado ok amem tenham um uma otima okay okey noted got will do alright sure awesome wow yay same here
welcome youre are fine deal done entendido listo dale bueno buena buenisimo bien claro igualmente besos beso abrazo
abrazos show top beleza blz vlw valeu obg viu ta certo entendi fechado maravilha bj bjs beijo beijos abraco xx x xo
xoxo hahaha for so much lo por y e appreciated bye goodbye later take care chao ciao tchau adios tkm tqm dead im me
muero morri morro mate dude bro mano cara tio tia dr doctor doutor doutora haha jeje muchas muchos mil ay ai oh aww
aw mono fofo cute too also tambien tambem lindo
"""
GREETINGS = frozenset(_GREETING_WORDS.split())
_OPENING_WORDS = """
hi hello hey hiya good morning afternoon evening hola buenas buenos dias tardes noches ola oi bom boa dia tarde
noite tudo bem um uh so and but y e pero mas oye oiga disculpa disculpe perdona perdon sorry excuse me one quick
question amor please por favor doctor doctora doutor doutora dr team thanks gracias ok okay una uma pregunta
pergunta
"""
OPENINGS = frozenset(_OPENING_WORDS.split())  # what may stand before a question
