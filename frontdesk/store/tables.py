"""Every table.

Times are Unix milliseconds (BIGINT), ids are texts made by us, JSON is text: what SQLite and PostgreSQL both carry.

The constraints here are the laws that hold whatever the code does: one row per external message, one waiting job per
key, one contact per address, one direct chat per contact.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from frontdesk.store.tables_appointments import (
    appointment_cells as appointment_cells,
    appointment_reminders as appointment_reminders,
    appointments as appointments,
    calendar_feeds as calendar_feeds,
    resources as resources,
    service_resources as service_resources,
    services as services,
    special_days as special_days,
    weekly_hours as weekly_hours,
)
from frontdesk.store.tables_base import id_column, metadata as metadata, time_column
from frontdesk.store.tables_digests import (
    digest_issues as digest_issues,
    digest_words as digest_words,
    digests as digests,
)
from frontdesk.store.tables_house import (
    alerts as alerts,
    api_keys as api_keys,
    changes as changes,
    dead_letters as dead_letters,
    given_accounts as given_accounts,
    jobs as jobs,
    knowledge as knowledge,
    knowledge_gaps as knowledge_gaps,
    leases as leases,
    ledger as ledger,
    marks as marks,
    model_choices as model_choices,
    notices as notices,
    operators as operators,
    outages as outages,
    personas as personas,
    processes as processes,
    sign_in_links as sign_in_links,
    sign_ins as sign_ins,
    told_words as told_words,
    tries as tries,
)
from frontdesk.store.tables_importance import model_uses as model_uses
from frontdesk.store.tables_promises import reminders as reminders
from frontdesk.store.tables_urgent import owner_words as owner_words

accounts = Table(
    "accounts",
    metadata,
    id_column(),
    Column("channel", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("owner_id", Text, ForeignKey("operators.id")),
    Column("line_ref", Text),  # the channel's own id of the line; Meta: phone_number_id
    Column("phone", Text),  # digits
    Column("options", Text, nullable=False),  # JSON, sealed by the vault
    Column("state", Text, nullable=False),
    Column("state_reason", Text),
    Column("from_settings", Boolean, nullable=False, default=False),  # kept in step with the environment
    time_column("created_at"),
    time_column("last_connected_at", nullable=True),
    time_column("last_disconnected_at", nullable=True),
    time_column("last_seen_at", nullable=True),
    time_column("blocked_until", nullable=True),  # the whole line has to wait
    time_column("deleted_at", nullable=True),
    Column("shown", Text),  # codes with which it is linked, sealed by the vault
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
    id_column(),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("name", Text),  # as the person calls itself
    Column("given_name", Text),  # as the desk or the owner's address book calls it; wins
    Column("username", Text),
    time_column("created_at"),
)

addresses = Table(
    "addresses",
    metadata,
    Column("id", Text, primary_key=True),  # account_id/kind:value, so that one text finds it
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("contact_id", Text, ForeignKey("contacts.id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False, index=True),  # for finding people by the beginning of a number
    time_column("seen_at"),
    Column("origin", Text),  # the same for those that the line tells of one person; people may join several such
)

chats = Table(
    "chats",
    metadata,
    id_column(),
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
    time_column("held_until", nullable=True),  # NULL while held: until handed back
    Column("held_reason", Text),
    time_column("cooldown_until", nullable=True),  # the loop guard's silence
    time_column("blocked_until", nullable=True),  # the channel asked this recipient to wait
    time_column("last_message_at"),
    Column("last_text", Text),  # what the list shows
    Column("last_author", Text),
    time_column("last_inbound_at", nullable=True),
    time_column("waiting_since", nullable=True),  # first message of the person that nobody has answered
    Column("unread", Integer, nullable=False),
    time_column("read_up_to", nullable=True),
    time_column("missed_at", nullable=True),  # something came in too late to be answered, and nobody has answered it
    Column("expires_after", Integer),  # seconds after which its messages vanish; NULL: they stay
    time_column("created_at"),
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
        "ix_chats_assigned",
        "assigned_to",
        "last_message_at",
        "id",
        sqlite_where=text("assigned_to IS NOT NULL"),
        postgresql_where=text("assigned_to IS NOT NULL"),
    ),
    Index(
        "ix_chats_unassigned",  # counted on every page
        "account_id",
        sqlite_where=text("assigned_to IS NULL AND state <> 'resolved'"),
        postgresql_where=text("assigned_to IS NULL AND state <> 'resolved'"),
    ),
    Index(
        "ix_chats_state",
        "state",
        "last_message_at",
        "id",
        sqlite_where=text("state <> 'open'"),
        postgresql_where=text("state <> 'open'"),
    ),
    Index(
        "ix_chats_missed",
        "last_message_at",
        "id",
        sqlite_where=text("missed_at IS NOT NULL"),
        postgresql_where=text("missed_at IS NOT NULL"),
    ),
    Index(
        "ix_chats_waiting",
        "waiting_since",
        "id",
        sqlite_where=text("waiting_since IS NOT NULL"),
        postgresql_where=text("waiting_since IS NOT NULL"),
    ),
)

groups = Table(  # also those in which nothing was written yet, and which have no chat
    "groups",
    metadata,
    Column("id", Text, primary_key=True),  # account_id/address
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("name", Text),
    time_column("left_at", nullable=True),  # we are in it no more
)

group_members = Table(
    "group_members",
    metadata,
    Column("group_id", Text, ForeignKey("groups.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("addresses", Text, nullable=False),  # JSON list of texts, the best one first
    Column("name", Text),
    Column("admin", Boolean, nullable=False),
)

merged_chats = Table(  # where the ids of chats that went into others lead now
    "merged_chats",
    metadata,
    id_column(),
    Column("chat_id", Text, nullable=False, index=True),
)

threads = Table(
    "threads",
    metadata,
    id_column(),
    Column("chat_id", Text, ForeignKey("chats.id"), nullable=False, index=True),
    Column("persona", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("summarised_up_to", Text),  # id of the last message in the summary
    time_column("started_at"),
    time_column("last_at"),
    time_column("expires_at", nullable=True),
)

turns = Table(
    "turns",
    metadata,
    id_column(),
    Column("chat_id", Text, ForeignKey("chats.id"), nullable=False, index=True),
    Column("thread_id", Text, ForeignKey("threads.id"), index=True),
    Column("persona", Text, nullable=False),
    Column("state", Text, nullable=False),  # frontdesk.desk.turns names the states
    Column("model", Text),
    Column("tokens_in", Integer, nullable=False),
    Column("tokens_out", Integer, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("sources", Text, nullable=False),  # JSON list of {id, title, source, score}
    Column("hand_over_reason", Text),
    Column("error", Text),
    time_column("started_at"),
    time_column("finished_at", nullable=True),
    Index(
        "ix_turns_running",
        "chat_id",
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
)

messages = Table(
    "messages",
    metadata,
    id_column(),
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
    Column("waits_for", Text),  # an edit or a deletion ahead of its message: the external id of that
    time_column("provider_time"),
    time_column("created_at"),
    time_column("send_after", nullable=True),  # outbound: not before
    time_column("handed_at", nullable=True),  # outbound: when it was last given to its channel
    time_column("vanishes_at", nullable=True),
    time_column("vanished_at", nullable=True),  # its words and its file are gone, as its chat has it
    Column("address", Text),  # kind:value of the person by which it came or to which it went; NULL: not known
    Column("importance", Integer),  # 1 to 5; 0: waits to be scored; NULL: nobody asks, as of what we wrote
    Column("importance_reason", Text),
    Column("importance_by", Text),  # rules, model, fallback
    Column("promises", Text),  # `unread`: it may hold one, and nobody has looked yet
    UniqueConstraint("external_id", "chat_id", "kind"),  # in this order: it also finds an id in whichever chat
    Index("ix_messages_history", "chat_id", "provider_time", "id"),
    Index("ix_messages_created", "created_at"),
    Index(
        "ix_messages_pending",
        "chat_id",
        sqlite_where=text("decision = 'pending'"),
        postgresql_where=text("decision = 'pending'"),
    ),
    Index(
        "ix_messages_unscored",
        "id",
        sqlite_where=text("importance = 0"),
        postgresql_where=text("importance = 0"),
    ),
    Index(
        "ix_messages_important",
        "created_at",
        "id",
        sqlite_where=text("importance >= 4"),
        postgresql_where=text("importance >= 4"),
    ),
    Index(
        "ix_messages_outbox",
        "chat_id",
        "id",
        sqlite_where=text("status IN ('queued', 'sending')"),
        postgresql_where=text("status IN ('queued', 'sending')"),
    ),
    Index(
        "ix_messages_open",
        "chat_id",
        sqlite_where=text("status IN ('sending', 'unknown')"),
        postgresql_where=text("status IN ('sending', 'unknown')"),
    ),
    Index(
        "ix_messages_vanishing",
        "vanishes_at",
        sqlite_where=text("vanishes_at IS NOT NULL"),
        postgresql_where=text("vanishes_at IS NOT NULL"),
    ),
    Index(
        "ix_messages_promises",
        "id",
        sqlite_where=text("promises = 'unread'"),
        postgresql_where=text("promises = 'unread'"),
    ),
    Index(
        "ix_messages_media",
        "media_id",
        sqlite_where=text("media_id IS NOT NULL"),
        postgresql_where=text("media_id IS NOT NULL"),
    ),
    Index(
        "ix_messages_waits_for",
        "chat_id",
        "waits_for",
        sqlite_where=text("waits_for IS NOT NULL"),
        postgresql_where=text("waits_for IS NOT NULL"),
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
    id_column(),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("message_id", Text, index=True),  # NULL: uploaded by an operator, not sent yet
    Column("state", Text, nullable=False),  # pending, stored, refused, failed, gone
    Column("remote", Text),  # JSON of the channel's reference
    Column("mime", Text),
    Column("sha256", Text, index=True),  # hex of the content: the file's name in the media folder
    Column("size", BigInteger),
    Column("name", Text),
    Column("voice", Boolean, nullable=False),
    Column("error", Text),
    time_column("created_at"),
    time_column("stored_at", nullable=True),
    Index(
        "ix_media_name",
        "name",
        sqlite_where=text("name IS NOT NULL"),
        postgresql_where=text("name IS NOT NULL"),
    ),
)

waiting_receipts = Table(
    "waiting_receipts",
    metadata,
    id_column(),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("external_id", Text, nullable=False),
    Column("our_id", Text),
    Column("chat_id", Text),  # where the channel named it
    Column("status", Text, nullable=False),
    Column("error_code", Text),
    Column("error", Text),
    time_column("at", nullable=True),
    time_column("received_at"),
    Index("ix_waiting_receipts_external", "account_id", "external_id"),
)
