"""Design 3.6 and 9: what a sync came to, in counts, in JSON and in one word."""

import json

import pytest

from adm_sync.database.journal import Discrepancy
from adm_sync.reference.entity import BridgeRow
from adm_sync.reference.planning import Plan
from adm_sync.reference.results import EntityResult, counted, overall
from adm_sync_tests.reference.building import LOCATIONS, planned, record, refused, row, tutorial


def test_a_result_counts_what_the_plan_holds() -> None:
    plan = planned(
        [record("L1", "A", "1"), record("L2", "B", "1"), record("L4", "D"), refused("L5")],
        [row(1, "L1", 1, "1"), row(2, "L2", 2, "0"), row(3, "L3", 3), row(6, "L6", 4)],
        [tutorial(1, "A"), tutorial(2, "B"), tutorial(4, "D")],
        referenced=frozenset({6}),
    )
    found = [Discrepancy("retained", "row 6", "L6")]
    result = counted(plan, "succeeded", found)
    assert result.counts() == {
        "created": 1,
        "updated": 1,
        "unchanged": 1,
        "deleted": 1,
        "retained": 1,
        "skipped": 1,
        "errors": 1,
        "requests": 0,
    }
    assert (result.entity, result.status, result.rows) == ("locations", "succeeded", 4)
    assert (result.relinked, result.discrepancies) == (1, found)
    assert len(result.changes) == 4


def test_rows_about_which_there_was_no_answer_count_as_retained() -> None:
    plan = Plan(
        LOCATIONS, rows=5, seen=1, unanswered=3, retained=[BridgeRow(1, ("L1",), 1, (None,))]
    )
    assert counted(plan, "succeeded", []).retained == 4


def test_the_json_form_has_everything_that_the_contract_names() -> None:
    discrepancy = Discrepancy(
        "unmatched_tutorial", "tutorial 7", "Leeds", 7, None, "id 7", [{"label": "Leeds City"}]
    )
    result = EntityResult("locations", "succeeded", "fine", created=2, seconds=1.23456)
    result.discrepancies = [discrepancy, Discrepancy("retained", "row 1", "L1", external_id="L1")]
    printed = json.loads(json.dumps(result.as_json()))
    assert printed.keys() >= {
        *("entity", "status", "created", "updated", "unchanged", "deleted", "retained", "skipped"),
        *("errors", "requests", "unmatched_tutorial", "unmatched_administrate", "ambiguous"),
        *("drifted", "message"),
    }
    assert printed["unmatched_tutorial"] == [
        {
            "tutorial_id": 7,
            "external_id": None,
            "label": "Leeds",
            "detail": "id 7",
            "suggestions": [{"label": "Leeds City"}],
        }
    ]
    assert (printed["created"], printed["seconds"], printed["message"]) == (2, 1.235, "fine")
    assert printed["retained"] == 0
    assert [one["external_id"] for one in printed["retained_rows"]] == ["L1"]
    assert printed["ambiguous"] == printed["drifted"] == printed["conflicting_links"] == []


def test_discrepancies_are_found_by_kind() -> None:
    result = EntityResult("locations", "succeeded")
    result.discrepancies = [Discrepancy("ambiguous", "a", "a"), Discrepancy("drifted", "b", "b")]
    assert [one.subject for one in result.of_kind("drifted")] == ["b"]


@pytest.mark.parametrize(
    ("statuses", "word"),
    [
        ([], "succeeded"),
        (["succeeded"], "succeeded"),
        (["succeeded", "held"], "held"),
        (["held", "failed"], "failed"),
        (["succeeded", "skipped"], "failed"),
        (["held", "skipped"], "held"),
    ],
)
def test_the_worst_status_of_several_is_the_word_for_all(statuses: list[str], word: str) -> None:
    assert overall([EntityResult("locations", status) for status in statuses]) == word


def test_what_is_partial_makes_the_whole_partial() -> None:
    assert overall([EntityResult("locations", s) for s in ("succeeded", "partial")]) == "partial"
    assert overall([EntityResult("locations", s) for s in ("partial", "held")]) == "held"
