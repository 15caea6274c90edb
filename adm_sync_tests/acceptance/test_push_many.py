"""Many events, and a tenant that loses a fifth of its answers."""

import random

import pytest

from adm_sync_tests.acceptance.pushing import MANY, Outbox, assert_both_sides_agree
from adm_sync_tests.acceptance.test_push_processes import MANY_TITLES

LOST = MANY // 5


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [1, 2])
def test_a_fifth_of_the_creations_committed_and_dropped_are_none_twice_and_none_missing(
    full_outbox: Outbox, seed: int
) -> None:
    """In one run; some are listed late too, so that the first look does not find them."""
    lost = random.Random(seed).sample(range(MANY), LOST)
    for number in lost:
        full_outbox.fail("drop_after", "createBlended", skip=number)
    for number in lost[: LOST // 3]:
        full_outbox.fail("list_late", "createBlended", skip=number, requests=2)
    pushed = full_outbox.push(workers=4)
    assert not pushed.stopped
    assert len(pushed.adopted) == LOST
    assert len(pushed.created) == MANY - LOST
    creations = [name for name in full_outbox.asked() if name == "CreateBlendedEvent"]
    assert len(creations) == MANY
    assert pushed.requests <= 3 * MANY
    assert_both_sides_agree(full_outbox, MANY_TITLES)
