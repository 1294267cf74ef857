"""The pages beside the inbox say what is so: lines that nobody could check, files, work, and pages that are not."""

from pathlib import Path

from api_house import api_house, hear
from inbox_visit import the_chat, visit

NOWHERE = "http://127.0.0.1:9"


async def test_a_line_that_could_not_be_checked_is_not_called_well(tmp_path: Path) -> None:
    async with api_house(tmp_path, graph_api_url=NOWHERE) as h, visit(h) as client:
        page = (await client.get("/lines")).text
        assert "Not checked yet" in page
        assert "Check again" in page
        assert "Messages come in and go out" not in page
        status = (await client.get("/status")).text
        assert "The line could not be checked yet." in status
        assert "All is well" not in status


async def test_a_line_that_was_checked_is_not_checked_again_by_hand(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        page = (await client.get("/lines")).text
        assert "Check again" not in page
        assert "All is well" in (await client.get("/status")).text


async def test_an_unknown_page_leads_to_the_inbox_and_not_to_the_interface_of_programs(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        page = await client.get("/nowhere")
        assert page.status_code == 404
        assert "openapi" not in page.text
        assert 'href="/"' in page.text


async def test_the_personas_page_names_the_file_that_is_read(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        assert str(h.desk.personas.path) in (await client.get("/personas")).text


async def test_a_timer_is_no_work_that_waits(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h, visit(h) as client:
        await hear(h)
        await h.idle()
        await client.post(f"/inbox/chats/{await the_chat(h)}/take-over")
        page = (await client.get("/status")).text
        assert "0 jobs wait" in page
        assert "timers are set" in page
