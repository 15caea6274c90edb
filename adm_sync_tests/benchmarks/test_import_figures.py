"""The figures of the import as docs/benchmarks.md has them."""

from dataclasses import replace

import pytest

from benchmarks.document import with_section
from benchmarks.imports import pushing_report
from benchmarks.imports.job import Imported, Stage, imported
from benchmarks.imports.pushing_plan import Run
from benchmarks.plan import DEFAULT_RATE

pytestmark = pytest.mark.thorough


def figures(push: float, requests: int, record: float = 4.0) -> Imported:
    stages = (
        Stage("check", 1.0, 1.0, 40, 1),
        Stage("record", record, record, 4_000, 0),
        Stage("push", push, push, 20_000, requests),
        Stage("report", 1.0, 1.0, 10, 0),
    )
    return Imported(stages, 100.0, 350, 1_300)


def runs(push: float = 48.0, requests: int = 707, record: float = 4.0) -> list[Run]:
    ours = figures(push, requests, record)
    return [
        Run("adm_sync", DEFAULT_RATE, ours),
        Run("floor", DEFAULT_RATE, figures(46.6, 700)),
        Run("adm_sync", 0.0, figures(20.0, requests, record)),
        Run("floor", 0.0, figures(10.0, 700)),
        Run("replaced", 0.0, figures(230.0, 4_250), 7),
    ]


def test_a_part_is_replaced_and_the_others_stay() -> None:
    document = with_section("", "push", "old figures")
    document = with_section(document, "reference", "of the sync")
    document = with_section(document, "push", "new figures")
    assert "old figures" not in document
    assert "new figures" in document
    assert document.index("of the sync") < document.index("new figures")
    assert with_section(document, "push", "new figures") == document


def test_what_is_reached_is_said() -> None:
    said = pushing_report.verdicts(runs())
    assert "misses" not in said
    assert "requests an event, those of the check too: 2.023, which reaches 3 or less" in said
    assert "requests, (a) to adm_sync: 6.004, which reaches 5 or more" in said


def test_what_is_missed_is_said() -> None:
    said = pushing_report.verdicts(runs(push=60.0, requests=1_100, record=30.0)).splitlines()
    missed = [line.split(":")[0] for line in said if "misses" in line]
    assert missed == [
        "- requests an event, those of the check too",
        "- requests, (a) to adm_sync",
        "- wall of the push, adm_sync to (b), 15 a second",
        "- share of the record in the import, 15 a second",
        "- share of the record in the import, no limit",
        "- wall of the import, to one that pushes by (b), 15 a second",
    ]


def test_a_scaled_run_is_marked() -> None:
    lines = pushing_report.section(runs()).splitlines()
    (line,) = [one for one in lines if one.startswith("| none") and "(a)" in one]
    assert "\u2248 4,250" in line


def test_figures_survive_their_way_between_processes() -> None:
    ours = figures(48.0, 707)
    stages = [
        {name: getattr(stage, name) for name in Stage.__dataclass_fields__} for stage in ours.stages
    ]
    told = {"stages": stages, "memory": 100.0, "events": 350, "sessions": 1_300, "findings": 0}
    assert imported(told) == replace(ours, findings=0)
