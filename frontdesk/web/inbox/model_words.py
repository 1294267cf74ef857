"""Models as people read them: the provider's title, the model that really answers, and whether it needs a key."""

from collections.abc import Mapping
from functools import cache

from frontdesk.kit.clock import SystemClock
from frontdesk.kit.errors import SettingsError
from frontdesk.llm.base import Provider, split_name
from frontdesk.llm.models import Models
from frontdesk.llm.offline import Offline
from frontdesk.settings import Settings

_OFFLINE = "Offline, without a model"


@cache
def _providers() -> Mapping[str, Provider]:
    """The providers of this installation by name; which packages bring some does not change while it runs."""
    return {provider.name: provider for provider in Models({}, clock=SystemClock()).providers}


def _known(name: str) -> tuple[Provider | None, str]:
    try:
        provider, model = split_name(name)
    except SettingsError:
        return None, name
    return _providers().get(provider), model


def model_words(name: str) -> str:
    """`openai:` as `OpenAI, gpt-4o-mini`; a name that nobody knows stands for itself."""
    provider, model = _known(name)
    if provider is None:
        return name.removesuffix(":")
    if provider.name == Offline.name:
        return _OFFLINE
    return ", ".join(part for part in (provider.title, model or provider.default_model) if part)


def key_words(name: str, settings: Settings) -> str:
    """Whether the model needs a key, and whether it has it."""
    provider, _ = _known(name)
    if provider is None:
        return "Not known: there is no such provider"
    if provider.name == Offline.name:
        return "No, it answers from the knowledge base"
    access = settings.provider_access().get(provider.name)
    is_set = access is not None and bool(access.key)
    if provider.needs_key:
        return f"Yes, {provider.key_setting} is {'set' if is_set else 'missing'}"
    return f"No, but {provider.key_setting} is set and sent along" if is_set else "No"
