"""Messages as the chat window shows them, where the messages around them count too."""

from dataclasses import fields, replace
from typing import Any

import pytest

from frontdesk.store.pages import MessageLine, Quoted
from frontdesk.store.rows import MediaRow, MessageRow
from frontdesk.web.inbox.bubbles import Bubble, thread
from frontdesk.web.inbox.cards import Look
from frontdesk.web.inbox.markup import plain

NOW = 1_795_000_000_000
LOOK = Look(now=NOW, zone="Europe/Lisbon", operator_id="op_1", operators={"op_1": "Rita", "op_2": "Marta"}, real={})
NAME = "Ana Ferreira"


def _empty(row: type[MessageRow | MediaRow]) -> dict[str, Any]:
    return dict.fromkeys(each.name for each in fields(row))


def _line(number: int, direction: str, author: str, **values: Any) -> MessageLine:
    given: dict[str, Any] = {
        "id": f"msg_{number}",
        "external_id": f"wamid.{number}",
        "direction": direction,
        "author": author,
        "kind": "text",
        "text": f"Message {number}",
        "status": "received" if direction == "inbound" else "sent",
        "provider_time": NOW + number,
        "created_at": NOW + number,
    }
    row = MessageRow(**(_empty(MessageRow) | given | values))
    return MessageLine(row, None, None, None, None, None, None, None)


def _theirs(number: int, **values: Any) -> MessageLine:
    return _line(number, "inbound", "contact", **values)


def _agents(number: int, **values: Any) -> MessageLine:
    return _line(number, "outbound", "agent", **values)


def _rita(number: int, **values: Any) -> MessageLine:
    return _line(number, "outbound", "operator", operator_id="op_1", **values)


def _with_file(kind: str, mime: str) -> Bubble:
    given = {"id": "med_1", "state": "stored", "mime": mime, "voice": False}
    file = MediaRow(**(_empty(MediaRow) | given))
    return thread([replace(_theirs(1, kind=kind, text=None), media=file)], LOOK)[0]


@pytest.mark.parametrize(("operator", "by"), [(None, "Agent"), ("op_2", "Agent, approved by Marta")])
def test_who_approved_a_draft_is_named_with_it(operator: str | None, by: str) -> None:
    assert thread([_agents(1, operator_id=operator)], LOOK)[0].by == by


def test_who_looks_is_called_you_within_the_sentence() -> None:
    assert thread([_agents(1, operator_id="op_1")], LOOK)[0].by == "Agent, approved by you"


def test_who_rejected_a_draft_did_not_approve_it() -> None:
    assert thread([_agents(1, operator_id="op_2", status="discarded")], LOOK)[0].by == "Agent"


def test_a_draft_is_overtaken_by_what_a_person_wrote_after_it() -> None:
    waits = _agents(2, status="draft")
    assert thread([_theirs(1), waits, _rita(3)], LOOK)[1].overtaken
    assert not thread([_rita(1), waits, _theirs(3), _agents(4)], LOOK)[1].overtaken


@pytest.mark.parametrize(("status", "only_draft"), [("draft", True), ("sent", False)])
def test_a_hand_over_whose_reply_waits_for_a_yes_says_so(status: str, only_draft: bool) -> None:
    asked = _theirs(1, decision="handed_over", turn_id="trn_1", gate_allowed=True)
    first = thread([asked, _agents(2, status=status, turn_id="trn_1")], LOOK)[0]
    assert first.why.startswith("Handed over to a person")
    assert ("only a draft" in first.why) is only_draft


@pytest.mark.parametrize(
    ("code", "again"), [("131000", True), ("gave_up", True), ("131053", False), ("131047", False), (None, False)]
)
def test_sending_again_is_offered_only_where_it_can_help(code: str | None, again: bool) -> None:
    assert thread([_rita(1, status="failed", error_code=code)], LOOK)[0].again is again


def test_that_the_window_is_closed_is_said_once() -> None:
    error = "More than 24 hours have passed. Meta says: Message failed because more than 24 hours have passed"
    closed, other = thread(
        [
            _rita(1, status="failed", error_code="131047", error=error),
            _rita(2, status="failed", error_code="131000", error="Something went wrong. Meta says: Try later"),
        ],
        LOOK,
    )
    assert closed.error == "More than 24 hours have passed."
    assert other.error == "Something went wrong. Meta says: Try later"


def test_a_quote_names_whom_it_quotes() -> None:
    of_theirs = replace(
        _rita(2, reply_to="wamid.1"), quoted=Quoted("msg_1", author="contact", kind="text", text="How *much*?")
    )
    of_marta = replace(
        _theirs(4, reply_to="wamid.3"), quoted=Quoted("msg_3", author="operator", kind="text", text="Ten")
    )
    lines = [_theirs(1), of_theirs, _line(3, "outbound", "operator", operator_id="op_2"), of_marta]
    quotes = [bubble.quote for bubble in thread(lines, LOOK, name=NAME) if bubble.quote]
    assert [(quote.by, quote.text) for quote in quotes] == [(NAME, "How much?"), ("Marta", "Ten")]
    alone = thread([of_theirs], LOOK, name=NAME)[0].quote
    assert alone is not None
    assert alone.by == NAME


@pytest.mark.parametrize(
    ("kind", "mime", "shows"),
    [
        ("image", "image/jpeg", True),
        ("image", "text/html", False),
        ("image", "application/octet-stream", False),
        ("sticker", "image/svg+xml", False),
        ("audio", "audio/ogg; codecs=opus", True),
        ("document", "application/zip", True),
    ],
)
def test_what_no_browser_shows_is_not_tried_as_a_picture(kind: str, mime: str, shows: bool) -> None:
    media = _with_file(kind, mime).media
    assert media is not None
    assert media.shows is shows


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("*Bold* and _slanted_, ~struck~ `code`", "Bold and slanted, struck code"),
        ("```a * b```", "a * b"),
        ("> quoted\nand said", "quoted\nand said"),
        ("*Bold that was cut…", "Bold that was cut…"),
        ("2 * 3 and snake_case stay", "2 * 3 and snake_case stay"),
    ],
)
def test_previews_have_no_marks(text: str, said: str) -> None:
    assert plain(text) == said
