"""The tables of digests: the standing orders, what was made of them, and where it was told."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Text, UniqueConstraint, text

from frontdesk.store.tables_base import id_column, metadata, time_column

digests = Table(
    "digests",
    metadata,
    id_column(),
    Column("operator_id", Text, ForeignKey("operators.id"), index=True),  # whose; NULL: made over the API, of all chats
    Column("name", Text, nullable=False),
    Column("schedule", Text),  # as it was written; NULL: on demand only
    Column("zone", Text),  # NULL: the house's
    Column("language", Text, nullable=False),  # en, es, pt
    Column("choice", Text, nullable=False),  # JSON of domain.digests.Choice
    Column("ways", Text, nullable=False),  # JSON list of inbox, self, notify
    Column("enabled", Boolean, nullable=False),
    time_column("covered_to"),  # everything up to then was told of
    time_column("next_at", nullable=True),
    time_column("created_at"),
    Index(
        "ix_digests_next",
        "next_at",
        sqlite_where=text("next_at IS NOT NULL"),
        postgresql_where=text("next_at IS NOT NULL"),
    ),
)

digest_issues = Table(
    "digest_issues",
    metadata,
    id_column(),
    Column("digest_id", Text, ForeignKey("digests.id", ondelete="CASCADE"), nullable=False),
    time_column("due_at", nullable=True),  # for which moment it was made; NULL: on demand
    time_column("since"),
    time_column("until"),
    Column("state", Text, nullable=False),  # waits, made
    Column("content", Text),  # JSON of domain.digests.Content
    Column("text", Text),
    time_column("created_at"),
    time_column("made_at", nullable=True),
    time_column("seen_at", nullable=True),
    UniqueConstraint("digest_id", "due_at"),  # the same moment is never told of twice
    Index("ix_digest_issues_recent", "digest_id", "created_at", "id"),
)

digest_words = Table(
    "digest_words",
    metadata,
    Column("issue_id", Text, ForeignKey("digest_issues.id", ondelete="CASCADE"), primary_key=True),
    Column("target", Text, primary_key=True),  # self, or the mark of a notify target
    Column("state", Text, nullable=False),  # waits, sending, told, failed, unknown
    Column("error", Text),
    time_column("at"),
)
