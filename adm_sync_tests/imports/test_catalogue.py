import ast
import re
from collections.abc import Iterator
from importlib import import_module
from inspect import getsource
from pathlib import Path
from pkgutil import walk_packages
from string import Formatter

import pytest

from adm_sync import imports, workbook
from adm_sync.imports import catalogue as module
from adm_sync.imports.catalogue import catalogue, markdown
from adm_sync.workbook.findings import Code, error

ROOT = Path(__file__).parents[2]


def codes_made() -> Iterator[tuple[str, Code]]:
    """Every code of both packages, with the name that its module knows it by."""
    for package in (workbook, imports):
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            for name, value in vars(import_module(found.name)).items():
                if isinstance(value, Code):
                    yield name, value


def test_the_page_of_findings_is_what_the_code_says() -> None:
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    assert page == markdown(), "run: python -m adm_sync.imports.catalogue > docs/findings.md"


def test_every_entry_is_whole() -> None:
    for code in catalogue().values():
        assert re.fullmatch("[a-z]+(_[a-z]+)*", code.name)
        assert code.message.endswith((".", "}")), code.name
        assert code.example, code.name
        assert code.remedy, code.name
        assert not code.note or (code.note[0].isupper() and code.note.endswith(".")), code.name


def test_every_code_has_its_entry_and_is_used() -> None:
    used = {
        name
        for path in ROOT.glob("adm_sync/**/*.py")
        for name in re.findall(
            r"(?<!^)\b[A-Z][A-Z_\d]+\b(?! = )", path.read_text(encoding="utf-8"), re.MULTILINE
        )
    }
    known = catalogue()
    for name, code in codes_made():
        assert known[code.name] is code
        assert name in used, f"{name} is never found"


def test_every_finding_is_given_what_its_message_needs() -> None:
    """A message that lacks a value would end an import; values in a `**known` are seen when run."""
    looked_at = 0
    for package in (workbook, imports):
        for found in walk_packages(package.__path__, f"{package.__name__}."):
            of_module = import_module(found.name)
            for call in ast.walk(ast.parse(getsource(of_module))):
                if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name)):
                    continue
                code = getattr(of_module, call.func.id, None)
                if isinstance(code, Code):
                    looked_at += 1
                    needed = {name for _, name, _, _ in Formatter().parse(code.message) if name}
                    given = {one.arg for one in call.keywords}
                    assert given - {None} <= needed, (found.name, code.name)
                    assert None in given or given == needed, (found.name, code.name)
    assert looked_at > 100


def test_what_a_finding_says_is_in_the_page_in_the_place_of_what_it_fills_in() -> None:
    line = next(one for one in markdown().splitlines() if one.startswith("| `back_in_time`"))
    assert "*Column* (*starts*) is *side* that of Day *day* in row *row*" in line


def test_two_codes_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue.cache_clear()
    again = error("orphan_session", "is said twice.", "an example", "Do something.")
    monkeypatch.setattr(module.table, "AGAIN", again, raising=False)
    with pytest.raises(ValueError, match="orphan_session has two entries"):
        catalogue()
    catalogue.cache_clear()


def test_nothing_in_an_entry_breaks_its_table() -> None:
    for line in markdown().splitlines():
        if line.startswith("| `"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 6, line
