"""Fetching all that Administrate holds of one entity, or raising.

What belongs here: the three shapes that reference data comes in, and what counts as evidence.
What does not: paging itself (`administrate.paging`) and what a node means (`entities`).
"""

import logging
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace
from typing import Any

from adm_sync.administrate.answers import Answer, GraphQLFault
from adm_sync.administrate.paging import Node, Page, fetch_connection, fetch_rest, read_page
from adm_sync.errors import (
    AdministrateError,
    ContractBroken,
    FetchIncomplete,
    RequestRejected,
)
from adm_sync.reference.entity import Evidence, Identity, RemoteRecord, Source
from adm_sync.reference.nodes import legible, required

log = logging.getLogger(__name__)

_AGAIN = "Nothing was written; run the sync again."


def fetch(source: Source) -> Evidence:
    """Every record of the source's entity.

    Raises:
        AdministrateError: not every record arrived, or not as the schema says.
    """
    return _told_apart(source, (source.entity.fetch or fetch_pages)(source))


def _told_apart(source: Source, evidence: Evidence) -> Evidence:
    """The same, with what tells those apart who bear one name, if Administrate says that."""
    apart = source.entity.apart
    count = Counter(one.key for one in evidence.records if one.key is not None)
    shared = [one.external_id for one in evidence.records if one.key and count[one.key] > 1]
    if apart is None or not shared:
        return evidence
    told: dict[str, str] = {}
    try:
        for start in range(0, len(shared), source.page_size):
            ids = shared[start : start + source.page_size]
            told |= fetch_connection(
                source.client,
                apart.document,
                source.entity.connection,
                lambda node: (str(node.get("id")), apart.read(node)),
                page_size=source.page_size,
                max_records=source.max_records,
                variables={"ids": ids},
            ).records
    except AdministrateError as error:
        log.info("Administrate does not tell %s apart: %s", source.entity.many, error)
    records = [replace(one, apart=told.get(one.external_id, "")) for one in evidence.records]
    return replace(evidence, records=records)


def confirm(source: Source, seen: Set[Identity]) -> Evidence:
    """The evidence, fetched once more, before anything that was not `seen` counts as gone.

    Administrate addresses rows by position: when one is removed and another added while pages are
    read, a third is missing from them and the total is right all the same.

    Raises:
        FetchIncomplete: the two fetches do not hold the same records.
        AdministrateError: the second one failed.
    """
    again = fetch(source)
    if {record.identity for record in again.records} != seen:
        raise FetchIncomplete(
            f"Administrate returned other {source.entity.many} when it was asked again, so nobody "
            f"can tell which are gone. {_AGAIN}"
        )
    return again


def fetch_pages(source: Source) -> Evidence:
    """The ordinary shape: one connection at the root, page by page."""
    entity = source.entity
    fetched = fetch_connection(
        source.client,
        entity.document,
        entity.connection,
        lambda node: (entity.read(node, source.lookups), _is_named(node)),
        page_size=source.page_size,
        max_records=source.max_records,
        progress=source.progress,
    )
    records = [record for read, _ in fetched.records for record in read]
    return _evidence(source, records, sum(not named for _, named in fetched.records))


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
    nodes: list[Node] = []
    for template, code, first in pages.records:
        prices = first.records
        if len(prices) < first.total:
            prices = prices + fetch_rest(
                source.client,
                "course_template_prices_rest",
                template,
                "publicPrices",
                dict,
                received=len(prices),
                total=first.total,
                page_size=source.page_size,
            )
        if len(prices) != first.total or (first.more and prices is first.records):
            raise FetchIncomplete(
                f"{len(prices)} of {first.total} prices of course template {template} arrived. "
                f"{_AGAIN}"
            )
        nodes += [{"template": template, "known_as": _name(code, one), **one} for one in prices]
    return _read_all(source, nodes)


def _prices_on_page(node: Node) -> tuple[str, str, Page[dict[str, Any]]]:
    template = str(required(node, "id"))
    code = legible(node.get("code")) or template
    return template, code, read_page(node, "publicPrices", dict)


def _name(code: str, price: Node) -> str:
    """What people know a price by, which has no name of its own."""
    level = price.get("priceLevel")
    name = legible(level.get("name")) if isinstance(level, dict) else ""
    return f"{code} · {name or '(no price level)'}"


def fetch_custom_fields(source: Source) -> Evidence:
    """All entity types in one request; a type that fails there is asked for on its own.

    A tenant may refuse some types, or not know them. That is no evidence about their fields, and
    says nothing against the others.
    """
    answer = source.client.query_partial("custom_fields", {})
    refused: dict[str, str] = {}
    nodes: list[Node] = []
    for entity_type in source.client.aliases("custom_fields"):
        definitions = _definitions(answer, entity_type)
        if definitions is None:
            alone = source.client.query_partial("custom_fields_of_type", {"type": entity_type})
            definitions = _definitions(alone, "customFieldTemplate")
            if definitions is None:
                refused[entity_type] = _reason(alone.errors)
                continue
        nodes += [{"entityType": entity_type, **definition} for definition in definitions]
    if not nodes and refused:
        raise RequestRejected(
            f"Administrate refused the custom fields of every entity type: {refused.popitem()[1]}"
        )
    return replace(_read_all(source, nodes), unanswered=refused)


def _definitions(answer: Answer, alias: str) -> list[dict[str, Any]] | None:
    """The definitions under an alias; None if an error touches them, for then some may lack."""
    template = (answer.data or {}).get(alias)
    if template is None or any(fault.path[:1] in ((), (alias,)) for fault in answer.errors):
        return None
    definitions = required(template, "customFieldDefinitions")
    if not isinstance(definitions, list) or not all(isinstance(one, dict) for one in definitions):
        raise ContractBroken(
            f"Administrate's answer should hold a list of objects at {alias}."
            f"customFieldDefinitions, and does not. {_AGAIN}"
        )
    return definitions


def _reason(errors: tuple[GraphQLFault, ...]) -> str:
    return errors[0].message if errors else "answered with nothing"


# ---------------------------------------------------------------------- what counts as evidence


def _read_all(source: Source, nodes: Sequence[Node]) -> Evidence:
    """The records of nodes that no connection has counted.

    Raises:
        FetchIncomplete: one arrived twice.
    """
    records = [record for node in nodes for record in source.entity.read(node, source.lookups)]
    named = [_is_named(node) for node in nodes]
    counted = Counter(one.identity for one, known in zip(records, named, strict=True) if known)
    for identity, count in counted.items():
        if count > 1:
            raise FetchIncomplete(
                f"{source.entity.one.capitalize()} {'/'.join(identity)} arrived twice. {_AGAIN}"
            )
    return _evidence(source, records, named.count(False))


def _evidence(source: Source, records: list[RemoteRecord], nameless: int) -> Evidence:
    """A record whose id cannot be read may be that of any row: then no row counts as gone.

    Raises:
        ContractBroken: not one record has an id that can be read.
    """
    if nameless and nameless == len(records):
        raise ContractBroken(
            f"Not one of the {nameless} {source.entity.many} came with an id that is text. "
            f"{_AGAIN} Administrate's API may have changed: compare its schema with the project's."
        )
    return Evidence(records, nameless=nameless)


def _is_named(node: Node) -> bool:
    name = node.get("id", node.get("key"))
    return isinstance(name, str) and bool(name.strip())
