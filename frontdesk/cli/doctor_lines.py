"""The lines, as doctor sees them: those in the database, and the one that the environment describes."""

import asyncio
from collections.abc import Iterator

from frontdesk.channels.cloud.channel import CloudChannel
from frontdesk.cli import doctor_scaled
from frontdesk.cli.findings import Found, warning
from frontdesk.desk.account_options import check
from frontdesk.desk.line_standing import has_fallen, has_stopped
from frontdesk.domain.accounts import State, is_unchecked, sentence
from frontdesk.domain.wire import Delivery, Line, LineState
from frontdesk.kit.vault import CannotOpen, Vault, unreadable
from frontdesk.settings import Settings
from frontdesk.settings.running import running
from frontdesk.store import accounts, upkeep
from frontdesk.store.engine import is_postgres, sqlite_path
from frontdesk.store.rows import AccountRow
from frontdesk.store.store import Store
from frontdesk.store.upkeep import Shape


def stored(settings: Settings) -> Iterator[Found]:
    """How the lines in the database stand, and whether their secrets can be opened."""
    if is_postgres(settings.database_url):
        there, up = doctor_scaled.is_ready(settings), doctor_scaled.is_up(settings)
    else:
        path = sqlite_path(settings.database_url)
        there = not upkeep.damage(path) and upkeep.shape(path) is Shape.CURRENT
        up = running(settings.data_dir) is not None
    if not there:
        return  # told already, or nothing is there yet
    for row in asyncio.run(_rows(settings.database_url)):
        lost = _lost(settings, row)
        if lost and (start := _renews(settings, row)):
            yield warning(
                "line", f"“{row.name}”: the secret key is another one, or gone; {start} stores its secrets anew."
            )
        elif lost:
            yield Found("line", False, f"“{row.name}”: {lost}")
        else:
            yield _standing(row, up=up)


async def _rows(url: str) -> list[AccountRow]:
    store = Store(url)
    try:
        async with store.read() as read:
            return await accounts.all_live(read)
    finally:
        await store.close()


def _lost(settings: Settings, row: AccountRow) -> str | None:
    """Why the secrets of the line cannot be opened; None when they can."""
    if settings.secret_key is None and not settings.key_file.is_file():
        return unreadable(f"{settings.key_file}, which is not there")
    try:
        Vault(settings.vault_key(), place=settings.key_place).open(row.options)
    except CannotOpen as wrong:
        return wrong.sentence
    return None


def _renews(settings: Settings, row: AccountRow) -> str | None:
    """The start that knows the secrets of the line without its key: from the environment, or as the demo's."""
    cloud = settings.cloud_account
    if cloud is not None and (row.channel, row.line_ref) == ("cloud", cloud.phone_number_id):
        return "the next start"
    return "the next start with --demo" if row.channel == "simulator" and row.from_settings else None


def _standing(row: AccountRow, *, up: bool) -> Found:
    state, reason = State(row.state), row.state_reason
    words = f"“{row.name}”, {'now' if up else 'when Frontdesk last ran'}: {sentence(state, reason)}"
    stopped = has_stopped(state, reason)
    if stopped and up:
        return Found("line", False, words)
    if stopped or (up and has_fallen(state, reason)) or is_unchecked(state, reason):
        return warning("line", words)
    return Found("line", True, words)


def cloud(settings: Settings) -> Iterator[Found]:
    """Whether Meta takes what the environment says of a line.

    Raises:
        Invalid: it cannot be right, whoever is asked.
    """
    account = settings.cloud_account
    if account is None:
        yield Found("cloud", True, "no account in the environment.")
        return
    channel = CloudChannel()
    options = check(channel, account.options(), production=settings.production)
    told = asyncio.run(_connect(channel, options))
    if is_unchecked(told.state, told.reason):
        yield warning("cloud", told.reason or "")
    elif told.state is State.CONNECTED:
        yield Found("cloud", True, told.reason or "Meta takes the access token for this number.")
    else:
        yield Found("cloud", False, told.reason or "Meta refuses the access token. Make a new one.")
    if account.app_secret is None:
        yield warning("cloud", "webhooks are believed without a signature; set WHATSAPP_APP_SECRET before going live.")
    if account.verify_token is None:
        yield Found("cloud", False, "VERIFY_TOKEN is missing: choose a word, and give it to Meta with the webhook.")


async def _connect(channel: CloudChannel, options: object) -> LineState:
    told: list[LineState] = []

    def hear(_account: str, what: LineState | Delivery) -> None:
        if isinstance(what, LineState):
            told.append(what)

    try:
        await channel.connect(Line("doctor", options), hear)
    finally:
        await channel.close()
    return told[-1]
