"""What the inbox shows of a group."""

from pathlib import Path

from inbox_visit import visit

from frontdesk.domain.addresses import Address, AddressKind, parse
from frontdesk.domain.wire import GroupChange, Member
from frontdesk.testing.desk import fake_line

GROUP = Address(AddressKind.GROUP, "120363000000000001@g.us")


async def test_the_panel_beside_a_group_shows_its_members(tmp_path: Path) -> None:
    members = (Member((parse("447700900999"),), "Bea", admin=True), Member((parse("99000111@lid"),)))
    async with fake_line(tmp_path) as line:
        await line.arrive(line.message(group=GROUP.value), GroupChange(GROUP, "Football", members))
        async with visit(line.house) as client:
            page = (await client.get(f"/chats/{(await line.chat(GROUP.value)).id}")).text
        for shown in ("Football", "Members", "Bea", "+447700900999", "Admin", "99000111"):
            assert shown in page, shown
