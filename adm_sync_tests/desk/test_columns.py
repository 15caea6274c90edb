"""A workbook with headers of its own at the desk: what is proposed, shown and handed out."""

import re
import tomllib
from html import unescape
from pathlib import Path

import pytest

from adm_sync_tests.cli.test_columns import plan
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.desk.test_imports import sent
from adm_sync_tests.desk.visiting import local_browser, text_of
from adm_sync_tests.workbooks import blended, workbook_bytes

__all__ = ["plan"]

pytestmark = pytest.mark.thorough


def test_strange_headers_lead_to_a_proposal_that_is_a_file(
    synced: Workplace, here: None, plan: Path
) -> None:
    with local_browser() as browser:
        address = sent(browser, "plan <b>.xlsx", plan.read_bytes())
        (link,) = set(re.findall(r'href="([^"]*/columns)"', browser.get(address).text))
        text = text_of(browser, unescape(link))
        assert "Sheet Plan 2027 , row 1." in text
        assert re.search(r"Title of event \w+ CB1 London 27A-01 Event title \d+ %", text)
        assert "Session url" in text.partition("Still to be found")[2]
        answer = browser.get(f"{unescape(link)}.toml")
    assert answer.headers["content-disposition"].startswith('attachment; filename="columns.toml"')
    assert tomllib.loads(answer.text)["columns"]["Event title"] == "Title of event"


def test_what_has_no_headers_at_all_has_no_proposal(synced: Workplace, here: None) -> None:
    with local_browser() as browser:
        known = sent(browser, "events.xlsx", workbook_bytes(blended(), lookup_sheet=False))
        path = known.partition("?")[0]
        assert "No header of its own was found" in text_of(browser, f"{path}/columns")
        assert browser.get("/imports/nothing/columns").status_code == 404
