import re
from pathlib import Path

import pytest
from graphql import (
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_enum_type,
    parse,
    print_ast,
    print_schema,
    validate,
)

import adm_sync
from adm_sync.administrate import documents
from adm_sync.administrate.contract import broken_in
from adm_sync.administrate.documents import load, names
from adm_sync.administrate.doings import DOINGS, doing
from adm_sync.push.requests import DOCUMENTS

PACKAGE = Path(adm_sync.__file__).parent
DOCUMENTS_FOLDER = PACKAGE / "administrate" / "documents"
LISTS = {
    "price_levels",
    "locations",
    "venues",
    "instructors",
    "course_templates",
    "course_template_price_levels",
}


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    text = (PACKAGE / "administrate" / "schema.graphql").read_text(encoding="utf-8")
    return build_schema(text)


@pytest.mark.parametrize("name", names())
def test_every_document_is_valid_under_the_schema(name: str, schema: GraphQLSchema) -> None:
    assert validate(schema, load(name).node) == []


def test_a_tenant_without_lists_of_approved_instructors_lacks_nothing(
    schema: GraphQLSchema,
) -> None:
    lines = print_schema(schema).splitlines()
    kept = "\n".join(line for line in lines if "approvedInstructors" not in line)
    without = build_schema(kept)
    assert broken_in(without) == []
    assert broken_in(without, DOCUMENTS) == []
    assert broken_in(without, ["approved_instructors"])


def test_a_tenant_without_notes_on_its_events_lacks_only_the_undo(schema: GraphQLSchema) -> None:
    before, event, after = print_schema(schema).partition("\ntype Event implements Node {")
    without = build_schema(before + event + after.replace("  internalNotes: String\n", "", 1))
    for name in ("events_with_notes_between", "event_with_notes"):
        assert broken_in(without, [name])
    assert [document for document, _ in broken_in(without)] == ["event_to_undo"]


@pytest.mark.parametrize("name", names())
def test_every_document_is_used(name: str) -> None:
    sources = (path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    assert any(f'"{name}"' in source for source in sources)


@pytest.mark.parametrize("name", sorted(LISTS))
def test_every_list_takes_its_page_and_states_its_total(name: str) -> None:
    text = load(name).text
    assert "$first: Int!, $offset: Int!" in text
    assert "first: $first" in text
    assert "offset: $offset" in text
    assert "totalRecords" in text


@pytest.mark.parametrize("name", sorted(LISTS - {"price_levels"}))
def test_every_list_that_can_be_ordered_is_ordered_by_id(name: str) -> None:
    assert "order: {field: id, direction: asc}" in load(name).text


def test_price_levels_cannot_be_ordered(schema: GraphQLSchema) -> None:
    assert schema.query_type is not None
    assert "order" not in schema.query_type.fields["priceLevels"].args


def test_custom_fields_are_asked_for_every_entity_type_under_its_own_name(
    schema: GraphQLSchema,
) -> None:
    entity_types = schema.type_map["SupportsCustomField"]
    assert is_enum_type(entity_types)
    assert list(load("custom_fields").aliases) == list(entity_types.values)
    for field in load("custom_fields").node.definitions[0].selection_set.selections:
        assert field.arguments[0].value.value == field.alias.value


def test_one_type_can_be_asked_for_alone(schema: GraphQLSchema) -> None:
    assert load("custom_fields_of_type").aliases == ("customFieldTemplate",)
    assert schema.query_type is not None
    assert str(get_named_type(schema.query_type.fields["customFieldTemplate"].type)) == (
        "CustomFieldTemplate"
    )


def test_a_document_is_read_and_printed_once() -> None:
    assert load("locations") is load("locations")
    assert print_ast(parse(load("locations").text)) == load("locations").text


def test_what_a_document_is_stands_beside_it() -> None:
    assert load("create_course_template").is_mutation
    assert not load("locations").is_mutation
    assert load("locations").operation == "Locations"
    assert load("locations").aliases == ("locations",)


def test_what_a_fragment_selects_stands_in_its_place() -> None:
    text = load("events_of_title").text
    assert "lifecycleState" in text
    assert "fragment" not in text.lower()
    assert "..." not in text


def test_every_fragment_is_used_more_than_once() -> None:
    texts = [path.read_text(encoding="utf-8") for path in DOCUMENTS_FOLDER.glob("*.graphql")]
    fragments = (DOCUMENTS_FOLDER / "fragments.graphql").read_text(encoding="utf-8")
    for name in re.findall(r"^fragment (\w+)", fragments, re.MULTILINE):
        assert len(re.findall(rf"\.\.\.{name}\b", "".join(texts))) > 1, name


def test_a_document_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        load("sandwiches")


def test_a_document_with_a_fragment_at_its_root_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd.graphql").write_text("query A { ...f } fragment f on Query { hello }")
    monkeypatch.setattr(documents, "files", lambda _: tmp_path)
    with pytest.raises(TypeError, match="no fragments"):
        load("odd")


def test_a_joined_document_is_printed_from_its_parts_as_the_whole_would_be() -> None:
    sent = ("create_blended_event", "create_lms_event", "create_blended_event", "update_session")

    document = documents.joined(sent)

    assert parse(document.text, no_location=True) == parse(
        print_ast(document.node), no_location=True
    )
    assert document.aliases == ("s0", "s1", "s2", "s3")
    assert document.is_mutation


def test_what_each_document_does_is_said_without_its_name() -> None:
    assert sorted(DOINGS) == documents.names()
    assert doing("hello") == "Asking Administrate whether it is there"
    several = "update_session and add_session_staff and add_event_staff"
    assert doing(several) == "Changing sessions and adding staff"
    assert doing(documents.joined(("update_session", "update_event")).name) == (
        "Changing sessions and changing events"
    )
