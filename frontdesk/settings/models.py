"""The settings of chat models: which one answers, and how each provider is reached."""

import re
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings

from frontdesk.domain.personas import House

_MODEL = re.compile(r"[a-z0-9][a-z0-9_-]*:\S*")


class ProviderAccess(NamedTuple):
    """How a provider of models is reached."""

    key: str | None
    base_url: str | None


def valid_url(text: str) -> str:
    """An HTTP URL without a slash at its end.

    Raises:
        ValueError: it is none.
    """
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("no URL")
    return text.rstrip("/")


def _model(text: str) -> str:
    if not _MODEL.fullmatch(text):
        raise ValueError("no provider before a colon")
    return text


Url = Annotated[str, AfterValidator(valid_url)]


def setting(*names: str, default: Any, says: str, must: str = "") -> Any:
    """A setting: its names in the environment (the first is its own), what it says, and what a value must be."""
    return Field(
        default=default,
        validation_alias=AliasChoices(*names),
        description=says,
        json_schema_extra={"must": must},
    )


def opened(secret: SecretStr | None) -> str | None:
    """The text of a secret, or None."""
    return None if secret is None else secret.get_secret_value()


class ModelSettings(BaseSettings):
    """The model of personas that name none, and the keys and addresses of providers."""

    frontdesk_model: Annotated[str, AfterValidator(_model)] = setting(
        "FRONTDESK_MODEL",
        default="offline:",
        says="The model of personas that name none, as provider:model. Without it, the usual model of the first "
        "provider that a key or an address is set for; the offline agent when there is none.",
        must="provider:model, for example gemini:gemini-2.5-flash, or offline:",
    )
    google_api_key: SecretStr | None = setting(
        "GOOGLE_API_KEY", "GEMINI_API_KEY", default=None, says="The key for Gemini."
    )
    openai_api_key: SecretStr | None = setting(
        "OPENAI_API_KEY", default=None, says="The key for OpenAI, or for a server that speaks like it."
    )
    perplexity_api_key: SecretStr | None = setting("PERPLEXITY_API_KEY", default=None, says="The key for Perplexity.")
    anthropic_api_key: SecretStr | None = setting("ANTHROPIC_API_KEY", default=None, says="The key for Anthropic.")
    google_base_url: Url | None = setting(
        "GOOGLE_BASE_URL", default=None, says="Another address for Gemini.", must="a URL such as http://127.0.0.1:9000"
    )
    openai_base_url: Url | None = setting(
        "OPENAI_BASE_URL",
        default=None,
        says="Another address for OpenAI, or that of a server that speaks like it.",
        must="a URL such as http://127.0.0.1:9000/v1",
    )
    perplexity_base_url: Url | None = setting(
        "PERPLEXITY_BASE_URL",
        default=None,
        says="Another address for Perplexity.",
        must="a URL such as http://127.0.0.1:9000",
    )
    anthropic_base_url: Url | None = setting(
        "ANTHROPIC_BASE_URL",
        default=None,
        says="Another address for Anthropic.",
        must="a URL such as http://127.0.0.1:9000",
    )
    ollama_base_url: Url | None = setting(
        "OLLAMA_BASE_URL",
        default=None,
        says="Where Ollama listens, if not on this machine.",
        must="a URL such as http://127.0.0.1:11434",
    )
    openai_compatible_api_key: SecretStr | None = setting(
        "OPENAI_COMPATIBLE_API_KEY", default=None, says="The key for the provider openai-compatible, if it wants one."
    )
    openai_compatible_base_url: Url | None = setting(
        "OPENAI_COMPATIBLE_BASE_URL",
        default=None,
        says="The server behind the provider openai-compatible: any that speaks like OpenAI.",
        must="a URL such as http://127.0.0.1:9000/v1",
    )
    ollama_api_key: SecretStr | None = setting(
        "OLLAMA_API_KEY", default=None, says="The key for an Ollama that wants one."
    )

    def provider_access(self) -> dict[str, ProviderAccess]:
        """For each provider of models, its key and base URL as far as they are set."""
        return {
            "gemini": ProviderAccess(opened(self.google_api_key), self.google_base_url),
            "openai": ProviderAccess(opened(self.openai_api_key), self.openai_base_url),
            "perplexity": ProviderAccess(opened(self.perplexity_api_key), self.perplexity_base_url),
            "anthropic": ProviderAccess(opened(self.anthropic_api_key), self.anthropic_base_url),
            "openai-compatible": self._compatible(),
            "ollama": ProviderAccess(opened(self.ollama_api_key), self.ollama_base_url),
        }

    def _compatible(self) -> ProviderAccess:
        """What OPENAI_... says holds for a compatible server too, but a key is sent only where it was meant for."""
        if self.openai_compatible_base_url is not None:
            return ProviderAccess(opened(self.openai_compatible_api_key), self.openai_compatible_base_url)
        return ProviderAccess(opened(self.openai_compatible_api_key or self.openai_api_key), self.openai_base_url)

    @property
    def model_in_use(self) -> str:
        """The model of personas that name none: the one set, else the usual one of the first provider with a key.

        So that putting a key into `.env` is enough to be answered by that provider. `provider:` means its usual model.
        """
        if "frontdesk_model" in self.model_fields_set:
            return self.frontdesk_model
        reached = (name for name, access in self.provider_access().items() if access.key or _needs_no_key(name, access))
        return next((f"{name}:" for name in reached if name != "openai-compatible"), self.frontdesk_model)

    @property
    def model_doubt(self) -> str | None:
        """Why nobody but the offline agent answers although a server is set, in a sentence; None when all is well.

        Which models such a server has, only a person knows.
        """
        compatible = self.openai_compatible_base_url or self.openai_compatible_api_key or self.openai_base_url
        if "frontdesk_model" in self.model_fields_set or not compatible or self.model_in_use != self.frontdesk_model:
            return None
        address = "" if self._compatible().base_url else "its address with OPENAI_COMPATIBLE_BASE_URL, and "
        return (
            "A server that speaks OpenAI's protocol is set, but none of its models, so the offline agent answers. "
            f"Name {address}{'the' if address else 'its'} model with FRONTDESK_MODEL=openai-compatible:NAME."
        )


def model_doubt(settings: ModelSettings, house: House) -> str | None:
    """That a server is set and none of its models named, unless the file names one; None when all is well."""
    named = [*house.models, *(name for persona in house.personas for name in persona.fallbacks)]
    asked = any(name.startswith("openai-compatible:") for name in named)
    return None if asked else settings.model_doubt


def _needs_no_key(name: str, access: ProviderAccess) -> bool:
    return name == "ollama" and access.base_url is not None
