"""How Alembic reaches the database: by its address, or on a connection that was opened already."""

from alembic import context
from sqlalchemy import Connection, create_engine, text

from frontdesk.store.tables import metadata


def run(connection: Connection) -> None:
    """Bring it forward. What somebody else began, somebody else commits."""
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":  # of those that start together, one does it and the others wait
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('migrations', 0))"))
        context.run_migrations()


if (given := context.config.attributes.get("connection")) is not None:
    run(given)
else:
    engine = create_engine(context.config.attributes["url"])
    with engine.connect() as connection:
        run(connection)
    engine.dispose()
