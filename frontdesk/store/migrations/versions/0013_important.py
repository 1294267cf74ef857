"""Messages that matter are found without a walk."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the shape forward."""
    matters = sa.text("importance >= 4")
    op.create_index(
        "ix_messages_important", "messages", ["created_at", "id"], sqlite_where=matters, postgresql_where=matters
    )


def downgrade() -> None:
    """Migrations only go forward: restore a backup to go back."""
    raise NotImplementedError("Migrations only go forward: restore a backup to go back.")
