"""An ordinary program on neonize that knows nothing of the lab: commands in, events out, both as JSON lines.

python library_program.py STORE [PHONE]      with PHONE: asks for a pairing code once the first QR code is there
"""

import asyncio
import base64
import importlib
import json
import logging
import os
import sqlite3
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict

client_module: Any = importlib.import_module("neonize.aioze.client")
events: Any = importlib.import_module("neonize.aioze.events")
all_events: Any = importlib.import_module("neonize.events")
tools: Any = importlib.import_module("neonize.utils")
enums: Any = importlib.import_module("neonize.utils.enum")
e2e: Any = importlib.import_module("neonize.proto.waE2E.WAWebProtobufsE2E_pb2")
logging.getLogger().setLevel(logging.ERROR)

EVENTS = ("Connected", "Disconnected", "LoggedOut", "StreamReplaced", "TemporaryBan", "ClientOutdated",
          "ConnectFailure", "PairStatus", "Message", "Receipt", "HistorySync", "GroupInfo", "JoinedGroup",
          "ChatPresence", "OfflineSyncCompleted", "CallOffer", "StreamError", "KeepAliveTimeout")  # fmt: skip


OUT = os.dup(1)
os.dup2(2, 1)  # the library prints too, in the middle of other lines


def say(event: str, **facts: object) -> None:
    """One line to whoever started the program."""
    os.write(OUT, json.dumps({"event": event, **facts}).encode() + b"\n")


def jid(text: str) -> Any:
    """An address; without a server it is a phone number."""
    user, _, server = text.partition("@")
    return tools.build_jid(user, server or "s.whatsapp.net")


class Program:
    """One linked device."""

    def __init__(self, store: str) -> None:
        self.client = client_module.NewAClient(store, uuid=f"{store}-{os.getpid()}")
        self.client._stop_finalizer.detach()
        self.messages: dict[str, Any] = {}
        self.asked = asyncio.Event()
        self.client.qr(self.on_qr)
        for name in EVENTS:
            self.client.event(getattr(events, f"{name}Ev"))(self.listener(name))
        self.client.event(all_events.UndecryptableMessageEv)(self.listener("UndecryptableMessage"))

    async def on_qr(self, _: Any, qr: bytes) -> None:
        say("QR", qr=qr.decode())
        self.asked.set()

    def listener(self, name: str) -> Callable[[Any, Any], Any]:
        """Says what happened."""

        async def on_event(_: Any, event: Any) -> None:
            if name == "Message":
                self.messages[event.Info.ID] = event
            say(name, **MessageToDict(event, preserving_proto_field_name=True))

        return on_event

    async def run(self, phone: str | None) -> None:
        """Connect, then do what is asked until the end of the commands."""
        await self.client.connect()
        if phone:
            await self.asked.wait()
            try:
                say("Code", code=await self.client.PairPhone(phone, False))
            except Exception as error:
                say("Failed", action="pair", error=str(error))
        async for command in commands():
            action = command.pop("action")
            try:
                say("Done", action=action, result=await getattr(self, action)(**command))
            except Exception as error:
                say("Failed", action=action, error=repr(error))

    # what may be asked
    async def text(self, to: str, text: str) -> str:
        return str((await self.client.send_message(jid(to), e2e.Message(conversation=text))).ID)

    async def image(self, to: str, path: str, caption: str) -> str:
        return str((await self.client.send_image(jid(to), path, caption=caption)).ID)

    async def document(self, to: str, content: str, name: str) -> str:
        raw = base64.b64decode(content)
        sent = await self.client.send_document(jid(to), raw, filename=name, mimetype="application/pdf")
        return str(sent.ID)

    async def quote(self, id: str, text: str) -> str:  # noqa: A002
        return str((await self.client.reply_message(text, self.messages[id])).ID)

    async def react(self, id: str, emoji: str) -> str:  # noqa: A002
        source = self.messages[id].Info.MessageSource
        reaction = await self.client.build_reaction(source.Chat, source.Sender, id, emoji)
        return str((await self.client.send_message(source.Chat, reaction)).ID)

    async def edit(self, to: str, id: str, text: str) -> str:  # noqa: A002
        return str((await self.client.edit_message(jid(to), id, e2e.Message(conversation=text))).ID)

    async def revoke(self, to: str, id: str, me: str) -> str:  # noqa: A002
        return str((await self.client.revoke_message(jid(to), jid(me), id)).ID)

    async def download(self, id: str) -> str:  # noqa: A002
        return base64.b64encode(await self.client.download_any(self.messages[id].Message)).decode()

    async def read(self, id: str) -> None:  # noqa: A002
        source = self.messages[id].Info.MessageSource
        await self.client.mark_read(id, chat=source.Chat, sender=source.Sender, receipt=enums.ReceiptType.READ)

    async def typing(self, to: str) -> None:
        await self.client.send_chat_presence(
            jid(to), enums.ChatPresence.CHAT_PRESENCE_COMPOSING, enums.ChatPresenceMedia.CHAT_PRESENCE_MEDIA_TEXT
        )

    async def group(self, name: str, members: list[str]) -> str:
        created = await self.client.create_group(name, [jid(member) for member in members])
        return f"{created.JID.User}@{created.JID.Server}"

    async def groups(self) -> list[dict[str, Any]]:
        joined = await self.client.get_joined_groups()
        return [MessageToDict(group, preserving_proto_field_name=True) for group in joined]

    async def people(self, numbers: list[str]) -> list[list[Any]]:
        return [[one.Query, one.IsIn, one.JID.User] for one in await self.client.is_on_whatsapp(*numbers)]

    async def look_around(self, to: str, group: str) -> str:
        await self.client.get_user_info(jid(to))
        await self.client.get_privacy_settings()
        await self.client.get_blocklist()
        return str((await self.client.get_group_info(jid(group))).GroupName.Name)

    async def change_group(self, group: str, name: str) -> None:
        await self.client.set_group_name(jid(group), name)
        await self.client.set_disappearing_timer(jid(group), 86_400 * 10**9)  # a timedelta comes to 0
        await self.client.leave_group(jid(group))

    async def other_address(self, to: str) -> str:
        other = self.client.get_pn_from_lid if to.endswith("@lid") else self.client.get_lid_from_pn
        return str((await other(jid(to))).User)

    async def rename(self, name: str) -> None:
        await self.client.set_profile_name(name)
        await self.client.send_presence(enums.Presence.AVAILABLE)

    async def logout(self) -> None:
        await self.client.logout()


def prepare(store: str) -> None:
    """Let the store be written in the quicker of SQLite's ways: the library writes 812 keys, each by itself."""
    with closing(sqlite3.connect(store)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


async def commands() -> Any:
    """The lines of stdin; reading them blocks a thread of its own."""
    loop, lines = asyncio.get_running_loop(), asyncio.Queue[str]()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        os._exit(0)  # the library has threads that never end

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield json.loads(await lines.get())


if __name__ == "__main__":
    os.chdir(Path(sys.argv[1]).parent)
    prepare(sys.argv[1])
    asyncio.run(Program(sys.argv[1]).run(sys.argv[2] if len(sys.argv) > 2 else None))
