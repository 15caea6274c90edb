"""Executing a request: parse, validate, resolve.

What belongs here: documents prepared once and kept by their text, and a quick way through large
lists. What does not: HTTP, faults, log.

graphql-core spends more than ten microseconds on each field of each record, which is most of the
time of a large page. Queries therefore run through a projection that decides once for each
selection what graphql-core decides for each record. It only ever answers what is flawless: at
the first error it gives up, and graphql-core executes the query from the start and words the
errors. Mutations are always graphql-core's.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionContext,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    execute_sync,
    is_abstract_type,
    is_leaf_type,
    parse,
    validate,
)
from graphql.execution.collect_fields import collect_fields, collect_sub_fields
from graphql.execution.execute import assume_not_awaitable, get_field_def
from graphql.execution.values import get_argument_values

from adm_sync.sandbox.options import RequestContext, RequestRefused

PREPARED_DOCUMENTS = 1000

Complete = Callable[[Any], Any]
Groups = Mapping[str, list[FieldNode]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document: its name, "query" or "mutation", and its root fields.

    A mutation's root fields are written `group.field`, as in `event.createBlended`.
    """

    name: str | None
    kind: str
    root_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document, parsed and validated; `errors` is empty if it is valid.

    `answer` is what it is always answered, as JSON, if it asks for the schema and nothing else.
    """

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...]
    operations: tuple[Operation, ...]
    answer: str | None = None

    def operation(self, name: str | None) -> Operation | None:
        """The operation that a request with this operationName means."""
        for operation in self.operations:
            if name is None or operation.name == name:
                return operation
        return None


@lru_cache(maxsize=PREPARED_DOCUMENTS)
def prepare(schema: GraphQLSchema, text: str) -> Prepared:
    """Parse and validate a document."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return Prepared(None, (error,), ())
    errors = tuple(validate(schema, document))
    operations = tuple(_operations(document))
    introspects = not errors and [o.root_fields for o in operations] == [("__schema",)]
    answer = json.dumps(_answer(execute_sync(schema, document))) if introspects else None
    return Prepared(document, errors, operations, answer)


def execute(
    schema: GraphQLSchema,
    prepared: Prepared,
    variables: Mapping[str, Any] | None,
    operation_name: str | None,
    context: RequestContext,
) -> dict[str, Any]:
    """The answer to a request, ready for JSON.

    `data` is missing where the document is not valid or a filter or page argument is refused.
    """
    if prepared.errors or prepared.document is None:
        return {"errors": [error.formatted for error in prepared.errors]}
    if prepared.answer is not None:
        answered: dict[str, Any] = json.loads(prepared.answer)
        return answered
    operation = prepared.operation(operation_name)
    if operation and operation.kind == "query":
        try:
            return {"data": _project(schema, prepared.document, variables, operation_name, context)}
        except RequestRefused as error:
            return {"errors": [error.formatted]}
        except Exception:  # noqa: S110 - graphql-core says below what is wrong
            pass
    return _answer(
        execute_sync(
            schema,
            prepared.document,
            context_value=context,
            variable_values=dict(variables or {}),
            operation_name=operation_name,
        )
    )


def _answer(result: ExecutionResult) -> dict[str, Any]:
    errors = result.errors or []
    answer: dict[str, Any] = {}
    if errors:
        answer["errors"] = [error.formatted for error in errors]
    refused = any(isinstance(error.original_error, RequestRefused) for error in errors)
    if result.data is not None and not refused:
        answer["data"] = result.data
    return answer


def _operations(document: DocumentNode) -> Iterable[Operation]:
    fragments = {
        item.name.value: item
        for item in document.definitions
        if isinstance(item, FragmentDefinitionNode)
    }
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            kind = definition.operation.value
            yield Operation(
                definition.name.value if definition.name else None,
                kind,
                tuple(_root_fields(definition.selection_set, fragments, kind == "mutation")),
            )


def _root_fields(
    selections: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    grouped: bool,
    depth: int = 0,
) -> Iterable[str]:
    if selections is None or depth > len(fragments) + 1:
        return
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            name = selection.name.value
            if grouped and selection.selection_set:
                inner = _root_fields(selection.selection_set, fragments, False, depth)
                yield from (f"{name}.{field}" for field in inner)
            else:
                yield name
        elif isinstance(selection, InlineFragmentNode):
            yield from _root_fields(selection.selection_set, fragments, grouped, depth)
        elif isinstance(selection, FragmentSpreadNode):
            fragment = fragments.get(selection.name.value)
            if fragment:
                yield from _root_fields(fragment.selection_set, fragments, grouped, depth + 1)


class _Imperfect(Exception):
    """This query is graphql-core's to execute."""


@dataclass(frozen=True, slots=True)
class _Info:
    context: RequestContext


def _project(
    schema: GraphQLSchema,
    document: DocumentNode,
    variables: Mapping[str, Any] | None,
    operation_name: str | None,
    context: RequestContext,
) -> dict[str, Any]:
    execution = ExecutionContext.build(
        schema,
        document,
        context_value=context,
        raw_variable_values=dict(variables or {}),
        operation_name=operation_name,
        is_awaitable=assume_not_awaitable,
    )
    if isinstance(execution, list) or schema.query_type is None:
        raise _Imperfect
    groups = collect_fields(
        schema,
        execution.fragments,
        execution.variable_values,
        schema.query_type,
        execution.operation.selection_set,
    )
    return _Projection(execution, _Info(context)).of_object(schema.query_type, groups)(None)


class _Projection:
    """Turns types and selections into functions from a source to its part of the answer."""

    def __init__(self, execution: ExecutionContext, info: _Info) -> None:
        self._execution = execution
        self._info = info

    def of_object(self, kind: GraphQLObjectType, groups: Groups) -> Callable[[Any], dict[str, Any]]:
        steps = [(key, *self._step(kind, nodes)) for key, nodes in groups.items()]

        def project(source: Any) -> dict[str, Any]:
            return {key: complete(read(source)) for key, read, complete in steps}

        return project

    def _step(self, kind: GraphQLObjectType, nodes: list[FieldNode]) -> tuple[Complete, Complete]:
        name = nodes[0].name.value
        if name == "__typename":
            return (lambda _source: kind.name), (lambda value: value)
        field = get_field_def(self._execution.schema, kind, nodes[0])
        if field is None or name.startswith("__"):
            raise _Imperfect
        return self._reader(name, field, nodes[0]), self._completer(field.type, nodes)

    def _reader(self, name: str, field: GraphQLField, node: FieldNode) -> Complete:
        resolve, info = field.resolve, self._info
        if resolve is None:
            return lambda source: source.get(name)
        arguments = get_argument_values(field, node, self._execution.variable_values)
        if arguments:
            return lambda source: resolve(source, info, **arguments)
        return lambda source: resolve(source, info)

    def _completer(self, kind: GraphQLOutputType, nodes: list[FieldNode]) -> Complete:
        if isinstance(kind, GraphQLNonNull):
            inner = self._present(kind.of_type, nodes)

            def complete(value: Any) -> Any:
                if value is None:
                    raise _Imperfect
                return inner(value)

            return complete
        nullable = self._present(kind, nodes)
        return lambda value: None if value is None else nullable(value)

    def _present(self, kind: Any, nodes: list[FieldNode]) -> Complete:
        """For a value that is not None."""
        if is_leaf_type(kind):
            leaf: GraphQLLeafType = kind
            return leaf.serialize
        if isinstance(kind, GraphQLList):
            item = self._completer(kind.of_type, nodes)
            return lambda values: [item(value) for value in values]
        if is_abstract_type(kind):
            return self._of_any_type(kind, nodes)
        return self.of_object(kind, self._sub_fields(kind, nodes))

    def _of_any_type(self, abstract: Any, nodes: list[FieldNode]) -> Complete:
        schema = self._execution.schema
        projections: dict[str, Complete] = {}

        def complete(source: Mapping[str, Any]) -> Any:
            name = source["__typename"]
            if name not in projections:
                kind = schema.type_map[name]
                if not isinstance(kind, GraphQLObjectType) or not schema.is_sub_type(
                    abstract, kind
                ):
                    raise _Imperfect
                projections[name] = self.of_object(kind, self._sub_fields(kind, nodes))
            return projections[name](source)

        return complete

    def _sub_fields(self, kind: GraphQLObjectType, nodes: list[FieldNode]) -> Groups:
        execution = self._execution
        return collect_sub_fields(
            execution.schema, execution.fragments, execution.variable_values, kind, nodes
        )
