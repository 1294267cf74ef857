"""Meta may repeat a secret of a line in its words: no error, no state and no event carries it on."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import cloud_graph
import orjson
import pytest
import pytest_asyncio
from cloud_graph import OURS, Desk, Graph, sending_to

from frontdesk.channels.cloud.redaction import HIDDEN, clear
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import MediaFile, MediaRef, Seen
from frontdesk.kit.errors import LoggedOut, PluginError

pytestmark = pytest.mark.asyncio(loop_scope="module")
graph = cloud_graph.graph

SECRETS = {"access_token": "EAAtoken-secret-123", "app_secret": "the-app-secret", "verify_token": "our-word"}
FOREIGN = "EAAGm0PX4ZCpsBAKZCd5"
SAID = f"Malformed {' '.join(SECRETS.values())} {FOREIGN}"
ERRORS = [
    {"message": SAID, "code": 190},
    {"message": "No.", "code": 190, "error_data": {"details": SAID}},
    {"message": "No.", "code": 131000, "error_user_msg": SAID},
    {"message": SAID, "code": 100},
    {"message": SAID, "code": 4},
]


@pytest_asyncio.fixture(loop_scope="module")
async def desk(graph: Graph) -> AsyncIterator[Desk]:
    async with sending_to(graph, **SECRETS) as desk:
        yield desk


def _is_clean(text: object) -> bool:
    return not any(secret in str(text) for secret in (*SECRETS.values(), FOREIGN))


@pytest.mark.parametrize("error", ERRORS)
async def test_no_answer_to_a_message_brings_a_secret_into_its_error(desk: Desk, error: dict[str, Any]) -> None:
    desk.graph.answers = [(401, {"error": error})]
    refused = await desk.refused()
    assert _is_clean(refused.sentence)
    assert HIDDEN in refused.sentence


async def test_a_cleared_error_still_says_what_meta_said(desk: Desk) -> None:
    words = "Malformed access token EAAtoken-secret-123"
    desk.graph.answers = [(401, {"error": {"message": words, "code": 190}})]
    refused = await desk.refused()
    assert isinstance(refused, LoggedOut)
    assert refused.sentence.endswith(f"Meta says: Malformed access token {HIDDEN}")


@pytest.mark.parametrize("error", ERRORS)
async def test_no_state_of_the_line_holds_a_secret(desk: Desk, error: dict[str, Any]) -> None:
    desk.graph.answers = [(401, {"error": error})]
    state = await desk.connect()
    assert state.state in (State.ACTION_REQUIRED, State.CONNECTED)
    assert _is_clean(state.reason)


async def test_no_refused_file_holds_a_secret(desk: Desk, tmp_path: Path) -> None:
    desk.graph.answers = [(401, {"error": ERRORS[0]})]
    file = tmp_path / "a.png"
    file.write_bytes(b"a picture")
    assert _is_clean((await desk.refused(kind="image", media=MediaFile(file, "image/png", 9))).sentence)
    with pytest.raises(PluginError) as caught:
        await desk.channel.fetch(desk.line, MediaRef("m1"), tmp_path / "in", limit=100)
    assert _is_clean(caught.value.sentence)
    with pytest.raises(PluginError) as caught:
        await desk.channel.mark_read(desk.line, Seen("wamid.1"))
    assert _is_clean(caught.value.sentence)


async def test_no_error_of_a_webhook_holds_a_secret(desk: Desk) -> None:
    status = {"id": "wamid.9", "status": "failed", "recipient_id": "447700900123", "errors": [ERRORS[1]]}
    odd = {"id": "wamid.3", "from": "447700900123", "type": "unsupported", "errors": [ERRORS[0]]}
    value = {
        "metadata": {"phone_number_id": OURS},
        "errors": ERRORS,
        "statuses": [status],
        "messages": [odd, {"errors": ERRORS}],
    }
    past = {"metadata": {"phone_number_id": OURS}, "history": [{"errors": ERRORS}]}
    changes = [{"field": "messages", "value": value}, {"field": "history", "value": past}]
    body = orjson.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]})
    desk.channel.verify(body, {}, [desk.line])
    deliveries = desk.channel.parse(body)
    assert sum(len(delivery.events) for delivery in deliveries) == 9
    assert _is_clean(deliveries)


async def test_what_a_person_wrote_is_kept_as_it_is(desk: Desk) -> None:
    message = {"id": "wamid.4", "from": "447700900123", "type": "text", "text": {"body": f"errors: {SAID}"}}
    value = {"metadata": {"phone_number_id": OURS}, "messages": [message]}
    changes = [{"field": "messages", "value": value}]
    body = orjson.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]})
    desk.channel.verify(body, {}, [desk.line])
    assert SAID in str(desk.channel.parse(body))


async def test_the_address_of_a_file_is_not_an_error_and_stays_whole(desk: Desk, tmp_path: Path) -> None:
    url = f"{desk.graph.base}/file/{FOREIGN}"
    desk.graph.answers = [(200, {"url": url, "mime_type": "text/plain"}), (200, "words")]
    fetched = await desk.channel.fetch(desk.line, MediaRef("m1"), tmp_path / "in", limit=100)
    assert fetched.size == 5
    assert desk.graph.asked[-1][1].endswith(FOREIGN)


async def test_words_that_only_begin_like_a_token_stay() -> None:
    assert clear("EAA is short. EAAshort too.") == "EAA is short. EAAshort too."
    assert clear(f"Bad token {FOREIGN}.") == f"Bad token {HIDDEN}."
