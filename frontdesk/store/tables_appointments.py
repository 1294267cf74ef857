"""The tables of the calendar. That a seat is taken once only is the primary key of `appointment_cells`."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from frontdesk.store.tables_base import id_column, metadata, time_column

services = Table(
    "services",
    metadata,
    id_column(),
    Column("name", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("price", Text),
    Column("step", Integer, nullable=False),
    Column("before", Integer, nullable=False),
    Column("after", Integer, nullable=False),
    Column("notice", Integer, nullable=False),
    Column("ahead_days", Integer, nullable=False),
    Column("reminders", Text, nullable=False),  # JSON list of minutes before
    Column("template", Text),
    Column("language", Text, nullable=False),
    Column("directions", Text),
    Column("account_id", Text, ForeignKey("accounts.id")),  # NULL: offered on every line
    time_column("created_at"),
    time_column("retired_at", nullable=True),
)

resources = Table(
    "resources",
    metadata,
    id_column(),
    Column("name", Text, nullable=False),
    Column("zone", Text),  # NULL: the house's
    Column("seats", Integer, nullable=False),
    Column("account_id", Text, ForeignKey("accounts.id")),
    time_column("created_at"),
    time_column("retired_at", nullable=True),
)

service_resources = Table(
    "service_resources",
    metadata,
    Column("service_id", Text, ForeignKey("services.id"), primary_key=True),
    Column("resource_id", Text, ForeignKey("resources.id"), primary_key=True, index=True),
)

weekly_hours = Table(
    "weekly_hours",
    metadata,
    Column("resource_id", Text, ForeignKey("resources.id"), primary_key=True),
    Column("weekday", Integer, primary_key=True),  # 0: Monday
    Column("opens", Integer, primary_key=True),  # minutes of the local day
    Column("closes", Integer, nullable=False),
)

special_days = Table(
    "special_days",
    metadata,
    id_column(),
    Column("resource_id", Text, ForeignKey("resources.id"), index=True),  # NULL: everybody
    Column("day", Text, nullable=False, index=True),  # 2026-12-24, of the local calendar
    Column("open", Boolean, nullable=False),
    Column("opens", Integer, nullable=False),
    Column("closes", Integer, nullable=False),
    Column("note", Text),
)

appointments = Table(
    "appointments",
    metadata,
    id_column(),
    Column("service_id", Text, ForeignKey("services.id"), nullable=False),
    Column("resource_id", Text, ForeignKey("resources.id"), nullable=False),
    Column("seat", Integer, nullable=False),
    Column("account_id", Text),  # the line of the contact; NULL: of nobody who writes
    Column("contact_id", Text),
    Column("name", Text, nullable=False),
    Column("phone", Text),  # as it was given, of who does not write
    Column("note", Text),
    Column("state", Text, nullable=False),  # booked, cancelled, done, no_show
    time_column("start_at"),
    time_column("end_at"),
    time_column("kept_from"),  # with buffers
    time_column("kept_to"),
    Column("booked_by", Text, nullable=False),  # agent, api, import, sample, or an operator's id
    Column("changed_by", Text, nullable=False),
    Column("sequence", Integer, nullable=False),  # grows with each change that its calendar entry tells
    Column("idempotency_key", Text, unique=True),
    time_column("created_at"),
    time_column("timed_at"),  # when it got its present time: reminders that were due before are not sent
    time_column("changed_at"),
    Index("ix_appointments_resource", "resource_id", "start_at"),
    Index("ix_appointments_start", "start_at"),
    Index("ix_appointments_contact", "contact_id", "start_at"),
)

appointment_cells = Table(
    "appointment_cells",
    metadata,
    Column("resource_id", Text, ForeignKey("resources.id"), primary_key=True),
    Column("seat", Integer, primary_key=True),
    Column("cell", BigInteger, primary_key=True),  # five minutes of Unix time
    Column("appointment_id", Text, ForeignKey("appointments.id"), nullable=False, index=True),
)

appointment_reminders = Table(
    "appointment_reminders",
    metadata,
    Column("appointment_id", Text, ForeignKey("appointments.id"), primary_key=True),
    Column("start_at", BigInteger, primary_key=True),  # a new time is reminded of anew
    Column("minutes", Integer, primary_key=True),  # before the start
    time_column("at"),
)

calendar_feeds = Table(
    "calendar_feeds",
    metadata,
    id_column(),
    Column("name", Text, nullable=False),
    Column("resource_id", Text, ForeignKey("resources.id")),  # NULL: all of them
    Column("made_by", Text, nullable=False),
    time_column("created_at"),
    time_column("revoked_at", nullable=True),
)
