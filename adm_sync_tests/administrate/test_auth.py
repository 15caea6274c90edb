from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from adm_sync.administrate.auth import TokenSource
from adm_sync.administrate.redaction import Redactor
from adm_sync.administrate.retrying import Failed
from adm_sync.administrate.wire import timeouts
from adm_sync.errors import AccessRefused, Unreachable
from adm_sync_tests.administrate.scripted import (
    ACCESS,
    SECRET,
    ManualTime,
    Reply,
    Scripted,
    client_of,
    data,
    status,
    token,
)


def source_of(api: Scripted, time: ManualTime) -> TokenSource:
    return TokenSource(
        ACCESS, httpx.MockTransport(api), Redactor(SECRET), clock=time.clock, now=lambda: 0.0
    )


def api_with(*tokens: Reply) -> Scripted:
    return Scripted(data(locations=None), tokens=list(tokens))


def test_the_credentials_go_form_encoded_to_the_token_address() -> None:
    api = api_with(token("abc-token"))
    with client_of(api) as client:
        client.query("locations")
    (request,) = api.token_calls
    assert str(request.url) == "https://auth.example.test/oauth/token"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.content.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["key-1"],
        "client_secret": [SECRET],
    }
    assert api.calls[0].headers["Authorization"] == "Bearer abc-token"


@pytest.mark.parametrize(
    ("expires_in", "life"),
    [
        (1000, 1000),
        ("1000", 1000),
        (0.5, 0.5),
        (None, 3600),
        ("soon", 3600),
        (0, 3600),
        (-5, 3600),
        (True, 3600),
        ([1], 3600),
        (float("1e400"), 3600),
        (10**30, 86_400),
        ("9" * 400, 3600),
    ],
)
def test_a_token_is_renewed_when_nine_tenths_of_its_life_are_over(
    expires_in: Any, life: float
) -> None:
    time = ManualTime()
    answer = {"access_token": "one"} | ({} if expires_in is None else {"expires_in": expires_in})
    text = str(answer).replace("'", '"').replace("True", "true").replace("inf", "1e400")
    api = api_with(status(200, text), token("two"))
    source = source_of(api, time)
    assert source.token(timeouts(5)) == "one"
    time.seconds += life * 0.89
    assert source.token(timeouts(5)) == "one"
    time.seconds += life * 0.02
    assert source.token(timeouts(5)) == "two"


def test_eight_threads_that_need_a_token_make_one_request() -> None:
    threads = 8
    together = Barrier(threads)
    api = Scripted(data(locations=None), tokens=[lambda _: token("shared-token")])
    source = source_of(api, ManualTime())

    def ask(_: int) -> str:
        together.wait(10)
        return source.token(timeouts(5))

    with ThreadPoolExecutor(threads) as pool:
        assert set(pool.map(ask, range(threads))) == {"shared-token"}
    assert len(api.token_calls) == 1


def test_a_401_in_the_middle_renews_the_token_once_and_repeats_the_call() -> None:
    api = Scripted(
        data(locations=None), status(401), data(venues=None), tokens=[token("old"), token("new")]
    )
    with client_of(api) as client:
        client.query("locations")
        client.query("venues")
    sent = [call.headers["Authorization"] for call in api.calls]
    assert sent == ["Bearer old", "Bearer old", "Bearer new"]


def test_a_401_lets_a_mutation_be_repeated_since_it_did_not_happen() -> None:
    api = Scripted(status(401), data(courseTemplate={"create": None}))
    with client_of(api) as client:
        answer = client.mutate("create_course_template", {"input": {"title": "T"}})
    assert answer.data == {"courseTemplate": {"create": None}}
    assert len(api.calls) == 2


def test_a_401_with_a_new_token_ends_at_once() -> None:
    time = ManualTime()
    api = Scripted(status(401, "who are you?"))
    with (
        client_of(api, time) as client,
        pytest.raises(AccessRefused, match="ADMINISTRATE_API_KEY"),
    ):
        client.query("locations")
    assert len(api.calls) == 2
    assert sum(time.slept) == 0


def test_eight_threads_whose_token_was_revoked_renew_it_once() -> None:
    threads = 8
    together = Barrier(threads)

    def reply(request: httpx.Request) -> httpx.Response:
        if request.headers["Authorization"] == "Bearer revoked":
            together.wait(10)
            return status(401)
        return data(locations=None)

    api = Scripted(reply, tokens=[token("revoked"), token("fresh")])
    with client_of(api) as client, ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: client.query("locations"), range(threads)))
    assert len(api.token_calls) == 2
    assert len(api.calls) == 2 * threads


@pytest.mark.parametrize("code", [400, 401, 403, 404, 302])
def test_refused_credentials_end_at_once_and_are_not_tried_again(code: int) -> None:
    time = ManualTime()
    api = api_with(status(code, f'{{"error": "invalid_client", "client_secret": "{SECRET}"}}'))
    with client_of(api, time) as client:
        for _ in range(3):
            with pytest.raises(AccessRefused) as caught:
                client.query("locations")
            assert "invalid_client" in str(caught.value)
            assert SECRET not in str(caught.value)
    assert len(api.token_calls) == 1
    assert api.calls == []
    assert time.slept == []


@pytest.mark.parametrize(
    "failure",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("timed out"),
        status(500, "oops"),
        status(503),
        status(200, "<html>Welcome to the airport</html>"),
        status(200, '"token"'),
        status(200, "{}"),
        status(200, '{"access_token": null}'),
        status(200, '{"access_token": ""}'),
        status(200, '{"access_token": {"a": 1}}'),
        status(200, '{"access_token": "two\\nlines"}'),
        httpx.Response(200, json={"access_token": "x" * 20_000}),
        status(200, " " * 100_000),
    ],
    ids=lambda failure: str(getattr(failure, "text", failure))[:30],
)
def test_a_token_address_that_is_out_of_order_is_tried_again_even_for_a_mutation(
    failure: Reply,
) -> None:
    api = Scripted(data(courseTemplate=None), tokens=[failure, token()])
    with client_of(api) as client:
        client.mutate("create_course_template", {"input": {"title": "T"}})
    assert len(api.token_calls) == 2
    assert len(api.calls) == 1


def test_a_token_address_that_stays_out_of_order_uses_up_the_budget() -> None:
    time = ManualTime()
    api = api_with(status(503, "<b>gone fishing</b>"))
    with (
        client_of(api, time, retry_budget=10) as client,
        pytest.raises(Unreachable, match="gone fishing"),
    ):
        client.query("locations")
    assert sum(time.slept) == pytest.approx(10)


def test_the_token_addresss_retry_after_is_honoured() -> None:
    time = ManualTime()
    api = Scripted(data(locations=None), tokens=[status(429, Retry_After="9"), token()])
    with client_of(api, time) as client:
        client.query("locations")
    assert time.slept == [9.0]


def test_a_certificate_that_is_not_trusted_is_not_tried_again() -> None:
    api = api_with(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"))
    with client_of(api) as client, pytest.raises(Unreachable, match="not trusted"):
        client.query("locations")
    assert len(api.token_calls) == 1


def test_all_who_wait_for_a_token_share_its_failure() -> None:
    threads = 4
    together = Barrier(threads)
    api = api_with(status(403, "no"))
    source = source_of(api, ManualTime())

    def ask(_: int) -> type[BaseException] | None:
        together.wait(10)
        try:
            source.token(timeouts(5))
        except Failed as failed:
            return type(failed)
        return None

    with ThreadPoolExecutor(threads) as pool:
        assert set(pool.map(ask, range(threads))) == {Failed}
    assert len(api.token_calls) == 1


def test_a_token_is_not_in_its_own_text() -> None:
    time = ManualTime()
    source = source_of(api_with(token("very-secret-token")), time)
    source.token(timeouts(5))
    assert "renew_at" in repr(source)
    assert "very-secret-token" not in repr(source)
