"""The values that cross a channel, in both directions. They know no database and no HTTP."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address
from frontdesk.domain.messages import Status

JsonObject = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file that the channel holds for us and that can be fetched for a while."""

    remote_id: str
    mime: str | None = None
    sha256: str | None = None  # as reported, base64 or hex
    name: str | None = None  # chosen by the sender: for showing only, never for a path
    url: str | None = None
    size: int | None = None
    voice: bool = False
    animated: bool = False


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote: every address that the channel gave for the person, the best one first."""

    addresses: tuple[Address, ...]
    name: str | None = None
    username: str | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """One message that arrived.

    `at` is the provider's time in Unix milliseconds, None when it was unusable. `typed_on_phone` marks a message that
    the owner typed on the own phone: `sender` is then the person it was sent to. `history` marks the past, handed over
    at linking: it is kept and never answered. `content` holds what the kind has beyond text, as plain JSON; for every
    kind: `mentions` (addresses as texts), `mentions_us`, `forwarded`, `view_once`, and `expires_after` (seconds after
    which the chat lets its messages vanish).
    """

    external_id: str
    kind: str
    sender: Sender
    at: int | None = None
    text: str | None = None
    group: Address | None = None
    reply_to: str | None = None  # external id of the quoted message
    media: MediaRef | None = None
    content: JsonObject = field(default_factory=dict)
    typed_on_phone: bool = False
    history: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the channel reports about a message that we sent. `our_id` is the id that we gave along, if it came back."""

    external_id: str
    status: Status
    at: int | None = None
    our_id: str | None = None
    error_code: str | None = None
    error: str | None = None  # a sentence for people
    stops_line: bool = False
    chat: tuple[Address, ...] = ()  # leads to its chat, where the channel names it


@dataclass(frozen=True, slots=True)
class AddressChange:
    """A person has a new phone number or user id; the old ones lead to the same person."""

    old: tuple[Address, ...]
    new: tuple[Address, ...]


@dataclass(frozen=True, slots=True)
class NameChange:
    """The owner's address book names a person."""

    addresses: tuple[Address, ...]
    name: str | None
    username: str | None = None


@dataclass(frozen=True, slots=True)
class Typing:
    """A person writes, or has stopped. It is shown at once, kept nowhere, and forgotten after some seconds."""

    sender: Sender
    group: Address | None = None
    writing: bool = True
    recording: bool = False  # a voice note


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody in a group."""

    addresses: tuple[Address, ...]
    name: str | None = None
    admin: bool = False


@dataclass(frozen=True, slots=True)
class GroupChange:
    """A group as it is now. What is None was not told, and stays as it was known."""

    group: Address
    name: str | None = None
    members: tuple[Member, ...] | None = None
    left: bool = False  # we are in it no more


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the line rather than a message: quality, templates, calls, settings.

    `alert` is a sentence for the owner where the matter asks for attention.
    """

    field: str
    content: JsonObject
    alert: str | None = None
    severe: bool = False


@dataclass(frozen=True, slots=True)
class Damaged:
    """One element that could not be read. It is kept, with the reason, and its neighbours live on."""

    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Called:
    """A person rang. `at` is the provider's time in Unix milliseconds; their window is open from then on."""

    sender: Sender
    at: int | None = None


Event = Inbound | Receipt | AddressChange | NameChange | GroupChange | Typing | Notice | Called | Damaged


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one arrival held for one line. `line_ref` is the channel's own id of the line (Meta: phone_number_id).

    `stored` is called once everything in it is stored for good: whoever handed it over may forget it then.
    """

    line_ref: str | None
    events: tuple[Event, ...]
    stored: Callable[[], None] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file of ours, checked and stored, to be sent."""

    path: Path
    mime: str
    size: int
    name: str | None = None
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Referred:
    """The message that another one answers, reacts to, or is about, as far as it is known here."""

    external_id: str
    from_us: bool = False
    sender: tuple[Address, ...] = ()  # who wrote it, where it is not from us
    kind: str = "text"
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """A message that was read here: `chat` leads to its chat, `sender` to who wrote it."""

    external_id: str
    chat: tuple[Address, ...] = ()
    sender: tuple[Address, ...] = ()
    voice: bool = False


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message to send. `our_id` goes along where the channel carries it, so that a cut-off send can be settled.

    `content` by kind: reaction `{"emoji", "target"}`; template `{"name", "language", "components"}`;
    buttons `{"buttons": [{"id", "title"}], "header"?, "footer"?}`;
    list `{"button", "sections": [{"title", "rows": [{"id", "title", "description"?}]}], "header"?, "footer"?}`;
    location `{"latitude", "longitude", "name"?, "address"?}`; contacts `{"contacts": [{"name", "phone"}]}`;
    edit and revoke, which change what we sent, `{"target"}`. `referred` tells more of the message behind `reply_to` or
    `target`. `hurry` is for what a person wrote: it waits for no pace.
    """

    our_id: str
    to: tuple[Address, ...]  # every address of the chat, the best one first
    kind: str
    text: str | None = None
    reply_to: str | None = None  # external id
    media: MediaFile | None = None
    content: JsonObject = field(default_factory=dict)
    referred: Referred | None = None
    hurry: bool = False
    expires_after: int | None = None  # seconds after which the chat lets its messages vanish


@dataclass(frozen=True, slots=True)
class Sent:
    """The channel took the message. Without `external_id` the outcome is in doubt, and `doubt` says why."""

    external_id: str | None
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class LineState:
    """A line reports its state, with a reason where the state alone does not say it.

    While it waits to be linked: `qr` is the text inside the QR code, `pairing_code` what is typed on the phone instead,
    `expires_at` the moment in Unix milliseconds at which the next code takes its place.
    """

    state: State
    reason: str | None = None
    phone: str | None = None
    qr: str | None = None
    pairing_code: str | None = None
    expires_at: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An account as a channel sees it: its id and its options, opened."""

    account_id: str
    options: Any  # an instance of the channel's own Options
    phone: str | None = None
    elsewhere: tuple[tuple[str, str], ...] = ()  # phones that are linked with other lines here, and their names


@dataclass(frozen=True, slots=True)
class Fetched:
    """A media file as it came from the channel, in memory or in a temporary file."""

    path: Path
    mime: str | None
    size: int
    name: str | None = None
    meta: JsonObject = field(default_factory=dict)
