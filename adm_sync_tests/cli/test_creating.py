"""`create-missing` without a terminal."""

import pytest

from adm_sync.cli.terminal import UNASKED
from adm_sync_tests.cli.workplace import Workplace

pytestmark = pytest.mark.thorough(all_but_each=3)


@pytest.fixture
def place(synced: Workplace) -> Workplace:
    """Two course templates and one location are missing in Administrate."""
    ((number,),) = synced.execute(
        "select id from acted.tutorial_course_templates where code = 'SP9_BR_3'"
    )
    synced.run("never", "course_templates", str(number), twin_of(synced))
    return with_one_in_doubt(synced)


def with_one_in_doubt(place: Workplace) -> Workplace:
    """The same; one of the two is very like one of Administrate's."""
    for definition in place.sandbox.store.all("CustomFieldDefinition"):
        place.sandbox.store.update(str(definition["id"]), isRequired=False)
    return place


def twin_of(place: Workplace) -> str:
    templates = place.sandbox.store.all("CourseTemplate")
    (twin,) = (str(one["id"]) for one in templates if one["code"] == "SP9_BR3")
    return twin


def mutations(place: Workplace) -> list[str | None]:
    return [call.operation for call in place.sandbox.calls if call.kind == "mutation"]


def test_what_may_be_there_already_is_told_and_created_only_by_its_id(synced: Workplace) -> None:
    place = with_one_in_doubt(synced)
    known = f"⚠ Administrate has SP9_BR3 ({twin_of(place)}, 93 % alike)"

    shown = place.json("create-missing", "course_templates", "--dry-run")
    done = place.run("create-missing", "course_templates", "--yes", status=3)

    doubtful = {one["label"]: one["tutorial_id"] for one in shown["missing"] if one["doubtful"]}
    assert set(doubtful) == {"SP9_BR_3"}
    assert known in done.stdout
    assert "✓ SA1_LO_2: created" in done.stdout
    assert "1 record was not created: Administrate has something very like it." in done.stderr
    assert len(mutations(place)) == 1
    number = str(doubtful["SP9_BR_3"])
    done = place.run("create-missing", "course_templates", "--yes", "--only", number)
    assert "✓ SP9_BR_3: created" in done.stdout


def test_what_is_to_be_entered_by_hand_may_be_there_already_too(synced: Workplace) -> None:
    text = synced.run("create-missing", "venues", "--dry-run").stdout

    assert "Name: Guildhall Chambers" in text
    assert "⚠ Administrate has Guild Hall Chambers" in text


@pytest.mark.thorough
def test_without_a_terminal_nothing_is_created(place: Workplace) -> None:
    result = place.run("create-missing", "course_templates", status=2)

    assert "2 course templates can be created in Administrate:\n" in result.stdout
    assert "  - code 'SA1_LO_2', title 'SA1 Advanced Health and Care, " in result.stdout
    assert result.stderr == f"Error: {UNASKED}\n"
    assert mutations(place) == []


def test_yes_creates_and_links_what_is_shown(place: Workplace) -> None:
    text = place.run("create-missing", "course_templates", "--yes").stdout

    assert "  ✓ SA1_LO_2: created " in text
    assert "  ✓ SP9_BR_3: created " in text
    assert len(mutations(place)) == 2
    linked = place.execute(
        "select t.code from adm.course_templates join acted.tutorial_course_templates t "
        "on t.id = tutorial_course_template_id where t.code in ('SA1_LO_2', 'SP9_BR_3')"
    )
    assert len(linked) == 2
    assert "unmatched tutorial" not in place.run("unmatched", "course_templates").stdout


def test_a_second_time_nothing_is_missing(place: Workplace) -> None:
    place.run("create-missing", "course_templates", "--yes")

    text = place.run("create-missing", "course_templates", "--yes").stdout

    assert text == "No tutorial course template is unmatched, as of the last sync.\n"
    assert len(mutations(place)) == 2


def test_where_the_api_cannot_it_says_what_to_enter_by_hand(place: Workplace) -> None:
    text = place.run("create-missing", "locations", "--yes").stdout

    assert "Administrate's API cannot create locations." in text
    assert "  - Control panel > Locations > Add; Name: Edinburgh\n" in text


def test_where_the_api_could_it_does_not_say_that_it_cannot(place: Workplace) -> None:
    text = place.run("create-missing", "instructors", "--yes").stdout

    assert "adm-sync does not create instructors, though Administrate's API can." in text
    assert "cannot create" not in text
    assert mutations(place) == []


def test_where_the_schema_may_not_be_read_it_says_only_that(place: Workplace) -> None:
    place.sandbox.faults.add("errors", match="__schema", times=None, message="Not allowed")

    for entity, named in (("course_templates", "course templates"), ("locations", "locations")):
        text = place.run("create-missing", entity, "--yes").stdout

        assert f"Administrate does not say whether its API can create {named}." in text
        assert "cannot create" not in text
    assert mutations(place) == []


def test_a_tenant_without_the_mutation_is_asked_nothing_else(place: Workplace) -> None:
    place.sandbox.options.create_mutations = False

    text = place.run("create-missing", "course_templates", "--yes").stdout

    assert "Administrate's API cannot create course templates." in text
    assert "Code: SA1_LO_2; Title: SA1 Advanced Health and Care" in text
    assert mutations(place) == []


def test_a_refused_record_ends_with_1_and_its_reason(place: Workplace) -> None:
    place.sandbox.faults.add(
        "payload_errors", match="courseTemplate.create", times=None, message="Codes are closed"
    )

    text = place.run("create-missing", "course_templates", "--yes", status=1).stdout

    assert "  ✗ SA1_LO_2: refused Codes are closed\n" in text


def test_some_refused_is_partial(place: Workplace) -> None:
    place.sandbox.faults.add("payload_errors", match="courseTemplate.create")

    document = place.json("create-missing", "course_templates", "--yes", status=3)

    assert document["status"] == "partial"
    assert sorted(one["outcome"] for one in document["done"]) == ["created", "refused"]


def test_json_shows_and_creates_only_with_yes(place: Workplace) -> None:
    document = place.json("create-missing", "course_templates", status=2)

    assert set(document) == {"status", "entity", "possible", "missing", "done", "message"}
    assert document["message"] == UNASKED
    assert document["possible"] is True
    assert {one["label"] for one in document["missing"]} == {"SA1_LO_2", "SP9_BR_3"}
    assert document["done"] == []
    assert mutations(place) == []

    document = place.json("create-missing", "course_templates", "--yes")
    assert [one["outcome"] for one in document["done"]] == ["created", "created"]
    assert all(one["external_id"] for one in document["done"])


def test_only_what_is_named_is_created_of_what_a_dry_run_shows(place: Workplace) -> None:
    shown = place.json("create-missing", "course_templates", "--dry-run")
    assert (shown["status"], shown["message"], shown["done"]) == ("succeeded", "", [])
    assert mutations(place) == []
    one, other = (each["tutorial_id"] for each in shown["missing"])

    done = place.json("create-missing", "course_templates", "--yes", f"--only={one}")

    assert [each["tutorial_id"] for each in done["done"]] == [one]
    again = place.json(
        *("create-missing", "course_templates", "--yes", f"--only={one}", f"--only={other}"),
        status=3,
    )
    assert [each["tutorial_id"] for each in again["done"]] == [other]
    assert again["message"] == f"Nothing is to be created about {one} any more."
    assert len(mutations(place)) == 2
