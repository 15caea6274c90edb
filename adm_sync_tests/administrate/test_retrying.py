import re
from datetime import datetime

import httpx
import pytest

from adm_sync.administrate.retrying import (
    RULES,
    Attempts,
    Failed,
    FailureKind,
    Then,
    retry_after_seconds,
)
from adm_sync.errors import (
    AccessRefused,
    AdministrateError,
    ContractBroken,
    OutcomeUnknown,
    RequestRejected,
    Throttled,
    Unreachable,
)
from adm_sync_tests.administrate.scripted import (
    ManualTime,
    PauseRecorder,
    Scripted,
    client_of,
    data,
    errors,
    status,
)

REQUEST = httpx.Request("POST", "https://api.example.test/graphql")
HTML = "<html><body><h1>Down for maintenance</h1></body></html>"

FAILURES = {
    "connection refused": httpx.ConnectError("[Errno 111] Connection refused"),
    "name not found": httpx.ConnectError("[Errno -2] Name or service not known"),
    "connect timeout": httpx.ConnectTimeout("timed out"),
    "proxy refuses": httpx.ProxyError("407 Proxy Authentication Required"),
    "certificate": httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed"),
    "read timeout": httpx.ReadTimeout("timed out"),
    "reset": httpx.ReadError("[Errno 104] Connection reset by peer"),
    "write broke": httpx.WriteError("broken pipe"),
    "cut body": httpx.RemoteProtocolError("peer closed connection"),
    "408": status(408),
    "429": status(429, "slow down"),
    "429 with JSON": errors("slow down", status=429),
    "throttled in GraphQL": httpx.Response(
        200, json={"errors": [{"message": "No.", "extensions": {"code": "RATE_LIMITED"}}]}
    ),
    "rate limit in words": errors("Rate limit exceeded"),
    "500 without errors": status(500, "Internal Server Error"),
    "500 with errors": errors("cannot read 'x'", status=500),
    "502": status(502, HTML),
    "503": status(503, HTML),
    "503 with JSON": errors("away", status=503),
    "504": status(504),
    "HTML with 200": status(200, HTML),
    "nothing with 200": status(200),
    "half a JSON text": status(200, '{"data": {"loc'),
    "not UTF-8": httpx.Response(200, content=b'{"data": "\xff\xfe"}'),
    "NaN": status(200, '{"data": {"a": NaN}}'),
    "JSON nested beyond reason": status(200, '{"data":' * 100_000),
    "a JSON list": status(200, "[1, 2]"),
    "neither data nor errors": status(200, "{}"),
    "data is a list": status(200, '{"data": [1]}'),
    "400": errors("Cannot query field 'x'", status=400),
    "403": status(403, "no"),
    "404": status(404, HTML),
    "418": status(418),
    "redirect": status(302, Location="https://login.example.test/?next=1"),
    "redirect to nonsense": status(301, Location="http://[nonsense"),
    "GraphQL errors": errors("Cannot query field 'x' on type 'Location'"),
}
RETRIED = "retried"
# What each becomes: for a query, and for a mutation.
EXPECTED: dict[str, tuple[object, object]] = {
    "connection refused": (RETRIED, RETRIED),
    "name not found": (RETRIED, RETRIED),
    "connect timeout": (RETRIED, RETRIED),
    "proxy refuses": (RETRIED, RETRIED),
    "certificate": (Unreachable, Unreachable),
    "read timeout": (RETRIED, OutcomeUnknown),
    "reset": (RETRIED, OutcomeUnknown),
    "write broke": (RETRIED, OutcomeUnknown),
    "cut body": (RETRIED, OutcomeUnknown),
    "408": (RETRIED, OutcomeUnknown),
    "429": (RETRIED, RETRIED),
    "429 with JSON": (RETRIED, RETRIED),
    "throttled in GraphQL": (RETRIED, RETRIED),
    "rate limit in words": (RETRIED, RETRIED),
    "500 without errors": (RETRIED, OutcomeUnknown),
    "500 with errors": (RETRIED, OutcomeUnknown),
    "502": (RETRIED, OutcomeUnknown),
    "503": (RETRIED, OutcomeUnknown),
    "503 with JSON": (RETRIED, OutcomeUnknown),
    "504": (RETRIED, OutcomeUnknown),
    "HTML with 200": (RETRIED, OutcomeUnknown),
    "nothing with 200": (RETRIED, OutcomeUnknown),
    "half a JSON text": (RETRIED, OutcomeUnknown),
    "not UTF-8": (RETRIED, OutcomeUnknown),
    "NaN": (RETRIED, OutcomeUnknown),
    "JSON nested beyond reason": (RETRIED, OutcomeUnknown),
    "a JSON list": (ContractBroken, OutcomeUnknown),
    "neither data nor errors": (ContractBroken, OutcomeUnknown),
    "data is a list": (ContractBroken, OutcomeUnknown),
    "400": (RequestRejected, RequestRejected),
    "403": (AccessRefused, AccessRefused),
    "404": (RequestRejected, RequestRejected),
    "418": (RequestRejected, RequestRejected),
    "redirect": (RequestRejected, RequestRejected),
    "redirect to nonsense": (RequestRejected, RequestRejected),
    "GraphQL errors": (RequestRejected, RequestRejected),
}


def outcome(api: Scripted, *, mutation: bool) -> object:
    with client_of(api) as client:
        try:
            if mutation:
                client.mutate("create_course_template", {"input": {"title": "T"}})
            else:
                client.query("locations", {"first": 1, "offset": 0})
        except AdministrateError as error:
            return type(error)
    return RETRIED


@pytest.mark.parametrize("name", FAILURES)
def test_a_query_follows_the_table(name: str) -> None:
    api = Scripted(FAILURES[name], data(locations=None))
    expected = EXPECTED[name][0]
    assert outcome(api, mutation=False) == expected
    assert len(api.calls) == (2 if expected == RETRIED else 1)


@pytest.mark.parametrize("name", FAILURES)
def test_a_mutation_is_only_sent_again_when_it_certainly_did_not_happen(name: str) -> None:
    api = Scripted(FAILURES[name], data(courseTemplate=None))
    expected = EXPECTED[name][1]
    assert outcome(api, mutation=True) == expected
    assert len(api.calls) == (2 if expected == RETRIED else 1)


def test_every_kind_of_failure_has_a_rule() -> None:
    assert set(RULES) == set(FailureKind)


def test_no_rule_lets_a_mutation_that_was_sent_be_repeated() -> None:
    repeated = {kind for kind, rule in RULES.items() if rule.mutation is Then.RETRY}
    assert repeated == {FailureKind.NEVER_SENT, FailureKind.THROTTLED}
    assert all(rule.mutation is not Then.RETRY_ONCE for rule in RULES.values())


def test_a_query_is_tried_until_its_budget_is_used_up() -> None:
    time = ManualTime()
    api = Scripted(status(503))
    with client_of(api, time, retry_budget=60) as client, pytest.raises(Unreachable) as caught:
        client.query("locations")
    assert sum(time.slept) == pytest.approx(60)
    assert re.search(rf"Tried {len(api.calls)} times in 60 s", str(caught.value))


def test_the_delays_double_with_full_jitter_up_to_a_ceiling() -> None:
    attempts = Attempts(mutation=False, budget=1e6, clock=lambda: 0.0, draw=lambda: 1.0)
    delays = [attempts.delay_after(Failed(FailureKind.OUTAGE, "")) for _ in range(9)]
    assert delays == [1, 2, 4, 8, 16, 30, 30, 30, 30]
    calm = Attempts(mutation=False, budget=1e6, clock=lambda: 0.0, draw=lambda: 0.25)
    assert calm.delay_after(Failed(FailureKind.OUTAGE, "")) == 0.25


def test_a_query_that_the_server_breaks_on_is_tried_once_more_only() -> None:
    api = Scripted(errors("boom", status=500))
    assert outcome(api, mutation=False) is Unreachable
    assert len(api.calls) == 2


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Thu, 01 Jan 1970 00:02:00 GMT", 20.0),
        ("Thu, 01 Jan 1970 00:02:00 -0000", 20.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("-3", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("9" * 400, 999_999_999.0),
        ("Mon, 99 Foo 99999999999 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    value: str | None, seconds: float | None
) -> None:
    headers = {} if value is None else {"Retry-After": value}
    assert retry_after_seconds(headers, now=100.0) == seconds


def test_a_date_is_compared_with_the_answers_own() -> None:
    headers = {
        "Retry-After": "Thu, 01 Jan 1970 01:02:00 GMT",
        "Date": "Thu, 01 Jan 1970 01:00:00 GMT",
    }
    assert retry_after_seconds(headers, now=100.0) == 120.0
    assert retry_after_seconds(headers | {"Date": "today"}, now=100.0) == 3620.0


@pytest.mark.parametrize("code", [429, 503])
def test_retry_after_is_honoured(code: int) -> None:
    time = ManualTime()
    api = Scripted(status(code, Retry_After="17"), data(locations=None))
    with client_of(api, time) as client:
        client.query("locations")
    assert time.slept == [17.0]


@pytest.mark.parametrize(("code", "error"), [(429, Throttled), (503, Unreachable)])
def test_what_is_asked_for_beyond_the_budget_is_not_waited_for_but_said(
    code: int, error: type[AdministrateError]
) -> None:
    time, limiter = ManualTime(), PauseRecorder()
    api = Scripted(status(code, Retry_After="1800"))
    with (
        client_of(api, time, retry_budget=30, limiter=limiter, now=lambda: 0.0) as client,
        pytest.raises(error) as caught,
    ):
        client.query("locations")
    until = datetime.fromtimestamp(1800).astimezone()
    assert f"nothing is sent before {until:%d/%m/%Y %H:%M:%S}" in str(caught.value)
    assert caught.value.retry_after == 1800
    assert (time.slept, limiter.pauses, limiter.held_back) == ([], [], [1800.0])
    assert len(api.calls) == 1


def test_no_more_than_an_hour_is_believed() -> None:
    time, limiter = ManualTime(), PauseRecorder()
    api = Scripted(status(429, Retry_After="86400"), data(locations=None))
    with client_of(api, time, retry_budget=30, limiter=limiter) as client:
        with pytest.raises(Throttled, match=r"asked to wait 24\.0 hours.*asked again") as caught:
            client.query("locations")
        assert caught.value.retry_after == 3600
        client.query("locations")
    assert limiter.held_back == [3600.0]
    patient = Scripted(status(429, Retry_After="86400"), data(locations=None))
    with client_of(patient, time, retry_budget=7200) as client:
        client.query("locations")
    assert time.slept == [3600.0]


def test_a_mutation_that_may_have_happened_holds_the_others_back_too() -> None:
    limiter = PauseRecorder()
    api = Scripted(status(503, Retry_After="600"))
    with client_of(api, limiter=limiter) as client, pytest.raises(OutcomeUnknown) as caught:
        client.mutate("create_course_template", {"input": {"title": "Fictional Statistics"}})
    assert caught.value.retry_after == 600
    assert limiter.held_back == [600.0]


def test_while_everybody_is_held_back_nothing_is_sent() -> None:
    time, limiter = ManualTime(), PauseRecorder()
    limiter.rest = 600.0
    api = Scripted(data(locations=None))
    with client_of(api, time, retry_budget=60, limiter=limiter) as client:
        with pytest.raises(Throttled, match=r"was not sent\. Administrate asked to wait") as caught:
            client.query("locations")
        assert (caught.value.retry_after, api.calls, time.slept) == (600.0, [], [])
        limiter.rest = 0.0
        client.query("locations")
    assert len(api.calls) == 1


def test_a_short_rest_is_waited_for() -> None:
    time = ManualTime()

    class Resting(PauseRecorder):
        def acquire(self) -> float:
            super().acquire()
            return 5.0 if self.acquired == 1 else 0.0

    api = Scripted(data(locations=None))
    with client_of(api, time, retry_budget=60, limiter=Resting()) as client:
        client.query("locations")
    assert time.slept == [5.0]
    assert len(api.calls) == 1


def test_a_pause_that_the_limiter_sat_out_is_not_waited_for_again() -> None:
    time = ManualTime()

    class Sitting(PauseRecorder):
        def pause(self, seconds: float) -> None:
            super().pause(seconds)
            time.seconds += seconds

    limiter = Sitting()
    api = Scripted(status(429, Retry_After="3"), data(locations=None))
    with client_of(api, time, limiter=limiter) as client:
        client.query("locations")
    assert (limiter.pauses, time.slept) == ([3.0], [])


def test_a_429_makes_everybody_slow_down_but_an_outage_does_not() -> None:
    limiter = PauseRecorder()
    api = Scripted(status(429, Retry_After="3"), status(503), data(locations=None))
    with client_of(api, limiter=limiter) as client:
        client.query("locations")
    assert limiter.pauses == [3.0]
    assert limiter.acquired == 3


def test_after_a_query_used_up_its_budget_the_next_ones_try_once_until_one_succeeds() -> None:
    time = ManualTime()
    api = Scripted(status(503))
    with client_of(api, time, retry_budget=20) as client:
        with pytest.raises(Unreachable):
            client.query("locations")
        spent, before = sum(time.slept), len(api.calls)
        for name in ("venues", "price_levels"):
            with pytest.raises(Unreachable):
                client.query(name)
        assert sum(time.slept) == spent
        assert len(api.calls) == before + 2


def test_a_success_gives_later_queries_their_budget_back() -> None:
    api = Scripted(*[status(503)] * 3, data(venues=None), status(503), data(locations=None))
    with client_of(api, retry_budget=1.2) as client:
        with pytest.raises(Unreachable):
            client.query("locations")
        assert len(api.calls) == 3
        client.query("venues")
        client.query("locations")
    assert len(api.calls) == 6


def test_each_retry_logs_one_warning_in_plain_words(caplog: pytest.LogCaptureFixture) -> None:
    api = Scripted(status(502, "<h1>Bad gateway</h1>"), data(priceLevels=None))
    with client_of(api) as client:
        client.query("price_levels")
    (record,) = [r for r in caplog.records if r.name == "adm_sync.administrate"]
    assert record.levelname == "WARNING"
    assert record.getMessage() == (
        'Reading the price levels: Administrate answered 502 ("Bad gateway"). '
        "Trying again in 0.5 s (attempt 2, 120 s left)."
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"error": "Closed for the night"}', '("Closed for the night")'),
        ('{"error": {"code": 7}}', '("{"error": {"code": 7}}")'),
        ('{"error": "\\ud800"}', '("?")'),
        ('{"a": "1", "b": "2"}', '("{"a": "1", "b": "2"}")'),
    ],
)
def test_the_one_sentence_of_a_document_is_said_without_it(body: str, said: str) -> None:
    api = Scripted(*[status(503, body)] * 9)
    with client_of(api, retry_budget=1) as client, pytest.raises(Unreachable) as caught:
        client.query("locations")
    assert f"Administrate answered 503 {said}. " in str(caught.value)


def test_an_error_says_what_failed_and_what_to_do() -> None:
    api = Scripted(status(404, HTML))
    with client_of(api) as client, pytest.raises(RequestRejected) as caught:
        client.query("locations")
    assert str(caught.value) == (
        "Reading the locations failed: Administrate answered 404: there is nothing at "
        "api.example.test/graphql. Check ADMINISTRATE_API_URL."
    )


def test_a_redirect_names_the_host_and_is_not_followed() -> None:
    api = Scripted(status(302, Location="https://login.example.test/"))
    with client_of(api) as client, pytest.raises(RequestRejected, match=r"login\.example\.test"):
        client.query("locations")
    assert [call.url.host for call in api.calls] == ["api.example.test"]
