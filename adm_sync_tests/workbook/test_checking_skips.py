"""Bad rows: events and rows that are left out, and are named."""

import pytest

from adm_sync.workbook.sheet import Raw
from adm_sync_tests.workbook.tables import TITLE, checked, codes, event, group, only, session

OTHER = "CM1-LO-2-26A"
SESSION_TITLE, DAY = "Session title", "Day"


@pytest.mark.parametrize(
    ("changes", "code", "header", "reason"),
    [
        ({"cancelled": "Y"}, "skipped_cancelled", "Cancelled", "it is marked as cancelled"),
        ({"cancelled": True}, "skipped_cancelled", "Cancelled", "it is marked as cancelled"),
        ({"cancelled": 1}, "skipped_cancelled", "Cancelled", "it is marked as cancelled"),
        (
            {"title": f"{TITLE} - CANC"},
            "skipped_cancelled",
            "Event title",
            "its title says that it is cancelled",
        ),
        (
            {"title": f"{TITLE} Cancelled"},
            "skipped_cancelled",
            "Event title",
            "its title says that it is cancelled",
        ),
        (
            {"title": f"IGNORE {TITLE}"},
            "skipped_by_title",
            "Event title",
            "its title has the word IGNORE",
        ),
        (
            {"title": f"{TITLE}_TEST"},
            "skipped_by_title",
            "Event title",
            "its title has the word TEST",
        ),
        ({"title": f"{TITLE}-old"}, "skipped_by_title", "Event title", "its title ends in '-old'"),
    ],
)
def test_an_event_that_is_laid_aside_is_skipped_with_its_sessions(
    changes: dict[str, Raw], code: str, header: str, reason: str
) -> None:
    broken = session(2, start_date="31/04/2026")
    outcome = checked(event(sitting="2026X", **changes), broken, event(OTHER))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.header) == (code, 4, header)
    assert finding.severity == "warning"
    assert reason in finding.message
    assert finding.message.startswith("The event '")
    assert "is skipped with its 2 sessions: " in finding.message
    skipped, accepted = outcome.groups
    assert (skipped.rows, skipped.verdict, skipped.reason) == ((4, 5), "skipped", reason)
    assert (skipped.sessions, skipped.event) == (2, None)
    assert accepted.verdict == "accepted"


@pytest.mark.parametrize("title", ["CB1-Contest", "CB1-CANCEL-6", "CB1-TESTING", "CB1-older"])
def test_other_titles_are_not_skipped(title: str) -> None:
    assert checked(event(title)).findings == ()


def test_a_word_in_small_letters_is_only_pointed_out() -> None:
    outcome = checked(event("CB1 mock test"))
    assert codes(outcome) == [("seems_laid_aside", 4, "Event title")]
    assert group(outcome).verdict == "accepted"


def test_a_session_of_another_event_under_a_skipped_one_is_not_lost_silently() -> None:
    outcome = checked(event(OTHER), event(cancelled="Y"), session(2), session(2, OTHER))
    assert codes(outcome) == [
        ("skipped_cancelled", 5, "Cancelled"),
        ("belongs_elsewhere", 7, SESSION_TITLE),
    ]
    assert [found.verdict for found in outcome.groups] == ["accepted", "rejected"]


def test_sessions_whose_event_is_gone_do_not_vanish_under_a_skipped_one() -> None:
    outcome = checked(event(cancelled="Y"), session(2), session(2, OTHER))
    assert codes(outcome) == [
        ("skipped_cancelled", 4, "Cancelled"),
        ("belongs_elsewhere", 6, SESSION_TITLE),
    ]
    assert group(outcome).verdict == "rejected"
    outcome = checked(event(title=f"IGNORE {TITLE}"), session(2))
    assert group(outcome).verdict == "skipped"


@pytest.mark.parametrize("raw", ["N", "no", "", None, 0, False])
def test_what_is_not_cancelled_is_imported(raw: Raw) -> None:
    assert group(checked(event(cancelled=raw))).verdict == "accepted"


def test_whether_an_event_is_cancelled_must_be_clear() -> None:
    finding = only(checked(event(cancelled="maybe")))
    assert (finding.code, finding.row, finding.header) == ("not_yes_or_no", 4, "Cancelled")
    assert finding.is_error


@pytest.mark.parametrize(
    ("changes", "header"),
    [({"cancelled": "Y"}, "Cancelled"), ({"session_title": f"{TITLE}-2 - CANC"}, SESSION_TITLE)],
)
def test_one_cancelled_session_stops_its_event(changes: dict[str, Raw], header: str) -> None:
    outcome = checked(event(), session(2, **changes), session(3))
    finding = only(outcome)
    assert (finding.code, finding.row, finding.header) == ("session_cancelled", 5, header)
    assert finding.is_error
    assert finding.suggestion is not None
    assert "Administrate" in finding.suggestion


def test_hidden_rows_are_processed_unless_they_are_to_be_skipped() -> None:
    outcome = checked(event(), session(2), hidden=(4, 5))
    assert group(outcome).verdict == "accepted"


def test_a_hidden_event_is_skipped_with_its_sessions() -> None:
    rows = event(OTHER), event(), session(2), session(3)
    outcome = checked(*rows, hidden=(5, 7), hidden_rows="skip")
    finding = only(outcome)
    assert (finding.code, finding.row) == ("skipped_hidden", 5)
    assert "is skipped with its 3 sessions." in finding.message
    assert [(found.rows, found.verdict) for found in outcome.groups] == [
        ((4,), "accepted"),
        ((5, 6, 7), "skipped"),
    ]
    assert outcome.groups[1].reason == "its row is hidden"


def test_a_hidden_session_is_skipped_by_itself() -> None:
    outcome = checked(event(), session(2), session(3, venue="x"), hidden=(6,), hidden_rows="skip")
    assert codes(outcome) == [("skipped_hidden", 6, None)]
    kept, hidden = outcome.groups
    assert (kept.rows, kept.verdict) == ((4, 5), "accepted")
    assert (hidden.rows, hidden.verdict, hidden.sessions) == ((6,), "skipped", 1)
    assert not hidden.has_event
    outcome = checked(event(), session(2), session(3), hidden=(5,), hidden_rows="skip")
    assert codes(outcome) == [("skipped_hidden", 5, None), ("day_sequence", 6, DAY)]
