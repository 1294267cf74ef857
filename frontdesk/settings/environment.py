"""The environment (and `.env` in the working directory) as typed values."""

import os
import re
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from dotenv.parser import parse_stream
from pydantic import AfterValidator, AliasChoices, BeforeValidator, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import NoDecode, SettingsConfigDict

from frontdesk.kit.errors import SettingsError
from frontdesk.kit.text import is_token, shorten
from frontdesk.kit.vault import KEY_FILE, SHORTEST_KEY, load_or_make_key
from frontdesk.settings.models import ModelSettings, Url, opened, setting, valid_url
from frontdesk.settings.wording import not_utf8

GRAPH_URL = "https://graph.facebook.com/v26.0"


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
            "app_secret": opened(self.app_secret),
            "verify_token": opened(self.verify_token),
            "graph_url": self.graph_url,
            "accepts_unsigned": self.accepts_unsigned,
        }


def _origin(text: str) -> str:
    if text != "*" and urlsplit(valid_url(text)).path:
        raise ValueError("an origin has no path")
    return text.rstrip("/")


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.strip("[] ").replace('"', "").split(",") if part.strip())
    return value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _secret_key(key: SecretStr) -> SecretStr:
    if len(key.get_secret_value()) < SHORTEST_KEY:
        raise ValueError("too short")
    return key


def _number_id(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,64}", text.strip()):
        raise ValueError("no id of Meta's")
    return text.strip()


def _token(token: SecretStr) -> SecretStr:
    text = token.get_secret_value().strip()
    if not is_token(text):
        raise ValueError("no token")
    return SecretStr(text)


def _database(url: SecretStr) -> SecretStr:
    if not re.match(r"(sqlite:///.|postgres(ql)?(\+\w+)?://.)", url.get_secret_value()):
        raise ValueError("another database")
    _ = urlsplit(url.get_secret_value()).port  # raises ValueError where it is no number
    return url


class Settings(ModelSettings):
    """Everything that the environment says. Use `load_settings`, whose errors are sentences."""

    model_config = SettingsConfigDict(
        env_file_encoding="utf-8-sig", extra="ignore", env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    data_dir: Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())] = Field(
        default=Path("data"),
        validate_default=True,  # so that it is the working directory of the moment that counts
        validation_alias=AliasChoices("FRONTDESK_DATA_DIR"),
        description="The folder of the database, the media and the secret key. It is made with mode 0700.",
        json_schema_extra={"must": "the path of a folder"},
    )
    config: Path | None = setting(
        "FRONTDESK_CONFIG",
        default=None,
        says="The file with personas and rules. Without it, frontdesk.toml and then app.json in the working directory.",
        must="the path of a file",
    )
    secret_key: Annotated[SecretStr, AfterValidator(_secret_key)] | None = setting(
        "FRONTDESK_SECRET_KEY",
        default=None,
        says="The key under which credentials are sealed. Without it, one is made and kept in the data folder.",
        must="at least 16 characters long, or left out so that one is made",
    )
    api_key: SecretStr | None = setting(
        "FRONTDESK_API_KEY", default=None, says="An API key with all rights, given from outside."
    )
    database: Annotated[SecretStr, AfterValidator(_database)] | None = setting(
        "DATABASE_URL",
        "DB_URL",
        default=None,
        says="Where everything is kept. Without it, an SQLite file in the data folder.",
        must="sqlite:///path/to/frontdesk.db, postgresql://user:password@host/database, or left out",
    )
    database_connections: int = Field(
        default=10,
        ge=2,
        le=1_000,
        validation_alias=AliasChoices("FRONTDESK_DATABASE_CONNECTIONS"),
        description="How many connections a process opens to PostgreSQL at the most for writing; half as many more "
        "read.",
        json_schema_extra={"must": "a number from 2 to 1000"},
    )
    redis: SecretStr | None = setting(
        "REDIS_URL",
        "REDIS_URI",
        default=None,
        says="The Redis over which several processes share the work: live events, wake-ups, and Celery's broker unless "
        "another is named. Messages pass through it: give it a password or a private network.",
    )
    celery_broker: SecretStr | None = setting(
        "CELERY_BROKER_URL",
        default=None,
        says="The broker of Celery's workers, where it is another than REDIS_URL.",
    )
    celery_results: SecretStr | None = setting(
        "CELERY_RESULT_BACKEND",
        default=None,
        says="Where Celery keeps how jobs went, for its own tools. Without it, nowhere: the table of jobs says it.",
    )
    host: str = setting("HOST", default="127.0.0.1", says="The address to listen on; 0.0.0.0 for all.")
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        validation_alias=AliasChoices("PORT"),
        description="The port to listen on; 0 takes a free one.",
        json_schema_extra={"must": "a number from 0 to 65535"},
    )
    drain_seconds: Annotated[float, Field(ge=0, le=60)] = setting(
        "FRONTDESK_DRAIN_SECONDS",
        default=0.0,
        says="How long the end waits before the port is closed, for load balancers that only look at /health/ready.",
        must="a number of seconds from 0 to 60",
    )
    environment: Annotated[Literal["development", "production"], BeforeValidator(_lower)] = setting(
        "ENVIRONMENT",
        default="development",
        says="In production, webhooks must be signed and cookies need HTTPS.",
        must="development or production",
    )
    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = setting(
        "LOG_LEVEL", default="info", says="How much is logged.", must="debug, info, warning or error"
    )
    log_format: Annotated[Literal["console", "json"], BeforeValidator(_lower)] = setting(
        "LOG_FORMAT",
        default="console",
        says="Logs for people, or one JSON object per line.",
        must="console or json",
    )
    cors_origins: Annotated[tuple[Annotated[str, AfterValidator(_origin)], ...], NoDecode, BeforeValidator(_split)] = (
        setting(
            "CORS_ORIGINS",
            default=(),
            says="The web pages of others that may call the API, with commas between them.",
            must="origins such as https://app.example.com with commas between them, or *",
        )
    )
    public_url: Url | None = setting(
        "PUBLIC_URL",
        default=None,
        says="The address under which others reach this installation, for links and webhooks.",
        must="a URL such as https://desk.example.com",
    )
    whatsapp_access_token: Annotated[SecretStr, AfterValidator(_token)] | None = setting(
        "WHATSAPP_ACCESS_TOKEN",
        default=None,
        says="The token with which messages are sent by the Cloud API.",
        must="one word of letters, digits and signs, as Meta shows it: copy it again",
    )
    whatsapp_phone_number_id: Annotated[str, AfterValidator(_number_id)] | None = setting(
        "WHATSAPP_PHONE_NUMBER_ID",
        default=None,
        says="Meta's id of the number; not the phone number itself.",
        must="digits only: the id under WhatsApp > API Setup, not the phone number",
    )
    whatsapp_app_secret: SecretStr | None = setting(
        "WHATSAPP_APP_SECRET", default=None, says="The secret of the Meta app, which signs webhooks."
    )
    verify_token: SecretStr | None = setting(
        "VERIFY_TOKEN", default=None, says="The word that you chose and gave to Meta when you set the webhook."
    )
    graph_api_url: Url = setting(
        "GRAPH_API_URL",
        default=GRAPH_URL,
        says="The Graph API with its version.",
        must=f"a URL such as {GRAPH_URL}",
    )
    allow_bridge_commands: bool = setting(
        "FRONTDESK_ALLOW_BRIDGE_COMMANDS",
        default=False,
        says="Whether lines of the channel `bridge` may start programs on this machine and read folders of theirs. "
        "Whoever has an admin key may then run anything that this user may.",
        must="true or false",
    )

    @property
    def database_url(self) -> str:
        """The given URL, else SQLite in the data folder. May hold a password: never show it."""
        return opened(self.database) or f"sqlite:///{self.data_dir / 'frontdesk.db'}"

    @property
    def redis_url(self) -> str | None:
        """May hold a password: never show it."""
        return opened(self.redis)

    @property
    def production(self) -> bool:
        """Whether strangers can reach this installation."""
        return self.environment == "production"

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

    @property
    def key_file(self) -> Path:
        """Where the key that seals secrets is kept, unless one is given."""
        return self.data_dir / KEY_FILE

    @property
    def key_place(self) -> str:
        """Where the key that seals secrets comes from, for people."""
        return str(self.key_file) if self.secret_key is None else "FRONTDESK_SECRET_KEY"

    def vault_key(self) -> str:
        """The key that seals secrets: the one given, else the one kept in the data folder, made on first use.

        Raises:
            SettingsError: the file cannot be read or made.
        """
        try:
            key = opened(self.secret_key) or load_or_make_key(self.key_file)
        except OSError as refused:
            raise SettingsError(
                f"The key in {self.key_file} cannot be read: {refused.strerror}. Give this user the file."
            ) from None
        if len(key) < SHORTEST_KEY:
            raise SettingsError(
                f"The key in {self.key_file} is too short to be one. Bring the former file back; or delete it, and "
                "connect every line anew with all its values."
            )
        return key


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
        there = {*given, *names_in(env_file), *(name.upper() for name, value in os.environ.items() if value)}
        settings = Settings(_env_file=env_file, **given)
    except ValidationError as wrong:
        raise SettingsError("\n".join(_sentences(wrong.errors(include_url=False), there))) from None
    except UnicodeDecodeError as wrong:
        raise SettingsError(not_utf8(str(env_file), wrong)) from None
    except OSError as wrong:
        raise SettingsError(f"{env_file} cannot be read: {wrong.strerror}. Give this user the file.") from None
    _ = settings.cloud_account  # half of an account is found now rather than at the first message
    return settings


def names_in(env_file: Path | None) -> set[str]:
    """The names that the file sets, in capitals.

    Raises:
        SettingsError: a line is broken: it would be passed over. It is named, never shown: it may hold a secret.
    """
    if env_file is None or not env_file.is_file():
        return set()
    bindings = list(parse_stream(StringIO(env_file.read_bytes().decode("utf-8-sig"))))
    for each in bindings:
        if each.error:
            text = each.original.string
            line = each.original.line + text[: len(text) - len(text.lstrip())].count("\n")
            raise SettingsError(
                f"{env_file}, line {line} cannot be read. Write it as NAME=value, close every quote that is opened, "
                "and put a # before remarks."
            )
    return {each.key.upper() for each in bindings if each.key and each.value}


def _sentences(errors: list[ErrorDetails], given: set[str]) -> list[str]:
    by_name = {name: field for field in Settings.model_fields.values() for name in names(field)}
    sentences: dict[str, None] = {}
    for error in errors:
        field = by_name[str(error["loc"][0])]
        name = next((name for name in names(field) if name in given), names(field)[0])
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        must, colon, why = str(extra.get("must") or "a text").partition(": ")
        sentences[f"{name} must be {must}{_shown(field, error['input'])}{colon}{why}."] = None
    return list(sentences)


def _shown(field: FieldInfo, value: object) -> str:
    """What was given instead, unless it could hold a secret."""
    secret = "SecretStr" in str(field.annotation) or "@" in str(value)
    return "" if secret or isinstance(value, tuple | dict) else f", not “{shorten(str(value), 60)}”"
