"""Measures everything and writes docs/benchmarks.md.

make bench                          all of it, in about twenty minutes
make bench ARGS="--only start,latency"   some of it, shown and not written
"""

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import growth, importance, intake, kills, latency, linked, scaled, start, waiting
from bench.programs import PROJECT
from bench.report import Figure, machine, say, show

PARTS: dict[str, Callable[[], list[Figure]]] = {
    "start": start.figures,
    "intake": intake.figures,
    "latency": latency.figures,
    "waiting": waiting.figures,
    "kills": kills.figures,
    "scaled": scaled.figures,
    "linked": linked.figures,
    "growth": growth.figures,
    "importance": importance.figures,
}
PAGE = PROJECT / "docs" / "benchmarks.md"
INTRODUCTION = """# Benchmarks

Written by `make bench`, which measures everything in one run on one machine. Each command measures its part alone.

Machine: {machine}.
Measured on {date}.

{table}

## What is compared

- **Intake** sends signed, unique webhooks in the shape of 2026 with one message each over 64 connections, to one
  server process at a time, in turns. Frontdesk stores contact, chat, message and turn job, committed with
  `synchronous=FULL` before it answers 200. pywa is its own FastAPI webhook with an empty handler: it checks the
  signature, skips duplicates, stores nothing and answers before it works. The plain handler is FastAPI with one async
  SQLAlchemy ORM session and one commit per request, on SQLite with WAL and `synchronous=FULL`. All run on uvicorn with
  uvloop and httptools. Medians of the rounds.
- **Half load** paces requests evenly; latency counts from the moment at which a request was due.
- **Arrival to Graph call** counts from the webhook to the arrival of the Graph call that answers it, with a model and a
  Graph API on the same machine that answer at once.
- **Waiting** lets every chat write once, as quickly as the webhook takes it. The model answers within the process, or
  at a server on the same machine behind the vendor's own client, which takes more processor than all of Frontdesk: a
  turn then costs about 5 ms of one core, of which OpenAI's client takes 1.7 and LangGraph 1.
- **Killed** plays Meta, which repeats each message until it is answered, and sends SIGKILL at random moments, also
  while Frontdesk starts. *Left in doubt* are sends that were cut off before they left: they are shown to the operator
  and never sent again blindly.
- **Scaled** is PostgreSQL with what it has committed on disk, Redis, and web and worker processes, each of which could
  run on a machine of its own; here all share the processors with the load and with the Graph API, so that what a second
  process adds ends where the processors are full. *Intake* splits the connections of the load over the web processes.
  *Answers per second* are of 1,500 people whose buffers run out at nearly the same time. *Resumed* is when another
  worker has claimed the last turn of one that was killed; *live events* count from the moment that each carries, right
  after its commit; *memory* is the proportional set size of the worker, before and while the chats wait for a model
  behind its vendor's client.
- **Linked lines** run the real library, each in a process of its own, against the lab, which plays WhatsApp and the
  phones on the same processors. Memory is the proportional set size of that process: its own pages, and its share of
  those that several lines use. The thousand messages wait at the lab and come in at once; *stored* is when the last of
  them is committed. A reply counts when the phone of who asked has decrypted it. *Drops* cut the connection without a
  word, as a network does, while customers write.
- **Importance** is told of the labelled messages in `tests/labelled`, in English, Spanish and Portuguese. What the
  rules alone are not sure of is as they guess; the stand-in model counts letters: try yours with
  `python -m bench.importance --model provider:model`. The rules were made with the first two sets; *found* are those of
  4 and 5 that are told so, *missed* those of 5 that are told as 3 or less, *false 5* those of 1 and 2 told as 5.
- **Pages** are counted as a client on the same machine sees them, a little more than the server's own time.
"""


def table(figures: Sequence[Figure]) -> str:
    """The figures as Markdown."""
    words = {True: "yes", False: "no", None: ""}
    lines = ["| figure | measured | target | reached | command |", "|---|---|---|---|---|"]
    for figure in figures:
        cells = (figure.name, figure.value, figure.target, words[figure.reached], f"`{figure.command}`")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def write(figures: Sequence[Figure], path: Path) -> None:
    """Write the page."""
    date = datetime.now(UTC).strftime("%d %B %Y")
    path.write_text(INTRODUCTION.format(machine=machine(), date=date, table=table(figures)), encoding="utf-8")


def run(names: Sequence[str]) -> tuple[list[Figure], list[str]]:
    """Measure the parts; gives the figures, and the parts that broke."""
    figures: list[Figure] = []
    broken = []
    for name in names:
        began = time.perf_counter()
        try:
            figures += PARTS[name]()
        except Exception:
            traceback.print_exc()
            broken.append(name)
            figures.append(Figure(name, "could not be measured", "", False, f"python -m bench.{name}"))
        say(f"-- {name}: {time.perf_counter() - began:.0f} s")
    return figures, broken


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help=f"some of: {', '.join(PARTS)}")
    arguments = parser.parse_args()
    names = arguments.only.split(",") if arguments.only else list(PARTS)
    figures, broken = run(names)
    show(figures)
    if not arguments.only:
        write(figures, PAGE)
        say(f"written to {PAGE.relative_to(PROJECT)}")
    if broken:
        sys.exit(f"Not measured: {', '.join(broken)}")


if __name__ == "__main__":
    main()
