"""Is the event of a creation in Administrate already, and may the creation be sent?

One that was not answered is looked up until its absence can be believed, before it is sent again;
and one that was sent again is looked at again, long after it is done.

What belongs here: from a creation and what Administrate has to what follows. What does not: asking
(`lookups`), judging (`candidates`), and sending (`creation`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from adm_sync.administrate.client import AdministrateClient
from adm_sync.database import remote_ids, steps
from adm_sync.database.recorded import Step
from adm_sync.database.states import LifecycleState, StepState
from adm_sync.names.keys import normalise
from adm_sync.push import candidates
from adm_sync.push.candidates import Wanted
from adm_sync.push.ledger import Ledger
from adm_sync.push.likeness import start_sent
from adm_sync.push.lookups import AWAY, LookUpFailed, Lookups
from adm_sync.push.options import PushOptions
from adm_sync.push.remaining import Remaining, remaining
from adm_sync.push.remote import RemoteEvent
from adm_sync.push.storing import Recognised, store
from adm_sync.push.wording import REOPEN

# By how much a clock may be wrong although its difference is known.
CLOCKS_DIFFER = timedelta(minutes=2)
# A server may filter by local times, whatever it is asked for.
ZONES_DIFFER = timedelta(days=1)
# How long after it was sent again, or could not be looked at again, it is looked at once more.
ONCE_MORE = 3600.0

IF_ANOTHER = (
    "If it is the same event, delete it there; if it is another, give it a title of its own, or "
    "change something else of it;"
)
Events = Sequence[RemoteEvent]


@dataclass(slots=True)
class Search:
    """The search for one event; `found` is what was adopted, if something was.

    Args:
        ledger: of the event.
        client: whose clock differs.
        options: when look-ups are due.
        lookups: what Administrate has.
    """

    _ledger: Ledger
    _client: AdministrateClient
    _options: PushOptions
    _lookups: Lookups
    found: Recognised | None = None
    warnings: list[str] = field(default_factory=list)

    def question(self, step: Step) -> tuple[Wanted, datetime]:
        """What may have been made of a creation that was sent, and since when."""
        return self._wanted(step), self._sent_by_their_clock(step) - ZONES_DIFFER

    def may_be_sent(self, step: Step, made: Events | None) -> bool:
        """Whether the event is not there, as far as can be told; what follows else is noted.

        Args:
            step: the creation.
            made: the answer to its question, if that was asked for together with others.

        Raises:
            LookUpFailed: what Administrate has of it cannot be read; it is noted so.
            AdministrateError: Administrate is away.
        """
        # One that was to be sent again and could not be has been sent before all the same.
        if step.state == StepState.UNKNOWN or step.sent_at is not None:
            return self._may_be_sent_again(step, made)
        existing = self._look(step, lambda: self._lookups.existing(self._wanted(step)))
        return not self._settled_by(step, existing)

    def _may_be_sent_again(self, step: Step, made: Events | None) -> bool:
        """Absence is believed slowly."""
        found = self._made(step, made)
        if self._settled_by(step, found):
            return False
        # Where Administrate has said that it did not do it, or a person since it was last sent, one
        # look is enough.
        wanted = self._wanted(step)
        is_said = not step.attempts and any(candidates.is_decided(wanted, one) for one in found)
        is_slow = step.state == StepState.UNKNOWN and not is_said
        wait = self._until_next_look_up(step) if is_slow else None
        if wait is not None:
            message = (
                "It was sent and not answered. Administrate does not have it now; it is looked up "
                f"again in {wait:.0f} s."
            )
            self._ledger.unknown([step.id], message, due_in=wait, look_ups=step.look_ups + 1)
            return False
        if step.attempts >= self._options.attempts:
            times = "once" if step.attempts == 1 else f"{step.attempts} times"
            message = (
                f"Tried {times} without an answer, and Administrate does not have it. When "
                f"Administrate is well, run adm-sync push --reopen."
            )
            self._ledger.fail([step.id], message)
            return False
        return True

    def _until_next_look_up(self, step: Step) -> float | None:
        """Seconds from now; None if the last look-up was the one to be believed."""
        times = self._options.look_ups
        sent: datetime = step.sent_at or step.due_at
        since = (self._ledger.clock() - sent).total_seconds()
        later = [time - since for time in times if time > since]
        if later:
            return later[0]
        # One look is none: what was sent long ago may have been waiting until just now.
        return None if step.look_ups else times[0]

    def is_among(self, step: Step, found: Events) -> bool:
        """Whether one of these is its event, or may be it."""
        wanted = self._wanted(step)
        judged = candidates.judge(wanted, found, self._of_others(wanted, found))
        return judged.verdict != "absent"

    def is_there(self, step: Step) -> bool:
        """Whether Administrate has something of a creation that was sent; what follows is noted.

        Raises:
            LookUpFailed: what it has cannot be read; it is noted so.
            AdministrateError: Administrate is away.
        """
        return self._settled_by(step, self._made(step, None))

    def look_again(self, step: Step, made: Events | None) -> None:
        """Its id is known: has another one appeared since?

        A creation whose first sending was carried out after its second is one event too many.
        """
        if not self.is_to_be_looked_at_again(step):
            return
        try:
            found = self._made(step, made)
            left = self._remaining(step, found)
        except LookUpFailed:
            if step.state == StepState.DONE:
                self._ledger.note(lambda c: steps.look_again_later(c, [step.id], ONCE_MORE))
            raise
        if left.verdict == "ours":
            self._relink(step, left.events[0])
            return
        if left.sentence:
            self._ledger.doubled(step, left.ids, left.sentence)
            return
        own_id = self._ledger.external_id or ""
        wanted = self._wanted(step)
        others = self._of_others(wanted, found)
        settled = step.state == StepState.DONE
        # One that was reopened has been settled by a person just now.
        until = (step.done_at if settled else None) or self._ledger.clock()
        until = self._by_their_clock(until) + CLOCKS_DIFFER
        suspects = candidates.suspects(wanted, own_id, found, others, until)
        if suspects:
            there = candidates.perhaps(wanted, suspects, own_id)
            self._ledger.ask(step, _ids(suspects), f"{there} {IF_ANOTHER} {REOPEN}")
            return
        self._ledger.note(
            lambda c: None if settled else steps.set_state(c, [step.id], StepState.DONE),
            lambda c: remote_ids.note_doubled(c, self._ledger.event.id),
            lambda c: steps.look_again_later(c, [step.id]),
        )

    def is_to_be_looked_at_again(self, step: Step) -> bool:
        """Whether it is time for that."""
        is_due = step.look_again_at is not None and step.look_again_at <= self._ledger.clock()
        return step.state in steps.OPEN or (step.state == StepState.DONE and is_due)

    def _remaining(self, step: Step, found: Events) -> Remaining:
        """What is there of the event, beside or instead of the one that is linked."""
        event, own_id = self._ledger.event, self._ledger.external_id or ""
        wanted = self._wanted(step)
        others, there = self._of_others(wanted, found), list[RemoteEvent]()
        if event.doubled or candidates.twins(wanted, own_id, found, others):
            # The linked one may have been deleted, or be older than what was looked for.
            ids = sorted({own_id, *event.doubled})
            there = list(self._look(step, lambda: self._lookups.of_ids(ids)))
            others = self._of_others(wanted, [*found, *there])
        every = {one.external_id: one for one in (*found, *there)}
        twins = candidates.twins(wanted, own_id, list(every.values()), others)
        own = next((one for one in there if one.external_id == own_id), None)
        return remaining(event.id, wanted, own_id, own, twins)

    # ------------------------------------------------------------------ looking

    def _wanted(self, step: Step) -> Wanted:
        event, given = self._ledger.event, step.input["input"]
        # The event may have been moved since; a second one that came of its creation was not.
        starts = start_sent(given) or event.starts_at
        sent = None if step.sent_at is None else self._sent_by_their_clock(step) - CLOCKS_DIFFER
        template, asked_about = event.template_external_id, event.asked_about
        return Wanted(template, event.title, starts, step.mark, sent, asked_about)

    def _made(self, step: Step, made: Events | None) -> Events:
        if made is not None:
            return made
        wanted, since = self.question(step)
        return self._look(step, lambda: self._lookups.made_since([wanted], since))

    def _look(self, step: Step, ask: Callable[[], Events]) -> Events:
        try:
            return ask()
        except AWAY:
            raise
        except LookUpFailed as error:
            self._ledger.could_not_look(step, error)
            raise

    def _sent_by_their_clock(self, step: Step) -> datetime:
        """When the creation was first sent, by Administrate's clock."""
        return self._by_their_clock(
            step.first_sent_at or step.sent_at or self._ledger.event.recorded_at
        )

    def _by_their_clock(self, moment: datetime) -> datetime:
        theirs = datetime.now(UTC) + timedelta(seconds=self._client.clock_difference)
        return moment + (theirs - self._ledger.clock())

    def _of_others(self, wanted: Wanted, found: Events) -> frozenset[str]:
        return self._ledger.of_others(candidates.unsure_ones(wanted, found))

    # ------------------------------------------------------------------ what follows

    def _settled_by(self, step: Step, found: Events) -> bool:
        """Whether one of these is ours: then it is adopted, or a person has to decide."""
        wanted = self._wanted(step)
        judged = candidates.judge(wanted, found, self._of_others(wanted, found))
        if judged.verdict == "absent":
            return False
        if judged.verdict == "ours":
            self._adopt(step, judged.events[0])
        elif judged.verdict == "doubled":
            message = candidates.too_many(wanted, judged.events)
            self._ledger.doubled(step, _ids(judged.events), message)
        else:
            self._ledger.ask(step, _ids(judged.events), candidates.question(judged))
        return True

    def _relink(self, step: Step, remote: RemoteEvent) -> None:
        """It carries our mark, and the one that is linked here is gone."""
        message = (
            f"{self._ledger.external_id}, which was linked here, is not in Administrate any more; "
            f"{remote.external_id}, which carries the mark of this event, was linked instead."
        )
        self.warnings.append(f"{self._ledger.event.title}: {message}")
        self.found = Recognised(self._ledger, step, remote, message, anew=True)
        store(self._ledger, [self.found])

    def _adopt(self, step: Step, remote: RemoteEvent) -> None:
        is_other_title = normalise(remote.title) != normalise(self._ledger.event.title)
        called = f", called «{remote.title}»" if is_other_title else ""
        state = "" if remote.state in {"", LifecycleState.DRAFT} else f", as {remote.state}"
        message = f"It was in Administrate already{called}{state}, and was adopted."
        if called or state:
            self.warnings.append(f"{self._ledger.event.title}: {message}")
        wanted = self._wanted(step)
        is_own = candidates.is_marked(wanted, remote) or candidates.is_made_since(wanted, remote)
        self.found = Recognised(self._ledger, step, remote, message, adopted=not is_own)
        store(self._ledger, [self.found])


def _ids(events: Events) -> list[str]:
    return [one.external_id for one in events]
