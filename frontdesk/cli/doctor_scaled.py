"""What `frontdesk doctor` looks at where several processes share the work: PostgreSQL, Redis, the broker, the key."""

import asyncio
import socket
import tempfile
from collections.abc import Iterator
from urllib.parse import urlsplit

from frontdesk.cli.findings import Found, warning
from frontdesk.desk.one_key import another_key, mark_of
from frontdesk.events.reach import let_in
from frontdesk.events.redis_link import place as place_of_redis
from frontdesk.kit.errors import FrontdeskError
from frontdesk.kit.vault import Vault
from frontdesk.settings import Settings
from frontdesk.settings.models import opened
from frontdesk.store import key_mark, upkeep_postgres
from frontdesk.store.engine import is_postgres
from frontdesk.store.reach import reached
from frontdesk.store.store import Store
from frontdesk.store.upkeep import Shape

ANSWER = 5.0  # seconds that a broker may take
NEEDED = ("worker", "beat")  # roles without which nothing is answered, or nothing happens by the clock


def is_scaled(settings: Settings) -> bool:
    """Whether the settings are those of processes that share the work."""
    return is_postgres(settings.database_url) and settings.redis_url is not None


def is_ready(settings: Settings) -> bool:
    """Whether the PostgreSQL answers and has our tables in their newest shape. What is wrong with it is told once."""
    try:
        return upkeep_postgres.shape(settings.database_url) is Shape.CURRENT
    except FrontdeskError:
        return False


def is_up(settings: Settings) -> bool:
    """Whether any process of the house runs on it."""
    return is_ready(settings) and bool(upkeep_postgres.running(settings.database_url))


def database(settings: Settings) -> Iterator[Found]:
    """A PostgreSQL."""
    asyncio.run(reached(settings.database_url, patient=False))
    place, found = upkeep_postgres.place(settings.database_url), upkeep_postgres.shape(settings.database_url)
    sentences = {
        Shape.NONE: f"{place} is empty; the first start makes its tables.",
        Shape.CURRENT: f"{place}.",
        Shape.OLDER: f"{place} is of an older version; the next start brings it up to date.",
        Shape.UNKNOWN: f"{place} is of a newer Frontdesk or another program. Update, or give another DATABASE_URL.",
    }
    yield Found("database", found is not Shape.UNKNOWN, sentences[found])


def redis(settings: Settings) -> Iterator[Found]:
    """The Redis for live events and wake-ups, and the broker where it is another one."""
    for what, setting, url in (
        ("redis", "REDIS_URL", settings.redis_url),
        ("broker", "CELERY_BROKER_URL", opened(settings.celery_broker)),
    ):
        if url is not None:
            yield _reached(what, setting, url)


def _reached(what: str, setting: str, url: str) -> Found:
    if url.startswith(("redis:", "rediss:", "unix:")):
        where, answers = place_of_redis(url), asyncio.run(let_in(url, setting=setting))
    else:
        where, answers = _where(url), _listens(url)
    mend = f"Nobody answers at {where}. Start it, or correct {setting}."
    return Found(what, answers, f"{where} answers." if answers else mend)


def _where(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname or 'localhost'}:{parts.port or 5672}"


def _listens(url: str) -> bool:
    host, _, port = _where(url).rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER).close()
    except OSError:
        return False
    return True


def shared(settings: Settings) -> Iterator[Found]:
    """What all processes have to have in common, and who of them runs."""
    if not is_scaled(settings):
        return
    yield from _folder(settings)
    if is_ready(settings):
        yield from _key(settings)
        yield from _processes(settings)


def _folder(settings: Settings) -> Iterator[Found]:
    if not settings.data_dir.exists():
        return
    try:
        with tempfile.TemporaryFile(dir=settings.data_dir) as file:
            file.write(b"written by frontdesk doctor")
    except OSError as refused:
        mend = f"{settings.data_dir} cannot be written to: {refused.strerror}. All processes need it, for files."
        yield Found("shared", False, mend)
    else:
        yield Found("shared", True, f"{settings.data_dir} can be written to. All processes need this same folder.")


def _key(settings: Settings) -> Iterator[Found]:
    if settings.secret_key is None and not settings.key_file.exists():
        yield warning("key", f"{settings.key_file} will be made by the first start. All processes need the same key.")
        return
    kept = asyncio.run(_kept_mark(settings.database_url))
    if kept is None or kept == mark_of(Vault(settings.vault_key())):
        yield Found("key", True, f"{settings.key_place}, the same as the others have.")
    else:
        yield Found("key", False, another_key(settings.key_place), wrong_settings=True)


async def _kept_mark(url: str) -> str | None:
    store = Store(url, connections=2)
    try:
        async with store.read() as read:
            return await key_mark.kept(read)
    finally:
        await store.close()


def _processes(settings: Settings) -> Iterator[Found]:
    found = upkeep_postgres.running(settings.database_url)
    roles = {one.split()[0] for one in found}
    if found:
        yield Found("processes", True, f"{', '.join(found)}.")
    for role in NEEDED if roles - {"serve"} else ():
        if role not in roles:
            yield warning("processes", f"No {role} runs. Start `frontdesk {role}`.")
