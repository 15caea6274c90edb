"""Design 4: the nearest candidates for every unmatched record, for a person to choose from."""

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from adm_sync.names.nearest import BUDGET, LIMIT, SCORE_WORTH_SHOWING, Nearest
from adm_sync.reference.entity import TutorialRecord
from adm_sync.reference.suggestions import Candidates, member
from adm_sync_tests.reference.building import record, tutorial

MANY = 10_000
_SYLLABLES = ("ka", "lo", "mer", "tin", "sa", "vo", "del", "ri", "pum", "zen", "gar", "hil")
_RANDOM = Random(20_27)
NAMES = [
    " ".join("".join(_RANDOM.choices(_SYLLABLES, k=3)).title() for _ in range(3))
    for _ in range(MANY)
]
CROWD = Nearest(NAMES, budget=0)


def labels(found: list[dict[str, object]]) -> list[object]:
    return [one["label"] for one in found]


def towns(*names: str) -> list[TutorialRecord]:
    return [tutorial(number, name) for number, name in enumerate(names, 1)]


def test_the_nearest_come_first_with_their_scores() -> None:
    found = Candidates(towns("York", "Leeds", "Leeds City", "Leed")).nearest(record("L1", "Leeds"))
    assert labels(found) == ["Leeds", "Leed", "Leeds City"]
    scores = [one["score"] for one in found]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] == 100


def test_candidates_of_one_score_keep_their_order() -> None:
    found = Candidates(towns("Leeds", "LEEDS", "leeds")).nearest(record("L1", "Leeds"))
    assert [one["tutorial_id"] for one in found] == [1, 2, 3]


def test_no_more_than_three_are_shown() -> None:
    found = Candidates(towns(*["Leeds"] * 10)).nearest(record("L1", "Leeds"))
    assert len(found) == LIMIT == 3


def test_what_is_not_near_is_not_shown() -> None:
    assert Candidates(towns("York", "Bath")).nearest(record("L1", "Edinburgh")) == []


def test_the_least_score_that_is_shown() -> None:
    """Half of the letters of both are equal at 50, three in five at 60."""
    assert SCORE_WORTH_SHOWING == 60
    assert labels(Candidates(towns("abcxy")).nearest(record("L1", "abcde"))) == ["abcxy"]
    assert Candidates(towns("abxyz")).nearest(record("L1", "abcde")) == []


def test_the_order_of_words_case_and_accents_of_writing_make_no_difference() -> None:
    found = Candidates(towns("CITY  Hall, Leeds")).nearest(record("L1", "Leeds City\u00a0Hall,"))
    assert found[0]["score"] == 100


def test_a_near_look_alike_is_suggested_although_it_never_matches() -> None:
    assert labels(Candidates(towns("CM1-LO")).nearest(record("L1", "\u0421M1-LO"))) == ["CM1-LO"]


def test_records_without_a_name_are_near_to_nothing() -> None:
    assert Candidates(towns("", " ")).nearest(record("L1", "\u200b")) == []
    assert Candidates(towns("", " ")).nearest(record("L1", "Leeds")) == []


def test_among_nobody_nobody_is_near() -> None:
    assert Candidates([]).nearest(record("L1", "Leeds")) == []


def test_when_the_budget_is_spent_what_looks_alike_is_still_suggested() -> None:
    candidates = Candidates(towns("Leeds", "York"), budget=5)
    assert [len(candidates.nearest(record("L1", "Leeds"))) for _ in range(4)] == [1, 1, 1, 1]
    assert labels(candidates.nearest(record("L1", "Leedz"))) == ["Leeds"]
    assert candidates.nearest(record("L1", "Edinburgh")) == []


@given(st.data())
def test_of_ten_thousand_none_is_nearer_than_what_is_suggested(data: st.DataObject) -> None:
    position = data.draw(st.integers(0, MANY - 1))
    name = NAMES[position]
    # Another first letter gives the words another order, and what is near is another name then.
    inner = [at for at in range(1, len(name)) if " " not in name[at - 1 : at + 1]]
    at = data.draw(st.sampled_from(inner))
    written = name[:at] + data.draw(st.sampled_from(["", "x", "q"])) + name[at + 1 :]
    found = CROWD.to(written)
    ((_, score),) = Nearest([name]).to(written)
    # Or three others are as near to what was written.
    assert position in dict(found) or [s >= score for _, s in found] == [True] * LIMIT


def test_what_all_names_share_leads_to_nobody_else() -> None:
    nearest = Nearest([f"Course {number:05}" for number in range(10_000)], budget=0)
    (best, score), *_ = nearest.to("Course 04711")
    assert (best, score) == (4711, 100)


def test_a_record_without_a_name_costs_nothing() -> None:
    candidates = Candidates(towns("Leeds"), budget=1)
    assert candidates.nearest(record("L1", "")) == []
    assert len(candidates.nearest(record("L2", "Leeds"))) == 1


def test_the_budget_lets_a_thousand_on_either_side_see_each_other() -> None:
    assert BUDGET >= 1_000 * 1_000


def test_a_member_of_either_side_is_shown_with_its_id() -> None:
    assert member(tutorial(7, "Leeds")) == {
        "tutorial_id": 7,
        "external_id": None,
        "label": "Leeds",
        "detail": "",
        "apart": "",
    }
    assert member(record("L1", "Leeds", about="the place"))["external_id"] == "L1"
    assert member(record("L1", "Leeds"))["tutorial_id"] is None


def test_a_pair_that_a_person_has_parted_is_not_offered_and_the_next_one_is() -> None:
    names = towns("Leeds", "Leeds 1", "Leeds 2", "Leeds 3")
    found = Candidates(names, never=[(1, "L1"), (2, "L2")]).nearest(record("L1", "Leeds"))
    assert labels(found) == ["Leeds 1", "Leeds 2", "Leeds 3"]
    records = [record("L1", "Leeds"), record("L2", "Leeds 2")]
    assert labels(Candidates(records, never=[(1, "L1")]).nearest(names[0])) == ["Leeds 2"]


def test_a_record_at_another_place_is_no_candidate_and_one_at_no_known_place_is() -> None:
    rooms = [
        replace(one, place=place)
        for one, place in zip(towns(*["Room 4"] * 4), (1, 2, 1, None), strict=True)
    ]
    candidates = Candidates(rooms)
    at = {place: replace(record("V1", "Room 4"), place=place) for place in (1, 2, 3, None)}
    near = {place: candidates.nearest(one) for place, one in at.items()}
    assert {place: [one["tutorial_id"] for one in some] for place, some in near.items()} == {
        1: [1, 3, 4],
        2: [2, 4],
        3: [4],
        None: [1, 2, 3],
    }


def test_many_places_spend_one_budget() -> None:
    rooms = [replace(one, place=one.id % 50) for one in towns(*["Room"] * 500)]
    candidates = Candidates(rooms, budget=100)
    assert all(candidates.nearest(replace(record("V1", "Room"), place=n)) for n in range(50))
    assert 0 <= candidates.budget < 10
