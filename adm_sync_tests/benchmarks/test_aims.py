"""What was to be reached is judged by the figures, and the past is as imports leave it."""

from dataclasses import replace

import psycopg
import pytest

from adm_sync.database import open_steps
from adm_sync.database.engine import create_engine
from benchmarks import history
from benchmarks.aims import report, syncing
from benchmarks.aims.importing import claiming
from benchmarks.aims.plan import Measured
from benchmarks.aims.row import Row, beside, exponent, table
from benchmarks.imports import adm_sync_itself
from benchmarks.imports.job import Imported, ImportJob
from benchmarks.measuring import DatabaseMeter

pytestmark = pytest.mark.thorough


def verdict(empty: float, past: float | None = None, **aim: float) -> str:
    return Row("work", "s", empty, past, **aim).verdict


def test_a_figure_is_judged_on_both_databases() -> None:
    assert verdict(2.0, most=2) == "reached"
    assert verdict(2.0, 2.1, most=2) == "missed"
    assert verdict(2.1, 2.0, most=2) == "missed"
    assert verdict(0.95, 0.96, least=0.95) == "reached"
    assert verdict(0.96, 0.94, least=0.95) == "missed"
    assert verdict(5.0) == ""


@pytest.mark.parametrize("power", [0, 1, 2])
def test_growth_is_told_by_its_exponent(power: int) -> None:
    assert exponent({size: 3.0 * size**power for size in (10, 200, 3_000)}) == pytest.approx(power)


def test_the_table_says_what_was_to_be_reached_and_what_was() -> None:
    empty, past = [Row("Claim", "ms", 1.5, most=2)], [Row("Claim", "ms", 24.51, most=2)]
    *_, line = table(beside(empty, past)).splitlines()
    assert [cell.strip() for cell in line.strip("|").split("|")] == [
        *("Claim", "ms", "≤ 2", "1.5", "24.5", "missed")
    ]


def test_the_section_has_every_row_and_every_package() -> None:
    rows = [Row("sync-all", "wall s", 1.1, most=1.2), Row("--help", "wall s", 0.1)]
    told = report.section(Measured(rows, 100_224, 288, {"everything": 1.25, "dagster": 0.75}))
    assert "100,224 old events" in told
    assert "| reached |" in told
    assert "1.25 s are spent" in told
    assert "| dagster | 0.750 |" in told


def test_a_name_that_differs_by_a_letter_is_suggested() -> None:
    _, share = syncing.suggesting(30)
    assert share == 1


def run(job: ImportJob, last: str) -> Imported:
    return adm_sync_itself.run(replace(job, last=last), DatabaseMeter())


@pytest.mark.thorough
def test_what_is_old_is_done_and_in_nobodys_way(job: ImportJob) -> None:
    new = run(job, "report")
    with psycopg.connect(job.database_url) as connection:
        history.multiply(connection, 7)
        kept = (
            "select count(*), count(distinct title_key), count(distinct template_external_id),"
            " max(starts_at) < '2026-02-01'"
        )
        old = connection.execute(f"{kept} from adm_sync.events").fetchone()
    engine = create_engine(job.database_url)
    with engine.connect() as connection:
        assert open_steps.count_due(connection, None) == 0
    engine.dispose()

    again = run(job, "record")

    assert old == (7 * new.events, 7 * new.events, 7, True)
    assert (again.events, again.sessions, again.findings) == (new.events, new.sessions, 0)
    assert claiming(job.database_url, again.events)


@pytest.mark.thorough
def test_an_import_is_looked_at_made_and_taken_back(job: ImportJob) -> None:
    looked, made, undone = (run(job, last) for last in ("look", "report", "undo"))
    assert looked.events == made.events == undone.events > 0
    assert looked.requests < made.requests
    assert made.cpu > 0
    assert made.together >= made.memory
