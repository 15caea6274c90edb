"""The jobs by which a person acts in the Dagster UI: what they do, and what they say of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from adm_sync.defs.build import build_defs
from adm_sync.defs.by_hand import JOBS
from adm_sync.defs.checks import asset_key
from adm_sync.imports.importing import Importer
from adm_sync.reference.entities import BY_NAME
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.defs.importing import (
    BAD,
    GOOD,
    Runner,
    bad_rows,
    content,
    good_rows,
    sentence_of,
)

pytestmark = pytest.mark.thorough(all_but_each=3)

WHO = {"who": "rosalind"}


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


class ByHand:
    """Runs such a job with what a person filled in, and tells what it said."""

    def __init__(self, importer: Importer, instance: dg.DagsterInstance) -> None:
        self.importer, self.instance = importer, instance

    def run(self, job: str, op: str, *, success: bool = True, **config: Any) -> Any:
        result = (
            build_defs(self.importer)
            .resolve_job_def(job)
            .execute_in_process(
                instance=self.instance,
                run_config={"ops": {op: {"config": config}}},
                raise_on_error=False,
            )
        )
        assert result.success is success
        self.events = result.all_events
        if not success:
            failure = result.failure_data_for_node(op)
            assert failure is not None
            assert failure.user_failure_data is not None
            self.shown = values_of(failure.user_failure_data.metadata)
            return sentence_of(result, op)
        (output,) = [event for event in result.all_events if event.is_successful_output]
        return values_of(output.step_output_data.metadata)


def values_of(metadata: Any) -> dict[str, Any]:
    return {
        name: value.value if hasattr(value, "value") else value for name, value in metadata.items()
    }


@pytest.fixture
def by_hand(importer: Importer, instance: dg.DagsterInstance) -> ByHand:
    return ByHand(importer, instance)


def records(table: Any) -> list[dict[str, Any]]:
    return [dict(record.data) for record in table.records]


# ---------------------------------------------------------------------- launchpads


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_every_field_of_a_launchpad_says_what_it_is_for(job: dg.JobDefinition) -> None:
    for node in job.nodes:
        schema = node.definition.config_schema.config_type  # type: ignore[attr-defined]
        fields = schema.fields
        assert fields
        for name, field in fields.items():
            assert field.description, name
            assert field.description[0].isupper(), name
            assert field.description.endswith("."), name
    assert (job.description or "").endswith(".")


def test_a_launchpad_starts_with_every_field_and_does_nothing_for_nobody(
    synced: Workplace, by_hand: ByHand
) -> None:
    for job in JOBS:
        (op,) = job.nodes
        schema = op.definition.config_schema.config_type  # type: ignore[attr-defined]
        filled_in = job.run_config["ops"][op.name]["config"]  # type: ignore[index]
        assert filled_in.keys() == schema.fields.keys()
        assert by_hand.run(job.name, op.name, success=False, **filled_in)
        if "who" in filled_in:
            said = by_hand.run(job.name, op.name, success=False, **{**filled_in, "who": " \u200b"})
            assert said == "Fill in who, your name: it is kept with what you do."


# ---------------------------------------------------------------------- release


def remove_most(place: Workplace) -> None:
    contacts = [one for one in place.sandbox.store.all("Contact") if one["isInstructor"]]
    for contact in contacts[2:]:
        place.sandbox.store.remove(str(contact["id"]))


def test_a_held_plan_is_released_and_the_checks_follow(
    synced: Workplace, by_hand: ByHand, instance: dg.DagsterInstance
) -> None:
    remove_most(synced)
    assert [one.status for one in synced.sync("instructors")] == ["held"]

    said = by_hand.run("release", "release_plan", entity="instructors", **WHO)

    assert said["deleted"] > 5
    assert [one.status for one in synced.sync("instructors")] == ["succeeded"]
    statement = "select settled_by from adm_sync.held_plans where outcome = 'released'"
    assert synced.execute(statement) == [("rosalind",)]
    guards = [
        event.asset_check_evaluation_data
        for event in by_hand.events
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ]
    (guard,) = [one for one in guards if one.check_name == "deletion_guard"]
    assert guard.passed
    key = asset_key(BY_NAME["instructors"])
    assert instance.get_latest_materialization_event(key) is not None


def test_what_is_not_held_is_not_released(synced: Workplace, by_hand: ByHand) -> None:
    said = by_hand.run("release", "release_plan", success=False, entity="venues", **WHO)
    assert said == "No plan of venues is held. There is nothing to release."

    remove_most(synced)
    synced.sync("instructors")
    other = {"entity": "instructors", "plan": 999, **WHO}
    said = by_hand.run("release", "release_plan", success=False, **other)
    assert "Another plan of instructors is held by now" in said
    assert synced.execute("select outcome from adm_sync.held_plans") == [("held",)]


# ---------------------------------------------------------------------- decide


def test_a_decision_is_made_and_taken_back(synced: Workplace, by_hand: ByHand) -> None:
    ((edinburgh,),) = synced.execute(
        "select id from acted.tutorial_locations where name = 'Edinburgh'"
    )
    config = {"entity": "locations", "kind": "IGNORE", "tutorial_id": edinburgh, **WHO}

    said = by_hand.run("decide", "decide_record", why="given up", **config)

    (decision,) = synced.json("decisions")
    assert (decision["who"], decision["why"]) == ("rosalind", "given up")
    assert said["decision"] == decision["id"]
    assert said["state"] == "in force"
    by_hand.run("decide", "decide_record", take_back=True, **config)
    assert synced.json("decisions") == []
    again = by_hand.run("decide", "decide_record", success=False, take_back=True, **config)
    assert again.startswith("No such decision is in force")


@pytest.mark.thorough
def test_two_that_are_linked_are_parted(synced: Workplace, by_hand: ByHand) -> None:
    ((number, external_id),) = synced.execute(
        "select tutorial_location_id, external_id from adm.locations "
        "where tutorial_location_id is not null order by id limit 1"
    )
    ends = {"entity": "locations", "tutorial_id": number, "external_id": external_id}
    job, config = ("decide", "decide_record"), {**ends, "part": True, **WHO}
    said = by_hand.run(*job, success=False, kind="LINK", **config)
    assert said == "part goes with NEVER, and not with take_back."

    shown = by_hand.run(*job, kind="NEVER", **config)

    assert shown["effect"]
    (decision,) = synced.json("decisions")
    assert (decision["kind"], decision["id"]) == ("never", shown["decision"])


def test_a_decision_about_nothing_fails_in_its_sentence(by_hand: ByHand) -> None:
    config = {"entity": "rooms", "kind": "LINK", "tutorial_id": 1, "external_id": "x", **WHO}
    assert "There is no entity 'rooms'" in by_hand.run(
        "decide", "decide_record", success=False, **config
    )


# ---------------------------------------------------------------------- withdraw


def test_a_decision_is_withdrawn_by_its_number(synced: Workplace, by_hand: ByHand) -> None:
    job = ("withdraw", "withdraw_decision")
    said = by_hand.run(*job, success=False, **WHO)
    assert said == "No decision is in force. Nothing was withdrawn."
    synced.run("ignore", "venues", "--administrate", "VEN/1", "--why", "closed")

    said = by_hand.run(*job, success=False, **WHO)

    assert said == "Say which decision, by its number. Nothing was withdrawn."
    (listed,) = records(by_hand.shown["in force"])
    assert (listed["why"], "VEN/1" in listed["says"]) == ("closed", True)
    shown = by_hand.run(*job, decision=listed["decision"], **WHO)
    assert (shown["state"], shown["says"]) == ("taken back", listed["says"])
    assert "sync_venues" in shown["next"]
    assert synced.execute("select withdrawn_by from adm_sync.decisions") == [("rosalind",)]
    again = by_hand.run(*job, success=False, decision=listed["decision"], **WHO)
    assert again.startswith(f"Decision {listed['decision']} is not in force.")


# ---------------------------------------------------------------------- create what is missing


def test_what_is_missing_is_shown_and_then_created(synced: Workplace, by_hand: ByHand) -> None:
    for definition in synced.sandbox.store.all("CustomFieldDefinition"):
        synced.sandbox.store.update(str(definition["id"]), isRequired=False)
    job, config = ("create_missing", "create_records"), {"entity": "course_templates", **WHO}

    shown = by_hand.run(*job, **config)

    found = {one["record"]: one for one in records(shown["each record"])}
    assert found["SA1_LO_2"]["outcome"] == "would be created"
    assert "title «SA1 Advanced Health and Care" in found["SA1_LO_2"]["what"]
    assert (shown["missing"], shown["created"]) == (2, 0)
    only = [found["SA1_LO_2"]["tutorial id"]]
    said = by_hand.run(*job, success=False, only=[*only, 999], carry_out=True, **config)
    assert said == "Nothing is to be created about 999 any more."
    assert by_hand.shown["created"] == 1
    assert found["SP9_BR_3"]["outcome"] == "left out, unless only names it"
    assert found["SP9_BR_3"]["to know"].startswith("Administrate has SP9_BR3")
    said = by_hand.run(*job, success=False, carry_out=True, **config)
    assert said.startswith("1 record was not created: Administrate has something very like it.")
    assert (by_hand.shown["missing"], by_hand.shown["created"]) == (1, 0)
    after = by_hand.run(*job, only=[found["SP9_BR_3"]["tutorial id"]], carry_out=True, **config)
    assert (after["missing"], after["created"]) == (1, 1)


@pytest.mark.thorough
def test_what_is_refused_or_entered_by_hand_is_said(synced: Workplace, by_hand: ByHand) -> None:
    job = ("create_missing", "create_records")
    message = "Codes are closed"
    fault = {"match": "courseTemplate.create", "times": None, "message": message}
    synced.sandbox.faults.add("payload_errors", **fault)
    config = {"entity": "course_templates", "carry_out": True, **WHO}

    said = by_hand.run(*job, success=False, **config)

    assert said.startswith("1 of 1 course templates were not created")
    known = {one["record"]: one["to know"] for one in records(by_hand.shown["each record"])}
    assert known["SA1_LO_2"] == message
    shown = by_hand.run(*job, entity="locations", carry_out=True, **WHO)
    assert shown["not created"] == "Administrate's API cannot create locations."
    assert "Name: Edinburgh" in records(shown["each record"])[0]["what"]


# ---------------------------------------------------------------------- undo


def test_an_undo_is_shown_first_and_then_done(
    synced: Workplace, by_hand: ByHand, importer: Importer, instance: dg.DagsterInstance
) -> None:
    workbook = content(good_rows())
    assert Runner(importer, instance).run(workbook).success
    config = {"partition": workbook.partition, **WHO}

    shown = by_hand.run("undo", "take_back", **config)

    (event,) = records(shown["each event"])
    assert (event["event"], event["to be done"], event["outcome"]) == (GOOD, "delete", "planned")
    assert shown["taken back"] == 0
    assert len(synced.sandbox.store.all("Event")) == 1
    done = by_hand.run("undo", "take_back", carry_out=True, **config)
    assert done["taken back"] == 1
    assert synced.sandbox.store.all("Event") == []
    assert importer.standing(workbook.partition).state == "undone"


def test_an_import_that_there_is_not_fails_in_its_sentence(by_hand: ByHand) -> None:
    said = by_hand.run("undo", "take_back", success=False, partition="nothing", **WHO)

    assert said.startswith("There is no import «nothing».")


# ---------------------------------------------------------------------- a dry run


def test_a_workbook_in_the_inbox_is_rehearsed_and_nothing_is_written(
    synced: Workplace, by_hand: ByHand
) -> None:
    inbox = synced.home / "inbox"
    inbox.mkdir(parents=True)
    workbook = content([*good_rows(), *bad_rows()])
    Path(inbox / "events.xlsx").write_bytes(workbook.data)

    said = by_hand.run("import_dry_run", "rehearse_import", inbox_file="events.xlsx")

    assert {row["event"]: row["outcome"] for row in records(said["plan"])} == {GOOD: "created"}
    assert any(BAD in str(row) or row["row"] for row in records(said["findings"]))
    assert said["events created"] == 1
    assert synced.execute("select count(*) from adm_sync.workbooks") == [(0,)]
    assert synced.sandbox.store.all("Event") == []


@pytest.mark.thorough
def test_a_dry_run_of_no_workbook_or_of_two_fails_in_a_sentence(by_hand: ByHand) -> None:
    both = {"partition": "a", "inbox_file": "b"}
    for config, sentence in (
        ({}, "Say which workbook: by partition, or by inbox_file."),
        (both, "Say which workbook: by partition, or by inbox_file."),
        ({"inbox_file": "b.xlsx"}, "There is no file b.xlsx in the inbox"),
        ({"partition": "a"}, "There is no import «a»."),
    ):
        said = by_hand.run("import_dry_run", "rehearse_import", success=False, **config)
        assert said.startswith(sentence)
