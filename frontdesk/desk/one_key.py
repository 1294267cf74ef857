"""All processes of a house seal and open with one key. One that has another would only find that nothing opens."""

import logging

from frontdesk.kit.errors import SettingsError
from frontdesk.kit.vault import Vault
from frontdesk.store import key_mark
from frontdesk.store.store import Store

log = logging.getLogger(__name__)


def mark_of(vault: Vault) -> str:
    """What tells this key from others."""
    return vault.derive("the mark of the key").hex()[:32]


def another_key(place: str) -> str:
    """What to do about it."""
    return (
        f"The secret key ({place}) is not the one of this database. Give every process the same FRONTDESK_SECRET_KEY, "
        "or one data folder with one secret.key. Where the former key is lost, start “frontdesk serve” once with the "
        "new one, and connect every line anew with all its values."
    )


async def see_to_one_key(store: Store, vault: Vault, *, place: str, alone: bool) -> None:
    """Return where our key is that of the others. Whoever is `alone` decides which it is.

    Raises:
        SettingsError: it is another one.
    """
    mark = mark_of(vault)
    async with store.read() as read:
        found = await key_mark.kept(read)
    if found == mark:
        return
    async with store.begin(shared=True) as tx:
        found = await key_mark.keep(tx, mark)
        if found != mark and alone:
            await key_mark.change(tx, mark)
    if found == mark:
        return
    if not alone:
        raise SettingsError(another_key(place))
    log.warning("the secret key is another one than at the last start: what was sealed with the former stays shut")
