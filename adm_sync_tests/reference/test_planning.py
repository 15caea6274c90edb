"""Design 3.3 to 3.5: what a sync would write, and what the guard thinks of it."""

from dataclasses import replace
from typing import Any

import pytest

from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.entity import BridgeRow, Evidence, RemoteRecord
from adm_sync.reference.matching import Matching
from adm_sync.reference.matching_owned import match_owned
from adm_sync.reference.planning import GuardLimits, Plan, hold_reason, plan_sync
from adm_sync_tests.reference.building import (
    LOCATIONS,
    ignore,
    link,
    nameless,
    never,
    planned,
    record,
    refused,
    row,
    tutorial,
)

CUSTOM_FIELDS, PRICE_LEVELS = BY_NAME["custom_fields"], BY_NAME["price_levels"]


def counts(plan: Plan) -> dict[str, int]:
    """What is not zero."""
    all_of_them = {
        "created": len(plan.creates),
        "updated": len(plan.updates),
        "unchanged": plan.unchanged,
        "deleted": len(plan.deletes),
        "retained": len(plan.retained),
        "unanswered": plan.unanswered,
        "skipped": plan.skipped,
        "refused": len(plan.refused),
        "freed": len(plan.freed),
    }
    return {name: count for name, count in all_of_them.items() if count}


def levels(*names: str) -> list[RemoteRecord]:
    return [RemoteRecord((f"PL{n}",), name, values=(name, "")) for n, name in enumerate(names, 1)]


def level_rows(*names: str) -> list[BridgeRow]:
    return [BridgeRow(n, (f"PL{n}",), values=(name, "")) for n, name in enumerate(names, 1)]


def plan_owned(
    entity: Any,
    records: list[RemoteRecord],
    rows: list[BridgeRow],
    unanswered: frozenset[str] = frozenset(),
    referenced: frozenset[int] = frozenset(),
) -> Plan:
    matching = match_owned(records, rows)
    return plan_sync(entity, Evidence(records, unanswered), rows, matching, referenced)


# ---------------------------------------------------------------------- records and rows


def test_a_new_record_is_created_with_its_link() -> None:
    plan = planned([record("L1", "Leeds", "7")], [], [tutorial(1, "leeds")])
    assert counts(plan) == {"created": 1}
    (change,) = plan.creates
    assert (change.action, change.external_id, change.tutorial_id) == ("created", "L1", 1)
    assert change.values == ("7",)
    assert (change.before, change.after) == ({}, {"legacy_id": "7", "tutorial_location_id": 1})


def test_an_unmatched_record_is_created_without_a_link() -> None:
    (change,) = planned([record("L1", "Leeds")], []).creates
    assert change.tutorial_id is None
    assert change.after == {"legacy_id": None, "tutorial_location_id": None}


def test_a_record_that_its_row_shows_already_is_unchanged() -> None:
    plan = planned([record("L1", "Leeds", "7")], [row(1, "L1", 1, "7")], [tutorial(1, "Leeds")])
    assert counts(plan) == {"unchanged": 1}
    assert plan.changes == plan.unseen_row_ids == []


def test_an_update_names_only_the_fields_that_differ() -> None:
    plan = planned([record("L1", "Leeds", "8")], [row(1, "L1", 1, "7")], [tutorial(1, "Leeds")])
    assert counts(plan) == {"updated": 1}
    (change,) = plan.updates
    assert (change.action, change.row_id, change.tutorial_id) == ("updated", 1, 1)
    assert (change.before, change.after) == ({"legacy_id": "7"}, {"legacy_id": "8"})
    assert not change.removes


@pytest.mark.parametrize(
    ("before", "name", "action", "removes"),
    [(None, "Leeds", "linked", False), (2, "Leeds", "relinked", True), (9, "x", "unlinked", True)],
)
def test_a_change_of_the_link_is_called_what_it_is(
    before: int | None, name: str, action: str, removes: bool
) -> None:
    tutorials = [tutorial(1, "Leeds"), tutorial(2, "York")]
    (change,) = planned([record("L1", name)], [row(1, "L1", before)], tutorials).updates
    assert change.action == action
    assert change.removes == removes
    assert change.before["tutorial_location_id"] == before


def test_a_link_that_a_person_decided_is_no_removal() -> None:
    records, rows = [record("L1", "Leeds")], [row(1, "L1", 1)]
    tutorials = [tutorial(1, "Leeds"), tutorial(2, "York")]
    for decision in (never(1, 1, "L1"), link(1, 2, "L1")):
        plan = planned(records, rows, tutorials, [decision])
        assert [change.action for change in plan.updates] in (["unlinked"], ["relinked"])
        assert plan.removals == []


def test_an_entity_that_administrate_owns_has_no_link_to_change() -> None:
    plan = plan_owned(PRICE_LEVELS, levels("Standard", "Student"), level_rows("Standart"))
    assert counts(plan) == {"created": 1, "updated": 1}
    assert plan.updates[0].after == {"name": "Standard"}
    assert plan.creates[0].after == {"name": "Student", "description": ""}
    assert plan.moved == 0


# ---------------------------------------------------------------------- left out


def test_an_ambiguous_record_is_skipped_and_gets_no_row() -> None:
    plan = planned([record("L1", "Leeds"), record("L2", "Leeds")], [], [tutorial(1, "Leeds")])
    assert counts(plan) == {"skipped": 2}


def test_an_ambiguous_record_that_has_a_row_is_kept_up_to_date_and_counts_once() -> None:
    records = [record("L1", "Leeds", "7"), record("L2", "Leeds", "8")]
    plan = planned(records, [row(1, "L1", None, "7"), row(2, "L2", None, "0")])
    assert counts(plan) == {"skipped": 1, "updated": 1}


def test_a_record_that_the_database_would_refuse_is_skipped_and_its_row_stays() -> None:
    plan = planned([refused("L1"), refused("L2")], [row(1, "L1", 1)], [tutorial(1, "Leeds")])
    assert counts(plan) == {"skipped": 2, "refused": 2}


def test_records_without_an_id_are_skipped_one_by_one() -> None:
    plan = planned([nameless(), nameless(), record("L1", "Leeds")], [])
    assert counts(plan) == {"created": 1, "skipped": 2}


def test_an_ignored_record_gets_its_row_all_the_same() -> None:
    plan = planned([record("L1", "Leeds")], [], [], [ignore(1, None, "L1")])
    assert counts(plan) == {"created": 1}


def test_a_record_that_came_twice_is_written_once() -> None:
    twice = [*levels("Standard"), *levels("Student")]
    plan = plan_owned(PRICE_LEVELS, twice, [])
    assert counts(plan) == {"created": 1, "skipped": 1}
    plan = plan_owned(PRICE_LEVELS, twice, level_rows("Other"))
    assert counts(plan) == {"updated": 1, "skipped": 1}


# ---------------------------------------------------------------------- gone and doubled rows


def test_a_row_whose_record_is_gone_is_deleted() -> None:
    plan = planned([], [row(1, "L1", 1, "7")], [tutorial(1, "Leeds")])
    assert counts(plan) == {"deleted": 1}
    (change,) = plan.deletes
    assert (change.row_id, change.removes) == (1, True)
    assert change.before == {"legacy_id": "7", "tutorial_location_id": 1}
    assert plan.unseen_row_ids == [1]


def test_a_row_that_something_refers_to_is_retained() -> None:
    plan = planned([], [row(1, "L1", 1)], [tutorial(1, "Leeds")], referenced=frozenset({1}))
    assert counts(plan) == {"retained": 1}
    assert plan.changes == []


def test_a_retained_row_lets_go_of_a_tutorial_record_that_found_another_partner() -> None:
    records, rows = [record("L2", "Leeds")], [row(1, "L1", 1, "7")]
    plan = planned(records, rows, [tutorial(1, "Leeds")], referenced=frozenset({1}))
    assert counts(plan) == {"created": 1, "retained": 1, "freed": 1}
    (change,) = plan.freed
    assert (change.action, change.tutorial_id, change.values) == ("unlinked", None, ("7",))
    assert change.removes
    assert plan.moved == 1


def test_a_retained_row_that_lets_go_by_a_decision_is_no_removal() -> None:
    records, rows = [record("L2", "York")], [row(1, "L1", 1)]
    decided = [link(1, 1, "L2")]
    plan = planned(records, rows, [tutorial(1, "Leeds")], decided, frozenset({1}))
    assert counts(plan) == {"created": 1, "retained": 1, "freed": 1}
    assert plan.removals == []


def test_scopes_without_an_answer_are_left_alone() -> None:
    rows = [
        BridgeRow(1, ("Event", "k"), values=(*"abc", True, None)),
        BridgeRow(2, ("Session", "k")),
    ]
    plan = plan_owned(CUSTOM_FIELDS, [], [rows[0]], frozenset({"Event"}))
    assert counts(plan) == {"unanswered": 1}
    plan = plan_owned(
        CUSTOM_FIELDS,
        [],
        [rows[0], replace(rows[0], id=3, identity=("Session", "k"))],
        frozenset({"Event"}),
    )
    assert counts(plan) == {"unanswered": 1, "deleted": 1}


def test_of_rows_that_stand_twice_the_first_is_kept() -> None:
    field = RemoteRecord(("Event", "k"), "Sitting", values=("Sitting", "text", "", False, None))
    rows = [BridgeRow(n, field.identity, values=field.values) for n in (1, 2, 3)]
    plan = plan_owned(CUSTOM_FIELDS, [field], rows)
    assert counts(plan) == {"unchanged": 1, "deleted": 2}
    assert [change.row_id for change in plan.deletes] == plan.unseen_row_ids == [2, 3]
    plan = plan_owned(CUSTOM_FIELDS, [field], rows, referenced=frozenset({3}))
    assert counts(plan) == {"unchanged": 1, "deleted": 1, "retained": 1}


# ---------------------------------------------------------------------- the guard


def gone(total: int, lost: int) -> Plan:
    """A table of `total` rows, `lost` of which are gone from Administrate."""
    rows = [row(n, f"L{n}", n) for n in range(total)]
    records = [record(f"L{n}", f"Town {n}") for n in range(lost, total)]
    return planned(records, rows, [tutorial(n, f"Town {n}") for n in range(total)])


@pytest.mark.parametrize(
    ("total", "allowed"), [(7, 5), (49, 5), (50, 5), (59, 5), (60, 6), (100, 10), (109, 10)]
)
def test_the_guard_lets_five_or_a_tenth_pass_and_not_one_more(total: int, allowed: int) -> None:
    assert hold_reason(gone(total, allowed), GuardLimits()) is None
    held = hold_reason(gone(total, allowed + 1), GuardLimits())
    assert held is not None
    assert f"remove, unlink or relink {allowed + 1} of {total} locations" in held


def test_the_limits_are_settings() -> None:
    assert hold_reason(gone(10, 2), GuardLimits(rows=1, percent=20)) is None
    assert hold_reason(gone(10, 2), GuardLimits(rows=0, percent=0)) is not None
    assert hold_reason(gone(10, 0), GuardLimits(rows=0, percent=0)) is None


def test_relinks_and_unlinks_count_for_the_guard() -> None:
    tutorials = [tutorial(n, f"Town {n}") for n in range(12)]
    rows = [row(n, f"L{n}", n) for n in range(12)]
    shifted = [record(f"L{n}", f"Town {(n + 1) % 6 if n < 6 else n}") for n in range(12)]
    plan = planned(shifted, rows, tutorials)
    assert [change.action for change in plan.removals] == ["relinked"] * 6
    assert plan.moved == 6
    assert hold_reason(plan, GuardLimits()) is not None


def test_an_empty_answer_is_held_while_there_are_rows() -> None:
    held = hold_reason(gone(1, 1), GuardLimits())
    assert held == "Administrate returned no locations at all, while 1 are known here"
    assert hold_reason(planned([], []), GuardLimits()) is None


def test_creates_and_plain_updates_are_never_held() -> None:
    records = [record(f"L{n}", f"Town {n}", "new") for n in range(50)]
    plan = planned(records, [row(n, f"L{n}", None, "old") for n in range(25)])
    assert (len(plan.creates), len(plan.updates)) == (25, 25)
    assert hold_reason(plan, GuardLimits(rows=0, percent=0)) is None


def strangers(linked: int, **known: str) -> Plan:
    """A tenant whose ids are ours and whose names are not, but for those that are given."""
    rows = [row(n, f"L{n}", n) for n in range(linked)]
    records = [record(f"L{n}", known.get(f"L{n}", f"Elsewhere {n}")) for n in range(linked)]
    return planned(records, rows, [tutorial(n, f"Town {n}") for n in range(linked)])


def test_a_tenant_in_which_nobody_has_the_name_that_we_know_is_held() -> None:
    held = hold_reason(strangers(5), GuardLimits())
    assert held is not None
    assert "none of the 5 linked locations carries the name it is known by" in held


def test_four_records_are_too_few_to_tell_a_strange_tenant() -> None:
    assert hold_reason(strangers(4), GuardLimits()) is None


def test_one_known_name_in_its_place_is_enough_to_trust_a_tenant() -> None:
    assert hold_reason(strangers(5, L3="Town 3"), GuardLimits()) is None


def test_a_known_name_in_another_place_makes_a_tenant_no_less_strange() -> None:
    plan = strangers(5, L3="Town 1")
    assert plan.moved == 2
    assert plan.strange
    assert hold_reason(plan, GuardLimits()) is not None


def test_tutorial_records_made_inactive_make_no_tenant_strange() -> None:
    rows = [row(n, f"L{n}", n) for n in range(6)]
    records = [record(f"L{n}", f"Town {n}") for n in range(6)]
    tutorials = [tutorial(n, f"Town {n}", is_active=False) for n in range(6)]
    assert hold_reason(planned(records, rows, tutorials), GuardLimits()) is None


def test_links_that_a_person_decided_say_nothing_about_the_tenant() -> None:
    decided = [link(n, n, f"L{n}") for n in range(6)]
    rows = [row(n, f"L{n}", n) for n in range(6)]
    records = [record(f"L{n}", f"Elsewhere {n}") for n in range(6)]
    tutorials = [tutorial(n, f"Town {n}") for n in range(6)]
    assert not planned(records, rows, tutorials, decided).strange
    assert planned(records, rows, tutorials, decided[:1]).strange


# ---------------------------------------------------------------------- fingerprints


def test_a_plan_keeps_its_fingerprint_when_only_harmless_things_change() -> None:
    rows = [row(n, f"L{n}", n, "1") for n in range(10)]
    tutorials = [tutorial(n, f"Town {n}") for n in range(11)]
    kept = [record(f"L{n}", f"Town {n}", "1") for n in range(7, 10)]
    held = planned(kept, rows, tutorials)
    more = planned(
        [record("L99", "Town 10"), *reversed(kept[1:]), replace(kept[0], values=("2",))],
        rows,
        tutorials,
    )
    assert (len(more.creates), len(more.updates)) == (1, 1)
    assert held.fingerprint() == more.fingerprint()
    assert hold_reason(held, GuardLimits()) is not None


def test_plans_that_take_away_other_things_have_other_fingerprints() -> None:
    rows = [row(n, f"L{n}", n) for n in range(6)]
    tutorials = [tutorial(n, f"Town {n}") for n in range(6)]
    records = [record(f"L{n}", f"Town {n}") for n in range(6)]
    swapped = [record("L0", "Town 1"), record("L1", "Town 0"), *records[2:]]
    plans = [
        planned(records, rows, tutorials),
        planned(records[1:], rows, tutorials),
        planned(records[:-1], rows, tutorials),
        planned(records[2:], rows, tutorials),
        planned(swapped, rows, tutorials),
        planned([], rows, tutorials),
        planned([replace(r, key=("?", r.external_id)) for r in records], rows, tutorials),
        planned(records, rows, []),
    ]
    assert len({plan.fingerprint() for plan in plans}) == len(plans)


def test_a_fingerprint_takes_any_text_for_an_id() -> None:
    odd = BridgeRow(1, ('\ud800"\n,',))
    plan = plan_sync(PRICE_LEVELS, Evidence([]), [replace(odd, values=("", ""))], Matching(), ())
    assert len(plan.fingerprint()) == 64


def test_changes_come_with_deletions_first() -> None:
    plan = planned(
        [record("L2", "York", "new"), record("L3", "Bath")],
        [row(1, "L1", 1), row(2, "L2", 2, "old")],
        [tutorial(1, "Leeds"), tutorial(2, "York")],
    )
    assert [change.action for change in plan.changes] == ["deleted", "updated", "created"]
    assert plan.entity is LOCATIONS
