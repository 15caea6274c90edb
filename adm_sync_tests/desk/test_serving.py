"""`adm-sync desk` refuses in a sentence what would not work or would let in anybody."""

import socket

from adm_sync_tests.cli.processes import free_port
from adm_sync_tests.cli.workplace import Workplace


def test_a_busy_port_is_refused(settled: Workplace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        refused = settled.run("desk", "--port", port, status=2)
        settled.set(adm_sync_desk_port=port)
        beside = settled.run("dev", "--port", str(free_port()), status=2)

    said = f"Error: Port {port} is in use. If adm-sync has it, started before, end that first. If "
    said += "something else has it, choose another with"
    assert refused.stderr == f"{said} --port or ADM_SYNC_DESK_PORT.\n"
    assert beside.stderr == f"{said} ADM_SYNC_DESK_PORT.\n"


def test_nobody_is_let_in_from_elsewhere_without_a_login(settled: Workplace) -> None:
    for command in ("desk", "dev"):
        settled.set(adm_sync_desk_host="0.0.0.0", adm_sync_desk_auth=None)
        refused = settled.run(command, "--port", str(free_port()), status=2)
        assert "The desk cannot listen on 0.0.0.0: with ADM_SYNC_DESK_AUTH=local" in refused.stderr
        settled.set(adm_sync_desk_auth="header")
        refused = settled.run(command, "--port", str(free_port()), status=2)
        assert "ADM_SYNC_DESK_PROXIES is missing" in refused.stderr
