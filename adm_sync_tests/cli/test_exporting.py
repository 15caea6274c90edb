"""Lists that go to files, by every command that has one, and a list that comes back."""

import csv
import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import TITLES

pytestmark = pytest.mark.thorough(all_but_each=3)


def in_csv(file: str) -> list[dict[str, str]]:
    with Path(file).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def sheet_of(file: str) -> Any:
    return load_workbook(file).worksheets[0]


def test_unmatched_goes_out_whole_with_columns_to_decide_in(synced: Workplace) -> None:
    said = synced.run("unmatched", "--csv", "open.csv", "--xlsx", "open.xlsx")

    found = in_csv("open.csv")
    assert all(one["Run id"] for one in found)
    assert len(found) == len(synced.json("unmatched"))
    assert [*found[0]][-2:] == ["Decision", "Reason"]
    assert {row["Decision"] for row in found} == {""}
    assert f"open.csv is written: {len(found)} rows." in said.stderr
    assert sheet_of("open.xlsx").max_row == len(found) + 1
    for name in ("open.csv", "open.xlsx"):
        assert stat.S_IMODE(Path(name).stat().st_mode) == 0o600


def test_the_json_document_stays_alone_on_standard_output(synced: Workplace) -> None:
    done = synced.run("unmatched", "venues", "--json", "--csv", "venues.csv")

    assert len(json.loads(done.stdout)) == len(in_csv("venues.csv"))


def test_a_file_that_is_there_is_replaced_only_by_force(synced: Workplace) -> None:
    Path("open.csv").write_text("mine")

    refused = synced.run("unmatched", "--csv", "open.csv", status=1)

    assert "open.csv is there already. Add --force to replace it." in refused.stderr
    assert Path("open.csv").read_text() == "mine"
    synced.run("unmatched", "--csv", "open.csv", "--force")
    assert in_csv("open.csv")


def test_before_anything_is_sent_it_is_sure_that_the_file_can_be_written(
    waiting: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    missing = waiting.run("push", "--csv", "nowhere/steps.csv", status=1)
    lacking = waiting.run("push", "--parquet", "steps.parquet", status=1)
    twice = waiting.run("push", "--csv", "steps", "--xlsx", "steps", status=2)

    assert "There is no folder" in missing.stderr
    assert "needs the package pyarrow" in lacking.stderr
    assert "Name another file for each format." in twice.stderr
    assert waiting.sandbox.store.all("Event") == []


def test_imports_go_out_whole_whatever_the_limit(done: Workplace) -> None:
    done.execute(
        "insert into adm_sync.workbooks (partition, file_name, sha256, content, source, "
        "received_at) values ('=b', '=b', 'b', 'b', 'a test', now())"
    )

    done.run("imports", "--limit", "1", "--csv", "imports.csv")

    found = in_csv("imports.csv")
    assert [row["State"] for row in found] == ["not imported", "complete"]
    assert found[0]["Partition"] == "'=b"
    assert [row["Created"] for row in found] == ["0", "3"]


def test_one_import_goes_out_with_its_events(done: Workplace) -> None:
    done.run("imports", "events", "--csv", "events.csv")

    found = in_csv("events.csv")
    assert sorted(row["Title"] for row in found) == TITLES
    assert {row["State"] for row in found} == {"in Administrate"}
    assert all(row["External id"] for row in found)


def test_a_push_writes_what_it_did_and_what_is_left(waiting: Workplace) -> None:
    waiting.run("push", "--csv", "first.csv")
    waiting.run("push", "--csv", "second.csv")

    first = in_csv("first.csv")
    assert {row["State"] for row in first} == {"done"}
    assert sorted({row["Event"] for row in first}) == TITLES
    assert in_csv("second.csv") == []


def test_a_comparison_writes_what_differs(done: Workplace) -> None:
    (event, *_) = done.sandbox.store.all("Event")
    done.sandbox.store.remove(str(event["id"]))

    done.run("reconcile", "--last", "--csv", "never.csv")
    done.run("reconcile", "--csv", "differences.csv")
    done.run("reconcile", "--last", "--csv", "last.csv")

    assert in_csv("never.csv") == []
    (found,) = in_csv("differences.csv")
    assert in_csv("last.csv") == [found]
    assert found["Kind"] == "deleted_in_administrate"
    assert found["Title"] == event["title"]


def test_decisions_in_force_go_out(synced: Workplace) -> None:
    ((edinburgh,),) = synced.execute(
        "select id from acted.tutorial_locations where name = 'Edinburgh'"
    )
    synced.run("ignore", "locations", "--tutorial", str(edinburgh), "--why", "=closed")

    synced.run("decisions", "--csv", "decisions.csv")

    (found,) = in_csv("decisions.csv")
    assert (found["Kind"], found["Tutorial id"], found["Why"]) == (
        *("ignore", str(edinburgh), "'=closed"),
    )


def test_a_history_goes_out_whole_whatever_the_limit(synced: Workplace) -> None:
    shown = synced.json("history", "locations", "--limit", "1")
    synced.run("history", "locations", "--limit", "1", "--csv", "history.csv")

    found = in_csv("history.csv")
    assert len(shown["entries"]) == 1
    assert len(found) > 5
    assert {*found[0]} >= {"At", "What", "Field", "Before", "After", "Who"}


# ---------------------------------------------------------------------- coming back


@pytest.fixture
def returned(synced: Workplace) -> str:
    """A list that came back with one decision: Edinburgh has no counterpart."""
    synced.run("unmatched", "locations", "--csv", "open.csv")
    rows = in_csv("open.csv")
    for row in rows:
        if row["Record"] == "Edinburgh":
            row["Decision"], row["Reason"] = "ignore", "given up"
    with Path("open.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0]])
        writer.writeheader()
        writer.writerows(rows)
    return "open.csv"


def test_a_list_that_comes_back_is_decided_in_the_name_of_who_sends_it(
    synced: Workplace, returned: str
) -> None:
    rehearsed = synced.run("decide", returned, "--dry-run").stdout
    assert rehearsed.startswith("1 would be decided; 0 were decided so already.\n")
    assert synced.json("decisions") == []

    said = synced.run("decide", returned, "--who", "rosalind").stdout

    assert said.startswith("1 decided; 0 were decided so already.\n")
    assert said.endswith("The next sync honours them: adm-sync sync locations\n")
    (decision,) = synced.json("decisions")
    assert (decision["kind"], decision["who"], decision["why"]) == (
        *("ignore", "rosalind", "given up"),
    )
    synced.sync("locations")
    assert "Edinburgh" not in synced.run("unmatched", "locations").stdout
    late = synced.run("decide", returned, status=1).stdout
    assert late.startswith("Nothing is decided: 1 finding.\n  ✗ row ")
    assert "Decision comes too late: that is not open any more." in late


def test_what_came_of_a_list_as_json(synced: Workplace, returned: str) -> None:
    document = synced.json("decide", returned, "--dry-run")

    assert set(document) == {"status", "file", "decisions", "findings", "dry_run"}
    (decision,) = document["decisions"]
    assert (decision["kind"], decision["entity"], decision["is_new"]) == (
        *("ignore", "locations", True),
    )
    assert document["findings"] == []


def test_a_file_that_is_not_there_is_a_finding_too(synced: Workplace) -> None:
    document = synced.json("decide", "nothing.xlsx", status=1)

    assert document["status"] == "failed"
    assert document["findings"][0]["code"] == "file_missing"
    assert "There is no file nothing.xlsx." in synced.run("decide", "nothing.xlsx", status=1).stdout
