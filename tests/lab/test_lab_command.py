"""`frontdesk lab`: a number is linked by the page's own words, and a customer's text is answered on the phone."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from frontdesk.samples import HOUSE_FILE
from frontdesk.testing.clock import until
from frontdesk.testing.lab import patching
from frontdesk.testing.lab.__main__ import HOUSE, MARK, for_every_line, main
from frontdesk.testing.processes import Program, running

SHOP, SECOND, ANNA, BEN = "351210000100", "351210000200", "447700900123", "447700900456"
REAL = {"WHATSAPP_ACCESS_TOKEN": "secret", "WHATSAPP_PHONE_NUMBER_ID": "15550001", "OPENAI_API_KEY": "sk-x"}
AT_ONCE = ("quiet_seconds = 1.5", "quiet_seconds = 0.1")  # it waits for no second message
PACE = {"pace": 0}  # the agent does not take the time that people do to type
AS_ANNA, AS_OWNER = f"/lab/{ANNA}/{SHOP}", f"/lab/{SHOP}/{ANNA}"

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Town:
    """The program with the lab, by HTTP."""

    def __init__(self, program: Program, client: httpx2.AsyncClient) -> None:
        self.program, self.http = program, client

    async def ask(self, path: str) -> Any:
        """What the API answers."""
        answer = await self.http.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def press(self, path: str, expect: int = 204, **fields: str) -> str:
        """What a form of the page does; gives what it says."""
        answer = await self.http.post(path, data=fields)
        assert answer.status_code == expect, answer.text
        return answer.text

    async def shows(self, path: str, words: str) -> None:
        """Wait until a part of the page says that."""

        async def seen() -> bool:
            return words in (await self.http.get(path)).text

        await until(seen)

    async def becomes(self, account_id: str, state: str) -> Any:
        """Wait until the line stands so; gives what the API says of it."""
        found: list[Any] = []

        async def so() -> bool:
            found.append(await self.ask(f"/accounts/{account_id}/status"))
            return bool(found[-1]["state"] == state)

        await until(so)
        return found[-1]

    async def line(self, name: str) -> str:
        """A new linked line that shows its code."""
        made = await self.http.post("/api/v1/accounts", json={"channel": "linked", "name": name, "options": PACE})
        account_id = str(made.json()["id"])
        await self.http.post(f"/api/v1/accounts/{account_id}/connect")
        await self.becomes(account_id, "qr_pending")
        return account_id


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """One program for all tests of this file: it starts longer than any of them takes."""
    folder = tmp_path_factory.mktemp("town") / "data"
    folder.mkdir()
    (folder / MARK).touch()
    (folder / HOUSE).write_text(for_every_line(HOUSE_FILE.read_text()).replace(*AT_ONCE))
    program = Program(folder, command="lab", environment=REAL)
    async with running(program), program.client() as client:
        yield Town(program, client)
        assert await program.stop() == 0


async def test_a_number_is_linked_and_a_customer_is_answered_on_the_phone(town: Town) -> None:
    page = await town.http.get("/lab", follow_redirects=True)
    assert "no real WhatsApp" in page.text
    assert "No line shows a code now" in page.text
    account_id = await town.line("Front desk")
    await town.shows(AS_OWNER, "“Front desk” shows a code.")
    await town.press(f"{AS_OWNER}/curtain/scan", account_id=account_id)
    assert (await town.becomes(account_id, "connected"))["phone"] == SHOP
    await town.shows(AS_OWNER, "Connected now")

    page = await town.http.get(f"/lab/{BEN}/{SHOP}")
    (group,) = set(re.findall(rf'href="(/lab/{BEN}/12036[0-9]+)"', page.text))
    await town.press(f"{AS_ANNA}/send", 200, text="What are your opening hours?")
    await town.press(f"{group}/send", 200, text="@Clinic Aurora where are you?")
    await town.shows(f"{AS_ANNA}/bubbles", "9:00")
    await town.shows(f"{AS_ANNA}/bubbles", 'data-status="delivered"')
    await town.shows(f"{AS_OWNER}/bubbles", "Sent by the linked device")
    await town.shows(f"{group}/bubbles", 'class="bubble theirs')
    await town.shows(f"{group.replace(BEN, ANNA)}/bubbles", "@Clinic Aurora where are you?")

    await town.press(f"{AS_OWNER}/send", 200, text="I will call you, Anna")
    await town.shows(f"{AS_ANNA}/bubbles", "I will call you, Anna")
    await town.shows("/api/v1/chats", '"held_by":"phone"')

    await town.press(f"{AS_OWNER}/curtain/unlink", device="1")
    await town.becomes(account_id, "logged_out")
    await town.shows(AS_OWNER, "No linked devices.")


async def test_files_reactions_and_quotes_go_through(town: Town) -> None:
    picture = {"file": ("tooth.png", b"\x89PNG\r\n\x1a\n" + bytes(2_000), "image/png")}
    sent = await town.http.post(f"{AS_ANNA}/send", data={"text": "This one"}, files=picture)
    (number,) = re.findall(r'data-wamid="(\w+)"', sent.text)
    await town.shows(f"{AS_OWNER}/bubbles", "This one")
    for phone in (ANNA, SHOP):
        assert (await town.http.get(f"/lab/{phone}/media/{number}")).content == picture["file"][1]
    await town.press(f"{AS_OWNER}/react", wamid=number, emoji="👍")
    await town.shows(f"{AS_ANNA}/bubbles", "👍")
    await town.press(f"{AS_OWNER}/look")
    await town.shows(f"{AS_ANNA}/bubbles", 'data-status="read"')
    voice = {"file": ("voice.ogg", b"OggS" + bytes(500), "audio/ogg")}
    answer = await town.http.post(f"{AS_OWNER}/send", data={"voice": "1", "quote": number}, files=voice)
    assert "Play the voice note" in answer.text
    await town.shows(f"{AS_ANNA}/bubbles", "Play the voice note")
    await town.shows(f"{AS_ANNA}/bubbles", 'class="quote"')
    assert "Write something first" in await town.press(f"{AS_ANNA}/send", 422, text=" ")


async def test_a_code_is_typed_on_the_phone_that_it_is_for_and_whatsapp_may_log_it_out(town: Town) -> None:
    account_id, owner = await town.line("Second"), f"/lab/{SECOND}/{ANNA}"
    assert "No line shows this code" in await town.press(f"{owner}/curtain/code", 422, code="AAAA-AAAA")
    assert "customer" in await town.press(f"{AS_ANNA}/curtain/scan", 422, account_id=account_id)
    answer = await town.http.post(f"/api/v1/accounts/{account_id}/pair", json={"phone": SECOND})
    assert answer.status_code < 300, answer.text
    code = (await town.ask(f"/accounts/{account_id}/status"))["pairing_code"]
    await town.press(f"{owner}/curtain/code", code=code.lower())
    assert (await town.becomes(account_id, "connected"))["phone"] == SECOND
    await town.press(f"{owner}/curtain/cut")
    await town.becomes(account_id, "connected")
    await town.press(f"{owner}/curtain/logout")
    await town.becomes(account_id, "logged_out")


async def test_the_phones_are_for_those_at_this_machine(town: Town) -> None:
    for headers in ({"X-Forwarded-For": "203.0.113.9"}, {"Host": "desk.example.com"}):
        assert (await town.http.get(AS_ANNA, headers=headers)).status_code == 403


async def test_a_folder_of_a_house_with_real_lines_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "frontdesk.db").write_bytes(b"real")
    assert main(["--data-dir", str(tmp_path)]) == 2
    assert "was not made by the lab" in capsys.readouterr().err


async def test_where_the_lab_cannot_work_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(patching, "installed_version", lambda: "0.6.0")
    assert main([]) == 2
    assert "made for neonize" in capsys.readouterr().err


async def test_what_the_environment_says_of_real_lines_does_not_count(town: Town) -> None:
    channels = {account["channel"] for account in (await town.ask("/accounts"))["items"]}
    assert "cloud" not in channels
    await until(lambda: "Model:  offline" in town.program.said())  # said a moment after it answers
