"""Pages over a large database, and how they slow down as it grows.

    python -m bench.growth [--messages 1000000] [--chats 50000]

(On PostgreSQL: `python -m bench.growth_postgres`.)

Fills a database in two steps, a tenth first, straight through its tables, and asks for pages on one connection after
each step. What is counted is the whole time of a request as a client on the same machine sees it, a little more than
the server's own. One chat in 500 is busy and holds a fifth of all messages.
"""

import argparse
import http.client
import json
import math
import random
import re
import sqlite3
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Boolean, Integer, Table, Text

from bench import programs
from bench.report import Figure, median, percentile, say, show
from frontdesk.store import tables

COMMAND = "python -m bench.growth"
BEGAN = 1_760_000_000_000
EVERY = 30_000  # milliseconds between two messages
ROUNDS = 200
SECONDS_BETWEEN = 0.005  # stays below the rate that one API key may ask
_ASKED = ("Is the clinic open on Saturday?", "Thank you!", "Could I move my visit to next week?", "Where can I park?")
_SAID = ("Yes, from nine to one.", "You are welcome.", "Of course. Would Tuesday at ten suit you?", "In the yard.")


@dataclass(frozen=True)
class Page:
    """A page that is asked for, of some `{chat}`, at a place `{deep}` in its history or `{before}` in the list."""

    name: str
    path: str


PAGES = (
    Page("inbox, list of chats (HTML)", "/inbox/chats"),
    Page("inbox, whole page with a chat (HTML)", "/chats/{chat}"),
    Page("inbox, older messages of a chat (HTML)", "/inbox/chats/{chat}/messages?before={deep}"),
    Page("API, list of chats", "/api/v1/chats?limit=50"),
    Page("API, list of chats, far down", "/api/v1/chats?limit=50&before={before}"),
    Page("API, unanswered chats", "/api/v1/chats?limit=50&state=open"),
    Page("API, history of a chat", "/api/v1/chats/{chat}/messages?limit=50"),
)


def _id(prefix: str, at: int, number: int) -> str:
    return f"{prefix}_{(at << 48) | number:024x}"


def _columns(table: Table) -> list[tuple[str, Any]]:
    """Each column, with what stands in it when nothing is said."""
    plain = []
    for column in table.columns:
        empty: Any = None
        if not column.nullable:
            empty = "" if isinstance(column.type, Text) else 0 if isinstance(column.type, Integer | Boolean) else None
        plain.append((column.name, empty))
    return plain


def insert(database: sqlite3.Connection, table: Table, rows: Iterator[dict[str, Any]]) -> None:
    """Write rows by column name, whatever other columns the table has."""
    columns = _columns(table)
    names = ", ".join(f'"{name}"' for name, _ in columns)
    places = ", ".join("?" for _ in columns)
    statement = f"INSERT INTO {table.name} ({names}) VALUES ({places})"
    database.executemany(statement, ([row.get(name, empty) for name, empty in columns] for row in rows))


@dataclass
class Filling:
    """A database that grows to a size."""

    path: Path
    account: str
    messages: int = 0
    chats: int = 0

    def grow(self, *, messages: int, chats: int) -> None:
        """Add chats and messages until there are that many."""
        with closing(sqlite3.connect(self.path)) as database:
            database.execute("PRAGMA synchronous=OFF")
            database.execute("PRAGMA cache_size=-400000")
            new = range(self.chats, chats)
            insert(database, tables.contacts, self._contacts(new))
            insert(database, tables.addresses, self._addresses(new))
            insert(database, tables.chats, self._chats(new))
            self.chats = chats
            insert(database, tables.messages, self._messages(range(self.messages, messages)))
            self.messages = messages
            database.execute(
                "UPDATE chats SET last_text = 'Thank you!', last_author = 'contact', last_message_at = "
                "coalesce((SELECT max(provider_time) FROM messages WHERE chat_id = chats.id), last_message_at)"
            )
            database.commit()
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def chat(self, number: int) -> str:
        """The id of a chat."""
        return _id("cht", BEGAN, number)

    def _contacts(self, numbers: range) -> Iterator[dict[str, Any]]:
        for number in numbers:
            at = BEGAN + number
            yield {"id": _id("con", BEGAN, number), "account_id": self.account, "name": _name(number), "created_at": at}

    def _addresses(self, numbers: range) -> Iterator[dict[str, Any]]:
        for number in numbers:
            phone = f"44771{number:07d}"
            yield {
                "id": f"{self.account}/phone:{phone}",
                "account_id": self.account,
                "contact_id": _id("con", BEGAN, number),
                "kind": "phone",
                "value": phone,
                "seen_at": BEGAN,
            }

    def _chats(self, numbers: range) -> Iterator[dict[str, Any]]:
        for number in numbers:
            yield {
                "id": self.chat(number),
                "account_id": self.account,
                "contact_id": _id("con", BEGAN, number),
                "name": _name(number),
                "trusted": 1,
                "agent_mode": "auto",
                "state": "open",
                "labels": "[]",
                "last_message_at": BEGAN + number,
                "waiting_since": BEGAN + number if number % 20 == 0 else None,
                "created_at": BEGAN + number,
            }

    def _messages(self, numbers: range) -> Iterator[dict[str, Any]]:
        chance = random.Random(numbers.start)
        busy = max(1, self.chats // 500)
        for number in numbers:
            at = BEGAN + number * EVERY
            chat = chance.randrange(busy) if number % 5 == 0 else chance.randrange(self.chats)
            inbound = number % 2 == 0
            yield {
                "id": _id("msg", at, number),
                "account_id": self.account,
                "chat_id": self.chat(chat),
                "external_id": f"wamid.FILL{number:010d}",
                "direction": "inbound" if inbound else "outbound",
                "author": "contact" if inbound else "agent",
                "kind": "text",
                "text": (_ASKED if inbound else _SAID)[number % 4],
                "status": "received" if inbound else "read",
                "decision": "answered" if inbound else None,
                "provider_time": at,
                "created_at": at,
            }


def _name(number: int) -> str:
    return f"{('Ana', 'Ben', 'Carla', 'Dan', 'Eva')[number % 5]} {number:05d}"


class Visitor:
    """Someone with a key and with the inbox's cookie, on one connection that stays open."""

    def __init__(self, program: programs.Program, cookie: str | None) -> None:
        self._connection = http.client.HTTPConnection(urllib.parse.urlsplit(program.url).netloc, timeout=60)
        self.cookie = cookie or self._sign_in(program)

    def _sign_in(self, program: programs.Program) -> str:
        answer = self._request("GET", f"/welcome?token={_link(program)}", {})
        answer.read()
        cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        page = self._request("GET", "/welcome/you", {"Cookie": cookie}).read().decode()
        csrf = re.search(r'name="csrf"[^>]*value="([^"]+)"', page)
        form = {"name": "Bench", "login": "bench", "password": "a-long-password-1", "csrf": csrf[1] if csrf else ""}
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        self._request("POST", "/welcome/you", headers, urllib.parse.urlencode(form)).read()
        return cookie

    def _request(
        self, method: str, path: str, headers: dict[str, str], body: str | None = None
    ) -> http.client.HTTPResponse:
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path} was answered with {answer.status}: {answer.read()[:500]!r}")
        return answer

    def get(self, path: str) -> tuple[float, bytes]:
        """Milliseconds and body of a page; waits a little first, so as not to ask more than one may."""
        time.sleep(SECONDS_BETWEEN)
        headers = {"X-Api-Key": programs.API_KEY} if path.startswith("/api/") else {"Cookie": self.cookie}
        began = time.perf_counter()
        answer = self._request("GET", path, headers)
        body = answer.read()
        took = (time.perf_counter() - began) * 1000
        if answer.status != 200:
            raise RuntimeError(f"{path} was answered with {answer.status}")
        return took, body

    def next(self, path: str) -> str:
        """The place where the page after this one begins, as it is written in a URL; empty at the end."""
        return urllib.parse.quote(str(json.loads(self.get(path)[1])["next"] or ""))


def _link(program: programs.Program) -> str:
    """The link that this start has printed, soon after it was healthy."""
    deadline = time.perf_counter() + 10
    while time.perf_counter() < deadline:
        found = re.findall(r"/welcome\?token=(\S+)", program.log.read_text())
        if found:
            return str(found[-1])
        time.sleep(0.05)
    raise RuntimeError("No sign-in link was printed.")


@dataclass(frozen=True)
class Places:
    """Where the pages are asked for."""

    chats: list[str]
    deep: list[tuple[str, str]]  # busy chats, and a place in their history
    before: str  # a place far down in the list of chats


class Filled(Protocol):
    """What is known of a database that was filled. Chats with low numbers are the busy ones."""

    chats: int
    messages: int

    def chat(self, number: int) -> str:
        """The id of a chat."""


def places(visitor: Visitor, filling: Filled) -> Places:
    """Look for some."""
    chance = random.Random(filling.messages)
    busy = [filling.chat(chance.randrange(max(1, filling.chats // 500))) for _ in range(20)]
    deep = [(chat, visitor.next(f"/api/v1/chats/{chat}/messages?limit=50")) for chat in busy]
    before = ""
    for _ in range(20):
        before = visitor.next(f"/api/v1/chats?limit=100{'&before=' + before if before else ''}") or before
    return Places([filling.chat(chance.randrange(filling.chats)) for _ in range(ROUNDS)], deep, before)


def ask(visitor: Visitor, page: Page, at: Places, *, rounds: int = ROUNDS) -> list[float]:
    """The times of many requests for a page, each of another chat."""
    times = []
    for number in range(rounds):
        chat, deep = at.chats[number % len(at.chats)], ""
        if "{deep}" in page.path:
            chat, deep = at.deep[number % len(at.deep)]
        times.append(visitor.get(page.path.format(chat=chat, deep=deep, before=at.before))[0])
    return times


def measure(*, messages: int, chats: int) -> dict[str, dict[int, list[float]]]:
    """The times of every page at a tenth of the size and at the whole."""
    times: dict[str, dict[int, list[float]]] = {page.name: {} for page in PAGES}
    cookie = None
    with programs.folder() as folder:
        desk = programs.Desk(folder / "data", kind="development")
        programs.stop(programs.launch(desk).process)  # makes the database and the account
        path = desk.data / "frontdesk.db"
        with closing(sqlite3.connect(path)) as database:
            filling = Filling(path, database.execute("SELECT id FROM accounts").fetchone()[0])
        for share in (10, 1):
            began = time.perf_counter()
            filling.grow(messages=messages // share, chats=chats // share)
            say(f"filled to {messages // share:,} messages in {time.perf_counter() - began:.0f} s")
            (desk.data / "log.txt").unlink()  # an earlier link is no longer good
            with programs.frontdesk(desk) as program:
                visitor = Visitor(program, cookie)
                cookie, at = visitor.cookie, places(visitor, filling)
                for page in PAGES:
                    ask(visitor, page, at, rounds=20)  # warms up
                    found = times[page.name][messages // share] = ask(visitor, page, at)
                    say(f"  {page.name}: median {median(found):.1f} ms, p95 {percentile(found, 0.95):.1f} ms")
    return times


def figures(*, messages: int = 1_000_000, chats: int = 50_000) -> list[Figure]:
    """p95 of every page at the whole size, and how much slower it is than at a tenth."""
    limit = math.log(messages) / math.log(messages / 10)
    found = []
    for name, by_size in measure(messages=messages, chats=chats).items():
        small, large = by_size[messages // 10], by_size[messages]
        late, growth = percentile(large, 0.95), median(large) / median(small)
        value = f"{late:.1f} ms; {growth:.2f} x the median at a tenth"
        target = f"under 15 ms; {limit:.2f} x or less"
        found.append(
            Figure(f"{messages:,} messages: {name}, p95", value, target, late < 15 and growth <= limit, COMMAND)
        )
    return found


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--chats", type=int, default=50_000)
    arguments = parser.parse_args()
    show(figures(messages=arguments.messages, chats=arguments.chats))


if __name__ == "__main__":
    main()
