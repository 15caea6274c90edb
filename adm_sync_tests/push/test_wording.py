import pytest

from adm_sync.database.states import StepKind
from adm_sync.push.wording import doing


@pytest.mark.parametrize("kind", StepKind)
def test_every_kind_of_step_has_words(kind: StepKind) -> None:
    assert doing(kind, None)
    assert doing(kind, 3).startswith("Day 3, ")
