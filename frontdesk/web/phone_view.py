"""What the phone page shows, as values for its templates."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from jinja2 import ChainableUndefined, Environment, PackageLoader

from frontdesk.channels.simulator.behaviour import CALM, LIVELY
from frontdesk.channels.simulator.faults import KNOWN, short_title
from frontdesk.channels.simulator.people import Customer, Identity, Json
from frontdesk.channels.simulator.phones import options
from frontdesk.channels.simulator.standin import StandIn
from frontdesk.channels.simulator.threads import Bubble, Thread
from frontdesk.kit.clock import HOUR, MINUTE, SECOND, to_datetime
from frontdesk.kit.text import shorten

_MARKED = re.compile(
    r"```(?P<block>.+?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|(?<![\w*])\*(?P<bold>\S(?:[^*\n]*\S)?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>\S(?:[^_\n]*\S)?)_(?![\w_])"
    r"|(?<![\w~])~(?P<strike>\S(?:[^~\n]*\S)?)~(?![\w~])"
    r"|(?P<link>https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]])",
    re.DOTALL,
)
_MOST_PEOPLE = 100
_PICTURES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
_LATE = (131026, 131047, 131049, 131053)
_SPOILT = (
    ("drop", "Take it, then cut the connection"),
    ("hang", "Take it, then never answer"),
    ("empty", "Take it, then answer 200 with nothing"),
    ("html", "Refuse it with 502 and a page of HTML"),
)
_TICKS = {"waiting": "Sent", "delivered": "Delivered", "read": "Read", "refused": "Not taken yet"}


_WORDS = {
    "PDF": ("pdf",),
    "Text": ("plain", "txt", "md", "markdown"),
    "Table": ("csv", "tsv", "tab-separated-values"),
    "Word": ("msword", "doc", "docx", "wordprocessingml"),
    "Excel": ("ms-excel", "xls", "xlsx", "spreadsheetml"),
    "PowerPoint": ("ms-powerpoint", "ppt", "pptx", "presentationml"),
    "OpenDocument": ("oasis", "odt", "ods", "odp"),
    "Archive": ("zip", "x-zip-compressed", "x-7z-compressed", "vnd.rar", "x-tar", "gzip", "rar", "7z", "tar", "gz"),
    "Program": ("x-ms-dos-executable", "x-msdownload", "x-dosexec", "x-msi", "x-sh", "exe", "msi", "apk", "bat", "sh"),
    "Web page": ("html", "htm"),
    "Calendar": ("calendar", "ics"),
    "Contact": ("vcard", "x-vcard", "vcf"),
    "E-mail": ("rfc822", "eml"),
}


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text in one style: text, bold, italic, strike, code, block or link."""

    style: str
    text: str


@dataclass(frozen=True, slots=True)
class Settings:
    """How the page was set up. `zone` is an IANA time zone; `static` is where style and script are served."""

    suggestions: Sequence[str] = ()
    zone: str = "UTC"
    inbox_url: str | None = None
    static: str = "/static"


class PhoneView:
    """Draws the page and its parts."""

    def __init__(self, standin: StandIn, settings: Settings) -> None:
        self._standin = standin
        self._settings = settings
        self._templates = Environment(
            loader=PackageLoader("frontdesk.web", "templates"),
            autoescape=True,
            undefined=ChainableUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(
            runs=runs,
            initials=initials,
            plays=plays,
            clock=self._clock_time,
            day=self._day,
            size=size,
            file_word=file_word,
            brief=brief,
            left=left,
        )
        self._templates.globals.update(ticks=_TICKS, pictures=_PICTURES)

    def page(self, thread: Thread) -> str:
        """The whole page of a thread."""
        return self._draw("page.html", thread, faults=_fault_choices(), identities=list(Identity))

    def empty(self, phone_number_id: str | None) -> str:
        """The page while nobody has a phone yet, or (None) while there is no number to write to."""
        number = self._standin.threads.numbers.get(phone_number_id or "")
        page = self._templates.get_template("phone/empty.html")
        return page.render(settings=self._settings, number=number, identities=list(Identity))

    def closed(self) -> str:
        """The page for those who may not use it."""
        return self._templates.get_template("phone/closed.html").render(settings=self._settings)

    def bubbles(self, thread: Thread, which: Iterable[Bubble] | None = None) -> str:
        """The bubbles of a thread, or some of them."""
        chosen = list(thread.bubbles.values()) if which is None else list(which)
        return self._draw("bubbles.html", thread, bubbles=chosen)

    def people(self, thread: Thread) -> str:
        """The list of people."""
        return self._draw("people.html", thread)

    def curtain(self, thread: Thread) -> str:
        """What changes behind the curtain."""
        return self._draw("curtain_state.html", thread)

    def typing(self, thread: Thread) -> bool:
        """Whether the business is seen writing."""
        return thread.typing_until > self._standin.clock.now()

    def _draw(self, template: str, thread: Thread, **more: Any) -> str:
        standin, threads = self._standin, self._standin.threads
        values: dict[str, Any] = {
            "settings": self._settings,
            "standin": standin,
            "thread": thread,
            "number": threads.number(thread.phone_number_id),
            "numbers": list(threads.numbers.values()),
            "customer": threads.customer(thread.customer_id),
            "people": self._people(thread.phone_number_id),
            "bubbles": list(thread.bubbles.values()),
            "base": f"/phone/{thread.phone_number_id}/{thread.customer_id}",
            "now": standin.clock.now(),
            "typing": self.typing(thread),
            "calm": standin.behaviour == CALM,
            "quoted": thread.bubbles.get,
            "options": options,
        }
        return self._templates.get_template(f"phone/{template}").render(values | more)

    def _people(self, phone_number_id: str) -> list[tuple[Customer, Thread]]:
        """The newest of them where there are many."""
        people = list(self._standin.threads.customers.values())[-_MOST_PEOPLE:]
        return [(one, self._standin.thread(one.customer_id, phone_number_id=phone_number_id)) for one in people]

    def _clock_time(self, at: int) -> str:
        return to_datetime(at, self._settings.zone).strftime("%H:%M")

    def _day(self, at: int) -> str:
        day = to_datetime(at, self._settings.zone).date()
        today = to_datetime(self._standin.clock.now(), self._settings.zone).date()
        if day == today:
            return "Today"
        if day == today - timedelta(days=1):
            return "Yesterday"
        return f"{day:%A}, {day.day} {day:%B}" + (f" {day.year}" if day.year != today.year else "")


def runs(text: str) -> list[Run]:
    """The text in its styles, by the marks that people type: *bold*, _italic_, ~strike~, `code`, ```block```."""
    found: list[Run] = []
    at = 0
    for match in _MARKED.finditer(text):
        if match.start() > at:
            found.append(Run("text", text[at : match.start()]))
        style = str(match.lastgroup)
        found.append(Run(style, match.group(style)))
        at = match.end()
    return [*found, Run("text", text[at:])] if at < len(text) else found


def initials(name: str) -> str:
    """One or two letters for an avatar."""
    words = [word for word in name.split() if word[0].isalnum()]
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper() or "?"


def size(count: int) -> str:
    """A number of bytes for people."""
    return f"{count / 1_048_576:.1f} MB" if count >= 1_048_576 else f"{max(1, round(count / 1024))} KB"


def file_word(content: Json) -> str:
    """What kind of file a message carries, in a word that people know; "File" where there is none."""
    mime = str(content.get("mime_type") or "").split(";")[0].strip().lower()
    top, _, sort = mime.partition("/")
    named = str(content.get("filename") or "").lower().rpartition(".")[2]
    for hint in (sort, *sort.split("."), named):
        word = next((word for word, hints in _WORDS.items() if hint in hints), None)
        if word is not None:
            return word
    return {"image": "Picture", "audio": "Audio", "video": "Video", "text": "Text"}.get(top, "File")


def plays(milliseconds: int) -> str:
    """How long something plays: `0:07`."""
    seconds = max(1, round(milliseconds / SECOND))
    return f"{seconds // 60}:{seconds % 60:02d}"


def left(milliseconds: int) -> str:
    """A stretch of time for people: `23 h 58 min`, `4 min`, `20 s`."""
    hours, rest = divmod(max(0, milliseconds), HOUR)
    if hours:
        return f"{hours} h {rest // MINUTE} min"
    return f"{rest // MINUTE} min" if rest >= MINUTE else f"{rest // SECOND} s"


def brief(bubble: Bubble) -> str:
    """A message in one line, for the list of people and for quotes."""
    content = bubble.content
    match bubble.kind:
        case "text" | "template":
            text = str(content.get("body", ""))
        case "interactive" if bubble.mine:
            text = str((content.get("button_reply") or content.get("list_reply") or {}).get("title", ""))
        case "interactive":
            text = str((content.get("body") or {}).get("text", ""))
        case "audio":
            text = "Voice note" if content.get("voice") else "Audio"
        case "document":
            text = str(content.get("filename") or "Document")
        case kind:
            text = str(content.get("caption") or kind.capitalize())
    return shorten("".join(run.text for run in runs(text[:400])), 80)


def pace(*, calm: bool) -> Any:
    """The behaviour behind the two names that the page offers."""
    return CALM if calm else LIVELY


def _fault_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Groups of choices: a value such as `error:131056`, and its words."""
    codes = sorted(KNOWN, key=lambda code: (code < 100_000, code))
    return [
        ("Refuse the next message", [(f"error:{code}", f"{code} · {short_title(code)}") for code in codes]),
        ("Take it, report it failed later", [(f"late:{code}", f"{code} · {short_title(code)}") for code in _LATE]),
        ("Spoil the answer", list(_SPOILT)),
        ("Spoil the webhook", [("signature", "Sign the next webhook wrongly")]),
    ]
