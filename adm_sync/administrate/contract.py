"""Whether a tenant's own schema still has what the project asks for.

What belongs here: comparing the project's documents with the schema that introspection gives.
What does not: the documents.
"""

import json
import logging
from collections.abc import Sequence
from functools import lru_cache

from graphql import (
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    get_named_type,
    type_from_ast,
    validate,
)

from adm_sync.administrate import documents
from adm_sync.administrate.client import AdministrateClient
from adm_sync.errors import AccessRefused, ContractBroken, RequestRejected

log = logging.getLogger("adm_sync.administrate")

# The project asks otherwise, or does without: a tenant need not have lists of approved
# instructors, notes on events, e-mail addresses of contacts, or every filter that makes an answer
# shorter.
MAY_BE_REFUSED = frozenset(
    {
        "approved_instructors",
        "approved_of_templates",
        "cursors",
        "events_created",
        "events_of_templates",
        "events_starting",
        "events_with_notes_between",
        "event_with_notes",
        "instructors_apart",
    }
)


def broken_documents(
    client: AdministrateClient, names: Sequence[str] | None = None
) -> list[tuple[str, str]]:
    """(document, reason) of each document that this tenant's API would refuse.

    Args:
        client: of the tenant.
        names: the documents to look at; by default all queries that the project cannot do without.
            Mutations are judged only if they are named, since a tenant need not be able to create
            reference records.

    Raises:
        AdministrateError: the tenant does not let its schema be read.
    """
    return broken_in(read_schema(client), names)


def read_schema(client: AdministrateClient) -> GraphQLSchema:
    """The schema of this tenant's API.

    Raises:
        AdministrateError: the tenant does not let it be read.
    """
    return _built(client.introspection)


# A process that pushes again and again is told the same each time.
@lru_cache(maxsize=2)
def _built(introspection: str) -> GraphQLSchema:
    try:
        return build_client_schema(json.loads(introspection))
    except (TypeError, KeyError, AttributeError, GraphQLError) as error:
        log.info("Administrate's schema cannot be built: %s", error)
        raise ContractBroken("Administrate's schema came in an unknown shape.") from None


def has_mutation(client: AdministrateClient, group: str, field: str) -> bool | None:
    """Whether this tenant's schema has `mutation { group { field } }`.

    None if the tenant does not let its schema be read, which is logged.
    """
    try:
        root = read_schema(client).mutation_type
    except (RequestRejected, ContractBroken, AccessRefused) as error:
        log.warning(
            "Administrate does not say which mutations it has, so nothing is created "
            "through it: %s",
            error,
        )
        return None
    found = get_named_type(root.fields[group].type) if root and group in root.fields else None
    return isinstance(found, GraphQLObjectType) and field in found.fields


def broken_in(schema: GraphQLSchema, names: Sequence[str] | None = None) -> list[tuple[str, str]]:
    """As `broken_documents`, for a schema that was read."""
    needed = names or sorted({*documents.names()} - MAY_BE_REFUSED)
    judged = [name for name in needed if names or not documents.load(name).is_mutation]
    faults = ((name, _fault(schema, name)) for name in judged)
    return [(name, fault) for name, fault in faults if fault]


@lru_cache(maxsize=200)
def _fault(schema: GraphQLSchema, name: str) -> str | None:
    """Why an API of this schema would refuse a document; None if it takes it."""
    found = validate(schema, documents.load(name).node)
    return found[0].message if found else None


def takes(schema: GraphQLSchema, document: str, field: str) -> bool:
    """Whether the input of a mutation has this field in the schema."""
    (variable,) = documents.operation_of(document).variable_definitions
    kind = type_from_ast(schema, variable.type)
    named = get_named_type(kind) if kind else None
    return isinstance(named, GraphQLInputObjectType) and field in named.fields
