"""The project's own tables of the import: workbooks, what they brought, and what is to be pushed.

What belongs here: tables of schema `adm_sync` that the import needs. What does not: those of the
reference sync (`operations`). An event is known by (course template, folded title, start), which
the tutorial application's own tables do not hold.
"""

import sqlalchemy as sa

from adm_sync.database import acted, adm
from adm_sync.database.operations import own_table
from adm_sync.database.states import GroupOutcome, ImportStatus, InboxState, StepKind, StepState
from adm_sync.database.tables import (
    JSON_VALUE,
    belongs_to,
    flag,
    integer,
    moment,
    partial_index,
    text,
    word,
)


def _outside(name: str, target: sa.Column[int]) -> sa.Column[object]:
    """A row of the tutorial application's or of a bridge table; forgotten when that is deleted."""
    return belongs_to(name, target, nullable=True, on_delete="SET NULL")


# `content` is what the file held, so that an import can be run again after it has gone.
workbooks = own_table(
    "workbooks",
    text("partition"),
    text("file_name"),
    text("sha256"),
    sa.Column("content", sa.LargeBinary, nullable=False),
    text("sheet", nullable=True),
    text("source"),
    moment("received_at"),
    # The state that Dagster's checks showed last; null if none was ever evaluated.
    text("shown", nullable=True),
    # Who handed it in; null if nobody knows, as of one that lay in the inbox.
    text("sender", nullable=True),
    sa.UniqueConstraint("partition"),
    sa.Index("workbooks_sha256", "sha256"),
)

# One row for each time that a workbook was imported; the latest is what holds.
imports = own_table(
    "imports",
    belongs_to("workbook_id", workbooks.c.id),
    text("dagster_run_id", nullable=True),
    text("who"),
    word("status", ImportStatus),
    moment("started_at"),
    moment("finished_at", nullable=True),
    sa.Column("summary", JSON_VALUE, nullable=False),
    text("message"),
    # When it had noted what is to become of each event group.
    moment("checked_at", nullable=True),
    # How it may change events that are known; null if it may not.
    sa.Column("update_options", JSON_VALUE, nullable=True),
    # What the problem is known by that it failed by, if that is one of Administrate as a whole.
    text("cause", nullable=True),
    sa.Index("imports_workbook_id", "workbook_id", "id"),
    sa.Index("imports_dagster_run_id", "dagster_run_id"),
)

# The findings of the latest check of a workbook, in order.
findings = own_table(
    "findings",
    belongs_to("workbook_id", workbooks.c.id),
    text("severity"),
    text("code"),
    text("message"),
    text("sheet", nullable=True),
    sa.Column("row", sa.Integer, nullable=True),
    sa.Column("column", sa.Text, nullable=True),
    text("header", nullable=True),
    text("value", nullable=True),
    text("suggestion", nullable=True),
    sa.Index("findings_workbook_id", "workbook_id", "id"),
)

# The latest dry run of a workbook that is kept; its findings are the workbook's. `result` is what
# `--json` prints of it, `differences` from the plan that was agreed to before among it.
dry_runs = own_table(
    "dry_runs",
    sa.Column(
        "workbook_id",
        sa.BigInteger,
        sa.ForeignKey(workbooks.c.id, ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    text("who"),
    moment("started_at"),
    moment("finished_at", nullable=True),
    sa.Column("update_options", JSON_VALUE, nullable=True),
    text("status", nullable=True),
    text("fingerprint", nullable=True),
    sa.Column("result", JSON_VALUE, nullable=True),
    text("message"),
)

# An event that a workbook brought. `recorded` is what was written, for comparison. The lease says
# which process is pushing its steps; it holds while that process lives and until it expires.
events = own_table(
    "events",
    belongs_to("workbook_id", workbooks.c.id),
    _outside("tutorial_event_id", acted.tutorial_events.c.id),
    _outside("adm_event_id", adm.events.c.id),
    sa.Column("tutorial_course_template_id", sa.BigInteger, nullable=False),
    text("template_external_id"),
    text("title"),
    text("title_key"),
    moment("starts_at"),
    text("learning_mode"),
    text("sitting"),
    text("external_id", nullable=True),
    flag("made_tutorial_event"),
    flag("adopted"),
    sa.Column("recorded", JSON_VALUE, nullable=False),
    moment("recorded_at"),
    text("lease_holder", nullable=True),
    moment("lease_until", nullable=True),
    moment("undone_at", nullable=True),
    # Every Administrate event that is this one, if there is more than one of them; the one that is
    # left, if it is not the linked one.
    sa.Column("doubled", sa.ARRAY(sa.Text), nullable=False),
    # What workbooks say that a person has decided against, by the names of values.
    sa.Column("overruled", JSON_VALUE, nullable=True),
    # Every Administrate event of which a person was asked whether it is this one.
    sa.Column("asked_about", sa.ARRAY(sa.Text), nullable=False),
    # Who imported it, and who took that back; null where that was not kept yet.
    text("who", nullable=True),
    text("undone_by", nullable=True),
    partial_index(
        "events_key",
        "tutorial_course_template_id",
        "title_key",
        "starts_at",
        unique=True,
        where="undone_at is null",
    ),
    sa.Index("events_workbook_id", "workbook_id", "id"),
    sa.Index("events_title_key", "title_key"),
    sa.Index("events_tutorial_event_id", "tutorial_event_id"),
    sa.Index("events_adm_event_id", "adm_event_id"),
    sa.Index("events_external_id", "external_id"),
    partial_index(
        "events_template_start", "template_external_id", "starts_at", where="undone_at is null"
    ),
    partial_index("events_sitting", "sitting", "starts_at", where="undone_at is null"),
)

event_sessions = own_table(
    "event_sessions",
    belongs_to("event_id", events.c.id),
    integer("day"),
    _outside("tutorial_session_id", acted.tutorial_sessions.c.id),
    _outside("adm_session_id", adm.sessions.c.id),
    text("title"),
    text("external_id", nullable=True),
    sa.Column("recorded", JSON_VALUE, nullable=False),
    sa.Column("overruled", JSON_VALUE, nullable=True),
    # When an import removed it on both sides.
    moment("removed_at", nullable=True),
    partial_index(
        "event_sessions_event_id_day_key",
        "event_id",
        "day",
        unique=True,
        where="removed_at is null",
    ),
    sa.Index("event_sessions_event_id", "event_id"),
    sa.Index("event_sessions_tutorial_session_id", "tutorial_session_id"),
    sa.Index("event_sessions_adm_session_id", "adm_session_id"),
)

# What became of each event group of a workbook in its latest import; `rows` are Excel's numbers.
event_groups = own_table(
    "event_groups",
    belongs_to("workbook_id", workbooks.c.id),
    sa.Column("rows", sa.ARRAY(sa.Integer), nullable=False),
    text("title"),
    integer("sessions"),
    flag("has_event"),
    word("outcome", GroupOutcome),
    text("reason"),
    belongs_to("event_id", events.c.id, nullable=True, on_delete="SET NULL"),
    # Its sessions that were changed; and what a person has to decide, of the event and of them.
    integer("sessions_updated"),
    integer("conflicts"),
    integer("sessions_conflicts"),
    # Its start, if that is what it was accepted or rejected for.
    moment("starts_at", nullable=True),
    sa.Index("event_groups_workbook_id", "workbook_id", "id"),
    sa.Index("event_groups_event_id", "event_id"),
    sa.Index("event_groups_first_row", "workbook_id", sa.text("(rows[1])")),
)

# What a corrected workbook changed of an event that was known: by whom, and for each field what it
# was before and after, in words and in columns; taking it back needs both.
updates = own_table(
    "updates",
    belongs_to("event_id", events.c.id),
    belongs_to("workbook_id", workbooks.c.id),
    text("who"),
    moment("made_at"),
    moment("starts_before"),
    sa.Column("changes", JSON_VALUE, nullable=False),
    moment("taken_back_at", nullable=True),
    text("taken_back_by", nullable=True),
    sa.Index("updates_event_id", "event_id", "id"),
    sa.Index("updates_workbook_id", "workbook_id", "id"),
)

# One remote effect. `input` holds what is sent, but for the ids that only an earlier step gives.
steps = own_table(
    "steps",
    belongs_to("event_id", events.c.id),
    belongs_to("event_session_id", event_sessions.c.id, nullable=True),
    integer("position"),
    word("kind", StepKind),
    sa.Column("input", JSON_VALUE, nullable=False),
    word("state", StepState),
    integer("attempts"),
    integer("look_ups"),
    moment("due_at"),
    moment("sent_at", nullable=True),
    moment("done_at", nullable=True),
    text("message"),
    # A creation carries a text that only it has, stored before it is sent.
    text("mark", nullable=True),
    moment("first_sent_at", nullable=True),
    # One that was sent again is looked at again long after it is done.
    moment("look_again_at", nullable=True),
    belongs_to("update_id", updates.c.id, nullable=True, on_delete="SET NULL"),
    sa.UniqueConstraint("event_id", "position"),
    partial_index("steps_mark", "mark", where="mark is not null"),
    sa.Index("steps_event_session_id", "event_session_id"),
    partial_index("steps_update_id", "update_id", where="update_id is not null"),
    # In the order in which events are taken, with nothing in it that is done.
    partial_index(
        "steps_open",
        "event_id",
        "due_at",
        where="state in ('pending', 'sending', 'unknown', 'retry')",
    ),
    partial_index(
        "steps_look_again", "look_again_at", where="state = 'done' and look_again_at is not null"
    ),
)

# When the events of a sitting were last compared with Administrate, and how many.
comparisons = own_table(
    "comparisons",
    sa.Column("sitting", sa.Text, primary_key=True),
    moment("compared_at"),
    text("who"),
    integer("events"),
    text("dagster_run_id", nullable=True),
)

# What that comparison found, with when each side was last changed, as far as it says so.
differences = own_table(
    "differences",
    belongs_to("sitting", comparisons.c.sitting),
    text("kind"),
    text("title"),
    text("external_id", nullable=True),
    sa.Column("tutorial_event_id", sa.BigInteger, nullable=True),
    text("detail"),
    moment("changed_here", nullable=True),
    moment("changed_there", nullable=True),
    sa.Index("differences_sitting", "sitting", "id"),
)

# What was seen of each file in an inbox: it is `landing` until it was the same at two looks.
inbox_files = own_table(
    "inbox_files",
    sa.Column("folder", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    text("sign"),
    word("state", InboxState),
    text("message"),
    text("partition", nullable=True),
    moment("seen_at"),
)
