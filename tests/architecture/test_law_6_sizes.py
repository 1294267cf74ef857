"""Law 6: functions and files stay short, and calls stay readable."""

import ast
import statistics
from collections.abc import Callable
from pathlib import Path

import pytest
from house_source import PROJECT, Function, House, Source, build, functions, house

LINES_OF_A_FUNCTION = 60
LINES_OF_A_FILE = 400
FOLDERS = ("frontdesk", "tests", "bench")  # whose files are held to that
POSITIONAL = 4
MEDIAN = 12
NINETIETH = 30
GENERATED = "frontdesk/store/migrations/versions/"  # written by Alembic, frozen once shipped


def written(sources: House) -> list[Source]:
    """The files that people write and change."""
    return [source for source in sources if not source.path.startswith(GENERATED)]


def lengths(sources: House) -> list[int]:
    """The lines of every function."""
    return [_lines(function) for source in written(sources) for function in functions(source)]


def _lines(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def long_functions(sources: House) -> list[str]:
    """Functions of more than 60 lines."""
    return [
        source.complaint(function, f"{function.name} has {_lines(function)} lines")
        for source in written(sources)
        for function in functions(source)
        if _lines(function) > LINES_OF_A_FUNCTION
    ]


def long_files(project: Path) -> list[str]:
    """Files of more than 400 lines, those of the tests and of the measurements as well."""
    paths = [path for folder in FOLDERS for path in sorted((project / folder).rglob("*.py"))]
    counted = [(path.relative_to(project).as_posix(), _lines_of(path)) for path in paths]
    return [f"{name}:1: {lines} lines" for name, lines in counted if lines > LINES_OF_A_FILE]


def _lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _positional(function: Function) -> list[ast.arg]:
    names = [*function.args.posonlyargs, *function.args.args]
    return names[1:] if names and names[0].arg in ("self", "cls") else names


def crowded(sources: House) -> list[str]:
    """Functions with more than 4 positional arguments, or with several ids that could be swapped unseen."""
    complaints = []
    for source in sources:
        for function in functions(source):
            positional = _positional(function)
            if len(positional) > POSITIONAL:
                complaints.append(source.complaint(function, f"{function.name} takes {len(positional)} by position"))
            ids = [argument.arg for argument in positional if argument.arg == "id" or argument.arg.endswith("_id")]
            if len(ids) > 1:
                complaints.append(source.complaint(function, f"{function.name} takes {', '.join(ids)} by position"))
    return complaints


def _ninetieth(numbers: list[int]) -> float:
    return statistics.quantiles(numbers, n=10)[-1]


def test_no_function_is_over_60_lines() -> None:
    assert long_functions(house()) == []


def test_no_file_is_over_400_lines() -> None:
    assert long_files(PROJECT) == []


def test_at_most_4_arguments_by_position_and_ids_by_name() -> None:
    assert crowded(house()) == []


def test_functions_are_short_on_the_whole(record_property: Callable[[str, object], None]) -> None:
    lines = lengths(house())
    median, ninetieth = statistics.median(lines), _ninetieth(lines)
    record_property("functions", f"{len(lines)} functions, median {median} lines, p90 {ninetieth}")
    assert median <= MEDIAN
    assert ninetieth <= NINETIETH


def test_what_is_too_long_is_noticed(tmp_path: Path) -> None:
    body = "    x = 1\n" * 60
    sources = build(tmp_path, {"desk/turns.py": f"def run():\n{body}"})
    assert len(long_functions(sources)) == 1
    assert statistics.median(lengths(sources)) > MEDIAN


@pytest.mark.parametrize(
    "path", ["frontdesk/desk/outbox.py", "frontdesk/testing/house.py", "tests/unit/test_a.py", "bench/a.py"]
)
@pytest.mark.parametrize(("lines", "complaints"), [(400, 0), (401, 1)])
def test_a_long_file_is_noticed_in_every_folder(tmp_path: Path, path: str, lines: int, complaints: int) -> None:
    _write(tmp_path / path, lines)
    assert len(long_files(tmp_path)) == complaints


def test_a_migration_is_held_to_the_length_of_a_file_too(tmp_path: Path) -> None:
    _write(tmp_path / GENERATED / "0001_first.py", 401)
    assert long_files(tmp_path) == [f"{GENERATED}0001_first.py:1: 401 lines"]


def _write(path: Path, lines: int) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("x = 1\n" * lines, encoding="utf-8")


@pytest.mark.parametrize(
    "signature", ["(a, b, c, d, e)", "(a, /, b, c, d, e)", "(chat_id, account_id)", "(id, chat_id, *, x)"]
)
def test_a_crowded_signature_is_noticed(tmp_path: Path, signature: str) -> None:
    assert len(crowded(build(tmp_path, {"desk/turns.py": f"def run{signature}: ..."}))) == 1


def test_named_arguments_are_fine(tmp_path: Path) -> None:
    code = "class A:\n    def run(self, a, b, c, d, *, chat_id, account_id): ..."
    assert crowded(build(tmp_path, {"desk/turns.py": code})) == []
