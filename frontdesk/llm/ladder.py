"""Asks models in order until one answers: attempts, time limits, waiting, and the step down to the next."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from frontdesk.kit import backoff
from frontdesk.kit.clock import SECOND, Clock
from frontdesk.kit.errors import PluginError, Rejected, Retryable
from frontdesk.llm import errors
from frontdesk.llm.base import ModelOptions, Provider
from frontdesk.llm.circuits import Circuit
from frontdesk.llm.errors import Asked

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage, BaseMessage

T = TypeVar("T")

_BLOCKED = frozenset({"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION", "content_filter", "refusal"})
_CUT = frozenset({"MAX_TOKENS", "length", "max_tokens"})


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how often. Times in milliseconds; they run from the first real attempt, not while queueing."""

    attempt: int = 30 * SECOND
    overall: int = 90 * SECOND
    attempts: int = 3  # on one model
    patience: int = 10 * SECOND  # the longest wait between two attempts of one turn
    first_wait: int = SECOND // 2


@dataclass(frozen=True, slots=True)
class Rung:
    """One model of the ladder. `base_urls` are tried in order while the path is not known there."""

    name: str
    provider: Provider
    options: ModelOptions
    base_urls: tuple[str, ...]

    @property
    def asked(self) -> Asked:
        """Who is asked, for sentences."""
        return Asked(
            title=self.provider.title,
            model=self.options.model,
            base_url=self.options.base_url or "",
            key_setting=self.provider.key_setting,
            url_setting=self.provider.url_setting,
            seconds=self.options.timeout,
        )


@dataclass(slots=True)
class Try:
    """One question on its way down the ladder."""

    messages: Sequence["BaseMessage"]
    more: dict[str, Any]  # bound tools and the like
    calls: int = 0
    started: int | None = None  # when the first attempt really began
    failures: list[tuple[Rung, PluginError]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ladder:
    """Models in the order in which they are asked."""

    rungs: tuple[Rung, ...]
    client: Callable[[Rung, int], Awaitable["BaseChatModel"]]  # the int: how many calls are on the way already
    circuit: Callable[[Rung], Circuit]
    clock: Clock
    limits: Limits

    async def ask(self, messages: Sequence["BaseMessage"], more: dict[str, Any]) -> "AIMessage":
        """The first answer that a model gives.

        `response_metadata["frontdesk"]` of it holds `model` (provider:model), `calls` (attempts, the failed ones too)
        and `failed` (a code per failed attempt).

        Raises:
            Retryable: every model failed, at least one of them for now only.
            Rejected: every model refused for good.
        """
        trying = Try(messages, more)
        for position, rung in enumerate(self.rungs):
            answer = await self._on_rung(rung, trying, last=position == len(self.rungs) - 1)
            if answer is not None:
                failed = [error.code for _, error in trying.failures]
                answer.response_metadata["frontdesk"] = {"model": rung.name, "calls": trying.calls, "failed": failed}
                return answer
        raise _summed_up(trying.failures)

    async def _on_rung(self, rung: Rung, trying: Try, *, last: bool) -> "AIMessage | None":
        circuit, attempt, addresses = self.circuit(rung), 0, list(rung.base_urls)
        while True:
            attempt += 1
            at = replace(rung, options=replace(rung.options, base_url=addresses[0])) if addresses else rung
            try:
                return await self._attempt(at, circuit, trying)
            except PluginError as error:
                trying.failures.append((rung, error))
                if error.code == "model" and len(addresses) > 1:
                    del addresses[0]
                    continue
                if not await self._again(error, attempt, trying, last=last):
                    return None

    async def _attempt(self, rung: Rung, circuit: Circuit, trying: Try) -> "AIMessage":
        if rung.provider.needs_key and not rung.options.api_key:
            raise errors.no_key(rung.asked)
        circuit.check(rung.asked)
        async with circuit.places:
            trying.started = trying.started or self.clock.now()
            left = trying.started + self.limits.overall - self.clock.now()
            if left <= 0 and rung.provider.url_setting:  # who has no address answers at once
                raise errors.timed_out(rung.asked)
            trying.calls += 1
            circuit.on_the_way += 1
            try:
                call = _call(await self.client(rung, circuit.on_the_way - 1), rung, trying)
                answer = await within(self.clock, min(self.limits.attempt, max(left, SECOND)), call)
                _check(answer, rung.asked)
            except Exception as broken:
                error = errors.failed(broken, rung.asked)
                circuit.note(error)
                raise error from None
            finally:
                circuit.on_the_way -= 1
        circuit.answered()
        return answer

    async def _again(self, error: PluginError, attempt: int, trying: Try, *, last: bool) -> bool:
        """Wait for another attempt on the same model; False when there should be none."""
        if not isinstance(error, Retryable) or error.code == "cooling" or attempt >= self.limits.attempts:
            return False
        if error.code == "timeout" and not last:
            return False  # the person has waited long enough for this one
        usual = backoff.exponential(attempt, base=self.limits.first_wait, cap=self.limits.patience)
        wait = usual if error.after is None else error.after
        used = self.clock.now() - (trying.started or self.clock.now())
        if wait > self.limits.patience or used + wait >= self.limits.overall:
            return False
        await self.clock.sleep(wait)
        return True


async def within(clock: Clock, milliseconds: float, work: Coroutine[Any, Any, T]) -> T:
    """The result of the work, if it comes within that much time of the clock.

    Raises:
        TimeoutError: it did not; the work was cancelled.
    """
    task, alarm = asyncio.ensure_future(work), asyncio.ensure_future(clock.sleep(milliseconds))
    try:
        await asyncio.wait((task, alarm), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        task.cancel()
        alarm.cancel()
        await asyncio.gather(task, alarm, return_exceptions=True)


async def _call(client: Any, rung: Rung, trying: Try) -> "AIMessage":
    more = dict(trying.more)
    tools = more.pop("tools", None)
    if tools and rung.provider.takes_tools:
        client = client.bind_tools(tools, **more)
    answer: AIMessage = await client.ainvoke(list(trying.messages))
    return answer


def _check(answer: "AIMessage", asked: Asked) -> None:
    """An answer without a text and without a tool call is a failure."""
    metadata = answer.response_metadata
    reason = metadata.get("finish_reason") or metadata.get("stop_reason") or metadata.get("done_reason")
    if answer.tool_calls or str(answer.text).strip():
        return
    if reason in _BLOCKED:
        raise errors.blocked(asked)
    raise errors.empty(asked, cut=reason in _CUT)


def _summed_up(failures: Sequence[tuple[Rung, PluginError]]) -> PluginError:
    """One error for all: for now only, if one of them is; the sentences of each model's last failure."""
    latest: dict[str, PluginError] = {}
    for rung, error in failures:
        own = latest.get(rung.name)
        if own is not None and isinstance(error, Retryable) and error.code == "cooling":
            error = Retryable(own.sentence, after=error.after, code=own.code)  # what it did says more than the pause
        latest[rung.name] = error
    sentence = " ".join(dict.fromkeys(error.sentence for error in latest.values()))
    waits = [error for error in latest.values() if isinstance(error, Retryable)]
    if waits:
        afters = [error.after for error in waits if error.after is not None]
        after = min(afters) if len(afters) == len(waits) else None
        return Retryable(sentence, after=after, scope=waits[0].scope, code=waits[0].code)
    refused = [error for error in latest.values() if isinstance(error, Rejected)]
    alert = any(error.alert for error in refused)
    return Rejected(sentence, code=refused[0].code if refused else None, alert=alert)
