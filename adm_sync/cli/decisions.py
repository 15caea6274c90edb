"""`unmatched`, and the decisions about what it lists: `link`, `never`, `ignore`, `decisions`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import click

from adm_sync.acting import user_name
from adm_sync.cli.exporting import Exports, export_options
from adm_sync.cli.logs import log_to_stderr
from adm_sync.cli.terminal import print_json, say
from adm_sync.cli.workplace import json_option, open_only_database
from adm_sync.database.states import DecisionKind
from adm_sync.settings import Settings

who_option = click.option("--who", default=user_name, help="Who decides (default: your user name).")
why_option = click.option("--why", default="", help="The reason, for whoever reads it later.")
withdraw_option = click.option("--withdraw", is_flag=True, help="Take the decision back.")


@click.command(short_help="List what does not match, with suggestions.")
@click.argument("entity", required=False)
@export_options
@json_option
def unmatched(entity: str | None, *, as_json: bool, exports: Exports) -> None:
    """List the open discrepancies of ENTITY, or of all, as the last sync left them.

    Each unmatched record comes with the nearest names on the other side. Nothing is linked by a
    near name; that takes `adm-sync link`, `never` or `ignore`. An Excel workbook or a CSV file has
    columns to decide in; `adm-sync decide` takes it back.

    \b
    Examples:
      adm-sync unmatched
      adm-sync unmatched instructors --json
      adm-sync unmatched --xlsx open.xlsx
    """
    from adm_sync.database import journal
    from adm_sync.reference import decisions as deciding
    from adm_sync.reference.entities import ENTITIES, named

    log_to_stderr(debug=False)
    chosen = [named(entity)] if entity else list(ENTITIES)
    with open_only_database(Settings.load()) as database, database.engine.connect() as connection:
        rows = {
            one.name: deciding.with_takable(
                connection, journal.open_discrepancies(connection, one.name)
            )
            for one in chosen
        }
    _export(exports, [row for found in rows.values() for row in found])
    if as_json:
        print_json([_as_json(row) for found in rows.values() for row in found])
        return
    if not any(rows.values()):
        say("Nothing is open: every record has its counterpart, as of the last sync.")
    for one in chosen:
        _print(one, rows[one.name])


def _export(exports: Exports, found: Sequence[Any]) -> None:
    if not exports.wanted:
        return
    from adm_sync.tables import rows
    from adm_sync.tables.declared import DISCREPANCIES
    from adm_sync.tables.to_decide import to_fill_in

    exports.write(DISCREPANCIES, [*map(rows.open_discrepancy, found)], to_fill_in(found))


def _as_json(row: Any) -> dict[str, Any]:
    return {
        "entity": row.entity,
        "kind": row.kind,
        "tutorial_id": row.tutorial_id,
        "external_id": row.external_id,
        "label": row.label,
        "detail": row.detail,
        "apart": row.apart or "",
        "suggestions": row.suggestions,
        "first_seen": row.first_seen.isoformat(),
    }


def _print(entity: Any, rows: Any) -> None:
    from adm_sync.cli.printing import described, nearest, short
    from adm_sync.reference.suggestions import told_apart

    if not rows:
        return
    say(f"{entity.title}: {len(rows)}")
    for row in rows:
        say(f"  - {row.kind.replace('_', ' ')}: {described(row)}, since {row.first_seen:%Y-%m-%d}")
        if row.apart:
            say(f"      told apart by: {short(row.apart)}")
        if row.kind.startswith("unmatched") and not row.suggestions:
            if entity.matched:
                say("      nearest: none that could be linked with it")
        elif row.kind.startswith("unmatched"):
            say(f"      nearest: {nearest(row, decides=True)}")
            say(f"      {_command(entity, row)}")
        elif row.kind == "ambiguous":
            for one in row.suggestions:
                side = "tutorial" if one["external_id"] is None else "Administrate"
                known = one["external_id"] or one["tutorial_id"]
                say(f"      {side} {known}: {short(told_apart(one['label'], one))}")
    say()


def _command(entity: Any, row: Any) -> str:
    """The command that links the record to its nearest candidate."""
    near = row.suggestions[0]
    tutorial = row.tutorial_id if row.tutorial_id is not None else near["tutorial_id"]
    external = row.external_id or near["external_id"]
    return f"if they are the same: adm-sync link {entity.name} {tutorial} {external}"


@click.command(short_help="Decide: this tutorial record is that Administrate record.")
@click.argument("entity")
@click.argument("tutorial_id", type=int)
@click.argument("external_id")
@why_option
@who_option
@withdraw_option
def link(entity: str, tutorial_id: int, external_id: str, **options: Any) -> None:
    """This tutorial record is that Administrate record, whatever their names say.

    The decision outranks names and standing links, and holds until it is withdrawn.

    \b
    Example:
      adm-sync link locations 7 TG9jYXRpb246MTA= --why "renamed in spring"
    """
    _decide(DecisionKind.LINK, entity, tutorial_id, external_id, **options)


@click.command(short_help="Decide: these two are not the same.")
@click.argument("entity")
@click.argument("tutorial_id", type=int)
@click.argument("external_id")
@click.option(
    "--part",
    is_flag=True,
    help="They are linked, and should not be: also withdraw the decision that links them.",
)
@why_option
@who_option
@withdraw_option
def never(entity: str, tutorial_id: int, external_id: str, **options: Any) -> None:
    """These two records are not the same, though their names say so.

    A link between them is taken away by the next sync, and never made again.

    \b
    Examples:
      adm-sync never instructors 12 UGVyc29uOjMx --why "two people of one name"
      adm-sync never venues 7 VmVudWU6OQ== --part --why "linked by mistake"
    """
    _decide(DecisionKind.NEVER, entity, tutorial_id, external_id, **options)


@click.command(short_help="Decide: this record has no counterpart, and that is fine.")
@click.argument("entity")
@click.option("--tutorial", "tutorial_id", type=int, help="The id of a tutorial record.")
@click.option("--administrate", "external_id", help="The id of an Administrate record.")
@why_option
@who_option
@withdraw_option
def ignore(entity: str, tutorial_id: int | None, external_id: str | None, **options: Any) -> None:
    """This record has no counterpart on the other side, and need not be listed any more.

    \b
    Example:
      adm-sync ignore venues --tutorial 12 --why "closed"
      adm-sync ignore venues --tutorial 12 --withdraw
    """
    if (tutorial_id is None) == (external_id is None):
        raise click.UsageError("Name one record: --tutorial ID or --administrate ID.")
    _decide(DecisionKind.IGNORE, entity, tutorial_id, external_id, **options)


def _decide(
    kind: DecisionKind,
    entity: str,
    tutorial_id: int | None,
    external_id: str | None,
    *,
    who: str,
    why: str,
    withdraw: bool,
    part: bool = False,
) -> None:
    from adm_sync.reference import choosing
    from adm_sync.reference import decisions as deciding
    from adm_sync.reference.entities import named

    log_to_stderr(debug=False)
    statement = deciding.Statement(kind, named(entity), tutorial_id, external_id)
    with (
        open_only_database(Settings.load()) as database,
        database.engine.begin() as connection,
    ):
        if withdraw:
            told = str(choosing.take_back(connection, statement, who))
        elif part:
            told = f"It is decided ({statement}). "
            told += choosing.part(connection, statement, who, why).effect
        else:
            number = deciding.decide(connection, statement, who, why)
            label = deciding.label_of(connection, statement)
            told = f"Decision {number} is stored ({statement}{label and f', «{label}» here'}). "
            told += choosing.effect_of(connection, statement)
    say(told)
    say(f"The next sync honours it: adm-sync sync {statement.entity.name}")


@click.command(short_help="List the decisions in force.")
@click.argument("entity", required=False)
@click.option("--withdraw", type=int, metavar="NUMBER", help="Take that decision back.")
@export_options
@json_option
def decisions(entity: str | None, *, withdraw: int | None, as_json: bool, exports: Exports) -> None:
    """List the decisions in force, with who made them, when and why."""
    from adm_sync.database import journal
    from adm_sync.reference import choosing
    from adm_sync.reference.entities import named

    if withdraw is not None:
        with (
            open_only_database(Settings.load()) as database,
            database.engine.begin() as connection,
        ):
            withdrawn = choosing.take_back(connection, withdraw, user_name())
        if as_json:
            effect = withdrawn.effect
            print_json({"status": "succeeded", "withdrawn": withdraw, "effect": effect})
        else:
            say(str(withdrawn))
        return
    name = named(entity).name if entity else None
    with open_only_database(Settings.load()) as database, database.engine.connect() as connection:
        rows = journal.decisions_in_force(connection, name)
    if exports.wanted:
        from adm_sync.tables.declared import DECISIONS
        from adm_sync.tables.rows import row_of

        exports.write(DECISIONS, [row_of(DECISIONS, asdict(row)) for row in rows])
    if as_json:
        found = [
            {
                "id": row.id,
                "kind": row.kind,
                "entity": row.entity,
                "tutorial_id": row.tutorial_id,
                "external_id": row.external_id,
                "who": row.who,
                "why": row.why,
                "decided_at": row.decided_at.isoformat(),
            }
            for row in rows
        ]
        print_json(found)
        return
    if not rows:
        say("No decisions are in force.")
    for row in rows:
        ends = " and ".join(
            filter(
                None,
                (
                    f"tutorial {row.tutorial_id}" if row.tutorial_id is not None else "",
                    f"Administrate {row.external_id}" if row.external_id else "",
                ),
            )
        )
        why = f": {row.why}" if row.why else ""
        say(f"{row.id}. {row.kind} {row.entity} {ends}, {row.who}, {row.decided_at:%Y-%m-%d}{why}")
