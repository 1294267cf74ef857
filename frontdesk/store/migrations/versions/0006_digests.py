"""Digests."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the shape forward."""
    op.create_table(
        "digests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("schedule", sa.Text(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("ways", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("covered_to", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_digests_operator_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digests")),
    )
    op.create_index(op.f("ix_digests_operator_id"), "digests", ["operator_id"])
    due = sa.text("next_at IS NOT NULL")
    op.create_index("ix_digests_next", "digests", ["next_at"], sqlite_where=due, postgresql_where=due)
    op.create_table(
        "digest_issues",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("digest_id", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["digest_id"], ["digests.id"], name=op.f("fk_digest_issues_digest_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_issues")),
        sa.UniqueConstraint("digest_id", "due_at", name=op.f("uq_digest_issues_digest_id_due_at")),
    )
    op.create_index("ix_digest_issues_recent", "digest_issues", ["digest_id", "created_at", "id"])
    op.create_table(
        "digest_words",
        sa.Column("issue_id", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["digest_issues.id"], name=op.f("fk_digest_words_issue_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("issue_id", "target", name=op.f("pk_digest_words")),
    )
    op.create_index("ix_messages_created", "messages", ["created_at"])


def downgrade() -> None:
    """Migrations only go forward: restore a backup to go back."""
    raise NotImplementedError("Migrations only go forward: restore a backup to go back.")
