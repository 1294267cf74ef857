"""All processes of a house have one secret key."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from frontdesk.desk.one_key import see_to_one_key
from frontdesk.kit.errors import SettingsError
from frontdesk.kit.vault import Vault
from frontdesk.store.store import Store
from frontdesk.testing.stores import fresh_store

pytestmark = pytest.mark.both_shapes
OURS, OTHER = Vault("the key of this house"), Vault("another key altogether")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty one."""
    async with fresh_store(tmp_path) as store:
        yield store


async def see(store: Store, vault: Vault, *, alone: bool = False) -> None:
    """Begin as a process with that key."""
    await see_to_one_key(store, vault, place="secret.key", alone=alone)


async def test_a_process_with_another_key_than_the_others_does_not_start(store: Store) -> None:
    await see(store, OURS)
    await see(store, OURS)
    with pytest.raises(SettingsError, match=r"The secret key \(secret.key\) is not the one of this database"):
        await see(store, OTHER)


async def test_who_does_everything_decides_which_key_it_is(store: Store) -> None:
    await see(store, OURS)
    await see(store, OTHER, alone=True)
    await see(store, OTHER)
    with pytest.raises(SettingsError):
        await see(store, OURS)
