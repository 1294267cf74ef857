"""A signed-in operator in front of the inbox's pages."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from frontdesk.testing.house import TestHouse
from frontdesk.web.auth import COOKIE

PASSWORD = "a calm short sentence"
_MESSAGE = re.compile(r'<article class="message[^>]*id="(msg_\w+)"')
_OLDER = re.compile(r"/messages\?before=([^\"&]+)")


@asynccontextmanager
async def visit(
    h: TestHouse, *, role: str = "admin", login: str = "rita", **more: Any
) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser's requests with an operator's cookie and CSRF word; `more` says what the operator sees."""
    operators = h.desk.operators
    await operators.add(login, name=login.title(), role=role, password=PASSWORD, **more)
    sign_in = await operators.sign_in(login, PASSWORD, address="127.0.0.1")
    async with browser(h) as client:
        client.cookies.set(COOKIE, sign_in.token)
        client.headers["X-CSRF-Token"] = operators.csrf(sign_in.token)
        yield client


@asynccontextmanager
async def browser(h: TestHouse) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser in which nobody is signed in."""
    transport = httpx2.ASGITransport(app=h.built.web)
    headers = {"Accept": "text/html"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://frontdesk.test", headers=headers) as client:
        yield client


async def the_chat(h: TestHouse) -> str:
    """The id of the newest chat."""
    answer = await h.http.get("/api/v1/chats")
    return str(answer.json()["items"][0]["id"])


def messages_in(page: str) -> list[str]:
    """The ids of the messages on a page, in order."""
    return _MESSAGE.findall(page)


def older_of(page: str) -> str | None:
    """Where the older messages begin; None at the chat's beginning."""
    found = _OLDER.search(page)
    return found[1] if found else None
