"""Carries out at a line what was asked of it from another process."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from frontdesk.channels.base import Emit
from frontdesk.channels.remote import spelling
from frontdesk.channels.remote.spelling import Spelling
from frontdesk.domain.wire import Line
from frontdesk.kit.asking import NotHere

Given = Mapping[str, Any]


class Carrying:
    """Knows each verb of `channel.py`, for channels of which it holds lines."""

    def __init__(self, spelling: Spelling, emit: Emit) -> None:
        self._spelling = spelling
        self._emit = emit
        self._verbs: dict[str, Callable[[Any, Line, Given], Awaitable[Any]]] = {
            "send": self._send,
            "fetch": self._fetch,
            "mark_read": self._mark_read,
            "show_typing": self._show_typing,
            "find_person": self._find_person,
            "pair_by_code": self._pair_by_code,
            "log_out": self._log_out,
            "forget": self._forget,
            "check": self._check,
        }

    async def carry_out(self, channel: Any, line: Line, verb: str, given: Given) -> Any:
        """Have the channel do it; gives what goes back. Raises what the channel raises.

        Raises:
            NotHere: this version does not know the verb.
        """
        do = self._verbs.get(verb)
        if do is None:
            raise NotHere("The process that holds the line is of another version and does not know this.")
        return await do(channel, line, given)

    async def _send(self, channel: Any, line: Line, given: Given) -> Any:
        return spelling.sent(await channel.send(line, self._spelling.read_outbound(given["outbound"])))

    async def _fetch(self, channel: Any, line: Line, given: Given) -> Any:
        into = self._spelling.read_path(given["into"])
        found = await channel.fetch(line, spelling.read_media(given["media"]), into, limit=int(given["limit"]))
        return self._spelling.fetched(found)

    async def _mark_read(self, channel: Any, line: Line, given: Given) -> None:
        await channel.mark_read(line, spelling.read_seen(given["seen"]), typing=bool(given["typing"]))

    async def _show_typing(self, channel: Any, line: Line, given: Given) -> None:
        await channel.show_typing(line, spelling.read_addresses(given["to"]), writing=bool(given["writing"]))

    async def _find_person(self, channel: Any, line: Line, given: Given) -> Any:
        (phone,) = spelling.read_addresses(given["phone"])
        return spelling.addresses(await channel.find_person(line, phone))

    async def _pair_by_code(self, channel: Any, line: Line, given: Given) -> None:
        await channel.pair_by_code(line, str(given["phone"]))

    async def _log_out(self, channel: Any, line: Line, given: Given) -> Any:
        return await channel.log_out(line, self._emit)

    async def _forget(self, channel: Any, line: Line, given: Given) -> None:
        await channel.forget(line, spelling.read_addresses(given["person"]))

    async def _check(self, channel: Any, line: Line, given: Given) -> None:
        await channel.check(line)
