"""What goes on while two chats become one goes on in the one that is left, and is told to those who look on."""

import asyncio
from functools import partial
from pathlib import Path

from intake_line import balances, quiet_line

from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.live import LiveType
from frontdesk.domain.messages import PLACEHOLDER
from frontdesk.domain.turns import Action, TurnOutput
from frontdesk.domain.wire import AddressChange, MediaRef, NameChange
from frontdesk.kit.clock import MINUTE, SECOND
from frontdesk.kit.errors import Retryable
from frontdesk.testing.clock import until
from frontdesk.testing.desk import ANA, FakeLine, fake_line
from frontdesk.testing.think import FakeThink

USER = "GB.5510"
PHONE = Address(AddressKind.PHONE, ANA)
UNITED = AddressChange(
    (PHONE,), (Address(AddressKind.USER, USER),)
)  # no message comes along that has a turn of its own


async def test_the_second_of_two_answers_goes_out_when_the_chats_become_one_during_the_first(tmp_path: Path) -> None:
    think = FakeThink("ok", TurnOutput(Action.REPLY, ("one", "two"), model="fake"))
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("by phone", who=ANA))
        await line.idle()
        line.channel.gate = asyncio.Event()
        await line.arrive(line.message("by user id", who=USER))
        await until(lambda: line.channel.under_way == 1)
        await line.arrive(UNITED)
        line.channel.gate.set()
        await line.idle()
        await line.pass_time(SECOND)
        assert line.channel.texts == ["ok", "one", "two"]
        assert {status for _, status in await line.out()} == {"sent"}
        assert await line.jobs("deliver") == []


async def test_what_a_turn_looks_at_when_its_chat_dissolves_is_answered(tmp_path: Path) -> None:
    think = FakeThink()
    async with fake_line(tmp_path, think=think) as line:
        await line.arrive(line.message("by phone", who=ANA))
        await line.idle()
        think.gate = asyncio.Event()
        await line.arrive(line.message("by user id", who=USER))
        await until(lambda: think.under_way == 1)
        await line.arrive(UNITED)
        think.gate.set()
        await line.idle()
        await line.pass_time(2 * MINUTE)
        assert [text for text, _ in await line.out()] == ["ok", "ok"]
        assert think.pending() == ["by user id"]
        assert {decision for _, decision, _ in await line.decisions()} == {"answered"}
        assert await line.jobs("turn") == []


async def test_two_sends_under_way_when_the_chats_become_one_leave_no_doubt(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        for who in (ANA, USER):
            await line.arrive(line.message(who=who))
        line.channel.gate = asyncio.Event()
        for number, who in enumerate((ANA, USER), 1):
            await line.desk.outbox.write((await line.chat(who)).id, by="api", text=f"to {who}")
            await until(partial(_under_way, line, number))
        await line.arrive(UNITED)
        line.channel.gate.set()
        await line.idle()
        assert {status for _, status in await line.out()} == {"sent"}
        assert set(line.channel.texts) == {f"to {ANA}", f"to {USER}"}
        assert await line.alerts() == []


async def test_a_send_that_has_to_wait_waits_in_the_chat_that_is_left(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        for who in (ANA, USER):
            await line.arrive(line.message(who=who))
        line.channel.gate = asyncio.Event()
        line.channel.script.append(Retryable("Later, please.", after=5 * SECOND, scope="chat"))
        await line.desk.outbox.write((await line.chat(USER)).id, by="api", text="Hello")
        await until(lambda: line.channel.under_way == 1)
        await line.arrive(UNITED)
        line.channel.gate.set()
        await line.idle()
        assert (await line.chat()).blocked_until == line.clock.now() + 5 * SECOND
        await line.pass_time(5 * SECOND)
        assert await line.out() == [("Hello", "sent")]


async def test_an_alert_on_the_dissolved_chat_is_closed_as_its_own_are(tmp_path: Path) -> None:
    asks = TurnOutput(Action.HAND_OVER, ("A colleague will answer.",), model="fake", hand_over_reason="A refund.")
    async with fake_line(tmp_path, think=FakeThink("ok", asks)) as line:
        await line.arrive(line.message("by phone", who=ANA))
        await line.idle()
        await line.arrive(line.message("by user id", who=USER))
        await line.idle()
        await line.arrive(UNITED)
        chat = await line.chat()
        assert [(alert.kind, alert.chat_id) for alert in await line.alerts()] == [("hand_over", chat.id)]
        await line.desk.holding.hand_back(chat.id, by="api")
        assert await line.alerts() == []


async def test_alerts_of_one_matter_on_both_chats_are_one(tmp_path: Path) -> None:
    asks = [TurnOutput(Action.HAND_OVER, ("One moment.",), model="fake", hand_over_reason="A refund.")] * 2
    async with fake_line(tmp_path, think=FakeThink(*asks)) as line:
        for who in (ANA, USER):
            await line.arrive(line.message(who=who))
            await line.idle()
        assert len(await line.alerts()) == 2
        await line.arrive(UNITED)
        chat = await line.chat()
        assert [(alert.kind, alert.chat_id) for alert in await line.alerts()] == [("hand_over", chat.id)]
        await line.desk.holding.hand_back(chat.id, by="api")
        assert await line.alerts() == []


async def test_listeners_are_told_into_which_chat_another_went(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        for who in (ANA, USER):
            await line.arrive(line.message(who=who))
        gone = await line.chat(USER)
        await line.arrive(UNITED)
        (told,) = line.happened(LiveType.CHAT_MERGED)
        assert told.payload == {"chat_id": gone.id, "into": (await line.chat()).id}


async def test_a_place_that_is_kept_for_what_the_other_chat_holds_goes(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        await line.arrive(line.message("Hello", who=ANA, external_id="x"))
        await line.arrive(line.message("(unread)", who=USER, external_id="x", kind=PLACEHOLDER))
        await line.arrive(line.message("(unread)", who=ANA, external_id="y", kind=PLACEHOLDER))
        await line.arrive(line.message("How are you?", who=USER, external_id="y"))
        await line.arrive(UNITED)
        assert [row.text for row in await line.messages()] == ["Hello", "How are you?"]
        await balances(line)


async def test_the_file_of_a_message_that_both_hold_hangs_on_nothing_that_is_gone(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        hidden = Address(AddressKind.LID, "4477009")
        for who in (ANA, "4477009@lid"):
            photo = MediaRef("901", mime="image/jpeg")
            await line.arrive(line.message(None, who=who, kind="image", media=photo, external_id="x"))
        await line.arrive(AddressChange((PHONE,), (hidden,)))
        (row,) = await line.messages()
        assert {file.message_id for file in await line.files()} == {row.id, None}
        await balances(line)


async def test_a_chat_takes_the_name_of_the_person_it_turns_out_to_be_with(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        await line.arrive(NameChange((PHONE,), "Ana (plumber)"))  # known, and without a chat
        await line.arrive(line.message(who=USER, name=None))
        await line.arrive(UNITED)
        assert (await line.chat()).name == "Ana (plumber)"


async def test_two_arrivals_at_once_that_bring_the_pair_together_merge_once(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        for who in (ANA, USER):
            await line.arrive(line.message(who=who))
        both = [line.message(f"both {number}", who=(ANA, USER)) for number in range(6)]
        await asyncio.gather(*(line.arrive(one) for one in both), *(line.arrive(UNITED) for _ in range(3)))
        assert len(await line.chats()) == 1
        assert len(await line.messages()) == 8
        assert len(line.happened(LiveType.CHAT_MERGED)) == 1
        await balances(line)


async def test_a_member_of_groups_is_one_person_there_too(tmp_path: Path) -> None:
    async with quiet_line(tmp_path) as line:
        await line.arrive(line.message("in the group", who=USER, group="120363@g.us"))
        await line.arrive(line.message("alone", who=ANA))
        await line.arrive(UNITED)
        assert {row.contact_id for row in await line.messages()} == {(await line.chat(ANA)).contact_id}


def _under_way(line: FakeLine, sends: int) -> bool:
    return line.channel.under_way == sends
