"""Pages and the way of a message over a large database on PostgreSQL, and how they slow down as it grows.

    python -m bench.growth_postgres [--messages 1000000] [--accounts 1000] [--chats 100000]
    python -m bench.growth_postgres --messages 10000000 --chats 200000      a quarter of an hour, 15 GB of disk

Fills a database in two steps, a tenth first, and measures after each: pages as a client sees them, what every message
asks of the database, and how many webhooks a process takes. Accounts and chats are as uneven as in life.
"""

import argparse
import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bench import growth_paths, intake, programs
from bench.growth import PAGES, Page, Visitor, ask, places
from bench.growth_rows import BEGAN, Filling, Spread
from bench.report import Figure, median, percentile, say, show
from bench.scaled_house import House
from frontdesk.testing.postgres import Postgres
from frontdesk.testing.redis import Redis

COMMAND = "python -m bench.growth_postgres"
# A quarter of the memory would be the rule; this machine has other work besides.
SETTINGS = {
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "effective_cache_size": "8GB",
}
MORE_PAGES = (
    Page("API, chats of one line", "/api/v1/chats?limit=50&account=acc_" + f"{BEGAN:012x}{7:012x}"),
    Page("API, chats by a part of a name", "/api/v1/chats?limit=50&q=rson+4"),
    Page("API, chats by the beginning of a number", "/api/v1/chats?limit=50&q=4477100012"),
    Page("API, search of a frequent word", "/api/v1/search?q=insurance"),
    Page("API, search of what is nowhere", "/api/v1/search?q=crocodile"),
    Page("API, search within a busy chat", "/api/v1/search?q=insurance&chat={busy}"),
)
SLOW = {"API, search of what is nowhere", "API, chats by a part of a name"}  # read on until they have enough
LARGEST: Spread = Spread(accounts=1_000, chats=100_000, messages=1_000_000)


@dataclass
class Found:
    """What was measured at one size. Times are milliseconds."""

    pages: dict[str, list[float]]
    paths: dict[str, list[float]]
    intake: float  # webhooks per second


@contextmanager
def empty_house() -> Iterator[House]:
    """PostgreSQL and Redis for a large database, and a data folder."""
    with ExitStack() as stack:
        data = stack.enter_context(programs.folder())
        postgres = stack.enter_context(Postgres(durable=True, settings=SETTINGS))
        redis = stack.enter_context(Redis())
        # Turns are due long after the measurement: it is of intake, not of the agent.
        desk = programs.Desk(data, kind="development", quiet=900, cap=3600)
        yield House(desk, postgres, redis, postgres.create("house"), stack)


def look(house: House, filling: Filling, spread: Spread, cookie: str | None) -> tuple[Found, str]:
    """Measure once at this size; gives the cookie for the next time too."""
    for old in house.desk.data.glob("web*.txt"):
        old.unlink()  # an earlier link is no longer good
    program = house.web()
    visitor = Visitor(program, cookie)
    at, pages = places(visitor, filling), {}
    for page in (*PAGES, *MORE_PAGES):
        asked = Page(page.name, page.path.replace("{busy}", filling.chat(0)))
        rounds = 20 if page.name in SLOW else growth_paths.ROUNDS
        ask(visitor, asked, at, rounds=5 if page.name in SLOW else 20)  # warms up
        pages[page.name] = ask(visitor, asked, at, rounds=rounds)
        _tell(page.name, pages[page.name])
    paths = asyncio.run(growth_paths.measure(house.database, BEGAN + spread.messages // 2 * spread.every))
    for name, times in paths.items():
        _tell(name, times)
    intake.load(program, seconds=2)
    rate = intake.load(program, seconds=5).rate
    say(f"  intake: {rate:,.0f}/s")
    programs.stop(program.process)
    return Found(pages, paths, rate), visitor.cookie


def _tell(name: str, times: list[float]) -> None:
    say(f"  {name}: median {median(times):.1f} ms, p95 {percentile(times, 0.95):.1f} ms")


def measure(spread: Spread) -> tuple[Found, Found]:
    """At a tenth of the size, and at the whole."""
    found, cookie = [], None
    with empty_house() as house:
        programs.stop(house.web().process)  # makes the tables and the first account
        filling = Filling(house.database, spread.accounts)
        for share in (10, 1):
            size = Spread(spread.accounts, spread.chats // share, spread.messages // share, spread.every)
            filling.grow(size)
            one, cookie = look(house, filling, size, cookie)
            found.append(one)
    return found[0], found[1]


def figures(spread: Spread = LARGEST) -> list[Figure]:
    """p95 of all at the whole size, and how much slower it is than at a tenth."""
    small, large = measure(spread)
    title = f"PostgreSQL, {spread.messages:,} messages"
    made = []
    for name, times in {**large.pages, **large.paths}.items():
        before = median(small.pages.get(name) or small.paths[name])
        value = f"{percentile(times, 0.95):.1f} ms; {median(times) / before:.2f} x the median at a tenth"
        made.append(Figure(f"{title}: {name}, p95", value, "", None, COMMAND))
    rate = f"{large.intake:,.0f}/s; {large.intake / small.intake:.2f} x that at a tenth"
    return [*made, Figure(f"{title}: webhook intake of one process", rate, "", None, COMMAND)]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=LARGEST.messages)
    parser.add_argument("--accounts", type=int, default=LARGEST.accounts)
    parser.add_argument("--chats", type=int, default=LARGEST.chats)
    given = parser.parse_args()
    show(figures(Spread(given.accounts, given.chats, given.messages)))


if __name__ == "__main__":
    main()
