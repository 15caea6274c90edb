"""Whether a tenant's own schema still has what the project asks for.

What belongs here: validating the project's documents against the schema that introspection gives.
What does not: the documents.
"""

from collections.abc import Sequence

from graphql import (
    GraphQLInputObjectType,
    GraphQLSchema,
    build_client_schema,
    get_named_type,
    type_from_ast,
    validate,
)

from adm_sync.administrate import documents
from adm_sync.administrate.client import AdministrateClient

# The project asks otherwise, or does without: a tenant need not have lists of approved
# instructors, notes on events, or every filter that makes an answer shorter.
MAY_BE_REFUSED = frozenset(
    {
        "approved_instructors",
        "approved_of_templates",
        "events_created",
        "events_of_templates",
        "events_starting",
        "events_with_notes_between",
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
    return build_client_schema(client.query("schema"))  # type: ignore[arg-type]


def broken_in(schema: GraphQLSchema, names: Sequence[str] | None = None) -> list[tuple[str, str]]:
    """As `broken_documents`, for a schema that was read."""
    needed = names or sorted({*documents.names()} - MAY_BE_REFUSED)
    loaded = [documents.load(name) for name in needed]
    judged = [document for document in loaded if names or not document.is_mutation]
    faults = ((document.name, validate(schema, document.node)) for document in judged)
    return [(name, found[0].message) for name, found in faults if found]


def takes(schema: GraphQLSchema, document: str, field: str) -> bool:
    """Whether the input of a mutation has this field in the schema."""
    (variable,) = documents.operation_of(document).variable_definitions
    kind = type_from_ast(schema, variable.type)
    named = get_named_type(kind) if kind else None
    return isinstance(named, GraphQLInputObjectType) and field in named.fields
