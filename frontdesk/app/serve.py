"""Runs the house: listens, greets, and ends in order."""

import asyncio
import errno
import gc
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from frontdesk.agent import run as agent
from frontdesk.app.ending import Server
from frontdesk.app.house import Frontdesk, build
from frontdesk.app.scaled import HoldingLines, Web, redis_of
from frontdesk.app.shapes import Embedded, Ground, Shape
from frontdesk.channels.base import Channel
from frontdesk.kit.errors import FrontdeskError, SettingsError
from frontdesk.kit.log import set_up
from frontdesk.llm.base import split_name
from frontdesk.settings import Settings
from frontdesk.settings.models import model_doubt
from frontdesk.settings.running import alone, announce, together

try:
    import uvloop
except ImportError:  # not made for every platform
    uvloop = None  # type: ignore[assignment]

log = logging.getLogger(__name__)

_NO_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EINVAL)
OPEN_FILES = 16_384
SWITCH = 0.001  # seconds: a statement of the store waits less for its turn behind a busy loop


@dataclass(frozen=True, slots=True)
class Beside:
    """What runs in this process beside the house, such as the lab.

    `furnish` prepares the house and gives what answers in the place of its own web, `end_streams` lets those go who
    listen there, and `says` are more lines for the terminal, given the house's address.
    """

    channels: Sequence[Channel] = ()
    furnish: Callable[[Frontdesk], Awaitable[ASGIApp]] | None = None
    end_streams: Callable[[], None] = lambda: None
    says: Callable[[str], Sequence[str]] = lambda _: ()


Neighbour = Callable[[Settings], AbstractAsyncContextManager[Beside]]


def serve(settings: Settings, *, demo: bool = False, neighbour: Neighbour | None = None) -> None:
    """Run everything in this process until told to stop; with a neighbour, which is there from before to after.

    Raises:
        SettingsError: something is wrong that only its owner can mend.
    """
    set_up(settings.log_level, settings.log_format)
    raise_limits()
    sys.setswitchinterval(SWITCH)
    with (
        alone(settings.make_data_dir()),
        _listener(settings) as listener,
        asyncio.Runner(loop_factory=loop_factory()) as loop,
    ):
        loop.run(_with(neighbour, settings, listener, demo=demo))


def web(settings: Settings) -> None:
    """Take webhooks and show the inbox, beside other processes, until told to stop. Raises what `serve` raises."""
    set_up(settings.log_level, settings.log_format)
    redis_of(settings, Web.role)
    settings.make_data_dir()
    raise_limits()
    with (
        together(settings.data_dir),
        _listener(settings) as listener,
        asyncio.Runner(loop_factory=loop_factory()) as loop,
    ):
        loop.run(_serve(settings, listener, Beside(), demo=False, shape=Web))


def hold_lines(settings: Settings) -> None:
    """Hold linked devices and bridges, beside other processes, until told to stop. Raises what `serve` raises."""
    set_up(settings.log_level, settings.log_format)
    redis_of(settings, HoldingLines.role)
    raise_limits()
    with asyncio.Runner(loop_factory=loop_factory()) as loop:
        loop.run(_hold_lines(settings))


async def _hold_lines(settings: Settings) -> None:
    told_to_stop = asyncio.Event()
    for wish in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(wish, told_to_stop.set)
    house = await _built(settings, told_to_stop)
    if house is None:
        return
    try:
        await house.start()
        log.info("holding lines")
        await told_to_stop.wait()
    finally:
        await house.close()


async def _built(settings: Settings, told_to_stop: asyncio.Event) -> Frontdesk | None:
    """The house, which may wait for its database for ever; None where it was told to stop meanwhile."""
    building = asyncio.ensure_future(build(settings, shape=HoldingLines))
    stopping = asyncio.ensure_future(told_to_stop.wait())
    await asyncio.wait((building, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if building.done():
        return building.result()
    building.cancel()
    await asyncio.wait((building,))
    return None


async def _with(neighbour: Neighbour | None, settings: Settings, listener: socket.socket, *, demo: bool) -> None:
    async with nullcontext(Beside()) if neighbour is None else neighbour(settings) as beside:
        await _serve(settings, listener, beside, demo=demo)


async def _serve(
    settings: Settings,
    listener: socket.socket,
    beside: Beside,
    *,
    demo: bool,
    shape: Callable[[Ground], Shape] = Embedded,
) -> None:
    base = f"http://{_reachable(settings.host)}:{listener.getsockname()[1]}"
    house = await build(settings, demo_at=base if demo else None, channels=beside.channels, shape=shape)

    def end_streams() -> None:
        beside.end_streams()
        house.end_streams()

    web = house.web if beside.furnish is None else await beside.furnish(house)
    server = Server(_config(web), leaving=house.leave, end_streams=end_streams, delay=settings.drain_seconds)
    serving: asyncio.Task[None] | None = None
    try:
        await house.take_up()
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await server.listening.wait()
        await house.start()
        announce(settings.data_dir, url=base, key=house.desk.operators.keys.local(), demo=demo)
        await _greet(house, settings.public_url or base, beside, demo=demo)
        if house.shape.alone:
            await warm_up(house)
        await serving
    finally:
        server.should_exit = True
        if serving is not None:
            await asyncio.gather(serving, return_exceptions=True)
        await house.close()


def _config(web: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        web,
        log_config=None,
        access_log=False,
        lifespan="off",
        http="httptools",
        ws="websockets-sansio",
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,
        backlog=2048,
        server_header=False,
    )


async def warm_up(house: Frontdesk) -> None:
    """Import what the first turn needs, so that the first person does not wait for it."""
    with suppress(FrontdeskError):
        await agent.warm_up()
        if house.models is not None:
            await house.models.warm_up([house.rooms.model])
    # What was imported lives as long as the program: the collector need not look at it again and again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def raise_limits() -> None:
    """A thousand chats that wait for a model hold some two thousand connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _greet(house: Frontdesk, base: str, beside: Beside, *, demo: bool) -> None:
    """Say in the terminal where everything is."""
    link = await house.desk.operators.first_run_link()
    lines = ["", "  Frontdesk is ready.", ""]
    if link:
        lines += [f"  Inbox, sign in once with this link:  {base}/welcome?token={link}"]
    else:
        lines += [f"  Inbox:  {base}/"]
    if demo:
        lines += [f"  Phone page, write as a customer:     {base}/phone"]
    lines += [f"  {line}" for line in beside.says(base)]
    lines += [f"  Model:  {_full_name(house)}"]
    if doubt := model_doubt(house.settings, house.rooms.house()):
        lines += [f"  Note:   {doubt}"]
    lines += ["", "  Stop with Ctrl+C.", ""]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _full_name(house: Frontdesk) -> str:
    """The model of personas that name none, with the one that its provider takes where it names only that."""
    provider, model = split_name(house.rooms.model)
    usual = {known.name: known.default_model for known in house.models.providers} if house.models else {}
    return f"{provider}:{model or usual.get(provider, '')}".removesuffix(":")


def _reachable(host: str) -> str:
    """Where this machine reaches itself when it listens on `host`."""
    return "127.0.0.1" if host in ("", "0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104


def loop_factory() -> Any:
    """What makes an event loop; None for Python's own."""
    return None if uvloop is None else uvloop.new_event_loop


def _listener(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # The protocol is named so that asyncio sees TCP and sends small answers at once (TCP_NODELAY).
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except (OSError, UnicodeError) as refused:
        listener.close()
        raise SettingsError(_no_place(settings.host, settings.port, refused)) from refused
    return listener


def _no_place(host: str, port: int, refused: OSError | UnicodeError) -> str:
    """Why nobody can listen there, and whether the address or the port is to be changed."""
    unknown = isinstance(refused, UnicodeError | socket.gaierror) or refused.errno in _NO_ADDRESS
    if unknown:
        return (
            f"Cannot listen on “{host}”: it is no address of this machine. Give another with --host or HOST: "
            "127.0.0.1 for this machine alone, 0.0.0.0 for all that can reach it."
        )
    why = os.strerror(refused.errno or 0) if isinstance(refused, OSError) else str(refused)
    return f"Cannot listen on port {port} of {host}: {why}. Give another port with --port or PORT."
