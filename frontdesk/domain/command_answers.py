"""What the desk answers to the owner's commands, in English, Spanish and Portuguese. None of it begins with a #."""

from frontdesk.domain.commands import LANGUAGES
from frontdesk.kit.clock import DAY, HOUR, MINUTE, to_datetime

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}

# name -> in English, Spanish, Portuguese
_TEXTS: dict[str, tuple[str, str, str]] = {
    "paused": (
        "The agent is paused in every chat until {until}. Write #ai on to let it answer again.",
        "El agente está en pausa en todos los chats hasta {until}. Escribe #ia encender para que responda de nuevo.",
        "O agente está em pausa em todas as conversas até {until}. Escreva #ia ligar para ele voltar a responder.",
    ),
    "paused_open": (
        "The agent is paused in every chat until you write #ai on.",
        "El agente está en pausa en todos los chats hasta que escribas #ia encender.",
        "O agente está em pausa em todas as conversas até escrever #ia ligar.",
    ),
    "resumed": (
        "The agent answers again, from the next message on.",
        "El agente responde de nuevo, a partir del próximo mensaje.",
        "O agente volta a responder, a partir da próxima mensagem.",
    ),
    "not_paused": (
        "The agent is not paused.",
        "El agente no está en pausa.",
        "O agente não está em pausa.",
    ),
    "off": (
        "The agent is quiet in the chat with {name} until {until}.",
        "El agente calla en el chat con {name} hasta {until}.",
        "O agente fica calado na conversa com {name} até {until}.",
    ),
    "off_open": (
        "The agent is quiet in the chat with {name} until you write #ai on {name}.",
        "El agente calla en el chat con {name} hasta que escribas #ia encender {name}.",
        "O agente fica calado na conversa com {name} até escrever #ia ligar {name}.",
    ),
    "on": (
        "The agent may answer {name} again, from the next message on.",
        "El agente puede responder de nuevo a {name}, a partir del próximo mensaje.",
        "O agente pode voltar a responder a {name}, a partir da próxima mensagem.",
    ),
    "still_off": (
        "But it is switched off in that chat: switch it on in the inbox.",
        "Pero está apagado en ese chat: enciéndelo en la bandeja de entrada.",
        "Mas está desligado nessa conversa: ligue-o na caixa de entrada.",
    ),
    "nobody": (
        "Nobody here is called “{name}”.",
        "Aquí nadie se llama “{name}”.",
        "Ninguém aqui se chama “{name}”.",
    ),
    "which": (
        "“{name}” may be several. Write more of the name, or the end of the number:",
        "“{name}” pueden ser varios. Escribe más del nombre, o el final del número:",
        "“{name}” podem ser vários. Escreva mais do nome, ou o fim do número:",
    ),
    "not_yours": (
        "You see some lines of this house only, and that concerns them all. Name a chat instead: #ai off Ana.",
        "Ves solo algunas líneas de esta casa, y eso las afecta a todas. Nombra un chat: #ia apagar Ana.",
        "Vê só algumas linhas desta casa, e isso diz respeito a todas. Nomeie uma conversa: #ia desligar Ana.",
    ),
    "nobody_waits": (
        "Nobody waits for an answer.",
        "Nadie espera una respuesta.",
        "Ninguém espera por uma resposta.",
    ),
    "one_waits": ("One waits for an answer:", "Uno espera una respuesta:", "Um espera por uma resposta:"),
    "wait": ("{count} wait for an answer:", "{count} esperan una respuesta:", "{count} esperam por uma resposta:"),
    "longest": (
        "{count} or more wait for an answer. Those who wait longest:",
        "{count} o más esperan una respuesta. Los que más esperan:",
        "{count} ou mais esperam por uma resposta. Os que esperam há mais tempo:",
    ),
    "muted": (
        "Urgent alerts are silent until {until}.",
        "Las alertas urgentes callan hasta {until}.",
        "Os alertas urgentes ficam calados até {until}.",
    ),
    "muted_open": (
        "Urgent alerts are silent until you write #mute off.",
        "Las alertas urgentes callan hasta que escribas #silencio fin.",
        "Os alertas urgentes ficam calados até escrever #silêncio fim.",
    ),
    "unmuted": (
        "Urgent alerts are told again.",
        "Las alertas urgentes se avisan de nuevo.",
        "Os alertas urgentes voltam a ser avisados.",
    ),
    "no_digest": (
        "No digest is set up.",
        "No hay ningún resumen configurado.",
        "Não há nenhum resumo configurado.",
    ),
    "late": (
        "“{command}” came in late (it was sent {ago} ago), so it was not carried out. Send it again if you want it.",
        "“{command}” llegó tarde (se envió hace {ago}), así que no se ha hecho. Envíalo de nuevo si lo quieres.",
        "“{command}” chegou tarde (foi enviado há {ago}), por isso não foi feito. Envie de novo se quiser.",
    ),
    "unknown": (
        "“#{word}” is not understood. This is what you can write here:",
        "No se entiende “#{word}”. Esto es lo que puedes escribir aquí:",
        "Não se entende “#{word}”. Isto é o que pode escrever aqui:",
    ),
    "help": (
        "What you can write here:",
        "Lo que puedes escribir aquí:",
        "O que pode escrever aqui:",
    ),
    "list": (
        "*#who*: who waits for an answer\n"
        "*#digest*: the digest, now\n"
        "*#ai off* or *#ai off 2h*: pause the agent everywhere\n"
        "*#ai off Ana 2h*, *#ai off Ana until 18:00*: in one chat\n"
        "*#ai on*, *#ai on Ana*: let it answer again\n"
        "*#mute 2h*, *#mute off*: silence for urgent alerts",
        "*#quien*: quién espera una respuesta\n"
        "*#resumen*: el resumen, ahora\n"
        "*#ia apagar* o *#ia apagar 2h*: pausar el agente en todas partes\n"
        "*#ia apagar Ana 2h*, *#ia apagar Ana hasta 18:00*: en un chat\n"
        "*#ia encender*, *#ia encender Ana*: que responda de nuevo\n"
        "*#silencio 2h*, *#silencio fin*: silencio para alertas urgentes",
        "*#quem*: quem espera por uma resposta\n"
        "*#resumo*: o resumo, agora\n"
        "*#ia desligar* ou *#ia desligar 2h*: pausar o agente em todo o lado\n"
        "*#ia desligar Ana 2h*, *#ia desligar Ana até 18:00*: numa conversa\n"
        "*#ia ligar*, *#ia ligar Ana*: voltar a responder\n"
        "*#silêncio 2h*, *#silêncio fim*: silêncio para alertas urgentes",
    ),
}


def say(language: str, what: str, **values: object) -> str:
    """That sentence in the language (en, es, pt), with these values in it."""
    return _TEXTS[what][LANGUAGES.index(language)].format(**values)


def moment(language: str, at: int, *, now: int, zone: str) -> str:
    """A moment as people say it: the time today, with the day on any other."""
    local, today = to_datetime(at, zone), to_datetime(now, zone)
    time = f"{local:%H:%M}"
    if local.date() == today.date():
        return f"las {time}" if language == "es" else f"às {time}" if language == "pt" else time
    month = _MONTHS[language].split()[local.month - 1]
    if language == "en":
        return f"{time} on {local.day} {month}"
    return f"el {local.day} de {month} a las {time}" if language == "es" else f"{local.day} de {month} às {time}"


def span(milliseconds: int) -> str:
    """A length as it is read in all three languages: `5 min`, `2 h`, `3 d`."""
    if milliseconds < HOUR:
        return f"{max(1, milliseconds // MINUTE)} min"
    return f"{milliseconds // HOUR} h" if milliseconds < 2 * DAY else f"{milliseconds // DAY} d"


TEXTS = tuple(_TEXTS)
