"""Where the owner is told: what `doctor` says of it, and a trial."""

import asyncio
from collections.abc import Iterator

from frontdesk.cli.findings import Found, warning
from frontdesk.cli.remote import ask
from frontdesk.domain.personas import House
from frontdesk.domain.telling import TRIAL, Target
from frontdesk.kit.command import command
from frontdesk.kit.errors import FrontdeskError, PluginError, SettingsError
from frontdesk.notify.base import SELF
from frontdesk.notify.builtin import Notifiers, wrong_targets
from frontdesk.settings import Settings, read_house
from frontdesk.settings.running import running

_SELF = f"{SELF} is your own chat. It tells nothing of lines, which it goes over: name another path for them."


def looked_at(settings: Settings) -> Iterator[Found]:
    """Each target, without its address. Nobody is told anything."""
    try:
        path = settings.house_path()
        house = read_house(path)
    except SettingsError:
        return  # what is wrong with the file was told
    wrong = wrong_targets(house)
    for sentence in wrong:
        yield Found("notify", False, f"{sentence} ({path.name if path else ''}).", wrong_settings=True)
    if wrong:
        return
    for number, target in enumerate(house.notify, 1):
        yield _looked_at(number, target)
    yield from _own_chat(settings, house)


def _looked_at(number: int, target: Target) -> Found:
    if target.url == SELF:
        return warning("notify", _SELF)
    shown = Notifiers().shown(target.url)
    told = ", ".join(target.on) or "nothing"
    return Found("notify", True, f"{number}: {shown}, told of: {told}. “{command()} notify test” tries it.")


def _own_chat(settings: Settings, house: House) -> Iterator[Found]:
    """Whether the owner can be written to, where that is wanted; only a running house knows."""
    debugged = any(persona.debug for persona in house.personas)
    wanted = house.heartbeat.enabled or house.heartbeat.startup or debugged or any(t.url == SELF for t in house.notify)
    if not wanted or running(settings.data_dir) is None:
        return
    told = ask(settings, "GET", "/own-chat")
    yield warning("own chat", told["problem"]) if told["problem"] else Found("own chat", True, told["way"])


def tried(settings: Settings) -> list[Found]:
    """Tell every target that this is a trial; gives what became of it.

    Raises:
        SettingsError: there is no target, or one that cannot be.
    """
    path = settings.house_path()
    house = read_house(path)
    if wrong := wrong_targets(house):
        raise SettingsError("\n".join(f"{sentence} ({path.name if path else ''})." for sentence in wrong))
    if not any(target.url != SELF for target in house.notify):
        raise FrontdeskError("There is nobody to tell. Add a section [[notify]] with a url to frontdesk.toml.")
    return asyncio.run(_tried(house.notify))


async def _tried(targets: tuple[Target, ...]) -> list[Found]:
    notifiers, found = Notifiers(), []
    for number, target in enumerate(targets, 1):
        if target.url == SELF:
            continue
        shown = f"{number}: {notifiers.shown(target.url)}"
        try:
            unsure = await notifiers.tell(target.url, TRIAL)
            took = f"{shown} took it. Look whether it is there."
            found.append(Found("notify", unsure is None, took if unsure is None else f"{shown}. {unsure}"))
        except PluginError as failed:
            found.append(Found("notify", False, f"{shown}. {failed.sentence}"))
    return found
