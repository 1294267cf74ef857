"""The table of what was promised, what is waited for, and what somebody asked to be reminded of."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, text

from frontdesk.store.tables_base import id_column, metadata, time_column

reminders = Table(
    "reminders",
    metadata,
    id_column(),
    Column("account_id", Text, ForeignKey("accounts.id"), nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("message_id", Text),  # in which it was said; NULL: somebody asked for it
    Column("place", Integer, nullable=False),  # of several in one message
    Column("kind", Text, nullable=False),  # promise, follow_up, own
    Column("what", Text, nullable=False),
    time_column("due_at"),  # as it was said, or set by hand
    Column("timed", Boolean, nullable=False),  # whether a moment was named
    time_column("remind_at"),  # later than `due_at` where it was snoozed
    Column("state", Text, nullable=False),  # open, done, dismissed
    Column("touched", Boolean, nullable=False),  # changed by hand: an edit of the message changes it no more
    Column("made_by", Text, nullable=False),  # agent, operator, phone; person: who asked for it
    Column("operator_id", Text),  # an operator's id, or `api`
    time_column("said_at"),
    time_column("created_at"),
    time_column("settled_at", nullable=True),  # when it was done or dismissed
    time_column("reminded_at", nullable=True),  # when it became due and that was told
    UniqueConstraint("message_id", "place"),
    Index("ix_reminders_chat", "chat_id", "id"),
    Index(
        "ix_reminders_chat_open",
        "chat_id",
        "remind_at",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index(
        "ix_reminders_untold",
        "remind_at",
        sqlite_where=text("state = 'open' AND reminded_at IS NULL"),
        postgresql_where=text("state = 'open' AND reminded_at IS NULL"),
    ),
    Index(
        "ix_reminders_open",
        "remind_at",
        "id",
        sqlite_where=text("state = 'open'"),
        postgresql_where=text("state = 'open'"),
    ),
    Index(
        "ix_reminders_settled",
        "settled_at",
        "id",
        sqlite_where=text("state <> 'open'"),
        postgresql_where=text("state <> 'open'"),
    ),
)
