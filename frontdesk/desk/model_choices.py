"""Which model answers a phone number, where that was set by hand; and which one does in the end, and why."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from frontdesk.desk.accounts import Account, Accounts
from frontdesk.desk.casting import Casting
from frontdesk.desk.errors import Invalid
from frontdesk.domain.addresses import Address, AddressKind, variants
from frontdesk.domain.operators import Sight, in_sight
from frontdesk.domain.personas import ModelChoice, Persona
from frontdesk.kit.clock import Clock
from frontdesk.kit.errors import SettingsError
from frontdesk.store import contacts, model_choices, pages
from frontdesk.store.rows import ChatRow, ModelChoiceRow
from frontdesk.store.store import Read, Store

FIELDS = ("model", "temperature", "max_tokens", "base_url")
NUMBER, LINE, PERSONA, HOUSE = "phone_number", "line", "persona", "installation"  # where a value comes from


@dataclass(frozen=True, slots=True)
class InForce:
    """What the agent would ask for a number. `sources` says for each value that is set where it comes from."""

    persona: Persona
    sources: dict[str, str]
    own: ModelChoice  # what was set for this very number


class ModelChoices:
    """Sets models for addresses. `check` raises SettingsError for a model (and base URL) that could never be asked."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        accounts: Accounts,
        casting: Casting,
        check: Callable[[str, str | None], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._accounts = accounts
        self._casting = casting
        self._check = check

    async def choose(self, address: Address, *, by: str, **given: Any) -> None:
        """Set what was given (`model`, `temperature`, `max_tokens`, `base_url`) for an address; None resets a value.

        An address of a server stays with its model: with another model it is reset, unless it is given again.

        Raises:
            Invalid: no such model can be asked.
        """
        places = _places((address,))
        async with self._store.begin() as tx:
            before = asdict(choice_of(await model_choices.at(tx, places)))
            if given.get("model", before["model"]) != before["model"]:
                before["base_url"] = None
            values = before | given
            if values["model"] is not None:
                try:
                    self._check(values["model"], values["base_url"])
                except SettingsError as wrong:
                    raise Invalid(wrong.sentence) from wrong
            empty = all(value is None for value in values.values())
            for place in places:
                if empty:
                    await model_choices.forget(tx, place)
                else:
                    await model_choices.put(tx, place, values, now=self._clock.now())

    async def in_force(self, address: Address, *, account_id: str | None = None, sight: Sight = None) -> InForce:
        """What holds for an address: of the person behind it, of the group, or of a line of ours.

        Who does not see the line of it is told what holds for anybody.

        Whoever is known on several lines is taken on the line where they spoke last, or on the given one.
        """
        asked = _places((address,))
        async with self._store.read() as read:
            chat = await _chat(read, address, account_id, sight)
            account = self._account(address, chat.account_id if chat is not None else account_id, sight)
            is_known = sight is None or chat is not None or account is not None
            of_line = set(_places(_phones(account))) - set(asked) if account is not None else set()
            known = await contacts.addresses_of_chat(read, chat) if chat is not None else (address,)
            own = await model_choices.at(read, asked) if is_known else None
            if chat is not None:
                rows = await model_choices.of_chat(read, chat.id)
            else:
                rows = [row for row in (await model_choices.at(read, of_line), own) if row]
        who = (account.row.id, account.row.name) if account is not None else ("", "")
        persona = self._casting.persona(who, known, chat.persona if chat is not None else None)
        layers = [(LINE if row.place in of_line else NUMBER, choice_of(row)) for row in rows]
        return _layered(persona, layers, own=choice_of(own))

    def _account(self, address: Address, account_id: str | None, sight: Sight) -> Account | None:
        if account_id is not None:
            return self._accounts.find(account_id)
        seen = [one for one in self._accounts.all() if in_sight(sight, one.row.id)]
        return next((one for one in seen if address in _phones(one)), None)


def choice_of(row: ModelChoiceRow | None) -> ModelChoice:
    """A row as a value; none at all is a choice of nothing."""
    return ModelChoice(row.model, row.temperature, row.max_tokens, row.base_url) if row else ModelChoice()


def chosen(persona: Persona, rows: Iterable[ModelChoiceRow]) -> Persona:
    """The persona with the models that were set for its chat."""
    for row in rows:
        persona = choice_of(row).on(persona)
    return persona


async def _chat(read: Read, address: Address, account_id: str | None, sight: Sight) -> ChatRow | None:
    found = await pages.find_chat(read, str(address), account_id=account_id, sight=sight)
    return max(found, key=lambda chat: chat.last_message_at, default=None)


def _phones(account: Account) -> tuple[Address, ...]:
    return (Address(AddressKind.PHONE, account.row.phone),) if account.row.phone else ()


def _places(addresses: Iterable[Address]) -> list[str]:
    return [str(form) for address in addresses for form in variants(address)]


def _layered(persona: Persona, layers: Iterable[tuple[str, ModelChoice]], *, own: ModelChoice) -> InForce:
    sources = dict.fromkeys(FIELDS, PERSONA)
    if persona.model is None:
        sources["model"] = HOUSE
    for source, choice in layers:
        persona = choice.on(persona)
        sources |= {name: source for name in FIELDS if getattr(choice, name) is not None}
    held = {name: at for name, at in sources.items() if name == "model" or getattr(persona, name) is not None}
    return InForce(persona, held, own)
