"""From a course template code and a sitting to the product that is sold.

What belongs here: the chain: subject, exam session, offer, product.
What does not: everything else an event refers to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adm_sync.names.keys import normalise
from adm_sync.workbook.columns import Column
from adm_sync.workbook.events import Sitting
from adm_sync.workbook.findings import Finding, error, quoted, warning
from adm_sync.workbook.lookup.registers import NAMED_AT_ONCE
from adm_sync.workbook.references import Catalogue, Product

_BETWEEN_PARTS = re.compile("[_-]")

PRODUCT_UNKNOWN = error(
    "product_unknown",
    "There is no product for {code} in sitting {sitting}: {lacking}.",
    "CB1_LO_6 in sitting 2029A",
    "Correct the course template code or the sitting. Nothing is created on either side before the "
    "catalogue of the tutorial tables has it.",
    note="The message says which link is missing: subject, exam session, subject in that exam "
    "session, or product.",
    suggests=True,
)
PRODUCT_AMBIGUOUS = warning(
    "product_ambiguous",
    "{count} products fit {code}; the first, {chosen}, was taken. The others are {others}.",
    "CB1_LO with products LO_6H and LO_3H",
    "If it is the wrong one, deactivate it in the catalogue, or make the code say more.",
    note="The first is the one with the lowest id.",
    suggests=True,
)


@dataclass(frozen=True, slots=True)
class Sold:
    """The product of an event, or what stands in the way, and the column that it is about.

    `has_subject` is False if the code alone is to blame: none or several of its parts are subjects.
    """

    product_id: int | None
    finding: Finding | None = None
    column: Column = Column.CODE
    has_subject: bool = True


class Products:
    """The catalogue, ready to be searched."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._subjects: dict[str, list[int]] = {}
        for one in catalogue.subjects:
            self._subjects.setdefault(normalise(one.code), []).append(one.id)
        self._exam_sessions: dict[str, list[int]] = {}
        for session in catalogue.exam_sessions:
            self._exam_sessions.setdefault(normalise(session.code), []).append(session.id)
        self._offers = {
            (offer.subject_id, offer.exam_session_id): offer.id
            for offer in catalogue.offers
            if offer.is_active
        }
        self._products: dict[int, list[Product]] = {}
        for product in catalogue.products:
            if product.is_active:
                self._products.setdefault(product.offer_id, []).append(product)
        self._answers: dict[tuple[str, Sitting], Sold] = {}

    def find(self, code: str, sitting: Sitting) -> Sold:
        """The product of a course template code in a sitting; never raises."""
        if (code, sitting) not in self._answers:
            self._answers[code, sitting] = self._find(code, sitting)
        return self._answers[code, sitting]

    def _find(self, code: str, sitting: Sitting) -> Sold:
        parts = _BETWEEN_PARTS.split(normalise(code))
        known = [place for place, part in enumerate(parts) if part in self._subjects]
        if len(known) != 1:
            finding = _unknown(code, sitting, _about_subjects(parts, known))
            return Sold(None, finding, has_subject=False)
        subject = parts.pop(known[0])
        sessions = self._exam_sessions.get(normalise(sitting.exam_session), [])
        if not sessions:
            lacking = f"there is no exam session {sitting.exam_session}"
            return Sold(None, _unknown(code, sitting, lacking), Column.SITTING)
        pairs = [(one, session) for one in self._subjects[subject] for session in sessions]
        offers = [self._offers[pair] for pair in pairs if pair in self._offers]
        if not offers:
            lacking = f"subject {subject.upper()} is not active in {sitting.exam_session}"
            return Sold(None, _unknown(code, sitting, lacking))
        products = [product for offer in offers for product in self._products.get(offer, ())]
        if not products:
            lacking = (
                f"subject {subject.upper()} has no active product of type Tutorial in "
                f"{sitting.exam_session}"
            )
            return Sold(None, _unknown(code, sitting, lacking))
        return _choose(products, code, "_".join(parts))


def _about_subjects(parts: Sequence[str], known: Sequence[int]) -> str:
    if not known:
        return "no part of the code is a subject"
    named = ", ".join(parts[place].upper() for place in known)
    return f"{len(known)} parts of the code are subjects ({named}), which leaves open which it is"


def _unknown(code: str, sitting: Sitting, lacking: str) -> Finding:
    return PRODUCT_UNKNOWN(code=quoted(code), sitting=sitting.name, lacking=lacking)


def _choose(products: Sequence[Product], code: str, rest: str) -> Sold:
    """The variation that begins with the rest, then the lowest id."""
    left = sorted(products, key=lambda product: product.id)
    if len(left) > 1:
        left = [product for product in left if _begins(product, rest)] or left
    chosen, *others = left
    if not others:
        return Sold(chosen.id)
    named = ", ".join(f"{product.id} ({product.code})" for product in others[:NAMED_AT_ONCE])
    more = f" and {len(others) - NAMED_AT_ONCE} more" if len(others) > NAMED_AT_ONCE else ""
    finding = PRODUCT_AMBIGUOUS(
        count=len(left),
        code=quoted(code),
        chosen=f"{chosen.id} ({chosen.code})",
        others=named + more,
    )
    return Sold(chosen.id, finding)


def _begins(product: Product, rest: str) -> bool:
    variation = normalise(product.variation_code or "").replace("-", "_")
    return bool(variation) and variation.startswith(rest)
