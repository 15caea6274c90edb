"""The trial with one event: what it finds, and that it says what is left whatever happens."""

import json
from typing import Any

import pytest

from adm_sync.assumptions.declared import TRIED
from adm_sync.assumptions.trial import NOTHING_LEFT, NOTHING_MADE, Trial
from adm_sync.cli.tenant_report import NAME
from adm_sync_tests.cli.workplace import Workplace

PROBE = ("doctor", "--tenant", "--write-probe")


@pytest.fixture
def attended(synced: Workplace, monkeypatch: pytest.MonkeyPatch) -> Workplace:
    """Somebody sits there, and types the tenant's name."""
    monkeypatch.setattr("adm_sync.cli.tenant_report.interactive", lambda: True)
    monkeypatch.setattr("click.prompt", lambda *_, **__: "this machine")
    for definition in synced.sandbox.store.all("CustomFieldDefinition"):
        synced.sandbox.store.update(str(definition["id"]), isRequired=False)
    return synced


def code(place: Workplace) -> str:
    """Of a course template on which events can be made."""
    templates = place.sandbox.store.all("CourseTemplate")
    return next(str(one["code"]) for one in templates if one["lifecycleState"] == "published")


def left(place: Workplace) -> list[dict[str, Any]]:
    return [e for e in place.sandbox.store.all("Event") if "trial" in str(e["title"])]


def mutations(place: Workplace) -> int:
    return [call.kind for call in place.sandbox.calls].count("mutation")


def verdicts(place: Workplace) -> dict[str, str]:
    report = json.loads((place.home / f"{NAME}.json").read_text())
    return {one["name"]: one["verdict"] for one in report["assumptions"]}


def test_it_makes_one_draft_plays_a_push_and_removes_it(attended: Workplace) -> None:
    result = attended.run(*PROBE, "--template", code(attended))

    assert NOTHING_LEFT in result.stdout
    assert left(attended) == []
    seen = verdicts(attended)
    assert {seen[name] for name in ("made_as_draft", "title_kept", "draft_deleted")} == {"held"}
    assert "undecided" not in {seen[one.name] for one in TRIED}
    kept = attended.execute("select document from adm_sync.calls order by id")
    assert [name for (name,) in kept][-1] == "delete_events"


def test_without_the_name_and_without_somebody_nothing_is_made(
    attended: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("click.prompt", lambda *_, **__: "yes")
    result = attended.run(*PROBE, "--template", code(attended), status=2)
    assert "Nothing was done" in result.stderr
    monkeypatch.setattr("adm_sync.cli.tenant_report.interactive", lambda: False)
    assert "nobody is there" in attended.run(*PROBE, "--template", "X", status=2).stderr
    attended.run(*PROBE, status=2)
    attended.run("doctor", "--write-probe", "--template", "X", status=2)
    assert mutations(attended) == 0


@pytest.mark.thorough
def test_a_template_that_there_is_not_is_said_and_nothing_is_made(attended: Workplace) -> None:
    result = attended.run(*PROBE, "--template", "NO-SUCH-CODE", status=1)
    assert "no course template with the code NO-SUCH-CODE" in result.stderr
    assert mutations(attended) == 0


FAULTS: list[tuple[str, str, dict[str, Any]]] = [
    ("status", "mutation", {"code": 401}),
    ("drop_before", "mutation", {}),
    ("drop_after", "mutation", {}),
    ("status", "mutation", {"code": 504, "executed": True}),
    ("payload_errors", "mutation", {}),
    ("drop_after", "update", {}),
    ("status", "update", {"code": 500}),
    ("drop_after", "delete", {}),
    ("payload_errors", "delete", {}),
    ("errors", "EventToUndo", {}),
    ("errors", "EventsOfTitle", {}),
]


@pytest.mark.thorough(all_but_each=3)
@pytest.mark.parametrize(("kind", "match", "details"), FAULTS)
def test_after_a_fault_at_any_step_nothing_is_left(
    attended: Workplace, kind: str, match: str, details: dict[str, Any]
) -> None:
    attended.sandbox.faults.add(kind, match=match, **details)

    result = attended.run_any(*PROBE, "--template", code(attended))

    assert left(attended) == [], result.stdout
    if "The trial ended early" in result.stdout:
        assert result.exit_code != 0
    assert any(one in result.stdout for one in (NOTHING_LEFT, NOTHING_MADE, "may come yet"))


@pytest.mark.thorough(all_but_each=2)
@pytest.mark.parametrize("step", ["_read", "_judge", "_change", "_delete"])
def test_stopped_at_any_step_it_cleans_up_and_says_so(
    attended: Workplace, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Trial, step, stopped)

    result = attended.run(*PROBE, "--template", code(attended), status=130)

    assert f"Stopped.\n{NOTHING_LEFT}" in result.stdout
    assert left(attended) == []


def test_what_cannot_be_deleted_is_named(attended: Workplace) -> None:
    attended.sandbox.faults.add("payload_errors", match="delete", times=None)

    result = attended.run(*PROBE, "--template", code(attended), status=1)

    (event,) = left(attended)
    assert f"«{event['title']}» (id {event['id']}) is left in Administrate" in result.stdout
    assert verdicts(attended)["draft_deleted"] == "not_held"


@pytest.mark.thorough
def test_where_administrate_falls_silent_it_says_what_may_be_left(attended: Workplace) -> None:
    attended.set(adm_sync_retry_budget_seconds="0.2")
    attended.sandbox.faults.add("status", match="EventToUndo", code=503, times=None)
    attended.sandbox.faults.add("status", match="EventsOfTitle", code=503, times=None)

    result = attended.run_any(*PROBE, "--template", code(attended))

    (event,) = left(attended)
    assert f"«{event['title']}»" in result.stdout
    assert "may be in Administrate" in result.stdout


@pytest.mark.parametrize(
    ("option", "name"),
    [
        ({"kind": "stored_otherwise", "how": "upper"}, "title_kept"),
        ({"kind": "list_late", "requests": 50}, "listed_at_once"),
    ],
)
def test_what_does_not_hold_is_seen(attended: Workplace, option: dict[str, Any], name: str) -> None:
    attended.sandbox.faults.add(**option, match="mutation", times=None)
    attended.run_any(*PROBE, "--template", code(attended))
    assert verdicts(attended)[name] == "not_held"
    assert left(attended) == []


# ---------------------------------------------------------------------- the report


def test_the_report_is_written_and_says_how_it_went(synced: Workplace) -> None:
    result = synced.run("doctor", "--tenant")
    text = (synced.home / f"{NAME}.md").read_text()
    assert "Of " in result.stdout
    assert "what is like" not in text
    assert "## ✓ access" in text
    document = synced.json("doctor", "--tenant", "--to", str(synced.home / "elsewhere"))
    assert document["status"] == "succeeded"
    assert (synced.home / "elsewhere" / f"{NAME}.json").exists()
    assert mutations(synced) == 0


def test_its_exit_status_says_whether_the_project_can_work(synced: Workplace) -> None:
    synced.sandbox.options.offset_ignored = True
    assert "Otherwise: The list counts as not fetched" in (
        synced.run("doctor", "--tenant", status=1).stdout
    )
    synced.sandbox.options.offset_ignored = False
    synced.sandbox.faults.add("status", match="customFieldTemplate", code=503, times=None)
    synced.run("doctor", "--tenant", status=3)
