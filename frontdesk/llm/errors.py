"""What vendors' clients raise, turned into Retryable and Rejected. Nothing else leaves this room.

Codes of Retryable: timeout, unreachable, rate_limit, server, empty, unreadable, cooling.
Codes of Rejected: key, quota, model, request, blocked.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from socket import gaierror
from urllib.parse import urlsplit

from frontdesk.kit.errors import PluginError, Rejected, Retryable

LONGEST_WAIT = 15 * 60_000  # a vendor's Retry-After is believed up to this, in milliseconds

_KEY_WORDS = ("api key", "api_key", "apikey", "permission", "credential")
_QUOTA_WORDS = ("insufficient_quota", "billing", "credit balance", "payment")
_TIMEOUT_NAMES = ("Timeout", "TimedOut", "DeadlineExceeded")
_NETWORK_NAMES = (
    "Connect",
    "Disconnect",
    "Network",
    "Payload",
    "ReadError",
    "WriteError",
    "CloseError",
    "Protocol",
    "UnsupportedURL",
    "InvalidURL",
)
_DELAY = re.compile(r"retryDelay['\"]?\s*:\s*['\"](\d+(?:\.\d+)?)s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who was asked, for the sentences of its errors."""

    title: str  # of the provider
    model: str
    base_url: str = ""
    key_setting: str = ""
    url_setting: str = ""
    seconds: float = 0  # the time limit of an attempt

    @property
    def who(self) -> str:
        """The vendor, with the model where one is named."""
        return f"{self.title} ({self.model})" if self.model else self.title


def failed(error: BaseException, asked: Asked) -> PluginError:
    """The error of a vendor's client as ours. It never carries the vendor's words: they may quote keys and messages."""
    chain = tuple(_chain(error))
    ours = next((one for one in chain if isinstance(one, PluginError)), None)
    if ours:
        return ours
    status = next((found for found in map(_status, chain) if found), None)
    if status:
        return _of_status(status, chain, asked)
    names = " ".join(type(one).__name__ for one in chain)
    if any(isinstance(one, ConnectionError | gaierror) for one in chain):
        return unreachable(asked)  # whatever it is called further up: some clients name a refused connection a timeout
    if any(isinstance(one, TimeoutError) for one in chain) or any(name in names for name in _TIMEOUT_NAMES):
        return timed_out(asked)
    if any(isinstance(one, OSError) for one in chain) or any(name in names for name in _NETWORK_NAMES):
        return unreachable(asked)
    return Retryable(f"{asked.who} gave an answer that could not be read ({type(error).__name__}).", code="unreadable")


def timed_out(asked: Asked) -> Retryable:
    """No answer within the time limit."""
    return Retryable(f"{asked.who} did not answer within {asked.seconds:g} seconds.", code="timeout")


def unreachable(asked: Asked) -> Retryable:
    """No connection, or it broke."""
    setting = f" ({asked.url_setting})" if asked.url_setting else ""
    return Retryable(
        f"{asked.who} cannot be reached at {as_shown(asked.base_url)}. Check the address{setting} and that it runs.",
        code="unreachable",
    )


def empty(asked: Asked, *, cut: bool) -> Retryable:
    """A message came back without a text and without a tool call."""
    why = " The number of tokens that it may write was used up before the first word: raise max_tokens." if cut else ""
    return Retryable(f"{asked.who} gave an empty answer.{why}", code="empty")


def cooling(asked: Asked, wait: int, *, bidden: bool) -> Retryable:
    """The vendor is left alone for `wait` milliseconds: it bade us wait, or others found that it fails.

    How it failed for others is theirs, and says nothing about this question.
    """
    why = "it asked us to wait" if bidden else "it failed several times in a row"
    return Retryable(f"{asked.who} is left alone for now: {why}.", after=wait, code="cooling")


def blocked(asked: Asked) -> Rejected:
    """The vendor's own filter refused to answer."""
    return Rejected(f"{asked.title} refused to answer this: its own filter stopped it.", code="blocked")


def no_key(asked: Asked) -> Rejected:
    """No key was given for a vendor that demands one."""
    return Rejected(f"There is no key for {asked.title}. Set {asked.key_setting}.", code="key", alert=True)


def _of_status(status: int, chain: tuple[BaseException, ...], asked: Asked) -> PluginError:
    said = " ".join(str(one) for one in chain).lower()
    if status == 402 or (status in (400, 403, 429) and any(word in said for word in _QUOTA_WORDS)):
        return Rejected(
            f"The account at {asked.title} has no credit left, or its quota is used up. Look at its billing page.",
            code="quota",
            alert=True,
        )
    if status in (401, 403) or (status == 400 and any(word in said for word in _KEY_WORDS)):
        where = f" Put a valid one into {asked.key_setting}." if asked.key_setting else ""
        return Rejected(f"{asked.title} refused the key (HTTP {status}).{where}", code="key", alert=True)
    if status == 404:
        return Rejected(
            f"{asked.title} does not know the model “{asked.model}”, or {as_shown(asked.base_url)} is not its address.",
            code="model",
            alert=True,
        )
    if status == 429:
        return Retryable(f"{asked.who} asks us to slow down.", after=_after(chain), scope="account", code="rate_limit")
    if status == 408 or status >= 500:
        return Retryable(f"{asked.who} has a fault of its own (HTTP {status}).", after=_after(chain), code="server")
    return Rejected(f"{asked.title} refused the request (HTTP {status}).", code="request")


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        yield now
        now = now.__cause__ or now.__context__


def _status(error: BaseException) -> int | None:
    if type(error).__module__.startswith("aiohttp"):
        return None  # its codes say what a server should answer to such a fault, not what the vendor answered
    response = getattr(error, "response", None)
    for value in (
        getattr(error, "status_code", None),
        getattr(error, "code", None),
        getattr(response, "status_code", None),
    ):
        if isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600:
            return value
    return None


def _after(chain: tuple[BaseException, ...]) -> int | None:
    """Milliseconds that the vendor asks us to wait: a header in seconds, or Google's retryDelay."""
    for error in chain:
        headers = getattr(getattr(error, "response", None), "headers", None) or {}
        for name, unit in (("retry-after-ms", 1), ("retry-after", 1_000)):
            try:
                return min(LONGEST_WAIT, max(0, int(float(headers.get(name) or "") * unit)))
            except (TypeError, ValueError):
                continue
        delay = _DELAY.search(str(error))
        if delay:
            return min(LONGEST_WAIT, int(float(delay[1]) * 1_000))
    return None


def as_shown(base_url: str) -> str:
    """An address as it may be shown: without a user, a password and a query."""
    try:
        parts = urlsplit(base_url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "the given address"
    return (
        f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
        if parts.hostname
        else base_url.partition("@")[2] or base_url
    )
