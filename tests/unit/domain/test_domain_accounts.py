"""What the state of a line means in words."""

from frontdesk.domain.accounts import State, sentence


def test_a_line_that_was_asked_to_wait_does_not_claim_that_messages_go_out() -> None:
    said = sentence(State.CONNECTED, "Its quality is low.", waits_until="14:05")
    assert "go out." not in said
    assert "nothing goes out before 14:05." in said
    assert said.endswith(" Its quality is low.")
    assert sentence(State.CONNECTED, waits_until="14:05").endswith("before 14:05.")


def test_a_wait_says_nothing_about_a_line_that_is_not_connected() -> None:
    for state in set(State) - {State.CONNECTED}:
        assert sentence(state, waits_until="14:05") == sentence(state)
