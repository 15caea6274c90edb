"""A list that goes out, is filled in, and comes back: the same as deciding by hand, or nothing."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from adm_sync.database import journal
from adm_sync.errors import DecisionError
from adm_sync.reference.choices import choices
from adm_sync.reference.decisions import decide
from adm_sync.tables import coming_back, rows
from adm_sync.tables.deciding import (
    DECISION,
    ID,
    REASON,
    FileOfDecisions,
    decide_in_file,
)
from adm_sync.tables.declared import DISCREPANCIES
from adm_sync.tables.files import csv_bytes
from adm_sync.tables.to_decide import to_fill_in
from adm_sync.tables.workbooks import xlsx_bytes
from adm_sync.workbook.findings import WorkbookRefused
from adm_sync.workbook.reading import Limits
from adm_sync.workbook.sheet import Content
from adm_sync_tests.cli.workplace import Visit
from adm_sync_tests.workbook.files import read_content

# Row of the file: what is written into it.
Filled = Mapping[int, tuple[str, str]]
Said = tuple[str, int | None, str | None, str, str]


@dataclass(frozen=True)
class Office:
    """A synced database, and what is open in it."""

    engine: sa.Engine
    found: list[journal.OpenDiscrepancy]

    @property
    def row(self) -> dict[str, int]:
        """The row in the file of each record that has no counterpart, by its name."""
        unmatched = [one for one in self.found if one.kind == "unmatched_tutorial"]
        return {one.label: self.found.index(one) + 2 for one in unmatched}

    def decide(self, name: str, data: bytes, *, dry_run: bool = False) -> FileOfDecisions:
        content = Content(name, data, hashlib.sha256(data).hexdigest())
        return decide_in_file(self.engine, content, Limits(), "rosalind", dry_run=dry_run)

    def in_force(self) -> list[Said]:
        with self.engine.connect() as connection:
            found = journal.decisions_in_force(connection)
        said = [(one.kind, one.tutorial_id, one.external_id, one.who, one.why) for one in found]
        return sorted(said, key=str)

    def forget(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(sa.text("delete from adm_sync.decisions"))


@pytest.fixture(scope="module")
def whole_office(visit_synced: Visit) -> Iterator[Office]:
    with visit_synced() as place, place.engine.connect() as connection:
        yield Office(place.engine, journal.open_discrepancies(connection))


@pytest.fixture
def office(whole_office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(coming_back, "read_book", read_content)
    yield whole_office
    whole_office.forget()


def as_excel(office: Office, filled: Filled, **changed: Any) -> bytes:
    """The list as a person sends it back; `changed` are other cells, by their place."""
    data = xlsx_bytes(
        DISCREPANCIES, [*map(rows.open_discrepancy, office.found)], to_fill_in(office.found)
    )
    book = load_workbook(io.BytesIO(data))
    sheet = book.worksheets[0]
    columns = {cell.value: cell.column for cell in sheet[1]}
    for row, (decision, reason) in filled.items():
        sheet.cell(row, columns[DECISION]).value = decision or None
        sheet.cell(row, columns[REASON]).value = reason or None
    for place, value in changed.items():
        sheet[place].value = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def as_csv(office: Office, filled: Filled, delimiter: str = ",") -> bytes:
    """The same as a CSV file."""
    data = csv_bytes(
        DISCREPANCIES, map(rows.open_discrepancy, office.found), (DECISION, REASON)
    ).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(data, newline="")))
    for row, cells in filled.items():
        lines[row - 1][-2:] = cells
    target = io.StringIO(newline="")
    csv.writer(target, delimiter=delimiter).writerows(lines)
    return target.getvalue().encode("utf-8-sig")


def by_hand(office: Office, filled: Filled) -> list[Said] | None:
    """What the commands come to, one after the other; None if one of them is refused."""
    office.forget()
    for row, (said, why) in filled.items():
        statement = choices(office.found[row - 2])[said]
        try:
            with office.engine.begin() as connection:
                decide(connection, statement, "rosalind", why)
        except DecisionError:
            office.forget()
            return None
    made = office.in_force()
    office.forget()
    return made


def codes(result: FileOfDecisions) -> list[tuple[int | None, str | None, str]]:
    return [(one.row, one.header, one.code) for one in result.findings]


# ---------------------------------------------------------------------- round trips


def test_where_nothing_is_chosen_nothing_is_decided(office: Office) -> None:
    for name, data in (("a.xlsx", as_excel(office, {})), ("a.csv", as_csv(office, {}))):
        result = office.decide(name, data)
        assert (result.decided, result.findings) == ([], [])
    assert office.in_force() == []


def test_every_choice_comes_to_the_same_as_by_hand(office: Office) -> None:
    looked_at = 0
    for row, one in enumerate(office.found, start=2):
        for said in choices(one):
            filled = {row: (said, "because")}
            wanted = by_hand(office, filled)
            result = office.decide("open.csv", as_csv(office, filled))
            assert bool(result.findings) == (wanted is None), said
            assert office.in_force() == (wanted or [])
            office.forget()
            looked_at += 1
    assert looked_at > 20


@settings(max_examples=8, deadline=None, phases=[Phase.generate])
@given(st.data())
def test_many_choices_come_to_the_same_as_by_hand_or_to_nothing(
    whole_office: Office, data: st.DataObject
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coming_back, "read_book", read_content)
        filled: dict[int, tuple[str, str]] = {}
        for row, one in enumerate(whole_office.found, start=2):
            said = data.draw(st.sampled_from(["", *choices(one)]))
            if said:
                filled[row] = said, data.draw(st.sampled_from(["", "=1+1", "=closed; for good"]))
        wanted = by_hand(whole_office, filled)
        result = whole_office.decide("open.csv", as_csv(whole_office, filled))
        made = whole_office.in_force()
        whole_office.forget()

    assert made == (wanted or [])
    assert bool(result.findings) == (wanted is None)


def test_an_excel_list_is_decided_by_the_guarded_reader_too(whole_office: Office) -> None:
    row = whole_office.row["Edinburgh"]

    result = whole_office.decide("open.xlsx", as_excel(whole_office, {row: ("ignore", "given up")}))

    assert [str(one.statement.kind) for one in result.decided] == ["ignore"]
    ((kind, tutorial, external, who, why),) = whole_office.in_force()
    assert (kind, external, who, why) == ("ignore", None, "rosalind", "given up")
    assert tutorial == whole_office.found[row - 2].tutorial_id
    whole_office.forget()


def test_where_a_comma_is_the_sign_of_decimals_a_csv_file_is_read_too(office: Office) -> None:
    row = office.row["Edinburgh"]

    office.decide("open.csv", as_csv(office, {row: ("ignore", "a; b")}, delimiter=";"))

    assert [one[4] for one in office.in_force()] == ["a; b"]


def test_a_dry_run_finds_the_same_and_decides_nothing(office: Office) -> None:
    data = as_excel(office, {office.row["Edinburgh"]: ("ignore", "")})

    rehearsed = office.decide("open.xlsx", data, dry_run=True)

    assert office.in_force() == []
    assert rehearsed.as_json() == office.decide("open.xlsx", data).as_json()
    again = office.decide("open.xlsx", data)
    assert [one.is_new for one in again.decided] == [False]
    assert len(office.in_force()) == 1


# ---------------------------------------------------------------------- what is wrong


def test_one_wrong_row_and_nothing_is_decided(office: Office) -> None:
    good = office.row["Edinburgh"]
    other = next(at for at in range(2, len(office.found) + 2) if at != good)

    result = office.decide("a.xlsx", as_excel(office, {good: ("ignore", ""), other: ("what?", "")}))

    assert codes(result) == [(other, DECISION, "no_choice")]
    (finding,) = result.findings
    assert finding.message == (
        "Decision holds 'what?', which is none of the choices for this record."
    )
    assert finding.suggestion is not None
    assert finding.suggestion.startswith("Choose one of these: ")
    assert result.decided == []
    assert office.in_force() == []


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (("=1+1", ""), "decision_is_formula"),
        (("ignore", "=CHAR(65)"), "decision_is_formula"),
        (("", "closed"), "reason_alone"),
        (("link to NOBODY", ""), "decision_refused"),
        (("link to " + "9" * 30, ""), "decision_refused"),
    ],
)
def test_what_is_wrong_in_a_row_is_found_at_its_cell(
    office: Office, cells: tuple[str, str], code: str
) -> None:
    row = office.row["Edinburgh"]

    result = office.decide("a.xlsx", as_excel(office, {row: cells}))

    ((where, _, found),) = codes(result)
    assert (where, found) == (row, code)
    assert office.in_force() == []


def test_a_number_that_no_record_can_have_is_no_choice(office: Office) -> None:
    there = next(one for one in office.found if one.kind == "unmatched_administrate")
    row = office.found.index(there) + 2

    result = office.decide("a.csv", as_csv(office, {row: (f"link to {10**22}", "")}))

    assert codes(result) == [(row, DECISION, "no_choice")]


@pytest.mark.parametrize("column", ["A", "B", "E", "F"])
def test_a_row_whose_ids_were_changed_is_nobodys(office: Office, column: str) -> None:
    row = office.row["Edinburgh"]
    assert ID == "Id"

    data = as_excel(office, {row: ("ignore", "")}, **{f"{column}{row}": "7x"})

    ((where, header, code),) = codes(office.decide("a.xlsx", data))
    assert (where, header, code) == (row, ID, "unknown_row")


def test_a_number_that_no_record_ever_had_is_no_settled_one(office: Office) -> None:
    row = office.row["Edinburgh"]
    data = as_excel(office, {row: ("ignore", "")}, **{f"A{row}": 987_654_321})
    assert codes(office.decide("a.xlsx", data)) == [(row, ID, "unknown_row")]


def test_an_id_is_read_with_whatever_spaces_and_said_to_be_nobodys(office: Office) -> None:
    row = office.row["Edinburgh"]
    (finding,) = office.decide(
        "a.xlsx", as_excel(office, {row: ("Link  to\u00a0NOBODY ", "")})
    ).findings
    assert (
        "Administrate has no location NOBODY, as far as the last sync has seen." in finding.message
    )


def test_what_changed_meanwhile_is_named(office: Office) -> None:
    row = office.row["Edinburgh"]
    one = office.found[row - 2]
    data = as_excel(office, {row: ("ignore", "")})
    with office.engine.begin() as connection:
        statement = choices(one)["ignore"]
        number = decide(connection, statement, "ada", "given up")
        close = sa.text("update adm_sync.discrepancies set closed_at = now() where id = :id")
        connection.execute(close, {"id": one.id})

    try:
        (finding,) = office.decide("a.xlsx", data).findings
    finally:
        with office.engine.begin() as connection:
            again = sa.text("update adm_sync.discrepancies set closed_at = null where id = :id")
            connection.execute(again, {"id": one.id})
    assert finding.code == "settled_since"
    assert f"Decision {number} is in force (ignore locations: tutorial record" in finding.message
    assert "by ada" in finding.message


def test_rows_that_are_settled_are_asked_about_together(office: Office) -> None:
    asked: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    data = as_csv(office, dict.fromkeys(range(2, len(office.found) + 2), ("ignore", "")))
    with office.engine.begin() as connection:
        connection.execute(sa.text("update adm_sync.discrepancies set closed_at = now()"))
    sa.event.listen(office.engine, "before_cursor_execute", count)
    try:
        result = office.decide("a.csv", data)
    finally:
        sa.event.remove(office.engine, "before_cursor_execute", count)
        with office.engine.begin() as connection:
            connection.execute(sa.text("update adm_sync.discrepancies set closed_at = null"))

    assert {one.code for one in result.findings} == {"settled_since"}
    entities = {one.entity for one in office.found}
    assert len(asked) <= 6 + 4 * len(entities) < len(result.findings) * 2


def test_what_no_cell_can_hold_is_left_out_of_a_csv_file_too(office: Office) -> None:
    row = office.row["Edinburgh"]
    data = as_csv(office, {row: ("ignore", "given up")}).replace(b"given up", b"gi\x00ven\x1f up")

    office.decide("a.csv", data)

    assert [why for *_, why in office.in_force()] == ["given up"]


def test_decisions_of_a_list_that_contradict_each_other_name_none_that_is_not_there(
    office: Office,
) -> None:
    here = office.found[office.row["Edinburgh"] - 2]
    there = next(
        one
        for one in office.found
        if (one.kind, one.entity) == ("unmatched_administrate", here.entity)
    )
    first, second = (office.found.index(one) + 2 for one in (here, there))
    said = {first: (f"link to {there.external_id}", "a"), second: (f"never {here.tutorial_id}", "")}
    data = as_excel(office, said)

    (finding,) = office.decide("a.xlsx", data).findings

    earlier, later = sorted((first, second))
    assert (finding.row, finding.code) == (later, "contradicted")
    assert f"contradicts the decision in row {earlier}" in finding.message
    assert office.in_force() == []
    assert codes(office.decide("a.xlsx", data, dry_run=True)) == [(later, DECISION, "contradicted")]


def test_a_record_that_is_decided_in_two_rows_is_decided_in_none(office: Office) -> None:
    row = office.row["Edinburgh"]
    lines = as_csv(office, {row: ("ignore", "")}).splitlines(keepends=True)

    ((where, header, code),) = codes(office.decide("a.csv", b"".join([*lines, lines[row - 1]])))

    assert (where, header, code) == (len(lines) + 1, DECISION, "decided_twice")
    assert office.in_force() == []


def test_what_is_merged_over_several_rows_is_decided_of_none(office: Office) -> None:
    row = office.row["Edinburgh"]
    book = load_workbook(io.BytesIO(as_excel(office, {row: ("ignore", "")})))
    sheet = book.worksheets[0]
    letter = next(cell.column_letter for cell in sheet[1] if cell.value == DECISION)
    for cells in (f"{letter}{row}:{letter}{row + 1}", f"C{row}:D{row}", f"{letter}900:{letter}901"):
        sheet.merge_cells(cells)
    target = io.BytesIO()
    book.save(target)

    assert codes(office.decide("a.xlsx", target.getvalue())) == [(row, DECISION, "merged_cells")]
    assert office.in_force() == []


@pytest.mark.parametrize("twice", [ID, DECISION])
def test_which_of_two_columns_of_one_name_counts_is_not_guessed(office: Office, twice: str) -> None:
    data = as_csv(office, {}).replace(b"Closed at", twice.encode())

    with pytest.raises(WorkbookRefused) as refused:
        office.decide("a.csv", data)

    assert f"'{twice}' above several columns" in refused.value.finding.message


def test_a_decision_that_another_contradicts_is_named(office: Office) -> None:
    one = next(one for one in office.found if one.kind == "unmatched_tutorial" and one.suggestions)
    row = office.found.index(one) + 2
    offered = choices(one)
    link = next(text for text in offered if text.startswith("link"))
    with office.engine.begin() as connection:
        decide(connection, offered[link.replace("link to", "never", 1)], "ada", "")

    (finding,) = office.decide("a.xlsx", as_excel(office, {row: (link, "")})).findings

    assert finding.code == "decision_refused"
    assert "This contradicts decision" in finding.message
    assert [who for *_, who, _ in office.in_force()] == ["ada"]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.xlsx", b"no workbook", "not_a_workbook"),
        ("a.csv", b"Name,Count\r\nA,1\r\n", "not_the_list"),
        ("a.csv", b"", "not_the_list"),
        ("a.csv", b"Id,Entit\xe9\r\n", "no_csv"),
        ("a.csv", b'Id,"Ent"ity\r\n', "no_csv"),
    ],
)
def test_another_file_is_refused_as_a_whole(
    office: Office, name: str, data: bytes, code: str
) -> None:
    with pytest.raises(WorkbookRefused) as refused:
        office.decide(name, data)

    assert refused.value.finding.code == code
