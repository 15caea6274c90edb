"""The history of a record, against a real database: which record is meant, and what happened."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from adm_sync.database import acted, adm, journal
from adm_sync.database.engine import create_engine
from adm_sync.database.operations import calls, changes, decisions, runs
from adm_sync.database.states import DiscrepancyKind
from adm_sync.errors import SettingsError
from adm_sync.history import reading, subjects
from adm_sync.history.entries import as_text, place_of
from adm_sync.reference.decisions import Statement, decide, withdraw
from adm_sync.reference.entities import BY_NAME
from adm_sync_tests.database_fixtures import fresh_database

LINK = "tutorial_location_id"
BEGIN = datetime(2026, 11, 1, 5, tzinfo=UTC)
HOSTILE = "<b>Leeds</b>\u202e100%_\x1b[31m"


@pytest.fixture(scope="module")
def engine(database_server: sa.URL, _migrated_template: str) -> Iterator[sa.Engine]:
    """Locations with a past: 1 was linked with L1 and is with L2, which L1 knows nothing of."""
    with fresh_database(database_server, _migrated_template) as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            _fill(connection)
        yield engine
        engine.dispose()


def _fill(connection: sa.Connection) -> None:
    stamps = {"created_at": BEGIN, "updated_at": BEGIN}
    names = {1: "Leeds", 2: "Leeds North", 3: HOSTILE, 4: "\uff39ork", 77: "Hull"}
    for number, name in names.items():
        row = {"id": number, "name": name, "code": f"C{number}", "is_active": True, **stamps}
        connection.execute(sa.insert(acted.tutorial_locations).values(row))
    for external_id, number in (("L2", 1), ("L1", None), ("77", None)):
        legacy = {"legacy_id": "811"} if external_id == "L1" else {}
        row = {"external_id": external_id, LINK: number, **legacy, **stamps}
        connection.execute(sa.insert(adm.locations).values(row))
    first, second, third = (_run(connection, n, f"person {n}") for n in (1, 2, 3))
    _change(connection, first, "L1", "created", None, {"legacy_id": "9", LINK: 1})
    _change(connection, first, "L2", "created", None, {"legacy_id": None, LINK: None})
    _change(connection, second, "L1", "updated", {"legacy_id": "9"}, {"legacy_id": "10"})
    _change(connection, third, "L1", "unlinked", {LINK: 1}, {LINK: None})
    _change(connection, third, "L2", "linked", {LINK: None}, {LINK: 1})
    _change(connection, third, "L0", "deleted", {"legacy_id": "3", LINK: 2}, None)


def _run(connection: sa.Connection, days: int, who: str) -> int:
    at = BEGIN + timedelta(days=days)
    number = journal.start_run(connection, "locations", who, f"run-{days}", at)
    journal.finish_run(connection, number, status="succeeded", finished_at=at)
    return number


def _change(connection: sa.Connection, run: int, *row: Any) -> None:
    journal.add_changes(connection, run, "locations", [row])  # type: ignore[list-item]


@pytest.fixture
def connection(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.connect() as connection:
        yield connection


def ids(connection: sa.Connection, text: str, kind: str = "locations") -> list[str]:
    return [one.id for one in subjects.find(connection, kind, text)]


# ---------------------------------------------------------------------- who is meant


@pytest.mark.parametrize(
    ("text", "found"),
    {
        "a name": ("leeds", ["tutorial:1"]),
        "as names are matched": (" York ", ["tutorial:4"]),
        "a part": ("eed", ["tutorial:1", "tutorial:2", "tutorial:3"]),
        "a code": ("c77", ["tutorial:77"]),
        "the number that Administrate's people know it by": ("811", ["administrate:L1"]),
        "signs of a pattern": ("100%_", ["tutorial:3"]),
        "one sign of a pattern": ("%", ["tutorial:3"]),
        "a tutorial id": ("2", ["tutorial:2"]),
        "the id of a linked record": ("L2", ["tutorial:1"]),
        "the id of one that is not linked": ("L1", ["administrate:L1"]),
        "the id of one that is gone": ("L0", ["administrate:L0"]),
        "an id of both sides": ("77", ["tutorial:77", "administrate:77"]),
        "exactly one side": ("administrate:77", ["administrate:77"]),
        "exactly the other": ("tutorial:77", ["tutorial:77"]),
        "nobody": ("Zürich", []),
        "nothing": ("  ", []),
        "no text": ("\0", []),
        "a number that is too large": ("9" * 40, []),
        "and one of a side": ("tutorial:" + "9" * 40, []),
        "of no side": ("tutorial:", []),
    }.values(),
)
def test_a_record_is_found_by_name_or_id(
    connection: sa.Connection, text: str, found: list[str]
) -> None:
    assert sorted(ids(connection, text)) == sorted(found)


def test_of_several_the_exact_name_counts(connection: sa.Connection) -> None:
    (one,) = subjects.find(connection, "locations", "LEEDS")
    assert (one.label, one.tutorial_id, one.external_ids) == ("Leeds", 1, ("L2",))


def test_a_tutorial_record_that_is_gone_is_found_by_what_it_was_linked_with(
    connection: sa.Connection,
) -> None:
    connection.execute(
        sa.delete(acted.tutorial_locations).where(acted.tutorial_locations.c.id == 2)
    )
    (one,) = subjects.find(connection, "locations", "tutorial:2")
    assert one.label == "TutorialLocation 2, which is gone"
    assert [entry.external_id for entry in reading.page(connection, one).entries] == ["L0"]
    connection.rollback()


@pytest.fixture
def prices(connection: sa.Connection) -> Iterator[sa.Connection]:
    """P1 and P2 are those of CB1 at two levels, P3 that of a template that is not linked."""
    stamps = {"created_at": BEGIN, "updated_at": BEGIN}

    def add(table: sa.Table, **values: Any) -> int:
        filled = {c.name: BEGIN for c in table.columns if isinstance(c.type, sa.DateTime)}
        one = sa.insert(table).values(filled | values).returning(table.c.id)
        return int(connection.execute(one).scalar_one())

    tutorial = add(
        acted.tutorial_course_templates,
        **{"code": "CB1_LO_6", "title": "Business", "description": "", "is_active": True, **stamps},
    )
    templates = [
        add(adm.course_templates, external_id=f"T{n}", custom_fields={}, **links)
        for n, links in enumerate(({"tutorial_course_template_id": tutorial}, {}))
    ]
    levels = [
        add(adm.pricelevels, external_id=f"V{n}", name=n) for n in ("Standard", "Partner <i>")
    ]
    of = [(templates[0], levels[0]), (templates[0], levels[1]), (templates[1], levels[0])]
    for number, (template, level) in enumerate(of, 1):
        ends = {"course_template_id": template, "price_level_id": level}
        add(adm.course_template_price_levels, external_id=f"P{number}", amount=number, **ends)
    yield connection
    connection.rollback()


@pytest.mark.parametrize(
    ("text", "found"),
    {
        "a level": (
            "standard",
            {"P1": "CB1_LO_6 · Standard", "P3": "(no linked template) · Standard"},
        ),
        "a template": ("CB1", {"P1": "CB1_LO_6 · Standard", "P2": "CB1_LO_6 · Partner <i>"}),
        "both, in whatever order": ("partner cb1_lo", {"P2": "CB1_LO_6 · Partner <i>"}),
        "as it is listed": ("CB1_LO_6 · Standard", {"P1": "CB1_LO_6 · Standard"}),
        "an id": ("P3", {"P3": "(no linked template) · Standard"}),
        "a level of another": ("CB2 Standard", {}),
    }.values(),
)
def test_a_price_is_found_by_its_level_and_its_template(
    prices: sa.Connection, text: str, found: dict[str, str]
) -> None:
    listed = subjects.find(prices, "course_template_price_levels", text)
    assert {one.external_ids[0]: one.label for one in listed} == found


def test_what_is_only_in_administrate_is_found_by_what_else_was_known_of_it(
    connection: sa.Connection,
) -> None:
    seen = [
        (DiscrepancyKind.UNMATCHED_ADMINISTRATE, "T9", "CB9_LO", "Life contingencies"),
        (DiscrepancyKind.CONFLICTING_LINK, "T9", "decision 5", "Life is hard"),
    ]
    found = [
        journal.Discrepancy(kind, label, label, external_id=known, detail=detail)
        for kind, known, label, detail in seen
    ]
    journal.store_discrepancies(connection, "course_templates", found, None, BEGIN)
    (one,) = subjects.find(connection, "course_templates", "contingencies")
    assert (one.id, one.label) == ("administrate:T9", "CB9_LO")
    connection.rollback()


def test_every_entity_can_be_searched(connection: sa.Connection) -> None:
    for name in BY_NAME:
        assert ids(connection, "nobody is called so", name) == []


# ---------------------------------------------------------------------- what happened


def entries(connection: sa.Connection, text: str, **options: Any) -> list[Any]:
    (one,) = subjects.find(connection, "locations", text)
    return list(reading.page(connection, one, **options).entries)


def test_all_that_happened_to_a_record_and_its_partners_latest_first(
    connection: sa.Connection,
) -> None:
    found = entries(connection, "Leeds")
    assert [(one.external_id, one.what, one.who, one.run_id) for one in found] == [
        ("L2", "linked by a sync", "person 3", "run-3"),
        ("L1", "link taken away by a sync", "person 3", "run-3"),
        ("L1", "changed by a sync", "person 2", "run-2"),
        ("L2", "taken over from Administrate by a sync", "person 1", "run-1"),
        ("L1", "taken over from Administrate by a sync", "person 1", "run-1"),
    ]
    assert [[(c.field, c.before, c.after) for c in one.changes] for one in found] == [
        [("tutorial record", "", "1 (Leeds)")],
        [("tutorial record", "1 (Leeds)", "")],
        [("legacy id", "9", "10")],
        [],
        [("legacy id", "", "9"), ("tutorial record", "", "1 (Leeds)")],
    ]
    assert found[0].at == BEGIN + timedelta(days=3)


def test_decisions_and_their_withdrawal_stand_in_it_with_who_and_why(
    connection: sa.Connection,
) -> None:
    said = Statement("link", BY_NAME["locations"], 3, "77")  # type: ignore[arg-type]
    number = decide(connection, said, "ada", "renamed {in} spring")
    withdraw(connection, said, "bob")
    withdrawn, made = entries(connection, "administrate:77")
    ends = f"tutorial record 3 ({HOSTILE}) and Administrate record 77 are the same"
    assert (made.what, made.who) == (f"decision {number} made: {ends}", "ada")
    assert made.note == "renamed {in} spring"
    assert (withdrawn.what, withdrawn.who) == (f"decision {number} withdrawn: {ends}", "bob")
    connection.rollback()


def test_who_did_what_was_not_noted_yet_is_nobody(connection: sa.Connection) -> None:
    said = Statement("never", BY_NAME["locations"], 77, "77")  # type: ignore[arg-type]
    decide(connection, said, "ada", "")
    withdraw(connection, said, "bob")
    connection.execute(sa.update(decisions).values(withdrawn_by=None))
    assert [one.who for one in entries(connection, "tutorial:77")] == ["", "ada"]
    connection.rollback()


def test_a_creation_that_somebody_asked_for_stands_in_it(connection: sa.Connection) -> None:
    stamps = {"created_at": BEGIN, "updated_at": BEGIN}
    connection.execute(
        sa.insert(adm.course_templates).values(external_id="T/1==", custom_fields={}, **stamps)
    )
    call = {
        "who": "ada",
        "document": "create_course_template",
        "graphql_query": "mutation",
        "variables": {"input": {"code": "CB1"}},
        "data": {"courseTemplate": {"create": {"courseTemplate": {"id": "T/1=="}}}},
        "errors": [],
        "failure": "",
        "started_at": BEGIN,
        "seconds": 0.1,
    }
    # An event that names the template was not made of it.
    other = call | {"document": "create_classroom_event", "variables": {"template": "T/1=="}}
    for one in (call, other):
        connection.execute(sa.insert(calls).values(one))
    (subject,) = subjects.find(connection, "course_templates", "T/1==")
    (found,) = reading.page(connection, subject).entries
    assert (found.what, found.who) == (
        "sent to Administrate (create course template): answered",
        "ada",
    )
    connection.rollback()


@pytest.mark.parametrize("limit", [1, 2, 4, 5, 50])
def test_pages_hold_each_entry_once(connection: sa.Connection, limit: int) -> None:
    (one,) = subjects.find(connection, "locations", "Leeds")
    found, before = [], None
    while True:
        page = reading.page(connection, one, before, limit)
        assert 0 < len(page.entries) <= limit
        found += page.entries
        before = page.following
        if before is None:
            break
    assert found == list(reading.page(connection, one).entries)


def test_a_place_is_text_and_back() -> None:
    place = (datetime(1969, 7, 20, 20, 17, 0, 123456, UTC), "taken back", 2**63 - 1)
    assert place_of(as_text(place)) == place
    for wrong in ("", "1", "1.2.never", "x.1.sync", "9" * 40 + ".1.sync", "1.2.sync.3"):
        with pytest.raises(SettingsError, match="no place in a history"):
            place_of(wrong)


def test_as_a_table_each_changed_value_has_a_row(connection: sa.Connection) -> None:
    (one,) = subjects.find(connection, "locations", "Leeds")
    rows = list(reading.table(connection, one))
    assert [(row.field, row.before, row.after) for row in rows][-3:] == [
        ("", "", ""),
        ("legacy id", "", "9"),
        ("tutorial record", "", "1 (Leeds)"),
    ]
    assert {row.source for row in rows} == {"sync"}


def test_an_entity_as_a_whole_has_a_history(connection: sa.Connection) -> None:
    page = reading.page(connection, reading.everything(BY_NAME["locations"]), limit=4)
    assert [one.external_id for one in page.entries] == ["L0", "L2", "L1", "L1"]
    assert page.following
    assert reading.page(connection, reading.everything(BY_NAME["venues"])).entries == ()


def test_one_record_among_many_is_found_by_indexes(connection: sa.Connection) -> None:
    """With very many changes and calls of others, none of them is looked at."""
    connection.execute(sa.text("set local enable_seqscan = off"))
    run = connection.scalar(sa.select(sa.func.max(runs.c.id)))
    many = [(f"O{n}", "created", None, {LINK: None}) for n in range(2000)]
    journal.add_changes(connection, run or 0, "locations", many)
    connection.execute(sa.text("analyze adm_sync.changes"))
    one = sa.select(changes.c.id).where(changes.c.external_id == "O7")
    plan = connection.scalars(
        sa.text(f"explain {one.compile(compile_kwargs={'literal_binds': True})}")
    )
    assert "changes_external_id" in " ".join(plan)
    connection.rollback()


def test_nobody_else_is_told_of_a_decision_about_another_entity(connection: sa.Connection) -> None:
    connection.execute(
        sa.insert(decisions).values(
            kind="ignore", entity="venues", tutorial_id=1, who="ada", why="", decided_at=BEGIN
        )
    )
    assert {one.source for one in entries(connection, "Leeds")} == {"sync"}
    connection.rollback()
