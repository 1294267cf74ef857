"""What the owner is told of a line, and when."""

import pytest

from frontdesk.domain.accounts import State
from frontdesk.domain.telling import QUIET, Said, Standing, Target, Word, alert_of, say_at, word_for
from frontdesk.kit.clock import MINUTE

NOW = 100 * MINUTE
W = Word


def told(word: Word, minutes_ago: int, *, got_there: bool = True) -> Said:
    return Said(word, NOW - minutes_ago * MINUTE, got_there)


@pytest.mark.parametrize("word", [W.DOWN, W.SCAN, W.LOGGED_OUT, W.STOPPED])
def test_the_first_trouble_is_told_at_once(word: Word) -> None:
    assert say_at(word, [], NOW) == NOW


def test_that_a_line_is_up_is_no_news_where_nothing_was_told() -> None:
    assert say_at(W.BACK, [], NOW) is None
    assert say_at(W.BACK, [told(W.DOWN, 9), told(W.BACK, 5)], NOW) is None


def test_the_end_of_what_was_told_is_told() -> None:
    assert say_at(W.BACK, [told(W.STOPPED, 5)], NOW) == NOW


def test_the_end_of_what_could_not_be_told_is_told_too() -> None:
    assert say_at(W.BACK, [told(W.DOWN, 5, got_there=False)], NOW) == NOW
    before = [told(W.STOPPED, 60), told(W.BACK, 50), told(W.DOWN, 5, got_there=False)]
    assert say_at(W.BACK, before, NOW) == NOW


def test_what_could_not_be_told_before_an_end_that_was_is_over() -> None:
    assert say_at(W.BACK, [told(W.DOWN, 5, got_there=False), told(W.BACK, 2)], NOW) is None


def test_the_same_trouble_is_told_once_and_again_where_the_target_was_away() -> None:
    assert say_at(W.DOWN, [told(W.DOWN, 60)], NOW) is None
    assert say_at(W.DOWN, [told(W.DOWN, 1, got_there=False)], NOW) == NOW


def test_worse_is_told_and_better_is_not() -> None:
    assert say_at(W.SCAN, [told(W.DOWN, 1)], NOW) == NOW
    assert say_at(W.LOGGED_OUT, [told(W.DOWN, 1)], NOW) == NOW
    assert say_at(W.STOPPED, [told(W.LOGGED_OUT, 1)], NOW) == NOW
    assert say_at(W.DOWN, [told(W.SCAN, 1)], NOW) is None
    assert say_at(W.SCAN, [told(W.LOGGED_OUT, 1)], NOW) is None


def test_a_line_that_comes_and_goes_is_told_of_once_in_a_while() -> None:
    said = [told(W.DOWN, 6), told(W.BACK, 3)]
    assert say_at(W.DOWN, said, NOW) == NOW - 6 * MINUTE + QUIET
    assert say_at(W.BACK, [*said, told(W.STOPPED, 1)], NOW) == NOW - 3 * MINUTE + QUIET
    assert say_at(W.DOWN, said, NOW + QUIET) == NOW + QUIET


@pytest.mark.parametrize("state", [State.DISCONNECTED, State.CONNECTING, State.QR_PENDING])
def test_a_line_that_was_never_up_is_waited_for_by_whoever_adds_it(state: State) -> None:
    assert word_for(state, was_up=False) is None
    assert word_for(state, was_up=True) is not None


@pytest.mark.parametrize("state", [State.ACTION_REQUIRED, State.LOGGED_OUT])
def test_a_line_that_needs_its_owner_is_told_of_though_it_was_never_up(state: State) -> None:
    assert word_for(state, was_up=False) is not None


def test_an_alert_says_what_happened_since_when_what_to_do_and_where() -> None:
    line = Standing("Clinic", "Logged out.", "Connect the line.", "14:05 on 3 March (UTC)", "https://desk.test/lines")
    alert = alert_of(W.LOGGED_OUT, line)
    assert alert.title == "The line “Clinic” is logged out"
    assert alert.text == (
        "Logged out. Nothing came in or went out since 14:05 on 3 March (UTC). Connect the line.\nhttps://desk.test/lines"
    )
    assert not alert.good


def test_an_alert_of_a_line_to_be_linked_says_where_until_when_and_that_the_address_is_a_secret() -> None:
    page = ("https://desk.test/link/x", "14:05 on 4 March (UTC)")
    alert = alert_of(W.SCAN, Standing("Clinic", "Waiting.", "Scan it.", None, "https://desk.test/lines", page))
    assert alert.text.split("\n") == [
        "Waiting. Scan it.",
        "Link it on any screen, without signing in, until 14:05 on 4 March (UTC):",
        "https://desk.test/link/x",
        "Keep this address to yourself: whoever has it sees the code of this line.",
    ]


def test_an_alert_that_could_carry_such_an_address_says_what_is_missing() -> None:
    alert = alert_of(W.SCAN, Standing("Clinic", "Waiting.", no_page=True))
    assert alert.text == "Waiting.\nSet PUBLIC_URL, and a link to a page with the code stands here."


def test_what_others_say_without_a_full_stop_gets_one() -> None:
    alert = alert_of(W.STOPPED, Standing("Clinic", "Stopped. Meta says: Invalid token", "Connect the line again."))
    assert alert.text == "Stopped. Meta says: Invalid token. Connect the line again."


def test_the_end_of_trouble_is_good_news() -> None:
    alert = alert_of(W.BACK, Standing("Clinic", "Connected.", since="14:05 on 3 March (UTC)"))
    assert (alert.title, alert.good) == ("The line “Clinic” is back", True)
    assert alert.text == "Connected. It last went down at 14:05 on 3 March (UTC)."


def test_every_word_has_a_title() -> None:
    assert all("“Shop”" in alert_of(word, Standing("Shop", "So it stands.")).title for word in Word)


def test_a_target_gives_nothing_of_its_address_away() -> None:
    target = Target("tgram://123:s3cr3t/1")
    assert "s3cr3t" not in repr(target)
    assert target.mark == Target("tgram://123:s3cr3t/1", ("line",)).mark != Target("tgram://123:s3cr3t/2").mark
