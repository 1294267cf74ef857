"""Sign-in, roles and API keys on a real database."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from frontdesk.desk import passwords
from frontdesk.desk.api_keys import scopes_of
from frontdesk.desk.errors import Conflict, Invalid, NotFound
from frontdesk.desk.operators import LINK_HOLDS, Operators, TooManyTries, WrongSignIn
from frontdesk.domain.operators import Role, Scope
from frontdesk.kit.clock import DAY, HOUR, MINUTE, SECOND
from frontdesk.kit.vault import Vault
from frontdesk.store.store import Store
from frontdesk.testing.clock import FrozenClock
from frontdesk.testing.stores import fresh_store

PASSWORD = "a quiet blue harbour"


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "LOG2_N", 8)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with fresh_store(tmp_path) as store:
        yield store


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def operators(store: Store, clock: FrozenClock) -> Operators:
    return Operators(store, clock, Vault("k" * 32), api_key="given-from-outside")


async def _link(operators: Operators) -> str:
    link = await operators.first_run_link()
    assert link is not None
    return link


async def test_the_first_run_link_makes_the_admin_and_asks_for_a_password(operators: Operators) -> None:
    signed = await operators.sign_in_by_link(await _link(operators))
    assert (signed.operator.role, signed.needs_password) == (Role.ADMIN, True)
    await operators.set_up(signed.operator.id, login="Ana", name="Ana  Reis", password=PASSWORD)
    found = await operators.signed_in(signed.token)
    assert found is not None
    assert (found.operator.login, found.operator.name, found.needs_password) == ("ana", "Ana Reis", False)
    assert (await operators.sign_in("ANA", PASSWORD, address="127.0.0.1")).operator.id == signed.operator.id


async def test_a_link_is_used_once(operators: Operators) -> None:
    link = await _link(operators)
    assert await operators.link_good(link)
    await operators.sign_in_by_link(link)
    assert not await operators.link_good(link)
    with pytest.raises(WrongSignIn):
        await operators.sign_in_by_link(link)


async def test_a_link_runs_out_after_a_day(operators: Operators, clock: FrozenClock) -> None:
    link = await _link(operators)
    clock.advance(LINK_HOLDS)
    assert not await operators.link_good(link)
    with pytest.raises(WrongSignIn):
        await operators.sign_in_by_link(link)


async def test_a_start_does_not_void_the_link_that_another_has_printed(
    operators: Operators, store: Store, clock: FrozenClock
) -> None:
    printed = await _link(operators)
    clock.advance(MINUTE)
    assert await _link(Operators(store, clock, Vault("k" * 32))) == printed
    await operators.sign_in_by_link(printed)
    assert await _link(operators) != printed


async def test_a_first_run_link_that_has_run_out_is_followed_by_another(
    operators: Operators, clock: FrozenClock
) -> None:
    older = await _link(operators)
    clock.advance(LINK_HOLDS)
    newer = await _link(operators)
    with pytest.raises(WrongSignIn):
        await operators.sign_in_by_link(older)
    await operators.sign_in_by_link(newer)


async def test_the_first_run_link_of_another_secret_key_is_another(
    operators: Operators, store: Store, clock: FrozenClock
) -> None:
    assert await _link(operators) != await _link(Operators(store, clock, Vault("another key " * 4)))


async def test_an_admin_without_a_password_can_come_back_by_the_next_link(operators: Operators) -> None:
    first = await operators.sign_in_by_link(await _link(operators))
    again = await operators.sign_in_by_link(await _link(operators))
    assert again.operator.id == first.operator.id
    assert len(await operators.all()) == 1


async def test_there_is_no_first_run_link_once_an_admin_has_a_password(operators: Operators) -> None:
    await operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    assert await operators.first_run_link() is None


async def test_an_operator_named_admin_does_not_stand_in_the_way_of_the_first_admin(operators: Operators) -> None:
    await operators.add("admin", name="", role="viewer", password=PASSWORD)
    signed = await operators.sign_in_by_link(await _link(operators))
    assert (signed.operator.role, signed.operator.login != "admin") == (Role.ADMIN, True)


async def test_a_first_run_link_is_void_once_there_is_an_admin(operators: Operators) -> None:
    link = await _link(operators)
    await operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    with pytest.raises(WrongSignIn):
        await operators.sign_in_by_link(link)


async def test_set_up_does_not_replace_a_password(operators: Operators) -> None:
    ana = await operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    with pytest.raises(Conflict):
        await operators.set_up(ana.id, login="ana", name="Ana", password="another long password")


async def test_an_invited_operator_comes_in_and_a_forgotten_password_stops_working(operators: Operators) -> None:
    await operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    rui = await operators.add("rui", name="Rui", role="operator", password=PASSWORD)
    before = await operators.sign_in("rui", PASSWORD, address="::1")
    link = await operators.invite(rui.id, forget_password=True)
    assert await operators.signed_in(before.token) is None
    with pytest.raises(WrongSignIn):
        await operators.sign_in("rui", PASSWORD, address="::1")
    assert (await operators.sign_in_by_link(link)).needs_password


async def test_wrong_password_unknown_login_and_disabled_operator_say_the_same(operators: Operators) -> None:
    await operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    rui = await operators.add("rui", name="Rui", role="viewer", password=PASSWORD)
    await operators.change(rui.id, disabled=True)
    said = set()
    for login, password in (("ana", "wrong wrong wrong"), ("nobody", PASSWORD), ("rui", PASSWORD)):
        with pytest.raises(WrongSignIn) as wrong:
            await operators.sign_in(login, password, address="127.0.0.1")
        said.add(wrong.value.sentence)
    assert len(said) == 1


async def test_after_five_wrong_tries_even_the_right_password_has_to_wait(
    operators: Operators, clock: FrozenClock
) -> None:
    await operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    for _ in range(5):
        with pytest.raises(WrongSignIn):
            await operators.sign_in("ana", "wrong wrong wrong", address="10.0.0.9")
    with pytest.raises(TooManyTries) as wait:
        await operators.sign_in("ana", PASSWORD, address="10.0.0.9")
    assert wait.value.retry_after == 2
    await operators.sign_in("ana", PASSWORD, address="10.0.0.7")  # the operator elsewhere is not locked out
    clock.advance(wait.value.retry_after * SECOND)
    await operators.sign_in("ana", PASSWORD, address="10.0.0.9")


async def test_nobody_is_locked_out_for_an_hour_because_a_clock_was_ahead(
    operators: Operators, clock: FrozenClock
) -> None:
    await operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    clock.advance(HOUR)
    for _ in range(5):
        with pytest.raises(WrongSignIn):
            await operators.sign_in("ana", "wrong wrong wrong", address="10.0.0.9")
    clock.advance(-HOUR)
    with pytest.raises(WrongSignIn):
        await operators.sign_in("ana", "wrong wrong wrong", address="10.0.0.9")
    with pytest.raises(TooManyTries):
        await operators.sign_in("ana", PASSWORD, address="10.0.0.9")


async def test_a_password_kept_with_weaker_parameters_is_hashed_anew_at_sign_in(
    operators: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = await operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    monkeypatch.setattr(passwords, "LOG2_N", 9)
    await operators.sign_in("ana", PASSWORD, address="::1")
    kept = (await operators.get(ana.id)).password_hash
    assert kept is not None
    assert kept != ana.password_hash
    assert not passwords.outdated(kept)
    await operators.sign_in("ana", PASSWORD, address="::1")


async def test_guesses_from_one_address_are_slowed_down_whatever_the_login(operators: Operators) -> None:
    for number in range(20):
        with pytest.raises(WrongSignIn):
            await operators.sign_in(f"user{number}", "wrong wrong wrong", address="10.0.0.9")
    with pytest.raises(TooManyTries):
        await operators.sign_in("user20", "wrong wrong wrong", address="10.0.0.9")


async def test_hashing_leaves_the_event_loop_free(monkeypatch: pytest.MonkeyPatch) -> None:
    turned, hashed = threading.Event(), hashlib.scrypt

    def watched(*given: Any, **more: Any) -> bytes:
        assert turned.wait(10), "the event loop stands still"
        return hashed(*given, **more)

    monkeypatch.setattr(hashlib, "scrypt", watched)
    hashing = asyncio.create_task(passwords.hash_password(PASSWORD))
    for _ in range(100):
        await asyncio.sleep(0)
    turned.set()
    assert not passwords.outdated(await hashing)


async def test_a_sign_in_holds_thirty_days_from_each_day_of_use(operators: Operators, clock: FrozenClock) -> None:
    signed = await operators.sign_in_by_link(await _link(operators))
    for _ in range(3):
        clock.advance(29 * DAY)
        assert await operators.signed_in(signed.token) is not None
    clock.advance(30 * DAY)
    assert await operators.signed_in(signed.token) is None


async def test_sign_out_ends_the_sign_in(operators: Operators) -> None:
    signed = await operators.sign_in_by_link(await _link(operators))
    await operators.sign_out(signed.token)
    assert await operators.signed_in(signed.token) is None


async def test_a_disabled_operator_is_signed_out_at_once(operators: Operators) -> None:
    await operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    rui = await operators.add("rui", name="Rui", role="viewer", password=PASSWORD)
    signed = await operators.sign_in("rui", PASSWORD, address="::1")
    await operators.change(rui.id, disabled=True)
    assert await operators.signed_in(signed.token) is None


async def test_a_new_password_ends_the_other_sign_ins(operators: Operators) -> None:
    ana = await operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    here = await operators.sign_in("ana", PASSWORD, address="::1")
    there = await operators.sign_in("ana", PASSWORD, address="::1")
    with pytest.raises(WrongSignIn):
        await operators.change_password(ana.id, "not the old one", "a grey stone bridge")
    await operators.change_password(ana.id, PASSWORD, "a grey stone bridge", keep=here.token)
    assert await operators.signed_in(here.token) is not None
    assert await operators.signed_in(there.token) is None
    await operators.sign_in("ana", "a grey stone bridge", address="::1")


async def test_the_last_admin_stays(operators: Operators) -> None:
    ana = await operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    with pytest.raises(Conflict):
        await operators.change(ana.id, role="viewer")
    with pytest.raises(Conflict):
        await operators.change(ana.id, disabled=True)
    assert (await operators.get(ana.id)).role == Role.ADMIN
    await operators.add("rui", name="Rui", role="admin", password=PASSWORD)
    await operators.change(ana.id, role="viewer")


@pytest.mark.parametrize(
    ("login", "role", "password"),
    [("", "admin", PASSWORD), ("a b", "admin", PASSWORD), ("ana", "boss", PASSWORD), ("ana", "admin", "too short"),
     ("ana", "admin", "a" * 12), ("ana.reis.lisbon", "admin", "Ana.Reis.Lisbon")],
)  # fmt: skip
async def test_what_cannot_be_an_operator_is_refused(
    operators: Operators, login: str, role: str, password: str
) -> None:
    with pytest.raises(Invalid):
        await operators.add(login, name="Ana", role=role, password=password)
    assert await operators.all() == []


async def test_a_login_is_taken_once_whatever_its_case(operators: Operators) -> None:
    await operators.add("ana", name="Ana", role="admin")
    with pytest.raises(Conflict):
        await operators.add("ANA", name="Ana", role="viewer")


async def test_the_csrf_word_belongs_to_one_sign_in(operators: Operators) -> None:
    word = operators.csrf("one")
    assert operators.csrf_right("one", word)
    assert not operators.csrf_right("two", word)
    assert not operators.csrf_right("one", None)
    assert not operators.csrf_right("one", "é")


async def test_neither_tokens_nor_keys_nor_passwords_stand_in_the_database(operators: Operators, store: Store) -> None:
    await operators.add("ana", name="Ana", role="admin", password=PASSWORD)
    link = await operators.invite((await operators.all())[0].id)
    signed = await operators.sign_in("ana", PASSWORD, address="::1")
    _, key = await operators.keys.create("Shop", ["read"])
    await store.close()
    folder = Path(store.url.removeprefix("sqlite:///")).parent
    kept = b"".join(path.read_bytes() for path in folder.iterdir())
    assert not [secret for secret in (link, signed.token, key, PASSWORD) if secret.encode() in kept]


async def test_a_key_opens_with_its_scopes_until_it_is_revoked(operators: Operators, store: Store) -> None:
    key_id, plain = await operators.keys.create("Shop", ["write"])
    row = await operators.keys.check(plain)
    assert row is not None
    assert (row.id, row.name, scopes_of(row)) == (key_id, "Shop", frozenset({Scope.READ, Scope.WRITE}))
    assert plain.startswith(row.hint)
    await operators.keys.revoke(key_id)
    assert await operators.keys.check(plain) is None
    with pytest.raises(NotFound):
        await operators.keys.revoke(key_id)


async def test_a_key_revoked_by_another_part_stops_within_half_a_minute(
    operators: Operators, store: Store, clock: FrozenClock
) -> None:
    key_id, plain = await operators.keys.create("Shop", ["read"])
    assert await operators.keys.check(plain) is not None
    await Operators(store, clock, Vault("k" * 32)).keys.revoke(key_id)
    clock.advance(30 * SECOND)
    assert await operators.keys.check(plain) is None


async def test_the_use_of_a_key_is_written_at_most_once_a_minute(operators: Operators, clock: FrozenClock) -> None:
    _, plain = await operators.keys.create("Shop", ["read"])
    first = clock.now()
    await operators.keys.check(plain)
    clock.advance(59 * SECOND)
    await operators.keys.check(plain)
    assert (await operators.keys.all())[0].last_used_at == first
    clock.advance(MINUTE)
    await operators.keys.check(plain)
    assert (await operators.keys.all())[0].last_used_at == clock.now()


async def test_the_key_from_the_settings_and_the_local_key_have_all_rights(operators: Operators) -> None:
    for plain, name in (("given-from-outside", "settings"), (operators.keys.local(), "local")):
        row = await operators.keys.check(plain)
        assert row is not None
        assert (row.id, scopes_of(row)) == (name, frozenset(Scope))
    assert await operators.keys.check("given-from-outsidf") is None
    assert await operators.keys.check("") is None


@pytest.mark.parametrize(("name", "scopes"), [("", ["read"]), ("Shop", []), ("Shop", ["everything"])])
async def test_what_cannot_be_a_key_is_refused(operators: Operators, name: str, scopes: list[str]) -> None:
    with pytest.raises(Invalid):
        await operators.keys.create(name, scopes)


async def test_the_sweep_drops_only_what_ran_out(operators: Operators, clock: FrozenClock) -> None:
    old = await operators.sign_in_by_link(await _link(operators))
    clock.advance(20 * DAY)
    new = await operators.sign_in_by_link(await _link(operators))
    clock.advance(10 * DAY)
    await operators.sweep()
    assert await operators.signed_in(old.token) is None
    assert await operators.signed_in(new.token) is not None


async def test_people_can_be_renamed_while_there_is_no_admin_yet(operators: Operators) -> None:
    made = await operators.add("bob", name="Bob", role="viewer")
    await operators.change(made.id, name="Bob B.")
    assert (await operators.get(made.id)).name == "Bob B."
