"""The page of tables, and that what is declared is whole."""

import re
from pathlib import Path

from adm_sync import tables
from adm_sync.tables.declared import FRAMES, LISTED
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
