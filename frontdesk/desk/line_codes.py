"""The codes with which lines are linked, while they are shown.

They are kept with the account, sealed, so that every process can show them to those who may link; and told to nobody.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

import orjson

from frontdesk.domain.accounts import State
from frontdesk.domain.live import Live, LiveType
from frontdesk.domain.wire import LineState
from frontdesk.kit.clock import Clock, to_iso
from frontdesk.kit.vault import CannotOpen, Vault


@dataclass(frozen=True, slots=True)
class Shown:
    """What can be scanned, and what can be typed instead. Either may be missing, or past its time."""

    qr: str | None = None
    expires_at: int | None = None  # of the QR code
    since: int = 0  # when the QR code came
    pairing_code: str | None = None
    pairing_expires_at: int | None = None
    pairing_since: int = 0
    pairing_number: str | None = None  # of the phone on which it is typed, as digits

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
    """What each line shows at the moment. `kept` gives what is stored of it."""

    def __init__(self, clock: Clock, vault: Vault, kept: Callable[[str], str | None]) -> None:
        self._clock = clock
        self._vault = vault
        self._kept = kept
        self._opened: dict[str, tuple[str, Shown]] = {}
        self._numbers: dict[str, str] = {}

    def of(self, account_id: str) -> Shown | None:
        """What the line shows; None when it shows nothing."""
        sealed = self._kept(account_id)
        if sealed is None:
            self._opened.pop(account_id, None)
            return None
        known, shown = self._opened.get(account_id, (None, NOTHING))
        if known != sealed:
            shown = self._open(sealed)
            self._opened[account_id] = (sealed, shown)
        return None if shown == NOTHING else shown

    def is_open(self, account_id: str) -> bool:
        """Whether the line shows a code that has not run out."""
        shown, now = self.of(account_id) or NOTHING, self._clock.now()
        return shown.has_qr(now) or shown.has_pairing_code(now)

    def expect(self, account_id: str, number: str) -> None:
        """A code was asked for that is typed on that phone."""
        self._numbers[account_id] = number

    def take(self, account_id: str, told: LineState) -> tuple[Live | None, str | None]:
        """A line tells how it stands: what it shows is shown, and goes with the state.

        Gives the event where that changes something, and what is to be stored.
        """
        before, after = self.of(account_id) or NOTHING, self._after(account_id, told)
        if before == after:
            return None, self._kept(account_id)
        return _event(account_id, after), self._seal(after)

    def _after(self, account_id: str, told: LineState) -> Shown:
        """A new QR code leaves the code that is typed in its place, and the other way round."""
        if told.state is not State.QR_PENDING or (told.qr is None and told.pairing_code is None):
            return NOTHING
        shown, now = self.of(account_id) or NOTHING, self._clock.now()
        if told.qr is not None and told.qr != shown.qr:
            shown = replace(shown, qr=told.qr, expires_at=told.expires_at, since=now)
        if told.pairing_code is not None and told.pairing_code != shown.pairing_code:
            shown = replace(
                shown,
                pairing_code=told.pairing_code,
                pairing_expires_at=told.expires_at,
                pairing_since=now,
                pairing_number=self._numbers.get(account_id),
            )
        return shown

    def _seal(self, shown: Shown) -> str | None:
        return None if shown == NOTHING else self._vault.seal(orjson.dumps(asdict(shown)).decode())

    def _open(self, sealed: str) -> Shown:
        """What of another version or another key it is, is as good as nothing: the next code replaces it."""
        try:
            return Shown(**orjson.loads(self._vault.open(sealed)))
        except (CannotOpen, TypeError, orjson.JSONDecodeError):
            return NOTHING


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
