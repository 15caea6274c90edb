"""What a person can choose about a discrepancy, and what they may type instead."""

from datetime import UTC, datetime
from typing import Any

import pytest

from adm_sync.database.journal import OpenDiscrepancy
from adm_sync.reference.choices import MOST_PAIRS, choices, understood

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def near(label: str, tutorial_id: int | None = None, external_id: str | None = None) -> Any:
    return {"label": label, "tutorial_id": tutorial_id, "external_id": external_id}


def found(kind: str, *suggestions: Any, **ends: Any) -> OpenDiscrepancy:
    ends = {"tutorial_id": None, "external_id": None, "entity": "locations", **ends}
    return OpenDiscrepancy(
        id=1, kind=kind, subject="s", label="Leeds", detail="", suggestions=list(suggestions),
        first_seen=NOW, last_seen=NOW, **ends,
    )  # fmt: skip


def said(one: OpenDiscrepancy) -> dict[str, str]:
    return {text: str(statement) for text, statement in choices(one).items()}


def test_an_unmatched_record_is_a_candidate_or_never_or_nobody() -> None:
    one = found("unmatched_tutorial", near("Leads (north)", external_id="L1"), tutorial_id=7)

    pair = "locations: tutorial record 7 and Administrate record L1"
    assert said(one) == {
        "link to Leads (north) (L1)": f"link {pair}",
        "never Leads (north) (L1)": f"never {pair}",
        "ignore": "ignore locations: tutorial record 7",
    }


def test_a_record_without_an_id_cannot_be_decided_about() -> None:
    assert choices(found("unmatched_administrate", near("Leeds", 7), external_id="")) == {}


def test_what_administrate_owns_cannot_be_decided_about() -> None:
    assert choices(found("unmatched_administrate", external_id="P", entity="price_levels")) == {}


def test_a_linked_pair_that_drifted_is_confirmed_or_parted() -> None:
    one = found("drifted", tutorial_id=7, external_id="L1")

    assert list(choices(one)) == ["link", "never"]


def test_of_a_shared_name_each_pair_and_each_member_is_a_choice() -> None:
    one = found("ambiguous", near("Leeds", 7), near("Leeds", None, "A"), near("Leeds", None, "B"))

    assert list(choices(one)) == [
        "link 7 to Leeds (A)",
        "link 7 to Leeds (B)",
        "ignore the tutorial record 7",
        "ignore the Administrate record A",
        "ignore the Administrate record B",
    ]
    many = [near("Leeds", None, str(number)) for number in range(MOST_PAIRS + 1)]
    assert choices(found("ambiguous", near("Leeds", 7), *many)) == {}


@pytest.mark.parametrize(
    ("typed", "statement"),
    [
        ("  link  to Leads (L1) ", "link locations: tutorial record 7 and Administrate record L1"),
        ("Ignore", "ignore locations: tutorial record 7"),
        ("Link to l9=", "link locations: tutorial record 7 and Administrate record l9="),
        ("never Another (x1)", "never locations: tutorial record 7 and Administrate record x1"),
        ("link to", None),
        ("link to two words", None),
        ("linked", None),
        ("ignore it", None),
        ("perhaps", None),
    ],
)
def test_another_record_may_be_typed_by_its_id(typed: str, statement: str | None) -> None:
    one = found("unmatched_tutorial", near("Leads", external_id="L1"), tutorial_id=7)

    answer = understood(one, typed)

    assert (None if answer is None else str(answer)) == statement


def test_of_ids_that_differ_in_case_each_is_its_own() -> None:
    candidates = near("Leads", external_id="aB"), near("Leads", external_id="Ab")
    one = found("unmatched_tutorial", *candidates, tutorial_id=7)

    for external_id in ("aB", "Ab"):
        answer = understood(one, f"link to Leads ({external_id})")
        assert answer is not None
        assert answer.external_id == external_id


def test_on_the_other_side_a_number_is_typed() -> None:
    one = found("unmatched_administrate", external_id="L1")

    answer = understood(one, "link to 12")
    assert answer is not None
    assert (answer.tutorial_id, answer.external_id) == (12, "L1")
    assert understood(one, "link to twelve") is None
