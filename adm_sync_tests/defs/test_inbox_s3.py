"""An inbox in an S3 bucket, and the storage there, against a server."""

import io
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from adm_sync.cli.main import cli
from adm_sync.defs import sensors
from adm_sync.imports.importing import Importer
from adm_sync.reference.listing import write_list
from adm_sync.reference.results import EntityResult
from adm_sync.remote import RemoteFolder, forget_ways, remote_folder
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.defs.importing import Runner, bad_rows, content, good_rows, opened_importer
from adm_sync_tests.defs.sensor import PACKAGE, Sensor, begun, begun_all
from adm_sync_tests.file_servers import KEY, KEY_ID, Bucket, s3_bucket

INBOX, STORAGE = "s3://office/inbox", "s3://office/storage"


@pytest.fixture(scope="module")
def server() -> Iterator[Bucket]:
    with pytest.MonkeyPatch.context() as patch, s3_bucket(patch) as bucket:
        yield bucket


@pytest.fixture
def bucket(server: Bucket) -> Iterator[Bucket]:
    yield server
    server.clear()


@pytest.fixture
def inbox(settled: Workplace, bucket: Bucket, instance: dg.DagsterInstance) -> Sensor:
    settled.set(adm_sync_inbox=INBOX)
    return Sensor("inbox_sensor", instance, settled.home)


def test_a_workbook_is_imported_once_it_is_the_same_at_two_looks(
    inbox: Sensor, bucket: Bucket
) -> None:
    assert inbox.skipped() == f"Nothing new in {INBOX}."
    bucket.put("inbox/events.xlsx", PACKAGE)
    assert "1 file has landed" in inbox.skipped()
    bucket.put("inbox/events.xlsx", PACKAGE + b"A")
    assert "1 file has landed" in inbox.skipped()

    assert inbox.partitions() == [content(PACKAGE + b"A").partition]

    begun(inbox, dg.DagsterRunStatus.STARTED)
    bucket.put("inbox/the same.xlsx", PACKAGE + b"A")
    inbox.tick()
    assert inbox.skipped().endswith("Known already: 2.")
    # Of the same size, within the second that a store's times are told in.
    bucket.put("inbox/events.xlsx", PACKAGE + b"B")
    inbox.tick()
    assert inbox.partitions() == [content(PACKAGE + b"B").partition]


@pytest.mark.thorough
def test_what_is_not_taken_is_named_once_and_not_read(
    inbox: Sensor,
    bucket: Bucket,
    settled: Workplace,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settled.set(adm_sync_workbook_megabytes="0.001")
    refused = ("events.csv", "folder/a.xlsx", "empty.xlsx", "large.xlsx", "word.xlsx", ".hid.xlsx")
    for name in refused:
        bucket.put(f"inbox/{name}", b"." * 2000 if name == "large.xlsx" else b"PK word")
    bucket.put("inbox/empty.xlsx", b"")
    passed_over = ("", "~$open.xlsx", "open.xlsx", "half.xlsx.part", "../above.xlsx")
    for name in passed_over:
        bucket.put(f"inbox/{name}", PACKAGE)
    bucket.put("inbox/a [b]*?#%41\x07é.xlsx", PACKAGE)
    read = []
    reading = RemoteFolder.read

    def noting(folder: RemoteFolder, name: str, most: int) -> bytes:
        if str(folder).endswith("/inbox"):
            read.append(name)
        return reading(folder, name, most)

    monkeypatch.setattr(RemoteFolder, "read", noting)
    inbox.tick()

    assert inbox.partitions() == [content(PACKAGE, "a [b]*?#%41_é.xlsx").partition]
    begun(inbox, dg.DagsterRunStatus.STARTED)
    said = inbox.skipped()

    assert f"Known already: 1. Not taken: {len(refused)}." in said
    assert sorted(read) == ["a [b]*?#%41\x07é.xlsx", "word.xlsx"]
    logged = [record.getMessage() for record in caplog.records if record.name == "adm_sync.imports"]
    for name in refused:
        assert sum(name.partition("/")[0] in sentence for sentence in logged) == 1, name


@pytest.mark.thorough
def test_a_listing_that_fails_is_a_sentence_and_forgets_nothing(
    inbox: Sensor, bucket: Bucket, settled: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket.put("inbox/events.xlsx", PACKAGE)
    inbox.tick()
    inbox.tick()
    begun(inbox, dg.DagsterRunStatus.STARTED)
    said = []

    with bucket.refusing():
        said.append(inbox.skipped())
    with monkeypatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        forget_ways()
        said.append(inbox.skipped())
    with monkeypatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.delenv(name)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
        forget_ways()
        said.append(inbox.skipped())
    forget_ways()
    for url in ("s3://nowhere/inbox", "s3://nowhere"):
        settled.set(adm_sync_inbox=url)
        said.append(inbox.skipped())
    settled.set(adm_sync_inbox=INBOX)

    refused, away, without, *no_bucket = said
    assert refused.startswith(f"The inbox {INBOX} cannot be read: it is refused; check the cred")
    assert away == f"The inbox {INBOX} cannot be read: there is no connection to it."
    assert "no credentials for it were found" in without
    assert all(one.endswith("cannot be read: there is no bucket nowhere.") for one in no_bucket)
    assert inbox.skipped().endswith("Known already: 1.")
    log = (settled.home / "adm-sync.log").read_text()
    assert "EndpointConnectionError" in log
    assert KEY not in log
    assert KEY_ID not in log


@pytest.mark.thorough
def test_a_workbook_that_cannot_be_read_now_waits_and_holds_up_no_other(
    inbox: Sensor, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensors, "WORKBOOKS_A_TICK", 1)
    for name in ("a", "b"):
        bucket.put(f"inbox/{name}.xlsx", PACKAGE + name.encode())
    inbox.tick()
    with monkeypatch.context() as patch:
        patch.setattr("adm_sync.remote.SECONDS_TO_READ", 1e-9)
        said = inbox.skipped()

    assert "«a.xlsx» waits: s3://office/inbox/a.xlsx cannot be read: it did not answer in" in said
    # To the library this is a version of another file.
    bucket.put("inbox/c?versionId=1.xlsx", PACKAGE)
    assert inbox.partitions() == [content(PACKAGE + b"b", "b.xlsx").partition]
    begun(inbox, dg.DagsterRunStatus.STARTED)
    assert inbox.partitions() == [content(PACKAGE + b"a", "a.xlsx").partition]
    begun(inbox, dg.DagsterRunStatus.STARTED)
    assert "«c?versionId=1.xlsx» waits: it was listed, and was not there" in inbox.skipped()


@pytest.mark.thorough
def test_thousands_of_files_are_listed_once_a_tick_and_taken_in_by_and_by(
    inbox: Sensor, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    count, a_tick = 1100, 3  # a list of S3's has 1,000 at most
    monkeypatch.setattr(sensors, "WORKBOOKS_A_TICK", a_tick)
    monkeypatch.setattr(sensors, "WORKBOOKS_WAITING", 2 * a_tick - 1)
    bucket.fill("inbox", count, PACKAGE)
    listed = []
    listing = RemoteFolder.listed

    def noting(folder: RemoteFolder) -> list[object]:
        listed.append(folder)
        return list(listing(folder))

    monkeypatch.setattr(RemoteFolder, "listed", noting)

    assert inbox.skipped().startswith(f"{count} files have landed")
    first = inbox.partitions()
    begun_all(inbox)
    second = inbox.partitions()
    begun_all(inbox)
    said = inbox.skipped()

    assert len({*first, *second}) == 2 * a_tick - 1
    assert len(listed) == 4
    assert f"Nothing is taken in while {2 * a_tick - 1} imports wait or work" in said
    assert f"Known already: {2 * a_tick - 1}." in said


# ---------------------------------------------------------------------- the storage


@pytest.fixture
def importer(synced: Workplace, bucket: Bucket) -> Iterator[Importer]:
    synced.set(
        adm_sync_storage=STORAGE, adm_sync_storage_link="https://files.example.com/?at=storage"
    )
    with opened_importer(synced) as importer:
        yield importer


def cells_of(workbook: bytes) -> list[object]:
    sheets = load_workbook(io.BytesIO(workbook)).worksheets
    return [cell for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row]


@pytest.mark.thorough
def test_a_report_goes_to_the_storage_and_is_written_again_from_the_database(
    importer: Importer,
    synced: Workplace,
    bucket: Bucket,
    instance: dg.DagsterInstance,
    tmp_path: Path,
) -> None:
    workbook = content([*good_rows(), *bad_rows()], "Sitting [27A].xlsx")
    runner = Runner(importer, instance)

    result = runner.run(workbook)

    assert result.success
    copy = f"storage/reports/{workbook.partition}/Sitting [27A] (checked).xlsx"
    assert f"storage/reports/{workbook.partition}/Sitting [27A] findings.csv" in bucket.all_keys()
    whole = cells_of(bucket.get(copy))
    assert any("rejected" in str(cell) for cell in whole)
    (made,) = result.asset_materializations_for_node("workbook__report")
    assert made.metadata["annotated copy"] == dg.MetadataValue.path(f"s3://office/{copy}")
    assert str(made.metadata["annotated copy, in a browser"].value).startswith(
        "https://files.example.com/?at=storage/reports/Sitting%20%5B27A%5D.xlsx-"
    )

    bucket.remove(copy)
    for name in ("administrate_api_secret", "administrate_api_url"):
        synced.set(**{name: None})
    told = synced.json("report", "Sitting")
    assert told == {
        "status": "succeeded",
        "partition": workbook.partition,
        "report": f"s3://office/{copy}",
        "findings": f"s3://office/{copy.replace(' (checked).xlsx', ' findings.csv')}",
        "problems": [],
    }
    assert cells_of(bucket.get(copy)) == whole
    assert "The marked copy: " in synced.run("report", "Sitting", "--to", str(tmp_path)).stdout
    assert cells_of((tmp_path / "Sitting [27A] (checked).xlsx").read_bytes()) == whole


@pytest.mark.thorough
def test_a_storage_that_is_away_is_said_and_fails_no_import(
    importer: Importer,
    synced: Workplace,
    instance: dg.DagsterInstance,
    bucket: Bucket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    workbook = content(good_rows())
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    forget_ways()

    result = Runner(importer, instance).run(workbook)

    assert result.success
    (made,) = result.asset_materializations_for_node("workbook__report")
    assert "could not be written (there is no connection to it)" in str(
        made.metadata["not written"].value
    )
    told = synced.run("report", workbook.partition, status=1)
    assert "adm-sync report writes it when that is mended" in told.stderr
    forget_ways()


@pytest.mark.thorough
def test_a_list_of_discrepancies_goes_to_the_storage_and_away_again(
    importer: Importer, synced: Workplace, bucket: Bucket
) -> None:
    synced.run("sync", "locations")
    assert "storage/lists/locations.csv" in bucket.all_keys()
    assert bucket.get("storage/lists/locations.csv").startswith(b"\xef\xbb\xbfkind,")
    assert f"✓ Storage: reports and lists go to {STORAGE}\n" in doctor()
    write_list(remote_folder(STORAGE).within("lists"), EntityResult("locations", "succeeded"))
    assert bucket.all_keys() == []
    with bucket.refusing():
        told = doctor()
    assert f"✗ Storage: {STORAGE} cannot be used (it is refused; check the credentials" in told


def doctor() -> str:
    """What it says; how the rest of it ends is no matter here."""
    return CliRunner().invoke(cli, ["doctor"]).stdout
