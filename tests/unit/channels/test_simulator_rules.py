"""The stand-in's rules, without IO."""

from random import Random
from typing import Any

import pytest

from frontdesk.channels.simulator.behaviour import CALM, LIVELY, plan, retry_after
from frontdesk.channels.simulator.checks import check_message
from frontdesk.channels.simulator.envelope import Update, document, signature, to_bytes
from frontdesk.channels.simulator.faults import KNOWN, Fault, FaultKind, Faults, GraphError
from frontdesk.channels.simulator.limits import Limits
from frontdesk.channels.simulator.media import MediaShelf, what_is_wrong
from frontdesk.channels.simulator.people import Identity, NotFound, Number, make_customer, new_wamid
from frontdesk.channels.simulator.templates import fill
from frontdesk.kit.clock import DAY, MINUTE, SECOND
from frontdesk.testing.clock import FrozenClock

NUMBER = Number("1", "351210000100", "http://127.0.0.1:1/webhook")
NOW = 1_795_000_000_000


def spend(limits: Limits, now: int, to: str = "c1") -> int:
    """The code of the refusal, 0 when there was none."""
    try:
        limits.spend(now, phone_number_id="1", customer_id=to)
    except GraphError as error:
        return error.code
    return 0


def test_pair_may_borrow_45_messages_and_then_one_every_six_seconds() -> None:
    limits = Limits()
    assert [spend(limits, NOW + 20 * number) for number in range(45)] == [0] * 45
    assert spend(limits, NOW + SECOND) == 131056
    assert spend(limits, NOW + 6 * SECOND) == 0
    assert spend(limits, NOW + 6 * SECOND + 1) == 131056


def test_one_pair_does_not_slow_another() -> None:
    limits = Limits()
    for number in range(45):
        spend(limits, NOW + 20 * number)
    assert spend(limits, NOW + SECOND) == 131056
    assert spend(limits, NOW + SECOND, to="c2") == 0


def test_strict_pair_has_to_pay_its_burst_back_in_full() -> None:
    limits = Limits(strict=True)
    assert [spend(limits, NOW + 100 * number) for number in range(20)] == [0] * 20
    assert spend(limits, NOW + 60 * SECOND) == 131056
    assert spend(limits, NOW + 120 * SECOND) == 0


def test_number_sends_80_in_a_second_and_no_more() -> None:
    limits = Limits()
    codes = [spend(limits, NOW, to=f"c{number}") for number in range(81)]
    assert codes == [0] * 80 + [130429]
    assert spend(limits, NOW + SECOND, to="c99") == 0


def message(kind: str, part: Any, **more: Any) -> dict[str, Any]:
    return {"messaging_product": "whatsapp", "to": "+447700900123", "type": kind, kind: part} | more


def buttons(*titles: str) -> dict[str, Any]:
    replies = [{"type": "reply", "reply": {"id": f"id {title}", "title": title}} for title in titles]
    return {"type": "button", "body": {"text": "Well?"}, "action": {"buttons": replies}}


def rows(count: int, **row: str) -> dict[str, Any]:
    listed = [{"id": f"row {number}", "title": f"Row {number}", **row} for number in range(count)]
    return {"type": "list", "body": {"text": "Which?"}, "action": {"button": "Choose", "sections": [{"rows": listed}]}}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (message("text", {"body": "x" * 4097}), 100),
        (message("text", {"body": " "}), 131008),
        (message("text", "hello"), 131009),
        ({"messaging_product": "whatsapp", "to": "+44", "type": "text"}, 131008),
        ({"to": "+44", "type": "text", "text": {"body": "x"}}, 100),
        (message("poll", {}), 131051),
        (message("image", {}), 131009),
        (message("image", {"id": "1", "link": "https://x"}), 131009),
        (message("image", {"id": "1", "caption": "x" * 1025}), 100),
        (message("audio", {"id": "1", "caption": "x"}), 100),
        (message("reaction", {"message_id": "wamid.1"}), 131008),
        (message("reaction", {"message_id": "wamid.1", "emoji": "x"}, context={"message_id": "wamid.2"}), 131009),
        (message("text", {"body": "x"}, biz_opaque_callback_data="x" * 513), 100),
        (message("text", {"body": "x"}, context={}), 131008),
        (message("location", {"latitude": 91, "longitude": 0}), 131009),
        (message("location", {"latitude": "north"}), 131008),
        (message("location", {"latitude": 10**400, "longitude": 0}), 100),
        (message("location", {"latitude": float("nan"), "longitude": 0}), 100),
        (message("location", {"latitude": 0, "longitude": "inf"}), 100),
        (message("contacts", []), 131008),
        (message("interactive", buttons("a", "b", "c", "d")), 131009),
        (message("interactive", buttons("a", "a")), 131009),
        (message("interactive", buttons("x" * 21)), 100),
        (message("interactive", rows(11)), 131009),
        (message("interactive", rows(1, description="x" * 73)), 100),
        (message("interactive", rows(1) | {"footer": {"text": "x" * 61}}), 100),
        (message("interactive", rows(1) | {"header": {"type": "text", "text": "x" * 61}}), 100),
        (message("interactive", {"type": "carousel"}), 131009),
        (message("interactive", {"type": ["list"]}), 100),
        (message("interactive", {"type": {}}), 100),
        (message("interactive", {}), 100),
        (message("template", {"name": "hello_world"}), 131009),
    ],
)
def test_wrong_message_is_refused_with_the_code_that_meta_uses(body: dict[str, Any], code: int) -> None:
    with pytest.raises(GraphError) as refusal:
        check_message(body)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    "body",
    [
        message("text", {"body": "x" * 4096}),
        message("image", {"id": "1", "caption": "x" * 1024}),
        message("document", {"link": "https://x/y.pdf", "filename": "y.pdf"}),
        message("reaction", {"message_id": "wamid.1", "emoji": ""}),
        message("location", {"latitude": 38.7, "longitude": -9.1}),
        message("contacts", [{"name": {"formatted_name": "Ana"}}]),
        message("interactive", buttons("Yes", "No", "Later")),
        message("interactive", rows(10, description="x" * 72)),
        message("template", {"name": "hello_world", "language": {"code": "en_US"}}),
    ],
)
def test_message_within_the_limits_passes(body: dict[str, Any]) -> None:
    assert check_message(body) == body["type"]


def test_calm_plan_is_ordered_and_waits_for_the_reader() -> None:
    steps = plan("text", CALM, Random(1))
    assert [step.status for step in steps] == ["sent", "delivered"]
    assert steps[1].after < SECOND


def test_reaction_is_only_ever_sent() -> None:
    assert {step.status for seed in range(50) for step in plan("reaction", LIVELY, Random(seed))} == {"sent"}


def test_same_seed_gives_the_same_plan() -> None:
    assert plan("text", LIVELY, Random(5)) == plan("text", LIVELY, Random(5))


def test_swapped_statuses_keep_their_true_times() -> None:
    swapped = [plan("text", LIVELY, Random(seed)) for seed in range(200)]
    wrong = [steps for steps in swapped if [s.happened for s in steps] != sorted(s.happened for s in steps)]
    assert wrong
    for steps in wrong:
        happened = {step.status: step.happened for step in steps}
        assert sorted(happened, key=happened.__getitem__) == [s for s in ("sent", "delivered", "read") if s in happened]


def test_retries_become_rarer() -> None:
    waits = [retry_after(attempt, LIVELY) for attempt in range(1, 12)]
    assert waits == sorted(waits)
    assert waits[0] == 0
    assert waits[-1] == waits[-2]


def test_one_value_may_hold_messages_and_statuses() -> None:
    both = [
        Update(NUMBER, "messages", "messages", {"id": "a"}, contact={"wa_id": "1"}),
        Update(NUMBER, "messages", "statuses", {"id": "b"}, contact={"wa_id": "1"}),
        Update(NUMBER, "messages", "messages", {"id": "c"}, contact={"wa_id": "2"}),
    ]
    body = document(both, now=NOW)
    (change,) = body["entry"][0]["changes"]
    assert [one["id"] for one in change["value"]["messages"]] == ["a", "c"]
    assert [one["id"] for one in change["value"]["statuses"]] == ["b"]
    assert change["value"]["contacts"] == [{"wa_id": "1"}, {"wa_id": "2"}]
    assert "time" not in body["entry"][0]


def test_updates_of_two_numbers_stand_apart() -> None:
    other = Number("2", "351210000200", NUMBER.callback, waba_id="220")
    body = document([Update(one, "messages", "messages", {"id": "a"}) for one in (NUMBER, other)], now=NOW)
    ids = [e["changes"][0]["value"]["metadata"]["phone_number_id"] for e in body["entry"]]
    assert ids == ["1", "2"]


def test_body_is_ascii_with_lower_case_escapes() -> None:
    body = to_bytes({"text": "É🙂"})
    assert body == b'{"text":"\\u00c9\\ud83d\\ude42"}'
    assert signature(b"{}", "s").startswith("sha256=")
    assert len(signature(b"{}", "s")) == 71


def test_fault_goes_away_after_its_times() -> None:
    faults = Faults()
    faults.inject(Fault(FaultKind.ERROR, code=131016, times=2))
    taken = [faults.take("send") for _ in range(3)]
    assert [fault.code if fault else None for fault in taken] == [131016, 131016, None]


def test_fault_for_one_person_spares_the_others() -> None:
    faults = Faults()
    faults.inject(Fault(FaultKind.LATE, code=131026, customer_id="c1"))
    assert faults.take("send", customer_id="c2") is None
    assert faults.take("send", customer_id="c1") is not None


def test_endless_fault_stays_until_it_is_taken_away() -> None:
    faults = Faults()
    faults.inject(Fault(FaultKind.ERROR, code=2, times=None))
    assert all(faults.take("send") for _ in range(5))
    faults.remove(0)
    assert faults.take("send") is None


def test_every_known_error_answers_in_metas_shape() -> None:
    for code in KNOWN:
        error = GraphError(code).answer()["error"]
        assert error["code"] == code
        assert error["message"].startswith(f"(#{code}) ")
        assert error["type"] == "OAuthException"


def test_media_link_ends_after_five_minutes() -> None:
    clock = FrozenClock()
    shelf = MediaShelf(clock)
    stored = shelf.put(b"abc", "image/png", name=None, phone_number_id="1", inbound=True)
    key = shelf.describe(stored, "http://127.0.0.1/v26.0")["url"].rsplit("/", 1)[1]
    clock.advance(5 * MINUTE - 1)
    assert shelf.behind(key) == stored
    clock.advance(1)
    assert shelf.behind(key) is None
    assert shelf.describe(shelf.get(stored.media_id), "http://127.0.0.1")["id"] == stored.media_id


@pytest.mark.parametrize(("inbound", "days"), [(True, 7), (False, 30)])
def test_media_id_ends_after_its_days(inbound: bool, days: int) -> None:
    clock = FrozenClock()
    shelf = MediaShelf(clock)
    stored = shelf.put(b"abc", "image/png", name=None, phone_number_id="1", inbound=inbound)
    clock.advance(days * DAY - 1)
    assert shelf.get(stored.media_id) == stored
    clock.advance(1)
    with pytest.raises(GraphError):
        shelf.get(stored.media_id)


def test_oldest_files_make_room() -> None:
    shelf = MediaShelf(FrozenClock(), capacity=100)
    ids = [shelf.put(b"x" * 40, "image/png", name=None, phone_number_id="1", inbound=True).media_id for _ in range(3)]
    assert shelf.get(ids[2])
    with pytest.raises(GraphError):
        shelf.get(ids[0])


@pytest.mark.parametrize(
    ("kind", "mime", "length", "voice", "fine"),
    [
        ("image", "image/png", 10, False, True),
        ("image", "image/gif", 10, False, False),
        ("image", "image/jpeg", 5 * 1024 * 1024 + 1, False, False),
        ("audio", "audio/ogg; codecs=opus", 10, True, True),
        ("audio", "audio/mpeg", 10, True, False),
        ("document", "application/pdf", 10, False, True),
        ("document", "application/zip", 10, False, False),
        ("sticker", "image/webp", 500 * 1024 + 1, False, False),
    ],
)
def test_file_is_judged_by_kind_type_and_size(kind: str, mime: str, length: int, voice: bool, fine: bool) -> None:
    stored = MediaShelf(FrozenClock()).put(b"x" * length, mime, name=None, phone_number_id="1", inbound=False)
    assert (what_is_wrong(stored, kind, voice=voice) is None) == fine


def test_same_phone_is_the_same_person_after_a_restart() -> None:
    assert make_customer("Ana", "+44 7700 900123") == make_customer("Ana", "447700900123")
    assert make_customer("Ana", "+44 7700 900123").user_id.startswith("GB.")


@pytest.mark.parametrize(("name", "phone"), [("Ana", "12"), ("Ana", "no number"), (" ", "+447700900123")])
def test_person_needs_a_name_and_a_number(name: str, phone: str) -> None:
    with pytest.raises(NotFound):
        make_customer(name, phone)


def test_person_who_hides_the_phone_has_a_username() -> None:
    assert make_customer("Ana Ferreira", "+447700900123", identity=Identity.USER).username == "ana123"


def test_every_message_id_is_new() -> None:
    assert len({new_wamid("447700900123", inbound=True) for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("name", "values", "code"),
    [("hello_world", ["x"], 132000), ("nobody_knows", [], 132001), ("appointment_reminder", ["Ana"], 132000)],
)
def test_template_is_refused_when_it_does_not_fit(name: str, values: list[str], code: int) -> None:
    parameters = [{"type": "text", "text": value} for value in values]
    part = {"name": name, "language": {"code": "en_US" if name == "hello_world" else "en"}}
    with pytest.raises(GraphError) as refusal:
        fill(part | {"components": [{"type": "body", "parameters": parameters}]})
    assert refusal.value.code == code


def test_template_is_filled() -> None:
    values = [{"type": "text", "text": text} for text in ("Ana", "Friday")]
    part = {"name": "appointment_reminder", "language": {"code": "en"}}
    assert "Ana" in fill(part | {"components": [{"type": "body", "parameters": values}]})
