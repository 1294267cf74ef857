"""What every page shows around its own content: who looks, the numbers on the rail, the theme."""

from dataclasses import dataclass
from typing import Any

from fastapi import Request

from frontdesk.desk.chats import may_answer
from frontdesk.desk.own_alerts import own_alerts
from frontdesk.domain.accounts import State
from frontdesk.domain.command_answers import moment
from frontdesk.domain.operators import Scope
from frontdesk.domain.own_alerts import told_from
from frontdesk.store import pages_house
from frontdesk.store.pages import Counts
from frontdesk.store.pages_house import Actors
from frontdesk.store.rows import AccountRow
from frontdesk.store.store import Read
from frontdesk.web.auth import rooms_of
from frontdesk.web.inbox import words
from frontdesk.web.inbox.cards import Look
from frontdesk.web.inbox.templating import THEMES
from frontdesk.web.inbox.visitor import Visitor
from frontdesk.web.rooms import Rooms
from frontdesk.web.standing import rests

_DOWN = frozenset({State.LOGGED_OUT, State.ACTION_REQUIRED, State.DISCONNECTED, State.QR_PENDING})


@dataclass(frozen=True, slots=True)
class Setting:
    """The house as this request finds it."""

    rooms: Rooms
    visitor: Visitor
    look: Look
    counts: Counts
    accounts: list[AccountRow]
    open_alerts: int
    due_reminders: int


async def setting_of(request: Request, visitor: Visitor, read: Read) -> Setting:
    """Read what every page needs."""
    rooms = rooms_of(request)
    around = await pages_house.surroundings(read, visitor.id, visitor.sight)
    return Setting(
        rooms=rooms,
        visitor=visitor,
        look=await _look(rooms, visitor, around.actors, read),
        counts=around.counts,
        accounts=around.lines,
        open_alerts=around.open_alerts,
        due_reminders=around.due_reminders,
    )


async def look_of(rooms: Rooms, visitor: Visitor, read: Read) -> Look:
    """Who looks, when, and whom the names belong to."""
    return await _look(rooms, visitor, await pages_house.actors(read), read)


async def _look(rooms: Rooms, visitor: Visitor, actors: Actors, read: Read) -> Look:
    return Look(
        now=rooms.clock.now(),
        zone=rooms.house().timezone,
        operator_id=visitor.id,
        operators={row.id: row.name for row in actors.people},
        real={name: channel.capabilities.real for name, channel in rooms.channels.items()},
        writers=frozenset(row.id for row in actors.people if may_answer(row)),
        sights=actors.sights,
        keys={row.id: row.name for row in actors.keys},
        own_chats=await rooms.desk.own_chat.numbers.chat_ids(read),
        paused=await rooms.desk.pausing.state(read),
    )


def page_values(request: Request, setting: Setting, here: str) -> dict[str, Any]:
    """The values of the shell around a page."""
    operator = setting.visitor.operator
    return {
        "visitor": operator,
        "visitor_hue": words.hue(operator.id),
        "visitor_initials": words.initials(operator.name) or operator.login[:1].upper(),
        "csrf": setting.visitor.csrf,
        "theme": theme_of(request),
        "here": here,
        "waiting_count": setting.counts.unanswered,
        "alert_count": setting.open_alerts,
        "reminder_count": setting.due_reminders,
        "lines_down": any(_is_down(setting.rooms, account) for account in setting.accounts),
        "simulator_link": "/phone" if setting.rooms.standin is not None else "",
        "disk_trouble": setting.rooms.desk.disk.trouble,
        "is_admin": setting.visitor.role.value == "admin",
        "may_begin": setting.visitor.may(Scope.WRITE),
        "paused": _paused(setting),
        "told_from": told_from(own_alerts(operator), setting.rooms.house().urgent),
    }


def _paused(setting: Setting) -> dict[str, Any] | None:
    """The pause of the whole house for its banner; `may_end`: whether who looks may end it."""
    paused, look, visitor = setting.look.paused, setting.look, setting.visitor
    if paused is None:
        return None
    until = moment("en", paused.until, now=look.now, zone=look.zone) if paused.until is not None else ""
    return {"until": until, "may_end": visitor.may(Scope.WRITE) and visitor.sight is None}


def _is_down(rooms: Rooms, row: AccountRow) -> bool:
    return State(row.state) in _DOWN and not rests(rooms, row)


def door_values(request: Request) -> dict[str, Any]:
    """The values of a page for those who are not signed in."""
    return {"visitor": None, "csrf": "", "theme": theme_of(request)}


def theme_of(request: Request) -> str:
    """The theme that was chosen in this browser; empty: as the system."""
    chosen = request.cookies.get("frontdesk_theme", "")
    return chosen if chosen in THEMES else ""
