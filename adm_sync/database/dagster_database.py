"""Dagster's own database: which one it is, and that it belongs to one database of ours alone.

What belongs here: finding it, making it, and its owner. What does not: Dagster's own tables.

Two installations that shared it would execute each other's runs, against the other's tenant. So
the database of ours has an id of its own, and Dagster's database remembers whose it is. The id
stays with the database when that is renamed, moved or restored; a copy beside it gets another.
"""

import hashlib
from dataclasses import dataclass
from uuid import uuid4

import psycopg
import sqlalchemy as sa
from psycopg import sql

from adm_sync.database.circumstances import check_sessions
from adm_sync.database.engine import Database, create_engine, parse_url
from adm_sync.database.failures import database_errors
from adm_sync.database.import_tables import imports
from adm_sync.database.locks import one_at_a_time
from adm_sync.database.operations import installation, runs
from adm_sync.errors import DatabaseError, DatabaseLayoutError

OLD_NAME = "adm_sync_dagster"  # of all installations on a server, once
LONGEST_NAME = 63  # bytes of a database's name
SETTING = "ADM_SYNC_DAGSTER_DATABASE_URL"
LOCK = "Dagster's database"  # of two that come first, the second finds what the first made

_HERE = """
    select datname as name, oid::bigint as oid from pg_catalog.pg_database
    where datname = current_database()
"""
_OWNER = """
    create table if not exists public.adm_sync_owner (installation text not null, database text
    not null, since timestamptz not null)
"""
# What tells whose runs these are: where their job was loaded from, and syncs that have succeeded,
# which leave a row in the database of ours.
_RUNS = """
    select runs.run_id as id, runs.pipeline_name like 'sync%' and runs.status = 'SUCCESS' as noted,
        exists (select from public.run_tags as tag where tag.run_id = runs.run_id
            and tag.key = '.dagster/repository' and tag.value = '__repository__@adm_sync') as ours
    from public.runs
"""
# What Dagster's sessions, which are none of ours, have to be told, where the role, the database or
# the server says something else: only then, because a pooler may refuse options.
_OPTIONS = """
    select string_agg(format('-c %s=%s', name, replace(wanted, ' ', '\\ ')), ' ' order by name)
    from (values
        ('client_encoding', 'UTF8'), ('default_transaction_isolation', 'read committed'),
        ('statement_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),
        ('idle_session_timeout', '0'), ('transaction_timeout', '0'), ('lock_timeout', '0'),
        ('quote_all_identifiers', 'off'),
        ('search_path', case when current_schema() is null then 'public' end)
    ) as told (name, wanted)
    join pg_catalog.pg_settings using (name)
    where source <> 'client' and wanted <> reset_val
"""


@dataclass(frozen=True, slots=True)
class _Self:
    """The database of ours: its id, its name, and where its Dagster database was, if it had one."""

    id: str
    name: str
    dagster: str | None


def dagster_url(database: Database, *, take_over: bool = False) -> str:
    """The URL of Dagster's own database, which is made if it is missing, and belongs to this one.

    Always `postgresql+psycopg2://`: with psycopg 3 Dagster fails at its first event.

    Args:
        database: the open database of ours.
        take_over: a person says that it belongs to this one, whosever it was.

    Raises:
        DatabaseError: it belongs to another installation, or cannot be used.
        DatabaseLayoutError: this role may not make it, or `db upgrade` has to run.
        DatabaseUnreachable: there is no connection.
    """
    given = database.settings and database.settings.adm_sync_dagster_database_url
    with database_errors(), database.engine.begin() as connection:
        one_at_a_time(connection, LOCK)
        own = _self(connection)
        if given:
            url = parse_url(given.get_secret_value(), SETTING)
            options = _claim(connection, own, url, take_over=take_over)
        else:
            name = own.dagster or _first_choice(connection, own, database)
            _ensure(database.engine, name)
            url = sa.make_url(database.url).set(database=name)
            options = _claim(connection, own, url, take_over=take_over)
            if name != own.dagster:
                connection.execute(sa.update(installation).values(dagster_database=name))
    if options:
        url = url.update_query_dict({"options": " ".join([options, *_told(url, "options")])})
    return url.set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)


def check_owner(database: Database, url: str) -> None:
    """Make sure that the Dagster database of this URL is that of this database and of no other.

    Raises:
        DatabaseError: it belongs to another installation, or cannot be used.
        DatabaseUnreachable: there is no connection.
    """
    with database_errors(), database.engine.begin() as connection:
        one_at_a_time(connection, LOCK)
        _claim(connection, _self(connection), parse_url(url, SETTING), take_over=False)


def default_name(database: str) -> str:
    """What Dagster's database beside this one is called."""
    name = f"{database}_dagster"
    if len(name.encode()) <= LONGEST_NAME:
        return name
    end = f"_{hashlib.sha256(database.encode()).hexdigest()[:8]}_dagster"
    start = database.encode()[: LONGEST_NAME - len(end)].decode(errors="ignore")
    return start + end


def _self(connection: sa.Connection) -> _Self:
    here = connection.execute(sa.text(_HERE)).one()
    known = connection.execute(sa.select(installation)).one_or_none()
    fresh: sa.Insert | sa.Update
    if known is None:
        known_id, dagster = str(uuid4()), None
        fresh = sa.insert(installation)
    elif known.database_oid == here.oid:
        return _Self(known.identity, here.name, known.dagster_database)
    else:
        exists = sa.text("select 1 from pg_catalog.pg_database where oid = :oid")
        is_copy = connection.scalar(exists, {"oid": known.database_oid}) is not None
        known_id = str(uuid4()) if is_copy else known.identity
        dagster = None if is_copy else known.dagster_database
        fresh = sa.update(installation)
    row = {"id": 1, "identity": known_id, "database_oid": here.oid, "dagster_database": dagster}
    connection.execute(fresh.values(row))
    return _Self(known_id, here.name, dagster)


def _told(url: sa.URL, name: str) -> tuple[str, ...]:
    """What a URL says of something, which may be nothing or more than one thing."""
    said = url.query.get(name, ())
    return (said,) if isinstance(said, str) else said


def _first_choice(connection: sa.Connection, own: _Self, database: Database) -> str:
    """The one of before, if it holds runs of this database and of no other; else a new one."""
    exists = sa.text("select 1 from pg_catalog.pg_database where datname = :name")
    if connection.scalar(exists, {"name": OLD_NAME}) is None:
        return default_name(own.name)
    url = sa.make_url(database.url).set(database=OLD_NAME)
    engine = create_engine(url.render_as_string(hide_password=False))
    try:
        with engine.connect() as dagster:
            if _has_table(dagster, "adm_sync_owner"):
                return default_name(own.name)
            known, strange = _count_runs(connection, dagster)
    except sa.exc.DBAPIError:  # it is somebody else's, who does not let this role in
        return default_name(own.name)
    finally:
        engine.dispose()
    return OLD_NAME if known and not strange else default_name(own.name)


def _claim(connection: sa.Connection, own: _Self, url: sa.URL, *, take_over: bool) -> str:
    """Make it this one's; gives the options that its sessions need."""
    engine = create_engine(url.render_as_string(hide_password=False))
    try:
        check_sessions(engine)
        with database_errors(), engine.begin() as dagster:
            _become_owner(connection, dagster, own, take_over=take_over)
            return str(dagster.scalar(sa.text(_OPTIONS)) or "")
    except _Refused:
        raise
    except DatabaseError as error:
        # The sentences of the database layer name the setting of the other database.
        about = str(error).replace("ADM_SYNC_DATABASE_URL", SETTING)
        raise type(error)(f"Dagster's own database: {about}") from None
    finally:
        engine.dispose()


class _Refused(DatabaseError):
    """Dagster's database is another installation's."""


def _become_owner(
    connection: sa.Connection, dagster: sa.Connection, own: _Self, *, take_over: bool
) -> None:
    one_at_a_time(dagster, LOCK)
    is_owned = _has_table(dagster, "adm_sync_owner")
    owner = None
    if is_owned:
        found = "select installation, database from public.adm_sync_owner"
        owner = dagster.execute(sa.text(found)).one_or_none()
    if owner is not None and tuple(owner) == (own.id, own.name):
        return
    if not take_over:
        if owner is not None and owner.installation != own.id:
            raise _refusal(dagster, own, f"belongs to the installation of «{owner.database}»")
        # With the table and no row in it, a person has given it up for whoever comes next.
        strange = 0 if is_owned else _count_runs(connection, dagster)[1]
        if strange:
            raise _refusal(dagster, own, "holds runs of another installation")
    dagster.execute(sa.text(_OWNER))
    dagster.execute(sa.text("delete from public.adm_sync_owner"))
    dagster.execute(
        sa.text("insert into public.adm_sync_owner values (:id, :name, now())"),
        {"id": own.id, "name": own.name},
    )


def _refusal(dagster: sa.Connection, own: _Self, whose: str) -> _Refused:
    name = dagster.scalar(sa.text("select current_database()"))
    return _Refused(
        f"Dagster's database «{name}» {whose}, and this is that of «{own.name}»: each would "
        f"execute the other's runs. Set {SETTING} to another database, or leave it out to get one "
        "of its own. If this one is right and nobody else uses it, run "
        "adm-sync doctor --accept-dagster."
    )


def _count_runs(connection: sa.Connection, dagster: sa.Connection) -> tuple[int, int]:
    """How many of Dagster's runs this database knows, and how many cannot be of this one."""
    if not (_has_table(dagster, "runs") and _has_table(dagster, "run_tags")):
        return 0, 0
    both = sa.union(sa.select(runs.c.dagster_run_id), sa.select(imports.c.dagster_run_id))
    own = set(connection.scalars(both))
    found = dagster.execute(sa.text(_RUNS)).all()
    strange = [run for run in found if run.id not in own and (run.noted or not run.ours)]
    return len([run for run in found if run.id in own]), len(strange)


def _has_table(connection: sa.Connection, name: str) -> bool:
    found = sa.text("select to_regclass(:name) is not null")
    return bool(connection.scalar(found, {"name": f"public.{name}"}))


def _ensure(engine: sa.Engine, name: str) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        known = sa.text("select 1 from pg_catalog.pg_database where datname = :name")
        if connection.execute(known, {"name": name}).scalar() is not None:
            return
        # template0: nobody can be connected to it, which would make this fail, and only from it may
        # the encoding be another than the server's. Names of workbooks may have any character.
        create = sql.SQL(
            "create database {} template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'"
        ).format(sql.Identifier(name))
        driver = connection.connection.driver_connection
        if driver is None:
            raise DatabaseLayoutError(f"There is no connection to make the database {name}.")
        try:
            driver.execute(create)
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return  # another process was faster
        except psycopg.errors.InsufficientPrivilege:
            both = sa.text("select quote_ident(:name), quote_ident(current_user)")
            quoted, role = connection.execute(both, {"name": name}).one()
            raise DatabaseLayoutError(
                f"Dagster needs a database of its own, and the role {role} may not make one. "
                f"Either an administrator runs: create database {quoted} owner {role} encoding "
                "'UTF8' template template0; "
                f"or set {SETTING} to a database that exists."
            ) from None


def known_url(database: Database) -> str | None:
    """The URL of Dagster's database as it is known already; nothing is made and nothing is claimed.

    Raises:
        SettingsError: the URL that was given for it cannot be read.
    """
    given = database.settings and database.settings.adm_sync_dagster_database_url
    if given:
        return given.get_secret_value()
    with database.engine.connect() as connection:
        name = connection.scalar(sa.select(installation.c.dagster_database))
    if name is None:
        return None
    url = sa.make_url(database.url).set(database=name)
    return url.render_as_string(hide_password=False)
