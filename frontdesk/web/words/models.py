"""`/api/settings/llm` and `/api/llm/...` as other systems write them."""

from typing import Any

from fastapi import APIRouter
from pydantic import AliasChoices, ConfigDict, Field, model_validator

from frontdesk.llm.errors import as_shown
from frontdesk.web.api import settings
from frontdesk.web.api.settings import (
    Key,
    MaxTokens,
    ModelChange,
    ModelName,
    ModelSettings,
    OnAccount,
    PhoneNumber,
    Provider,
    ProviderName,
    Temperature,
    Trial,
    Url,
    parts,
)
from frontdesk.web.api.shapes import Given, Shape, TextOrNone
from frontdesk.web.auth import Admin, Reader, RoomsOf
from frontdesk.web.rooms import Rooms
from frontdesk.web.words.envelope import TAG, Answer, refusals

router = APIRouter(prefix="/api", tags=[TAG])


class Config(Shape):
    """The settings of models: of each provider the model that it would be asked for, and the one that is preferred."""

    preferred_provider: str
    gemini_model: str
    openai_model: str
    ollama_model: str
    perplexity_model: str
    anthropic_model: str
    temperature: float | None
    max_tokens: int | None
    ollama_base_url: str


class Settings(Answer):
    """What holds for the number. `problem` says why the model cannot be asked as things stand."""

    config: Config
    problem: str | None


class ConfigChange(Given):
    """What to set; null resets. Of the models and addresses, those of the preferred provider are taken."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"preferred_provider": "ollama", "ollama_model": "llama3.2", "temperature": 0.7}}
    )

    preferred_provider: ProviderName = None
    gemini_model: ModelName = None
    openai_model: ModelName = None
    ollama_model: ModelName = None
    perplexity_model: ModelName = None
    anthropic_model: ModelName = None
    temperature: Temperature = None
    max_tokens: MaxTokens = None
    ollama_base_url: Url = None

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_read(cls, given: object) -> object:
        """What was read may be given back whole, with the config in its envelope."""
        inner = given.get("config") if isinstance(given, dict) else None
        return inner if isinstance(inner, dict) else given


class Providers(Answer):
    """The providers that can be named, and the one that answers where nothing else is said."""

    providers: list[Provider]
    default: str


class OtherTrial(Given):
    """What to try, by default what the installation uses. With an address of its own, the key set here is not used."""

    model_config = ConfigDict(json_schema_extra={"example": {"provider": "openai", "model": "gpt-4o-mini"}})

    provider: TextOrNone = Field(
        default=None, max_length=60, validation_alias=AliasChoices("provider", "preferred_provider")
    )
    model: ModelName = None
    api_key: Key = Field(default=None, validation_alias=AliasChoices("api_key", "apiKey"))
    base_url: Url = Field(default=None, validation_alias=AliasChoices("base_url", "baseUrl"))


class Tested(Shape):
    """What trying a provider showed; without success, `error` says what is wrong and what to do."""

    success: bool
    message: str | None
    error: str | None
    provider: str
    model: str
    latency_ms: int
    code: str | None


@router.get("/settings/llm", summary="The model in force, for a phone number", responses=refusals(404))
async def get_settings(
    caller: Reader, rooms: RoomsOf, phone_number: PhoneNumber = None, account: OnAccount = None
) -> Settings:
    """Keys are never shown."""
    return _settings(rooms, await settings.get_settings(caller, rooms, phone_number, account))


@router.put("/settings/llm", summary="Set the model for a phone number", responses=refusals(404))
async def put_settings(
    *, caller: Admin, rooms: RoomsOf, change: ConfigChange, phone_number: PhoneNumber = None, account: OnAccount = None
) -> Settings:
    """What is left out stays."""
    now = await settings.get_settings(caller, rooms, phone_number, account)
    ours = ModelChange.model_validate(_ours(change.model_dump(exclude_unset=True), now.provider))
    held = await settings.put_settings(
        caller=caller, rooms=rooms, change=ours, phone_number=phone_number, account=account
    )
    return _settings(rooms, held)


@router.get("/llm/providers", summary="List the providers of models")
async def list_providers(caller: Reader, rooms: RoomsOf) -> Providers:
    """With what each needs."""
    found = (await settings.list_providers(caller, rooms)).items
    return Providers(providers=found, default=next(one.name for one in found if one.in_use))


@router.post("/llm/test", summary="Try a provider, and say what is wrong")
async def try_provider(caller: Admin, rooms: RoomsOf, wanted: OtherTrial | None = None) -> Tested:
    """Asks for one word, once, within half a minute."""
    trial = _trial(rooms, wanted or OtherTrial())
    tried = await settings.try_provider(caller, rooms, trial)
    return Tested(
        success=tried.ok,
        message=tried.sentence if tried.ok else None,
        error=None if tried.ok else tried.sentence,
        provider=trial.provider,
        model=tried.model,
        latency_ms=tried.milliseconds,
        code=tried.code,
    )


def _settings(rooms: Rooms, held: ModelSettings) -> Settings:
    models = {known.name: known.default_model for known in rooms.models.providers} | {held.provider: held.model}
    return Settings(
        config=Config(
            preferred_provider=held.provider,
            gemini_model=models["gemini"],
            openai_model=models["openai"],
            ollama_model=models["ollama"],
            perplexity_model=models["perplexity"],
            anthropic_model=models["anthropic"],
            temperature=held.temperature,
            max_tokens=held.max_tokens,
            ollama_base_url=held.base_url if held.provider == "ollama" and held.base_url else _ollama(rooms),
        ),
        problem=held.problem,
    )


def _ollama(rooms: Rooms) -> str:
    return as_shown(rooms.settings.ollama_base_url or "http://127.0.0.1:11434")


def _trial(rooms: Rooms, wanted: OtherTrial) -> Trial:
    provider, model = wanted.provider, wanted.model
    if provider is None:
        provider, usual = parts(rooms, rooms.model)
        model = model or usual or None
    return Trial.model_construct(provider=provider, model=model, api_key=wanted.api_key, base_url=wanted.base_url)


def _ours(given: dict[str, Any], provider: str) -> dict[str, Any]:
    """The change in our words. `provider` is the one in force, which the change means if it names none."""
    wanted: dict[str, Any] = {name: given[name] for name in ("temperature", "max_tokens") if name in given}
    if "preferred_provider" in given:
        wanted["provider"] = given["preferred_provider"]
    meant = given.get("preferred_provider") or provider
    if f"{meant}_model" in given and wanted.get("provider", meant) is not None:
        wanted["model"] = given[f"{meant}_model"]
    if meant == "ollama" and "ollama_base_url" in given:
        wanted["base_url"] = given["ollama_base_url"]
    return wanted
