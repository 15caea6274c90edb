"""Corrected workbooks whatever happens: histories of corrections, of people's edits and of kills.

Drawn are what planners correct, what people change here and in Administrate, where an import is
killed or not answered, and whose value is taken. Whatever comes of it: nobody's edit is lost unless
somebody said so, no event is there twice, and both sides are as the plan has shown them.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    rule,
    run_state_machine_as_test,
)

from adm_sync.database import recording
from adm_sync.errors import DatabaseRefused
from adm_sync.imports.examining import Examined
from adm_sync.imports.known.there import read_there
from adm_sync.imports.planning import PlannedEvent, make_plan
from adm_sync.imports.recording import Recorder
from adm_sync.imports.updates.options import UpdateOptions, read_takes
from adm_sync.imports.updates.taking import Given, with_value
from adm_sync.push.options import PushListener
from adm_sync.push.pushing import push
from adm_sync.push.records import day_first
from adm_sync.workbook.events import ResolvedEvent
from adm_sync.workbook.mapping.words import Words
from adm_sync_tests.acceptance.bad_inputs.files import content, small
from adm_sync_tests.acceptance.importing import Office, open_office
from adm_sync_tests.acceptance.test_update_faults import put_back, records_of
from adm_sync_tests.workbooks import blended

# `make test-all` draws 60; by hand: HISTORIES=500.
HISTORIES = int(os.environ.get("HISTORIES", "3"))
TITLE = "CB1 London 27A-01"
TABLES = (
    *("acted.tutorial_events", "acted.tutorial_sessions", "acted.tutorial_session_instructors"),
    *("adm.events", "adm.sessions", "adm_sync.workbooks", "adm_sync.events"),
    *("adm_sync.event_sessions", "adm_sync.updates", "adm_sync.steps", "adm.api_audit_log"),
)
PEOPLE = ("Camille Drayford", "Agnes Tolliver", "Benedict Oakhurst")
# What is corrected and edited, and the values that it may have.
CHOICES: dict[str, list[Any]] = {
    "places": [14, 16, 18],
    "address": ["https://learn.larkfield.example/cb1", "https://a.example", "https://b.example"],
    "start": ["2027-01-19 09:30", "2027-01-20 09:30", "2027-01-21 09:30"],
    "people": [(PEOPLE[0],), (PEOPLE[1],), (PEOPLE[0], PEOPLE[2])],
}
POINTS = (
    *("updating", "claimed", "changes compared", "changes noted as sending", "changes answered"),
    "changes stored",
)
NAMES = {
    "Max places": "places",
    "Event url": "address",
    "Classroom start date": "start",
    "Session instructor": "people",
}
State = dict[tuple[str, str], Any]


class Killed(BaseException):
    """The process is dead."""


@dataclass
class World:
    """An event on both sides, and everything that an import needs, without reading a workbook."""

    office: Office
    examined: Examined
    workbook_id: int
    records: list[tuple[str, dict[str, Any]]]
    columns: Any

    def reset(self) -> None:
        """As it was after the first import."""
        with self.office.engine.begin() as connection:
            statements = [f"delete from {name}" for name in reversed(TABLES)]
            statements += [
                f"insert into {name} overriding system value table kept.{name.replace('.', '_')}"
                for name in TABLES
            ]
            connection.connection.driver_connection.execute(";".join(statements))  # type: ignore[union-attr]
        put_back(self.office.sandbox, self.records)
        self.office.sandbox.faults.clear()

    def keep(self) -> None:
        with self.office.engine.begin() as connection:
            connection.execute(sa.text("create schema kept"))
            for name in TABLES:
                copy = f"kept.{name.replace('.', '_')}"
                connection.execute(sa.text(f"create table {copy} as table {name}"))

    # ------------------------------------------------------------------ the workbook

    def corrected(self, values: dict[str, Any]) -> ResolvedEvent:
        """The event as a workbook of these values has it."""
        around = self.examined.surroundings
        keys = {one.label: one.key for one in around.definitions if one.entity_type == "Event"}
        event = self.examined.plan.events[0].resolved

        def put(day: int | None, name: str, given: Given, key: str | None = None) -> None:
            nonlocal event
            event = with_value(event, day, name, given, around.references, key)

        put(None, "max_places", Given(values["places"]))
        put(None, "url", Given(values["address"]), keys["URL"])
        ends = values["start"].replace("09:30", "12:30")
        put(2, "starts", Given(values["start"]))
        put(2, "ends", Given(ends))
        put(None, "ends_on", Given(ends))
        put(2, "instructors", self.people(values["people"]))
        return event

    def people(self, names: tuple[str, ...]) -> Given:
        known = {one.name: one for one in self.examined.surroundings.references.people}
        found = [known[name].instructor for name in names]
        return Given(list(names), tuple(one.id for one in found if one))

    # ------------------------------------------------------------------ both sides

    def observe(self) -> State:
        """What both sides have."""
        (row,) = self.office.rows("select id, max_places, event_url from adm.events")
        second = self.office.rows("select * from acted.tutorial_sessions where sequence = 2")[0]
        taught = self.office.rows(
            "select u.first_name || ' ' || u.last_name as name"
            " from acted.tutorial_session_instructors l"
            " join acted.tutorial_instructors i on i.id = l.tutorialinstructor_id"
            " join acted.staff s on s.id = i.staff_id join auth_user u on u.id = s.user_id"
            " where l.tutorialsessions_id = :id",
            id=second["id"],
        )
        store = self.office.sandbox.store
        (event,) = store.all("Event")
        session = self.session()
        staff = [
            f"{one['firstName']} {one['lastName']}"
            for link in store.children("Staff", "session", session["id"])
            if link["staffType"] == "instructor"
            for one in [store.get(link["contact"])]
        ]
        return {
            ("places", "here"): row["max_places"],
            ("address", "here"): row["event_url"],
            ("start", "here"): f"{second['start_date']:%Y-%m-%d %H:%M}",
            ("people", "here"): tuple(sorted(one["name"] for one in taught)),
            ("places", "there"): event["maxPlaces"],
            ("address", "there"): event["customFieldValues"].get(self.url_key()),
            ("start", "there"): session["start"][:16].replace("T", " "),
            ("people", "there"): tuple(sorted(staff)),
        }

    def url_key(self) -> str:
        definitions = self.examined.surroundings.definitions
        return next(d.key for d in definitions if d.entity_type == "Event" and d.label == "URL")

    def session(self) -> dict[str, Any]:
        (row,) = self.office.rows("select external_id from adm.sessions where day_number = 2")
        return self.office.sandbox.store.get(row["external_id"])

    def edit_here(self, name: str, value: Any) -> None:
        if name == "people":
            (second,) = self.office.rows(
                "select id from acted.tutorial_sessions where sequence = 2"
            )
            ids = self.people(value).ids
            statements = [
                "delete from acted.tutorial_session_instructors where tutorialsessions_id = :s",
                *(
                    "insert into acted.tutorial_session_instructors (tutorialsessions_id,"
                    f" tutorialinstructor_id) values (:s, {one})"
                    for one in ids
                ),
            ]
            with self.office.engine.begin() as connection:
                for statement in statements:
                    connection.execute(sa.text(statement), {"s": second["id"]})
            return
        statement = {
            "places": "update adm.events set max_places = :v",
            "address": "update adm.events set event_url = :v",
            "start": "update acted.tutorial_sessions set start_date = cast(:v as timestamptz),"
            " end_date = cast(:v as timestamptz) + interval '3 hours' where sequence = 2",
        }[name]
        with self.office.engine.begin() as connection:
            connection.execute(sa.text("set time zone 'UTC'"))
            connection.execute(sa.text(statement), {"v": value})

    def edit_there(self, name: str, value: Any) -> None:
        store = self.office.sandbox.store
        (event,) = store.all("Event")
        session = self.session()
        if name == "places":
            store.update(event["id"], maxPlaces=value)
        elif name == "address":
            fields = {**event["customFieldValues"], self.url_key(): value}
            store.update(event["id"], customFieldValues=fields)
        elif name == "start":
            start = value.replace(" ", "T")
            end = start.replace("09:30", "12:30")
            store.update(session["id"], start=f"{start}:00Z", end=f"{end}:00Z")
        else:
            for link in list(store.children("Staff", "session", session["id"])):
                if link["staffType"] == "instructor":
                    store.remove(link["id"])
            contacts = {f"{c['firstName']} {c['lastName']}": c["id"] for c in store.all("Contact")}
            for one in value:
                store.add(
                    "Staff", session=session["id"], contact=contacts[one], staffType="instructor"
                )

    # ------------------------------------------------------------------ an import

    def plan(self, event: ResolvedEvent, take: tuple[str, ...]) -> tuple[Any, Any]:
        """The plan of this moment, and what makes it again."""
        office, importer = self.office, self.office.importer
        (row,) = office.rows("select external_id from adm_sync.events")
        there = read_there(importer.client, [row["external_id"]], 1000)
        options = UpdateOptions(read_takes(take))
        around = replace(self.examined.surroundings, there=there, update=options)
        with office.engine.connect() as connection:
            plan = make_plan(connection, [event], None, around)

        def again(connection: sa.Connection, planned: PlannedEvent) -> PlannedEvent | None:
            return next(iter(make_plan(connection, [planned.resolved], None, around).events), None)

        return plan, again

    def carry_out(self, plan: Any, again: Any, reached: Any) -> None:
        office, importer = self.office, self.office.importer
        recorder = Recorder(office.engine, self.workbook_id, self.columns, "a test", again, reached)
        for planned in plan.events:
            recorder.record(planned)
        with office.engine.begin() as connection:
            connection.execute(sa.text("update adm_sync.steps set due_at = now()"))
        options = replace(importer.options.push, workers=1, retry=0.0, attempts=100)
        push(office.engine, importer.client, options, PushListener(reached=reached))


@pytest.fixture(scope="module")
def world(
    _one_ssl_context: None,
    database_server: sa.URL,
    _synced_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    rows = blended(title=TITLE, sessions=2, instructor="", session_instructor=PEOPLE[0])
    with open_office(database_server, _synced_template, tmp_path_factory.mktemp("home")) as office:
        for template in office.sandbox.store.all("CourseTemplate"):
            kept = template["sessions"][:2]
            office.sandbox.store.update(template["id"], sessions=kept)
        given = content(small(rows))
        workbook_id = office.importer.keep(given, "a test")
        examined = office.importer.check(given.partition)
        office.importer.record(given.partition)
        office.importer.push(given.partition)
        office.importer.summary(given.partition)
        with office.engine.connect() as connection:
            columns = recording.existing_columns(connection)
        world = World(office, examined, workbook_id, records_of(office.sandbox), columns)
        world.keep()
        yield world


NAME = st.sampled_from(sorted(CHOICES))
INDEX = st.integers(0, 2)
KILLS = st.none() | st.tuples(st.sampled_from(POINTS), st.integers(1, 2))
MEANWHILE = st.none() | st.tuples(st.sampled_from([World.edit_here, World.edit_there]), NAME, INDEX)
TAKE = st.sampled_from(["", "", "", "workbook", "administrate", "here"])


def histories(world: World) -> type[RuleBasedStateMachine]:
    class Histories(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            world.reset()
            self.workbook = {name: choices[0] for name, choices in CHOICES.items()}
            self.written = world.observe()
            self.wanted = {name: {_value(name, 0)} for name in CHOICES}

        @rule(name=NAME, index=INDEX)
        def correct(self, name: str, index: int) -> None:
            self.workbook[name] = CHOICES[name][index]

        @rule(name=NAME, index=INDEX)
        def somebody_edits_here(self, name: str, index: int) -> None:
            world.edit_here(name, CHOICES[name][index])

        @rule(name=NAME, index=INDEX)
        def somebody_edits_there(self, name: str, index: int) -> None:
            world.edit_there(name, CHOICES[name][index])

        @rule(take=TAKE, kill=KILLS, is_lost=st.booleans(), meanwhile=MEANWHILE)
        def import_it(self, take: str, kill: Any, is_lost: bool, meanwhile: Any) -> None:
            for name, value in self.workbook.items():
                self.wanted[name].add(tuple(sorted(value)) if name == "people" else value)
            event = world.corrected(self.workbook)
            plan, again = world.plan(event, (take,) if take else ())
            assert not plan.rejected, plan.rejected
            if meanwhile:
                self.edit_meanwhile(*meanwhile)
            before = world.observe()
            if is_lost:
                world.office.sandbox.faults.add("drop_after", match="mutation", times=1)
            # What has moved meanwhile here is not changed, and that is said.
            with suppress(Killed, *([DatabaseRefused] if meanwhile else [])):
                world.carry_out(plan, again, _killing(kill))
            world.office.sandbox.faults.clear()
            after = world.observe()
            self.check(plan, before, after, take, is_clean=not (kill or meanwhile))

        def edit_meanwhile(self, edit: Any, name: str, index: int) -> None:
            place = name, "here" if edit is World.edit_here else "there"
            was = world.observe()[place]
            edit(world, name, CHOICES[name][index])
            now = world.observe()[place]
            # Whoever writes just what the import is about to write cannot be told from it.
            if was == self.written[place] and CHOICES[name][index] == self.workbook[name]:
                self.written[place] = now

        def check(
            self, plan: Any, before: State, after: State, take: str, *, is_clean: bool
        ) -> None:
            (events,) = world.office.rows("select count(*) as n from acted.tutorial_events")
            assert events["n"] == len(world.office.sandbox.store.all("Event")) == 1
            for place, value in after.items():
                name, _ = place
                if value == before[place]:
                    continue
                if take:
                    others = {before[name, "here"], before[name, "there"], *self.wanted[name]}
                    assert value in others, (place, before[place], value)
                else:
                    # It was as this project had left it, and is as a workbook says.
                    assert before[place] == self.written[place], (place, before[place], value)
                    assert value in self.wanted[name], (place, before[place], value)
                self.written[place] = value
            if is_clean:
                self.check_plan(plan, before, after)

        def check_plan(self, plan: Any, before: State, after: State) -> None:
            for planned in plan.events:
                for change in planned.update.as_json(Words()) if planned.update else ():
                    name = NAMES.get(change["field"])
                    if name is None:
                        continue
                    shown = change["after"]
                    for where in change["where"]:
                        value = after[name, "here" if where == "here" else "there"]
                        told = ", ".join(value) if name == "people" else day_first(str(value))
                        assert sorted(told.split(", ")) == sorted(shown.split(", "))

        def teardown(self) -> None:
            """Nothing is left open; and where nobody has edited anything, both sides agree."""
            event = world.corrected(self.workbook)
            before = world.observe()
            for _ in range(2):
                plan, again = world.plan(event, ("workbook",))
                world.carry_out(plan, again, lambda _point: None)
            states = world.office.rows("select distinct state from adm_sync.steps")
            assert {one["state"] for one in states} <= {"done", "undone"}, world.office.rows(
                "select kind, state, message from adm_sync.steps where state <> 'done'"
            )
            after = world.observe()
            for name, value in self.workbook.items():
                told = tuple(sorted(value)) if name == "people" else value
                for side in ("here", "there"):
                    # A person's edit that the workbook has nothing to say about stays.
                    assert after[name, side] in {told, before[name, side]}

    return Histories


def _value(name: str, index: int) -> Any:
    value = CHOICES[name][index]
    return tuple(sorted(value)) if name == "people" else value


def _killing(kill: tuple[str, int] | None) -> Any:
    left = kill[1] if kill else 0

    def reached(point: str) -> None:
        nonlocal left
        if kill and point == kill[0]:
            left -= 1
            if left == 0:
                raise Killed

    return reached


def test_no_edit_is_lost_and_both_sides_are_as_planned(world: World) -> None:
    run_state_machine_as_test(
        histories(world),
        settings=settings(
            max_examples=HISTORIES,
            stateful_step_count=10,
            deadline=None,
            phases=[Phase.reuse, Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
