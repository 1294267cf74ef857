"""A line behind a bridge is added in the inbox; what its bridge needs to know is shown, and its secret one time."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from browser_house import Office, new_page, office
from playwright.async_api import Page, expect

from frontdesk.domain.accounts import State
from frontdesk.testing.bridges import Server
from frontdesk.testing.clock import until
from frontdesk.testing.local_server import serving


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Office]:
    """The house with the sample business."""
    async with office(tmp_path) as opened:
        yield opened


async def _fill(page: Page, address: str) -> None:
    await page.get_by_label("Name").fill("Shop")
    await page.get_by_label("It runs elsewhere").check()
    await page.get_by_label("Address for commands").fill(address)
    await page.get_by_label("I understand").check()


async def _callback(address: str, secret: str, event: str) -> int:
    async with httpx2.AsyncClient() as client:
        headers = {"X-Bridge-Token": secret}
        return (await client.post(address, json={"event": event, "data": {}}, headers=headers)).status_code


async def test_a_bridge_is_added_and_told_its_secret_once(desk: Office) -> None:
    server = Server()
    async with serving(server.program) as base:
        page = await desk.open("/lines", context=await desk.operator())
        await page.get_by_role("link", name="Add a line behind a bridge").click()
        await expect(page.get_by_label("Frontdesk starts it here")).to_be_disabled()
        await expect(page.get_by_text("FRONTDESK_ALLOW_BRIDGE_COMMANDS=true")).to_be_visible()
        await expect(page.get_by_label("Command", exact=True)).to_be_hidden()
        await _fill(page, "no address")
        await page.get_by_role("button", name="Add and connect").click()
        await expect(page.locator("#bridge-fault")).to_contain_text("must look like http://")
        await page.get_by_label("Address for commands").fill(f"{base}/command")
        await page.get_by_label("I understand").check()
        await page.get_by_role("button", name="Add and connect").click()
        told = page.locator("#bridge-told")
        secret = await told.locator(".banner code").inner_text()
        callback = await told.locator(".field .copy code").inner_text()
        assert callback == f"{desk.base}/api/whatsapp/callback"
        assert await _callback(callback, "another-secret", "ready") == 401
        assert await _callback(callback, secret, "ready") == 200
        [line] = [one for one in desk.house.desk.accounts.all() if one.row.channel == "bridge"]
        await page.goto(f"{desk.base}/lines")
        card = page.locator(f"#line-{line.row.id}")
        await card.get_by_role("link", name="Its bridge").click()
        await expect(page.locator("#bridge-told")).to_contain_text(f"{base}/command")
        assert secret not in await page.content()


async def test_a_lost_secret_is_replaced_and_the_line_stands_again_with_the_new_one(desk: Office) -> None:
    server = Server("the-first-secret")
    accounts = desk.house.desk.accounts
    async with serving(server.program) as base:
        options = {"send_url": f"{base}/command", "token": server.token}
        account_id = await accounts.add("bridge", name="Shop", options=options)
        await accounts.connect(account_id)
        await until(lambda: accounts.get(account_id).state is State.CONNECTED)
        page = await new_page(await desk.operator())
        page.on("dialog", lambda dialog: dialog.accept())
        await page.goto(f"{desk.base}/lines/{account_id}/bridge")
        await page.get_by_role("button", name="Make a new secret").click()
        secret = await page.locator("#bridge-told .banner code").inner_text()
        assert secret != server.token
        callback = f"{desk.base}/api/whatsapp/callback"
        assert await _callback(callback, server.token, "authenticated") == 401
        server.token = secret
        assert await _callback(callback, secret, "ready") == 200
        await accounts.connect(account_id)
        await until(lambda: accounts.get(account_id).state is State.CONNECTED)
