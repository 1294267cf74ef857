"""Every page says it when the disk is full."""

from pathlib import Path

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
