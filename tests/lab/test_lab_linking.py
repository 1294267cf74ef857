"""The real library is linked to the lab, by QR code and by typed code, and stays linked."""

from pathlib import Path

import lab_fixtures
import pytest
from lab_child import ANNA, SHOP, linked, running, text_of

from frontdesk.testing.clock import until
from frontdesk.testing.lab import Lab, LabError, Phone

lab = lab_fixtures.lab


async def test_after_a_restart_nobody_scans_again_and_what_waited_comes_in_order(lab: Lab, tmp_path: Path) -> None:
    shop, anna = lab.add_account(SHOP, "Shop"), Phone(lab, lab.add_account(ANNA, "Anna"))
    async with linked(lab, tmp_path / "shop.db", shop) as (child, device):
        await anna.send_text(shop, "Are you open?")
        assert text_of(await child.message()) == "Are you open?"
        await until(lambda: not device.waiting)  # the library tells first, and acknowledges then
    sent = [await anna.send_text(shop, f"{number}. away") for number in range(5)]
    assert device.waiting == [one.id for one in sent]
    async with running(lab, tmp_path / "shop.db") as child:
        assert [text_of(await child.message()) for _ in sent] == [f"{number}. away" for number in range(5)]
        assert int((await child.wait("OfflineSyncCompleted"))["Count"]) >= len(sent)
        assert not [event for event in child.events if event["event"] == "QR"]
        await child.ask("text", to=ANNA, text="Until six.")
        assert (await anna.next()).text == "Until six."
        await until(lambda: not device.waiting)
    assert sorted(device.acknowledged[-5:]) == sorted(one.id for one in sent)  # each by itself, in any order


async def test_linked_by_code_text_goes_both_ways(lab: Lab, tmp_path: Path) -> None:
    shop, anna = lab.add_account(SHOP, "Shop"), Phone(lab, lab.add_account(ANNA, "Anna"))
    async with running(lab, tmp_path / "shop.db", SHOP) as child:
        await lab.enter_code(shop, (await child.wait("Code"))["code"])
        await child.wait("Connected")
        await anna.send_text(shop, "Hello")
        assert text_of(await child.message()) == "Hello"


async def test_a_wrong_code_links_nothing_and_the_code_asked_for_last_counts(lab: Lab, tmp_path: Path) -> None:
    shop = lab.add_account(SHOP, "Shop")
    async with running(lab, tmp_path / "one.db", SHOP) as one:
        first = (await one.wait("Code"))["code"]
        async with running(lab, tmp_path / "two.db", SHOP) as two:
            second = (await two.wait("Code"))["code"]
            with pytest.raises(LabError, match="not the one that was asked for last"):
                await lab.enter_code(shop, first)
            await lab.enter_code(shop, second)
            await two.wait("Connected")


async def test_a_code_that_whatsapp_refuses_is_an_error(lab: Lab, tmp_path: Path) -> None:
    lab.refuse_codes(429)
    async with running(lab, tmp_path / "shop.db", SHOP) as child:
        assert "429" in (await child.wait("Failed"))["error"]


async def test_a_pairing_that_nobody_vouches_for_is_reported(lab: Lab, tmp_path: Path) -> None:
    shop = lab.add_account(SHOP, "Shop")
    async with running(lab, tmp_path / "shop.db") as child:
        await lab.spoil_pairing(shop, (await child.wait("QR"))["qr"])
        await until(lambda: "Login event: error" in child.printed())  # there is no event for it
    assert shop.devices == {}


async def test_a_passkey_that_is_demanded_is_reported(lab: Lab, tmp_path: Path) -> None:
    async with running(lab, tmp_path / "shop.db") as child:
        await lab.demand_passkey((await child.wait("QR"))["qr"])
        await until(lambda: "Login event: passkey-request" in child.printed())  # there is no event for it


async def test_two_devices_of_one_number_both_hear_and_hear_of_each_other(lab: Lab, tmp_path: Path) -> None:
    shop, anna = lab.add_account(SHOP, "Shop"), Phone(lab, lab.add_account(ANNA, "Anna"))
    async with linked(lab, tmp_path / "one.db", shop) as (one, first):
        await one.ask("text", to=ANNA, text="Before")  # now it believes to know all devices
        async with linked(lab, tmp_path / "two.db", shop) as (two, second):
            await until(lambda: not first.queue)
            await one.ask("text", to=ANNA, text="From the first")
            copy = await two.message()
            assert (text_of(copy), copy["Info"]["MessageSource"]["IsFromMe"]) == ("From the first", True)
            await anna.send_text(shop, "To both")
            assert [text_of(await child.message()) for child in (one, two)] == ["To both", "To both"]
            assert (first.number, second.number) == (1, 2)
            await two.ask("logout")
            assert list(shop.devices) == [1]


async def test_a_code_that_nobody_shows_cannot_be_scanned(lab: Lab) -> None:
    shop = lab.add_account(SHOP, "Shop")
    with pytest.raises(LabError, match="shows this QR code"):
        await lab.scan_qr(shop, "https://wa.me/settings/linked_devices#2@x,a,b,c,1")
    with pytest.raises(LabError, match="asked for a code"):
        await lab.enter_code(shop, "ABCD-EFGH")
