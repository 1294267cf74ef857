"""Having something done by another process of the house: what may become of it, and errors that cross over."""

from collections.abc import Mapping
from typing import Any

from frontdesk.kit.errors import FrontdeskError, LoggedOut, PluginError, Rejected, Retryable


class NotAsked(FrontdeskError):
    """Nobody has begun with it, and nobody will: surely not done."""


class NotHere(NotAsked):
    """The one who was asked is not the one who does that: surely not done."""


class Unanswered(FrontdeskError):
    """Somebody has begun with it, and what became of it is not known."""


class Failed(FrontdeskError):
    """It was tried over there and raised the error `told`; see `error_of`."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        super().__init__(str(told.get("sentence")))
        self.told = told

    @property
    def kind(self) -> str:
        """The name of the error's class."""
        return str(self.told.get("kind"))


def told_of(error: Exception) -> dict[str, Any]:
    """The error as it crosses over. Of one that is not for people only the name does."""
    told: dict[str, Any] = {"kind": type(error).__name__}
    if not isinstance(error, FrontdeskError):
        return {**told, "sentence": f"It failed unexpectedly ({told['kind']}); the log of that process says why."}
    told["sentence"] = error.sentence
    for name in ("code", "after", "scope", "alert"):
        if (value := getattr(error, name, None)) is not None:
            told[name] = value
    return told


def error_of(failed: Failed) -> PluginError | None:
    """The error that a plugin raised over there; None where it was none of the three."""
    told, sentence = failed.told, failed.sentence
    if failed.kind == Retryable.__name__:
        scope = told.get("scope", "message")
        return Retryable(sentence, after=told.get("after"), scope=scope, code=told.get("code"))
    if failed.kind == Rejected.__name__:
        return Rejected(sentence, code=told.get("code"), alert=bool(told.get("alert")))
    if failed.kind == LoggedOut.__name__:
        return LoggedOut(sentence, code=told.get("code"))
    return None
