"""The sensors, evaluated as the daemon does it: the inbox, and steps that are due."""

import json
import os
from pathlib import Path

import dagster as dg
import pytest

from adm_sync.defs import sensors
from adm_sync.defs.at_work import process_tag
from adm_sync.defs.import_checks import WORKBOOKS
from adm_sync.defs.reference_data import RUN_TAGS
from adm_sync.defs.sensors import PARTITION_TAG
from adm_sync.errors import DatabaseUnreachable
from adm_sync.imports.importing import Importer
from adm_sync.imports.inbox import LocalInbox
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.defs.importing import content, good_rows
from adm_sync_tests.defs.sensor import PACKAGE, Sensor, begun, begun_all
from adm_sync_tests.disks import small_disk

pytestmark = pytest.mark.thorough(all_but_each=3)


@pytest.fixture
def inbox(settled: Workplace, instance: dg.DagsterInstance) -> Sensor:
    return Sensor("inbox_sensor", instance, settled.home / "inbox")


# ---------------------------------------------------------------------- the inbox


def test_a_workbook_that_is_the_same_at_two_looks_is_imported_once(
    inbox: Sensor, settled: Workplace
) -> None:
    inbox.drop("events.xlsx")

    assert "1 file has landed" in inbox.skipped()
    (partition,) = inbox.partitions()

    assert partition == content(PACKAGE).partition
    (request,) = inbox.answer.run_requests
    assert request.run_key.startswith(f"{partition} ")
    assert request.partition_key == partition
    (added,) = inbox.answer.dynamic_partitions_requests
    assert (added.partitions_def_name, added.partition_keys) == (WORKBOOKS.name, [partition])
    assert settled.execute("select partition, source from adm_sync.workbooks") == [
        (partition, "inbox")
    ]
    begun(inbox, dg.DagsterRunStatus.STARTED)
    assert inbox.skipped().endswith("Known already: 1.")


def test_a_workbook_in_the_inbox_changes_known_events_only_if_it_always_may(
    inbox: Sensor, settled: Workplace
) -> None:
    for value, expected in (("no", {}), ("always", True)):
        settled.set(adm_sync_update=value)
        inbox.drop(f"{value}.xlsx", PACKAGE + value.encode())
        inbox.tick()
        inbox.tick()
        (request,) = inbox.answer.run_requests
        checked = request.run_config.get("ops", {}).get("workbook__checked", {}).get("config", {})
        assert checked.get("update", {}) == expected
        begun(inbox, dg.DagsterRunStatus.STARTED)


def test_a_file_that_is_still_being_written_waits(inbox: Sensor) -> None:
    path = inbox.drop("events.xlsx", PACKAGE)
    inbox.tick()
    path.write_bytes(PACKAGE + b"the second half")

    assert "1 file has landed" in inbox.skipped()
    assert len(inbox.partitions()) == 1


@pytest.mark.thorough
def test_a_file_that_is_written_again_in_place_is_another_workbook(inbox: Sensor) -> None:
    path = inbox.drop("events.xlsx", PACKAGE + b"mistake")
    inbox.tick()
    first = inbox.partitions()
    path.write_bytes(PACKAGE + b"correct")

    inbox.tick()
    second = inbox.partitions()

    assert len({*first, *second}) == 2


def test_a_file_that_somebody_has_open_waits_until_it_is_closed(inbox: Sensor) -> None:
    inbox.drop("events.xlsx")
    lock = inbox.drop("~$events.xlsx")

    assert inbox.skipped().startswith("Nothing new in ")
    assert inbox.skipped().startswith("Nothing new in ")
    lock.unlink()
    inbox.tick()

    assert len(inbox.partitions()) == 1


def test_the_same_bytes_under_two_names_are_one_workbook(inbox: Sensor) -> None:
    inbox.drop("a.xlsx")
    inbox.drop("b.xlsx")
    inbox.tick()

    assert inbox.partitions() == [content(PACKAGE, "a.xlsx").partition]


def test_bytes_that_were_imported_before_are_not_imported_again(
    inbox: Sensor, importer: Importer
) -> None:
    workbook = content(good_rows())
    importer.keep(workbook, "the command line")
    importer.check(workbook.partition)
    importer.summary(workbook.partition)
    sensor = Sensor("inbox_sensor", inbox.instance, inbox.inbox)
    sensor.drop("under another name.xlsx", workbook.data)
    sensor.tick()

    assert sensor.skipped().endswith("Known already: 1.")


def test_a_workbook_whose_tick_was_broken_off_is_asked_for_again(inbox: Sensor) -> None:
    inbox.drop("events.xlsx")
    inbox.tick()
    first = inbox.partitions()
    asked = inbox.answer.run_requests[0].run_key
    # The daemon died before it had made the run; the run's key makes sure that there is never a
    # second one.

    assert inbox.partitions() == first
    assert inbox.answer.run_requests[0].run_key == asked


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("status", [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING])
def test_nothing_is_asked_for_while_a_run_of_it_waits_or_works(
    inbox: Sensor, status: dg.DagsterRunStatus
) -> None:
    path = inbox.drop("events.xlsx")
    inbox.tick()
    inbox.tick()
    begun(inbox, status)
    path.touch()
    inbox.tick()

    assert inbox.skipped().endswith("Known already: 1.")


@pytest.mark.thorough
def test_a_workbook_whose_run_was_cancelled_is_imported_when_it_is_dropped_again(
    inbox: Sensor,
) -> None:
    path = inbox.drop("events.xlsx")
    inbox.tick()
    inbox.tick()
    partition = begun(inbox, dg.DagsterRunStatus.CANCELED)

    said = inbox.skipped()
    assert f"run the partition {partition} of import_events again, or drop the file again" in said
    path.unlink()
    inbox.drop("events.xlsx")
    inbox.tick()

    assert inbox.partitions() == [partition]


def test_a_file_replaced_by_another_of_equal_size_and_time_is_seen(inbox: Sensor) -> None:
    path = inbox.drop("events.xlsx", PACKAGE + b"A")
    inbox.tick()
    first = inbox.partitions()
    begun(inbox, dg.DagsterRunStatus.SUCCESS)
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    other = inbox.drop("other.tmp", PACKAGE + b"B")
    os.utime(other, ns=times)
    other.replace(path)
    inbox.tick()

    assert inbox.partitions() not in ([], first)


def test_what_is_not_taken_is_named_once_with_the_reason(
    inbox: Sensor, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    inbox.drop("events.csv")
    inbox.drop("events.ods")
    inbox.drop("word.xlsx", b"PK word/document.xml")
    inbox.drop("old.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    (inbox.inbox / "folder").mkdir()
    secret = tmp_path / "secret.xlsx"
    secret.write_bytes(PACKAGE)
    (inbox.inbox / "link.xlsx").symlink_to(secret)
    os.mkfifo(inbox.inbox / "pipe.xlsx")

    inbox.tick()
    inbox.tick()
    said = inbox.skipped()

    assert "Not taken: 7." in said
    logged = [record.getMessage() for record in caplog.records if record.name == "adm_sync.imports"]
    names = ("events.csv", "events.ods", "word.xlsx", "old.xlsx", "folder", "link.xlsx", "pipe")
    for name in names:
        assert sum(name in sentence for sentence in logged) == 1, name


def test_a_workbook_with_a_database_like_this_keeps_only_what_looks_like_one(
    inbox: Sensor, settled: Workplace
) -> None:
    inbox.drop("shadow.xlsx", b"root:x:0:0")
    inbox.drop("events.xlsx")
    inbox.tick()
    inbox.tick()

    assert settled.execute("select file_name from adm_sync.workbooks") == [("events.xlsx",)]


def test_a_link_that_takes_a_workbooks_place_is_not_followed(
    inbox: Sensor, settled: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the opening."""
    path = inbox.drop("events.xlsx")
    inbox.tick()
    secret = tmp_path / "secret.xlsx"
    secret.write_bytes(PACKAGE + b" secret")
    found = LocalInbox(inbox.inbox).look()
    path.unlink()
    path.symlink_to(secret)
    with monkeypatch.context() as patch:
        patch.setattr(LocalInbox, "look", lambda _: found)
        inbox.tick()

    assert settled.execute("select 1 from adm_sync.workbooks") == []
    inbox.tick()
    assert "link" in inbox.skipped()


@pytest.mark.thorough
def test_a_file_that_is_refused_is_named_and_not_tried_again(
    inbox: Sensor, settled: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    settled.set(adm_sync_workbook_megabytes="0.001")
    inbox.drop("large.xlsx", PACKAGE + b"." * 2000)
    inbox.drop("small.xlsx")
    inbox.tick()

    assert inbox.partitions() == [content(PACKAGE, "small.xlsx").partition]
    begun(inbox, dg.DagsterRunStatus.STARTED)
    monkeypatch.setattr(LocalInbox, "read", lambda *_: pytest.fail("it was tried again"))
    said = inbox.skipped()

    assert "Known already: 1. Not taken: 1. large.xlsx has 0.0 megabytes" in said
    (inbox.inbox / "large.xlsx").unlink()
    assert "Not taken" not in inbox.skipped()


def test_what_cannot_be_kept_now_is_tried_again(
    inbox: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.drop("events.xlsx")
    inbox.tick()

    def lost(*_: object, **__: object) -> None:
        raise DatabaseUnreachable("The connection was lost.")

    with monkeypatch.context() as patch:
        patch.setattr(LocalInbox, "read", lost)
        with pytest.raises(DatabaseUnreachable):
            inbox.tick()

    assert len(inbox.partitions()) == 1


@pytest.mark.thorough
def test_many_workbooks_are_taken_in_by_and_by(inbox: Sensor) -> None:
    for number in range(sensors.WORKBOOKS_A_TICK + 1):
        inbox.drop(f"{number:02}.xlsx", PACKAGE + b"%d" % number)
    inbox.tick()

    assert len(inbox.partitions()) == sensors.WORKBOOKS_A_TICK
    begun_all(inbox)
    assert len(inbox.partitions()) == 1
    begun_all(inbox)
    assert inbox.skipped().endswith(f"Known already: {sensors.WORKBOOKS_A_TICK + 1}.")


def test_what_an_earlier_version_remembered_is_understood_once(
    inbox: Sensor, settled: Workplace
) -> None:
    """It had every file in the sensor's cursor; one that was changed since is new."""
    files = [inbox.drop(f"{n}.xlsx", PACKAGE + b"%d" % n) for n in range(60)]
    signs = {path.name: f"{path.stat().st_size}:{path.stat().st_mtime_ns}" for path in files}
    refused = {"1.xlsx": "1.xlsx is no workbook."}
    inbox.cursor = json.dumps({"seen": {}, "done": signs | {"2.xlsx": "1:1"}, "refused": refused})

    said = inbox.skipped()

    assert said.startswith("1 file has landed")
    assert "Known already: 58. Not taken: 1. 1.xlsx is no workbook." in said
    assert inbox.cursor == "{}"
    assert inbox.partitions() == [content(PACKAGE + b"2", "2.xlsx").partition]
    assert len(settled.execute("select 1 from adm_sync.workbooks")) == 1


def test_an_inbox_that_cannot_be_read_is_said(
    settled: Workplace, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settled.set(adm_sync_inbox=str(tmp_path / "file"))

    said = Sensor("inbox_sensor", instance, tmp_path).skipped()

    assert said == f"The inbox {tmp_path / 'file'} cannot be read: File exists."


def test_an_inbox_at_no_address_is_a_sentence(
    settled: Workplace, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    settled.set(adm_sync_inbox="ftp://hidden-value/inbox")

    said = Sensor("inbox_sensor", instance, tmp_path).skipped()

    assert said.startswith("ADM_SYNC_INBOX is wrong: must be a path, or a URL that begins with ")
    assert "hidden-value" not in said


def test_an_inbox_that_a_full_disk_has_no_room_for_is_said(
    settled: Workplace, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk", "nr_inodes=1") as disk:
        settled.set(adm_sync_inbox=str(disk / "inbox"))

        said = Sensor("inbox_sensor", instance, tmp_path).skipped()

    assert said.startswith(f"The inbox {disk / 'inbox'} cannot be read: A disk is full")


# ---------------------------------------------------------------------- steps that are due


@pytest.fixture
def due(
    importer: Importer, synced: Workplace, instance: dg.DagsterInstance, tmp_path: Path
) -> Sensor:
    """The sensor, with a workbook that is recorded and not pushed."""
    workbook = content(good_rows())
    importer.keep(workbook, "a test")
    importer.record(workbook.partition)
    return Sensor("due_steps_sensor", instance, tmp_path)


@pytest.mark.thorough
def test_due_steps_are_pushed_less_and_less_often_while_nothing_comes_of_it(
    due: Sensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_800_000_000.0
    monkeypatch.setattr(sensors.time, "time", lambda: now)
    due.tick()
    (request,) = due.answer.run_requests
    assert request.run_key == "due 1800000000"
    assert request.tags.items() >= RUN_TAGS.items()

    minutes = []
    for minute in (1, 2, 3, 5, 7, 14, 15, 29, 30, 44, 45):
        monkeypatch.setattr(sensors.time, "time", lambda now=now + 60 * minute: now)
        due.tick()
        if due.answer.run_requests:
            minutes.append(minute)
        else:
            assert "The last push got nothing done" in str(due.answer.skip_message)

    assert minutes == [1, 3, 7, 15, 30, 45]


@pytest.mark.thorough
def test_nothing_is_asked_for_when_nothing_is_due(
    due: Sensor, importer: Importer, synced: Workplace
) -> None:
    due.tick()
    importer.push(None)

    assert due.skipped() == "Nothing is due."

    synced.execute("update adm_sync.steps set state = 'retry', due_at = now() - interval '1 s'")
    due.tick()
    assert len(due.answer.run_requests) == 1


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("job", ["push_pending", "import_events"])
def test_nothing_is_asked_for_while_something_is_pushing(
    due: Sensor, instance: dg.DagsterInstance, job: str
) -> None:
    instance.add_run(
        dg.DagsterRun(job_name=job, status=dg.DagsterRunStatus.STARTED, tags=process_tag())
    )

    assert due.skipped() == f"A run of {job} is not finished, and pushes by itself."


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("is_its_own", [False, True])
def test_imports_one_after_the_other_keep_nothing_else_from_its_turn(
    due: Sensor,
    synced: Workplace,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    is_its_own: bool,
) -> None:
    """What the import that is at work has brought, it pushes itself, however long it takes."""
    now = 1_800_000_000.0
    ((own,),) = synced.execute("select partition from adm_sync.workbooks")
    partition = own if is_its_own else "another.xlsx-01234567"
    tags = {**process_tag(), PARTITION_TAG: partition}
    started = dg.DagsterRunStatus.STARTED
    instance.add_run(dg.DagsterRun(job_name="import_events", status=started, tags=tags))
    asked = []
    for minute in (0, 1, 14, 15, 16, 30, 31):
        monkeypatch.setattr(sensors.time, "time", lambda now=now + 60 * minute: now)
        due.tick()
        if due.answer.run_requests:
            asked.append(minute)
        else:
            assert "A run of import_events is not finished" in str(due.answer.skip_message)
    assert asked == ([] if is_its_own else [15, 31])
