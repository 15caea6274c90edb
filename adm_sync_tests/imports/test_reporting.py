"""What the files of a report are called."""

import pytest

from adm_sync.imports import reporting


@pytest.mark.parametrize(
    ("stem", "copy"),
    [
        ("mine", "mine (checked)"),
        ("mine (checked)", "mine (checked 2)"),
        ("mine (checked 9)", "mine (checked 10)"),
        ("(checked)", "(checked) (checked)"),
    ],
)
def test_the_copy_of_a_corrected_copy_has_the_next_number(stem: str, copy: str) -> None:
    assert reporting._of_copy(stem) == copy
