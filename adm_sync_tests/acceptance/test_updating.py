"""A corrected workbook that is imported with leave to change what it made."""

from collections.abc import Mapping, Sequence
from typing import Any

from adm_sync.imports.summary import ImportSummary
from adm_sync.imports.update_options import UpdateOptions, read_takes
from adm_sync.workbook.columns import Column
from adm_sync_tests.acceptance.again import (
    LATER,
    Titles,
    imported,
    office,
    remote_day,
    titles,
)
from adm_sync_tests.acceptance.bad_inputs.files import content, small
from adm_sync_tests.acceptance.importing import Office
from adm_sync_tests.cli.workplace import _company_template, _synced_template
from adm_sync_tests.workbooks import changed

__all__ = ["_company_template", "_synced_template", "office", "titles"]

Rows = Sequence[Mapping[Column, object]]


def updated(
    office: Office, rows: Rows, *take: str, name: str = "corrected.xlsx", **options: Any
) -> ImportSummary:
    """Import with leave to change; the dry run before it shows the same plan, and does nothing."""
    given = content(small(rows), name)
    update = UpdateOptions(read_takes(take), **options)
    importer, before = office.importer, office.counts()
    promised = importer.rehearsal(given, update=update)
    assert office.counts() == before
    importer.keep(given, "a test")
    importer.check(given.partition, update=update)
    importer.record(given.partition)
    importer.push(given.partition)
    summary = importer.summary(given.partition)
    assert promised.plan == summary.plan
    assert list(promised.findings) == list(summary.findings)
    assert promised.events["updated"] == summary.events["updated"]
    return summary


def changes(summary: ImportSummary) -> list[tuple[Any, ...]]:
    return [
        (one["day"], one["field"], one["before"], one["after"], *one["where"])
        for entry in summary.plan
        for one in entry["changes"]
    ]


def test_a_date_of_one_session_moves_on_both_sides(office: Office, titles: Titles) -> None:
    rows = titles.rows()
    imported(office, rows)
    later = [
        rows[0],
        changed(rows[1], start_date=LATER.replace(day=20), end_date=LATER.replace(day=20)),
    ]
    summary = updated(office, [*later, *rows[2:]])
    assert list(summary.findings) == []
    assert changes(summary) == [
        (
            None,
            "The event's end date",
            "2027-01-19 12:30",
            "2027-01-20 12:30",
            "here",
            "administrate",
        ),
        (2, "Classroom start date", "2027-01-19 09:30", "2027-01-20 09:30", "here", "administrate"),
        (2, "Classroom end date", "2027-01-19 12:30", "2027-01-20 12:30", "here", "administrate"),
    ]
    assert (summary.status, summary.events["updated"], summary.sessions["updated"]) == (
        "succeeded",
        1,
        1,
    )
    assert summary.events["unchanged"] == 2
    event = office.tutorial_event(titles.london)
    assert str(event["end_date"]) == "2027-01-20"
    assert [str(s["start_date"])[:16] for s in office.tutorial_sessions(event["id"])] == [
        "2027-01-12 09:30",
        "2027-01-20 09:30",
    ]
    assert remote_day(office, titles.london, 2)["start"] == "2027-01-20T09:30:00Z"
    assert office.remote(titles.london)["classroomEnd"] == "2027-01-20T12:30:00Z"
    before = office.counts()
    again = updated(office, [*later, *rows[2:]], name="the same.xlsx")
    assert (list(again.findings), again.events["updated"]) == ([], 0)
    assert office.counts() == before
