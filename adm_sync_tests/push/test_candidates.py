"""Judging whether an event of Administrate is the one that a creation makes."""

import html
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adm_sync.push.candidates import Wanted, judge, loose, near, twins
from adm_sync.push.marks import MarkPlace, marked, marks_in, new_mark, notes_are_ours, notes_of
from adm_sync.push.remote import RemoteEvent

START = datetime(2027, 1, 12, 9, 30, tzinfo=UTC)
TITLE = "CB1 Q&A “Naïve” Revision\u2019s Saturday  Class, London 27A-01"
MARK = "adm_sync:0123456789abcdef"
OTHER = "adm_sync:fedcba9876543210"
WANTED = Wanted("T:1", TITLE, START, MARK)

# What servers do to titles; after each of these it is the same title for sure.
REWRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "entities": html.escape,
    "entities twice": lambda title: html.escape(html.escape(title)),
    "straight quotes": lambda title: (
        title.replace("“", '"').replace("”", '"').replace("\u2019", "'")
    ),
    "upper case": str.upper,
    "NFD": lambda title: unicodedata.normalize("NFD", title),
    "spaces collapsed": lambda title: " ".join(title.split()),
    "no-break spaces": lambda title: title.replace(" ", "\u00a0"),
}
# After these it may be.
CHANGED: dict[str, Callable[[str], str]] = {
    "cut at 40": lambda title: title[:40],
    "cut at a space": lambda title: title[:35],
    "a time stamp added": lambda title: f"{title} 2027-01-05T10:00",
    "something before it": lambda title: f"DRAFT {title}",
    "another end": lambda title: f"{title[:36]} and so on",
}


def event(number: int = 1, title: str = TITLE, **fields: Any) -> RemoteEvent:
    values = {"template": "T:1", "state": "draft", "starts": frozenset([START]), **fields}
    values = {"created": None, **values}
    return RemoteEvent(external_id=f"Course:{number}", title=title, sessions=None, **values)


@pytest.mark.parametrize("how", REWRITTEN)
def test_a_title_that_a_server_rewrote_is_the_same(how: str) -> None:
    judged = judge(WANTED, [event(title=REWRITTEN[how](TITLE))])
    assert (judged.verdict, judged.sentence) == ("ours", "")


@pytest.mark.parametrize("how", CHANGED)
def test_a_title_that_was_changed_is_for_a_person_to_decide(how: str) -> None:
    title = CHANGED[how](TITLE)
    judged = judge(WANTED, [event(title=title)])
    assert judged.verdict == "unsure"
    for part in (title, TITLE, "Course:1", "draft", "12/01/2027 09:30"):
        assert part in judged.sentence


@pytest.mark.parametrize("how", CHANGED)
def test_with_its_mark_it_is_ours_whatever_it_is_called_and_whenever_it_starts(how: str) -> None:
    moved = frozenset([START + timedelta(days=7)])
    for one in (event(title=CHANGED[how](TITLE)), event(title="x", starts=moved)):
        assert judge(WANTED, [replaced(one, marks={MARK})]).verdict == "ours"
        assert judge(WANTED, [replaced(one, marks={MARK}, template="T:2")]).verdict == "ours"


def replaced(one: RemoteEvent, *, marks: set[str], template: str | None = "T:1") -> RemoteEvent:
    values = {name: getattr(one, name) for name in ("title", "state", "starts")}
    return event(**values, template=template, marks=frozenset(marks))


@pytest.mark.parametrize(
    "other",
    [
        event(title="CB1 Bristol 27A-02"),
        event(template="T:2"),
        event(template=None),
        event(starts=frozenset([START + timedelta(minutes=1)])),
        event(starts=frozenset()),
        event(title=""),
    ],
)
def test_another_title_template_or_start_is_another_event(other: RemoteEvent) -> None:
    assert judge(WANTED, [other]).verdict == "absent"


SENT = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
MOMENT = timedelta(seconds=20)
AFTER_SENDING = Wanted("T:1", TITLE, START, sent=SENT)


def made_since(number: int = 1, title: str = "", **fields: Any) -> RemoteEvent:
    """An event that may have come of what was sent, but for its title."""
    return event(number, title, **{"created": SENT + MOMENT, "updated": SENT + MOMENT, **fields})


@pytest.mark.parametrize("title", ["", "CB1, six half days", TITLE[:12], "??????"])
def test_what_was_made_since_it_was_sent_may_be_it_whatever_it_is_called(title: str) -> None:
    judged = judge(AFTER_SENDING, [made_since(title=title)])
    assert judged.verdict == "unsure"
    assert f"«{title}» (Course:1)" in judged.sentence
    assert judge(AFTER_SENDING, [made_since(title=title)], {"Course:1"}).verdict == "absent"
    # Of several nobody knows that they are one event, so none is proposed to be removed.
    several = judge(AFTER_SENDING, [made_since(1, title), made_since(2, title)])
    assert several.verdict == "unsure"
    assert "Course:2" in several.sentence
    assert judge(AFTER_SENDING, [made_since(title=title), event(2)]).verdict == "ours"


@pytest.mark.parametrize(
    "other",
    [
        made_since(created=SENT - timedelta(hours=1)),
        made_since(created=None),
        made_since(template="T:2"),
        made_since(starts=frozenset([START + timedelta(days=1)])),
        made_since(title=TITLE, template="T:2"),
        made_since(title=TITLE, starts=frozenset([START + timedelta(days=1)]), created=None),
    ],
)
def test_what_cannot_have_come_of_it_is_another_event(other: RemoteEvent) -> None:
    assert judge(AFTER_SENDING, [other]).verdict == "absent"
    assert judge(WANTED, [made_since()]).verdict == "absent"  # it was never sent


WORKED_ON = {"updated": SENT + timedelta(minutes=5)}
MOVED = {"starts": frozenset([START + timedelta(days=7)])}


def test_what_somebody_has_worked_on_may_be_it_until_a_person_has_decided() -> None:
    for one in (
        made_since(title="Business Finance", **WORKED_ON),
        made_since(title=TITLE, **MOVED),
        made_since(title=f"{TITLE} (new)", **MOVED, **WORKED_ON),
    ):
        judged = judge(AFTER_SENDING, [one])
        assert judged.verdict == "unsure"
        assert "Course:1" in judged.sentence
        assert judge(AFTER_SENDING, [one], {"Course:1"}).verdict == "absent"
        # Also beside one that surely is: it may be once more what was sent.
        expected = "unsure" if MOVED["starts"] == one.starts else "ours"
        assert judge(AFTER_SENDING, [one, event(2)]).verdict == expected
    renamed = made_since(title="Business Finance", **WORKED_ON)
    asked = replace(AFTER_SENDING, asked_about=["Course:1"])
    assert judge(asked, [renamed]).verdict == "absent"
    for one in (made_since(title="Business Finance"), made_since(title=TITLE, **MOVED)):
        assert judge(asked, [one]).verdict == "unsure"


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("CB1 London 27A-1", "CB1 London 27A-10", False),
        ("CB1 London 27A-01", "CB1 London 27A-02", False),
        ("CB1 London 27A-01", "CB1 London 27A-01 (copy)", True),
        ("CB1 London", "CB1 Londonderry", False),
        ("", "CB1 London", False),
        ("x" * 30 + "a", "x" * 30 + "b", True),
        ("x" * 29 + "a", "x" * 29 + "b", False),
    ],
)
def test_nearness(one: str, other: str, is_near: bool) -> None:
    assert near(one, other) is is_near
    assert near(other, one) is is_near


@pytest.mark.parametrize("title", [TITLE, *(how(TITLE) for how in CHANGED.values())])
@pytest.mark.parametrize("marks", [frozenset[str](), frozenset([MARK])])
def test_a_cancelled_event_is_never_taken_unasked(title: str, marks: frozenset[str]) -> None:
    judged = judge(WANTED, [event(title=title, state="cancelled", marks=marks)])
    assert judged.verdict == "unsure"
    assert "already, cancelled: " in judged.sentence


def test_a_cancelled_one_beside_the_living_one_is_no_double() -> None:
    judged = judge(WANTED, [event(1, state="cancelled"), event(2)])
    assert (judged.verdict, judged.events[0].external_id) == ("ours", "Course:2")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (event(1, marks=frozenset([MARK])), event(2, "anything", marks=frozenset([MARK]))),
        (event(1, marks=frozenset([MARK])), event(2)),
        (event(1, marks=frozenset([MARK])), event(2, TITLE[:40])),
        (event(1), event(2, TITLE.upper())),
        (event(1, TITLE[:40]), event(2, TITLE[:40])),
        (event(1, f"{TITLE} 10:00"), event(2, f"{TITLE} 10:01")),
    ],
)
def test_two_that_are_it_are_doubled(first: RemoteEvent, second: RemoteEvent) -> None:
    judged = judge(WANTED, [first, second])
    assert judged.verdict == "doubled"
    assert all(one.external_id in judged.sentence for one in (first, second))
    assert [one.external_id for one in twins(WANTED, "Course:1", [first, second])] == ["Course:2"]


def test_another_group_with_a_long_name_is_no_double() -> None:
    sibling = event(2, f"{TITLE[:-1]}2", marks=frozenset([OTHER]))
    assert judge(WANTED, [event(1), sibling]).verdict == "ours"
    assert not twins(WANTED, "Course:1", [event(1), sibling])
    # Alone it might be ours, unless it is known whose it is.
    assert judge(WANTED, [sibling]).verdict == "unsure"
    assert judge(WANTED, [sibling], {"Course:2"}).verdict == "absent"


texts = st.text(max_size=60)


@given(texts)
def test_loosening_is_idempotent(title: str) -> None:
    assert loose(loose(title)) == loose(title)


@given(texts, st.sampled_from(sorted(REWRITTEN)))
def test_every_title_survives_what_servers_do(title: str, how: str) -> None:
    rewritten = REWRITTEN[how](title)
    wanted = Wanted("T:1", title, START)
    if loose(title) and how != "upper case":
        assert judge(wanted, [event(title=rewritten)]).verdict == "ours"


@given(texts, texts)
def test_near_is_symmetric_and_wider_than_the_same(one: str, other: str) -> None:
    assert near(one, other) == near(other, one)
    if loose(one) and loose(one) == loose(other):
        assert near(one, other, strictly=True)
    if near(one, other, strictly=True):
        assert near(one, other)


states = st.sampled_from(["draft", "published", "cancelled", ""])
titles = st.sampled_from([TITLE, TITLE.upper(), TITLE[:40], "CB2 elsewhere", f"{TITLE} x"])
marks = st.sampled_from([frozenset[str](), frozenset([MARK]), frozenset([OTHER])])


@given(st.lists(st.tuples(titles, states, marks), max_size=4))
def test_what_is_judged_ours_is_one_that_lives_and_the_only_one(
    drawn: list[tuple[str, str, frozenset[str]]],
) -> None:
    found = [
        event(n, title, state=state, marks=some) for n, (title, state, some) in enumerate(drawn)
    ]
    judged = judge(WANTED, found)
    if judged.verdict == "ours":
        (ours,) = judged.events
        assert ours.state != "cancelled"
        assert not twins(WANTED, ours.external_id, found)
    if judged.verdict == "absent":
        assert not any(MARK in one.marks or near(one.title, TITLE) for one in found)
    if judged.verdict == "doubled":
        assert len(judged.events) > 1


# ---------------------------------------------------------------------- marks


def test_marks_are_found_again_whatever_is_around_them() -> None:
    mark = new_mark()
    assert mark != new_mark()
    assert marks_in([None, "", f"<p>Bring a {mark}, please</p>", 7]) == {mark}
    assert marks_in(["adm_sync:0123", "adm_sync:"]) == frozenset()


def test_the_notes_of_a_planner_stay_beside_the_mark() -> None:
    sent = marked({"title": "x", "internalNotes": "Bring chalk."}, MARK, MarkPlace())
    assert sent["internalNotes"].startswith("Bring chalk.")
    assert marks_in([sent["internalNotes"]]) == {MARK}
    assert marked({"title": "x"}, MARK, MarkPlace())["internalNotes"] == MARK


def test_a_mark_in_a_custom_field_leaves_the_others_alone() -> None:
    before = {"customFieldValues": [{"definitionKey": "a", "value": "1"}]}
    sent = marked(before, MARK, MarkPlace("b"))
    assert sent["customFieldValues"] == [
        {"definitionKey": "a", "value": "1"},
        {"definitionKey": "b", "value": MARK},
    ]
    assert "internalNotes" not in sent
    assert len(before["customFieldValues"]) == 1


@pytest.mark.parametrize(
    ("notes", "sent", "mark", "ours"),
    [
        (None, {}, None, True),
        ("", {}, MARK, True),
        (MARK, {}, MARK, True),
        (f" {MARK}\n", {}, MARK, True),
        (f"{MARK} and more", {}, MARK, False),
        (OTHER, {}, MARK, False),
        (MARK, {}, None, False),
        ("Chalk", {"internalNotes": "Chalk"}, None, True),
        (notes_of({"internalNotes": "Chalk"}, MARK), {"internalNotes": "Chalk"}, MARK, True),
        ("Cheese", {"internalNotes": "Chalk"}, MARK, False),
    ],
)
def test_notes_are_ours_only_if_they_are_exactly_what_was_sent(
    notes: str | None, sent: dict[str, Any], mark: str | None, ours: bool
) -> None:
    assert notes_are_ours(notes, sent, mark) is ours
