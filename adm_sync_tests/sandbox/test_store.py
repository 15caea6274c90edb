import base64
import json
from pathlib import Path

import pytest

from adm_sync.sandbox import Store, external_id
from adm_sync.sandbox.bulk import fill
from adm_sync.sandbox.identity import number_of


@pytest.mark.parametrize(
    ("record_type", "fields", "plain"),
    [
        ("Location", {"name": "Leeds"}, "Location:1"),
        ("Contact", {"firstName": "Ada", "lastName": "Example"}, "Person:1"),
        ("Account", {"name": "Example"}, "Organisation:1"),
        ("CourseTemplate", {"title": "One"}, "CourseTemplate:1"),
        ("CustomFieldDefinition", {"entityType": "Event", "label": "X"}, "CustomFieldDefinition:1"),
    ],
)
def test_ids_have_the_prefixes_of_administrate(
    record_type: str, fields: dict[str, str], plain: str
) -> None:
    assert base64.b64decode(Store().add(record_type, **fields)).decode() == plain


def test_an_event_id_says_course() -> None:
    store = Store()
    template = store.add("CourseTemplate", title="One")
    assert store.add("Event", courseTemplate=template) == external_id("Course", 1)


def test_a_number_is_never_given_twice() -> None:
    store = Store()
    store.remove(store.add("Location", name="Leeds"))
    assert number_of(store.add("Location", name="York")) == 2


def test_a_record_may_have_an_id_of_its_own() -> None:
    store = Store()
    assert store.add("Location", id=external_id("Location", 40), name="A") == external_id(
        "Location", 40
    )
    assert store.add("Location", name="B") == external_id("Location", 41)
    assert store.add("Location", id="odd id", name="C") == "odd id"
    with pytest.raises(ValueError, match="taken"):
        store.add("Location", id="odd id", name="D")


def test_records_are_listed_by_number_even_when_added_out_of_order() -> None:
    store = Store()
    store.add("Location", name="second")
    store.add("Location", id=external_id("Location", 0), name="first")
    assert [record["name"] for record in store.all("Location")] == ["first", "second"]


@pytest.mark.parametrize(
    ("record_type", "fields", "message"),
    [
        ("Place", {}, "no Place records"),
        ("Location", {}, "needs name"),
        ("Location", {"name": "Leeds", "colour": "red"}, "no field colour"),
        ("Venue", {"name": "Hall", "location": "nowhere"}, "no Location with the id 'nowhere'"),
        ("CourseTemplate", {"title": "One", "approvedInstructors": ["x"]}, "no Contact"),
    ],
)
def test_a_wrong_record_is_refused_with_what_is_wrong(
    record_type: str, fields: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Store().add(record_type, **fields)


def test_what_get_returns_is_a_copy() -> None:
    store = Store()
    template = store.add("CourseTemplate", title="One", customFieldValues={"key": "value"})
    store.get(template)["customFieldValues"]["key"] = "changed"
    assert store.get(template)["customFieldValues"] == {"key": "value"}


def test_update_changes_a_record_and_moves_it_between_parents() -> None:
    store = Store()
    one, two = (store.add("CourseTemplate", title=title) for title in ("One", "Two"))
    price = store.add("CoursePrice", amount="1.00", courseTemplate=one)
    store.update(price, courseTemplate=two)
    assert not store.children("CoursePrice", "courseTemplate", one)
    assert [item["id"] for item in store.children("CoursePrice", "courseTemplate", two)] == [price]
    with pytest.raises(ValueError, match="no field"):
        store.update(price, colour="red")
    with pytest.raises(KeyError):
        store.update("nowhere", name="x")


def test_removing_a_record_leaves_what_refers_to_it() -> None:
    store = Store()
    location = store.add("Location", name="Leeds")
    venue = store.add("Venue", name="Hall", location=location)
    store.remove(location)
    assert store.get(venue)["location"] == location
    assert store.all("Location") == []
    with pytest.raises(KeyError):
        store.get(location)


def test_saved_records_come_back_with_their_ids_and_numbers(tmp_path: Path) -> None:
    store = Store()
    template = store.add("CourseTemplate", title="One", customFieldValues={"key": "Ünïcode"})
    price = store.add("CoursePrice", amount="1.00", courseTemplate=template)
    store.remove(store.add("Location", name="gone"))
    path = tmp_path / "state.json"
    store.save(path)
    again = Store.load(path)
    assert again.get(template) == store.get(template)
    assert [item["id"] for item in again.children("CoursePrice", "courseTemplate", template)] == [
        price
    ]
    assert number_of(again.add("Location", name="next")) == 2
    assert [item.name for item in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "records": {"Place": [{}]}}']
)
def test_a_file_that_is_no_state_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(content)
    with pytest.raises(ValueError, match=r"state\.json does not hold the records"):
        Store.load(path)


def test_a_save_that_fails_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store()
    path = tmp_path / "state.json"
    store.save(path)
    store.add("Location", name="Leeds")

    def no_space(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(OSError, match="No space"):
        store.save(path)
    assert json.loads(path.read_text())["records"] == {}
    assert [item.name for item in tmp_path.iterdir()] == ["state.json"]


def test_an_id_of_another_form_has_no_number() -> None:
    assert number_of("not base64!") is None
    assert number_of(external_id("WebhookType", "event_updated")) is None


def test_bulk_records_are_functions_of_their_number() -> None:
    store = Store()
    fill(store, 40)
    venue = store.all("Venue")[6]
    assert venue["name"] == "Venue 000007"
    assert store.get(venue["location"])["name"] == "Location 000007"
    assert store.get(venue["location"])["code"] == "L000007"
    contact = store.all("Contact")[0]
    assert (contact["firstName"], contact["lastName"]) == ("First000001", "Last000001")
    assert contact["isInstructor"]
    template = store.all("CourseTemplate")[39]
    assert (template["code"], template["title"]) == ("CT000040", "Course 000040")
    assert len(template["customFieldValues"]) == 3
    price = store.all("CoursePrice")[39]
    assert price["courseTemplate"] == template["id"]
    assert price["amount"] == "140.50"
    assert store.get(price["priceLevel"])["name"] == "Level 000040"
    assert store.all("CustomFieldDefinition")[18]["label"] == "Field 000019"
    assert {name: count for name, count in store.counts().items() if count} == {
        "Location": 40,
        "Venue": 40,
        "Contact": 40,
        "PriceLevel": 40,
        "CourseTemplate": 40,
        "CoursePrice": 40,
        "CustomFieldDefinition": 40,
        "Currency": 1,
    }


def test_bulk_fills_one_type_with_what_it_needs() -> None:
    store = Store()
    fill(store, 2, ["Venue"])
    assert {name: count for name, count in store.counts().items() if count} == {
        "Location": 2,
        "Venue": 2,
    }
    with pytest.raises(ValueError, match="can be filled"):
        fill(store, 2, ["Event"])
