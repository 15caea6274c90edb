"""What stands before every page: names, headers, rates, sizes, and what becomes of an error."""

import stat
from collections.abc import Iterator

import pytest

from adm_sync.desk.guards import Rates, Signer
from adm_sync.desk.shared import KEY_FILE
from adm_sync.errors import SettingsError
from adm_sync_tests.cli.workplace import Visit, Workplace
from adm_sync_tests.desk.visiting import Browser, local_browser, opened_desk

PAGES = ("/", "/held", "/decisions", "/nowhere", "/health", "/static/desk.css")


@pytest.fixture(scope="module")
def browser(visit_settled: Visit) -> Iterator[Browser]:
    with visit_settled(), local_browser() as browser:
        yield browser


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_has_the_headers_that_keep_a_browser_safe(browser: Browser, path: str) -> None:
    headers = browser.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; ")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    if "static" not in path:
        assert headers["cache-control"] == "no-store"
    assert "server" not in headers
    assert "set-cookie" not in headers


def test_no_page_has_a_script_or_a_style_within(browser: Browser) -> None:
    for path in PAGES[:4]:
        text = browser.get(path).text
        assert text.count("<script") == text.count("<script src=") == 1
        assert "<style" not in text
        assert " style=" not in text
        assert " on" not in "".join(part.split(">")[0] for part in text.split("<")[1:])


def test_it_answers_only_to_its_own_names(browser: Browser) -> None:
    answers = {
        host: browser.get("/", Host=host).status_code
        for host in ("127.0.0.1:3001", "localhost", "LOCALHOST.:3001", "127.0.0.1")
    }
    assert set(answers.values()) == {200}, answers
    for host in ("evil.example", "127.0.0.1.evil", "", "[::", "x@127.0.0.1 evil"):
        refused = browser.get("/", Host=host)
        assert refused.status_code == 400, host
        assert "The desk is not called that" in refused.text
        assert browser.get("/health", Host=host).status_code == 400


def test_behind_a_proxy_it_answers_to_the_address_of_its_links(settled: Workplace) -> None:
    settled.set(adm_sync_desk_url="https://desk.example.com")
    with local_browser() as browser:
        assert browser.get("/", Host="desk.example.com").status_code == 200
        browser.address = "https://desk.example.com"
        answer = browser.send(
            "POST",
            "/decisions/1/withdraw",
            headers={
                "Origin": browser.address,
                "X-CSRF-Token": browser.desk.signer.token(browser.user),
            },
        )
        assert answer.status_code == 409


def test_what_cannot_be_answered_is_a_page_with_a_sentence(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "There is no such page" in browser.get("/nowhere").text
    assert browser.get("/held/nothing").status_code == 404
    assert browser.get("/decisions?before=x").status_code == 400
    assert browser.get("/decisions?before=" + "9" * 5000).status_code == 400
    assert browser.send("POST", f"/decisions/{'9' * 5000}/withdraw").status_code == 404
    assert browser.send("PUT", "/").status_code == 405

    def fail(*_: object) -> None:
        raise RuntimeError("secret-detail")

    monkeypatch.setattr("adm_sync.database.overview.held", fail)
    answer = browser.get("/held")
    assert answer.status_code == 500
    assert "The desk hit a fault of its own (RuntimeError)." in answer.text
    assert "secret-detail" not in answer.text
    kept = (browser.desk.settings.home / "adm-sync.log").read_text()
    assert "secret-detail" in kept
    part = browser.get("/held", **{"HX-Request": "true"})
    assert part.text.startswith('<p class="alarm" role="alert">')


def test_a_user_who_asks_too_often_waits_and_others_do_not() -> None:
    now = [0.0]
    rates = Rates(at_once=3, a_second=1, clock=lambda: now[0])
    assert [rates.allow("anna") for _ in range(5)] == [True, True, True, False, False]
    assert rates.allow("ben")
    now[0] = 1.0
    assert [rates.allow("anna") for _ in range(2)] == [True, False]
    now[0] = 1000.0
    assert [rates.allow("anna") for _ in range(4)] == [True, True, True, False]


def test_too_many_requests_are_told_so(settled: Workplace) -> None:
    with local_browser() as browser:
        browser.desk.rates.at_once, browser.desk.rates.a_second = 2, 0
        answers = [browser.get("/held") for _ in range(3)]
        assert [one.status_code for one in answers] == [200, 200, 429]
        assert answers[2].headers["retry-after"]
        assert browser.get("/health").status_code == 200


def test_a_token_is_one_users_and_one_desks_and_grows_old(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signer, other = Signer(b"k" * 32), Signer(b"o" * 32)
    token = signer.token("anna")
    assert signer.is_token(token, "anna")
    assert not signer.is_token(token, "ben")
    assert not other.is_token(token, "anna")
    note = signer.note("Done.", "anna")
    assert not signer.is_token(note, "anna")
    assert signer.noted(note, "anna") == "Done."
    assert (
        signer.noted(note, "ben") == signer.noted(token, "anna") == signer.noted("", "anna") == ""
    )
    monkeypatch.setattr("adm_sync.desk.guards.TOKEN_SECONDS", -1)
    monkeypatch.setattr("adm_sync.desk.guards.NOTE_SECONDS", -1)
    assert not signer.is_token(token, "anna")
    assert signer.noted(note, "anna") == ""


def test_the_key_is_kept_for_its_owner_alone_and_stays(settled: Workplace) -> None:
    with opened_desk() as (_, first), opened_desk() as (_, second):
        assert second.signer.is_token(first.signer.token("anna"), "anna")
    file = settled.home / KEY_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in settled.home.iterdir() if "key" in path.name] == [KEY_FILE]
    file.write_bytes(b"short")
    with pytest.raises(SettingsError, match="is no key of the desk"), opened_desk():
        pass


def test_health_says_whether_it_can_work_and_nothing_else(settled: Workplace) -> None:
    with local_browser() as browser:
        good = browser.get("/health")
        assert (good.status_code, good.json()) == (200, {"status": "ok"})
        settled.execute("update adm_sync.schema_version set version_num = '0009'")
        ill = browser.get("/health")
        assert ill.status_code == 503
        assert ill.json()["message"] == "The tables are not up to date: run adm-sync db upgrade."
