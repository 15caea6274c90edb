"""Queries that fail because of one event, whatever else they ask for.

What belongs here: whether a query has to do with that event. What does not: what is answered then
(application.py).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from adm_sync.sandbox import event_fields
from adm_sync.sandbox.store import Store, StoredRecord


def touches(
    details: Mapping[str, Any], store: Store, variables: Mapping[str, Any], answer: Any
) -> bool:
    """Whether the variables or the answer of a query have to do with the event of a fault.

    Arguments:
        details: of the fault: the event's `title`, or its `template` (the id) and its local
            `start`.
        store: the events.
        variables: of the query.
        answer: its `data`.
    """
    title, template, start = details["title"], details["template"], details["start"]
    asked = [text.casefold() for text in _texts(variables)]
    if template and start:
        starts = any(text.startswith(start.casefold()) for text in asked)
        if starts and template.casefold() in asked:
            return True
    names = [title] if title else []
    names += [event["id"] for event in store.all("Event") if _is_meant(event, details)]
    folded = [name.casefold() for name in names]
    texts = [*asked, *(text.casefold() for text in _texts(answer))]
    return any(name in text for name in folded for text in texts)


def _is_meant(event: StoredRecord, details: Mapping[str, Any]) -> bool:
    if details["title"]:
        return bool(event.get("title") == details["title"])
    start = event_fields.local(event, event_fields.event_instant(event, "Start")) or ""
    return bool(
        event["courseTemplate"] == details["template"]
        and details["start"]
        and start.startswith(details["start"])
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
