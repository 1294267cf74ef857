"""The table of what models were asked beside the answering of people, and what that cost."""

from sqlalchemy import BigInteger, Column, Integer, Table, Text

from frontdesk.store.tables_base import metadata

model_uses = Table(
    "model_uses",
    metadata,
    Column("day", Text, primary_key=True),  # YYYY-MM-DD, in the zone of the house
    Column("purpose", Text, primary_key=True),  # importance, ...
    Column("model", Text, primary_key=True),  # provider:model
    Column("calls", Integer, nullable=False),
    Column("tokens_in", BigInteger, nullable=False),
    Column("tokens_out", BigInteger, nullable=False),
)
