"""What can be set of a linked line."""

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

PROXIES = ("http://", "socks5://")


class LinkedOptions(BaseModel):
    """A linked line needs nothing: it is linked by scanning a code."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    device_name: str = Field("Frontdesk", min_length=1, max_length=40, description="Name that the phone shows for us")
    care: bool = Field(True, description="Take care of the number: pace, typing, and few messages to strangers")
    pace: float = Field(1.0, ge=0, le=10, description="How long the agent seems to type: 1 as people do, 0 not at all")
    strangers_per_day: int = Field(
        10, ge=0, le=1000, description="How many people who never wrote may be written to in a day"
    )
    history: bool = Field(True, description="Keep the past that the phone hands over at linking")
    proxy: SecretStr | None = Field(None, description="Way to WhatsApp, such as socks5://user:password@host:1080")

    @field_validator("proxy")
    @classmethod
    def _is_a_proxy(cls, proxy: SecretStr | None) -> SecretStr | None:
        given = proxy.get_secret_value().strip() if proxy is not None else ""
        if not given:
            return None
        if not given.startswith(PROXIES):
            raise ValueError(
                "A proxy begins with http:// or socks5://. One that is itself behind TLS (https://) cannot be used."
            )
        if not _names_a_place(given):
            raise ValueError("A proxy names a host and, where it is not the usual one, a port: socks5://host:1080.")
        return SecretStr(given)


def _names_a_place(proxy: str) -> bool:
    try:
        place = urlsplit(proxy)
        return bool(place.hostname) and place.port != 0
    except ValueError:  # a port that is none
        return False
