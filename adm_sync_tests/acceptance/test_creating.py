"""Creating what is missing in Administrate: once, and linked as soon as it is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from adm_sync.database import acted
from adm_sync.reference import creating
from adm_sync.reference.creating import Created
from adm_sync.reference.entities import ENTITIES, named
from adm_sync_tests.acceptance import company
from adm_sync_tests.acceptance.stage import Stage, access_to, open_client

TEMPLATES = named("course_templates")
MUTATION = "courseTemplate.create"


def missing(stage: Stage) -> list[Any]:
    with stage.engine.connect() as connection:
        return creating.missing(connection, TEMPLATES)


def create(stage: Stage) -> list[Created]:
    stage.sandbox.calls.clear()
    return creating.create_missing(TEMPLATES, stage.engine, stage.client, missing(stage))


def audit(stage: Stage) -> list[Any]:
    return stage.execute("select * from adm.api_audit_log order by id")


def there(stage: Stage, code: str) -> list[str]:
    """The ids of the templates that carry this code in Administrate."""
    return [one["id"] for one in stage.sandbox.store.all("CourseTemplate") if one["code"] == code]


def is_linked_for_good(stage: Stage, external_id: str) -> None:
    """Linked now, nothing is open any more, and the next sync keeps it so."""
    for _ in range(2):
        assert stage.links("course_templates")[external_id] == stage.tutorial["SA1"]
        assert stage.open("course_templates", "unmatched_tutorial") == []
        assert missing(stage) == []
        result = stage.sync_well("course_templates")
        assert (result.created, result.deleted, result.relinked) == (0, 0, 0)


# ---------------------------------------------------------------------- what can be created


@pytest.mark.thorough(all_but_each=5)
@pytest.mark.parametrize("name", [entity.name for entity in ENTITIES])
@pytest.mark.parametrize("with_mutations", [True, False])
def test_the_tenants_own_schema_says_what_can_be_created(
    stage: Stage, name: str, with_mutations: bool
) -> None:
    stage.sandbox.options.create_mutations = with_mutations
    possible = creating.can_create(named(name), stage.client)
    assert possible is (with_mutations and name == "course_templates")
    asked = [call.operation for call in stage.sandbox.calls]
    assert creating.can_create(named(name), stage.client) is possible
    assert [call.operation for call in stage.sandbox.calls] == asked, "asked only once"


def test_a_schema_that_may_not_be_read_means_that_nothing_can_be_created(stage: Stage) -> None:
    stage.sandbox.faults.add("status", match="query", times=None, code=403)
    with open_client(access_to(stage.sandbox)) as client:
        assert not creating.can_create(TEMPLATES, client)


def test_where_the_api_cannot_a_person_is_told_field_by_field(stage: Stage) -> None:
    (tutorial,) = missing(stage)
    assert creating.instructions(TEMPLATES, tutorial) == [
        "Course templates > Add",
        "Code: SA1",
        "Title: The course SA1",
    ]
    for name in ("locations", "venues", "instructors"):
        entity = named(name)
        with stage.engine.connect() as connection:
            (one,) = creating.missing(connection, entity)
        lines = creating.instructions(entity, one)
        assert any(company.ALONE_HERE[name].partition(",")[0] in line for line in lines)


def test_only_what_is_still_missing_and_wanted_is_offered(stage: Stage) -> None:
    """Not what is ignored, inactive, ambiguous, or of an entity that Administrate owns."""
    assert [one.label for one in missing(stage)] == ["SA1"]
    stage.note_decision("ignore", "course_templates", stage.tutorial["SA1"], None)
    assert missing(stage) == []
    stage.restart()
    stage.execute("update acted.tutorial_course_templates set is_active = false where code = 'SA1'")
    assert missing(stage) == []
    stage.restart()
    for _ in range(2):
        stage.sandbox.store.add("CourseTemplate", code="SA1", title="Twice")
    stage.sync_well("course_templates")
    assert missing(stage) == []
    with stage.engine.connect() as connection:
        assert creating.missing(connection, named("price_levels")) == []


# ---------------------------------------------------------------------- creating


def test_a_missing_template_is_created_linked_and_noted(stage: Stage) -> None:
    (created,) = create(stage)
    (external_id,) = there(stage, "SA1")
    assert (created.outcome, created.external_id) == ("created", external_id)
    row = next(row for row in stage.rows("course_templates") if row["external_id"] == external_id)
    assert row["tutorial_course_template_id"] == stage.tutorial["SA1"]
    assert row["created_at"] == row["updated_at"]
    record = stage.sandbox.store.get(external_id)
    assert (record["code"], record["title"]) == ("SA1", "The course SA1")
    assert stage.sandbox.calls.mutations == 1
    is_linked_for_good(stage, external_id)


def test_the_audit_row_says_what_was_sent_and_holds_no_secret(stage: Stage) -> None:
    (created,) = create(stage)
    (row,) = audit(stage)
    assert (row.success, row.error_message) == (True, "")
    assert row.command == "create-missing"
    assert row.variables == {"input": {"code": "SA1", "title": "The course SA1"}}
    assert row.response_body["id"] == row.entity_id == created.external_id
    assert row.entity_type == "course_templates"
    assert row.records_processed == 1
    assert row.started_at <= row.completed_at
    secret = stage.sandbox.access.client_secret
    for text in map(str, row):
        assert secret not in text
        assert "Bearer" not in text


def test_a_record_that_is_there_already_is_adopted(stage: Stage) -> None:
    """Entered by hand after the last sync: not created twice."""
    by_hand = stage.sandbox.store.add("CourseTemplate", code="SA1", title="By hand")
    (adopted,) = create(stage)
    assert (adopted.outcome, adopted.external_id) == ("adopted", by_hand)
    assert stage.sandbox.calls.mutations == 0
    assert there(stage, "SA1") == [by_hand]
    is_linked_for_good(stage, by_hand)


def test_a_record_that_has_a_row_already_is_linked_in_it(stage: Stage) -> None:
    """Bridged as unmatched, then given the code that was missing."""
    stage.sandbox.store.update(stage.administrate["CB3"], code="SA1")
    before = stage.row("course_templates", "CB3")
    (adopted,) = create(stage)
    assert adopted.external_id == stage.administrate["CB3"]
    row = stage.row("course_templates", "CB3")
    assert (row["id"], row["created_at"]) == (before["id"], before["created_at"])
    assert row["updated_at"] > before["updated_at"]
    assert row["tutorial_course_template_id"] == stage.tutorial["SA1"]


def test_two_of_that_code_are_left_to_a_person(stage: Stage) -> None:
    two = {stage.sandbox.store.add("CourseTemplate", code="SA1", title="Two") for _ in "12"}
    before = stage.bridges()
    (left,) = create(stage)
    assert left.outcome == "ambiguous"
    assert all(one in left.message for one in two)
    assert stage.sandbox.calls.mutations == 0
    assert stage.bridges() == before


def test_a_record_that_a_person_said_it_is_not_is_not_adopted(stage: Stage) -> None:
    other = stage.sandbox.store.add("CourseTemplate", code="SA1", title="Another one")
    stage.note_decision("never", "course_templates", stage.tutorial["SA1"], other)
    before = stage.bridges()
    (left,) = create(stage)
    assert left.outcome == "ambiguous"
    assert other in left.message
    assert stage.sandbox.calls.mutations == 0
    assert stage.bridges() == before


def test_a_record_that_belongs_to_another_tutorial_record_is_not_taken_from_it(
    stage: Stage,
) -> None:
    """A link that stands is moved by a sync, by the rules, and by nothing else."""
    stage.sandbox.store.update(stage.administrate["CM2"], code="SA1")
    before = stage.bridges()
    (left,) = create(stage)
    assert left.outcome == "ambiguous"
    assert stage.administrate["CM2"] in left.message
    assert stage.bridges() == before


def test_a_refusal_is_told_and_noted(stage: Stage) -> None:
    """Payload errors: nothing was created."""
    before = stage.bridges()
    stage.sandbox.faults.add("payload_errors", match=MUTATION, message="Codes are upper case")
    (refused,) = create(stage)
    assert (refused.outcome, refused.message) == ("refused", "Codes are upper case")
    assert stage.sandbox.calls.mutations == 1
    assert stage.bridges() == before
    (row,) = audit(stage)
    assert (row.success, row.error_message) == (False, "Codes are upper case")
    assert [one.label for one in missing(stage)] == ["SA1"]


def test_an_object_beside_errors_is_a_success_with_a_warning(stage: Stage) -> None:
    stage.sandbox.faults.add(
        "payload_errors", match=MUTATION, message="No price yet", keep_object=True
    )
    (created,) = create(stage)
    assert (created.outcome, created.message) == ("created", "No price yet")
    assert created.external_id is not None
    is_linked_for_good(stage, created.external_id)


def test_data_beside_errors_is_a_success_with_a_warning(stage: Stage) -> None:
    stage.sandbox.faults.add("errors_beside_data", match=MUTATION, message="Slow indexing")
    (created,) = create(stage)
    assert (created.outcome, created.message) == ("created", "Slow indexing")


@pytest.mark.parametrize("code", [400, 403, 404])
def test_a_request_that_is_refused_created_nothing(stage: Stage, code: int) -> None:
    before = stage.bridges()
    stage.sandbox.faults.add("status", match=MUTATION, times=None, code=code)
    (failed,) = create(stage)
    assert failed.outcome in {"refused", "failed"}
    assert stage.sandbox.calls.mutations == 1
    assert stage.bridges() == before
    assert there(stage, "SA1") == []


def test_a_refusal_that_proves_nothing_is_looked_up(stage: Stage) -> None:
    stage.sandbox.faults.add("errors", match=MUTATION, message="Oh dear", executed=True)
    (created,) = create(stage)
    assert created.outcome == "created"
    is_linked_for_good(stage, str(created.external_id))


# ---------------------------------------------------------------------- lost answers


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("drop_after", {}),
        ("drop_after", {"reset": True}),
        ("cut_body", {}),
        ("status", {"code": 502, "executed": True}),
        ("status", {"code": 504, "body": "html", "executed": True}),
        ("html", {"executed": True}),
    ],
)
def test_an_answer_that_is_lost_after_the_record_was_stored_doubles_nothing(
    stage: Stage, kind: str, details: dict[str, Any]
) -> None:
    """The outcome is unknown: looked up, found, linked."""
    stage.sandbox.faults.add(kind, match=MUTATION, **details)
    (created,) = create(stage)
    (external_id,) = there(stage, "SA1")
    assert (created.outcome, created.external_id) == ("created", external_id)
    assert stage.sandbox.calls.mutations == 1
    (row,) = audit(stage)
    assert not row.success, "what was known when it was written"
    is_linked_for_good(stage, external_id)


@pytest.mark.parametrize(
    ("kind", "details"),
    [("drop_before", {}), ("status", {"code": 502}), ("status", {"code": 503}), ("html", {})],
)
def test_an_answer_that_is_lost_before_anything_was_stored_is_unknown(
    stage: Stage, kind: str, details: dict[str, Any]
) -> None:
    """Nobody can tell, so it is not sent again; the person may do so later."""
    stage.sandbox.faults.add(kind, match=MUTATION, **details)
    (unknown,) = create(stage)
    assert unknown.outcome == "unknown"
    assert "not sent again" in unknown.message
    assert stage.sandbox.calls.mutations == 1
    assert there(stage, "SA1") == []
    assert create(stage)[0].outcome == "created"
    assert len(there(stage, "SA1")) == 1


def test_a_record_that_is_listed_late_is_adopted_in_the_end(stage: Stage) -> None:
    """Stored, not answered, and not in the list yet when it was looked for."""
    stage.sandbox.faults.add("drop_after", match=MUTATION)
    stage.sandbox.faults.add("list_late", match=MUTATION, requests=1)
    (unknown,) = create(stage)
    assert unknown.outcome == "unknown"
    stage.sync_well("course_templates")
    (external_id,) = there(stage, "SA1")
    is_linked_for_good(stage, external_id)
    assert create(stage) == []


def test_a_throttled_create_is_sent_again(stage: Stage) -> None:
    """429: it did not happen."""
    stage.sandbox.faults.add("status", match=MUTATION, code=429)
    with open_client(access_to(stage.sandbox), retry_budget=30, draw=lambda: 0.01) as patient:
        (created,) = creating.create_missing(TEMPLATES, stage.engine, patient, missing(stage))
    assert created.outcome == "created"
    assert len(there(stage, "SA1")) == 1


def test_several_are_created_one_by_one_and_one_failure_stops_no_other(stage: Stage) -> None:
    for code in ("SA2", "SA3", "SA4"):
        stage.tutorial[code] = stage.add(
            company.add_row, acted.tutorial_course_templates, code=code, title=f"Course {code}"
        )
    stage.sync_well("course_templates")
    stage.sandbox.faults.add("payload_errors", match=MUTATION, skip=1, message="Not this one")
    done = {one.tutorial.label: one.outcome for one in create(stage)}
    assert list(done.values()).count("created") == 3
    assert list(done.values())[1] == "refused"
    result = stage.sync_well("course_templates")
    assert len(result.of_kind("unmatched_tutorial")) == 1


# ---------------------------------------------------------------------- the database meanwhile


@contextmanager
def refusing(stage: Stage, table: str) -> Iterator[None]:
    begin = (
        "create function refuse() returns trigger language plpgsql as"
        " $$ begin raise exception 'the disk is full' using errcode = '53100'; end $$;"
        f"create trigger refuse before insert on {table} for each row execute function refuse()"
    )
    with stage.schema(begin, f"drop trigger refuse on {table}; drop function refuse()"):
        yield


def test_a_link_that_could_not_be_stored_is_found_by_the_next_sync(stage: Stage) -> None:
    """Every remote record that we caused is discoverable, and adopted on the next run."""
    with refusing(stage, "adm.course_templates"):
        (failed,) = create(stage)
    (external_id,) = there(stage, "SA1")
    assert (failed.outcome, failed.external_id) == ("failed", external_id)
    assert "disk" in failed.message
    assert external_id in failed.message
    assert audit(stage)[-1].entity_id == external_id
    stage.sync_well("course_templates")
    is_linked_for_good(stage, external_id)


def test_an_audit_row_that_could_not_be_written_costs_no_link(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    with refusing(stage, "adm.api_audit_log"):
        (created,) = create(stage)
    assert created.outcome == "created"
    assert created.external_id is not None
    assert "could not be written" in caplog.text
    is_linked_for_good(stage, created.external_id)


def test_a_record_that_was_linked_meanwhile_is_not_linked_twice(stage: Stage) -> None:
    """Somebody synced between the list and the consent."""
    tutorials = missing(stage)
    stage.sandbox.store.update(stage.administrate["CB3"], code="SA1")
    stage.sync_well("course_templates")
    stage.sandbox.store.update(stage.administrate["CB3"], code="SA1_OLD")
    stage.sandbox.store.add("CourseTemplate", code="SA1", title="Its successor")
    before = stage.bridges()
    (left,) = creating.create_missing(TEMPLATES, stage.engine, stage.client, tutorials)
    assert left.outcome == "ambiguous"
    assert "by now" in left.message
    assert stage.bridges() == before


def test_a_record_whose_id_does_not_fit_is_said_to_be_there(stage: Stage) -> None:
    long = stage.sandbox.store.add("CourseTemplate", id="x" * 60, code="SA1", title="A long id")
    before = stage.bridges()
    (failed,) = create(stage)
    assert failed.outcome == "failed"
    assert long in failed.message
    assert "60 characters" in failed.message
    assert stage.bridges() == before
