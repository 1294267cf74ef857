"""What people do on their phones: write, send files, tap buttons, look at a thread; and the owner on the business's."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from frontdesk.channels.simulator.envelope import Update, contact_of, echo_keys, seconds, sender_keys
from frontdesk.channels.simulator.media import MediaShelf
from frontdesk.channels.simulator.people import Json, NotFound, new_wamid
from frontdesk.channels.simulator.receipts import Reports
from frontdesk.channels.simulator.threads import WINDOW, Bubble, Thread, Threads
from frontdesk.channels.simulator.voice import VOICE_MIME, as_voice_note, length_of
from frontdesk.kit.clock import Clock

_CAPTIONED = frozenset({"image", "video", "document"})


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that a person sends. `voice`: recorded on the spot."""

    content: bytes
    mime: str
    name: str | None = None
    voice: bool = False

    @property
    def kind(self) -> str:
        """The kind of message that the file makes."""
        top = self.mime.split("/")[0].lower()
        if self.mime.split(";")[0].strip().lower() == "image/webp":
            return "sticker"
        return top if top in ("image", "video", "audio") else "document"


class PhoneSide:
    """The people's side of the stand-in."""

    def __init__(self, clock: Clock, *, threads: Threads, media: MediaShelf, reports: Reports) -> None:
        self._clock = clock
        self._threads = threads
        self._media = media
        self._reports = reports
        self.send: Callable[[Update], None] = lambda update: None

    def write(self, thread: Thread, text: str, *, quote: str | None = None) -> Bubble:
        """A text from the person.

        Raises:
            NotFound: there is no text.
        """
        if not text.strip():
            raise NotFound("There is nothing to send.")
        return self.say(thread, "text", {"body": text}, quote=quote)

    def attach(self, thread: Thread, file: Attachment, *, caption: str = "", quote: str | None = None) -> Bubble:
        """A file from the person.

        Raises:
            GraphError: it is empty or larger than 100 MB.
        """
        file = _as_a_phone_would(file)
        stored = self._media.put(
            file.content, file.mime, name=file.name, phone_number_id=thread.phone_number_id, inbound=True
        )
        part: Json = {"mime_type": stored.mime, "sha256": stored.sha256, "id": stored.media_id}
        if file.kind == "audio":
            part["voice"] = file.voice
        if file.kind == "sticker":
            part["animated"] = False
        if file.kind == "document" and file.name:
            part["filename"] = file.name
        if caption.strip() and file.kind in _CAPTIONED:
            part["caption"] = caption
        bubble = self.say(thread, file.kind, part, quote=quote)
        length = length_of(file.content) if file.kind == "audio" else None
        bubble.content = {**part, "size": len(file.content), "filename": file.name, "milliseconds": length}
        self._threads.changed(thread, bubble)
        if caption.strip() and file.kind not in _CAPTIONED:
            self.write(thread, caption)
        return bubble

    def tap(self, thread: Thread, wamid: str, choice: str) -> Bubble:
        """Tap a button, or choose a row of a list, by its id.

        Raises:
            NotFound: the message has no such button or row.
        """
        found = self._threads.locate(wamid)
        option = next((one for one in options(found[1]) if one["id"] == choice), None) if found else None
        if found is None or option is None or found[0] is not thread:
            raise NotFound("This button is not there any more.")
        kind = "list_reply" if found[1].content.get("type") == "list" else "button_reply"
        found[1].tapped = choice
        self._threads.changed(thread, found[1])
        return self.say(thread, "interactive", {"type": kind, kind: option}, quote=wamid)

    def react(self, thread: Thread, wamid: str, emoji: str) -> None:
        """React to a message; without an emoji the reaction is taken back.

        Raises:
            NotFound: the message is not in this thread.
        """
        bubble = thread.bubbles.get(wamid)
        if bubble is None:
            raise NotFound("This message is not there any more.")
        bubble.reactions["customer"] = emoji
        self._threads.changed(thread, bubble)
        part: Json = {"message_id": wamid} | ({"emoji": emoji} if emoji else {})
        self._deliver(thread, new_wamid(self._peer(thread), inbound=True), {"type": "reaction", "reaction": part})

    def say(self, thread: Thread, kind: str, part: Any, *, quote: str | None = None) -> Bubble:
        """Any kind of message, with its part as webhooks carry it. It opens the window."""
        wamid = new_wamid(self._peer(thread), inbound=True)
        element: Json = {"type": kind, kind: part}
        number = self._threads.number(thread.phone_number_id)
        if quote is not None:
            quoted = self._threads.locate(quote)
            by_person = quoted is not None and quoted[1].mine
            element["context"] = {"from": self._peer(thread) if by_person else number.phone, "id": quote}
        shown = part if isinstance(part, dict) else {"contacts": part}
        bubble = Bubble(wamid, self._clock.now(), True, kind, dict(shown), quote=quote, status="waiting")
        self._threads.put(thread, bubble)
        self._deliver(thread, wamid, element)
        return bubble

    def look(self, thread: Thread) -> None:
        """The person sees the thread: what came from the business is read, and its sender hears of it."""
        thread.unread = 0
        number, customer = self._threads.number(thread.phone_number_id), self._threads.customer(thread.customer_id)
        for bubble in list(thread.bubbles.values()):
            if not bubble.mine and not bubble.by_owner and bubble.status == "delivered":
                self._reports.read(bubble.wamid, customer, number, tracker=bubble.tracker)

    def owner_says(self, thread: Thread, text: str) -> Bubble:
        """The owner answers on the business's own phone: the webhook is an echo. It opens no window."""
        if not text.strip():
            raise NotFound("There is nothing to send.")
        number, customer = self._threads.number(thread.phone_number_id), self._threads.customer(thread.customer_id)
        wamid, now = new_wamid(customer.phone, inbound=False), self._clock.now()
        element = {"from": number.phone, "id": wamid, "timestamp": seconds(now), "type": "text", "text": {"body": text}}
        thread.unread += 1
        bubble = Bubble(wamid, now, False, "text", {"body": text}, status="delivered", by_owner=True)
        self._threads.put(thread, bubble)
        self.send(
            Update(
                number,
                "smb_message_echoes",
                "message_echoes",
                element | echo_keys(customer),
                contact=contact_of(customer),
                wamid=wamid,
            )
        )
        return bubble

    def close_window(self, thread: Thread) -> None:
        """Let the person's last message be more than 24 hours ago, as far as the Graph API is concerned."""
        thread.wrote_at = self._clock.now() - WINDOW - 1

    def _peer(self, thread: Thread) -> str:
        return self._threads.customer(thread.customer_id).phone

    def _deliver(self, thread: Thread, wamid: str, element: Json) -> None:
        number, customer = self._threads.number(thread.phone_number_id), self._threads.customer(thread.customer_id)
        now = self._clock.now()
        thread.wrote_at = now
        whole = sender_keys(customer) | {"id": wamid, "timestamp": seconds(now)} | element
        self.send(Update(number, "messages", "messages", whole, contact=contact_of(customer), wamid=wamid))


def _as_a_phone_would(file: Attachment) -> Attachment:
    """A browser's recording as the voice note that a phone sends; any other file as it is."""
    note = as_voice_note(file.content) if file.voice and file.mime.startswith("audio/webm") else None
    if note is not None:
        return replace(file, content=note.content, mime=VOICE_MIME, name=None)
    return replace(file, mime=VOICE_MIME) if file.voice and file.mime.startswith("audio/ogg") else file


def options(bubble: Bubble) -> list[Json]:
    """The buttons or rows of an interactive message, each with `id`, `title` and perhaps `description`."""
    action = bubble.content.get("action") or {}
    buttons = [button["reply"] for button in action.get("buttons", ()) if "reply" in button]
    rows = [row for section in action.get("sections", ()) for row in section.get("rows", ())]
    return buttons or rows
