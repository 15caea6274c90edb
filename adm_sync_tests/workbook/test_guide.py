"""The guide for planners: that what it refers to is there."""

import re
from pathlib import Path

from adm_sync.imports.catalogue import catalogue
from adm_sync.workbook.columns import NAMED
from adm_sync.workbook.guide import MISTAKES, markdown

DOCS = Path(__file__).parents[2] / "docs"


def test_every_picture_and_page_is_there_and_small() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", markdown())
    assert {"pictures/sheet.png", "pictures/copy.png", "findings.md"} <= set(links)
    assert [link for link in links if not (DOCS / link).is_file()] == []
    assert all(path.stat().st_size < 60_000 for path in (DOCS / "pictures").iterdir())


def test_every_mistake_is_a_code_and_every_column_has_a_chapter() -> None:
    assert [code for code in MISTAKES if code not in catalogue()] == []
    assert re.findall(r"^### (.*)$", markdown(), re.MULTILINE) == [*NAMED]


def test_nothing_that_is_told_to_planners_needs_a_terminal() -> None:
    page = markdown().partition("---")[0]
    assert "adm-sync " not in page
