"""What is recorded of an event, and what is not recorded a second time."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from openpyxl import load_workbook

from adm_sync.database import recording
from adm_sync.imports.examining import Examiner
from adm_sync_tests.acceptance.importing import Office, open_office
from adm_sync_tests.acceptance.test_effort import counting
from adm_sync_tests.workbooks import blended, changed, large, lms_only, session

pytestmark = pytest.mark.thorough(all_but_each=3)

TITLE = "CB1 London 27A-01"
EVENTS = 40


@pytest.fixture
def office(database_server: sa.URL, _synced_template: str, tmp_path: Path) -> Iterator[Office]:
    with open_office(database_server, _synced_template, tmp_path) as office:
        yield office


OR_UPDATE = "; or, if the workbook is right, import it with --update (in Dagster: update: true)."


def differences(office: Office, rows: list[dict[object, object]]) -> list[tuple[object, ...]]:
    summary = office.import_(rows, "changed.xlsx")
    assert summary.events["created"] == 0
    return [
        (f.row, f.header, f.value, (f.suggestion or "").removesuffix(OR_UPDATE))
        for f in summary.findings
        if f.code == "differs"
    ]


@pytest.mark.thorough
def test_a_changed_value_is_reported_and_nothing_is_overwritten(office: Office) -> None:
    office.import_(blended())
    before = office.counts()
    rows = [changed(row, event_url="https://learn.larkfield.example/new") for row in blended()[:1]]
    rows += blended()[1:]
    rows[0] = changed(rows[0], max_places=20, end_time="13:00")
    rows[2] = changed(rows[2], session_instructor="Agnes Tolliver")
    assert differences(office, rows) == [
        (4, "Classroom end date", "12/01/2027", "Put 12/01/2027 12:30 back"),
        (4, "Max places", "20", "Put 14 back"),
        (
            4,
            "Event url",
            "https://learn.larkfield.example/new",
            "Put https://learn.larkfield.example/cb1 back",
        ),
        (6, "Session instructor", "Agnes Tolliver", "Put Adewale Brightmore back"),
    ]
    assert office.counts() == before
    assert office.tutorial_event(TITLE)["remain_space"] == 14


def test_a_session_that_is_new_is_added_and_pushed(office: Office) -> None:
    six = blended()
    office.import_(six[:5])
    summary = office.import_(six, "six.xlsx")
    assert (summary.events["updated"], summary.events["created"]) == (1, 0)
    event = office.tutorial_event(TITLE)
    assert [s["sequence"] for s in office.tutorial_sessions(event["id"])] == [1, 2, 3, 4, 5, 6]
    remote = office.remote_sessions(office.remote(TITLE)["id"])
    assert [s["title"] for s in remote] == [f"{TITLE} - Day {day}" for day in range(1, 7)]
    assert summary.status == "succeeded"


@pytest.mark.thorough
def test_a_session_that_is_gone_from_the_workbook_stays_and_is_reported(office: Office) -> None:
    office.import_(blended())
    before = office.counts()
    summary = office.import_(blended()[:4], "four.xlsx")
    (finding,) = [f for f in summary.findings if f.code == "differs"]
    assert (finding.row, finding.column) == (4, "U")
    assert "Day 5, 6" in finding.message
    assert office.counts() == before


def test_a_tutorial_event_from_before_is_used_and_not_doubled(office: Office) -> None:
    with office.engine.begin() as connection:
        connection.execute(
            sa.text(
                "insert into acted.tutorial_events (code, is_soldout, remain_space, start_date,"
                " end_date, created_at, updated_at, product_id)"
                " select 'CB1 online 27A', false, 0, '2027-01-04', '2027-05-14', now(), now(), p.id"
                " from acted.products p where product_code = 'CB1/OC/2027-04'"
            )
        )
    summary = office.import_([lms_only()])
    assert [f.code for f in summary.findings if f.code == "tutorial_event_exists"]
    assert len(office.rows("select 1 from acted.tutorial_events")) == 1
    (ours,) = office.rows("select made_tutorial_event, tutorial_event_id from adm_sync.events")
    assert ours["made_tutorial_event"] is False
    assert office.remote("CB1 online 27A")["lifecycleState"] == "draft"


def test_a_code_that_is_taken_by_another_event_gets_a_number(office: Office) -> None:
    with office.engine.begin() as connection:
        connection.execute(
            sa.text(
                "insert into acted.tutorial_events (code, is_soldout, remain_space, start_date,"
                " end_date, created_at, updated_at, product_id)"
                " select 'CB1 online 27A', false, 0, '2020-01-04', '2020-05-14', now(), now(), p.id"
                " from acted.products p where product_code = 'CB2/OC/2027-04'"
            )
        )
    office.import_([lms_only()])
    assert office.tutorial_event("CB1 online 27A (2)")["start_date"].year == 2027


@pytest.mark.thorough
def test_a_deleted_tutorial_event_is_reported_and_its_bridge_kept(office: Office) -> None:
    office.import_([lms_only()])
    with office.engine.begin() as connection:
        # As the tutorial application does it: the bridge row forgets, the event goes.
        connection.execute(sa.text("update adm.events set tutorial_event_id = null"))
        connection.execute(sa.text("delete from acted.tutorial_events"))
    summary = office.import_([lms_only()], "again.xlsx")
    assert [f.code for f in summary.findings if f.code == "local_event_deleted"]
    assert office.rows("select 1 from acted.tutorial_events") == []
    (bridge,) = office.rows("select external_id from adm.events")
    assert bridge["external_id"] == office.remote("CB1 online 27A")["id"]
    assert len(office.sandbox.store.all("Event")) == 1


def test_thin_bridge_tables_get_only_the_columns_they_have(office: Office) -> None:
    """Later versions of the tutorial application drop the others."""
    with office.engine.begin() as connection:
        for table, kept in (
            ("events", "'id','external_id','tutorial_event_id','created_at','updated_at'"),
            ("sessions", "'id','external_id','tutorial_session_id','created_at','updated_at'"),
        ):
            columns = connection.scalars(
                sa.text(
                    "select column_name from information_schema.columns where"
                    f" table_schema = 'adm' and table_name = '{table}'"
                    f" and column_name not in ({kept})"
                )
            ).all()
            drops = ", ".join(f'drop column "{column}" cascade' for column in columns)
            connection.execute(sa.text(f"alter table adm.{table} {drops}"))
    summary = office.import_(blended())
    assert summary.status == "succeeded"
    (bridge,) = office.rows("select external_id, tutorial_event_id from adm.events")
    assert bridge["external_id"] == office.remote(TITLE)["id"]
    assert len(office.rows("select 1 from adm.sessions where external_id is not null")) == 6


def test_what_the_database_refuses_rejects_that_event_alone(office: Office) -> None:
    with office.engine.begin() as connection:
        connection.execute(
            sa.text("alter table acted.tutorial_events add check (code not like '%online%')")
        )
    summary = office.import_([lms_only(), *blended()])
    (finding,) = [f for f in summary.findings if f.code == "database_refused"]
    assert (finding.severity, finding.row) == ("error", 4)
    assert (summary.status, summary.events["rejected"], summary.events["pushed"]) == (
        "partial",
        1,
        1,
    )
    assert office.remotes("CB1 online 27A") == []


def test_two_workbooks_with_the_same_event_record_it_once(office: Office) -> None:
    office.import_([lms_only()])
    summary = office.import_([lms_only(), lms_only("OC_CB2", "CB2 online 27A")], "more.xlsx")
    assert (summary.events["created"], summary.events["unchanged"]) == (1, 1)
    assert len(office.sandbox.store.all("Event")) == 2


def test_the_copy_says_of_an_event_that_lacks_its_changes_where_it_is(office: Office) -> None:
    office.sandbox.faults.add("status", match="session", times=None, code=503)
    summary = office.import_(blended(sessions=2))
    assert (summary.events["pushed"], summary.events["pending"]) == (1, 1)
    row = next(load_workbook(summary.report or "")["Import"].iter_rows(min_row=4, max_row=4))
    (said,) = [str(cell.value) for cell in row if "recorded here" in str(cell.value)]
    assert said.endswith(f"Administrate {office.remote(TITLE)['id']}, not yet as recorded here")


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("is_replanned", [True, False])
def test_what_another_import_records_meanwhile_is_not_counted_and_is_compared(
    office: Office, monkeypatch: pytest.MonkeyPatch, is_replanned: bool
) -> None:
    importer = office.importer
    (row,) = [lms_only()]
    late = office.content([changed(row, event_url="https://learn.larkfield.example/new")], "b.xlsx")
    importer.keep(late, "a test")
    importer.check(late.partition)
    office.import_([row])
    if not is_replanned:
        # The other one is recorded between the last look and the writing.
        real = Examiner.replanned
        monkeypatch.setattr(
            Examiner, "replanned", lambda me, one, rows=(): real(me, one, rows) if rows else one
        )
    importer.record(late.partition)
    summary = importer.summary(late.partition)
    assert (summary.events["created"], summary.events["unchanged"]) == (0, 1)
    assert [(f.code, f.row, f.header) for f in summary.findings] == [("differs", 4, "Event url")]
    assert summary.standing
    assert (summary.standing.created, summary.standing.unchanged) == (0, 1)


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("zone", ["UTC", "Europe/London", "America/New_York"])
def test_both_sides_hold_one_instant_whatever_the_hosts_zone(
    office: Office, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    first = blended(sessions=1, lms_end_date=datetime(2027, 7, 30).date())[0]  # noqa: DTZ001
    summer = datetime(2027, 6, 15).date()  # noqa: DTZ001
    rows = [first, *(session(first, day) for day in range(2, 6))]
    rows.append(changed(session(first, 6), start_date=summer, end_date=summer))
    try:
        summary = office.import_(rows)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert summary.events["created"] == 1, summary.findings
    event = office.tutorial_event(TITLE)
    last = office.tutorial_sessions(event["id"])[-1]
    assert last["start_date"] == datetime(2027, 6, 15, 8, 30, tzinfo=UTC)
    assert office.remote_sessions(office.remote(TITLE)["id"])[-1]["start"] == "2027-06-15T08:30:00Z"


def test_an_event_costs_the_same_while_empty_tables_fill(office: Office) -> None:
    """Also where the tables were analysed while they were empty, so that plans expect no rows."""
    written = (
        *("acted.tutorial_events", "acted.tutorial_sessions", "adm.events", "adm.sessions"),
        *("adm_sync.events", "adm_sync.event_sessions", "adm_sync.event_groups", "adm_sync.steps"),
    )
    with office.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text(f"vacuum analyze {', '.join(written)}"))
        connection.execute(sa.text("select pg_stat_reset()"))
    importer, content = office.importer, office.content(large(EVENTS, 3))
    importer.keep(content, "a test")
    importer.check(content.partition)
    with counting(office.engine) as statements:
        importer.record(content.partition)
    with office.engine.begin() as connection, counting(office.engine) as later:
        recording.analyse(connection)
    office.engine.dispose()
    assert len(statements.sent) < 15 * EVENTS
    # Looking at tables that have hardly grown would cost the same for one event as for thousands.
    looks = [sum(one.startswith("analyze") for one in some.sent) for some in (statements, later)]
    assert looks == [1, 0]
    (read,) = office.rows(
        "select sum(seq_tup_read) as rows, sum(idx_scan) as looks from pg_stat_user_tables"
        " where schemaname || '.' || relname = any(:written)",
        written=list(written),
    )
    assert read["looks"] > EVENTS
    assert read["rows"] < 50 * EVENTS
