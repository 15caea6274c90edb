"""The plan that a person has seen and agreed to: telling it from another, and how they differ.

What belongs here: its fingerprint, and comparing. What does not: making a plan (`planning`), and
carrying it out (`importing`).
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from adm_sync.errors import WorkbookError
from adm_sync.imports.beside import FoundBeside
from adm_sync.imports.examining import Examined
from adm_sync.imports.planning import PlannedEvent
from adm_sync.imports.summary import ImportSummary
from adm_sync.workbook.mapping.words import Words

MOVED = (
    "An import would not do any more what was agreed to: something has changed since, here or in "
    "Administrate, or that was of another workbook, or with other options. Nothing was written, "
    "neither here nor there. Look at the plan as it is now, and agree to that one."
)
REJECTED, NOT_THERE = "rejected", "left out"
# What is compared of an entry of the plan besides its outcome, and what it is called.
_PARTS = {
    "title": "its title",
    "changes": "the values that are changed",
    "steps": "what is done in Administrate",
    "approve": "who is approved",
    "conflicts": "the values that a person has to decide about",
    "template": "its course template",
}


class PlanMoved(WorkbookError):
    """An import would do something else than was agreed to; `summary` says what."""

    def __init__(self, summary: ImportSummary) -> None:
        super().__init__(MOVED)
        self.summary = summary


def fingerprint(examined: Examined, beside: FoundBeside, waiting: Sequence[str]) -> str:
    """The same again only if an import would do the same, and would say the same of every row.

    Args:
        examined: the workbook, with the plan.
        beside: what Administrate has already.
        waiting: what waits for a person.
    """
    words = examined.table.words
    told = (
        examined.content.sha256,
        examined.table.sheet,
        [_told(one, words) for one in examined.plan.events],
        [(one.row, one.event.id) for one in examined.plan.cancelled],
        [(one.rows, one.verdict, one.reason) for one in examined.groups],
        [one for one in examined.findings if one.row is not None],
        (beside.adopted, beside.undecided, beside.lacking, bool(beside.unknown)),
        tuple(waiting),
    )
    # Values of these kinds are written in one way only: they hold no sets.
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _told(planned: PlannedEvent, words: Words) -> tuple[Any, ...]:
    """All that is written for an event, here and in Administrate, and what it is instead of."""
    update = planned.update
    return (
        planned.outcome,
        planned.code,
        (planned.event_id, planned.tutorial_event_id, planned.adm_event_id, planned.external_id),
        planned.new_days,
        planned.approve,
        planned.disputes,
        update.as_json(words) if update else (),
        update.wanted if update else planned.resolved,
    )


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a person has agreed to, by its fingerprint, and what was found when it was looked for.

    `examined` is the workbook as an import that keeps to it takes it.
    """

    fingerprint: str
    examined: Examined
    beside: FoundBeside

    def verify(self, summary: ImportSummary) -> None:
        """Make sure that an import that would end so is the one that was agreed to.

        Raises:
            PlanMoved: it is not.
        """
        if summary.fingerprint != self.fingerprint:
            raise PlanMoved(summary)


# ---------------------------------------------------------------------- what differs


@dataclass(frozen=True, slots=True)
class PlanDifference:
    """What becomes of one event now, and what would have when the plan was agreed to.

    `before` and `now` are outcomes of the plan, `rejected`, or `left out`; `what` says it in words.
    """

    row: int
    title: str
    before: str
    now: str
    what: str


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[PlanDifference]:
    """What differs between two dry runs of a workbook, by its rows.

    Two plans may differ in what neither shows, such as the record that a name stands for.

    Args:
        before: the document of the one that was agreed to, as `--json` prints it.
        now: of the other.
    """
    was, is_now = _by_row(before), _by_row(now)
    found = (
        _difference(row, was.get(row, _Row()), is_now.get(row, _Row()))
        for row in sorted(was.keys() | is_now.keys())
    )
    return [one for one in found if one.what]


@dataclass(slots=True)
class _Row:
    """What a dry run says of one row: its entry in the plan, and what was found, with how bad."""

    entry: Mapping[str, Any] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)

    @property
    def outcome(self) -> str:
        if self.entry:
            return str(self.entry["outcome"])
        return REJECTED if "error" in self.found.values() else NOT_THERE

    def told(self, part: str) -> Any:
        return self.entry.get(part)


def _by_row(document: Mapping[str, Any]) -> dict[int, _Row]:
    rows: defaultdict[int, _Row] = defaultdict(_Row)
    for entry in document["plan"]:
        rows[entry["row"]].entry = entry
    for finding in document["findings"]:
        if finding["row"] is not None:
            rows[finding["row"]].found[finding["message"]] = finding["severity"]
    return rows


def _difference(row: int, was: _Row, now: _Row) -> PlanDifference:
    return PlanDifference(
        row,
        now.entry.get("title") or was.entry.get("title") or "",
        was.outcome,
        now.outcome,
        "; ".join(_words(was, now)),
    )


def _words(was: _Row, now: _Row) -> Iterator[str]:
    if was.outcome != now.outcome:
        yield f"it was to be {was.outcome}, and is to be {now.outcome} now"
    else:
        others = [said for part, said in _PARTS.items() if was.told(part) != now.told(part)]
        if others:
            yield f"other than it was: {', '.join(others)}"
    yield from (f"found now: {one}" for one in now.found if one not in was.found)
    yield from (f"not so any more: {one}" for one in was.found if one not in now.found)
