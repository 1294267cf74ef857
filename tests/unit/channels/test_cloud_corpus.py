"""Every sample body yields what its index says."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from frontdesk.channels.base import NotADocument
from frontdesk.channels.cloud import CloudChannel, MissingChallenge, Options
from frontdesk.domain.addresses import AddressKind
from frontdesk.domain.wire import (
    AddressChange,
    Damaged,
    Delivery,
    Event,
    Inbound,
    Line,
    NameChange,
    Notice,
    Receipt,
)

CORPUS = Path(__file__).resolve().parents[2] / "corpus"
INDEX = json.loads((CORPUS / "cloud" / "_index.json").read_text(encoding="utf-8"))
VECTORS = json.loads((CORPUS / "signature_vectors.json").read_text(encoding="utf-8"))
REQUESTS = json.loads((CORPUS / "verification_requests.json").read_text(encoding="utf-8"))
FILES = [pytest.param(sample, id=sample["name"]) for sample in INDEX["files"]]

channel = CloudChannel()


def line(account_id: str = "acc_1", **options: Any) -> Line:
    given = {"phone_number_id": "330000000000451", "access_token": SecretStr("EAAtoken"), **options}
    return Line(account_id, Options(**given))


def body(sample: dict[str, Any]) -> bytes:
    return (CORPUS / "cloud" / str(sample["file"])).read_bytes()


def deliveries(sample: dict[str, Any]) -> tuple[Delivery, ...]:
    try:
        return channel.parse(body(sample))
    except NotADocument:
        assert not sample["should_ack_200"]
        return ()


def events(sample: dict[str, Any]) -> Iterator[tuple[str | None, Event]]:
    for delivery in deliveries(sample):
        for event in delivery.events:
            yield delivery.line_ref, event


def address(message: Inbound, kind: AddressKind) -> str | None:
    return next((one.value for one in message.sender.addresses if one.kind is kind), None)


def described(line_ref: str | None, message: Inbound) -> dict[str, Any]:
    return {
        "id": message.external_id,
        "type": message.kind,
        "from": address(message, AddressKind.PHONE),
        "user_id": address(message, AddressKind.USER),
        "name": message.sender.name,
        "text": message.text,
        "media_id": message.media.remote_id if message.media else None,
        "context_id": message.reply_to,
        "timestamp": message.at // 1000 if message.at is not None else None,
        "group_id": message.group.value if message.group else None,
        "phone_number_id": line_ref,
    }


def extras(message: Inbound) -> dict[str, Any]:
    content = message.content
    return {
        "reply_id": content.get("reply_id"),
        "filename": message.media.name if message.media else None,
        "latitude": content.get("latitude"),
        "longitude": content.get("longitude"),
        "reaction_to": content.get("target"),
        "original_message_id": content.get("target"),
        "error_code": content.get("error_code"),
        "unsupported_type": content.get("unsupported_type"),
        "username": message.sender.username,
        "shared_contact_count": len(content.get("contacts", ())),
        "flow_token": content.get("flow_token"),
        "system_type": content.get("system_type"),
        "new_wa_id": content.get("new_wa_id"),
    }


@pytest.mark.parametrize("sample", FILES)
def test_sample_yields_the_messages_of_its_index(sample: dict[str, Any]) -> None:
    found = [(ref, one) for ref, one in events(sample) if isinstance(one, Inbound)]
    fresh = [(ref, one) for ref, one in found if not one.history and not one.typed_on_phone]
    expected = sample["expect"]["messages"]
    assert len(fresh) == sample["expect"]["message_count"]
    assert len({one.external_id for _, one in fresh}) == sample["expect"]["unique_message_count"]
    for (ref, message), wanted in zip(fresh, expected, strict=True):
        known = described(ref, message) | extras(message)
        assert {key: known[key] for key in wanted if key != "waba_id"} == {
            key: value for key, value in wanted.items() if key != "waba_id"
        }


@pytest.mark.parametrize("sample", FILES)
def test_sample_yields_the_statuses_of_its_index(sample: dict[str, Any]) -> None:
    found = [(ref, one) for ref, one in events(sample) if isinstance(one, Receipt)]
    expected = sample["expect"]["statuses"]
    assert len(found) == sample["expect"]["status_count"] == len(expected)
    for (ref, receipt), wanted in zip(found, expected, strict=True):
        assert {
            "id": receipt.external_id,
            "status": receipt.status.value,
            "timestamp": receipt.at // 1000 if receipt.at else None,
            "error_code": int(receipt.error_code) if receipt.error_code else None,
            "biz_opaque_callback_data": receipt.our_id,
            "phone_number_id": ref,
        }.items() <= wanted.items()
        assert (receipt.error is not None) == (wanted["status"] == "failed")


@pytest.mark.parametrize("sample", FILES)
def test_sample_yields_the_echoes_of_its_index(sample: dict[str, Any]) -> None:
    found = [
        (ref, one) for ref, one in events(sample) if isinstance(one, Inbound) and one.typed_on_phone and not one.history
    ]
    expected = sample["expect"]["echoes"]
    assert len(found) == sample["expect"]["echo_count"] == len(expected)
    for (ref, echo), wanted in zip(found, expected, strict=True):
        known = described(ref, echo)
        assert wanted == {
            "id": known["id"],
            "type": known["type"],
            "to": known["from"],
            "to_user_id": known["user_id"],
            "text": known["text"],
            "timestamp": known["timestamp"],
            "phone_number_id": known["phone_number_id"],
        }


@pytest.mark.parametrize("sample", FILES)
def test_sample_yields_the_rest_of_its_index(sample: dict[str, Any]) -> None:
    found, expect = list(events(sample)), sample["expect"]
    notices = [one for _, one in found if isinstance(one, Notice)]
    assert sum(one.field == "calls" for one in notices) == expect["call_event_count"]
    assert sum(isinstance(one, Inbound) and one.history for _, one in found) == expect["history_message_count"]
    codes = [one.content["code"] for one in notices if one.field == "errors"]
    assert codes == expect["value_error_codes"]
    told = {one.field for one in notices}
    for field in expect["other_fields"]:
        assert field in told or any(isinstance(one, Inbound | NameChange | AddressChange) for _, one in found)


@pytest.mark.parametrize("sample", FILES)
def test_only_the_poisoned_sample_holds_damage(sample: dict[str, Any]) -> None:
    damaged = [one for _, one in events(sample) if isinstance(one, Damaged)]
    assert len(damaged) == (3 if sample["name"] == "batch_one_poisoned_message" else 0)


@pytest.mark.parametrize("sample", FILES)
def test_sample_is_signed_over_its_exact_bytes(sample: dict[str, Any]) -> None:
    raw = body(sample)
    assert hashlib.sha256(raw).hexdigest() == sample["sha256"]
    signed = line(app_secret=SecretStr(INDEX["app_secret_for_signatures"]))
    headers = {"x-hub-signature-256": sample["x_hub_signature_256"]}
    assert channel.verify(raw, headers, [signed]) == {"acc_1"}
    assert channel.verify(raw + b" ", headers, [signed]) == frozenset()


@pytest.mark.parametrize("vector", [pytest.param(one, id=one["name"]) for one in VECTORS["vectors"]])
def test_signature_vector_is_judged_as_it_says(vector: dict[str, Any]) -> None:
    signed = line(app_secret=SecretStr(VECTORS["app_secret"]))
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    authentic = channel.verify(bytes.fromhex(vector["body_hex"]), headers, [signed])
    assert authentic == ({"acc_1"} if vector["valid"] else frozenset())


@pytest.mark.parametrize("request_", [pytest.param(one, id=one["name"]) for one in REQUESTS])
def test_verification_request_is_answered_as_it_says(request_: dict[str, Any]) -> None:
    ours = line(verify_token=SecretStr(INDEX["verify_token"]))
    try:
        answer = channel.challenge(request_["query"], [ours])
    except MissingChallenge:
        assert request_["expect_status"] == 400
        return
    assert (200 if answer is not None else 403) == request_["expect_status"]
    assert answer == request_["expect_body"]
