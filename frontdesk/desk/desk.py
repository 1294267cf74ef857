"""The desk as one value: every use case under its name."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from frontdesk.channels.base import Channel
from frontdesk.desk.accounts import Accounts
from frontdesk.desk.alerts import Alerts
from frontdesk.desk.api_keys import ApiKeys
from frontdesk.desk.appointment_agent import AgentsBook
from frontdesk.desk.appointment_notices import AppointmentNotices
from frontdesk.desk.appointments import Appointments
from frontdesk.desk.beginning import Beginning
from frontdesk.desk.calendar import Calendar
from frontdesk.desk.care import Care
from frontdesk.desk.casting import Casting
from frontdesk.desk.chats import Chats
from frontdesk.desk.contacts import Contacts
from frontdesk.desk.following import Following, followed
from frontdesk.desk.holding import Holding
from frontdesk.desk.intake import Intake
from frontdesk.desk.knowledge import Knowledge
from frontdesk.desk.line_alerts import LineAlerts
from frontdesk.desk.line_place import Place
from frontdesk.desk.media import Media
from frontdesk.desk.model_choices import ModelChoices
from frontdesk.desk.operators import Operators
from frontdesk.desk.outages import Outages
from frontdesk.desk.outbox import Outbox
from frontdesk.desk.paces import Paces
from frontdesk.desk.personas import Personas
from frontdesk.desk.sending import Sending
from frontdesk.desk.sharing import Sharing
from frontdesk.desk.signatures import Signatures
from frontdesk.desk.sweeping import Sweeping
from frontdesk.desk.telling import Telling
from frontdesk.desk.turns import Turns
from frontdesk.desk.vanishing import Vanishing
from frontdesk.desk.watching import Watching
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import TurnInput, TurnOutput
from frontdesk.kit.clock import Clock
from frontdesk.kit.vault import Vault
from frontdesk.store.store import Store


@dataclass(frozen=True, slots=True)
class Desk:
    """What the front desk does."""

    accounts: Accounts
    alerts: Alerts
    api_keys: ApiKeys
    appointment_notices: AppointmentNotices
    appointments: Appointments
    beginning: Beginning
    calendar: Calendar
    care: Care
    casting: Casting
    chats: Chats
    contacts: Contacts
    following: Following
    holding: Holding
    intake: Intake
    knowledge: Knowledge
    media: Media
    model_choices: ModelChoices
    operators: Operators
    outbox: Outbox
    paces: Paces
    personas: Personas
    sending: Sending
    sharing: Sharing
    signatures: Signatures
    sweeping: Sweeping
    telling: Telling
    turns: Turns
    vanishing: Vanishing
    watching: Watching


@dataclass(frozen=True, slots=True)
class Needs:
    """What a desk is built from."""

    store: Store
    clock: Clock
    vault: Vault
    channels: Mapping[str, Channel]
    think: Callable[[TurnInput, Persona], Awaitable[TurnOutput]]
    personas: Personas
    media_folder: Path
    api_key: str | None = None
    production: bool = False
    usual: Mapping[str, Any] = field(default_factory=dict)  # options of lines that leave them out
    public_url: str | None = None
    alone: bool = True  # no other process serves this house
    place: Place | None = None  # of lines, where not all are here
    check_model: Callable[[str, str | None], None] = lambda name, base_url: None


def _accounts(needs: Needs, told: LineAlerts) -> Accounts:
    return Accounts(
        needs.store,
        needs.clock,
        needs.vault,
        needs.channels,
        production=needs.production,
        usual=needs.usual,
        alerts=told,
        place=needs.place,
    )


def _watchers(needs: Needs, accounts: Accounts) -> tuple[Telling, Outages]:
    """Who watches the lines."""
    house, url = needs.personas.house, needs.public_url
    telling = Telling(needs.store, needs.clock, accounts=accounts, house=house, public_url=url)
    return telling, Outages(needs.clock, accounts, house)


def _booking(needs: Needs, accounts: Accounts, outbox: Outbox, media: Media) -> dict[str, Any]:
    """The use cases of the calendar."""
    calendar = Calendar(needs.store, needs.clock, needs.vault, house=needs.personas.house)
    notices = AppointmentNotices(
        needs.store, needs.clock, calendar=calendar, accounts=accounts, outbox=outbox, files=media
    )
    appointments = Appointments(needs.store, needs.clock, calendar)
    return {"appointment_notices": notices, "appointments": appointments, "calendar": calendar}


def build(needs: Needs) -> Desk:
    """Put the use cases together; nothing is started."""
    store, clock = needs.store, needs.clock
    house = needs.personas.house
    casting = Casting(house)
    accounts = _accounts(needs, LineAlerts(clock, house))
    holding = Holding(store, clock, house)
    intake = Intake(store, clock, accounts=accounts, casting=casting, holding=holding)
    accounts.on_delivery = intake.deliver
    media = Media(store, clock, accounts, needs.media_folder)
    care = Care(clock, house)
    outbox = Outbox(store, clock, accounts, holding, care=care, file_of=media.file_of)
    knowledge = Knowledge(store, clock)
    booking = _booking(needs, accounts, outbox, media)
    turns = Turns(
        store,
        clock,
        accounts=accounts,
        casting=casting,
        outbox=outbox,
        holding=holding,
        knowledge=knowledge,
        calendar=AgentsBook(store, clock, booking["appointments"]),
        think=needs.think,
    )
    telling, outages = _watchers(needs, accounts)
    operators = Operators(store, clock, needs.vault, api_key=needs.api_key)
    accounts.on_owner = operators.rights.ended
    kept = followed(
        accounts=accounts, knowledge=knowledge, operators=operators, outages=outages, personas=needs.personas
    )
    return Desk(
        accounts=accounts,
        alerts=Alerts(store, clock),
        api_keys=operators.keys,
        **booking,
        beginning=Beginning(store, clock, accounts=accounts, casting=casting, outbox=outbox),
        care=care,
        casting=casting,
        chats=Chats(store, clock, accounts, casting),
        contacts=Contacts(store, clock),
        following=Following(store, clock, kept, alone=needs.alone),
        holding=holding,
        intake=intake,
        knowledge=knowledge,
        media=media,
        model_choices=ModelChoices(store, clock, accounts=accounts, casting=casting, check=needs.check_model),
        operators=operators,
        outbox=outbox,
        paces=Paces(store, clock, needs.channels.values()),
        personas=needs.personas,
        sending=Sending(store, clock, accounts, file_of=media.file_of, outages=outages),
        sharing=Sharing(store, accounts, operators.rights),
        signatures=Signatures(store, clock, accounts),
        sweeping=Sweeping(store, clock, accounts, outages=outages, telling=telling),
        telling=telling,
        turns=turns,
        vanishing=Vanishing(store, clock, media.remove),
        watching=Watching(clock, accounts),
    )
