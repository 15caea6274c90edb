"""`import-events --plan`: exactly what a dry run has shown, or nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from adm_sync.imports.arrivals import take_upload
from adm_sync.workbook.reading import Limits
from adm_sync_tests import workbooks
from adm_sync_tests.cli.test_importing import everything, written
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import content, imported, remote, remote_titles

LONDON, BRISTOL = "CB1 London 27A-01", "CB3 Bristol 27A-01"


@pytest.fixture
def good(tmp_path: Path) -> str:
    """A workbook of two events."""
    rows = [*workbooks.blended(sessions=2), *workbooks.classroom()]
    return written(tmp_path / "good.xlsx", *rows)


def shown(place: Workplace, file: str, *options: str, status: int = 0) -> dict[str, Any]:
    """What a dry run says."""
    document: dict[str, Any] = place.json(
        "import-events", file, "--dry-run", *options, status=status
    )
    return document


def test_a_plan_is_known_by_the_same_fingerprint_and_carried_out(
    synced: Workplace, good: str
) -> None:
    fingerprint = shown(synced, good)["fingerprint"]

    text = synced.run("import-events", good, "--dry-run").stdout

    assert text.endswith(f"\nTo import exactly that, or nothing: add --plan {fingerprint}\n")
    done = synced.json("import-events", good, "--plan", fingerprint)
    assert (done["status"], done["events"]["created"], done["events"]["pushed"]) == (
        ("succeeded", 2, 2)
    )
    assert remote_titles(synced) == [LONDON, BRISTOL]


@pytest.mark.thorough
def test_if_the_world_has_moved_nothing_is_written_and_the_rows_are_named(
    synced: Workplace, good: str, tmp_path: Path
) -> None:
    plan = shown(synced, good)
    seen = tmp_path / "plan.json"
    seen.write_text(json.dumps(plan), encoding="utf-8")
    imported(content(*workbooks.classroom(), name="other.xlsx"))
    before, mutations = everything(synced), synced.sandbox.calls.mutations

    held = synced.json("import-events", good, "--plan", plan["fingerprint"], status=1)
    told = synced.run("import-events", good, "--plan", str(seen), status=1)

    assert everything(synced) == before
    assert synced.sandbox.calls.mutations == mutations
    assert held["status"] == "held"
    assert held["message"].startswith("An import would not do any more what was agreed to")
    assert held["differences"] == []  # of the plan before nothing is known but its fingerprint
    assert held["fingerprint"] == shown(synced, good)["fingerprint"] != plan["fingerprint"]
    assert (
        f"  ≠ row 6: {BRISTOL}: it was to be created, and is to be unchanged now\n" in told.stdout
    )
    assert f"row 4: {LONDON}: " not in told.stdout.partition("≠")[2]
    assert "Nothing was written" in told.stderr


@pytest.mark.thorough
def test_a_value_that_administrate_has_changed_meanwhile_is_another_plan(
    synced: Workplace, good: str, tmp_path: Path
) -> None:
    rows = workbooks.blended(sessions=2)
    imported(content(*rows))
    rows[0] = workbooks.changed(rows[0], max_places=18)
    changed = written(tmp_path / "good.xlsx", *rows)
    plan = shown(synced, changed, "--update")
    assert [one["after"] for one in plan["plan"][0]["changes"]] == ["18"]
    event = remote(synced, LONDON)
    synced.sandbox.store.update(event["id"], maxPlaces=20)

    given = (changed, "--update", "--plan", plan["fingerprint"])
    held = synced.json("import-events", *given, status=1)

    assert held["status"] == "held"
    (conflict,) = held["plan"][0]["conflicts"]
    assert conflict == {
        "row": 4,
        "day": None,
        "about": f"{LONDON}: Max places",
        "field": "Max places",
        "written": "14",
        "here": "14",
        "administrate": "20",
        "workbook": "18",
        "reason": "",
    }
    assert remote(synced, LONDON)["maxPlaces"] == 20


@pytest.mark.thorough
def test_another_record_behind_a_name_is_another_plan(synced: Workplace, good: str) -> None:
    plan = shown(synced, good)
    synced.execute("update adm.instructors set external_id = external_id || 'x'")

    held = synced.json("import-events", good, "--plan", plan["fingerprint"], status=1)

    assert held["status"] == "held"
    steps = [[one["steps"] for one in document["plan"]] for document in (plan, held)]
    assert steps[1][0] == ["create_event", "approve_instructors", *steps[0][0][1:]]
    assert held["fingerprint"] != plan["fingerprint"]


def test_what_is_no_plan_is_said(synced: Workplace, good: str, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.json"
    nothing.write_text("[]", encoding="utf-8")

    assert synced.json("import-events", good, "--plan", "0" * 16, status=1)["status"] == "held"
    refused = synced.run("import-events", good, "--plan", str(nothing), status=2)
    assert "is not what import-events --dry-run --json prints" in refused.stderr
    mistyped = synced.run("import-events", good, "--plan", "zz", status=2)
    assert "zz is no fingerprint" in mistyped.stderr
    both = synced.run("import-events", good, "--plan", "0" * 16, "--dry-run", status=2)
    assert "--plan is for the import itself" in both.stderr
    assert remote_titles(synced) == []


@pytest.mark.thorough
def test_a_kept_workbook_is_checked_and_imported_by_its_name(synced: Workplace, good: str) -> None:
    data = Path(good).read_bytes()
    partition = take_upload(synced.engine, "good.xlsx", data, Limits())

    plan = synced.json("import-events", partition, "--kept", "--dry-run")
    done = synced.json("import-events", partition, "--kept", "--plan", plan["fingerprint"])

    assert (plan["partition"], done["partition"]) == (partition, partition)
    assert done["status"] == "succeeded"
    (kept,) = synced.execute("select status, fingerprint, finished_at from adm_sync.dry_runs")
    assert (kept.status, kept.fingerprint) == ("succeeded", plan["fingerprint"])
    missing = synced.run("import-events", "nothing.xlsx-12345678", "--kept", status=1)
    assert "There is no import «nothing.xlsx-12345678»" in missing.stderr
