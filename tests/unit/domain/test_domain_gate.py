"""The gate: one answer to “may the agent speak”, with the first reason why not."""

import itertools
from dataclasses import replace
from typing import Any

import pytest

from frontdesk.domain.accounts import State
from frontdesk.domain.chats import ORDER, SENTENCES, WINDOW, GateFacts, Reason, gate, held, window_open, within
from frontdesk.domain.messages import ANSWERABLE
from frontdesk.domain.personas import AgentMode, Hours
from frontdesk.kit.clock import HOUR, MINUTE

NOW = 1_795_000_000_000  # a Wednesday, 11:06 UTC
OPEN = GateFacts(
    now=NOW,
    zone="UTC",
    inbound=True,
    history=False,
    kind="text",
    sent_at=NOW,
    line=State.CONNECTED,
    trusted=True,
    agent_mode=AgentMode.AUTO,
    held_by=None,
    held_until=None,
    group=False,
    addressed=False,
    last_inbound_at=NOW,
    has_window=True,
)
SHUT: dict[Reason, dict[str, Any]] = {
    Reason.OWN_MESSAGE: {"inbound": False},
    Reason.OWN_CHAT: {"own_chat": True},
    Reason.HISTORY: {"history": True},
    Reason.KIND: {"kind": "reaction"},
    Reason.NOT_TRUSTED: {"trusted": False},
    Reason.AGENT_OFF: {"agent_mode": AgentMode.OFF},
    Reason.HELD: {"held_by": "opr_1"},
    Reason.LINE: {"line": State.LOGGED_OUT},
    Reason.NOT_ADDRESSED: {"group": True},
    Reason.TOO_OLD: {"sent_at": NOW - 13 * HOUR},
    Reason.HOURS: {"hours": (Hours(frozenset({0}), 0, 1440),)},
    Reason.WINDOW: {"last_inbound_at": NOW - WINDOW},
    Reason.BUDGET: {"over_budget": True},
    Reason.LOOP: {"cooldown_until": NOW + 1},
    Reason.PAUSED: {"paused": True},
}


def test_an_open_gate_lets_through() -> None:
    assert (gate(OPEN).allowed, gate(OPEN).reason, gate(OPEN).draft) == (True, Reason.OPEN, False)


def test_draft_mode_lets_through_as_a_draft() -> None:
    verdict = gate(replace(OPEN, agent_mode=AgentMode.DRAFT))
    assert (verdict.allowed, verdict.draft) == (True, True)


@pytest.mark.parametrize("reason", SHUT)
def test_each_condition_alone_shuts_the_gate_and_is_the_reason(reason: Reason) -> None:
    verdict = gate(replace(OPEN, **SHUT[reason]))
    assert (verdict.allowed, verdict.reason) == (False, reason)


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(ORDER, 2)))
def test_of_two_reasons_the_first_in_order_is_told(first: Reason, second: Reason) -> None:
    assert gate(replace(OPEN, **{**SHUT[second], **SHUT[first]})).reason is first


def test_every_condition_is_tested_here_and_every_reason_has_a_sentence() -> None:
    assert set(ORDER) == set(SHUT)
    assert set(SENTENCES) == set(Reason)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())


@pytest.mark.parametrize("kind", sorted(ANSWERABLE))
def test_every_answerable_kind_passes(kind: str) -> None:
    assert gate(replace(OPEN, kind=kind)).allowed


@pytest.mark.parametrize("state", [State.CONNECTED, State.CONNECTING, State.DISCONNECTED, State.QR_PENDING])
def test_on_a_line_that_is_away_for_a_while_the_agent_writes_and_the_outbox_waits(state: State) -> None:
    assert gate(replace(OPEN, line=state)).allowed


def test_in_a_group_who_is_addressed_may_answer() -> None:
    assert gate(replace(OPEN, group=True, addressed=True)).allowed


@pytest.mark.parametrize(
    ("by", "until", "is_held"),
    [(None, None, False), (None, NOW + 1, False), ("o", None, True), ("o", NOW + 1, True), ("o", NOW, False)],
)
def test_a_hold_ends_with_its_moment_and_without_one_never(by: str | None, until: int | None, is_held: bool) -> None:
    assert held(by, until, NOW) is is_held


def test_the_window_is_open_for_24_hours_to_the_millisecond() -> None:
    assert not window_open(None, NOW)
    assert window_open(NOW - WINDOW + 1, NOW)
    assert not window_open(NOW - WINDOW, NOW)
    assert gate(replace(OPEN, has_window=False, last_inbound_at=None)).allowed


def test_a_message_is_too_old_after_half_a_day_and_not_before() -> None:
    assert gate(replace(OPEN, sent_at=NOW - 12 * HOUR)).allowed
    assert not gate(replace(OPEN, sent_at=NOW - 12 * HOUR - 1)).allowed


WEDNESDAY = frozenset({2})


@pytest.mark.parametrize(
    ("opens", "closes", "hour", "open_"),
    [
        (9 * 60, 18 * 60, 9, True),
        (9 * 60, 18 * 60, 18, False),
        (9 * 60, 18 * 60, 8, False),
        (22 * 60, 2 * 60, 23, True),
        (22 * 60, 2 * 60, 25, True),  # Thursday 1:00, still Wednesday's evening
        (22 * 60, 2 * 60, 26, False),
        (22 * 60, 2 * 60, 1, False),  # Wednesday 1:00 belongs to Tuesday
        (0, 1440, 0, True),
    ],
)
def test_hours_may_run_past_midnight(opens: int, closes: int, hour: int, open_: bool) -> None:
    midnight = NOW - NOW % (24 * HOUR)
    assert within((Hours(WEDNESDAY, opens, closes),), midnight + hour * HOUR, "UTC") is open_


def test_hours_are_those_of_the_zone() -> None:
    midnight = NOW - NOW % (24 * HOUR)
    nine = (Hours(WEDNESDAY, 9 * 60, 9 * 60 + 1),)
    assert within(nine, midnight + 2 * HOUR, "Asia/Manila") is False
    assert within(nine, midnight + HOUR, "Asia/Manila") is True
    assert within((), midnight, "UTC")
    assert not within(nine, midnight + HOUR + MINUTE, "Asia/Manila")
