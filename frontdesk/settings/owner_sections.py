"""The sections of `frontdesk.toml` about its owner: how they are reached, and the signs of life that they get."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from frontdesk.domain.addresses import MalformedAddress, phone
from frontdesk.domain.owner import Heartbeat, Owner

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
