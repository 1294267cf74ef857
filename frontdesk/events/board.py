"""What processes tell of themselves for a while, sealed, for whoever wants to know."""

from collections.abc import Iterable, Mapping
from typing import Any

from frontdesk.events.questions import opened, sealed
from frontdesk.events.redis_link import BROKEN, PREFIX, RedisLink
from frontdesk.kit.vault import Vault


class Board:
    """One task at a time. While Redis is away nothing is told, and nothing is known."""

    def __init__(self, url: str, vault: Vault) -> None:
        self._vault = vault
        self._link = RedisLink(url)

    async def put(self, name: str, what: Mapping[str, Any], *, lives: int) -> None:
        """Tell this under that name for so many milliseconds."""
        try:
            await self._link.call("SET", f"{PREFIX}{name}", sealed(self._vault, what), "PX", lives)
        except BROKEN:
            return

    async def get(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """What is told under these names, where anything is."""
        keys = [f"{PREFIX}{name}" for name in names]
        if not keys:
            return []
        try:
            found = await self._link.call("MGET", *keys)
        except BROKEN:
            return []
        return [told for content in found if content and (told := opened(self._vault, content)) is not None]

    async def close(self) -> None:
        """Let go of the connection."""
        await self._link.close()
