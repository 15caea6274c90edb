"""The projection answers exactly what graphql-core answers."""

from typing import Any

import pytest
from graphql import execute_sync, parse

from adm_sync.sandbox import SandboxServer
from adm_sync.sandbox.execution import execute, prepare
from adm_sync.sandbox.options import Options, RequestContext
from adm_sync.sandbox.schema import load_schema
from adm_sync_tests.sandbox.conftest import Company

DOCUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("{ hello echo(value: 1) }", {}),
    ("{ hello nothing: echo __typename }", {}),
    (
        """query Templates($first: Int = 1, $with: Boolean!) {
          courseTemplates(first: $first, orderBy: {field: code, direction: desc}) {
            __typename
            edges { __typename cursor node {
              ...T customFieldValues { value definition { label } } } }
            pageInfo { __typename hasNextPage hasPreviousPage startCursor endCursor totalRecords }
          }
        }
        fragment T on CourseTemplate {
          id legacyId title code @include(if: $with) again: code
          publicPrices(first: 1) { edges { node { amount priceLevel { name }
            financialUnit { __typename id ... on Currency { symbol isActive } } } } }
        }""",
        {"with": True},
    ),
    (
        """query Node($id: ID!) { node(id: $id) { __typename ... on Node { id }
          ... on Contact { personalName { name middleName } isInstructor }
          ... on Event { start end timeZonedEnd
            sessions(first: 2) { edges { node { title } } } } } }
        """,
        {"id": "UGVyc29uOjE="},
    ),
    (
        "query Node($id: ID!) { node(id: $id) { id ... on Event { start status type } } }",
        {"id": "Q291cnNlOjE="},
    ),
    ("query Node($id: ID!) { node(id: $id) { id } }", {"id": "nothing"}),
    ("query Node($id: ID!) { node(id: $id) { id } }", {}),
    ("query Bad($first: Int) { locations(first: $first) { edges { cursor } } }", {"first": "x"}),
    ("{ node(id: null) { id } }", {}),
    ("{ customFieldTemplate(type: Event) { customFieldDefinitions { key roles } } }", {}),
    ("{ bad: customFieldTemplate(type: Content) { customFieldDefinitions { key } } hello }", {}),
    ("{ venues { edges { node { name location { name } } } } hello }", {}),
    ("{ __schema { queryType { name } } hello }", {}),
    ('{ __type(name: "Event") { kind } }', {}),
]


@pytest.mark.parametrize(("document", "variables"), DOCUMENTS)
def test_the_projection_and_graphql_core_agree(
    sandbox: SandboxServer, company: Company, document: str, variables: dict[str, Any]
) -> None:
    store = sandbox.store
    store.update(company.template, customFieldValues={company.field: "x", "gone": None})
    store.add(
        "CoursePrice",
        courseTemplate=company.template,
        priceLevel=company.level,
        financialUnit=company.currency,
        amount="1.50",
    )
    event = store.add(
        "Event", courseTemplate=company.template, classroomStart="2030-01-01T00:00:00Z"
    )
    store.add("Session", event=event, title="Day 1")
    store.add("Venue", name=None, location=company.location)
    schema = load_schema(create_mutations=True)
    context = RequestContext(store, Options(entity_types_refused=["Content"]))
    prepared = prepare(schema, document)
    expected: dict[str, Any] = {"errors": [error.formatted for error in prepared.errors]}
    if not prepared.errors:
        result = execute_sync(
            schema, parse(document), variable_values=variables, context_value=context
        )
        expected = dict(result.formatted)
        if result.data is None:
            expected.pop("data")
    assert execute(schema, prepared, variables, None, context) == expected


def test_a_document_is_prepared_once() -> None:
    schema = load_schema(create_mutations=True)
    assert prepare(schema, "{ hello }") is prepare(schema, "{ hello }")
    assert load_schema(create_mutations=True) is schema


def test_a_refused_filter_inside_a_mutations_answer_leaves_no_data(
    sandbox: SandboxServer, company: Company
) -> None:
    schema = load_schema(create_mutations=True)
    event = sandbox.store.add("Event", courseTemplate=company.template)
    document = """mutation U($id: ID!) { event { update(eventId: $id, input: {}) { event {
      sessions(filters: {field: title, operation: in, value: "x"}) { edges { cursor } } } } } }"""
    context = RequestContext(sandbox.store, Options())
    answer = execute(schema, prepare(schema, document), {"id": event}, None, context)
    assert "data" not in answer
    assert "in needs values" in answer["errors"][0]["message"]
