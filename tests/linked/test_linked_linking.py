"""A number is linked by QR code or by a typed code, comes back by itself, and is unlinked from either side."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import linked_fixtures
import pytest
from linked_line import ANNA, SHOP, LinkedLine, linked, shop_and_anna

from frontdesk.channels.linked import channel, line as line_of_a_device
from frontdesk.domain.accounts import State
from frontdesk.domain.wire import Inbound
from frontdesk.kit.errors import Rejected, Retryable
from frontdesk.testing.lab import Lab

lab, line = linked_fixtures.lab, linked_fixtures.line


async def test_a_code_is_shown_with_its_end_and_a_scan_links_the_number(lab: Lab, line: LinkedLine) -> None:
    shop, anna = shop_and_anna(lab)
    await line.connect()
    shown = await line.state(State.QR_PENDING)
    assert shown.qr is not None
    assert shown.qr.startswith("https://wa.me/settings/linked_devices#")
    assert shown.expires_at is not None
    await lab.scan_qr(shop, shown.qr)
    assert (await line.state(State.CONNECTED)).phone == SHOP
    await anna.send_text(shop, "Are you open?")
    assert (await line.inbound()).text == "Are you open?"


async def test_a_typed_code_links_the_number_too(lab: Lab, line: LinkedLine) -> None:
    shop, _ = shop_and_anna(lab)
    await line.connect()
    await line.state(State.QR_PENDING)
    await line.channel.pair_by_code(line.line, SHOP)
    await line.until(lambda: line.states[-1].pairing_code is not None)
    shown = line.states[-1]
    assert (shown.state, shown.qr is not None) == (State.QR_PENDING, True)
    await lab.enter_code(shop, str(shown.pairing_code))
    assert (await line.state(State.CONNECTED)).phone == SHOP


async def test_a_typed_code_needs_a_line_that_waits_for_one(line: LinkedLine) -> None:
    with pytest.raises(Retryable):
        await line.channel.pair_by_code(line.line, SHOP)


async def test_after_a_restart_nobody_scans_again_and_what_waited_comes_in_order(
    lab: Lab, line: LinkedLine, tmp_path: Path
) -> None:
    shop, anna = shop_and_anna(lab)
    await line.link(shop)
    await line.down()
    assert "device.sealed" in line.files
    assert "device.db" not in line.files
    for number in range(5):
        await anna.send_text(shop, f"{number}. away")
    async with linked(lab, tmp_path / "lines") as again:
        await again.connect()
        assert [(await again.inbound()).text for _ in range(5)] == [f"{number}. away" for number in range(5)]
        await again.state(State.CONNECTED)  # what waited may be told a moment earlier
        assert not any(state.state is State.QR_PENDING for state in again.states)
        await again.send(ANNA, text="Until six.")
        assert (await anna.next()).text == "Until six."


async def test_taken_off_on_the_phone_the_line_says_so_and_keeps_no_credentials(lab: Lab, line: LinkedLine) -> None:
    shop, _ = shop_and_anna(lab)
    device = await line.link(shop)
    await lab.unlink(device)
    told = await line.state(State.LOGGED_OUT)
    assert "taken off on the phone" in (told.reason or "")
    assert line.files == []
    await line.connect()
    assert (await line.state(State.QR_PENDING, after=len(line.states))).qr


async def test_logging_out_here_takes_the_device_off_at_whatsapp_and_leaves_nothing(lab: Lab, line: LinkedLine) -> None:
    shop, _ = shop_and_anna(lab)
    await line.link(shop)
    assert len(shop.devices) == 1
    assert await line.log_out()
    assert shop.devices == {}
    assert not (line.folder / "acc_1").exists()


async def test_a_line_that_is_down_is_brought_up_to_be_logged_out(lab: Lab, line: LinkedLine) -> None:
    shop, _ = shop_and_anna(lab)
    await line.link(shop)
    await line.down()
    line.channel = line.fresh()  # as after a restart
    assert await line.log_out()
    assert shop.devices == {}
    assert not (line.folder / "acc_1").exists()
    assert line.states[-1].state is State.CONNECTED
    assert await line.log_out()  # there is nothing more to be told


async def test_logging_out_while_whatsapp_cannot_be_reached_still_removes_what_is_here(
    lab: Lab, line: LinkedLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel, "REACH", 0.5)
    shop, _ = shop_and_anna(lab)
    await line.link(shop)
    await line.down()
    await lab.go_away()
    assert not await line.log_out()
    assert len(shop.devices) == 1
    assert not (line.folder / "acc_1").exists()


async def test_taken_off_on_the_phone_while_it_was_down_a_line_is_logged_out_without_a_doubt(
    lab: Lab, line: LinkedLine
) -> None:
    device = await line.link(shop_and_anna(lab)[0])
    await line.down()
    await lab.unlink(device)
    assert await line.log_out()
    assert not (line.folder / "acc_1").exists()


async def test_a_line_of_one_number_turns_the_phone_of_another_away(lab: Lab, line: LinkedLine) -> None:
    shop, anna = shop_and_anna(lab)
    await line.link(shop)
    await line.log_out()
    before, events = len(line.states), len(line.events)
    await line.connect()
    shown = (await line.state(State.QR_PENDING, after=before)).qr
    with pytest.raises(Rejected, match=f"belongs to .{SHOP}"):
        await line.channel.pair_by_code(line.line, ANNA)
    assert shown is not None
    await lab.scan_qr(anna.account, shown)
    told = await line.state(State.LOGGED_OUT, after=before)
    assert (told.reason or "").startswith("The code was scanned with another phone, and that link was ended at once.")
    assert f"This line belongs to +{SHOP}" in (told.reason or "")
    assert list(anna.account.devices) == [0]  # the phone itself
    assert (line.files, line.events[events:]) == ([], [])
    assert not any(state.state is State.CONNECTED for state in line.states[before:])
    await line.connect()  # the right phone is taken as before
    shown = (await line.state(State.QR_PENDING, after=len(line.states))).qr
    assert shown is not None
    await lab.scan_qr(shop, shown)
    assert (await line.state(State.CONNECTED, after=before)).phone == SHOP


async def test_a_number_that_another_line_has_is_turned_away(lab: Lab, line: LinkedLine) -> None:
    shop, _ = shop_and_anna(lab)
    line.line = replace(line.line, elsewhere=((SHOP, "Front door"),))
    await line.connect()
    shown = (await line.state(State.QR_PENDING)).qr
    assert shown is not None
    await lab.scan_qr(shop, shown)
    assert "is linked with the line “Front door” here" in ((await line.state(State.LOGGED_OUT)).reason or "")
    assert shop.devices == {}


async def test_disconnecting_keeps_the_link_and_no_plain_key_stays_on_the_disk(lab: Lab, line: LinkedLine) -> None:
    shop, _ = shop_and_anna(lab)
    await line.link(shop)
    database = line.folder / "acc_1" / "device.db"
    assert database.stat().st_mode & 0o077 == 0
    with sqlite3.connect(database) as connection:
        ((key,),) = connection.execute("SELECT noise_key FROM whatsmeow_device").fetchall()
    connection.close()
    await line.down()
    kept = b"".join(path.read_bytes() for path in (line.folder / "acc_1").iterdir())
    assert bytes(key) not in kept
    await line.connect()
    await line.state(State.CONNECTED, after=len(line.states))


async def test_credentials_that_were_damaged_are_kept_aside_and_the_line_asks_to_be_linked(
    lab: Lab, line: LinkedLine
) -> None:
    shop, _ = shop_and_anna(lab)
    await line.link(shop)
    await line.down()
    (line.folder / "acc_1" / "device.db").write_bytes(b"no database at all")
    await line.connect()
    assert "damaged" in ((await line.state(State.LOGGED_OUT)).reason or "")
    assert any(name.startswith("damaged-") for name in line.files)
    await line.connect()
    await line.state(State.QR_PENDING, after=len(line.states))


async def test_codes_that_nobody_scans_are_made_anew_some_times_and_then_on_request_alone(
    lab: Lab, line: LinkedLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_of_a_device, "ROUNDS", 3)
    usual, lab.pairing.references = lab.pairing.references, 0  # as if the last of them had run out
    await line.connect()
    assert "Nobody scanned the code. Press Connect" in ((await line.state(State.DISCONNECTED)).reason or "")
    assert line.channel.vitals()["acc_1"].restarts == 2
    assert not {"device.db", "device.sealed"} & set(line.files)
    lab.pairing.references = usual
    await line.connect()
    shown = await line.state(State.QR_PENDING)
    await lab.scan_qr(shop_and_anna(lab)[0], str(shown.qr))
    assert (await line.state(State.CONNECTED)).phone == SHOP


async def test_a_pairing_that_nobody_vouches_for_begins_anew(lab: Lab, line: LinkedLine) -> None:
    shop, _ = shop_and_anna(lab)
    await line.connect()
    shown = await line.state(State.QR_PENDING)
    assert shown.qr is not None
    await lab.spoil_pairing(shop, shown.qr)
    await line.until(lambda: any("could not agree" in (state.reason or "") for state in line.states))
    again = await line.state(State.QR_PENDING, after=len(line.states))
    assert again.qr not in (None, shown.qr)


async def test_a_passkey_that_whatsapp_asks_for_is_shown_with_the_way_out(lab: Lab, line: LinkedLine) -> None:
    lab.add_account(SHOP, "Shop")
    await line.connect()
    shown = await line.state(State.QR_PENDING)
    assert shown.qr is not None
    await lab.pairing.demand_passkey(shown.qr)
    assert "passkey" in ((await line.state(State.ACTION_REQUIRED)).reason or "")


async def test_what_was_not_stored_is_told_again_after_a_restart(lab: Lab, line: LinkedLine) -> None:
    shop, anna = shop_and_anna(lab)
    await line.link(shop)
    line.keeps = False
    await anna.send_text(shop, "Do not lose me")
    first = await line.inbound()
    await line.down()
    line.keeps = True
    await line.connect()
    again = await line.event(Inbound, lambda told: told.external_id == first.external_id)
    assert again == first
