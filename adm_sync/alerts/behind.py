"""Which entities were left out because one that they need could not be synced.

What belongs here: finding them by when each was synced last. What does not: what failed, and by
what (`stored`, `causes`).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence

from adm_sync.database.overview import LatestRun
from adm_sync.lists import joined
from adm_sync.reference.entities import ENTITIES


def behind_of(runs: Mapping[str, LatestRun], failed: Collection[str]) -> list[str]:
    """The entities, in the plural, that need one of these and were not synced since it failed.

    Args:
        runs: the latest of each entity.
        failed: the entities that were not synced at their latest run.
    """
    reached, found = {name: runs[name].started_at for name in failed if name in runs}, []
    for entity in ENTITIES:  # each comes after what it needs
        failed_at = [reached[need.entity] for need in entity.needs if need.entity in reached]
        own = runs.get(entity.name)
        if entity.name not in failed and failed_at and own and own.started_at < max(failed_at):
            reached[entity.name] = max(failed_at)
            found.append(entity.many)
    return found


def behind_sentences(behind: Sequence[str]) -> Iterator[str]:
    """That these were not synced; nothing if there are none."""
    if behind:
        yield f"What needs that was not synced since: the {joined(behind)}."
