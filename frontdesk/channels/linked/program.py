"""The program that holds one linked device: `python -m frontdesk.channels.linked.program FOLDER`.

It speaks the bridge's lines of JSON over its standard input and output. It does as little as can be done: what
WhatsApp hands over is on the spool before anything else happens with it, and leaves the spool when it is stored. When
its input ends, it ends; whoever started it keeps it up.
"""

import argparse
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import orjson

from frontdesk.channels.linked import ownership
from frontdesk.channels.linked.outlet import Outlet
from frontdesk.channels.linked.spool import Spool

try:
    from frontdesk.channels.linked.library.line import LinkedLine

    MISSING = ""
except Exception as missing:  # a platform that the library was not made for: `frontdesk doctor` says
    LinkedLine = None  # type: ignore[assignment,misc]
    MISSING = f"{type(missing).__name__}: {missing}"

LAST_WORD = 0.3  # seconds between telling an end and ending
OWNED = 75  # exit code: another process holds this device
NO_LIBRARY = 78  # exit code: the library cannot be loaded
NO_ROOM = 73  # exit code: the disk is full, or cannot be written to
OWNER_PATIENCE = 15.0  # seconds that a process before this one gets to end
SWITCH = 0.0005  # seconds: the thread of the library waits less for its turn


def main(arguments: list[str] | None = None) -> int:
    """Hold the device in the folder until told to end; gives the exit code."""
    given = _parser().parse_args(arguments)
    lines = _take_over_output()
    sys.setswitchinterval(SWITCH)
    os.umask(0o077)
    outlet = Outlet(lines)
    lock = ownership.take(given.folder, patience=OWNER_PATIENCE)
    if lock is None:
        return _last_word(outlet, "owned", OWNED)
    if LinkedLine is None:
        sys.stderr.write(f"The library cannot be loaded: {MISSING}\n")
        return _last_word(outlet, "no_library", NO_LIBRARY)
    try:
        spool = Spool(given.folder)
        line = LinkedLine(given.folder, spool, outlet, name=given.name)
        line.mend()
    except OSError as refused:
        sys.stderr.write(f"The line cannot be kept here: {refused}\n")
        return _last_word(outlet, "no_room", NO_ROOM)
    outlet.acked(spool.acked)
    threading.Thread(target=line.pass_on, name="pass-on", daemon=True).start()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, line, spool, outlet), name="listen", daemon=True).start()
    code = line.hold(os.environ.get("FRONTDESK_LINE_PROXY"))
    outlet.flush()
    _leave(code)
    return code


def _listen(stream: IO[bytes], line: Any, spool: Spool, outlet: Outlet) -> None:
    """Take commands and acknowledgements until the input ends, which is the wish to end."""
    for text in stream:
        with suppress(orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            told = orjson.loads(text)
            if "ack" in told:
                spool.ack(int(told["ack"]))
                outlet.acked(int(told["ack"]))
            else:
                line.command(str(told["action"]), told.get("data") or {}, str(told["id"]))
    outlet.close()
    line.end()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="frontdesk-linked")
    parser.add_argument("folder", type=Path, help="private folder of this line")
    parser.add_argument("--name", default="Frontdesk", help="as the phone shows this device")
    return parser


def _take_over_output() -> IO[bytes]:
    """The library prints to the standard output: that goes where errors go, and the lines get a way of their own."""
    lines = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return lines


def _last_word(outlet: Outlet, word: str, code: int) -> int:
    outlet.passing("state", {"is": word})
    time.sleep(LAST_WORD)
    return code


def _leave(code: int) -> None:
    """End at once: threads of the library may never come back, and nothing is left to be done."""
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
