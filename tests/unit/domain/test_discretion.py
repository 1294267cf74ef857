"""What strangers are told of a line names no other line and no whole number."""

from frontdesk.domain.discretion import discreet, ending


def test_numbers_are_cut_to_their_ends() -> None:
    told = discreet("This line belongs to +351912345678: with +44 7700 900123 chats would be mixed.", name="Clinic")
    assert told == "This line belongs to +…78: with +…23 chats would be mixed."


def test_other_lines_are_not_named() -> None:
    told = discreet("“Clinic” is taken: the phone is linked with the line “My own number” here.", name="Clinic")
    assert told == "“Clinic” is taken: the phone is linked with the line “another line” here."


def test_the_owner_knows_a_number_again_by_its_end() -> None:
    assert (ending("351912345678"), ending(None), ending("")) == ("78", "", "")
