"""Which model answers: for the installation, for a phone number, and whether a provider can be reached."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Query
from pydantic import AfterValidator, ConfigDict, Field, SecretStr

from frontdesk.desk.errors import Invalid
from frontdesk.desk.model_choices import HOUSE, InForce
from frontdesk.domain.addresses import Address, display, parse
from frontdesk.domain.personas import ModelChoice
from frontdesk.llm.base import split_name
from frontdesk.llm.errors import as_shown
from frontdesk.llm.models import ProviderAccess
from frontdesk.settings.models import valid_url
from frontdesk.web import sight
from frontdesk.web.api.deps import problems
from frontdesk.web.api.shapes import Given, Items, NoSwitch, OrNone, Shape
from frontdesk.web.auth import Admin, Reader, RoomsOf
from frontdesk.web.rooms import Rooms

router = APIRouter(prefix="/settings/llm", tags=["house"])


def _url(text: str | None) -> str | None:
    if not text:
        return None
    try:
        url, parts = valid_url(text), urlsplit(text)
        _ = parts.port  # is looked at only when it is asked for
    except ValueError:
        raise ValueError("must be a URL such as http://127.0.0.1:11434") from None
    if "@" in parts.netloc:
        raise ValueError("must be a URL without a name and a password, as everybody who may read sees it")
    return url


def _key(given: SecretStr | None) -> SecretStr | None:
    key = given.get_secret_value().strip() if given is not None else ""
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ValueError("must be the key as its provider gave it: one word of plain letters, digits and signs")
    return SecretStr(key) if key else None


Url = Annotated[str | None, Field(max_length=500), AfterValidator(_url)]
Key = Annotated[SecretStr | None, AfterValidator(_key)]
ModelName = Annotated[str | None, Field(max_length=200, pattern=r"^\S*$"), OrNone]
ProviderName = Annotated[str | None, Field(max_length=60, pattern=r"^[a-z0-9_-]*$"), OrNone]
Temperature = Annotated[float | None, Field(ge=0, le=2), NoSwitch]
MaxTokens = Annotated[int | None, Field(ge=1, le=200_000), NoSwitch]
PhoneNumber = Annotated[
    str | None, OrNone, Query(description="A phone number, or another address of a chat.", examples=["+447700900123"])
]
OnAccount = Annotated[str | None, OrNone, Query(description="The account, where several know this person.")]


class ModelSet(Shape):
    """What was set for this very number; null: nothing was."""

    model: str | None
    temperature: float | None
    max_tokens: int | None
    base_url: str | None


class ModelSettings(Shape):
    """The model in force. `sources` says where each value comes from: phone_number, line, persona, installation.

    A value that is null is the provider's own. `problem` says why this model cannot be asked as things stand.
    """

    phone_number: str | None
    persona: str | None
    provider: str
    model: str
    temperature: float | None
    max_tokens: int | None
    base_url: str | None
    sources: dict[str, str]
    set: ModelSet
    problem: str | None


class ModelChange(Given):
    """What to set; what is left out stays, null resets. `model` may be written as provider:model.

    An address belongs to its model: with another model it is reset, unless it is given again.
    """

    model_config = ConfigDict(
        json_schema_extra={"example": {"provider": "gemini", "model": "gemini-2.5-flash", "temperature": 0.7}}
    )

    provider: ProviderName = None
    model: ModelName = None
    temperature: Temperature = None
    max_tokens: MaxTokens = None
    base_url: Url = None


class Provider(Shape):
    """A provider of models. `usable`: the settings give what it needs; `key_setting` and `url_setting` name those."""

    name: str
    title: str
    default_model: str
    needs_key: bool
    usable: bool
    in_use: bool
    key_setting: str | None
    url_setting: str | None


class Trial(Given):
    """What to try. With an address of its own, the key that is set here is not used. Nothing is stored."""

    model_config = ConfigDict(json_schema_extra={"example": {"provider": "openai", "model": "gpt-4o-mini"}})

    provider: str = Field(min_length=1, max_length=60)
    model: ModelName = None
    api_key: Key = None
    base_url: Url = None


class Tried(Shape):
    """What trying a provider showed."""

    ok: bool
    sentence: str
    model: str
    milliseconds: int
    code: str | None


@router.get("", summary="The model in force, for a phone number or the installation", responses=problems(404))
async def get_settings(
    caller: Reader, rooms: RoomsOf, phone_number: PhoneNumber = None, account: OnAccount = None
) -> ModelSettings:
    """With where each value comes from. Keys are never shown."""
    if account is not None:
        await sight.check(rooms, caller.sight, "account_id", account)
        rooms.desk.accounts.get(account)
    if phone_number is None:
        return _shown(rooms, None, None)
    address = parse(phone_number)
    held = await rooms.desk.model_choices.in_force(address, account_id=account, sight=caller.sight)
    return _shown(rooms, address, held)


@router.put("", summary="Set the model for a phone number", responses=problems(404))
async def put_settings(
    *, caller: Admin, rooms: RoomsOf, change: ModelChange, phone_number: PhoneNumber = None, account: OnAccount = None
) -> ModelSettings:
    """For a person, a group, or with the number of a line of ours for all its chats. Holds from the next turn on."""
    if phone_number is None:
        raise Invalid(
            "Say for which number: ?phone_number=+447700900123. The installation's is set by FRONTDESK_MODEL."
        )
    now = await get_settings(caller, rooms, phone_number, account)
    address, given = parse(phone_number), change.model_dump(exclude_unset=True)
    if {"provider", "model"} & given.keys():
        given["model"] = full_name(
            rooms, given.pop("provider", None), given.get("model"), now=(now.provider, now.model)
        )
    await rooms.desk.model_choices.choose(address, by=caller.by, **given)
    return await get_settings(caller, rooms, phone_number, account)


@router.get("/providers", summary="List the providers of models")
async def list_providers(caller: Reader, rooms: RoomsOf) -> Items[Provider]:
    """Built in and brought along by other packages."""
    in_use, _ = parts(rooms, rooms.model)
    return Items(
        items=[
            Provider(
                name=provider.name,
                title=provider.title,
                default_model=provider.default_model,
                needs_key=provider.needs_key,
                usable=rooms.models.usable(provider),
                in_use=provider.name == in_use,
                key_setting=provider.key_setting or None,
                url_setting=provider.url_setting or None,
            )
            for provider in rooms.models.providers
        ]
    )


@router.post("/test", summary="Try a provider, and say what is wrong")
async def try_provider(caller: Admin, rooms: RoomsOf, trial: Trial) -> Tried:
    """Asks for one word, once, within half a minute. The sentence holds no key."""
    name = full_name(rooms, trial.provider, trial.model) if trial.model else trial.provider
    tested = await rooms.models.test_provider(name or trial.provider, access=_access(rooms, trial))
    return Tried(
        ok=tested.ok,
        sentence=tested.sentence,
        model=tested.model,
        milliseconds=tested.milliseconds,
        code=tested.code,
    )


def _access(rooms: Rooms, trial: Trial) -> ProviderAccess | None:
    """How the provider is reached in a trial: a key that is set here goes to no other address than the one set here."""
    if trial.api_key is None and trial.base_url is None:
        return None
    known = rooms.settings.provider_access().get(trial.provider.partition(":")[0])
    key = trial.api_key.get_secret_value() if trial.api_key is not None else None
    return ProviderAccess(key, trial.base_url or (known.base_url if known else None))


def full_name(rooms: Rooms, provider: str | None, model: str | None, *, now: tuple[str, str] = ("", "")) -> str | None:
    """A model as provider:model, as far as it was named beside the one in force; None where it is reset."""
    before, colon, _ = (model or "").partition(":")
    if model and colon and before in {known.name for known in rooms.models.providers}:
        return model if provider in (None, before) else f"{provider}:{model}"
    if provider is None:
        return f"{now[0]}:{model}" if model else None
    return f"{provider}:{model or (now[1] if provider == now[0] else '')}"


def parts(rooms: Rooms, name: str) -> tuple[str, str]:
    provider, model = split_name(name)
    usual = {known.name: known.default_model for known in rooms.models.providers}
    return provider, model or usual.get(provider, "")


def _shown(rooms: Rooms, address: Address | None, held: InForce | None) -> ModelSettings:
    persona, own = (held.persona, held.own) if held else (None, ModelChoice())
    name = persona.model if persona and persona.model else rooms.model
    provider, model = parts(rooms, name)
    values: dict[str, Any] = {each: getattr(persona, each, None) for each in ("temperature", "max_tokens", "base_url")}
    values["base_url"] = as_shown(url) if (url := values["base_url"]) else None
    return ModelSettings(
        phone_number=display(address) if address else None,
        persona=persona.name if persona else None,
        provider=provider,
        model=model,
        **values,
        sources=held.sources if held else {"model": HOUSE},
        set=ModelSet(model=own.model, temperature=own.temperature, max_tokens=own.max_tokens, base_url=own.base_url),
        problem=rooms.models.trouble(name, url),
    )
