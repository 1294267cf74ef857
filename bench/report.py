"""What a measurement found, how it is written down, and on which machine."""

import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Figure:
    """One line of the table in docs/benchmarks.md. `reached` is None where there is no target."""

    name: str
    value: str
    target: str
    reached: bool | None
    command: str


def percentile(numbers: Sequence[float], share: float) -> float:
    """The number below which that share of the numbers lies."""
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(numbers: Sequence[float]) -> float:
    """The middle one."""
    return statistics.median(numbers)


def say(sentence: str) -> None:
    """Progress, to standard error."""
    print(sentence, file=sys.stderr, flush=True)


def show(figures: Sequence[Figure]) -> None:
    """The figures as JSON lines on standard output."""
    for figure in figures:
        print(json.dumps(asdict(figure), ensure_ascii=False))


def machine() -> str:
    """The machine on which the figures were measured, in one line."""
    where = Path(os.environ.get("FRONTDESK_BENCH_DIR") or tempfile.gettempdir())
    return (
        f"{os.cpu_count()} x {_cpu()}, {_memory():.0f} GB of memory, {_filesystem(where)}, "
        f"{platform.system()} {_kernel()}, Python {platform.python_version()}"
    )


def _kernel() -> str:
    """The version in numbers, without the name of the build."""
    found = re.match(r"\d+(\.\d+)*", platform.release())
    return found[0] if found else platform.release()


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory() -> float:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (ValueError, OSError):
        return 0.0


def _filesystem(where: Path) -> str:
    found = subprocess.run(["stat", "-f", "-c", "%T", str(where)], capture_output=True, text=True, check=False)
    return found.stdout.strip() or "unknown file system"
