"""`frontdesk lab`: the house with the sample business, the lab in the place of WhatsApp, and phones to try it with."""

import argparse
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from frontdesk import samples
from frontdesk.app.house import Frontdesk
from frontdesk.app.serve import Beside, serve
from frontdesk.channels.linked.channel import LinkedChannel
from frontdesk.desk.accounts import Accounts
from frontdesk.desk.knowledge import Knowledge
from frontdesk.kit.clock import Clock, SystemClock
from frontdesk.kit.errors import FrontdeskError, SettingsError
from frontdesk.kit.vault import Vault
from frontdesk.settings import Settings, load_settings
from frontdesk.testing.lab import Lab, LabError, patching
from frontdesk.testing.lab.phones_page import phones
from frontdesk.testing.lab.town import Town, Waiting
from frontdesk.testing.processes import is_ours

FAILED, WRONG = 1, 2
MARK = "made-by-the-lab"
HOUSE = "frontdesk.toml"
PATH = "/lab"
# What else the environment says is for a house with real lines, and would let this one call somebody.
KEPT = ("FRONTDESK_API_KEY", "FRONTDESK_SECRET_KEY", "HOST", "PORT", "LOG_LEVEL", "LOG_FORMAT")


class Screen:
    """The codes that the desk shows, which somebody with a phone in the hand would see on its screen."""

    def __init__(self, accounts: Accounts, clock: Clock) -> None:
        self._accounts, self._clock = accounts, clock

    def waiting(self) -> Sequence[Waiting]:
        """The lines that show a code now."""
        now = self._clock.now()
        shown = [(account, self._accounts.qr(account.row.id)) for account in self._accounts.all()]
        return [
            Waiting(
                account.row.id,
                account.row.name,
                codes.qr if codes.has_qr(now) else None,
                codes.pairing_code if codes.has_pairing_code(now) else None,
            )
            for account, codes in shown
            if codes is not None and account.row.channel == LinkedChannel.name
        ]


def _in_front(page: ASGIApp, house: ASGIApp) -> ASGIApp:
    """The page of the phones under its path, and the house everywhere else."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        path = str(scope.get("path", ""))
        ours = scope["type"] == "http" and (path == PATH or path.startswith(f"{PATH}/"))
        await (page if ours else house)(scope, receive, send)

    return answer


@asynccontextmanager
async def beside(settings: Settings) -> AsyncIterator[Beside]:
    """The lab with its phones, and the channel of linked lines that calls it."""
    clock = SystemClock()
    async with Lab(settings.data_dir / "whatsapp") as lab, Town(lab, clock).living() as town:

        async def furnish(house: Frontdesk) -> ASGIApp:
            town.screen = Screen(house.desk.accounts, clock)
            await _teach(house.desk.knowledge)
            return _in_front(phones(town), house.web)

        vault = Vault(settings.vault_key(), place=settings.key_place)
        lines = settings.data_dir / "lines" / LinkedChannel.name
        channel = LinkedChannel(clock, folder=lines, vault=vault, environment=lab.environment())
        yield Beside((channel,), furnish, town.changes.close, _says)


async def _teach(knowledge: Knowledge) -> None:
    """What the sample business knows is told to simulated people only; those of the lab come in by a real channel."""
    if any(row.sample for row in await knowledge.all()):
        for file in samples.knowledge_files():
            await knowledge.import_path(file)


def _says(base: str) -> Sequence[str]:
    return (
        f"Phones, to link a number and write:  {base}{PATH}",
        "",
        "The lab is no real WhatsApp: nothing leaves this machine. Its phones are new after each start,",
        "so a line that was linked with an earlier lab has to be linked again.",
        "",
    )


def _settings(folder: Path, port: int | None) -> Settings:
    """Settings of the lab's own: nothing of a house with real lines counts.

    Raises:
        SettingsError: they are wrong, or the folder is not the lab's.
    """
    mark, house = folder / MARK, folder / HOUSE
    if folder.is_dir() and any(folder.iterdir()) and not mark.exists():
        raise SettingsError(
            f"{folder} was not made by the lab. Its lines would call the lab and be logged out there. "
            "Give an empty folder with --data-dir, or none: then a temporary one is used and removed at the end."
        )
    for name in [name for name in os.environ if is_ours(name) and name not in KEPT]:
        del os.environ[name]
    settings = load_settings(env_file=None, data_dir=folder, port=port, config=house)
    settings.make_data_dir()
    mark.touch()
    if not house.exists():
        house.write_text(for_every_line(samples.HOUSE_FILE.read_text(encoding="utf-8")), encoding="utf-8")
    return settings


def for_every_line(house: str) -> str:
    """The sample business answers on its own line alone; here it does on those that are added too."""
    return "".join(line for line in house.splitlines(keepends=True) if not line.startswith("match ="))


def _run(folder: Path, port: int | None) -> None:
    patching.check(patching.installed_library().read_bytes(), patching.installed_version())
    serve(_settings(folder, port), demo=True, neighbour=beside)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lab until told to stop; gives the exit code: 0 fine, 1 failed, 2 it cannot work here."""
    parser = argparse.ArgumentParser(prog="frontdesk lab")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--port", type=int)
    given = parser.parse_args(arguments)
    try:
        if given.data_dir is not None:
            _run(given.data_dir.expanduser().absolute(), given.port)
        else:
            with tempfile.TemporaryDirectory(prefix="frontdesk-lab-") as folder:
                _run(Path(folder), given.port)
    except (LabError, SettingsError) as wrong:
        sys.stderr.write(f"{wrong}\n")
        return WRONG
    except (FrontdeskError, KeyboardInterrupt) as failed:
        sys.stderr.write(f"{str(failed) or 'Stopped.'}\n")
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main())
