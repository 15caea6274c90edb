"""Who asks: the account of the desk, or whom a proxy names that is believed."""

from collections.abc import Sequence

import pytest
from starlette.requests import Request

from adm_sync.acting import user_name
from adm_sync.desk.users import User, Users
from adm_sync.errors import SettingsError
from adm_sync.settings import Settings
from adm_sync.settings.desk import Role, role_of
from adm_sync_tests.cli.workplace import clear_environment

NAME = "X-Forwarded-Email"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    clear_environment(monkeypatch)


def asked(*headers: tuple[str, str], peer: str | None = "127.0.0.1") -> Request:
    raw = [(name.lower().encode(), value.encode("utf-8")) for name, value in headers]
    client = (peer, 5000) if peer else None
    return Request({"type": "http", "headers": raw, "client": client})


def users(host: str = "127.0.0.1", **settings: str) -> Users:
    given = {f"adm_sync_desk_{name}": value for name, value in settings.items()}
    return Users(Settings.load(**given), host)


def behind(proxies: str = "127.0.0.1, 10.1.0.0/16", **settings: str) -> Users:
    return users("0.0.0.0", auth="header", proxies=proxies, **settings)


def test_on_this_machine_it_is_the_account_of_the_desk_whatever_a_header_says() -> None:
    assert users().who_asks(asked((NAME, "eve@example.com"))) == User(user_name(), Role.DECIDE)


def test_a_proxy_that_is_believed_names_the_user() -> None:
    for peer in ("127.0.0.1", "10.1.200.3", "::ffff:10.1.0.9"):
        found = behind().who_asks(asked((NAME, " anna@example.com "), peer=peer))
        assert found == User("anna@example.com", Role.LOOK)
    found = behind(user_header="X-Remote-User").who_asks(asked(("X-Remote-User", "Žofie")))
    assert found == User("Žofie", Role.LOOK)


@pytest.mark.parametrize(
    ("headers", "peer"),
    [
        ([(NAME, "anna@example.com")], "10.2.0.1"),
        ([(NAME, "anna@example.com")], "::1"),
        ([(NAME, "anna@example.com")], "testclient"),
        ([(NAME, "anna@example.com")], None),
        ([(NAME, "eve@example.com"), (NAME, "anna@example.com")], "127.0.0.1"),
        ([(NAME, "eve@example.com, anna@example.com")], "127.0.0.1"),
        ([(NAME, "")], "127.0.0.1"),
        ([(NAME, "   ")], "127.0.0.1"),
        ([(NAME, "anna\u202e@example.com")], "127.0.0.1"),
        ([(NAME, "anna\x00@example.com")], "127.0.0.1"),
        *(
            ([(NAME, f"{blank}anna@example.com")], "127.0.0.1")
            for blank in "\xa0\u3000\u2028\u2003"
        ),
        *(([(NAME, f"anna@example.com{blank}")], "127.0.0.1") for blank in "\xa0\u3000\x85"),
        ([(NAME, "a" * 300)], "127.0.0.1"),
        ([("X-Forwarded-User", "anna@example.com")], "127.0.0.1"),
        ([("X-Forwarded-For", "127.0.0.1"), (NAME, "anna@example.com")], "192.0.2.7"),
        ([], "127.0.0.1"),
    ],
    ids=str,
)
def test_anybody_else_names_nobody(headers: Sequence[tuple[str, str]], peer: str | None) -> None:
    assert behind().who_asks(asked(*headers, peer=peer)) is None


def test_a_desk_that_anybody_could_reach_does_not_start() -> None:
    with pytest.raises(
        SettingsError, match=r"The desk cannot listen on 0\.0\.0\.0: with ADM_SYNC_"
    ):
        users("0.0.0.0")
    with pytest.raises(SettingsError, match="ADM_SYNC_DESK_PROXIES is missing"):
        users(auth="header")
    for host in ("127.0.0.1", "localhost", "::1"):
        users(host)


ROLES = "look = *; plan=Anna@Example.com , ben@example.com; DECIDE=carla@example.com"


@pytest.mark.parametrize(
    ("text", "name", "role"),
    [
        ("", "anna@example.com", Role.LOOK),
        (ROLES, "anna@example.com", Role.PLAN),
        (ROLES, "BEN@example.com", Role.PLAN),
        (ROLES, "carla@example.com", Role.DECIDE),
        (ROLES, "dora@example.com", Role.LOOK),
        ("look=anna@example.com", "dora@example.com", Role.ANYONE),
        ("plan=anna@example.com", "dora@example.com", Role.LOOK),
        ("plan=*; decide=anna@example.com", "dora@example.com", Role.PLAN),
        ("plan=anna@example.com; decide=anna@example.com", "anna@example.com", Role.DECIDE),
        ("decide=anna", "anna@example.com", Role.LOOK),
        ("decide=J\u00dcRGEN@example.com", "j\u00fcrgen@example.com", Role.DECIDE),
        ("decide=gauss@example.com", "gau\u00df@example.com", Role.LOOK),
        ("decide=mark@example.com", "mar\u212a@example.com", Role.LOOK),
        ("decide=sue@example.com", "\u017fue@example.com", Role.LOOK),
        ("decide=irma@example.com", "\u0130rma@example.com", Role.LOOK),
        ("decide=irma@example.com", "\u0131rma@example.com", Role.LOOK),
    ],
)
def test_the_highest_role_that_names_somebody_is_theirs(text: str, name: str, role: Role) -> None:
    assert role_of(text, name, otherwise=Role.LOOK) == role
    assert behind(roles=text).who_asks(asked((NAME, name))) == User(name, role)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("roles", "admin=*"),
        ("roles", "anyone=*"),
        ("roles", "look"),
        ("roles", "look=*, plan=anna"),
        ("roles", "look=; plan=anna"),
        ("roles", "look=*; look=anna"),
        ("proxies", "proxy.example"),
        ("proxies", "10.1.2.3/8"),
        ("user_header", "X Forwarded"),
        ("user_header", "X-Forwarded-Email\r\nX: y"),
        ("auth", "none"),
        ("url", "http://desk.example"),
        ("port", "0"),
    ],
)
def test_a_setting_of_the_wrong_form_is_named_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"ADM_SYNC_DESK_{name.upper()}", value)
    wrong = Settings.load().wrong
    assert wrong.startswith(f"ADM_SYNC_DESK_{name.upper()} is wrong: ")


def test_links_lead_to_the_address_that_people_use() -> None:
    assert Settings.load().desk_url == "http://127.0.0.1:3001"
    assert Settings.load(adm_sync_desk_port=4001).desk_url == "http://127.0.0.1:4001"
    public = Settings.load(adm_sync_desk_url="https://Desk.example.com/")
    assert public.desk_url == "https://desk.example.com"
