"""Make the pictures of a conflict anew: where the UI shows it, and how it is decided there.

What belongs here: what has to be there before, and which pages are taken. What does not: pictures
of sheets, which a program for spreadsheets prints, and of the graphs of assets.

    python docs/render.py       from the repository's root; takes some minutes
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import httpx
from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from adm_sync_tests.browser.serving import ARGUMENTS
from adm_sync_tests.cli.processes import free_port
from adm_sync_tests.workbooks import blended, changed, workbook_bytes

PICTURES = Path(__file__).parent
TITLE = "CB1 London 27A-71"
DECISION = f"""\
ops:
  workbook__checked:
    config:
      update: true
      take:
        - "{TITLE}: Max places=administrate"
"""
JOB = "/locations/adm_sync/jobs/import_events/playground/setup"


def adm_sync(*arguments: str, may_be: tuple[int, ...] = (0,)) -> str:
    """What a command says."""
    command = [sys.executable, "-m", "adm_sync.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode in may_be, done.stderr
    return done.stdout


@contextmanager
def running(*arguments: str, until: str) -> Iterator[None]:
    """A command that goes on, once it has said that it is ready."""
    command = [sys.executable, "-m", "adm_sync.cli", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        assert any(until in line for line in process.stdout)
        try:
            yield
        finally:
            process.terminate()


def conflict(folder: Path, sandbox: str) -> str:
    """Import an event, change it in Administrate and in the workbook; gives the partition."""
    rows = blended("CB1_LO_6", TITLE, 2)
    path = folder / "Late addition.xlsx"
    path.write_bytes(workbook_bytes(rows, blank_rows=0))
    adm_sync("import-events", str(path))
    (event,) = [
        one for one in httpx.get(f"{sandbox}/sandbox/records/Event").json() if one["title"] == TITLE
    ]
    address = f"{sandbox}/sandbox/records/Event/{event['id']}"
    httpx.patch(address, json={"maxPlaces": 20}).raise_for_status()
    rows[0] = changed(rows[0], max_places=16)
    path.write_bytes(workbook_bytes(rows, blank_rows=0))
    adm_sync("import-events", str(path), "--update", may_be=(3,))
    return adm_sync("imports").splitlines()[1].split("  ")[0]


def take(page: Page, name: str, url: str, wait_for: str, height: int) -> None:
    """One picture, once its page shows what it is about."""
    page.set_viewport_size({"width": 1500, "height": height})
    page.goto(url)
    page.get_by_text(wait_for).first.click()
    page.wait_for_timeout(5000)
    page.screenshot(path=PICTURES / name)


def main() -> None:
    """Both of them."""
    sandbox_port, port = free_port(), free_port()
    sandbox, ui = f"http://127.0.0.1:{sandbox_port}", f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ADM_SYNC_HOME"] = str(Path(folder) / "home")
        adm_sync("demo")
        os.environ |= {
            "ADMINISTRATE_API_URL": f"{sandbox}/graphql",
            "ADMINISTRATE_AUTH_URL": f"{sandbox}/oauth",
            "ADMINISTRATE_API_KEY": "sandbox",
            "ADMINISTRATE_API_SECRET": "sandbox-secret",
        }
        with (
            running("sandbox", "--port", str(sandbox_port), until="Ctrl-C"),
            running("dev", "--port", str(port), until="The Dagster UI is at"),
            sync_playwright() as playwright,
        ):
            partition = conflict(Path(folder), sandbox)
            chromium = {"executable_path": "/usr/bin/chromium", "args": ARGUMENTS}
            page = playwright.chromium.launch(**chromium).new_page()
            checks = f"{ui}/assets/workbook/checked?view=checks"
            take(page, "conflict.png", checks, "warnings", 900)
            chosen = {"tags[0][key]": "dagster/partition", "tags[0][value]": partition}
            decision = urlencode({"config": DECISION, **chosen})
            take(page, "deciding.png", f"{ui}{JOB}?{decision}", "import_events", 620)


if __name__ == "__main__":
    main()
