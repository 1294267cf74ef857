"""What can be set of a line behind a bridge."""

import shlex
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from frontdesk.kit.text import is_token

_NEITHER = (
    "Give a command, with which the bridge is started here, or a send_url, at which a bridge that runs elsewhere "
    "takes commands."
)


class BridgeOptions(BaseModel):
    """A bridge is started here (`command`), or runs elsewhere and is asked by HTTP (`send_url`)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, str_strip_whitespace=True)

    command: str = Field(
        "",
        max_length=2_000,
        description="Command line that starts the bridge, such as node /opt/bridge/bridge.mjs. No shell reads it. "
        "Started only where FRONTDESK_ALLOW_BRIDGE_COMMANDS is set; empty for a bridge that runs elsewhere",
    )
    folder: str = Field(
        "", max_length=1_000, description="Folder in which it is started; without it, a private one of the line"
    )
    environment: SecretStr | None = Field(
        None, description="Variables for it beside the usual ones (PATH, HOME, ...), one NAME=value per line"
    )
    send_url: str = Field(
        "",
        max_length=1_000,
        description="Address that takes commands as POST with JSON; without it, they go to its standard input",
    )
    token: SecretStr | None = Field(
        None,
        description="Word that proves its callbacks, as X-Bridge-Token or as a bearer token; sent to send_url too. "
        "Without it callbacks are believed from this machine only, and in production not at all",
    )
    label: str = Field(
        "",
        max_length=100,
        description="What the bridge says as account or sessionId, where several lines share a token",
    )
    media_folder: str = Field(
        "",
        max_length=1_000,
        description="Folder in which it puts files that come in, where that is not below folder. Read only where "
        "FRONTDESK_ALLOW_BRIDGE_COMMANDS is set",
    )
    care: bool = Field(True, description="Take care of the number: pace, typing, and few messages to strangers")
    strangers_per_day: int = Field(
        10, ge=0, le=1000, description="How many people who never wrote may be written to in a day"
    )
    history: bool = Field(False, description="Ask it for its chats and their newest messages once it is connected")

    @field_validator("command")
    @classmethod
    def _is_a_command_line(cls, command: str) -> str:
        try:
            shlex.split(command)
        except ValueError:
            raise ValueError("The command has a quote that is not closed.") from None
        if "\0" in command:
            raise ValueError("The command has a NUL in it.")
        return command

    @field_validator("folder", "media_folder")
    @classmethod
    def _is_a_whole_path(cls, folder: str) -> str:
        if folder and (not Path(folder).is_absolute() or "\0" in folder):
            raise ValueError("Give the whole path of the folder, from / on.")
        return folder

    @field_validator("environment")
    @classmethod
    def _are_variables(cls, environment: SecretStr | None) -> SecretStr | None:
        if environment is None or not environment.get_secret_value().strip():
            return None
        variables(environment)
        return environment

    @field_validator("send_url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            port_fits = parts.port is None or parts.port > 0
        except ValueError:
            port_fits = False
        if url and not (port_fits and parts.scheme in ("http", "https") and parts.hostname):
            raise ValueError("The send_url must look like http://127.0.0.1:3000/command.")
        return url

    @field_validator("token")
    @classmethod
    def _fits_a_header(cls, token: SecretStr | None) -> SecretStr | None:
        if token is None or not token.get_secret_value():
            return None
        if not is_token(token.get_secret_value()) or len(token.get_secret_value()) < 8:
            raise ValueError("The token must be one word of at least 8 letters, digits and signs.")
        return token

    @model_validator(mode="after")
    def _can_be_spoken_with(self) -> "BridgeOptions":
        if not self.command and not self.send_url:
            raise ValueError(_NEITHER)
        return self

    @property
    def needs_leave(self) -> bool:
        """Whether a program is started or a folder of this machine read, which the machine's owner has to allow."""
        return bool(self.command or self.media_folder)


def variables(environment: SecretStr | None) -> dict[str, str]:
    """The variables of the option.

    Raises:
        ValueError: a line is no NAME=value; it is not repeated, as it may hold a secret.
    """
    found: dict[str, str] = {}
    for line in environment.get_secret_value().splitlines() if environment is not None else ():
        name, equals, value = line.strip().partition("=")
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not equals or not name.replace("_", "a").isalnum() or not name.isascii() or "\0" in value:
            raise ValueError("Write the environment as NAME=value, one variable per line.")
        found[name] = value
    return found
