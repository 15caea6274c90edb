"""Entities that Administrate owns: nothing to link, but one place of the table holds one record."""

from collections import Counter
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from adm_sync.reference.entities import BY_NAME
from adm_sync.reference.entity import BridgeRow, Evidence, RemoteRecord
from adm_sync.reference.matching_owned import match_owned
from adm_sync.reference.planning import Plan, plan_sync
from adm_sync_tests.reference.scenarios import applied

PRICES = BY_NAME["course_template_price_levels"]


def price(external_id: str, template: int, level: int, amount: str = "1.00") -> RemoteRecord:
    values = (Decimal(amount), template, level)
    return RemoteRecord((external_id,), external_id, (template, level), values)


def broken(external_id: str) -> RemoteRecord:
    return RemoteRecord(
        (external_id,), external_id, obstacle="its amount is no number", refused=True
    )


def price_row(number: int, external_id: str, template: int, level: int) -> BridgeRow:
    return BridgeRow(number, (external_id,), None, (Decimal("1.00"), template, level))


def plan_prices(records: list[RemoteRecord], rows: list[BridgeRow]) -> Plan:
    return plan_sync(PRICES, Evidence(records), rows, match_owned(records, rows), frozenset())


def test_records_without_a_key_all_get_their_rows() -> None:
    levels = [RemoteRecord((f"PL{n}",), "Standard", values=("Standard", None)) for n in range(2)]
    matching = match_owned(levels, [])
    assert matching.skipped == set()
    assert matching.ambiguous == matching.unmatched_administrate == []


def test_an_unusable_record_without_a_place_holds_nobody_up() -> None:
    """A custom field, whose row holds a list."""
    values = ("Sitting", "text", None, True, ["admin"])
    field = RemoteRecord(("Event", "K1"), "Sitting", values=values)
    unusable = RemoteRecord(("Event", "K2"), "K2", obstacle="its label is no text", refused=True)
    rows = [BridgeRow(1, ("Event", "K2"), values=values)]
    matching = match_owned([unusable, field], rows)
    assert matching.unmatched_administrate == [unusable]
    assert matching.skipped == set()


def test_two_new_prices_of_one_place_are_ambiguous_and_neither_is_written() -> None:
    records = [price("P1", 1, 1), price("P2", 1, 1), price("P3", 1, 2)]
    matching = match_owned(records, [])
    assert matching.skipped == {("P1",), ("P2",)}
    assert [[r.external_id for r in found.records] for found in matching.ambiguous] == [
        ["P1", "P2"]
    ]
    assert [change.external_id for change in plan_prices(records, []).creates] == ["P3"]


def test_the_price_that_has_the_row_already_keeps_it_and_stays_up_to_date() -> None:
    records = [price("P1", 1, 1, "2.00"), price("P2", 1, 1)]
    rows = [price_row(1, "P1", 1, 1)]
    assert match_owned(records, rows).skipped == {("P2",)}
    plan = plan_prices(records, rows)
    assert plan.updates[0].after == {"amount": Decimal("2.00")}
    assert plan.skipped == 1


def test_of_two_prices_with_rows_that_want_one_place_neither_moves() -> None:
    records = [price("P1", 1, 1), price("P2", 1, 1)]
    rows = [price_row(1, "P1", 1, 1), price_row(2, "P2", 1, 2)]
    plan = plan_prices(records, rows)
    assert plan.changes == []
    assert plan.skipped == 2


def test_prices_may_change_places() -> None:
    records = [price("P1", 1, 2), price("P2", 1, 1)]
    rows = [price_row(1, "P1", 1, 1), price_row(2, "P2", 1, 2)]
    assert match_owned(records, rows).skipped == set()
    assert len(plan_prices(records, rows).updates) == 2


def test_a_price_whose_place_an_unwritable_one_still_holds_waits_and_says_so() -> None:
    records = [broken("P1"), price("P2", 1, 1)]
    rows = [price_row(1, "P1", 1, 1)]
    matching = match_owned(records, rows)
    assert matching.skipped >= {("P2",)}
    reasons = {one.external_id: one.obstacle for one in matching.unmatched_administrate}
    assert reasons == {
        "P1": "its amount is no number",
        "P2": "the row of P1 has its place, and cannot be written",
    }
    plan = plan_prices(records, rows)
    assert plan.changes == []
    assert (plan.skipped, len(plan.refused)) == (2, 1)


def test_who_waits_keeps_others_waiting() -> None:
    """P1 cannot be written and stays at (1, 1), so P2 stays at (1, 2), so P3 waits."""
    records = [broken("P1"), price("P2", 1, 1), price("P3", 1, 2), price("P4", 1, 3)]
    rows = [price_row(1, "P1", 1, 1), price_row(2, "P2", 1, 2)]
    plan = plan_prices(records, rows)
    assert [change.external_id for change in plan.changes] == ["P4"]
    assert plan.skipped == 3


def test_a_new_price_takes_the_place_of_one_that_is_gone() -> None:
    plan = plan_prices([price("P2", 1, 1)], [price_row(1, "P1", 1, 1)])
    assert [change.action for change in plan.changes] == ["deleted", "created"]


@st.composite
def tenants(draw: st.DrawFn) -> tuple[list[RemoteRecord], list[BridgeRow]]:
    places = st.tuples(st.integers(1, 2), st.integers(1, 3))
    ids = [f"P{n}" for n in range(1, 7)]
    records = [
        broken(external_id)
        if draw(st.integers(0, 5)) == 0
        else price(external_id, *draw(places), draw(st.sampled_from(["1.00", "2.00"])))
        for external_id in draw(st.sets(st.sampled_from(ids)))
    ]
    taken = draw(st.lists(places, unique=True, max_size=4))
    holders = draw(st.permutations(ids))
    rows = [price_row(n, holders[n], *place) for n, place in enumerate(taken)]
    return records, rows


@given(tenants())
def test_no_two_rows_ever_want_one_place(
    tenant: tuple[list[RemoteRecord], list[BridgeRow]],
) -> None:
    records, rows = tenant
    after = applied(rows, plan_prices(records, rows))
    assert max(Counter(row.values[1:] for row in after).values(), default=1) == 1


@given(tenants())
def test_a_plan_that_was_applied_leaves_nothing_to_do(
    tenant: tuple[list[RemoteRecord], list[BridgeRow]],
) -> None:
    records, rows = tenant
    after = applied(rows, plan_prices(records, rows))
    again = plan_prices(records, after)
    assert again.changes == []
    assert again.unchanged + again.skipped == len(records)


@given(tenants())
def test_every_record_is_written_or_listed_and_never_listed_twice(
    tenant: tuple[list[RemoteRecord], list[BridgeRow]],
) -> None:
    records, rows = tenant
    matching = match_owned(records, rows)
    unmatched = Counter(one.identity for one in matching.unmatched_administrate)
    ambiguous = Counter(one.identity for found in matching.ambiguous for one in found.records)
    assert not unmatched.keys() & ambiguous.keys()
    assert all(count == 1 for count in (unmatched | ambiguous).values())
    assert matching.skipped <= unmatched.keys() | ambiguous.keys()
    plan = plan_prices(records, rows)
    written = {change.identity for change in plan.creates + plan.updates}
    assert not written & matching.skipped
    assert plan.skipped + plan.unchanged + len(written) == len(records)
