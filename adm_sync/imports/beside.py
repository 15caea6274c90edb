"""What Administrate has already of the new events of a plan: a dry run says what a push would do.

What belongs here: looking, and what would follow. What does not: the questions (`push.finding`),
judging the answers (`push.candidates`), and the push, which looks again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import open_steps, remote_ids
from adm_sync.database.engine import database_errors
from adm_sync.database.states import GroupOutcome
from adm_sync.errors import AdministrateError
from adm_sync.imports.planning import ImportPlan, PlannedEvent
from adm_sync.imports.steps import day_field
from adm_sync.push.candidates import Wanted, is_same, judge, unsure_ones
from adm_sync.push.finding import Finder
from adm_sync.push.options import PushOptions
from adm_sync.push.remaining import Remaining, look
from adm_sync.push.remote import RemoteEvent, events_by_id
from adm_sync.push.slots import assign
from adm_sync.push.wording import of_days


@dataclass(frozen=True, slots=True)
class SlotsLacking:
    """An event that a push would adopt, and that has no session there for so many of ours."""

    sessions: int
    sentence: str


@dataclass(frozen=True, slots=True)
class FoundBeside:
    """How many events a push would adopt, and why others would wait for a person.

    `lacking` are those of the adopted that would not come to their end. `unknown` says why
    Administrate could not be asked, so that a push would not come far either. `remaining` is what
    there is by now of the events that were there more than once.
    """

    adopted: int = 0
    undecided: tuple[str, ...] = ()
    lacking: tuple[SlotsLacking, ...] = ()
    unknown: str = ""
    remaining: tuple[Remaining, ...] = ()


@dataclass(frozen=True, slots=True)
class Beside:
    """Looks for events in Administrate; writes nothing."""

    engine: sa.Engine
    client: AdministrateClient
    options: PushOptions

    def found(self, plan: ImportPlan) -> FoundBeside:
        """What there is already of the events of a plan that are to be created, new or not.

        Raises:
            DatabaseError: it cannot be read.
        """
        with database_errors(), self.engine.connect() as connection:
            due = {one.event_id for one in open_steps.due_creations(connection, None)}
        new = [
            one
            for one in plan.events
            if one.external_id is None
            and (one.outcome == GroupOutcome.CREATED or one.event_id in due)
        ]
        try:
            remaining = tuple(look(self.engine, self.client))
            if not new:
                self._ask_at_all(plan)
            found = self._judged(new) if new else FoundBeside()
            return replace(found, remaining=remaining)
        except AdministrateError as error:
            why = f"Which of the events Administrate has already is not known: {error}"
            return FoundBeside(unknown=why)

    def _ask_at_all(self, plan: ImportPlan) -> None:
        """Whether it answers, if there is anything to be sent."""
        ids = {one.event_id for one in plan.events if one.event_id}
        with database_errors(), self.engine.connect() as connection:
            waiting = {one.event_id for one in open_steps.states(connection, None, ids) if one.open}
        first = next((one for one in plan.events if one.steps or one.event_id in waiting), None)
        if first is not None:
            finder = Finder(self.client, self.options.page_size, self.options.max_records)
            list(finder.existing([_wanted(first)], finder.codes([_wanted(first).template])))

    def _judged(self, new: Sequence[PlannedEvent]) -> FoundBeside:
        finder = Finder(self.client, self.options.page_size, self.options.max_records)
        wanted = [_wanted(one) for one in new]
        of_template: defaultdict[str | None, list[RemoteEvent]] = defaultdict(list)
        for there in finder.existing(wanted, finder.codes(one.template for one in wanted)):
            of_template[there.template].append(there)
        adopted, undecided = dict[str, PlannedEvent](), []
        for planned, one in zip(new, wanted, strict=True):
            found = of_template[one.template]
            others = self._of_others(one, planned.event_id, wanted, found)
            judged = judge(one, found, others)
            if judged.verdict == "ours":
                adopted[judged.events[0].external_id] = planned
            elif judged.verdict != "absent":
                event = planned.resolved.event
                undecided.append(f"row {event.row}, «{event.title}»: {judged.sentence}")
        lacking = tuple(self._lacking(adopted)) if adopted else ()
        return FoundBeside(len(adopted), tuple(undecided), lacking)

    def _lacking(self, adopted: Mapping[str, PlannedEvent]) -> Iterator[SlotsLacking]:
        """Which of these have fewer sessions there than here; its API cannot add one."""
        for external_id, there in events_by_id(self.client, list(adopted)).items():
            resolved, sessions = adopted[external_id].resolved, there.sessions
            if sessions is None:
                continue
            days = {one.session.day: one.session.title for one in resolved.sessions}
            taken, _ = assign(days, sessions, day_field(resolved.sessions))
            without = sorted(days.keys() - taken)
            if without:
                count = len(sessions)
                sentence = (
                    f"row {resolved.event.row}, «{resolved.event.title}»: Administrate has it "
                    f"already ({external_id}), with {count} session{'s'[: count != 1]}, and none "
                    f"for {of_days(without)}. Its API cannot add one: add what is missing there "
                    "first."
                )
                yield SlotsLacking(len(without), sentence)

    def _of_others(
        self,
        one: Wanted,
        event_id: int | None,
        wanted: Sequence[Wanted],
        found: Sequence[RemoteEvent],
    ) -> frozenset[str]:
        """Those that belong to other events: that are recorded, or that the plan has too."""
        unsure = unsure_ones(one, found)
        if not unsure:
            return frozenset()
        with database_errors(), self.engine.connect() as connection:
            recorded = remote_ids.of_others(connection, event_id, one.template, unsure)
        planned = {
            each.external_id
            for other in wanted
            for each in found
            if other != one and each.external_id in unsure and is_same(other, each)
        }
        return recorded | planned


def _wanted(planned: PlannedEvent) -> Wanted:
    resolved = planned.resolved
    return Wanted(resolved.template.external_id, resolved.event.title, resolved.starts)
