"""Which records a list holds, and in what order.

What belongs here: filters and order applied to the store, with the results kept until the store
changes, so that a long list is not filtered and sorted again for each of its pages. What does
not: pages (paging.py) and single operations (filters.py).

As in SQL, records without a value come last, and first when descending.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from adm_sync.sandbox.filters import filter_field, predicate, sort_value
from adm_sync.sandbox.store import Store, StoredRecord

Condition = Mapping[str, Any]


def listed(
    store: Store,
    record_type: str,
    among: Sequence[StoredRecord] | None = None,
    filters: Sequence[Condition | None] | None = None,
    order: Condition | None = None,
    order_by: Sequence[Condition | None] | None = None,
) -> Sequence[StoredRecord]:
    """Those of `among` (all of the type, if None) that pass every filter, as they were if no order
    is given: by id.

    Raises:
        RequestRefused: a filter is wrong; see filters.predicate.
    """
    records = store.records(record_type) if among is None else among
    conditions = [item for item in filters or () if item]
    orders = _orders(order, order_by)
    if not conditions and not orders:
        return records
    if among is not None:
        return _select(store, record_type, among, conditions, orders)
    key = (record_type, tuple(map(_key, conditions)), tuple(map(_key, orders)))
    return store.cached(key, lambda: _select(store, record_type, records, conditions, orders))


def _orders(
    order: Condition | None, order_by: Sequence[Condition | None] | None
) -> list[Condition]:
    orders = [item for item in (order, *(order_by or ())) if item]
    if orders and orders[0]["field"] == "id" and orders[0]["direction"] == "asc":
        return []  # the store keeps records by id, and nothing sorts within an id
    return orders


def _select(
    store: Store,
    record_type: str,
    records: Sequence[StoredRecord],
    conditions: Sequence[Condition],
    orders: Sequence[Condition],
) -> list[StoredRecord]:
    tests = [predicate(store, record_type, condition) for condition in conditions]
    selected = [record for record in records if all(test(record) for test in tests)]
    for order in reversed(orders):
        _sort(store, record_type, selected, order)
    return selected


def _sort(store: Store, record_type: str, records: list[StoredRecord], order: Condition) -> None:
    field = filter_field(record_type, order["field"])

    def key(record: StoredRecord) -> tuple[bool, Any]:
        if order["field"] == "id":
            return (False, record["_number"])
        found = field.value(store, record)
        if isinstance(found, list):
            found = next((item for item in found if item is not None), None)
        return (found is None, 0 if found is None else sort_value(field.kind, found))

    records.sort(key=key, reverse=order["direction"] == "desc")


def _key(condition: Condition) -> tuple[Any, ...]:
    values = condition.get("values")
    return (
        condition["field"],
        condition.get("operation"),
        condition.get("direction"),
        condition.get("value"),
        tuple(values) if values is not None else None,
    )
