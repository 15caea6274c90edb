"""A trial with one event: made, read, changed and removed, to see what reading cannot tell.

What belongs here: playing what a push plays, on one draft of a title that nothing else has; taking
it away again whatever happened; and saying what is left. What does not: asking the person, and the
assumptions that are decided by it (`declared.TRIED`).
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from graphql import GraphQLSchema

from adm_sync.administrate.answers import Answer
from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.paging import read_page
from adm_sync.assumptions.assumption import Observed, held, not_held
from adm_sync.database.states import LifecycleState
from adm_sync.errors import AdministrateError, AdmSyncError, ContractBroken
from adm_sync.push.marks import NOTES, marked, marks_in, new_mark, place_for
from adm_sync.push.requests import (
    CHANGES,
    CREATIONS,
    change_verdict,
    created_node,
    creation_verdict,
)

# Far enough ahead that nobody takes it for theirs.
DAYS_AHEAD = 300
BEGINS, ENDS = time(9), time(17)
CHANGED = "adm_sync trial, changed"
NOTHING_MADE = "Nothing was made in Administrate."
NOTHING_LEFT = "Nothing of it is left in Administrate."


class TrialError(AdmSyncError):
    """The trial cannot be played as it was asked for; nothing was made."""


@dataclass(slots=True)
class Trial:
    """One trial.

    Attributes:
        client: whose mutations are kept in the audit log.
        schema: the tenant's; None if it cannot be read.
        template_code: of the course template that a person chose.
        mark_field: the key of the custom field for marks, if the tenant has one.
        tax_type_id: what new events get, if anything.
        time_zone: of the event.
        now: the time here.
        found: what was seen so far, by the names of assumptions.
        why: why it ended early, in a sentence; empty if it did not.
    """

    client: AdministrateClient
    schema: GraphQLSchema | None
    template_code: str
    mark_field: str | None
    tax_type_id: str | None
    time_zone: str
    now: datetime
    found: dict[str, Observed] = field(default_factory=dict)
    why: str = ""
    title: str = field(default_factory=lambda: f"adm_sync trial {secrets.token_hex(6)}")
    _event_id: str = ""
    _is_out: bool = False
    _is_gone: bool = False
    _mark: str = ""

    def play(self) -> str:
        """Play all of it; gives what is left in Administrate, in a sentence.

        Raises:
            TrialError: there is no such template, or no place for an event.
        """
        try:
            self._play()
        except TrialError:
            raise
        except AdministrateError as error:
            self.why = str(error)
        except KeyboardInterrupt:
            self.why = "Stopped."
        return self._cleaned_up()

    # ------------------------------------------------------------------ playing

    def _play(self) -> None:
        template = self._template()
        mode = str(template.get("eventLearningMode") or "").lower()
        if mode not in CREATIONS:
            raise TrialError(
                f"Of the template {self.template_code} it is not known how its events are held; "
                "choose another. Nothing was made."
            )
        self._create(template["id"], mode)
        event = self._read()
        self._judge(event)
        self._change(event)
        self._delete()

    def _template(self) -> Mapping[str, Any]:
        data = self.client.query("find_course_template", {"code": self.template_code})
        nodes = read_page(data, "courseTemplates", dict).records
        exact = [node for node in nodes if node.get("code") == self.template_code]
        if len(exact) != 1:
            number = len(exact) or "no"
            raise TrialError(
                f"There is {number} course template with the code {self.template_code}; choose "
                "one with --template. Nothing was made."
            )
        return exact[0]

    def _create(self, template: str, mode: str) -> None:
        document, _ = CREATIONS[mode]
        given: Mapping[str, Any] = {
            "courseTemplateId": template,
            "eventType": "public",
            "lifecycleState": str(LifecycleState.DRAFT),
            "title": self.title,
            "timeZoneName": self.time_zone,
            "locationId": self._location(),
            **self._times(mode),
        }
        if self.tax_type_id:
            given = {**given, "taxType": self.tax_type_id}
        mark, place = new_mark(), place_for(document, self.mark_field, self.schema)
        if place is not None:
            given = marked(given, mark, place)
            self._mark = mark
        answer = self.client.mutate(document, {"input": given}, before=self._goes_out)
        node, verdict = created_node(answer, mode), creation_verdict(answer, mode)
        if node is None:
            if verdict.outcome == "refused":
                self._is_out = False
            raise ContractBroken(f"The event was not made: {verdict.message}.")
        self._event_id = str(node["id"])

    def _goes_out(self) -> None:
        self._is_out = True

    def _location(self) -> str:
        data = self.client.query("locations", {"first": 1, "offset": 0})
        ids = read_page(data, "locations", dict).ids
        if not ids or ids[0] is None:
            raise TrialError("There is no location for an event. Nothing was made.")
        return ids[0]

    def _times(self, mode: str) -> dict[str, str]:
        day = (self.now + timedelta(days=DAYS_AHEAD)).date()
        both = {
            name: datetime.combine(day, when).isoformat()
            for name, when in (("Start", BEGINS), ("End", ENDS))
        }
        parts = {"lms": ("lms",), "classroom": ("classroom",), "blended": ("classroom", "lms")}
        return {f"{p}{name}DateTime": value for p in parts[mode] for name, value in both.items()}

    def _read(self) -> Mapping[str, Any]:
        node = self.client.query("event_to_undo", {"id": self._event_id}).get("node")
        if not isinstance(node, dict):
            raise ContractBroken("The event that was made cannot be read by its id.")
        return node

    def _judge(self, event: Mapping[str, Any]) -> None:
        state = str(event.get("lifecycleState"))
        is_draft = state == LifecycleState.DRAFT
        self.found["made_as_draft"] = held("it is") if is_draft else not_held(f"it is {state[:20]}")
        is_kept = event.get("title") == self.title
        self.found["title_kept"] = held("it was") if is_kept else not_held("it came back otherwise")
        sessions = self._sessions(event)
        said = f"{len(sessions)} came with it"
        self.found["made_with_sessions"] = held(said) if sessions else not_held(said)
        values = [one.get("value") for one in event.get("customFieldValues") or ()]
        if self._mark:
            is_there = self._mark in marks_in([event.get(NOTES), *values])
            self.found["mark_kept"] = held("it did") if is_there else not_held("it did not")
        else:
            self.found["mark_kept"] = not_held("there is no place for one")
        listed = read_page(self._by_title(), "events", dict).ids
        is_listed = self._event_id in listed
        self.found["listed_at_once"] = held("it was") if is_listed else not_held("not yet")

    @staticmethod
    def _sessions(event: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        return list(read_page(event, "sessions", dict).records) if event.get("sessions") else []

    def _by_title(self) -> Mapping[str, Any]:
        asked = {"title": self.title, "first": 100, "offset": 0}
        return self.client.query("events_of_title", asked)

    def _change(self, event: Mapping[str, Any]) -> None:
        sessions = self._sessions(event)
        if not sessions:
            return
        day = (self.now + timedelta(days=DAYS_AHEAD)).date()
        given = {
            "title": CHANGED,
            "timeZoneName": self.time_zone,
            "start": datetime.combine(day, time(10)).isoformat(),
            "end": datetime.combine(day, time(16)).isoformat(),
        }
        variables = {"sessionId": sessions[0]["id"], "input": given}
        answer = self.client.mutate("update_session", variables)
        verdict = change_verdict(answer, "update_session", CHANGES["update_session"][0])
        titles = {str(one.get("title")) for one in self._sessions(self._read())}
        is_done = verdict.outcome == "done" and CHANGED in titles
        said = "it did" if is_done else f"it did not ({verdict.outcome})"
        self.found["session_changed"] = held(said) if is_done else not_held(said)

    # ------------------------------------------------------------------ taking it away

    def _delete(self) -> None:
        refused = self._sent_delete(self._event_id)
        self._is_gone = self._gone(self._event_id)
        said = "it is gone" if self._is_gone else f"it is still there{refused}"
        self.found["draft_deleted"] = held(said) if self._is_gone else not_held(said)

    def _sent_delete(self, event_id: str) -> str:
        answer = self.client.mutate("delete_events", {"input": {"eventIds": [event_id]}})
        return " (refused)" if _says_errors(answer) else ""

    def _gone(self, event_id: str) -> bool:
        return self.client.query("event_to_undo", {"id": event_id}).get("node") is None

    def _cleaned_up(self) -> str:
        """Take away what may be left, once more, and say what is."""
        if not self._is_out:
            return NOTHING_MADE
        if self._is_gone:
            return NOTHING_LEFT
        known = f" (id {self._event_id})" if self._event_id else ""
        unsure = (
            f"The draft event «{self.title}»{known} may be in Administrate: look for it there, and "
            "delete it."
        )
        try:
            nodes = read_page(self._by_title(), "events", dict).records
            mine = [str(node["id"]) for node in nodes if self._is_mine(node)]
            ids = {*mine, *filter(None, [self._event_id])}
            for event_id in ids:
                self._sent_delete(event_id)
            left = [event_id for event_id in ids if not self._gone(event_id)]
        except (AdministrateError, KeyboardInterrupt):
            return unsure
        if left:
            return (
                f"The draft event «{self.title}» (id {', '.join(left)}) is left in Administrate, "
                "which did not delete it: delete it there."
            )
        if not ids:
            return (
                f"The draft event «{self.title}» was not there just now. Its creation was not "
                "answered, so that it may come yet: look for it later, and delete it."
            )
        return NOTHING_LEFT

    def _is_mine(self, node: Mapping[str, Any]) -> bool:
        return (
            node.get("title") == self.title and node.get("lifecycleState") == LifecycleState.DRAFT
        )


def _says_errors(answer: Answer) -> bool:
    payload = ((answer.data or {}).get("event") or {}).get("delete") or {}
    payloads = payload if isinstance(payload, list) else [payload]
    return bool(answer.errors) or any(one.get("errors") for one in payloads if one)
