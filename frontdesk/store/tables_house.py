"""The tables of the house itself: people at the desk, settings, work, and what the owner should know."""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, Table, Text, text

from frontdesk.store.tables_base import id_column, metadata, time_column

operators = Table(
    "operators",
    metadata,
    id_column(),
    Column("login", Text, nullable=False, unique=True),  # lower case
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),  # admin, operator, viewer
    Column("password_hash", Text),
    time_column("created_at"),
    time_column("disabled_at", nullable=True),
    Column("sees", Text, nullable=False, server_default="all"),  # all, given
    Column("told_from", Integer),  # importance from which on the browser tells; 6: of nothing; NULL: the house's
    Column("told_quiet", Text),  # 22:00-07:00; empty: never quiet; NULL: the house's
)

given_accounts = Table(  # which an operator sees beside their own
    "given_accounts",
    metadata,
    Column("operator_id", Text, ForeignKey("operators.id"), primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True, index=True),
)

sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("operator_id", Text, ForeignKey("operators.id")),  # NULL: the first-run set-up
    time_column("created_at"),
    time_column("expires_at"),
    time_column("used_at", nullable=True),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("operator_id", Text, ForeignKey("operators.id"), nullable=False),
    time_column("created_at"),
    time_column("expires_at"),
)

api_keys = Table(
    "api_keys",
    metadata,
    id_column(),
    Column("name", Text, nullable=False),
    Column("key_hash", Text, nullable=False, unique=True),
    Column("hint", Text, nullable=False),  # the first characters, for showing
    Column("scopes", Text, nullable=False),  # JSON list: read, write, admin
    time_column("created_at"),
    time_column("last_used_at", nullable=True),
    time_column("revoked_at", nullable=True),
)

personas = Table(
    "personas",
    metadata,
    Column("name", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("body", Text, nullable=False),  # JSON as in frontdesk.toml
    Column("from_file", Boolean, nullable=False),
    time_column("changed_at"),
)

model_choices = Table(
    "model_choices",
    metadata,
    Column("place", Text, primary_key=True),  # kind:value of an address, of a person, a group or a line of ours
    Column("model", Text),
    Column("temperature", Float),
    Column("max_tokens", Integer),
    Column("base_url", Text),
    time_column("changed_at"),
)

knowledge = Table(
    "knowledge",
    metadata,
    id_column(),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("source", Text, nullable=False, index=True),
    Column("sample", Boolean, nullable=False),  # of the sample business: told to no real person
    Column("page", Integer),  # of its source, where that has pages
    time_column("created_at"),
)

knowledge_gaps = Table(
    "knowledge_gaps",
    metadata,
    id_column(),
    Column("chat_id", Text),
    Column("question", Text, nullable=False, index=True),
    time_column("asked_at"),
    time_column("closed_at", nullable=True),
)

alerts = Table(
    "alerts",
    metadata,
    id_column(),
    Column("account_id", Text),
    Column("chat_id", Text),
    Column("kind", Text, nullable=False),
    Column("severe", Boolean, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("key", Text),  # alerts of one key that are not acknowledged are one alert
    time_column("raised_at"),
    time_column("last_at"),
    time_column("acknowledged_at", nullable=True),
    Index(
        "uq_alerts_open",
        "key",
        unique=True,
        sqlite_where=text("acknowledged_at IS NULL AND key IS NOT NULL"),
        postgresql_where=text("acknowledged_at IS NULL AND key IS NOT NULL"),
    ),
    Index(
        "ix_alerts_open",
        "chat_id",
        "id",
        sqlite_where=text("acknowledged_at IS NULL"),
        postgresql_where=text("acknowledged_at IS NULL"),
    ),
)

notices = Table(
    "notices",
    metadata,
    id_column(),
    Column("account_id", Text),
    Column("field", Text, nullable=False),
    Column("content", Text, nullable=False),
    time_column("received_at"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    id_column(),
    Column("channel", Text, nullable=False),
    Column("account_id", Text),
    Column("line_ref", Text),
    Column("reason", Text, nullable=False),
    Column("raw", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),  # of all that makes it this letter: it is kept once
    Column("messages", Integer, nullable=False),  # how many messages of the ledger it stands for
    Column("count", Integer, nullable=False),  # how often it came
    time_column("received_at"),
    time_column("last_at"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("account_id", Text, primary_key=True),  # `-` where no account is known
    Column("entry", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
)

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),  # small facts of the installation: last start, demo loaded, ...
    Column("value", Text, nullable=False),
    Column("number", Float),
)

told_words = Table(
    "told_words",
    metadata,
    Column("target", Text, primary_key=True),  # a mark: the address is a secret
    Column("account_id", Text, ForeignKey("accounts.id"), primary_key=True),
    Column("word", Text, primary_key=True),
    time_column("at"),
    Column("told", Boolean, nullable=False),  # False: tried, and the target was away
)


def _on_postgresql(name: str, *columns: str, where: str) -> Index:
    """An index that SQLite has no use for."""
    index = Index(name, *columns, postgresql_where=text(where), info={"only": "postgresql"})
    return index.ddl_if(dialect="postgresql")


_UNSENT = "state <> 'failed' AND claimed_by IS NULL AND sent_at IS NULL"

jobs = Table(
    "jobs",
    metadata,
    id_column(),
    Column("kind", Text, nullable=False),
    Column("key", Text),
    Column("lock", Text),
    Column("queue", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("state", Text, nullable=False),  # queued, running, failed
    Column("payload", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("claimed_by", Text),
    time_column("due_at"),
    time_column("first_at"),  # when the burst began that this job gathers
    time_column("lease_until", nullable=True),
    time_column("sent_at", nullable=True),  # when its id was last given to the broker, where there is one
    Column("sends", Integer, nullable=False, server_default="0"),  # how often, since it waits
    Index(
        "uq_jobs_key",
        "key",
        unique=True,
        sqlite_where=text("state = 'queued' AND key IS NOT NULL"),
        postgresql_where=text("state = 'queued' AND key IS NOT NULL"),
    ),
    Index(
        "uq_jobs_lock",
        "lock",
        unique=True,
        sqlite_where=text("state = 'running' AND lock IS NOT NULL"),
        postgresql_where=text("state = 'running' AND lock IS NOT NULL"),
    ),
    Index(
        "ix_jobs_due",
        "due_at",
        "priority",
        sqlite_where=text("state = 'queued'"),
        postgresql_where=text("state = 'queued' AND due_at > 0"),  # else it is taken for finding keys in a short queue
    ),
    # For dispatchers, and for whoever finds a process dead; `sending.py` says why the first is worded so.
    _on_postgresql("ix_jobs_unsent", "kind", "due_at", where=_UNSENT),
    _on_postgresql("ix_jobs_sent", "sent_at", where="state = 'queued' AND sent_at IS NOT NULL"),
    _on_postgresql("ix_jobs_running", "claimed_by", where="state = 'running' AND claimed_by IS NOT NULL"),
)

processes = Table(  # of the house that run now, where there are several; times are the database's own
    "processes",
    metadata,
    id_column(),  # as in `jobs.claimed_by` and `leases.owner`
    Column("role", Text, nullable=False),  # web, worker, beat, lines
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("version", Text, nullable=False),
    Column("says", Text, nullable=False, server_default="{}"),  # JSON of what it tells of itself
    time_column("started_at"),
    time_column("seen_at"),
)

leases = Table(  # what only one process may hold at a time, until then by the database's clock
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    time_column("until"),
)

changes = Table(  # notes that something has changed of which every process keeps a copy
    "changes",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),  # given by the database
    Column("kind", Text, nullable=False),
    Column("about", Text),
)

tries = Table(  # of those who guess passwords
    "tries",
    metadata,
    Column("key", Text, primary_key=True),  # a hash of who guesses, or of what is guessed at
    Column("count", Integer, nullable=False),
    time_column("last_at"),
)

outages = Table(  # lines on which nothing gets out
    "outages",
    metadata,
    Column("account_id", Text, primary_key=True),
    time_column("since"),
    time_column("last_at"),
    Column("why", Text, nullable=False),
    Column("given_up", Integer, nullable=False),
)
