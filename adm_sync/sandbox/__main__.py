"""`python -m adm_sync.sandbox`: a sandbox in the foreground, for measurements and rehearsals.

What belongs here: the arguments. It prints one line of JSON when it is ready: api_url, auth_url,
client_id, client_secret.
"""

import argparse
import gc
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from adm_sync.sandbox.bulk import ALL_TYPES, fill
from adm_sync.sandbox.server import LOOPBACK, Access, serve
from adm_sync.sandbox.store import Store


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until SIGINT or SIGTERM; 0 then, 1 if it cannot start."""
    options = _parser().parse_args(arguments)
    store = Store()
    try:
        _fill(store, options.bulk, options.only or ALL_TYPES)
        serve(
            store,
            host=options.host,
            port=options.port,
            state_file=options.state_file,
            on_ready=_announce,
            options={
                "latency": options.latency,
                "create_mutations": not options.no_create_mutations,
                "token_seconds": options.token_seconds,
            },
        )
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _fill(store: Store, count: int, record_types: Sequence[str]) -> None:
    """Fill the store and keep its records out of every later garbage collection.

    Walking through some hundred thousand records now and then would show as slow answers.
    """
    gc.disable()
    try:
        fill(store, count, record_types)
    finally:
        gc.freeze()
        gc.enable()


def _announce(access: Access) -> None:
    sys.stdout.write(json.dumps(asdict(access)) + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m adm_sync.sandbox", description=__doc__)
    parser.add_argument("--host", default=LOOPBACK, help="the address to listen on")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) for a free one")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds added to each answer")
    parser.add_argument("--token-seconds", type=int, default=3600, help="how long a token lives")
    parser.add_argument("--bulk", type=int, default=0, help="records of each type to begin with")
    parser.add_argument(
        "--only", action="append", choices=ALL_TYPES, help="fill only this type (repeatable)"
    )
    parser.add_argument("--state-file", type=Path, help="keep the records in this file")
    parser.add_argument("--no-create-mutations", action="store_true")
    return parser


if __name__ == "__main__":
    sys.exit(main())
