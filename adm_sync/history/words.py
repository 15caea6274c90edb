"""From a row of the record to an entry of a history.

What belongs here: words. What does not: reading rows (`database.history`).
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from adm_sync.database.history import HistorySource, Recorded
from adm_sync.database.states import DecisionKind, StepKind, StepState
from adm_sync.history.entries import HistoryEntry
from adm_sync.imports.known.comparison import ValueChange, in_words, recorded_in_words
from adm_sync.push.wording import doing

_SYNCED = {
    "created": "taken over from Administrate by a sync",
    "updated": "changed by a sync",
    "deleted": "gone from Administrate, and removed here by a sync",
    "linked": "linked by a sync",
    "unlinked": "link taken away by a sync",
    "relinked": "linked with another record by a sync",
}
_DECIDED = {
    DecisionKind.LINK: "{ends} are the same",
    DecisionKind.NEVER: "{ends} are not the same",
    DecisionKind.IGNORE: "{ends} has no counterpart, and need not be listed",
}
_STEPPED = {
    StepState.DONE: "done",
    StepState.SENDING: "being sent",
    StepState.UNKNOWN: "sent, and not answered",
    StepState.RETRY: "tried, and to be tried again",
    StepState.PENDING: "tried, and to be tried again",
    StepState.FAILED: "refused; waits for a person",
    StepState.CONFLICT: "not sent, as it would overwrite somebody's change; waits for a person",
    StepState.UNDONE: "given up",
}


def entry_of(
    row: Recorded, link: str | None, labels: Mapping[int, str], values: Mapping[int, Any]
) -> HistoryEntry:
    """An entry in words.

    Args:
        row: of the record.
        link: the bridge column that holds the id of a tutorial record, if there is one.
        labels: what people call those tutorial records.
        values: what events were recorded with first, by the numbers of our own rows.
    """
    what, changes = _PARTS[HistorySource(row.source)](row, link, labels, values)
    said = ""
    if row.source == HistorySource.CALL and isinstance(row.after, list):
        said = " ".join(map(str, row.after))
    return HistoryEntry(
        (row.at, row.source, row.id),
        row.at,
        HistorySource(row.source),
        what,
        row.who or "",
        tuple(changes),
        " ".join(filter(None, (row.told, said))),
        row.external_id,
        row.dagster_run_id,
        row.partition,
    )


_Told = tuple[str, list[ValueChange]]
_Part = Callable[[Recorded, str | None, Mapping[int, str], Mapping[int, Any]], _Told]


def _synced(row: Recorded, link: str | None, labels: Mapping[int, str], _values: Any) -> _Told:
    before, after = row.before or {}, row.after or {}
    changes = [
        ValueChange(
            "tutorial record" if name == link else name.replace("_", " "),
            _cell(name, before, link, labels),
            _cell(name, after, link, labels),
        )
        for name in dict.fromkeys((*before, *after))
    ]
    # One that was seen without a counterpart was not linked with anything.
    return _SYNCED.get(row.action, row.action), [one for one in changes if one.before != one.after]


def _cell(name: str, values: Mapping[str, Any], link: str | None, labels: Mapping[int, str]) -> str:
    value = values.get(name)
    if value is None:
        return ""
    if name == link:
        return f"{value} ({labels[value]})" if value in labels else str(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _decided(row: Recorded, _link: Any, labels: Mapping[int, str], _values: Any) -> _Told:
    ends = _DECIDED[DecisionKind(row.action)].format(ends=_ends(row, labels))
    is_withdrawn = row.source == HistorySource.WITHDRAWAL
    return f"decision {row.id} {'withdrawn' if is_withdrawn else 'made'}: {ends}", []


def _ends(row: Recorded, labels: Mapping[int, str]) -> str:
    number: Any = (row.after or {}).get("tutorial_id")
    label = f" ({labels[number]})" if number in labels else ""
    here = f"tutorial record {number}{label}" if number is not None else ""
    there = f"Administrate record {row.external_id}" if row.external_id else ""
    return " and ".join(filter(None, (here, there)))


def _called(row: Recorded, *_others: Any) -> _Told:
    outcome = "not answered" if row.told else "answered, with errors" if row.after else "answered"
    return f"sent to Administrate ({row.action.replace('_', ' ')}): {outcome}", []


def _imported(row: Recorded, _link: Any, _labels: Any, values: Mapping[int, Any]) -> _Told:
    adopted = ", and adopted: it was in Administrate already" if row.action == "adopted" else ""
    first = values.get(row.id) or {}
    fields = {name: [None, value] for name, value in first.items() if value not in (None, "", [])}
    return f"recorded from a workbook{adopted}", list(in_words(None, fields))


def _updated(row: Recorded, *_others: Any) -> _Told:
    changes = [one for made in row.after or () for one in recorded_in_words(made)]
    return "changed by a corrected workbook", changes


def _taken_back(row: Recorded, *_others: Any) -> _Told:
    changes = [one.back for made in row.before or () for one in recorded_in_words(made)]
    return "change of a workbook taken back", changes


def _undone(_row: Recorded, *_others: Any) -> _Told:
    return "import taken back", []


def _stepped(row: Recorded, *_others: Any) -> _Told:
    state = StepState((row.after or {}).get("state", StepState.DONE))
    return f"in Administrate, {doing(StepKind(row.action), row.day)}: {_STEPPED[state]}", []


_PARTS: Mapping[HistorySource, _Part] = {
    HistorySource.SYNC: _synced,
    HistorySource.DECISION: _decided,
    HistorySource.WITHDRAWAL: _decided,
    HistorySource.CALL: _called,
    HistorySource.IMPORT: _imported,
    HistorySource.UPDATE: _updated,
    HistorySource.TAKEN_BACK: _taken_back,
    HistorySource.UNDO: _undone,
    HistorySource.STEP: _stepped,
}
