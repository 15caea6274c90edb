"""The form in which every mutation answers: its object beside a list of errors.

What belongs here: refusing, and turning a refusal into payload errors. What does not: the rules
of single mutations. A refused mutation changes nothing and answers null for its object.
"""

from collections.abc import Callable, Mapping
from typing import Any

from adm_sync.sandbox.options import RequestContext
from adm_sync.sandbox.store import StoredRecord

Input = dict[str, Any]
Payload = dict[str, Any]
Handler = Callable[..., Payload]
Resolver = Callable[..., Any]


class Refused(Exception):
    """The mutation is not carried out; `label` is the input's field."""

    def __init__(self, message: str, label: str | None = None, value: Any = None) -> None:
        super().__init__(message)
        self.error = payload_error(message, label, value)


def payload_error(message: str, label: str | None = None, value: Any = None) -> dict[str, Any]:
    """One entry of a payload's `errors`."""
    return {"label": label, "message": message, "value": None if value is None else str(value)}


def mutation(handler: Handler) -> Resolver:
    """A resolver that answers with what the handler returns, or with payload errors.

    The handler is called with the request's context and the mutation's arguments; it checks
    everything before it changes anything, and raises Refused.
    """

    def resolve(_source: Any, info: Any, **arguments: Any) -> dict[str, Any]:
        return _payload(info.context, handler, arguments)

    return resolve


def list_mutation(handler: Handler) -> Resolver:
    """The same for a mutation that answers one payload for each item of its input."""

    def resolve(_source: Any, info: Any, input: list[Any]) -> list[dict[str, Any]]:  # noqa: A002
        items = (item for item in input if item is not None)
        return [_payload(info.context, handler, {"input": item}) for item in items]

    return resolve


def required(
    context: RequestContext, record_type: str, identifier: Any, label: str | None = None
) -> StoredRecord:
    """The record of a type with this id.

    Raises:
        Refused: there is none.
    """
    record = context.store.find(identifier, record_type)
    if record is None:
        raise Refused(f"There is no {record_type} with this id", label, identifier)
    return record


def optional(
    context: RequestContext, record_type: str, values: Mapping[str, Any], label: str
) -> StoredRecord | None:
    """The record that the input names, or None if it names none.

    Raises:
        Refused: it names one that is not there.
    """
    identifier = values.get(label)
    return None if identifier is None else required(context, record_type, identifier, label)


def _payload(
    context: RequestContext, handler: Handler, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    number, context.mutations = context.mutations, context.mutations + 1
    if refused := context.refuse.get(number, context.refuse.get(None)):
        return {"errors": [payload_error(refused)]}
    given = {name: context.as_stored(value) for name, value in arguments.items()}
    try:
        payload: dict[str, Any] = {"errors": []} | handler(context, **given)
    except Refused as refusal:
        return {"errors": [refusal.error]}
    if warning := context.warn.get(number, context.warn.get(None)):
        payload["errors"] = [*payload["errors"], payload_error(warning)]
    return payload
