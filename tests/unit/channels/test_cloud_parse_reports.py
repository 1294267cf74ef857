"""What Meta reports: how a message of ours fared, and how the line stands."""

from typing import Any

import pytest
from cloud_documents import PHONE, change, message, parse

from frontdesk.domain.messages import Status
from frontdesk.domain.wire import Called, Damaged, Event, Inbound, Notice, Receipt, Sender

# Statuses


def status(word: Any = "delivered", **parts: Any) -> list[Event]:
    return parse(change(statuses=[{"id": "wamid.OUT", "status": word, "timestamp": "1790000037", **parts}]))


def test_status_gives_our_id_back() -> None:
    assert status(biz_opaque_callback_data="msg_1") == [
        Receipt("wamid.OUT", Status.DELIVERED, 1_790_000_037_000, "msg_1")
    ]


@pytest.mark.parametrize("ours", [5, "", None, "x" * 513])
def test_what_cannot_be_our_id_is_none(ours: Any) -> None:
    (found,) = status(biz_opaque_callback_data=ours)
    assert isinstance(found, Receipt)
    assert found.our_id is None


def test_failure_says_why_in_words_and_as_code() -> None:
    errors = [{"code": 131047, "error_data": {"details": "More than 24 hours."}}]
    (found,) = status("failed", errors=errors)
    assert isinstance(found, Receipt)
    assert (found.error_code, found.stops_line) == ("131047", False)
    assert found.error is not None
    assert "template" in found.error
    assert "More than 24 hours." in found.error


@pytest.mark.parametrize("errors", [None, [], "x", [5], [{}], [{"code": []}]])
def test_failure_without_a_reason_still_has_a_sentence(errors: Any) -> None:
    (found,) = status("failed", errors=errors)
    assert isinstance(found, Receipt)
    assert found.error_code is None
    assert found.error


@pytest.mark.parametrize(("code", "stops"), [(190, True), (131031, True), (131045, True), (131056, False), (7, False)])
def test_failure_stops_the_line_only_by_some_codes(code: int, stops: bool) -> None:
    (found,) = status("failed", errors=[{"code": code}])
    assert isinstance(found, Receipt)
    assert found.stops_line is stops


@pytest.mark.parametrize("word", ["deleted", "warning"])
def test_old_words_of_status_are_noted_only(word: str) -> None:
    (found,) = status(word)
    assert isinstance(found, Notice)
    assert found.alert is None


def test_status_of_a_payment_is_noted_only() -> None:
    (found,) = status("captured", type="payment", payment={"reference_id": "7"})
    assert isinstance(found, Notice)


@pytest.mark.parametrize("word", ["beamed", "", None, 5, [], {}])
def test_unknown_word_of_status_is_damage(word: Any) -> None:
    (found,) = status(word)
    assert isinstance(found, Damaged)


def test_messages_statuses_and_errors_of_one_value_are_all_read() -> None:
    found = parse(
        change(
            messages=[message(text={"body": "x"})],
            statuses=[{"id": "w", "status": "sent"}],
            errors=[{"code": 130429, "title": "Rate limit hit"}],
        )
    )
    assert [type(event) for event in found] == [Inbound, Receipt, Notice]


# What concerns the line


def notice(field: str, **value: Any) -> Notice:
    (event,) = parse({"field": field, "value": value})
    assert isinstance(event, Notice)
    return event


@pytest.mark.parametrize(
    ("field", "value", "said", "severe"),
    [
        ("message_template_status_update", {"event": "REJECTED", "reason": "INVALID_FORMAT"}, "INVALID_FORMAT", False),
        ("message_template_status_update", {"event": "PAUSED"}, "paused", False),
        ("message_template_status_update", {"event": "DISABLED"}, "disabled", False),
        ("message_template_quality_update", {"new_quality_score": "RED"}, "low", False),
        ("a_wrong_field", {"new_quality_score": "RED", "message_template_name": "a"}, "low", False),
        ("template_category_update", {"new_category": "MARKETING"}, "price", False),
        ("phone_number_quality_update", {"event": "DOWNGRADE", "current_limit": "TIER_250"}, "TIER_250", False),
        ("phone_number_quality_update", {"event": "FLAGGED"}, "low", False),
        ("phone_number_name_update", {"decision": "REJECTED", "requested_verified_name": "Acme"}, "Acme", False),
        (
            "account_update",
            {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "SPAM"}},
            "SPAM",
            False,
        ),
        (
            "account_update",
            {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE"}},
            "has disabled",
            True,
        ),
        (
            "account_update",
            {
                "event": "DISABLED_UPDATE",
                "ban_info": {"waba_ban_state": "SCHEDULE_FOR_DISABLE", "waba_ban_date": "1 May"},
            },
            "1 May",
            False,
        ),
        (
            "account_update",
            {"event": "PARTNER_REMOVED", "disconnection_info": {"reason": "PRIMARY_INACTIVITY"}},
            "PRIMARY_INACTIVITY",
            True,
        ),
        ("account_update", {"event": "ACCOUNT_DELETED"}, "deleted", True),
        (
            "account_update",
            {"event": "ACCOUNT_RESTRICTION", "restriction_info": [{"restriction_type": "RESTRICTED_ALL"}, 5]},
            "RESTRICTED_ALL",
            False,
        ),
        ("account_review_update", {"decision": "REJECTED"}, "refusal", False),
        (
            "account_alerts",
            {"alert_info": {"alert_severity": "CRITICAL", "alert_description": "Verify now"}},
            "Verify now",
            False,
        ),
        ("security", {"event": "PIN_CHANGED"}, "PIN", False),
    ],
)
def test_trouble_with_the_account_asks_for_attention(field: str, value: Any, said: str, severe: bool) -> None:
    found = notice(field, **value)
    assert found.alert is not None
    assert said in found.alert
    assert found.alert.endswith(".")
    assert found.severe is severe
    assert found.content["waba_id"] == "210000000000017"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("message_template_status_update", {"event": "APPROVED"}),
        ("message_template_status_update", {"event": ["PAUSED"]}),
        ("message_template_quality_update", {"new_quality_score": "GREEN"}),
        ("template_category_update", {"new_category": "UTILITY"}),
        ("phone_number_quality_update", {"event": "THROUGHPUT_UPGRADE"}),
        ("phone_number_name_update", {"decision": "APPROVED"}),
        ("account_update", {"event": "ACCOUNT_RECONNECTED"}),
        ("account_update", {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "REINSTATE"}}),
        ("account_update", {"event": None}),
        ("account_review_update", {"decision": "APPROVED"}),
        ("account_alerts", {"alert_severity": "INFORMATIONAL", "alert_type": "OBA_APPROVED"}),
        ("security", {"event": "other"}),
        ("business_capability_update", {"max_daily_conversation_per_phone": 1000}),
        ("teleport_events", {"anything": [1, 2, {"x": None}]}),
    ],
)
def test_news_without_trouble_are_noted_only(field: str, value: Any) -> None:
    found = notice(field, **value)
    assert found.alert is None
    assert found.field == field


def test_wish_for_no_marketing_is_noted_without_alarm() -> None:
    wish = {"wa_id": PHONE.value, "category": "marketing_messages", "value": "stop", "timestamp": 1790004000}
    (found,) = parse(change("user_preferences", user_preferences=[wish]))
    assert found == Notice("user_preferences", wish | {"waba_id": "210000000000017"})


def test_calls_and_groups_are_noted_one_by_one() -> None:
    calls = change("calls", calls=[{"id": "c1", "session": {"sdp": "secret"}}], statuses=[{"id": "c2", "type": "call"}])
    groups = change("group_settings_update", groups=[{"group_id": "g"}, 5])
    found = parse(calls, groups)
    assert [type(event) for event in found] == [Notice, Notice, Notice, Damaged]
    assert isinstance(found[0], Notice)
    assert found[0].content == {"id": "c1", "waba_id": "210000000000017"}


def test_call_that_a_person_begins_is_noted_and_heard() -> None:
    calls = [
        {"id": "c1", "from": PHONE.value, "event": "connect", "direction": "USER_INITIATED", "timestamp": "1790050468"},
        {"id": "c2", "from": PHONE.value, "event": "terminate", "direction": "USER_INITIATED"},
        {"id": "c3", "to": PHONE.value, "event": "connect", "direction": "BUSINESS_INITIATED"},
    ]
    found = parse(change("calls", calls=calls))
    assert [type(event) for event in found] == [Notice, Called, Notice, Notice]
    assert found[1] == Called(Sender((PHONE,)), 1790050468000)


def test_error_of_the_account_is_told_with_its_code() -> None:
    (found,) = parse(change(errors=[{"code": 131031, "title": "Locked", "error_data": {"details": "Ask support"}}]))
    assert isinstance(found, Notice)
    assert (found.field, found.content["code"], found.severe) == ("errors", 131031, True)
    assert found.alert is not None
    assert "131031" in found.alert
    assert "Ask support" in found.alert
