import gzip
import socket
import struct
from threading import Event

import pytest

from adm_sync.administrate import wire
from adm_sync.administrate.client import AdministrateClient
from adm_sync.errors import AdministrateError, ContractBroken, OutcomeUnknown, Unreachable
from adm_sync_tests.administrate.wild_server import Behaviour, WildServer, http

GOOD = b'{"data": {"courseTemplate": null, "locations": null}}'
CREATE = {"input": {"title": "Fictional Statistics"}}


def reset(connection: socket.socket, _: Event) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def nothing(connection: socket.socket, _: Event) -> None:
    connection.shutdown(socket.SHUT_RDWR)


def drip(connection: socket.socket, closing: Event) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while not closing.wait(0.02):
        connection.sendall(b" ")


def silence(connection: socket.socket, closing: Event) -> None:
    # Ends when the client hangs up.
    connection.recv(1)


BROKEN: dict[str, Behaviour | bytes] = {
    "a reset": reset,
    "no answer at all": nothing,
    "silence": silence,
    "an answer in drops": drip,
    "a cut body": http(GOOD[:20], length=len(GOOD)),
    "a cut body of unknown length": http(GOOD[:20], length=-1),
    "a cut chunk": http(b"20\r\n" + GOOD[:5], "Transfer-Encoding: chunked", length=-1),
    "half a header": b"HTTP/1.1 200 OK\r\nContent-Le",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "bad gzip": http(b"this is not gzip", "Content-Encoding: gzip"),
}


def client_for(server: WildServer, **options: float) -> AdministrateClient:
    settings = {"timeout": 0.3, "retry_budget": 20.0, **options}
    return AdministrateClient(server.access, draw=lambda: 0.0, **settings)


@pytest.mark.parametrize("name", BROKEN)
def test_a_query_that_met_broken_http_is_sent_again(name: str) -> None:
    with WildServer(BROKEN[name], http(GOOD)) as server:
        with client_for(server) as client:
            assert client.query("locations")["locations"] is None
        assert server.api_requests == 2


@pytest.mark.parametrize("name", BROKEN)
def test_a_mutation_that_met_broken_http_has_an_unknown_outcome(name: str) -> None:
    with WildServer(BROKEN[name], http(GOOD)) as server:
        with client_for(server) as client, pytest.raises(OutcomeUnknown):
            client.mutate("create_course_template", CREATE)
        assert server.api_requests == 1


def test_an_answer_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LARGEST_BODY", 100_000)
    flood = http(b'{"data": {"locations": "' + b"x" * 200_000)
    with WildServer(flood) as server:
        with client_for(server) as client, pytest.raises(ContractBroken, match="larger than"):
            client.query("locations")
        assert server.api_requests == 1


def test_a_small_answer_that_unpacks_to_a_huge_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "LARGEST_BODY", 100_000)
    bomb = gzip.compress(b'{"data": ' + b" " * 1_000_000 + b"{}}")
    assert len(bomb) < 100_000
    with (
        WildServer(http(bomb, "Content-Encoding: gzip")) as server,
        client_for(server) as client,
        pytest.raises(ContractBroken, match="larger than"),
    ):
        client.query("locations")


def test_a_packed_answer_is_unpacked() -> None:
    packed = http(gzip.compress(GOOD), "Content-Encoding: gzip")
    with WildServer(packed) as server, client_for(server) as client:
        assert client.query("locations")["locations"] is None


def test_an_answer_with_a_byte_order_mark_is_read() -> None:
    with WildServer(http(b"\xef\xbb\xbf" + GOOD)) as server, client_for(server) as client:
        assert client.query("locations")["locations"] is None


def test_nobody_listening_is_never_sent_and_so_even_a_mutation_is_tried_until_the_end() -> None:
    with WildServer(http(GOOD)) as server:
        access = server.access
    with AdministrateClient(access, retry_budget=0.3, draw=lambda: 0.1) as client:
        with pytest.raises(Unreachable, match=r"no connection to 127\.0\.0\.1"):
            client.mutate("create_course_template", CREATE)
        assert client.requests == 0


def test_tls_that_fails_is_never_sent() -> None:
    with WildServer(b"this is no TLS") as server:
        secure = server.access.api_url.replace("http:", "https:")
        access = server.access.model_copy(update={"api_url": secure})
        with (
            AdministrateClient(access, timeout=1, retry_budget=0.05, draw=lambda: 0.1) as client,
            pytest.raises(Unreachable, match=r"no connection to 127\.0\.0\.1"),
        ):
            client.mutate("create_course_template", CREATE)


def test_a_proxy_of_the_environment_is_used_for_another_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with WildServer(http(GOOD)) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        there = {
            "api_url": "http://api.example.test/graphql",
            "auth_url": "http://auth.example.test/oauth",
        }
        with AdministrateClient(proxy.access.model_copy(update=there)) as client:
            client.query("locations")
        assert proxy.request_lines == [
            "POST http://auth.example.test/oauth/token HTTP/1.1",
            "POST http://api.example.test/graphql HTTP/1.1",
        ]


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    with WildServer(http(GOOD)) as server, client_for(server) as client:
        assert client.query("locations")["locations"] is None


def test_every_failure_is_one_of_the_projects_errors() -> None:
    with WildServer(*BROKEN.values()) as server, client_for(server, retry_budget=0.01) as client:
        for _ in BROKEN:
            with pytest.raises(AdministrateError):
                client.query("locations")
