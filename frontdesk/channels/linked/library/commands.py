"""What the desk asks of a linked line: send, read, write, fetch, link, unlink, and whether it still hears."""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from neonize.proto import Neonize_pb2 as shapes
from neonize.proto.waE2E.WAWebProtobufsE2E_pb2 import Message

from frontdesk.channels.linked import codes
from frontdesk.channels.linked.failures import code_of, is_in_doubt, said
from frontdesk.channels.linked.library.composing import compose
from frontdesk.channels.linked.library.device import Device
from frontdesk.channels.linked.outlet import Outlet
from frontdesk.channels.linked.reading_people import Own
from frontdesk.channels.linked.sends import Sends
from frontdesk.channels.linked.spool import Record, Spool
from frontdesk.channels.linked.unread import Source, Unread
from frontdesk.kit.errors import Rejected

log = logging.getLogger(__name__)

APART = 0.1  # seconds between a message that came in a chat and one that goes out: closer, the library may lose it
REMEMBERED = 5_000  # messages whose sender is remembered, so that they can be marked as read
PROBE = 20.0  # seconds in which the owner's phone, when it is on, answers a message to oneself


class Refused(Exception):
    """The command cannot be done; `code` says of which sort the reason is."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


class Commands:
    """`run()` is called on threads of a pool; it never raises."""

    def __init__(self, device: Device, spool: Spool, outlet: Outlet, folder: Path) -> None:
        self._device = device
        self._spool = spool
        self._outlet = outlet
        self._sends = Sends(folder)
        self._heard_at: OrderedDict[str, float] = OrderedDict()
        self._unread = Unread()
        self._probing = False
        self._probed = threading.Event()
        self.ourselves: Any = None
        self._known: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "send_message": self._send,
            "mark_read": self._mark_read,
            "show_typing": self._show_typing,
            "fetch": self._fetch,
            "find_person": self._find_person,
            "pair_by_code": self._pair_by_code,
            "log_out": self._log_out,
            "check": self._check,
            "get_status": lambda _: {"connected": self._device.connected(), **self.who()},
        }

    def run(self, action: str, given: dict[str, Any], command_id: str) -> None:
        """Do it, and answer."""
        try:
            known = self._known.get(action)
            if known is None:
                raise Refused(f"A linked line knows no “{action}”.", "unknown_command")
            self._outlet.answer(command_id, known(given))
        except Refused as refused:
            self._outlet.refuse(command_id, str(refused), refused.code)
        except Rejected as rejected:
            self._outlet.refuse(command_id, rejected.sentence, "rejected")
        except Exception as failed:
            self._outlet.refuse(command_id, said(failed), code_of(failed))

    def who(self) -> dict[str, str]:
        """Our own ids and name, as far as they are known."""
        if self.ourselves is None:
            return {}
        me = self.ourselves
        told = {"phone": me.JID.User, "lid": me.LID.User, "name": me.PushName, "platform": me.Platform}
        return {name: value for name, value in told.items() if value}

    def look_over(self, record: Record) -> Record:
        """Note of what comes in what is needed to answer it. Our own probe is not passed on."""
        if record.code == codes.MESSAGE:
            self._note(shapes.Message.FromString(record.content).Info)
            return record
        receipt = shapes.Receipt.FromString(record.content)
        if not self._probing or not self._is_of_ourselves(receipt.MessageSource):
            return record
        self._probed.set()  # it may come before the library has said under which id the probe went out
        del receipt.MessageIDs[:]
        return Record(record.seq, record.code, record.at, receipt.SerializeToString())

    def _note(self, about: Any) -> None:
        chat, sender = _text(about.MessageSource.Chat), _text(about.MessageSource.Sender)
        alternative = _text(about.MessageSource.SenderAlt)
        now = time.monotonic()
        for place in {chat, alternative} - {""}:
            _remember(self._heard_at, place, now)
        if not about.MessageSource.IsFromMe:
            self._unread.note(about.ID, Source(chat, sender))

    # Commands

    def _send(self, given: dict[str, Any]) -> dict[str, Any]:
        our_id, to = str(given["our_id"]), str(given["to"][0])
        # Its file goes to WhatsApp here already: nobody sees that before the message is sent.
        message = compose(given, own=self._own(), upload=self._device.upload, at=time.time_ns() // 1_000_000)
        self._keep_apart(given["to"])
        self._sends.note("+", our_id)
        try:
            external_id, at = self._device.send(to, message)
        except Exception as failed:
            if is_in_doubt(failed):
                raise Refused(said(failed), "doubt") from failed
            self._sends.note("-", our_id)
            raise
        sent = {"our_id": our_id, "external_id": external_id, "timestamp": at}
        self._spool.put(codes.SENT, orjson.dumps(sent), time.time_ns() // 1_000_000)
        self._sends.note("=", our_id)
        return sent

    def _keep_apart(self, chat: list[str]) -> None:
        while (wait := max(self._heard_at.get(one, 0.0) for one in chat) + APART - time.monotonic()) > 0:
            time.sleep(wait)

    def _own(self) -> Own:
        who = self.who()
        return Own(phone=who.get("phone"), lid=who.get("lid"))

    def _mark_read(self, given: dict[str, Any]) -> dict[str, Any]:
        external_id = str(given["external_id"])
        read = self._unread.up_to(external_id)
        if not read:  # it came before this process was started, or was marked already
            chat, sender = given.get("chat"), given.get("sender")
            if not chat or not sender:
                raise Refused("It is not known any more who wrote that message.", "rejected")
            read = {Source(chat, sender): [external_id]}
        try:
            self._mark(read, voice=external_id if given.get("voice") else None)
        except Exception:
            self._unread.put_back(read)  # WhatsApp takes it well to be told twice
            raise
        if given.get("typing"):
            self._device.show_typing(next(iter(read)).chat, writing=True)
        return {}

    def _mark(self, read: dict[Source, list[str]], *, voice: str | None) -> None:
        for source, external_ids in read.items():
            self._device.mark_read(external_ids, source)
            if voice in external_ids:
                self._device.mark_read([voice], source, played=True)

    def _show_typing(self, given: dict[str, Any]) -> dict[str, Any]:
        self._device.show_typing(str(given["to"][0]), writing=bool(given.get("writing", True)))
        return {}

    def _fetch(self, given: dict[str, Any]) -> dict[str, Any]:
        content = self._device.download(given["file"])
        if len(content) > int(given["limit"]):
            raise Refused("The file is larger than this installation takes.", "rejected")
        Path(given["into"]).write_bytes(content)
        return {"size": len(content)}

    def _find_person(self, given: dict[str, Any]) -> dict[str, Any]:
        there, address = self._device.find_person(str(given["phone"]))
        return {"there": there, "address": address}

    def _pair_by_code(self, given: dict[str, Any]) -> dict[str, Any]:
        return {"code": self._device.pair_by_code(str(given["phone"]))}

    def _log_out(self, _given: dict[str, Any]) -> dict[str, Any]:
        self._device.log_out()
        return {}

    def _check(self, given: dict[str, Any]) -> dict[str, Any]:
        """A question to WhatsApp and back; with `probe`, also a message to oneself that shows nowhere."""
        phone = self.who().get("phone")
        if phone is None or not self._device.connected():
            raise Refused("The line is not connected.", "not_connected")
        self._device.asks(f"+{phone}")
        return {"heard": self._hears_itself(phone)} if given.get("probe") else {}

    def _hears_itself(self, phone: str) -> bool:
        """Whether the receipt of a message to oneself came: the owner's phone sends it, when it is on."""
        nothing = Message()
        nothing.reactionMessage.text = ""  # takes back a reaction that never was: no screen shows it
        nothing.reactionMessage.key.remoteJID = f"{phone}@s.whatsapp.net"
        nothing.reactionMessage.key.fromMe = True
        nothing.reactionMessage.key.ID = "FRONTDESK"
        self._probed.clear()
        self._probing = True
        try:
            self._device.send(f"{phone}@s.whatsapp.net", nothing)
            return self._probed.wait(PROBE)
        finally:
            self._probing = False

    def _is_of_ourselves(self, source: Any) -> bool:
        own = {self.ourselves.JID.User, self.ourselves.LID.User} - {""} if self.ourselves is not None else set()
        return source.Chat.User in own and source.Sender.User in own


def _text(given: Any) -> str:
    return f"{given.User}@{given.Server}" if given.User else ""


def _remember(known: OrderedDict[str, Any], key: str, value: Any) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > REMEMBERED:
        known.popitem(last=False)
