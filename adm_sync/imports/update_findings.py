"""What is said of an event that is to be changed: why it is not, and what a person has to decide.

What belongs here: the findings. What does not: deciding (`update_planning`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from adm_sync.imports.comparison import NAMES, differences, shown
from adm_sync.imports.three_way import Verdict
from adm_sync.imports.update_records import KnownEvent, KnownRecord
from adm_sync.workbook.columns import Column
from adm_sync.workbook.findings import Finding

# What is never changed of an event that is known: it decides what else it has.
_FIXED = {"mode": "learning mode", "zone": "time zone"}


@dataclass(frozen=True, slots=True)
class UpdateFindings:
    """The findings of one event."""

    _known: KnownEvent

    def obstacle(self, records: Sequence[KnownRecord]) -> Finding | None:
        """Why nothing of it may be changed."""
        title, event = self._known.resolved.event.title, records[0]
        at = self._known.places.at(self._known.resolved.event.row, Column.TITLE)
        for name, words in _FIXED.items():
            for one in event.fields:
                if one.name == name and not one.is_same(one.base, one.workbook):
                    return self._known.places.at(event.row, one.column).error(
                        "not_changeable",
                        f"The {words} of «{title}» was imported as {shown(name, one.base)}, and "
                        f"the workbook says {shown(name, one.workbook)}. That is never changed of "
                        "an event that is there; nothing of it is.",
                        f"Put {shown(name, one.base)} back; or undo its import, and import it as a "
                        "new event.",
                    )
        if not self._known.is_settled or self._known.row.external_id is None:
            return at.error(
                "update_waits",
                f"«{title}» is to be changed, and Administrate does not yet have all of it that "
                "was imported before. Nothing of it is changed.",
                "Push that first (adm-sync push), and import the workbook again.",
            )
        if self._known.row.external_id not in self._known.changed.there.events:
            why = self._known.changed.there.problem.rstrip(".") or "it did not tell of the event"
            return at.error(
                "update_waits",
                f"«{title}» is to be changed, and Administrate could not be asked how it is there "
                f"now: {why}. Nothing of it is changed.",
                "Import the workbook again when Administrate is back.",
            )
        return self._obstacle_there(title)

    def _obstacle_there(self, title: str) -> Finding | None:
        """What Administrate has made of the event in the meantime."""
        at = self._known.places.at(self._known.resolved.event.row, Column.TITLE)
        node = self._known.node
        state = "deleted" if node is None else str(node.get("lifecycleState") or "").lower()
        if state == "published" and not self._known.options.published:
            return at.error(
                "is_published",
                f"«{title}» is to be changed, and it is published in Administrate. Nothing of it "
                "is changed.",
                "If people may see the change at once, import with --published too.",
            )
        if state in {"draft", "published"}:
            return None
        return at.error(
            "not_changeable",
            f"«{title}» is to be changed, and it is {state or 'in an unknown state'} in "
            "Administrate. Nothing of it is changed.",
            "If it is to be held after all, make it a draft again there, and import again; if not, "
            "say so in the workbook.",
        )

    def conflicts(self, records: Iterable[KnownRecord]) -> Iterator[Finding]:
        """What a person has to decide."""
        title = self._known.title
        for record in records:
            for one in record.conflicts:
                said = one.difference
                name = NAMES.get(one.name, one.column.value)
                day = "" if record.day is None else f"Day {record.day}: "
                sides = [f"{said.here} here" if said.here is not None else ""]
                sides.append(f"{said.there} in Administrate" if said.there is not None else "")
                yield self._known.places.at(record.row, one.column).warning(
                    "conflict",
                    f"{day}{name} was last written as {said.imported}; somebody has changed it "
                    f"since: it is {' and '.join(filter(None, sides))} now, and the workbook says "
                    f"{shown(one.name, one.workbook)}. Neither side is touched.",
                    f"{_because(record.reasons.get(one.name))}Decide whose value holds: import "
                    f"with --update and --take '{title}: {one.column.value}=workbook' (or "
                    "=administrate, or =here).",
                )

    def gone(self, gone: Mapping[int, str]) -> Iterator[Finding]:
        """Sessions that the workbook has no more and that stay, with the reason, by Day."""
        title = self._known.title
        for day, why in gone.items():
            because = f" It is not removed: {why}." if why else " Nothing is removed."
            yield self._known.places.at(self._known.resolved.event.row, Column.DAY).warning(
                "session_gone",
                f"Day {day} of «{title}» was imported before and is not in the workbook any more."
                f"{because}",
                None
                if why
                else "If it is not to be held, import with --update and --remove-sessions.",
            )

    def differences(self, records: Iterable[KnownRecord]) -> Iterator[Finding]:
        """What people have changed, and the workbook has nothing to say about."""
        for record in records:
            settled = {
                one.name
                for one in record.fields
                if one.verdict in {Verdict.CHANGE, Verdict.CONFLICT}
            }
            for one in differences(record.plain, record.plain_columns):
                if one.name not in settled:
                    yield self._known.changed.differs(
                        self._known.row, one, record.row, self._known.places
                    )


def _because(why: str | None) -> str:
    return f"What was to be taken cannot be: {why}. " if why else ""
