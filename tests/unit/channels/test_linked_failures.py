"""What the library's failures mean: told apart by their words, without the addresses in them."""

import pytest

from frontdesk.channels.linked.failures import code_of, is_in_doubt, said

UPLOAD = 'failed to execute request: Post "https://mmg.test/mms/document/AB500429?auth=key&token=503": '


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (UPLOAD + "dial tcp 10.0.0.1:443: connect: connection refused", "unreachable"),
        (UPLOAD + "read tcp: connection reset by peer", "unreachable"),
        ("timed out waiting for message send response", "unreachable"),
        ("can't send message: websocket not connected", "not_connected"),
        ("the store doesn't contain a device JID", "logged_out"),
        ('failed to download: Get "https://mmg.test/v/500": download failed with status code 404', "gone"),
        ("server returned error 503", "busy"),
        ('Get "https://mmg.test/500429503": not allowed', "rejected"),
        ("no LID found for 351@s.whatsapp.net from server", "rejected"),
    ],
)
def test_failures_are_told_apart(text: str, code: str) -> None:
    assert code_of(Exception(text)) == code


def test_only_what_got_no_answer_is_in_doubt() -> None:
    assert is_in_doubt(Exception("timed out waiting for message send response"))
    assert not is_in_doubt(Exception("websocket not connected"))
    assert not is_in_doubt(Exception("server returned error 503"))


def test_what_is_told_holds_no_address_with_its_keys() -> None:
    told = said(Exception(UPLOAD + "no such host"))
    assert told == "Exception: failed to execute request: Post … no such host"
