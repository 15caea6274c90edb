from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Lock
from typing import Any

import httpx
import pytest

from adm_sync.administrate.answers import Answer, GraphQLFault
from adm_sync.administrate.calling import SHORTEST_TIMEOUT
from adm_sync.administrate.client import AdministrateClient
from adm_sync.administrate.rate_limit import NoLimit
from adm_sync.errors import AccessRefused, OutcomeUnknown, RequestRejected, Unreachable
from adm_sync_tests.administrate.scripted import (
    SECRET,
    ManualTime,
    Scripted,
    client_of,
    data,
    errors,
    status,
    variables_of,
)

CREATE = {"input": {"title": "Fictional Statistics"}}


def test_a_query_sends_its_document_and_variables_and_answers_with_the_data() -> None:
    api = Scripted(data(locations={"edges": []}))
    with client_of(api) as client:
        assert client.query("locations", {"first": 3, "offset": 6}) == {"locations": {"edges": []}}
        assert client.requests == 1
    assert variables_of(api.calls[0]) == {"first": 3, "offset": 6}
    assert b"query Locations(" in api.calls[0].content


def test_graphql_errors_reject_a_query_with_administrates_own_sentences() -> None:
    answer = {
        "data": {"locations": None},
        "errors": [
            {"message": "Field 'nmae' is unknown", "path": ["locations", "edges", 0, "nmae"]},
            {"message": f"debug: client_secret={SECRET}"},
            *[{"message": f"more {n}"} for n in range(30)],
        ],
    }
    with (
        client_of(Scripted(httpx.Response(200, json=answer))) as client,
        pytest.raises(RequestRejected) as caught,
    ):
        client.query("locations")
    assert caught.value.errors[0] == "Field 'nmae' is unknown"
    assert len(caught.value.errors) == 20
    assert "(at locations.edges.0.nmae)" in str(caught.value)
    assert "and 17 more" in str(caught.value)
    assert SECRET not in str(caught.value) + str(caught.value.errors)


def test_a_partial_query_keeps_the_data_beside_the_errors() -> None:
    answer = {"data": {"Event": {}, "TokenIssue": None}, "errors": [{"message": "Not here"}]}
    with client_of(Scripted(httpx.Response(200, json=answer))) as client:
        assert client.query_partial("custom_fields") == Answer(
            {"Event": {}, "TokenIssue": None}, (GraphQLFault("Not here"),)
        )


def test_a_partial_query_without_data_answers_with_the_errors() -> None:
    with client_of(Scripted(errors("Unknown type"))) as client:
        assert client.query_partial("custom_fields").data is None


@pytest.mark.parametrize("odd", [["text"], "text", {"message": "text"}, [{"message": "text"}]])
def test_errors_of_another_shape_are_errors_all_the_same(odd: object) -> None:
    reply = httpx.Response(200, json={"data": {"locations": {}}, "errors": odd})
    with client_of(Scripted(reply)) as client, pytest.raises(RequestRejected, match="text"):
        client.query("locations")


def test_an_error_without_a_message_is_still_an_error() -> None:
    reply = httpx.Response(200, json={"data": {}, "errors": [{"path": "nowhere"}]})
    with client_of(Scripted(reply)) as client, pytest.raises(RequestRejected, match="no message"):
        client.query("locations")


def test_a_mutation_answers_with_data_and_errors_together() -> None:
    answer = {
        "data": {"courseTemplate": {"create": {"courseTemplate": {"id": "a"}}}},
        "errors": [{"message": "rate limit reached", "path": ["courseTemplate"]}],
    }
    api = Scripted(httpx.Response(200, json=answer))
    with client_of(api) as client:
        result = client.mutate("create_course_template", CREATE)
    assert result.data == answer["data"]
    assert result.errors == (GraphQLFault("rate limit reached", ("courseTemplate",)),)
    assert len(api.calls) == 1


def test_the_audit_is_told_of_each_mutation_that_was_answered_or_not() -> None:
    told: list[dict[str, Any]] = []
    answer = {"data": {"courseTemplate": {"create": {"errors": []}}}, "echo": SECRET}
    api = Scripted(
        httpx.Response(200, json=answer), httpx.ReadTimeout("late"), data(locations={"edges": []})
    )
    with client_of(api, audit=lambda **call: told.append(call)) as client:
        client.mutate("create_course_template", {"input": {"code": f"X {SECRET}"}})
        with pytest.raises(OutcomeUnknown):
            client.mutate("create_course_template", CREATE)
        client.query("locations", {"first": 3, "offset": 6})
    answered, unanswered = told
    assert answered["data"] == answer["data"]
    assert (answered["failure"], unanswered["data"]) == ("", None)
    assert "may or may not have happened" in unanswered["failure"]
    assert SECRET not in repr(told)
    assert answered["graphql_query"].startswith("mutation")


def test_a_mutation_that_broke_while_it_was_executed_has_an_unknown_outcome() -> None:
    answer = {"data": None, "errors": [{"message": "boom", "path": ["courseTemplate"]}]}
    with (
        client_of(Scripted(httpx.Response(200, json=answer))) as client,
        pytest.raises(OutcomeUnknown, match="may or may not have happened"),
    ):
        client.mutate("create_course_template", CREATE)


def test_a_mutation_is_no_query_and_a_query_no_mutation() -> None:
    with client_of(Scripted(data())) as client:
        with pytest.raises(ValueError, match="is a mutation"):
            client.query("create_course_template", CREATE)
        with pytest.raises(ValueError, match="is not a mutation"):
            client.mutate("locations")
        assert client.requests == 0


def test_no_more_requests_are_in_flight_than_agreed() -> None:
    lock = Lock()
    in_flight: list[int] = [0]
    highest: list[int] = [0]
    both = Barrier(2)

    def reply(_: httpx.Request) -> httpx.Response:
        with lock:
            in_flight[0] += 1
            highest[0] = max(highest[0], in_flight[0])
        both.wait(10)
        with lock:
            in_flight[0] -= 1
        return data(locations=None)

    with client_of(Scripted(reply), concurrency=2) as client, ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: client.query("locations"), range(8)))
    assert highest == [2]


def test_a_stopped_call_is_not_repeated() -> None:
    stop = Event()

    def fail(_: httpx.Request) -> httpx.Response:
        stop.set()
        return status(503)

    api = Scripted(fail)
    # The real wait: it must end at once, or this test takes a minute.
    with client_of(api, sleep=None, draw=lambda: 60.0) as client, pytest.raises(Unreachable):
        client.query("locations", stop=stop)
    assert len(api.calls) == 1


def test_waiting_covers_answers_permits_and_pauses_between_attempts() -> None:
    time = ManualTime()

    class SlowLimiter(NoLimit):
        def acquire(self) -> float:
            time.seconds += 5
            return 0.0

    def slowly(reply: httpx.Response) -> Callable[[httpx.Request], httpx.Response]:
        def answer(_: httpx.Request) -> httpx.Response:
            time.seconds += 2
            return reply

        return answer

    api = Scripted(slowly(status(429, Retry_After="10")), slowly(data(locations=None)))
    with client_of(api, time, limiter=SlowLimiter()) as client:
        time.seconds += 100
        client.query("locations")
        time.seconds += 100
        assert client.waiting_seconds == pytest.approx(5 + 2 + 10 + 5 + 2)
        assert client.requests == 2


def test_what_goes_wrong_inside_a_limiter_comes_out_as_it_is() -> None:
    class BrokenLimiter(NoLimit):
        def acquire(self) -> float:
            raise AccessRefused("the limiter's own trouble")

    with (
        client_of(Scripted(data()), limiter=BrokenLimiter()) as client,
        pytest.raises(AccessRefused, match="own trouble"),
    ):
        client.query("locations")


def test_no_secret_is_in_any_log_or_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")

    def echo(request: httpx.Request) -> httpx.Response:
        return status(502, f"<pre>{request.headers['Authorization']} {SECRET}</pre>")

    with (
        client_of(Scripted(echo), retry_budget=2) as client,
        pytest.raises(Unreachable) as caught,
    ):
        client.query("locations")
    texts = caplog.text + str(caught.value) + repr(caught.value)
    assert "502" in texts
    assert SECRET not in texts
    assert "token-one-1234" not in texts
    assert caught.value.__cause__ is None


def test_the_timeout_of_the_last_attempts_shrinks_with_the_budget_for_queries_only() -> None:
    time = ManualTime()
    seconds: list[float] = []

    def late(request: httpx.Request) -> httpx.Response:
        seconds.append(request.extensions["timeout"]["read"])
        time.seconds += 22
        return status(429)

    with client_of(Scripted(late), time, timeout=20, retry_budget=30) as client:
        with pytest.raises(Exception, match="429"):
            client.query("locations")
        assert seconds[0] == 20
        assert seconds[-1] == SHORTEST_TIMEOUT
        seconds.clear()
        with pytest.raises(Exception, match="429"):
            client.mutate("create_course_template", CREATE)
        assert set(seconds) == {20}


def test_the_client_shows_no_secret() -> None:
    with client_of(Scripted(data())) as client:
        assert isinstance(client, AdministrateClient)
        assert SECRET not in repr(client)


def test_the_keys_of_a_documents_answer_are_known_beforehand() -> None:
    with client_of(Scripted(data())) as client:
        assert client.aliases("custom_fields")[0] == "Account"
        assert client.aliases("instructors") == ("contacts",)
