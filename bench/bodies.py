"""Webhook bodies in the shape that Meta sends in 2026, signed, and made before the clock runs."""

import hashlib
import hmac
import json
import random
import time
from dataclasses import dataclass
from typing import Any

APP_SECRET = "bench-app-secret-0123456789abcdef"
ACCESS_TOKEN = "bench-access-token"
VERIFY_TOKEN = "bench-verify-token"
PHONE_NUMBER_ID = "330000000000451"
BUSINESS_PHONE = "351210000100"
WABA_ID = "210000000000017"
_SENTENCES = (
    "Morning! Is the clinic open today?",
    "I would like to move my appointment to Thursday afternoon, if that is still possible.",
    "Thank you",
    "Quanto custa a primeira consulta?",
    "Could you please send me the address again? I am coming by car and need to know about parking.",
)
_SUBJECTS = (
    "prices", "parking", "Thursday", "the second floor", "braces", "my daughter", "an invoice", "insurance",
    "a cleaning", "Saturday morning", "the address", "anaesthesia", "a receipt", "my last visit", "whitening",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """One text message of one person."""

    number: int  # of the sender: his phone and name follow from it
    external_id: str
    body: str
    at: int  # Unix seconds


def phone(number: int) -> str:
    """The phone of a sender."""
    return f"44770{number:07d}"


def texts(count: int, *, senders: int, run: str) -> list[Text]:
    """Distinct messages, each sender writing about as often as the others, in a shuffled but repeatable order."""
    chance = random.Random(run)
    numbers = [index % senders for index in range(count)]
    chance.shuffle(numbers)
    now = int(time.time())
    return [
        Text(number, f"wamid.HBg{run}{index:010d}AA==", _SENTENCES[index % len(_SENTENCES)], now)
        for index, number in enumerate(numbers)
    ]


def tagged(number: int, *, sender: int | None = None) -> Text:
    """A message that can be recognised in the answer to it, by default from a person of its own."""
    words = random.Random(number)
    subject = " ".join(words.sample(_SUBJECTS, 3))
    person = number if sender is None else sender
    return Text(
        person, f"wamid.HBgTAG{number:010d}AA==", f"#{number:06d} A question about {subject}?", int(time.time())
    )


def element(text: Text) -> tuple[dict[str, Any], dict[str, Any]]:
    """The entries of `contacts` and `messages` for a text."""
    user_id = f"GB.{5520918830000000 + text.number}"
    contact = {"profile": {"name": f"Person {text.number}"}, "wa_id": phone(text.number), "user_id": user_id}
    message = {
        "from": phone(text.number),
        "from_user_id": user_id,
        "id": text.external_id,
        "timestamp": str(text.at),
        "type": "text",
        "text": {"body": text.body},
    }
    return contact, message


def body(*several: Text) -> bytes:
    """One POST body that carries the given texts."""
    pairs = [element(text) for text in several]
    return envelope({"contacts": [contact for contact, _ in pairs], "messages": [message for _, message in pairs]})


def envelope(value: dict[str, Any]) -> bytes:
    """One POST body with one change, compact and ASCII-escaped as Meta sends it."""
    whole = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": BUSINESS_PHONE, "phone_number_id": PHONE_NUMBER_ID},
        **value,
    }
    entry = {"id": WABA_ID, "changes": [{"value": whole, "field": "messages"}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}, separators=(",", ":")).encode()


def sign(raw: bytes) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(APP_SECRET.encode(), raw, hashlib.sha256).hexdigest()


def request(raw: bytes, *, path: str, host: str) -> bytes:
    """The bytes of a whole HTTP request on a connection that stays open."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: facebookexternalua\r\nAccept: */*\r\n"
        f"Content-Type: application/json\r\nX-Hub-Signature-256: {sign(raw)}\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    return head.encode() + raw
