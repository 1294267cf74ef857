"""Errors whose text is a sentence for the person who meets it: what happened and what to do."""

from typing import Literal

Scope = Literal["message", "chat", "account"]


class FrontdeskError(Exception):
    """The root of all errors of this house. `str(error)` may be shown to people: it holds no secret."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class SettingsError(FrontdeskError):
    """The settings are wrong; the sentence says how to mend them. Commands end with exit code 2."""


class PluginError(FrontdeskError):
    """What a channel, a model provider or a notifier may raise: one of the three below and nothing else."""

    def __init__(self, sentence: str, *, code: str | None = None) -> None:
        super().__init__(sentence)
        self.code = code


class Retryable(PluginError):
    """Not done, surely not done, and worth another try after `after` milliseconds (None: by the usual backoff).

    `scope` says who has to wait: this message, everything to this chat, or the whole account.
    """

    def __init__(
        self, sentence: str, *, after: int | None = None, scope: Scope = "message", code: str | None = None
    ) -> None:
        super().__init__(sentence, code=code)
        self.after = after
        self.scope = scope


class Rejected(PluginError):
    """Refused for good: the same again would be refused again. `alert` asks for the owner to be told."""

    def __init__(self, sentence: str, *, code: str | None = None, alert: bool = False) -> None:
        super().__init__(sentence, code=code)
        self.alert = alert


class LoggedOut(PluginError):
    """The line itself may no longer be used: it stops, what waits keeps waiting, and the owner is told."""
