"""How a web process ends: others are sent elsewhere first, and nobody who came is turned away."""

import asyncio
import ctypes
import signal
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

import uvicorn

TURN = 0.02  # seconds of a few rounds of the loop, in which what waits at the door is let in
GOODBYE = 1.0  # seconds in which whoever is connected may send one more request
STEP = 0.05  # seconds between two looks

# A program for the kernel that lets every packet pass but those that ask for a new connection (SYN without ACK):
# load the flags, mask the two, compare, drop, pass.
_NO_CALLERS = ((0x30, 0, 0, 13), (0x54, 0, 0, 0x12), (0x15, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 0x40000))
_ATTACH_FILTER = 26  # of Linux: SO_ATTACH_FILTER


def take_no_more_callers(listener: socket.socket) -> None:
    """Leave new connections unanswered: their clients ask again, and meet a closed door or somebody else.

    To close a listener is to reset whoever was connected by the kernel and not let in yet, with a request perhaps on
    its way. So the line is stopped first, and who stands in it is let in. Where the kernel cannot, nothing happens.
    """
    if sys.platform != "linux":
        return
    program = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in _NO_CALLERS))
    attached = struct.pack("@HP", len(_NO_CALLERS), ctypes.addressof(program))
    with suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _ATTACH_FILTER, attached)


class Server(uvicorn.Server):
    """Ends in this order: not ready any more; for `delay` seconds as before; closed to new callers; live streams end;
    who is connected gets one more answer, and with it the word to come no more; requests under way end.

    `leaving` is called at the wish to end. A second wish cuts the delay short.
    """

    def __init__(
        self, config: uvicorn.Config, *, leaving: Callable[[], None], end_streams: Callable[[], None], delay: float = 0
    ) -> None:
        super().__init__(config)
        self._leaving = leaving
        self._end_streams = end_streams
        self._delay = delay
        self._wishes = 0
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        self.listening.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGTERM and SIGINT as the wish to end, and nothing more: the house is still to be closed after us."""
        loop = asyncio.get_running_loop()
        for wish in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(wish, self.handle_exit, wish, None)
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Somebody wishes an end."""
        self._wishes += 1
        self._leaving()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End in that order."""
        self._leaving()
        await self._until(lambda: self._wishes > 1, seconds=self._delay if self._wishes else 0)
        await self._close_the_door(sockets or [])
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        self._end_streams()
        await self._until(lambda: self._wishes > 1 or not self.server_state.connections, seconds=GOODBYE)
        self._end_streams()  # of those who came meanwhile
        await super().shutdown(sockets)

    async def _close_the_door(self, listeners: list[socket.socket]) -> None:
        for listener in listeners:
            take_no_more_callers(listener)
        for _ in range(3):
            await asyncio.sleep(TURN)
        for server in self.servers:
            server.close()

    @staticmethod
    async def _until(enough: Callable[[], bool], *, seconds: float) -> None:
        for _ in range(round(seconds / STEP)):
            if enough():
                return
            await asyncio.sleep(STEP)
