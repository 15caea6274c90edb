import re
from pathlib import Path

import pytest

from adm_sync.workbook import catalogue as module
from adm_sync.workbook.catalogue import catalogue, markdown
from adm_sync.workbook.findings import Code
from adm_sync.workbook.rules import codes_rows

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "adm_sync"


def test_the_page_of_findings_is_what_the_code_says() -> None:
    page = (ROOT / "docs" / "findings.md").read_text(encoding="utf-8")
    assert page == markdown(), "run: python -m adm_sync.workbook.catalogue > docs/findings.md"


def test_every_entry_is_whole() -> None:
    for code in catalogue().values():
        assert re.fullmatch("[a-z]+(_[a-z]+)*", code.name)
        assert code.meaning.endswith("."), code.name
        assert code.example, code.name
        assert code.remedy, code.name
        assert code.meaning[0].isupper(), code.name


@pytest.mark.parametrize("code", catalogue().values(), ids=lambda code: code.name)
def test_every_entry_is_used(code: Code) -> None:
    rules = [path for path in PACKAGE.rglob("*.py") if not path.name.startswith("codes_")]
    # Those of references are put together from the kind and what is wrong with it.
    ending = code.name.partition("_")[2]
    wanted = {f'"{code.name}"', f'}}_{ending}"', f'"{ending}"', f'"_{ending}"'}
    assert any(any(w in path.read_text(encoding="utf-8") for w in wanted) for path in rules)


def test_a_code_has_one_entry_only(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue.cache_clear()
    chapters = (*module._CHAPTERS, ("Again", codes_rows.CODES))
    monkeypatch.setattr(module, "_CHAPTERS", chapters)
    with pytest.raises(ValueError, match="orphan_session has two entries"):
        catalogue()
    catalogue.cache_clear()


def test_nothing_in_an_entry_breaks_its_table() -> None:
    for line in markdown().splitlines():
        if line.startswith("| `"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 6, line
