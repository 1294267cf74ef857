"""The real Apprise against stand-ins that look at what they are told as Telegram, ntfy, Slack and Discord do."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from frontdesk.domain.telling import Alert
from frontdesk.kit.clock import SECOND
from frontdesk.kit.errors import Rejected, Retryable
from frontdesk.notify.apprise import AppriseNotifier
from frontdesk.notify.base import tell
from frontdesk.testing.conformance_notifiers import CHECKS, Check, NotifierSubject
from frontdesk.testing.services import DISCORD, KINDS, NTFY, SECRET, SLACK, TELEGRAM, Ntfy, Service, services

ODD = (
    "_*[]()<>&~`#|+-={}.! \\ “quoted” 'it' </b> <b>bold</b> &amp; :smile: 👍🏽 é漢 1 < 2 & 3 > 2 <!channel> <@U1> "
    "@here\n- a list\n# a heading\n> said"
)
LINK = "https://desk.example.com/chats/cht_01_a*b?x=1&y=2"
ALERT = Alert("Ana", "Please call me.")


@pytest.fixture(params=list(KINDS))
def host(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def service(host: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    service = KINDS[host]()
    async with services(tmp_path, {host: service}) as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield service


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_a_service_is_told_as_the_contract_says(check: Check, service: Service) -> None:
    good, away, refused = (AppriseNotifier(url) for url in (service.url, service.away, service.refused))
    await check(NotifierSubject(good, away, refused, lambda: service.heard, SECRET))


async def test_what_is_told_is_read_as_it_was_written_and_calls_nobody(service: Any) -> None:
    alert = Alert("Ana <& Bea> *wrote* @everyone", f"{ODD}\n{LINK}")
    assert await tell(AppriseNotifier(service.url), alert) is None
    (read,) = service.heard
    assert read.split("\n") == [alert.title, *alert.text.split("\n")]
    assert getattr(service, "called", []) == []


@pytest.mark.parametrize("letters", ["word <&> ", "слово ", "👍🏽 "])
async def test_what_is_too_long_for_a_service_is_cut_at_a_word_and_says_where_the_rest_is(
    service: Service, letters: str
) -> None:
    text = "\n".join(f"{number}. {letters * 10}" for number in range(400))
    assert await tell(AppriseNotifier(service.url), Alert("Digest", f"{text}\n\n{LINK}", good=True, link=LINK)) is None
    (read,) = service.heard
    assert len(read) > 700
    title, *lines, link = read.split("\n")
    assert (title, link) == ("Digest", LINK)
    assert len(lines) > 400 or lines[-1] == "…"
    whole = f"{text}\n\n{LINK}".split("\n")
    assert [line.rstrip() for line in lines[:-1]] == [line.rstrip() for line in whole[: len(lines) - 1]]


@pytest.mark.parametrize("host", [TELEGRAM, DISCORD], indirect=True)
async def test_an_address_may_ask_for_parts_instead(service: Service) -> None:
    text = "\n".join(f"{number}. word" for number in range(500))
    assert await tell(AppriseNotifier(f"{service.url}?overflow=split"), Alert("Digest", text)) is None
    assert len(service.heard) > 1
    said = " ".join(service.heard).split()
    assert [word for word in said if word[0] != "[" and word != "Digest"] == text.split()  # without the title: [1/3]


@pytest.mark.parametrize(("host", "status", "says"), [
    (TELEGRAM, 401, "does not accept the password or token"),
    (TELEGRAM, 403, "does not let it write there"),
    (TELEGRAM, 404, "does not know the place"),
    (TELEGRAM, 400, "its answer was 400"),
    (NTFY, 403, "does not let it write there"),
    (NTFY, 401, "does not accept the password or token"),
    (SLACK, 404, "does not know the place"),
    (SLACK, 410, "any more"),
    (DISCORD, 404, "does not know the place"),
    (DISCORD, 401, "does not accept the password or token"),
], indirect=["host"])  # fmt: skip
async def test_a_refusal_says_what_is_wrong(service: Service, status: int, says: str) -> None:
    service.status = status
    with pytest.raises(Rejected, match=says) as refused:
        await tell(AppriseNotifier(service.url), ALERT)
    assert SECRET not in refused.value.sentence


async def test_a_flood_is_waited_for_as_long_as_the_service_says(service: Service, host: str) -> None:
    service.status = 429
    with pytest.raises(Retryable, match="its answer was 429") as away:
        await tell(AppriseNotifier(service.url), ALERT)
    assert away.value.after == (17 * SECOND if host in (TELEGRAM, DISCORD) else None)  # the others say it in a header
    service.status = None
    await tell(AppriseNotifier(service.url), ALERT)
    assert len(service.heard) == 1


async def test_a_connection_that_breaks_off_before_the_answer_leaves_a_doubt(service: Service) -> None:
    service.cut = True
    unsure = await tell(AppriseNotifier(service.url), ALERT)
    assert unsure is not None
    assert unsure.endswith("broke off before it answered: it may have got there all the same.")


async def test_an_answer_that_comes_too_late_leaves_a_doubt(service: Service) -> None:
    service.late = asyncio.Event()
    unsure = await tell(AppriseNotifier(f"{service.url}?rto=0.2"), ALERT)
    assert unsure is not None
    assert "may have got there" in unsure
    assert len(service.heard) == 1
    service.late.set()


@pytest.mark.parametrize("host", [TELEGRAM, DISCORD], indirect=True)
async def test_what_was_told_in_part_is_a_doubt(service: Service) -> None:
    service.takes = 1
    parts = AppriseNotifier(f"{service.url}?overflow=split")
    unsure = await tell(parts, Alert("Digest", "\n".join(f"{number}. word" for number in range(500))))
    assert unsure is not None
    assert "took a part of what it was told" in unsure
    assert len(service.heard) == 1


@pytest.mark.parametrize("host", [NTFY], indirect=True)
async def test_ntfy_is_never_given_what_it_would_make_a_file_of(service: Ntfy) -> None:
    service.keeps_files = True
    await tell(AppriseNotifier(service.url), Alert("Digest", "漢字 " * 3_000))
    assert (len(service.heard), service.files) == (1, [])


@pytest.mark.parametrize("host", [NTFY], indirect=True)
async def test_the_importance_that_an_address_of_ntfy_names_goes_along(service: Ntfy) -> None:
    await tell(AppriseNotifier(f"{service.url}?priority=high"), ALERT)
    assert service.asked[0].headers["x-priority"] == "high"
    assert service.asked[0].document["title"] == ALERT.title
