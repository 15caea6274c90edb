"""`alerts`: the list, the test, and the check for cron."""

import pytest

from adm_sync_tests.alerts.receivers import TOKEN, hook, mailbox
from adm_sync_tests.cli.workplace import Workplace


def test_where_nothing_is_wrong_it_says_so(settled: Workplace) -> None:
    said = settled.run("alerts").stdout
    assert said.startswith("Nothing is wrong.\nADM_SYNC_ALERTS is not set, so nobody is told.")
    assert settled.json("alerts") == {"status": "succeeded", "problems": []}


def test_it_lists_what_is_wrong_what_to_do_and_who_was_told(settled: Workplace) -> None:
    settled.sandbox.faults.add("status", code=503, times=None)
    settled.sync("locations")
    with hook() as receiver:
        settled.set(adm_sync_alerts=receiver.address)
        before = settled.run("alerts", status=1).stdout
        settled.run("alerts", "--check")
        after = settled.json("alerts", status=1)
    assert before.startswith("failed: Administrate did not answer: ")
    assert "By that failed, and was not done again since: the syncs of the locations." in before
    assert "  What to do: adm-sync doctor says whether it answers by now. Then adm-sync " in before
    (one,) = after["problems"]
    assert [told["address"] for told in one["told"]] == ["json://127.0.0.1"]
    assert one["told"][0]["at"]


@pytest.mark.thorough
def test_what_is_only_pending_ends_with_three(waiting: Workplace) -> None:
    assert settled_kinds(waiting) == ["pending"]


def settled_kinds(place: Workplace) -> list[str]:
    return [one["kind"] for one in place.json("alerts", status=3)["problems"]]


def test_a_test_says_of_each_address_whether_it_arrived(settled: Workplace) -> None:
    with hook() as receiver, mailbox() as box:
        broken = f"json://127.0.0.1:1/{TOKEN}"
        settled.set(adm_sync_alerts=f"{receiver.address} {broken} {box.address}")
        result = settled.run("alerts", "--test", status=1)
        assert receiver.titles == ["adm_sync: a test"]
        assert [letter["Subject"] for letter in box.letters] == ["adm_sync: a test"]
        told = settled.json("alerts", "--test", status=1)["addresses"]
    assert result.stdout.splitlines() == [
        "✓ json://127.0.0.1 took the test.",
        "✗ json://127.0.0.1 (2): it was refused, or nobody answered in time.",
        "✓ mailto://127.0.0.1 took the test.",
    ]
    assert [one["arrived"] for one in told] == [True, False, True]
    assert TOKEN not in result.stdout + result.stderr


def test_what_needs_an_address_says_so(settled: Workplace) -> None:
    for option in ("--test", "--check"):
        assert "ADM_SYNC_ALERTS is not set" in settled.run("alerts", option, status=2).stderr
    settled.run("alerts", "--test", "--check", status=2)
