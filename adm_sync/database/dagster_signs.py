"""Signs of life in Dagster's own database: of its daemon, its schedules and its sensors.

What belongs here: reading them (and taking back those of a daemon that was ended on purpose).
What does not: what follows from them (`alerts.watching`), and which database it is
(`dagster_database`). Dagster's times are UTC, without saying so.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

TICKS_LOOKED_AT = 5
# The tag of a run that failed by a problem of Administrate as a whole: what that is known by.
CAUSE_TAG = "adm_sync/cause"

_HEARTBEAT = sa.text("select max(timestamp) from public.daemon_heartbeats")
_TICKING = sa.text("""
    select instigator_body as body, instigator_type as kind, create_timestamp as known_since,
        ticks.latest, ticks.statuses
    from public.instigators
    left join lateral (
        select max(timestamp) as latest, array_agg(status order by timestamp desc) as statuses
        from (
            select timestamp, status from public.job_ticks
            where job_ticks.selector_id = instigators.selector_id
            order by timestamp desc limit :ticks
        ) as newest
    ) as ticks on true
    where instigators.status <> 'STOPPED'
""")
_RUN = sa.text("""
    select exists (
        select from public.runs where pipeline_name = :job and create_timestamp >= :since
    )
""")
_ENDED = sa.text("""
    select run_id, status, create_timestamp as created_at,
        coalesce(
            (select value from public.run_tags as tag
            where tag.run_id = runs.run_id and tag.key = :cause order by id desc limit 1), ''
        ) as cause
    from public.runs
    where pipeline_name = :job and status in ('SUCCESS', 'FAILURE', 'CANCELED')
    order by id desc limit 1
""")
TABLES = ("daemon_heartbeats", "instigators", "job_ticks", "runs")


@dataclass(frozen=True, slots=True)
class Ticking:
    """A schedule or sensor that is switched on, and how its latest looks went, newest first."""

    name: str
    is_sensor: bool
    known_since: datetime
    latest: datetime | None
    statuses: tuple[str, ...]


def has_tables(connection: sa.Connection) -> bool:
    """Whether Dagster was ever at work here."""
    there = sa.text(
        "select bool_and(to_regclass('public.' || name) is not null) "
        "from unnest(cast(:names as text[])) as name"
    )
    return bool(connection.scalar(there, {"names": list(TABLES)}))


def heartbeat(connection: sa.Connection) -> datetime | None:
    """When a daemon last said that it lives; None if none is expected to."""
    return _utc(connection.scalar(_HEARTBEAT))


def ticking(connection: sa.Connection) -> list[Ticking]:
    """Every schedule and sensor that the daemon knows and nobody has stopped."""
    found = []
    for row in connection.execute(_TICKING, {"ticks": TICKS_LOOKED_AT}):
        known = _utc(row.known_since)
        name = _name(row.body)
        if known is not None and name:
            statuses = tuple(row.statuses or ())
            is_sensor = row.kind == "SENSOR"
            found.append(Ticking(name, is_sensor, known, _utc(row.latest), statuses))
    return sorted(found, key=lambda one: one.name)


def has_run_since(connection: sa.Connection, job: str, since: datetime) -> bool:
    """Whether a run of this job was made since then, by whomever."""
    naive = since.astimezone(UTC).replace(tzinfo=None)
    return bool(connection.scalar(_RUN, {"job": job, "since": naive}))


@dataclass(frozen=True, slots=True)
class EndedRun:
    """A run that has ended, how, and by which problem of Administrate, if by one."""

    run_id: str
    status: str
    created_at: datetime
    cause: str


def latest_ended(connection: sa.Connection, job: str) -> EndedRun | None:
    """The latest run of this job that has ended, by whomever."""
    row = connection.execute(_ENDED, {"job": job, "cause": CAUSE_TAG}).first()
    if row is None:
        return None
    return EndedRun(row.run_id, row.status, _known_utc(row.created_at), row.cause)


def forget_heartbeats(connection: sa.Connection) -> None:
    """The daemon was ended on purpose, so nobody is to miss it."""
    if has_tables(connection):
        connection.execute(sa.text("delete from public.daemon_heartbeats"))


def _name(body: str) -> str:
    with suppress(ValueError, KeyError, TypeError):
        origin = json.loads(body)["origin"]
        return str(origin.get("job_name") or origin["instigator_name"])
    return ""


def _utc(naive: datetime | None) -> datetime | None:
    return None if naive is None else _known_utc(naive)


def _known_utc(naive: datetime) -> datetime:
    return naive if naive.tzinfo else naive.replace(tzinfo=UTC)
