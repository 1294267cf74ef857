"""What never reaches the log."""

import logging

import pytest
from pydantic import BaseModel, ValidationError

from frontdesk.kit.log import Console, JsonLines, redact


class _Place(BaseModel):
    number: int


@pytest.mark.parametrize("form", [Console(), JsonLines()])
def test_what_pydantic_refused_is_not_quoted(form: logging.Formatter) -> None:
    text = "".join(chr(code) for code in (52, 55, 49, 49, 44, 10)) + "please"  # not to stand in the lines of the trace
    with pytest.raises(ValidationError) as wrong:
        _Place.model_validate({"number": text})
    failure = (type(wrong.value), wrong.value, wrong.value.__traceback__)
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "a job failed", None, failure)
    said = form.format(record)
    assert "4711" not in said
    assert "unable to parse string as an integer" in said


@pytest.mark.parametrize(
    "text", ["Authorization: Bearer abcd1234", "token=abcd1234", '"app_secret": "abcd1234"', "?access_token=abcd1234&b"]
)
def test_secrets_are_blotted_out(text: str) -> None:
    assert "abcd1234" not in redact(text)
