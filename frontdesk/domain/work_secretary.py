"""The work of the secretary: what matters, what the owner is told, what was promised."""

from dataclasses import dataclass
from typing import ClassVar

from frontdesk.domain.work_base import Job


@dataclass(frozen=True, slots=True)
class DigestsDue(Job):
    """Order the digests whose time has come."""

    kind: ClassVar[str] = "digests_due"
    replaces: ClassVar[str] = "a cron entry for each report"
    priority: ClassVar[int] = 3

    @property
    def key(self) -> str:
        return "digests_due"


@dataclass(frozen=True, slots=True)
class MakeDigest(Job):
    """Make one issue of a digest from what is stored, with a model where there is one."""

    kind: ClassVar[str] = "make_digest"
    replaces: ClassVar[str] = "a flow that reads the last messages and asks a model for a summary"
    priority: ClassVar[int] = 3
    issue_id: str

    @property
    def key(self) -> str:
        return f"make_digest:{self.issue_id}"

    @property
    def lock(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class TellDigest(Job):
    """Tell one target an issue of a digest, once."""

    kind: ClassVar[str] = "tell_digest"
    replaces: ClassVar[str] = "the last step of such a flow"
    priority: ClassVar[int] = 3
    attempts: ClassVar[int] = 160  # a day, as of `notify`
    issue_id: str
    target: str  # the mark of its address

    @property
    def key(self) -> str:
        return f"tell_digest:{self.issue_id}:{self.target}"

    @property
    def lock(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class Score(Job):
    """Tell for each message that came in how important it is, many at a time."""

    kind: ClassVar[str] = "score"
    replaces: ClassVar[str] = "a call of a model in the webhook for each message"
    priority: ClassVar[int] = 2

    @property
    def key(self) -> str:
        return "score"

    @property
    def lock(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class RunCommand(Job):
    """Carry out what the owner wrote in the own chat, and answer there."""

    kind: ClassVar[str] = "command"
    replaces: ClassVar[str] = "a second program for the owner, or a dashboard that has to be opened"
    priority: ClassVar[int] = 7
    account_id: str
    external_id: str  # of the message

    @property
    def key(self) -> str:
        return f"command:{self.account_id}/{self.external_id}"

    @property
    def lock(self) -> str:
        return "command"


@dataclass(frozen=True, slots=True)
class Heartbeat(Job):
    """Tell the owner that the house is alive, when it is time for that."""

    kind: ClassVar[str] = "heartbeat"
    replaces: ClassVar[str] = "a cron script that says every day that the machine still runs"
    priority: ClassVar[int] = 3

    @property
    def key(self) -> str:
        return self.kind

    @property
    def lock(self) -> str:
        return self.kind


@dataclass(frozen=True, slots=True)
class TellHeartbeat(Job):
    """Tell one target the newest sign of life."""

    kind: ClassVar[str] = "tell_heartbeat"
    replaces: ClassVar[str] = "a service that waits for a ping every day"
    priority: ClassVar[int] = 3
    attempts: ClassVar[int] = 40  # hours: after that the next one is near
    target: str  # the mark of its address

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.target}"

    @property
    def lock(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class ReadPromises(Job):
    """Look for promises in what was sent or typed on the phone since the last time, and make reminders of them."""

    kind: ClassVar[str] = "promises"
    replaces: ClassVar[str] = "nothing: who promised had to remember it"
    priority: ClassVar[int] = 1

    @property
    def key(self) -> str:
        return self.kind


@dataclass(frozen=True, slots=True)
class Remind(Job):
    """Tell of the reminders that have become due."""

    kind: ClassVar[str] = "remind"
    replaces: ClassVar[str] = "nothing: who promised had to remember it"
    priority: ClassVar[int] = 3

    @property
    def key(self) -> str:
        return self.kind


@dataclass(frozen=True, slots=True)
class TellUrgent(Job):
    """Tell one target what is urgent and still open, in one word."""

    kind: ClassVar[str] = "tell_urgent"
    replaces: ClassVar[str] = "a flow that reads every message and forwards some to a phone"
    priority: ClassVar[int] = 7
    attempts: ClassVar[int] = 160  # a day, as of `notify`
    target: str  # the mark of its address

    @property
    def key(self) -> str:
        return f"tell_urgent:{self.target}"

    @property
    def lock(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class AppointmentNotice(Job):
    """Tell a person that their appointment was booked, moved or cancelled by somebody else than the agent."""

    kind: ClassVar[str] = "appointment_notice"
    replaces: ClassVar[str] = "a workflow beside the calendar that sends confirmations"
    appointment_id: str
    sequence: int  # of the appointment then: what has changed since is told by a job of its own
    what: str  # booked, moved, cancelled

    @property
    def key(self) -> str:
        return f"appointment_notice:{self.appointment_id}"

    @property
    def lock(self) -> str:
        return self.key


@dataclass(frozen=True, slots=True)
class RemindOfAppointments(Job):
    """Remind people of the appointments whose moment for it has come."""

    kind: ClassVar[str] = "appointment_reminders"
    replaces: ClassVar[str] = "a cron script that writes reminders"
    priority: ClassVar[int] = 3

    @property
    def key(self) -> str:
        return self.kind

    @property
    def lock(self) -> str:
        return self.kind
