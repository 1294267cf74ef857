"""The kinds of durable work: what identifies each, what it must not run beside, and how urgent it is."""

from dataclasses import dataclass
from typing import ClassVar

from frontdesk.domain.work_base import Job as Job
from frontdesk.domain.work_secretary import (
    AppointmentNotice as AppointmentNotice,
    DigestsDue as DigestsDue,
    Heartbeat as Heartbeat,
    MakeDigest as MakeDigest,
    ReadPromises as ReadPromises,
    Remind as Remind,
    RemindOfAppointments as RemindOfAppointments,
    RunCommand as RunCommand,
    Score as Score,
    TellDigest as TellDigest,
    TellHeartbeat as TellHeartbeat,
    TellUrgent as TellUrgent,
)


@dataclass(frozen=True, slots=True)
class RunTurn(Job):
    """Look at what a chat has said since the last turn and answer it, if the gate allows."""

    kind: ClassVar[str] = "turn"
    replaces: ClassVar[str] = "a buffer in Redis with a task that checks it, and the task that asks the model"
    chat_id: str

    @property
    def key(self) -> str:
        return turn_key(self.chat_id)

    @property
    def lock(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class Deliver(Job):
    """Send what waits in the outbox for one chat, in order."""

    kind: ClassVar[str] = "deliver"
    replaces: ClassVar[str] = "a send task with its own retries"
    priority: ClassVar[int] = 7
    attempts: ClassVar[int] = 1_000_000  # the outbox gives up message by message, not by job
    chat_id: str

    @property
    def key(self) -> str:
        return f"deliver:{self.chat_id}"

    @property
    def lock(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class HandBack(Job):
    """Give a chat back to the agent when its hold runs out."""

    kind: ClassVar[str] = "hand_back"
    replaces: ClassVar[str] = "a timer that ends a takeover"
    queue: ClassVar[str] = "state"
    priority: ClassVar[int] = 8
    chat_id: str

    @property
    def key(self) -> str:
        return f"hand_back:{self.chat_id}"


@dataclass(frozen=True, slots=True)
class FetchMedia(Job):
    """Download one media file beside its message."""

    kind: ClassVar[str] = "fetch_media"
    replaces: ClassVar[str] = "a download task"
    attempts: ClassVar[int] = 8
    media_id: str

    @property
    def key(self) -> str:
        return f"fetch_media:{self.media_id}"


@dataclass(frozen=True, slots=True)
class SettleReceipts(Job):
    """Apply receipts that came before the message they speak of was known to be sent."""

    kind: ClassVar[str] = "settle_receipts"
    replaces: ClassVar[str] = "a task per delivery receipt"
    queue: ClassVar[str] = "state"
    priority: ClassVar[int] = 1
    account_id: str

    @property
    def key(self) -> str:
        return f"settle_receipts:{self.account_id}"


@dataclass(frozen=True, slots=True)
class ReadUp(Job):
    """Tell the channel that we read a chat up to a message."""

    kind: ClassVar[str] = "read_up"
    replaces: ClassVar[str] = "a mark-as-read call in the webhook"
    priority: ClassVar[int] = 1
    attempts: ClassVar[int] = 2
    chat_id: str

    @property
    def key(self) -> str:
        return f"read_up:{self.chat_id}"


@dataclass(frozen=True, slots=True)
class Sweep(Job):
    """Find what a crash left behind: work whose worker died, sends that were cut off, sign-ins that ran out."""

    kind: ClassVar[str] = "sweep"
    replaces: ClassVar[str] = "a cron script that repairs what a crash left"
    priority: ClassVar[int] = 3

    @property
    def key(self) -> str:
        return "sweep"


@dataclass(frozen=True, slots=True)
class Vanish(Job):
    """Take away what messages said whose time has passed, in chats that let theirs vanish."""

    kind: ClassVar[str] = "vanish"
    replaces: ClassVar[str] = "nothing: what had vanished on the phone was kept for ever"
    priority: ClassVar[int] = 3

    @property
    def key(self) -> str:
        return "vanish"


@dataclass(frozen=True, slots=True)
class FollowPersonas(Job):
    """Let every chat whose switches nobody touched follow the personas as they are now."""

    kind: ClassVar[str] = "follow_personas"
    replaces: ClassVar[str] = "a restart after each change of the configuration"
    priority: ClassVar[int] = 3

    @property
    def key(self) -> str:
        return "follow_personas"


@dataclass(frozen=True, slots=True)
class Notify(Job):
    """Tell the owner at one target how a line stands, if that is news and still so."""

    kind: ClassVar[str] = "notify"
    replaces: ClassVar[str] = "a monitor beside the program that watches the line and writes to its owner"
    attempts: ClassVar[int] = 160  # a day: what took the line down has often cut off the target too
    target: str  # the mark of its address
    account_id: str

    @property
    def key(self) -> str:
        return f"notify:{self.target}:{self.account_id}"

    @property
    def lock(self) -> str:
        return f"notify:{self.target}"


@dataclass(frozen=True, slots=True)
class Retain(Job):
    """Remove what is older than the house keeps it, at night; asked for every hour, done once a day."""

    kind: ClassVar[str] = "retain"
    replaces: ClassVar[str] = "a cron script that deletes old rows and files"
    priority: ClassVar[int] = 3

    @property
    def key(self) -> str:
        return "retain"

    @property
    def lock(self) -> str:
        return "retain"


@dataclass(frozen=True, slots=True)
class Compact(Job):
    """Rewrite the database file, so that nothing of what was deleted is left in it and its room is given back."""

    kind: ClassVar[str] = "compact"
    replaces: ClassVar[str] = "a VACUUM by hand"
    priority: ClassVar[int] = 1

    @property
    def key(self) -> str:
        return "compact"

    @property
    def lock(self) -> str:
        return "compact"


@dataclass(frozen=True, slots=True)
class TellDisk(Job):
    """Tell the owner at one target that the disk is full, or has room again."""

    kind: ClassVar[str] = "tell_disk"
    replaces: ClassVar[str] = "a monitor that watches the disk"
    attempts: ClassVar[int] = 160
    target: str  # the mark of its address
    title: str
    text: str
    good: bool

    @property
    def key(self) -> str:
        return f"tell_disk:{self.target}"


def turn_key(chat_id: str) -> str:
    """The key under which the turn of a chat waits."""
    return f"turn:{chat_id}"


KINDS: dict[str, type[Job]] = {
    kind.kind: kind
    for kind in (
        *(RunTurn, Deliver, HandBack, FetchMedia, SettleReceipts, ReadUp, Sweep, Vanish, FollowPersonas, Notify),
        *(Score, DigestsDue, MakeDigest, TellDigest, Retain, Compact, TellDisk),
        *(RunCommand, Heartbeat, TellHeartbeat, ReadPromises, Remind, TellUrgent),
        *(AppointmentNotice, RemindOfAppointments),
    )
}
