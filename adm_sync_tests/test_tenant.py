"""Where people see an event in Administrate, as far as its id tells that."""

from base64 import b64encode

import pytest

from adm_sync.settings import Settings
from adm_sync.tenant import event_page

ORIGIN = "https://larkfield.administrateapp.example"


def page(text: bytes, origin: str | None = ORIGIN) -> str | None:
    """The page of an event whose id stands for this text."""
    settings = Settings(administrate_instance_url=origin)
    return event_page(settings, b64encode(text).decode())


def test_an_id_that_tells_a_number_leads_to_a_page() -> None:
    assert page(b"Course:417") == f"{ORIGIN}/beta#/events/events/417"


@pytest.mark.parametrize(
    "text", [b"417", b"Course:", b"Course:x", b'Course:1"><script>', b"Course:\xc2\xb2", b"\xff:1"]
)
def test_any_other_id_leads_nowhere(text: bytes) -> None:
    assert page(text) is None


def test_without_an_instance_or_an_id_there_is_no_page() -> None:
    assert page(b"Course:417", None) is None
    for nothing in (None, "", "no base64", "ä"):
        assert event_page(Settings(administrate_instance_url=ORIGIN), nothing) is None
