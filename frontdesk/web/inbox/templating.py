"""Turns view models into pages. Every value is escaped; assets carry the hash of their content."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

WEB = Path(__file__).resolve().parent.parent
STATIC = WEB / "static"
THEMES = ("light", "dark")


@cache
def asset(path: str) -> str:
    """The address of a file under static/, which changes with its content so that it may be kept for ever."""
    digest = hashlib.blake2b((STATIC / path).read_bytes(), digest_size=6).hexdigest()
    return f"/static/{path}?v={digest}"


@cache
def environment() -> Environment:
    """The templates."""
    made = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,  # a look at every file for every page is a third of its time
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = asset
    drawn: Any = made.get_template("parts/icon.html").module
    made.globals["icon"] = cache(drawn.icon)
    pieces: Any = made.get_template("parts/ui.html").module
    made.globals["said"] = pieces.said  # not imported: every bubble would import it anew
    return made


def render(template: str, values: Mapping[str, Any]) -> str:
    """One template as text."""
    return environment().get_template(template).render(values)


def answer(template: str, values: Mapping[str, Any], *, status: int = 200) -> HTMLResponse:
    """One template as an answer that nobody keeps."""
    headers = {"Cache-Control": "no-store", "Vary": "HX-Request"}
    return HTMLResponse(render(template, values), status, headers)
