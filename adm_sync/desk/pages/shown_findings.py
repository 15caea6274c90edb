"""Findings beside the sheet as it looks, for the page of an import.

What belongs here: which are shown together, and what is shown with them. What does not: how.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from adm_sync.desk.visit import Visit
from adm_sync.errors import SettingsError
from adm_sync.imports.looking import LookedAt
from adm_sync.imports.sheet_view import Excerpt, SheetView
from adm_sync.imports.updates.findings import CONFLICT
from adm_sync.workbook.annotation.remarks import ASK_TO_RUN, OR_ASK_TO_RUN, command, sentence
from adm_sync.workbook.findings import Finding


@dataclass(frozen=True, slots=True)
class ShownFindings:
    """What was found in a row, or alike in several.

    Attributes:
        rows: their numbers; none if it is about the workbook.
        told: each finding, what a planner does about it, and what a data administrator runs.
        excerpt: the sheet around the first of the rows.
        marked: the letters of the columns in which something was found.
        since: what became of it since, if it is settled.
    """

    rows: Sequence[int]
    told: Sequence[tuple[Finding, str, str]]
    excerpt: Excerpt | None
    marked: set[str]
    since: str


def sheets_beside(visit: Visit, found: Sequence[Finding]) -> Mapping[str, SheetView] | None:
    """The sheets that findings are shown in; None if reading them, which takes seconds, would be
    the first time, and the address does not ask for it."""
    partition = visit.path["partition"]
    if all(one.row is None for one in found):
        return {}
    if "sheet" not in visit.query:
        return visit.desk.sheets.known(partition)
    try:
        return visit.desk.sheets.of(partition)
    except SettingsError:  # the mapping file is wrong: what was found is shown without the sheet
        return {}


def shown_findings(
    looked: LookedAt, found: Sequence[Finding], sheets: Mapping[str, SheetView]
) -> Iterator[ShownFindings]:
    """Those of a row together, with the sheet around it; what several rows share, only once."""
    settled = _settled_rows(looked)
    alike: dict[tuple[object, ...], list[list[Finding]]] = {}
    for _, several in groupby(found, lambda one: (one.sheet, one.row)):
        together = list(several)
        said = [(one.code, one.column, one.message, one.suggestion) for one in together]
        where = together[0].sheet, settled.get(together[0].row or 0)
        alike.setdefault((where, *said), []).append(together)
    for groups in alike.values():
        first = groups[0][0]
        marked = {one.column for one in groups[0] if one.column}
        sheet = sheets.get(first.sheet or "")
        yield ShownFindings(
            [group[0].row for group in groups if group[0].row],
            [(one, *_to_do(one)) for one in groups[0]],
            sheet.excerpt(first.row, marked) if sheet and first.row else None,
            marked,
            settled.get(first.row or 0, ""),
        )


def _settled_rows(looked: LookedAt) -> dict[int, str]:
    """The rows of event groups that a later workbook has put right, and how."""
    since = looked.listed.standing.since
    return {
        row: since[group.rows[0]]
        for group in looked.groups
        if group.event_id is None and group.rows and group.rows[0] in since
        for row in group.rows
    }


def _to_do(one: Finding) -> tuple[str, str]:
    """What a planner does about it, and what a data administrator runs."""
    if one.code == CONFLICT.name:
        return "Choose whose value holds, under Conflicts.", ""
    # What to run stands beside it here.
    return sentence(one).removesuffix(OR_ASK_TO_RUN).removesuffix(ASK_TO_RUN), command(one)
