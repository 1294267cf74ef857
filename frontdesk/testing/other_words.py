"""What other systems say and what it is here, each with the test that holds it. `docs/reference/other-words.md`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Table = Callable[[Sequence[str], Iterable[Sequence[str]]], str]


@dataclass(frozen=True, slots=True)
class Row:
    """A word of others, what it is here, and its test: `file::function` below tests/integration/web."""

    theirs: str
    ours: str
    test: str


_APPOINTMENTS, _CHATS, _MODELS, _LINES, _EVENTS, _BRIDGE = (
    f"test_words_{part}.py::test_" for part in ("appointments", "chats", "models", "sessions", "events", "bridge")
)

ROUTES: tuple[Row, ...] = (
    Row(
        "GET /api/whatsapp/chats",
        "GET /api/v1/chats",
        f"{_CHATS}chats_are_listed_by_their_address_on_whatsapp",
    ),
    Row(
        "GET /api/whatsapp/chats/{chat}/messages",
        "GET /api/v1/chats/{chat}/messages",
        f"{_CHATS}the_history_of_a_chat_is_in_the_order_of_time",
    ),
    Row(
        "POST /api/whatsapp/chats/{chat}/toggle-whitelist",
        "PATCH /api/v1/chats/{chat}",
        f"{_CHATS}the_whitelist_is_the_chats_trust_and_toggles",
    ),
    Row(
        "POST /api/whatsapp/chats/{chat}/toggle-ai",
        "PATCH /api/v1/chats/{chat}",
        f"{_CHATS}ai_is_the_chats_agent_mode_and_toggles",
    ),
    Row(
        "GET /api/files/{filename}",
        "GET /api/v1/media/{media_id}",
        f"{_CHATS}a_file_is_given_by_the_name_that_its_message_says",
    ),
    Row("GET /api/settings/llm", "GET /api/v1/settings/llm", f"{_MODELS}the_settings_are_those_in_force"),
    Row(
        "PUT /api/settings/llm",
        "PUT /api/v1/settings/llm",
        f"{_MODELS}a_provider_is_preferred_with_its_model_and_address",
    ),
    Row("GET /api/llm/providers", "GET /api/v1/settings/llm/providers", f"{_MODELS}the_providers_are_listed"),
    Row(
        "POST /api/llm/test",
        "POST /api/v1/settings/llm/test",
        f"{_MODELS}what_is_wrong_with_a_provider_is_said_without_its_key",
    ),
    Row("GET /api/appointments", "GET /api/v1/appointments", f"{_APPOINTMENTS}appointments_are_listed"),
    Row("POST /api/appointments", "POST /api/v1/appointments", f"{_APPOINTMENTS}an_appointment_is_booked_once"),
    Row(
        "DELETE /api/appointments/{appointment_id}",
        "DELETE /api/v1/appointments/{appointment_id}",
        f"{_APPOINTMENTS}an_appointment_is_cancelled",
    ),
    Row(
        "POST /sessions/{session_id}/connect",
        "POST /api/v1/accounts/{account_id}/connect",
        f"{_LINES}connect_brings_a_line_up",
    ),
    Row(
        "POST /sessions/{session_id}/disconnect",
        "POST /api/v1/accounts/{account_id}/disconnect",
        f"{_LINES}disconnect_takes_a_line_down",
    ),
    Row(
        "POST /sessions/{session_id}/logout",
        "POST /api/v1/accounts/{account_id}/logout",
        f"{_LINES}logout_logs_a_line_out",
    ),
    Row(
        "GET /sessions/{session_id}/status",
        "GET /api/v1/accounts/{account_id}/status",
        f"{_LINES}while_a_code_waits_to_be_scanned_it_is_there_as_a_picture",
    ),
    Row(
        "GET /sessions/{session_id}/messages",
        "GET /api/v1/chats/{chat}/messages",
        f"{_LINES}the_messages_of_a_line_are_those_of_all_its_chats",
    ),
    Row(
        "POST /sessions/{session_id}/messages",
        "POST /api/v1/chats/{chat}/messages",
        f"{_LINES}a_message_is_written_to_who_is_known",
    ),
    Row(
        "GET /sessions/{session_id}/ai",
        "GET /api/v1/personas",
        f"{_LINES}the_ai_of_a_line_is_the_persona_that_serves_it",
    ),
    Row(
        "PUT /sessions/{session_id}/ai",
        "a persona for the line, beside those of `frontdesk.toml`",
        f"{_LINES}the_ai_of_a_line_is_set_for_its_chats_from_then_on",
    ),
    Row(
        "POST /api/whatsapp/callback",
        "what the bridge of a line tells: [bridges](../howto/bridges.md)",
        f"{_BRIDGE}a_message_that_a_bridge_posts_is_stored_before_the_answer",
    ),
    Row(
        "POST /webhook/whatsapp/message",
        "the same; a message may stand there bare, without `event` and `data`",
        f"{_BRIDGE}a_bare_message_is_taken_at_the_other_address",
    ),
)

EVENTS: tuple[Row, ...] = (
    Row("whatsapp_status", "account.state", f"{_EVENTS}a_line_that_changes_its_state_is_told_as_its_status"),
    Row("qr_code", "account.qr", f"{_EVENTS}a_code_to_scan_is_told_as_text_and_picture"),
    Row("new_message", "message.added", f"{_EVENTS}a_message_that_came_in_is_a_new_message"),
    Row("message_sent", "message.status", f"{_EVENTS}a_message_that_we_sent_is_told_once_it_is_sent"),
)

WORDS: tuple[Row, ...] = (
    Row("session", "account", f"{_LINES}a_session_is_an_account_by_its_name_or_phone"),
    Row(
        "disconnected, with a `reason`",
        "the state `action_required`",
        f"{_LINES}a_line_that_waits_for_somebody_is_disconnected_with_the_reason",
    ),
    Row("is_whitelisted", "`trusted`", f"{_CHATS}the_whitelist_is_the_chats_trust_and_toggles"),
    Row(
        "ai_enabled",
        "`agent_mode` is not `off`; switched on, it is `auto`",
        f"{_CHATS}ai_is_the_chats_agent_mode_and_toggles",
    ),
    Row(
        "llm_processed, llm_response",
        "the message has a turn, and what the agent said in it",
        f"{_CHATS}what_the_agent_answered_stands_beside_the_question",
    ),
    Row(
        "`id` of a message",
        "the line's id of what came from there, our id of what we write; `whatsapp_id` is always the line's",
        f"{_CHATS}what_we_write_keeps_our_id_and_is_from_me",
    ),
    Row(
        "media_path",
        "the id of the file with an ending; a name under which a file came works too while it is the only one of it",
        f"{_CHATS}a_file_is_given_by_the_name_under_which_it_came_while_there_is_one_of_it",
    ),
    Row("`id` of a chat", "any of its ids and addresses", f"{_CHATS}a_chat_is_found_by_every_form_of_its_phone"),
    Row(
        "`chat_id` of a chat",
        "our id, which also leads to a chat with somebody whom several lines know",
        f"{_CHATS}whom_two_lines_know_is_asked_for_by_the_id_of_the_chat",
    ),
    Row(
        '`{"success": false, "error": "..."}`',
        "problem details, with the same HTTP status",
        f"{_CHATS}an_error_is_a_sentence_without_success",
    ),
    Row(
        "new_message, message_ack, message_sent",
        "a message, and reports about one of ours",
        f"{_BRIDGE}our_own_message_that_comes_back_is_no_news_and_reports_move_it",
    ),
    Row(
        "qr_code, authenticated, ready, disconnected",
        "the states `qr_pending`, `connecting`, `connected`; after `disconnected`, `connecting` or `logged_out`",
        f"{_BRIDGE}the_code_and_the_states_of_a_bridge_are_shown_like_those_of_any_line",
    ),
    Row(
        "API key",
        "the same keys, cookies, scopes and origins as for `/api/v1`",
        f"{_CHATS}keys_cookies_scopes_and_origins_are_those_of_the_api",
    ),
)


def parts(table: Table) -> tuple[str, ...]:
    """The page below its title."""
    events = [(f"`{row.theirs}`", f"`{row.ours}`", _test(row)) for row in EVENTS]
    routes = [(f"`{row.theirs}`", _route(row), _test(row)) for row in ROUTES]
    words = [(row.theirs if "`" in row.theirs else f"`{row.theirs}`", row.ours, _test(row)) for row in WORDS]
    return (
        "Frontdesk understands what programs for other WhatsApp bridges say, so that they can stay as they are. Each "
        "of these routes hands on to one of ours; what they may do needs the same key or sign-in, and the same scope.",
        "## Routes",
        table(("theirs", "ours", "test"), routes),
        "A `{session_id}` is the id of an account, its name, or its phone. Whom a message is written to stands under "
        "`to`, `recipient`, `phone`, `phoneNumber`, `jid`, `remoteJid` or `chatId`; its text under `message`, `text` "
        "or `content`. With a phone that is not known yet a chat is begun, as by `POST /api/v1/chats`.",
        "## Events",
        'The WebSocket `/ws?words=legacy` tells `{"type": "...", "data": {...}}`. After `reload`, some were missed.',
        table(("theirs", "ours", "test"), events),
        "## Words",
        table(("theirs", "ours", "test"), words),
    )


def _route(row: Row) -> str:
    if not row.ours:
        return "not there yet: 501 with a sentence"
    return f"`{row.ours}`" if row.ours.split(" ", 1)[0].isupper() else row.ours


def _test(row: Row) -> str:
    return f"`{row.test}`"
