"""Telegram, e-mail, ntfy, Slack and the many more that Apprise knows.

Apprise is slow to load and waits for the network in its thread, so it is loaded with the first address, and asked in a
thread that ends with the process. What it logs holds addresses: nobody sees it, and only status codes are read from it.
"""

import asyncio
import logging
import re
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from typing import Any, ClassVar

from frontdesk.domain.telling import Alert
from frontdesk.kit.clock import SECOND
from frontdesk.kit.errors import Rejected, Retryable
from frontdesk.notify.wording import worded

_SERVICES = "https://appriseit.com/services/"
_STATUS = re.compile(r"(?:\berror=|\()([1-5]\d\d)(?:\d\d)?(?=[\s.,)]|$)")  # ntfy writes 40301 where it means 403
_BUSY = (408, 421, 425, 429)
_AFTER = re.compile(r"retry[ _-]after\W{1,4}(\d{1,5})", re.IGNORECASE)
_SENT = "Sent "  # as Apprise begins what it logs of each message and each receiver that went well
_UNSURE = re.compile(  # how requests and smtplib say that a connection ended on which everything may have been said
    r"Read timed out|Connection aborted|Connection broken|IncompleteRead|without response"
    r"|Connection unexpectedly closed|timed out$|reset by peer|error=504"
)
_REASONS = {
    401: "it does not accept the password or token",
    403: "it does not accept the password or token, or does not let it write there",
    404: "it does not know the place that the address names",
    410: "it does not know the place that the address names any more",
    535: "it does not accept the user or password",
}


class AppriseNotifier:
    """One target that Apprise reaches."""

    name: ClassVar[str] = "apprise"
    schemes: ClassVar[Sequence[str]] = ()

    def __init__(self, url: str) -> None:
        self._service = _service(url)
        self.title = str(self._service.service_name)
        self._hangs: threading.Event | None = None  # set when the thread of the last call has ended

    async def notify(self, alert: Alert) -> str | None:
        """Tell the owner there, with as much as the service takes."""
        if self._hangs is not None and not self._hangs.is_set():
            raise Retryable(f"{self.title} still holds on to what it was told before.")
        self._hangs = threading.Event()
        failed = await _beside(lambda: self._ask(worded(self._service, alert)), self._hangs)
        if failed is None:
            return None
        return _what_failed(self.title, failed)

    def _ask(self, alert: Alert) -> list[str] | None:
        """None, or what was logged of a failure."""
        library = _apprise()
        asked = library.Apprise(asset=_asset())
        asked.add(self._service)
        kind = library.NotifyType.SUCCESS if alert.good else library.NotifyType.WARNING
        text = library.NotifyFormat.TEXT
        result = asked.notify(
            alert.text, title=alert.title, notify_type=kind, body_format=text, log_level=logging.DEBUG
        )
        return None if result else [entry.message for entry in result.logs()]


async def _beside(work: Callable[[], Any], ended: threading.Event) -> Any:
    """Do it in a thread that no end of the process waits for."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, failure: Exception | None) -> None:
        if done.cancelled():
            return
        if failure is None:
            done.set_result(result)
        else:
            done.set_exception(failure)

    def run() -> None:
        result, failure = None, None
        try:
            result = work()
        except Exception as broken:
            failure = broken
        ended.set()
        with suppress(RuntimeError):  # the program has ended meanwhile
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name="notify", daemon=True).start()
    return await done


def _what_failed(title: str, logged: Sequence[str]) -> str:
    """In a sentence why nobody knows whether it got there. An answer of the service comes before all else.

    Raises:
        Retryable, Rejected: it surely did not.
    """
    codes = [int(match[1]) for line in logged for match in _STATUS.finditer(line)]
    refused = next((code for code in codes if _is_refusal(code)), None)
    if refused is not None:
        why = _REASONS.get(refused, f"its answer was {refused}")
        raise Rejected(f"{title} refuses what it is told: {why}.", code=str(refused))
    if any(line.startswith(_SENT) for line in logged):
        return f"{title} took a part of what it was told, and was away for the rest."
    if any(_UNSURE.search(line) for line in logged):
        return f"{title} broke off before it answered: it may have got there all the same."
    if codes:
        after = max((int(match[1]) * SECOND for line in logged for match in _AFTER.finditer(line)), default=None)
        sentence = f"{title} cannot take anything now: its answer was {codes[-1]}."
        raise Retryable(sentence, after=after, code=str(codes[-1]))
    raise Retryable(f"{title} cannot be reached.")


def _is_refusal(code: int) -> bool:
    """Whether the same again would be refused again, in HTTP or in SMTP."""
    return (400 <= code < 500 and code not in _BUSY and code not in range(450, 456)) or 530 <= code < 560


@cache
def _apprise() -> Any:
    logger = logging.getLogger("apprise")
    logger.addHandler(logging.NullHandler())
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    import apprise  # noqa: PLC0415 - half a second and 45 MB, for those who use it

    return apprise


@cache
def _asset() -> Any:
    return _apprise().AppriseAsset(
        app_id="Frontdesk",
        app_desc="Frontdesk",
        app_url="",
        image_url_mask="",
        image_url_logo="",
        async_mode=False,
        secure_logging=True,
    )


def _service(url: str) -> Any:
    service = _apprise().Apprise.instantiate(url, asset=_asset())
    if service is None:
        raise Rejected(_why_not(url.partition("://")[0].strip().lower()))
    return service


def _why_not(scheme: str) -> str:
    from apprise.manager_plugins import NotificationManager  # noqa: PLC0415 - as above

    known: Any = NotificationManager()  # type: ignore[no-untyped-call]
    if scheme not in known:
        return f"begins with the name of no service; {_SERVICES} lists how the addresses begin"
    kind = known[scheme]
    return f"is no whole address of {kind.service_name}; {kind.setup_url or _SERVICES} shows what it has to hold"
