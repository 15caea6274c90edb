from typing import Any

import pytest
from graphql import build_schema, get_introspection_query, print_schema

from adm_sync.sandbox import SandboxServer, external_id
from adm_sync.sandbox.schema import load_schema, schema_text
from adm_sync_tests.sandbox.conftest import Api, Company

FIELDS = """
query Definitions($type: SupportsCustomField!) {
  customFieldTemplate(type: $type) {
    customFieldDefinitions { key label type description isRequired roles }
  }
}
"""


def test_the_health_check_and_the_echo(api: Api) -> None:
    assert api.data('{hello echo(value: "Q291cnNlOjE=")}') == {
        "hello": "world",
        "echo": "Q291cnNlOjE=",
    }


def test_custom_field_definitions_are_a_plain_list_for_each_type(
    sandbox: SandboxServer, api: Api
) -> None:
    key = sandbox.store.add(
        "CustomFieldDefinition",
        entityType="Event",
        label="Sitting",
        type="text",
        isRequired=True,
        roles=["Administrator"],
        description="When",
    )
    sandbox.store.add("CustomFieldDefinition", entityType="Contact", label="Other")
    template = api.data(FIELDS, type="Event")["customFieldTemplate"]
    assert template == {
        "customFieldDefinitions": [
            {
                "key": key,
                "label": "Sitting",
                "type": "text",
                "description": "When",
                "isRequired": True,
                "roles": ["Administrator"],
            }
        ]
    }
    empty = api.data(FIELDS, type="Learner")["customFieldTemplate"]
    assert empty == {"customFieldDefinitions": []}


def test_a_refused_entity_type_answers_an_error_beside_the_other_types(
    sandbox: SandboxServer, api: Api
) -> None:
    sandbox.options.entity_types_refused = ["Content"]
    answer = api.answer(
        """{
        good: customFieldTemplate(type: Event) { customFieldDefinitions { key } }
        bad: customFieldTemplate(type: Content) { customFieldDefinitions { key } }
        }"""
    )
    assert answer["data"] == {"good": {"customFieldDefinitions": []}, "bad": None}
    assert answer["errors"][0]["path"] == ["bad"]
    assert "Content" in answer["errors"][0]["message"]


def test_an_unknown_entity_type_fails_the_request(api: Api) -> None:
    assert api.errors(FIELDS, type="Planet")


def test_custom_field_values_are_filled_ones_or_all(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    second = sandbox.store.add(
        "CustomFieldDefinition", entityType="CourseTemplate", label="B", locator="b"
    )
    sandbox.store.update(company.template, customFieldValues={company.field: "Spring"})
    query = """query One($id: ID!) { node(id: $id) { ... on CourseTemplate { customFieldValues {
      definitionKey definitionLocator value definition { label } } } } }"""

    def values() -> Any:
        return api.data(query, id=company.template)["node"]["customFieldValues"]

    filled = {
        "definitionKey": company.field,
        "definitionLocator": None,
        "value": "Spring",
        "definition": {"label": "Sitting"},
    }
    assert values() == [filled]
    sandbox.options.custom_field_values = "all"
    assert values() == [
        {
            "definitionKey": second,
            "definitionLocator": "b",
            "value": None,
            "definition": {"label": "B"},
        },
        filled,
    ]
    sandbox.store.remove(company.field)
    assert values()[1] == filled | {"definition": None}


def test_a_node_is_found_by_its_id(api: Api, company: Company) -> None:
    query = """query One($id: ID!) { node(id: $id) { __typename id
      ... on Location { name legacyId region { name defaultTax { effectiveRate } } }
      ... on Venue { location { name } }
      ... on Contact { firstName account { name } staffRoles { name } isStaff } } }"""
    assert api.data(query, id=company.location)["node"] == {
        "__typename": "Location",
        "id": company.location,
        "name": "Leeds",
        "legacyId": "1",
        "region": {"name": "North", "defaultTax": {"effectiveRate": "20.0"}},
    }
    assert api.data(query, id=company.venue)["node"]["location"] == {"name": "Leeds"}
    assert api.data(query, id=company.client)["node"]["account"] == {"name": "Example Training"}
    assert api.data(query, id=external_id("Location", 99))["node"] is None


def test_a_definition_is_no_node(api: Api, company: Company) -> None:
    answer = api.answer("query One($id: ID!) { node(id: $id) { id } }", id=company.field)
    assert answer["data"] == {"node": None}
    assert answer["errors"]


def test_every_root_list_answers(api: Api, company: Company) -> None:
    query_type = load_schema(create_mutations=True).query_type
    lists = [name for name, field in query_type.fields.items() if "first" in field.args]
    assert len(lists) == 14
    query = " ".join(f"{name} {{ edges {{ node {{ id }} }} }}" for name in lists)
    data = api.data(f"{{ {query} }}")
    assert set(data) == set(lists)
    assert len(data["courseTemplates"]["edges"]) == 2


def test_templates_answer_with_what_belongs_to_them(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    parent = sandbox.store.add("LearningCategory", name="All")
    category = sandbox.store.add("LearningCategory", name="Exams", parentCategory=parent)
    sandbox.store.update(
        company.template,
        learningCategories=[category],
        approvedInstructors=[company.instructor, company.client],
    )
    sandbox.store.remove(company.client)
    query = """query One($id: ID!) { node(id: $id) { ... on CourseTemplate {
      title code eventLearningMode lifecycleState shortCode createdAt
      learningCategories { edges { node { name parentCategory { name } } } }
      approvedInstructors(first: 5) { edges { node { lastName } } }
      events { edges { node { id } } } } } }"""
    node = api.data(query, id=company.template)["node"]
    assert node.pop("createdAt").endswith("Z")
    assert node == {
        "title": "Course One",
        "code": "CB1",
        "eventLearningMode": "blended",
        "lifecycleState": "published",
        "shortCode": None,
        "learningCategories": {
            "edges": [{"node": {"name": "Exams", "parentCategory": {"name": "All"}}}]
        },
        "approvedInstructors": {"edges": [{"node": {"lastName": "Example"}}]},
        "events": {"edges": []},
    }


def test_a_record_without_a_needed_name_nulls_the_list_with_an_error(
    sandbox: SandboxServer, api: Api
) -> None:
    sandbox.store.add("Location", name=None)
    answer = api.answer("{ locations { edges { node { name } } } hello }")
    assert answer["data"] == {"locations": None, "hello": "world"}
    assert answer["errors"][0]["path"] == ["locations", "edges", 0, "node", "name"]


def test_fragments_aliases_and_directives_are_understood(api: Api, company: Company) -> None:
    query = """
    query Two($with: Boolean!) { ...Lists again: locations(first: 1) { ...Names } }
    fragment Lists on Query { locations(first: 2) { ...Names } }
    fragment Names on LocationConnection {
      __typename
      edges { node { label: name code @include(if: $with) id @skip(if: true) } } }
    """
    assert api.data(query, **{"with": False}) == {
        "locations": {
            "__typename": "LocationConnection",
            "edges": [{"node": {"label": "Leeds"}}, {"node": {"label": "York"}}],
        },
        "again": {"__typename": "LocationConnection", "edges": [{"node": {"label": "Leeds"}}]},
    }


def test_one_of_several_operations_is_named(api: Api) -> None:
    document = "query A { hello } query B { echo(value: null) }"
    assert api.data(document, operation="B") == {"echo": None}
    assert api.errors(document) == [
        "Must provide operation name if query contains multiple operations."
    ]


@pytest.mark.parametrize(
    "query", ["{", "{ nothing }", "query Q($a: Int!) { hello }", "subscription { hello }", ""]
)
def test_a_wrong_document_answers_errors_and_no_data(api: Api, query: str) -> None:
    assert api.errors(query)


def test_a_missing_variable_answers_errors_and_no_data(api: Api) -> None:
    assert api.errors("query Q($id: ID!) { node(id: $id) { id } }")


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b"{}", b'{"query": 1}', b'{"query": "{a}", "variables": []}']
)
def test_a_body_that_is_no_request_is_a_400(sandbox: SandboxServer, api: Api, body: bytes) -> None:
    response = api.http.post(sandbox.api_url, content=body)
    assert response.status_code == 400
    assert response.json()["errors"]
    assert [call.kind for call in sandbox.calls] == ["invalid"]


def test_introspection_shows_the_schema(api: Api) -> None:
    schema = api.data(get_introspection_query())["__schema"]
    served = {kind["name"] for kind in schema["types"] if not kind["name"].startswith("__")}
    assert set(build_schema(schema_text()).type_map) - served == {
        name for name in build_schema(schema_text()).type_map if name.startswith("__")
    }
    assert "type ContactMutations" in print_schema(build_schema(schema_text()))


def test_without_create_mutations_introspection_shows_none(
    sandbox: SandboxServer, api: Api
) -> None:
    query = '{ __type(name: "%s") { fields { name } inputFields { name } } }'

    def fields(name: str) -> set[str] | None:
        kind = api.data(query % name)["__type"]
        return {field["name"] for field in kind["fields"] or kind["inputFields"]} if kind else None

    assert "create" in (fields("CourseTemplateMutations") or ())
    assert fields("ContactMutations") == {"create", "createBatch"}
    sandbox.options.create_mutations = False
    assert fields("CourseTemplateMutations") == {"update", "addPublicPrices", "updatePrices"}
    assert fields("Mutation") == {"event", "session", "courseTemplate", "learner", "webhooks"}
    for name in ("ContactMutations", "AccountMutations", "ContactPayload", "PersonalNameInput"):
        assert fields(name) is None
    assert "createBlended" in (fields("EventMutations") or ())
    assert api.errors('mutation { account { create(input: {name: "X"}) { errors { label } } } }')
