"""`push` and `reconcile`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from adm_sync.cli import failures
from adm_sync.cli.exporting import Exports, export_options
from adm_sync.cli.import_progress import StageProgress
from adm_sync.cli.logs import log_to_stderr, told_by_the_command
from adm_sync.cli.partitions import the_partition
from adm_sync.cli.terminal import UNASKED, WRONG_USAGE, consents, print_json, say_aside
from adm_sync.cli.workplace import (
    EXIT_STATUS,
    OF_WORKBOOKS,
    debug_option,
    json_option,
    open_importing,
    open_only_database,
)
from adm_sync.database.states import FOR_A_PERSON, StepState
from adm_sync.settings import Settings


@click.command(short_help="Do in Administrate what is recorded here and still to be done.")
@click.argument("partition", required=False)
@click.option("--reopen", is_flag=True, help="Give steps that failed another chance.")
@export_options
@json_option
@debug_option
def push(
    partition: str | None, *, reopen: bool, as_json: bool, debug: bool, exports: Exports
) -> None:
    """Do in Administrate what is due of all imports, or of PARTITION.

    For when Administrate was away during an import. Only what is not done is sent, and nothing is
    created twice. PARTITION is an import as `adm-sync imports` lists it; its beginning is enough.
    Steps that Administrate refused wait for a person: mend what is wrong, then push with --reopen.
    A file gets each step that was done now, and each that is still to be done.

    \b
    Examples:
      adm-sync push
      adm-sync push "Sitting 2027A.xlsx-1c0345d5" --reopen
      adm-sync push --xlsx steps.xlsx
    """
    from adm_sync.cli import push_words
    from adm_sync.defs.import_launching import run_push
    from adm_sync.defs.launching import dagster_instance

    log_to_stderr(debug=debug)
    settings, progress = Settings.load().apart_from(*OF_WORKBOOKS), StageProgress()
    with open_importing(settings, progress) as importer:
        engine = importer.database.engine
        name = the_partition(engine, partition) if partition else None
        failures.know(partition=name)
        began = _clock(engine) if exports.wanted else None
        reopened = importer.reopen(name) if reopen else 0
        with (
            dagster_instance(settings, importer.database) as instance,
            told_by_the_command(debug=debug),
        ):
            try:
                run_push(importer, instance, name, debug=debug)
            finally:
                progress.stop()
        pushed, unfinished = importer.pushed[name], importer.unfinished(name)
        steps = _steps(exports, engine, name, began)
    status = _status(unfinished, pushed)
    document = _document(status, name, pushed, unfinished)
    failures.know(**document)
    if not as_json:
        push_words.tell_push(name, pushed, unfinished, reopened)
    _export(exports, steps)
    if as_json:
        print_json(document)
    raise click.exceptions.Exit(EXIT_STATUS[status])


def _clock(engine: Any) -> Any:
    """The database's, by which steps are dated."""
    from adm_sync.database import steps

    with engine.connect() as connection:
        return steps.clock(connection)


def _steps(exports: Exports, engine: Any, partition: str | None, began: Any) -> Sequence[Any]:
    """What was done since then and what is still to be done, if somebody wants a file of it."""
    if not exports.wanted:
        return ()
    from adm_sync.tables import rows

    with engine.connect() as connection:
        return rows.steps(connection, partition, began)


def _export(exports: Exports, steps: Sequence[Any]) -> None:
    if exports.wanted:
        from adm_sync.tables.declared import STEPS

        exports.write(STEPS, steps)


def _status(unfinished: Sequence[Any], pushed: Any) -> str:
    if pushed.was_refused or any(step.state == StepState.FAILED for step in unfinished):
        return "failed"
    return "partial" if unfinished or pushed.stopped else "succeeded"


def _document(
    status: str, partition: str | None, pushed: Any, unfinished: Sequence[Any]
) -> dict[str, Any]:
    return {
        "status": status,
        "partition": partition,
        "pushed": len(pushed.created),
        "adopted": len(pushed.adopted),
        "sessions": len(pushed.sessions),
        "requests": pushed.requests,
        "pending": [_step(one) for one in unfinished if one.state not in FOR_A_PERSON],
        "failed": [_step(one) for one in unfinished if one.state == StepState.FAILED],
        "conflicts": [_step(one) for one in unfinished if one.state == StepState.CONFLICT],
        "message": pushed.message,
    }


def _step(step: Any) -> dict[str, Any]:
    return {
        "event": step.title,
        "external_id": step.external_id,
        "step": step.kind,
        "day": step.day,
        "state": step.state,
        "attempts": step.attempts,
        "next_try": step.next_try.isoformat() if step.next_try else None,
        "message": step.message,
    }


def _as_sittings(_ctx: Any, _parameter: Any, given: Sequence[str]) -> tuple[str, ...]:
    """Sittings as they are kept; what is none is a wrong usage."""
    from adm_sync.workbook.findings import Finding
    from adm_sync.workbook.rules.readers import read_sitting

    names = []
    for text in given:
        sitting = read_sitting(text)
        if isinstance(sitting, Finding):
            raise click.BadParameter(f"«{text}» is no sitting: a year and A or S, such as 2027A.")
        names.append(sitting.name)
    return tuple(names)


@click.command(short_help="Compare the imported events with Administrate.")
@click.option(
    "--sitting",
    "sittings",
    multiple=True,
    metavar="SITTING",
    callback=_as_sittings,
    help="Only this sitting, such as 2027A; may be given several times.",
)
@click.option(
    "--remove-doubles",
    is_flag=True,
    help="Propose which events that are there twice to remove, and remove them on your word.",
)
@click.option(
    "--relink",
    is_flag=True,
    help="Where the linked event is gone and one that is the same is left, propose to link that, "
    "and link it on your word.",
)
@click.option("--yes", is_flag=True, help="Do what is proposed without asking.")
@click.option("--dry-run", is_flag=True, help="Propose only: ask nobody, and do nothing.")
@click.option(
    "--only",
    multiple=True,
    metavar="ID",
    help="Of what is proposed, only this event of Administrate; may be given several times.",
)
@click.option("--last", is_flag=True, help="Ask nobody: list what was found last.")
@export_options
@json_option
@debug_option
def reconcile(
    sittings: Sequence[str],
    *,
    remove_doubles: bool,
    relink: bool,
    yes: bool,
    dry_run: bool,
    only: Sequence[str],
    last: bool,
    as_json: bool,
    debug: bool,
    exports: Exports,
) -> None:
    """Read the events back from Administrate, and list what differs, in both directions.

    Changes nothing. By default all sittings that events were imported for are compared. That
    something differs is no failure: a person decides which side is right. That an event is there
    more than once is one, until somebody has seen to it.

    With --remove-doubles, of events that are in Administrate more than once one is removed: a
    draft that nobody booked or changed, and never the one that is linked here. It is shown first,
    and asked; without a terminal it needs --yes, or --dry-run to be only shown. With --relink it is
    the same for an event of which the linked one was deleted or cancelled there, and another that
    is the same is left.

    What was found is kept until the sitting is compared again; --last lists it, with which side was
    changed last and what can be done.

    \b
    Examples:
      adm-sync reconcile
      adm-sync reconcile --sitting 2027A --json
      adm-sync reconcile --remove-doubles
      adm-sync reconcile --relink
      adm-sync reconcile --xlsx differences.xlsx
      adm-sync reconcile --last
    """
    from adm_sync.cli import push_words
    from adm_sync.defs.import_launching import run_reconcile
    from adm_sync.defs.launching import dagster_instance
    from adm_sync.errors import AdmSyncError
    from adm_sync.imports.undo.proposals import not_proposed

    if (dry_run or only) and not (remove_doubles or relink):
        raise click.UsageError("--dry-run and --only go with --remove-doubles or --relink.")
    log_to_stderr(debug=debug)
    if last:
        _last(sittings, as_json=as_json, exports=exports)
        return
    settings = Settings.load().apart_from(*OF_WORKBOOKS)
    with (
        open_importing(settings, StageProgress()) as importer,
        dagster_instance(settings, importer.database) as instance,
        told_by_the_command(debug=debug),
    ):
        run_reconcile(importer, instance, sittings, debug=debug)
        found = importer.reconciled
        if found is None:
            raise AdmSyncError("Nothing was compared. The run in the Dagster UI says why.")
        if not as_json:
            push_words.tell_reconciliation(found)
        failures.know(**found.as_json())
        _export_differences(exports, [one.as_json() for one in found.differences])
        status, told, words = found.status, dict[str, Any](), list[bool | None]()
        wanted = _Word(yes, dry_run, as_json, frozenset(only))
        meant = set(only)
        if remove_doubles:
            doubles, word = _remove_doubles(importer, wanted)
            # What is left of them is there more than once, whichever sittings were compared.
            status = "succeeded" if all(one.outcome == "removed" for one in doubles) else "failed"
            told["doubles"], words = [one.as_json() for one in doubles], [word]
            meant -= {one.external_id for one in doubles}
        if relink:
            relinked, word = _relink(importer, wanted)
            is_done = dry_run or all(one.outcome == "linked" for one in relinked)
            status = status if is_done else "failed"
            told["relinked"], words = [one.as_json() for one in relinked], [*words, word]
            meant -= {one.external_id for one in relinked}
    if meant:
        status = "failed"
        told["message"] = not_proposed(meant)
        say_aside(told["message"])
    if None in words:
        told["message"] = UNASKED
    if as_json:
        print_json(found.as_json() | told | {"status": status})
    raise click.exceptions.Exit(WRONG_USAGE if None in words else EXIT_STATUS[status])


def _export_differences(exports: Exports, differences: Sequence[dict[str, Any]]) -> None:
    if exports.wanted:
        from adm_sync.tables import rows
        from adm_sync.tables.declared import DIFFERENCES

        exports.write(DIFFERENCES, rows.differences(differences))


def _last(sittings: Sequence[str], *, as_json: bool, exports: Exports) -> None:
    """What the last comparison of these sittings, or of all, has found."""
    from adm_sync.cli import push_words
    from adm_sync.imports import comparisons

    with open_only_database(Settings.load()) as database, database.engine.connect() as connection:
        made = [
            one for one in comparisons.latest(connection) if one.sitting in sittings or not sittings
        ]
        found = {one.sitting: comparisons.found_of(connection, one.sitting) for one in made}
    differences = [one.as_json() for each in found.values() for one in each]
    _export_differences(exports, differences)
    if not as_json:
        push_words.tell_comparisons(made, found)
        return
    document = {
        "status": "succeeded",
        "sittings": [one.sitting for one in made],
        "compared": sum(one.events for one in made),
        "requests": 0,
        "comparisons": [
            {
                "sitting": one.sitting,
                "compared_at": one.compared_at.isoformat(),
                "who": one.who,
                "events": one.events,
                "run_id": one.dagster_run_id,
            }
            for one in made
        ],
        "differences": differences,
    }
    print_json(document)


def _remove_doubles(importer: Any, wanted: "_Word") -> tuple[Sequence[Any], bool | None]:
    """What is too many in Administrate and what became of it; and what was answered."""
    from adm_sync.cli import push_words
    from adm_sync.imports.undo.doubles import Doubles

    work, question = Doubles(importer), "Remove them from Administrate?"
    return wanted.done(question, push_words.tell_doubles, work.propose(), work.remove)


def _relink(importer: Any, wanted: "_Word") -> tuple[Sequence[Any], bool | None]:
    """What may be linked anew and what became of it; and what was answered."""
    from adm_sync.cli import push_words
    from adm_sync.imports.undo.relinking import Relinking

    work, question = Relinking(importer), "Link what is left?"
    return wanted.done(question, push_words.tell_relinks, work.propose(), work.relink)


@dataclass(frozen=True, slots=True)
class _Word:
    """What a person says, or is asked, before something is done; `only` is what they mean of it."""

    yes: bool
    dry_run: bool
    as_json: bool
    only: frozenset[str]

    def done(
        self,
        question: str,
        tell: Callable[[Sequence[Any]], None],
        proposed: Sequence[Any],
        do: Callable[[Sequence[Any]], Sequence[Any]],
    ) -> tuple[Sequence[Any], bool | None]:
        """What was proposed, with what became of it; and what was answered, None if nobody was."""
        from adm_sync.imports.undo.proposals import chosen

        proposed = chosen(proposed, self.only)
        if not self.as_json:
            tell(proposed)
        if self.dry_run or all(one.reason for one in proposed):
            return proposed, False
        is_wanted = consents(question, yes=self.yes, as_json=self.as_json)
        if not is_wanted:
            return proposed, is_wanted
        done = do(proposed)
        if not self.as_json:
            tell(done)
        return done, True
