"""Fetching all that Administrate holds of one entity, or raising.

What belongs here: the three shapes that reference data comes in. What does not: paging itself
(`administrate.paging`) and what a node means (`entities`).
"""

from typing import Any

from adm_sync.administrate.answers import GraphQLFault
from adm_sync.administrate.paging import fetch_connection, fetch_rest
from adm_sync.errors import FetchIncomplete, RequestRejected
from adm_sync.reference.entity import Evidence, Node, Record, Source
from adm_sync.reference.nodes import required


def fetch(source: Source) -> Evidence:
    """Every record of the source's entity.

    Raises:
        AdministrateError: not every record arrived, or not as the contract says.
    """
    return (source.entity.fetch or fetch_pages)(source)


def fetch_pages(source: Source) -> Evidence:
    """The ordinary shape: one connection at the root, page by page."""
    entity = source.entity
    fetched = fetch_connection(
        source.client,
        entity.document,
        entity.connection,
        lambda node: entity.read(node, source.lookups),
        page_size=source.page_size,
        max_records=source.max_records,
        progress=source.progress,
    )
    return Evidence([record for records in fetched.records for record in records])


def fetch_course_prices(source: Source) -> Evidence:
    """Prices hang on their course templates; a template with over 100 is read to its end."""
    pages = fetch_connection(
        source.client,
        source.entity.document,
        source.entity.connection,
        _prices_on_page,
        page_size=source.page_size,
        max_records=source.max_records,
        progress=source.progress,
    )
    records = []
    for template, first_prices, total in pages.records:
        prices = first_prices
        if len(prices) < total:
            prices = prices + fetch_rest(
                source.client,
                "course_template_prices_rest",
                template,
                "publicPrices",
                dict,
                received=len(prices),
                total=total,
                page_size=source.page_size,
            )
        ids = {required(price, "id") for price in prices}
        if len(ids) != total:
            raise FetchIncomplete(
                f"{len(ids)} of {total} prices of course template {template} arrived. Nothing was "
                "written; run the sync again."
            )
        for price in prices:
            records += source.entity.read({"template": template, **price}, source.lookups)
    return Evidence(records)


def _prices_on_page(node: Node) -> tuple[str, list[dict[str, Any]], int]:
    prices = required(node, "publicPrices")
    if not prices:
        return str(required(node, "id")), [], 0
    nodes = [required(edge, "node") for edge in required(prices, "edges") or []]
    return str(required(node, "id")), nodes, required(required(prices, "pageInfo"), "totalRecords")


def fetch_custom_fields(source: Source) -> Evidence:
    """All entity types in one request; a type that fails there is asked for on its own.

    A tenant may refuse some types, or not know them. That is no evidence about their fields, and
    says nothing against the others.
    """
    answer = source.client.query_partial("custom_fields", {})
    data = answer.data or {}
    refused: dict[str, str] = {}
    records: list[Record] = []
    for entity_type in source.client.aliases("custom_fields"):
        template = data.get(entity_type)
        if template is None:
            alone = source.client.query_partial("custom_fields_of_type", {"type": entity_type})
            template = (alone.data or {}).get("customFieldTemplate")
            if template is None:
                refused[entity_type] = _reason(alone.errors)
                continue
        for definition in required(template, "customFieldDefinitions"):
            records += source.entity.read({"entityType": entity_type, **definition}, source.lookups)
    if not records and refused:
        raise RequestRejected(
            f"Administrate refused the custom fields of every entity type: {refused.popitem()[1]}"
        )
    note = "; ".join(f"{name} ({reason})" for name, reason in refused.items())
    notes = (f"Administrate gave no answer about these types, left as they are: {note}",)
    return Evidence(records, frozenset(refused), notes if refused else ())


def _reason(errors: tuple[GraphQLFault, ...]) -> str:
    return errors[0].message if errors else "answered with nothing"
