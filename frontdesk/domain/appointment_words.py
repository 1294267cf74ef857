"""What people are told of their appointments by Frontdesk itself, in their language."""

import re

from frontdesk.domain.calendar_words import at_words, known

_BOOKED = {
    "en": "Your appointment is booked: {what} on {when}.",
    "es": "Su cita está reservada: {what}, {when}.",
    "pt": "A sua marcação está feita: {what}, {when}.",
    "fr": "Votre rendez-vous est pris : {what}, {when}.",
    "de": "Ihr Termin ist gebucht: {what}, {when}.",
    "it": "Il suo appuntamento è fissato: {what}, {when}.",
}
_MOVED = {
    "en": "Your appointment has a new time: {what} on {when}.",
    "es": "Su cita tiene una nueva hora: {what}, {when}.",
    "pt": "A sua marcação tem uma nova hora: {what}, {when}.",
    "fr": "Votre rendez-vous est déplacé : {what}, {when}.",
    "de": "Ihr Termin hat eine neue Zeit: {what}, {when}.",
    "it": "Il suo appuntamento è stato spostato: {what}, {when}.",
}
_CANCELLED = {
    "en": "Your appointment is cancelled: {what} on {when}.",
    "es": "Su cita está cancelada: {what}, {when}.",
    "pt": "A sua marcação está cancelada: {what}, {when}.",
    "fr": "Votre rendez-vous est annulé : {what}, {when}.",
    "de": "Ihr Termin ist abgesagt: {what}, {when}.",
    "it": "Il suo appuntamento è annullato: {what}, {when}.",
}
_REMINDER = {
    "en": "A reminder of your appointment: {what} on {when}. If you cannot come, just answer here.",
    "es": "Le recordamos su cita: {what}, {when}. Si no puede venir, responda aquí.",
    "pt": "Lembramos a sua marcação: {what}, {when}. Se não puder vir, responda aqui.",
    "fr": "Rappel de votre rendez-vous : {what}, {when}. Si vous ne pouvez pas venir, répondez ici.",
    "de": "Zur Erinnerung an Ihren Termin: {what}, {when}. Wenn Sie nicht kommen können, antworten Sie hier.",
    "it": "Le ricordiamo il suo appuntamento: {what}, {when}. Se non può venire, risponda qui.",
}
_ADD = {
    "en": "Add it to your calendar: {url}",
    "es": "Añádala a su calendario: {url}",
    "pt": "Adicione-a ao seu calendário: {url}",
    "fr": "Ajoutez-le à votre agenda : {url}",
    "de": "In Ihren Kalender eintragen: {url}",
    "it": "Lo aggiunga al suo calendario: {url}",
}
_WITH = {"en": "with", "es": "con", "pt": "com", "fr": "avec", "de": "mit", "it": "con"}
_FREE = {
    "en": "These times are free for {what}:",
    "es": "Estas horas están libres para {what}:",
    "pt": "Estes horários estão livres para {what}:",
    "fr": "Ces horaires sont libres pour {what} :",
    "de": "Diese Zeiten sind frei für {what}:",
    "it": "Questi orari sono liberi per {what}:",
}
_WHICH = {
    "en": "Which one suits you?",
    "es": "¿Cuál le viene bien?",
    "pt": "Qual lhe convém?",
    "fr": "Lequel vous convient ?",
    "de": "Welche passt Ihnen?",
    "it": "Quale le va bene?",
}
_SERVICE = {
    "en": "What is it for? We have: {services}.",
    "es": "¿Para qué servicio? Tenemos: {services}.",
    "pt": "Para que serviço? Temos: {services}.",
    "fr": "Pour quel service ? Nous avons : {services}.",
    "de": "Wofür? Wir haben: {services}.",
    "it": "Per quale servizio? Abbiamo: {services}.",
}
_SAYS = {"booked": _BOOKED, "moved": _MOVED, "cancelled": _CANCELLED, "reminder": _REMINDER}


def sentence(what: str, *, service: str, resource: str, start: int, zone: str, language: str | None) -> str:
    """What a person is told; `what` is booked, moved, cancelled or reminder."""
    tongue = known(language)
    whom = service if resource == service else f"{service} {_WITH[tongue]} {resource}"
    return _SAYS[what][tongue].format(what=whom, when=at_words(start, zone, tongue))


def calendar_link(url: str, language: str | None) -> str:
    """Where an appointment is had for the person's own calendar."""
    return _ADD[known(language)].format(url=url)


def offer(service: str, starts: tuple[tuple[int, str], ...], language: str | None) -> str:
    """Free times (moment, zone) to choose from, as a list with numbers."""
    tongue = known(language)
    lines = [f"{number}. {at_words(start, zone, tongue)}" for number, (start, zone) in enumerate(starts, 1)]
    return "\n".join([_FREE[tongue].format(what=service), *lines, _WHICH[tongue]])


def ask_service(services: str, language: str | None) -> str:
    """Which service is meant, of those that there are."""
    return _SERVICE[known(language)].format(services=services)


def asks_service(text: str) -> bool:
    """Whether a text of ours asks for the service."""
    last = text.rpartition("\n")[2]
    return any(last.startswith(each.partition("{")[0]) for each in _SERVICE.values())


def services_in(text: str) -> tuple[str, ...]:
    """The services of a text that asks for one."""
    return tuple(text.rpartition("\n")[2].rpartition(": ")[2].rstrip(".").split(", ")) if asks_service(text) else ()


_LINE = re.compile(r"^(\d+)\. (.+)$", re.MULTILINE)


def offered_in(text: str) -> tuple[str, tuple[str, ...]]:
    """The service and the times of a list that `offer` has written; nothing where it is none."""
    lines = text.split("\n")
    for place in reversed(range(len(lines))):
        for each in _FREE.values():
            begins, _, ends = each.partition("{what}")
            if lines[place].startswith(begins) and lines[place].endswith(ends):
                service = lines[place][len(begins) : len(lines[place]) - len(ends)]
                return service, tuple(match[2] for match in _LINE.finditer("\n".join(lines[place:])))
    return "", ()
