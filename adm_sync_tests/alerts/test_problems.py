"""What counts as a problem: everything stored that a person has to see to, and nothing else."""

import pytest

from adm_sync.alerts.items import URGENT, Item, Matter, Weight
from adm_sync.alerts.stored import stored
from adm_sync.database.locks import exclusive
from adm_sync.database.states import ProblemKind
from adm_sync.errors import RequestRejected
from adm_sync.reference.sync import LOCK
from adm_sync.refusals import Refusals
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import BLENDED, importer

pytestmark = pytest.mark.thorough(all_but_each=3)


def found(place: Workplace) -> dict[str, Item]:
    """The problems, by what they are known by."""
    return {f"{one.kind} {one.known_as}": one for one in told(place) if one.kind}


def told(place: Workplace) -> list[Item]:
    with place.engine.connect() as connection:
        return stored(connection, "UTC")


def test_where_all_is_well_nothing_is(done: Workplace) -> None:
    assert found(done) == {}


def test_a_sync_that_failed_by_itself_is_one(synced: Workplace) -> None:
    synced.sandbox.faults.add("errors", match="locations", message="No.", times=None)
    synced.sync("locations", "locations")
    began = synced.execute("select max(started_at) from adm_sync.runs where status = 'failed'")

    (one,) = found(synced).values()

    assert (one.kind, one.known_as) == ("failed", "sync locations")
    assert one.since == began[0][0]
    assert one.kind in URGENT
    assert "What needs that was not synced since: the venues" in one.sentence
    assert one.remedy.endswith("adm-sync sync-all")
    assert one.page == "/"


def test_what_an_outage_stops_is_told_with_it_until_it_was_done_again(
    waiting: Workplace,
) -> None:
    waiting.set(adm_sync_retry_budget_seconds="1")
    waiting.sandbox.faults.add("status", code=503, times=None)
    waiting.sync("locations", "price_levels")

    (one,) = found(waiting).values()

    assert (one.kind, one.known_as) == ("failed", "outage")
    assert one.sentence.startswith("Administrate did not answer: ")
    by_that = "By that failed, and was not done again since: the syncs of the price levels and the "
    assert by_that in one.sentence
    assert "For that waits what is recorded of «events.xlsx-" in one.sentence
    assert one.kind in URGENT

    waiting.sandbox.faults.clear()
    waiting.sync("locations")

    pending, again = sorted(found(waiting).values(), key=lambda one: one.matter != Matter.IMPORT)
    assert pending.kind == ProblemKind.PENDING
    assert again.known_as == "outage"
    assert "was not done again since: the syncs of the price levels." in again.sentence
    waiting.sync("price_levels")
    assert [one.kind for one in found(waiting).values()] == [ProblemKind.PENDING]


def test_a_plan_that_is_held_is_one_until_it_is_released(synced: Workplace) -> None:
    for record in synced.sandbox.store.all("PriceLevel"):
        synced.sandbox.store.remove(record["id"])
    synced.sync("price_levels")

    named = found(synced)

    assert list(named) == ["held sync price_levels"]
    assert "adm-sync release price_levels" in named["held sync price_levels"].remedy


def test_credentials_that_are_refused_are_one_until_what_failed_is_done_again(
    synced: Workplace,
) -> None:
    secret = synced.environment["ADMINISTRATE_API_SECRET"]
    synced.set(administrate_api_secret="no-longer-good")
    synced.sync("locations", "price_levels")
    named = found(synced)
    assert list(named) == ["access_refused credentials"]
    assert "the syncs of the price levels and the locations." in str(named)
    assert "no-longer-good" not in str(named)

    synced.set(administrate_api_secret=secret)
    synced.sandbox.faults.add("errors", match="locations", message="No.", times=None)
    synced.sync("locations")

    # That has another cause now, and is told by itself.
    assert set(found(synced)) == {"access_refused credentials", "failed sync locations"}
    assert "the syncs of the price levels." in str(found(synced)["access_refused credentials"])

    synced.sandbox.faults.clear()
    synced.sync("locations", "price_levels")

    assert found(synced) == {}


@pytest.mark.thorough
def test_what_one_document_may_not_do_is_a_problem_of_that_alone(waiting: Workplace) -> None:
    waiting.sandbox.faults.add("status", match="mutation", code=403, times=None)
    with importer() as opened:
        opened.push(None)
    named = [name for name in found(waiting) if name.startswith("access")]
    assert len(named) == 1
    assert named != ["access_refused credentials"]
    waiting.sync("locations")
    assert named[0] in found(waiting)


def test_what_was_refused_together_is_over_once_each_of_it_is_taken(synced: Workplace) -> None:
    refusals = Refusals(synced.engine)
    refusals.hear("update_session and add_event_staff", RequestRejected("Unknown argument."))
    refusals.hear("update_session", None)
    refusals.close()
    assert list(found(synced)) == ["api_changed update_session and add_event_staff"]
    refusals.hear("add_event_staff and update_session", None)
    refusals.close()
    assert found(synced) == {}


@pytest.mark.thorough
def test_a_field_that_is_gone_from_the_api_is_one_until_it_is_back(synced: Workplace) -> None:
    message = "Cannot query field 'code' on type 'Location'."
    synced.sandbox.faults.add("errors", match="locations", message=message, times=None)
    synced.sync("locations")
    named = found(synced)
    assert {"api_changed locations"} == set(named)
    assert "the syncs of the locations." in named["api_changed locations"].sentence
    assert message in named["api_changed locations"].sentence

    synced.sandbox.faults.clear()
    synced.sync("locations")

    assert found(synced) == {}


@pytest.mark.thorough
def test_a_mutation_that_is_gone_from_the_api_is_one(waiting: Workplace) -> None:
    waiting.sandbox.options.internal_notes = "all"
    with importer() as opened, pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "adm_sync.push.lookups.broken_in",
            lambda _schema, names: [(names[0], "no such field")] if names else [],
        )
        opened.push(None)
    (one,) = found(waiting).values()
    assert one.known_as == "what a push sends"
    assert "For that waits what is recorded of «events.xlsx-" in one.sentence
    assert "Creating events would be refused there (no such field)." in one.sentence
    with importer() as opened:
        opened.push(None)
    assert found(waiting) == {}


def test_an_import_is_one_by_its_state(waiting: Workplace) -> None:
    (pending,) = found(waiting).values()
    assert (pending.kind, pending.weight) == (ProblemKind.PENDING, Weight.WAITS)
    assert pending.page.startswith("/imports/events.xlsx-")
    waiting.execute("update adm_sync.steps set message = 'It rained.' where state = 'pending'")
    (pending,) = found(waiting).values()
    assert pending.sentence.endswith("3 pending. It rained.")

    waiting.sandbox.faults.add("payload_errors", match="createBlended", times=None)
    with importer() as opened:
        opened.push(None)
    (failed,) = found(waiting).values()
    assert (failed.kind, failed.subject) == (ProblemKind.FAILED, pending.subject)
    assert "1 failed" in failed.sentence


@pytest.mark.thorough
def test_an_event_that_is_there_twice_is_one(done: Workplace) -> None:
    done.execute(
        "update adm_sync.events set doubled = array['a', 'b'] where title = :title", title=BLENDED
    )
    (one,) = found(done).values()
    assert one.kind == ProblemKind.DOUBLED
    assert one.sentence == f"The event «{BLENDED}» is in Administrate 2 times."
    assert one.page.startswith("/history/event/recorded:")
    assert "reconcile --remove-doubles" in one.remedy


def test_what_somebody_is_at_work_on_may_settle(waiting: Workplace) -> None:
    waiting.execute("update adm_sync.imports set status = 'running'")
    waiting.execute("update adm_sync.runs set status = 'running' where entity = 'venues'")
    assert not any(one.is_settling for one in told(waiting))
    (partition,) = waiting.execute("select partition from adm_sync.workbooks")[0]
    with (
        importer() as opened,
        opened.holding.for_a_while(partition),
        exclusive(waiting.engine, LOCK, 1.0, print),
    ):
        assert found(waiting) == {}
        at_work = [one for one in told(waiting) if one.is_settling]
    assert {one.known_as for one in at_work} == {f"import {partition}", "sync venues"}


# ---------------------------------------------------------------------- what is no import or sync


def of(place: Workplace, matter: Matter) -> list[Item]:
    return [one for one in told(place) if one.matter == matter]


def test_until_when_administrate_is_left_alone_is_said_while_it_lasts(settled: Workplace) -> None:
    settled.execute("insert into adm_sync.holding_back values (1, now() + interval '1 hour')")
    (one,) = of(settled, Matter.ADMINISTRATE)
    assert (one.kind, one.weight) == (ProblemKind.PENDING, Weight.WAITS)
    assert one.sentence.startswith("Administrate has asked to be left alone: nothing is sent")
    settled.execute("update adm_sync.holding_back set until = now() - interval '1 second'")
    assert of(settled, Matter.ADMINISTRATE) == []


def test_what_the_last_comparison_found_is_known_and_no_problem(done: Workplace) -> None:
    assert of(done, Matter.DIFFERENCES) == []
    for event in done.sandbox.store.all("Event"):
        done.sandbox.store.remove(str(event["id"]))
    done.run("reconcile")
    (one, *_) = of(done, Matter.DIFFERENCES)
    assert (one.kind, one.page) == (None, f"/reconcile/{one.subject}")
    assert f"between the two sides in sitting {one.subject}, as of the last" in one.sentence


def test_what_is_due_is_known_beside_the_imports_that_wait_for_it(waiting: Workplace) -> None:
    waiting.execute("update adm_sync.steps set due_at = now() - interval '1 minute'")
    (due,) = of(waiting, Matter.STEPS)
    assert (due.kind, due.weight) == (None, Weight.TOLD)
    assert [one.weight for one in of(waiting, Matter.IMPORT)] == [Weight.WAITS]


def test_a_workbook_that_was_only_checked_waits_for_somebody(settled: Workplace) -> None:
    settled.execute(
        "with kept as (insert into adm_sync.workbooks (partition, sha256, file_name, content,"
        " source, received_at) values ('a.xlsx-1', 'aa', 'a.xlsx', '', '', now()) returning id)"
        " insert into adm_sync.dry_runs (workbook_id, who, started_at, finished_at, message)"
        " select id, 'anna', now(), now(), '' from kept"
    )
    (one,) = of(settled, Matter.IMPORT)
    assert (one.kind, one.page) == (None, "/imports/a.xlsx-1")
    assert one.sentence.startswith("«a.xlsx-1» was checked by anna, and waits for somebody")
    settled.execute(
        "insert into adm_sync.workbooks"
        " (partition, sha256, file_name, content, source, sender, received_at) values"
        " ('b.xlsx-1', 'bb', 'b.xlsx', '', 'desk', 'ben', now() - interval '6 minutes'),"
        " ('c.xlsx-1', 'cc', 'c.xlsx', '', 'desk', 'carla', now())"
    )
    (_, kept) = of(settled, Matter.IMPORT)
    assert (
        kept.sentence == "«b.xlsx-1» was uploaded by ben, is kept, and was not checked to the end."
    )
