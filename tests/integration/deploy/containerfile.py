"""Reads deploy/Containerfile, and follows the steps of its first stage in a folder, without a container engine."""

import fnmatch
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
FILE = PROJECT / "deploy" / "Containerfile"


@dataclass(frozen=True)
class Step:
    """One instruction: its word in capitals, and what follows it on one line."""

    word: str
    rest: str


def stages() -> list[list[Step]]:
    """The instructions of each stage, from its FROM on; those before the first FROM come first."""
    text = re.sub(r"^\s*#.*\n", "", FILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    found: list[list[Step]] = [[]]
    for line in re.sub(r"\\\n\s*", " ", text).splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "FROM":
            found.append([])
        if word:
            found[-1].append(Step(word, rest.strip()))
    return found


def in_context(path: Path) -> bool:
    """Whether `.dockerignore` lets a file of the project into the image. The last line that fits decides."""
    names = [each.as_posix() for each in (path, *path.parents)]
    inside = True
    for line in (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.strip().removeprefix("!")
        if not pattern or pattern.startswith("#"):
            continue
        bare = pattern.removeprefix("**/")
        if any(name == pattern or fnmatch.fnmatch(name.rpartition("/")[2] if bare != pattern else name, bare)
               for name in names):  # fmt: skip
            inside = line.startswith("!")
    return inside


def follow(steps: list[Step], root: Path, environment: Mapping[str, str], *, leave_out: str) -> None:
    """Run and copy as the steps say, with `root` in the place of `/`. RUN lines that match `leave_out` are left out."""
    folder = root
    for step in steps:
        if step.word == "WORKDIR":
            folder = root / step.rest.lstrip("/")
            folder.mkdir(parents=True)
        elif step.word == "COPY":
            _copy(step.rest.split(), root, folder)
        elif step.word == "RUN" and not re.search(leave_out, step.rest):
            command = step.rest.replace("/opt/", f"{root}/opt/")
            subprocess.run(["/bin/sh", "-ec", command], cwd=folder, env=dict(environment), check=True)


def _copy(names: list[str], root: Path, folder: Path) -> None:
    *sources, target = names
    place = root / target.lstrip("/") if target.startswith("/") else folder / target
    for source in sources:
        inside = place / Path(source).name if target.endswith("/") else place
        for path in sorted((PROJECT / source).rglob("*")) if (PROJECT / source).is_dir() else [PROJECT / source]:
            if path.is_file() and in_context(path.relative_to(PROJECT)):
                copied = inside / path.relative_to(PROJECT / source)
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, copied)
