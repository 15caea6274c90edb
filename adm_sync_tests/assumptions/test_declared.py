"""Each assumption about a tenant holds of the sandbox, and is seen not to hold when it does not."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from adm_sync.administrate import documents
from adm_sync.assumptions import declared
from adm_sync.assumptions.asking import open_tenant
from adm_sync.assumptions.assumption import Assessed, Observed, Ruling
from adm_sync.assumptions.declared import ASSUMPTIONS, TRIED, judged
from adm_sync.demo import fill_store
from adm_sync.sandbox import SandboxServer
from adm_sync.settings import AdministrateAccess

NAMES = [one.name for one in ASSUMPTIONS]
FILTERED = [name for name in NAMES if name.startswith("filters_of_")]


@pytest.fixture
def tenant(sandbox: SandboxServer) -> Iterator[SandboxServer]:
    """A tenant with all kinds of records, an event among them."""
    store = sandbox.store
    fill_store(store)
    template = next(one for one in store.all("CourseTemplate"))
    store.add(
        "Event",
        title="CB1 London 27A-01",
        courseTemplate=template["id"],
        learningMode="classroom",
        type="public",
        timeZoneName="Europe/London",
        location=store.all("Location")[0]["id"],
        lifecycleState="draft",
        classroomStart="2027-03-01T09:00:00Z",
        classroomEnd="2027-03-01T17:00:00Z",
    )
    return sandbox


def found(access: AdministrateAccess) -> dict[str, Observed]:
    with open_tenant(access, 0.3) as tenant:
        return {one.assumption.name: one.found for one in judged(tenant)}


def test_of_the_sandbox_everything_holds_that_reading_can_tell(
    tenant: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    tenant.options.internal_notes = "all"
    for number in range(101):
        tenant.store.add("Location", name=f"Place {number}", code=f"P{number}")
    verdicts = {name: one.ruling for name, one in found(sandbox_access).items()}

    tried = {one.name for one in TRIED}
    assert {name for name, verdict in verdicts.items() if verdict != Ruling.HELD} == tried
    assert {verdicts[name] for name in tried} == {Ruling.UNDECIDED}
    assert [call.kind for call in tenant.calls].count("mutation") == 0


def _option(**values: Any) -> Callable[[SandboxServer], None]:
    return lambda tenant: tenant.options.change(**values)


def _fault(kind: str, match: str, **details: Any) -> Callable[[SandboxServer], None]:
    return lambda tenant: tenant.faults.add(kind, match=match, times=None, **details) and None


BROKEN: dict[str, Callable[[SandboxServer], None]] = {
    "access": _fault("status", "token", code=401),
    "token_life": _option(token_life_said=False),
    "schema_readable": _fault("errors", "__schema"),
    "reference_mutations": _option(create_mutations=False),
    "page_cap": _option(page_cap=3),
    "totals": _fault("wrong_total", "locations", by=1),
    "offset": _option(offset_ignored=True),
    "order_kept": _option(order_kept=False),
    "cursors": _option(opaque_cursors=True),
    "several_parts": _fault("errors", "Together"),
    "found_again": _fault("empty_list", "EventsOfTitle"),
    "by_id": _fault("errors", "EventNow"),
    "ids": _fault("int_ids", "Locations"),
    "times": _fault("field_value", "EventsBetween", name="timeZonedStart", value="tomorrow"),
    "states": _fault("unknown_word", "EventsBetween"),
    "custom_fields": _option(entity_types_refused=["Venue", "Learner"]),
    "mark_place": _option(internal_notes="none"),
    "clock": _option(clock_ahead=95),
    "rate_unsaid": _option(rate_headers=True),
}
OF_FILTERS = {
    "events_by_title": "title",
    "events_of_title": "title",
    "events_between": "start",
    "events_starting": "start",
    "events_with_notes_between": "start",
    "events_created": "createdAt",
    "events_of_templates": "start",
    "events_now": "id",
    "template_codes": "id",
    "approved_of_templates": "id",
    "instructors_apart": "id",
    "find_course_template": "code",
}
BY_SCHEMA = {"queries", "mutations", "shorter_questions"}


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("name", BROKEN)
def test_each_that_does_not_hold_is_seen_not_to(
    name: str, tenant: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    tenant.options.internal_notes = "all"
    if name == "custom_fields":
        tenant.options.change(entity_types_refused=["Account", "Learner"])
    else:
        BROKEN[name](tenant)
    assert found(sandbox_access)[name].ruling == Ruling.NOT_HELD


@pytest.mark.thorough(all_but_each=5)
@pytest.mark.parametrize("way", ["refused", "ignored"])
@pytest.mark.parametrize("document", OF_FILTERS)
def test_each_filter_that_is_refused_or_ignored_is_seen(
    document: str, way: str, tenant: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    fields = [OF_FILTERS[document]]
    if way == "ignored" and document in {"events_created", "events_of_templates"}:
        fields.append("courseTemplateCode")
    tenant.options.change(**{f"filters_{way}": fields})
    assert found(sandbox_access)[f"filters_of_{document}"].ruling == Ruling.NOT_HELD


@pytest.mark.parametrize("name", sorted(BY_SCHEMA))
def test_what_the_schema_lacks_is_named(
    name: str,
    tenant: SandboxServer,
    sandbox_access: AdministrateAccess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needs = {
        "queries": "locations",
        "mutations": "update_session",
        "shorter_questions": "events_created",
    }[name]
    monkeypatch.setattr(
        "adm_sync.assumptions.questions.broken_in",
        lambda _schema, names: (
            [(needs, "Cannot query field 'x'")] if needs in (names or [needs]) else []
        ),
    )
    seen = found(sandbox_access)[name]
    assert seen.ruling == Ruling.NOT_HELD
    assert needs in seen.said


def test_every_assumption_that_is_asked_about_is_broken_by_a_test() -> None:
    asked = {one.name for one in ASSUMPTIONS if one.ask is not None}
    filters = {f"filters_of_{document}" for document in OF_FILTERS}
    assert asked == BROKEN.keys() | filters | BY_SCHEMA
    assert len(set(NAMES)) == len(NAMES)


def test_every_document_with_filters_is_among_them() -> None:
    filtered = {
        name
        for name in documents.names()
        if "filters:" in documents.load(name).text and not documents.load(name).is_mutation
    }
    # Instructors and staff are contacts of a kind, and none of that kind cannot be asked for.
    assert filtered - {"instructors", "staff_contacts"} == set(OF_FILTERS)


def test_an_empty_tenant_decides_little_and_nothing_falsely(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    verdicts = {name: one.ruling for name, one in found(sandbox_access).items()}
    undecided = {name for name, verdict in verdicts.items() if verdict == Ruling.UNDECIDED}
    assert {"page_cap", "totals", "offset", "ids", "times", "found_again", *FILTERED} <= undecided
    assert Ruling.UNASKED not in verdicts.values()


def test_a_tenant_that_is_away_is_said_to_be_and_not_judged(
    sandbox: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    sandbox.faults.add("status", code=503, times=None)
    seen = found(sandbox_access)
    assert seen["access"].ruling == Ruling.UNASKED
    assert Ruling.NOT_HELD not in {one.ruling for one in seen.values()}


def test_without_a_token_nothing_is_said_of_what_would_have_come_with_it(
    tenant: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    tenant.faults.add("status", match="token", code=401, times=None)
    rulings = {name: one.ruling for name, one in found(sandbox_access).items()}
    tried = {one.name for one in TRIED}
    assert rulings.pop("access") == Ruling.NOT_HELD
    assert {one for name, one in rulings.items() if name not in tried} == {Ruling.UNASKED}


def _events(tenant: SandboxServer, number: int) -> None:
    event = tenant.store.all("Event")[0]
    names = ("title", "courseTemplate", "location", "classroomStart", "classroomEnd")
    for _ in range(number):
        tenant.store.add("Event", **{name: event[name] for name in names})


def test_the_length_of_a_page_is_seen_by_the_longest_list_events_among_them(
    tenant: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    assert "longest list that was looked at" in found(sandbox_access)["page_cap"].said
    _events(tenant, 111)
    assert found(sandbox_access)["page_cap"] == Observed(Ruling.HELD, "100 of 112 came")


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize(("by", "events"), [(3, 0), (2, 120)])
def test_a_total_that_lies_is_no_fault_of_the_filters(
    tenant: SandboxServer,
    sandbox_access: AdministrateAccess,
    monkeypatch: pytest.MonkeyPatch,
    by: int,
    events: int,
) -> None:
    monkeypatch.setattr("adm_sync.assumptions.questions.READ_WHOLE", 100)
    _events(tenant, events)
    tenant.faults.add("wrong_total", field="events", by=by, times=None)
    seen = found(sandbox_access)
    assert {seen[name].ruling for name in FILTERED} == {Ruling.HELD}
    assert seen["totals"].ruling == Ruling.NOT_HELD
    assert "events_between" in seen["totals"].said


def test_what_is_found_holds_nothing_of_the_tenants_records(
    tenant: SandboxServer, sandbox_access: AdministrateAccess
) -> None:
    from datetime import UTC, datetime

    from adm_sync.assumptions.report import as_json, as_text

    records = [
        str(value)
        for kind in ("Location", "Venue", "Contact", "CourseTemplate", "Event", "PriceLevel")
        for record in tenant.store.all(kind)
        for name, value in record.items()
        if name in {"name", "firstName", "lastName", "title", "code", "id", "emailAddress"}
        and isinstance(value, str)
        and len(value) > 4
    ]
    with open_tenant(sandbox_access, 0.3) as asked:
        seen: list[Assessed] = list(judged(asked))
    now = datetime.now(UTC)
    for text in (as_text(seen, now), str(as_json(seen, now))):
        assert [one for one in records if one in text] == []
        assert sandbox_access.api_url not in text
        assert sandbox_access.api_secret.get_secret_value() not in text


def test_each_says_what_is_done_otherwise() -> None:
    for one in declared.ASSUMPTIONS:
        assert one.assumed.endswith(".")
        assert one.otherwise.endswith((".", "both."))
