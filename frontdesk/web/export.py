"""One person's archive: a page to read, the same for programs, and the files under their names.

It is written page by page into a folder of its own, so that a long history needs little memory.
"""

import asyncio
import csv
import mimetypes
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from frontdesk.desk.errors import NotFound
from frontdesk.desk.file_kinds import last_part
from frontdesk.domain.addresses import Address, AddressKind, display
from frontdesk.kit.clock import to_datetime, to_iso
from frontdesk.kit.text import shorten
from frontdesk.store import exporting, people_all
from frontdesk.store.exporting import Line
from frontdesk.store.people_all import Person
from frontdesk.store.rows import ChatRow, MediaRow, MessageRow
from frontdesk.store.store import Store
from frontdesk.web.export_words import size_in_words, told

PAGE = 500
QUOTED = 120  # characters of what a message answers
_TEMPLATES = Environment(  # of their own: the page stands alone, without anything of the inbox
    loader=FileSystemLoader(Path(__file__).with_name("templates") / "export"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
ARCHIVE = "archive.zip"
_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would calculate what begins so
_COLUMNS = ("when", "chat", "from", "direction", "kind", "text", "file", "status", "id")
_NAMES = {"image": "picture", "audio": "audio", "video": "video"}  # of files that came without a name
_WHO = {"agent": "The agent", "phone": "We, on the phone", "system": "Note", "operator": "We"}


class Export:
    """Makes the archive of one person. `place` is where the file of a hash lies; `line` the name of their account."""

    def __init__(self, store: Store, *, place: Callable[[str], Path], zone: str, now: int) -> None:
        self._store = store
        self._place = place
        self._zone = zone
        self._now = now

    async def write(self, contact_id: str, folder: Path, *, line: str) -> tuple[Path, str]:
        """Write it into an empty folder; gives the archive, and the name to give it.

        Raises:
            NotFound: there is no such contact.
        """
        async with self._store.read() as read:
            person = await people_all.person(read, contact_id)
            if person is None:
                raise NotFound("There is no such contact.")
            beside = {name: await reader(read, person) for name, reader in exporting.READERS}
        pages = _Pages(folder, person, place=self._place, zone=self._zone)
        await asyncio.to_thread(pages.begin, line=line, made=self._said(self._now))
        for chat in filter(None, (person.chat, *person.groups)):
            await self._chat(pages, person, chat)
        await asyncio.to_thread(pages.end, beside, made_at=to_iso(self._now))
        return folder / ARCHIVE, f"{_safe(person.name) or person.contact.id}.zip"

    async def _chat(self, pages: "_Pages", person: Person, chat: ChatRow) -> None:
        after: MessageRow | None = None
        while True:
            async with self._store.read() as read:
                found = await exporting.page(read, person, chat, after=after, most=PAGE)
            if found:
                await asyncio.to_thread(pages.add, chat, found, begins=after is None)
                after = found[-1].message
            if len(found) < PAGE:
                return

    def _said(self, at: int) -> str:
        moment = to_datetime(at, self._zone)
        return f"{moment.day} {moment:%B %Y, %H:%M}"


class _Pages:
    """The files of one archive while they are written. Runs in threads, one call at a time."""

    def __init__(self, folder: Path, person: Person, *, place: Callable[[str], Path], zone: str) -> None:
        self._folder = folder
        self._person = person
        self._place = place
        self._zone = zone
        self._day = ""
        self._count = 0
        self._above: dict[str, str] = {}  # how messages begin, by the channel's ids
        self._files: dict[str, Path] = {}
        self._names: dict[str, str] = {}  # id of the file -> its name in the archive

    def begin(self, *, line: str, made: str) -> None:
        """Write what stands before the messages."""
        contact = self._person.contact
        known = [("Name", contact.given_name), ("Calls themselves", contact.name), ("Username", contact.username)]
        facts = [(word, value) for word, value in known if value]
        facts += [
            (row.kind.replace("_", " ").capitalize(), display(Address(AddressKind(row.kind), row.value)))
            for row in self._person.addresses
        ]
        facts.append(("Known since", f"{to_datetime(contact.created_at, self._zone):%Y-%m-%d}"))
        values = {"name": self._person.name, "line": line, "made": made, "zone": self._zone, "facts": facts}
        self._append("index.html", _render("head.html", values))
        self._append("messages.json", "[")
        with (self._folder / "messages.csv").open("a", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerow(_COLUMNS)

    def add(self, chat: ChatRow, lines: Sequence[Line], *, begins: bool) -> None:
        """Write the next messages of a chat."""
        shown = [self._shown(line) for line in lines]
        if begins:
            self._day = ""
            hint = "A group: only what this person wrote there." if chat.group_ref is not None else ""
            shown[0] |= {"title": chat.name, "hint": hint}
        for one in shown:
            day, one["day"] = one["day"], one["day"] if one["day"] != self._day else ""
            self._day = day
        self._append("index.html", _render("messages.html", {"lines": shown}))
        rows = [self._row(chat, line) for line in lines]
        texts = [orjson.dumps(row, option=orjson.OPT_INDENT_2).decode() for row in rows]
        self._append("messages.json", (",\n" if self._count else "\n") + ",\n".join(texts))
        with (self._folder / "messages.csv").open("a", encoding="utf-8", newline="") as file:
            flat = [_flat(row) | {"text": one["text"]} for row, one in zip(rows, shown, strict=True)]
            csv.writer(file).writerows([_cell(row[column]) for column in _COLUMNS] for row in flat)
        self._count += len(lines)

    def end(self, beside: dict[str, list[dict[str, Any]]], *, made_at: str | None) -> None:
        """Write the rest, and pack everything."""
        more = [(name.replace("_", " "), len(rows)) for name, rows in beside.items() if rows]
        self._append("index.html", _render("tail.html", {"count": self._count, "beside": more}))
        self._append("messages.json", "\n]\n")
        person = self._person
        chats = [exporting.readable(asdict(chat)) for chat in filter(None, (person.chat, *person.groups))]
        whole = {
            "made_at": made_at,
            "contact": exporting.readable(asdict(person.contact)),
            "addresses": [exporting.readable(asdict(row)) for row in person.addresses],
            "chats": chats,
            **beside,
        }
        (self._folder / "contact.json").write_bytes(orjson.dumps(whole, option=orjson.OPT_INDENT_2))
        self._pack()

    def _pack(self) -> None:
        with zipfile.ZipFile(self._folder / ARCHIVE, "x", zipfile.ZIP_DEFLATED) as archive:
            for name in ("index.html", "contact.json", "messages.json", "messages.csv"):
                archive.write(self._folder / name, name)
            for name, path in self._files.items():
                if path.is_file():  # it may have been deleted meanwhile
                    archive.write(path, name, zipfile.ZIP_STORED)

    def _append(self, name: str, text: str) -> None:
        with (self._folder / name).open("a", encoding="utf-8") as file:
            file.write(text)

    def _file(self, row: MediaRow | None) -> str | None:
        """The name of a file in the archive; None where it is not here."""
        if row is None or row.state != "stored" or row.sha256 is None:
            return None
        if row.id not in self._names:
            kind = mimetypes.guess_extension((row.mime or "").partition(";")[0]) or ""
            name = _safe(last_part(row.name or "")) or f"{_NAMES.get((row.mime or '').partition('/')[0], 'file')}{kind}"
            self._names[row.id] = f"media/{len(self._names) + 1:04} {name if '.' in name else name + kind}"
            self._files[self._names[row.id]] = self._place(row.sha256)
        return self._names[row.id]

    def _shown(self, line: Line) -> dict[str, Any]:
        row, at = line.message, to_datetime(line.message.provider_time, self._zone)
        file = self._file(line.media)
        named = line.media.name or line.media.mime or "A file" if line.media is not None else ""
        away = f"{named} (not kept: {line.media.error or line.media.state})" if line.media and file is None else ""
        return {
            "id": row.id,
            "title": "",
            "hint": "",
            "day": f"{at:%A}, {at.day} {at:%B %Y}",
            "time": f"{at:%H:%M}",
            "who": self._who(line),
            "side": "note" if row.author == "system" else "ours" if row.direction == "outbound" else "theirs",
            "marks": _marks(row),
            "quoted": self._quoted(row),
            "text": self._said(row, line.media),
            "file": quote(file) if file else None,
            "file_name": file.partition(" ")[2] if file else away,
            "size": size_in_words(line.media.size) if file and line.media else "",
            "plays": _plays(line.media) if file else "",
        }

    def _said(self, row: MessageRow, media: MediaRow | None) -> str:
        if row.vanished_at or (media is not None and not row.text):
            return row.text or ""
        content = orjson.loads(row.content) if row.content else {}
        return told(row.kind, row.text, content if isinstance(content, dict) else {})

    def _quoted(self, row: MessageRow) -> str:
        """The beginning of what it answers, where that stands above."""
        quoted = self._above.get(row.reply_to or "", "")
        if row.external_id and row.text and row.revoked_at is None:
            self._above[row.external_id] = shorten(row.text, QUOTED)
        return quoted

    def _who(self, line: Line) -> str:
        if line.message.direction == "inbound":
            return self._person.name
        return line.operator or _WHO.get(line.message.author, "We")

    def _row(self, chat: ChatRow, line: Line) -> dict[str, Any]:
        row, file = line.message, line.media
        found = exporting.readable(asdict(row)) | {"chat": chat.name, "from": self._who(line)}
        found["content"] = orjson.loads(row.content) if row.content else None
        known = {"mime": file.mime, "size": file.size, "name": file.name, "state": file.state} if file else None
        found["file"] = known | {"path": self._file(file)} if known else None
        found["when"] = to_iso(row.provider_time)
        return found


def _render(template: str, values: dict[str, Any]) -> str:
    return _TEMPLATES.get_template(template).render(values)


def _plays(media: MediaRow | None) -> str:
    """With what a browser shows it: img, audio, video; empty for what is only opened."""
    kind = (media.mime or "").partition("/")[0] if media is not None else ""
    return {"image": "img", "audio": "audio", "video": "video"}.get(kind, "")


def _marks(row: MessageRow) -> list[str]:
    known = (
        ("edited", row.edited_at is not None),
        ("taken back", row.revoked_at is not None),
        ("vanished", row.vanished_at is not None),
        (row.status, row.status in ("draft", "discarded", "failed", "unknown", "queued")),
    )
    return [word for word, holds in known if holds]


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "file": row["file"]["path"] if row["file"] else None}


def _cell(value: Any) -> str:
    """A value as a spreadsheet shows it, and does not calculate it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _safe(name: str) -> str:
    """A name that is one on every system."""
    return _UNSAFE.sub("_", name).strip(" .")[:120]
