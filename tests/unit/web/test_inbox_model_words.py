"""How the inbox names a model, and whether it needs a key."""

import pytest

from frontdesk.settings import load_settings
from frontdesk.web.inbox.model_words import key_words, model_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("openai:", "OpenAI, gpt-4o-mini"),
        ("gemini:gemini-2.5-pro", "Google Gemini, gemini-2.5-pro"),
        ("openai-compatible:qwen3", "OpenAI-compatible server, qwen3"),
        ("offline:", "Offline, without a model"),
        ("foo:bar", "foo:bar"),
        ("nonsense", "nonsense"),
    ],
)
def test_a_model_is_named_as_the_one_that_really_answers(name: str, words: str) -> None:
    assert model_words(name) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("openai:", "Yes, OPENAI_API_KEY is set"),
        ("gemini:", "Yes, GOOGLE_API_KEY is missing"),
        ("ollama:", "No"),
        ("openai-compatible:qwen3", "No, but OPENAI_COMPATIBLE_API_KEY is set and sent along"),
        ("offline:", "No, it answers from the knowledge base"),
        ("foo:bar", "Not known: there is no such provider"),
    ],
)
def test_whether_a_model_needs_a_key_is_said_as_it_is(name: str, words: str) -> None:
    given = {"openai_api_key": "k", "openai_compatible_api_key": "k", "openai_compatible_base_url": "http://x.test"}
    assert key_words(name, load_settings(env_file=None, **given)) == words
