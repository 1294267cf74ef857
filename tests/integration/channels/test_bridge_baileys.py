"""The adapter for Baileys in `examples/`, in a real Node, with a stand-in for the library that behaves as it does."""

import shlex
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from bridge_line import ANA, BridgeLine
from test_bridge_node import REFERENCE, node

from frontdesk.domain.wire import Inbound, Outbound
from frontdesk.kit.errors import Retryable

HERE = Path(__file__).parent
JID = "447700900123@s.whatsapp.net"
GROUP = "120363000000000001@g.us"
PACKAGE = {"name": "baileys", "version": "6.17.16", "type": "module", "main": "index.js"}


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[BridgeLine]:
    place = tmp_path / "bridge"
    library = place / "node_modules" / "baileys"
    library.mkdir(parents=True)
    (library / "package.json").write_bytes(orjson.dumps(PACKAGE))
    shutil.copy(HERE / "fake_baileys.mjs", library / "index.js")
    for name in ("baileys.mjs", "frontdesk-bridge.mjs"):
        shutil.copy(REFERENCE.parent / name, place)
    line = BridgeLine(tmp_path, command=shlex.join([node(), "baileys.mjs"]), folder=str(place))
    await line.connect()
    yield line
    await line.channel.close()


def arrived(number: int, message: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A message as the library hands it over."""
    key = {"remoteJid": JID, "fromMe": False, "id": f"IN{number}", **more.pop("key", {})}
    return {"key": key, "messageTimestamp": 1_795_000_000, "pushName": "Ana", "message": message, **more}


async def arrive(line: BridgeLine, *messages: dict[str, Any], count: int) -> list[Inbound]:
    """Let messages arrive; gives the newest of what was handed over, once it is so many."""
    (Path(line.line.options.folder) / "arrive.json").write_bytes(orjson.dumps(messages))
    before = len(line.deliveries)
    await line.send("arrive")
    await line.heard(before + count)
    return [one for one in line.events if isinstance(one, Inbound)][-count:]


def sent(line: BridgeLine) -> list[dict[str, Any]]:
    """What was given to the library to send."""
    text = (Path(line.line.options.folder) / "sent.jsonl").read_bytes()
    return [orjson.loads(one) for one in text.splitlines()]


async def test_texts_are_read_wherever_the_library_puts_them(line: BridgeLine) -> None:
    quoting = {"extendedTextMessage": {"text": "And on Monday?", "contextInfo": {"stanzaId": "IN1"}}}
    picture = {"imageMessage": {"caption": "Look", "mimetype": "image/png"}}
    told = await arrive(
        line,
        arrived(1, {"conversation": "Hello"}),
        arrived(2, {"ephemeralMessage": {"message": quoting}}),
        arrived(3, {"viewOnceMessageV2": {"message": picture}}),
        arrived(4, picture, broken=True),
        count=4,
    )
    assert [one.text for one in told] == ["Hello", "And on Monday?", "Look", "Look"]
    assert [one.kind for one in told] == ["text", "text", "image", "image"]
    assert told[1].reply_to == "IN1"
    assert "media/" in told[2].media.remote_id if told[2].media else False
    assert told[3].media is not None, "a file that cannot be fetched is still seen"


async def test_changes_are_told_as_changes_and_what_is_no_message_is_not_told(line: BridgeLine) -> None:
    key = {"id": "IN1", "remoteJid": JID}
    edit = {"key": key, "type": 14, "editedMessage": {"extendedTextMessage": {"text": "Hello there"}}}
    told = await arrive(
        line,
        arrived(1, {"senderKeyDistributionMessage": {}, "messageContextInfo": {}}),
        arrived(2, {"editedMessage": {"message": {"protocolMessage": edit}}}),
        arrived(3, {"protocolMessage": {"key": key, "type": 0}}),
        arrived(4, {"pollUpdateMessage": {}}),
        arrived(5, {"reactionMessage": {"key": key, "text": "👍"}}),
        count=3,
    )
    assert [(one.kind, one.text, one.content["target"]) for one in told] == [
        ("edit", "Hello there", "IN1"),
        ("revoke", None, "IN1"),
        ("reaction", "👍", "IN1"),
    ]


async def test_who_is_quoted_and_reacted_to_in_a_group_is_named(line: BridgeLine) -> None:
    key = {"remoteJid": GROUP, "participant": JID}
    await arrive(line, arrived(1, {"conversation": "Hello all"}, key=key), count=1)
    await line.channel.send(line.line, Outbound("m1", (ANA,), "text", "Hello", reply_to="IN1"))
    reaction = Outbound("m2", (ANA,), "reaction", content={"target": "IN1", "emoji": "👍"})
    await line.channel.send(line.line, reaction)
    answer, thumb = sent(line)[-2:]
    assert answer["quoted"]["key"]["participant"] == JID
    assert answer["quoted"]["message"] == {"conversation": "Hello all"}
    assert thumb["content"]["react"]["key"]["participant"] == JID
    assert answer["own"] is False, "what is sent here must not come back as typed on the phone"


async def test_what_could_not_go_out_is_tried_again_later(line: BridgeLine) -> None:
    with pytest.raises(Retryable):
        await line.send("away")
    assert (await line.send("Hello")).external_id
