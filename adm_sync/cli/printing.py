"""How results read on a terminal (the format of the commands this project replaces).

What belongs here: words and lines. What does not: deciding anything.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from adm_sync.cli.terminal import say
from adm_sync.database.journal import Discrepancy
from adm_sync.database.states import DiscrepancyKind, RunStatus
from adm_sync.reference.entities import BY_NAME, ENTITIES
from adm_sync.reference.entity import Entity
from adm_sync.reference.results import EntityResult
from adm_sync.reference.suggestions import told_apart

SHOWN = 20
LONGEST = 120

# Kind: what is said of one and of several.
_OTHER_KINDS = {
    DiscrepancyKind.AMBIGUOUS: (
        "name occurs more than once, so nothing was linked by it",
        "names occur more than once, so nothing was linked by them",
    ),
    DiscrepancyKind.DRIFTED: (
        "linked pair no longer carries the same name; the link stays",
        "linked pairs no longer carry the same name; the links stay",
    ),
    DiscrepancyKind.RETAINED: (
        "row was kept although its Administrate record is gone",
        "rows were kept although their Administrate records are gone",
    ),
    DiscrepancyKind.CONFLICTING_LINK: (
        "decision or link contradicts another or has lost its record",
        "decisions or links contradict another or have lost their records",
    ),
}


class Narrator:
    """Tells of a sync while it goes on.

    `full` is the short form, a few lines for each entity and everything else at the end; else each
    entity is told of at length.
    """

    def __init__(self, *, full: bool, dry_run: bool, silent: bool) -> None:
        self._full, self._dry_run, self._silent = full, dry_run, silent

    def opened(self) -> None:
        """It begins."""
        if self._full and not self._silent:
            say("=== Administrate Full Sync ===" + (" (dry run)" if self._dry_run else ""))

    def began(self, entity: Entity) -> None:
        """An entity begins."""
        if self._silent:
            return
        if self._full:
            say()
            say(f"[{ENTITIES.index(entity) + 1}/{len(ENTITIES)}] Syncing {entity.many}...")
        else:
            say(f"Syncing {entity.many}...")

    def ended(self, result: EntityResult) -> None:
        """An entity has ended."""
        if self._silent:
            return
        if self._full:
            say(entity_line(result))
            for line in warning_lines(result, dry_run=self._dry_run):
                say(line)
        else:
            completed(result)
            discrepancy_lists(result)
            say()

    def closed(self, results: Sequence[EntityResult]) -> None:
        """All have ended."""
        if self._silent:
            return
        if self._full:
            for result in results:
                discrepancy_lists(result)
            totals(results, dry_run=self._dry_run)
        if self._dry_run:
            say("This was a dry run: nothing was written.")


def entity_line(result: EntityResult) -> str:
    """The line of one entity in a full sync."""
    title = BY_NAME[result.entity].title
    if result.status == RunStatus.SUCCEEDED:
        return f"  ✓ {title}: {_counts([result])}"
    if result.status == RunStatus.PARTIAL:
        return f"  ⚠ {title}: partial: {_counts([result])}"
    sign = {RunStatus.HELD: "⏸", RunStatus.SKIPPED: "-"}.get(result.status, "✗")
    return f"  {sign} {title}: {_setback(result)}"


def _setback(result: EntityResult) -> str:
    return f"{result.status}: {result.message.removeprefix('Held, ')}"


def _counts(results: Sequence[EntityResult]) -> str:
    """Created, updated and errors always; the others only where there are any."""
    total = {
        word: sum(getattr(result, word) for result in results)
        for word in ("created", "updated", "unchanged", "deleted", "retained", "skipped", "errors")
    }
    always = {"created", "updated", "errors"}
    return ", ".join(f"{n} {word}" for word, n in total.items() if n or word in always)


def warning_lines(result: EntityResult, *, dry_run: bool = False) -> list[str]:
    """What follows an entity's line in a full sync: how much needs a person."""
    entity = BY_NAME[result.entity]
    lines, logged = [], "" if dry_run else " (logged)"
    tutorial = len(result.of_kind(DiscrepancyKind.UNMATCHED_TUTORIAL))
    administrate = len(result.of_kind(DiscrepancyKind.UNMATCHED_ADMINISTRATE))
    if tutorial:
        lines.append(f"  ⚠ {tutorial} unmatched tutorial {_noun(entity, tutorial)}{logged}")
    if administrate:
        noun = _noun(entity, administrate)
        said = f"unmatched Administrate {noun}" if entity.matched else f"{noun} not taken in"
        lines.append(f"  ⚠ {administrate} {said}{logged}")
    lines += [
        f"  ⚠ {len(found)} {kind.replace('_', ' ')}{logged}"
        for kind in _OTHER_KINDS
        if (found := result.of_kind(kind))
    ]
    if result.is_accepted and result.message:
        lines.append(f"  ⚠ {result.message}")
    return lines


def completed(result: EntityResult) -> None:
    """The summary of one entity that was synced by itself."""
    if result.is_accepted:
        ending = "completed" if result.status == RunStatus.SUCCEEDED else "not complete"
        say(
            f"Sync {ending}: {result.created} created, {result.updated} updated, "
            f"{result.unchanged} unchanged,"
        )
        say(
            f"                {result.deleted} deleted, {result.skipped} skipped, "
            f"{result.errors} errors"
        )
        if result.retained:
            say(f"                {result.retained} retained")
        if result.message:
            say(f"⚠ {result.message}")
    else:
        say(f"Sync {_setback(result)}")


def discrepancy_lists(result: EntityResult) -> None:
    """Who has no match, in both directions, and what else needs a person."""
    entity = BY_NAME[result.entity]
    since = "" if result.is_accepted else ", when a sync was last accepted"
    nouns = (
        (entity.matched.tutorial_noun, entity.matched.administrate_noun)
        if entity.matched
        else (entity.one, entity.one)
    )
    tutorial = DiscrepancyKind.UNMATCHED_TUTORIAL
    administrate = DiscrepancyKind.UNMATCHED_ADMINISTRATE
    for kind, noun, record, where in (
        (tutorial, nouns[0], "tutorial record", "Administrate"),
        (administrate, nouns[1], "Administrate record", "tutorial tables"),
    ):
        found = result.of_kind(kind)
        records = record if len(found) == 1 else f"{record}s"
        # What belongs to Administrate alone is matched with nothing.
        of_owned = f"{'was' if len(found) == 1 else 'were'} not taken in"
        said = f"had no match in {where}" if entity.matched else of_owned
        _list(found, noun, f"{records} {said}{since}", entity)
    for kind, sentences in _OTHER_KINDS.items():
        found = result.of_kind(kind)
        _list(found, entity.one.capitalize(), sentences[len(found) != 1] + since, entity)


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
    return (
        f"{short(one.label) or '(no name)'} ({'; '.join(filter(None, [*ids, short(one.detail)]))})"
    )


def short(text: str) -> str:
    """The text, or its start if it is longer than anybody reads."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def nearest(one: Discrepancy, *, decides: bool = False) -> str:
    """The suggestions in one line; for who decides with what tells them apart."""

    def called(near: Mapping[str, Any]) -> str:
        return short(told_apart(near["label"], near) if decides else near["label"])

    return ", ".join(
        f"{called(near)} ({near['external_id'] or near['tutorial_id']}, {near['score']} %)"
        for near in one.suggestions
    )


def totals(results: Sequence[EntityResult], *, dry_run: bool = False) -> None:
    """The end of a full sync."""
    bad = [result for result in results if result.status != RunStatus.SUCCEEDED]
    say()
    say("=== Sync Complete ===" if not bad else "=== Sync Not Complete ===")
    say(f"Total: {_counts(results)}")
    unmatched = sum(len(r.of_kind(DiscrepancyKind.UNMATCHED_TUTORIAL)) for r in results)
    records = f"{unmatched} unmatched tutorial {'record' if unmatched == 1 else 'records'}"
    if unmatched and dry_run:
        say(f"{records}, as above")
    elif unmatched:
        say(f"{records} logged (use individual commands without --no-prompt to review)")
    for result in bad:
        say(f"{BY_NAME[result.entity].title} {result.status}.")


def _noun(entity: Entity, count: int) -> str:
    return entity.one if count == 1 else entity.many
