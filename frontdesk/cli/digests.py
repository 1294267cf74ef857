"""Digests on the command line: which there are, and making one now."""

import time
from typing import Any
from urllib.parse import quote

from frontdesk.cli import remote
from frontdesk.kit.errors import FrontdeskError
from frontdesk.settings import Settings

PATIENCE = 300  # seconds in which a digest has to be made
_BETWEEN = 0.5


def make_now(settings: Settings, name: str | None) -> str:
    """Have one made, of the last day or by the name or id of a digest; gives its text.

    Raises:
        FrontdeskError: there is no such digest, or none is made in time.
    """
    path = "/digests/now" if name is None else f"/digests/{quote(_only(settings, name), safe='')}/now"
    issue = remote.ask(settings, "POST", path)
    for _ in range(int(PATIENCE / _BETWEEN)):
        if issue["state"] == "made":
            return str(issue["text"])
        time.sleep(_BETWEEN)
        issue = remote.ask(settings, "GET", f"/digests/issues/{quote(issue['id'], safe='')}")
    raise FrontdeskError(
        f"The digest was not made within {PATIENCE} seconds. It will stand under Digests in the inbox."
    )


def listed(settings: Settings) -> list[str]:
    """A line for each digest."""
    return [_line(one) for one in remote.ask(settings, "GET", "/digests")["items"]]


def _line(one: dict[str, Any]) -> str:
    when = one["schedule"] or "on demand"
    upcoming = f"next {one['next_at']}" if one["next_at"] else "not scheduled"
    return f"{one['id']}  {one['name']}  {when}  {upcoming}  to {', '.join(one['to'])}"


def _only(settings: Settings, name: str) -> str:
    known = remote.ask(settings, "GET", "/digests")["items"]
    meant = [one["id"] for one in known if name in (one["id"], one["name"])]
    if len(meant) != 1:
        problem = "There is no digest" if not meant else "Several digests are called"
        names = ", ".join(f"{one['name']} ({one['id']})" for one in known) or "none"
        raise FrontdeskError(f"{problem} “{name}”. The digests are: {names}.")
    return str(meant[0])
