"""`import-events` without a terminal."""

from pathlib import Path

from adm_sync.demo.workbook import demo_workbook
from adm_sync_tests.cli.workplace import Workplace


def test_try(synced: Workplace, tmp_path: Path) -> None:
    path = tmp_path / "events 2027A.xlsx"
    path.write_bytes(demo_workbook())
    for args in (["--dry-run"], [], []):
        r = synced.run("import-events", str(path), *args, status=3)
        print(r.stderr)
        print(r.stdout)
    r = synced.run("import-events", str(path), "--json", "--dry-run", status=3)
    print(r.stdout[:300])
    path.write_bytes(b"")
    r = synced.run("import-events", str(path), status=1)
    print(r.stderr, r.stdout)
    r = synced.run("import-events", str(path), "--json", status=1)
    print(r.stderr, r.stdout)
    assert 0
