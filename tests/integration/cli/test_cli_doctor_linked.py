"""Doctor says whether linked devices can work on this machine, and what is missing."""

import re
from pathlib import Path

import pytest

from frontdesk.cli.doctor_linked import library, mend
from frontdesk.cli.findings import Found
from frontdesk.settings import load_settings


def looked_at(folder: Path) -> Found:
    """What doctor says of the library."""
    (found,) = library(load_settings(data_dir=folder))
    return found


def broken(folder: Path, how: str) -> str:
    """A folder for PYTHONPATH in which the library is there and cannot be loaded."""
    (folder / "broken" / "neonize").mkdir(parents=True)
    (folder / "broken" / "neonize" / "__init__.py").write_text(how)
    return str(folder / "broken")


def test_the_library_of_this_installation_loads(tmp_path: Path) -> None:
    found = looked_at(tmp_path)
    assert (found.ok, found.warns) == (True, False)
    assert "neonize" in found.sentence


def test_a_library_that_cannot_be_loaded_is_named_with_its_machine_and_keeps_nothing_else_from_working(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    how = "raise OSError('neonize-linux-riscv.so: cannot open shared object file')\n"
    monkeypatch.setenv("PYTHONPATH", broken(tmp_path, how))
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    found = looked_at(tmp_path)
    assert (found.ok, found.warns) == (True, True)
    assert "riscv64" in found.sentence
    assert "cannot open shared object file" in found.sentence
    command, after = found.sentence.split("Install it anew: “")[1].split("”")
    assert re.fullmatch(r"\S+ -m pip install --force-reinstall neonize==[0-9.]+", command)  # as it can be typed
    assert after == ". All other lines work."


def test_a_library_that_takes_the_process_with_it_costs_only_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", broken(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"))
    assert "it ended with -11" in looked_at(tmp_path).sentence


@pytest.mark.parametrize(
    ("why", "says"),
    [
        ("ModuleNotFoundError: No module named 'neonize'", "Install it: "),
        ("ModuleNotFoundError: No module named 'google.protobuf'", "A part of it is missing."),
        ("ImportError: failed to find libmagic.  Check your installation", "apt install libmagic1"),
        ("OSError: /lib/libc.so.6: version `GLIBC_2.34' not found", "too old"),
        ("OSError: Error loading shared library ld-musl-x86_64.so.1", "another C library"),
        ("OSError: neonize-linux-amd64.so: invalid ELF header", "damaged or for another machine"),
        ("RuntimeError: something new", "It is made for Linux with glibc, macOS and Windows"),
    ],
)
def test_what_helps_follows_from_what_python_says(why: str, says: str) -> None:
    assert says in mend(why)
