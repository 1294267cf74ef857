"""What clients ask the server, and the least that makes them content."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from frontdesk.testing.lab.accounts import Account, Device, Directory
from frontdesk.testing.lab.binary import JID, PN, SERVER, Node, child
from frontdesk.testing.lab.connection import Connection
from frontdesk.testing.lab.faults import Faults
from frontdesk.testing.lab.groups import Groups
from frontdesk.testing.lab.journal import Journal
from frontdesk.testing.lab.keys import KEY_TYPE
from frontdesk.testing.lab.pairing import Pairing
from frontdesk.testing.lab.protobuf import encode
from frontdesk.testing.lab.relay import Relay, now

_PRIVACY = {
    "readreceipts": "all",
    "profile": "all",
    "status": "all",
    "online": "all",
    "last": "all",
    "groupadd": "all",
    "calladd": "all",
    "messages": "all",
    "defense": "off",
    "stickers": "contacts",
}

Content = list[Node] | None


class Refused(Exception):
    """The query is answered with an error."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


_NOT_FOUND = (404, "item-not-found")


@dataclass
class Parts:
    """The parts of the server that queries are about."""

    directory: Directory
    relay: Relay
    groups: Groups
    pairing: Pairing
    faults: Faults
    journal: Journal
    host: str  # of media, with its port


@dataclass(frozen=True)
class _Query:
    connection: Connection
    device: Device | None
    node: Node

    @property
    def wanted(self) -> Node:
        """The first node within."""
        return self.node.children[0] if self.node.children else Node("")

    @property
    def me(self) -> Device:
        """The device that asks."""
        if self.device is None:
            raise Refused(401, "not-authorized")
        return self.device

    @property
    def is_set(self) -> bool:
        """Whether it changes something."""
        return self.node.attrs.get("type") == "set"


class Queries:
    """Answers the queries of clients. What it does not know gets an empty result and is noted in the journal."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._answers: dict[str, Callable[[_Query], Awaitable[Content]]] = {
            "w:p": self._nothing,
            "encrypt": self._encrypt,
            "passive": self._nothing,
            "usync": self._usync,
            "w:m": self._media,
            "privacy": self._privacy,
            "md": self._devices,
            "w:g2": self._groups,
            "w:profile:picture": self._not_found,
            "w:sync:app:state": self._settings,
            "abt": self._properties,
            "w": self._properties,
            "blocklist": self._blocklist,
        }

    async def answer(self, connection: Connection, device: Device | None, node: Node) -> None:
        """Answer one query."""
        namespace = str(node.attrs.get("xmlns"))
        if self._parts.faults.leaves_unanswered(namespace):
            return
        query = _Query(connection, device, node)
        base = {"from": node.attrs.get("to", SERVER), "id": node.id}
        try:
            content = await self._answers.get(namespace, self._unknown)(query)
        except Refused as refused:
            error = Node("error", {"code": refused.code, "text": refused.text})
            await connection.send(Node("iq", {**base, "type": "error"}, [error]))
            return
        await connection.send(Node("iq", {**base, "type": "result"}, content))
        await self._afterwards(query)

    async def _afterwards(self, query: _Query) -> None:
        """What follows an answer."""
        if query.node.attrs.get("xmlns") == "passive" and query.wanted.tag == "active" and query.device:
            await self._parts.relay.flush(query.device)
        if query.node.attrs.get("xmlns") == "encrypt" and query.wanted.tag == "key":
            await self._ask_for_keys(query.wanted)
        if query.wanted.attrs.get("stage") == "companion_finish":
            self._parts.pairing.finish(query.connection, query.wanted)

    async def _unknown(self, query: _Query) -> Content:
        attrs = query.node.attrs
        self._parts.journal.unknown[f"{attrs.get('xmlns')} {attrs.get('type')} {query.wanted.tag}"] += 1
        return None

    async def _nothing(self, _: _Query) -> Content:
        return None

    async def _not_found(self, _: _Query) -> Content:
        raise Refused(*_NOT_FOUND)

    # keys
    async def _encrypt(self, query: _Query) -> Content:
        if query.is_set:
            _take_keys(query.me, query.node)
            return None
        if query.wanted.tag == "count":
            return [Node("count", {"value": len(query.me.prekeys)})]
        if query.wanted.tag == "key":
            return [Node("list", {}, [self._keys_of(one.jid("jid")) for one in query.wanted.children])]
        return await self._unknown(query)

    def _keys_of(self, jid: JID) -> Node:
        device = self._parts.directory.find_device(jid)
        if device is None:
            return Node("user", {"jid": jid}, [Node("error", {"code": 404, "text": "item-not-found"})])
        number, public, signature = device.signed
        signed = [Node("id", {}, number), Node("value", {}, public), Node("signature", {}, signature)]
        content = [
            Node("registration", {}, device.registration),
            Node("type", {}, KEY_TYPE),
            Node("identity", {}, device.identity),
            Node("skey", {}, signed),
        ]
        if device.prekeys:
            once_number, once = device.prekeys.popleft()
            content.append(Node("key", {}, [Node("id", {}, once_number), Node("value", {}, once)]))
        return Node("user", {"jid": jid, "t": now()}, content)

    async def _ask_for_keys(self, wanted: Node) -> None:
        for one in wanted.children:
            device = self._parts.directory.find_device(one.jid("jid"))
            if device:
                await self._parts.relay.ask_for_keys(device)

    # people
    async def _usync(self, query: _Query) -> Content:
        usync = query.wanted
        wanted = [one.tag for one in child(usync, "query").children]
        users = [self._user(one, wanted) for one in child(usync, "list").children]
        kept = {name: usync.attrs.get(name) for name in ("sid", "mode", "context")}
        result = Node("result", {}, [Node(tag) for tag in wanted])
        return [Node("usync", {**kept, "index": "0", "last": "true"}, [result, Node("list", {}, users)])]

    def _user(self, asked: Node, wanted: list[str]) -> Node:
        number = child(asked, "contact").raw.decode() if asked.child("contact") else ""
        given = asked.attrs.get("jid")
        jid = given if isinstance(given, JID) else JID(number.split("@")[0].lstrip("+"), PN)
        account = self._parts.directory.find(jid)
        content = []
        if "contact" in wanted:
            content.append(Node("contact", {"type": "in" if account else "out"}, number.encode() or None))
        if account:
            content += [node for tag in wanted if (node := _about(account, tag))]
        if account and number and not isinstance(given, JID):
            return Node("user", {"jid": account.lid_jid, "pn_jid": account.pn}, content)
        return Node("user", {"jid": jid}, content)

    # the rest
    async def _media(self, _: _Query) -> Content:
        attrs = {"auth": "lab", "ttl": 3600, "auth_ttl": 3600, "max_buckets": 12, "id": 1}
        return [Node("media_conn", attrs, [Node("host", {"hostname": self._parts.host})])]

    async def _privacy(self, query: _Query) -> Content:
        if query.is_set:
            return None
        listed = [Node("category", {"name": name, "value": value}) for name, value in _PRIVACY.items()]
        return [Node("privacy", {}, listed)]

    async def _devices(self, query: _Query) -> Content:
        if query.wanted.tag == "link_code_companion_reg":
            if refusal := self._parts.faults.code_refusal:
                raise Refused(*refusal)
            if query.wanted.attrs.get("stage") == "companion_hello":
                return await self._parts.pairing.hello(query.connection, query.wanted)
            return None
        if query.wanted.tag == "remove-companion-device":
            device = self._parts.directory.find_device(query.wanted.jid("jid"))
            if device:
                device.account.devices.pop(device.number, None)
                await self._parts.relay.devices_changed(device.account)
            return None
        return await self._unknown(query)

    async def _groups(self, query: _Query) -> Content:
        content = await self._parts.groups.answer(query.me, query.node)
        if content is None:
            raise Refused(*_NOT_FOUND)
        return content

    async def _properties(self, _: _Query) -> Content:
        return [Node("props", {"hash": "lab", "refresh": "86400"}, [])]

    async def _blocklist(self, _: _Query) -> Content:
        return [Node("list", {"dhash": "lab"}, [])]

    async def _settings(self, query: _Query) -> Content:
        """Encrypted settings of an account (its name, archived chats, …): the server numbers and keeps the patches."""
        collections = query.wanted.children
        content = [_collection(query.me.account, one) for one in collections]
        changed = [str(one.attrs["name"]) for one in collections if one.child("patch")]
        for device in list(query.me.account.devices.values()) if changed else []:
            if device is not query.me and not device.phone:
                listed = [_version(device.account, name) for name in changed]
                await self._parts.relay.notify(device, "server_sync", listed)
        return [Node("sync", {}, content)]


def _take_keys(device: Device, query: Node) -> None:
    device.asked_for_keys = False
    for one in child(query, "list").children:
        device.prekeys.append((child(one, "id").raw, child(one, "value").raw))
    if signed := query.child("skey"):
        device.signed = (child(signed, "id").raw, child(signed, "value").raw, child(signed, "signature").raw)


def _about(account: Account, wanted: str) -> Node | None:
    if wanted == "devices":
        listed = [Node("device", {"id": number, "key-index": number}) for number in account.devices]
        return Node("devices", {}, [Node("device-list", {"hash": "lab"}, listed)])
    if wanted == "lid":
        return Node("lid", {"val": account.lid_jid})
    if wanted == "status":
        return Node("status", {"t": now()}, b"lab")
    return None


def _version(account: Account, name: str) -> Node:
    return Node("collection", {"name": name, "version": len(account.settings.get(name, []))})


def _collection(account: Account, asked: Node) -> Node:
    name, known = str(asked.attrs["name"]), int(asked.attrs.get("version") or 0)
    stored = account.settings.setdefault(name, [])
    if patch := asked.child("patch"):
        # A stored patch is what the client sent with its number put in front.
        stored.append(encode({1: encode({1: len(stored) + 1})}) + patch.raw)
        return _version(account, name)
    patches = [Node("patches", {}, [Node("patch", {}, raw) for raw in stored[known:]])] if stored[known:] else None
    return Node("collection", {"name": name, "version": len(stored), "has_more_patches": "false"}, patches)
