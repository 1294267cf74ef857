"""The whole house with a number that is linked like a second device: the library talks to a stand-in for WhatsApp."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from frontdesk.channels.bridge.keeper import Patience
from frontdesk.channels.linked.channel import LinkedChannel
from frontdesk.kit.clock import SystemClock
from frontdesk.kit.vault import Vault
from frontdesk.testing.clock import until
from frontdesk.testing.house import TestHouse, house
from frontdesk.testing.lab import About, Account, Context, Device, Lab, Phone, Received
from frontdesk.testing.think import FakeThink

pytestmark = pytest.mark.both_shapes

SHOP, ANA, BEN = "351210000100", "447700900123", "447700900456"
PDF = b"%PDF-1.4\n" + bytes(range(256)) * 20 + b"\n%%EOF\n"


@dataclass(slots=True)
class Town:
    """A shop whose number is on the desk, its owner's phone, and two customers."""

    house: TestHouse
    think: FakeThink
    lab: Lab
    shop: Account
    owner: Phone
    ana: Phone
    ben: Phone
    account_id: str = ""
    devices: list[Device] = field(default_factory=list)

    async def get(self, path: str) -> Any:
        """What the API answers."""
        answer = await self.house.http.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def link(self) -> None:
        """Make the line by the API, connect it, and scan the code that the API shows."""
        given = {"channel": "linked", "name": "Shop", "options": {"pace": 0}}
        made = await self.house.http.post("/api/v1/accounts", json=given)
        assert made.status_code == 201, made.text
        self.account_id = made.json()["id"]
        connected = await self.house.http.post(f"/api/v1/accounts/{self.account_id}/connect")
        assert connected.status_code == 202, connected.text
        await self.status("qr_pending", "qr_text")
        shown = await self.status("qr_pending", "qr_text")
        self.devices.append(await self.lab.scan_qr(self.shop, shown["qr_text"]))
        await self.status("connected")

    async def status(self, state: str, told: str = "state") -> Any:
        """How the line stands, once it stands so and tells of that."""
        found: dict[str, Any] = {}

        async def stands() -> bool:
            found.update(await self.get(f"/accounts/{self.account_id}/status"))
            return found["state"] == state and bool(found[told])

        await until(stands)
        return found

    async def chats(self) -> list[dict[str, Any]]:
        """Every chat, the newest first."""
        items: list[dict[str, Any]] = (await self.get("/chats"))["items"]
        return items

    async def said(self) -> list[tuple[str, str | None]]:
        """Author and text of all that stands in the newest chat."""
        (chat, *_) = await self.chats()
        items = (await self.get(f"/chats/{chat['id']}/messages"))["items"]
        return [(one["author"], one["text"]) for one in items]

    async def shows(self, *lines: tuple[str, str | None]) -> None:
        """Wait until these stand in the newest chat."""

        async def there() -> bool:
            found = await self.said() if await self.chats() else []
            return all(line in found for line in lines)

        await until(there)
        await self.house.idle()


@asynccontextmanager
async def town(folder: Path, **more: Any) -> AsyncIterator[Town]:
    """The house and the lab; nothing is linked yet."""
    async with Lab(folder / "lab") as lab:
        clock, think = SystemClock(), FakeThink()
        channel = LinkedChannel(
            clock,
            folder=folder / "lines",
            vault=Vault("a key of this installation"),
            environment=lab.environment(),
            patience=Patience(base=100, cap=1000),
        )
        shop = lab.add_account(SHOP, "Shop")
        owner, ana, ben = Phone(lab, shop), *(Phone(lab, lab.add_account(*who)) for who in ((ANA, "Ana"), (BEN, "Ben")))
        async with house(folder, clock=clock, think=think, channels=(channel,), **more) as built:
            yield Town(built, think, lab, shop, owner, ana, ben)
        assert (lab.errors, dict(lab.unknown)) == ([], {})


async def test_a_number_is_linked_by_the_api_and_answers_customers(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.link()
        here.think.script.append("Until six.")
        await here.ana.send_text(here.shop, "Are you open?")
        answer = await here.ana.next("text")
        assert (answer.text, answer.sender, answer.device) == ("Until six.", here.shop, here.devices[0])
        await here.shows(("contact", "Are you open?"), ("agent", "Until six."))
        assert here.think.pending() == ["Are you open?"]
        assert (await here.status("connected"))["phone"] == SHOP


async def test_a_message_that_could_be_read_only_at_the_second_try_is_answered_once(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.link()
        here.owner.asks_again = False
        here.lab.damage(here.shop, 2)  # on the owner's phone, and on the line
        await here.ana.send_text(here.shop, "Are you open?")
        assert (await here.ana.next("text")).text == "ok"
        await here.shows(("agent", "ok"))
        assert await here.said() == [("contact", "Are you open?"), ("agent", "ok")]
        assert [turn.pending[0].text for turn in here.think.asked] == ["Are you open?"]


async def test_what_the_owner_types_is_known_and_takes_the_chat_over(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.link()
        await here.owner.send_text(here.ana.account, "I will look after you myself")
        await here.shows(("phone", "I will look after you myself"))
        (chat,) = await here.chats()
        assert chat["held_by"] == "phone"
        await here.ana.send_text(here.shop, "Thank you!")
        await here.shows(("contact", "Thank you!"))
        assert here.think.asked == []
        assert [one.text for one in here.ana.history] == ["I will look after you myself"]


async def test_what_a_person_changes_is_changed_on_the_phone_and_on_the_desk(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.link()
        here.think.script.append("Until sixx.")
        asked = await here.ana.send_text(here.shop, "Are you open?")
        answer = await here.ana.next("text")
        await here.shows(("contact", "Are you open?"), ("agent", "Until sixx."))
        (chat,) = await here.chats()
        path = f"/api/v1/chats/{chat['id']}/messages"
        theirs, ours = (await here.get(f"/chats/{chat['id']}/messages"))["items"]

        async def change(kind: str, target: str, text: str | None = None, **more: str) -> Received:
            body = {"kind": kind, "text": text, "content": {"target": target, **more}}
            made = await here.house.http.post(path, json=body)
            assert made.status_code == 202, made.text
            return await here.ana.next(kind)

        reaction = await change("reaction", theirs["id"], emoji="👍")
        assert (reaction.text, reaction.target) == ("👍", asked.id)
        edit = await change("edit", ours["id"], "Until six.")
        assert (edit.text, edit.target) == ("Until six.", answer.id)
        await here.shows(("agent", "Until six."))
        assert (await change("revoke", ours["id"])).target == answer.id

        async def gone() -> bool:
            return (await here.get(f"/messages/{ours['id']}"))["revoked_at"] is not None

        await until(gone)
        assert (await here.chats())[0]["held_by"] is None


async def test_a_person_is_one_whatever_address_is_told_and_files_come_in(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.link()
        here.ana.account.hidden = True
        for addressing, text in (("lid", "By my hidden id"), ("pn", "By my number")):
            here.lab.addressing = addressing
            await here.ana.send_text(here.shop, text)
            await here.shows(("contact", text))
        assert len(await here.chats()) == 2
        here.ana.account.hidden = False
        await here.ana.send_file(here.shop, "document", PDF, About("application/pdf", name="order.pdf", caption="Mine"))
        await here.shows(("contact", "By my hidden id"), ("contact", "By my number"), ("contact", "Mine"))
        (chat,) = await here.chats()
        messages = (await here.get(f"/chats/{chat['id']}/messages"))["items"]
        (file,) = [one["media"] for one in messages if one["media"]]
        served = await here.house.http.get(f"/api/v1/media/{file['id']}")
        assert (served.status_code, served.content) == (200, PDF)


async def test_in_a_group_the_agent_answers_who_names_the_shop(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.link()
        group = await here.lab.create_group("Orders", here.ana.account, [here.shop, here.ben.account])
        await here.ben.send_text(group, "Good morning, everybody")
        await here.shows(("contact", "Good morning, everybody"))
        assert here.think.asked == []
        await here.ben.send_text(group, "@Shop are you open?", Context(mentions=[here.shop]))
        for phone in (here.ana, here.ben):
            answer = await phone.next("text", sender=here.shop)
            assert (answer.text, answer.chat) == ("ok", group)
        (chat,) = await here.chats()
        assert chat["name"] == "Orders"


async def test_taken_off_on_the_phone_the_line_says_so_and_the_chats_stay(tmp_path: Path) -> None:
    async with town(tmp_path) as here:
        await here.link()
        await here.ana.send_text(here.shop, "Are you open?")
        await here.shows(("agent", "ok"))
        await here.lab.unlink(here.devices[0])
        status = await here.status("logged_out")
        assert "taken off on the phone" in status["sentence"]

        async def alerted() -> bool:
            return any("taken off on the phone" in one["sentence"] for one in (await here.get("/alerts"))["items"])

        await until(alerted)
        assert await here.said() == [("contact", "Are you open?"), ("agent", "ok")]


async def test_a_line_is_linked_again_by_whoever_has_its_link_and_with_its_own_phone_only(tmp_path: Path) -> None:
    public = "https://desk.example.com"
    async with town(tmp_path, public_url=public) as here:
        await here.link()
        await here.lab.unlink(here.devices[0])
        await here.status("logged_out")
        url = here.house.desk.link_pages.make(here.account_id).url
        at = httpx2.ASGITransport(app=here.house.built.web)
        async with httpx2.AsyncClient(transport=at, base_url=public, headers={"HX-Request": "true"}) as stranger:

            async def scan(who: Account, phase: str) -> str:
                await stranger.post(url)
                shown = await here.status("qr_pending", "qr_text")
                assert 'id="qr"' in (await stranger.get(f"{url}/now")).text
                await here.lab.scan_qr(who, shown["qr_text"])
                await until(lambda: _shows(stranger, url, phase))
                return (await stranger.get(f"{url}/now")).text

            turned_away = await scan(here.ben.account, "stopped")
            assert "scanned with another phone" in turned_away
            assert SHOP not in turned_away
            assert BEN not in turned_away
            assert SHOP not in await scan(here.shop, "connected")
        assert (await here.status("connected"))["phone"] == SHOP
        await here.ana.send_text(here.shop, "Are you open?")
        assert (await here.ana.next("text")).text == "ok"


async def _shows(stranger: httpx2.AsyncClient, url: str, phase: str) -> bool:
    return f'data-phase="{phase}"' in (await stranger.get(f"{url}/now")).text
