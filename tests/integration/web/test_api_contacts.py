"""Merging and splitting contacts through the API."""

from pathlib import Path
from urllib.parse import quote

from api_house import PHONE, api_house, ask, hear, key

from frontdesk.testing.house import TestHouse

OTHER = "447700900999"


async def _merge(h: TestHouse, contact: str, other: str, status: int = 200) -> dict[str, object]:
    answer = await h.http.post(f"/api/v1/contacts/{quote(contact)}/merge", json={"with": other})
    assert answer.status_code == status, answer.text
    told: dict[str, object] = answer.json()
    return told


async def _split(h: TestHouse, contact: str, address: str, status: int = 200) -> dict[str, object]:
    answer = await h.http.post(f"/api/v1/contacts/{quote(contact)}/split", json={"address": address})
    assert answer.status_code == status, answer.text
    told: dict[str, object] = answer.json()
    return told


async def test_contacts_are_merged_and_split_by_any_of_their_ids(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h:
        for phone in (PHONE, OTHER):
            await hear(h, f"from {phone}", phone=phone)
        ana, other = await ask(h, f"/api/v1/chats/{PHONE}"), await ask(h, f"/api/v1/chats/{OTHER}")
        merged = await _merge(h, ana["contact_id"], f"+{OTHER}")
        assert merged["id"] == ana["id"]
        assert set(merged["addresses"]) == {f"{PHONE}@c.us", f"{OTHER}@c.us"}  # type: ignore[call-overload]
        assert (await ask(h, f"/api/v1/chats/{other['id']}"))["id"] == ana["id"]
        history = await ask(h, f"/api/v1/chats/{OTHER}/messages")
        assert [(one["author"], one["text"]) for one in history["items"]][:2] == [
            ("contact", f"from {PHONE}"),
            ("contact", f"from {OTHER}"),
        ]
        assert await _merge(h, ana["id"], other["id"]) | {"last_message_at": None} == merged | {"last_message_at": None}
        new = await _split(h, PHONE, f"{OTHER}@s.whatsapp.net")
        assert (new["phone"], new["unread"], new["addresses"]) == (OTHER, 1, [f"{OTHER}@c.us"])
        assert (await ask(h, f"/api/v1/chats/{PHONE}"))["addresses"] == [f"{PHONE}@c.us"]
        ledger = await ask(h, "/api/v1/ledger")
        assert ledger["balanced"] is True, ledger


async def test_what_cannot_be_merged_or_split_is_said(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h:
        await hear(h)
        assert "nothing to take apart" in str((await _split(h, PHONE, PHONE, 409))["detail"])
        assert "no address of" in str((await _split(h, PHONE, OTHER, 404))["detail"])
        await _split(h, PHONE, "nonsense!", 422)
        await _merge(h, PHONE, OTHER, 404)
        await _merge(h, "con_none", PHONE, 404)
        await _merge(h, PHONE, "", 422)
        answer = await h.http.post(f"/api/v1/contacts/{PHONE}/merge", json={})
        assert answer.status_code == 422, answer.text


async def test_who_may_only_read_merges_and_splits_nothing(tmp_path: Path) -> None:
    async with api_house(tmp_path) as h:
        await hear(h)
        reader = await key(h, "read")
        for act, given in (("merge", {"with": PHONE}), ("split", {"address": PHONE})):
            h.http.headers.update(reader)
            answer = await h.http.post(f"/api/v1/contacts/{PHONE}/{act}", json=given)
            assert answer.status_code == 403, answer.text
