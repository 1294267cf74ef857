"""Attempts, time limits, waiting and the step down the ladder, on a clock moved by hand."""

import asyncio
from typing import Any, ClassVar

import pytest
from langchain_core.language_models import BaseChatModel

from frontdesk.kit.clock import SECOND
from frontdesk.kit.errors import PluginError, Rejected, Retryable, SettingsError
from frontdesk.llm.base import ModelOptions
from frontdesk.llm.circuits import COOL_DOWN, FAILURES, Circuit
from frontdesk.llm.guarded import guarded
from frontdesk.llm.ladder import Ladder, Limits, Rung
from frontdesk.llm.models import Models, ProviderAccess
from frontdesk.testing.clock import FrozenClock, until
from frontdesk.testing.models import FakeModel, Scripted


class Twin:
    """A provider whose models are handed in."""

    name: ClassVar[str] = "twin"
    title: ClassVar[str] = "Twin"
    default_model: ClassVar[str] = ""
    needs_key: ClassVar[bool] = False
    key_setting: ClassVar[str] = "TWIN_API_KEY"
    url_setting: ClassVar[str] = "TWIN_BASE_URL"
    takes_tools: ClassVar[bool] = True

    def base_urls(self, given: str | None) -> tuple[str, ...]:
        return (given or "http://twin",)

    def build(self, options: ModelOptions) -> BaseChatModel:
        raise NotImplementedError


class House:
    """A ladder over fake models, one rung each, with a watched clock."""

    def __init__(
        self, *models: FakeModel, limits: Limits | None = None, urls: tuple[str, ...] = ("http://twin",)
    ) -> None:
        self.clock = FrozenClock()
        self.models = {f"twin:{number}": model for number, model in enumerate(models)}
        self.circuits = {name: Circuit(self.clock) for name in self.models}
        self.addresses: list[str | None] = []
        rungs = tuple(Rung(name, Twin(), ModelOptions(name, timeout=30), urls) for name in self.models)
        self.limits = limits or Limits()
        ladder = Ladder(rungs, self.client, lambda rung: self.circuits[rung.name], self.clock, self.limits)
        self.model = guarded(ladder)

    async def client(self, rung: Rung, on_the_way: int) -> BaseChatModel:
        self.addresses.append(rung.options.base_url)
        return self.models[rung.name]

    async def ask(self) -> Any:
        """Ask, moving the clock whenever the ladder waits for another attempt."""
        asking = asyncio.create_task(self.model.ainvoke("hello"))
        while not asking.done():
            await asyncio.sleep(0)
            waiting = any(model.waiting for model in self.models.values())
            if not asking.done() and not waiting:
                self.clock.advance(100)
        return await asking


def fake(*answers: Scripted, **more: Any) -> FakeModel:
    return FakeModel(answers=answers, **more)


async def test_the_first_model_that_answers_is_the_last_that_is_asked() -> None:
    house = House(fake("one"), fake("two"))
    assert (await house.ask()).text == "one"
    assert house.models["twin:1"].calls == 0


async def test_passing_failures_are_tried_again_then_the_next_model_is_asked() -> None:
    house = House(fake(OSError("x")), fake("two"))
    answer = await house.ask()
    assert answer.text == "two"
    assert house.models["twin:0"].calls == house.limits.attempts == 3
    assert answer.response_metadata["frontdesk"] == {
        "model": "twin:1",
        "calls": 4,
        "failed": ["unreachable", "unreachable", "unreachable"],
    }


async def test_a_refusal_goes_straight_to_the_next_model() -> None:
    house = House(fake(Rejected("no", code="key")), fake("two"))
    assert (await house.ask()).text == "two"
    assert house.models["twin:0"].calls == 1


async def test_when_all_fail_for_now_the_error_says_try_again() -> None:
    house = House(fake(Rejected("Bad key.", code="key", alert=True)), fake(OSError("x")))
    with pytest.raises(Retryable) as caught:
        await house.ask()
    assert "Bad key." in caught.value.sentence
    assert "cannot be reached" in caught.value.sentence


async def test_when_all_refuse_the_error_is_final_and_alerts_the_owner() -> None:
    house = House(fake(Rejected("Bad key.", code="key", alert=True)), fake(Rejected("No such model.", code="model")))
    with pytest.raises(Rejected) as caught:
        await house.ask()
    assert caught.value.alert
    assert caught.value.sentence == "Bad key. No such model."


async def test_a_hanging_model_is_left_for_the_next_after_one_attempt() -> None:
    hanging = fake("late", gate=asyncio.Event())
    house = House(hanging, fake("two"))
    asking = asyncio.create_task(house.model.ainvoke("hello"))
    await until(lambda: hanging.waiting == 1)
    house.clock.advance(29 * SECOND)
    await asyncio.sleep(0)
    assert not asking.done()
    house.clock.advance(SECOND)
    assert (await asking).text == "two"
    assert (hanging.calls, hanging.waiting) == (1, 0)


async def test_the_overall_limit_ends_a_ladder_of_hanging_models() -> None:
    hanging = [fake("late", gate=asyncio.Event()) for _ in range(5)]
    house = House(*hanging, limits=Limits(attempt=30 * SECOND, overall=70 * SECOND))
    started = house.clock.now()
    asking = asyncio.create_task(house.model.ainvoke("hello"))
    while not asking.done():
        await until(lambda: asking.done() or any(model.waiting for model in hanging))
        house.clock.advance(SECOND)
        await asyncio.sleep(0)
    assert isinstance(asking.exception(), Retryable)
    assert house.clock.now() - started <= 75 * SECOND


async def test_a_long_retry_after_is_handed_to_the_caller_and_spares_the_vendor() -> None:
    house = House(fake(Retryable("slow down", after=60 * SECOND, code="rate_limit")))
    with pytest.raises(Retryable) as caught:
        await house.ask()
    assert caught.value.after == 60 * SECOND
    assert house.models["twin:0"].calls == 1
    with pytest.raises(Retryable) as cooling:
        await house.ask()
    assert house.models["twin:0"].calls == 1
    assert cooling.value.code == "cooling"
    house.clock.advance(60 * SECOND)
    with pytest.raises(Retryable):
        await house.ask()
    assert house.models["twin:0"].calls == 2


async def test_a_vendor_that_fails_again_and_again_is_left_alone_for_a_while() -> None:
    house = House(fake(OSError("x")), limits=Limits(attempts=1))
    for _ in range(FAILURES + 3):
        with pytest.raises(Retryable):
            await house.ask()
    assert house.models["twin:0"].calls == FAILURES
    house.clock.advance(COOL_DOWN)
    house.models["twin:0"].answers = ("back",)
    assert (await house.ask()).text == "back"
    assert house.circuits["twin:0"].failures == 0


async def test_what_a_vendor_refuses_says_nothing_about_its_health() -> None:
    house = House(fake(Rejected("bad request", code="request")))
    for _ in range(FAILURES + 3):
        with pytest.raises(Rejected):
            await house.ask()
    assert house.models["twin:0"].calls == FAILURES + 3


async def test_an_unknown_path_is_tried_at_the_next_address() -> None:
    house = House(fake(Rejected("404", code="model"), "found"), urls=("http://twin/v1", "http://twin"))
    assert (await house.ask()).text == "found"
    assert house.addresses == ["http://twin/v1", "http://twin"]


async def test_the_time_limit_starts_when_a_place_is_free() -> None:
    first, house_limits = asyncio.Event(), Limits(attempt=10 * SECOND, attempts=1)
    model = fake("done", gate=first)
    house = House(model, limits=house_limits)
    house.circuits["twin:0"].places = asyncio.Semaphore(1)
    one = asyncio.create_task(house.model.ainvoke("one"))
    await until(lambda: model.waiting == 1)
    two = asyncio.create_task(house.model.ainvoke("two"))
    house.clock.advance(9 * SECOND)
    first.set()
    assert (await one).text == "done"
    assert (await two).text == "done"


async def test_cancelling_a_turn_cancels_the_call() -> None:
    hanging = fake("late", gate=asyncio.Event())
    house = House(hanging)
    asking = asyncio.create_task(house.model.ainvoke("hello"))
    await until(lambda: hanging.waiting == 1)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert hanging.waiting == 0


@pytest.mark.parametrize("names", [["nope:x"], ["gpt-4o"], ["openai-compatible:x"], [":x"], []])
def test_names_that_cannot_be_a_model_are_wrong_settings(names: list[str]) -> None:
    with pytest.raises(SettingsError):
        Models({}, clock=FrozenClock()).chat_model(names)


async def test_a_missing_key_is_named_and_costs_no_call() -> None:
    models = Models({}, clock=FrozenClock())
    with pytest.raises(Rejected) as caught:
        await models.chat_model(["openai:gpt-4o-mini"]).ainvoke("hello")
    assert "OPENAI_API_KEY" in caught.value.sentence
    tested = await models.test_provider("openai")
    assert (tested.ok, tested.code) == (False, "key")


async def test_a_model_without_a_key_gives_way_to_the_offline_one() -> None:
    models = Models({}, clock=FrozenClock())
    answer = await models.chat_model(["openai:gpt-4o-mini", "offline:"]).ainvoke("hello")
    assert isinstance(answer.text, str)
    assert answer.response_metadata["frontdesk"]["model"] == "offline:"


async def test_trying_what_does_not_exist_says_so_and_never_raises() -> None:
    models = Models({}, clock=FrozenClock())
    assert "no provider" in (await models.test_provider("nope")).sentence
    assert "no address" in (await models.test_provider("openai-compatible:x")).sentence
    assert (
        "no model"
        in (
            await models.test_provider("openai-compatible", access=ProviderAccess(base_url="http://127.0.0.1:9"))
        ).sentence
    )


def test_usable_tells_which_providers_the_settings_allow() -> None:
    models = Models({"openai": ProviderAccess("key")}, clock=FrozenClock())
    assert {one.name for one in models.providers if models.usable(one)} == {"openai", "ollama", "offline"}


def test_keys_do_not_show() -> None:
    assert "secret" not in repr(ProviderAccess("secret-key", "http://x"))


def test_a_vendor_without_tools_makes_the_whole_ladder_do_without() -> None:
    models = Models({"perplexity": ProviderAccess("k"), "openai": ProviderAccess("k")}, clock=FrozenClock())
    assert getattr(models.chat_model(["openai:x"]), "takes_tools", None) is True
    assert getattr(models.chat_model(["openai:x", "perplexity:y"]), "takes_tools", None) is False


def test_every_error_of_the_room_is_a_plugin_error() -> None:
    assert issubclass(Retryable, PluginError)
    assert issubclass(Rejected, PluginError)
