"""Every row of the catalogue of bad inputs has a test: a case, or a test of its own."""

import pytest

from adm_sync_tests.acceptance import test_bad_inputs_again, test_bad_inputs_files
from adm_sync_tests.acceptance.bad_inputs.catalogue import CATALOGUE, FILES, SHEETS
from adm_sync_tests.acceptance.test_bad_inputs_rows import CASES


@pytest.mark.parametrize("row", CATALOGUE)
def test_every_row_of_the_catalogue_has_a_test(row: str) -> None:
    name = CATALOGUE[row]
    module = test_bad_inputs_files if row in {**FILES, **SHEETS} else test_bad_inputs_again
    assert hasattr(module, name) if name else any(case.row == row for case in CASES)


def test_no_case_is_of_a_row_that_there_is_not() -> None:
    assert {case.row for case in CASES} == {row for row, name in CATALOGUE.items() if not name}


def test_no_two_cases_have_one_name() -> None:
    assert len({(case.row, case.what) for case in CASES}) == len(CASES)
