"""What arrives belongs to the right person, by whichever names they come, and to the right group."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from intake_line import balances, quiet_line

from frontdesk.domain.addresses import Address, AddressKind
from frontdesk.domain.wire import AddressChange, Called, NameChange, Sender
from frontdesk.kit.clock import DAY, HOUR
from frontdesk.store.tables import contacts
from frontdesk.testing.desk import ANA, FakeLine


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[FakeLine]:
    async with quiet_line(tmp_path) as line:
        yield line


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


async def test_a_number_that_a_hidden_person_shares_leads_to_the_same_chat(line: FakeLine) -> None:
    await line.arrive(line.message("Hi", who="GB.551"))
    user, phone = Address(AddressKind.USER, "GB.551"), Address(AddressKind.PHONE, ANA)
    await line.arrive(line.message(None, kind="contacts", who="GB.551"), AddressChange((user,), (phone,)))
    await line.arrive(line.message("Hi again", who=ANA))
    assert len(await line.chats()) == 1


async def test_a_person_known_from_a_group_keeps_the_given_name_in_a_chat_of_the_own(line: FakeLine) -> None:
    await line.arrive(line.message("in the group", group="120363@g.us"))
    await line.arrive(NameChange((Address(AddressKind.PHONE, ANA),), "Ana (plumber)"))
    await line.arrive(line.message("alone", name="annie"))
    assert (await line.chat()).name == "Ana (plumber)"


async def test_a_call_opens_the_window_of_the_person_and_makes_no_message(line: FakeLine) -> None:
    await line.arrive(line.message("Hi", at=line.clock.now() - 2 * DAY))
    rang_at = line.clock.now() - HOUR
    await line.arrive(Called(Sender((Address(AddressKind.PHONE, ANA),)), rang_at))
    assert (await line.chat()).last_inbound_at == rang_at
    assert len(await line.messages()) == 1


async def test_a_call_never_moves_the_window_back_or_into_the_future(line: FakeLine) -> None:
    who = Sender((Address(AddressKind.PHONE, ANA),))
    wrote_at = line.clock.now() - HOUR
    await line.arrive(line.message("Hi", at=wrote_at), Called(who, wrote_at - HOUR))
    assert (await line.chat()).last_inbound_at == wrote_at
    await line.arrive(Called(who, line.clock.now() + DAY))
    assert (await line.chat()).last_inbound_at == line.clock.now()


async def test_a_call_of_somebody_unknown_is_no_chat_and_no_dead_letter(line: FakeLine) -> None:
    await line.arrive(Called(Sender((Address(AddressKind.PHONE, ANA),)), None))
    assert await line.chats() == []
    await balances(line)


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
    await balances(line)
