"""Administrate asks to be left alone for longer than a command stays."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from adm_sync_tests.cli.workplace import Workplace

UNTIL = re.compile(r"nothing is sent before (\d\d/\d\d/\d{4} \d\d:\d\d:\d\d)")


def said(output: str) -> datetime:
    """The moment that is named, once."""
    (moment,) = UNTIL.findall(output)
    return datetime.strptime(moment, "%d/%m/%Y %H:%M:%S").astimezone()


@pytest.mark.thorough(all_but_each=4)
@pytest.mark.parametrize("as_date", [False, True])
@pytest.mark.parametrize(("asked", "kept"), [(1800, 1800), (86_400, 3600)])
def test_a_command_does_not_sit_it_out_and_the_next_one_sends_nothing(
    settled: Workplace, asked: int, kept: int, *, as_date: bool
) -> None:
    settled.set(adm_sync_rate_limit="1000")
    settled.sandbox.faults.add("status", "query", code=429, retry_after=asked, as_date=as_date)
    began = datetime.now(UTC)
    first = settled.run("sync", "locations", status=1)
    assert ("which is more than is believed" in first.output) is (asked > kept)
    until = said(first.output)
    assert abs(until - began - timedelta(seconds=kept)) < timedelta(seconds=60)
    settled.sandbox.calls.clear()
    second = settled.run("sync", "locations", status=1)
    assert abs(said(second.output) - until) <= timedelta(seconds=2)
    assert "which is more than is believed" not in second.output
    assert settled.sandbox.calls.requests == 0
    settled.execute("update adm_sync.holding_back set until = now()")
    settled.run("sync", "locations")
