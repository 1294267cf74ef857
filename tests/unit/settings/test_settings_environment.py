"""The environment as settings."""

# ruff: noqa: E501 - sentences stay whole

from pathlib import Path

import pytest

from frontdesk.kit.errors import SettingsError
from frontdesk.settings import Settings, load_settings
from frontdesk.settings.environment import GRAPH_URL, names

CONTRACT = [
    "FRONTDESK_DATA_DIR",
    "FRONTDESK_CONFIG",
    "FRONTDESK_SECRET_KEY",
    "FRONTDESK_API_KEY",
    "DATABASE_URL",
    "DB_URL",
    "REDIS_URL",
    "REDIS_URI",
    "CELERY_BROKER_URL",
    "CELERY_RESULT_BACKEND",
    "HOST",
    "PORT",
    "ENVIRONMENT",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "CORS_ORIGINS",
    "PUBLIC_URL",
    "WHATSAPP_ACCESS_TOKEN",
    "WHATSAPP_PHONE_NUMBER_ID",
    "WHATSAPP_APP_SECRET",
    "VERIFY_TOKEN",
    "GRAPH_API_URL",
    "FRONTDESK_MODEL",
    "GOOGLE_API_KEY",
    "OPENAI_API_KEY",
    "PERPLEXITY_API_KEY",
    "ANTHROPIC_API_KEY",
    "GOOGLE_BASE_URL",
    "OPENAI_BASE_URL",
    "PERPLEXITY_BASE_URL",
    "ANTHROPIC_BASE_URL",
    "OLLAMA_BASE_URL",
]
CLOUD = {"whatsapp_access_token": "EAAtoken", "whatsapp_phone_number_id": "106540352242922"}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*CONTRACT, "GEMINI_API_KEY", "OPENAI_COMPATIBLE_API_KEY", "OPENAI_COMPATIBLE_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def load(**overrides: object) -> Settings:
    """Settings without a `.env`."""
    return load_settings(env_file=None, **overrides)


def problem(**overrides: object) -> str:
    """What is said about wrong settings."""
    with pytest.raises(SettingsError) as wrong:
        load(**overrides)
    return wrong.value.sentence


def test_every_variable_of_the_contract_is_a_setting() -> None:
    known = {name for field in Settings.model_fields.values() for name in names(field)}
    assert set(CONTRACT) <= known


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_first_run_needs_no_setting() -> None:
    settings = load()
    assert (settings.host, settings.port, settings.environment) == ("127.0.0.1", 8000, "development")
    assert (settings.frontdesk_model, settings.graph_api_url) == ("offline:", GRAPH_URL)
    assert settings.data_dir == Path("data").absolute()
    assert settings.database_url == f"sqlite:///{settings.data_dir}/frontdesk.db"
    assert settings.cloud_account is None


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        ("PORT", "9000", "port", 9000),
        ("ENVIRONMENT", "Production", "production", True),
        ("LOG_LEVEL", "DEBUG", "log_level", "debug"),
        ("LOG_FORMAT", "json", "log_format", "json"),
        ("DB_URL", "sqlite:///a.db", "database_url", "sqlite:///a.db"),
        ("DATABASE_URL", "postgresql://u:p@h/d", "database_url", "postgresql://u:p@h/d"),
        ("REDIS_URI", "redis://h", "redis_url", "redis://h"),
        ("CORS_ORIGINS", "https://a.example, https://b.example", "cors_origins", ("https://a.example", "https://b.example")),
        ("CORS_ORIGINS", '["https://a.example"]', "cors_origins", ("https://a.example",)),
        ("CORS_ORIGINS", "*", "cors_origins", ("*",)),
        ("PUBLIC_URL", "https://desk.example/", "public_url", "https://desk.example"),
        ("FRONTDESK_MODEL", "ollama:llama3.2", "frontdesk_model", "ollama:llama3.2"),
    ],
)  # fmt: skip
def test_a_variable_is_read(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, attribute: str, expected: object
) -> None:
    monkeypatch.setenv(name, value)
    assert getattr(load(), attribute) == expected


def test_an_empty_variable_is_as_if_it_were_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in CONTRACT:
        monkeypatch.setenv(name, "")
    assert load() == load_settings(env_file=None)
    assert load().port == 8000


def test_what_is_asked_for_wins_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9000")
    monkeypatch.setenv("DB_URL", "sqlite:///environment.db")
    settings = load(port=9001, database_url="sqlite:///asked.db", host=None)
    assert (settings.port, settings.database_url, settings.host) == (9001, "sqlite:///asked.db", "127.0.0.1")


def test_variables_of_others_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA_DIR", "SECRET_KEY", "API_KEY", "CONFIG", "DATABASE", "REDIS"):
        monkeypatch.setenv(name, "of another program")
    assert load() == load_settings(env_file=None)
    assert load().api_key is None


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"port": "eighty"}, "PORT must be a number from 0 to 65535, not “eighty”."),
        ({"port": 70000}, "PORT must be a number from 0 to 65535, not “70000”."),
        ({"environment": "staging"}, "ENVIRONMENT must be development or production, not “staging”."),
        ({"log_level": "loud"}, "LOG_LEVEL must be debug, info, warning or error, not “loud”."),
        ({"public_url": "desk"}, "PUBLIC_URL must be a URL such as https://desk.example.com, not “desk”."),
        ({"frontdesk_model": "gemini"},
         "FRONTDESK_MODEL must be provider:model, for example gemini:gemini-2.5-flash, or offline:, not “gemini”."),
        ({"secret_key": "short"}, "FRONTDESK_SECRET_KEY must be at least 16 characters long, or left out so that one is made."),
        ({"database_url": "mysql://ana:hidden@h/d"}, "DATABASE_URL must be sqlite:///path/to/frontdesk.db, postgresql://user:password@host/database, or left out."),
        ({"ollama_base_url": "localhost:11434"},
         "OLLAMA_BASE_URL must be a URL such as http://127.0.0.1:11434, not “localhost:11434”."),
        ({"whatsapp_phone_number_id": "+351 210 000 300"},
         "WHATSAPP_PHONE_NUMBER_ID must be digits only, not “+351 210 000 300”: "
         "the id under WhatsApp > API Setup, not the phone number."),
        ({"whatsapp_access_token": "EAA and more"},
         "WHATSAPP_ACCESS_TOKEN must be one word of letters, digits and signs, as Meta shows it: copy it again."),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_in_one_sentence(given: dict[str, object], sentence: str) -> None:
    assert problem(**given) == sentence


def test_each_problem_has_its_own_line() -> None:
    assert len(problem(port="x", log_format="y").splitlines()) == 2


@pytest.mark.parametrize("name", ["secret_key", "database_url", "google_base_url", "public_url"])
def test_no_error_repeats_a_secret(name: str) -> None:
    assert "h1dd3n" not in problem(**{name: "ftp://ana:h1dd3n@x" if name != "secret_key" else "h1dd3n"})


def test_no_secret_shows_when_settings_are_printed() -> None:
    secrets = {name.lower(): f"h1dd3n-{name}" for name in CONTRACT if name.endswith(("KEY", "TOKEN", "SECRET"))}
    settings = load(whatsapp_phone_number_id="1", redis_url="redis://:h1dd3n@h", **secrets)
    assert "h1dd3n" not in repr(settings) + str(settings) + repr(settings.cloud_account)


def test_four_values_make_a_cloud_account() -> None:
    account = load(**CLOUD, whatsapp_app_secret="s3cret", verify_token="word").cloud_account
    assert account is not None
    assert account.options() == {
        "phone_number_id": "106540352242922",
        "access_token": "EAAtoken",
        "app_secret": "s3cret",
        "verify_token": "word",
        "graph_url": GRAPH_URL,
        "accepts_unsigned": False,
    }


@pytest.mark.parametrize(
    ("given", "missing"),
    [("whatsapp_access_token", "WHATSAPP_PHONE_NUMBER_ID"), ("whatsapp_phone_number_id", "WHATSAPP_ACCESS_TOKEN")],
)
def test_half_an_account_names_what_is_missing(given: str, missing: str) -> None:
    assert f"but {missing} is missing" in problem(**{given: CLOUD[given]})


def test_production_refuses_a_cloud_account_without_an_app_secret() -> None:
    assert problem(**CLOUD, environment="production").startswith("WHATSAPP_APP_SECRET is missing")


def test_development_believes_unsigned_webhooks_without_an_app_secret() -> None:
    account = load(**CLOUD).cloud_account
    assert account is not None
    assert account.accepts_unsigned


def test_provider_access_names_every_provider() -> None:
    access = load(google_api_key="g", openai_base_url="http://127.0.0.1:9/v1/").provider_access()
    assert set(access) == {"gemini", "openai", "perplexity", "anthropic", "openai-compatible", "ollama"}
    assert access["gemini"] == ("g", None)
    assert access["openai"] == access["openai-compatible"] == (None, "http://127.0.0.1:9/v1")


def test_the_key_of_openai_is_not_sent_to_another_server() -> None:
    access = load(openai_api_key="k", openai_compatible_base_url="http://127.0.0.1:9").provider_access()
    assert access["openai-compatible"] == (None, "http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("given", "doubt"),
    [
        ({"openai_compatible_base_url": "http://127.0.0.1:1", "openai_compatible_api_key": "k"}, "Name its model with"),
        ({"openai_base_url": "http://127.0.0.1:1"}, "Name its model with"),
        ({"openai_compatible_api_key": "k"}, "Name its address with OPENAI_COMPATIBLE_BASE_URL, and the model with"),
        ({"openai_compatible_base_url": "http://127.0.0.1:1", "frontdesk_model": "offline:"}, None),
        ({"openai_compatible_base_url": "http://127.0.0.1:1", "google_api_key": "k"}, None),
        ({}, None),
    ],
)
def test_a_server_whose_model_nobody_named_is_told(given: dict[str, object], doubt: str | None) -> None:
    told = load(**given).model_doubt
    assert told is None if doubt is None else f"{doubt} FRONTDESK_MODEL=openai-compatible:NAME." in str(told)


@pytest.mark.parametrize(
    ("given", "model"),
    [
        ({}, "offline:"),
        ({"openai_api_key": "k"}, "openai:"),
        ({"ollama_base_url": "http://127.0.0.1:11434"}, "ollama:"),
        ({"openai_compatible_base_url": "http://127.0.0.1:1"}, "offline:"),  # which model it has, only a person knows
        ({"openai_api_key": "k", "frontdesk_model": "offline:"}, "offline:"),
    ],
)
def test_a_key_is_enough_to_be_answered_by_its_provider(given: dict[str, object], model: str) -> None:
    assert load(**given).model_in_use == model
