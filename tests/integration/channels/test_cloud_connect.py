"""What Meta says of a line when it connects."""

from typing import Any

import cloud_graph
import pytest
from cloud_graph import OURS, Desk, at, error

from frontdesk.domain.accounts import State
from frontdesk.domain.wire import LineState, Sent

pytestmark = pytest.mark.asyncio(loop_scope="module")
graph, desk = cloud_graph.graph, cloud_graph.desk


async def test_line_with_a_good_token_is_connected_with_its_number(desk: Desk) -> None:
    desk.graph.answers = [(200, {"display_phone_number": "+351 21 000 0100", "quality_rating": "GREEN", "id": OURS})]
    assert await desk.connect() == LineState(State.CONNECTED, phone="351210000100")
    assert [state.state for state in desk.states] == [State.CONNECTING, State.CONNECTED]
    assert desk.graph.asked[0][:2] == ("GET", f"/v26.0/{OURS}")


async def test_low_quality_is_said_at_connecting(desk: Desk) -> None:
    desk.graph.answers = [(200, {"display_phone_number": "351210000100", "quality_rating": "RED"})]
    assert "quality" in ((await desk.connect()).reason or "")


@pytest.mark.parametrize("code", [0, 190, 10, 200, 299, 3, 33, 131005, 131031, 133010])
async def test_line_that_meta_refuses_asks_for_action(desk: Desk, code: int) -> None:
    desk.graph.answers = [(400, error(code))]
    state = await desk.connect()
    assert state.state is State.ACTION_REQUIRED
    assert state.reason


async def test_number_that_is_not_there_asks_for_action(desk: Desk) -> None:
    missing = error(100)
    missing["error"]["error_subcode"] = 33
    desk.graph.answers = [(400, missing)]
    assert (await desk.connect()).state is State.ACTION_REQUIRED


@pytest.mark.parametrize(
    "answer",
    [(404, ""), (400, "{}"), (200, "[]"), (500, "<html>"), (400, error(100)), (400, error(4)), (200, {}), (401, "")],
)
async def test_line_that_cannot_be_checked_counts_as_connected(desk: Desk, answer: tuple[int, Any]) -> None:
    desk.graph.answers = [answer]
    state = await desk.connect()
    assert state.state is State.CONNECTED
    assert (state.reason is not None) == (answer != (200, {}))


async def test_network_down_does_not_stop_the_line() -> None:
    async with at("http://127.0.0.1:1/v26.0") as desk:
        state = await desk.connect()
    assert state.state is State.CONNECTED
    assert "could not be checked" in (state.reason or "")


async def test_closing_twice_and_disconnecting_harm_nothing(desk: Desk) -> None:
    await desk.channel.disconnect(desk.line)
    await desk.channel.close()
    await desk.channel.close()
    assert await desk.send() == Sent("wamid.OUT1")
