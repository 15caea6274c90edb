"""Recognising the event that a creation may have made."""

from datetime import UTC, datetime
from typing import Any

import pytest

from adm_sync.errors import ContractBroken
from adm_sync.push.candidates import Wanted, is_same
from adm_sync.push.remote import remote_event

WINTER = datetime(2027, 1, 12, 9, 30, tzinfo=UTC)
SUMMER = datetime(2027, 6, 12, 8, 30, tzinfo=UTC)


def node(**fields: Any) -> dict[str, Any]:
    return {
        "id": "Course:1",
        "title": "CB1 London",
        "timeZoneName": "Europe/London",
        "courseTemplate": {"id": "T:1"},
        **fields,
    }


@pytest.mark.parametrize(
    ("fields", "start", "same"),
    [
        ({"timeZonedStart": "2027-01-12T09:30:00Z"}, WINTER, True),
        ({"timeZonedStart": "2027-01-12T10:30:00+01:00"}, WINTER, True),
        ({"classroomStart": "2027-01-12T09:30:00"}, WINTER, True),
        ({"classroomStart": "2027-06-12T09:30:00"}, SUMMER, True),
        ({"lmsStart": "2027-06-12T09:30:00"}, SUMMER, True),
        ({"classroomStart": "2027-06-12T08:30:00"}, SUMMER, False),
        ({"timeZonedStart": "2027-01-12T09:31:00Z"}, WINTER, False),
        ({"timeZonedStart": "soon"}, WINTER, False),
        ({"classroomStart": "2027-01-12T09:30:00", "timeZoneName": "Nowhere"}, WINTER, False),
        ({}, WINTER, False),
    ],
)
def test_the_start_is_compared_as_an_instant(
    fields: dict[str, Any], start: datetime, same: bool
) -> None:
    assert is_same(Wanted("T:1", "CB1 London", start), remote_event(node(**fields))) is same


@pytest.mark.parametrize(
    ("title", "template", "same"),
    [
        ("cb1\u00a0 LONDON ", "T:1", True),
        ("CB1 London 2", "T:1", False),
        ("CB1 London", "T:2", False),
    ],
)
def test_title_and_template_have_to_agree(title: str, template: str, same: bool) -> None:
    remote = remote_event(node(timeZonedStart="2027-01-12T09:30:00Z"))
    assert is_same(Wanted(template, title, WINTER), remote) is same


@pytest.mark.parametrize("identifier", [None, "", "  ", 7])
def test_an_event_without_a_usable_id_is_none(identifier: Any) -> None:
    with pytest.raises(ContractBroken, match="no id"):
        remote_event(node(id=identifier))


@pytest.mark.parametrize("sessions", [None, {}, {"edges": None}, {"edges": [{"node": {}}]}, []])
def test_sessions_that_cannot_be_read_do_not_cost_the_event_its_id(sessions: Any) -> None:
    remote = remote_event(node(sessions=sessions))
    assert (remote.external_id, remote.sessions) == ("Course:1", None)
