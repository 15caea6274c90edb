"""Values that Administrate may answer with and nobody expects (the catalogue's "API inputs").

One odd record never hides the others: the rest of the list is synced as ever.
"""

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest

from adm_sync.database import acted
from adm_sync.errors import ContractBroken
from adm_sync_tests.acceptance import company
from adm_sync_tests.acceptance.playing import believes_nothing, changes_nothing, play
from adm_sync_tests.acceptance.stage import Stage, access_to, open_client

pytestmark = pytest.mark.thorough(all_but_each=3)

PRICES = "course_template_price_levels"
NOTHING = ("", "   ", "\u00a0\u200b\ufeff")


# ---------------------------------------------------------------------- names


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize(
    ("name", "kind", "fields"),
    [
        ("locations", "Location", ("name",)),
        ("venues", "Venue", ("name",)),
        ("instructors", "Contact", ("firstName", "lastName")),
        ("course_templates", "CourseTemplate", ("code",)),
    ],
)
def test_records_without_a_name_are_unmatched_and_never_matched_to_each_other(
    stage: Stage, name: str, kind: str, fields: tuple[str, ...]
) -> None:
    """Null name or code, empty string, white space only: recorded as unmatched, with the id."""
    nameless_here = {
        "locations": (acted.tutorial_locations, {"name": ""}),
        "venues": (acted.tutorial_venues, {"name": " ", "location_id": stage.tutorial["London"]}),
        "course_templates": (acted.tutorial_course_templates, {"code": ""}),
    }
    if name in nameless_here:
        table, values = nameless_here[name]
        tutorial = stage.add(company.add_row, table, **values)
    else:
        tutorial = stage.add(company.add_tutorial_instructor, "\u200b \u00ad")
    extra = {"Venue": {"location": stage.administrate["London"]}, "Contact": {"isInstructor": True}}
    # The schema promises a name for locations and venues; null for one is no answer at all.
    values = NOTHING if name in {"locations", "venues"} else (None, *NOTHING)
    ids = [
        stage.sandbox.store.add(
            kind,
            **({"title": "A course"} if kind == "CourseTemplate" else {}),
            **extra.get(kind, {}),
            **dict.fromkeys(fields, value),
        )
        for value in values
    ]
    links = stage.links(name)
    result = stage.sync_well(name)
    assert result.created == len(values)
    assert stage.links(name) == links | dict.fromkeys(ids)
    unmatched = {one.external_id for one in stage.open(name, "unmatched_administrate")}
    assert set(ids) <= unmatched
    assert tutorial in {one.tutorial_id for one in stage.open(name, "unmatched_tutorial")}
    assert stage.open(name, "ambiguous") == []


@pytest.mark.parametrize(
    "spelling",
    ["  london ", "LONDON", "Lon\u200bdon", "\ufeffLondon", "\uff2condon", "London\u00a0"],
)
def test_a_spelling_that_only_looks_different_keeps_the_link(stage: Stage, spelling: str) -> None:
    stage.sandbox.store.update(stage.administrate["London"], name=spelling)
    result = changes_nothing(stage, "locations")
    assert result.status == "succeeded"
    assert result.of_kind("drifted") == []


@pytest.mark.parametrize("spelling", ["L\u043endon", "Londn", "London 2"])
def test_a_look_alike_links_nothing(new_stage: Stage, spelling: str) -> None:
    """Cyrillic letters and near misses are suggested, and never matched by themselves."""
    stage = new_stage
    stage.sandbox.store.update(stage.administrate["London"], name=spelling)
    result = stage.sync_well("locations")
    assert stage.linked("locations", "London") is None
    (found,) = [one for one in result.of_kind("unmatched_tutorial") if one.label == "London"]
    assert found.suggestions[0]["external_id"] == stage.administrate["London"]


@pytest.mark.thorough(all_but_each=5)
@pytest.mark.parametrize("value", ["A\x00B", "x" * 60_000, 7, ["London"], {"a": 1}, True])
@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("locations", "name"),
        ("venues", "name"),
        ("instructors", "lastName"),
        ("course_templates", "code"),
        ("course_templates", "eventLearningMode"),
        ("price_levels", "name"),
        ("custom_fields", "label"),
    ],
)
def test_a_value_that_no_column_can_hold_is_refused_alone(
    stage: Stage, name: str, field: str, value: Any
) -> None:
    play(stage, ("field_value", {"name": field, "value": value, "rows": 1}), times=1)
    links = stage.rows(name)
    result = stage.sync(name, page_size=100)
    assert result.status == ("partial" if result.errors else "succeeded"), result.message
    assert [row["id"] for row in stage.rows(name)] == [row["id"] for row in links]
    assert result.unchanged + result.skipped + result.updated == len(links)
    if result.errors:
        assert "not taken in" in result.message


class _Tampering(httpx.HTTPTransport):
    """Half a surrogate pair in JSON, which the sandbox cannot be made to say."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = super().handle_request(request)
        body = answer.read().replace(b'"name":"London"', b'"name":"\\ud800"')
        answer.close()
        return httpx.Response(answer.status_code, content=body)


def test_half_a_surrogate_pair_is_refused_alone(stage: Stage) -> None:
    before = stage.bridges()
    with open_client(access_to(stage.sandbox), transport=_Tampering()) as client:
        result = stage.sync_on(client, "locations")
        assert (result.status, result.skipped, result.errors) == ("partial", 1, 1)
        # There it is the place that a venue is at, and the name of it is of no account.
        assert stage.sync_on(client, "venues").status == "succeeded"
    assert stage.bridges() == before
    json.dumps(result.as_json(), ensure_ascii=False).encode()


def test_two_records_with_the_same_endless_name_are_ambiguous(stage: Stage) -> None:
    """The key of a discrepancy is longer than an index can hold."""
    endless = "".join(chr(0x4E00 + number) for number in range(20_000))
    for _ in range(2):
        stage.sandbox.store.add("Location", name=endless)
    stage.sync_well("locations")
    stage.sync_well("locations")
    (found,) = stage.open("locations", "ambiguous")
    assert len(found.suggestions) == 2


# ---------------------------------------------------------------------- ids


def test_an_id_that_is_too_long_for_its_column_is_refused_alone(stage: Stage) -> None:
    """`adm.course_templates.external_id` has room for 50 characters."""
    stage.sandbox.store.add("CourseTemplate", id="Q" * 51, code="LONG", title="A long id")
    stage.sandbox.store.add("CourseTemplate", id="Q" * 50, code="FITS", title="A long id")
    result = stage.sync("course_templates")
    assert result.status == "partial"
    assert (result.created, result.skipped, result.errors) == (1, 1, 1)
    assert "51 characters and the column holds 50" in result.message
    known = {stage.administrate[code] for code in (*company.TEMPLATES, "CB3")}
    assert stage.links("course_templates").keys() - known == {"Q" * 50}


def test_ids_of_another_form_are_opaque(stage: Stage) -> None:
    """Legacy ids beside Relay ids: compared as they are."""
    stage.sandbox.store.add("Location", id="17", name="Bath")
    stage.sandbox.store.add("Location", id="loc/18 \u2603", name="Hull")
    result = stage.sync_well("locations")
    assert result.created == 2
    assert {"17", "loc/18 \u2603"} <= stage.links("locations").keys()


def test_a_record_whose_id_became_a_number_keeps_its_row(stage: Stage) -> None:
    play(stage, ("int_ids", {"rows": 1}), times=1)
    result = changes_nothing(stage, "locations")
    assert (result.status, result.skipped, result.retained) == ("succeeded", 1, 1)
    assert "1 came without a usable id" in result.message


# ---------------------------------------------------------------------- fields and words


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("price_levels", "name"),
        ("locations", "name"),
        ("locations", "legacyId"),
        ("venues", "location"),
        ("instructors", "lastName"),
        ("course_templates", "code"),
        ("course_templates", "eventLearningMode"),
        ("course_templates", "customFieldValues"),
        ("custom_fields", "isRequired"),
    ],
)
def test_a_required_field_that_is_missing_is_named(stage: Stage, name: str, field: str) -> None:
    """Removed field: contract error naming it."""
    play(stage, ("missing_field", {"name": field, "rows": 1}), skip=0)
    error = believes_nothing(stage, name).error
    assert isinstance(error, ContractBroken)
    assert f"'{field}'" in str(error)


@pytest.mark.parametrize("field", ["amount", "priceLevel", "id"])
def test_a_field_of_a_price_that_is_missing_is_named(stage: Stage, field: str) -> None:
    play(stage, ("missing_field", {"name": field, "rows": 1}), field="publicPrices")
    error = believes_nothing(stage, PRICES).error
    assert isinstance(error, ContractBroken)
    assert f"'{field}'" in str(error)


def test_an_unknown_learning_mode_is_stored_as_it_is(stage: Stage) -> None:
    """Unknown enum word: tolerated."""
    fault = ("unknown_word", {"name": "eventLearningMode", "rows": 1})
    play(stage, fault, times=1)
    result = stage.sync_well("course_templates", page_size=100)
    assert result.updated == 1
    assert stage.row("course_templates", "CM2")["event_learning_mode"] == "quantum"
    assert stage.linked("course_templates", "CM2") == stage.tutorial["CM2"]


def test_fields_that_nobody_asked_for_are_passed_over(stage: Stage) -> None:
    """New field: tolerated."""
    play(stage, ("field_value", {"name": "colour", "value": {"name": "mauve"}}))
    assert changes_nothing(stage, "course_templates").status == "succeeded"


# ---------------------------------------------------------------------- prices

REFUSED_AMOUNTS = (
    "\u00a3395.00",
    "395,00",
    "395.001",
    "-1.00",
    "",
    " ",
    "1e3",
    "NaN",
    "Infinity",
    "0x10",
    "\u0663\u0669\u0665",
    "100000000.00",
    None,
    True,
    [],
    {},
    "395.00 GBP",
    "+5",
)
EXACT_AMOUNTS = {
    "395": "395.00",
    "395.5": "395.50",
    "0": "0.00",
    "0.10": "0.10",
    "395.000": "395.00",
    "99999999.99": "99999999.99",
    395: "395.00",
    395.25: "395.25",
    "00395.00": "395.00",
}


@pytest.mark.thorough(all_but_each=5)
@pytest.mark.parametrize("amount", REFUSED_AMOUNTS)
def test_an_amount_that_is_no_plain_number_is_refused(stage: Stage, amount: Any) -> None:
    """Price oddities: a refused price keeps its row, and the others are synced."""
    stage.sandbox.store.update(stage.administrate["CB1 Early"], amount="401.00")
    fault = ("field_value", {"name": "amount", "value": amount, "rows": 1})
    before = stage.row(PRICES, "CM2 Standard")
    # The first page alone: its templates are CM2 and CB1, and CB1's first price is refused too.
    play(stage, fault, field="publicPrices", times=1)
    result = stage.sync(PRICES)
    after = stage.row(PRICES, "CM2 Standard")
    assert {**after, "last_synced": None} == {**before, "last_synced": None}
    assert result.status == "partial"
    assert (result.skipped, result.errors, result.updated, result.unchanged) == (2, 2, 1, 2)
    assert stage.row(PRICES, "CB1 Early")["amount"] == Decimal("401.00")
    assert "CM2 · Standard (" in result.message
    assert "amount is " in result.message
    assert {one.external_id for one in result.of_kind("unmatched_administrate")} == {
        stage.administrate["CM2 Standard"],
        stage.administrate["CB1 Standard"],
    }
    stage.sync_well(PRICES)
    assert stage.open(PRICES) == []


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("amount", EXACT_AMOUNTS)
def test_an_amount_is_stored_exactly(stage: Stage, amount: Any) -> None:
    fault = ("field_value", {"name": "amount", "value": amount, "rows": 1})
    play(stage, fault, field="publicPrices", times=1)
    stage.sync_well(PRICES, page_size=1)
    stored = stage.row(PRICES, "CM2 Standard")["amount"]
    assert str(stored) == EXACT_AMOUNTS[amount]


def test_a_price_without_a_level_is_listed_and_left(stage: Stage) -> None:
    play(stage, ("null_field", {"name": "priceLevel", "rows": 1}), field="publicPrices", times=1)
    result = changes_nothing(stage, PRICES)
    assert (result.status, result.skipped) == ("succeeded", 2)
    assert {one.detail for one in result.of_kind("unmatched_administrate")} == {
        "its price level is not in the bridge table; sync price_levels, then look at its"
        " discrepancies"
    }


# ---------------------------------------------------------------------- renamed, re-coded, merged


def test_a_template_that_is_recoded_keeps_its_link_and_is_reported(stage: Stage) -> None:
    """Re-coded remotely, the same id: the link is kept, the drift is reported."""
    stage.sandbox.store.update(stage.administrate["CM2"], code="CM2X", title="Renamed")
    result = changes_nothing(stage, "course_templates")
    assert result.status == "succeeded"
    (drift,) = result.of_kind("drifted")
    assert (drift.tutorial_id, drift.external_id) == (
        stage.tutorial["CM2"],
        stage.administrate["CM2"],
    )
    stage.sandbox.store.update(stage.administrate["CM2"], code="cm2")
    stage.sync_well("course_templates")
    assert stage.open("course_templates", "drifted") == []


def test_a_second_template_with_the_same_code_is_ambiguous_and_moves_no_link(stage: Stage) -> None:
    """New id, the same code: the ambiguity rule."""
    second = stage.sandbox.store.add("CourseTemplate", code="CM2 ", title="A double")
    before = stage.row("course_templates", "CM2")
    result = stage.sync_well("course_templates")
    assert stage.row("course_templates", "CM2") == before
    assert second not in stage.links("course_templates")
    (found,) = result.of_kind("ambiguous")
    assert second in found.detail
    assert stage.administrate["CM2"] in found.detail
    assert result.skipped == 1


def test_a_template_that_is_replaced_by_another_with_its_code_hands_its_link_over(
    stage: Stage,
) -> None:
    """Merged remotely: the link moves, for exactly one other record now carries the code."""
    stage.sandbox.store.update(stage.administrate["CB2"], code="CB2_OLD")
    new = stage.sandbox.store.add("CourseTemplate", code="CB2", title="Its successor")
    result = stage.sync_well("course_templates")
    links = stage.links("course_templates")
    assert links[new] == stage.tutorial["CB2"]
    assert links[stage.administrate["CB2"]] is None
    assert result.created == 1
    actions = {one.external_id: one.action for one in stage.changes(result).values()}
    assert actions == {new: "created", stage.administrate["CB2"]: "unlinked"}
