"""pywa's own FastAPI webhook with an empty handler: it checks the signature, skips duplicates and stores nothing.

uvicorn bench.rivals.pywa_app:server
"""

from typing import Any

from fastapi import FastAPI
from pywa_async.client import WhatsApp
from pywa_async.handlers import MessageHandler
from pywa_async.types.message import Message

from bench import bodies

server = FastAPI()
_whatsapp = WhatsApp(
    phone_id=bodies.PHONE_NUMBER_ID,
    token=bodies.ACCESS_TOKEN,
    server=server,
    webhook_endpoint="/webhook",
    verify_token=bodies.VERIFY_TOKEN,
    app_secret=bodies.APP_SECRET,
    validate_updates=True,
)


async def take(_: Any, __: Message) -> None:
    """Nothing is done with the message."""


_whatsapp.add_handlers(MessageHandler(take))


@server.get("/health")
async def health() -> dict[str, str]:
    """For the benchmark, which waits until the server is up."""
    return {"status": "healthy"}
