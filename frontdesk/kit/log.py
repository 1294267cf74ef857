"""Structured logs without secrets and without the text of messages."""

import logging
import re
import sys
from datetime import UTC, datetime
from typing import Any, Literal

import orjson

_SECRET = re.compile(
    r"(?i)(authorization|x-api-key|api[_-]?key|access_token|app_secret|verify_token|password|token|secret)"
    r"(['\"]?\s*[:=]\s*['\"]?)(bearer\s+)?([^\s'\",&}]{4,})"
)
_RESERVED = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redact(text: str) -> str:
    """The text with what follows a secret's name blotted out."""
    return _SECRET.sub(r"\1\2\3[redacted]", text)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    return {key: value for key, value in vars(record).items() if key not in _RESERVED}


class JsonLines(logging.Formatter):
    """One JSON object per line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": redact(record.getMessage()),
            **_fields(record),
        }
        if record.exc_info:
            line["error"] = redact(self.formatException(record.exc_info))
        return orjson.dumps(line, default=str).decode()


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
    for chatty in ("alembic", "uvicorn", "httpx", "httpcore", "openai", "anthropic", "google_genai", "urllib3"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
