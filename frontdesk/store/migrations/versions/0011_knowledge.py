"""The page of its document on which a passage of the knowledge base begins."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the shape forward."""
    with op.batch_alter_table("knowledge", schema=None) as batch_op:
        batch_op.add_column(sa.Column("page", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Migrations only go forward: restore a backup to go back."""
    raise NotImplementedError("Migrations only go forward: restore a backup to go back.")
