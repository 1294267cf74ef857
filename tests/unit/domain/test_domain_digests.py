"""A digest as a text, and the words that are taken from messages where no model is."""

import pytest

from frontdesk.domain import extracts
from frontdesk.domain.digest_text import ROOM, Reader, counted, reconciliation, text
from frontdesk.domain.digest_words import WORDS
from frontdesk.domain.digests import ChatGist, Content, Counts, Line, Made, Pledge, Talk, Waiting
from frontdesk.kit.clock import DAY, HOUR

NOW = 1_795_000_000_000
READER = Reader("en", "Europe/Lisbon", None)


def content(**parts: object) -> Content:
    return Content(since=NOW - DAY, until=NOW, **({"counts": Counts(inbound=3, answered=3, chats=2)} | parts))  # type: ignore[arg-type]


def test_who_waits_comes_first_then_what_was_promised_then_what_was_decided_then_the_chats() -> None:
    said = text(
        content(
            waiting=(Waiting("c1", "Ana", NOW - HOUR, "Is it free?", level=5),),
            pledges=(
                Pledge("c1", "Bea", "Send the contract", NOW + HOUR),
                Pledge(None, "You", "Call", NOW - DAY, True),
            ),
            chats=(ChatGist("c1", "Ana", 1, 2, ("Asks for the flat.",), ("Viewing on Friday",), Made.MODEL),),
        ),
        READER,
    )
    places = [said.index(part) for part in ("*Waiting on you*", "*Promised*", "*Decided*", "*By chat*")]
    assert places == sorted(places)
    assert "❗ Ana (since " in said
    assert "overdue since" in said


def test_a_link_leads_to_each_chat_and_to_the_whole_where_there_is_an_address() -> None:
    reader = Reader("en", "UTC", "https://desk.example.com/")
    one = content(waiting=(Waiting("cht_1", "Ana", NOW, "Hi"),))
    said = text(one, reader, link="https://desk.example.com/digests/issues/iss_1")
    assert "https://desk.example.com/chats/cht_1" in said
    assert said.endswith("https://desk.example.com/digests/issues/iss_1")
    assert "http" not in text(one, READER)


def test_however_much_there_is_the_text_has_its_room_and_counts_what_it_leaves_out() -> None:
    waiting = tuple(Waiting(f"c{number}", f"Person {number}", NOW, "word " * 100) for number in range(80))
    chats = tuple(ChatGist(f"c{number}", f"Person {number}", 9, 9, ("x" * 200,) * 4) for number in range(80))
    said = text(content(waiting=waiting, waiting_more=7, chats=chats), READER, link="https://example.com/x")
    assert len(said) <= ROOM
    assert "and 75 more" in said


def test_who_waits_is_told_as_far_as_there_is_room_also_where_each_line_is_long() -> None:
    reader = Reader("en", "UTC", "https://front-desk.of-a-company.example.com")
    name, link = "A name as long as WhatsApp lets people have one, with more", "https://example.com/x"
    waiting = tuple(Waiting(f"cht_{number:024}", f"{number} {name}", NOW, "word " * 100) for number in range(12))
    said = text(content(waiting=waiting), reader, link=link)
    assert len(said) <= ROOM
    assert f"*Waiting on you*\n• 0 {name}" in said
    assert said.endswith(f"\n…\n\n{link}")


@pytest.mark.parametrize("language", WORDS)
def test_the_sum_names_each_part_and_adds_up(language: str) -> None:
    counts = Counts(inbound=10, answered=5, refused={"held": 3, "budget": 1}, pending=1, chats=4)
    assert counts.balanced
    said = reconciliation(counts, language)
    assert [int(word) for word in said.replace("(", " ").split() if word.isdigit()] == [10, 5, 3, 1, 1]


def test_what_is_nothing_is_not_counted() -> None:
    assert counted(Counts(), WORDS["en"]) == "Nothing came in."
    sent = Counts(agent=1, chats=1)
    assert counted(sent, WORDS["en"]) == "Nothing came in, 1 out (agent 1)."
    one = Counts(inbound=2, answered=2, chats=1, operator=1)
    assert counted(one, WORDS["en"]) == "2 in from one chat, 1 out (team 1)."


def talk(*said: str) -> Talk:
    return Talk(
        "c1",
        "Ana",
        tuple(Line("Agent" if each[0] == "<" else "Ana", each[0] == "<", each.lstrip("<"), NOW) for each in said),
    )


def test_small_talk_says_nothing_and_questions_say_most() -> None:
    chat = talk(
        "Hello",
        "ok",
        "thanks!",
        "👍",
        "The boiler is loud since yesterday",
        "Could somebody come?",
        "It is the blue house",
    )
    assert extracts.points(chat) == (
        "“The boiler is loud since yesterday”",
        "“Could somebody come?”",
        "“It is the blue house”",
    )


def test_what_was_asked_again_stands_once() -> None:
    chat = talk("Can I book a cleaning?", "And whitening, what is it?", "can I book a cleaning? ", "Is there parking?")
    said = ("“And whitening, what is it?”", "“can I book a cleaning?”", "“Is there parking?”")
    assert extracts.points(chat) == said


def test_where_they_said_nothing_what_we_said_last_is_told() -> None:
    assert extracts.points(talk("ok", "<We are open from nine.")) == ("Agent: “We are open from nine.”",)


@pytest.mark.parametrize(
    "said",
    [
        "Great, the viewing is confirmed for Friday",
        "Quedamos en el lunes a las 9",
        "Combinado, até sexta",
        "A sua marcação está feita: Consulta, sexta-feira.",
    ],
)
def test_what_settles_something_is_a_decision(said: str) -> None:
    assert extracts.decisions(talk(said)) == (f"“{said}”",)


@pytest.mark.parametrize(
    "said", ["Is it confirmed?", "It is not confirmed", "Can it be booked", "Não está marcado", "Call me"]
)
def test_what_asks_or_denies_is_none(said: str) -> None:
    assert extracts.decisions(talk(said)) == ()
