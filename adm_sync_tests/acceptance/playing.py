"""Letting something go wrong in the tenant, and what has to hold all the same.

What belongs here: invariants that more than one module asserts. What does not: the faults.
"""

from typing import Any

from adm_sync.errors import AdministrateError
from adm_sync.reference.results import EntityResult
from adm_sync_tests.acceptance.stage import Stage

MOST_REQUESTS = 24

Fault = tuple[str, dict[str, Any]]


def play(stage: Stage, fault: Fault, field: str | None = None, **how: Any) -> None:
    """From now on, for good unless `times` says otherwise, answers go wrong like this."""
    kind, details = fault
    if field is not None:
        details = details | {"field": field}
    stage.sandbox.faults.clear()
    stage.sandbox.faults.add(kind, match="query", **{"times": None, **how}, **details)


def changes_nothing(stage: Stage, name: str) -> EntityResult:
    """No row changes in any bridge table, nothing is sent but a few queries."""
    before = stage.bridges()
    result = stage.sync(name)
    assert stage.bridges() == before, result.message
    assert stage.sandbox.calls.mutations == 0
    assert stage.sandbox.calls.requests <= MOST_REQUESTS
    assert isinstance(result.error, AdministrateError | None)
    assert "fault of adm_sync" not in result.message
    return result


def believes_nothing(stage: Stage, name: str) -> EntityResult:
    """The same, and the sync does not count as a success."""
    result = changes_nothing(stage, name)
    assert result.status in {"failed", "held"}, result.message
    assert result.message
    assert stage.runs(name)[-1].status == result.status
    return result


def is_well_again(stage: Stage, name: str) -> None:
    """Without the fault the next sync finds everything unchanged."""
    before = stage.bridges()
    stage.sandbox.faults.clear()
    result = stage.sync_well(name)
    assert result.unchanged == len(stage.rows(name))
    assert stage.bridges() == before
