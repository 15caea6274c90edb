"""The findings of a workbook page by page, and by what is to be done about them.

What belongs here: who is to do what, by code, and one page. What does not: what a finding says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from adm_sync.database import dry_runs
from adm_sync.imports.catalogue import catalogue
from adm_sync.imports.codes import NOT_COMPARED
from adm_sync.imports.updates.findings import CONFLICT, UPDATE_WAITS
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.lookup.registers import IS_IT
from adm_sync.workbook.lookup.staff import ADMINISTRATOR_NOT_ASKED

_PASSES = frozenset({UPDATE_WAITS.name, NOT_COMPARED.name, ADMINISTRATOR_NOT_ASKED.name})


class ToDo(StrEnum):
    """What is to be done about a finding."""

    CORRECT = "correct"  # the workbook
    ASK = "ask"  # the data administrator
    DECIDE = "decide"  # whose value holds
    WAIT = "wait"  # and check again: Administrate could not be asked, or does not have all yet
    LOOK = "look"  # and nothing else


@dataclass(frozen=True, slots=True)
class FindingPage:
    """Some findings, and how many there are of each kind in all."""

    findings: Sequence[Finding]
    counts: Mapping[ToDo, int]
    number: int
    pages: int


def todo_of(severity: str, code: str, *, is_near: bool) -> ToDo:
    """What is to be done about a finding; `is_near` if it asks whether a name like it is meant."""
    if code == CONFLICT.name:
        return ToDo.DECIDE
    if code in _PASSES:
        return ToDo.WAIT
    known = catalogue().get(code)
    if known is not None and known.ask and not is_near:
        return ToDo.ASK
    return ToDo.CORRECT if severity == "error" else ToDo.LOOK


def finding_page(
    connection: sa.Connection, workbook_id: int, todo: ToDo | None, number: int, size: int
) -> FindingPage:
    """One page of the findings of a workbook's latest check.

    Args:
        connection: only read from.
        workbook_id: the workbook's.
        todo: only those about which this is to be done.
        number: of the page, from 1; one that there is not gives the nearest.
        size: how many findings a page has.
    """
    counts, wanted = dict.fromkeys(ToDo, 0), []
    for severity, code, is_near, n in dry_runs.counts(connection, workbook_id, IS_IT):
        found = todo_of(severity, code, is_near=is_near)
        counts[found] += n
        if todo in {None, found}:
            wanted.append((severity, code, is_near))
    total = sum(counts.values()) if todo is None else counts[todo]
    pages = max(1, -(-total // size))
    number = min(max(1, number), pages)
    rows = dry_runs.page(connection, workbook_id, IS_IT, wanted, (number - 1) * size, size)
    return FindingPage([Finding(**row) for row in rows], counts, number, pages)
