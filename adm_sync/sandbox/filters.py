"""The thirteen filter operations.

What belongs here: what each operation needs and what it lets through. What does not: where a
field's value comes from (filter_fields.py).

Administrate's rules: values are always texts; `value` for the first eight operations, `values`
for in, notin and contains, neither for isnull and notnull, and anything else fails the whole
request. `like` is SQL LIKE without regard to case; `wordlike` wants every given word. Of a field
with several values, one that matches is enough, and ne and notin want none to match.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from adm_sync.sandbox.event_fields import Kind
from adm_sync.sandbox.filter_fields import FILTER_FIELDS, FilterField
from adm_sync.sandbox.identity import number_of
from adm_sync.sandbox.moments import comparable
from adm_sync.sandbox.options import RequestRefused
from adm_sync.sandbox.store import Store, StoredRecord

Test = Callable[[Any], bool]
Predicate = Callable[[StoredRecord], bool]

WITH_VALUES = {"in", "notin", "contains"}
WITHOUT_VALUE = {"isnull", "notnull"}
ORDERED: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def predicate(store: Store, record_type: str, condition: Mapping[str, Any]) -> Predicate:
    """What one `{field, operation, value | values}` lets through.

    Raises:
        RequestRefused: the wrong one of value and values, a value of the wrong kind, or a field
            that the sandbox does not hold.
    """
    field = filter_field(record_type, condition["field"])
    operation = condition["operation"]
    value, values = condition.get("value"), condition.get("values")
    _check_form(operation, value, values)
    if operation in WITHOUT_VALUE:
        wanted = operation == "isnull"
        return lambda record: _is_null(field.value(store, record)) is wanted
    if operation == "contains":
        return lambda record: _contains(field.value(store, record), values or ())
    if operation in {"ne", "notin"}:
        test = _test(field.kind, {"ne": "eq", "notin": "in"}[operation], value, values)
        return lambda record: not _matches(field.value(store, record), test)
    test = _test(field.kind, operation, value, values)
    return lambda record: _matches(field.value(store, record), test)


def filter_field(record_type: str, name: str) -> FilterField:
    """The field by its enum word.

    Raises:
        RequestRefused: the sandbox does not hold it.
    """
    try:
        return FILTER_FIELDS[record_type][name]
    except KeyError:
        raise RequestRefused(f"The sandbox does not filter {record_type} by {name}.") from None


def parsed(kind: Kind, text: Any) -> Any:
    """A value to compare with others of its kind.

    Raises:
        RequestRefused: the text is not of that kind.
    """
    if text is None or not isinstance(text, str):
        return text
    try:
        if kind == "number":
            return int(text)
        if kind == "boolean":
            return {"true": True, "false": False}[text.lower()]
        if kind in {"instant", "local"}:
            return comparable(text, instant=kind == "instant")
    except (ValueError, KeyError):
        raise RequestRefused(f"{text!r} is not a {kind}.") from None
    return text


def _check_form(operation: str, value: str | None, values: list[str | None] | None) -> None:
    if operation in WITHOUT_VALUE:
        needed, wrong = "neither value nor values", value is not None or values is not None
    elif operation in WITH_VALUES:
        needed, wrong = "values and no value", value is not None or values is None
    else:
        needed, wrong = "value and no values", value is None or values is not None
    if wrong:
        raise RequestRefused(f"The filter operation {operation} needs {needed}.")


def _test(kind: Kind, operation: str, value: str | None, values: list[Any] | None) -> Test:
    if operation == "in":
        allowed = {parsed(kind, item) for item in values or ()}
        return lambda found: parsed(kind, found) in allowed
    if operation == "like":
        pattern = _like_pattern(value or "")
        return lambda found: pattern.fullmatch(str(found)) is not None
    if operation == "wordlike":
        words = (value or "").casefold().split()
        return lambda found: all(word in str(found).casefold() for word in words)
    if operation == "eq":
        wanted = parsed(kind, value)
        return lambda found: bool(parsed(kind, found) == wanted)
    compare = ORDERED[operation]
    limit = sort_value(kind, value)
    return lambda found: compare(sort_value(kind, found), limit)


def sort_value(kind: Kind, found: Any) -> Any:
    """A value as it sorts: ids by their number, the rest as it compares."""
    if kind == "id":
        return number_of(found) or 0
    return parsed(kind, found)


def _like_pattern(text: str) -> re.Pattern[str]:
    parts = {"%": ".*", "_": "."}
    pattern = "".join(parts.get(char) or re.escape(char) for char in text)
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


def _matches(found: Any, test: Test) -> bool:
    if isinstance(found, list):
        return any(item is not None and test(item) for item in found)
    return found is not None and test(found)


def _contains(found: Any, values: list[Any] | tuple[Any, ...]) -> bool:
    return found is not None and all(value in found for value in values)


def _is_null(found: Any) -> bool:
    if isinstance(found, list):
        return all(item is None for item in found)
    return found is None
