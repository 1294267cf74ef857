"""The contract of a provider of chat models, and how a model is named."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, runtime_checkable

from frontdesk.kit.errors import SettingsError

if TYPE_CHECKING:  # a slow import (a second on a small machine) that only the first turn needs
    from langchain_core.language_models import BaseChatModel


@dataclass(frozen=True, slots=True)
class ModelOptions:
    """What is asked of a model. Keys and base URLs come from the settings, sampling from the persona."""

    model: str
    temperature: float | None = None
    max_tokens: int | None = None
    base_url: str | None = None
    api_key: str | None = None
    timeout: float = 30.0  # seconds for one attempt


class Provider(Protocol):
    """One file, one class: builds the chat model of one vendor."""

    name: ClassVar[str]
    title: ClassVar[str]
    default_model: ClassVar[str]  # for `provider:` without a model; empty where none is sensible
    needs_key: ClassVar[bool]
    key_setting: ClassVar[str]  # the environment variable that holds the key; empty where there is none
    url_setting: ClassVar[str]  # the environment variable that holds the base URL; empty where there is none
    takes_tools: ClassVar[bool]  # whether the vendor's interface knows tool calls

    def base_urls(self, given: str | None) -> tuple[str, ...]:
        """The addresses to try, the likeliest first, for what a person wrote down as the base URL.

        Empty: there is no address of the vendor's own, and none was given. A further address is tried when the one
        before it does not know the path.
        """

    def build(self, options: ModelOptions) -> "BaseChatModel":
        """The vendor's own LangChain client, with its retries switched off: attempts are ours."""


@runtime_checkable
class Closes(Protocol):
    """Optional: a provider whose models hold connections that have to be closed."""

    async def close(self, model: "BaseChatModel") -> None:
        """Close the connections of a model that `build` made."""


def split_name(name: str) -> tuple[str, str]:
    """`gemini:gemini-2.5-flash` as provider and model.

    Raises:
        SettingsError: there is no provider before a colon.
    """
    provider, colon, model = name.partition(":")
    if not colon or not provider:
        raise SettingsError(
            f"“{name}” does not name a model. Write provider:model, for example gemini:gemini-2.5-flash, or offline:."
        )
    return provider.strip(), model.strip()


def trimmed(given: str, *endings: str) -> str:
    """An address without a slash at its end and without the endings that the vendor's client adds itself."""
    address = given.strip().rstrip("/")
    for ending in endings:
        address = address.removesuffix(ending).rstrip("/")
    return address
