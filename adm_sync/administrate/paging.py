"""Lists of many pages, fetched whole or not at all.

Administrate caps a page in silence and addresses rows by position, so rows that are added or
removed while paging shift the others. A list counts as fetched only if the number of rows and of
distinct ids equals the total that every page states; anything else is no evidence of anything.

What belongs here: from a connection to converted records. What does not: single calls (client.py).
"""

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import chain
from threading import Event
from typing import Any, Generic, TypeVar

from adm_sync.administrate import in_flight
from adm_sync.administrate.client import AdministrateClient
from adm_sync.errors import ContractBroken, FetchIncomplete, RequestRejected
from adm_sync.trace import trace

T = TypeVar("T")
Node = Mapping[str, Any]
PageListener = Callable[[int, int], object]

# Administrate gives no more than this, whatever it is asked for.
LARGEST_PAGE = 100

# Pages of one request, at most: requests are what a tenant counts, and each of them is answered
# sooner than the last of many.
MOST_TOGETHER = 5

# A first page that holds a smaller share of what was asked for is short rather than capped; to go
# on with its length would cost a request for every few rows.
SHORTEST_SHARE = 20

_AGAIN = "They may have been changed meanwhile: run it again."


@dataclass(frozen=True, slots=True)
class Fetched(Generic[T]):
    """All records of a list, in the order of the pages, and how many Administrate says it has."""

    records: list[T]
    total: int


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """The rows of one page: converted, and their ids (None where a row has no usable one).

    `more` is what the page itself says: that others follow it.
    """

    records: list[T]
    ids: list[str | None]
    total: int
    more: bool


def fetch_connection(
    client: AdministrateClient,
    document: str,
    connection: str,
    convert: Callable[[Node], T],
    *,
    page_size: int,
    max_records: int,
    variables: Mapping[str, Any] | None = None,
    progress: PageListener | None = None,
    attempts: int = 2,
) -> Fetched[T]:
    """All records of a root connection.

    The first page is asked for alone and says how many rows a page really holds; the others are
    asked for several in a request, and `client.pages_in_flight` requests at a time.

    Args:
        client: whom to ask.
        document: a document with `$first` and `$offset`.
        connection: the root field, such as `locations`.
        convert: makes a record of a node; called from several threads.
        page_size: rows to ask for per page.
        max_records: a list that claims to be longer is refused.
        variables: the document's other variables.
        progress: called with (records so far, total) after each page, by the calling thread.
        attempts: how often the list is fetched from the start when it moved meanwhile.

    Raises:
        FetchIncomplete: rows are missing or doubled, or the total changed, each time.
        ContractBroken: an answer is not a connection, or longer than `max_records`.
        AdministrateError: a page did not arrive.
    """
    job = _Job(client, document, connection, convert, dict(variables or {}), max_records)
    for _ in range(attempts - 1):
        try:
            return job.fetch(page_size, progress)
        except FetchIncomplete:
            continue
    return job.fetch(page_size, progress)


def fetch_rest(
    client: AdministrateClient,
    document: str,
    node_id: str,
    connection: str,
    convert: Callable[[Node], T],
    received: int,
    total: int,
    page_size: int,
) -> list[T]:
    """The records of a nested connection that did not come with the node they belong to.

    Args:
        client: whom to ask.
        document: a document with `$id`, `$first` and `$offset` that reads `node(id: $id)`.
        node_id: the node's id.
        connection: the field of the node, such as `publicPrices`.
        convert: makes a record of a node.
        received: how many rows came with the node.
        total: how many rows the node said it has.
        page_size: rows to ask for per page.

    Raises:
        FetchIncomplete: the node has gone, or its rows are not the ones it spoke of.
        ContractBroken: an answer is not a connection.
        AdministrateError: a page did not arrive.
    """
    records: list[T] = []
    ids: list[str | None] = []
    while received + len(records) < total:
        variables = {"id": node_id, "first": page_size, "offset": received + len(records)}
        node = client.query(document, variables).get("node")
        if node is None:
            raise FetchIncomplete(
                f"{node_id} has gone while its {_words(connection)} were read. {_AGAIN}"
            )
        page = read_page(node, connection, convert)
        if page.total != total or not page.records:
            arrived = received + len(records)
            raise _moved(connection, arrived, total, page.total)
        records += page.records
        ids += page.ids
    _check_whole(connection, ids, total, received)
    return records


def read_page(container: Any, connection: str, convert: Callable[[Node], T]) -> Page[T]:
    """The rows of the connection field of an object.

    Raises:
        ContractBroken: names the field that is missing or of another type.
    """
    field = _object(container, connection, connection)
    information = _object(field, "pageInfo", f"{connection}.pageInfo")
    total = information.get("totalRecords")
    if not isinstance(total, int) or isinstance(total, bool) or total < 0:
        raise _broken(f"{connection}.pageInfo.totalRecords", "a number", total)
    edges = field.get("edges")
    if not isinstance(edges, list):
        raise _broken(f"{connection}.edges", "a list", edges)
    nodes = [_node(edge, f"{connection}.edges[{row}]") for row, edge in enumerate(edges)]
    ids = [_usable_id(node) for node in nodes]
    more = information.get("hasNextPage") is True
    return Page([convert(node) for node in nodes], ids, total, more)


@dataclass(slots=True)
class _Job(Generic[T]):
    """One list to fetch, and what is the same for each of its pages."""

    _client: AdministrateClient
    _document: str
    _connection: str
    _convert: Callable[[Node], T]
    _variables: dict[str, Any]
    _max_records: int

    def fetch(self, page_size: int, progress: PageListener | None) -> Fetched[T]:
        """Fetch the list once, from the start."""
        first = self._page(page_size, 0, Event())
        together = _Together(self._most_together())
        if first.total > self._max_records:
            raise ContractBroken(
                f"Administrate claims {first.total:,} {_words(self._connection)}; more than "
                f"{self._max_records:,} are refused. Raise ADM_SYNC_MAX_RECORDS if that is right."
            )
        if progress:
            progress(len(first.records), first.total)
        if len(first.records) < min(first.total, page_size / SHORTEST_SHARE):
            raise _moved(self._connection, len(first.records), first.total, first.total)
        pages = [first, *self._other_pages(first, together, progress)]
        if pages[-1].more:
            raise FetchIncomplete(
                f"Administrate claims {first.total} {_words(self._connection)}, and that there are "
                f"more. {_AGAIN}"
            )
        _check_whole(self._connection, chain.from_iterable(p.ids for p in pages), first.total)
        return Fetched(list(chain.from_iterable(p.records for p in pages)), first.total)

    def _most_together(self) -> int:
        """As many pages as come in a third of the time-out if each takes as long as the first."""
        in_time = self._client.timeout / 3 / max(self._client.answer_seconds, 0.001)
        return max(1, min(MOST_TOGETHER, int(in_time)))

    def _other_pages(
        self, first: Page[T], together: "_Together", progress: PageListener | None
    ) -> list[Page[T]]:
        # The API may cap a page below what was asked for: advance by what it really gives.
        stride = len(first.records)
        left = deque(range(stride, first.total, max(stride, 1)))
        if not left:
            return []
        pages: dict[int, Page[T]] = {}
        done = stride
        asked: set[Future[dict[int, Page[T]]]] = set()
        with ThreadPoolExecutor(in_flight.MOST) as threads:
            try:
                while left or asked:
                    while left and len(asked) < self._client.pages_in_flight:
                        offsets = [left.popleft() for _ in range(min(together.most, len(left)))]
                        given = (stride, offsets, first.total, together)
                        asked.add(threads.submit(self._later_pages, *given))
                    arrived, asked = wait(asked, return_when=FIRST_COMPLETED)
                    for future in arrived:
                        pages |= future.result()
                        done += sum(len(page.records) for page in future.result().values())
                        if progress:
                            progress(done, first.total)
            except BaseException as error:
                together.stop.set()
                threads.shutdown(wait=False, cancel_futures=True)
                raise together.cause_of(error) from None
        return [pages[offset] for offset in sorted(pages)]

    def _later_pages(
        self, stride: int, offsets: list[int], total: int, together: "_Together"
    ) -> dict[int, Page[T]]:
        if together.stop.is_set():
            raise CancelledError
        try:
            pages = self._pages(stride, offsets, together)
            for offset, page in pages.items():
                rows = len(page.records)
                if page.total != total or rows != min(stride, total - offset):
                    raise _moved(self._connection, offset + rows, total, page.total)
        except Exception as error:
            together.failures.append(error)
            together.stop.set()
            raise
        return pages

    def _pages(self, stride: int, offsets: list[int], together: "_Together") -> dict[int, Page[T]]:
        """The pages at these offsets; of a request that is refused for its size, half at a time."""
        if len(offsets) == 1:
            return {offsets[0]: self._page(stride, offsets[0], together.stop)}
        asked = [{**self._variables, "first": stride, "offset": offset} for offset in offsets]
        try:
            answers = self._client.query_together(self._document, asked, stop=together.stop)
        except RequestRejected as error:
            if not error.errors:
                raise
            half = len(offsets) // 2
            together.most = min(together.most, half)
            parts = offsets[:half], offsets[half:]
            return self._pages(stride, parts[0], together) | self._pages(stride, parts[1], together)
        return {
            offset: self._read({self._connection: answer}, offset)
            for offset, answer in zip(offsets, answers, strict=True)
        }

    def _page(self, first: int, offset: int, stop: Event) -> Page[T]:
        variables = {**self._variables, "first": first, "offset": offset}
        return self._read(self._client.query(self._document, variables, stop=stop), offset)

    def _read(self, data: Any, offset: int) -> Page[T]:
        page = read_page(data, self._connection, self._convert)
        last = offset + len(page.records)
        trace.debug("%s: %d to %d of %d arrived.", self._connection, offset + 1, last, page.total)
        return page


class _Together:
    """What requests at the same time share: the first failure stops them all.

    `most` is how many pages the API answers in one request, as far as is known.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.stop = Event()
        self.failures: list[Exception] = []

    def cause_of(self, error: BaseException) -> BaseException:
        """The failure that came first; the others only followed from it."""
        return self.failures[0] if isinstance(error, Exception) and self.failures else error


def _check_whole(connection: str, ids: Iterable[str | None], total: int, received: int = 0) -> None:
    seen: set[str] = set()
    rows = received
    for row_id in ids:
        rows += 1
        if row_id is None:
            continue
        if row_id in seen:
            raise FetchIncomplete(f"{_word(connection)} {row_id} arrived twice. {_AGAIN}")
        seen.add(row_id)
    if rows != total:
        raise _moved(connection, rows, total, total)


def _moved(connection: str, arrived: int, total: int, total_now: int) -> FetchIncomplete:
    words = _words(connection)
    if total_now != total:
        return FetchIncomplete(
            f"The number of {words} changed from {total} to {total_now} while they were read. "
            f"{_AGAIN}"
        )
    return FetchIncomplete(f"{arrived} of {total} {words} arrived. {_AGAIN}")


def _object(container: Any, field: str, path: str) -> dict[str, Any]:
    value = container.get(field) if isinstance(container, dict) else None
    if not isinstance(value, dict):
        raise _broken(path, "an object", value)
    return value


def _node(edge: Any, path: str) -> dict[str, Any]:
    if not isinstance(edge, dict):
        raise _broken(path, "an object", edge)
    return _object(edge, "node", f"{path}.node")


def _usable_id(node: Node) -> str | None:
    value = node.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def _broken(path: str, expected: str, found: Any) -> ContractBroken:
    what = "missing or null" if found is None else f"a {type(found).__name__}"
    return ContractBroken(
        f"Administrate's answer should hold {expected} at {path}; it is {what}. Its API may have "
        "changed: compare its schema with the project's."
    )


def _words(connection: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r" \1", connection).lower()


def _word(connection: str) -> str:
    return _words(connection).removesuffix("s")
