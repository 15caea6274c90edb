"""The schema: read from the project's SDL file, and tied to the resolvers.

What belongs here: loading the SDL, leaving out the create mutations, attaching resolvers. What
does not: the resolvers themselves.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from graphql import (
    DefinitionNode,
    DocumentNode,
    FieldDefinitionNode,
    GraphQLObjectType,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    NamedTypeNode,
    Node,
    ObjectTypeDefinitionNode,
    Visitor,
    build_ast_schema,
    parse,
    visit,
)

from adm_sync.sandbox.mutations import MUTATIONS
from adm_sync.sandbox.resolvers import resolver_of

CREATE_MUTATIONS: Mapping[str, tuple[str, ...]] = {
    "CourseTemplateMutations": ("create",),
    "ContactMutations": ("create", "createBatch"),
    "AccountMutations": ("create",),
}

MORE_NOTES = """
extend input BlendedEventCreateInput { internalNotes: String }
extend input LMSEventCreateInput { internalNotes: String }
"""


@cache
def load_schema(*, create_mutations: bool, internal_notes: str = "classroom") -> GraphQLSchema:
    """The executable schema.

    Args:
        create_mutations: whether it has the mutations that create reference records.
        internal_notes: which inputs of event.create… have internalNotes; see Options.
    """
    document = parse(schema_text() + (MORE_NOTES if internal_notes == "all" else ""))
    if internal_notes == "none":
        _drop_internal_notes(document)
    if not create_mutations:
        document = _without_create_mutations(document)
    schema = build_ast_schema(document)
    for kind in schema.type_map.values():
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
            for name, field in kind.fields.items():
                field.resolve = MUTATIONS.get(kind.name, {}).get(name) or resolver_of(
                    kind.name, name
                )
    return schema


def schema_text() -> str:
    """The SDL, as the file has it."""
    return (files("adm_sync") / "administrate" / "schema.graphql").read_text(encoding="utf-8")


def _drop_internal_notes(document: DocumentNode) -> None:
    for item in document.definitions:
        if (
            isinstance(item, InputObjectTypeDefinitionNode)
            and item.name.value == "ClassroomEventCreateInput"
        ):
            item.fields = tuple(
                field for field in item.fields if field.name.value != "internalNotes"
            )


def _without_create_mutations(document: DocumentNode) -> DocumentNode:
    definitions = [_without_fields(definition) for definition in document.definitions]
    empty = {
        item.name.value
        for item in definitions
        if isinstance(item, ObjectTypeDefinitionNode) and not item.fields
    }
    kept = [
        _without_fields_of_types(item, empty)
        for item in definitions
        if not (isinstance(item, ObjectTypeDefinitionNode) and item.name.value in empty)
    ]
    return DocumentNode(definitions=tuple(_referenced(kept)))


def _without_fields(definition: DefinitionNode) -> DefinitionNode:
    if not isinstance(definition, ObjectTypeDefinitionNode):
        return definition
    dropped = CREATE_MUTATIONS.get(definition.name.value, ())
    fields = tuple(field for field in definition.fields if field.name.value not in dropped)
    return _with_fields(definition, fields)


def _without_fields_of_types(definition: DefinitionNode, types: set[str]) -> DefinitionNode:
    if not isinstance(definition, ObjectTypeDefinitionNode):
        return definition
    fields = tuple(field for field in definition.fields if not _type_names(field) & types)
    return _with_fields(definition, fields)


def _with_fields(
    definition: ObjectTypeDefinitionNode, fields: tuple[FieldDefinitionNode, ...]
) -> ObjectTypeDefinitionNode:
    return ObjectTypeDefinitionNode(
        description=definition.description,
        name=definition.name,
        interfaces=definition.interfaces,
        directives=definition.directives,
        fields=fields,
    )


def _referenced(definitions: list[DefinitionNode]) -> list[DefinitionNode]:
    """Without the payload and input types that nothing uses any more."""
    while True:
        used = set().union(*(_type_names(item) for item in definitions))
        kept = [item for item in definitions if not _is_unused(item, used)]
        if len(kept) == len(definitions):
            return kept
        definitions = kept


def _is_unused(definition: DefinitionNode, used: set[str]) -> bool:
    if isinstance(definition, InputObjectTypeDefinitionNode):
        return definition.name.value not in used
    return (
        isinstance(definition, ObjectTypeDefinitionNode)
        and not definition.interfaces
        and definition.name.value not in used
    )


class _TypeNames(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def enter_named_type(self, node: NamedTypeNode, *_: object) -> None:
        self.names.add(node.name.value)


def _type_names(node: Node) -> set[str]:
    visitor = _TypeNames()
    visit(node, visitor)
    return visitor.names
