"""Whatever is broken in a body, nothing is raised and no untouched neighbour is lost. The chance is seeded."""

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from frontdesk.channels.base import NotADocument
from frontdesk.channels.cloud import CloudChannel
from frontdesk.domain.wire import Damaged, Event, Inbound, Notice

CLOUD = Path(__file__).resolve().parents[2] / "corpus" / "cloud"
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    2**63,
    1e308,
    "",
    " ",
    "\0",
    "x" * 3000,
    "9" * 40,
    "é\u200d",
    [],
    {},
    [[[[]]]],
    {"id": {"id": {"id": 1}}},
    ["wamid.x", None, 5],
    {"body": ["x"]},
]
NEIGHBOUR = {"from": "12025550143", "id": "wamid.NEIGHBOUR", "timestamp": "1790000000", "type": "text"}
UNREAD = "This could not be read"

channel = CloudChannel()


def samples() -> list[Any]:
    found = []
    for path in sorted(CLOUD.glob("*.json")):
        if path.name == "_index.json":
            continue
        try:
            found.append(orjson.loads(path.read_bytes()))
        except orjson.JSONDecodeError:
            continue
    return [sample for sample in found if isinstance(sample, dict) and sample.get("entry")]


SAMPLES = samples()


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
    holder, key = chance.choice(list(places(value)))
    act = chance.randrange(4)
    if act == 0:
        del holder[key]
    elif act == 1:
        holder[key] = copy.deepcopy(chance.choice(ODD))
    elif act == 2:
        holder[key] = [holder[key]]
    else:
        holder[key] = {"value": holder[key]}


def events(document: Any) -> list[Event]:
    return [event for delivery in channel.parse(orjson.dumps(document)) for event in delivery.events]


@pytest.mark.parametrize("seed", range(40))
def test_broken_bodies_never_raise_and_are_never_left_unread(seed: int) -> None:
    chance = random.Random(seed)
    for sample in SAMPLES:
        broken = copy.deepcopy(sample)
        for _ in range(chance.randint(1, 4)):
            if list(places(broken)):
                break_one_thing(broken, chance)
        for event in events(broken):
            assert not (isinstance(event, Damaged) and event.reason.startswith(UNREAD)), event
            orjson.dumps(event.content if isinstance(event, Inbound | Notice) else None)


@pytest.mark.parametrize("seed", range(20))
def test_broken_message_never_costs_its_neighbours(seed: int) -> None:
    chance = random.Random(seed)
    for sample in SAMPLES:
        message = (sample["entry"][0].get("changes") or [{}])[0].get("value", {}).get("messages")
        if not message:
            continue
        broken = copy.deepcopy(sample)
        victim = copy.deepcopy(message[0])
        for _ in range(chance.randint(1, 6)):
            if list(places(victim)):
                break_one_thing(victim, chance)
        broken["entry"][0]["changes"][0]["value"]["messages"] = [NEIGHBOUR, victim, NEIGHBOUR]
        found = [one for one in events(broken) if isinstance(one, Inbound) and one.external_id == "wamid.NEIGHBOUR"]
        assert len(found) == 2


@pytest.mark.parametrize("seed", range(20))
def test_cut_and_flipped_bytes_are_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    for path in sorted(CLOUD.glob("*.json")):
        body = bytearray(path.read_bytes())
        for _ in range(chance.randint(1, 5)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        if chance.random() < 0.2:
            del body[chance.randrange(len(body)) :]
        try:
            channel.parse(bytes(body))
        except NotADocument:
            continue
