"""Instructors whom Administrate has to approve for a course template before they may teach it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adm_sync.cli.plan_words import tell_plan
from adm_sync.push.options import APPROVAL_POINTS
from adm_sync_tests.acceptance.bad_inputs.files import accept, content, online, small
from adm_sync_tests.acceptance.import_process import Worker
from adm_sync_tests.acceptance.importing import Office, open_office
from adm_sync_tests.acceptance.pushing import (
    Outbox,
    approve_everybody,
    assert_both_sides_agree,
    few_rows,
    workbook,
)
from adm_sync_tests.workbooks import blended, changed, large

pytestmark = pytest.mark.thorough(all_but_each=3)


CODE, TITLE = "CB1_LO_6", "CB1 London 27A-01"
TEACHER, HELPER = "Adewale Brightmore", "Agnes Tolliver"
READ, WRITE = "ApprovedInstructors", "ApproveInstructors"


@pytest.fixture
def office(
    _one_ssl_context: None, database_server: sa.URL, _synced_template: str, tmp_path: Path
) -> Iterator[Office]:
    """A tenant that takes approved instructors only, and has approved one stranger."""
    # Several answers at a time take longer than a moment on a busy machine.
    patience = {"adm_sync_retry_budget_seconds": 2.0}
    with open_office(database_server, _synced_template, tmp_path, **patience) as office:
        stranger = contact(office, "Winifred")
        for template in office.sandbox.store.all("CourseTemplate"):
            office.sandbox.store.update(template["id"], approvedInstructors=[stranger])
        yield office


def contact(office: Office, first_name: str) -> str:
    """The id of the first instructor of this first name."""
    every = office.sandbox.store.all("Contact")
    return next(
        str(one["id"])
        for one in every
        if one["isInstructor"] and one["firstName"].startswith(first_name)
    )


def template(office: Office, code: str = CODE) -> dict[str, Any]:
    every = office.sandbox.store.all("CourseTemplate")
    return next(one for one in every if one["code"] == code)


def approved(office: Office, code: str = CODE) -> list[str]:
    return list(template(office, code)["approvedInstructors"])


def asked(office: Office, *operations: str) -> int:
    """How many requests of these names Administrate received."""
    return sum(call.operation in operations for call in office.sandbox.calls)


def of_staff(office: Office, place: str, identifier: str) -> set[str]:
    staff = office.sandbox.store.children("Staff", place, identifier)
    return {one["contact"] for one in staff if one["staffType"] == "instructor"}


def rows(title: str = TITLE) -> list[Any]:
    """An event of two sessions, the second of which has a teacher of its own."""
    first, second = blended(CODE, title, 2)
    return [first, changed(second, session_instructor=HELPER)]


def set_to(office: Office, *, approve: bool) -> None:
    options = office.importer.options
    office.importer.options = replace(options, push=replace(options.push, approve=approve))


# ---------------------------------------------------------------------- yes


def test_the_instructors_of_event_and_sessions_are_approved_and_then_added(office: Office) -> None:
    stranger, teacher, helper = (contact(office, n) for n in ("Winifred", "Adewale", "Agnes"))
    summary = accept(office, small(rows()), TITLE)
    assert summary.status == "succeeded"
    assert approved(office)[0] == stranger
    assert sorted(approved(office)[1:]) == sorted([teacher, helper])
    event = office.remote(TITLE)
    assert of_staff(office, "event", event["id"]) == {teacher}
    (second,) = [
        one for one in office.remote_sessions(event["id"]) if one["title"].endswith("Day 2")
    ]
    assert helper in of_staff(office, "session", second["id"])
    (call,) = office.rows(
        "select variables, success from adm.api_audit_log where operation = 'approve_instructors'"
    )
    assert call["success"]
    assert call["variables"]["input"]["approvedInstructors"] == approved(office)
    again = office.import_(small(rows()))
    assert again.events["unchanged"] == 1
    assert asked(office, WRITE) == 1


@pytest.mark.thorough
def test_a_session_that_is_added_later_brings_its_instructor(office: Office) -> None:
    first, second = rows()
    accept(office, small([first]), TITLE)
    assert contact(office, "Agnes") not in approved(office)
    summary = office.import_(small([first, second]))
    assert summary.plan[0]["approve"] == [HELPER]
    assert contact(office, "Agnes") in approved(office)


def test_a_template_is_asked_and_written_once_however_many_events(office: Office) -> None:
    summary = office.import_(small(large(12, 1)))
    assert summary.status == "succeeded", (summary.message, summary.findings)
    assert asked(office, "ApprovedOfTemplates") <= 3  # a workbook is examined for each stage
    assert (asked(office, READ), asked(office, WRITE)) == (2, 1)


def test_the_plan_names_whom_it_would_approve_and_for_what(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = office.importer.rehearsal(content(small([*rows(), *rows("Another")])))
    assert [(one["template"], one["approve"]) for one in summary.plan] == [
        (CODE, [TEACHER, HELPER])
    ] * 2
    assert summary.plan[0]["steps"][:2] == ["create_event", "approve_instructors"]
    tell_plan(summary)
    told = capsys.readouterr().out
    assert "would approve in Administrate" in told
    assert f"  + for the course template {CODE}: {TEACHER}, {HELPER}\n" in told
    assert office.mutations() == []


def test_who_is_approved_already_is_not_named(office: Office) -> None:
    contacts = [contact(office, "Adewale"), contact(office, "Agnes")]
    office.sandbox.store.update(template(office)["id"], approvedInstructors=contacts)
    summary = accept(office, small(rows()), TITLE)
    assert summary.plan[0]["approve"] == []
    assert "approve_instructors" not in summary.plan[0]["steps"]
    assert asked(office, READ, WRITE) == 0


def test_an_event_without_instructors_asks_nothing(office: Office) -> None:
    accept(office, small(online("nobody teaches it")), "nobody teaches it")
    assert asked(office, "ApprovedOfTemplates", READ, WRITE) == 0


@pytest.mark.thorough
def test_two_workbooks_on_one_template_at_once_lose_nobody(office: Office) -> None:
    others = ("first", TEACHER), ("second", HELPER)
    for title, name in others:
        data = small(blended(CODE, title, 1, instructor=name, session_instructor=name))
        given = content(data, f"{title}.xlsx")
        office.importer.keep(given, "a test")
        office.importer.check(given.partition)
        office.importer.record(given.partition)
        office.importer.holding.let_go()
    # Each reads the list before either writes it, if nothing keeps them apart.
    office.sandbox.faults.add("slow", READ, times=None, seconds=0.3)
    partitions = [
        row["partition"] for row in office.rows("select partition from adm_sync.workbooks")
    ]
    with ThreadPoolExecutor(2) as threads:
        pushed = list(threads.map(office.importer.push, partitions))
    assert [one.stopped for one in pushed] == ["", ""]
    assert set(approved(office)) == {contact(office, n) for n in ("Winifred", "Adewale", "Agnes")}
    assert office.rows("select 1 from adm_sync.steps where state <> 'done'") == []


# ---------------------------------------------------------------------- what goes wrong


@pytest.mark.thorough
def test_a_tenant_without_the_mutation_is_pushed_to_and_says_what_to_do(office: Office) -> None:
    office.sandbox.options.approved_instructors_only = False
    message = "Cannot query field 'update' on type 'CourseTemplateMutations'."
    office.sandbox.faults.add("errors", WRITE, times=None, message=message)
    summary = accept(office, small(rows()), TITLE)
    assert (summary.status, summary.events["created"]) == ("failed", 1)
    (failed,) = office.importer.unfinished(summary.partition)
    assert (failed.kind, failed.state) == ("approve_instructors", "failed")
    assert f"course template {CODE}: {TEACHER}, {HELPER}" in failed.message
    assert "Approve them in Administrate" in failed.message
    # It takes everybody, so that nothing else is missing.
    assert len(of_staff(office, "event", office.remote(TITLE)["id"])) == 1


def test_a_tenant_without_such_lists_is_not_asked_for_approvals(office: Office) -> None:
    office.sandbox.options.approved_instructors_only = False
    message = "Cannot query field 'approvedInstructors' on type 'CourseTemplate'."
    office.sandbox.faults.add("errors", "ApprovedOfTemplates", times=None, message=message)
    summary = accept(office, small(rows()), TITLE)
    assert (summary.status, summary.plan[0]["approve"]) == ("succeeded", [])


@pytest.mark.thorough
def test_one_who_cannot_be_approved_keeps_nobody_else_from_it(office: Office) -> None:
    gone = contact(office, "Agnes")
    data = small(
        [
            *blended(CODE, "good", 1),
            *blended(CODE, "bad", 1, instructor=HELPER, session_instructor=HELPER),
        ]
    )
    given = content(data)
    office.importer.keep(given, "a test")
    office.importer.record(given.partition)
    office.sandbox.store.remove(gone)
    pushed = office.importer.push(given.partition)
    assert not pushed.stopped
    assert contact(office, "Adewale") in approved(office)
    unfinished = office.importer.unfinished(given.partition)
    assert {step.title for step in unfinished} == {"bad"}
    assert unfinished[0].kind == "approve_instructors"


@pytest.mark.thorough
def test_a_list_that_cannot_be_read_holds_up_its_events_only(office: Office) -> None:
    office.sandbox.faults.add("status", READ, times=None, code=503)
    others = [f"online {n}" for n in range(8)]
    rows_of_others = [row for title in others for row in online(title)]
    summary = accept(office, small([*rows(), *rows_of_others]), TITLE, *others)
    assert (summary.status, summary.message) == ("partial", "")
    unfinished = office.importer.unfinished(summary.partition)
    assert {step.title for step in unfinished} == {TITLE}
    assert {step.state for step in unfinished} <= {"pending", "retry"}
    office.sandbox.faults.clear()
    office.importer.push(summary.partition)
    assert office.importer.summary(summary.partition).status == "succeeded"
    assert len(of_staff(office, "event", office.remote(TITLE)["id"])) == 1


@pytest.mark.thorough
def test_administrate_away_while_it_approves_is_no_attempt(office: Office) -> None:
    given = content(small(rows()))
    office.importer.keep(given, "a test")
    office.importer.record(given.partition)

    def away(point: str) -> None:
        if point == "approval noted as sending":
            office.sandbox.faults.add("status", None, times=None, code=503)

    object.__setattr__(office.importer.listener, "reached", away)
    assert "503" in office.importer.push(given.partition).stopped
    object.__setattr__(office.importer.listener, "reached", lambda _point: None)
    office.sandbox.faults.clear()
    assert office.rows(
        "select state, attempts from adm_sync.steps where kind = 'approve_instructors'"
    ) == [{"state": "retry", "attempts": 0}]
    office.importer.push(given.partition)
    assert office.importer.unfinished(given.partition) == []


def test_a_list_whose_writing_is_not_answered_is_read_again(office: Office) -> None:
    office.sandbox.faults.add("drop_after", WRITE, times=1)
    summary = accept(office, small(rows()), TITLE)
    assert summary.status == "succeeded"
    assert asked(office, WRITE) == 1


@pytest.mark.thorough
def test_a_list_that_can_never_be_read_ends_in_front_of_a_person(office: Office) -> None:
    office.sandbox.faults.add("no_page_info", READ, field="approvedInstructors", times=None)
    summary = accept(office, small(rows()), TITLE)
    for _ in range(office.importer.options.push.attempts):
        office.importer.push(summary.partition)
    failed = office.importer.unfinished(summary.partition)
    assert failed[0].kind == "approve_instructors"
    assert {step.state for step in failed} == {"failed"}
    assert asked(office, WRITE) == 0


@pytest.mark.thorough
def test_administrate_away_at_the_plan_leaves_approving_to_the_push(office: Office) -> None:
    office.sandbox.faults.add("status", "ApprovedOfTemplates", times=None, code=503)
    summary = accept(office, small(rows()), TITLE)
    assert summary.status == "succeeded"
    assert summary.plan[0]["approve"] == [TEACHER, HELPER]
    assert contact(office, "Agnes") in approved(office)
    assert any("Approved instructors could not be looked up" in one for one in office.remarks)


# ---------------------------------------------------------------------- no


def test_with_no_an_event_is_rejected_at_the_cell_of_who_is_not_approved(office: Office) -> None:
    set_to(office, approve=False)
    store = office.sandbox.store
    store.update(template(office)["id"], approvedInstructors=[contact(office, "Adewale")])
    before = approved(office)
    good = blended(CODE, "good", 1)
    summary = accept(office, small([*rows(), *good]), "good")
    found = [(one.code, one.row, one.header) for one in summary.findings if one.is_error]
    assert found == [("instructor_not_approved", 5, "Session instructor")]
    (finding,) = [one for one in summary.findings if one.is_error]
    assert (
        f"{HELPER} is not an approved instructor of the course template {CODE}" in finding.message
    )
    assert "ADM_SYNC_APPROVE_INSTRUCTORS=yes" in (finding.suggestion or "")
    assert (summary.status, summary.events["rejected"]) == ("partial", 1)
    assert approved(office) == before
    assert asked(office, WRITE) == 0


@pytest.mark.thorough
def test_no_holds_for_what_was_recorded_before_it_was_said(office: Office) -> None:
    given = content(small(rows()))
    office.importer.keep(given, "a test")
    office.importer.record(given.partition)
    set_to(office, approve=False)
    before = approved(office)
    office.importer.push(given.partition)
    assert approved(office) == before
    failed = office.importer.unfinished(given.partition)
    assert "ADM_SYNC_APPROVE_INSTRUCTORS is no" in failed[0].message


# ---------------------------------------------------------------------- killed


@pytest.mark.thorough
@pytest.mark.parametrize("point", APPROVAL_POINTS)
def test_a_push_that_is_killed_while_it_approves_is_taken_up_by_the_next(
    empty_outbox: Outbox, worker: Worker, tmp_path: Path, point: str
) -> None:
    outbox = empty_outbox
    approve_everybody(outbox.sandbox, but_all=True)
    importer, given = outbox.importer(tmp_path), workbook(few_rows())
    importer.keep(given, "a test")
    importer.record(given.partition)
    importer.holding.let_go()
    assert worker.run(outbox, die_at=point, nth=1).killed
    assert "approve_instructors" in {
        step.kind for step in outbox.steps() if step.state != "done"
    } or (point == "approval stored")
    outbox.push()
    assert_both_sides_agree(outbox)
