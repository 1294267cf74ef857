"""The sections of `frontdesk.toml` about its owner: how they are reached, and the signs of life that they get."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from frontdesk.domain.addresses import MalformedAddress, phone
from frontdesk.domain.owner import Heartbeat, Owner
from frontdesk.domain.urgent import Quiet, Urgent

_TIME = r"([01]\d|2[0-3]):[0-5]\d"
_SHAPE = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _phone(text: str) -> str:
    try:
        return phone(text).value
    except MalformedAddress:
        raise ValueError("must be a phone number with its country code, for example +351912345678") from None


def _time(text: str) -> str:
    if not re.fullmatch(_TIME, text):
        raise ValueError("must be a time of the day such as 09:00")
    return text


def _span(text: str) -> str:
    begins, _, ends = text.replace(" ", "").replace("–", "-").partition("-")
    if not (re.fullmatch(_TIME, begins) and re.fullmatch(_TIME, ends)) or begins == ends:
        raise ValueError("must be two times of the day such as 22:00-07:00")
    return f"{begins}-{ends}"


QuietHours = Annotated[str, AfterValidator(_span)]


def quiet_of(text: str | None) -> tuple[str, str] | None:
    """The two times of the day in `22:00-07:00`."""
    if text is None:
        return None
    begins, _, ends = text.partition("-")
    return begins, ends


class OwnerForm(BaseModel):
    """`[owner]`"""

    model_config = _SHAPE

    phones: tuple[Annotated[str, AfterValidator(_phone)], ...] = ()
    line: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] | None = None
    language: Literal["en", "es", "pt"] | None = None

    def value(self) -> Owner:
        """What it says."""
        return Owner(tuple(dict.fromkeys(self.phones)), self.line, self.language)


class HeartbeatForm(BaseModel):
    """`[heartbeat]`"""

    model_config = _SHAPE

    enabled: StrictBool = False
    time: Annotated[str, AfterValidator(_time)] = Field("09:00")
    startup: StrictBool = False

    def value(self) -> Heartbeat:
        """What it says."""
        return Heartbeat(self.enabled, self.time, self.startup)


class UrgentForm(BaseModel):
    """`[urgent]`"""

    model_config = _SHAPE

    threshold: int = Field(5, ge=1, le=5)
    quiet: QuietHours | None = None
    through: int = Field(5, ge=1, le=6)  # 6: nothing

    def value(self) -> Urgent:
        """What it says."""
        times = quiet_of(self.quiet)
        return Urgent(self.threshold, Quiet(*times) if times else None, self.through)
