"""Every exception class of every vendor's client is turned into one of ours."""

import importlib
import inspect
from collections.abc import Iterator

import pytest
from aiohttp import ClientPayloadError, ServerDisconnectedError
from aiohttp.http_exceptions import ContentLengthError
from pydantic import TypeAdapter, ValidationError

from frontdesk.kit.errors import PluginError, Rejected, Retryable
from frontdesk.llm.errors import Asked, failed

ASKED = Asked(
    title="Vendor", model="m", base_url="http://user:secret@host:8080/v1?key=secret", key_setting="KEY", seconds=30
)
MODULES = (
    *("openai", "anthropic", "google.genai.errors", "ollama", "aiohttp", "httpx", "httpx2", "httpcore", "httpcore2"),
    *("langchain_core.exceptions", "langchain_openai.chat_models.base", "langchain_google_genai.chat_models"),
    *("langchain_anthropic.chat_models", "langchain_google_genai._common", "pydantic_core", "json"),
)


def exceptions(module: str) -> Iterator[type[Exception]]:
    for _, found in inspect.getmembers(importlib.import_module(module), inspect.isclass):
        if issubclass(found, Exception) and not issubclass(found, Warning):
            yield found


def made(kind: type[Exception]) -> Exception:
    """An instance without its constructor, which differs for each; pydantic's are made in its own way."""
    if kind.__module__.startswith("pydantic"):
        return validation_error()
    return kind.__new__(kind)


def validation_error() -> ValidationError:
    try:
        TypeAdapter(int).validate_json("[]")
    except ValidationError as error:
        return error
    raise AssertionError("This cannot be an int.")


@pytest.mark.parametrize("module", MODULES)
def test_no_exception_of_a_vendor_is_left_unmapped(module: str) -> None:
    kinds = list(exceptions(module))
    assert kinds
    for kind in kinds:
        error = failed(made(kind), ASKED)
        assert type(error) in (Retryable, Rejected), kind
        assert error.code, kind
        assert error.sentence.endswith("."), kind


@pytest.mark.parametrize("kind", [ValueError, KeyError, TypeError, AttributeError, OSError, TimeoutError, RuntimeError])
def test_no_exception_of_python_is_left_unmapped(kind: type[Exception]) -> None:
    assert isinstance(failed(kind("secret"), ASKED), Retryable)


def test_sentences_quote_neither_the_vendor_nor_a_password() -> None:
    for kind in (ValueError, OSError, TimeoutError):
        assert "secret" not in failed(kind("secret"), ASKED).sentence


def test_a_cause_deep_in_the_chain_is_seen() -> None:
    outer = RuntimeError("wrapped")
    outer.__cause__ = ValueError("in between")
    outer.__cause__.__context__ = ConnectionRefusedError("x")
    assert failed(outer, ASKED).code == "unreachable"


@pytest.mark.parametrize("broken", [ClientPayloadError("cut"), ServerDisconnectedError()])
def test_an_answer_that_broke_off_is_a_broken_connection_and_no_refusal(broken: Exception) -> None:
    outer = RuntimeError("wrapped")
    outer.__cause__ = broken
    outer.__cause__.__cause__ = ContentLengthError("its code is 400")
    assert failed(outer, ASKED).code == "unreachable"


def test_our_own_errors_pass_as_they_are() -> None:
    ours: PluginError = Rejected("no", code="key")
    assert failed(ours, ASKED) is ours
