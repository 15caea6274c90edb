"""How results read on a terminal (the format of the commands this project replaces).

What belongs here: words and lines. What does not: deciding anything.
"""

from collections.abc import Sequence

import click

from adm_sync.database.journal import Discrepancy
from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync.reference.entity import Entity
from adm_sync.reference.results import EntityResult

SHOWN = 20

_OTHER_KINDS = {
    "ambiguous": "names occur more than once, so nothing was linked by them",
    "drifted": "linked pairs no longer carry the same name; the links stay",
    "retained": "rows were kept although their Administrate record is gone",
    "conflicting_link": "decisions or links contradict another or have lost their record",
}


def say(line: str = "") -> None:
    """One line on standard output, whatever the terminal can show."""
    click.echo(_safe(line))


def _safe(line: str) -> str:
    """Names come from outside: nothing in them may steer the terminal."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in line)


def entity_line(result: EntityResult) -> str:
    """The line of one entity in a full sync."""
    title = BY_NAME[result.entity].title
    if result.status == "succeeded":
        counts = f"{result.created} created, {result.updated} updated"
        extra = [
            f"{count} {word}"
            for count, word in (
                (result.unchanged, "unchanged"),
                (result.deleted, "deleted"),
                (result.retained, "retained"),
                (result.skipped, "skipped"),
            )
            if count
        ]
        return f"  ✓ {title}: {', '.join([counts, *extra])}, {result.errors} errors"
    sign = {"held": "⏸", "skipped": "-"}.get(result.status, "✗")
    return f"  {sign} {title}: {result.status}: {result.message}"


def warning_lines(result: EntityResult) -> list[str]:
    """What follows an entity's line in a full sync: how much needs a person."""
    entity = BY_NAME[result.entity]
    lines = []
    tutorial = len(result.of_kind("unmatched_tutorial"))
    administrate = len(result.of_kind("unmatched_administrate"))
    if tutorial:
        lines.append(f"  ⚠ {tutorial} unmatched tutorial {_noun(entity, tutorial)} (logged)")
    if administrate:
        lines.append(
            f"  ⚠ {administrate} unmatched Administrate {_noun(entity, administrate)} (logged)"
        )
    lines += [
        f"  ⚠ {len(found)} {kind.replace('_', ' ')} (logged)"
        for kind in _OTHER_KINDS
        if (found := result.of_kind(kind))
    ]
    if result.status == "succeeded" and result.message:
        lines.append(f"  ⚠ {result.message}")
    return lines


def completed(result: EntityResult) -> None:
    """The summary of one entity that was synced by itself."""
    if result.status == "succeeded":
        say(
            f"Sync completed: {result.created} created, {result.updated} updated, "
            f"{result.unchanged} unchanged,\n                {result.deleted} deleted, "
            f"{result.skipped} skipped, {result.errors} errors"
        )
        if result.retained:
            say(f"                {result.retained} retained")
        if result.message:
            say(f"⚠ {result.message}")
    else:
        say(f"Sync {result.status}: {result.message}")


def discrepancy_lists(result: EntityResult) -> None:
    """Who has no match, in both directions, and what else needs a person."""
    entity = BY_NAME[result.entity]
    nouns = (
        (entity.matched.tutorial_noun, entity.matched.administrate_noun)
        if entity.matched
        else (entity.one, entity.one)
    )
    _list(
        result.of_kind("unmatched_tutorial"),
        nouns[0],
        "tutorial records had no match in Administrate",
        entity,
    )
    _list(
        result.of_kind("unmatched_administrate"),
        nouns[1],
        "Administrate records had no match in tutorial tables",
        entity,
    )
    for kind, sentence in _OTHER_KINDS.items():
        _list(result.of_kind(kind), entity.one.capitalize(), sentence, entity)


def _list(found: Sequence[Discrepancy], noun: str, sentence: str, entity: Entity) -> None:
    if not found:
        return
    say()
    say(f"⚠ {len(found)} {sentence}:")
    for one in found[:SHOWN]:
        say(f"  - {noun}: {described(one)}")
        if one.kind.startswith("unmatched") and one.suggestions:
            say(f"      nearest: {nearest(one)}")
    if len(found) > SHOWN:
        say(f"  … and {len(found) - SHOWN} more: adm-sync unmatched {entity.name}")


def described(one: Discrepancy) -> str:
    """A record as a person knows it, with what is needed to decide about it."""
    ids = [
        f"tutorial id {one.tutorial_id}" if one.tutorial_id is not None else "",
        one.external_id or "",
    ]
    detail = one.detail if one.detail != f"id {one.tutorial_id}" else ""
    return f"{one.label or '(no name)'} ({'; '.join(filter(None, [*ids, detail]))})"


def nearest(one: Discrepancy) -> str:
    """The suggestions in one line."""
    return ", ".join(
        f"{near['label']} ({near['external_id'] or near['tutorial_id']}, {near['score']} %)"
        for near in one.suggestions
    )


def totals(results: Sequence[EntityResult]) -> None:
    """The end of a full sync."""
    bad = [result for result in results if result.status != "succeeded"]
    say()
    say("=== Sync Complete ===" if not bad else "=== Sync Not Complete ===")
    say(
        f"Total: {sum(r.created for r in results)} created, {sum(r.updated for r in results)} "
        f"updated, {sum(r.unchanged for r in results)} unchanged, "
        f"{sum(r.deleted for r in results)} deleted, {sum(r.errors for r in results)} errors"
    )
    unmatched = sum(len(r.of_kind("unmatched_tutorial")) for r in results)
    if unmatched:
        say(
            f"{unmatched} unmatched tutorial records logged "
            "(use individual commands without --no-prompt to review)"
        )
    for result in bad:
        say(f"{BY_NAME[result.entity].title} {result.status}.")


def position(entity: Entity) -> str:
    """Its place in a full sync, as in [3/7]."""
    return f"[{ENTITIES.index(entity) + 1}/{len(ENTITIES)}]"


def _noun(entity: Entity, count: int) -> str:
    return entity.one if count == 1 else entity.many
