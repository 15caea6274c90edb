"""The product of a course template code and a sitting, by the chain of the contract."""

from collections.abc import Sequence

import pytest

from adm_sync.workbook.events import Sitting
from adm_sync.workbook.lookup.products import Products
from adm_sync.workbook.references import Catalogue, ExamSession, Offer, Product, Subject

APRIL, SEPTEMBER = Sitting("2026A", "2026-04"), Sitting("2026S", "2026-09")


def _product(number: int, variation: str | None, offer: int = 1, *, active: bool = True) -> Product:
    return Product(number, f"P{number}", offer, variation, active)


def _catalogue(
    products: Sequence[Product],
    *,
    subjects: Sequence[str] = ("CB1", "CB2"),
    offers: Sequence[Offer] = (Offer(1, 1, 1),),
) -> Products:
    return Products(
        Catalogue(
            tuple(Subject(number, code) for number, code in enumerate(subjects, 1)),
            (ExamSession(1, "2026-04"), ExamSession(2, "2026-09")),
            tuple(offers),
            tuple(products),
        )
    )


@pytest.mark.parametrize(
    ("code", "variation"),
    [
        ("CB1_LO_6", "LO_6H"),
        ("cb1_lo_6", "LO_6H"),
        ("CB1-LO-6", "LO_6H"),
        ("CB1_LO_6", "lo-6"),
        ("OC_CB1", "OC"),
        ("WAITLIST_CB1", "WAITLIST"),
        ("LO_CB1_6", "LO_6"),
    ],
)
def test_the_variation_that_begins_with_the_rest_of_the_code_wins(
    code: str, variation: str
) -> None:
    products = [_product(5, "MA_4H"), _product(6, None), _product(9, variation)]
    sold = _catalogue(products).find(code, APRIL)
    assert (sold.product_id, sold.finding) == (9, None)


def test_a_single_product_is_taken_whatever_its_variation() -> None:
    sold = _catalogue([_product(5, "MA_4H")]).find("CB1_LO_6", APRIL)
    assert (sold.product_id, sold.finding) == (5, None)


@pytest.mark.parametrize(
    ("variations", "expected", "others"),
    [
        (("LO_6H", "LO_60"), 1, "2 (P2)"),
        (("MA_4H", "LO_60", "LO_6H"), 2, "3 (P3)"),
        (("MA_4H", "BI_4H"), 1, "2 (P2)"),
        ((None, None), 1, "2 (P2)"),
    ],
)
def test_of_several_left_the_lowest_id_is_taken_and_the_others_are_named(
    variations: tuple[str | None, ...], expected: int, others: str
) -> None:
    products = [_product(number, code) for number, code in enumerate(variations, 1)]
    sold = _catalogue(list(reversed(products))).find("CB1_LO_6", APRIL)
    assert sold.product_id == expected
    assert sold.finding
    assert not sold.finding.is_error
    assert sold.finding.code == "product_ambiguous"
    assert others in sold.finding.message


def test_a_long_list_of_others_is_cut() -> None:
    sold = _catalogue([_product(number, "LO_6") for number in range(1, 30)]).find("CB1_LO_6", APRIL)
    assert sold.finding
    assert "and 23 more" in sold.finding.message


@pytest.mark.parametrize(
    ("code", "sitting", "lacking"),
    [
        ("XX1_LO_6", APRIL, "no part of the code is a subject"),
        ("CB12_LO_6", APRIL, "no part of the code is a subject"),
        ("CB1_CB2_LO", APRIL, "2 parts of the code are subjects (CB1, CB2)"),
        ("CB1_CB1", APRIL, "2 parts of the code are subjects (CB1, CB1)"),
        ("CB1_LO_6", Sitting("2029A", "2029-04"), "there is no exam session 2029-04"),
        ("CB2_LO_6", APRIL, "subject CB2 is not active in 2026-04"),
        ("CB1_LO_6", SEPTEMBER, "subject CB1 has no active product of type Tutorial in 2026-09"),
    ],
)
def test_the_link_that_is_missing_is_named(code: str, sitting: Sitting, lacking: str) -> None:
    known = _catalogue([_product(1, "LO_6H")], offers=[Offer(1, 1, 1), Offer(2, 2, 1)])
    sold = known.find(code, sitting)
    assert sold.product_id is None
    assert sold.finding
    assert sold.finding.is_error
    assert sold.finding.code == "product_unknown"
    assert lacking in sold.finding.message
    assert "Nothing is created" in (sold.finding.suggestion or "")


def test_inactive_offers_and_products_do_not_count() -> None:
    inactive = _catalogue([_product(1, "LO_6")], offers=[Offer(1, 1, 1, is_active=False)])
    assert inactive.find("CB1_LO_6", APRIL).product_id is None
    known = _catalogue([_product(1, "LO_6", active=False), _product(2, "LO_6")])
    assert known.find("CB1_LO_6", APRIL).product_id == 2


def test_an_exam_session_that_is_there_twice_counts_as_one() -> None:
    catalogue = Catalogue(
        (Subject(1, "CB1"),),
        (ExamSession(1, "2026-04"), ExamSession(2, "2026-04")),
        (Offer(8, 2, 1),),
        (_product(3, "LO_6", 8),),
    )
    assert Products(catalogue).find("CB1_LO_6", APRIL).product_id == 3


def test_a_product_belongs_to_its_own_sitting() -> None:
    offers = [Offer(1, 1, 1), Offer(2, 2, 1)]
    known = _catalogue([_product(1, "LO_6", 1), _product(2, "LO_6", 2)], offers=offers)
    assert known.find("CB1_LO_6", APRIL).product_id == 1
    assert known.find("CB1_LO_6", SEPTEMBER).product_id == 2
