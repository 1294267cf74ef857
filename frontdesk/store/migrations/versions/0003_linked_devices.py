"""Linked devices: groups, vanishing messages, what came in too late, models chosen by place, lines that are given."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the shape forward."""
    op.create_table(
        "model_choices",
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=True),
        sa.Column("temperature", sa.Float(), nullable=True),
        sa.Column("max_tokens", sa.Integer(), nullable=True),
        sa.Column("base_url", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_model_choices")),
    )
    op.create_table(
        "groups",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_groups_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
    )
    op.create_table(
        "group_members",
        sa.Column("group_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("addresses", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("admin", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["group_id"], ["groups.id"], name=op.f("fk_group_members_group_id")),
        sa.PrimaryKeyConstraint("group_id", "position", name=op.f("pk_group_members")),
    )
    op.create_table(
        "told_words",
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_told_words_account_id")),
        sa.PrimaryKeyConstraint("target", "account_id", "word", name=op.f("pk_told_words")),
    )
    op.create_table(
        "merged_chats",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("chat_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merged_chats")),
    )
    op.create_index(op.f("ix_merged_chats_chat_id"), "merged_chats", ["chat_id"])
    with op.batch_alter_table("operators", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sees", sa.Text(), nullable=False, server_default="all"))
    op.create_table(
        "given_accounts",
        sa.Column("operator_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"], name=op.f("fk_given_accounts_operator_id")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_given_accounts_account_id")),
        sa.PrimaryKeyConstraint("operator_id", "account_id", name=op.f("pk_given_accounts")),
    )
    op.create_index(op.f("ix_given_accounts_account_id"), "given_accounts", ["account_id"])
    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.add_column(sa.Column("origin", sa.Text(), nullable=True))
    op.execute("UPDATE addresses SET origin = contact_id")
    with op.batch_alter_table("chats", schema=None) as batch_op:
        batch_op.add_column(sa.Column("missed_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("expires_after", sa.Integer(), nullable=True))
        batch_op.create_index(
            "ix_chats_missed",
            ["last_message_at", "id"],
            unique=False,
            sqlite_where=sa.text("missed_at IS NOT NULL"),
            postgresql_where=sa.text("missed_at IS NOT NULL"),
        )

    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.create_index(
            "ix_media_name",
            ["name"],
            unique=False,
            sqlite_where=sa.text("name IS NOT NULL"),
            postgresql_where=sa.text("name IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_media_sha256"), ["sha256"], unique=False)

    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("handed_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("vanishes_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("vanished_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("address", sa.Text(), nullable=True))
        batch_op.create_index(
            "ix_messages_media",
            ["media_id"],
            unique=False,
            sqlite_where=sa.text("media_id IS NOT NULL"),
            postgresql_where=sa.text("media_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_messages_open",
            ["chat_id"],
            unique=False,
            sqlite_where=sa.text("status IN ('sending', 'unknown')"),
            postgresql_where=sa.text("status IN ('sending', 'unknown')"),
        )
        batch_op.create_index(
            "ix_messages_vanishing",
            ["vanishes_at"],
            unique=False,
            sqlite_where=sa.text("vanishes_at IS NOT NULL"),
            postgresql_where=sa.text("vanishes_at IS NOT NULL"),
        )

    with op.batch_alter_table("waiting_receipts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("chat_id", sa.Text(), nullable=True))


def downgrade() -> None:
    """Migrations only go forward: restore a backup to go back."""
    raise NotImplementedError("Migrations only go forward: restore a backup to go back.")
