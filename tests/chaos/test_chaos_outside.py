"""Those outside the house in a run: the stand-ins with their moods, and clocks that are wrong."""

import asyncio
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from frontdesk.testing.chaos import model, wrong_clock
from frontdesk.testing.chaos.graph import Graph, Mood
from frontdesk.testing.chaos.houses import Member
from frontdesk.testing.clock import until

MESSAGE = {"to": "447700900123", "type": "text", "text": {"body": "Noted: #000007."}, "biz_opaque_callback_data": "m"}


async def _sent(graph: Graph) -> httpx2.Response:
    async with graph.wires.serving() as url, httpx2.AsyncClient(trust_env=False, timeout=5) as client:
        return await client.post(f"{url}/330000000000451/messages", json=MESSAGE)


async def test_a_fine_graph_takes_a_message_and_gives_its_id() -> None:
    graph = Graph(random.Random(1))
    answer = await _sent(graph)
    (taken,) = graph.taken
    assert answer.json()["messages"][0]["id"] == taken.external_id
    assert (taken.our_id, taken.line_ref, taken.tags, taken.said) == ("m", "330000000000451", ["000007"], True)


@pytest.mark.parametrize(("mood", "status"), [(Mood.BUSY, 429), (Mood.BROKEN, 500)])
async def test_a_graph_that_refuses_takes_nothing(mood: Mood, status: int) -> None:
    graph = Graph(random.Random(1), mood)
    answer = await _sent(graph)
    assert (answer.status_code, graph.taken) == (status, [])
    assert "code" in answer.json()["error"]


@pytest.mark.parametrize(("mood", "takes"), [(Mood.DROPS, True), (Mood.REFUSES, False)])
async def test_a_graph_that_cuts_the_connection_may_have_taken_the_message(mood: Mood, takes: bool) -> None:
    graph = Graph(random.Random(1), mood)
    with pytest.raises(httpx2.HTTPError):
        await _sent(graph)
    assert [one.said for one in graph.taken] == ([False] if takes else [])


async def test_a_graph_that_answers_html_says_nothing_of_what_it_took() -> None:
    graph = Graph(random.Random(1), Mood.HTML)
    answer = await _sent(graph)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html")


async def test_who_waits_for_a_silent_model_is_cut_off_when_its_mood_changes() -> None:
    silent = model.Model(random.Random(1), model.Mood.HANGS)
    async with silent.wires.serving() as url, httpx2.AsyncClient(trust_env=False, timeout=20) as client:
        waiting = asyncio.create_task(client.post(f"{url}/v1/chat/completions", json={"messages": []}))
        await until(lambda: silent.asked == 1)
        assert not waiting.done()
        silent.be(model.Mood.FINE)
        with pytest.raises(httpx2.HTTPError):
            await waiting


def test_a_program_goes_by_the_clock_that_is_set_for_it(tmp_path: Path) -> None:
    shutil.copy(wrong_clock.__file__, tmp_path / "sitecustomize.py")
    (tmp_path / "clock").write_text("-3600")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), wrong_clock.VARIABLE: str(tmp_path / "clock")}
    asked = [sys.executable, "-c", "import time; print(time.time(), time.time_ns())"]
    said = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True).stdout.split()
    assert float(said[0]) == pytest.approx(time.time() - 3600, abs=60)
    assert int(said[1]) / 1e9 == pytest.approx(time.time() - 3600, abs=60)


def test_a_program_that_ends_by_itself_is_told_from_one_that_was_killed(tmp_path: Path) -> None:
    member = Member("wrong", ["no-such-command"], dict(os.environ), tmp_path)
    member.start()
    member.kill()
    member.start()
    assert member.gave_up == []
    assert member.child is not None
    member.child.wait()
    member.start()
    assert member.gave_up == [2]
    member.kill()
