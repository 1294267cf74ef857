"""The codes with which lines are linked, while they are shown. They are kept in memory alone, and told to nobody."""

from dataclasses import dataclass, replace

from frontdesk.domain.accounts import State
from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import Clock, to_iso


@dataclass(frozen=True, slots=True)
class Shown:
    """What can be scanned, and what can be typed instead. Either may be missing, or past its time."""

    qr: str | None = None
    expires_at: int | None = None  # of the QR code
    since: int = 0  # when the QR code came
    pairing_code: str | None = None
    pairing_expires_at: int | None = None
    pairing_since: int = 0

    def has_qr(self, now: int) -> bool:
        """Whether there is a QR code that may still be scanned."""
        return self.qr is not None and _holds(self.expires_at, now)

    def has_pairing_code(self, now: int) -> bool:
        """Whether there is a code that may still be typed."""
        return self.pairing_code is not None and _holds(self.pairing_expires_at, now)


def _holds(expires_at: int | None, now: int) -> bool:
    return expires_at is None or expires_at > now


NOTHING = Shown()


class LineCodes:
    """What each line shows at the moment."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shown: dict[str, Shown] = {}

    def of(self, account_id: str) -> Shown | None:
        """What the line shows; None when it shows nothing."""
        return self._shown.get(account_id)

    def is_open(self, account_id: str) -> bool:
        """Whether the line shows a code that has not run out."""
        shown, now = self._shown.get(account_id, NOTHING), self._clock.now()
        return shown.has_qr(now) or shown.has_pairing_code(now)

    def take(self, account_id: str, told: LineState) -> Live | None:
        """A line tells how it stands: what it shows is shown, and goes with the state. Gives what that changes."""
        before, after = self._shown.get(account_id, NOTHING), self._after(account_id, told)
        self.put(account_id, after)
        return None if before == after else _event(account_id, after)

    def put(self, account_id: str, shown: Shown | None) -> None:
        """Show this and nothing else."""
        if shown is None or shown == NOTHING:
            self._shown.pop(account_id, None)
        else:
            self._shown[account_id] = shown

    def _after(self, account_id: str, told: LineState) -> Shown:
        """A new QR code leaves the code that is typed in its place, and the other way round."""
        if told.state is not State.QR_PENDING or (told.qr is None and told.pairing_code is None):
            return NOTHING
        shown, now = self._shown.get(account_id, NOTHING), self._clock.now()
        if told.qr is not None and told.qr != shown.qr:
            shown = replace(shown, qr=told.qr, expires_at=told.expires_at, since=now)
        if told.pairing_code is not None and told.pairing_code != shown.pairing_code:
            shown = replace(
                shown, pairing_code=told.pairing_code, pairing_expires_at=told.expires_at, pairing_since=now
            )
        return shown


def _event(account_id: str, shown: Shown) -> Live:
    """That there is another code, or none any more. The code itself is for those who may link, who ask for it."""
    ends = shown.expires_at if shown.qr is not None else shown.pairing_expires_at
    payload = {
        "account_id": account_id,
        "has_qr": shown.qr is not None,
        "has_pairing_code": shown.pairing_code is not None,
        "expires_at": to_iso(ends),
    }
    return Live(LiveType.ACCOUNT_QR, payload, account_id)
