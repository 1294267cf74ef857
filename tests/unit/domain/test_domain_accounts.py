"""What the state of a line means in words."""

from frontdesk.domain.accounts import State, next_step, sentence, unchecked_reason


def test_a_line_that_was_asked_to_wait_does_not_claim_that_messages_go_out() -> None:
    said = sentence(State.CONNECTED, "Its quality is low.", waits_until="14:05")
    assert "go out." not in said
    assert "nothing goes out before 14:05." in said
    assert said.endswith(" Its quality is low.")
    assert sentence(State.CONNECTED, waits_until="14:05").endswith("before 14:05.")


def test_a_wait_says_nothing_about_a_line_that_is_not_connected() -> None:
    for state in set(State) - {State.CONNECTED}:
        assert sentence(state, waits_until="14:05") == sentence(state)


def test_every_state_in_which_somebody_has_to_act_says_what_to_do() -> None:
    idle = {State.CONNECTED, State.CONNECTING}
    for state in State:
        assert (next_step(state, links=True) is None) == (state in idle)
    for state in set(State) - {State.QR_PENDING}:
        assert (next_step(state) is None) == (state in idle)


def test_a_code_to_type_has_steps_of_its_own() -> None:
    scan, type_it = (next_step(State.QR_PENDING, links=True, by_code=by_code) for by_code in (False, True))
    assert scan is not None
    assert type_it is not None
    assert "scan" in scan
    assert "Link with phone number instead" in type_it


def test_a_line_that_could_not_be_checked_is_checked_by_connecting_it() -> None:
    assert next_step(State.CONNECTED, unchecked_reason("no answer")) == "Connect the line again to have it checked."


def test_a_line_that_was_linked_before_is_not_sent_for_a_code() -> None:
    before, never = (next_step(State.DISCONNECTED, links=True, linked=linked) for linked in (True, False))
    assert before is not None
    assert never is not None
    assert "no new code is needed" in before
    assert "for a code" in never
