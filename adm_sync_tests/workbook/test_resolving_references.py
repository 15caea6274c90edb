"""Unknown, known but not linked, ambiguous: three different findings for each kind of reference."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from adm_sync.workbook.events import EventRow
from adm_sync.workbook.findings import Finding
from adm_sync.workbook.references import Bridge, LinkedRecord, Member, OpenQuestion, References
from adm_sync_tests.workbook.referring import (
    KNOWN,
    accepted,
    codes,
    event,
    found,
    linked,
    person,
    resolved,
)


@dataclass(frozen=True)
class Case:
    """A kind of reference: where its records and its cell are, and one that is linked.

    `right` is the name of tutorial record `number`, `wrong` a name near to it.
    """

    kind: str
    entity: str
    header: str
    number: int
    right: str
    wrong: str

    def event(self, name: str) -> EventRow:
        """An event that refers to this name."""
        column = {"template": "code", "instructor": "instructors"}.get(self.kind, self.kind)
        return event(**{column: name}, sessions=())

    def known(self, *records: LinkedRecord, **others: Any) -> References:
        """The references with these records instead of those of this kind."""
        if self.kind == "instructor":
            people = tuple(
                replace(person(one.id, *one.name.split(" ", 1)), instructor=one) for one in records
            )
            return replace(KNOWN, people=(*people, KNOWN.people[3]), **others)
        return replace(KNOWN, **{f"{self.kind}s": records}, **others)

    def record(self, number: int | None = None, **changes: Any) -> LinkedRecord:
        """A record of the right name."""
        location = 11 if self.kind == "venue" else None
        made = linked(number or self.number, self.right, location_id=location)
        return replace(made, **changes)

    def finding(self, name: str, known: References) -> Finding:
        """The one finding of an event that refers to this name; errors reject."""
        finding = found(self.event(name), known=known)
        assert finding.header == self.header
        assert finding.value == name
        assert finding.row == 4
        return finding


CASES = (
    Case("template", "course_templates", "Course template code", 1, "CB1_LO_6", "CB1_L0_6"),
    Case("location", "locations", "Location", 11, "London", "Lond0n"),
    Case("venue", "venues", "Venue", 21, "Bell Yard Rooms", "Bell Yard Room"),
    Case("instructor", "instructors", "Instructor", 31, "Agnes Tolliver", "Agnes Toliver"),
)
ACTIVE = tuple(case for case in CASES if case.kind != "venue")


def _every(cases: tuple[Case, ...] = CASES) -> Any:
    return pytest.mark.parametrize("case", cases, ids=lambda case: case.kind)


# ---------------------------------------------------------------------- unknown


@_every()
def test_what_the_tutorial_tables_do_not_know_is_unknown_with_the_nearest_names(
    case: Case,
) -> None:
    finding = case.finding(case.wrong, KNOWN)
    assert (finding.code, finding.severity) == (f"{case.kind}_unknown", "error")
    assert f"'{case.wrong}'" in finding.message
    assert "Administrate" not in finding.message
    assert f"'{case.right}'" in (finding.suggestion or "")
    assert f"adm-sync sync {case.entity}" in (finding.suggestion or "")


@_every()
def test_what_only_administrate_knows_is_unknown_and_says_so(case: Case) -> None:
    open_one = OpenQuestion(
        case.entity, "unmatched_administrate", case.wrong.upper(), "London", None, "X99"
    )
    finding = case.finding(case.wrong, replace(KNOWN, discrepancies=(open_one,)))
    assert finding.code == f"{case.kind}_unknown"
    assert "but Administrate does (X99)" in finding.message
    assert f"adm-sync sync {case.entity}" in (finding.suggestion or "")
    assert f"adm-sync link {case.entity} TUTORIAL_ID X99" in (finding.suggestion or "")


@_every()
@pytest.mark.parametrize("name", ["\u0421B1_LO_6 \u0410gnes L\u043endon", "NA", "%", "nearby"])
def test_look_alikes_and_patterns_never_match(case: Case, name: str) -> None:
    assert case.finding(name, KNOWN).code == f"{case.kind}_unknown"


def test_a_single_look_alike_letter_is_unknown_and_the_right_name_is_suggested() -> None:
    finding = found(event(location="Lond\u043en", sessions=()))
    assert finding.code == "location_unknown"
    assert "'London'" in (finding.suggestion or "")


def test_at_most_three_names_are_suggested() -> None:
    towns = tuple(linked(number, f"Londo{number}") for number in range(1, 9))
    finding = found(event(location="Londo", sessions=()), known=replace(KNOWN, locations=towns))
    assert (finding.suggestion or "").count("'") == 6


# ---------------------------------------------------------------------- not linked


@_every()
def test_what_is_known_here_without_a_bridge_names_the_sync_and_the_decision(case: Case) -> None:
    known = case.known(case.record(bridges=()))
    finding = case.finding(case.right, known)
    assert (finding.code, finding.severity) == (f"{case.kind}_not_linked", "error")
    assert f"tutorial record {case.number}" in finding.message
    suggestion = finding.suggestion or ""
    assert f"adm-sync sync {case.entity}" in suggestion
    assert f"adm-sync link {case.entity} {case.number} EXTERNAL_ID" in suggestion


@_every()
def test_what_the_last_sync_found_near_is_named_in_the_decision(case: Case) -> None:
    near = OpenQuestion(
        case.entity,
        "unmatched_tutorial",
        case.right,
        tutorial_id=case.number,
        members=(Member(None, "X99", case.wrong), Member(None, "X98", "other")),
    )
    known = case.known(case.record(bridges=()), discrepancies=(near,))
    suggestion = case.finding(case.right, known).suggestion or ""
    assert f"adm-sync link {case.entity} {case.number} X99" in suggestion
    assert f"'{case.wrong}'" in suggestion
    assert f"adm-sync create-missing {case.entity}" in suggestion


@_every()
def test_a_decision_that_there_is_no_counterpart_is_named(case: Case) -> None:
    ignored = frozenset({(case.entity, case.number), ("other", 1)})
    known = case.known(case.record(bridges=()), ignored=ignored)
    finding = case.finding(case.right, known)
    assert finding.code == f"{case.kind}_not_linked"
    assert f"adm-sync ignore {case.entity} --tutorial {case.number} --withdraw" in (
        finding.suggestion or ""
    )


@_every()
def test_a_link_whose_record_is_gone_from_administrate_does_not_count(case: Case) -> None:
    gone = OpenQuestion(case.entity, "retained", "X", "", case.number, f"X{case.number}")
    known = case.known(case.record(), discrepancies=(gone,))
    finding = case.finding(case.right, known)
    assert finding.code == f"{case.kind}_not_linked"
    assert f"X{case.number}, which is gone from Administrate" in finding.message


@_every()
def test_what_is_open_for_another_entity_or_of_another_kind_is_not_looked_at(case: Case) -> None:
    others = (
        OpenQuestion("other", "retained", "X", "", case.number, f"X{case.number}"),
        OpenQuestion(case.entity, "drifted", "X", "", case.number, f"X{case.number}"),
    )
    accepted(case.event(case.right), known=replace(KNOWN, discrepancies=others))


# ---------------------------------------------------------------------- ambiguous


@_every()
def test_two_tutorial_records_of_one_name_are_ambiguous_and_both_are_named(case: Case) -> None:
    other = case.record(77)
    finding = case.finding(case.right, case.known(case.record(), other))
    assert (finding.code, finding.severity) == (f"{case.kind}_ambiguous", "error")
    assert f"{case.number} ({case.right})" in finding.message
    assert f"77 ({case.right})" in finding.message
    assert f"adm-sync ignore {case.entity} --tutorial 77" in (finding.suggestion or "")


@_every()
def test_names_that_fold_to_one_are_ambiguous(case: Case) -> None:
    other = case.record(77, name=f"{case.right.upper()}\u200b")
    finding = case.finding(case.right, case.known(case.record(), other))
    assert finding.code == f"{case.kind}_ambiguous"


@_every()
def test_one_that_was_decided_to_have_no_counterpart_is_not_meant(case: Case) -> None:
    other = case.record(77, bridges=())
    ignored = frozenset({(case.entity, 77)})
    accepted(case.event(case.right), known=case.known(case.record(), other, ignored=ignored))


@_every()
def test_two_bridge_rows_of_one_record_are_ambiguous_and_both_ids_are_named(case: Case) -> None:
    both = (Bridge(1, "X1"), Bridge(2, "X2"))
    finding = case.finding(case.right, case.known(case.record(bridges=both)))
    assert finding.code == f"{case.kind}_ambiguous"
    assert "X1, X2" in finding.message
    assert f"adm-sync link {case.entity} {case.number} X1" in (finding.suggestion or "")


@_every()
def test_two_records_of_administrate_for_one_name_are_ambiguous(case: Case) -> None:
    open_one = OpenQuestion(
        case.entity,
        "ambiguous",
        case.right,
        members=(
            Member(case.number, None, case.right),
            Member(None, "X8", case.right),
            Member(None, "X9", case.right),
        ),
    )
    known = case.known(case.record(bridges=()), discrepancies=(open_one,))
    finding = case.finding(case.right, known)
    assert finding.code == f"{case.kind}_ambiguous"
    assert "X8, X9" in finding.message
    # A person has decided since: the link stands, whatever the names say.
    accepted(case.event(case.right), known=case.known(case.record(), discrepancies=(open_one,)))


# ---------------------------------------------------------------------- inactive


@_every(ACTIVE)
def test_what_is_inactive_is_an_error_of_its_own(case: Case) -> None:
    finding = case.finding(case.right, case.known(case.record(is_active=False)))
    assert (finding.code, finding.severity) == (f"{case.kind}_inactive", "error")
    assert str(case.number) in finding.message


@_every(ACTIVE)
def test_an_inactive_namesake_does_not_count(case: Case) -> None:
    known = case.known(case.record(), case.record(77, is_active=False))
    accepted(case.event(case.right), known=known)


# ---------------------------------------------------------------------- folding


@_every()
def test_case_spaces_and_invisible_characters_are_folded_silently(case: Case) -> None:
    for written in (
        case.right.upper(),
        f"  {case.right} ",
        case.right.replace(" ", "\u00a0 "),
        f"\ufeff{case.right[:3]}\u200b{case.right[3:]}",
    ):
        accepted(case.event(written))


@pytest.mark.parametrize(
    ("written", "recorded"),
    [
        ("Jewellers\u2019 Court", "Jewellers' Court"),
        ("Gas\u2013Street", "Gas-Street"),
        ("Hall \u2160", "Hall I"),
        ("\uff2c\uff4f\uff4e\uff44\uff4f\uff4e", "London"),
    ],
)
def test_a_match_that_took_more_than_that_is_warned_about(written: str, recorded: str) -> None:
    known = replace(KNOWN, venues=(linked(21, recorded, location_id=11),))
    result = resolved(event(venue=written, sessions=()), known=known)
    assert codes(result) == ["matched_after_folding"]
    assert result.findings[0].severity == "warning"
    assert recorded in (result.findings[0].suggestion or "")
    assert result.events[0].venue


@pytest.mark.parametrize(
    ("written", "recorded"),
    [("Caf\u00e9", "Cafe\u0301"), ("Stra\u00dfe", "STRASSE"), ("\u0130stanbul", "i\u0307stanbul")],
)
def test_forms_of_accents_and_full_case_folding_are_no_difference(
    written: str, recorded: str
) -> None:
    known = replace(KNOWN, venues=(linked(21, recorded, location_id=11),))
    accepted(event(venue=written, sessions=()), known=known)


# ---------------------------------------------------------------------- venues


def test_a_venue_is_looked_for_within_its_location_only() -> None:
    venues = (
        linked(21, "Quayside House", location_id=11),
        linked(22, "Quayside House", location_id=12),
        linked(23, "Quayside House"),
    )
    known = replace(KNOWN, venues=venues)
    for location, number in (("London", 21), ("Leeds", 22)):
        result = accepted(
            event(location=location, venue="Quayside House", sessions=()), known=known
        )
        assert result.venue
        assert result.venue.tutorial_id == number


def test_a_venue_of_another_location_is_unknown_and_its_location_is_named() -> None:
    finding = found(event(location="Leeds", sessions=()))
    assert finding.code == "venue_unknown"
    assert "'Bell Yard Rooms' in 'Leeds'" in finding.message
    assert "they know Bell Yard Rooms (in London)." in finding.message
    # A name that could not be typed is not proposed.
    assert (finding.suggestion or "").startswith("Is it at 'London'? If not, add it")


def test_what_administrate_has_at_another_location_is_not_named() -> None:
    elsewhere = OpenQuestion("venues", "unmatched_administrate", "New Hall", "Leeds", None, "X9")
    known = replace(KNOWN, discrepancies=(elsewhere,))
    finding = found(event(venue="New Hall", sessions=()), known=known)
    assert "Administrate" not in finding.message


def test_a_venue_that_administrate_has_at_another_location_is_an_error() -> None:
    elsewhere = replace(linked(21, "Hall", location_id=11), bridges=(Bridge(1, "X1", None, "X12"),))
    finding = found(event(venue="Hall", sessions=()), known=replace(KNOWN, venues=(elsewhere,)))
    assert (finding.code, finding.header) == ("venue_elsewhere", "Venue")
    assert "(X12) than 'London' (X11)" in finding.message
    right = replace(elsewhere, bridges=(Bridge(1, "X1", None, "X11"),))
    accepted(event(venue="Hall", sessions=()), known=replace(KNOWN, venues=(right,)))


def test_a_venue_of_an_unknown_location_is_not_told_about_besides() -> None:
    assert codes(resolved(event(location="Nowhere", sessions=()))) == ["location_unknown"]


def test_a_venue_of_a_location_that_is_not_linked_is_told_about_as_well() -> None:
    known = replace(KNOWN, locations=(replace(linked(11, "London"), bridges=()),))
    result = resolved(event(venue="Nowhere", sessions=()), known=known)
    assert codes(result) == ["location_not_linked", "venue_unknown"]


def test_several_unknown_venues_of_a_location_each_have_suggestions() -> None:
    result = resolved(
        event(4, venue="Bell Yard Room", sessions=()),
        event(5, venue="Bell Yd Rooms", sessions=()),
    )
    assert codes(result) == ["venue_unknown", "venue_unknown"]
    assert all("'Bell Yard Rooms'" in (one.suggestion or "") for one in result.findings)


# ---------------------------------------------------------------------- instructors


def test_the_same_instructor_twice_in_a_cell_counts_once() -> None:
    result = accepted(event(instructors="Agnes Tolliver / agnes tolliver, Benedict Oakhurst"))
    assert [link.tutorial_id for link in result.instructors] == [31, 33]


def test_every_name_of_a_cell_is_told_about() -> None:
    cell = "Agnes Tolliver / Nobody Known; Somebody Else"
    result = resolved(event(instructors=cell, sessions=()))
    assert codes(result) == ["instructor_unknown", "instructor_unknown"]
    assert {one.value for one in result.findings} == {cell}


def test_a_name_that_fits_in_part_is_taken_with_a_warning() -> None:
    result = resolved(event(instructors="Agnes Mary Tolliver"))
    assert codes(result) == ["name_matched_in_part"]
    assert result.events[0].instructors[0].tutorial_id == 31


def test_a_name_that_fits_several_in_part_is_ambiguous() -> None:
    people = (person(1, "Jo Ann", "Ray"), person(2, "Jo Eve", "Ray"), *KNOWN.people)
    finding = found(event(instructors="Jo Ray", sessions=()), known=replace(KNOWN, people=people))
    assert finding.code == "instructor_ambiguous"
    assert "1 (Jo Ann Ray), 2 (Jo Eve Ray)" in finding.message


def test_staff_who_do_not_teach_are_no_instructors() -> None:
    finding = found(event(instructors="Doris Amberly", sessions=()))
    assert finding.code == "instructor_unknown"


def test_and_is_a_separator_with_a_warning() -> None:
    result = resolved(event(instructors="Agnes Tolliver and Mairead O\u2019Tarrant"))
    assert codes(result) == ["people_separator", "matched_after_folding"]
    assert [link.tutorial_id for link in result.events[0].instructors] == [31, 32]


def test_very_long_values_are_cut_in_messages() -> None:
    finding = found(event(location="x" * 10_000, sessions=()))
    assert len(finding.message) < 300
