"""Groups: what clients ask about them, and what everybody in them is told when they change."""

import time
from collections.abc import Iterable, Sequence

from frontdesk.testing.lab.accounts import Account, Device, Directory, Group
from frontdesk.testing.lab.binary import Node
from frontdesk.testing.lab.relay import Relay, now


class Groups:
    """Creates and changes groups. Each change is told to all devices of the members, except the one that made it."""

    def __init__(self, directory: Directory, relay: Relay) -> None:
        self._directory, self._relay = directory, relay

    async def create(
        self, subject: str, owner: Account, members: Sequence[Account], *, by: Device | None = None
    ) -> Group:
        """A new group with its owner in it."""
        everybody = [owner, *(member for member in members if member is not owner)]
        number = f"1203630{int(time.time())}{len(self._directory.groups):02d}"
        group = self._directory.groups[number] = Group(number, subject, owner, everybody)
        await self._tell_created(group, everybody, by)
        return group

    async def _tell_created(self, group: Group, whom: Iterable[Account], by: Device | None) -> None:
        content = [Node("create", {"type": "new", "reason": "invite"}, [self.described(group)])]
        await self._tell(group, group.owner, content, whom=whom, by=by)

    async def rename(self, group: Group, subject: str, *, by: Device) -> None:
        """Give it another name."""
        group.subject = subject
        attrs = {"subject": subject, "s_t": now(), "s_o": by.account.lid_jid, "s_o_pn": by.account.pn}
        await self._tell(group, by.account, [Node("subject", attrs)], whom=group.members, by=by)

    async def add(self, group: Group, members: Sequence[Account], *, by: Device) -> None:
        """Take people in: they hear of the group, the others of them."""
        before = list(group.members)
        new = [member for member in members if member not in before]
        group.members += new
        content = [Node("add", {}, [self._participant(group, member) for member in new])]
        await self._tell(group, by.account, content, whom=before, by=by)
        await self._tell_created(group, new, by)

    async def remove(self, group: Group, members: Sequence[Account], *, by: Device) -> None:
        """Take people out; they hear of it too. Who takes out himself leaves."""
        before = list(group.members)
        content = [Node("remove", {}, [self._participant(group, member) for member in members])]
        group.members[:] = [member for member in before if member not in members]
        await self._tell(group, by.account, content, whom=before, by=by)

    async def set_timer(self, group: Group, seconds: int, *, by: Device) -> None:
        """Let its messages disappear after that time; 0 lets them stay."""
        group.timer = seconds
        change = Node("ephemeral", {"expiration": seconds}) if seconds else Node("not_ephemeral")
        await self._tell(group, by.account, [change], whom=group.members, by=by)

    async def _tell(
        self, group: Group, actor: Account, content: list[Node], *, whom: Iterable[Account], by: Device | None
    ) -> None:
        mode = self._relay.addressing
        other = "participant_pn" if mode == "lid" else "participant_lid"
        attrs: dict[str, object] = {"from": group.jid, "participant": actor.jid(mode), other: actor.other_jid(mode)}
        attrs |= {"addressing_mode": mode, "notify": actor.name}
        for member in whom:
            for device in list(member.devices.values()):
                if device is not by:
                    await self._relay.notify(device, "w:gp2", content, **attrs)

    def described(self, group: Group) -> Node:
        """The group as a client is told of it."""
        owner = group.owner
        attrs = {
            "id": group.id,
            "subject": group.subject,
            "creator": owner.lid_jid,
            "creator_pn": owner.pn,
            "creation": group.created,
            "s_t": group.created,
            "s_o": owner.lid_jid,
            "addressing_mode": self._relay.addressing,
            "size": len(group.members),
        }
        timer = [Node("ephemeral", {"expiration": group.timer})] if group.timer else []
        return Node("group", attrs, [*(self._participant(group, member) for member in group.members), *timer])

    def _participant(self, group: Group, member: Account) -> Node:
        mode = self._relay.addressing
        other = "phone_number" if mode == "lid" else "lid"
        role = "superadmin" if member is group.owner else None
        return Node("participant", {"jid": member.jid(mode), other: member.other_jid(mode), "type": role})

    # queries of clients
    async def answer(self, me: Device, query: Node) -> list[Node] | None:
        """The content of the answer; None when there is no such group, or nothing of the kind."""
        wanted = query.children[0] if query.children else Node("")
        if wanted.tag == "create":
            group = await self.create(str(wanted.attrs.get("subject", "")), me.account, self._named(wanted), by=me)
            return [self.described(group)]
        if wanted.tag == "participating":
            mine = [group for group in self._directory.groups.values() if me.account in group.members]
            return [Node("groups", {}, [self.described(group) for group in mine])]
        if wanted.tag == "leave":
            return await self._leave(me, wanted)
        group_or_none = self._directory.group(query.jid("to"))
        return await self._about(me, group_or_none, wanted) if group_or_none else None

    async def _about(self, me: Device, group: Group, wanted: Node) -> list[Node] | None:
        if wanted.tag == "query":
            return [self.described(group)] if me.account in group.members else None
        if wanted.tag == "subject":
            await self.rename(group, wanted.raw.decode(), by=me)
            return []
        if wanted.tag in ("ephemeral", "not_ephemeral"):
            await self.set_timer(group, int(wanted.attrs.get("expiration") or 0), by=me)
            return []
        if wanted.tag in ("add", "remove"):
            people = self._named(wanted)
            await (self.add if wanted.tag == "add" else self.remove)(group, people, by=me)
            return [Node(wanted.tag, {}, [self._participant(group, member) for member in people])]
        return None

    async def _leave(self, me: Device, wanted: Node) -> list[Node]:
        for one in wanted.children:
            group = self._directory.group(one.jid("id")) if "id" in one.attrs else None
            if group:
                await self.remove(group, [me.account], by=me)
        return [Node("leave")]

    def _named(self, wanted: Node) -> list[Account]:
        found = [self._directory.find(one.jid("jid")) for one in wanted.all("participant")]
        return [account for account in found if account]
