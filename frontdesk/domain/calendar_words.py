"""Days and times as people write them, in the languages that Frontdesk speaks by itself."""

from datetime import datetime

from frontdesk.kit.clock import to_datetime

LANGUAGES = ("en", "es", "pt", "fr", "de", "it")
WEEKDAYS: dict[str, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "pt": ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "it": ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica"),
}
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
}
MONTHS: dict[str, tuple[str, ...]] = {language: tuple(names.split()) for language, names in _MONTHS.items()}
_DAYS = {
    "en": "{weekday} {day} {month}",
    "es": "{weekday} {day} de {month}",
    "pt": "{weekday}, {day} de {month}",
    "fr": "{weekday} {day} {month}",
    "de": "{weekday}, {day}. {month}",
    "it": "{weekday} {day} {month}",
}
_AT = {
    "en": "{day} at {time}",
    "es": "{day} a las {time}",
    "pt": "{day}, às {time}",
    "fr": "{day} à {time}",
    "de": "{day} um {time} Uhr",
    "it": "{day} alle {time}",
}


def known(language: str | None) -> str:
    """The language, or English where Frontdesk has no words in it."""
    return language if language in LANGUAGES else "en"


def day_words(local: datetime, language: str) -> str:
    """`Tuesday 24 November`."""
    return _DAYS[language].format(
        weekday=WEEKDAYS[language][local.weekday()], day=local.day, month=MONTHS[language][local.month - 1]
    )


def at_words(at: int, zone: str, language: str = "en") -> str:
    """`Tuesday 24 November at 10:30`, by the wall clock of the zone."""
    local = to_datetime(at, zone)
    return _AT[language].format(day=day_words(local, language), time=f"{local:%H:%M}")
