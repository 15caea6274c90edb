"""The GraphQL documents: one file each, asked for by its name without `.graphql`.

What belongs here: the documents and reading them. What does not: GraphQL text anywhere else.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from graphql import (
    DocumentNode,
    FieldNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    parse,
    print_ast,
)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that holds one operation: parsed, and printed once for all requests.

    `aliases` are the keys of its answer's data, in order.
    """

    name: str
    operation: str
    is_mutation: bool
    aliases: tuple[str, ...]
    node: DocumentNode
    text: str


def names() -> list[str]:
    """The names of all documents, in order."""
    suffix = ".graphql"
    entries = (entry.name for entry in files(__name__).iterdir())
    return sorted(name.removesuffix(suffix) for name in entries if name.endswith(suffix))


@cache
def load(name: str) -> Document:
    """The document of this name.

    Raises:
        FileNotFoundError: there is none.
    """
    node = parse((files(__name__) / f"{name}.graphql").read_text(encoding="utf-8"))
    (operation,) = (d for d in node.definitions if isinstance(d, OperationDefinitionNode))
    return Document(
        name=name,
        operation=operation.name.value if operation.name else name,
        is_mutation=operation.operation is OperationType.MUTATION,
        aliases=tuple(_key(field) for field in operation.selection_set.selections),
        node=node,
        text=print_ast(node),
    )


def _key(selection: SelectionNode) -> str:
    if not isinstance(selection, FieldNode):
        raise TypeError("a document has fields at its root, and no fragments")
    return (selection.alias or selection.name).value
