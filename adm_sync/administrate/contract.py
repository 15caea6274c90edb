"""Whether a tenant's own schema still has what the project asks for.

What belongs here: validating the project's documents against the schema that introspection gives.
What does not: the documents.
"""

from graphql import build_client_schema, validate

from adm_sync.administrate import documents
from adm_sync.administrate.client import AdministrateClient


def broken_documents(client: AdministrateClient) -> list[tuple[str, str]]:
    """(document, reason) of each query that this tenant's API would refuse.

    Mutations are not judged: a tenant need not be able to create reference records.

    Raises:
        AdministrateError: the tenant does not let its schema be read.
    """
    schema = build_client_schema(client.query("introspection"))  # type: ignore[arg-type]
    loaded = (documents.load(name) for name in documents.names())
    return [
        (document.name, validate(schema, document.node)[0].message)
        for document in loaded
        if not document.is_mutation and validate(schema, document.node)
    ]
