"""Webhook intake, compared in one run with two others.

    python -m bench.intake [--rounds 3] [--seconds 5] [--only frontdesk,pywa,plain]

Signed, unique bodies with one message each, over 64 connections, one server process each. The three take turns
(A B C, A B C, ...) and the medians are reported. Ours stores contact, chat, message and turn job, committed with
synchronous=FULL before it answers; pywa stores nothing; the plain handler commits once per request.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import programs
from bench.loadgen import Result
from bench.report import Figure, median, say, show

CONNECTIONS = 64
COMMAND = "python -m bench.intake"
OURS, PYWA, PLAIN = "frontdesk", "pywa", "plain"


@contextmanager
def server(name: str, data: Path) -> Iterator[programs.Program]:
    """One of the three, fresh."""
    data.mkdir()
    log = data / "log.txt"
    if name == OURS:
        # A turn is due long after the measurement: intake is measured, not the agent.
        with programs.frontdesk(programs.Desk(data, quiet=900, cap=3600)) as program:
            yield program
    elif name == PYWA:
        with programs.uvicorn("bench.rivals.pywa_app:server", log=log, environment={}) as program:
            yield program
    else:
        settings = {"BENCH_DATABASE": str(data / "plain.db")}
        with programs.uvicorn("bench.rivals.plain_app:server", log=log, environment=settings) as program:
            yield program


def load(program: programs.Program, *beside: programs.Program, seconds: float, rate: float | None = None) -> Result:
    """Run the load generator in its own process against a server, or several that share its connections."""
    command = [sys.executable, "-m", "bench.loadgen", "--url", f"{program.url}/webhook", "--seconds", str(seconds)]
    command += [part for other in beside for part in ("--port", other.url.rpartition(":")[2])]
    command += ["--connections", str(CONNECTIONS), *(["--rate", str(rate)] if rate else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=programs.PROJECT, timeout=120)
    if done.returncode:
        raise RuntimeError(f"The load generator failed: {done.stderr[-2000:]}\n{program.log.read_text()[-2000:]}")
    result = Result(**json.loads(done.stdout))
    if result.refused:
        raise RuntimeError(f"{result.refused} requests were refused: {result.first_refusal}")
    return result


def rounds(names: list[str], *, count: int, seconds: float) -> dict[str, list[Result]]:
    """The servers in turn, as fast as they answer, after a second to warm up."""
    results: dict[str, list[Result]] = {name: [] for name in names}
    with programs.folder() as data:
        for number in range(count):
            for name in names:
                with server(name, data / f"{name}{number}") as program:
                    load(program, seconds=1)
                    result = load(program, seconds=seconds)
                results[name].append(result)
                say(f"intake, round {number + 1}, {name}: {result.rate:,.0f}/s, p99 {result.p99} ms")
    return results


def half_load(rate: float, *, seconds: float) -> Result:
    """Ours at half of what it can take, at an even pace."""
    with programs.folder() as data, server(OURS, data / OURS) as program:
        load(program, seconds=1)
        result = load(program, seconds=seconds, rate=rate / 2)
    say(f"intake at {rate / 2:,.0f}/s: p50 {result.p50} ms, p99 {result.p99} ms, worst {result.worst} ms")
    return result


def figures(*, count: int = 3, seconds: float = 5.0) -> list[Figure]:
    """The comparison and the latency at half load."""
    results = rounds([OURS, PYWA, PLAIN], count=count, seconds=seconds)
    rate = {name: median([result.rate for result in several]) for name, several in results.items()}
    paced = half_load(rate[OURS], seconds=seconds)
    to_pywa, to_plain = rate[OURS] / rate[PYWA], rate[OURS] / rate[PLAIN]
    ours = f"{rate[OURS]:,.0f}/s"
    return [
        Figure("Webhook intake, 64 connections, committed before the answer", ours, "", None, COMMAND),
        Figure("pywa 4.5, empty handler, stores nothing", f"{rate[PYWA]:,.0f}/s", "", None, COMMAND),
        Figure("Plain handler, one ORM commit per request", f"{rate[PLAIN]:,.0f}/s", "", None, COMMAND),
        Figure("Intake against pywa", f"{to_pywa:.2f} x", "0.70 x or more", to_pywa >= 0.7, COMMAND),
        Figure("Intake against the plain handler", f"{to_plain:.1f} x", "7.0 x or more", to_plain >= 7, COMMAND),
        Figure("Intake p99 at half load", f"{paced.p99:.1f} ms", "under 50 ms", paced.p99 < 50, COMMAND),
    ]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--only", help="names, separated by commas: no comparison, no half load")
    arguments = parser.parse_args()
    began = time.perf_counter()
    if arguments.only:
        rounds(arguments.only.split(","), count=arguments.rounds, seconds=arguments.seconds)
    else:
        show(figures(count=arguments.rounds, seconds=arguments.seconds))
    say(f"done in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
