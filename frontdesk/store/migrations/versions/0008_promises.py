"""Promises become reminders."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_reminders_chat_open", ["chat_id", "remind_at"], "state = 'open'"),
    ("ix_reminders_untold", ["remind_at"], "state = 'open' AND reminded_at IS NULL"),
    ("ix_reminders_open", ["remind_at", "id"], "state = 'open'"),
    ("ix_reminders_settled", ["settled_at", "id"], "state <> 'open'"),
)


def upgrade() -> None:
    """Bring the shape forward."""
    op.create_table(
        "reminders",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("timed", sa.Boolean(), nullable=False),
        sa.Column("remind_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("touched", sa.Boolean(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("operator_id", sa.Text(), nullable=True),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("reminded_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_reminders_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminders")),
        sa.UniqueConstraint("message_id", "place", name=op.f("uq_reminders_message_id_place")),
    )
    op.create_index("ix_reminders_chat", "reminders", ["chat_id", "id"])
    for name, columns, condition in _INDEXES:
        held = sa.text(condition)
        op.create_index(name, "reminders", columns, sqlite_where=held, postgresql_where=held)
    op.add_column("messages", sa.Column("promises", sa.Text(), nullable=True))
    unread = sa.text("promises = 'unread'")
    op.create_index("ix_messages_promises", "messages", ["id"], sqlite_where=unread, postgresql_where=unread)


def downgrade() -> None:
    """Migrations only go forward: restore a backup to go back."""
    raise NotImplementedError("Migrations only go forward: restore a backup to go back.")
