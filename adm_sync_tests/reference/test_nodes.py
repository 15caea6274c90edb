"""Reading the cells of an answer: exact, or refused with a reason."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adm_sync.database import adm
from adm_sync.errors import ContractBroken
from adm_sync.reference import nodes
from adm_sync.reference.nodes import RefusedError

AMOUNT = adm.course_template_price_levels.c.amount
EXTERNAL_ID = adm.course_templates.c.external_id  # varchar(50), not null
LEGACY_ID = adm.locations.c.legacy_id  # varchar(255), may be null
LABEL = adm.custom_fields.c.label  # varchar(255), not null
DESCRIPTION = adm.custom_fields.c.description  # text, may be null

# ---------------------------------------------------------------------- amounts


@pytest.mark.parametrize(
    ("given", "exact"),
    [
        ("395.00", "395.00"),
        ("395", "395.00"),
        ("395.5", "395.50"),
        ("395.000", "395.00"),
        ("0", "0.00"),
        ("0.01", "0.01"),
        ("007.10", "7.10"),
        ("99999999.99", "99999999.99"),
        (395, "395.00"),
        (395.1, "395.10"),
        (99999999.99, "99999999.99"),
    ],
)
def test_an_amount_is_exact(given: Any, exact: str) -> None:
    amount = nodes.amount(given, AMOUNT)
    assert str(amount) == exact
    assert isinstance(amount, Decimal)


@pytest.mark.parametrize(
    "given",
    [
        *("£395.00", "395,00", "1,395.00", "1.395,00", "395.", ".5", "-1.00", "+1.00", "1e3"),
        *("", " ", " 395.00", "395.00\n", "NaN", "Infinity", "free", "1_000", "0x10"),
        *("\u0663\u0669\u0665", "\uff13\uff19\uff15"),  # digits of other scripts
        *(None, True, False, -1, -0.5, 1e30, float("inf"), float("nan"), [], {}, ["395.00"]),
        *({"amount": "395.00"}, "9" * 50, "1." + "0" * 50, "\x00", "\ud800"),
    ],
    ids=repr,
)
def test_what_is_no_plain_number_is_refused(given: Any) -> None:
    with pytest.raises(RefusedError, match=r"amount is .*, which is not a plain number"):
        nodes.amount(given, AMOUNT)


@pytest.mark.parametrize("given", ["395.005", "0.001", "395.999", 0.1 + 0.2])
def test_an_amount_is_never_rounded(given: Any) -> None:
    with pytest.raises(RefusedError, match="with more than 2 decimals"):
        nodes.amount(given, AMOUNT)


@pytest.mark.parametrize("given", ["100000000", "100000000.00", "12345678901234567890", 10**19])
def test_an_amount_that_the_column_cannot_hold_is_refused(given: Any) -> None:
    with pytest.raises(RefusedError, match="which is too large"):
        nodes.amount(given, AMOUNT)


@given(st.decimals(0, Decimal("99999999.99"), places=2))
def test_every_amount_of_the_column_is_read_as_it_is(amount: Decimal) -> None:
    assert nodes.amount(f"{amount:f}", AMOUNT) == amount
    assert nodes.amount(float(amount), AMOUNT) == amount


@given(st.text() | st.floats() | st.integers(-(10**40), 10**40))
def test_an_amount_is_what_was_written_or_refused(given: Any) -> None:
    try:
        amount = nodes.amount(given, AMOUNT)
    except RefusedError:
        return
    assert amount == Decimal(str(given))
    assert amount.as_tuple().exponent == -2
    assert 0 <= amount < 10**8


# ---------------------------------------------------------------------- fields


@pytest.mark.parametrize("node", [{}, {"id": 1}, None, 5, "name", ["name"], [], True])
def test_a_missing_field_breaks_the_contract_and_is_named(node: Any) -> None:
    with pytest.raises(ContractBroken, match="no field 'name' where the contract has one"):
        nodes.required(node, "name")


def test_a_field_may_be_null_but_not_missing() -> None:
    assert nodes.required({"name": None}, "name") is None
    assert nodes.words({"name": None}, "name") == ""


@pytest.mark.parametrize("value", [5, 0, 1.5, True, [], ["x"], {}, {"id": "x"}])
def test_what_is_no_text_is_refused(value: Any) -> None:
    for read in (
        lambda: nodes.words({"name": value}, "name"),
        lambda: nodes.text(value, LABEL),
        lambda: nodes.external_id({"id": value}, EXTERNAL_ID),
    ):
        with pytest.raises(RefusedError, match="which is not text"):
            read()


def test_null_is_null_where_the_column_allows_it_and_empty_where_not() -> None:
    assert nodes.text(None, LEGACY_ID) is None
    assert nodes.text(None, LABEL) == ""


@pytest.mark.parametrize("character", ["x", "é", "\U0001f600"])
def test_a_length_is_counted_in_characters(character: str) -> None:
    assert nodes.text(character * 255, LABEL) == character * 255
    with pytest.raises(RefusedError, match="label has 256 characters and the column holds 255"):
        nodes.text(character * 256, LABEL)


def test_text_without_a_limit_may_be_as_long_as_it_is() -> None:
    assert nodes.text("x" * 100_000, DESCRIPTION) == "x" * 100_000
    assert nodes.words({"name": "x" * 100_000}, "name") == "x" * 100_000


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("a\x00b", "name holds a null character"),
        ("\x00é", "name holds a null character"),
        ("a\ud800b", "name holds half a surrogate pair"),
        ("\udfff", "name holds half a surrogate pair"),
    ],
    ids=ascii,
)
def test_what_postgresql_cannot_store_is_refused(value: str, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        nodes.words({"name": value}, "name")


@pytest.mark.parametrize("value", ["", " \t\n", "\x01\x1f", "é", "\U0001f600", "=1+1", "NULL"])
def test_any_other_text_is_taken_as_it_is(value: str) -> None:
    assert nodes.words({"name": value}, "name") == value


# ---------------------------------------------------------------------- ids and references


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (5, "its id is 5, which is not text"),
        (None, "its id is None, which is not text"),
        ("", "its id is empty"),
        (" \t", "its id is empty"),
        ("\u3000", "its id is empty"),
        ("x" * 51, "external_id has 51 characters and the column holds 50"),
        ("a\x00", "external_id holds a null character"),
    ],
    ids=ascii,
)
def test_an_id_that_cannot_be_one_is_refused(value: Any, reason: str) -> None:
    with pytest.raises(RefusedError, match=reason):
        nodes.external_id({"id": value}, EXTERNAL_ID)


def test_an_id_is_kept_to_the_letter() -> None:
    assert nodes.external_id({"id": " TG9=\n"}, EXTERNAL_ID) == " TG9=\n"
    assert nodes.external_id({"key": "k"}, EXTERNAL_ID, "key") == "k"


@pytest.mark.parametrize("target", [None, {}, {"id": None}, {"id": ""}])
def test_a_reference_to_nothing_is_none(target: Any) -> None:
    assert nodes.reference({"location": target}, "location") is None


def test_a_reference_is_the_id_of_its_target() -> None:
    assert nodes.reference({"location": {"id": "L1", "name": "Leeds"}}, "location") == "L1"


@pytest.mark.parametrize("target", [5, "L1", ["L1"], {"name": "Leeds"}, True])
def test_a_reference_that_is_no_node_breaks_the_contract(target: Any) -> None:
    with pytest.raises(ContractBroken, match="no field 'id'"):
        nodes.reference({"location": target}, "location")


# ---------------------------------------------------------------------- flags, lists, names


def test_a_flag_is_true_or_false_and_null_is_false() -> None:
    assert [nodes.flag({"f": value}, "f") for value in (True, False, None)] == [True, False, False]


@pytest.mark.parametrize("value", [0, 1, "true", "false", "", [], {}])
def test_what_is_neither_true_nor_false_is_refused(value: Any) -> None:
    with pytest.raises(RefusedError, match="which is neither true nor false"):
        nodes.flag({"isRequired": value}, "isRequired")


def test_a_list_is_a_list_or_null() -> None:
    assert nodes.several({"roles": ["a"]}, "roles") == ["a"]
    assert nodes.several({"roles": None}, "roles") is None


@pytest.mark.parametrize("value", [0, 5, "abc", "", {"a": 1}, True])
def test_what_is_no_list_is_refused(value: Any) -> None:
    with pytest.raises(RefusedError, match="which is not a list"):
        nodes.several({"roles": value}, "roles")


def test_a_reason_quotes_no_more_than_a_person_can_read() -> None:
    with pytest.raises(RefusedError) as refused:
        nodes.words({"name": [{"x": "y" * 10_000}] * 10_000}, "name")
    assert len(str(refused.value)) < 300


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("Leeds", "Leeds"),
        (" L1 ", " L1 "),
        (5, "5"),
        (None, ""),
        (" \t", ""),
        ([], ""),
        ({"id": 1}, ""),
        (1.5, ""),
        ("a\x00b", "a\\x00b"),
        ("a\ud800b", "a\\ud800b"),
    ],
    ids=ascii,
)
def test_whatever_came_can_be_shown_and_stored(value: Any, seen: str) -> None:
    assert nodes.legible(value) == seen


@pytest.mark.parametrize(
    ("node", "name"),
    [
        ({"firstName": "Ada", "lastName": "Example"}, ("Ada", "Example")),
        (
            {
                "firstName": "Ada",
                "lastName": "",
                "personalName": {"firstName": "A", "lastName": "E"},
            },
            ("Ada", "E"),
        ),
        (
            {
                "firstName": None,
                "lastName": None,
                "personalName": {"firstName": "A", "lastName": None},
            },
            ("A", ""),
        ),
        ({"firstName": None, "lastName": None, "personalName": None}, ("", "")),
    ],
)
def test_a_personal_name_fills_in_what_the_contact_leaves_out(
    node: Any, name: tuple[str, str]
) -> None:
    assert nodes.personal_name(node) == name


@pytest.mark.parametrize("personal", ["Ada", 5, ["Ada"], {"firstName": "Ada"}])
def test_a_personal_name_that_is_none_breaks_the_contract(personal: Any) -> None:
    with pytest.raises(ContractBroken):
        nodes.personal_name({"firstName": None, "lastName": None, "personalName": personal})
