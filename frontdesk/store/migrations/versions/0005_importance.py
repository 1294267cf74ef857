"""How much each message matters, and what models were asked for it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the shape forward. What was stored before is not scored."""
    op.create_table(
        "model_uses",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("tokens_in", sa.BigInteger(), nullable=False),
        sa.Column("tokens_out", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "purpose", "model", name=op.f("pk_model_uses")),
    )
    for name, kind in (("importance", sa.Integer()), ("importance_reason", sa.Text()), ("importance_by", sa.Text())):
        op.add_column("messages", sa.Column(name, kind, nullable=True))
    waits = sa.text("importance = 0")
    op.create_index(
        "ix_messages_unscored", "messages", ["id"], unique=False, sqlite_where=waits, postgresql_where=waits
    )


def downgrade() -> None:
    """Migrations only go forward: restore a backup to go back."""
    raise NotImplementedError("Migrations only go forward: restore a backup to go back.")
