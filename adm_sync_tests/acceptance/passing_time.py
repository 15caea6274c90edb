"""Time that passes in a moment, for the database and for the tenant alike.

What belongs here: making what is stored on both sides older. What does not: what happens then.
"""

from dataclasses import fields
from typing import Any

from adm_sync.push.options import Pushed, PushOptions
from adm_sync_tests.acceptance.pushing import Outbox

# As people run it, but nobody stays for what is due in half a minute.
DEFAULTS = PushOptions(instance="this machine", workers=1, wait_for_look_ups=False)
ROUNDS = 20
# Seconds until the first step that can be done is due; what waits for a creation cannot.
DUE = (
    "select extract(epoch from min(s.due_at) - now()) from adm_sync.steps s"
    " join adm_sync.events e on e.id = s.event_id"
    " where s.state in ('pending', 'sending', 'unknown', 'retry')"
    " and (s.kind = 'create_event' or e.external_id is not null)"
)


def later(outbox: Outbox, seconds: float) -> None:
    """So much later: everything of the steps and of the tenant is older."""
    columns = outbox.execute(
        "select column_name from information_schema.columns where table_schema = 'adm_sync'"
        " and table_name = 'steps' and data_type like 'timestamp%'"
    )
    changes = ", ".join(f"{name} = {name} - make_interval(secs => :s)" for (name,) in columns)
    outbox.execute(f"update adm_sync.steps set {changes}", s=seconds)
    outbox.sandbox.age(seconds)


def changed(options: PushOptions) -> dict[str, Any]:
    """All of them, as `Outbox.push` takes them."""
    return {field.name: getattr(options, field.name) for field in fields(options)}


def push_until_settled(outbox: Outbox, options: PushOptions = DEFAULTS) -> list[Pushed]:
    """Push whenever something is due, until nothing is open any more."""
    pushed = []
    for _ in range(ROUNDS):
        pushed.append(outbox.push(**changed(options)))
        ((seconds,),) = outbox.execute(DUE)
        if seconds is None:
            return pushed
        later(outbox, max(float(seconds), 0) + 1)
    raise AssertionError(f"never settled: {outbox.steps()}")
