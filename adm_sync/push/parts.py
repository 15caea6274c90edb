"""What of the changes of events travels in one request, and what its answer means for each.

What belongs here: steps with their mutations. What does not: sending them (`sending`), and what
each of them says (`requests`).
"""

from collections.abc import Iterator, Sequence

from adm_sync.administrate.answers import Answer
from adm_sync.database.recorded import Step
from adm_sync.database.states import StepKind
from adm_sync.push import comparing, requests

# Mutations in one request: more might be too long for somebody's patience.
OF_ONE_EVENT, OF_EACH_OF_SEVERAL = 25, 12

# A step with its mutations; they are not known yet of one that is compared before it is sent.
Part = tuple[Step, tuple[requests.Mutation, ...]]


def events_of(parts: Sequence[Part]) -> list[int]:
    """The ids of the events that these are of, in order."""
    return list(dict.fromkeys(step.event_id for step, _ in parts))


def of_event(parts: Sequence[Part], event_id: int) -> list[Part]:
    """Those of one event."""
    return [part for part in parts if part[0].event_id == event_id]


def batches(parts: Sequence[Part], events: int) -> Iterator[list[Part]]:
    """These, as many at a time as travel together, of so many events at most."""
    most = max(OF_ONE_EVENT, OF_EACH_OF_SEVERAL * events)
    some: list[Part] = []
    for part in parts:
        more = [*some, part]
        is_full = sum(max(len(m), 1) for _, m in more) > most or len(events_of(more)) > events
        if some and (is_full or _needs_a_look_between(some, part)):
            yield some
            some = []
        some.append(part)
    if some:
        yield some


def smaller(parts: Sequence[Part]) -> list[list[Part]]:
    """The same in two requests of half as many events each."""
    events = events_of(parts)
    first = set(events[: len(events) // 2])
    return [
        [part for part in parts if (part[0].event_id in first) is wanted]
        for wanted in (True, False)
    ]


def _needs_a_look_between(some: Sequence[Part], part: Part) -> bool:
    """One change of a record is compared with what another has made of it.

    And who is taken from an event is taken from its sessions, and may have to be added there.
    """
    step, _ = part
    before = [
        one
        for one, _ in of_event(some, step.event_id)
        if one.kind == step.kind and one.kind in comparing.KINDS
    ]
    of_staff = step.kind == StepKind.CHANGE_STAFF
    return any(
        one.event_session_id == step.event_session_id or (of_staff and one.event_session_id is None)
        for one in before
    )


def verdicts_on(parts: Sequence[Part], answer: Answer) -> list[requests.Verdict]:
    """What the answer means for each step."""
    verdicts = []
    for (_, mutations), aliases in zip(parts, aliases_of(parts), strict=True):
        one_each = [
            requests.change_verdict(answer, mutation.document, alias)
            for mutation, alias in zip(mutations, aliases, strict=True)
        ]
        verdicts.append(requests.taken_together(one_each))
    return verdicts


def aliases_of(parts: Sequence[Part]) -> list[list[str]]:
    """Under which names the mutations of each step are answered."""
    aliases, number = [], 0
    for _, mutations in parts:
        aliases.append([f"s{number + n}" for n in range(len(mutations))])
        number += len(mutations)
    return aliases
