from collections.abc import Callable
from typing import Any

import httpx
import pytest

from adm_sync.administrate.paging import fetch_connection, read_page
from adm_sync.errors import ContractBroken, FetchIncomplete, RequestRejected, Unreachable
from adm_sync_tests.administrate.scripted import (
    ManualTime,
    PauseRecorder,
    Scripted,
    client_of,
    data,
    errors,
    page_of,
    parts_of,
    status,
    together,
    variables_of,
)

Rows = list[dict[str, Any]]


def rows_of(count: int) -> Rows:
    return [{"id": f"Location:{n}", "name": f"Place {n}"} for n in range(1, count + 1)]


class Listing:
    """Serves rows page by page, capped; `spoil` may change a page before it leaves."""

    def __init__(
        self,
        rows: Rows,
        *,
        cap: int = 100,
        spoil: Callable[[int, dict[str, Any], int], None] | None = None,
    ) -> None:
        self.rows = rows
        self.cap = cap
        self.spoil = spoil
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        asked = variables_of(request)
        size = min(asked["first"], self.cap)
        rows = [dict(row) for row in self.rows[asked["offset"] : asked["offset"] + size]]
        page = page_of(rows, len(self.rows))
        self.asked += 1
        if self.spoil:
            self.spoil(asked["offset"], page, self.asked)
        return data(locations=page)


def fetch(
    listing: Callable[[httpx.Request], httpx.Response], page_size: int = 100, **options: Any
) -> Any:
    api = Scripted(listing)
    with client_of(api) as client:
        options = {"max_records": 100_000, **options}
        return fetch_connection(
            client,
            "locations",
            "locations",
            lambda node: node["name"],
            page_size=page_size,
            **options,
        )


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 950])
def test_all_records_come_in_the_order_of_their_pages(count: int) -> None:
    listing = Listing(rows_of(count))
    fetched = fetch(listing)
    assert fetched.records == [f"Place {n}" for n in range(1, count + 1)]
    assert fetched.total == count
    assert listing.asked == max(1, -(-count // 100))


def test_pages_advance_by_the_rows_that_came_not_by_those_asked_for() -> None:
    listing = Listing(rows_of(330), cap=40)
    assert len(fetch(listing).records) == 330
    assert listing.asked == 9


def test_the_first_page_is_alone_and_the_others_are_asked_for_with_its_length() -> None:
    api = Scripted(Listing(rows_of(100), cap=40))
    with client_of(api) as client:
        fetch_connection(
            client, "locations", "locations", lambda node: node, page_size=90, max_records=1000
        )
    asked = [parts_of(call) for call in api.calls]
    assert asked == [
        [{"first": 90, "offset": 0}],
        [{"first": 40, "offset": 40}, {"first": 40, "offset": 80}],
    ]


def pages_of_requests(rows: int, refused: int, seconds: float = 0.0) -> list[int]:
    """How many pages each request asks for, of an API that refuses so many of them at once."""
    listing, time = Listing(rows_of(rows)), ManualTime()

    def reply(request: httpx.Request) -> httpx.Response:
        time.seconds += seconds
        asked = parts_of(request)
        return errors("Too complex") if len(asked) >= refused else together(listing, request)

    api = Scripted(reply, whole=True)
    with client_of(api, time, concurrency=1, timeout=30.0) as client:
        fetched = fetch_connection(
            client, "locations", "locations", lambda node: node, page_size=100, max_records=10**6
        )
    assert len(fetched.records) == rows
    return [len(parts_of(call)) for call in api.calls]


def test_the_other_pages_come_five_in_a_request() -> None:
    assert pages_of_requests(1200, refused=6) == [1, 5, 5, 1]


def test_fewer_pages_are_asked_for_at_once_where_the_api_refuses_more() -> None:
    assert pages_of_requests(1200, refused=5) == [1, 5, 2, 3, 2, 2, 2]


def test_where_pages_cannot_be_asked_for_together_each_has_a_request() -> None:
    assert pages_of_requests(700, refused=2) == [1, 5, 2, 1, 1, 3, 1, 2, 1, 1, 1]


def test_waiting_for_a_permit_makes_no_api_slow() -> None:
    time, limiter, listing = ManualTime(), PauseRecorder(), Listing(rows_of(600))
    limiter.acquire = lambda: time.sleep(60) or 0.0  # type: ignore[method-assign, func-returns-value]
    api = Scripted(listing)
    with client_of(api, time, limiter=limiter, retry_budget=10_000) as client:
        fetch_connection(
            client, "locations", "locations", lambda node: node, page_size=100, max_records=1000
        )
    assert [len(parts_of(call)) for call in api.calls] == [1, 5]


def test_a_slow_api_is_asked_for_no_more_than_it_can_answer_in_time() -> None:
    assert pages_of_requests(1200, refused=6, seconds=4.0) == [1, 2, 2, 2, 2, 2, 1]
    assert pages_of_requests(300, refused=6, seconds=20.0) == [1, 1, 1]


def test_other_variables_go_with_every_page() -> None:
    api = Scripted(Listing(rows_of(150)))
    with client_of(api) as client:
        fetch_connection(
            client,
            "locations",
            "locations",
            lambda node: node,
            page_size=100,
            max_records=1000,
            variables={"region": "R1"},
        )
    assert [variables_of(call)["region"] for call in api.calls] == ["R1", "R1"]


def test_progress_is_told_after_each_request() -> None:
    told: list[tuple[int, int]] = []
    fetch(Listing(rows_of(250)), progress=lambda done, total: told.append((done, total)))
    assert told[0] == (100, 250)
    assert told[-1] == (250, 250)
    assert len(told) == 2


def shorten(offset: int, page: dict[str, Any], _: int) -> None:
    if offset == 100:
        del page["edges"][50:]


def double(offset: int, page: dict[str, Any], _: int) -> None:
    if offset == 200:
        page["edges"][7]["node"]["id"] = "Location:5"


def change_total(offset: int, page: dict[str, Any], _: int) -> None:
    if offset == 200:
        page["pageInfo"]["totalRecords"] = 299


def claim_more(_: int, page: dict[str, Any], __: int) -> None:
    page["pageInfo"]["totalRecords"] += 1


def empty_first(offset: int, page: dict[str, Any], _: int) -> None:
    if offset == 0:
        page["edges"].clear()


def overfill(offset: int, page: dict[str, Any], _: int) -> None:
    if offset == 200:
        page["edges"].append({"node": {"id": "Location:900", "name": "Extra"}})


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (shorten, "150 of 300 locations arrived."),
        (double, "location Location:5 arrived twice."),
        (change_total, "The number of locations changed from 300 to 299 while they were read."),
        (claim_more, "300 of 301 locations arrived."),
        (empty_first, "0 of 300 locations arrived."),
        (overfill, "301 of 300 locations arrived."),
    ],
)
def test_a_list_that_is_not_whole_is_read_twice_and_then_given_up(
    spoil: Callable[[int, dict[str, Any], int], None], sentence: str
) -> None:
    first_pages: list[int] = []

    def watch(offset: int, page: dict[str, Any], asked: int) -> None:
        spoil(offset, page, asked)
        if offset == 0:
            first_pages.append(asked)

    with pytest.raises(FetchIncomplete) as caught:
        fetch(Listing(rows_of(300), spoil=watch))
    assert str(caught.value) == f"{sentence} They may have been changed meanwhile: run it again."
    assert len(first_pages) == 2


def test_a_list_that_moved_once_is_read_again_from_the_start() -> None:
    moved: list[int] = []

    def once(offset: int, page: dict[str, Any], asked: int) -> None:
        if offset == 200 and not moved:
            moved.append(asked)
            double(offset, page, asked)

    assert len(fetch(Listing(rows_of(300), spoil=once)).records) == 300
    assert moved


def test_a_row_removed_while_paging_is_noticed() -> None:
    listing = Listing(rows_of(250))

    def remove(offset: int, page: dict[str, Any], asked: int) -> None:
        if offset == 0 and listing.rows:
            del listing.rows[0]

    listing.spoil = remove
    with pytest.raises(FetchIncomplete, match="changed from 249 to 248"):
        fetch(listing, attempts=2)


def test_one_attempt_is_one_attempt() -> None:
    listing = Listing(rows_of(10), spoil=empty_first)
    with pytest.raises(FetchIncomplete):
        fetch(listing, attempts=1)
    assert listing.asked == 1


def test_a_very_short_first_page_does_not_lead_to_a_request_for_every_row() -> None:
    def almost_empty(offset: int, page: dict[str, Any], asked: int) -> None:
        if asked == 1:
            del page["edges"][2:]

    listing = Listing(rows_of(5000), spoil=almost_empty)
    assert len(fetch(listing).records) == 5000
    assert listing.asked == 51


def test_a_single_page_with_more_rows_than_it_claims_is_incomplete() -> None:
    def claim_fewer(_: int, page: dict[str, Any], __: int) -> None:
        page["pageInfo"]["totalRecords"] = 3

    with pytest.raises(FetchIncomplete, match=r"^5 of 3 locations arrived\."):
        fetch(Listing(rows_of(5), spoil=claim_fewer))


def test_an_interruption_ends_the_fetch() -> None:
    def interrupt(done: int, total: int) -> None:
        if done > 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(Listing(rows_of(1000)), progress=interrupt)


@pytest.mark.parametrize("odd", [None, "", True, 1.5, ["x"]])
def test_rows_without_a_usable_id_count_one_each(odd: Any) -> None:
    rows = rows_of(5)
    rows[1]["id"] = rows[3]["id"] = odd
    assert len(fetch(Listing(rows)).records) == 5


def test_an_id_that_is_a_number_is_compared_as_its_text() -> None:
    rows: Rows = [{"id": 5, "name": "a"}, {"id": "5", "name": "b"}]
    with pytest.raises(FetchIncomplete, match="location 5 arrived twice"):
        fetch(Listing(rows))


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (None, "locations"),
        ([], "locations"),
        ({"edges": []}, "locations.pageInfo"),
        ({"edges": [], "pageInfo": None}, "locations.pageInfo"),
        ({"edges": [], "pageInfo": {}}, "locations.pageInfo.totalRecords"),
        ({"edges": [], "pageInfo": {"totalRecords": "5"}}, "locations.pageInfo.totalRecords"),
        ({"edges": [], "pageInfo": {"totalRecords": True}}, "locations.pageInfo.totalRecords"),
        ({"edges": [], "pageInfo": {"totalRecords": -1}}, "locations.pageInfo.totalRecords"),
        ({"edges": None, "pageInfo": {"totalRecords": 1}}, "locations.edges"),
        ({"edges": {}, "pageInfo": {"totalRecords": 1}}, "locations.edges"),
        ({"edges": [None], "pageInfo": {"totalRecords": 1}}, "locations.edges[0]"),
        ({"edges": [{}], "pageInfo": {"totalRecords": 1}}, "locations.edges[0].node"),
        ({"edges": [{"node": None}], "pageInfo": {"totalRecords": 1}}, "locations.edges[0].node"),
        ({"edges": [{"node": "x"}], "pageInfo": {"totalRecords": 1}}, "locations.edges[0].node"),
    ],
)
def test_an_answer_that_is_no_connection_names_the_field(answer: Any, named: str) -> None:
    api = Scripted(data(locations=answer))
    with client_of(api) as client, pytest.raises(ContractBroken) as caught:
        fetch_connection(
            client, "locations", "locations", lambda node: node, page_size=100, max_records=10
        )
    assert f" at {named};" in str(caught.value)
    assert len(api.calls) == 1


def test_a_list_beyond_all_bounds_is_refused_after_its_first_page() -> None:
    def claim(_: int, page: dict[str, Any], __: int) -> None:
        page["pageInfo"].update(totalRecords=10**12, hasNextPage=True)

    listing = Listing(rows_of(100), spoil=claim)
    with pytest.raises(ContractBroken, match="ADM_SYNC_MAX_RECORDS"):
        fetch(listing, max_records=1000)
    assert listing.asked == 1


def test_a_next_page_that_never_ends_is_not_followed() -> None:
    def endless(_: int, page: dict[str, Any], __: int) -> None:
        page["pageInfo"]["hasNextPage"] = True

    listing = Listing(rows_of(150), spoil=endless)
    with pytest.raises(FetchIncomplete, match="claims 150 locations, and that there are more"):
        fetch(listing)
    assert listing.asked == 4  # two pages, looked at twice


def test_graphql_errors_on_a_later_page_discard_the_whole_list() -> None:
    listing = Listing(rows_of(300))

    def reply(request: httpx.Request) -> httpx.Response:
        if variables_of(request)["offset"] == 100:
            return errors("Something broke", data={"locations": page_of([], 300)})
        return listing(request)

    with pytest.raises(RequestRejected, match="Something broke"):
        fetch(reply)


def test_the_pages_that_are_left_are_not_asked_for_after_a_failure() -> None:
    listing = Listing(rows_of(10_000))

    def reply(request: httpx.Request) -> httpx.Response:
        return status(404) if variables_of(request)["offset"] else listing(request)

    api = Scripted(reply)
    with client_of(api, concurrency=2) as client, pytest.raises(RequestRejected):
        fetch_connection(
            client, "locations", "locations", lambda node: node, page_size=100, max_records=10**6
        )
    assert len(api.calls) <= 3


def test_a_failure_ends_the_waits_of_the_other_pages() -> None:
    listing = Listing(rows_of(300))

    def reply(request: httpx.Request) -> httpx.Response:
        offset = variables_of(request)["offset"]
        if offset == 0:
            return listing(request)
        return status(404) if offset == 100 else status(503, Retry_After="100")

    # The real wait: it must be ended, or this test takes a hundred seconds.
    with client_of(Scripted(reply), sleep=None) as client, pytest.raises(RequestRejected):
        fetch_connection(
            client, "locations", "locations", lambda node: node, page_size=100, max_records=10**6
        )


def test_an_outage_in_the_middle_discards_the_whole_list() -> None:
    listing = Listing(rows_of(300))

    def reply(request: httpx.Request) -> httpx.Response:
        return status(503) if variables_of(request)["offset"] == 200 else listing(request)

    with (
        client_of(Scripted(reply), ManualTime(), retry_budget=5) as client,
        pytest.raises(Unreachable),
    ):
        fetch_connection(
            client, "locations", "locations", lambda node: node, page_size=100, max_records=1000
        )


def test_what_the_conversion_raises_comes_out() -> None:
    with pytest.raises(KeyError, match="name"):
        fetch(Listing([{"id": "1"}]))


def test_a_page_can_be_read_on_its_own() -> None:
    page = read_page({"edges_of": page_of(rows_of(2), 7)}, "edges_of", lambda node: node["name"])
    assert (page.records, page.ids, page.total) == (
        ["Place 1", "Place 2"],
        ["Location:1", "Location:2"],
        7,
    )
