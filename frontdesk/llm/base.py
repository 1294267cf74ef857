"""The contract of a provider of chat models, and how a model is named."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

from langchain_core.language_models import BaseChatModel

from frontdesk.kit.errors import SettingsError


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
    needs_key: ClassVar[bool]

    def build(self, options: ModelOptions) -> BaseChatModel:
        """The vendor's own LangChain client, with its retries switched off: attempts are ours."""


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
    return provider, model
