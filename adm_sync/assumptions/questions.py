"""How each assumption is asked about, and how the answer is judged.

What belongs here: a function for each. What does not: what is assumed, and what is done otherwise
(`declared`). Whatever a function says has no value of the tenant's records in it.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from adm_sync.administrate import documents
from adm_sync.administrate.contract import broken_in, takes
from adm_sync.administrate.paging import LARGEST_PAGE, fetch_connection, read_page
from adm_sync.assumptions.asking import EVENTS, LISTS, WHOLE, Tenant
from adm_sync.assumptions.assumption import (
    Observed,
    Question,
    held,
    not_held,
    unasked,
    undecided,
)
from adm_sync.errors import FetchIncomplete, RequestRejected
from adm_sync.push.marks import LABEL, NOTES
from adm_sync.push.remote import instant, utc
from adm_sync.push.requests import CREATIONS
from adm_sync.reference.entities import ENTITIES

SECONDS_APART = 60
# A list that is longer is not read whole for this.
READ_WHOLE = 500
NO_RECORD = "there is no record to see it by"
NO_SCHEMA = "the schema cannot be read"
NO_ANSWER = "nothing was answered"
PREFIXES = {
    "locations": "Location",
    "venues": "Venue",
    "instructors": "Person",
    "course_templates": "CourseTemplate",
}
STATES = {"draft", "published", "cancelled"}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?")


def access(tenant: Tenant) -> Observed:
    """Whether anything is answered at all."""
    tenant.client.query("hello")
    return held("answered")


def token_life(tenant: Tenant) -> Observed:
    """Whether a token says how long it lives."""
    if not tenant.carried.has_token:
        return unasked("no token came")
    seconds = tenant.carried.token_seconds
    return held(f"{seconds:.0f} s") if seconds else not_held("it does not say")


def schema_readable(tenant: Tenant) -> Observed:
    """Whether introspection is open."""
    schema = tenant.schema
    if schema is None:
        return not_held("introspection is refused, or its answer cannot be read")
    return held(f"{len(schema.type_map)} types")


def in_schema(names: Sequence[str] | None) -> Question:
    """Whether the schema has all that these documents ask for; None: all needed queries."""

    def ask(tenant: Tenant) -> Observed:
        if tenant.schema is None:
            return undecided(NO_SCHEMA)
        broken = broken_in(tenant.schema, names)
        if broken:
            return not_held("; ".join(f"{document}: {reason}" for document, reason in broken))
        return held("all of them")

    return ask


def reference_mutations(tenant: Tenant) -> Observed:
    """Which reference records the API can create."""
    if tenant.schema is None:
        return undecided(NO_SCHEMA)
    wanted = {e.name: e.creation.document for e in ENTITIES if e.creation is not None}
    broken = {name for name, _ in broken_in(tenant.schema, sorted(wanted.values()))}
    lacking = [name for name, document in wanted.items() if document in broken]
    if lacking:
        return not_held(f"not for {', '.join(lacking)}")
    return held(f"for {', '.join(wanted)}")


# ---------------------------------------------------------------------- lists


def page_cap(tenant: Tenant) -> Observed:
    """How many rows a page holds, whatever is asked for."""
    document = tenant.longest
    if document is None:
        return undecided(NO_RECORD)
    page = tenant.page(document, LARGEST_PAGE + 1)
    rows = len(page.records)
    if rows == page.total <= LARGEST_PAGE:
        return undecided(f"the longest list that was looked at, {document}, has {rows} records")
    if rows == LARGEST_PAGE:
        return held(f"{rows} of {page.total} came")
    return not_held(f"asked for {LARGEST_PAGE + 1}, {rows} of {page.total} came")


def totals(tenant: Tenant) -> Observed:
    """Whether the lists have as many distinct records as they say; long ones by their end."""
    there = {name: total for name, total in tenant.totals.items() if total}
    wrong = [name for name, total in there.items() if not _is_total(tenant, name, total)]
    if wrong:
        return not_held(f"not of {', '.join(wrong)}, read twice")
    if not there:
        return undecided(NO_RECORD)
    ends = {name: f"{name} (its end)" for name, total in there.items() if total > READ_WHOLE}
    return held(f"of {', '.join(ends.get(name, name) for name in there)}")


def _is_total(tenant: Tenant, document: str, total: int) -> bool:
    if total > READ_WHOLE:
        return any(_ends(tenant, document) for _ in range(2))
    try:
        fetch_connection(
            tenant.client,
            document,
            LISTS[document],
            dict,
            page_size=LARGEST_PAGE,
            max_records=READ_WHOLE,
            variables=WHOLE.get(document),
        )
    except FetchIncomplete:
        return False
    return True


def _ends(tenant: Tenant, document: str) -> bool:
    """Whether the last record of a list is where its total says."""
    last = tenant.page(document, 1).total - 1
    return len(tenant.page(document, 2, last).records) == 1


def offset(tenant: Tenant) -> Observed:
    """Whether `offset` leaves out rows of the list's beginning."""
    document = _with_two(tenant)
    if document is None:
        return undecided(NO_RECORD)
    both = tenant.page(document, 2).ids
    second = tenant.page(document, 1, 1).ids
    return held("it does") if second == both[1:] else not_held("other rows came")


def order_kept(tenant: Tenant) -> Observed:
    """Whether a list has the same order each time."""
    document = _with_two(tenant)
    if document is None:
        return undecided(NO_RECORD)
    once, again = (tenant.page(document).ids for _ in range(2))
    return held(f"of {len(once)} rows") if once == again else not_held("it had another order")


def cursors(tenant: Tenant) -> Observed:
    """Whether a cursor is a position."""
    edges = tenant.client.query("cursors")["locations"]["edges"]
    if not edges:
        return undecided(NO_RECORD)
    told = [_decoded(edge["cursor"]) for edge in edges]
    is_so = told == [f"Cursor:{place}" for place in range(len(edges))]
    return held("base64 of Cursor:<place>") if is_so else not_held("they have another form")


def several_parts(tenant: Tenant) -> Observed:
    """Whether several questions travel in one request."""
    document = tenant.longest or next(iter(LISTS))
    whole = WHOLE.get(document, {})
    parts = [{**whole, "first": 1, "offset": place} for place in range(2)]
    try:
        answers = tenant.client.query_together(document, parts)
    except RequestRejected:
        return not_held("refused")
    return held("both were answered") if all(answers) else not_held("not all were answered")


def _with_two(tenant: Tenant) -> str | None:
    document = tenant.longest
    return document if document and tenant.totals[document] > 1 else None


def filtering(document: str, nothing: Mapping[str, Any]) -> Question:
    """Whether a document's filters are taken, and let nothing pass that nothing has."""

    def ask(tenant: Tenant) -> Observed:
        (connection,) = tenant.client.aliases(document)
        paging = {"first": 1, "offset": 0} if "$first" in documents.load(document).text else {}
        try:
            answer = tenant.client.query(document, {**nothing, **paging})
        except RequestRejected:
            return not_held("it is refused")
        page = read_page(answer, connection, dict)
        if page.records:
            return not_held("records came where none should")
        if not any(tenant.totals.get(name) for name, root in LISTS.items() if root == connection):
            return undecided(NO_RECORD)
        lies = f", though totalRecords says {page.total}" if page.total else ""
        return held(f"it lets nothing pass{lies}")

    return ask


def finding(tenant: Tenant) -> Observed:
    """Whether an event that is there is found by its title and by its start."""
    event = tenant.event
    if event is None:
        return undecided(NO_RECORD)
    title, starts = event.get("title"), instant(event.get("timeZonedStart"), None)
    if not title or starts is None:
        return undecided("the event that was looked at has no title or no start")
    day = timedelta(days=1)
    period = {"from": utc(starts - day), "until": utc(starts + day)}
    asked = {"title": ("events_of_title", {"title": title}), "start": ("events_between", period)}
    missed = []
    for what, (document, variables) in asked.items():
        page = tenant.page(document, variables=variables)
        if event["id"] not in page.ids and page.total <= LARGEST_PAGE:
            missed.append(what)
    return not_held(f"not by its {' or '.join(missed)}") if missed else held("by both")


def by_id(tenant: Tenant) -> Observed:
    """Whether one event can be read by its id."""
    event = tenant.event
    if event is None:
        return undecided(NO_RECORD)
    node = tenant.client.query("event_now", {"id": event["id"]}).get("node") or {}
    return held("it is the same") if node.get("id") == event["id"] else not_held("it is not there")


# ---------------------------------------------------------------------- forms


def ids(tenant: Tenant) -> Observed:
    """Whether ids have the known form."""
    found = {}
    for document, prefix in PREFIXES.items():
        if tenant.totals.get(document):
            found[prefix] = tenant.page(document, 1).ids
    if tenant.event is not None:
        found["Course"] = [str(tenant.event.get("id"))]
    if not found:
        return undecided(NO_RECORD)
    other = {prefix: _prefix(those) for prefix, those in found.items() if _prefix(those) != prefix}
    if other:
        return not_held(", ".join(f"{p} is {o or 'of another form'}" for p, o in other.items()))
    return held(", ".join(found))


def times(tenant: Tenant) -> Observed:
    """Whether an event's start comes as an instant, and as a local time."""
    event = tenant.event
    if event is None:
        return undecided(NO_RECORD)
    instant = str(event.get("timeZonedStart") or "")
    local = str(event.get("classroomStart") or event.get("lmsStart") or "")
    wrong = []
    if not _INSTANT.fullmatch(instant):
        wrong.append("timeZonedStart is no instant")
    if local and not _LOCAL.fullmatch(local):
        wrong.append("classroomStart or lmsStart is no local time")
    return not_held("; ".join(wrong)) if wrong else held("both")


def states(tenant: Tenant) -> Observed:
    """Which words stand for how far an event is."""
    page = tenant.page(EVENTS)
    words = {str(node.get("lifecycleState")) for node in page.records}
    if not words:
        return undecided(NO_RECORD)
    other = sorted(words - STATES)
    if other:
        return not_held(f"other words too: {', '.join(word[:20] for word in other[:5])}")
    return held(f"of {len(page.records)} events: {', '.join(sorted(words))}")


def custom_fields(tenant: Tenant) -> Observed:
    """Which types of records answer for their custom fields."""
    aliases = tenant.client.aliases("custom_fields")
    data = tenant.client.query_partial("custom_fields").data or {}
    silent = [name for name in aliases if data.get(name) is None]
    if silent:
        return not_held(f"not {', '.join(silent)}")
    return held(f"all {len(aliases)}")


def mark_place(tenant: Tenant) -> Observed:
    """Whether new events have a place for a mark."""
    answer = tenant.client.query_partial("custom_fields").data or {}
    definitions = (answer.get("Event") or {}).get("customFieldDefinitions") or []
    if any(str(one.get("label") or "").strip().lower() == LABEL for one in definitions):
        return held(f"a custom field {LABEL} of events")
    if tenant.schema is None:
        return undecided(NO_SCHEMA)
    schema = tenant.schema
    without = [mode for mode, (name, _) in CREATIONS.items() if not takes(schema, name, NOTES)]
    if without:
        return not_held(f"not in new events that are {' or '.join(without)}")
    return held("their internal notes")


def clock(tenant: Tenant) -> Observed:
    """How far Administrate's clock is from this machine's."""
    if not tenant.carried.has_answer:
        return unasked(NO_ANSWER)
    apart = tenant.client.clock_difference
    if abs(apart) > SECONDS_APART:
        return not_held(f"{abs(apart):.0f} s {'ahead' if apart > 0 else 'behind'}")
    return held(f"{abs(apart):.0f} s apart")


def rate_unsaid(tenant: Tenant) -> Observed:
    """Whether answers say how many requests are left."""
    if not tenant.carried.has_answer:
        return unasked(NO_ANSWER)
    names = sorted(tenant.carried.rate_headers)
    return not_held(f"they carry {', '.join(names)}") if names else held("they do not")


def _decoded(text: Any) -> str:
    try:
        return base64.b64decode(str(text), validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _prefix(those: Iterable[str | None]) -> str:
    """What stands before the number; only a word, as the rest might be anything."""
    for one in those:
        found = re.fullmatch(r"([A-Za-z]{1,40}):\d+", _decoded(one))
        return found[1] if found else ""
    return ""
