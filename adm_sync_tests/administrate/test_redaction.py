import pytest
from hypothesis import given
from hypothesis import strategies as st

from adm_sync.administrate.redaction import EXAMINED_LENGTH, Redactor

SECRET = 'p&ss<w>ord"7/é'


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        "p%26ss%3Cw%3Eord%227%2F%C3%A9",
        "p&amp;ss&lt;w&gt;ord&quot;7/é",
        'p&ss<w>ord\\"7/\\u00e9',
    ],
)
def test_a_known_secret_is_hidden_in_every_form_a_server_may_echo(text: str) -> None:
    assert Redactor(SECRET).sentence(f"before {text} after") == "before [hidden] after"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Authorization: Bearer abcdefghijk", "Authorization: Bearer [hidden]"),
        ("sent Basic YWJjOmRlZg== there", "sent Basic [hidden] there"),
        ("client_secret=abc&x=1", "client_secret=[hidden]&x=1"),
        ('{"access_token": "abc", "a": 1}', '{"access_token": "[hidden]", "a": 1}'),
        ("password: hunter2!", "password: [hidden]"),
        ("eyJhbGciOiJIUzI1.eyJzdWIiOiIx.sig-nature", "[hidden]"),
        ("https://ada:pw@proxy.example.test/", "https://[hidden]@proxy.example.test/"),
        ("key " + "a1B2" * 16, "key [hidden]"),
    ],
)
def test_what_looks_like_a_secret_is_hidden(text: str, plain: str) -> None:
    assert Redactor().sentence(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "Location TG9jYXRpb246MTIzNDU2 is not known",
        "Q3VzdG9tRmllbGREZWZpbml0aW9uOjEyMzQ1Njc4",
        "The input Contact already exists as staff on the Event",
        "Cannot query field 'x' on type 'OpportunityStockItemInterestFieldGraphFilter'",
    ],
)
def test_ids_and_sentences_stay_readable(text: str) -> None:
    assert Redactor(SECRET).sentence(text) == text


def test_markup_and_control_characters_are_taken_out() -> None:
    page = "<html><style>b{}</style><script>x()</script><b>Down\x1b[31m</b>\n\n &amp; out\u202e"
    assert Redactor().sentence(page) == "Down [31m & out"


def test_a_secret_with_markup_inside_is_hidden() -> None:
    assert "classified" not in Redactor("classified-1").sentence("classi<b></b>fied-1")


def test_an_excerpt_is_short() -> None:
    assert len(Redactor().excerpt(b"word " * 1000)) == 200
    assert Redactor().excerpt(b"word " * 1000).endswith("…")
    assert Redactor().excerpt(b"\xff\xfe") != ""


def test_a_secret_cut_by_the_end_of_what_is_examined_is_not_shown_in_part() -> None:
    secret = "classified-secret"
    head = "<p>" + " " * (EXAMINED_LENGTH - 12)
    assert "classi" not in Redactor(secret).excerpt((head + secret + " tail").encode())


def test_a_very_short_secret_does_not_eat_every_text() -> None:
    assert Redactor("a").sentence("a banana") == "a banana"


@given(st.text(), st.text(min_size=6, alphabet="abcdefXYZ0123456789-_"), st.text())
def test_a_secret_is_never_in_a_sentence(before: str, secret: str, after: str) -> None:
    assert secret not in Redactor(secret).sentence(before + secret + after) or secret in "[hidden]"
