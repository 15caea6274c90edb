from collections.abc import Callable
from typing import Any

import httpx
import pytest

from adm_sync.administrate.paging import fetch_rest
from adm_sync.errors import FetchIncomplete
from adm_sync_tests.administrate.scripted import (
    Scripted,
    client_of,
    data,
    page_of,
    variables_of,
)

Rows = list[dict[str, Any]]


class Prices:
    """Serves the prices of one course template."""

    def __init__(self, count: int, *, total: int | None = None, cap: int = 100) -> None:
        self.rows: Rows = [{"id": f"p{n}"} for n in range(count)]
        self.total = count if total is None else total
        self.cap = cap

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = variables_of(request)
        end = asked["offset"] + min(asked["first"], self.cap)
        return data(
            node={
                "id": asked["id"],
                "publicPrices": page_of(self.rows[asked["offset"] : end], self.total),
            }
        )


def rest(reply: Callable[[httpx.Request], httpx.Response], received: int, total: int) -> Rows:
    with client_of(Scripted(reply)) as client:
        return fetch_rest(
            client,
            "course_template_prices_rest",
            "CT1",
            "publicPrices",
            dict,
            received,
            total,
            100,
        )


@pytest.mark.parametrize("cap", [100, 30])
def test_the_rest_of_a_nested_list_is_read_through_its_node(cap: int) -> None:
    records = rest(Prices(310, cap=cap), received=100, total=310)
    assert [record["id"] for record in records] == [f"p{n}" for n in range(100, 310)]


def test_there_may_be_no_rest() -> None:
    assert rest(Prices(5), received=5, total=5) == []


def test_a_nested_list_that_changed_is_incomplete() -> None:
    with pytest.raises(FetchIncomplete, match="number of public prices changed from 310 to 309"):
        rest(Prices(309), received=100, total=310)
    with pytest.raises(FetchIncomplete, match="250 of 310 public prices arrived"):
        rest(Prices(250, total=310), received=100, total=310)


def test_a_nested_list_that_doubles_a_row_is_incomplete() -> None:
    prices = Prices(210)
    prices.rows[205] = {"id": "p150"}
    with pytest.raises(FetchIncomplete, match="public price p150 arrived twice"):
        rest(prices, received=100, total=210)


def test_a_node_that_has_gone_makes_its_list_incomplete() -> None:
    with pytest.raises(FetchIncomplete, match="CT1 has gone"):
        rest(lambda _: data(node=None), received=100, total=200)
