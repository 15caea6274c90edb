"""What of the changes of an event travels in one request, and what its answer means for each.

What belongs here: steps with their mutations. What does not: sending them (`changes`), and what
each of them says (`requests`).
"""

from collections.abc import Iterator, Sequence

from adm_sync.administrate.answers import Answer
from adm_sync.database.recorded import Step
from adm_sync.database.states import StepKind
from adm_sync.push import comparing, requests

# Mutations in one request: more might be too long for somebody's patience.
TOGETHER_AT_MOST = 25

# A step with its mutations; they are not known yet of one that is compared before it is sent.
Part = tuple[Step, tuple[requests.Mutation, ...]]


class NotTogether(Exception):
    """Administrate refused several mutations in one request."""


def batches(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """These, as many at a time as travel together."""
    some: list[Part] = []
    for part in parts:
        is_full = sum(max(len(m), 1) for _, m in [*some, part]) > TOGETHER_AT_MOST
        if some and (is_full or _needs_a_look_between(some, part)):
            yield some
            some = []
        some.append(part)
    if some:
        yield some


def _needs_a_look_between(some: Sequence[Part], part: Part) -> bool:
    """One change of a record is compared with what another has made of it.

    And who is taken from an event is taken from its sessions, and may have to be added there.
    """
    step, _ = part
    before = [one for one, _ in some if one.kind == step.kind and one.kind in comparing.KINDS]
    of_staff = step.kind == StepKind.CHANGE_STAFF
    return any(
        one.event_session_id == step.event_session_id or (of_staff and one.event_session_id is None)
        for one in before
    )


def verdicts_on(parts: Sequence[Part], answer: Answer) -> list[requests.Verdict]:
    """What the answer means for each step."""
    verdicts, number = [], 0
    for _, mutations in parts:
        aliases = [f"s{number + n}" for n in range(len(mutations))]
        number += len(mutations)
        one_each = [
            requests.change_verdict(answer, mutation.document, alias)
            for mutation, alias in zip(mutations, aliases, strict=True)
        ]
        verdicts.append(requests.taken_together(one_each))
    return verdicts
