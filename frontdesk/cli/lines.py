"""The lines on the command line: how they stand, and linking one with a phone."""

import shutil
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import click

from frontdesk.cli import remote
from frontdesk.kit import qr
from frontdesk.kit.command import command
from frontdesk.kit.errors import FrontdeskError
from frontdesk.settings import Settings

WARNING = (
    "WhatsApp may ban the number. A linked line uses a client that WhatsApp neither makes nor supports, and numbers\n"
    "that are used so can be limited or banned, for a while or for good. Link only a number that you can afford to\n"
    "lose. The official way is Meta's Cloud API; how to move to it later: docs/howto/linked-devices.md."
)
SCAN = "Open WhatsApp on the phone > Settings > Linked devices > Link a device, and scan this:"
TYPE = (
    "Open WhatsApp on the phone > Settings > Linked devices > Link a device > Link with phone number instead, and type:"
)
PATIENCE = 30  # looks without a code to show, then it is given up
WHITE_ON_BLACK, PLAIN = "\033[97;40m", "\033[0m"


def link(settings: Settings, name: str, *, channel: str, phone: str | None, yes: bool) -> str:
    """Link the account of that name, which is made where there is none; gives the sentence to end with.

    Raises:
        FrontdeskError: it was not linked; the sentence says why and what to do.
    """
    account = _account(settings, name, channel=channel, yes=yes)
    path = f"/accounts/{quote(account['id'], safe='')}"
    status = remote.ask(settings, "GET", f"{path}/status")
    if status["state"] != "connected":
        if phone is None:
            remote.ask(settings, "POST", f"{path}/connect")
        else:
            remote.ask(settings, "POST", f"{path}/pair", {"phone": phone})
        status = follow(lambda: remote.ask(settings, "GET", f"{path}/status"), Paper(), by_phone=phone is not None)
    return f"“{account['name']}” is connected" + (f" as +{status['phone']}." if status["phone"] else ".")


def _account(settings: Settings, name: str, *, channel: str, yes: bool) -> Any:
    known = remote.ask(settings, "GET", "/accounts")["items"]
    if any(name in (each["id"], each["name"]) for each in known):
        return remote.only(known, name)
    click.echo(f"{WARNING}\n", err=True)
    if not yes:
        click.confirm(f"Add the line “{name}” and link it?", abort=True, err=True)
    return remote.ask(settings, "POST", "/accounts", {"channel": channel, "name": name})


class Paper:
    """Where the code is drawn: over the one before in a terminal, else one below the other."""

    def __init__(self) -> None:
        self._is_terminal = sys.stdout.isatty()
        self._height = 0
        self._drawn = ""

    def draw(self, code: str, lines: list[str], below: str) -> None:
        """Show a code with a line below it, which alone may change while the code stays."""
        if not self._is_terminal:
            if code != self._drawn:
                click.echo("\n".join(lines))
        else:
            self.clear()
            whole = [*self._fitting(lines), "", below]
            click.echo("\n".join(whole))
            self._height = len(whole)
        self._drawn = code

    def clear(self) -> None:
        """Take away what is drawn."""
        if self._height:
            click.echo(f"\033[{self._height}F\033[J", nl=False)
        self._height = 0

    @staticmethod
    def _fitting(lines: list[str]) -> list[str]:
        width, needed = shutil.get_terminal_size().columns, max(map(len, lines[1:]), default=0)
        if needed <= width:
            return [line if line[:1] not in _BLOCKS else f"{WHITE_ON_BLACK}{line}{PLAIN}" for line in lines]
        return [f"The code needs {needed} columns and this window has {width}: make it wider, or use --phone."]


_BLOCKS = frozenset("█▀")  # with which a line of a code begins


def follow(look: Callable[[], Any], paper: Paper, *, by_phone: bool, pause: float = 1.0) -> Any:
    """Show what is to be scanned or typed until the line is connected; gives its last status.

    Raises:
        FrontdeskError: it was not linked.
    """
    patience, told = PATIENCE, ""
    while (status := look())["state"] in ("connecting", "qr_pending") and patience:
        code = status["pairing_code"] if by_phone else status["qr_text"]
        if code:
            patience = PATIENCE
            _show(paper, status, code, by_phone=by_phone)
        else:
            patience -= 1
            if status["sentence"] != told:
                told = status["sentence"]
                click.echo(told, err=True)
        time.sleep(pause)
    paper.clear()
    if status["state"] == "connected":
        return status
    raise FrontdeskError(_why_not(status))


def _show(paper: Paper, status: Any, code: str, *, by_phone: bool) -> None:
    left = _seconds(status["pairing_code_expires_at" if by_phone else "qr_expires_at"])
    if by_phone:
        letters = [each for each in code if each.isalnum()]
        lines = [TYPE, "", f"    {''.join(letters[:4])} {''.join(letters[4:])}"]
        paper.draw(code, lines, f"It holds for {left} s. Ctrl+C stops waiting." if left else "Ctrl+C stops waiting.")
    else:
        lines = [SCAN, "", *qr.lines(code)]
        paper.draw(code, lines, f"A new code in {left} s. Ctrl+C stops waiting." if left else "One moment …")


def _seconds(until: str | None) -> int | None:
    if until is None:
        return None
    return max(0, round((datetime.fromisoformat(until) - datetime.now(UTC)).total_seconds()))


def _why_not(status: Any) -> str:
    if status["state"] == "qr_pending":
        return "The code has run out before it was used. Run the command again for a new one."
    if status["state"] == "connecting":
        return f"{status['sentence']} It takes longer than it should; “{command()} account list” says how it stands."
    return " ".join(filter(None, (status["sentence"], status["next_step"])))


def listed(accounts: list[Any]) -> list[str]:
    """A line of text for each line."""
    rows = [
        (each["id"], each["channel"], each["state"], f"+{each['phone']}" if each["phone"] else "-", each["name"])
        for each in accounts
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=True)), each["sentence"]])
        for row, each in zip(rows, accounts, strict=True)
    ]
