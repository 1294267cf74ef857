"""What a line of the Cloud API needs to know."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from frontdesk.kit.text import is_token

GRAPH_URL = "https://graph.facebook.com/v26.0"

_Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Options(BaseModel):
    """The options of a Cloud API line.

    Without an app secret no webhook is authentic, unless `accepts_unsigned` is set: the house does that in
    development only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)

    phone_number_id: _Id = Field(description="Id of the number, from WhatsApp > API Setup in Meta's app dashboard")
    access_token: SecretStr = Field(description="Token of a system user with whatsapp_business_messaging")
    app_secret: SecretStr | None = Field(default=None, description="App secret: it proves that webhooks come from Meta")
    verify_token: SecretStr | None = Field(default=None, description="Your own word, entered beside the callback URL")
    waba_id: _Id | None = Field(default=None, description="Id of the WhatsApp Business account")
    graph_url: str = Field(default=GRAPH_URL, description="Address of the Graph API with its version")
    accepts_unsigned: bool = Field(default=False, description="Take webhooks without a signature (development only)")
    messages_per_second: int = Field(default=80, ge=1, le=1000, description="What Meta allows this number (80, 1000)")

    @field_validator("phone_number_id", mode="before")
    @classmethod
    def _is_the_id(cls, given: object) -> object:
        if isinstance(given, str) and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", given.strip()):
            raise ValueError(
                "The phone number id is made of digits only: the id under WhatsApp > API Setup, not the phone number."
            )
        return given

    @field_validator("access_token")
    @classmethod
    def _token_fits_a_header(cls, token: SecretStr) -> SecretStr:
        if not is_token(token.get_secret_value()):
            raise ValueError("The access token is empty or has characters that no token has. Copy it again.")
        return token

    @field_validator("app_secret", "verify_token")
    @classmethod
    def _empty_is_none(cls, secret: SecretStr | None) -> SecretStr | None:
        return secret if secret is not None and secret.get_secret_value() else None

    @field_validator("graph_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(f"The address of the Graph API must look like {GRAPH_URL}.")
        return url.rstrip("/")
