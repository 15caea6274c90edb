"""An import that does not come to its end: what it did by then is counted and said."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adm_sync.defs import at_work
from adm_sync_tests import workbooks
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.database_fixtures import cut_off, stopped_server
from adm_sync_tests.imports.imported import remote_titles

SECONDS = 60
NAMES = [f"CB3 Bristol 27A-{number:02}" for number in range(1, 5)]
# Recording the third event takes longer than anybody waits.
SLOW = """
    create function adm_sync.sleep() returns trigger language plpgsql as $$
    begin
        if new.title like '%-03' then perform pg_sleep(120); end if;
        return new;
    end $$;
    create trigger slow before insert on adm_sync.events
        for each row execute function adm_sync.sleep();
"""
# `adm-sync` that records two events at a time.
BY_TWO = """
from adm_sync.cli.main import main
from adm_sync.imports import batches
batches.TOGETHER = 2
main()
"""
# The same, which waits for a database to come back as long as a test may, and Dagster too.
IMPATIENT = """
from dagster_postgres.utils import retry_pg_connection_fn
from adm_sync.cli.main import main
from adm_sync.imports import batches, ending
batches.TOGETHER = 2
ending.SECONDS_TO_COME_BACK = 1
retry_pg_connection_fn.__defaults__ = (1, 0.1)
main()
"""
STATEMENT_ENDED = """
    select pg_cancel_backend(pid) from pg_stat_activity where state = 'active'
        and pid <> pg_backend_pid() and query ilike '%insert into adm_sync.events%'
"""


@pytest.fixture
def four(tmp_path: Path) -> str:
    """A workbook of four events."""
    path = tmp_path / "four.xlsx"
    rows = [row for name in NAMES for row in workbooks.classroom(title=name)]
    path.write_bytes(workbooks.workbook_bytes(rows))
    return str(path)


@pytest.fixture(autouse=True)
def dead_runs_end_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Dagster's note that a run has ended may be lost; the next import makes it."""
    monkeypatch.setattr(at_work, "SECONDS_TO_RETURN", 0)


def while_recording(
    place: Workplace, *arguments: str, program: str = BY_TWO
) -> "subprocess.Popen[str]":
    """An import that has recorded two events, and is at the third."""
    place.execute(SLOW)

    def reached() -> bool:
        return len(place.execute("select 1 from adm_sync.events")) == 2

    return _at(place, arguments, reached, program)


def mend(place: Workplace) -> None:
    """From now on every event is recorded at once."""
    place.execute(STATEMENT_ENDED)
    place.execute("drop trigger slow on adm_sync.events")


def while_pushing(
    place: Workplace, *arguments: str, program: str | None = None
) -> "subprocess.Popen[str]":
    """An import of which two events are in Administrate, and the third is not answered."""
    place.set(adm_sync_concurrent_pushes="1", adm_sync_push_together="1")
    place.sandbox.faults.add("slow", match="createClassroom", times=None, skip=2, seconds=2.0)
    return _at(place, arguments, lambda: len(remote_titles(place)) == 2, program)


def _at(
    place: Workplace, arguments: Sequence[str], reached: Any, program: str | None = None
) -> "subprocess.Popen[str]":
    command = {"program": ("-c", program)} if program else {}
    process = place.start(*arguments, stderr=subprocess.PIPE, **command)
    ends = time.monotonic() + SECONDS
    while not reached():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < ends, "it does not come so far"
        time.sleep(0.02)
    time.sleep(0.5)  # into the middle of the next one
    return process


def document(process: "subprocess.Popen[str]", status: int) -> tuple[Any, str]:
    """The one document of an import that has ended so, and what else was said."""
    out, errors = process.communicate(timeout=SECONDS)
    assert process.returncode == status, (out, errors)
    for driver in ("Traceback", "[SQL", "psycopg", "select ", "insert ", "Error_"):
        assert driver not in out + errors
    return json.loads(out), errors


def assert_adds_up(counts: dict[str, int]) -> None:
    outcomes = ("created", "unchanged", "rejected", "skipped", "not_recorded")
    assert counts["in_workbook"] == sum(counts[name] for name in outcomes)


@pytest.mark.thorough
def test_an_import_that_is_stopped_while_it_records_says_how_far_it_came(
    synced: Workplace, four: str
) -> None:
    process = while_recording(synced, "import-events", four, "--json")

    process.send_signal(signal.SIGTERM)
    stopped, errors = document(process, 130)

    assert synced.execute(STATEMENT_ENDED) == []  # there was none any more
    assert errors.endswith("Stopped.\n")
    assert stopped["status"] == "cancelled"
    assert stopped["events"]["created"] == stopped["events"]["pending"] == 2
    assert stopped["events"]["not_recorded"] == 2
    assert_adds_up(stopped["events"])
    assert_adds_up(stopped["sessions"])
    (listed,) = synced.json("imports")["imports"]
    assert (listed["status"], listed["state"]) == ("cancelled", "partial")
    assert listed["latest_run"]["events"]["created"] == 2

    mend(synced)
    again = synced.json("import-events", four)

    assert again["status"] == "succeeded"
    assert (again["events"]["created"], again["events"]["unchanged"]) == (2, 2)
    assert again["in_all"]["created"] == again["events"]["pushed"] == 4
    assert again["state"] == "complete"
    assert remote_titles(synced) == NAMES


@pytest.mark.thorough
def test_an_import_that_is_stopped_while_it_pushes_counts_what_is_there(
    synced: Workplace, four: str
) -> None:
    process = while_pushing(synced, "import-events", four)

    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=SECONDS)

    assert process.returncode == 130
    assert errors.endswith("Stopped.\n")
    # What was on its way is finished.
    assert remote_titles(synced) == NAMES[:3]
    assert out.startswith("four.xlsx: the import was stopped before its end.\n")
    assert "  ✓ created here: 4 events with 4 sessions\n" in out
    assert "  ✓ created in Administrate: 3 events" in out
    assert "yet (wholly) in Administrate: " in out
    (listed,) = synced.json("imports")["imports"]
    assert (listed["status"], listed["state"]) == ("cancelled", "pending")

    synced.sandbox.faults.clear()
    again = synced.json("import-events", four)

    assert again["status"] == "succeeded"
    assert again["events"]["unchanged"] == again["in_all"]["created"] == 4
    assert again["events"]["pushed"] == 1
    assert remote_titles(synced) == NAMES


@pytest.mark.thorough
def test_connections_that_are_lost_for_a_moment_interrupt_an_import_and_it_is_counted(
    synced: Workplace, four: str, database_server: sa.URL
) -> None:
    process = while_recording(synced, "import-events", four, "--json")

    with cut_off(synced.database_url, database_server):
        time.sleep(1)
    stopped, errors = document(process, 1)

    assert stopped["status"] == "interrupted"
    assert "connection" in stopped["message"]
    assert stopped["message"] in errors
    assert stopped["events"]["created"] == 2
    assert stopped["events"]["not_recorded"] == 2
    (listed,) = synced.json("imports")["imports"]
    assert (listed["status"], listed["state"]) == ("interrupted", "partial")


@pytest.mark.thorough
@pytest.mark.skipif(
    "ADM_SYNC_DATABASE_URL" in os.environ, reason="that server is not ours to restart"
)
def test_a_restart_of_postgresql_interrupts_an_import_and_the_next_one_goes_on(
    synced: Workplace, four: str
) -> None:
    process = while_pushing(synced, "import-events", four, "--json")
    ((data,),) = synced.execute("show data_directory")
    synced.engine.dispose()

    with stopped_server(Path(data)):
        pass
    stopped, errors = document(process, 1)

    assert stopped["status"] == "interrupted"
    assert stopped["message"] in errors
    assert stopped["events"]["created"] == 4
    assert_adds_up(stopped["events"])
    (listed,) = synced.json("imports")["imports"]
    assert (listed["status"], listed["state"]) == ("interrupted", "pending")
    synced.sandbox.faults.clear()
    again = synced.json("import-events", four)
    assert again["state"] == "complete"
    assert remote_titles(synced) == NAMES


@pytest.mark.thorough
def test_an_import_is_interrupted_if_only_the_database_of_dagster_is_lost(
    synced: Workplace, four: str, database_server: sa.URL, dagster_database_url: str
) -> None:
    process = while_pushing(synced, "import-events", four, "--json", program=IMPATIENT)

    with cut_off(dagster_database_url, database_server):
        stopped, errors = document(process, 1)

    assert stopped["status"] == "interrupted"
    assert stopped["message"].startswith("Dagster's own database was lost")
    assert errors.count(stopped["message"]) == 1
    assert stopped["events"]["created"] == 4
    assert_adds_up(stopped["events"])
    assert "psycopg2.OperationalError" in (synced.home / "adm-sync.log").read_text()
    synced.sandbox.faults.clear()
    again = synced.json("import-events", four)
    assert again["state"] == "complete"
    assert remote_titles(synced) == NAMES


@pytest.mark.thorough
def test_while_the_database_does_not_answer_no_count_is_said_to_be_known(
    synced: Workplace, four: str, database_server: sa.URL
) -> None:
    process = while_recording(synced, "import-events", four, "--json", program=IMPATIENT)

    with cut_off(synced.database_url, database_server):
        stopped, _ = document(process, 1)

    assert stopped["status"] == "interrupted"
    assert set(stopped["events"].values()) == set(stopped["sessions"].values()) == {None}
    assert (
        "does not answer, so what was recorded and pushed by then is not known"
        in (stopped["message"])
    )
    mend(synced)
    (listed,) = synced.json("imports")["imports"]
    assert (listed["status"], listed["state"]) == ("interrupted", "partial")
    assert listed["events"]["created"] == 2


@pytest.mark.thorough
def test_an_import_whose_process_was_killed_is_not_running(synced: Workplace, four: str) -> None:
    process = while_recording(synced, "import-events", four)
    (alive,) = synced.json("imports")["imports"]

    process.kill()
    process.communicate()
    synced.execute(STATEMENT_ENDED)

    assert alive["status"] == "running"
    ends = time.monotonic() + SECONDS
    while (listed := synced.json("imports")["imports"][0])["status"] == "running":
        assert time.monotonic() < ends
    assert (listed["status"], listed["state"]) == ("interrupted", "partial")
    assert listed["message"] == "The process that was at it ended in the middle."
    assert listed["latest_run"]["events"] is None
    assert "interrupted" in synced.run("imports", "four").stdout
    mend(synced)
    assert synced.json("import-events", four)["state"] == "complete"
    assert remote_titles(synced) == NAMES


def test_a_full_disk_interrupts_an_import(synced: Workplace, four: str) -> None:
    synced.execute(
        """
        create function adm_sync.full() returns trigger language plpgsql as $$
        begin
            raise exception 'could not extend file' using errcode = '53100';
        end $$;
        create trigger full_disk before insert on adm_sync.event_groups
            for each row execute function adm_sync.full();
        """
    )

    stopped = synced.json("import-events", four, status=1)

    assert stopped["status"] == "interrupted"
    assert stopped["message"].startswith("The disk of the database server is full")
    assert stopped["events"]["in_workbook"] is None
    assert stopped["events"]["created"] == 0
