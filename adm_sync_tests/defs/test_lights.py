"""The lights of imports: they follow the state of each until it is put right, and hide nothing."""

import re
from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
from dagster._core.event_api import PartitionKeyFilter

from adm_sync.defs.build import build_defs
from adm_sync.defs.event_import import SESSIONS, TUTORIAL_EVENTS, TUTORIAL_SESSIONS
from adm_sync.defs.import_checks import CHECKED, EVENTS, REPORT
from adm_sync.defs.import_launching import run_push, run_reconcile, run_show
from adm_sync.defs.lights import latest_comparison
from adm_sync.imports.importing import Importer
from adm_sync.imports.undo.undoing import Undo
from adm_sync.workbook.columns import Column
from adm_sync.workbook.sheet import Content
from adm_sync_tests.cli.workplace import Workplace
from adm_sync_tests.defs.importing import BAD, GOOD, Runner, bad_rows, content, good_rows
from adm_sync_tests.workbooks import blended

OTHER = "CB1 London 27A-03"


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


@pytest.fixture
def runner(importer: Importer, instance: dg.DagsterInstance) -> Runner:
    return Runner(importer, instance)


def light(
    runner: Runner, key: dg.AssetKey, name: str, workbook: Content | None = None
) -> dg.AssetCheckEvaluation:
    """The last result of a check, as the pages of Dagster show it."""
    check, only = dg.AssetCheckKey(key, name), None
    if workbook is not None:
        only = PartitionKeyFilter(key=workbook.partition)
    storage = runner.instance.event_log_storage
    event = storage.get_latest_asset_check_execution_by_key([check], only)[check].event
    assert event is not None
    assert event.dagster_event is not None
    return event.dagster_event.asset_check_evaluation_data


def color(found: dg.AssetCheckEvaluation) -> str:
    if found.passed:
        return "green"
    return "red" if found.severity is dg.AssetCheckSeverity.ERROR else "yellow"


def of_import(runner: Runner, workbook: Content) -> str:
    return color(light(runner, REPORT, "import_complete", workbook))


def of_all(runner: Runner) -> str:
    colors = {color(light(runner, key, "all_imports")) for key in (REPORT, EVENTS)}
    assert len(colors) == 1
    return colors.pop()


def table(found: dg.AssetCheckEvaluation, name: str) -> list[dict[str, Any]]:
    shown = found.metadata[name]
    assert isinstance(shown, dg.TableMetadataValue)
    return [dict(record.data) for record in shown.records]


@pytest.mark.thorough
def test_a_rejected_event_is_yellow_until_a_corrected_workbook_has_brought_it(
    runner: Runner,
) -> None:
    partial = content([*good_rows(), *bad_rows()], "sitting.xlsx")
    other = content(good_rows(OTHER), "other.xlsx")

    runner.run(partial)
    assert (of_import(runner, partial), of_all(runner)) == ("yellow", "yellow")
    runner.run(other)

    # The asset's own light is that of the latest partition: all of them are still looked at.
    assert of_import(runner, other) == "green"
    assert (of_import(runner, partial), of_all(runner)) == ("yellow", "yellow")
    (row,) = table(light(runner, REPORT, "all_imports"), "imports")
    assert (row["import"], row["state"], row["rejected"]) == (partial.partition, "partial", 1)

    runner.run(content(good_rows(BAD), "corrected.xlsx"))

    assert (of_import(runner, partial), of_all(runner)) == ("green", "green")
    assert runner.importer.standing(partial.partition).state == "complete"


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("name", ["<b>plan</b> &amp; *more*.xlsx", "_a_ [x](y) `z` ~~w~~ \\.xlsx"])
def test_names_are_shown_as_they_are_where_the_page_reads_markdown(
    runner: Runner, name: str
) -> None:
    runner.run(content(bad_rows(), name))

    said = light(runner, REPORT, "all_imports").description or ""
    assert f"«{name}-" not in said  # no sign of it is left for Markdown
    assert f"«{name}-" in re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", said)
    assert not re.search(r"(?<!\\)[<>*`\[\]]", said.replace("\\\\", ""))


@pytest.mark.thorough
def test_a_row_that_belongs_to_no_event_is_yellow_until_a_version_without_it(
    runner: Runner,
) -> None:
    note: dict[Column, object] = {Column.CODE: "TOTAL"}
    first = content([*good_rows(), note], "sitting.xlsx")
    assert runner.run(first).success
    assert (of_import(runner, first), of_all(runner)) == ("yellow", "yellow")
    standing = runner.importer.standing(first.partition)
    assert (standing.state, standing.sign) == ("partial", "partial: 1 rejected row")

    runner.run(content([*good_rows(), *good_rows(OTHER)], "sitting.xlsx"))

    assert (of_import(runner, first), of_all(runner)) == ("green", "green")


@pytest.mark.thorough
def test_a_row_that_belongs_to_no_event_is_put_right_by_a_workbook_of_another_name(
    runner: Runner,
) -> None:
    note: dict[Column, object] = {Column.CODE: "TOTAL"}
    first = content([*good_rows(), *good_rows(BAD), note], "sitting.xlsx")
    runner.run(first)

    runner.run(content(good_rows(), "one of two.xlsx"))
    runner.run(content([*good_rows(BAD), *good_rows(), *good_rows(OTHER), note], "noted.xlsx"))
    assert runner.importer.standing(first.partition).state == "partial"
    runner.run(content([*good_rows(BAD), *good_rows()], "final.xlsx"))

    assert of_import(runner, first) == "green"
    assert runner.importer.standing(first.partition).state == "replaced"


@pytest.mark.thorough
def test_checks_that_are_executed_alone_look_and_send_nothing(
    runner: Runner, synced: Workplace, instance: dg.DagsterInstance
) -> None:
    synced.sandbox.faults.add("status", match="mutation", times=None)
    waiting = content(good_rows())
    runner.run(waiting)
    synced.sandbox.faults.clear()
    names = ("pending_steps", "failed_steps", "doubled_events", "all_imports", "reconciled")
    checks = [dg.AssetCheckKey(EVENTS, name) for name in names]

    for partition in (None, waiting.partition):
        job = build_defs(runner.importer).resolve_implicit_global_asset_job_def()
        only = job.get_subset(asset_selection=set(), asset_check_selection=set(checks))
        assert only.execute_in_process(instance=instance, partition_key=partition).success

        assert not synced.sandbox.store.all("Event")
        assert color(light(runner, EVENTS, "pending_steps", waiting)) == "yellow"
        assert color(light(runner, EVENTS, "pending_steps")) == "yellow"
        assert of_all(runner) == "yellow"
        assert not latest_comparison(instance)


@pytest.mark.thorough
def test_a_title_that_was_mended_is_brought_in_by_the_next_version_of_the_file(
    runner: Runner,
) -> None:
    first = content([*good_rows(), *bad_rows()], "sitting.xlsx")
    runner.run(first)

    runner.run(content([*good_rows(), *good_rows(OTHER)], "sitting (checked).xlsx"))

    assert (of_import(runner, first), of_all(runner)) == ("green", "green")
    assert runner.importer.standing(first.partition).state == "replaced"


@pytest.mark.thorough
def test_another_file_of_the_same_name_puts_nothing_right(runner: Runner) -> None:
    first = content([*good_rows(), *bad_rows()], "sitting.xlsx")
    runner.run(first)

    runner.run(content(good_rows(OTHER), "sitting.xlsx"))

    assert (of_import(runner, first), of_all(runner)) == ("yellow", "yellow")


@pytest.mark.thorough
def test_what_is_rejected_again_is_not_put_right(runner: Runner) -> None:
    first = content([*good_rows(), *bad_rows()], "sitting.xlsx")
    runner.run(first)

    again = content([*good_rows(OTHER), *good_rows(), *bad_rows()], "sitting.xlsx")
    runner.run(again)

    assert of_import(runner, first) == of_import(runner, again) == "yellow"


@pytest.mark.thorough
def test_a_file_that_is_refused_is_red_until_it_comes_as_a_workbook(runner: Runner) -> None:
    refused = content(b"PK no workbook", "sitting.xlsx")
    runner.run(refused)
    runner.run(content(good_rows(OTHER), "other.xlsx"))
    assert (of_import(runner, refused), of_all(runner)) == ("red", "red")
    said = light(runner, REPORT, "import_complete", refused).description
    assert said == "Nothing of it could be imported: its latest run says why."

    runner.run(content(good_rows(), "sitting.xlsx"))

    assert (of_import(runner, refused), of_all(runner)) == ("green", "green")


@pytest.mark.thorough
def test_a_refused_step_is_red_until_it_is_done(runner: Runner, synced: Workplace) -> None:
    synced.sandbox.faults.add("payload_errors", match="createBlended", message="No such price")
    refused, good = content(good_rows()), content(good_rows(OTHER), "other.xlsx")
    assert not runner.run(refused).success
    assert runner.run(good).success
    assert (of_import(runner, refused), of_all(runner)) == ("red", "red")

    reopened = {"push_events": {"config": {"reopen": True}}}
    assert runner.run(refused, [EVENTS, SESSIONS, REPORT], config=reopened).success

    assert (of_import(runner, refused), of_all(runner)) == ("green", "green")
    assert color(light(runner, EVENTS, "failed_steps", refused)) == "green"


@pytest.mark.thorough
def test_a_push_of_everything_turns_what_was_pending(
    runner: Runner, synced: Workplace, instance: dg.DagsterInstance
) -> None:
    synced.sandbox.faults.add("status", match="mutation", times=None)
    waiting = content(good_rows())
    runner.run(waiting)
    assert (of_import(runner, waiting), of_all(runner)) == ("yellow", "yellow")
    assert color(light(runner, EVENTS, "pending_steps", waiting)) == "yellow"

    synced.sandbox.faults.clear()
    run_push(runner.importer, instance)

    assert (of_import(runner, waiting), of_all(runner)) == ("green", "green")
    assert color(light(runner, EVENTS, "pending_steps", waiting)) == "green"


def test_what_is_doubled_is_red_however_well_the_later_imports_went(
    runner: Runner, synced: Workplace
) -> None:
    doubled = content(good_rows())
    runner.run(doubled)
    synced.execute("update adm_sync.events set doubled = '{one,two}'")

    runner.run(content(good_rows(OTHER), "other.xlsx"))

    assert (of_import(runner, doubled), of_all(runner)) == ("red", "red")
    assert color(light(runner, EVENTS, "doubled_events", doubled)) == "red"

    synced.execute("update adm_sync.events set doubled = '{}'")
    runner.run(content(good_rows(BAD), "more.xlsx"))

    assert (of_import(runner, doubled), of_all(runner)) == ("green", "green")


@pytest.mark.thorough
def test_an_undone_import_asks_for_nothing_more(
    runner: Runner, synced: Workplace, instance: dg.DagsterInstance
) -> None:
    synced.sandbox.faults.add("payload_errors", match="createBlended", message="No such price")
    waiting = content([*good_rows(), *bad_rows()])
    runner.run(waiting)
    assert (of_import(runner, waiting), of_all(runner)) == ("red", "red")

    undo = Undo(runner.importer, waiting.partition)
    undo.carry_out(undo.plan())
    run_show(runner.importer, instance, waiting.partition)

    assert (of_import(runner, waiting), of_all(runner)) == ("green", "green")
    assert color(light(runner, EVENTS, "failed_steps", waiting)) == "green"
    assert runner.importer.standing(waiting.partition).state == "undone"


@pytest.mark.thorough
def test_what_a_corrected_copy_brought_counts_no_more_when_that_is_undone(
    runner: Runner, instance: dg.DagsterInstance
) -> None:
    first = content([*good_rows(), *bad_rows()], "sitting.xlsx")
    runner.run(first)
    copy = content([*good_rows(), *good_rows(BAD)], "sitting (checked).xlsx")
    runner.run(copy)
    assert (of_import(runner, first), of_all(runner)) == ("green", "green")
    assert set(runner.importer.standing(first.partition).since.values()) == {"brought in since"}

    undo = Undo(runner.importer, copy.partition)
    undo.carry_out(undo.plan())
    run_show(runner.importer, instance, copy.partition)

    standing = runner.importer.standing(first.partition)
    assert (standing.state, standing.rejected, standing.brought_in) == ("partial", 1, 0)
    assert not standing.since
    assert (of_import(runner, first), of_all(runner)) == ("yellow", "yellow")


@pytest.mark.thorough
def test_a_comparison_that_finds_a_difference_is_yellow_and_lists_it(
    runner: Runner, synced: Workplace, instance: dg.DagsterInstance
) -> None:
    runner.run(content(blended("CB1_LO_6", GOOD, 6)))
    run_reconcile(runner.importer, instance)
    assert color(light(runner, EVENTS, "reconciled")) == "green"
    (event,) = synced.sandbox.store.all("Event")
    title = event["title"]

    synced.sandbox.store.update(event["id"], title="Something else")
    run_reconcile(runner.importer, instance)

    found = light(runner, EVENTS, "reconciled")
    assert color(found) == "yellow"
    (row,) = table(found, "what differs")
    assert row["Administrate id"] == event["id"]
    # An import compares nothing, and hides nothing.
    runner.run(
        content(good_rows(OTHER), "other.xlsx"),
        [CHECKED, TUTORIAL_EVENTS, TUTORIAL_SESSIONS, EVENTS, SESSIONS, REPORT],
    )
    runner.run(content(good_rows(BAD), "more.xlsx"))
    assert color(light(runner, EVENTS, "reconciled")) == "yellow"
    # A comparison of other sittings says nothing of this one.
    run_reconcile(runner.importer, instance, ["2031S"])
    assert color(light(runner, EVENTS, "reconciled")) == "yellow"

    synced.sandbox.store.update(event["id"], title=title)
    run_reconcile(runner.importer, instance, ["2027A"])
    assert color(light(runner, EVENTS, "reconciled")) == "yellow"


@pytest.mark.thorough
def test_the_comparison_on_schedule_looks_again_at_what_differed_though_it_is_over(
    runner: Runner, synced: Workplace, instance: dg.DagsterInstance
) -> None:
    def on_schedule() -> tuple[str, ...]:
        job = build_defs(importer=runner.importer).resolve_job_def("reconcile")
        config = {"ops": {"compare": {"config": {"current": True}}}}
        assert job.execute_in_process(instance=instance, run_config=config).success
        assert runner.importer.reconciled
        return runner.importer.reconciled.sittings

    runner.run(content(blended("CB1_LO_6", GOOD, 6)))
    over = "update acted.tutorial_events set end_date = current_date - 1"
    ((end,),) = synced.execute("select end_date from acted.tutorial_events")
    synced.execute(over)
    assert on_schedule() == ()
    (event,) = synced.sandbox.store.all("Event")
    title = event["title"]
    synced.sandbox.store.update(event["id"], title="Something else")
    run_reconcile(runner.importer, instance)
    assert on_schedule() == ("2027A",)
    assert color(light(runner, EVENTS, "reconciled")) == "yellow"

    synced.sandbox.store.update(event["id"], title=title)
    # It ends before its last session, which is a difference, too.
    synced.execute(f"update acted.tutorial_events set end_date = '{end}'")
    assert on_schedule() == ("2027A",)
    assert color(light(runner, EVENTS, "reconciled")) == "green"
    synced.execute(over)
    assert on_schedule() == ()


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize(("days", "left"), [("730", 0), ("900", 1), ("0", 1)])
def test_a_comparison_removes_what_is_old(
    runner: Runner, synced: Workplace, instance: dg.DagsterInstance, days: str, left: int
) -> None:
    synced.set(adm_sync_keep_days=days)
    synced.execute(
        "insert into adm_sync.calls (who, document, graphql_query, variables, errors, failure,"
        " started_at, seconds) values ('', '', '', '{}', '[]', '', now() - interval '800 days', 1)"
    )

    run_reconcile(runner.importer, instance)

    assert len(synced.execute("select 1 from adm_sync.calls")) == left


@pytest.mark.thorough
def test_a_comparison_that_could_not_ask_has_no_result(
    runner: Runner, synced: Workplace, instance: dg.DagsterInstance
) -> None:
    runner.run(content(good_rows()))
    synced.sandbox.faults.add("status", times=None)

    with pytest.raises(Exception, match="Administrate"):
        run_reconcile(runner.importer, instance)

    check = dg.AssetCheckKey(EVENTS, "reconciled")
    assert not instance.event_log_storage.get_latest_asset_check_execution_by_key([check])
