"""The options of accounts: checked by their channel, sealed at rest, and shown without their secrets."""

from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel, SecretStr, ValidationError

from frontdesk.channels.base import Channel, ReceivesWebhooks
from frontdesk.desk.errors import Invalid
from frontdesk.kit.vault import Vault
from frontdesk.settings.wording import complaint

SET = "set"  # what stands for a secret wherever options are shown
# Addresses to which a secret is sent: who may change the one and not see the other could have it sent to himself.
SENT_TO = (
    ("graph_url", "access_token", "the access token too when the Graph URL"),
    ("send_url", "token", "the token too when the send_url"),
)


class AccountOptions:
    """Reads and writes what each channel needs for a line. `usual` are options for lines that leave them out."""

    def __init__(
        self,
        vault: Vault,
        channels: Mapping[str, Channel],
        *,
        production: bool,
        usual: Mapping[str, Any] | None = None,
    ) -> None:
        self._usual = usual or {}
        self._vault = vault
        self._channels = channels
        self._production = production

    def check(self, channel: str, options: dict[str, Any]) -> BaseModel:
        """The options as the channel understands them.

        Raises:
            Invalid: there is no such channel, or an option is wrong.
        """
        if channel not in self._channels:
            known = ", ".join(sorted(self._channels))
            raise Invalid(f"There is no channel “{channel}”. The channels here are: {known}.")
        fields = self._channels[channel].Options.model_fields
        usual = {one: value for one, value in self._usual.items() if one in fields and not fields[one].is_required()}
        return check(self._channels[channel], {**usual, **options}, production=self._production)

    def merge(self, channel: str, present: BaseModel, given: dict[str, Any]) -> BaseModel:
        """The present options with what was given; a secret given as it is shown stays."""
        shown = visible(present)
        anew = {name: value for name, value in given.items() if not (value == SET == shown.get(name))}
        for place, secret, said in SENT_TO:
            moved = place in anew and anew[place] != getattr(present, place, None)
            if moved and secret not in anew and shown.get(secret) == SET:
                raise Invalid(f"Give {said} changes: it would be sent to the new address.")
        return self.check(channel, {**reveal(present), **anew})

    def line_ref(self, channel: str, options: BaseModel) -> str | None:
        """The channel's own id of the line, where it has one."""
        found = self._channels[channel]
        return found.line_ref(options) if isinstance(found, ReceivesWebhooks) else None

    def seal(self, options: BaseModel) -> str:
        """The options as they are stored."""
        return self._vault.seal(orjson.dumps(reveal(options)).decode())

    def open(self, channel: str, sealed: str) -> BaseModel:
        """Stored options as the channel understands them."""
        return self._channels[channel].Options.model_validate(orjson.loads(self._vault.open(sealed)))


def check(channel: Channel, options: dict[str, Any], *, production: bool) -> BaseModel:
    """The options as the channel understands them.

    Raises:
        Invalid: an option is wrong.
    """
    try:
        checked = channel.Options.model_validate(options)
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "options"
        said = complaint(first)
        own = first["type"] == "value_error"  # a whole sentence of the channel's
        raise Invalid(f"{said}." if own else f"The option {where} {said}.") from None
    if production and not getattr(checked, "app_secret", SET):
        raise Invalid(
            "The app_secret is missing: in production every webhook must be signed. "
            "Copy it from the Meta app (App settings, Basic)."
        )
    return checked


def reveal(options: BaseModel) -> dict[str, Any]:
    """The options with their secrets in clear."""
    return {name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in options}


def visible(options: BaseModel) -> dict[str, Any]:
    """The options without their secrets: a secret shows only whether it is set."""
    return {name: SET if isinstance(value, SecretStr) else value for name, value in options}
