"""What a reply may not do: promise what nobody has set in motion, or name money that stands nowhere."""

import re

from frontdesk.domain.words import fold

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_OFFER = re.compile(
    r"\?\s*$|\b(?:if you (?:like|want|wish|prefer|need)|would you like|shall i|should i|do you want|you can|you may"
    r"|please (?:call|write|contact)|si (?:quiere|quieres|desea|prefiere)|quiere que|puede"
    r"|se (?:quiser|preferir|desejar)|quer que|pode)\b"
)
_WILL = r"(?:'ll| will| am going to|'m going to)"
_WE_WILL = r"(?:'ll| will| is going to| are going to)"
_TEAM = (
    r"(?:colleagues?|team|staff|human|person|agent|representative|manager|receptionist|specialist|member of \w+ \w+)"
)
_ANSWER = (
    r"(?:get back|contact|call|reach out|be in touch|reply|respond|answer you|follow up|write|let you know|be with you)"
)
_PROMISES = (
    rf"i(?:{_WILL}|'m| am| have|'ve| just)\s+(?:now |just |gladly |also )?"
    r"(?:pass(?:ed|ing)?|forward(?:ed|ing)?|transfer(?:red|ring)?|hand(?:ed|ing)? (?:this|you|it|over)"
    r"|connect(?:ed|ing)? you|escalat(?:e|ed|ing)|notif(?:y|ied|ying)|inform(?:ed|ing)? (?:the|our|my|a))\b",
    rf"i{_WILL}\s+(?:\w+ )?(?:check|ask|find out|look into|get back|follow up|call you|let you know|arrange)\b",
    rf"i{_WILL}\s+(?:\w+ )?(?:come back to you|confirm with|see (?:if|whether))\b",
    r"let me (?:check|ask|find out|look into|verify|transfer|connect|get)\b.{0,60}"
    r"\b(?:team|colleague|get back|you|someone|manager|doctor|reception)",
    rf"(?:a|my|our|the|one of (?:my|our)) (?:\w+ )?{_TEAM}{_WE_WILL}\b",
    rf"(?:someone|somebody|we)(?: \w+ (?:our|the) \w+)?{_WE_WILL}\s+(?:\w+ )?{_ANSWER}\b",
    r"you(?:'ll| will) (?:be contacted|hear (?:back )?from|receive a call|get a call)",
    r"(?:le|te|los|voy a) (?:paso|pasare|pasar|transfiero|comunico|comunicare|transferir)\b",
    r"he (?:pasado|transferido|avisado)\b|(?:lo )?voy a (?:consultar|preguntar|averiguar|verificar|confirmar)",
    r"(?:un|una|nuestro|nuestra|mi|el|la) (?:compane\w+|colega|persona|equipo|agente|asesor\w*|miembro\b.{0,20})"
    r"\s+(?:le|te|se|lo|la)\s+\w+(?:ra|ran)\b",
    r"(?:le|te) (?:llamaremos|contactaremos|responderemos|avisaremos|avisare|llamare)\b|nos pondremos en contacto",
    r"vou (?:passar|transferir|encaminhar|verificar|perguntar|confirmar|consultar|avisar)\b",
    r"(?:passei|encaminhei|transferi) (?:a|o|este|esta)\b",
    r"(?:um|uma|o|a|nosso|nossa) (?:colega|pessoa|equipa|equipe|atendente|membro\b.{0,20})"
    r"\s+(?:\w+ )?(?:ira|vai|entrara|respondera|lhe|responder)\b",
    r"entrar(?:emos|ei) em conta(?:c?to)|(?:retornaremos|responderemos|ligaremos|avisaremos)\b",
    r"je (?:vais|vous) (?:transmet\w*|transfer\w*|passe|verifier|demander)\b|(?:un|une) collegue (?:va|vous)\b",
    r"ich (?:leite|gebe|verbinde|werde)\b.{0,60}\b(?:weiter|nachfragen|klaren|melden|fragen)",
    r"(?:jemand|ein kollege|eine kollegin|das team) (?:wird|meldet|antwortet)\b",
)
_PROMISE = re.compile(rf"\b(?:{'|'.join(_PROMISES)})")
_SIGN = r"(?:[€$£¥]|\b(?:eur|usd|gbp|brl|r\$|us\$|euros?|dollars?))"
_UNIT = r"(?:[€$£¥]|(?:eur|usd|gbp|brl|euros?|dollars?|d[oó]lares?|pounds?|reais|pesos)\b)"
_AMOUNT = r"(\d[\d.,\s]*\d|\d)"
_MONEY = re.compile(rf"{_SIGN}\s*{_AMOUNT}|{_AMOUNT}\s*{_UNIT}", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:[.,\s]\d{3})*(?:[.,]\d{1,2})?")


def promises_person(text: str) -> bool:
    """Whether the text promises that someone will check, call or answer. Offers and questions do not count."""
    for sentence in _SENTENCE.findall(fold(text).replace("’", "'")):
        if _PROMISE.search(sentence) and not _OFFER.search(sentence.strip()):
            return True
    return False


def invented_amounts(reply: str, known: str) -> tuple[str, ...]:
    """The amounts of money in the reply whose number stands nowhere in what the agent knows."""
    known_numbers = {_plain(number) for number in _NUMBER.findall(known)}
    amounts = [found[0] for found in _MONEY.finditer(reply) if _plain(found[1] or found[2]) not in known_numbers]
    return tuple(dict.fromkeys(amount.strip() for amount in amounts))


def _plain(number: str) -> str:
    """`1,150.00`, `1.150` and `1150` alike."""
    compact = re.sub(r"\s", "", number)
    whole, cents = (compact[:-3], compact[-2:]) if re.search(r"[.,]\d\d$", compact) else (compact, "00")
    return f"{re.sub(r'[.,]', '', whole).lstrip('0') or '0'}.{cents}"
