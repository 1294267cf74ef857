"""The chat models of an installation: from names such as `gemini:gemini-2.5-flash` to models that can be asked."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from frontdesk.domain.personas import House
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.errors import PluginError, SettingsError
from frontdesk.kit.plugins import entry_points
from frontdesk.llm.anthropic import Anthropic
from frontdesk.llm.base import Closes, ModelOptions, Provider, split_name
from frontdesk.llm.circuits import Circuit
from frontdesk.llm.compatible import Compatible
from frontdesk.llm.connections import CLIENTS, PER_CLIENT
from frontdesk.llm.errors import no_key
from frontdesk.llm.gemini import Gemini
from frontdesk.llm.guarded import guarded
from frontdesk.llm.ladder import Ladder, Limits, Rung
from frontdesk.llm.offline import Offline
from frontdesk.llm.ollama import Ollama
from frontdesk.llm.openai import OpenAI
from frontdesk.llm.perplexity import Perplexity

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

BUILTIN: tuple[type[Provider], ...] = (Gemini, OpenAI, Ollama, Perplexity, Anthropic, Compatible, Offline)
ENTRY_POINTS = "frontdesk.llm"

_MOST_CLIENTS = 64  # vendors' clients kept open; a client is one set of key, address, model and sampling
_TEST = "Answer with the one word: ready"


@dataclass(frozen=True, slots=True)
class ProviderAccess:
    """How a provider is reached: what the settings say about it."""

    api_key: str | None = None
    base_url: str | None = None

    def __repr__(self) -> str:
        """Without the key."""
        return f"ProviderAccess(api_key={'set' if self.api_key else None}, base_url={self.base_url!r})"


@dataclass(frozen=True, slots=True)
class Tested:
    """What trying a provider showed, in a sentence for people."""

    ok: bool
    sentence: str
    model: str
    milliseconds: int
    code: str | None = None


class Models:
    """Makes chat models and keeps what they share: connections, places, and who is left alone for a while.

    One for each event loop: connections belong to the loop in which they were opened.
    """

    def __init__(self, access: Mapping[str, ProviderAccess], *, clock: Clock, limits: Limits | None = None) -> None:
        self._access = access
        self._clock = clock
        self._limits = limits or Limits()
        self._providers = _providers()
        self._clients: OrderedDict[tuple[str, ModelOptions, int], asyncio.Future[BaseChatModel]] = OrderedDict()
        self._circuits: dict[tuple[str, str], Circuit] = {}
        self._made: dict[tuple[Any, ...], BaseChatModel] = {}

    @property
    def providers(self) -> tuple[Provider, ...]:
        """All providers, built in and from outside."""
        return tuple(self._providers.values())

    def usable(self, provider: Provider) -> bool:
        """Whether the settings give what the provider needs."""
        access = self._access.get(provider.name, ProviderAccess())
        return bool(provider.base_urls(access.base_url)) and not (provider.needs_key and not access.api_key)

    def chat_model(
        self,
        names: Sequence[str],
        *,
        temperature: float | None = None,
        max_tokens: int | None = None,
        base_url: str | None = None,
    ) -> "BaseChatModel":
        """A model that asks the named ones in order. `base_url` is for the first alone, as a persona gives it.

        Raises:
            SettingsError: a name is no `provider:model`, its provider is unknown, or it has no address.
        """
        key = (tuple(names), temperature, max_tokens, base_url)
        if key not in self._made:
            self._made[key] = self._make(*key)
        return self._made[key]

    def _make(
        self, names: tuple[str, ...], temperature: float | None, max_tokens: int | None, base_url: str | None
    ) -> "BaseChatModel":
        if not names:
            raise SettingsError(
                "No model is named. Set FRONTDESK_MODEL, for example offline: or gemini:gemini-2.5-flash."
            )
        sampling = ModelOptions(
            "", temperature=temperature, max_tokens=max_tokens, timeout=self._limits.attempt / SECOND
        )
        rungs = [
            self._rung(name, sampling, base_url if not at else None) for at, name in enumerate(dict.fromkeys(names))
        ]
        return guarded(self._ladder(rungs, self._limits))

    def check(self, name: str, base_url: str | None = None) -> None:
        """Whether a model of that name could be asked; nobody is asked.

        Raises:
            SettingsError: the name is no `provider:model`, its provider is unknown, or it has no address.
        """
        self._rung(name, ModelOptions(""), base_url)

    def trouble(self, name: str, base_url: str | None = None) -> str | None:
        """Why a model of that name cannot be asked with these settings, and what to do; nobody is asked."""
        try:
            rung = self._rung(name, ModelOptions(""), base_url)
        except SettingsError as wrong:
            return wrong.sentence
        return no_key(rung.asked).sentence if rung.provider.needs_key and not rung.options.api_key else None

    async def test_provider(self, name: str, *, access: ProviderAccess | None = None) -> Tested:
        """Ask a provider (`openai`) or a model (`openai:gpt-4o-mini`) for one word, once. Never raises.

        `access` tries a key or an address before it is stored.
        """
        started = self._clock.now()
        named = name if ":" in name else f"{name}:"
        try:
            rung = self._rung(named, ModelOptions("", timeout=self._limits.attempt / SECOND), None, access=access)
            await guarded(self._ladder([rung], replace(self._limits, attempts=1))).ainvoke(_TEST)
        except (PluginError, SettingsError) as error:
            return Tested(False, error.sentence, named, self._clock.now() - started, getattr(error, "code", "settings"))
        took = self._clock.now() - started
        return Tested(True, f"{rung.provider.title} answers ({rung.name}, {took} ms).", rung.name, took)

    async def warm_up(self, names: Sequence[str]) -> None:
        """Import what the named models need and build their clients, in a thread, so that no turn waits for it."""
        for name in names:
            rung = self._rung(name, ModelOptions("", timeout=self._limits.attempt / SECOND), None)
            await asyncio.to_thread(guarded, self._ladder([rung], self._limits))
            if not rung.provider.needs_key or rung.options.api_key:
                await self._client(replace(rung, options=replace(rung.options, base_url=rung.base_urls[0])))

    async def aclose(self) -> None:
        """Close all connections."""
        clients, self._clients = self._clients, OrderedDict()
        for (name, *_), client in clients.items():
            await self._close(name, client)

    def _ladder(self, rungs: Sequence[Rung], limits: Limits) -> Ladder:
        return Ladder(tuple(rungs), self._client, self._circuit, self._clock, limits)

    def _rung(
        self, name: str, sampling: ModelOptions, base_url: str | None, *, access: ProviderAccess | None = None
    ) -> Rung:
        provider_name, model = split_name(name)
        provider = self._providers.get(provider_name)
        if provider is None:
            known = ", ".join(self._providers)
            raise SettingsError(f"There is no provider “{provider_name}”. Known are: {known}.")
        if not model and not provider.default_model and provider.name != Offline.name:
            raise SettingsError(f"“{name}” names no model. Write {provider_name}: followed by the model's name.")
        access = access or self._access.get(provider_name, ProviderAccess())
        addresses = provider.base_urls(base_url or access.base_url)
        if not addresses:
            raise SettingsError(f"{provider.title} has no address. Set {provider.url_setting}.")
        model = model or provider.default_model
        options = replace(sampling, model=model, api_key=access.api_key)
        return Rung(f"{provider_name}:{model}", provider, options, addresses)

    async def _client(self, rung: Rung, on_the_way: int = 0) -> "BaseChatModel":
        """The vendor's client; under load there are several, so that no pool of connections grows too large."""
        key = (rung.provider.name, rung.options, min(on_the_way // PER_CLIENT, CLIENTS - 1))
        client = self._clients.get(key)
        if client is None:
            build = asyncio.to_thread(rung.provider.build, rung.options)
            client = self._clients[key] = asyncio.ensure_future(build)
            await self._close_oldest()
        self._clients.move_to_end(key)
        try:
            return await asyncio.shield(client)
        except Exception:
            self._clients.pop(key, None)
            raise

    async def _close_oldest(self) -> None:
        while len(self._clients) > _MOST_CLIENTS:
            (name, *_), client = self._clients.popitem(last=False)
            await self._close(name, client)

    async def _close(self, name: str, client: "asyncio.Future[BaseChatModel]") -> None:
        provider = self._providers[name]
        if isinstance(provider, Closes) and not (await asyncio.wait((client,)) and client.exception()):
            await provider.close(client.result())

    def _circuit(self, rung: Rung) -> Circuit:
        key = (rung.provider.name, rung.base_urls[0])
        return self._circuits.setdefault(key, Circuit(self._clock))


def troubles(models: Models, house: House) -> list[str]:
    """Where the file names a model that cannot be asked, each in a sentence."""
    found = []
    for persona in house.personas:
        named = [(persona.model, persona.base_url)] if persona.model else []
        for name, base_url in [*named, *((fallback, None) for fallback in persona.fallbacks)]:
            if trouble := models.trouble(name, base_url):
                found.append(f"Persona “{persona.name}”: {trouble}")
    for section, chosen in (("importance", house.importance.model), ("digests", house.digest_model)):
        if chosen and (trouble := models.trouble(chosen)):
            found.append(f"[{section}]: {trouble}")
    return list(dict.fromkeys(found))


def _providers() -> dict[str, Provider]:
    """Built-in ones and those that other packages bring along; a name taken twice belongs to the built-in one."""
    outside = [point.load() for point in entry_points(group=ENTRY_POINTS)]
    return {made.name: made for made in (provider() for provider in (*outside, *BUILTIN))}
