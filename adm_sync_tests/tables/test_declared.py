"""The page of tables, and that what is declared is whole."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from adm_sync import tables
from adm_sync.database import import_tables, operations
from adm_sync.tables.declared import FRAMES, LISTED, TypedTable
from adm_sync.tables.guide import markdown

ROOT = Path(__file__).parents[2]


def test_the_page_of_tables_is_what_the_code_says() -> None:
    page = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    assert page == markdown(), "run: python -m adm_sync.tables.guide > docs/tables.md"


def test_every_frame_is_a_function_and_every_function_a_frame() -> None:
    assert sorted(table.name for table in FRAMES) == tables.__all__


def test_no_table_names_a_column_twice_and_each_says_what_it_is() -> None:
    for table in (*FRAMES, *LISTED):
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names), table.name
        assert all(column.about and not column.about.endswith(".") for column in table.columns)
        assert all(re.fullmatch("[a-z]+(_[a-z]+)*", name) for name in names)


def test_nothing_in_an_entry_breaks_its_table_of_the_page() -> None:
    columns = 0
    for line in markdown().splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line))
        if line.startswith("|---"):
            columns = cells
        elif line.startswith("| `"):
            assert cells == columns, line
    assert columns


# Columns of the database that a table of people's leaves out, or has under another name.
NOT_TOLD: dict[str, tuple[sa.Table, str]] = {
    "discrepancies": (operations.discrepancies, "subject label suggestions apart"),
    "decisions": (operations.decisions, ""),
    "runs": (operations.runs, "details cause"),
    "changes": (operations.changes, "id"),
    "imports": (import_tables.workbooks, "id file_name sha256 content shown"),
    "findings": (import_tables.findings, "id workbook_id"),
    "events": (
        import_tables.events,
        "id workbook_id template_external_id tutorial_course_template_id title_key adm_event_id "
        "made_tutorial_event recorded overruled doubled asked_about lease_holder lease_until",
    ),
    "steps": (
        import_tables.steps,
        "event_id event_session_id position kind input look_ups mark first_sent_at look_again_at "
        "update_id",
    ),
}


@pytest.mark.parametrize("table", FRAMES, ids=lambda one: one.name)
def test_what_the_database_keeps_is_told_or_left_out_on_purpose(table: TypedTable) -> None:
    kept, left_out = NOT_TOLD[table.name]
    told = {column.name for column in table.columns}
    assert {column.name for column in kept.columns} - told == {*left_out.split()}
