"""One event goes out to hundreds: what it says is made once."""

import orjson

from frontdesk.domain.live import Live, LiveType, Numbered
from frontdesk.events.listening import REMEMBERED
from frontdesk.web.live import Said, as_json


def event(number: int, chat: str = "cht_1") -> Numbered:
    return Numbered(number, 1_795_000_000_000, Live(LiveType.CHAT_CHANGED, {"id": chat}))


def test_an_event_that_many_hear_is_put_into_words_once() -> None:
    said, one = Said(), event(7)
    assert orjson.loads(said(one)) == as_json(one)
    assert said(one) is said(one)


def test_another_event_of_the_same_number_says_its_own() -> None:
    """An emptied Redis begins to count anew."""
    said = Said()
    said(event(7))
    assert orjson.loads(said(event(7, "cht_2")))["payload"] == {"id": "cht_2"}


def test_words_are_kept_of_the_newest_events_only() -> None:
    said, first = Said(), event(0)
    words = said(first)
    for number in range(1, REMEMBERED):
        said(event(number))
    assert said(first) is words
    said(event(REMEMBERED))
    assert said(first) is not words
