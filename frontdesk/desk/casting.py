"""Which persona serves a chat. Asked for every message, so it remembers what cannot differ."""

from collections.abc import Callable
from dataclasses import replace

from frontdesk.domain.addresses import Address
from frontdesk.domain.personas import House, Persona, choose, fallback_persona


class Casting:
    """Chooses personas from the installation's present settings, which `house` gives."""

    def __init__(self, house: Callable[[], House]) -> None:
        self.house = house
        self._known: House | None = None
        self._by_account: dict[tuple[tuple[str, str], str | None], Persona] = {}
        self._by_chat = False

    def persona(
        self, account: tuple[str, str], addresses: tuple[Address, ...] = (), named: str | None = None
    ) -> Persona:
        """The persona for a chat on an account (its id and name), with what the house says filled in."""
        house = self._fresh()
        if self._by_chat:
            return self._choose(house, account, addresses, named)
        key = (account, named)
        if key not in self._by_account:
            self._by_account[key] = self._choose(house, account, addresses, named)
        return self._by_account[key]

    def _fresh(self) -> House:
        house = self.house()
        if house is not self._known:
            self._known = house
            self._by_account.clear()
            self._by_chat = any(persona.match.chats != ("*",) for persona in house.personas)
        return house

    def _choose(
        self, house: House, account: tuple[str, str], addresses: tuple[Address, ...], named: str | None
    ) -> Persona:
        found = choose(house.personas, account=account, addresses=addresses, named=named)
        within = house.answer_within_minutes
        persona = found or fallback_persona(house.defaults)
        return replace(
            persona,
            quiet_seconds=house.quiet_seconds if persona.quiet_seconds is None else persona.quiet_seconds,
            cap_seconds=house.cap_seconds if persona.cap_seconds is None else persona.cap_seconds,
            answer_within_minutes=within if persona.answer_within_minutes is None else persona.answer_within_minutes,
        )
