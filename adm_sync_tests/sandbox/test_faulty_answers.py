from typing import Any

import pytest

from adm_sync.sandbox import SandboxServer, external_id
from adm_sync_tests.sandbox.conftest import Api, Company

LIST = """
query Locations { locations(first: 2) {
  edges { node { id name code } }
  pageInfo { hasNextPage totalRecords endCursor } } }
"""


@pytest.fixture
def answer(sandbox: SandboxServer, api: Api) -> Any:
    """The first two of three locations, after a fault."""
    for name in ("A", "B", "C"):
        sandbox.store.add("Location", name=name, code=name.lower())

    def ask(kind: str, **details: Any) -> Any:
        sandbox.faults.add(kind, match="locations", **details)
        return api.data(LIST)["locations"]

    return ask


def column(connection: Any, name: str = "name") -> list[Any]:
    return [edge["node"].get(name, "missing") for edge in connection["edges"]]


def test_a_page_comes_short(answer: Any) -> None:
    connection = answer("short_page", rows=1)
    assert column(connection) == ["A"]
    assert connection["pageInfo"]["totalRecords"] == 3
    assert connection["pageInfo"]["hasNextPage"]
    assert answer("short_page", rows=9)["edges"] == []


def test_an_empty_list(answer: Any) -> None:
    assert answer("empty_list") == {
        "edges": [],
        "pageInfo": {"hasNextPage": False, "totalRecords": 0, "endCursor": None},
    }


@pytest.mark.parametrize(
    ("details", "total"), [({}, 4), ({"by": -1}, 2), ({"total": 0}, 0), ({"total": 90}, 90)]
)
def test_a_wrong_total(answer: Any, details: dict[str, int], total: int) -> None:
    connection = answer("wrong_total", **details)
    assert column(connection) == ["A", "B"]
    assert connection["pageInfo"]["totalRecords"] == total


def test_has_next_page_false_too_early(answer: Any) -> None:
    connection = answer("no_next_page")
    assert not connection["pageInfo"]["hasNextPage"]
    assert connection["pageInfo"]["totalRecords"] == 3


def test_has_next_page_true_with_an_empty_page(answer: Any) -> None:
    connection = answer("endless")
    assert connection["edges"] == []
    assert connection["pageInfo"]["hasNextPage"]


def test_no_page_info(answer: Any) -> None:
    assert "pageInfo" not in answer("no_page_info")
    assert answer("no_page_info", null=True)["pageInfo"] is None


def test_null_edges(answer: Any) -> None:
    assert answer("null_edges")["edges"] is None


def test_a_row_twice_in_place_of_another(answer: Any) -> None:
    connection = answer("doubled_rows")
    assert column(connection) == ["A", "A"]
    assert connection["pageInfo"]["totalRecords"] == 3


def test_ids_as_numbers(answer: Any) -> None:
    assert column(answer("int_ids"), "id") == [1, 2]
    assert column(answer("int_ids", rows=1), "id") == [1, external_id("Location", 2)]


def test_a_field_is_missing(answer: Any) -> None:
    assert column(answer("missing_field", name="code"), "code") == ["missing", "missing"]
    assert column(answer("missing_field", rows=1), "id")[0] == "missing"


def test_a_null_name(answer: Any) -> None:
    assert column(answer("null_field", rows=1)) == [None, "B"]
    assert column(answer("null_field", name="code"), "code") == [None, None]
    assert column(answer("null_field", name="colour"), "colour") == ["missing", "missing"]


def test_any_value_in_any_field(answer: Any) -> None:
    assert column(answer("field_value", name="name", value=" \u00a0")) == [" \u00a0"] * 2
    assert column(answer("field_value", name="colour", value=1), "colour") == [1, 1]


def test_an_unknown_word(sandbox: SandboxServer, api: Api, company: Company) -> None:
    sandbox.faults.add("unknown_word", name="eventLearningMode", word="hybrid", rows=1)
    data = api.data("{ courseTemplates { edges { node { eventLearningMode } } } }")
    assert column(data["courseTemplates"], "eventLearningMode") == ["hybrid", None]


def test_faults_reach_nested_lists_by_their_key(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    for _ in range(2):
        sandbox.store.add("CoursePrice", courseTemplate=company.template, amount="395.00")
    query = """{ courseTemplates { edges { node { id
      prices: publicPrices { edges { node { id amount } } pageInfo { totalRecords } } } } } }"""
    sandbox.faults.add("field_value", field="prices", name="amount", value="£395,00", rows=1)
    sandbox.faults.add("short_page", field="publicPrices")
    first, second = api.data(query)["courseTemplates"]["edges"]
    assert column(first["node"]["prices"], "amount") == ["£395,00", "395.00"]
    assert second["node"]["prices"]["edges"] == []


def test_faults_reach_custom_field_definitions(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    sandbox.store.add("CustomFieldDefinition", entityType="Event", label="Second")
    query = """{ customFieldTemplate(type: Event) { customFieldDefinitions { key label type } } }"""

    def definitions() -> Any:
        return api.data(query)["customFieldTemplate"]["customFieldDefinitions"]

    whole = definitions()
    sandbox.faults.add("short_page")
    assert definitions() == whole[:1]
    sandbox.faults.add("null_field", name="label", rows=1)
    assert [item["label"] for item in definitions()] == [None, "Second"]
    sandbox.faults.add("int_ids", field="customFieldTemplate", rows=1)
    assert definitions()[0]["key"] == 1
    sandbox.faults.add("another_tenant")
    assert definitions()[0]["label"] == "Other Sitting"
    sandbox.faults.add("empty_list")
    assert definitions() == []


def test_faults_leave_answers_without_lists_alone(sandbox: SandboxServer, api: Api) -> None:
    for kind in ("short_page", "empty_list", "null_field", "payload_list", "null_edges"):
        sandbox.faults.add(kind)
    assert api.data("{ hello echo }") == {"hello": "world", "echo": None}
    for kind in ("doubled_rows", "wrong_total", "no_page_info", "int_ids"):
        sandbox.faults.add(kind)
    assert api.data("{ locations { edges { node { id } } } }") == {"locations": {"edges": []}}
    sandbox.faults.add("errors_beside_data", null="a.b.c")
    assert api.answer("{ nothing }")["errors"][-1]["path"] == ["a", "b", "c"]
