"""Instructors: from a cell to linked instructors.

What belongs here: what each name of a cell leads to. What does not: how a cell names several
people (`people`), and which cells there are (`resolving`).
"""

from collections.abc import Sequence

from adm_sync.workbook.events import Link
from adm_sync.workbook.lookup.people import Roll, matched_in_part, read_people, same_spelling
from adm_sync.workbook.lookup.registers import INSTRUCTOR, Found, LookedUp, Register, noting_folding
from adm_sync.workbook.references import LinkedRecord, References


class Instructors:
    """All instructors that have a name."""

    def __init__(self, references: References) -> None:
        people = [one for one in references.people if one.instructor is not None]
        self._records = [one.instructor for one in people if one.instructor is not None]
        self._roll = Roll([(one.first_name, one.last_name) for one in people])
        self._register = Register(INSTRUCTOR, references)
        self._cells: dict[str, Found[Link]] = {}
        self._answers: dict[str, LookedUp] = {}

    def read(self, cell: str) -> Found[Link]:
        """Everybody in a cell; all names that cannot be used are told at once."""
        if cell not in self._cells:
            self._cells[cell] = self._read(cell)
        return self._cells[cell]

    def _read(self, cell: str) -> Found[Link]:
        reading = read_people(cell, self._roll.find, INSTRUCTOR.ambiguous)
        answers = [self._find(name) for name in reading.values]
        links = {answer.link.tutorial_id: answer.link for answer in answers if answer.link}
        findings = [finding for answer in answers for finding in answer.findings]
        return Found(tuple(links.values()), (*reading.findings, *findings))

    def _find(self, name: str) -> LookedUp:
        if name not in self._answers:
            self._answers[name] = self._look_up(name)
        return self._answers[name]

    def _look_up(self, name: str) -> LookedUp:
        match = self._roll.find(name)
        if match is None:
            return self._register.unknown(name, self._roll.near(name))
        answer = self._register.settle(name, self._at(match.positions))
        if answer.link is None:
            return answer
        if not match.is_exact:
            finding = matched_in_part(name, answer.link.name)
            return LookedUp((finding,), answer.record, answer.link)
        return answer if same_spelling(name, answer.link.name) else noting_folding(name, answer)

    def _at(self, positions: Sequence[int]) -> list[LinkedRecord]:
        return [self._records[position] for position in positions]
