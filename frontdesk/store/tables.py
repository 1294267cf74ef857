"""Every table.

Times are Unix milliseconds (BIGINT), ids are texts made by us, JSON is text: what SQLite and PostgreSQL both carry.

The constraints here are the laws that hold whatever the code does: one row per external message, one waiting job per
key, one contact per address, one direct chat per contact.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[str]:
    return Column("id", Text, primary_key=True)


def _time(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


operators = Table(
    "operators",
    metadata,
    _id(),
    Column("login", Text, nullable=False, unique=True),  # lower case
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),  # admin, operator, viewer
    Column("password_hash", Text),
    _time("created_at"),
    _time("disabled_at", nullable=True),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("operator_id", Text, ForeignKey("operators.id")),  # NULL: the first-run set-up
    _time("created_at"),
    _time("expires_at"),
    _time("used_at", nullable=True),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("operator_id", Text, ForeignKey("operators.id"), nullable=False),
    _time("created_at"),
    _time("expires_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    _id(),
    Column("name", Text, nullable=False),
    Column("key_hash", Text, nullable=False, unique=True),
    Column("hint", Text, nullable=False),  # the first characters, for showing
    Column("scopes", Text, nullable=False),  # JSON list: read, write, admin
    _time("created_at"),
    _time("last_used_at", nullable=True),
    _time("revoked_at", nullable=True),
)

accounts = Table(
    "accounts",
    metadata,
    _id(),
    Column("channel", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("owner_id", Text, ForeignKey("operators.id")),
    Column("line_ref", Text),  # the channel's own id of the line; Meta: phone_number_id
    Column("phone", Text),  # digits
    Column("options", Text, nullable=False),  # JSON, sealed by the vault
    Column("state", Text, nullable=False),
    Column("state_reason", Text),
    Column("from_settings", Boolean, nullable=False, default=False),  # kept in step with the environment
    _time("created_at"),
    _time("last_connected_at", nullable=True),
    _time("last_disconnected_at", nullable=True),
    _time("last_seen_at", nullable=True),
    _time("blocked_until", nullable=True),  # the whole line has to wait
    _time("deleted_at", nullable=True),
    Index(
        "uq_accounts_line",
        "channel",
        "line_ref",
        unique=True,
        sqlite_where=text("deleted_at IS NULL"),
        postgresql_where=text("deleted_at IS NULL"),
    ),
)

contacts = Table(
    "contacts",
    metadata,
    _id(),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("name", Text),  # as the person calls itself
    Column("given_name", Text),  # as the desk or the owner's address book calls it; wins
    Column("username", Text),
    _time("created_at"),
)

addresses = Table(
    "addresses",
    metadata,
    Column("id", Text, primary_key=True),  # account_id/kind:value, so that one text finds it
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("contact_id", Text, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False, index=True),  # for finding people by the beginning of a number
    _time("seen_at"),
)

chats = Table(
    "chats",
    metadata,
    _id(),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("contact_id", Text, ForeignKey("contacts.id")),  # NULL for a group
    Column("group_ref", Text),  # the group's address, NULL for a direct chat
    Column("name", Text, nullable=False),
    Column("trusted", Boolean, nullable=False),
    Column("agent_mode", Text, nullable=False),
    Column("switched_by_hand", Boolean, nullable=False),  # False: the two switches follow the persona
    Column("persona", Text),  # named for this chat by hand
    Column("state", Text, nullable=False),  # open, pending, snoozed, resolved
    Column("labels", Text, nullable=False),  # JSON list
    Column("assigned_to", Text, ForeignKey("operators.id")),
    Column("held_by", Text),  # operator id, `phone`, `agent` (it handed over), `api`
    _time("held_until", nullable=True),  # NULL while held: until handed back
    Column("held_reason", Text),
    _time("cooldown_until", nullable=True),  # the loop guard's silence
    _time("blocked_until", nullable=True),  # the channel asked this recipient to wait
    _time("last_message_at"),
    Column("last_text", Text),  # what the list shows
    Column("last_author", Text),
    _time("last_inbound_at", nullable=True),
    _time("waiting_since", nullable=True),  # first message of the person that nobody has answered
    Column("unread", Integer, nullable=False),
    _time("read_up_to", nullable=True),
    _time("created_at"),
    UniqueConstraint("contact_id"),
    Index(
        "uq_chats_group",
        "account_id",
        "group_ref",
        unique=True,
        sqlite_where=text("group_ref IS NOT NULL"),
        postgresql_where=text("group_ref IS NOT NULL"),
    ),
    Index("ix_chats_recent", "last_message_at", "id"),
    Index("ix_chats_account_recent", "account_id", "last_message_at", "id"),
    Index(
        "ix_chats_waiting",
        "waiting_since",
        sqlite_where=text("waiting_since IS NOT NULL"),
        postgresql_where=text("waiting_since IS NOT NULL"),
    ),
)

threads = Table(
    "threads",
    metadata,
    _id(),
    Column("chat_id", Text, ForeignKey("chats.id"), nullable=False, index=True),
    Column("persona", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("summarised_up_to", Text),  # id of the last message in the summary
    _time("started_at"),
    _time("last_at"),
    _time("expires_at", nullable=True),
)

turns = Table(
    "turns",
    metadata,
    _id(),
    Column("chat_id", Text, ForeignKey("chats.id"), nullable=False, index=True),
    Column("thread_id", Text, ForeignKey("threads.id")),
    Column("persona", Text, nullable=False),
    Column("state", Text, nullable=False),  # frontdesk.desk.turns names the states
    Column("model", Text),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("sources", Text, nullable=False),  # JSON list of {id, title, source, score}
    Column("hand_over_reason", Text),
    Column("error", Text),
    _time("started_at"),
    _time("finished_at", nullable=True),
    Index(
        "ix_turns_running", "state", sqlite_where=text("state = 'running'"), postgresql_where=text("state = 'running'")
    ),
)

messages = Table(
    "messages",
    metadata,
    _id(),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("chat_id", Text, ForeignKey("chats.id"), nullable=False),
    Column("contact_id", Text),  # who wrote it, in a group; NULL for ours
    Column("external_id", Text),
    Column("direction", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("operator_id", Text),
    Column("kind", Text, nullable=False),
    Column("text", Text),
    Column("content", Text),  # JSON of what the kind has beyond text
    Column("reply_to", Text),  # external id of the quoted message
    Column("status", Text, nullable=False),
    Column("error_code", Text),
    Column("error", Text),
    Column("attempts", Integer, nullable=False),
    Column("decision", Text),  # NULL: asks for none
    Column("gate_allowed", Boolean),
    Column("gate_reason", Text),
    Column("turn_id", Text),
    Column("idempotency_key", Text),
    Column("media_id", Text),
    Column("edited_at", BigInteger),
    Column("revoked_at", BigInteger),
    _time("provider_time"),
    _time("created_at"),
    _time("send_after", nullable=True),  # outbound: not before
    UniqueConstraint("chat_id", "external_id", "kind"),
    Index("ix_messages_history", "chat_id", "provider_time", "id"),
    Index(
        "ix_messages_outbound",
        "account_id",
        "external_id",
        sqlite_where=text("direction = 'outbound'"),
        postgresql_where=text("direction = 'outbound'"),
    ),
    Index(
        "ix_messages_pending",
        "chat_id",
        sqlite_where=text("decision = 'pending'"),
        postgresql_where=text("decision = 'pending'"),
    ),
    Index(
        "ix_messages_outbox",
        "chat_id",
        "id",
        sqlite_where=text("status IN ('queued', 'sending')"),
        postgresql_where=text("status IN ('queued', 'sending')"),
    ),
    Index(
        "uq_messages_idempotency",
        "chat_id",
        "idempotency_key",
        unique=True,
        sqlite_where=text("idempotency_key IS NOT NULL"),
        postgresql_where=text("idempotency_key IS NOT NULL"),
    ),
)

media = Table(
    "media",
    metadata,
    _id(),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("message_id", Text, index=True),  # NULL: uploaded by an operator, not sent yet
    Column("state", Text, nullable=False),  # pending, stored, refused, failed, gone
    Column("remote", Text),  # JSON of the channel's reference
    Column("mime", Text),
    Column("sha256", Text),  # hex of the content: the file's name in the media folder
    Column("size", BigInteger),
    Column("name", Text),
    Column("voice", Boolean, nullable=False),
    Column("error", Text),
    _time("created_at"),
    _time("stored_at", nullable=True),
)

waiting_receipts = Table(
    "waiting_receipts",
    metadata,
    _id(),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("our_id", Text),
    Column("status", Text, nullable=False),
    Column("error_code", Text),
    Column("error", Text),
    _time("at", nullable=True),
    _time("received_at"),
    Index("ix_waiting_receipts_external", "account_id", "external_id"),
)

jobs = Table(
    "jobs",
    metadata,
    _id(),
    Column("kind", Text, nullable=False),
    Column("key", Text),
    Column("lock", Text),
    Column("queue", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", Text, nullable=False),  # queued, running, failed
    Column("payload", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("claimed_by", Text),
    _time("due_at"),
    _time("first_at"),  # when the burst began that this job gathers
    _time("lease_until", nullable=True),
    Index(
        "uq_jobs_key",
        "key",
        unique=True,
        sqlite_where=text("state = 'queued' AND key IS NOT NULL"),
        postgresql_where=text("state = 'queued' AND key IS NOT NULL"),
    ),
    Index(
        "uq_jobs_lock",
        "lock",
        unique=True,
        sqlite_where=text("state = 'running' AND lock IS NOT NULL"),
        postgresql_where=text("state = 'running' AND lock IS NOT NULL"),
    ),
    Index(
        "ix_jobs_due",
        "due_at",
        "priority",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued'"),
    ),
)

personas = Table(
    "personas",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("body", Text, nullable=False),  # JSON as in frontdesk.toml
    Column("from_file", Boolean, nullable=False),
    _time("changed_at"),
)

knowledge = Table(
    "knowledge",
    metadata,
    _id(),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("source", Text, nullable=False, index=True),
    _time("created_at"),
)

knowledge_gaps = Table(
    "knowledge_gaps",
    metadata,
    _id(),
    Column("chat_id", Text),
    Column("question", Text, nullable=False),
    _time("asked_at"),
    _time("closed_at", nullable=True),
)

alerts = Table(
    "alerts",
    metadata,
    _id(),
    Column("account_id", Text),
    Column("chat_id", Text),
    Column("kind", Text, nullable=False),
    Column("severe", Boolean, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("key", Text),  # alerts of one key that are not acknowledged are one alert
    _time("raised_at"),
    _time("last_at"),
    _time("acknowledged_at", nullable=True),
    Index(
        "uq_alerts_open",
        "key",
        unique=True,
        sqlite_where=text("acknowledged_at IS NULL AND key IS NOT NULL"),
        postgresql_where=text("acknowledged_at IS NULL AND key IS NOT NULL"),
    ),
)

notices = Table(
    "notices",
    metadata,
    _id(),
    Column("account_id", Text),
    Column("field", Text, nullable=False),
    Column("content", Text, nullable=False),
    _time("received_at"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    _id(),
    Column("channel", Text, nullable=False),
    Column("account_id", Text),
    Column("line_ref", Text),
    Column("reason", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("messages", Integer, nullable=False),  # how many messages of the ledger it stands for
    _time("received_at"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("account_id", Text, primary_key=True),  # `-` where no account is known
    Column("entry", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),  # small facts of the installation: last start, demo loaded, ...
    Column("value", Text, nullable=False),
    Column("number", Float),
)
