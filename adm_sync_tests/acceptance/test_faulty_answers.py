"""Answers that arrive and are not the truth: short, empty, doubled, shifted, foreign, malformed.

No link is ever lost to one of them, and no row goes. The company has few rows on purpose: the
guard would let all of them go, so that it is the fetch that has to know what is evidence.
"""

import pytest

from adm_sync.errors import FetchIncomplete, RequestRejected
from adm_sync.sandbox.faults import KINDS
from adm_sync_tests.acceptance import company
from adm_sync_tests.acceptance.playing import (
    Fault,
    believes_nothing,
    changes_nothing,
    is_well_again,
    play,
)
from adm_sync_tests.acceptance.stage import Stage

LISTS = ("locations", "venues", "instructors", "course_templates", "price_levels")
PRICES = "course_template_price_levels"

# What is wrong with a list: nothing may be believed.
WRONG_LISTS: dict[str, Fault] = {
    "a short page": ("short_page", {}),
    "a page without rows": ("short_page", {"rows": 2}),
    "a total that is too high": ("wrong_total", {}),
    "a total of nothing beside rows": ("wrong_total", {"total": 0}),
    "an endless list": ("endless", {}),
    "rows that come twice": ("doubled_rows", {}),
    "one id for all": ("field_value", {"name": "id", "value": "same"}),
    "no pageInfo": ("no_page_info", {}),
    "pageInfo: null": ("no_page_info", {"null": True}),
    "edges: null": ("null_edges", {}),
    "errors beside the data": ("errors_beside_data", {}),
    "ids as numbers": ("int_ids", {}),
    "ids that are null": ("null_field", {"name": "id"}),
    "ids that are empty": ("field_value", {"name": "id", "value": ""}),
    "ids that are objects": ("field_value", {"name": "id", "value": {"id": 1}}),
    "a field less": ("missing_field", {"name": "id"}),
    "a list where an object belongs": ("payload_list", {}),
    "other ids and other names": ("another_tenant", {}),
}
SOME_READABLE = {
    "ids as numbers",
    "ids that are null",
    "ids that are empty",
    "ids that are objects",
}
WRONG_NESTED = [fault for fault, (kind, _) in WRONG_LISTS.items() if "field" in KINDS[kind]]
TAKES_TWO = "rows that come twice"
WRONG_FIELDS: dict[str, Fault] = {
    "definitions: null": ("null_edges", {}),
    "keys as numbers": ("int_ids", {}),
    "keys that are null": ("null_field", {"name": "key"}),
    "keys that are empty": ("field_value", {"name": "key", "value": " "}),
    "a definition that comes twice": ("doubled_rows", {}),
    "one key for all of a type": ("field_value", {"name": "key", "value": "same"}),
    "no key": ("missing_field", {"name": "key"}),
    "no label": ("missing_field", {"name": "label"}),
    "other keys and other labels": ("another_tenant", {}),
}
# What need not be believed but does no harm either.
HARMLESS: dict[str, Fault] = {
    "no further page, though there is one": ("no_next_page", {}),
    "a word that nobody knows": ("unknown_word", {}),
    "a lifecycle word in another type": ("unknown_word", {"word": 7}),
}


@pytest.mark.thorough(all_but_each=5)
@pytest.mark.parametrize("name", ["locations", "instructors"])
@pytest.mark.parametrize("fault", WRONG_LISTS)
def test_a_list_that_is_wrong_throughout_is_no_evidence(
    stage: Stage, name: str, fault: str
) -> None:
    play(stage, WRONG_LISTS[fault])
    believes_nothing(stage, name)
    is_well_again(stage, name)


@pytest.mark.thorough(all_but_each=5)
@pytest.mark.parametrize("name", ["course_templates"])
@pytest.mark.parametrize("fault", WRONG_LISTS)
def test_a_list_that_goes_wrong_on_the_second_page_is_no_evidence(
    stage: Stage, name: str, fault: str
) -> None:
    play(stage, WRONG_LISTS[fault], skip=1)
    if fault in SOME_READABLE:
        result = changes_nothing(stage, name)
        assert result.status == "succeeded"
        assert result.skipped > 0
        assert "no row was taken away" in result.message
    else:
        believes_nothing(stage, name)
    is_well_again(stage, name)


@pytest.mark.thorough(all_but_each=5)
@pytest.mark.parametrize("name", ["venues", "course_templates"])
@pytest.mark.parametrize("times", [1, 2, 3])
@pytest.mark.parametrize("by", [-1, 1])
def test_a_total_that_is_wrong_for_a_while_is_no_evidence(
    stage: Stage, name: str, times: int, by: int
) -> None:
    play(stage, ("wrong_total", {"by": by}), times=times)
    changes_nothing(stage, name)
    is_well_again(stage, name)


@pytest.mark.thorough(all_but_each=5)
@pytest.mark.parametrize("fault", WRONG_LISTS)
@pytest.mark.parametrize("skip", [0, 1])
def test_a_wrong_list_of_templates_is_no_evidence_about_their_prices(
    stage: Stage, fault: str, skip: int
) -> None:
    play(stage, WRONG_LISTS[fault], skip=skip)
    result = changes_nothing(stage, PRICES)
    # A price hangs on its template: where the template cannot be read, its prices are kept.
    assert result.status == "failed" or (fault in SOME_READABLE and result.skipped > 0)
    is_well_again(stage, PRICES)


@pytest.mark.thorough(all_but_each=7)
@pytest.mark.parametrize("fault", WRONG_NESTED)
@pytest.mark.parametrize("skip", [0, 1])
def test_a_wrong_list_of_prices_is_no_evidence(stage: Stage, fault: str, skip: int) -> None:
    if skip and fault == TAKES_TWO:
        company.add_price(stage.sandbox.store, stage.administrate, "CP1", "Early", "1125.00")
        stage.sync_well(PRICES)
    play(stage, WRONG_LISTS[fault], field="publicPrices", skip=skip)
    if skip and fault in SOME_READABLE:
        assert "no row was taken away" in changes_nothing(stage, PRICES).message
    else:
        believes_nothing(stage, PRICES)
    is_well_again(stage, PRICES)


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("fault", WRONG_FIELDS)
def test_wrong_definitions_of_custom_fields_are_no_evidence(stage: Stage, fault: str) -> None:
    play(stage, WRONG_FIELDS[fault])
    believes_nothing(stage, "custom_fields")
    is_well_again(stage, "custom_fields")


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize("name", [*LISTS, "custom_fields"])
def test_an_empty_list_is_held(stage: Stage, name: str) -> None:
    play(stage, ("empty_list", {}))
    result = believes_nothing(stage, name)
    assert result.status == "held"
    assert "at all, while" in result.message
    is_well_again(stage, name)


def test_no_prices_at_all_are_held(stage: Stage) -> None:
    play(stage, ("empty_list", {}), field="publicPrices")
    assert believes_nothing(stage, PRICES).status == "held"
    is_well_again(stage, PRICES)


@pytest.mark.thorough(all_but_each=5)
@pytest.mark.parametrize("name", [*LISTS, PRICES, "custom_fields"])
@pytest.mark.parametrize("fault", HARMLESS)
def test_what_the_project_does_not_ask_for_may_be_wrong(
    stage: Stage, name: str, fault: str
) -> None:
    play(stage, HARMLESS[fault])
    assert changes_nothing(stage, name).status == "succeeded"


# ---------------------------------------------------------------------- wrong for one look


@pytest.mark.parametrize("fault", ["short_page", "empty_list", "doubled_rows"])
@pytest.mark.parametrize("entity_type", ["Event", "Contact"])
def test_custom_fields_that_are_missing_from_one_answer_stay(
    stage: Stage, fault: str, entity_type: str
) -> None:
    """The list has no count: what is missing is looked for once more before it goes."""
    play(stage, (fault, {}), field=entity_type, times=1)
    result = changes_nothing(stage, "custom_fields")
    assert isinstance(result.error, FetchIncomplete) or fault == "doubled_rows"
    is_well_again(stage, "custom_fields")


def test_an_error_beside_the_definitions_of_a_type_is_no_evidence_about_it(stage: Stage) -> None:
    """HTTP 200 with `errors` and partial `data`: the type is asked for by itself."""
    null = "Event.customFieldDefinitions"
    stage.sandbox.faults.add("errors_beside_data", match="CustomFields", null=null)
    stage.sandbox.faults.add("empty_list", match="CustomFields", field="Event")
    result = changes_nothing(stage, "custom_fields")
    assert (result.status, result.requests) == ("succeeded", 2)


def test_types_that_the_tenant_refuses_keep_their_rows_and_make_it_partial(stage: Stage) -> None:
    """Custom field types refused by the tenant: no evidence about them, the others go on."""
    stage.sandbox.options.entity_types_refused = ["Event", "Opportunity"]
    stage.sandbox.store.update(stage.administrate["Contact/Town"], label="City")
    before = [row for row in stage.rows("custom_fields") if row["entity_type"] == "Event"]
    result = stage.sync("custom_fields")
    after = [row for row in stage.rows("custom_fields") if row["entity_type"] == "Event"]
    assert after == before  # not seen: not even last_synced moves
    assert result.status == "partial"
    assert (result.updated, result.unchanged, result.retained) == (1, 2, 2)
    assert "Event (Custom fields of Event are not available" in result.message
    assert "Opportunity (" in result.message
    assert result.requests == 1 + 2


def test_a_type_that_was_never_answered_and_that_nothing_needs_is_a_warning(stage: Stage) -> None:
    stage.sandbox.options.entity_types_refused = ["Opportunity"]
    result = stage.sync_well("custom_fields")
    assert result.message.count("Opportunity (") == 1
    assert "nothing of it is stored here" in result.message


def test_a_type_that_another_entity_needs_is_missed_in_an_empty_database_too(
    new_stage: Stage,
) -> None:
    new_stage.sandbox.options.entity_types_refused = ["Event"]
    assert new_stage.sync("custom_fields").status == "partial"


def test_a_field_without_a_key_does_not_make_another_type_believed(stage: Stage) -> None:
    """Both at once: a record that may be any row's, and a type without an answer."""
    stage.sandbox.options.entity_types_refused = ["Event"]
    values = {"field": "Contact", "name": "key", "rows": 1, "value": None}
    stage.sandbox.faults.add("field_value", match="CustomFields", **values)
    before = stage.bridge("custom_fields")
    result = stage.sync("custom_fields")
    assert (result.status, result.deleted) == ("partial", 0)
    assert "1 came without a usable id" in result.message
    assert stage.bridge("custom_fields") == before


def test_all_types_refused_is_a_failure(stage: Stage) -> None:
    play(stage, ("errors", {"message": "Not for you"}))
    result = believes_nothing(stage, "custom_fields")
    assert isinstance(result.error, RequestRejected)
    assert "Not for you" in result.message
    assert result.requests == 1 + len(stage.client.aliases("custom_fields"))
