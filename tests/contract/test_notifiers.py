"""One suite for every notifier: Apprise against servers on this machine that speak what its targets speak."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from importlib import metadata
from typing import Any, ClassVar

import pytest

from frontdesk.domain.telling import Alert
from frontdesk.kit.errors import LoggedOut, Rejected, Retryable
from frontdesk.notify import base, builtin
from frontdesk.notify.apprise import AppriseNotifier
from frontdesk.notify.builtin import Notifiers
from frontdesk.testing.conformance_notifiers import CHECKS, Check, NotifierSubject
from frontdesk.testing.ears import Ear, Mailbox, logged, receiving
from frontdesk.testing.local_server import listening, serving

SECRET = "s3cr3tw0rd"
HTTP = ("json://{}/s3cr3tw0rd", "ntfy://{}/s3cr3tw0rd", "json://user:s3cr3tw0rd@{}/x")
MAIL = "mailto://desk:{}@127.0.0.1:{}?from=desk@example.com&to=owner@example.com"


@pytest.fixture(params=[*HTTP, "mail"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[NotifierSubject]:
    async with AsyncExitStack() as stack:
        yield await (_mail(stack) if request.param == "mail" else _http(stack, request.param))


async def _http(stack: AsyncExitStack, address: str) -> NotifierSubject:
    ear, deaf = Ear(), Ear(status=403)
    there = [(await stack.enter_async_context(serving(program))).removeprefix("http://") for program in (ear, deaf)]
    good, refused, away = (AppriseNotifier(address.format(one)) for one in (*there, _nobody()))
    return NotifierSubject(good, away, refused, lambda: ear.heard, SECRET)


async def _mail(stack: AsyncExitStack) -> NotifierSubject:
    mailbox = Mailbox(SECRET)
    port = await stack.enter_async_context(receiving(mailbox))
    away = AppriseNotifier(MAIL.format(SECRET, _nobody().partition(":")[2]))
    refused = AppriseNotifier(MAIL.format(f"not-{SECRET}", port))
    return NotifierSubject(AppriseNotifier(MAIL.format(SECRET, port)), away, refused, lambda: mailbox.heard, SECRET)


def _nobody() -> str:
    """Where nobody listens."""
    with listening() as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_a_notifier_keeps_the_contract(check: Check, subject: NotifierSubject) -> None:
    await check(subject)


async def test_nothing_of_an_address_reaches_the_log(
    subject: NotifierSubject, capfd: pytest.CaptureFixture[str]
) -> None:
    with logged() as lines:
        for notifier in (subject.notifier, subject.away, subject.refused):
            await asyncio.gather(base.tell(notifier, Alert("A", "B")), return_exceptions=True)
    assert SECRET not in "".join([*lines, *capfd.readouterr()])


@pytest.mark.parametrize(
    ("status", "failure"),
    [(400, Rejected), (401, Rejected), (404, Rejected), (413, Rejected), (429, Retryable), (500, Retryable)],
)
async def test_what_an_answer_means(status: int, failure: type[Exception]) -> None:
    async with serving(Ear(status)) as url:
        for scheme in ("json", "ntfy"):
            with pytest.raises(failure):
                await base.tell(AppriseNotifier(f"{url.replace('http', scheme)}/topic"), Alert("A", "B"))


async def test_a_target_that_says_nothing_is_left_and_not_asked_twice_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "PATIENCE", 0.2)
    ear = Ear()
    ear.silent = asyncio.Event()
    async with serving(ear) as url:
        notifier = AppriseNotifier(f"{url.replace('http', 'json')}?rto=600")
        unsure = await base.tell(notifier, Alert("A", "B"))
        assert unsure == "JSON gave no answer within 0 seconds: it may have got there all the same."
        with pytest.raises(Retryable, match="still holds on"):
            await base.tell(notifier, Alert("A", "B"))
        ear.silent.set()


@pytest.mark.parametrize("url", ["nope://s3cr3tw0rd", "tgram://s3cr3tw0rd", "mailto://", "json://", "s3cr3tw0rd://"])
def test_an_address_that_cannot_be_is_refused_without_showing_it(url: str) -> None:
    wrong = Notifiers().wrong(url)
    assert wrong
    assert "https://" in wrong
    assert SECRET not in wrong


def test_what_is_shown_of_a_target_is_its_service() -> None:
    assert Notifiers().shown("ntfy://user:s3cr3tw0rd@127.0.0.1:9/s3cr3tw0rd") == "ntfy (ntfy://…)"


class _Bell:
    """As another package may bring it; it breaks the contract as told."""

    name: ClassVar[str] = "bell"
    schemes: ClassVar[tuple[str, ...]] = ("bell",)
    title = "Bell"
    raises: ClassVar[Exception]

    def __init__(self, url: str) -> None:
        self.url = url

    async def notify(self, alert: Alert) -> None:
        raise self.raises


async def test_a_notifier_of_another_package_is_found_and_kept_in_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    entry: Any = metadata.EntryPoint("bell", f"{__name__}:_Bell", "frontdesk.notify")
    monkeypatch.setattr(metadata.EntryPoint, "load", lambda _: _Bell)
    monkeypatch.setattr(builtin, "entry_points", lambda group: metadata.EntryPoints([entry]))
    notifiers = Notifiers()
    assert notifiers.shown("bell://x") == "Bell (bell://…)"
    _Bell.raises = LoggedOut("Out.")
    with pytest.raises(Rejected, match="Out"):
        await notifiers.tell("bell://x", Alert("A", "B"))
    _Bell.raises = RuntimeError("s3cr3tw0rd")  # nobody knows how far it had come
    unsure = await notifiers.tell("bell://x", Alert("A", "B"))
    assert unsure is not None
    assert "fault in the program" in unsure
    assert SECRET not in unsure
