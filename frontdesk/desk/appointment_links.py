"""The address of one appointment for other calendars, where a line carries no calendar file.

It is sealed with a key of this installation, needs no sign-in, and gives the appointment as it stands: moved, or
cancelled. It ends some days after the appointment.
"""

from frontdesk.desk.link_pages import Ended, NoPage
from frontdesk.kit.clock import DAY, Clock
from frontdesk.kit.signed import Signed
from frontdesk.kit.vault import Vault
from frontdesk.store import appointments as rows
from frontdesk.store.appointments import AppointmentLine
from frontdesk.store.store import Read

KEPT = 7 * DAY  # after its end
PURPOSE = "appointment"
PATH = "/appointment/"
_UNKNOWN = "There is no appointment at this address. Perhaps it was not copied whole."
_GONE = "This appointment is no longer kept."
_OVER = "This appointment is over, and its address with it."


class AppointmentLinks:
    """Makes the addresses, and finds what they stand for."""

    def __init__(self, clock: Clock, vault: Vault, *, public_url: str | None) -> None:
        self._clock = clock
        self._signed = Signed(vault, PURPOSE)
        self._public_url = public_url

    def url(self, appointment_id: str) -> str | None:
        """The address, always the same; None where nobody elsewhere could open it."""
        if self._public_url is None:
            return None
        return f"{self._public_url.rstrip('/')}{PATH}{self._signed.write(appointment_id)}.ics"

    async def find(self, read: Read, token: str) -> AppointmentLine:
        """The appointment of an address.

        Raises:
            NoPage: it was not written here, or (`Ended`) is over; the sentence says why.
        """
        words = self._signed.read(token)
        if words is None or len(words) != 1:
            raise NoPage(_UNKNOWN)
        line = await rows.by_id(read, words[0])
        if line is None:
            raise Ended(_GONE)
        if self._clock.now() >= line.row.end_at + KEPT:
            raise Ended(_OVER)
        return line
