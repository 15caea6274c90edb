"""What a push costs the database: few statements an event, whatever was imported before."""

from collections import Counter
from functools import partial

import pytest
import sqlalchemy as sa

from adm_sync.database import audit, open_steps, steps
from adm_sync_tests.acceptance.pushing import MANY, TITLES, Outbox, client_of
from adm_sync_tests.acceptance.test_effort import counting

pytestmark = pytest.mark.thorough(all_but_each=3)

OLD = 5_000
# Events of earlier years, each with everything done.
EARLIER = (
    "insert into adm_sync.events (workbook_id, tutorial_event_id, tutorial_course_template_id,"
    " template_external_id, title, title_key, starts_at, learning_mode, sitting, external_id,"
    " made_tutorial_event, adopted, recorded, recorded_at, doubled, asked_about)"
    " select workbook_id, tutorial_event_id, tutorial_course_template_id, template_external_id,"
    " title || n, title_key || n, starts_at, learning_mode, sitting, 'Event:old' || n, true, false,"
    " '{}', now(), '{}', '{}' from (select * from adm_sync.events order by id limit 1) e"
    " cross join generate_series(1, :count) n",
    "insert into adm_sync.steps (event_id, position, kind, input, state, attempts, look_ups,"
    " due_at, sent_at, done_at, message)"
    " select id, n, case n when 0 then 'create_event' else 'add_event_staff' end, '{}', 'done', 1,"
    " 0, now(), now(), now(), '' from adm_sync.events cross join generate_series(0, 5) n"
    " where external_id like 'Event:old%'",
)
# And of another workbook.
OF_ANOTHER = (
    "insert into adm_sync.workbooks (partition, file_name, sha256, content, source, received_at)"
    " values ('old', 'old.xlsx', '', '', '', now())",
    "update adm_sync.events set workbook_id = (select max(id) from adm_sync.workbooks)"
    " where external_id like 'Event:old%'",
    "analyze adm_sync.events",
)
READ = (
    "select coalesce(sum(seq_tup_read + idx_tup_fetch), 0) from pg_stat_xact_user_tables"
    " where schemaname = 'adm_sync'"
)


@pytest.fixture
def after_years(outbox: Outbox) -> Outbox:
    """Three events that wait, beside many of earlier years."""
    first, second = EARLIER
    outbox.execute(first, count=OLD)
    outbox.execute(second)
    # As PostgreSQL does by itself within a minute.
    outbox.execute("analyze adm_sync.events, adm_sync.steps")
    return outbox


@pytest.mark.thorough
@pytest.mark.parametrize(("together", "most"), [(1, 22), (5, 18)])
def test_an_event_costs_few_statements(full_outbox: Outbox, together: int, most: int) -> None:
    """The log of what is sent is among them, and commits are."""
    engine, commits = full_outbox.engine, Counter[str]()
    kept = partial(audit.keep, engine, "a test")

    def committed(_connection: sa.Connection) -> None:
        commits["made"] += 1

    sa.event.listen(engine, "commit", committed)
    with client_of(full_outbox.sandbox, audit=kept) as client, counting(engine) as statements:
        full_outbox.client = client
        pushed = full_outbox.push(together=together)
    sa.event.remove(engine, "commit", committed)
    assert len(pushed.created) == MANY
    assert len(statements.sent) + commits["made"] <= most * MANY


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("of_one_workbook", [False, True])
def test_taking_events_reads_none_of_earlier_years(
    after_years: Outbox, of_one_workbook: bool
) -> None:
    engine = after_years.engine
    (row,) = after_years.execute("select min(workbook_id) as id from adm_sync.events")
    workbook_id = row.id if of_one_workbook else None
    # What a session has read in the last second is counted with its transaction.
    engine.dispose()
    with engine.connect() as connection:
        claimed = steps.claim_events(connection, 1, 30, workbook_id, most=5)
        read = connection.scalar(sa.text(READ))
        assert len(claimed) == len(TITLES)
        assert read < OLD / 10
        connection.rollback()
    with engine.connect() as connection:
        assert open_steps.count_due(connection, None) == len(TITLES)
        assert connection.scalar(sa.text(READ)) < OLD / 10


def test_no_event_is_looked_up_that_was_taken_before(full_outbox: Outbox) -> None:
    full_outbox.execute("analyze adm_sync.events, adm_sync.steps")
    ids = [row.id for row in full_outbox.execute("select id from adm_sync.events order by id")]
    full_outbox.engine.dispose()
    with full_outbox.engine.connect() as connection:
        (taken,) = steps.claim_events(connection, 1, 30, None, ids[:-1])
        looked_up = connection.scalar(sa.text(f"{READ} and relname = 'events'"))
        connection.rollback()
    assert taken.id == ids[-1]
    assert looked_up < len(ids)


def test_how_an_import_stands_is_read_of_its_own_events_alone(after_years: Outbox) -> None:
    (row,) = after_years.execute("select min(workbook_id) as id from adm_sync.events")
    for statement in OF_ANOTHER:
        after_years.execute(statement)
    after_years.engine.dispose()
    with after_years.engine.connect() as connection:
        for ask in (open_steps.states, open_steps.unfinished, open_steps.count_due):
            assert ask(connection, row.id)
        assert connection.scalar(sa.text(READ)) < OLD / 10


def test_what_is_due_is_taken_in_order_and_before_what_is_looked_at_again(
    after_years: Outbox,
) -> None:
    again = (
        "update adm_sync.steps set look_again_at = now() where kind = 'create_event' and"
        " event_id in (select id from adm_sync.events where external_id like 'Event:old%'"
        " order by id limit 4)"
    )
    after_years.execute(again)
    with after_years.engine.begin() as connection:
        two = steps.claim_events(connection, 1, 30, None, most=2)
        more = steps.claim_events(connection, 1, 30, None, [one.id for one in two], most=4)
    assert [one.title for one in two] == list(TITLES[:2])
    assert [one.external_id for one in more if one.external_id is None] == [None]
    assert len(more) == 4
