"""The GraphQL documents: one file each, asked for by its name without `.graphql`.

What several of them select stands once, in `fragments.graphql`.

What belongs here: the documents and reading them. What does not: GraphQL text anywhere else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    NameNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

FRAGMENTS = "fragments"


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
    found = {name.removesuffix(suffix) for name in entries if name.endswith(suffix)}
    return sorted(found - {FRAGMENTS})


@cache
def load(name: str) -> Document:
    """The document of this name.

    Raises:
        FileNotFoundError: there is none.
    """
    node = visit(_parsed(name), _WithFragments())
    operation = _operation(node)
    return Document(
        name=name,
        operation=operation.name.value if operation.name else name,
        is_mutation=operation.operation is OperationType.MUTATION,
        aliases=tuple(_key(field) for field in operation.selection_set.selections),
        node=node,
        text=print_ast(node),
    )


def operation_of(name: str) -> OperationDefinitionNode:
    """The operation of the document of this name."""
    return _operation(load(name).node)


@lru_cache(512)
def joined(names: tuple[str, ...]) -> Document:
    """Several documents of one kind as one; mutations are executed in this order.

    The nth answers under the alias `s<n>`, from 0, and has its variables renamed by `part_name`.

    Raises:
        ValueError: some are queries and some are mutations.
    """
    parts = [_part(name, position) for position, name in enumerate(names)]
    (kind,) = {part.operation.operation for part in parts}
    operation = OperationDefinitionNode(
        operation=kind,
        name=NameNode(value="Together"),
        variable_definitions=tuple(d for p in parts for d in p.operation.variable_definitions),
        selection_set=SelectionSetNode(
            selections=tuple(s for p in parts for s in p.operation.selection_set.selections)
        ),
        directives=(),
    )
    variables = ", ".join(part.variables for part in parts)
    selected = "\n".join(part.selected for part in parts)
    return Document(
        name=" and ".join(dict.fromkeys(names)),
        operation="Together",
        is_mutation=kind is OperationType.MUTATION,
        aliases=tuple(_key(field) for field in operation.selection_set.selections),
        node=DocumentNode(definitions=(operation,)),
        text=f"{kind.value} Together({variables}) {{\n{selected}\n}}",
    )


@dataclass(frozen=True, slots=True)
class _PartOfSeveral:
    """A document as the nth part of a joined one, printed once for all that it is a part of."""

    operation: OperationDefinitionNode
    variables: str
    selected: str


@cache
def _part(name: str, position: int) -> _PartOfSeveral:
    operation = _operation(visit(load(name).node, _Part(position)))
    return _PartOfSeveral(
        operation,
        ", ".join(map(print_ast, operation.variable_definitions)),
        "\n".join(map(print_ast, operation.selection_set.selections)),
    )


def joined_variables(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The variables of a joined document, from those of its parts."""
    return {
        part_name(n, name): value
        for n, variables in enumerate(parts)
        for name, value in variables.items()
    }


def part_name(position: int, name: str) -> str:
    """What a variable of the nth part is called in a joined document."""
    return f"s{position}_{name}"


def _parsed(name: str) -> DocumentNode:
    return parse((files(__name__) / f"{name}.graphql").read_text(encoding="utf-8"))


@cache
def _fragments() -> dict[str, SelectionSetNode]:
    found = (d for d in _parsed(FRAGMENTS).definitions if isinstance(d, FragmentDefinitionNode))
    return {fragment.name.value: fragment.selection_set for fragment in found}


class _WithFragments(Visitor):
    """Puts what a fragment selects in its place, so that nobody else need know of fragments."""

    def leave_selection_set(self, node: SelectionSetNode, *_: Any) -> SelectionSetNode:
        selections: list[SelectionNode] = []
        for one in node.selections:
            if isinstance(one, FragmentSpreadNode) and one.name.value in _fragments():
                selections += _fragments()[one.name.value].selections
            else:
                selections.append(one)
        return SelectionSetNode(selections=tuple(selections))


class _Part(Visitor):
    """Gives a document the names it has as a part of a joined one."""

    def __init__(self, position: int) -> None:
        super().__init__()
        self._position = position

    def enter_variable(self, node: VariableNode, *_: Any) -> VariableNode:
        return VariableNode(name=NameNode(value=part_name(self._position, node.name.value)))

    def leave_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> Any:
        (field,) = node.selection_set.selections
        if not isinstance(field, FieldNode):
            raise TypeError("a document has fields at its root, and no fragments")
        alias = NameNode(value=f"s{self._position}")
        field = FieldNode(
            alias=alias,
            name=field.name,
            arguments=field.arguments,
            directives=field.directives,
            selection_set=field.selection_set,
        )
        return OperationDefinitionNode(
            operation=node.operation,
            name=node.name,
            variable_definitions=node.variable_definitions,
            directives=node.directives,
            selection_set=SelectionSetNode(selections=(field,)),
        )


def _operation(node: DocumentNode) -> OperationDefinitionNode:
    (operation,) = (d for d in node.definitions if isinstance(d, OperationDefinitionNode))
    return operation


def _key(selection: SelectionNode) -> str:
    if not isinstance(selection, FieldNode):
        raise TypeError("a document has fields at its root, and no fragments")
    return (selection.alias or selection.name).value
