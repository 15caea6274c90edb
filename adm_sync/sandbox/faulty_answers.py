"""Faults that are played by changing a finished answer.

What belongs here: one function for each such fault, working on any answer whatever was asked.
What does not: deciding when (faults.py), and faults that need the connection or the store.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from adm_sync.sandbox.identity import external_id, number_of

Answer = dict[str, Any]
Details = Mapping[str, Any]

PLAIN_LIST = "customFieldDefinitions"
OTHER_TENANT = 900_000


class Rows:
    """A list in an answer: the edges of a connection, or the plain list of definitions."""

    def __init__(self, holder: dict[str, Any], key: str) -> None:
        self.holder = holder
        self.key = key

    @property
    def items(self) -> list[Any]:
        """The edges, or the definitions."""
        return self.holder.get(self.key) or []

    @property
    def page_info(self) -> dict[str, Any]:
        """The pageInfo, to be changed; an unused dict if the answer has none."""
        return self.holder.get("pageInfo") or {}

    def nodes(self, rows: int | None) -> list[dict[str, Any]]:
        """The first `rows` records, or all."""
        found = [item.get("node", item) for item in self.items if item]
        return [node for node in found if isinstance(node, dict)][:rows]


def change(answer: Answer, kind: str, details: Details) -> None:
    """Play a fault of this kind on an answer. Kinds that are played elsewhere change nothing."""
    if kind in CHANGES:
        CHANGES[kind](answer, details)


def rows_of(answer: Answer, field: str | None) -> Iterator[Rows]:
    """The lists under a key at any depth, or those of the root fields."""
    data = answer.get("data") or {}
    if field is None:
        for value in data.values():
            yield from _rows(value)
    else:
        for key, value in _walk(data):
            if key == field:
                yield from _rows(value)


def _rows(value: Any) -> Iterator[Rows]:
    if isinstance(value, dict):
        if "edges" in value or "pageInfo" in value:
            yield Rows(value, "edges")
        if PLAIN_LIST in value:
            yield Rows(value, PLAIN_LIST)


def _walk(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in list(value.items()):
            yield key, inner
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)


def _nodes(answer: Answer, details: Details) -> Iterator[dict[str, Any]]:
    for rows in rows_of(answer, details["field"]):
        yield from rows.nodes(details["rows"])


def _errors_beside_data(answer: Answer, details: Details) -> None:
    path = details["null"].split(".") if details["null"] else None
    error = {"message": details["message"]} | ({"path": path} if path else {})
    answer["errors"] = [*answer.get("errors", []), error]
    target = answer.get("data")
    for name in (path or [])[:-1]:
        target = (target or {}).get(name)
    if path and target:
        target[path[-1]] = None


def _payload_list(answer: Answer, _details: Details) -> None:
    for group in (answer.get("data") or {}).values():
        if isinstance(group, dict):
            for name, payload in group.items():
                if isinstance(payload, dict) and "edges" not in payload:
                    group[name] = [payload]


def _short_page(answer: Answer, details: Details) -> None:
    for rows in rows_of(answer, details["field"]):
        rows.holder[rows.key] = rows.items[: max(0, len(rows.items) - details["rows"])]


def _empty_list(answer: Answer, details: Details) -> None:
    for rows in rows_of(answer, details["field"]):
        rows.holder[rows.key] = []
        _set(rows.page_info, totalRecords=0, hasNextPage=False, startCursor=None, endCursor=None)


def _wrong_total(answer: Answer, details: Details) -> None:
    for rows in rows_of(answer, details["field"]):
        total = rows.page_info.get("totalRecords", 0) + details["by"]
        _set(rows.page_info, totalRecords=total if details["total"] is None else details["total"])


def _no_next_page(answer: Answer, details: Details) -> None:
    for rows in rows_of(answer, details["field"]):
        _set(rows.page_info, hasNextPage=False)


def _endless(answer: Answer, details: Details) -> None:
    for rows in rows_of(answer, details["field"]):
        rows.holder[rows.key] = []
        _set(rows.page_info, hasNextPage=True)


def _no_page_info(answer: Answer, details: Details) -> None:
    for rows in rows_of(answer, details["field"]):
        if details["null"]:
            _set(rows.holder, pageInfo=None)
        else:
            rows.holder.pop("pageInfo", None)


def _null_edges(answer: Answer, details: Details) -> None:
    for rows in rows_of(answer, details["field"]):
        rows.holder[rows.key] = None


def _doubled_rows(answer: Answer, details: Details) -> None:
    for rows in rows_of(answer, details["field"]):
        count = min(details["rows"], len(rows.items) // 2)
        if count:
            rows.items[-count:] = copy.deepcopy(rows.items[:count])


def _int_ids(answer: Answer, details: Details) -> None:
    for node in _nodes(answer, details):
        for name in ("id", "key"):
            if isinstance(node.get(name), str):
                node[name] = number_of(node[name]) or 0


def _missing_field(answer: Answer, details: Details) -> None:
    for node in _nodes(answer, details):
        node.pop(details["name"], None)


def _null_field(answer: Answer, details: Details) -> None:
    for node in _nodes(answer, details):
        _set(node, **{details["name"]: None})


def _field_value(answer: Answer, details: Details) -> None:
    for node in _nodes(answer, details):
        node[details["name"]] = details["value"]


def _unknown_word(answer: Answer, details: Details) -> None:
    for node in _nodes(answer, details):
        _set(node, **{details["name"]: details["word"]})


def _another_tenant(answer: Answer, details: Details) -> None:
    """Other ids and other names; nothing where the details hold a store to answer from."""
    if details["store"] is not None:
        return
    for rows in rows_of(answer, None):
        for number, node in enumerate(rows.nodes(None), OTHER_TENANT):
            for name in ("id", "key"):
                if name in node:
                    node[name] = external_id("OtherTenant", number)
            for name in ("name", "title", "label", "code", "lastName"):
                if isinstance(node.get(name), str):
                    node[name] = f"Other {node[name]}"


def _set(holder: dict[str, Any], **values: Any) -> None:
    """Change what the answer holds; what was not asked for is not added."""
    for name, value in values.items():
        if name in holder:
            holder[name] = value


CHANGES: Mapping[str, Callable[[Answer, Details], None]] = {
    "errors_beside_data": _errors_beside_data,
    "payload_list": _payload_list,
    "short_page": _short_page,
    "empty_list": _empty_list,
    "wrong_total": _wrong_total,
    "no_next_page": _no_next_page,
    "endless": _endless,
    "no_page_info": _no_page_info,
    "null_edges": _null_edges,
    "doubled_rows": _doubled_rows,
    "int_ids": _int_ids,
    "missing_field": _missing_field,
    "null_field": _null_field,
    "field_value": _field_value,
    "unknown_word": _unknown_word,
    "another_tenant": _another_tenant,
}
