"""The words for days and times in English, Spanish and Portuguese, as patterns over flat text (see `moments.flat`)."""

from collections.abc import Iterable


def _named(names: dict[int, str]) -> dict[str, int]:
    return {name: number for number, several in names.items() for name in several.split()}


WEEKDAYS = _named(
    {
        0: "monday mon lunes segunda",
        1: "tuesday tue tues martes terca",
        2: "wednesday wed miercoles quarta",
        3: "thursday thu thur thurs jueves quinta",
        4: "friday fri viernes sexta",
        5: "saturday sat sabado",
        6: "sunday sun domingo",
    }
)
MONTHS = _named(
    {
        1: "january jan enero janeiro",
        2: "february feb febrero fevereiro",
        3: "march marzo marco",
        4: "april apr abril",
        5: "may mayo maio",
        6: "june jun junio junho",
        7: "july jul julio julho",
        8: "august aug agosto",
        9: "september sept sep septiembre setiembre setembro",
        10: "october oct octubre outubro",
        11: "november nov noviembre novembro",
        12: "december dec diciembre dezembro",
    }
)
NUMBERS = _named(
    {
        1: "a an one un una um uma",
        2: "two couple dos dois duas par",
        3: "three few tres unos unas uns umas algunos algunas alguns algumas",
        4: "four cuatro quatro",
        5: "five cinco",
        6: "six seis",
        7: "seven siete sete",
        8: "eight ocho oito",
        10: "ten diez dez",
    }
)
MANY = frozenset({"few", "unos", "unas", "uns", "umas", "algunos", "algunas", "alguns", "algumas"})


def _any(known: Iterable[str]) -> str:
    return "|".join(sorted(known, key=len, reverse=True))


_NUMBER = rf"\d{{1,3}}|{_any(NUMBERS)}"
_UNIT = (
    r"(?P<minutes>minut\w*|mins?\b|min\b)"
    r"|(?P<hours>hours?\b|hrs?\b|hs?\b|horas?\b)"
    r"|(?P<working>(?:business|working) days?|dias? (?:habil\w*|laborab\w*|util|uteis))"
    r"|(?P<days>days?\b|dias?\b)|(?P<weeks>weeks?\b|semanas?\b)|(?P<months>months?\b|mes(?:es)?\b)"
)
_WITHIN = (
    r"(?:in|within|dentro de|en|em|daqui a|daqui|nas|nos|antes de|(?:in|within|over) (?:the )?next"
    r"|en (?:las|los) proxim[ao]s|n[ao]s proxim[ao]s|dentro d[ao]s proxim[ao]s|em ate|de aqui a"
    r"|(?:in|en|em) (?:less than|menos de)|in under)"
)
_ROUGHLY = r"(?:the next |about |around |up to |como |cerca de |mas o menos |maximo |no maximo |aproximadamente |ate )?"
RELATIVE = (
    rf"\b{_WITHIN} {_ROUGHLY}(?:a |un |um )?(?P<first>{_NUMBER})(?: of| de)?"
    rf"(?: ?(?:-|–|to|a|o|or|ou|y|e) ?(?P<last>{_NUMBER}))?\s*(?:{_UNIT})"
)
HALF_HOUR = (
    r"\b(?:in|within|en|em|dentro de|daqui a) (?:about |unos? |una |uma |ate )?(?:half an hour|media hora|meia hora)"
)
SOON = (
    r"\b(?:in a (?:moment|minute|bit|while|sec|second)|shortly|right away|right now|straight away|immediately"
    r"|en un (?:rato|ratito|momento|momentito)|en breves|enseguida|en seguida|ahora mismo|ahorita|inmediatamente"
    r"|em instantes|daqui a pouco|daqui a pouquinho|em um momento|num instante|agora mesmo|ja ja|imediatamente"
    r"|ja (?=te |lhe |vou |volto|verifico|retorno|respondo|envio|mando|chamo|ligo)"
    r"|(?:ya|ahora) (?=te |le |les |lo |la ))"
)
LATER = r"\b(?:later today|later on|(?:un poco )?mas tarde|(?:um pouco )?mais tarde)\b"

AFTER_TOMORROW = r"\b(?:(?:the )?day after tomorrow|pasado manana|depois de amanha)\b"
TOMORROW = r"\b(?:tomorrow|tmrw|tmw|amanha|(?<!la )(?<!esta )(?<!las )manana)\b"
TODAY = (
    r"\b(?:today|hoy|hoje|tonight|this (?:morning|afternoon|evening)"
    r"|est[ae] (?:manana|tarde|noche|noite|manha|mediodia))\b"
)
NEXT_WEEK = r"\b(?:next week|(?:la )?semana (?:que viene|entrante|proxima|que vem)|(?:la |na |a )?proxima semana)\b"
THIS_WEEK = (
    r"\b(?:this week|(?:the )?end of the week|esta semana|essa semana|nesta semana|fin de la semana|fim da semana)\b"
)
WEEKEND = (
    r"\b(?:(?:this |the |at the )?weekend|(?:este |el )?fin de semana|(?:este |no |neste )?(?:fim|final) de semana)\b"
)
NEXT_MONTH = r"\b(?:next month|(?:el )?mes que viene|el proximo mes|(?:o )?mes que vem|(?:no )?proximo mes)\b"
END_OF_MONTH = r"\b(?:end of (?:the|this) month|(?:fin|final) (?:de|del) mes|(?:fim|final) do mes)\b"
_NOT_A_DAY = (
    r"(?!\s+(?:via|vez|etapa|parte|opcao|loja|unidade|quinzena|metade|fase|cita|opcion|dose|dosis|sessao|sesion)\b)"
)
_FAIR = rf"(?:segunda|terca|quarta|quinta|sexta){_NOT_A_DAY}"  # without `feira`
_SHORT = r"(?:mon|tues?|wed|thu(?:rs?)?|fri|sat|sun)\b"
WEEKDAY = (
    r"\b(?P<day>monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|lunes|martes|miercoles|jueves|viernes|sabado|domingo"
    r"|(?:segunda|terca|quarta|quinta|sexta)(?=[ -]feira)"
    rf"|(?<=\bna ){_FAIR}|(?<=\bate ){_FAIR}|(?<=\bate a ){_FAIR}|(?<=\bproxima ){_FAIR}|(?<=\bnesta ){_FAIR}"
    rf"|(?<=\bon ){_SHORT}|(?<=\bby ){_SHORT}|(?<=\bnext ){_SHORT})\b(?:[ -]feira)?"
)
_MONTH = _any(MONTHS)
_NO_DAY = r"(?!\s*(?:h\b|hs\b|:|am\b|pm\b|%|€|\$|euros?|minut|hour|hora|days?\b|dias?\b|people|personas|pessoas))"
DATES = (
    r"\b(?P<one>\d{1,2})/(?P<two>\d{1,2})(?:/(?P<year>\d{4}|\d{2}))?\b",
    r"\b(?P<one>\d{1,2})[.-](?P<two>\d{1,2})[.-](?P<year>\d{4})\b",
    rf"\b(?P<number>\d{{1,2}})(?:st|nd|rd|th)? (?:of |de )?(?P<month>{_MONTH})\b(?:,? (?:de |del )?(?P<year>\d{{4}}))?",
    rf"\b(?P<month>{_MONTH}) (?P<number>\d{{1,2}})(?:st|nd|rd|th)?\b{_NO_DAY}(?:,? (?P<year>\d{{4}}))?",
    rf"\b(?:dia|el|the) (?P<number>\d{{1,2}})(?:st|nd|rd|th)?\b{_NO_DAY}"
    r"(?=\s*(?:$|[,.;!)]|a las|as|at|by|in|e |y |and ))",
    r"\bdia (?P<number>\d{1,2})\b",
)

_MERIDIEM = r"(?P<half>a\.?m\b\.?|p\.?m\b\.?)"
_PART = r"(?: (?:de|da|por|in)(?: la| the)? (?P<part>manana|tarde|noche|manha|noite|morning|afternoon|evening))?"
_AT = (
    r"(?:at|by|before|until|till|around|about|a las?|antes de las?|sobre las?|hasta las?|tipo|para las?|de las?"
    r"|ate as|ate|as|por volta das|la pelas|pelas|antes das)"
)
_NOT_MORE = (
    r"(?!\s*(?:[:/%€$]|[ap]\.?m\b|[.,]\d|-\s?\d|days?|dias?|weeks?|semanas?|people|personas|pessoas|of\b"
    r"|de (?!la |tarde)))"
)
TIMES = (
    rf"\b(?P<hour>\d{{1,2}})(?::|h)(?P<minute>\d{{2}})\s*(?:h\b|hs\b|hrs\b)?\s*{_MERIDIEM}?{_PART}",
    rf"\b(?P<hour>\d{{1,2}})\s*{_MERIDIEM}",
    rf"\b{_AT} (?:the |about |around |las )?(?P<hour>\d{{1,2}})\s*(?:h\b|hs\b|hrs?\b|horas?\b|o'clock){_PART}",
    rf"\b(?:at|by|before|until|till|around|a las?|antes de las?|sobre las?|hasta las?|para las?|ate as)"
    rf" (?P<hour>\d{{1,2}})\b{_PART}{_NOT_MORE}(?!(?:st|nd|rd|th)\b)(?!\s*(?:{_MONTH}|minut|hour|hora|h\b))",
    r"\bas (?P<hour>\d{1,2})(?: d[ae] (?P<part>manha|tarde|noite)|(?=\s*(?:$|[.,;!])))",
)
NOON = r"\b(?:noon|midday|lunch ?time|mediodia|medio dia|meio-dia|meio dia)\b"
END_OF_DAY = (
    r"\b(?:end of (?:the )?(?:business |working )?day|eod|close of business|cob|(?:fin|final)(?:al)? del dia"
    r"|ultima hora|(?:fim|final) do dia)\b"
)
FIRST_THING = r"\b(?:first thing|early|a primera hora|primera hora|temprano|logo cedo|primeira hora|bem cedo)\b"
MORNING = r"\b(?<!good )(?:morning|(?:por|de|en) la manana|esta manana|(?:de|da|pela|na|esta|nesta) manha)\b"
AFTERNOON = r"\b(?<!good )(?:afternoon|(?:por|de|en) la tarde|esta tarde|(?:a|de|da|pela|na|nesta) tarde)\b"
EVENING = r"\b(?<!good )(?:evening|tonight|(?:por|de|en) la noche|esta noche|(?:a|de|da|pela|na|esta|nesta) noite)\b"

# "the menu of Friday", "for Friday": that is what it is about, and not when.
ABOUT = r"\b(?:of|for|from|about|since|del|de|d[oa]s?|desde|sobre|was|were) (?:the |el |la |next |this |dia )?$"
NOT_ABOUT = (
    r"\b(?:antes|a partir|despues|depois|dentro|final|fin|fim|manana|hora|horas|tarde|noche|noite|end|fecha limite)"
    r" (?:de|del|da|do|of) (?:el |la )?$"
)
BEFORE = r"\b(?:before|antes (?:del|de la|de|d[oa]s?)) (?:next |the |el |la )?$"
