"""The table of what the owner is to be told at once."""

from sqlalchemy import Column, Index, Integer, Table, Text, UniqueConstraint, text

from frontdesk.store.tables_base import id_column, metadata, time_column

owner_words = Table(
    "owner_words",
    metadata,
    id_column(),
    Column("target", Text, nullable=False),  # the mark of its address
    Column("matter", Text, nullable=False),  # id of the message or of the reminder
    Column("key", Text, nullable=False),  # of the alert: once that was seen, nobody is told any more
    Column("level", Integer, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("chat_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("reason", Text, nullable=False),
    time_column("at"),
    Column("state", Text, nullable=False),  # waits, told, dropped, failed
    time_column("created_at"),
    time_column("settled_at", nullable=True),
    UniqueConstraint("target", "matter"),  # nobody is told of the same twice
    Index("ix_owner_words_chat_id", "chat_id"),
    Index(
        "ix_owner_words_waits",
        "target",
        "created_at",
        sqlite_where=text("state = 'waits'"),
        postgresql_where=text("state = 'waits'"),
    ),
    Index("ix_owner_words_settled", "target", "settled_at"),
)
