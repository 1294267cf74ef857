"""What each operator wants to be told of in the browser."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the shape forward."""
    op.add_column("operators", sa.Column("told_from", sa.Integer(), nullable=True))
    op.add_column("operators", sa.Column("told_quiet", sa.Text(), nullable=True))


def downgrade() -> None:
    """Migrations only go forward: restore a backup to go back."""
    raise NotImplementedError("Migrations only go forward: restore a backup to go back.")
