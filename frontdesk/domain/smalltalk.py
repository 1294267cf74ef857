"""What needs no knowledge to be understood: greetings, thanks, and the wish for a person."""

import re
from enum import StrEnum

from frontdesk.domain.words import fold, plain_words


class Talk(StrEnum):
    """What a short message is, when it is nothing but that."""

    GREETING = "greeting"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    AGREEING = "agreeing"


# The first lines hold words of which one must be there, the last one what may stand beside them.
_TALK = {
    Talk.GREETING: (
        "hi hello hey hiya howdy morning afternoon evening greetings hola buenas buenos ola oi bom boa salut bonjour "
        "bonsoir hallo guten moin buongiorno salve ciao",
        "good day there dias tardes noches buen dia tarde noite tag morgen abend como estas que tal tudo bem "
        "how are you",
    ),
    Talk.THANKS: (
        "thanks thank thx ty appreciated gracias obrigado obrigada obg valeu merci danke dank grazie",
        "you much very so a lot many great perfect muchas mil muito beaucoup schon vielen mille for your help that is "
        "all ok okay por la ayuda pela ajuda",
    ),
    Talk.GOODBYE: (
        "bye goodbye adios luego chau tchau adeus revoir tschuss arrivederci later",
        "see you soon hasta pronto ate logo breve ciao au",
    ),
    Talk.AGREEING: (
        "ok okay k yes yep yeah sure fine alright si vale claro sim certo perfeito perfecto perfect oui ja gut no",
        "d accord bene that is",
    ),
}
_TELLING = {talk: frozenset(telling.split()) for talk, (telling, _) in _TALK.items()}
_BESIDE = {talk: frozenset(beside.split()) for talk, (_, beside) in _TALK.items()}
_LONGEST = 7  # words; what is longer says more than that

_PERSON = re.compile(
    r"\b(?:"
    r"(?:speak|talk|chat|connect|transfer|pass|put)\w*\b.{0,25}"
    r"\b(?:human|person|someone|somebody|agent|operator|representative|manager|owner|staff|reception\w*|doctor|people)"
    r"|(?:real|actual|live)\s+(?:human|person|agent|people)|human\s+(?:being|agent|please)"
    r"|(?:want|need|prefer)\s+(?:a|an)\s+(?:human|person|operator)"
    r"|(?:hablar|hablo|comunic\w+|atien\w+|pas\w+me)\b.{0,25}"
    r"\b(?:persona|humano|alguien|agente|operador|asesor|encargad\w)"
    r"|(?:falar|falo|atend\w+|pass\w+)\b.{0,25}"
    r"\b(?:pessoa|humano|alguem|atendente|operador|funcionari\w|responsavel)"
    r"|(?:parler|parlare|sprechen|mitarbeiter|conseiller|operatore)\b.{0,25}"
    r"\b(?:humain|quelqu|personne|conseiller|persona|operatore|menschen|mitarbeiter|jemand\w*)"
    r"|^(?:human|operator|agent|person|persona|humano|atendente|operador|mensch)\W*$"
    r")"
)
_UPSET = re.compile(
    r"\b(?:"
    r"unacceptable|outrage\w*|furious|disgust\w+|terrible|horrible|awful|scam|fraud|rip.?off|lawyer|sue\s+you"
    r"|complain\w*|complaint|worst|ridiculous|angry|fed\s+up"
    r"|inaceptable|vergonzos\w|estafa|queja|reclamo|denuncia\w*|pesim[oa]|enfadad\w|furios\w|harto"
    r"|inaceitavel|vergonha|burla|reclamacao|queixa|horrivel|farto"
    r")\b"
)


def small_talk(text: str) -> Talk | None:
    """Greeting, thanks, goodbye or a plain yes, when the message says nothing else."""
    words = set(plain_words(text))
    asks = "?" in text and not words.issuperset(("how", "are", "you"))
    if not words or len(words) > _LONGEST or asks:
        return None
    for talk, telling in _TELLING.items():
        if words & telling and words <= telling | _BESIDE[talk]:
            return talk
    return None


def asks_for_person(text: str) -> bool:
    """Whether the person asks to deal with a human."""
    return _PERSON.search(fold(text)) is not None


def upset(text: str) -> bool:
    """Whether the person is angry or complains."""
    return _UPSET.search(fold(text)) is not None
