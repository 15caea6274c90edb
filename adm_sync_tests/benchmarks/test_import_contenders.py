"""The benchmark of the push compares like with like: all contenders make the same events."""

from typing import Any

import pytest

from adm_sync.push.marks import LABEL
from adm_sync.sandbox import SandboxServer
from adm_sync_tests.benchmarks.conftest import EVENTS, SESSIONS
from benchmarks.imports import adm_sync_itself, floor, replaced_pattern
from benchmarks.imports.company_sandbox import fill
from benchmarks.imports.job import Imported, ImportJob
from benchmarks.measuring import DatabaseMeter

pytestmark = pytest.mark.thorough

# Events are made several at a time: which is which id is chance.
GIVEN = {"id", "createdAt", "updatedAt", "legacyId", "event"}


def refilled(sandbox: SandboxServer) -> None:
    """Empty but for the company, whose ids are the same each time."""
    sandbox.store.clear()
    fill(sandbox.store)


def made(sandbox: SandboxServer) -> dict[str, list[dict[str, Any]]]:
    """What is there, but for the marks by which adm_sync alone knows its events again."""
    fields = sandbox.store.all("CustomFieldDefinition")
    marks = {field["key"] for field in fields if field["label"] == LABEL}

    def without_mark(one: dict[str, Any]) -> dict[str, Any]:
        values = {k: v for k, v in one["customFieldValues"].items() if k not in marks}
        return {k: v for k, v in one.items() if k not in GIVEN} | {"customFieldValues": values}

    return {
        kind: sorted(map(without_mark, sandbox.store.all(kind)), key=str)
        for kind in ("Event", "Session")
    }


def numbers(run: Imported) -> tuple[int, int]:
    return run.events, run.sessions


@pytest.mark.thorough
def test_the_three_make_the_same_events_with_their_requests(
    job: ImportJob, sandbox: SandboxServer
) -> None:
    left = {}
    for name, run in (
        ("adm_sync", adm_sync_itself.run),
        ("floor", floor.run),
        ("replaced", replaced_pattern.run),
    ):
        refilled(sandbox)
        imported = run(job, DatabaseMeter())
        assert numbers(imported) == (EVENTS, SESSIONS), name
        left[name] = (made(sandbox), imported.stage("push").requests)
    events, requests = zip(*left.values(), strict=True)
    assert events[0] == events[1] == events[2]
    # All events together take two; adm_sync first reads the schema, and asks three questions of
    # what is there: the templates' codes, these titles, and what starts at these times.
    assert requests == (2 + 4, 2, EVENTS + 3 * SESSIONS)
