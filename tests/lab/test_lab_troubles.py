"""What goes wrong with a linked device, and what the real library says of it."""

import asyncio
import os
import signal
from pathlib import Path

import lab_fixtures
import pytest
from aiohttp import web
from lab_child import ANNA, SHOP, linked, running, text_of

from frontdesk.testing.clock import until
from frontdesk.testing.lab import Lab, Phone

lab = lab_fixtures.lab


async def test_a_device_that_is_unlinked_on_the_phone_is_logged_out(lab: Lab, tmp_path: Path) -> None:
    shop = lab.add_account(SHOP, "Shop")
    async with linked(lab, tmp_path / "shop.db", shop) as (child, device):
        await lab.unlink(device)
        assert not (await child.wait("LoggedOut"))["OnConnect"]
    async with running(lab, tmp_path / "shop.db") as child:
        await child.wait("QR")


async def test_troubles_of_a_connection(lab: Lab, tmp_path: Path) -> None:
    shop, anna = lab.add_account(SHOP, "Shop"), Phone(lab, lab.add_account(ANNA, "Anna"))
    async with linked(lab, tmp_path / "shop.db", shop) as (child, device):
        lab.drop(device)
        await child.wait("Disconnected")
        await child.wait("Connected")
        lab.hold(device)
        sent = await anna.send_text(shop, "Held back")
        assert device.waiting == [sent.id]
        await lab.release(device)
        assert text_of(await child.message()) == "Held back"
        await lab.go_away()
        await child.wait("Disconnected")
        await anna.send_text(shop, "During the outage")
        await lab.come_back()
        await child.wait("Connected")
        assert text_of(await child.message()) == "During the outage"
        await lab.replace(device)
        await child.wait("StreamReplaced")


async def test_a_message_that_is_not_acknowledged_was_sent_all_the_same(lab: Lab, tmp_path: Path) -> None:
    shop, anna = lab.add_account(SHOP, "Shop"), Phone(lab, lab.add_account(ANNA, "Anna"))
    async with linked(lab, tmp_path / "shop.db", shop) as (child, device):
        lab.leave_unanswered("message")
        await child.tell("text", to=ANNA, text="Is this sent?")
        assert (await anna.next()).text == "Is this sent?"
        lab.drop(device)
        await child.wait("Connected")
        await until(lambda: bool(anna.duplicates))


async def test_the_last_words_of_a_connection_are_heard_by_a_client_that_was_held_up(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, close, closed = lab.add_account(SHOP, "Shop"), web.WebSocketResponse.close, asyncio.Event()

    async def noted(socket: web.WebSocketResponse) -> bool:
        closed.set()
        return await close(socket)

    monkeypatch.setattr(web.WebSocketResponse, "close", noted)
    async with linked(lab, tmp_path / "shop.db", shop) as (child, device):
        assert child.program
        os.kill(child.program.pid, signal.SIGSTOP)
        telling = asyncio.create_task(lab.replace(device))
        await asyncio.sleep(0.6)
        assert not closed.is_set()
        os.kill(child.program.pid, signal.SIGCONT)
        await telling
        assert closed.is_set()
        await child.wait("StreamReplaced")
