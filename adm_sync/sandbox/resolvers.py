"""How the fields of the schema get their values from the store.

What belongs here: resolvers for queries; a field without one is answered with the record's own
value of that name. What does not: mutations (the package of that name), and executing
(execution.py).
"""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from graphql import GraphQLError

from adm_sync.sandbox import event_fields
from adm_sync.sandbox.listing import listed
from adm_sync.sandbox.options import RequestContext, RequestRefused
from adm_sync.sandbox.paging import Edge, ListPage, cursor, page
from adm_sync.sandbox.store import Store, StoredRecord


class Info(Protocol):
    """What a resolver is told beside its source: the request."""

    @property
    def context(self) -> Any:
        """The RequestContext."""


Resolver = Callable[..., Any]


def _page(context: RequestContext, records: Sequence[StoredRecord], **arguments: Any) -> ListPage:
    options = context.options
    if options.offset_ignored:
        arguments["offset"] = None
    if not options.order_kept:
        records = random.sample(records, len(records))
    return page(records, cap=options.page_cap, default_size=options.default_page_size, **arguments)


def _meant(context: RequestContext, filters: Any) -> list[Any]:
    """The filters that this tenant takes notice of.

    Raises:
        RequestRefused: it refuses one.
    """
    given = [item for item in filters or () if item]
    for item in given:
        if item["field"] in context.options.filters_refused:
            raise RequestRefused(f"The filter {item['field']} is not available for this account.")
    return [item for item in given if item["field"] not in context.options.filters_ignored]


RecordsOf = Callable[[Store, StoredRecord], Sequence[StoredRecord]]


def _list(record_type: str, records_of: RecordsOf | None = None) -> Resolver:
    """A list of all records of a type, or of those of a record."""

    def resolve(
        source: Any,
        info: Info,
        filters: Any = None,
        order: Any = None,
        orderBy: Any = None,  # noqa: N803 - the schema's spelling
        **paging: Any,
    ) -> ListPage:
        context: RequestContext = info.context
        meant = _meant(context, filters)
        among = records_of(context.store, source) if records_of else None
        records = listed(context.store, record_type, among, meant, order, orderBy)
        return _page(context, records, **paging)

    return resolve


def _children(record_type: str, reference: str) -> Resolver:
    return _list(
        record_type, lambda store, source: store.children(record_type, reference, source["id"])
    )


def _listed(record_type: str, name: str) -> Resolver:
    def records_of(store: Store, source: StoredRecord) -> list[StoredRecord]:
        found = (store.find(identifier) for identifier in source.get(name) or ())
        return [record for record in found if record]

    return _list(record_type, records_of)


def _one(reference: str) -> Resolver:
    def resolve(source: StoredRecord, info: Info) -> StoredRecord | None:
        store: Store = info.context.store
        return store.find(source.get(reference))

    return resolve


def _of_store(value: event_fields.Value) -> Resolver:
    return lambda source, info: value(info.context.store, source)


def _answered(derived: event_fields.Derived) -> dict[str, Resolver]:
    return {name: _of_store(value) for name, (value, _) in derived.items()}


def _legacy_id(source: StoredRecord, _info: Info) -> str:
    return str(source["_number"])


def _personal_name(source: StoredRecord, _info: Info) -> dict[str, Any]:
    names = {name: source.get(name) for name in ("firstName", "middleName", "lastName")}
    return names | {"name": event_fields.full_name(source)}


def _staff_roles(source: StoredRecord, info: Info) -> list[StoredRecord]:
    store: Store = info.context.store
    return [role for key in source.get("staffRoles") or () if (role := store.find(key))]


def _custom_field_values(source: StoredRecord, info: Info) -> list[dict[str, Any]]:
    context: RequestContext = info.context
    values: Mapping[str, Any] = source.get("customFieldValues") or {}
    if context.options.custom_field_values == "all":
        keys = [item["key"] for item in definitions(context.store, source["__typename"])]
        values = dict.fromkeys(keys) | dict(values)
    return [{"definitionKey": key, "value": value} for key, value in values.items()]


def definitions(store: Store, entity_type: str) -> list[StoredRecord]:
    """The custom field definitions of an entity type, in the order of their numbers."""
    return store.cached(
        ("definitions", entity_type),
        lambda: [
            item
            for item in store.records("CustomFieldDefinition")
            if item["entityType"] == entity_type
        ],
    )


def _definition_locator(source: Mapping[str, Any], info: Info) -> Any:
    definition = info.context.store.find(source["definitionKey"], "CustomFieldDefinition")
    return definition.get("locator") if definition else None


def _custom_field_template(_source: Any, info: Info, type: str) -> dict[str, Any]:  # noqa: A002
    context: RequestContext = info.context
    if type in context.options.entity_types_refused:
        raise GraphQLError(f"Custom fields of {type} are not available for this account.")
    return {"customFieldDefinitions": definitions(context.store, type)}


def _node(_source: Any, info: Info, id: str) -> StoredRecord | None:  # noqa: A002
    store: Store = info.context.store
    return store.find(id)


def _remote_meeting(source: StoredRecord, _info: Info) -> dict[str, Any] | None:
    url = source.get("remoteMeetingUrl")
    return {"url": url, "type": source.get("remoteMeetingType")} if url else None


def _region(source: StoredRecord, info: Info) -> StoredRecord | None:
    store: Store = info.context.store
    location = store.find(source.get("location"))
    return store.find(location.get("region")) if location else None


def _prices_of_event(store: Store, event: StoredRecord) -> Sequence[StoredRecord]:
    return store.children("CoursePrice", "event", event["id"])


def _default_price(store: Store, event: StoredRecord) -> StoredRecord | None:
    prices = _prices_of_event(store, event)
    return prices[0] if prices else None


def _price(store: Store, event: StoredRecord) -> Any:
    price = _default_price(store, event)
    return price["amount"] if price else None


QUERIES: Mapping[str, str] = {
    "events": "Event",
    "courseTemplates": "CourseTemplate",
    "contacts": "Contact",
    "locations": "Location",
    "venues": "Venue",
    "accounts": "Account",
    "priceLevels": "PriceLevel",
    "currencies": "Currency",
    "taxTypes": "TaxType",
    "staffRoles": "StaffRole",
    "learningCategories": "LearningCategory",
    "learners": "Learner",
    "webhooks": "Webhook",
    "webhookTypes": "WebhookType",
}

RESOLVERS: Mapping[str, Mapping[str, Resolver]] = {
    "Query": {
        **{name: _list(record_type) for name, record_type in QUERIES.items()},
        "hello": lambda _source, _info: "world",
        "echo": lambda _source, _info, value=None: value,
        "node": _node,
        "customFieldTemplate": _custom_field_template,
    },
    "CustomFieldValue": {
        "definition": _one("definitionKey"),
        "definitionLocator": _definition_locator,
    },
    "CourseTemplate": {
        "customFieldValues": _custom_field_values,
        "learningCategories": _listed("LearningCategory", "learningCategories"),
        "approvedInstructors": _listed("Contact", "approvedInstructors"),
        "publicPrices": _children("CoursePrice", "courseTemplate"),
        "events": _children("Event", "courseTemplate"),
    },
    "LearningCategory": {"parentCategory": _one("parentCategory")},
    "Region": {"defaultTax": _one("defaultTax")},
    "Location": {"region": _one("region")},
    "Venue": {"location": _one("location")},
    "Contact": {
        "personalName": _personal_name,
        "account": _one("account"),
        "staffRoles": _staff_roles,
        "customFieldValues": _custom_field_values,
    },
    "CoursePrice": {
        "priceLevel": _one("priceLevel"),
        "financialUnit": _one("financialUnit"),
        "region": _one("region"),
    },
    "Staff": {"contact": _one("contact"), "staffRole": _one("staffRole")},
    "Session": {
        **_answered(event_fields.OF_SESSION),
        "event": _one("event"),
        "location": _one("location"),
        "venue": _one("venue"),
        "staff": _children("Staff", "session"),
        "customFieldValues": _custom_field_values,
    },
    "Event": {
        "displayId": _legacy_id,
        **_answered(event_fields.OF_EVENT),
        "reserved": lambda _source, _info: 0,
        "courseTemplate": _one("courseTemplate"),
        "location": _one("location"),
        "venue": _one("venue"),
        "region": _region,
        "price": _of_store(_price),
        "defaultPrice": _of_store(_default_price),
        "defaultTaxType": _one("defaultTaxType"),
        "prices": _list("CoursePrice", _prices_of_event),
        "sessions": _children("Session", "event"),
        "staff": _children("Staff", "event"),
        "learners": _children("Learner", "event"),
        "remoteMeeting": _remote_meeting,
        "customFieldValues": _custom_field_values,
    },
    "Learner": {"contact": _one("contact"), "event": _one("event")},
    "Webhook": {"webhookType": _one("webhookType")},
}

CONNECTION: Mapping[str, Resolver] = {
    "edges": lambda source, _info: source.edges(),
    "pageInfo": lambda source, _info: source.info(),
}


def _cursor(source: Edge, info: Info) -> str:
    is_opaque = info.context.options.opaque_cursors
    return f"row-{source.place:04x}" if is_opaque else cursor(source.place)


EDGE: Mapping[str, Resolver] = {
    "cursor": _cursor,
    "node": lambda source, _info: source.node,
}


def resolver_of(type_name: str, field_name: str) -> Resolver | None:
    """The resolver of a field; None where the record's own value is the answer."""
    if type_name.endswith("Connection"):
        return CONNECTION[field_name]
    if type_name.endswith("Edge"):
        return EDGE[field_name]
    if field_name == "legacyId":
        return _legacy_id
    return RESOLVERS.get(type_name, {}).get(field_name)
