"""Servers that store something else than what they were sent.

What belongs here: the ways in which a text is changed, applied to the input of a mutation. What
does not: when (faults.py), and what becomes of the input then (the mutations).
"""

import html
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

Input = dict[str, Any]
Labels = Mapping[str, str]

QUOTES = str.maketrans("\u2018\u2019\u201a\u201c\u201d\u201e", "'''\"\"\"")

WAYS: Mapping[str, Callable[[str, int], str | None]] = {
    "dropped": lambda _text, _length: None,
    "cut": lambda text, length: text[:length],
    "entities": lambda text, _length: html.escape(text),
    "straight_quotes": lambda text, _length: text.translate(QUOTES),
    "upper": lambda text, _length: text.upper(),
    "nfd": lambda text, _length: unicodedata.normalize("NFD", text),
    "collapsed": lambda text, _length: " ".join(text.split()),
    "stamped": lambda text, _length: f"{text} {datetime.now(UTC):%Y-%m-%d %H:%M}",
}


def stored_otherwise(values: Input, details: Mapping[str, Any], labels: Labels) -> Input:
    """The input as the server takes it.

    Arguments:
        values: the input of a mutation.
        details: of the fault: `field` is the name of an input field or the label of a custom
            field, `how` one of WAYS, `length` where it is cut.
        labels: the labels of custom fields by their keys.
    """
    field, change = details["field"], WAYS[details["how"]]
    length = details["length"]
    changed = dict(values)
    if isinstance(values.get(field), str):
        changed[field] = change(values[field], length)
    if items := values.get("customFieldValues"):
        changed["customFieldValues"] = [
            _changed_value(item, lambda text: change(text, length))
            if labels.get(item["definitionKey"]) == field
            else item
            for item in items
        ]
    return changed


def _changed_value(item: Input, change: Callable[[str], str | None]) -> Input:
    value = item.get("value")
    return item | {"value": change(value)} if isinstance(value, str) else item
