"""The tutorial side: the company's own tables, and the people in `public.auth_user`.

What belongs here: the tables of the tutorial application that this project reads, exactly as they
stand. What does not: bridge tables, or tables of the project's own. A sync never writes to these.
"""

import sqlalchemy as sa

from adm_sync.database.tables import flag, foreign_key, identity, integer, metadata, moment, text

SCHEMA = "acted"

auth_user = sa.Table(
    "auth_user",
    metadata,
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

tutorial_course_templates = sa.Table(
    "tutorial_course_templates",
    metadata,
    identity(),
    text("code", 50),
    text("title", 255),
    text("description"),
    flag("is_active"),
    moment("created_at"),
    moment("updated_at"),
    sa.UniqueConstraint("code"),
    schema=SCHEMA,
)

tutorial_locations = sa.Table(
    "tutorial_locations",
    metadata,
    identity(),
    text("name", 255),
    text("code", 50),
    flag("is_active"),
    moment("created_at"),
    moment("updated_at"),
    schema=SCHEMA,
)

tutorial_venues = sa.Table(
    "tutorial_venues",
    metadata,
    identity(),
    text("name", 255),
    text("description"),
    moment("created_at"),
    moment("updated_at"),
    foreign_key("location_id", tutorial_locations.c.id, nullable=True),
    schema=SCHEMA,
)

staff = sa.Table(
    "staff",
    metadata,
    identity(),
    moment("created_at"),
    moment("updated_at"),
    foreign_key("user_id", auth_user.c.id),
    sa.UniqueConstraint("user_id"),
    schema=SCHEMA,
)

tutorial_instructors = sa.Table(
    "tutorial_instructors",
    metadata,
    identity(),
    flag("is_active"),
    moment("created_at"),
    moment("updated_at"),
    foreign_key("staff_id", staff.c.id, nullable=True),
    sa.UniqueConstraint("staff_id"),
    schema=SCHEMA,
)

catalog_subjects = sa.Table(
    "catalog_subjects",
    metadata,
    identity(),
    text("code", 10),
    text("description", nullable=True),
    flag("active"),
    moment("created_at"),
    moment("updated_at"),
    sa.UniqueConstraint("code"),
    schema=SCHEMA,
)

catalog_exam_sessions = sa.Table(
    "catalog_exam_sessions",
    metadata,
    identity(),
    text("session_code", 50),
    moment("start_date"),
    moment("end_date"),
    moment("create_date"),
    moment("modified_date"),
    schema=SCHEMA,
)

catalog_exam_session_subjects = sa.Table(
    "catalog_exam_session_subjects",
    metadata,
    identity(),
    flag("is_active"),
    moment("created_at"),
    moment("updated_at"),
    foreign_key("exam_session_id", catalog_exam_sessions.c.id),
    foreign_key("subject_id", catalog_subjects.c.id),
    sa.UniqueConstraint("exam_session_id", "subject_id"),
    schema=SCHEMA,
)

catalog_products = sa.Table(
    "catalog_products",
    metadata,
    identity(),
    text("fullname", 255),
    text("shortname", 100),
    text("description", nullable=True),
    text("code", 10),
    moment("created_at"),
    moment("updated_at"),
    flag("is_active"),
    flag("buy_both"),
    schema=SCHEMA,
)

catalog_product_variations = sa.Table(
    "catalog_product_variations",
    metadata,
    identity(),
    text("variation_type", 32),
    text("name", 64),
    text("description", nullable=True),
    text("description_short", 255, nullable=True),
    text("code", 50, nullable=True),
    sa.UniqueConstraint("code"),
    sa.UniqueConstraint("variation_type", "name"),
    schema=SCHEMA,
)

catalog_product_product_variations = sa.Table(
    "catalog_product_product_variations",
    metadata,
    identity(),
    foreign_key("product_id", catalog_products.c.id),
    foreign_key("product_variation_id", catalog_product_variations.c.id),
    sa.UniqueConstraint("product_id", "product_variation_id"),
    schema=SCHEMA,
)

products = sa.Table(
    "products",
    metadata,
    identity(),
    text("product_code", 64),
    flag("is_active"),
    moment("created_at"),
    moment("updated_at"),
    foreign_key("exam_session_subject_id", catalog_exam_session_subjects.c.id),
    foreign_key("product_product_variation_id", catalog_product_product_variations.c.id),
    sa.UniqueConstraint("exam_session_subject_id", "product_product_variation_id"),
    sa.UniqueConstraint("product_code"),
    schema=SCHEMA,
)

tutorial_events = sa.Table(
    "tutorial_events",
    metadata,
    identity(),
    text("code", 100),
    flag("is_soldout"),
    sa.Column("finalisation_date", sa.Date, nullable=True),
    integer("remain_space"),
    sa.Column("start_date", sa.Date, nullable=False),
    sa.Column("end_date", sa.Date, nullable=False),
    moment("created_at"),
    moment("updated_at"),
    foreign_key("product_id", products.c.id),
    foreign_key("location_id", tutorial_locations.c.id, nullable=True),
    foreign_key("venue_id", tutorial_venues.c.id, nullable=True, on_delete="SET NULL"),
    sa.UniqueConstraint("code"),
    schema=SCHEMA,
)

tutorial_sessions = sa.Table(
    "tutorial_sessions",
    metadata,
    identity(),
    text("title", 255),
    text("location", 255, nullable=True),
    text("venue", 255, nullable=True),
    moment("start_date"),
    moment("end_date"),
    integer("sequence"),
    text("url", 500, nullable=True),
    moment("created_at"),
    moment("updated_at"),
    foreign_key("tutorial_event_id", tutorial_events.c.id),
    foreign_key("venue_id", tutorial_venues.c.id, nullable=True, on_delete="SET NULL"),
    foreign_key("location_id", tutorial_locations.c.id, nullable=True, on_delete="SET NULL"),
    sa.UniqueConstraint("tutorial_event_id", "sequence"),
    sa.CheckConstraint("sequence >= 0"),
    schema=SCHEMA,
)

tutorial_session_instructors = sa.Table(
    "tutorial_session_instructors",
    metadata,
    identity(),
    foreign_key("tutorialsessions_id", tutorial_sessions.c.id),
    foreign_key("tutorialinstructor_id", tutorial_instructors.c.id),
    sa.UniqueConstraint("tutorialsessions_id", "tutorialinstructor_id"),
    schema=SCHEMA,
)
