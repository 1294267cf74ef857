"""What arrives is stored once, with the right person, in the right place, whatever comes with it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.domain.accounts import State
from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.live import LiveType
from frontdesk.domain.messages import Status
from frontdesk.domain.wire import (
    AddressChange,
    Damaged,
    Delivery,
    Event,
    Inbound,
    MediaRef,
    NameChange,
    Notice,
    Receipt,
    Sender,
)
from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND
from frontdesk.store.store import StoreUnavailable
from frontdesk.store.tables import contacts
from frontdesk.testing.desk import ANA, NUMBER, FakeLine, fake_line

QUIET = """
[buffer]
quiet_seconds = 60
cap_seconds = 120
[[persona]]
name = "Front desk"
trusted = true
agent_mode = "auto"
"""


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    """Answers are a minute away, so that what arrives is seen as it was stored."""
    async with fake_line(tmp_path, config=QUIET) as line:
        yield line


async def _balances(line: FakeLine) -> None:
    balance = await line.balance()
    assert balance.balanced, balance


# Duplicates


async def test_a_message_twice_in_one_batch_is_stored_once(line: FakeLine) -> None:
    message = line.message("Hi")
    await line.arrive(message, message)
    assert [row.text for row in await line.messages()] == ["Hi"]
    assert (await line.chat()).unread == 1
    assert (await line.balance()).duplicate == 1
    await _balances(line)


async def test_a_message_that_comes_again_later_is_stored_once(line: FakeLine) -> None:
    message = line.message("Hi")
    await line.arrive(message)
    line.clock.advance(HOUR)
    await line.arrive(message)
    assert len(await line.messages()) == 1
    assert (await line.chat()).unread == 1
    await _balances(line)


async def test_a_repeat_beside_new_messages_is_told_apart(line: FakeLine) -> None:
    first, second, third = (line.message(text) for text in ("one", "two", "three"))
    await line.arrive(first, second)
    await line.arrive(second, third)
    assert [row.text for row in await line.messages()] == ["one", "two", "three"]
    assert (await line.chat()).unread == 3
    await _balances(line)


async def test_many_callers_at_once_store_each_message_once(line: FakeLine) -> None:
    given = [line.message(f"{n}") for n in range(20)]
    await asyncio.gather(*(line.arrive(given[n % 20]) for n in range(60)))
    assert len(await line.messages()) == 20
    assert (await line.balance()).duplicate == 40
    await _balances(line)


async def test_the_same_id_of_another_kind_is_not_a_duplicate(line: FakeLine) -> None:
    await line.arrive(line.message("Hi", external_id="x"))
    await line.arrive(line.message("👍", external_id="x", kind="reaction", content={"target": "x"}))
    assert [row.kind for row in await line.messages()] == ["text", "reaction"]


async def test_the_same_id_in_another_chat_is_not_a_duplicate(line: FakeLine) -> None:
    await line.arrive(line.message("Hi", external_id="x"), line.message("Hi", external_id="x", who="447700900999"))
    assert len(await line.messages()) == 2


# People


async def test_a_person_is_known_by_phone_and_by_user_id_and_by_both(line: FakeLine) -> None:
    await line.arrive(line.message("both", who=(ANA, "GB.551")))
    await line.arrive(line.message("phone", who=ANA))
    await line.arrive(line.message("user id", who="GB.551"))
    assert len(await line.chats()) == 1


async def test_a_person_without_a_phone_has_a_chat(line: FakeLine) -> None:
    await line.arrive(line.message("Hi", who="GB.551", name=None, username="ana.f"))
    assert (await line.chat("GB.551")).name == "ana.f"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("5511987654321", "551187654321"),  # Brazil: the ninth digit
        ("5215512345678", "525512345678"),  # Mexico: the 1 after 52
        ("5491123456789", "541123456789"),  # Argentina: the 9 after 54
    ],
)
@pytest.mark.parametrize("batches", [1, 2])
async def test_both_forms_of_a_number_are_one_person(line: FakeLine, first: str, second: str, batches: int) -> None:
    events = [line.message("one", who=first), line.message("two", who=second)]
    if batches == 1:
        await line.arrive(*events)
    else:
        await line.arrive(events[0])
        await line.arrive(events[1])
    assert len(await line.chats()) == 1


async def test_a_name_is_kept_and_follows_the_person(line: FakeLine) -> None:
    await line.arrive(line.message(name="Ana"))
    await line.arrive(line.message(name="Ana Ferreira"))
    await line.arrive(line.message(name=None))
    assert (await line.chat()).name == "Ana Ferreira"


async def test_a_name_given_by_the_desk_is_not_overwritten(line: FakeLine) -> None:
    await line.arrive(line.message(name="Ana"))
    await line.desk.chats.change((await line.chat()).id, by="opr", name="Mrs Ferreira")
    await line.arrive(line.message(name="Annie"))
    assert (await line.chat()).name == "Mrs Ferreira"


async def test_the_address_book_names_and_unnames_a_person(line: FakeLine) -> None:
    await line.arrive(line.message(name="Ana"))
    phone = (Address(AddressKind.PHONE, ANA),)
    await line.arrive(NameChange(phone, "Ana (plumber)"))
    assert (await line.chat()).name == "Ana (plumber)"
    await line.arrive(NameChange(phone, None))
    assert (await line.chat()).name == "Ana"


async def test_the_address_book_finds_a_person_under_the_other_form_of_a_number(line: FakeLine) -> None:
    await line.arrive(line.message(who="551187654321"))
    await line.arrive(NameChange((Address(AddressKind.PHONE, "5511987654321"),), "Bia"))
    assert (await line.chat("551187654321")).name == "Bia"


async def test_a_new_number_leads_to_the_same_person(line: FakeLine) -> None:
    await line.arrive(line.message("from the old one"))
    new = Address(AddressKind.PHONE, "447700900777")
    await line.arrive(AddressChange((Address(AddressKind.PHONE, ANA),), (new,)))
    await line.arrive(line.message("from the new one", who="447700900777"))
    assert len(await line.chats()) == 1


async def test_a_person_known_from_a_group_keeps_the_given_name_in_a_chat_of_the_own(line: FakeLine) -> None:
    await line.arrive(line.message("in the group", group="120363@g.us"))
    await line.arrive(NameChange((Address(AddressKind.PHONE, ANA),), "Ana (plumber)"))
    await line.arrive(line.message("alone", name="annie"))
    assert (await line.chat()).name == "Ana (plumber)"


# Groups


async def test_a_group_is_one_chat_with_many_senders(line: FakeLine) -> None:
    group = "120363@g.us"
    await line.arrive(
        line.message("a", group=group), line.message("b", who="447700900999", group=group), line.message("alone")
    )
    assert len(await line.chats()) == 2
    in_group = [row for row in await line.messages() if row.chat_id == (await line.chat(group)).id]
    assert len({row.contact_id for row in in_group}) == 2


async def test_a_member_of_a_group_whom_the_channel_does_not_name_makes_no_contact(line: FakeLine) -> None:
    for _ in range(3):
        await line.arrive(line.message("who am I", who=(), group="120363@g.us"))
    assert [row.contact_id for row in await line.messages()] == [None, None, None]
    async with line.store.read() as read:
        assert await read.scalars(contacts.select()) == []


async def test_a_message_that_names_nobody_is_a_dead_letter(line: FakeLine) -> None:
    await line.arrive(line.message("who am I", who=()))
    assert [dead.reason for dead in await line.dead()] == ["It does not say who wrote."]
    await _balances(line)


# Time and order


@pytest.mark.parametrize("at", [None, 0, -5, 1_795_000_000_000 + 3 * DAY])
async def test_a_time_that_cannot_be_is_the_moment_of_arrival(line: FakeLine, at: int | None) -> None:
    await line.arrive(line.message("Hi", at=at))
    chat, (row,) = await line.chat(), await line.messages()
    assert row.provider_time == chat.last_message_at == chat.last_inbound_at == line.clock.now()
    assert chat.last_text == "Hi"


async def test_a_clock_that_runs_ahead_opens_no_longer_window(line: FakeLine) -> None:
    await line.arrive(line.message("Hi", at=line.clock.now() + HOUR))
    assert (await line.chat()).last_inbound_at == line.clock.now()


async def test_a_late_message_finds_its_place_and_leaves_the_preview(line: FakeLine) -> None:
    now = line.clock.now()
    await line.arrive(line.message("second", at=now))
    await line.arrive(line.message("first", at=now - MINUTE))
    chat = await line.chat()
    assert [row.text for row in await line.messages()] == ["first", "second"]
    assert (chat.last_text, chat.last_message_at, chat.last_inbound_at) == ("second", now, now)


async def test_history_is_stored_and_never_answered(line: FakeLine) -> None:
    await line.arrive(line.message("long ago", history=True, at=line.clock.now() - HOUR))
    assert await line.decisions() == [("long ago", "refused", "history")]
    chat = await line.chat()
    assert (chat.unread, chat.waiting_since, chat.last_text) == (0, None, "long ago")
    assert await line.jobs("turn") == []
    await _balances(line)


# Edits, deletions, reactions


async def test_an_edit_changes_the_message_and_tells_its_own_id(line: FakeLine) -> None:
    await line.arrive(line.message("Helo", external_id="x"))
    await line.arrive(line.message("Hello", kind="edit", content={"target": "x"}))
    message = (await line.messages())[0]
    assert (message.text, message.edited_at) == ("Hello", line.clock.now())
    assert message.id in {live.payload["id"] for live in line.happened(LiveType.MESSAGE_CHANGED)}


async def test_an_older_edit_that_comes_late_changes_nothing(line: FakeLine) -> None:
    now = line.clock.now()
    await line.arrive(line.message("one", external_id="x"))
    await line.arrive(line.message("three", kind="edit", content={"target": "x"}, at=now + 2 * SECOND))
    await line.arrive(line.message("two", kind="edit", content={"target": "x"}, at=now + SECOND))
    assert next(row.text for row in await line.messages() if row.external_id == "x") == "three"


async def test_an_edit_in_the_same_batch_as_its_message_is_applied(line: FakeLine) -> None:
    await line.arrive(
        line.message("Helo", external_id="x"), line.message("Hello", kind="edit", content={"target": "x"})
    )
    assert next(row.text for row in await line.messages() if row.external_id == "x") == "Hello"


async def test_a_message_that_was_taken_back_is_not_answered(line: FakeLine) -> None:
    await line.arrive(line.message("secret", external_id="x"))
    await line.arrive(line.message(None, kind="revoke", content={"target": "x"}))
    message = (await line.messages())[0]
    assert (message.revoked_at, message.decision, message.gate_reason) == (line.clock.now(), "refused", "revoked")
    await _balances(line)


async def test_a_reaction_asks_for_no_answer(line: FakeLine) -> None:
    await line.arrive(line.message("👍", kind="reaction", content={"target": "x"}))
    assert await line.decisions() == [("👍", "refused", "kind")]
    assert await line.jobs("turn") == []


# The buffer


async def test_a_burst_is_one_turn_that_moves_up_to_its_cap(line: FakeLine) -> None:
    began = line.clock.now()
    for _ in range(5):
        await line.arrive(line.message())
        line.clock.advance(29 * SECOND)
    (job,) = await line.jobs("turn")
    assert job.due_at == began + 120 * SECOND


async def test_a_new_chat_is_marked_by_its_persona_and_wakes_the_runner(line: FakeLine) -> None:
    await line.arrive(line.message())
    chat, (job,) = await line.chat(), await line.jobs("turn")
    assert (chat.trusted, chat.agent_mode, chat.waiting_since) == (True, "auto", line.clock.now())
    assert job.due_at == line.clock.now() + 60 * SECOND


# Echoes


async def test_what_the_owner_types_on_the_phone_holds_the_chat_and_ends_the_waiting(line: FakeLine) -> None:
    await line.arrive(line.message("Open?"))
    line.clock.advance(SECOND)
    await line.arrive(line.message("Yes", typed_on_phone=True))
    chat = await line.chat()
    assert (chat.held_by, chat.held_until) == ("phone", line.clock.now() + 240 * MINUTE)
    assert (chat.waiting_since, chat.unread) == (None, 0)
    written = (await line.messages("outbound"))[0]
    assert (written.author, written.status, written.decision, written.contact_id) == ("phone", "sent", None, None)
    await _balances(line)


async def test_who_writes_again_behind_the_phone_in_one_batch_still_waits(line: FakeLine) -> None:
    now = line.clock.now()
    await line.arrive(
        line.message("Open?", at=now),
        line.message("Yes", typed_on_phone=True, at=now + SECOND),
        line.message("And now?", at=now + 2 * SECOND),
    )
    chat = await line.chat()
    assert (chat.waiting_since, chat.unread) == (now + 2 * SECOND, 1)


async def test_an_answer_from_the_phone_that_is_told_late_ends_no_waiting(line: FakeLine) -> None:
    now = line.clock.now()
    await line.arrive(line.message("And now?", at=now))
    await line.arrive(line.message("Yes", typed_on_phone=True, at=now - MINUTE))
    assert (await line.chat()).waiting_since == now


async def test_an_echo_of_what_we_sent_is_no_news(line: FakeLine) -> None:
    await line.arrive(line.message("Open?"))
    chat = await line.chat()
    await line.desk.outbox.write(chat.id, by="api", text="Yes")
    await line.idle()
    held = (await line.chat()).held_by
    (ours,) = await line.messages("outbound")
    await line.arrive(line.message("Yes", typed_on_phone=True, external_id=ours.external_id))
    assert len(await line.messages("outbound")) == 1
    assert (await line.chat()).held_by == held
    await _balances(line)


async def test_the_phones_receipts_that_came_first_are_applied(line: FakeLine) -> None:
    await line.arrive(line.message("Open?"))
    await line.receipt("x", Status.READ)
    await line.arrive(line.message("Yes", typed_on_phone=True, external_id="x"))
    await line.idle()
    assert [row.status for row in await line.messages("outbound")] == ["read"]


# What cannot be stored


async def test_poison_is_buried_and_its_neighbours_are_stored(line: FakeLine) -> None:
    poison = Inbound("bad", "text", Sender((Address(AddressKind.PHONE, "\ud800"),)), text="x", at=line.clock.now())
    await line.arrive(line.message("before"), poison, line.message("after"))
    assert [row.text for row in await line.messages()] == ["before", "after"]
    (dead,) = await line.dead()
    assert dead.reason.startswith("Could not be stored: ")
    assert "bad" in dead.raw
    await _balances(line)


async def test_poison_of_one_caller_harms_no_other(line: FakeLine) -> None:
    poison = Inbound("bad", "text", Sender((Address(AddressKind.PHONE, "\ud800"),)), text="x", at=line.clock.now())
    await asyncio.gather(*(line.arrive(event) for event in (line.message("a"), poison, line.message("b"))))
    assert sorted(row.text or "" for row in await line.messages()) == ["a", "b"]
    assert len(await line.dead()) == 1


async def test_nul_and_lone_surrogates_are_kept_safe(line: FakeLine) -> None:
    await line.arrive(line.message("a\0b\ud800c", name="A\ud800", content={"title": "\ud800"}))
    (row,) = await line.messages()
    assert (row.text, (await line.chat()).name, row.content) == ("a␀b\ufffdc", "A\ufffd", '{"title": "\ufffd"}')
    assert await line.dead() == []


async def test_what_is_damaged_is_kept_with_its_reason(line: FakeLine) -> None:
    await line.arrive(line.message("fine"), Damaged("no id", '{"broken": "\ud800"}'))
    (dead,) = await line.dead()
    assert (dead.reason, dead.raw, dead.account_id) == ("no id", '{"broken": "\ufffd"}', line.account_id)
    await _balances(line)


@pytest.mark.parametrize("event", ["message", "receipt", "change"])
async def test_what_is_for_an_unknown_line_is_a_dead_letter(line: FakeLine, event: str) -> None:
    events: dict[str, Event] = {
        "message": line.message(),
        "receipt": Receipt("x", Status.SENT),
        "change": AddressChange((), ()),
    }
    await line.arrive(events[event], number="999")
    (dead,) = await line.dead()
    assert dead.reason == "No account here has the line 999."
    assert dead.messages == (event == "message")
    await _balances(line)


async def test_what_is_not_authentic_for_its_line_is_a_dead_letter(line: FakeLine) -> None:
    await line.desk.intake.receive("fake", [Delivery(NUMBER, (line.message(),))], allowed=frozenset())
    assert len(await line.dead()) == 1
    assert await line.messages() == []
    await _balances(line)


async def test_while_the_store_is_away_nothing_is_stored_and_the_caller_is_told(line: FakeLine, tmp_path: Path) -> None:
    line.store._writer._wire._pragmas["busy_timeout"] = 1  # not to wait ten seconds for the lock
    await line.store._writer._wire.reopen()
    async with _locked(line):
        results = await asyncio.gather(*(line.arrive(line.message()) for _ in range(3)), return_exceptions=True)
        assert {type(result) for result in results} == {StoreUnavailable}
    assert await line.messages() == []
    await line.arrive(line.message("again"))
    assert [row.text for row in await line.messages()] == ["again"]
    await _balances(line)


async def test_a_caller_who_goes_away_harms_nobody_else(line: FakeLine) -> None:
    async with _blocked(line):
        tasks = [asyncio.create_task(line.arrive(line.message(f"{n}"))) for n in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        await asyncio.sleep(0)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(results[1], asyncio.CancelledError)
    assert [results[0], results[2]] == [None, None]
    assert len(await line.messages()) == 3


# What is said about the line


async def test_a_notice_is_kept_and_raises_one_alert(line: FakeLine) -> None:
    notice = Notice("quality", {"event": "DOWNGRADE"}, alert="The quality has fallen.", severe=True)
    await line.arrive(notice)
    await line.arrive(notice)
    (alert,) = await line.alerts()
    assert (alert.sentence, alert.count, alert.severe) == ("The quality has fallen.", 2, True)


async def test_a_receipt_that_stops_the_line_stops_it(line: FakeLine) -> None:
    await line.receipt("x", Status.FAILED, error="The account is banned.", stops_line=True)
    await line.becomes(State.ACTION_REQUIRED)
    assert await line.state() == (State.ACTION_REQUIRED, "The account is banned.")
    assert [alert.kind for alert in await line.alerts()] == ["line"]


async def test_a_file_is_fetched_beside_its_message(line: FakeLine) -> None:
    line.channel.files["m1"] = b"%PDF-1.4 hello"
    await line.arrive(
        line.message(None, kind="document", media=MediaRef("m1", "application/pdf", name="a\ud800.pdf", size=14))
    )
    await line.idle()
    (file,), (row,) = await line.files(), await line.messages()
    assert (file.state, file.message_id, file.name, row.media_id) == ("stored", row.id, "a\ufffd.pdf", file.id)


# Helpers


class _locked:  # noqa: N801 - reads as a word
    """Another program holds the database's lock."""

    def __init__(self, line: FakeLine) -> None:
        import sqlite3

        self._connection = sqlite3.connect(line.house.built.settings.database_url.removeprefix("sqlite:///"))

    async def __aenter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    async def __aexit__(self, *_: object) -> None:
        self._connection.rollback()
        self._connection.close()


class _blocked:  # noqa: N801 - reads as a word
    """The one writer is busy."""

    def __init__(self, line: FakeLine) -> None:
        self._begin = line.store.begin()

    async def __aenter__(self) -> None:
        await self._begin.__aenter__()

    async def __aexit__(self, *_: object) -> None:
        await self._begin.__aexit__(None, None, None)
