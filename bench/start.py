"""How soon `frontdesk serve` is healthy, and what it needs when nothing happens.

    python -m bench.start [--rounds 3]

From the start of the process to the first good answer on /health, with a database that exists. Memory is the resident
set of the process and its children after five idle seconds.
"""

import argparse
import time

import psutil

from bench import programs
from bench.report import Figure, median, say, show

COMMAND = "python -m bench.start"
IDLE = 5.0


def measure(rounds: int) -> tuple[list[float], float, float]:
    """Seconds of each start with a database, seconds of the very first, and megabytes at rest."""
    with programs.folder() as data:
        desk = programs.Desk(data / "data")
        first = programs.launch(desk)
        programs.stop(first.process)
        seconds = []
        for number in range(rounds):
            program = programs.launch(desk)
            seconds.append(program.seconds)
            if number == rounds - 1:
                time.sleep(IDLE)
                memory = _memory(program.process.pid)
            programs.stop(program.process)
    return seconds, first.seconds, memory


def _memory(pid: int) -> float:
    whole = psutil.Process(pid)
    return sum(one.memory_info().rss for one in (whole, *whole.children(recursive=True))) / 2**20


def figures(*, rounds: int = 3) -> list[Figure]:
    """Time and memory."""
    seconds, first, memory = measure(rounds)
    say(f"healthy after {median(seconds):.2f} s (the first time {first:.2f} s), {memory:.0f} MB at rest")
    return [
        Figure("`frontdesk serve` healthy", f"{median(seconds):.2f} s", "within 3 s", median(seconds) < 3, COMMAND),
        Figure("`frontdesk serve` healthy, very first start", f"{first:.2f} s", "within 3 s", first < 3, COMMAND),
        Figure("Memory at rest", f"{memory:.0f} MB", "under 200 MB", memory < 200, COMMAND),
    ]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    show(figures(rounds=parser.parse_args().rounds))


if __name__ == "__main__":
    main()
