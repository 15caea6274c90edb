"""What a sync remembers: stamps, counts, changes, discrepancies, runs."""

from datetime import UTC, datetime
from typing import Any

import pytest

from adm_sync.database import acted
from adm_sync.reference.entities import ENTITIES, named
from adm_sync_tests.acceptance import company
from adm_sync_tests.acceptance.stage import Stage, plainly

pytestmark = pytest.mark.thorough(all_but_each=3)

STAMPS = {"created_at", "updated_at", "last_synced"}


def change_everything(stage: Stage) -> None:
    """Each entity gets one new record, one changed, one gone, and what else can happen."""
    store, ids = stage.sandbox.store, stage.administrate
    ids["Event/New"] = store.add("CustomFieldDefinition", entityType="Event", label="New", roles=[])
    store.update(ids["Event/Sitting"], description="The exam sitting")
    store.remove(ids["Contact/Town"])
    ids["Gold"] = store.add("PriceLevel", name="Gold", description="")
    store.update(ids["Early"], name="Early bird")
    ids["Edinburgh"] = store.add("Location", name="Edinburgh")
    store.update(ids["York"], name="New York")
    store.remove(ids["Taff Room, Manchester"])
    ids["Old Mill, Leeds"] = store.add("Venue", name="Old Mill", location=ids["Leeds"])
    store.update(ids["Hall, London"], location=None)
    store.remove(ids["Nora Unknown"])
    ids["Ruth Alone"] = store.add("Contact", firstName="Ruth", lastName="Alone", isInstructor=True)
    store.remove(ids["CB3"])
    store.update(ids["CB1"], eventLearningMode="lms")
    ids["SA1"] = store.add("CourseTemplate", code="SA1", title="New")
    store.update(ids["CB1 Early"], amount="1.00")
    store.remove(ids["CB1 Standard"])
    ids["CP1 Gold"] = company.add_price(store, ids, "CP1", "Gold", "2.00")


# ---------------------------------------------------------------------- stamps


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("name", [entity.name for entity in ENTITIES])
def test_stamps_move_as_the_database_contract_says(stage: Stage, name: str) -> None:
    """`created_at` stays, `updated_at` moves on a change only, `last_synced` on every sight."""
    before = {row["id"]: row for row in stage.rows(name)}
    change_everything(stage)
    began = datetime.now(UTC)
    result = stage.sync_all()[name]
    changed = {one.row_id for one in result.changes}
    for row in stage.rows(name):
        known = before.get(row["id"])
        if known is None:
            assert all(row[stamp] >= began for stamp in STAMPS & row.keys())
            continue
        if "created_at" in row:
            assert row["created_at"] == known["created_at"]
            assert (row["updated_at"] >= began) is (row["id"] in changed)
            assert (row["updated_at"] != known["updated_at"]) is (row["id"] in changed)
        if "last_synced" in row:
            assert row["last_synced"] >= began
        if row["id"] not in changed:
            assert {k: v for k, v in row.items() if k not in STAMPS} == {
                k: v for k, v in known.items() if k not in STAMPS
            }


@pytest.mark.parametrize("name", [entity.name for entity in ENTITIES])
def test_an_unchanged_sync_writes_nothing_but_last_synced(stage: Stage, name: str) -> None:
    """Byte for byte, and where there is no `last_synced` the rows are not even rewritten."""
    before = stage.bridges()
    seen = [row.get("last_synced") for row in stage.rows(name)]
    result = stage.sync_well(name)
    assert stage.bridges() == before
    assert (result.unchanged, result.changes) == (len(seen), [])
    assert stage.changes(result) == {}
    for row, last in zip(stage.rows(name), seen, strict=True):
        assert last is None or row["last_synced"] > last


def test_a_row_that_is_retained_was_not_seen(stage: Stage) -> None:
    before = stage.row("instructors", "Jane Smith")["last_synced"]
    stage.sandbox.store.remove(stage.administrate["Jane Smith"])
    stage.sync_well("instructors")
    assert stage.row("instructors", "Jane Smith")["last_synced"] == before
    assert stage.row("instructors", "Ada Example")["last_synced"] > before


# ---------------------------------------------------------------------- counts


def test_counts_add_up(stage: Stage) -> None:
    """created + updated + unchanged + retained + skipped = records fetched or held by the table."""
    change_everything(stage)
    store, ids = stage.sandbox.store, stage.administrate
    store.add("Location", name="Leeds ")  # ambiguous
    store.remove(ids["London"])  # retained
    store.add("CourseTemplate", id="x" * 60, code="LONG", title="Refused")
    company.add_price(store, ids, "CM2", "Standard", "-1")  # refused
    for entity in ENTITIES:
        before = len(stage.rows(entity.name))
        result = stage.sync(entity.name)
        assert result.status == ("partial" if result.errors else "succeeded")
        after = len(stage.rows(entity.name))
        records = len(store.all(company.KINDS[entity.name]))
        if entity.name == "course_template_price_levels":
            # Prices of a template that has gone are in the store, and in nobody's list.
            records = sum(
                1 for one in store.all("CoursePrice") if one["courseTemplate"] in held(stage)
            )
        total = result.created + result.updated + result.unchanged + result.skipped
        assert total == records, entity.name
        assert after == before + result.created - result.deleted == result.rows
        assert result.errors <= result.skipped
        run = stage.runs(entity.name)[-1]
        assert {name: getattr(run, name) for name in result.counts()} == result.counts()
        assert run.requests == stage.sandbox.calls.requests


def held(stage: Stage) -> set[str]:
    return {record["id"] for record in stage.sandbox.store.all("CourseTemplate")}


# ---------------------------------------------------------------------- changes


def test_every_change_is_kept_with_before_and_after(stage: Stage) -> None:
    before = {
        entity.name: {row["external_id"]: row for row in stage.rows(entity.name)}
        for entity in ENTITIES
    }
    change_everything(stage)
    for name, result in stage.sync_all().items():
        entity = named(name)
        owned = [*entity.columns, *([entity.matched.link] if entity.matched else [])]
        after = {row["external_id"]: row for row in stage.rows(name)}
        differing = {
            key
            for key in before[name].keys() | after.keys()
            if cells(before[name].get(key), owned) != cells(after.get(key), owned)
        }
        kept = {key.split("/")[-1]: row for key, row in stage.changes(result).items()}
        assert kept.keys() == differing
        assert len(kept) == result.created + result.updated + result.deleted
        for key, change in kept.items():
            old, new = cells(before[name].get(key), owned), cells(after.get(key), owned)
            if change.action == "created":
                assert (change.before, change.after) == (None, new)
            elif change.action == "deleted":
                assert (change.before, change.after) == (old, None)
            else:
                fields = {field for field in owned if old[field] != new[field]}
                assert change.before == {field: old[field] for field in fields}
                assert change.after == {field: new[field] for field in fields}


def cells(row: dict[str, Any] | None, columns: list[str]) -> Any:
    return {} if row is None else plainly({column: row[column] for column in columns})


def test_a_change_of_the_link_says_what_kind_it_is(stage: Stage) -> None:
    store, ids = stage.sandbox.store, stage.administrate
    ids["Edinburgh"] = store.add("Location", name="Edinburgh")
    manchester = stage.add(company.add_row, acted.tutorial_locations, name="Manchester")
    store.update(ids["York"], name="Old York")
    ids["New York"] = store.add("Location", name="York")
    result = stage.sync_well("locations")
    changes = stage.changes(result)
    assert changes[ids["Edinburgh"]].action == "created"
    assert changes[ids["Edinburgh"]].after["tutorial_location_id"] == stage.tutorial["Edinburgh"]
    assert changes[ids["Manchester"]].action == "linked"
    assert changes[ids["Manchester"]].after == {"tutorial_location_id": manchester}
    assert changes[ids["York"]].action == "unlinked"
    assert changes[ids["New York"]].action == "created"


# ---------------------------------------------------------------------- discrepancies


def test_a_discrepancy_is_opened_kept_and_closed(stage: Stage) -> None:
    (opened,) = stage.open("locations", "unmatched_tutorial")
    result = stage.sync_well("locations")
    (kept,) = stage.open("locations", "unmatched_tutorial")
    assert (kept.id, kept.first_seen) == (opened.id, opened.first_seen)
    assert kept.last_seen == opened.last_seen, "nothing new is seen of it"
    assert kept.run_id == opened.run_id != result.run_id
    stage.sandbox.store.add("Location", name="Edinburgh")
    stage.sync_well("locations")
    assert stage.open("locations", "unmatched_tutorial") == []
    ((closed_at,),) = stage.execute(
        "select closed_at from adm_sync.discrepancies where id = :id", id=opened.id
    )
    assert closed_at > kept.last_seen


def test_only_a_discrepancy_that_changed_is_written_again(stage: Stage) -> None:
    def versions() -> dict[int, str]:
        found = stage.execute("select id, xmin::text as version from adm_sync.discrepancies")
        return {row.id: row.version for row in found}

    before, (one,) = versions(), stage.open("locations", "unmatched_administrate")
    stage.sync_well("locations")
    assert versions() == before
    stage.sandbox.store.update(one.external_id, name="Manchester Piccadilly")
    stage.sync_well("locations")
    after = versions()
    assert [number for number, version in before.items() if after[number] != version] == [one.id]
    (changed,) = stage.open("locations", "unmatched_administrate")
    assert (changed.label, changed.first_seen) == ("Manchester Piccadilly", one.first_seen)
    assert changed.last_seen > one.last_seen


def test_a_discrepancy_that_comes_again_is_a_new_one(stage: Stage) -> None:
    (first,) = stage.open("locations", "unmatched_tutorial")
    edinburgh = stage.sandbox.store.add("Location", name="Edinburgh")
    stage.sync_well("locations")
    stage.sandbox.store.remove(edinburgh)
    stage.sync_well("locations")
    (second,) = stage.open("locations", "unmatched_tutorial")
    assert second.id > first.id
    assert second.first_seen > first.last_seen


def test_all_six_kinds_are_told_apart(stage: Stage) -> None:
    store, ids = stage.sandbox.store, stage.administrate
    store.add("Location", name="Leeds")  # ambiguous
    store.update(ids["York"], name="New York")  # drifted
    store.remove(ids["London"])  # retained
    stage.note_decision("link", "locations", stage.tutorial["Edinburgh"], "nowhere")  # conflicting
    stage.sync_well("locations")
    found = {one.kind: one for one in stage.open("locations")}
    assert found.keys() == {
        "unmatched_tutorial",
        "unmatched_administrate",
        "ambiguous",
        "drifted",
        "retained",
        "conflicting_link",
    }
    assert found["unmatched_tutorial"].label == "Edinburgh"
    assert found["unmatched_administrate"].label == "Manchester"
    assert found["drifted"].external_id == ids["York"]
    assert found["retained"].external_id == ids["London"]
    assert "nowhere" in found["conflicting_link"].detail


def test_discrepancies_of_one_entity_leave_those_of_another_alone(stage: Stage) -> None:
    before = stage.open("venues")
    stage.sync_well("locations")
    assert stage.open("venues") == before


def test_a_failed_sync_leaves_the_discrepancies_as_they_were(stage: Stage) -> None:
    before = stage.open("locations")
    stage.sandbox.store.add("Location", name="Edinburgh")
    stage.sandbox.faults.add("status", match="query", times=None, code=403)
    assert stage.sync("locations").status == "failed"
    assert stage.open("locations") == before


def test_an_inactive_tutorial_record_takes_no_part(new_stage: Stage) -> None:
    new_stage.execute("update acted.tutorial_locations set is_active = false where name = 'York'")
    result = new_stage.sync_well("locations")
    assert new_stage.linked("locations", "York") is None
    assert "York" not in {one.label for one in result.of_kind("unmatched_tutorial")}
    assert "York" in {one.label for one in result.of_kind("unmatched_administrate")}


def test_a_linked_tutorial_record_that_becomes_inactive_keeps_its_link(stage: Stage) -> None:
    stage.execute("update acted.tutorial_locations set is_active = false where name = 'York'")
    result = stage.sync_well("locations")
    assert stage.linked("locations", "York") == stage.tutorial["York"]
    (drift,) = result.of_kind("drifted")
    assert "inactive" in drift.detail


# ---------------------------------------------------------------------- runs


def test_a_run_says_who_when_and_how_it_ended(stage: Stage) -> None:
    began = datetime.now(UTC)
    result = stage.sync_well("locations", who="Ada", dagster_run_id="run-17")
    run = stage.runs("locations")[-1]
    assert (run.id, run.who, run.dagster_run_id) == (result.run_id, "Ada", "run-17")
    assert run.status == "succeeded"
    assert began <= run.started_at <= run.finished_at <= datetime.now(UTC)
    assert run.details == {"discrepancies": {"unmatched_administrate": 1, "unmatched_tutorial": 1}}
    assert run.seconds >= run.own_seconds > 0
