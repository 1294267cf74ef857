"""Accounts: the lines of the installation. Secrets go in and never come out."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import ConfigDict, Field
from starlette.responses import Response

from frontdesk.desk.accounts import Account as Present
from frontdesk.desk.line_codes import NOTHING
from frontdesk.domain.operators import LineAct, in_sight
from frontdesk.kit import qr
from frontdesk.kit.clock import to_iso
from frontdesk.web.api.deps import not_kept, problems
from frontdesk.web.api.shapes import Given, Items, Shape, left_out
from frontdesk.web.auth import Caller, Reader, RoomsOf, needs
from frontdesk.web.rooms import Rooms
from frontdesk.web.standing import next_of, standing

router = APIRouter(prefix="/accounts", tags=["accounts"], responses=problems(404), dependencies=[Depends(not_kept)])


class NewAccount(Given):
    """A line to add. `options` are those of its channel; see the reference of channels."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "channel": "cloud",
                "name": "Clinic",
                "options": {"phone_number_id": "106540352242922", "access_token": "EAAG…", "app_secret": "…"},
            }
        }
    )

    channel: str = Field(max_length=40)
    name: str = Field(max_length=80)
    options: dict[str, Any] = Field(default_factory=dict)
    owner_id: str | None = None


class AccountChange(Given):
    """What to set; what is left out stays, also within `options`. Null or an empty text takes the owner away."""

    name: str = Field(default_factory=left_out, max_length=80)
    options: dict[str, Any] = Field(default_factory=left_out)
    owner_id: str | None = None


class PhoneToLink(Given):
    """The phone on which the code is going to be typed."""

    model_config = ConfigDict(json_schema_extra={"example": {"phone": "+351 912 345 678"}})

    phone: str = Field(max_length=40)


class Account(Shape):
    """One line. In `options`, a secret shows only whether it is set."""

    id: str
    channel: str
    name: str
    owner_id: str | None
    phone: str | None
    line_ref: str | None
    state: str
    sentence: str
    next_step: str | None
    options: dict[str, Any]
    from_settings: bool
    created_at: str | None
    last_connected_at: str | None
    last_disconnected_at: str | None
    last_seen_at: str | None
    blocked_until: str | None


class LinkPage(Shape):
    """The address of a page that links one line. Whoever has it sees the code."""

    url: str
    expires_at: str | None


class LineStatus(Shape):
    """How a line stands, what to do next, and what to scan or to type on the phone while it is linked.

    `qr` is a PNG as a data URL, `qr_text` what is inside it. The codes are shown to those who may connect the line.
    """

    id: str
    channel: str
    state: str
    sentence: str
    next_step: str | None
    phone: str | None
    qr: str | None
    qr_text: str | None
    qr_expires_at: str | None
    pairing_code: str | None
    pairing_code_expires_at: str | None
    last_connected_at: str | None
    last_disconnected_at: str | None
    last_seen_at: str | None


def _shape(rooms: Rooms, account: Present) -> Account:
    row = account.row
    return Account(
        id=row.id,
        channel=row.channel,
        name=row.name,
        owner_id=row.owner_id,
        phone=row.phone,
        line_ref=row.line_ref,
        state=row.state,
        sentence=standing(rooms, account),
        next_step=next_of(rooms, account),
        options=rooms.desk.accounts.visible_options(account),
        from_settings=row.from_settings,
        created_at=to_iso(row.created_at),
        last_connected_at=to_iso(row.last_connected_at),
        last_disconnected_at=to_iso(row.last_disconnected_at),
        last_seen_at=to_iso(row.last_seen_at),
        blocked_until=to_iso(row.blocked_until),
    )


async def _status(rooms: Rooms, account_id: str, caller: Caller) -> LineStatus:
    account = rooms.desk.accounts.get(account_id)
    row, now = account.row, rooms.clock.now()
    shown = rooms.desk.accounts.qr(account_id) if caller.may(LineAct.CONNECT.scope) else None
    shown = shown or NOTHING
    text = shown.qr if shown.has_qr(now) else None
    code = shown.pairing_code if shown.has_pairing_code(now) else None
    return LineStatus(
        id=row.id,
        channel=row.channel,
        state=row.state,
        sentence=standing(rooms, account),
        next_step=next_of(rooms, account),
        phone=row.phone,
        qr=await asyncio.to_thread(qr.picture, text) if text else None,
        qr_text=text,
        qr_expires_at=to_iso(shown.expires_at) if text else None,
        pairing_code=code,
        pairing_code_expires_at=to_iso(shown.pairing_expires_at) if code else None,
        last_connected_at=to_iso(row.last_connected_at),
        last_disconnected_at=to_iso(row.last_disconnected_at),
        last_seen_at=to_iso(row.last_seen_at),
    )


async def _known_owner(rooms: Rooms, owner_id: str | None) -> None:
    if owner_id:
        await rooms.desk.operators.get(owner_id)


@router.get("", summary="List the lines")
async def list_accounts(caller: Reader, rooms: RoomsOf) -> Items[Account]:
    """All that the caller sees."""
    seen = [account for account in rooms.desk.accounts.all() if in_sight(caller.sight, account.row.id)]
    return Items(items=[_shape(rooms, account) for account in seen])


@router.post("", status_code=201, summary="Add a line", responses=problems(409))
async def add(
    caller: Annotated[Caller, needs(LineAct.ADD.scope)], rooms: RoomsOf, new: NewAccount, response: Response
) -> Account:
    """It is not connected yet: `POST …/connect` does that."""
    accounts = rooms.desk.accounts
    await _known_owner(rooms, new.owner_id)
    account_id = await accounts.add(new.channel, name=new.name, options=new.options, owner_id=new.owner_id)
    response.headers["Location"] = f"/api/v1/accounts/{account_id}"
    return _shape(rooms, accounts.get(account_id))


@router.get("/{account_id}", summary="One line")
async def get(caller: Reader, rooms: RoomsOf, account_id: str) -> Account:
    """With its options, without its secrets."""
    return _shape(rooms, rooms.desk.accounts.get(account_id))


@router.patch("/{account_id}", summary="Change a line's name, owner or options")
async def change(
    caller: Annotated[Caller, needs(LineAct.CHANGE.scope)], rooms: RoomsOf, account_id: str, change: AccountChange
) -> Account:
    """New options hold at once."""
    accounts = rooms.desk.accounts
    await _known_owner(rooms, change.owner_id)
    given = change.model_dump(exclude_unset=True)
    if "owner_id" in given:
        given["owner_id"] = given["owner_id"] or ""
    await accounts.change(account_id, **given)
    return _shape(rooms, accounts.get(account_id))


@router.delete("/{account_id}", status_code=204, summary="Remove a line", responses=problems(409))
async def remove(caller: Annotated[Caller, needs(LineAct.REMOVE.scope)], rooms: RoomsOf, account_id: str) -> None:
    """Its secrets are deleted. Its chats and messages stay."""
    await rooms.desk.accounts.remove(account_id)


@router.get("/{account_id}/status", summary="How a line stands")
async def status(caller: Reader, rooms: RoomsOf, account_id: str) -> LineStatus:
    """With the code to scan or to type on the phone, while one waits for it; for who may connect the line."""
    return await _status(rooms, account_id, caller)


@router.post("/{account_id}/connect", status_code=202, summary="Bring a line up")
async def connect(
    caller: Annotated[Caller, needs(LineAct.CONNECT.scope)], rooms: RoomsOf, account_id: str
) -> LineStatus:
    """Asked again while it is up, nothing happens. Where the code to scan has run out, another one is asked for."""
    await rooms.desk.accounts.connect(account_id)
    return await _status(rooms, account_id, caller)


@router.post("/{account_id}/pair", summary="Link a line by a code that is typed on the phone", responses=problems(409))
async def pair(
    caller: Annotated[Caller, needs(LineAct.CONNECT.scope)], rooms: RoomsOf, account_id: str, given: PhoneToLink
) -> LineStatus:
    """Starts a line that is down, and answers when `pairing_code` is there. Asked again, the same code is given."""
    await rooms.desk.accounts.pair_by_code(account_id, given.phone)
    return await _status(rooms, account_id, caller)


@router.post(
    "/{account_id}/link-page", summary="A page on which a line is linked without signing in", responses=problems(409)
)
async def link_page(
    caller: Annotated[Caller, needs(LineAct.CHANGE.scope)], rooms: RoomsOf, account_id: str
) -> LinkPage:
    """For the owner of a phone that is elsewhere. It links this line and does nothing else, until it is connected."""
    page = rooms.desk.link_pages.make(account_id)
    return LinkPage(url=page.url, expires_at=to_iso(page.expires_at))


@router.post("/{account_id}/disconnect", summary="Take a line down")
async def disconnect(
    caller: Annotated[Caller, needs(LineAct.DISCONNECT.scope)], rooms: RoomsOf, account_id: str
) -> LineStatus:
    """What it needs to come back is kept."""
    await rooms.desk.accounts.disconnect(account_id)
    return await _status(rooms, account_id, caller)


@router.post("/{account_id}/logout", summary="Log a line out", responses=problems(409))
async def log_out(
    caller: Annotated[Caller, needs(LineAct.LOG_OUT.scope)], rooms: RoomsOf, account_id: str
) -> LineStatus:
    """Its credentials are removed, here and on the phone. It has to be linked again to be used."""
    await rooms.desk.accounts.log_out(account_id)
    return await _status(rooms, account_id, caller)
