"""Which records of an entity that Administrate owns can stand here.

What belongs here: the rules of places, as a pure function of records and rows. What does not: those
of records that have a counterpart here (`matching`).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from adm_sync.reference.entity import BridgeRow, Key, RemoteRecord
from adm_sync.reference.matching import Ambiguity, Matching


def match_owned(records: Iterable[RemoteRecord], rows: Iterable[BridgeRow]) -> Matching:
    """Who is to be written: one place holds one record, and nothing is linked.

    The place is the key, which such a record repeats as its last values. A record whose key another
    one shares is skipped, unless a row already stands for it. So is one whose place the row of a
    skipped or unusable record still holds.
    """
    matching = Matching()
    standing = {row.identity: row for row in rows}
    by_key: dict[Key, list[RemoteRecord]] = defaultdict(list)
    unwritten: list[RemoteRecord] = []
    for record in records:
        if record.obstacle:
            matching.unmatched_administrate.append(record)
            unwritten.append(record)
        elif record.key is not None:
            by_key[record.key].append(record)
    for key, sharing in by_key.items():
        if len(sharing) > 1:
            matching.ambiguous.append(Ambiguity(key, (), tuple(sharing)))
            kept = [record for record in sharing if record.identity in standing]
            keep = kept[0] if len(kept) == 1 else None
            unwritten += [record for record in sharing if record is not keep]
    width = len(next(iter(by_key), ()))
    while unwritten and width:
        holder = unwritten.pop()
        matching.skipped.add(holder.identity)
        row = standing.get(holder.identity)
        claiming = by_key.get(row.values[-width:], []) if row else []
        for record in claiming:
            if record.identity in matching.skipped:
                continue
            unwritten.append(record)
            if len(claiming) == 1:
                reason = f"the row of {holder.external_id} has its place, and cannot be written"
                matching.unmatched_administrate.append(replace(record, obstacle=reason))
    return matching
