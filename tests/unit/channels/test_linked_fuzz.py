"""Whatever is broken in an event of a child, nothing is raised and nothing comes out that cannot be kept."""

import copy
import random
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from linked_protobufs import AT, IN_GROUP, OWN, message, neo, past, plain, source
from test_linked_reading_groups import old
from test_linked_reading_kinds import KINDS, QUIET

from frontdesk.channels.linked.reading import EVENTS, read
from frontdesk.domain.wire import Damaged, Inbound

ODD: list[Any] = [
    None, True, 0, -1, 2**63, 1e308, float("nan"), "", " ", "\0", "\ud800", "x" * 3000, "9" * 40, "é\u200d", [], {},
    [[[[]]]], {"User": {"User": 1}}, ["x", None, 5], {"message": {"message": []}}, "@", "1@lid", {"ID": []},
]  # fmt: skip
NEIGHBOUR = plain(old("neighbour", AT))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container and key below a value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield value, key
            yield from places(item)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield value, index
            yield from places(item)


def break_one_thing(value: Any, chance: random.Random) -> None:
    found = list(places(value))
    if not found:
        return
    holder, key = chance.choice(found)
    act = chance.randrange(4)
    if act == 0:
        del holder[key]
    else:
        was = holder[key]
        holder[key] = (copy.deepcopy(chance.choice(ODD)), [was], {"value": was})[act - 1]


def samples() -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = [("message", message(row[1])) for row in KINDS]
    found += [("message", message(row[1])) for row in QUIET]
    found.append(("receipt", plain(neo.Receipt(MessageSource=source(), MessageIDs=["A"], Timestamp=AT, Type="READ"))))
    found.append(("typing", plain(neo.ChatPresence(MessageSource=source(), State="COMPOSING"))))
    found.append(("sent", {"our_id": "msg_1", "external_id": "3EB0X", "timestamp": AT}))
    people = [neo.GroupParticipant(JID=IN_GROUP, LID=IN_GROUP, PhoneNumber=IN_GROUP)]
    found.append(("group_info", plain(neo.GroupInfo(JID=IN_GROUP, Participants=people))))
    joined = neo.GroupInfoEvent(JID=IN_GROUP, Sender=IN_GROUP, Timestamp=AT, Join=[IN_GROUP])
    found.append(("group_change", plain(joined)))
    told = past.Conversation(ID="55@lid", messages=[old("a", AT), old("b", AT)])
    return [*found, ("history", {"conversation": plain(told), "pushnames": [{"ID": "55@lid", "pushname": "Ana"}]})]


SAMPLES = samples()


@pytest.mark.parametrize("seed", range(60))
def test_broken_events_never_raise_and_can_be_kept(seed: int) -> None:
    chance = random.Random(seed)
    for event, sample in SAMPLES:
        broken = copy.deepcopy(sample)
        for _ in range(chance.randint(1, 5)):
            break_one_thing(broken, chance)
        for found in read(event, broken, OWN):
            assert not (isinstance(found, Damaged) and found.reason.startswith("This could not be read")), found
            if isinstance(found, Inbound):
                assert found.external_id
                assert found.sender.addresses or found.group
                orjson.dumps([found.content, found.text, found.reply_to, found.media and found.media.remote_id])


@pytest.mark.parametrize("event", sorted(EVENTS))
@pytest.mark.parametrize("odd", ODD, ids=lambda odd: type(odd).__name__)
def test_event_that_is_no_object_is_never_raised(event: str, odd: Any) -> None:
    for given in (odd, {"Info": odd, "Message": odd, "conversation": odd, "JID": odd, "MessageSource": odd}):
        for found in read(event, given, OWN):
            assert isinstance(found, Damaged)


@pytest.mark.parametrize("seed", range(20))
def test_broken_message_of_the_past_never_costs_its_neighbours(seed: int) -> None:
    chance = random.Random(seed)
    victim = plain(old("victim", AT))
    for _ in range(chance.randint(1, 6)):
        break_one_thing(victim, chance)
    told = {"conversation": {"ID": "55@lid", "messages": [NEIGHBOUR, victim, NEIGHBOUR]}, "pushnames": None}
    kept = [found for found in read("history", told, OWN) if isinstance(found, Inbound)]
    assert [found.text for found in kept].count("neighbour") == 2


def test_wrappers_without_end_do_not_break_the_reader() -> None:
    held: dict[str, Any] = {"conversation": "inside"}
    for _ in range(5_000):
        held = {"ephemeralMessage": {"message": held}}
    given = message(KINDS[0][1]) | {"Message": held}
    (found,) = read("message", given, OWN)
    assert isinstance(found, Inbound)
    assert found.text == "inside"
