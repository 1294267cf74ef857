"""A plain handler, as one writes it first: one ORM session and one commit per request, on SQLite with WAL and
synchronous=FULL. It keeps contact, chat and message.

    BENCH_DATABASE=/tmp/x.db uvicorn bench.rivals.plain_app:server
"""

import hashlib
import hmac
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from sqlalchemy import BigInteger, ForeignKey, event, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench import bodies


class Base(DeclarativeBase):
    """The root of the three tables."""


class Contact(Base):
    """Who writes."""

    __tablename__ = "contacts"
    id: Mapped[int] = mapped_column(primary_key=True)
    phone: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Chat(Base):
    """The thread with a contact."""

    __tablename__ = "chats"
    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), unique=True)
    last_message_at: Mapped[int] = mapped_column(BigInteger)
    unread: Mapped[int] = mapped_column(default=0)


class Message(Base):
    """What was written."""

    __tablename__ = "messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    chat_id: Mapped[int] = mapped_column(ForeignKey("chats.id"), index=True)
    external_id: Mapped[str] = mapped_column(unique=True)
    text: Mapped[str]
    at: Mapped[int] = mapped_column(BigInteger)


# One connection, so that writers wait for each other here rather than fail or sleep inside SQLite.
_database = f"sqlite+aiosqlite:///{os.environ['BENCH_DATABASE']}"
engine = create_async_engine(_database, pool_size=1, max_overflow=0, pool_timeout=60)
sessions = async_sessionmaker(engine, expire_on_commit=False)


@event.listens_for(engine.sync_engine, "connect")
def _tune(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


@asynccontextmanager
async def _lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield
    await engine.dispose()


server = FastAPI(lifespan=_lifespan)


@server.post("/webhook")
async def receive(request: Request) -> dict[str, str]:
    """Check the signature, keep what the body holds, commit, answer."""
    raw = await request.body()
    expected = "sha256=" + hmac.new(bodies.APP_SECRET.encode(), raw, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected, request.headers.get("x-hub-signature-256", "")):
        raise HTTPException(403)
    async with sessions() as session:
        for entry in json.loads(raw)["entry"]:
            for change in entry["changes"]:
                await _keep(session, change["value"])
        await session.commit()
    return {"status": "received"}


async def _keep(session: AsyncSession, value: dict[str, Any]) -> None:
    names = {contact["wa_id"]: contact["profile"]["name"] for contact in value["contacts"]}
    for message in value["messages"]:
        phone = message["from"]
        contact = await session.scalar(select(Contact).where(Contact.phone == phone))
        if contact is None:
            contact = Contact(phone=phone, name=names[phone])
            session.add(contact)
            await session.flush()
        chat = await session.scalar(select(Chat).where(Chat.contact_id == contact.id))
        if chat is None:
            chat = Chat(contact_id=contact.id, last_message_at=0, unread=0)
            session.add(chat)
            await session.flush()
        if await session.scalar(select(Message.id).where(Message.external_id == message["id"])) is None:
            session.add(
                Message(
                    chat_id=chat.id,
                    external_id=message["id"],
                    text=message["text"]["body"],
                    at=int(message["timestamp"]) * 1000,
                )
            )
            chat.last_message_at = int(time.time() * 1000)
            chat.unread += 1


@server.get("/health")
async def health() -> dict[str, str]:
    """For the benchmark, which waits until the server is up."""
    return {"status": "healthy"}
