"""Decisions that come back in a list of discrepancies: all of them are made, or none.

What belongs here: what is offered in the list, and what was filled in. What does not: reading the
file (`coming_back`), and whether a decision can be made now (`reference.choosing`).
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from adm_sync.database import open_records
from adm_sync.database.engine import database_errors
from adm_sync.database.journal import OpenDiscrepancy
from adm_sync.formulas import printable
from adm_sync.reference.choices import choices, understood
from adm_sync.reference.choosing import Choice, JudgedChoice, decide_all
from adm_sync.reference.decisions import Statement, said_by
from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.entity import Entity
from adm_sync.reference.known_records import KnownRecords, Named
from adm_sync.tables.coming_back import Returned, ReturnedRow, read_returned
from adm_sync.tables.declared import DISCREPANCIES
from adm_sync.tables.to_decide import DECISION, REASON
from adm_sync.workbook.findings import Finding, Place, error, shown
from adm_sync.workbook.reading import Limits
from adm_sync.workbook.sheet import Content
from adm_sync.workbook.sheets import MERGED_CELLS

_HEADINGS = {column.name: column.heading for column in DISCREPANCIES.columns}
ID = _HEADINGS["id"]
# By these a row is known again; whoever changes one of them means another record.
KNOWN_BY = ("id", "entity", "tutorial_id", "external_id")
NEEDED = (*(_HEADINGS[name] for name in KNOWN_BY), DECISION, REASON)

FORMULA = error(
    "decision_is_formula",
    "holds a formula, and what that comes to is taken for no decision and no reason.",
    '=IF(A2>3,"ignore","")',
    "Write what is meant as text, or choose it from the list.",
    suggests=True,
)
NO_CHOICE = error(
    "no_choice",
    "holds '{value}', which is none of the choices for this record.",
    "perhaps",
    "Choose one of these: {choices}.",
)
NOTHING_TO_CHOOSE = error(
    "nothing_to_choose",
    "has to stay blank: no decision helps about this kind of discrepancy ({kind}).",
    "ignore, where a row was kept because others refer to it",
    "Clear the cell. The column Detail says what is wrong.",
    suggests=True,
)
NO_DECISION = error(
    "reason_alone",
    "holds a reason, and beside it no decision is chosen.",
    "closed, with a blank Decision",
    "Choose a decision in the same row, or clear the reason.",
    suggests=True,
)
UNKNOWN_ROW = error(
    "unknown_row",
    "is not the number that this record went out with.",
    "a row that was typed, or a list of another database",
    "Take a fresh list (adm-sync unmatched --xlsx FILE), and decide in that.",
    suggests=True,
)
SETTLED = error(
    "settled_since",
    "comes too late: that is not open any more.{why}",
    "a record that a sync has linked since the list was written",
    "Clear the decision in this row.",
    suggests=True,
)
REFUSED = error(
    "decision_refused",
    "cannot be made so. {why}",
    "a candidate that another record is linked with by now",
    "Clear the decision in this row, or do first what the sentence says.",
    suggests=True,
)
CONTRADICTED = error(
    "contradicted",
    "contradicts the decision in row {row}: both cannot be.",
    "two tutorial records that are to be linked with one Administrate record",
    "Clear one of the two.",
    suggests=True,
)
TWICE = error(
    "decided_twice",
    "decides once more about the record of row {row}.",
    "a row that was copied below itself",
    "Clear the decision in one of the two rows.",
    suggests=True,
)
CODES = (
    *(FORMULA, NO_CHOICE, NOTHING_TO_CHOOSE, NO_DECISION, UNKNOWN_ROW, SETTLED, REFUSED),
    *(CONTRADICTED, TWICE, MERGED_CELLS),
)


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision of a file.

    Attributes:
        row: where it stands.
        label: what the record is called that it is about.
        statement: what it says.
        why: its reason.
        effect: what the next sync does because of it.
        is_new: whether nobody had decided so before.
    """

    row: int
    label: str
    statement: Statement
    why: str
    effect: str
    is_new: bool

    def as_json(self) -> dict[str, Any]:
        """In the form of `--json`."""
        statement = self.statement
        return {
            "row": self.row,
            "label": self.label,
            "kind": statement.kind,
            "entity": statement.entity.name,
            "tutorial_id": statement.tutorial_id,
            "external_id": statement.external_id,
            "why": self.why,
            "effect": self.effect,
            "is_new": self.is_new,
        }


@dataclass(slots=True)
class FileOfDecisions:
    """What came of a file: its decisions, and what is wrong with any.

    They are made if nothing is wrong, and it was no dry run.
    """

    decided: list[Decided] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def status(self) -> str:
        """That no row holds a decision is no failure."""
        return "failed" if self.findings else "succeeded"

    @property
    def entities(self) -> list[str]:
        """Those about which something new is decided: the next sync of these honours it."""
        return sorted({one.statement.entity.name for one in self.decided if one.is_new})

    def as_json(self) -> dict[str, Any]:
        """In the form of `--json`."""
        return {
            "status": self.status,
            "decisions": [one.as_json() for one in self.decided],
            "findings": [one.as_json() for one in self.findings],
        }


def decide_in_file(
    engine: sa.Engine, content: Content, limits: Limits, who: str, *, dry_run: bool = False
) -> FileOfDecisions:
    """Make the decisions of a list that `adm-sync unmatched` wrote and a person has filled in.

    Args:
        engine: the database.
        content: the file.
        limits: what it may be.
        who: the person.
        dry_run: find out everything, and decide nothing.

    Raises:
        WorkbookRefused: the file is no such list, damaged, hostile or beyond a limit.
        DatabaseError: nothing was decided.
    """
    returned = read_returned(content, limits, DISCREPANCIES, NEEDED)
    with database_errors(), engine.connect() as connection, connection.begin() as transaction:
        filled = _Filled(connection, returned)
        chosen, findings = filled.chosen()
        rows, wanted = [row for row, _ in chosen], [choice for _, choice in chosen]
        decided = decide_all(connection, wanted, who, rehearse=dry_run or bool(findings))
        judged = list(zip(rows, decided, strict=True))
        findings += filled.refused(judged)
        if findings:
            transaction.rollback()
    if findings:
        return FileOfDecisions(findings=sorted(findings, key=lambda one: one.row or 0))
    return FileOfDecisions([_decided(row, one) for row, one in judged])


def _decided(row: ReturnedRow, one: JudgedChoice) -> Decided:
    label, is_new = one.shown.label if one.shown else "", one.known is None
    choice = one.choice
    return Decided(row.number, label, choice.statement, choice.why, one.effect, is_new)


class _Filled:
    """The rows of a list in which somebody has written something."""

    def __init__(self, connection: sa.Connection, returned: Returned) -> None:
        self._returned = returned
        self._rows = [row for row in returned.rows if row.text(DECISION) or row.text(REASON)]
        numbers = [row.whole_number(ID) for row in self._rows]
        known = [number for number in numbers if number is not None]
        self._open = open_records.still_open(connection, known)
        self._stored = open_records.stored(connection, known)
        settled = (row for row in self._rows if row.whole_number(ID) not in self._open)
        self._settled = _Settled(connection, settled)

    def chosen(self) -> tuple[list[tuple[ReturnedRow, Choice]], list[Finding]]:
        """What was chosen in each row, and what is wrong with other rows."""
        chosen: dict[int, tuple[ReturnedRow, Choice]] = {}
        findings = [*self._merged()]
        for row in self._rows:
            found = self._read(row)
            if isinstance(found, Finding):
                findings.append(found)
            elif found.number in chosen:
                first, _ = chosen[found.number]
                findings.append(self.finding(row, DECISION, TWICE(row=first.number)))
            else:
                chosen[found.number] = row, found
        return [*chosen.values()], findings

    def refused(self, judged: Sequence[tuple[ReturnedRow, JudgedChoice]]) -> Iterator[Finding]:
        """The choices that cannot be decided."""
        numbers = {one.choice.number: row.number for row, one in judged}
        for row, one in judged:
            if one.rival is not None:
                yield self.finding(row, DECISION, CONTRADICTED(row=numbers[one.rival.number]))
            elif one.problem:
                yield self.finding(row, DECISION, REFUSED(why=one.problem))

    def _merged(self) -> Iterator[Finding]:
        """Where what is filled in may be meant for several rows, and is in one."""
        numbers = [row.number for row in self._rows]
        for heading in (DECISION, REASON):
            for one in self._returned.merged_under(heading):
                filled = bisect_left(numbers, one.first_row) < bisect_right(numbers, one.last_row)
                if filled:
                    position = self._returned.positions[heading]
                    place = Place(self._returned.sheet, one.first_row, position, heading)
                    yield MERGED_CELLS(cells=one.text).at(place)

    def finding(self, row: ReturnedRow, heading: str, finding: Finding) -> Finding:
        """The finding, at its cell."""
        return finding.at(self._returned.place(row, heading), f"{heading} ")

    def _read(self, row: ReturnedRow) -> Choice | Finding:
        formulas = [heading for heading in (DECISION, REASON) if heading in row.worked_out]
        if formulas:
            return self.finding(row, formulas[0], FORMULA())
        said = row.text(DECISION)
        if not said:
            return self.finding(row, REASON, NO_DECISION())
        number = row.whole_number(ID)
        if number is None:
            return self.finding(row, ID, UNKNOWN_ROW())
        one = self._open.get(number)
        if one is None and number not in self._stored:
            return self.finding(row, ID, UNKNOWN_ROW())
        if one is None:
            return self.finding(row, DECISION, SETTLED(why=self._settled.why(row)))
        if not _is_of(row, one):
            return self.finding(row, ID, UNKNOWN_ROW())
        return self._understood(row, one, said)

    def _understood(self, row: ReturnedRow, one: OpenDiscrepancy, said: str) -> Choice | Finding:
        offered = choices(one)
        if not offered:
            nothing = NOTHING_TO_CHOOSE(kind=one.kind.replace("_", " "))
            return self.finding(row, DECISION, nothing)
        statement = understood(one, said)
        if statement is None:
            remedy = NO_CHOICE.remedy.format(choices="; ".join(offered))
            return self.finding(row, DECISION, NO_CHOICE(remedy, value=shown(said)))
        return Choice(one.id, statement, row.text(REASON))


class _Settled:
    """What is known of the records of rows that are not open any more."""

    def __init__(self, connection: sa.Connection, rows: Iterable[ReturnedRow]) -> None:
        self._connection = connection
        self._known: dict[tuple[str, int | str], str] = {}
        ends: dict[str, set[int | str]] = defaultdict(set)
        for row in rows:
            ends[row.text(_HEADINGS["entity"])] |= {*_ends(row)}
        for name, some in ends.items():
            entity = BY_NAME.get(name)
            if entity is not None and entity.matched is not None:
                self._learn(entity, some)

    def why(self, row: ReturnedRow) -> str:
        """What has become of a record, to go on with; '' if that is not known."""
        name = row.text(_HEADINGS["entity"])
        return next((why for end in _ends(row) if (why := self._known.get((name, end)))), "")

    def _learn(self, entity: Entity, ends: Iterable[int | str]) -> None:
        here = [end for end in ends if isinstance(end, int)]
        there = [end for end in ends if isinstance(end, str)]
        named: list[Named] = [(entity, one, None) for one in here]
        named += [(entity, None, one) for one in there]
        for mine, its in KnownRecords(self._connection, named).every(entity):
            said = f" Tutorial record {mine} is linked with {its}."
            self._known |= {(entity.name, mine): said, (entity.name, its): said}
        # That somebody has decided says more, and of several the first.
        made = open_records.decisions_about(self._connection, entity.name, here, there)
        for one in reversed(made):
            said = f" Decision {one.id} is in force ({said_by(one)}), by {one.who}, "
            said += f"{one.decided_at:%Y-%m-%d}."
            for end in (one.tutorial_id, one.external_id):
                if end is not None:
                    self._known[entity.name, end] = said


def _ends(row: ReturnedRow) -> list[int | str]:
    """The ids of the records that a row is about."""
    here, there = row.whole_number(_HEADINGS["tutorial_id"]), row.text(_HEADINGS["external_id"])
    return [end for end in (here, there) if end not in (None, "")]


def _is_of(row: ReturnedRow, one: OpenDiscrepancy) -> bool:
    """Whether what identifies a row is as it went out."""
    wanted: Mapping[str, Any] = {name: getattr(one, name) for name in KNOWN_BY}
    return all(
        row.text(_HEADINGS[name]) == ("" if value is None else printable(str(value)).strip())
        for name, value in wanted.items()
    )
