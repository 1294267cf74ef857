"""One frozen row per table, in the order of its columns, so that `read.all(select(table), Row)` makes them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A row of `accounts`."""

    id: str
    channel: str
    name: str
    owner_id: str | None
    line_ref: str | None
    phone: str | None
    options: str
    state: str
    state_reason: str | None
    from_settings: bool
    created_at: int
    last_connected_at: int | None
    last_disconnected_at: int | None
    last_seen_at: int | None
    blocked_until: int | None
    deleted_at: int | None
    shown: str | None


@dataclass(frozen=True, slots=True)
class ContactRow:
    """A row of `contacts`."""

    id: str
    account_id: str
    name: str | None
    given_name: str | None
    username: str | None
    created_at: int


@dataclass(frozen=True, slots=True)
class ChatRow:
    """A row of `chats`."""

    id: str
    account_id: str
    contact_id: str | None
    group_ref: str | None
    name: str
    trusted: bool
    agent_mode: str
    switched_by_hand: bool
    persona: str | None
    state: str
    labels: str
    assigned_to: str | None
    held_by: str | None
    held_until: int | None
    held_reason: str | None
    cooldown_until: int | None
    blocked_until: int | None
    last_message_at: int
    last_text: str | None
    last_author: str | None
    last_inbound_at: int | None
    waiting_since: int | None
    unread: int
    read_up_to: int | None
    missed_at: int | None
    expires_after: int | None
    created_at: int


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A row of `messages`."""

    id: str
    account_id: str
    chat_id: str
    contact_id: str | None
    external_id: str | None
    direction: str
    author: str
    operator_id: str | None
    kind: str
    text: str | None
    content: str | None
    reply_to: str | None
    status: str
    error_code: str | None
    error: str | None
    attempts: int
    decision: str | None
    gate_allowed: bool | None
    gate_reason: str | None
    turn_id: str | None
    idempotency_key: str | None
    media_id: str | None
    edited_at: int | None
    revoked_at: int | None
    waits_for: str | None
    provider_time: int
    created_at: int
    send_after: int | None
    handed_at: int | None
    vanishes_at: int | None
    vanished_at: int | None
    address: str | None = None
    importance: int | None = None
    importance_reason: str | None = None
    importance_by: str | None = None
    promises: str | None = None


@dataclass(frozen=True, slots=True)
class MediaRow:
    """A row of `media`."""

    id: str
    account_id: str
    message_id: str | None
    state: str
    remote: str | None
    mime: str | None
    sha256: str | None
    size: int | None
    name: str | None
    voice: bool
    error: str | None
    created_at: int
    stored_at: int | None


@dataclass(frozen=True, slots=True)
class TurnRow:
    """A row of `turns`."""

    id: str
    chat_id: str
    thread_id: str | None
    persona: str
    state: str
    model: str | None
    tokens_in: int
    tokens_out: int
    calls: int
    sources: str
    hand_over_reason: str | None
    error: str | None
    started_at: int
    finished_at: int | None


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """A row of `threads`."""

    id: str
    chat_id: str
    persona: str
    summary: str
    summarised_up_to: str | None
    started_at: int
    last_at: int
    expires_at: int | None


@dataclass(frozen=True, slots=True)
class JobRow:
    """A row of `jobs`."""

    id: str
    kind: str
    key: str | None
    lock: str | None
    queue: str
    priority: int
    state: str
    payload: str
    attempts: int
    error: str | None
    claimed_by: str | None
    due_at: int
    first_at: int
    lease_until: int | None
    sent_at: int | None
    sends: int


@dataclass(frozen=True, slots=True)
class AlertRow:
    """A row of `alerts`."""

    id: str
    account_id: str | None
    chat_id: str | None
    kind: str
    severe: bool
    sentence: str
    count: int
    key: str | None
    raised_at: int
    last_at: int
    acknowledged_at: int | None


@dataclass(frozen=True, slots=True)
class OperatorRow:
    """A row of `operators`."""

    id: str
    login: str
    name: str
    role: str
    password_hash: str | None
    created_at: int
    disabled_at: int | None
    sees: str = "all"
    told_from: int | None = None
    told_quiet: str | None = None


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    """A row of `api_keys`."""

    id: str
    name: str
    key_hash: str
    hint: str
    scopes: str
    created_at: int
    last_used_at: int | None
    revoked_at: int | None


@dataclass(frozen=True, slots=True)
class DeadLetterRow:
    """A row of `dead_letters`."""

    id: str
    channel: str
    account_id: str | None
    line_ref: str | None
    reason: str
    raw: str
    digest: str
    messages: int
    count: int
    received_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """A row of `notices`."""

    id: str
    account_id: str | None
    field: str
    content: str
    received_at: int


@dataclass(frozen=True, slots=True)
class ModelChoiceRow:
    """A row of `model_choices`."""

    place: str
    model: str | None
    temperature: float | None
    max_tokens: int | None
    base_url: str | None
    changed_at: int


@dataclass(frozen=True, slots=True)
class KnowledgeRow:
    """A row of `knowledge`."""

    id: str
    title: str
    text: str
    source: str
    sample: bool
    page: int | None
    created_at: int


@dataclass(frozen=True, slots=True)
class AddressRow:
    """A row of `addresses`."""

    id: str
    account_id: str
    contact_id: str
    kind: str
    value: str
    seen_at: int
    origin: str | None


@dataclass(frozen=True, slots=True)
class WaitingReceiptRow:
    """A row of `waiting_receipts`."""

    id: str
    account_id: str
    external_id: str
    our_id: str | None
    chat_id: str | None
    status: str
    error_code: str | None
    error: str | None
    at: int | None
    received_at: int
