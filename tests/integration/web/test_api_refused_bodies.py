"""Who sends too much reads why it was refused, over a real connection that ends with the answer."""

import asyncio
import json
import socket
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import suppress
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from frontdesk.testing.house import API_KEY, house
from frontdesk.testing.local_server import serving
from frontdesk.testing.processes import API_KEY as KEY_OF_THE_PROGRAM, Program, running

MB = 1024 * 1024
TRIES = 8  # most of them were lost when the connection was closed at once
BODIES = [("/webhook", 3 * MB + 1), ("/webhook", 12 * MB), ("/api/v1/operator-message", 12 * MB)]


@pytest.fixture
async def url(tmp_path: Path) -> AsyncIterator[str]:
    async with house(tmp_path) as h, serving(h.built.web) as url:
        yield url


def post(url: str, body: bytes, **headers: str) -> tuple[int, str]:
    """Post with `Connection: close`, as the standard library does; gives the status and the problem's sentence."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})
    try:
        answer: HTTPResponse | urllib.error.HTTPError = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as refused:
        answer = refused
    with answer:
        told = json.loads(answer.read())
        return answer.status or 0, told.get("detail", "")


@pytest.mark.parametrize(("path", "size"), BODIES)
async def test_who_closes_the_connection_reads_that_the_body_is_too_large(url: str, path: str, size: int) -> None:
    for _ in range(TRIES):
        status, sentence = await asyncio.to_thread(post, url + path, b"x" * size, **{"X-Api-Key": API_KEY})
        assert (status, "MB" in sentence) == (413, True)


async def test_who_closes_the_connection_reads_that_the_key_is_wrong(url: str) -> None:
    for _ in range(TRIES):
        form = {"Content-Type": "multipart/form-data; boundary=b"}
        status, _ = await asyncio.to_thread(post, f"{url}/api/v1/media", b"x" * 12 * MB, **form)
        assert status == 401


async def test_the_program_itself_says_that_a_body_is_too_large(tmp_path: Path) -> None:
    program = Program(tmp_path / "data")
    async with running(program):
        for path, size in BODIES:
            for _ in range(TRIES):
                key = {"X-Api-Key": KEY_OF_THE_PROGRAM}
                status, sentence = await asyncio.to_thread(post, program.url + path, b"x" * size, **key)
                assert (status, "MB" in sentence) == (413, True)


async def test_a_refused_body_without_end_is_not_taken_without_end(url: str) -> None:
    sent = await asyncio.to_thread(_pour, url)
    assert 3 * MB < sent < 64 * MB


def _pour(url: str) -> int:
    """Send a body of 200 MB until the other side closes; gives how much was taken."""
    sent = 0
    with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=30) as line:
        line.sendall(b"POST /webhook HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 209715200\r\n\r\n")
        with suppress(ConnectionResetError, BrokenPipeError):
            while sent < 200 * MB:
                sent += line.send(b"x" * 65_536)
    return sent
