"""Fetching files over real HTTP: addresses that expire, sizes, digests, and where the token may go."""

import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from frontdesk.channels.cloud import CloudChannel, Options
from frontdesk.domain.wire import Fetched, Line, MediaRef
from frontdesk.kit.errors import LoggedOut, Rejected, Retryable
from frontdesk.testing.local_server import serving

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILE = b"the bytes of a picture" * 1000
DIGEST = hashlib.sha256(FILE)
TOKEN = "EAAtoken0123456789"


@dataclass
class Meta:
    """Tells where a file lies, and hands it out to who brings the token."""

    base: str = ""
    told: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    addresses: list[str] = field(default_factory=lambda: ["/file"])
    served: list[tuple[int, bytes]] = field(default_factory=lambda: [(200, FILE)])
    announces: bool = True
    elsewhere: str = ""
    asked: list[tuple[str, str | None]] = field(default_factory=list)

    def program(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v26.0/{media_id}", self.locate),
                Route("/file", self.serve),
                Route("/away", self.away),
                Route("/circle", self.circle),
            ]
        )

    async def locate(self, request: Request) -> Response:
        assert request.query_params["phone_number_id"] == "451"
        self._note(request)
        address = self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]
        where = {"url": self.base + address if address.startswith("/") else address, "mime_type": "image/jpeg"}
        return JSONResponse(where | self.told, self.status)

    async def serve(self, request: Request) -> Response:
        self._note(request)
        status, body = self.served.pop(0) if len(self.served) > 1 else self.served[0]
        if self.announces:
            return Response(body, status)

        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, len(body), 5000):
                yield body[start : start + 5000]

        return StreamingResponse(chunks(), status)

    async def away(self, request: Request) -> Response:
        self._note(request)
        return RedirectResponse(self.elsewhere)

    async def circle(self, request: Request) -> Response:
        self._note(request)
        return RedirectResponse("/circle")

    def _note(self, request: Request) -> None:
        self.asked.append((request.url.path, request.headers.get("authorization")))


@dataclass
class Desk:
    meta: Meta
    line: Line
    channel: CloudChannel
    into: Path

    async def fetch(self, limit: int = 1_000_000, remote_id: str = "901", **ref: Any) -> Fetched:
        return await self.channel.fetch(self.line, MediaRef(remote_id, **ref), self.into, limit=limit)

    async def fails(self, error: type[Exception], **parts: Any) -> str:
        with pytest.raises(error) as caught:
            await self.fetch(**parts)
        assert not self.into.exists()
        return str(caught.value)


class Served:
    """Hands each question to the Meta of the test that runs."""

    base = ""
    meta = Meta()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.meta.program()(scope, receive, send)


@asynccontextmanager
async def running(served: Served, into: Path) -> AsyncIterator[Desk]:
    served.meta, channel = Meta(served.base), CloudChannel()
    options = Options(phone_number_id="451", access_token=SecretStr(TOKEN), graph_url=f"{served.base}/v26.0")
    try:
        yield Desk(served.meta, Line("acc_1", options), channel, into)
    finally:
        await channel.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def served() -> AsyncIterator[Served]:
    program = Served()
    async with serving(program) as program.base:
        yield program


@pytest_asyncio.fixture(loop_scope="module")
async def desk(served: Served, tmp_path: Path) -> AsyncIterator[Desk]:
    async with running(served, tmp_path / "download") as made:
        yield made


async def test_file_is_located_and_fetched_with_the_token(desk: Desk) -> None:
    fetched = await desk.fetch(name="cat.jpg", mime="image/png")
    assert desk.into.read_bytes() == FILE
    assert fetched == Fetched(desk.into, "image/jpeg", len(FILE), "cat.jpg", {"sha256": DIGEST.hexdigest()})
    assert desk.meta.asked == [("/v26.0/901", f"Bearer {TOKEN}"), ("/file", f"Bearer {TOKEN}")]


async def test_type_told_with_the_message_stands_in(desk: Desk) -> None:
    desk.meta.told = {"mime_type": None}
    assert (await desk.fetch(mime="image/png")).mime == "image/png"


async def test_id_of_a_file_cannot_lead_to_another_path(desk: Desk) -> None:
    await desk.fails(Rejected, remote_id="../file?x=1")
    assert [path for path, _ in desk.meta.asked] in ([], ["/v26.0/../file?x=1"])


@pytest.mark.parametrize("status", [401, 404, 410])
async def test_expired_address_is_asked_for_once_more(desk: Desk, status: int) -> None:
    desk.meta.served = [(status, b""), (200, FILE)]
    assert (await desk.fetch()).size == len(FILE)
    assert len(desk.meta.asked) == 4


async def test_address_that_stays_expired_is_left_for_later(desk: Desk) -> None:
    desk.meta.served = [(404, b"")]
    await desk.fails(Retryable)
    assert len(desk.meta.asked) == 4


async def test_file_announced_too_large_is_not_fetched(desk: Desk) -> None:
    desk.meta.told = {"file_size": 1001}
    assert "larger" in await desk.fails(Rejected, limit=1000)
    assert len(desk.meta.asked) == 1


@pytest.mark.parametrize("announces", [True, False])
async def test_file_that_is_too_large_is_broken_off_and_removed(desk: Desk, announces: bool) -> None:
    desk.meta.announces = announces
    assert "larger" in await desk.fails(Rejected, limit=len(FILE) - 1)
    assert (await desk.fetch(limit=len(FILE))).size == len(FILE)


@pytest.mark.parametrize(
    "told", [DIGEST.hexdigest(), DIGEST.hexdigest().upper(), base64.b64encode(DIGEST.digest()).decode()]
)
async def test_digest_is_checked_in_hex_and_in_base64(desk: Desk, told: str) -> None:
    desk.meta.told = {"sha256": told}
    await desk.fetch()
    desk.meta.served = [(200, FILE[:-1] + b"!")]
    desk.into.unlink()
    assert "damaged" in await desk.fails(Retryable)


async def test_digest_of_the_message_stands_in(desk: Desk) -> None:
    await desk.fetch(sha256=base64.b64encode(DIGEST.digest()).decode())
    desk.into.unlink()
    await desk.fails(Retryable, sha256=base64.b64encode(hashlib.sha256(b"").digest()).decode())


async def test_digest_of_an_unknown_form_is_not_looked_at(desk: Desk) -> None:
    desk.meta.told = {"sha256": "sha-of-some-other-kind"}
    assert (await desk.fetch(sha256="")).size == len(FILE)


async def test_token_does_not_follow_a_redirect_to_another_host(desk: Desk) -> None:
    other = Meta()
    async with serving(other.program()) as elsewhere:
        desk.meta.addresses, desk.meta.elsewhere = ["/away"], f"{elsewhere}/file"
        assert (await desk.fetch()).size == len(FILE)
        assert desk.meta.asked[-1] == ("/away", f"Bearer {TOKEN}")
        assert other.asked == [("/file", None)]
        await desk.channel.close()


async def test_token_stays_on_a_redirect_at_home(desk: Desk) -> None:
    desk.meta.addresses, desk.meta.elsewhere = ["/away"], "/file"
    assert (await desk.fetch()).size == len(FILE)
    assert desk.meta.asked[-1] == ("/file", f"Bearer {TOKEN}")


@pytest.mark.parametrize("elsewhere", ["http://10.0.0.1/file", "file:///etc/passwd", "ftp://127.0.0.1/x"])
async def test_redirect_to_an_unsafe_address_is_refused(desk: Desk, elsewhere: str) -> None:
    desk.meta.addresses, desk.meta.elsewhere = ["/away"], elsewhere
    assert "not safe" in await desk.fails(Rejected)


async def test_download_in_a_circle_ends(desk: Desk) -> None:
    desk.meta.addresses = ["/circle"]
    assert "circle" in await desk.fails(Rejected)


@pytest.mark.parametrize("url", ["http://10.0.0.1/file", "", "junk", 5])
async def test_unsafe_address_is_refused(desk: Desk, url: Any) -> None:
    desk.meta.told = {"url": url}
    await desk.fails(Rejected)
    assert len(desk.meta.asked) == 1


@pytest.mark.parametrize(("status", "error"), [(500, Retryable), (503, Retryable), (429, Retryable), (400, Rejected)])
async def test_refused_download_is_tried_again_or_not(desk: Desk, status: int, error: type[Exception]) -> None:
    desk.meta.served = [(status, b"")]
    await desk.fails(error)


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(401, 190, LoggedOut), (400, 100, Rejected), (400, 33, Rejected), (400, 131052, Rejected), (400, 4, Retryable)],
)
async def test_refused_question_is_judged_by_its_code(
    desk: Desk, status: int, code: int, error: type[Exception]
) -> None:
    desk.meta.status, desk.meta.told = status, {"error": {"code": code, "message": "x"}}
    await desk.fails(error)


async def test_file_that_cannot_be_written_is_tried_again(desk: Desk, tmp_path: Path) -> None:
    desk.into = tmp_path / "no such folder" / "download"
    assert "disk" in await desk.fails(Retryable)


async def test_meta_out_of_reach_is_tried_again(desk: Desk) -> None:
    desk.meta.addresses = ["http://127.0.0.1:1/file"]
    await desk.fails(Retryable)
    desk.meta.status = 502
    await desk.fails(Retryable)
