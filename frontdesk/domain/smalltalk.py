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


_TALK = {
    Talk.GREETING: """hi hello hey hiya howdy good morning afternoon evening day there greetings hola buenas buenos dias tardes noches buen
    ola oi bom boa dia tarde noite salut bonjour bonsoir hallo guten tag morgen abend moin ciao buongiorno salve como estas que tal tudo bem how are you""",
    Talk.THANKS: """thanks thank you thx ty much very so a lot many great perfect appreciated gracias muchas mil obrigado obrigada muito obg valeu merci beaucoup
    danke schon vielen dank grazie mille for your help that is all ok okay por la ayuda pela ajuda""",
    Talk.GOODBYE: "bye goodbye see you later soon adios hasta luego pronto chau tchau adeus ate logo breve ciao au revoir tschuss arrivederci",
    Talk.AGREEING: "ok okay k yes yep yeah sure fine alright si vale claro sim certo perfeito perfecto perfect great d accord oui ja gut bene no nope",
}
_WORDS = {talk: frozenset(words.split()) for talk, words in _TALK.items()}
_MUST_HAVE = {
    Talk.GREETING: frozenset(
        "hi hello hey hiya howdy morning afternoon evening greetings hola buenas buenos ola oi bom boa salut bonjour bonsoir hallo guten moin buongiorno salve ciao".split()
    ),
    Talk.THANKS: frozenset(
        "thanks thank thx ty appreciated gracias obrigado obrigada obg valeu merci danke dank grazie".split()
    ),
    Talk.GOODBYE: frozenset("bye goodbye adios luego chau tchau adeus revoir tschuss arrivederci later".split()),
    Talk.AGREEING: _WORDS[Talk.AGREEING],
}
_LONGEST = 7  # words; what is longer says more than that

_PERSON = re.compile(
    r"\b(?:(?:speak|talk|chat|connect|transfer|pass|put)\w*\b.{0,25}\b(?:human|person|someone|somebody|agent|operator|representative|manager|owner|staff|reception\w*|doctor|people)"
    r"|(?:real|actual|live)\s+(?:human|person|agent|people)|human\s+(?:being|agent|please)|(?:want|need|prefer)\s+(?:a|an)\s+(?:human|person|operator)"
    r"|(?:hablar|hablo|comunic\w+|atien\w+|pas\w+me)\b.{0,25}\b(?:persona|humano|alguien|agente|operador|asesor|encargad\w)"
    r"|(?:falar|falo|atend\w+|pass\w+)\b.{0,25}\b(?:pessoa|humano|alguem|atendente|operador|funcionari\w|responsavel)"
    r"|(?:parler|parlare|sprechen|mitarbeiter|conseiller|operatore)\b.{0,25}\b(?:humain|quelqu|personne|conseiller|persona|operatore|menschen|mitarbeiter|jemand\w*)"
    r"|^(?:human|operator|agent|person|persona|humano|atendente|operador|mensch)\W*$)"
)
_UPSET = re.compile(
    r"\b(?:unacceptable|outrage\w*|furious|disgust\w+|terrible|horrible|awful|scam|fraud|rip.?off|lawyer|sue\s+you|complain\w*|complaint|worst|ridiculous|angry|fed\s+up"
    r"|inaceptable|vergonzos\w|estafa|queja|reclamo|denuncia\w*|pesim[oa]|enfadad\w|furios\w|harto"
    r"|inaceitavel|vergonha|burla|reclamacao|queixa|pessim[oa]|horrivel|furios\w|farto)\b"
)


def small_talk(text: str) -> Talk | None:
    """Greeting, thanks, goodbye or a plain yes, when the message says nothing else."""
    words = plain_words(text)
    if not words or len(words) > _LONGEST or "?" in text.replace("how are you?", ""):
        return None
    for talk, known in _WORDS.items():
        if known.issuperset(words) and _MUST_HAVE[talk].intersection(words):
            return talk
    return None


def asks_for_person(text: str) -> bool:
    """Whether the person asks to deal with a human."""
    return _PERSON.search(fold(text)) is not None


def upset(text: str) -> bool:
    """Whether the person is angry or complains."""
    return _UPSET.search(fold(text)) is not None
