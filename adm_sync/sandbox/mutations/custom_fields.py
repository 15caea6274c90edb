"""Custom field values in the input of mutations.

What belongs here: the rules for writing them. What does not: reading them. Only the fields given
change; every value is a text; an unknown key is refused; what is required must have a value in
the end.
"""

from collections.abc import Sequence
from typing import Any

from adm_sync.sandbox.mutations.payloads import Refused
from adm_sync.sandbox.options import RequestContext
from adm_sync.sandbox.resolvers import definitions
from adm_sync.sandbox.store import StoredRecord


def changed_values(
    context: RequestContext,
    entity_types: Sequence[str],
    values: dict[str, Any],
    record: StoredRecord | None = None,
) -> dict[str, str | None]:
    """All custom field values of a record after the input's values are written.

    Arguments:
        context: the request.
        entity_types: the types whose definitions the record may use; the first is its own, whose
            required fields are enforced when the record is created.
        values: the mutation's input.
        record: the record as it is; None when it is being created.

    Raises:
        Refused: an unknown key, or a required field without a value.
    """
    known = {
        item["key"]: item
        for entity_type in entity_types
        for item in definitions(context.store, entity_type)
    }
    result = dict((record or {}).get("customFieldValues") or {})
    for item in values.get("customFieldValues") or ():
        if item["definitionKey"] not in known:
            raise Refused(
                "There is no custom field with this key", "customFieldValues", item["definitionKey"]
            )
        result[item["definitionKey"]] = item.get("value")
    if record is None:
        _check_required(context, entity_types[0], result)
    return result


def _check_required(
    context: RequestContext, entity_type: str, values: dict[str, str | None]
) -> None:
    for item in definitions(context.store, entity_type):
        if item["isRequired"] and not values.get(item["key"]):
            raise Refused(
                f"The custom field {item['label']} is required", "customFieldValues", item["key"]
            )
