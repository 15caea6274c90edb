"""(a) The pattern that adm_sync replaces: one request after another.

One request makes an event; each of its sessions then takes a look-up of its instructor, an update
and the instructor's assignment. Nothing is remembered from row to row, nothing is written on this
side, and who is staff of the event as a whole is left out: that would be more requests still.
"""

import httpx

from adm_sync.administrate import documents
from benchmarks.imports.job import Imported, ImportJob
from benchmarks.imports.recorded import Recorded, Sender, create, load, variables
from benchmarks.imports.watch import Watch
from benchmarks.measuring import DatabaseMeter, peak_memory

LOOK_UP = """
query ($name: String!) {
  contacts(filters: [{field: name, operation: eq, value: $name}], first: 1) {
    edges { node { id } }
  }
}
"""


def run(job: ImportJob, meter: DatabaseMeter) -> Imported:
    """Push the job's events."""
    events, sessions = load(job), 0
    with httpx.Client() as http:
        sender = Sender(job, http)
        watch = Watch(meter, lambda: sender.requests)
        with watch.running("push"):
            for event in events:
                sessions += _push(sender, event)
    return Imported(tuple(watch.stages), peak_memory(), len(events), sessions)


def _push(sender: Sender, event: Recorded) -> int:
    ((event_id, session_ids),) = create(sender, [event])
    names = {
        values["input"]["contactId"]: values["name"]
        for kind, values, _ in event.changes
        if kind == "add_event_staff"
    }
    for kind, values, day in event.changes:
        if day is not None:
            given = values["input"]
            if kind == "add_session_staff":
                known = [names[contact] for contact in given["contactIds"]]
                given = {**given, "contactIds": _looked_up(sender, known)}
            told = variables(kind, given, event_id, session_ids[day - 1])
            sender.send(documents.load(kind).text, told)
    return len(session_ids)


def _looked_up(sender: Sender, names: list[str]) -> list[str]:
    answers = [sender.send(LOOK_UP, {"name": name}) for name in names]
    return [edge["node"]["id"] for data in answers for edge in data["contacts"]["edges"]]
