"""Reads the house as text and syntax trees, without importing it, so that its laws can be checked quickly."""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
PACKAGE = "frontdesk"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file of the house. `path` is relative to the project, with forward slashes."""

    path: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The part of the package that it belongs to: a folder such as `desk`, or a file such as `settings`."""
        parts = self.path.split("/")
        return parts[1].removesuffix(".py")

    @property
    def module(self) -> str:
        """Its dotted name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def package(self) -> str:
        """The dotted name of the package in which its relative imports start."""
        return self.module if self.path.endswith("/__init__.py") else self.module.rpartition(".")[0]

    def complaint(self, node: ast.AST, sentence: str) -> str:
        """A line that an editor can jump to."""
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {sentence}"


@dataclass(frozen=True, slots=True)
class Import:
    """One import of one module, absolute. `inside` is the innermost function around it."""

    node: ast.stmt
    module: str
    inside: Function | None
    type_checking: bool


House = Sequence[Source]
Law = Callable[[House], list[str]]


def read(project: Path) -> list[Source]:
    """Every Python file of the package below a project folder."""
    sources = []
    for path in sorted((project / PACKAGE).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        sources.append(Source(path.relative_to(project).as_posix(), text, ast.parse(text, str(path))))
    return sources


@cache
def house() -> tuple[Source, ...]:
    """The house as it stands."""
    return tuple(read(PROJECT))


def build(folder: Path, files: dict[str, str]) -> list[Source]:
    """A small house made of the given files, for showing that a law notices what is wrong."""
    for name, code in files.items():
        path = folder / PACKAGE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code, encoding="utf-8")
    return read(folder)


def functions(source: Source) -> Iterator[Function]:
    """Every function and method of a file."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imports(source: Source) -> Iterator[Import]:
    """Every import of a file, wherever it hides."""
    yield from _imports(source, source.tree, None, type_checking=False)


def _imports(source: Source, node: ast.AST, inside: Function | None, *, type_checking: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            for module in _modules(source, child):
                yield Import(child, module, inside, type_checking)
        function = child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else inside
        guarded = type_checking or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test))
        yield from _imports(source, child, function, type_checking=guarded)


def _modules(source: Source, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    base = node.module or ""
    if node.level:
        parents = source.package.split(".")
        parents = parents[: len(parents) - node.level + 1]
        base = ".".join([*parents, base]).rstrip(".")
    # `from frontdesk import store` names a room only together with the name that it takes.
    yield from (f"{base}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str | None:
    """The room of a dotted name of ours; None for modules of others."""
    parts = module.split(".")
    return parts[1] if parts[0] == PACKAGE and len(parts) > 1 else None


def texts(source: Source) -> Iterator[ast.Constant]:
    """Every string in a file that is not a docstring."""
    documentation = {id(node.value) for node in ast.walk(source.tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node


def calls(node: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call below a node, with the last part of the name that is called."""
    for child in ast.walk(node):
        if isinstance(child, ast.Call):
            yield child, last_name(child.func)


def last_name(node: ast.AST) -> str:
    """`begin` of `self.store.begin`; empty when it has no name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
