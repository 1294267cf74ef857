"""The desk as one value: every use case under its name."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from frontdesk.channels.base import Channel
from frontdesk.desk import to_owner
from frontdesk.desk.accounts import Accounts
from frontdesk.desk.alerts import Alerts
from frontdesk.desk.api_keys import ApiKeys
from frontdesk.desk.appointment_agent import AgentsBook
from frontdesk.desk.appointment_links import AppointmentLinks
from frontdesk.desk.appointment_notices import AppointmentNotices
from frontdesk.desk.appointments import Appointments
from frontdesk.desk.beginning import Beginning
from frontdesk.desk.calendar import Calendar
from frontdesk.desk.care import Care
from frontdesk.desk.casting import Casting
from frontdesk.desk.chats import Chats
from frontdesk.desk.commands import Commands
from frontdesk.desk.compacting import Compacting
from frontdesk.desk.contacts import Contacts
from frontdesk.desk.digest_making import DigestMaking, Summarise
from frontdesk.desk.digest_telling import DigestTelling
from frontdesk.desk.digests import Digests
from frontdesk.desk.disk import Disk
from frontdesk.desk.erasing import Erasing
from frontdesk.desk.following import Following, followed
from frontdesk.desk.gating import Gating
from frontdesk.desk.heartbeat import Heartbeat
from frontdesk.desk.holding import Holding
from frontdesk.desk.importance import Importance, Rate, no_model
from frontdesk.desk.intake import Intake
from frontdesk.desk.knowledge import Knowledge
from frontdesk.desk.line_alerts import LineAlerts
from frontdesk.desk.line_place import Place
from frontdesk.desk.link_pages import LinkPages
from frontdesk.desk.media import Media
from frontdesk.desk.model_choices import ModelChoices
from frontdesk.desk.operators import Operators
from frontdesk.desk.outages import Outages
from frontdesk.desk.outbox import Outbox
from frontdesk.desk.own_alerts import OwnAlertsBook
from frontdesk.desk.own_chat import OwnChat
from frontdesk.desk.own_numbers import OwnNumbers
from frontdesk.desk.paces import Paces
from frontdesk.desk.pausing import Pausing
from frontdesk.desk.personas import Personas
from frontdesk.desk.promises import Promises
from frontdesk.desk.reminders import Reminders
from frontdesk.desk.retention import Retention
from frontdesk.desk.sending import Sending
from frontdesk.desk.sharing import Sharing
from frontdesk.desk.signatures import Signatures
from frontdesk.desk.sweeping import Sweeping
from frontdesk.desk.telling import Telling
from frontdesk.desk.turns import Turns
from frontdesk.desk.urgent import Urgents
from frontdesk.desk.vanishing import Vanishing
from frontdesk.desk.watching import Watching
from frontdesk.domain.personas import Persona
from frontdesk.domain.turns import TurnInput, TurnOutput
from frontdesk.kit.clock import Clock
from frontdesk.kit.vault import Vault
from frontdesk.store.store import Store, Tx


@dataclass(frozen=True, slots=True)
class Desk:
    """What the front desk does."""

    accounts: Accounts
    alerts: Alerts
    api_keys: ApiKeys
    appointment_links: AppointmentLinks
    appointment_notices: AppointmentNotices
    appointments: Appointments
    beginning: Beginning
    calendar: Calendar
    care: Care
    casting: Casting
    chats: Chats
    compacting: Compacting
    contacts: Contacts
    digest_making: DigestMaking
    digest_telling: DigestTelling
    digests: Digests
    disk: Disk
    erasing: Erasing
    commands: Commands
    following: Following
    heartbeat: Heartbeat
    holding: Holding
    importance: Importance
    intake: Intake
    knowledge: Knowledge
    link_pages: LinkPages
    media: Media
    model_choices: ModelChoices
    operators: Operators
    outbox: Outbox
    own_alerts: OwnAlertsBook
    own_chat: OwnChat
    pausing: Pausing
    paces: Paces
    personas: Personas
    retention: Retention
    promises: Promises
    reminders: Reminders
    sending: Sending
    sharing: Sharing
    signatures: Signatures
    sweeping: Sweeping
    telling: Telling
    turns: Turns
    urgents: Urgents
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
    rate: Rate = no_model
    database_folder: Path | None = None  # where the database is a file
    api_key: str | None = None
    production: bool = False
    usual: Mapping[str, Any] = field(default_factory=dict)  # options of lines that leave them out
    public_url: str | None = None
    alone: bool = True  # no other process serves this house
    place: Place | None = None  # of lines, where not all are here
    summarise: Summarise | None = None  # None: no model makes summaries
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


def _owner(
    needs: Needs, accounts: Accounts, *, numbers: OwnNumbers, holding: Holding, outbox: Outbox, pausing: Pausing
) -> to_owner.ToOwner:
    return to_owner.build(
        needs.store,
        needs.clock,
        accounts=accounts,
        numbers=numbers,
        holding=holding,
        outbox=outbox,
        pausing=pausing,
        house=needs.personas.house,
        public_url=needs.public_url,
        disk=needs.media_folder,
    )


def _booking(needs: Needs, g: "_Ground") -> dict[str, Any]:
    """The use cases of the calendar."""
    calendar = Calendar(needs.store, needs.clock, needs.vault, house=needs.personas.house)
    links = AppointmentLinks(needs.clock, needs.vault, public_url=needs.public_url)
    notices = AppointmentNotices(
        needs.store, needs.clock, calendar=calendar, accounts=g.accounts, outbox=g.outbox, files=g.media, links=links
    )
    return {
        "appointment_links": links,
        "appointment_notices": notices,
        "appointments": Appointments(needs.store, needs.clock, calendar),
        "calendar": calendar,
    }


def _turns(needs: Needs, g: "_Ground", appointments: Appointments) -> Turns:
    return Turns(
        needs.store,
        needs.clock,
        accounts=g.accounts,
        outbox=g.outbox,
        holding=g.holding,
        knowledge=g.knowledge,
        calendar=AgentsBook(needs.store, needs.clock, appointments),
        think=needs.think,
        gating=g.gating,
        debugging=g.owner.debugging,
    )


def _urgents(needs: Needs, owner: to_owner.ToOwner, importance: Importance, reminders: Reminders) -> Urgents:
    async def post(tx: Tx, text: str, key: str) -> str | None:
        return await owner.own_chat.post(tx, text=text, key=key)

    urgents = Urgents(
        needs.store,
        needs.clock,
        house=needs.personas.house,
        post=post,
        muted_until=owner.commands.muted_until,
        public_url=needs.public_url,
    )
    importance.on_scored, reminders.on_due = urgents.scored, urgents.reminded
    return urgents


def _digests(needs: Needs, owner: to_owner.ToOwner) -> tuple[Digests, DigestMaking, DigestTelling]:
    store, clock, url = needs.store, needs.clock, needs.public_url
    house = needs.personas.house
    orders = Digests(store, clock, house)

    async def to_self(tx: Tx, text: str, key: str) -> str | None:
        return await owner.own_chat.post(tx, text=text, key=key)

    telling = DigestTelling(store, clock, house=house, to_self=to_self, public_url=url)
    making = DigestMaking(
        store,
        clock,
        orders=orders,
        telling=telling,
        summarise=needs.summarise,
        own_chats=owner.own_chat.numbers.chat_ids,
        public_url=url,
    )
    owner.commands.digests = making.asked
    return orders, making, telling


def _telling(needs: Needs, accounts: Accounts) -> tuple[LinkPages, Telling]:
    store, clock, url = needs.store, needs.clock, needs.public_url
    pages = LinkPages(store, clock, needs.vault, accounts=accounts, public_url=url)
    house = needs.personas.house
    return pages, Telling(store, clock, accounts=accounts, house=house, link_pages=pages, public_url=url)


def _disk(needs: Needs, intake: Intake) -> Disk:
    house = needs.personas.house
    disk = Disk(needs.store, needs.clock, files=needs.media_folder, database=needs.database_folder, house=house)
    intake.has_room = disk.needed_for_database
    return disk


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the other use cases stand on."""

    accounts: Accounts
    care: Care
    casting: Casting
    disk: Disk
    gating: Gating
    holding: Holding
    importance: Importance
    intake: Intake
    knowledge: Knowledge
    media: Media
    outbox: Outbox
    owner: to_owner.ToOwner
    pausing: Pausing
    reminders: Reminders


def _ground(needs: Needs) -> _Ground:
    store, clock = needs.store, needs.clock
    house = needs.personas.house
    casting, told = Casting(house), LineAlerts(clock, house)
    accounts = _accounts(needs, told)
    holding = Holding(store, clock, house)
    importance = Importance(store, clock, house, rate=needs.rate)
    own, pausing = OwnNumbers(accounts, house), Pausing(store, clock)
    intake = Intake(store, clock, accounts=accounts, casting=casting, holding=holding, own=own)
    accounts.on_delivery, intake.on_stored = intake.deliver, importance.look_soon
    disk = _disk(needs, intake)
    media = Media(store, clock, accounts, needs.media_folder, has_room=disk.needed_for_files)
    care = Care(clock, house, own)
    outbox = Outbox(store, clock, accounts, holding, care=care, file_of=media.file_of)
    return _Ground(
        accounts=accounts,
        care=care,
        casting=casting,
        disk=disk,
        gating=Gating(clock, casting, own, pausing),
        holding=holding,
        importance=importance,
        intake=intake,
        knowledge=Knowledge(store, clock),
        media=media,
        outbox=outbox,
        owner=_owner(needs, accounts, numbers=own, holding=holding, outbox=outbox, pausing=pausing),
        pausing=pausing,
        reminders=Reminders(store, clock, house),
    )


def build(needs: Needs) -> Desk:
    """Put the use cases together; nothing is started."""
    store, clock, house, g = needs.store, needs.clock, needs.personas.house, _ground(needs)
    accounts, owner, booking = g.accounts, g.owner, _booking(needs, g)
    pages, telling = _telling(needs, accounts)
    digests, digest_making, digest_telling = _digests(needs, owner)
    outages = Outages(clock, accounts, house)
    operators = Operators(store, clock, needs.vault, api_key=needs.api_key)
    accounts.on_owner = operators.rights.ended
    urgents = _urgents(needs, owner, g.importance, g.reminders)
    missing = telling.missing, g.importance.missing, urgents.missing
    kept = followed(
        accounts=accounts, knowledge=g.knowledge, operators=operators, outages=outages, personas=needs.personas
    )
    return Desk(
        accounts=accounts,
        alerts=Alerts(store, clock),
        api_keys=operators.keys,
        **booking,
        beginning=Beginning(store, clock, accounts=accounts, casting=g.casting, outbox=g.outbox),
        care=g.care,
        casting=g.casting,
        chats=Chats(store, clock, accounts, g.casting),
        compacting=Compacting(store, clock, house=house, disk=g.disk),
        contacts=Contacts(store, clock),
        digest_making=digest_making,
        digest_telling=digest_telling,
        digests=digests,
        disk=g.disk,
        erasing=Erasing(store, clock, g.media.remove, account=accounts.find),
        commands=owner.commands,
        heartbeat=owner.heartbeat,
        following=Following(store, clock, kept, alone=needs.alone),
        holding=g.holding,
        importance=g.importance,
        intake=g.intake,
        knowledge=g.knowledge,
        link_pages=pages,
        media=g.media,
        model_choices=ModelChoices(store, clock, accounts=accounts, casting=g.casting, check=needs.check_model),
        operators=operators,
        outbox=g.outbox,
        own_alerts=OwnAlertsBook(store),
        own_chat=owner.own_chat,
        pausing=g.pausing,
        paces=Paces(store, clock, needs.channels.values()),
        personas=needs.personas,
        retention=Retention(store, clock, house=house, media=g.media, in_need=lambda: g.disk.trouble is not None),
        promises=Promises(store, clock, house),
        reminders=g.reminders,
        sending=Sending(store, clock, accounts, file_of=g.media.file_of, outages=outages),
        sharing=Sharing(store, accounts, operators.rights),
        signatures=Signatures(store, clock, accounts),
        sweeping=Sweeping(store, clock, accounts, outages=outages, missing=missing),
        telling=telling,
        turns=_turns(needs, g, booking["appointments"]),
        urgents=urgents,
        vanishing=Vanishing(store, clock, g.media.remove),
        watching=Watching(clock, accounts),
    )
