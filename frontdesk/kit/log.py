"""Structured logs without secrets and without the text of messages."""

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

from frontdesk.kit.text import keepable

_NAMES = r"(authorization|x-api-key|api[_-]?key|access_token|app_secret|verify_token|password|token|secret)"
_SECRET_NAME = re.compile(f"(?i){_NAMES}")
_SECRET = re.compile(
    f"(?i){_NAMES}"
    r"(['\"]?\s*[:=]\s*['\"]?)(bearer\s+)?([^\s'\",&}]{4,})"
)
_GIVEN = re.compile(r"input_value=.*?(?=, input_type=)", re.DOTALL)  # pydantic quotes what it refuses
_CHATTY = (
    *("alembic", "uvicorn", "aiohttp", "httpx", "httpcore", "httpx2", "httpcore2", "urllib3"),
    *("openai", "anthropic", "google_genai"),
)
_RESERVED = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """The text with what follows a secret's name blotted out, and what pydantic quotes: it may be a message."""
    return _SECRET.sub(r"\1\2\3[redacted]", _GIVEN.sub("input_value=[redacted]", text))


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if key not in _RESERVED}


def _shown(name: str, value: Any) -> Any:
    if _SECRET_NAME.fullmatch(name):
        return "[redacted]"
    return redact(value) if isinstance(value, str) else value


def _one_line(line: dict[str, Any]) -> str:
    try:
        return orjson.dumps(line, default=str).decode()
    except TypeError:  # a lone surrogate, or a number beyond 64 bits
        return keepable(json.dumps(line, default=str, ensure_ascii=False))


class JsonLines(logging.Formatter):
    """One JSON object per line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": redact(record.getMessage()),
            **{name: _shown(name, value) for name, value in _fields(record).items()},
        }
        if record.exc_info:
            line["error"] = redact(self.formatException(record.exc_info))
        return _one_line(line)


class Console(logging.Formatter):
    """One line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line of text."""
        at = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S")
        fields = "".join(f"  {key}={value}" for key, value in _fields(record).items())
        line = f"{at} {record.levelname.lower():<7} {redact(record.getMessage())}{redact(fields)}"
        return f"{line}\n{redact(self.formatException(record.exc_info))}" if record.exc_info else line


def set_up(level: str, style: Literal["console", "json"]) -> None:
    """Send all logs to standard error in the given style."""
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(JsonLines() if style == "json" else Console())
    logging.basicConfig(level=level.upper(), handlers=[out], force=True)
    for chatty in _CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
