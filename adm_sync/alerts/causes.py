"""What failed because of Administrate as a whole, told with that and not beside it.

What belongs here: the problems of Administrate (it refuses credentials, its API has changed, it
does not answer), each with the syncs and imports that failed by it and were not done again. What
does not: knowing what failed by which (`refusals`), and what has failed otherwise (`stored`).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from adm_sync.alerts.behind import behind_of, behind_sentences
from adm_sync.alerts.items import Item, Matter
from adm_sync.database import alerts
from adm_sync.database.alerts import CREDENTIALS, OUTAGE, WHAT_IS_SENT, ApiFault
from adm_sync.database.overview import LatestRun
from adm_sync.database.states import ProblemKind
from adm_sync.lists import joined

# So many of a kind are named.
MOST_NAMED = 12
_REMEDIES = {
    ProblemKind.API_CHANGED: "adm-sync doctor lists what has changed; adm_sync has to be brought "
    "up to date.",
    ProblemKind.ACCESS_REFUSED: "Look at the credentials, and what their user may do, in "
    "Administrate; adm-sync doctor tries them.",
    ProblemKind.FAILED: "adm-sync doctor says whether it answers by now.",
}
# Whatever is refused, nothing that waits for Administrate can be sent.
_STOPS_ALL = (CREDENTIALS, OUTAGE, WHAT_IS_SENT)


@dataclass(frozen=True, slots=True)
class _Hit:
    """What failed: in the plural of its kind, and since when and why."""

    kinds: str
    name: str
    message: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Causes:
    """The problems of Administrate, by what they are known by.

    Attributes:
        faults: those that are not over as far as anybody knows.
        hits: what failed by each, whether it is over or not.
        waiting: the imports that nothing can be sent of before they are over.
    """

    faults: Mapping[str, ApiFault]
    hits: dict[str, list[_Hit]] = field(default_factory=lambda: defaultdict(list))
    waiting: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def takes(
        self, cause: str | None, kinds: str, name: str, message: str, since: datetime
    ) -> bool:
        """Whether what failed is told with its cause; then it is no problem of its own.

        Args:
            cause: what that is known by, if one is known.
            kinds: what failed, such as `syncs`.
            name: of the one that failed.
            message: what it ended with.
            since: when.
        """
        if cause:
            self.hits[cause].append(_Hit(kinds, name, message, since))
        return bool(cause)

    def takes_too(self, item: Item) -> bool:
        """Whether that is told with its cause, which is told anyway."""
        if item.cause not in {*self.faults, *self.hits} or item.since is None:
            return False
        return self.takes(item.cause, "comparison", "both sides", item.sentence, item.since)

    def holds_back(self, name: str) -> bool:
        """Whether an import that waits for Administrate waits for one of these now."""
        for known_as, fault in self.faults.items():
            if fault.subject in _STOPS_ALL:
                self.waiting[known_as].append(name)
                return True
        return False

    def items(self, runs: Mapping[str, LatestRun]) -> Iterator[Item]:
        """Each problem once, with all that failed by it; `runs` are the latest of each entity."""
        for known_as in [*self.faults, *(self.hits.keys() - self.faults.keys())]:
            fault, hits = self.faults.get(known_as), self.hits.get(known_as, [])
            kind, _, subject = known_as.partition(" ")
            remedy = _REMEDIES[ProblemKind(kind)]
            waits = bool(self.waiting.get(known_as))
            syncs = [name for name, run in runs.items() if run.cause == known_as]
            if syncs:
                remedy += " Then adm-sync sync-all does again what failed."
            yield Item(
                Matter.ADMINISTRATE,
                _kind_of(ProblemKind(kind), subject, has_failed=bool(hits), waits=waits),
                " ".join(
                    [
                        *self._sentences(known_as, fault, hits),
                        *behind_sentences(behind_of(runs, syncs)),
                    ]
                ),
                remedy,
                subject=subject,
                since=fault.first_seen if fault else min(one.since for one in hits),
                wants_all=fault is None and bool(syncs),
            )

    def _sentences(
        self, known_as: str, fault: ApiFault | None, hits: Sequence[_Hit]
    ) -> Iterator[str]:
        message = fault.message if fault else max(hits, key=lambda one: one.since).message
        is_outage = known_as.endswith(f" {OUTAGE}")
        yield f"Administrate did not answer: {message}" if is_outage else message
        by_kind: dict[str, list[str]] = defaultdict(list)
        for one in hits:
            by_kind[one.kinds].append(one.name)
        if hits:
            failed = [f"the {kinds} of {_named(names)}" for kinds, names in by_kind.items()]
            yield f"By that failed, and was not done again since: {joined(failed)}."
        if waiting := self.waiting.get(known_as):
            yield f"For that waits what is recorded of {_named(waiting)}."


def _kind_of(
    kind: ProblemKind, subject: str, *, has_failed: bool, waits: bool
) -> ProblemKind | None:
    """That nothing is answered may pass by itself, and is no problem where nothing came of it."""
    if subject != OUTAGE or has_failed:
        return kind
    return ProblemKind.PENDING if waits else None


def causes_now(connection: sa.Connection) -> Causes:
    """Those that are not over, of which nothing is known to have failed yet."""
    found = alerts.api_faults_now(connection)
    return Causes({f"{fault.kind} {fault.subject}": fault for fault in found})


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    rest = [f"{more} more"] if more > 0 else []
    return joined([*names[:MOST_NAMED], *rest])
