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
Change = Callable[[Answer, Details], None]
CHANGES: dict[str, Change] = {}

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


def _set(holder: dict[str, Any], **values: Any) -> None:
    """Change what the answer holds; what was not asked for is not added."""
    for name, value in values.items():
        if name in holder:
            holder[name] = value


# ---------------------------------------------------------------------- each named as its fault


def _on_answer(play: Change) -> Change:
    CHANGES[play.__name__[1:]] = play
    return play


def _on_rows(play: Callable[[Rows, Details], None]) -> Change:
    """Play it on each list that is meant."""

    def change(answer: Answer, details: Details) -> None:
        for rows in rows_of(answer, details["field"]):
            play(rows, details)

    CHANGES[play.__name__[1:]] = change
    return change


def _on_records(play: Callable[[dict[str, Any], Details], None]) -> Change:
    """Play it on each record of the lists that are meant."""

    def change(answer: Answer, details: Details) -> None:
        for rows in rows_of(answer, details["field"]):
            for node in rows.nodes(details["rows"]):
                play(node, details)

    CHANGES[play.__name__[1:]] = change
    return change


@_on_answer
def _errors_beside_data(answer: Answer, details: Details) -> None:
    path = details["null"].split(".") if details["null"] else None
    error = {"message": details["message"]} | ({"path": path} if path else {})
    answer["errors"] = [*answer.get("errors", []), error]
    target = answer.get("data")
    for name in (path or [])[:-1]:
        target = (target or {}).get(name)
    if path and target:
        target[path[-1]] = None


@_on_answer
def _payload_list(answer: Answer, _details: Details) -> None:
    for group in (answer.get("data") or {}).values():
        if isinstance(group, dict):
            for name, payload in group.items():
                if isinstance(payload, dict) and "edges" not in payload:
                    group[name] = [payload]


@_on_rows
def _short_page(rows: Rows, details: Details) -> None:
    rows.holder[rows.key] = rows.items[: max(0, len(rows.items) - details["rows"])]


@_on_rows
def _empty_list(rows: Rows, _details: Details) -> None:
    rows.holder[rows.key] = []
    _set(rows.page_info, totalRecords=0, hasNextPage=False, startCursor=None, endCursor=None)


@_on_rows
def _wrong_total(rows: Rows, details: Details) -> None:
    total = rows.page_info.get("totalRecords", 0) + details["by"]
    _set(rows.page_info, totalRecords=total if details["total"] is None else details["total"])


@_on_rows
def _no_next_page(rows: Rows, _details: Details) -> None:
    _set(rows.page_info, hasNextPage=False)


@_on_rows
def _endless(rows: Rows, _details: Details) -> None:
    rows.holder[rows.key] = []
    _set(rows.page_info, hasNextPage=True)


@_on_rows
def _no_page_info(rows: Rows, details: Details) -> None:
    if details["null"]:
        _set(rows.holder, pageInfo=None)
    else:
        rows.holder.pop("pageInfo", None)


@_on_rows
def _null_edges(rows: Rows, _details: Details) -> None:
    rows.holder[rows.key] = None


@_on_rows
def _doubled_rows(rows: Rows, details: Details) -> None:
    count = min(details["rows"], len(rows.items) // 2)
    if count:
        rows.items[-count:] = copy.deepcopy(rows.items[:count])


@_on_records
def _int_ids(node: dict[str, Any], _details: Details) -> None:
    for name in ("id", "key"):
        if isinstance(node.get(name), str):
            node[name] = number_of(node[name]) or 0


@_on_records
def _missing_field(node: dict[str, Any], details: Details) -> None:
    node.pop(details["name"], None)


@_on_records
def _null_field(node: dict[str, Any], details: Details) -> None:
    _set(node, **{details["name"]: None})


@_on_records
def _field_value(node: dict[str, Any], details: Details) -> None:
    node[details["name"]] = details["value"]


@_on_records
def _unknown_word(node: dict[str, Any], details: Details) -> None:
    _set(node, **{details["name"]: details["word"]})


@_on_answer
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
