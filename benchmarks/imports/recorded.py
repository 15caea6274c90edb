"""What an import of adm_sync has recorded to be sent: the other contenders send the same.

They do it with httpx and without any of the project's care; a refusal ends the run.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg

from adm_sync.administrate import documents
from benchmarks.imports.job import ImportJob

Values = Mapping[str, Any]

# Learning mode -> (document, field of the group `event`).
CREATIONS = {
    "blended": ("create_blended_event", "createBlended"),
    "classroom": ("create_classroom_event", "createClassroom"),
    "lms": ("create_lms_event", "createLMS"),
}
STEPS = """
select e.id, e.learning_mode, s.kind, s.input, d.day
from adm_sync.events e
join adm_sync.steps s on s.event_id = e.id
left join adm_sync.event_sessions d on d.id = s.event_session_id
order by e.id, s.position
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event: what creates it, and (kind, values, Day or None) of each change to it."""

    mode: str
    creation: Values
    changes: tuple[tuple[str, Values, int | None], ...]


def load(job: ImportJob) -> list[Recorded]:
    """The events of the job, in order."""
    steps: dict[int, list[Any]] = {}
    with psycopg.connect(job.database_url) as connection:
        for event_id, *step in connection.execute(STEPS):
            steps.setdefault(event_id, []).append(step)
    events = []
    for (mode, _, creation, _), *changes in list(steps.values())[:: job.every]:
        kept = tuple((kind, values, day) for _, kind, values, day in changes)
        events.append(Recorded(mode, creation["input"], kept))
    return events


class Sender:
    """Sends documents and counts them; a refusal is the end."""

    def __init__(self, job: ImportJob, http: httpx.Client) -> None:
        self.requests = 0
        self._url = job.api_url
        self._http = http
        form = {
            "grant_type": "client_credentials",
            "client_id": job.api_key,
            "client_secret": job.api_secret,
        }
        answer = http.post(f"{job.auth_url}/token", data=form).raise_for_status()
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"

    def send(self, text: str, variables: Values) -> Any:
        """The data of the answer."""
        self.requests += 1
        body = {"query": text, "variables": variables}
        answer = self._http.post(self._url, json=body, timeout=60).raise_for_status().json()
        refused = answer.get("errors") or [
            payload["errors"]
            for group in answer["data"].values()
            for payload in group.values()
            if isinstance(payload, dict) and payload.get("errors")
        ]
        if refused:
            raise SystemExit(f"The sandbox refused what a contender sent: {refused}")
        return answer["data"]


def create(sender: Sender, events: Sequence[Recorded]) -> list[tuple[str, list[str]]]:
    """Make events with one request; the id of each, and those of its sessions by their start."""
    kinds, fields = zip(*(CREATIONS[event.mode] for event in events), strict=True)
    told = documents.joined_variables([{"input": event.creation} for event in events])
    data = sender.send(documents.joined(kinds).text, told)
    made = [group[field]["event"] for group, field in zip(data.values(), fields, strict=True)]
    return [(one["id"], [edge["node"]["id"] for edge in one["sessions"]["edges"]]) for one in made]


def changes(event: Recorded, event_id: str, session_ids: list[str]) -> Iterator[tuple[str, Values]]:
    """The changes to a new event: document and variables of each."""
    for kind, values, day in event.changes:
        session_id = session_ids[day - 1] if day else None
        yield kind, variables(kind, values["input"], event_id, session_id)


def variables(kind: str, given: Values, event_id: str, session_id: str | None) -> Values:
    """The variables of the document that is named as this kind of step."""
    if kind == "update_session":
        return {"sessionId": session_id, "input": given}
    place = {"sessionId": session_id} if session_id else {"eventId": event_id}
    return {"input": {**given, **place}}
