"""User story 3 of the specification, scenario by scenario, its requirements and edge cases.

One workbook is imported for all of them; what follows changes nothing of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from adm_sync.imports.summary import ImportSummary
from adm_sync_tests.acceptance.importing import Office, open_office
from adm_sync_tests.workbooks import blended, changed, classroom, lms_only

BLENDED = "CB1 London 27A-01"
CLASSROOM = "CB3 Bristol 27A-01"
ONLINE = "CB1 online 27A"
WAITING = "SP1 waiting list 27A"
WINTER = datetime(2027, 1, 12, 9, 30, tzinfo=UTC)


def good_rows() -> list[dict[object, object]]:
    return [
        *blended(title=BLENDED, venue="Bell Yard Rooms"),
        *classroom(title=CLASSROOM, venue="Temple Gate Rooms"),
        lms_only(title=ONLINE),
        lms_only("WAITLIST_SP1", WAITING),
    ]


@dataclass
class Story:
    office: Office
    summary: ImportSummary


@pytest.fixture(scope="module")
def story(
    _one_ssl_context: None,
    database_server: sa.URL,
    _synced_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("home")
    with open_office(database_server, _synced_template, folder) as office:
        yield Story(office, office.import_(good_rows()))


@pytest.fixture
def office(
    _one_ssl_context: None, database_server: sa.URL, _synced_template: str, tmp_path: Path
) -> Iterator[Office]:
    with open_office(database_server, _synced_template, tmp_path) as office:
        yield office


def one(office: Office, statement: str, **values: object) -> dict[str, object]:
    (row,) = office.rows(statement, **values)
    return row


# ---------------------------------------------------------------------- the scenarios


def test_us3_scenario_1_an_event_row_becomes_an_event_on_both_sides(story: Story) -> None:
    event = story.office.tutorial_event(BLENDED)
    names = one(
        story.office,
        "select product_code, l.name as location, v.name as venue"
        " from acted.tutorial_events e join acted.products p on p.id = e.product_id"
        " join acted.tutorial_locations l on l.id = e.location_id"
        " join acted.tutorial_venues v on v.id = e.venue_id where e.id = :id",
        id=event["id"],
    )
    assert names == {
        "product_code": "CB1/LO_6H/2027-04",
        "location": "London",
        "venue": "Bell Yard Rooms",
    }
    remote = story.office.remote(BLENDED)
    assert (remote["learningMode"], remote["lifecycleState"]) == ("blended", "draft")
    assert (remote["maxPlaces"], remote["classroomStart"]) == (14, "2027-01-12T09:30:00Z")


def test_us3_scenario_2_a_session_row_becomes_a_session_on_both_sides(story: Story) -> None:
    event = story.office.tutorial_event(BLENDED)
    sessions = story.office.tutorial_sessions(event["id"])
    assert [row["sequence"] for row in sessions] == [1, 2, 3, 4, 5, 6]
    assert sessions[1]["title"] == f"{BLENDED} - Day 2"
    assert sessions[1]["start_date"] == datetime(2027, 1, 19, 9, 30, tzinfo=UTC)
    taught = one(
        story.office,
        "select count(*) as sessions, count(distinct tutorialinstructor_id) as people"
        " from acted.tutorial_session_instructors join acted.tutorial_sessions s"
        " on s.id = tutorialsessions_id where s.tutorial_event_id = :id",
        id=event["id"],
    )
    assert taught == {"sessions": 6, "people": 1}
    remote = story.office.remote_sessions(story.office.remote(BLENDED)["id"])
    assert [s["title"] for s in remote] == [s["title"] for s in sessions]
    assert [s["start"] for s in remote] == [
        s["start_date"].strftime("%Y-%m-%dT%H:%M:%SZ") for s in sessions
    ]


def test_us3_scenario_3_the_external_id_is_stored_and_linked(story: Story) -> None:
    event = story.office.tutorial_event(BLENDED)
    row = one(
        story.office, "select * from adm.events where tutorial_event_id = :id", id=event["id"]
    )
    assert row["external_id"] == story.office.remote(BLENDED)["id"]
    assert (row["title"], row["sitting"], row["lifecycle_state"]) == (BLENDED, "2027A", "draft")


def test_us3_scenario_4_a_failed_creation_leaves_the_tutorial_event_and_can_be_retried(
    office: Office,
) -> None:
    office.sandbox.faults.add("payload_errors", "createLMS", message="The template is locked")
    first = office.import_([lms_only()])
    assert first.status == "failed"
    assert (first.events["created"], first.events["failed"]) == (1, 1)
    assert office.tutorial_event(ONLINE)
    (step,) = office.rows("select * from adm_sync.steps where state = 'failed'")
    assert "The template is locked" in step["message"]
    with office.engine.begin() as connection:
        from adm_sync.database import open_steps

        assert open_steps.reopen(connection, None) == 1
    pushed = office.importer.push(first.partition)
    assert len(pushed.created) == 1
    assert office.remote(ONLINE)["learningMode"] == "lms"
    assert office.importer.summary(first.partition).status == "succeeded"


def test_us3_scenario_5_a_blended_event_has_classroom_and_lms_dates(story: Story) -> None:
    event = story.office.tutorial_event(BLENDED)
    assert (event["start_date"], event["end_date"]) == (date(2027, 1, 12), date(2027, 2, 16))
    remote = story.office.remote(BLENDED)
    assert (remote["classroomStart"], remote["classroomEnd"]) == (
        "2027-01-12T09:30:00Z",
        "2027-02-16T12:30:00Z",
    )
    # The LMS closes at the start of the day, which is summer time in London.
    assert (remote["lmsStart"], remote["lmsEnd"]) == (
        "2027-01-04T09:00:00Z",
        "2027-05-13T23:00:00Z",
    )


@pytest.mark.parametrize("title", [ONLINE, WAITING])
def test_us3_scenario_6_an_lms_only_event_uses_its_own_mutation(story: Story, title: str) -> None:
    event = story.office.tutorial_event(title)
    assert (event["start_date"], event["end_date"]) == (date(2027, 1, 4), date(2027, 5, 14))
    assert story.office.tutorial_sessions(event["id"]) == []
    remote = story.office.remote(title)
    assert remote["learningMode"] == "lms"
    assert story.office.remote_sessions(remote["id"]) == []
    assert len(story.office.mutations("createLMS")) == 2


# ---------------------------------------------------------------------- the requirements


def test_fr_010_the_tutorial_event_is_there_before_the_event_is_created(office: Office) -> None:
    seen: list[int] = []

    def look(point: str) -> None:
        if point == "creation noted as sending":
            seen.append(office.rows("select count(*) as n from acted.tutorial_events")[0]["n"])
            assert office.remotes(ONLINE) == []

    object.__setattr__(office.importer.listener, "reached", look)
    office.import_([lms_only()])
    assert seen == [1]


def test_fr_011_every_session_row_becomes_a_tutorial_session(story: Story) -> None:
    assert len(story.office.rows("select 1 from acted.tutorial_sessions")) == 7


def test_fr_012_every_session_is_joined_with_its_instructors(office: Office) -> None:
    office.import_(blended(sessions=6, session_instructor="Agnes Tolliver / Deepa Rangawell"))
    found = office.rows(
        "select sequence, first_name, last_name from acted.tutorial_session_instructors"
        " join acted.tutorial_sessions s on s.id = tutorialsessions_id"
        " join acted.tutorial_instructors i on i.id = tutorialinstructor_id"
        " join acted.staff on staff.id = i.staff_id join auth_user u on u.id = staff.user_id"
        " where sequence = 1 order by last_name"
    )
    assert [row["last_name"] for row in found] == ["Rangawell", "Tolliver"]


def test_fr_013_the_bridge_tables_give_the_ids_that_are_sent(story: Story) -> None:
    (call,) = story.office.mutations("createClassroom")
    sent = call.variables["input"]
    bridges = one(
        story.office,
        "select t.external_id as template, l.external_id as location, v.external_id as venue"
        " from adm.events e join adm.course_templates t on t.id = e.course_template_id"
        " join adm.locations l on l.id = e.location_id join adm.venues v on v.id = e.venue_id"
        " where e.title = :title",
        title=CLASSROOM,
    )
    assert bridges == {
        "template": sent["courseTemplateId"],
        "location": sent["locationId"],
        "venue": sent["venueId"],
    }


def test_fr_014_the_ids_of_events_and_sessions_are_stored(story: Story) -> None:
    office = story.office
    bridged = {
        row["external_id"]: row["tutorial_session_id"]
        for row in office.rows("select * from adm.sessions")
    }
    assert set(bridged) == {session["id"] for session in office.sandbox.store.all("Session")}
    assert len(set(bridged.values())) == 7
    assert None not in bridged.values()


def test_fr_015_a_failure_says_enough_to_retry(office: Office) -> None:
    office.sandbox.faults.add("status", "mutation", times=None, code=403)
    summary = office.import_([lms_only()])
    assert summary.status == "failed"
    assert summary.events["pending"] == 1
    assert "ADMINISTRATE_API_KEY" in summary.message
    assert office.tutorial_event(ONLINE)
    office.sandbox.faults.clear()
    office.importer.push(summary.partition)
    assert office.importer.summary(summary.partition).status == "succeeded"


def test_fr_016_references_are_looked_up_here_first_and_then_in_the_bridges(
    office: Office,
) -> None:
    rows = [
        lms_only("OC_CB9", "unknown here"),
        *blended("SA1_LO_2", "SA1 London 27A-01", 2),
    ]
    summary = office.import_(rows)
    found = {(f.code, f.value) for f in summary.findings if f.is_error}
    assert found == {("template_unknown", "OC_CB9"), ("template_not_linked", "SA1_LO_2")}
    assert office.rows("select 1 from acted.tutorial_events") == []
    assert office.mutations() == []


# ---------------------------------------------------------------------- the measures of success


def test_sc_003_every_valid_row_is_on_both_sides_and_nothing_else(story: Story) -> None:
    office, summary = story.office, story.summary
    assert summary.status == "succeeded"
    assert summary.events["in_workbook"] == summary.events["created"] == 4
    assert summary.sessions["in_workbook"] == summary.sessions["pushed"] == 7
    remote = {(e["id"], e["title"]) for e in office.sandbox.store.all("Event")}
    here = office.rows("select external_id, title from adm.events where tutorial_event_id > 0")
    assert {(row["external_id"], row["title"]) for row in here} == remote
    assert len(office.rows("select 1 from acted.tutorial_events")) == len(remote) == 4


@pytest.mark.thorough
def test_sc_004_what_was_recorded_during_an_outage_is_pushed_when_it_is_over(
    office: Office,
) -> None:
    office.sandbox.faults.add("status", None, times=None, code=503)
    away = office.import_(good_rows())
    assert (away.status, away.events["created"], away.events["pending"]) == ("partial", 4, 4)
    assert len(office.rows("select 1 from acted.tutorial_events")) == 4
    assert office.sandbox.store.all("Event") == []
    office.sandbox.faults.clear()
    back = office.run(away.partition)
    assert (back.status, back.events["unchanged"], back.events["pushed"]) == ("succeeded", 4, 4)
    assert len(office.sandbox.store.all("Event")) == 4
    assert len(office.rows("select 1 from acted.tutorial_events")) == 4


def test_sc_006_recording_here_adds_no_request(story: Story) -> None:
    """The dual write costs what a few statements cost; `benchmarks` has its share of the time."""
    created = len(story.office.mutations("create"))
    assert created == 4
    # A template whose list lacks somebody: read, written, read again.
    approving = 3 * len(story.office.mutations("courseTemplate"))
    assert story.summary.requests <= 3 * created + approving


# ---------------------------------------------------------------------- edge cases


def test_edge_case_an_unknown_course_template_code_fails_its_row(office: Office) -> None:
    summary = office.import_([lms_only("OC_ZZ1", "ZZ1 online"), lms_only()])
    (finding,) = [f for f in summary.findings if f.is_error]
    assert (finding.code, finding.row, finding.column) == ("template_unknown", 4, "A")
    assert (summary.status, summary.events["rejected"], summary.events["pushed"]) == (
        "partial",
        1,
        1,
    )


def test_edge_case_an_instructor_without_a_tutorial_instructor_is_reported(
    office: Office,
) -> None:
    summary = office.import_(blended(session_instructor="Nobody Atall"))
    places = [(f.code, f.row, f.column) for f in summary.findings if f.is_error]
    assert places == [("instructor_unknown", row, "S") for row in range(4, 10)]
    assert office.sandbox.store.all("Event") == []


def test_edge_case_the_event_is_created_and_a_session_update_fails(office: Office) -> None:
    office.sandbox.faults.add(
        "payload_errors", "session.update", times=None, message="The session is locked"
    )
    summary = office.import_(blended())
    event = one(office, "select external_id from adm.events")
    assert event["external_id"] == office.remote(BLENDED)["id"]
    assert summary.status == "failed"
    assert summary.sessions["failed"] == 6
    assert summary.standing is not None
    assert summary.events["failed"] == summary.standing.failed == 1
    assert summary.events["pending"] == summary.standing.pending == 0
    messages = {s["message"] for s in office.rows("select * from adm_sync.steps")}
    assert any("The session is locked" in message for message in messages)


def test_edge_case_a_duplicate_event_row_is_found(office: Office) -> None:
    rows = [lms_only(), changed(lms_only(), event_url="https://learn.larkfield.example/other")]
    summary = office.import_(rows)
    (finding,) = [f for f in summary.findings if f.is_error]
    assert (finding.code, finding.row) == ("duplicate_event", 5)
    assert "4" in finding.message
    assert len(office.remotes(ONLINE)) == 1


def test_the_same_workbook_again_changes_nothing(story: Story) -> None:
    before = story.office.counts()
    again = story.office.import_(good_rows())
    assert story.office.counts() == before
    assert (again.status, again.events["unchanged"], again.events["pushed"]) == ("succeeded", 4, 0)


def test_a_dry_run_plans_exactly_what_the_real_run_does(office: Office) -> None:
    rows = [*good_rows(), lms_only("OC_ZZ1", "ZZ1 online")]
    before = office.counts()
    planned = office.importer.rehearsal(office.content(rows))
    assert office.counts() == before
    done = office.import_(rows)
    assert done.plan == planned.plan
    assert [f.as_json() for f in done.findings] == [f.as_json() for f in planned.findings]
    assert {**planned.events, "pushed": 4} == done.events
    kinds = [step.split()[0] for entry in planned.plan for step in entry["steps"]]
    recorded = office.rows(
        "select kind from adm_sync.steps s join adm_sync.events e on e.id = s.event_id"
        " order by e.id, s.position"
    )
    assert [row["kind"] for row in recorded] == kinds


def test_only_who_asks_for_a_push_cuts_a_wait_short(office: Office) -> None:
    partition = office.import_([lms_only()]).partition
    with office.engine.begin() as connection:
        waiting = "state = 'retry', due_at = now() + interval '1 hour'"
        connection.execute(
            sa.text(f"update adm_sync.steps set {waiting} where kind = 'add_event_staff'")
        )
    before = len(office.mutations())
    office.importer.push(None, asked_for=False)
    assert len(office.mutations()) == before
    office.importer.push(partition)
    assert len(office.mutations()) == before + 1
    assert office.importer.unfinished(None) == []
