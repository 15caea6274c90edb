"""The jobs by which a person acts on events of workbooks: doubles, links, conflicts, failures."""

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest

from adm_sync.imports.importing import Importer
from adm_sync_tests.cli.test_doubles import delete
from adm_sync_tests.cli.test_pushing import twin
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.defs.importing import Runner, content, good_rows, opened_importer
from adm_sync_tests.defs.test_by_hand import WHO, ByHand, records
from adm_sync_tests.imports.imported import BLENDED, ONLINE, remote, three_events
from adm_sync_tests.workbooks import blended, classroom, lms_only

pytestmark = pytest.mark.thorough(all_but_each=7)

WHO_CALLED = "select distinct who from adm_sync.calls where who = 'rosalind'"


@pytest.fixture
def by_hand(done: Workplace) -> Iterator[ByHand]:
    with opened_importer(done) as importer, dg.DagsterInstance.ephemeral() as instance:
        yield ByHand(importer, instance)


@pytest.fixture
def double(done: Workplace, by_hand: ByHand) -> tuple[str, str]:
    """The ids of the linked event and of one that is the same; that is known here."""
    first, other = str(remote(done, ONLINE)["id"]), twin(done, ONLINE)
    by_hand.importer.reconcile()
    return first, other


def there(place: Workplace) -> set[str]:
    return {str(one["id"]) for one in place.sandbox.store.all("Event")}


def evaluated(by_hand: ByHand, check: str) -> list[bool]:
    return [
        event.asset_check_evaluation_data.passed
        for event in by_hand.events
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
        and event.asset_check_evaluation_data.check_name == check
    ]


def failed_with(by_hand: ByHand, job: str, op: str, **config: Any) -> tuple[str, dict[str, Any]]:
    """Why a run is red, and what it shows."""
    return by_hand.run(job, op, success=False, **config), by_hand.shown


def test_doubles_are_shown_and_then_removed(
    done: Workplace, by_hand: ByHand, double: tuple[str, str]
) -> None:
    first, other = double
    job = ("remove_doubles", "remove_what_is_too_many")

    said, shown = failed_with(by_hand, *job, **WHO)

    assert said.startswith("1 of 1 events are still one too many in Administrate: with carry_out")
    (event,) = records(shown["each event"])
    assert event["outcome"] == f"would be removed; {first} stays"
    assert shown["removed"] == 0
    assert {first, other} <= there(done)
    said, _ = failed_with(by_hand, *job, carry_out=True, only=["E/0"], **WHO)
    assert said == "Nothing is proposed about E/0 any more."
    assert {first, other} <= there(done)

    after = by_hand.run(*job, carry_out=True, **WHO)

    assert after["removed"] == 1
    assert other not in there(done)
    assert done.execute(WHO_CALLED) == [("rosalind",)]
    assert evaluated(by_hand, "doubled_events") == [True]
    assert by_hand.run(*job, carry_out=True, **WHO)["events"] == 0


def test_what_is_left_is_shown_and_then_linked(
    done: Workplace, by_hand: ByHand, double: tuple[str, str]
) -> None:
    first, other = double
    delete(done, first)
    job = ("relink", "link_what_is_left")

    shown = by_hand.run(*job, **WHO)

    (event,) = records(shown["each event"])
    assert event["outcome"] == f"would be linked instead of {first}"
    assert (shown["proposed"], shown["linked"]) == (1, 0)
    after = by_hand.run(*job, carry_out=True, **WHO)
    assert after["linked"] == 1
    assert "push_pending" in after["next"]
    statement = "select external_id from adm_sync.events where title = :title"
    assert done.execute(statement, title=ONLINE) == [(other,)]
    assert by_hand.run(*job, carry_out=True, **WHO)["events"] == 0


def test_a_conflict_is_shown_with_its_values_and_decided(done: Workplace, by_hand: ByHand) -> None:
    rows = blended(title=BLENDED, sessions=2, max_places=20)
    rows += classroom(title="CB1 London 27A-02")
    workbook = content([*rows, lms_only()], "corrected.xlsx")
    runner = Runner(by_hand.importer, by_hand.instance)
    assert runner.run(workbook).success
    event = remote(done, BLENDED)
    done.sandbox.store.update(event["id"], maxPlaces=18)
    config = {"partition": workbook.partition, "update": True}

    shown = by_hand.run("import_dry_run", "rehearse_import", **config)

    (conflict,) = records(shown["conflicts"])
    assert (conflict["workbook"], conflict["administrate"]) == ("20", "18")
    (about,) = (conflict[name] for name in conflict if name.startswith("take"))
    takes = [f"{about}=workbook"]
    decided = by_hand.run("import_dry_run", "rehearse_import", **config, take=takes)
    assert "conflicts" not in decided
    told = decided["launchpad of import_events to do so"]
    assert runner.run(workbook, config=told["ops"]).success
    assert remote(done, BLENDED)["maxPlaces"] == 20


def test_only_some_events_are_undone(done: Workplace, by_hand: ByHand) -> None:
    partition, event = three_events().partition, str(remote(done, ONLINE)["id"])
    config = {"partition": partition, "carry_out": True, "only": [event], **WHO}

    assert by_hand.run("undo", "take_back", **config)["taken back"] == 1

    assert event not in there(done)
    assert len(there(done)) == 2


def test_failed_steps_are_pushed_again(
    synced: Workplace, importer: Importer, fresh: dg.DagsterInstance
) -> None:
    by_hand, workbook = ByHand(importer, fresh), content(good_rows())
    fault = {"match": "createBlended", "times": None, "message": "The template is closed"}
    synced.sandbox.faults.add("payload_errors", **fault)
    assert not Runner(importer, fresh).run(workbook).success
    job = ("reopen", "reopen_steps")

    said, shown = failed_with(by_hand, *job, partition=workbook.partition, **WHO)

    assert "The template is closed" in said
    assert (shown["steps reopened"], shown["failed steps"]) == (1, 1)
    synced.sandbox.faults.clear()
    after = by_hand.run(*job, partition=workbook.partition, **WHO)
    assert (after["steps reopened"], after["events created"]) == (1, 1)
    assert after["annotated copy"]
    assert importer.standing(workbook.partition).state == "complete"
    assert by_hand.run(*job, **WHO)["steps reopened"] == 0


@pytest.fixture
def fresh() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


def test_the_sheet_that_is_meant_is_imported(
    synced: Workplace, importer: Importer, fresh: dg.DagsterInstance
) -> None:
    workbook = content(good_rows())
    config = {"workbook__checked": {"config": {"sheet": "No such sheet"}}}

    assert not Runner(importer, fresh).run(workbook, config=config).success

    assert importer.kept(workbook.partition)[2] == "No such sheet"
    config = {"workbook__checked": {"config": {"sheet": "Import"}}}
    assert Runner(importer, fresh).run(workbook, config=config).success
