"""The project's own tables of alerts: what a person is to be told of, and who was told already.

What belongs here: tables of schema `adm_sync` that alerts need. What does not: what is a problem
(`alerts.problems`).
"""

import sqlalchemy as sa

from adm_sync.database import import_tables
from adm_sync.database.operations import own_table
from adm_sync.database.states import News, ProblemKind
from adm_sync.database.tables import belongs_to, integer, moment, partial_index, text, word

# What Administrate refuses now, as its clients have met it: credentials, or a document.
api_faults = own_table(
    "api_faults",
    word("kind", ProblemKind),
    text("subject"),
    text("message"),
    moment("first_seen"),
    moment("last_seen"),
    sa.PrimaryKeyConstraint("kind", "subject"),
)

# One row for each problem that somebody is to be told of; what it is known by is kind and subject.
alerts = own_table(
    "alerts",
    word("kind", ProblemKind),
    text("subject"),
    text("sentence"),
    text("remedy"),
    text("page"),
    moment("since"),
    moment("opened_at"),
    moment("last_seen"),
    moment("recovered_at", nullable=True),
    partial_index("alerts_open", "kind", "subject", unique=True, where="recovered_at is null"),
)

# One row for each address that is to hear of it, and one more when it is put right. Whoever sends
# claims it first, by moving `due_at`; `message` says why the last try did not arrive.
alert_messages = own_table(
    "alert_messages",
    belongs_to("alert_id", alerts.c.id),
    text("address"),
    word("news", News),
    moment("due_at"),
    integer("attempts"),
    moment("sent_at", nullable=True),
    text("message"),
    sa.UniqueConstraint("alert_id", "address", "news"),
    partial_index("alert_messages_unsent", "due_at", where="sent_at is null"),
)

# The digests that somebody has taken on, by the time that they were due.
digests = own_table(
    "digests",
    sa.Column("due_at", sa.DateTime(timezone=True), primary_key=True),
    moment("claimed_at"),
)

# The files in the outbox that the project put there; what differs from its sum was changed by a
# person. Whoever mails one claims it first, by moving `due_at`.
answers = own_table(
    "answers",
    belongs_to("workbook_id", import_tables.workbooks.c.id, nullable=True),
    text("folder"),
    text("name"),
    text("sha256"),
    text("contact"),
    moment("put_at"),
    moment("due_at", nullable=True),
    integer("attempts"),
    text("message"),
    sa.UniqueConstraint("folder", "name"),
    sa.Index("answers_workbook_id", "workbook_id"),
    partial_index("answers_due", "due_at", where="due_at is not null"),
)

# Whom to mail what became of a workbook that was uploaded. `since` is when there was last something
# to say, `sign` what was said last.
upload_answers = own_table(
    "upload_answers",
    belongs_to("workbook_id", import_tables.workbooks.c.id),
    text("address"),
    moment("since"),
    moment("due_at", nullable=True),
    integer("attempts"),
    text("message"),
    text("sign"),
    moment("sent_at", nullable=True),
    sa.UniqueConstraint("workbook_id", "address"),
    partial_index("upload_answers_due", "due_at", where="due_at is not null"),
)
