"""Retention: a thread that goes is looked for among the turns."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the shape forward."""
    op.create_index("ix_turns_thread_id", "turns", ["thread_id"], unique=False)


def downgrade() -> None:
    """Migrations only go forward: restore a backup to go back."""
    raise NotImplementedError("Migrations only go forward: restore a backup to go back.")
