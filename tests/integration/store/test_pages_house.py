"""What is read of the house for its pages."""

from pathlib import Path

from frontdesk.store import alerts, pages_house
from frontdesk.testing.stores import fresh_store


async def test_an_alert_stands_in_its_chat_however_many_newer_ones_are_open_elsewhere(tmp_path: Path) -> None:
    async with fresh_store(tmp_path) as store, store.begin() as tx:
        for number in range(120):
            chat = "cht_1" if number == 0 else f"cht_other_{number}"
            await alerts.raise_(tx, now=number, kind="k", sentence=f"{number}", key=f"k:{number}", chat_id=chat)
        found = await pages_house.happening(tx, "cht_1")
    assert [alert.sentence for alert in found.alerts] == ["0"]
    assert found.running is False
