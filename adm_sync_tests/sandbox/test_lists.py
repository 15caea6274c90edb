import base64
from typing import Any

import pytest

from adm_sync.sandbox import SandboxServer
from adm_sync_tests.sandbox.conftest import Api, Company

PAGE = """
query Page($first: Int, $offset: Int, $after: String, $order: LocationFieldGraphOrder,
           $orderBy: [LocationFieldGraphOrder], $filters: [LocationFieldGraphFilter]) {
  locations(first: $first, offset: $offset, after: $after, order: $order, orderBy: $orderBy,
            filters: $filters) {
    edges { cursor node { id name } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor totalRecords }
  }
}
"""


def cursor(index: int) -> str:
    return base64.b64encode(f"Cursor:{index}".encode()).decode()


def names(connection: dict[str, Any]) -> list[str]:
    return [edge["node"]["name"] for edge in connection["edges"]]


@pytest.fixture
def many(sandbox: SandboxServer) -> None:
    for number in range(250):
        sandbox.store.add("Location", name=f"Place {number:03}", code=f"{number % 10}")


@pytest.mark.usefixtures("many")
class TestPages:
    def test_a_page_is_capped_at_100_whatever_is_asked(self, api: Api) -> None:
        page = api.data(PAGE, first=500)["locations"]
        assert len(page["edges"]) == 100
        assert page["pageInfo"] == {
            "hasNextPage": True,
            "hasPreviousPage": False,
            "startCursor": cursor(0),
            "endCursor": cursor(99),
            "totalRecords": 250,
        }

    def test_offset_and_first_reach_every_record_once(self, api: Api) -> None:
        found = []
        for offset in (0, 100, 200):
            found += names(api.data(PAGE, first=100, offset=offset)["locations"])
        assert found == [f"Place {number:03}" for number in range(250)]

    def test_after_goes_on_behind_the_cursor(self, api: Api) -> None:
        page = api.data(PAGE, first=2, after=cursor(99))["locations"]
        assert names(page) == ["Place 100", "Place 101"]
        assert page["edges"][0]["cursor"] == cursor(100)
        assert page["pageInfo"]["hasPreviousPage"]

    def test_after_and_offset_add_up(self, api: Api) -> None:
        assert names(api.data(PAGE, first=1, after=cursor(9), offset=5)["locations"]) == [
            "Place 015"
        ]

    def test_the_last_page_says_so(self, api: Api) -> None:
        page = api.data(PAGE, first=100, offset=200)["locations"]
        assert len(page["edges"]) == 50
        assert not page["pageInfo"]["hasNextPage"]

    def test_beyond_the_end_there_is_nothing(self, api: Api) -> None:
        page = api.data(PAGE, first=100, offset=900)["locations"]
        assert page["edges"] == []
        assert page["pageInfo"] == {
            "hasNextPage": False,
            "hasPreviousPage": True,
            "startCursor": None,
            "endCursor": None,
            "totalRecords": 250,
        }

    def test_first_0_only_counts(self, api: Api) -> None:
        page = api.data(PAGE, first=0)["locations"]
        assert page["edges"] == []
        assert page["pageInfo"]["totalRecords"] == 250

    def test_the_default_page_size_and_the_cap_are_options(
        self, sandbox: SandboxServer, api: Api
    ) -> None:
        sandbox.options.default_page_size = 7
        assert len(api.data(PAGE)["locations"]["edges"]) == 7
        sandbox.options.page_cap = 5
        assert len(api.data(PAGE, first=100)["locations"]["edges"]) == 5

    @pytest.mark.parametrize(
        "arguments",
        [
            {"first": -1},
            {"offset": -1},
            {"after": "nonsense"},
            {"after": base64.b64encode(b"Cursor:x").decode()},
            {"after": "é"},
        ],
    )
    def test_a_page_that_makes_no_sense_fails_the_request(
        self, api: Api, arguments: dict[str, Any]
    ) -> None:
        assert api.errors(PAGE, **arguments)

    @pytest.mark.parametrize("name", ["order", "orderBy"])
    def test_descending_order_by_id(self, api: Api, name: str) -> None:
        order = {"field": "id", "direction": "desc"}
        assert names(api.data(PAGE, first=2, **{name: order})["locations"]) == [
            "Place 249",
            "Place 248",
        ]

    def test_order_by_several_fields(self, api: Api) -> None:
        order_by = [
            {"field": "code", "direction": "asc"},
            {"field": "name", "direction": "desc"},
        ]
        assert names(api.data(PAGE, first=2, orderBy=order_by)["locations"]) == [
            "Place 240",
            "Place 230",
        ]

    def test_order_follows_changes(self, sandbox: SandboxServer, api: Api) -> None:
        order = {"field": "name", "direction": "asc"}
        assert names(api.data(PAGE, first=1, order=order)["locations"]) == ["Place 000"]
        added = sandbox.store.add("Location", name="A new place")
        assert names(api.data(PAGE, first=1, order=order)["locations"]) == ["A new place"]
        sandbox.store.update(added, name="Z")
        assert names(api.data(PAGE, first=1, order=order)["locations"]) == ["Place 000"]

    def test_total_counts_after_filters(self, api: Api) -> None:
        condition = {"field": "code", "operation": "eq", "value": "3"}
        page = api.data(PAGE, first=1, filters=condition)["locations"]
        assert names(page) == ["Place 003"]
        assert page["pageInfo"]["totalRecords"] == 25


def test_nested_lists_obey_the_same_rules(
    sandbox: SandboxServer, api: Api, company: Company
) -> None:
    for number in range(130):
        sandbox.store.add(
            "CoursePrice",
            courseTemplate=company.template,
            priceLevel=company.level,
            financialUnit=company.currency,
            amount=f"{number}.00",
        )
    query = """
    query Prices($offset: Int) {
      courseTemplates(first: 1) {
        edges { node { publicPrices(first: 900, offset: $offset) {
          edges { cursor node { amount priceLevel { name } region { name }
            financialUnit { __typename name ... on Currency { symbol } } } }
          pageInfo { hasNextPage endCursor totalRecords }
        } } }
      }
    }
    """

    def prices(offset: int) -> Any:
        page = api.data(query, offset=offset)["courseTemplates"]
        return page["edges"][0]["node"]["publicPrices"]

    assert len(prices(0)["edges"]) == 100
    assert prices(0)["pageInfo"] == {
        "hasNextPage": True,
        "endCursor": cursor(99),
        "totalRecords": 130,
    }
    assert len(prices(100)["edges"]) == 30
    assert prices(100)["edges"][0] == {
        "cursor": cursor(100),
        "node": {
            "amount": "100.00",
            "priceLevel": {"name": "Standard"},
            "region": None,
            "financialUnit": {"__typename": "Currency", "name": "Pound Sterling", "symbol": "£"},
        },
    }


def test_records_without_a_value_come_last_and_first_when_descending(
    sandbox: SandboxServer, api: Api
) -> None:
    for name, code in (("none", None), ("b", "B"), ("a", "A")):
        sandbox.store.add("Location", name=name, code=code)
    ascending = {"field": "code", "direction": "asc"}
    assert names(api.data(PAGE, order=ascending)["locations"]) == ["a", "b", "none"]
    descending = {"field": "code", "direction": "desc"}
    assert names(api.data(PAGE, order=descending)["locations"]) == ["none", "b", "a"]


def test_lists_of_values_sort_by_their_first(sandbox: SandboxServer, api: Api) -> None:
    for title, code in (("second", "B"), ("first", "A")):
        sandbox.store.add("CourseTemplate", title=title, code=code)
    data = api.data(
        "{courseTemplates(order: {field: codeOrTitle, direction: asc}) {edges {node {title}}}}"
    )
    assert [edge["node"]["title"] for edge in data["courseTemplates"]["edges"]] == [
        "first",
        "second",
    ]
