"""The real library is linked to the lab, by QR code and by typed code, and stays linked."""

from pathlib import Path

from lab_child import ANNA, SHOP, linked, text_of

from frontdesk.testing.lab import Lab, Phone


async def test_linked_by_qr_code_text_goes_both_ways(lab: Lab, tmp_path: Path) -> None:
    shop, anna = lab.add_account(SHOP, "Shop"), Phone(lab, lab.add_account(ANNA, "Anna"))
    async with linked(lab, tmp_path / "shop.db", shop) as (child, device):
        sent = await anna.send_text(shop, "Are you open?")
        event = await child.message()
        assert (text_of(event), event["Info"]["ID"], event["Info"]["Pushname"]) == ("Are you open?", sent.id, "Anna")
        await child.ask("text", to=ANNA, text="Until six.")
        answer = await anna.next()
        assert (answer.text, answer.kind, answer.sender, answer.device) == ("Until six.", "text", shop, device)
