"""What one sync of one entity came to.

What belongs here: the result, its JSON form, and which entities are left out because of others.
What does not: words for the terminal or for Dagster.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from adm_sync.database.journal import COUNTS, Discrepancy
from adm_sync.database.states import DiscrepancyKind, RunStatus
from adm_sync.errors import AdmSyncError
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.entity import Entity
from adm_sync.reference.planning import Change, Plan

LISTED = (
    DiscrepancyKind.UNMATCHED_TUTORIAL,
    DiscrepancyKind.UNMATCHED_ADMINISTRATE,
    DiscrepancyKind.AMBIGUOUS,
    DiscrepancyKind.DRIFTED,
)


@dataclass(slots=True)
class EntityResult:
    """Counts, discrepancies and the status of one entity.

    It succeeded; is partial, as a part that is known or needed was not answered, or a record was
    refused; is held, failed or skipped. Of what was not accepted there are no counts, and
    `discrepancies` are those stored; `knows_open` says whether they could be read.

    Created + updated + unchanged + retained + skipped = records fetched or held by the table.
    `errors` are records that were refused for what they hold; they are among the skipped.
    """

    entity: str
    status: RunStatus
    message: str = ""
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    retained: int = 0
    skipped: int = 0
    errors: int = 0
    requests: int = 0
    seconds: float = 0.0
    own_seconds: float = 0.0
    rows: int = 0
    relinked: int = 0
    tutorial_records: int = 0
    discrepancies: list[Discrepancy] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    error: AdmSyncError | None = None
    knows_open: bool = True
    run_id: int | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether what Administrate answered was taken, in part at least."""
        return self.status in {RunStatus.SUCCEEDED, RunStatus.PARTIAL}

    def counts(self) -> dict[str, int]:
        """The eight counts by name, as the journal keeps them."""
        return {name: getattr(self, name) for name in COUNTS}

    def of_kind(self, kind: DiscrepancyKind) -> list[Discrepancy]:
        """The discrepancies of one kind."""
        return [one for one in self.discrepancies if one.kind == kind]

    def as_json(self) -> dict[str, Any]:
        """The entity's part of the document that `--json` prints."""
        return {
            "entity": self.entity,
            "status": self.status,
            **self.counts(),
            **{str(kind): [_listed(one) for one in self.of_kind(kind)] for kind in LISTED},
            "retained_rows": [_listed(one) for one in self.of_kind(DiscrepancyKind.RETAINED)],
            "conflicting_links": [
                _listed(one) for one in self.of_kind(DiscrepancyKind.CONFLICTING_LINK)
            ],
            "relinked": self.relinked,
            "seconds": round(self.seconds, 3),
            "own_seconds": round(self.own_seconds, 3),
            "message": self.message,
        }


def counted(plan: Plan, status: RunStatus, found: list[Discrepancy]) -> EntityResult:
    """The result that a plan amounts to once it is applied (or would, in a dry run)."""
    return EntityResult(
        plan.entity.name,
        status,
        created=len(plan.creates),
        updated=len(plan.updates),
        unchanged=plan.unchanged,
        deleted=len(plan.deletes),
        retained=len(plan.retained) + plan.unanswered,
        skipped=plan.skipped,
        errors=len(plan.refused),
        rows=plan.rows - len(plan.deletes) + len(plan.creates),
        relinked=plan.moved,
        discrepancies=found,
        changes=plan.changes,
    )


def overall(results: Sequence[EntityResult]) -> RunStatus:
    """One word for several: failed, held, partial or succeeded, the worst that occurred."""
    statuses = {result.status for result in results}
    if RunStatus.FAILED in statuses:
        return RunStatus.FAILED
    if RunStatus.HELD in statuses:
        return RunStatus.HELD
    if RunStatus.SKIPPED in statuses:
        return RunStatus.FAILED
    return RunStatus.PARTIAL if RunStatus.PARTIAL in statuses else RunStatus.SUCCEEDED


def _listed(one: Discrepancy) -> dict[str, Any]:
    names = ("tutorial_id", "external_id", "label", "detail")
    # What tells people apart is for who decides, not for logs.
    near = [
        {name: value for name, value in each.items() if name != "apart"} for each in one.suggestions
    ]
    return {name: getattr(one, name) for name in names} | {"suggestions": near}


def left_out(entity: Entity, failed: Sequence[str], *, stop_on_error: bool) -> EntityResult | None:
    """The result of an entity that is not tried because of others; None if it is to be tried.

    Args:
        entity: whose turn it is.
        failed: the entities before it that were not accepted.
        stop_on_error: whether any of them is a reason, and not only one that it needs.
    """
    needed = [need.entity for need in entity.needs if need.entity in failed]
    if needed:
        reason = f"not run, because it needs the {BY_NAME[needed[0]].many}"
    elif failed and stop_on_error:
        reason = f"not run, because {BY_NAME[failed[0]].many} did not succeed before it"
    else:
        return None
    return EntityResult(entity.name, RunStatus.SKIPPED, reason)
