"""The tutorial side: the company's own tables, and the people in `public.auth_user`.

What belongs here: the tables of the tutorial application that this project reads, exactly as they
stand. What does not: bridge tables, or tables of the project's own. A sync never writes to these.
"""

from functools import partial

import sqlalchemy as sa

from adm_sync.database.tables import flag, foreign_key, integer, moment, stamps, table, text

SCHEMA = "acted"
_table = partial(table, schema=SCHEMA)

auth_user = table(
    "auth_user",
    sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
    text("password", 128),
    moment("last_login", nullable=True),
    flag("is_superuser"),
    text("username", 150),
    text("first_name", 150),
    text("last_name", 150),
    text("email", 254),
    flag("is_staff"),
    flag("is_active"),
    moment("date_joined"),
    sa.UniqueConstraint("username"),
    schema="public",
)

tutorial_course_templates = _table(
    "tutorial_course_templates",
    text("code", 50),
    text("title", 255),
    text("description"),
    flag("is_active"),
    *stamps(),
    sa.UniqueConstraint("code"),
)

tutorial_locations = _table(
    "tutorial_locations", text("name", 255), text("code", 50), flag("is_active"), *stamps()
)

tutorial_venues = _table(
    "tutorial_venues",
    text("name", 255),
    text("description"),
    *stamps(),
    foreign_key("location_id", tutorial_locations.c.id, nullable=True),
)

staff = _table(
    "staff", *stamps(), foreign_key("user_id", auth_user.c.id), sa.UniqueConstraint("user_id")
)

tutorial_instructors = _table(
    "tutorial_instructors",
    flag("is_active"),
    *stamps(),
    foreign_key("staff_id", staff.c.id, nullable=True),
    sa.UniqueConstraint("staff_id"),
)

catalog_subjects = _table(
    "catalog_subjects",
    text("code", 10),
    text("description", nullable=True),
    flag("active"),
    *stamps(),
    sa.UniqueConstraint("code"),
)

catalog_exam_sessions = _table(
    "catalog_exam_sessions",
    text("session_code", 50),
    moment("start_date"),
    moment("end_date"),
    moment("create_date"),
    moment("modified_date"),
)

catalog_exam_session_subjects = _table(
    "catalog_exam_session_subjects",
    flag("is_active"),
    *stamps(),
    foreign_key("exam_session_id", catalog_exam_sessions.c.id),
    foreign_key("subject_id", catalog_subjects.c.id),
    sa.UniqueConstraint("exam_session_id", "subject_id"),
)

catalog_products = _table(
    "catalog_products",
    text("fullname", 255),
    text("shortname", 100),
    text("description", nullable=True),
    text("code", 10),
    *stamps(),
    flag("is_active"),
    flag("buy_both"),
)

catalog_product_variations = _table(
    "catalog_product_variations",
    text("variation_type", 32),
    text("name", 64),
    text("description", nullable=True),
    text("description_short", 255, nullable=True),
    text("code", 50, nullable=True),
    sa.UniqueConstraint("code"),
    sa.UniqueConstraint("variation_type", "name"),
)

catalog_product_product_variations = _table(
    "catalog_product_product_variations",
    foreign_key("product_id", catalog_products.c.id),
    foreign_key("product_variation_id", catalog_product_variations.c.id),
    sa.UniqueConstraint("product_id", "product_variation_id"),
)

products = _table(
    "products",
    text("product_code", 64),
    flag("is_active"),
    *stamps(),
    foreign_key("exam_session_subject_id", catalog_exam_session_subjects.c.id),
    foreign_key("product_product_variation_id", catalog_product_product_variations.c.id),
    sa.UniqueConstraint("exam_session_subject_id", "product_product_variation_id"),
    sa.UniqueConstraint("product_code"),
)

tutorial_events = _table(
    "tutorial_events",
    text("code", 100),
    flag("is_soldout"),
    sa.Column("finalisation_date", sa.Date, nullable=True),
    integer("remain_space"),
    sa.Column("start_date", sa.Date, nullable=False),
    sa.Column("end_date", sa.Date, nullable=False),
    *stamps(),
    foreign_key("product_id", products.c.id),
    foreign_key("location_id", tutorial_locations.c.id, nullable=True),
    foreign_key("venue_id", tutorial_venues.c.id, nullable=True, on_delete="SET NULL"),
    sa.UniqueConstraint("code"),
)

tutorial_sessions = _table(
    "tutorial_sessions",
    text("title", 255),
    text("location", 255, nullable=True),
    text("venue", 255, nullable=True),
    moment("start_date"),
    moment("end_date"),
    integer("sequence"),
    text("url", 500, nullable=True),
    *stamps(),
    foreign_key("tutorial_event_id", tutorial_events.c.id),
    foreign_key("venue_id", tutorial_venues.c.id, nullable=True, on_delete="SET NULL"),
    foreign_key("location_id", tutorial_locations.c.id, nullable=True, on_delete="SET NULL"),
    sa.UniqueConstraint("tutorial_event_id", "sequence"),
    sa.CheckConstraint("sequence >= 0"),
)

tutorial_session_instructors = _table(
    "tutorial_session_instructors",
    foreign_key("tutorialsessions_id", tutorial_sessions.c.id),
    foreign_key("tutorialinstructor_id", tutorial_instructors.c.id),
    sa.UniqueConstraint("tutorialsessions_id", "tutorialinstructor_id"),
)
