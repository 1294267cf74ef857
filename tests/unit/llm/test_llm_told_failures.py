"""What is said of a model that failed: which one it was and what it did, and never what it did to somebody else."""

import pytest
from langchain_core.messages import AIMessage

from frontdesk.kit.clock import SECOND
from frontdesk.kit.errors import PluginError, Retryable
from frontdesk.llm.base import ModelOptions
from frontdesk.llm.circuits import COOL_DOWN, FAILURES, Circuit
from frontdesk.llm.errors import Asked, empty, failed
from frontdesk.llm.guarded import guarded
from frontdesk.llm.ladder import Ladder, Limits, Rung
from frontdesk.llm.offline import Offline
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.models import FakeModel, Scripted

EMPTY = AIMessage(content="")


class Vendor:
    """One vendor behind a ladder of one rung; every question is tried once."""

    def __init__(self, *answers: Scripted, attempts: int = 1) -> None:
        self.clock = FrozenClock()
        self.fake = FakeModel(answers=answers)
        self.circuit = Circuit(self.clock)
        rung = Rung("offline:m", Offline(), ModelOptions("m"), ("",))
        limits = Limits(attempts=attempts, first_wait=0)
        self.model = guarded(Ladder((rung,), self.client, lambda _: self.circuit, self.clock, limits))

    async def client(self, rung: Rung, on_the_way: int) -> FakeModel:
        return self.fake

    async def failure(self) -> Retryable:
        with pytest.raises(Retryable) as caught:
            await self.model.ainvoke("hello")
        return caught.value


def test_a_failure_for_now_names_the_model() -> None:
    asked = Asked(title="Vendor", model="large-1")
    made: list[PluginError] = [failed(kind(), asked) for kind in (ValueError, ConnectionError, TimeoutError)]
    made.append(empty(asked, cut=False))
    assert all(error.sentence.startswith("Vendor (large-1) ") for error in made)


def test_a_vendor_without_a_model_is_named_alone() -> None:
    assert empty(Asked(title="Vendor", model=""), cut=False).sentence == "Vendor gave an empty answer."


async def test_who_finds_a_model_left_alone_is_not_told_how_it_failed_for_others() -> None:
    vendor = Vendor(EMPTY)
    for _ in range(FAILURES):
        assert "gave an empty answer" in (await vendor.failure()).sentence
    error = await vendor.failure()
    assert (error.code, error.after, vendor.fake.calls) == ("cooling", COOL_DOWN, FAILURES)
    assert error.sentence.endswith("(m) is left alone for now: it failed several times in a row.")


async def test_a_vendor_that_bade_us_wait_is_said_to_have_done_so() -> None:
    vendor = Vendor(Retryable("Slow down.", after=60 * SECOND, code="rate_limit"))
    await vendor.failure()
    assert "it asked us to wait" in (await vendor.failure()).sentence


async def test_a_failure_of_ones_own_is_told_though_the_model_is_left_alone_after_it() -> None:
    vendor = Vendor(EMPTY, attempts=3)
    vendor.circuit.failures = FAILURES - 1
    error = await vendor.failure()
    assert (error.code, error.after, vendor.fake.calls) == ("empty", COOL_DOWN, 1)
    assert "gave an empty answer" in error.sentence
