"""When two machines seem to talk to each other."""

from frontdesk.domain.loops import loop_suspected
from frontdesk.domain.messages import Author
from frontdesk.domain.turns import Said
from frontdesk.kit.clock import MINUTE, SECOND

NOW = 1_795_000_000_000


def dialogue(texts: list[str], *, pause: int, answerer: Author = Author.AGENT) -> list[Said]:
    """Each text is answered after a second, and the next one follows after the pause; the last one ends now."""
    said: list[Said] = []
    at = NOW - len(texts) * (pause + SECOND)
    for text in texts:
        at += pause
        said.append(Said(Author.CONTACT, text, at))
        at += SECOND
        said.append(Said(answerer, "Our answer to that.", at))
    return said


def test_ten_answers_in_ten_minutes_are_a_lively_person() -> None:
    talk = dialogue([f"question about {word}" for word in "abcdefghij"], pause=20 * SECOND)
    assert loop_suspected(talk, NOW) is None


def test_eleven_answers_in_ten_minutes_are_a_machine() -> None:
    talk = dialogue([f"a rather new thought on {word * 9}" for word in "abcdefghijk"], pause=20 * SECOND)
    assert "11 times" in (loop_suspected(talk, NOW) or "")


def test_answers_before_the_ten_minutes_do_not_count() -> None:
    talk = dialogue([f"question {word * 9}" for word in "abcdefghijkl"], pause=2 * MINUTE)
    assert loop_suspected(talk, NOW) is None


def test_five_like_messages_on_the_heels_of_our_answers_are_a_machine() -> None:
    talk = dialogue(
        [f"Thank you for your message no. {number}. We are closed." for number in range(5)], pause=2 * SECOND
    )
    assert "5 nearly identical" in (loop_suspected(talk, NOW) or "")


def test_four_like_messages_are_not_enough() -> None:
    talk = dialogue(["Thank you for your message."] * 4, pause=2 * SECOND)
    assert loop_suspected(talk, NOW) is None


def test_a_person_who_repeats_slowly_is_no_machine() -> None:
    talk = dialogue(["Are you there?"] * 6, pause=MINUTE)
    assert loop_suspected(talk, NOW) is None


def test_an_impatient_person_without_answers_is_no_machine() -> None:
    talk = [Said(Author.CONTACT, "hello?", NOW - SECOND * second) for second in range(9, 0, -1)]
    assert loop_suspected(talk, NOW) is None


def test_operators_may_answer_as_often_as_they_like() -> None:
    talk = dialogue(["yes"] * 20, pause=2 * SECOND, answerer=Author.OPERATOR)
    assert loop_suspected(talk, NOW) is None


def test_another_message_in_between_ends_the_row() -> None:
    texts = ["auto reply"] * 3 + ["I really need an appointment for my son"] + ["auto reply"] * 3
    assert loop_suspected(dialogue(texts, pause=2 * SECOND), NOW) is None


def test_nothing_said_is_no_loop() -> None:
    assert loop_suspected([], NOW) is None
