"""Several processes: who runs, who holds what, and what the broker was given."""

import sqlalchemy as sa
from alembic import op

# Tables of which a few rows change all the time: room beside each row for its next version, and vacuum that comes by
# the number of dead rows, not by their share.
ROOMY = "fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500"
STORAGE = {
    "accounts": ROOMY,
    "leases": ROOMY,
    "ledger": ROOMY,
    "processes": ROOMY,
    "jobs": "autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0",
    "chats": "fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05",
    "messages": "autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_scale_factor = 0.05, "
    "autovacuum_analyze_scale_factor = 0.02",
}

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the shape forward."""
    op.create_table(
        "processes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("says", sa.Text(), server_default="{}", nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processes")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "changes",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_changes")),
    )
    op.create_table(
        "tries",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_tries")),
    )
    op.create_table(
        "outages",
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("given_up", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_outages")),
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("shown", sa.Text(), nullable=True))
    with op.batch_alter_table("jobs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("sent_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("sends", sa.Integer(), server_default="0", nullable=False))
    op.drop_index("ix_messages_outbound", "messages")  # their key by external id finds them as well
    op.drop_index("ix_turns_running", "turns")
    for name, table, column, condition in (
        ("ix_turns_running", "turns", "chat_id", "state = 'running'"),
        ("ix_chats_unassigned", "chats", "account_id", "assigned_to IS NULL AND state <> 'resolved'"),
    ):
        held = sa.text(condition)
        op.create_index(name, table, [column], unique=False, sqlite_where=held, postgresql_where=held)
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_jobs_due", "jobs")
        for name, columns, where in (
            ("ix_jobs_unsent", ["kind", "due_at"], "state <> 'failed' AND claimed_by IS NULL AND sent_at IS NULL"),
            ("ix_jobs_sent", ["sent_at"], "state = 'queued' AND sent_at IS NOT NULL"),
            ("ix_jobs_running", ["claimed_by"], "state = 'running' AND claimed_by IS NOT NULL"),
            ("ix_jobs_due", ["due_at", "priority"], "state = 'queued' AND due_at > 0"),
        ):
            op.create_index(name, "jobs", columns, unique=False, postgresql_where=sa.text(where))
        for name, settings in STORAGE.items():
            op.execute(f"ALTER TABLE {name} SET ({settings})")


def downgrade() -> None:
    """Migrations only go forward: restore a backup to go back."""
    raise NotImplementedError("Migrations only go forward: restore a backup to go back.")
