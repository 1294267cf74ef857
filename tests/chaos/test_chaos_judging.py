"""What the judges of a run look for, they find."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from frontdesk.testing.chaos import judging
from frontdesk.testing.chaos.graph import Graph, Taken
from frontdesk.testing.chaos.houses import House
from frontdesk.testing.chaos.judging import Rows, World
from frontdesk.testing.chaos.plan import Shape
from frontdesk.testing.chaos.players import LINES, Meta, Operators, Text, Town


class Still(House):
    """A house that was never opened."""

    shape = Shape.EMBEDDED
    roles = ()


@dataclass
class Scene:
    """One text that was answered, as it should be."""

    world: World
    inbound: list[tuple[Any, ...]] = field(default_factory=list)
    outbound: list[tuple[Any, ...]] = field(default_factory=list)
    jobs: list[tuple[Any, ...]] = field(default_factory=list)
    doubts: set[str] = field(default_factory=set)

    @property
    def rows(self) -> Rows:
        """What is in the database."""
        return Rows(self.inbound, self.outbound, self.jobs, self.doubts, {"wrk_alive"})

    def all(self) -> list[str]:
        """What every judge of rows says."""
        world, rows = self.world, self.rows
        found = [*judging._stored(world, rows), *judging._ordered(world, rows), *judging._decided(world, rows)]
        found += [*judging._sent_once(world, rows), *judging._answers_in_order(world), *judging._doubts(rows)]
        found += [*judging._operators(world, rows), *judging._told(world)]
        return found + judging._stuck(rows, int(time.time() * 1000), moving=False)

    def says(self, tag: str, at: int, *, answer: str | None = None) -> None:
        """A text comes in, and perhaps an answer goes out."""
        self.world.town.texts.append(Text(tag, LINES[0], "447700000001", at))
        self.inbound.append((f"#{tag} Hello?", "answered", f"trn_{tag}", "cht_1", at, f"msg_in_{tag}"))
        self.world.meta.first_tried[tag], self.world.meta.carried[tag] = at, at + 0.5
        if answer is not None:
            self.outbound.append((answer, f"trn_{tag}", "sent", "cht_1", f"Noted: #{tag}.", "agent", None, None))
            self.leaves(answer, f"Noted: #{tag}.")

    def leaves(self, our_id: str, text: str) -> None:
        """A message reaches the Graph API."""
        taken = self.world.graph.taken
        taken.append(Taken(0.0, len(taken), LINES[0], "447700000001", text, our_id, f"wamid.{len(taken)}", said=True))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    meta = Meta((), Random(1))
    graph, town = Graph(Random(1)), Town(meta, Random(1))
    operators = Operators((), "key", Random(1), lambda _: None)
    scene = Scene(World(Still(tmp_path / "house", "", "", ""), graph, meta, town, operators))
    scene.says("000001", 100, answer="msg_a")
    scene.says("000002", 200, answer="msg_b")
    return scene


def test_a_run_in_which_all_holds_has_no_fault(scene: Scene) -> None:
    assert scene.all() == []


def test_a_text_that_is_lost_or_stored_twice_is_found(scene: Scene) -> None:
    scene.inbound.append(scene.inbound[1])
    del scene.inbound[0]
    assert ["stored 0 times" in one or "stored 2 times" in one for one in scene.all()] == [True, True]


def test_a_chat_that_is_out_of_order_is_found(scene: Scene) -> None:
    scene.inbound.reverse()
    (found,) = scene.all()
    assert "not in order" in found


@pytest.mark.parametrize("decision", [None, "pending"])
def test_a_text_without_a_decision_is_found(scene: Scene, decision: str | None) -> None:
    scene.inbound[0] = (scene.inbound[0][0], decision, *scene.inbound[0][2:])
    assert "#000001 is undecided" in scene.all()


def test_an_answer_that_nobody_wrote_is_found(scene: Scene) -> None:
    del scene.outbound[0]
    assert "#000001 counts as answered, and nothing was said" in scene.all()


def test_a_message_that_counts_as_sent_and_never_left_is_found(scene: Scene) -> None:
    del scene.world.graph.taken[0]
    assert any("never left" in one for one in scene.all())


def test_a_message_that_left_twice_is_found(scene: Scene) -> None:
    scene.leaves("msg_a", "Something else.")
    assert scene.all() == ["msg_a reached the Graph API 2 times"]


def test_a_text_that_was_answered_twice_is_found(scene: Scene) -> None:
    scene.outbound.append(("msg_c", "trn_3", "sent", "cht_1", "Noted: #000001.", "agent", None, None))
    scene.leaves("msg_c", "Noted: #000001.")
    assert any("#000001 was answered 2 times" in one for one in scene.all())


def test_answers_in_the_wrong_order_are_found(scene: Scene) -> None:
    taken = scene.world.graph.taken
    first, second = (one.text for one in taken)
    scene.world.graph.taken = []
    scene.leaves("msg_b", second)
    scene.leaves("msg_a", first)
    (found,) = scene.all()
    assert "#000001 was answered after #000002" in found


def test_a_doubt_that_nobody_is_told_of_is_found(scene: Scene) -> None:
    scene.outbound[0] = (*scene.outbound[0][:2], "unknown", *scene.outbound[0][3:])
    assert scene.all() == ["msg_a is unknown, and no alert says so"]
    scene.doubts.add("cht_1")
    assert scene.all() == []


def test_an_operators_message_that_left_twice_is_found(scene: Scene) -> None:
    for our_id in ("msg_o", "msg_p"):
        scene.outbound.append((our_id, None, "sent", "cht_1", "An operator writes.", "operator", None, "key"))
        scene.leaves(our_id, "An operator writes.")
    assert any("left 2 times" in one for one in scene.all())


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (("sweep", "sweep", "failed", 0, None, "broken", 5, None), "given up"),
        (("turn", "turn:1", "running", 0, "wrk_dead", None, 1, None), "which is dead"),
        (("turn", "turn:1", "running", 0, "wrk_alive", None, 1, None), "is claimed by"),
        (("read_up", "read_up:1", "queued", 0, None, None, 0, None), "overdue"),
        (("deliver", "deliver:1", "queued", 2**52, None, "later", 0, None), "waits"),
    ],
)
def test_a_job_that_is_stuck_is_found(scene: Scene, job: tuple[Any, ...], words: str) -> None:
    scene.jobs.append(job)
    (found,) = scene.all()
    assert words in found


def test_a_wrong_answer_to_meta_is_found(scene: Scene) -> None:
    scene.world.meta.answers.update({"200": 5, "503": 2, "ReadTimeout": 1})
    assert scene.all() == []
    scene.world.meta.answers["500"] = 1
    assert scene.all() == ["Meta was told 500, 1 times"]
