"""Moments as people are told them."""

from datetime import UTC, datetime

import pytest

from adm_sync.moments import clock_time


@pytest.mark.parametrize(
    ("moment", "zone", "expected"),
    [
        (datetime(2026, 1, 5, 6, 30, tzinfo=UTC), "Europe/London", "2026-01-05 06:30 GMT"),
        (datetime(2026, 7, 5, 6, 30, tzinfo=UTC), "Europe/London", "2026-07-05 07:30 BST"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/London", "2026-10-25 01:30 BST"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/London", "2026-10-25 01:30 GMT"),
        (datetime(2026, 1, 5, 22, 30, tzinfo=UTC), "Asia/Dubai", "2026-01-06 02:30 +04"),
        (datetime(2026, 1, 5, 6, 30, tzinfo=UTC), "UTC", "2026-01-05 06:30 UTC"),
        (None, "UTC", ""),
    ],
)
def test_a_moment_is_told_as_the_clocks_of_the_zone_show_it(
    moment: datetime | None, zone: str, expected: str
) -> None:
    assert clock_time(moment, zone) == expected
