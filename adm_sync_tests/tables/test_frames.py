"""Frames of real imports and syncs: their types, their filters, and that nobody else pays."""

from datetime import UTC, datetime

import pandas as pd
import pytest
import sqlalchemy as sa

from adm_sync import tables
from adm_sync.errors import SettingsError, WorkbookError
from adm_sync.tables.declared import FRAMES, TypedTable
from adm_sync.tables.frames import frame
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.imports.imported import BLENDED, TITLES


def types_of(found: pd.DataFrame) -> dict[str, str]:
    return {name: str(dtype) for name, dtype in found.dtypes.items()}


def declared(table: TypedTable) -> dict[str, str]:
    return {one.name: str(pd.Series([], dtype=one.type.dtype).dtype) for one in table.columns}


@pytest.mark.parametrize("table", FRAMES, ids=lambda table: table.name)
def test_an_empty_frame_has_all_its_columns_and_types(engine: sa.Engine, table: TypedTable) -> None:
    found = getattr(tables, table.name)(engine=engine)

    assert len(found) == 0
    assert types_of(found) == declared(table)
    assert "object" not in types_of(found).values()


def test_every_frame_of_an_import_has_its_types_and_rows(done: Workplace) -> None:
    frames = {table.name: getattr(tables, table.name)() for table in FRAMES}

    for table in FRAMES:
        assert types_of(frames[table.name]) == declared(table), table.name
    lacking = {name for name, found in frames.items() if found.empty}
    assert lacking <= {"decisions", "findings"}
    events = frames["events"]
    assert sorted(events["title"]) == TITLES
    assert set(events["state"]) == {"done"}
    assert events["external_id"].notna().all()
    assert events["adopted"].tolist() == [False, False, False]
    assert frames["imports"]["created"].tolist() == [3]
    assert set(frames["steps"]["state"]) == {"done"}
    assert frames["steps"]["due_at"].isna().all()


def test_what_waits_is_pending_and_a_partition_filters(waiting: Workplace) -> None:
    (partition,) = tables.imports()["partition"]

    assert set(tables.events(partition)["state"]) == {"pending"}
    steps = tables.steps(partition)
    assert len(steps) == len(tables.steps()) > 0
    assert steps["done_at"].isna().all()
    assert BLENDED in set(steps["event"])
    with pytest.raises(WorkbookError, match="There is no import «nothing»"):
        tables.steps("nothing")


def test_discrepancies_are_of_an_entity_and_may_be_closed(synced: Workplace) -> None:
    of_venues = tables.discrepancies("venues")
    assert set(of_venues["entity"]) == {"venues"}
    assert of_venues["closed_at"].isna().all()

    synced.execute("update adm_sync.discrepancies set closed_at = now() where entity = 'venues'")

    assert tables.discrepancies("venues")["closed_at"].notna().all()
    assert tables.discrepancies("venues", is_open=True).empty
    with pytest.raises(SettingsError, match="There is no entity 'rooms'"):
        tables.discrepancies("rooms")


def test_a_change_is_a_row_for_each_value_before_and_after(synced: Workplace) -> None:
    synced.execute(
        "update adm.locations set legacy_id = 'old' where external_id = "
        "(select min(external_id) from adm.locations)"
    )
    synced.sync("locations")

    found = tables.changes("locations")
    (changed,) = found[found["before"] == "old"].to_dict("records")
    assert (changed["field"], changed["action"]) == ("legacy_id", "updated")
    assert changed["made_at"].tzinfo is not None
    assert pd.isna(changed["partition"])
    created = found[found["action"] == "created"]
    assert created["before"].isna().all()


def test_a_change_of_a_custom_field_names_its_record_as_administrate_does(
    synced: Workplace,
) -> None:
    known = synced.execute("select entity_type, external_id from adm.custom_fields")

    found = tables.changes("custom_fields")

    said = set(zip(found["record"], found["external_id"], strict=True))
    assert said == {tuple(one) for one in known}


def test_moments_are_in_utc_whatever_the_session_is_set_to(engine: sa.Engine) -> None:
    (table,) = (one for one in FRAMES if one.name == "runs")
    row = [None] * len(table.columns)
    summer = datetime(2026, 7, 1, 12, tzinfo=UTC).astimezone()
    row[table.position("started_at")] = summer
    row[table.position("created")] = 2**53 + 1

    found = frame(table, [tuple(row)])

    assert found["started_at"][0] == pd.Timestamp("2026-07-01 12:00", tz="UTC")
    assert found["created"][0] == 2**53 + 1
    assert found["seconds"].isna().all()


@pytest.fixture
def code() -> str:
    """A program that runs commands, and says whether pandas was imported for them."""
    return """
import sys
from adm_sync.cli.main import cli
for arguments in (["--help"], ["unmatched"], ["sync-all", "--no-prompt"]):
    try: cli.main(arguments)
    except SystemExit as ended: assert not ended.code, ended.code
print("heavy:", sorted({"pandas", "numpy", "pyarrow"} & set(sys.modules)))
"""


@pytest.mark.thorough
def test_the_commands_of_every_day_do_not_import_pandas(synced: Workplace, code: str) -> None:
    process = synced.start(program=("-c", code))

    told, _ = process.communicate(timeout=60)

    assert told.splitlines()[-1] == "heavy: []"
