"""The bridge tables: each joins a tutorial record with an Administrate record.

What belongs here: the tables of schema `adm`, as they stand after the project's own migrations.
What does not: tables of the project's own.

`events` and `sessions` are written out in full. Later versions of the tutorial application drop
all their metadata columns: `THIN_COLUMNS` is what may be counted on.
"""

from functools import partial

import sqlalchemy as sa

from adm_sync.database import acted
from adm_sync.database.tables import (
    JSON_VALUE,
    flag,
    foreign_key,
    integer,
    moment,
    stamps,
    table,
    text,
)

SCHEMA = "adm"
_table = partial(table, schema=SCHEMA)

api_audit_log = _table(
    "api_audit_log",
    text("command", 100),
    text("operation", 50),
    text("graphql_query"),
    sa.Column("variables", JSON_VALUE, nullable=False),
    sa.Column("response_body", JSON_VALUE, nullable=True),
    integer("status_code", nullable=True),
    flag("success"),
    text("error_message"),
    moment("started_at"),
    moment("completed_at"),
    integer("duration_ms", nullable=True),
    text("entity_type", 50),
    text("entity_id", 255),
    integer("records_processed"),
)

# external_id is not unique here: the key is (entity_type, external_id).
custom_fields = _table(
    "custom_fields",
    text("external_id", 255),
    text("label", 255),
    text("field_type", 50),
    text("description", nullable=True),
    flag("is_required"),
    sa.Column("roles", JSON_VALUE, nullable=True),
    text("entity_type", 50),
    moment("last_synced"),
)

pricelevels = _table(
    "pricelevels",
    text("external_id", 255),
    text("name", 255),
    text("description", nullable=True),
    moment("last_synced"),
    sa.UniqueConstraint("external_id"),
)

locations = _table(
    "locations",
    text("external_id", 255),
    text("legacy_id", 255, nullable=True),
    *stamps(),
    foreign_key("tutorial_location_id", acted.tutorial_locations.c.id, nullable=True),
    sa.UniqueConstraint("external_id"),
)

# location_id holds an external id, not a bigint id.
venues = _table(
    "venues",
    text("external_id", 255),
    *stamps(),
    foreign_key("location_id", locations.c.external_id, nullable=True),
    foreign_key("tutorial_venue_id", acted.tutorial_venues.c.id, nullable=True),
    sa.UniqueConstraint("external_id"),
)

instructors = _table(
    "instructors",
    text("external_id", 255),
    text("legacy_id", 255, nullable=True),
    flag("is_active"),
    *stamps(),
    moment("last_synced"),
    foreign_key("tutorial_instructor_id", acted.tutorial_instructors.c.id, nullable=True),
    sa.UniqueConstraint("external_id"),
)

course_templates = _table(
    "course_templates",
    text("external_id", 50),
    text("event_learning_mode", 20, nullable=True),
    sa.Column("custom_fields", JSON_VALUE, nullable=False),
    *stamps(),
    foreign_key("tutorial_course_template_id", acted.tutorial_course_templates.c.id, nullable=True),
    sa.UniqueConstraint("external_id"),
)

course_template_price_levels = _table(
    "course_template_price_levels",
    text("external_id", 255),
    sa.Column("amount", sa.Numeric(10, 2), nullable=False),
    moment("last_synced"),
    *stamps(),
    foreign_key("course_template_id", course_templates.c.id),
    foreign_key("price_level_id", pricelevels.c.id),
    sa.UniqueConstraint("course_template_id", "price_level_id"),
    sa.UniqueConstraint("external_id"),
)

events = _table(
    "events",
    text("external_id", 50, nullable=True),
    text("title", 255),
    text("session_title", 255),
    text("learning_mode", 20),
    text("tutorial_category", 20),
    text("administrator", 255),
    integer("max_places"),
    integer("min_places"),
    moment("registration_deadline", nullable=True),
    moment("lms_start_date", nullable=True),
    moment("lms_end_date", nullable=True),
    text("access_duration", 100),
    text("event_url", 500),
    text("virtual_classroom", 255),
    text("lifecycle_state", 20),
    flag("sold_out"),
    flag("cancelled"),
    flag("web_sale"),
    text("sitting", 50),
    moment("finalisation_date", nullable=True),
    text("ocr_moodle_code", 100),
    text("sage_code", 100),
    flag("recordings"),
    text("recording_pin", 50),
    text("extra_information"),
    text("tutors", 255),
    text("timezone", 50),
    *stamps(),
    foreign_key("course_template_id", course_templates.c.id),
    foreign_key("location_id", locations.c.id),
    foreign_key("primary_instructor_id", instructors.c.id, nullable=True),
    foreign_key("tutorial_event_id", acted.tutorial_events.c.id, nullable=True),
    foreign_key("venue_id", venues.c.id, nullable=True),
    sa.UniqueConstraint("external_id"),
    sa.CheckConstraint("max_places >= 0"),
    sa.CheckConstraint("min_places >= 0"),
)

sessions = _table(
    "sessions",
    text("title", 255),
    integer("day_number"),
    sa.Column("classroom_start_date", sa.Date, nullable=False),
    sa.Column("classroom_start_time", sa.Time, nullable=False),
    sa.Column("classroom_end_date", sa.Date, nullable=False),
    sa.Column("classroom_end_time", sa.Time, nullable=False),
    text("session_url", 500),
    flag("cancelled"),
    *stamps(),
    foreign_key("event_id", events.c.id),
    foreign_key("session_instructor_id", instructors.c.id, nullable=True),
    text("external_id", 50, nullable=True),
    foreign_key("tutorial_session_id", acted.tutorial_sessions.c.id, nullable=True),
    sa.UniqueConstraint("event_id", "day_number"),
    sa.UniqueConstraint("external_id"),
    sa.CheckConstraint("day_number >= 0"),
)

THIN_COLUMNS = {
    events: ("id", "external_id", "tutorial_event_id", "created_at", "updated_at"),
    sessions: ("id", "external_id", "tutorial_session_id", "created_at", "updated_at"),
}
