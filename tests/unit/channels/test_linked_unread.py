"""With a message, all that came before it in its chat is read."""

import pytest

from frontdesk.channels.linked import unread
from frontdesk.channels.linked.unread import Source, Unread

ANNA, BEN = Source("anna@lid", "anna@lid"), Source("ben@lid", "ben@lid")
GROUP_ANNA, GROUP_BEN = Source("1@g.us", "anna@lid"), Source("1@g.us", "ben@lid")


def _noted(*given: tuple[str, Source]) -> Unread:
    noted = Unread()
    for external_id, source in given:
        noted.note(external_id, source)
    return noted


def test_what_came_before_in_the_chat_is_read_too_and_nothing_of_other_chats() -> None:
    noted = _noted(("1", ANNA), ("2", BEN), ("3", ANNA), ("4", ANNA))
    assert noted.up_to("3") == {ANNA: ["1", "3"]}
    assert noted.up_to("4") == {ANNA: ["4"]}
    assert noted.up_to("2") == {BEN: ["2"]}


def test_in_a_group_each_writer_is_told_of_their_own() -> None:
    noted = _noted(("1", GROUP_ANNA), ("2", GROUP_BEN), ("3", GROUP_ANNA))
    assert noted.up_to("3") == {GROUP_ANNA: ["1", "3"], GROUP_BEN: ["2"]}


def test_what_is_not_known_or_was_read_gives_nothing() -> None:
    noted = _noted(("1", ANNA))
    assert noted.up_to("never was") == {}
    noted.up_to("1")
    assert noted.up_to("1") == {}


def test_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "MOST", 2)
    assert _noted(("1", ANNA), ("2", ANNA), ("3", ANNA)).up_to("3") == {ANNA: ["2", "3"]}


def test_what_could_not_be_marked_is_marked_with_the_next_one_of_its_chat() -> None:
    noted = _noted(("1", GROUP_ANNA), ("2", GROUP_BEN), ("3", GROUP_ANNA))
    noted.put_back(noted.up_to("2"))
    noted.note("4", GROUP_BEN)
    assert noted.up_to("4") == {GROUP_ANNA: ["1", "3"], GROUP_BEN: ["2", "4"]}
