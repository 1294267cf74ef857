"""The web while the disk is full: pages say it, and webhooks are to be sent again."""

from pathlib import Path

from api_house import QUIET, api_house, hear, said, signed
from inbox_visit import visit

from frontdesk.testing.house import OPEN_HOUSE, house


async def test_pages_say_that_the_disk_is_full(tmp_path: Path) -> None:
    async with house(tmp_path, config=OPEN_HOUSE + "[disk]\nleast_free_mb = 0\n") as h, visit(h) as http:
        assert "The disk is full" not in (await http.get("/")).text
        (tmp_path / "frontdesk.toml").write_text(OPEN_HOUSE + "[disk]\nleast_free_mb = 100000000\n")
        assert await h.desk.personas.reload() is None
        await h.desk.disk.look()
        for path in ("/", "/alerts", "/status"):
            assert "The disk is full" in (await http.get(path)).text


async def test_a_webhook_is_to_be_sent_again_until_there_is_room(tmp_path: Path) -> None:
    async with api_house(tmp_path, config=QUIET + "[disk]\nleast_free_mb = 100000000\n") as h:
        await h.desk.disk.look()
        body = said("Hello")
        refused = await h.http.post("/webhook", content=body, headers=signed(body))
        assert refused.status_code == 503
        assert "The disk is full" in refused.json()["detail"]
        (tmp_path / "frontdesk.toml").write_text(QUIET + "[disk]\nleast_free_mb = 0\n")
        assert await h.desk.personas.reload() is None
        await h.desk.disk.look()
        taken = await h.http.post("/webhook", content=body, headers=signed(body))
        assert taken.status_code == 200
        await hear(h)
        ledger = (await h.http.get("/api/v1/ledger")).json()
        assert (ledger["received"], ledger["balanced"]) == (2, True)
