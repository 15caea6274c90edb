"""What is shown of an address, and what an address may be."""

import subprocess
import sys

import pytest

from adm_sync.alerts.addresses import addresses
from adm_sync.errors import SettingsError
from adm_sync.settings import Settings
from adm_sync_tests.alerts.receivers import Hook


def names(text: str) -> list[str]:
    return [one.name for one in addresses(Settings(adm_sync_alerts=text))]


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("mailtos://someone:pa55@mail.example.com?to=a@example.com", "mailtos://mail.example.com"),
        ("json://user:pa55@hooks.example.com:8080/path/t0ken", "json://hooks.example.com"),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "slack://…"),
        ("tgram://123456789:abcdefg_hijklmnop/", "tgram://…"),
        ("https://hooks.example.com/services/T0/B0/XXX", "https://…"),
    ],
)
def test_of_an_address_only_its_scheme_and_its_servers_name_are_shown(
    address: str, name: str
) -> None:
    (found,) = addresses(Settings(adm_sync_alerts=address))
    assert found.name == name
    assert address not in repr(found)


def test_several_are_parted_and_told_apart() -> None:
    given = "json://one.example/a,b ,\n json://one.example/c\tdiscord://4174216298/JHMHI8qBe7bk2Zw"
    assert names(given) == ["json://one.example", "json://one.example (2)", "discord://…"]


@pytest.mark.parametrize("text", ["someone@example.com", "json://", "json://a b c", "://x"])
def test_what_is_no_address_is_refused_without_a_word_of_it(text: str) -> None:
    with pytest.raises(Exception, match="must be addresses") as refused:
        names(text)
    assert text not in str(refused.value).split("input_value")[0]


def test_a_wrong_one_stops_only_who_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADM_SYNC_ALERTS", "hidden-value")
    settings = Settings.load()
    assert "hidden-value" not in settings.wrong
    with pytest.raises(SettingsError, match="ADM_SYNC_ALERTS is wrong"):
        addresses(settings)
    assert addresses(settings.apart_from("adm_sync_alerts")) == []


@pytest.mark.thorough
def test_a_hook_that_never_ends_its_answer_keeps_no_process_from_ending(hook: Hook) -> None:
    hook.drips = True
    code = (
        "from adm_sync.alerts import addresses as a; a.ALL = 1.0;"
        f"print(a.send(a.Address('x', {hook.address!r}), a.Letter('t', 'b')))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert ended.stdout.startswith("it was refused, or nobody answered in time")
