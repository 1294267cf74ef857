"""What is told is cut to the room of its target: whole words, and where the rest stands."""

import pytest

from frontdesk.domain.fitting import fitted, octets, units
from frontdesk.domain.telling import Alert

LINK = "https://desk.example.com/digests/issues/iss_1"


def test_what_has_room_is_told_as_it_is() -> None:
    alert = Alert("Title", "Text\nwith lines", link=LINK)
    assert fitted(alert, 100, title=50) == alert


def test_what_has_no_room_keeps_whole_lines_and_ends_with_its_link() -> None:
    lines = "\n".join(f"Line {number} of many" for number in range(100))
    cut = fitted(Alert("Title", f"{lines}\n\n{LINK}", link=LINK), 300, title=50)
    *kept, mark, link = cut.text.split("\n")
    assert (mark, link) == ("…", LINK)
    assert "\n".join(kept) == lines[: len("\n".join(kept))]
    assert kept[-1].endswith("of many")
    assert 250 < units(f"{cut.title}\n{cut.text}") <= 300


def test_a_long_line_is_cut_at_a_word_and_one_word_at_a_letter() -> None:
    assert fitted(Alert("T", "one two three four five"), 16, title=9).text == "one two …"
    assert fitted(Alert("T", "x" * 50), 12, title=9).text == f"{'x' * 8} …"


def test_a_title_keeps_to_its_own_room() -> None:
    assert fitted(Alert("A title of many words", "Text"), 100, title=12).title == "A title of…"


@pytest.mark.parametrize("room", range(40))
def test_it_never_takes_more_than_the_room(room: int) -> None:
    for link in (None, "https://x"):
        cut = fitted(Alert("Title 👍🏽 here", "Text with some words\nand lines", link=link), room, title=20)
        if room >= units(f"\n…\n{link}"):
            assert units(f"{cut.title}\n{cut.text}") <= room


@pytest.mark.parametrize(("size", "length"), [(units, 5), (octets, 10)])
def test_letters_are_counted_as_the_target_does(size: object, length: int) -> None:
    assert size("aé漢👍") == length  # type: ignore[operator]
