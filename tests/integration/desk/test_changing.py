"""A person at the desk reacts to a message, edits one, deletes it: the message shows it once it went out."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from unofficial_line import say, unofficial_line

from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.domain.changes import DELETED_WITHIN, EDITED_WITHIN
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import Sent
from frontdesk.kit.clock import SECOND
from frontdesk.kit.errors import Rejected
from frontdesk.store import messages
from frontdesk.store.rows import MessageRow
from frontdesk.testing.desk import ANA, FakeLine

GROUP = "120363000000000001@g.us"


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with unofficial_line(tmp_path) as line:
        yield line


async def change(line: FakeLine, kind: str, target: Any, *, text: str | None = None, who: str = ANA) -> Any:
    """An operator does this; what became of it so far."""
    content = {"target": target} | ({"emoji": "👍"} if kind == "reaction" else {})
    chat = await line.chat(who)
    made = await line.desk.outbox.write(chat.id, by="api", text=text, kind=kind, content=content)
    await line.pass_time(SECOND)
    return made


async def row(line: FakeLine, message_id: str) -> MessageRow:
    async with line.store.read() as read:
        found = await messages.by_id(read, message_id)
    assert found is not None
    return found


async def theirs(line: FakeLine) -> MessageRow:
    """What Ana wrote."""
    chat = await line.chat()
    return next(one for one in await line.messages("inbound") if one.chat_id == chat.id)


async def test_an_edit_shows_at_its_message_once_it_went_out(line: FakeLine) -> None:
    said = await say(line, "Until sixx")
    line.channel.script.append(Rejected("No."))
    await change(line, "edit", said, text="Until nine")
    assert ((await row(line, said)).text, (await row(line, said)).edited_at) == ("Until sixx", None)
    await change(line, "edit", said, text="Until six")
    assert (await row(line, said)).text == "Until six"
    assert (await row(line, said)).edited_at is not None
    assert line.channel.sent[-1].content["target"] == (await row(line, said)).external_id
    assert (await line.chat()).last_text == "Until six"


async def test_a_deletion_shows_at_its_message_once_it_went_out(line: FakeLine) -> None:
    said = await say(line, "Oops")
    await change(line, "revoke", (await row(line, said)).external_id)
    assert (await row(line, said)).revoked_at is not None
    assert (await line.chat()).last_text == "[revoke]"
    with pytest.raises(Conflict, match="is gone"):
        await change(line, "edit", said, text="Better")


@pytest.mark.parametrize("proof", ["the person says so", "a receipt"])
async def test_a_deletion_of_unknown_fate_shows_once_it_is_known_to_have_arrived(line: FakeLine, proof: str) -> None:
    said = await say(line, "Oops")
    line.channel.script.append(Sent(None, "The line was cut."))
    made = await change(line, "revoke", said)
    assert (await row(line, said)).revoked_at is None
    if proof == "a receipt":
        await line.receipt("elsewhere", Status.DELIVERED, our_id=made)
    else:
        await line.desk.outbox.settle(made, sent=True, by="api")
    assert (await row(line, said)).revoked_at is not None


async def test_who_only_reacts_has_not_answered(line: FakeLine) -> None:
    before = await line.chat()
    assert before.waiting_since is not None
    await change(line, "reaction", (await theirs(line)).id)
    after = await line.chat()
    assert (after.waiting_since, after.held_by, after.last_text) == (before.waiting_since, None, before.last_text)
    assert line.channel.sent[-1].content == {"emoji": "👍", "target": (await theirs(line)).external_id}


async def test_what_came_from_them_is_neither_edited_nor_deleted(line: FakeLine) -> None:
    for kind, text in (("edit", "Hi"), ("revoke", None)):
        with pytest.raises(Conflict, match="sent from here"):
            await change(line, kind, (await theirs(line)).id, text=text)


async def test_in_a_group_that_we_may_lead_the_message_of_a_member_is_deleted(line: FakeLine) -> None:
    await line.arrive(line.message("Buy now!", external_id="spam", group=GROUP))
    await change(line, "revoke", "spam", who=GROUP)
    (spam,) = [one for one in await line.messages("inbound") if one.external_id == "spam"]
    assert spam.revoked_at is not None


@pytest.mark.parametrize(
    ("kind", "text", "within", "why"),
    [("edit", "Better", EDITED_WITHIN, "15 minutes"), ("revoke", None, DELETED_WITHIN, "60 hours")],
)
async def test_after_whatsapps_time_it_is_too_late(
    line: FakeLine, kind: str, text: str | None, within: int, why: str
) -> None:
    said = await say(line, "Oops")
    line.clock.advance(within + SECOND)
    with pytest.raises(Conflict, match=why):
        await change(line, kind, said, text=text)


async def test_a_target_is_named_and_in_this_chat(line: FakeLine) -> None:
    elsewhere = await say(line, "Hi", who="447700900999")
    with pytest.raises(NotFound, match="not in this chat"):
        await change(line, "reaction", elsewhere)
    for none in (None, "", 7, ["x"]):
        with pytest.raises(Invalid, match="target"):
            await change(line, "revoke", none)
    await change(line, "reaction", "not-known-here")
    assert line.channel.sent[-1].content["target"] == "not-known-here"


async def test_what_has_not_gone_out_is_not_changed(line: FakeLine) -> None:
    line.channel.script.append(Rejected("No."))
    with pytest.raises(Conflict, match="not gone out"):
        await change(line, "revoke", await say(line, "Oops"))


async def test_the_api_takes_our_id_and_gives_the_same_message_for_the_same_key(line: FakeLine) -> None:
    said = await say(line, "Oops")
    body = {"kind": "revoke", "content": {"target": said}, "idempotency_key": "k"}
    made = [(await line.house.http.post(f"/api/v1/chats/{ANA}/messages", json=body)) for _ in range(2)]
    assert [answer.status_code for answer in made] == [202, 202], [answer.text for answer in made]
    assert made[0].json()["id"] == made[1].json()["id"]
    other = {**body, "content": {"target": (await theirs(line)).id}}
    assert (await line.house.http.post(f"/api/v1/chats/{ANA}/messages", json=other)).status_code == 409
