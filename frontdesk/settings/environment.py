"""The environment (and `.env` in the working directory) as typed values."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from frontdesk.kit.errors import SettingsError
from frontdesk.kit.text import shorten
from frontdesk.kit.vault import load_or_make_key

GRAPH_URL = "https://graph.facebook.com/v26.0"
_MODEL = re.compile(r"[a-z0-9][a-z0-9_-]*:\S*")


class ProviderAccess(NamedTuple):
    """How a provider of models is reached."""

    key: str | None
    base_url: str | None


@dataclass(frozen=True, slots=True)
class CloudAccess:
    """The Cloud API account that the environment describes. The secrets never show in a repr."""

    phone_number_id: str
    access_token: SecretStr
    app_secret: SecretStr | None
    verify_token: SecretStr | None
    graph_url: str
    accepts_unsigned: bool  # no app secret in development: webhooks are believed without a signature

    def options(self) -> dict[str, str | bool | None]:
        """What a `cloud` account is made of, the secrets in the open: only for sealing them at once."""
        return {
            "phone_number_id": self.phone_number_id,
            "access_token": self.access_token.get_secret_value(),
            "app_secret": _open(self.app_secret),
            "verify_token": _open(self.verify_token),
            "graph_url": self.graph_url,
            "accepts_unsigned": self.accepts_unsigned,
        }


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("no URL")
    return text.rstrip("/")


def _origin(text: str) -> str:
    if text != "*" and urlsplit(_url(text)).path:
        raise ValueError("an origin has no path")
    return text.rstrip("/")


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.strip("[] ").replace('"', "").split(",") if part.strip())
    return value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _model(text: str) -> str:
    if not _MODEL.fullmatch(text):
        raise ValueError("no provider before a colon")
    return text


def _secret_key(key: SecretStr) -> SecretStr:
    if len(key.get_secret_value()) < 16:
        raise ValueError("too short")
    return key


def _database(url: SecretStr) -> SecretStr:
    if not re.match(r"(sqlite:///.|postgres(ql)?(\+\w+)?://.)", url.get_secret_value()):
        raise ValueError("another database")
    return url


Url = Annotated[str, AfterValidator(_url)]


def _setting(*names: str, default: Any, says: str, must: str = "") -> Any:
    """A setting: its names in the environment (the first is its own), what it says, and what a value must be."""
    return Field(
        default=default,
        validation_alias=AliasChoices(*names),
        description=says,
        json_schema_extra={"must": must},
    )


class Settings(BaseSettings):
    """Everything that the environment says. Use `load_settings`, whose errors are sentences."""

    model_config = SettingsConfigDict(
        env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    data_dir: Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())] = _setting(
        "FRONTDESK_DATA_DIR",
        default=Path("data").absolute(),
        says="The folder of the database, the media and the secret key. It is made with mode 0700.",
        must="the path of a folder",
    )
    config: Path | None = _setting(
        "FRONTDESK_CONFIG",
        default=None,
        says="The file with personas and rules. Without it, frontdesk.toml and then app.json in the working directory.",
        must="the path of a file",
    )
    secret_key: Annotated[SecretStr, AfterValidator(_secret_key)] | None = _setting(
        "FRONTDESK_SECRET_KEY",
        default=None,
        says="The key under which credentials are sealed. Without it, one is made and kept in the data folder.",
        must="at least 16 characters long, or left out so that one is made",
    )
    api_key: SecretStr | None = _setting(
        "FRONTDESK_API_KEY", default=None, says="An API key with all rights, given from outside."
    )
    database: Annotated[SecretStr, AfterValidator(_database)] | None = _setting(
        "DATABASE_URL",
        "DB_URL",
        default=None,
        says="Where everything is kept. Without it, an SQLite file in the data folder.",
        must="sqlite:///path/to/frontdesk.db, or left out",
    )
    redis: SecretStr | None = _setting(
        "REDIS_URL", "REDIS_URI", default=None, says="The Redis through which several processes tell each other events."
    )
    celery_broker: SecretStr | None = _setting(
        "CELERY_BROKER_URL", default=None, says="The broker of the Celery workers, where there are any."
    )
    celery_results: SecretStr | None = _setting(
        "CELERY_RESULT_BACKEND", default=None, says="Where Celery keeps results, for those who look at them."
    )
    host: str = _setting("HOST", default="127.0.0.1", says="The address to listen on; 0.0.0.0 for all.")
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        validation_alias=AliasChoices("PORT"),
        description="The port to listen on; 0 takes a free one.",
        json_schema_extra={"must": "a number from 0 to 65535"},
    )
    environment: Annotated[Literal["development", "production"], BeforeValidator(_lower)] = _setting(
        "ENVIRONMENT",
        default="development",
        says="In production, webhooks must be signed and cookies need HTTPS.",
        must="development or production",
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = _setting(
        "LOG_LEVEL", default="info", says="How much is logged.", must="debug, info, warning or error"
    )
    log_format: Annotated[Literal["console", "json"], BeforeValidator(_lower)] = _setting(
        "LOG_FORMAT",
        default="console",
        says="Logs for people, or one JSON object per line.",
        must="console or json",
    )
    cors_origins: Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_split)] = (
        _setting(
            "CORS_ORIGINS",
            default=(),
            says="The web pages of others that may call the API, with commas between them.",
            must="origins such as https://app.example.com with commas between them, or *",
        )
    )
    public_url: Url | None = _setting(
        "PUBLIC_URL",
        default=None,
        says="The address under which others reach this installation, for links and webhooks.",
        must="a URL such as https://desk.example.com",
    )
    whatsapp_access_token: SecretStr | None = _setting(
        "WHATSAPP_ACCESS_TOKEN", default=None, says="The token with which messages are sent by the Cloud API."
    )
    whatsapp_phone_number_id: str | None = _setting(
        "WHATSAPP_PHONE_NUMBER_ID", default=None, says="Meta's id of the number; not the phone number itself."
    )
    whatsapp_app_secret: SecretStr | None = _setting(
        "WHATSAPP_APP_SECRET", default=None, says="The secret of the Meta app, which signs webhooks."
    )
    verify_token: SecretStr | None = _setting(
        "VERIFY_TOKEN", default=None, says="The word that you chose and gave to Meta when you set the webhook."
    )
    graph_api_url: Url = _setting(
        "GRAPH_API_URL",
        default=GRAPH_URL,
        says="The Graph API with its version.",
        must=f"a URL such as {GRAPH_URL}",
    )
    frontdesk_model: Annotated[str, AfterValidator(_model)] = _setting(
        "FRONTDESK_MODEL",
        default="offline:",
        says="The model of personas that name none, as provider:model.",
        must="provider:model, for example gemini:gemini-2.5-flash, or offline:",
    )
    google_api_key: SecretStr | None = _setting(
        "GOOGLE_API_KEY", "GEMINI_API_KEY", default=None, says="The key for Gemini."
    )
    openai_api_key: SecretStr | None = _setting(
        "OPENAI_API_KEY", default=None, says="The key for OpenAI, or for a server that speaks like it."
    )
    perplexity_api_key: SecretStr | None = _setting("PERPLEXITY_API_KEY", default=None, says="The key for Perplexity.")
    anthropic_api_key: SecretStr | None = _setting("ANTHROPIC_API_KEY", default=None, says="The key for Anthropic.")
    google_base_url: Url | None = _setting(
        "GOOGLE_BASE_URL", default=None, says="Another address for Gemini.", must="a URL such as http://127.0.0.1:9000"
    )
    openai_base_url: Url | None = _setting(
        "OPENAI_BASE_URL",
        default=None,
        says="Another address for OpenAI, or that of a server that speaks like it.",
        must="a URL such as http://127.0.0.1:9000/v1",
    )
    perplexity_base_url: Url | None = _setting(
        "PERPLEXITY_BASE_URL",
        default=None,
        says="Another address for Perplexity.",
        must="a URL such as http://127.0.0.1:9000",
    )
    anthropic_base_url: Url | None = _setting(
        "ANTHROPIC_BASE_URL",
        default=None,
        says="Another address for Anthropic.",
        must="a URL such as http://127.0.0.1:9000",
    )
    ollama_base_url: Url | None = _setting(
        "OLLAMA_BASE_URL",
        default=None,
        says="Where Ollama listens, if not on this machine.",
        must="a URL such as http://127.0.0.1:11434",
    )

    @property
    def database_url(self) -> str:
        """The given URL, else SQLite in the data folder. May hold a password: never show it."""
        return _open(self.database) or f"sqlite:///{self.data_dir / 'frontdesk.db'}"

    @property
    def redis_url(self) -> str | None:
        """May hold a password: never show it."""
        return _open(self.redis)

    @property
    def production(self) -> bool:
        """Whether strangers can reach this installation."""
        return self.environment == "production"

    def provider_access(self) -> dict[str, ProviderAccess]:
        """For each provider of models, its key and base URL as far as they are set."""
        return {
            "gemini": ProviderAccess(_open(self.google_api_key), self.google_base_url),
            "openai": ProviderAccess(_open(self.openai_api_key), self.openai_base_url),
            "perplexity": ProviderAccess(_open(self.perplexity_api_key), self.perplexity_base_url),
            "anthropic": ProviderAccess(_open(self.anthropic_api_key), self.anthropic_base_url),
            "ollama": ProviderAccess(None, self.ollama_base_url),
        }

    @property
    def cloud_account(self) -> CloudAccess | None:
        """The Cloud API account that the environment describes; None where it describes none.

        Raises:
            SettingsError: only half of it is there, or production lacks the app secret.
        """
        token, number = self.whatsapp_access_token, self.whatsapp_phone_number_id
        if token is None and number is None:
            return None
        if token is None or number is None:
            missing = "WHATSAPP_ACCESS_TOKEN" if token is None else "WHATSAPP_PHONE_NUMBER_ID"
            there = "WHATSAPP_PHONE_NUMBER_ID" if token is None else "WHATSAPP_ACCESS_TOKEN"
            raise SettingsError(f"{there} is set but {missing} is missing: set both, or neither.")
        if self.production and self.whatsapp_app_secret is None:
            raise SettingsError(
                "WHATSAPP_APP_SECRET is missing: in production every webhook must be signed. "
                "Copy it from the Meta app (App settings, Basic), or set ENVIRONMENT=development."
            )
        return CloudAccess(
            phone_number_id=number,
            access_token=token,
            app_secret=self.whatsapp_app_secret,
            verify_token=self.verify_token,
            graph_url=self.graph_api_url,
            accepts_unsigned=self.whatsapp_app_secret is None,
        )

    def house_path(self) -> Path | None:
        """The file with personas and rules: the one named, else frontdesk.toml, else app.json; None where none is.

        Raises:
            SettingsError: the one named does not exist.
        """
        if self.config is not None:
            path = self.config.expanduser().absolute()
            if not path.is_file():
                raise SettingsError(
                    f"FRONTDESK_CONFIG names {path}, which is no file. Correct the path, or leave it out."
                )
            return path
        return next(
            (path for name in ("frontdesk.toml", "app.json") if (path := Path(name).absolute()).is_file()), None
        )

    def make_data_dir(self) -> Path:
        """The data folder, made with mode 0700 when it does not exist.

        Raises:
            SettingsError: it cannot be made or written to.
        """
        mend = "Give a folder that may be written to with FRONTDESK_DATA_DIR or --data-dir."
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as refused:
            raise SettingsError(
                f"The data folder {self.data_dir} cannot be made: {refused.strerror}. {mend}"
            ) from refused
        if not os.access(self.data_dir, os.R_OK | os.W_OK | os.X_OK):
            raise SettingsError(f"The data folder {self.data_dir} may not be written to. {mend}")
        return self.data_dir

    def vault_key(self) -> str:
        """The key that seals secrets: the one given, else the one kept in the data folder, made on first use.

        Raises:
            SettingsError: the file cannot be read or made.
        """
        path = self.data_dir / "secret.key"
        try:
            return _open(self.secret_key) or load_or_make_key(path)
        except OSError as refused:
            raise SettingsError(
                f"The key in {path} cannot be read: {refused.strerror}. Give this user the file."
            ) from None


def _open(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()


def names(field: FieldInfo) -> tuple[str, ...]:
    """The names of a setting in the environment; the first is its own."""
    alias = field.validation_alias
    return tuple(str(choice) for choice in alias.choices) if isinstance(alias, AliasChoices) else ()


def load_settings(*, env_file: Path | None = Path(".env"), **overrides: Any) -> Settings:
    """Read the environment and `.env`. Overrides (by attribute or by lower-case variable) win; None overrides nothing.

    Raises:
        SettingsError: one sentence per problem, each on a line of its own, none with a secret in it.
    """
    own = {name: names(field)[0] for name, field in Settings.model_fields.items()}
    given = {own.get(name, name.upper()): value for name, value in overrides.items() if value is not None}
    if unknown := set(given) - set(own.values()):
        raise TypeError(f"No such settings: {', '.join(sorted(unknown))}")
    try:
        settings = Settings(_env_file=env_file, **given)
    except ValidationError as wrong:
        raise SettingsError("\n".join(_sentences(wrong.errors(include_url=False)))) from None
    except (OSError, UnicodeDecodeError) as wrong:
        raise SettingsError(f"{env_file} cannot be read: {wrong}. Save it as UTF-8, readable for this user.") from None
    _ = settings.cloud_account  # half of an account is found now rather than at the first message
    return settings


def _sentences(errors: list[ErrorDetails]) -> list[str]:
    by_name = {name: field for field in Settings.model_fields.values() for name in names(field)}
    sentences: dict[str, None] = {}
    for error in errors:
        name = str(error["loc"][0])
        field = by_name[name]
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        sentences[f"{names(field)[0]} must be {extra.get('must') or 'a text'}{_shown(field, error['input'])}."] = None
    return list(sentences)


def _shown(field: FieldInfo, value: object) -> str:
    """What was given instead, unless it could hold a secret."""
    secret = "SecretStr" in str(field.annotation) or "@" in str(value)
    return "" if secret or isinstance(value, tuple | dict) else f", not “{shorten(str(value), 60)}”"
