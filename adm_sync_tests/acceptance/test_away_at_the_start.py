"""Administrate is away when an import begins, and only it knows who an event administrator is."""

import csv
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import remote_titles
from adm_sync_tests.workbooks import blended, lms_only, workbook_bytes

ONLINE, BLENDED = "CB1 online 27A", "CB1 London 27A-01"
# Nobody in the tutorial tables has this name.
CARLA = "Carla Orrington"
ADMINISTRATOR = "Event administrator"


def written(folder: Path, *administrators: str) -> str:
    """A workbook with an online event for each cell, and a blended one with somebody known."""
    rows = [
        lms_only(title=f"{ONLINE} {number}", administrator=cell)
        for number, cell in enumerate(administrators, 1)
    ]
    path = folder / "events.xlsx"
    path.write_bytes(workbook_bytes([*rows, *blended(sessions=2)], blank_rows=2))
    return str(path)


def hire(place: Workplace, name: str = CARLA, *, is_admin: bool = True) -> str:
    """Somebody whom Administrate knows, and the tutorial tables do not."""
    first, last = name.split(maxsplit=1)
    return place.sandbox.store.add("Contact", firstName=first, lastName=last, isAdmin=is_admin)


def leave(place: Workplace, how: str) -> Callable[[], None]:
    """Administrate goes away; gives what brings it back."""
    faults, api = place.sandbox.faults, place.sandbox.api_url
    if how == "nothing listens":
        with socket.create_server(("127.0.0.1", 0)) as once:
            nowhere = f"http://127.0.0.1:{once.getsockname()[1]}/graphql"
        place.set(administrate_instance_url=api, administrate_api_url=nowhere)
    elif how == "503":
        faults.add("status", times=None, code=503)
    else:
        place.set(adm_sync_request_timeout_seconds="0.3")
        faults.add("slow", times=None, seconds=1.0, executed=False)

    def back() -> None:
        faults.clear()
        place.set(administrate_api_url=api, administrate_instance_url=None)
        place.set(adm_sync_request_timeout_seconds=None, adm_sync_retry_budget_seconds="20")

    return back


def of_names(document: Any) -> list[dict[str, Any]]:
    return [one for one in document["findings"] if one["code"].startswith("administrator")]


def stored(place: Workplace) -> list[Any]:
    """The findings about names as they are kept."""
    return place.execute(
        'select severity, code, sheet, row, "column", header, value from adm_sync.findings'
        " where code like 'administrator%' order by id"
    )


def staff(place: Workplace, title: str) -> set[str]:
    """Who is staff of an event of Administrate, besides its instructors."""
    (event,) = [one for one in place.sandbox.store.all("Event") if one["title"] == title]
    return {
        one["contact"]
        for one in place.sandbox.store.children("Staff", "event", event["id"])
        if one["staffType"] == "administrator"
    }


def reported(document: Any) -> tuple[dict[int, str], list[dict[str, str]]]:
    """The report: what the annotated copy says of each row, and the findings of the CSV."""
    copy = Path(document["report"])
    book = openpyxl.load_workbook(copy)
    sheet = book["Import"]
    column = next(cell.column for cell in sheet[1] if cell.value == "adm_sync status")
    said = {row: str(sheet.cell(row, column).value) for row in range(4, 8)}
    book.close()
    with (copy.parent / "events findings.csv").open(encoding="utf-8-sig", newline="") as file:
        return said, list(csv.DictReader(file))


def imported_while_away(place: Workplace, folder: Path) -> Any:
    """What the import says while Administrate is away."""
    document = place.json("import-events", written(folder, CARLA), status=3)
    assert document["status"] == "partial"
    counts = document["events"]
    assert (counts["created"], counts["rejected"], counts["pending"]) == (2, 0, 2)
    assert not any(one["severity"] == "error" for one in document["findings"])
    (waits,) = of_names(document)
    assert (waits["code"], waits["row"]) == ("administrator_not_asked", 4)
    assert place.execute("select count(*) from acted.tutorial_events") == [(2,)]
    return document


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("how", ["nothing listens", "no answer in time"])
def test_nothing_is_rejected_because_it_could_not_be_asked(
    synced: Workplace, tmp_path: Path, how: str
) -> None:
    hire(synced)
    leave(synced, how)
    imported_while_away(synced, tmp_path)


@pytest.mark.thorough
def test_what_could_not_be_asked_is_asked_and_added_when_it_is_back(
    synced: Workplace, tmp_path: Path
) -> None:
    carla = hire(synced)
    back = leave(synced, "503")
    document = imported_while_away(synced, tmp_path)

    back()
    pushed = synced.json("push")
    assert (pushed["status"], pushed["pushed"], pushed["failed"]) == ("succeeded", 2, [])
    assert remote_titles(synced) == [BLENDED, f"{ONLINE} 1"]
    assert staff(synced, f"{ONLINE} 1") == {carla}
    # Nothing of the warning is left, wherever one looks.
    assert stored(synced) == []
    said, findings = reported(document)
    assert said[4].startswith("created")
    assert findings == []
    again = synced.json("import-events", written(tmp_path, CARLA))
    assert (again["status"], again["events"]["unchanged"]) == ("succeeded", 2)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("whose", "hired", "code", "words"),
    [
        ("of all", [], "administrator_unknown", "Administrate has no administrator of that name"),
        (
            "of this workbook",
            [CARLA, CARLA],
            "administrator_ambiguous",
            "can be 2 contacts of Administrate",
        ),
    ],
)
def test_a_name_that_administrate_does_not_know_either_is_found_when_it_is_back(
    synced: Workplace, tmp_path: Path, whose: str, hired: list[str], code: str, words: str
) -> None:
    ids = [hire(synced, name) for name in hired]
    back = leave(synced, "503")
    document = synced.json("import-events", written(tmp_path, CARLA), status=3)
    back()
    pushed = synced.json("push", *([document["partition"]] if whose != "of all" else []), status=1)
    assert (pushed["status"], pushed["pushed"]) == ("failed", 2)
    (failed,) = pushed["failed"]
    assert (failed["event"], failed["step"]) == (f"{ONLINE} 1", "add_event_staff")
    place = (document["findings"][0]["sheet"], 4, "T", ADMINISTRATOR, CARLA)
    assert stored(synced) == [("error", code, *place)]
    said, (finding,) = reported(document)
    assert said[4].startswith("failed")
    assert CARLA in said[4]
    assert words in finding["Finding"]
    (listed,) = synced.json("imports")["imports"]
    assert listed["state"] == "failed"

    # It is mended there, and the failed step gets another chance.
    if hired:
        synced.sandbox.store.update(ids[0], lastName="Orringham")
    else:
        hire(synced)
    assert synced.json("push", "--reopen")["status"] == "succeeded"
    assert stored(synced) == []
    assert reported(document)[0][4].startswith("created")


@pytest.mark.thorough
def test_each_name_of_a_cell_is_told_by_itself_and_the_others_are_added(
    synced: Workplace, tmp_path: Path
) -> None:
    carla = hire(synced)
    back = leave(synced, "503")
    cell = f"{CARLA} / Nobody Atall"
    synced.json("import-events", written(tmp_path, cell, CARLA), status=3)
    assert len(stored(synced)) == 3
    back()
    synced.json("push", status=1)
    ((severity, code, _, row, *_),) = stored(synced)
    assert (severity, code, row) == ("error", "administrator_unknown", 4)
    assert staff(synced, f"{ONLINE} 1") == staff(synced, f"{ONLINE} 2") == {carla}


@pytest.mark.thorough
def test_a_member_of_staff_whom_administrate_lacks_is_found_as_not_linked(
    synced: Workplace, tmp_path: Path
) -> None:
    """A name that the tutorial tables have gives no warning at the start, and can fail as well."""
    (pellow,) = [c for c in synced.sandbox.store.all("Contact") if c["lastName"] == "Pellow"]
    synced.sandbox.store.update(pellow["id"], lastName="Pillow")
    back = leave(synced, "503")
    synced.json("import-events", written(tmp_path, "Marguerite Pellow"), status=3)
    assert stored(synced) == []
    back()
    synced.json("push", status=1)
    found = {(one.code, one.row) for one in stored(synced)}
    assert found == {("administrator_not_linked", 4), ("administrator_not_linked", 5)}
    synced.sandbox.calls.clear()
    synced.json("push", status=1)
    assert "StaffContacts" not in [call.operation for call in synced.sandbox.calls]


@pytest.mark.thorough
def test_a_re_import_asks_and_goes_on(synced: Workplace, tmp_path: Path) -> None:
    carla = hire(synced)
    back = leave(synced, "503")
    path = written(tmp_path, CARLA)
    synced.json("import-events", path, status=3)
    back()
    document = synced.json("import-events", path)
    assert (document["status"], document["events"]["unchanged"]) == ("succeeded", 2)
    assert of_names(document) == []
    assert staff(synced, f"{ONLINE} 1") == {carla}


@pytest.mark.thorough
def test_a_re_import_that_finds_nobody_says_so(synced: Workplace, tmp_path: Path) -> None:
    back = leave(synced, "503")
    path = written(tmp_path, CARLA)
    synced.json("import-events", path, status=3)
    back()
    document = synced.json("import-events", path, status=1)
    (finding,) = of_names(document)
    assert (finding["code"], finding["severity"], finding["row"]) == (
        "administrator_unknown",
        "error",
        4,
    )
    assert document["events"]["failed"] == 1
    assert document["state"] == "failed"
    # It stands, here and there, and lacks somebody only.
    assert document["in_all"]["created"] == 2
    assert f"{ONLINE} 1" in remote_titles(synced)


@pytest.mark.thorough
def test_only_administrators_are_asked_for(synced: Workplace, tmp_path: Path) -> None:
    """A learner of the same name is nobody's administrator, and makes the name no less clear."""
    hire(synced, is_admin=False)
    path = written(tmp_path, CARLA)
    (finding,) = of_names(synced.json("import-events", path, status=3))
    assert finding["code"] == "administrator_unknown"
    carla = hire(synced)
    document = synced.json("import-events", path)
    assert of_names(document) == []
    assert staff(synced, f"{ONLINE} 1") == {carla}


@pytest.mark.thorough
@pytest.mark.parametrize("is_known", [True, False])
def test_one_that_the_same_run_can_ask_after_all_is_told_in_its_end(
    synced: Workplace, tmp_path: Path, is_known: bool
) -> None:
    if is_known:
        hire(synced)
    synced.sandbox.faults.add("errors", match="StaffContacts", message="Not now")
    path = written(tmp_path, CARLA)
    document = synced.json("import-events", path, status=0 if is_known else 1)
    assert document["events"]["pushed"] == 2
    found = [(one["severity"], one["code"]) for one in of_names(document)]
    assert found == ([] if is_known else [("error", "administrator_unknown")])
    said = reported(document)[0]
    assert said[4].startswith("created" if is_known else "failed")
