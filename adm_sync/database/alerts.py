"""What is open of problems, who was told of them, and who is to be.

What belongs here: the statements. What does not: what is a problem (`alerts.problems`), when it is
told, and how (`alerts.telling`).

Whoever sends a message claims its row first, so that of two processes one sends it. Should that
one die before it has noted so, it is sent once more.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from adm_sync.database import locks
from adm_sync.database.alert_tables import alert_messages, alerts, api_faults, digests
from adm_sync.database.encoding import storable
from adm_sync.database.recorded import all_as, columns_of, on_lease
from adm_sync.database.states import News, ProblemKind

# A put right that nobody could be told of in this time is no news any more.
OLD_NEWS = timedelta(days=7)
# What comes back within this time was not put right: it is the same problem, and nobody is told.
CALM = timedelta(minutes=10)

# What is refused whatever is asked for, that nothing is answered, and all that a push sends.
CREDENTIALS, OUTAGE, WHAT_IS_SENT = "credentials", "outage", "what a push sends"

# ---------------------------------------------------------------------- what is wrong


@dataclass(frozen=True, slots=True)
class ApiFault:
    """What Administrate refuses."""

    kind: ProblemKind
    subject: str
    message: str
    first_seen: datetime


def api_faults_now(connection: sa.Connection) -> list[ApiFault]:
    """Everything that Administrate refused and has not taken since."""
    statement = sa.select(api_faults).order_by(api_faults.c.first_seen, api_faults.c.subject)
    return all_as(connection, ApiFault, statement)


def note_api_fault(
    connection: sa.Connection, kind: ProblemKind, subject: str, message: str, now: datetime
) -> None:
    """Administrate refuses this."""
    statement = insert(api_faults).values(
        kind=kind,
        subject=subject,
        message=storable(connection, message),
        first_seen=now,
        last_seen=now,
    )
    told = {"message": statement.excluded.message, "last_seen": statement.excluded.last_seen}
    connection.execute(
        statement.on_conflict_do_update(index_elements=["kind", "subject"], set_=told)
    )


def forget_api_faults(connection: sa.Connection, taken: Collection[str], joined: str) -> None:
    """Administrate takes these again; a subject may be several of them, joined by that."""
    names = sa.bindparam("taken", sorted(taken), sa.ARRAY(sa.Text))
    parts = sa.func.string_to_array(api_faults.c.subject, joined)
    connection.execute(sa.delete(api_faults).where(parts.op("<@")(names)))


# ---------------------------------------------------------------------- what is known of it


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem as it was seen; what it is known by is its kind and subject."""

    kind: ProblemKind
    subject: str
    sentence: str
    remedy: str
    page: str
    since: datetime


_KNOWN_AS = sa.cast(alerts.c.kind, sa.Text) + " " + alerts.c.subject


def one_at_a_time(connection: sa.Connection) -> None:
    """Until this transaction ends nobody else notes what is wrong: the next sees what is now."""
    connection.execute(sa.text("set local lock_timeout = '10s'"))
    locks.one_at_a_time(connection, "alerts")


def note_seen(
    connection: sa.Connection,
    found: Iterable[Problem],
    settling: Collection[str],
    looked_for: Collection[ProblemKind],
    now: datetime,
) -> None:
    """These are all problems of the kinds that were looked for; others of those are put right,
    but for the subjects that are settling: of them nobody knows until that is over."""
    known = {(one.kind, one.subject): one for one in found}
    pairs = [f"{kind} {storable(connection, subject)}" for kind, subject in known]
    is_still = sa.any_(sa.bindparam("still", pairs, sa.ARRAY(sa.Text))) == _KNOWN_AS
    latest = sa.select(sa.func.max(alerts.c.id)).group_by(alerts.c.kind, alerts.c.subject)
    back = sa.update(alerts).where(
        alerts.c.recovered_at > now - CALM, is_still, alerts.c.id.in_(latest)
    )
    connection.execute(back.values(recovered_at=None))
    rows = [
        storable(connection, asdict(one)) | {"opened_at": now, "last_seen": now}
        for one in known.values()
    ]
    if rows:
        statement = insert(alerts)
        told = {
            name: statement.excluded[name] for name in ("sentence", "remedy", "page", "last_seen")
        }
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["kind", "subject"],
                index_where=alerts.c.recovered_at.is_(None),
                set_=told,
            ),
            rows,
        )
    unknown = sa.bindparam("settling", storable(connection, sorted(settling)), sa.ARRAY(sa.Text))
    gone = sa.update(alerts).where(
        alerts.c.recovered_at.is_(None),
        alerts.c.subject != sa.all_(unknown),
        alerts.c.kind.in_(looked_for),
        sa.not_(is_still),
    )
    connection.execute(gone.values(recovered_at=now))


def open_since(connection: sa.Connection) -> dict[tuple[str, str], datetime]:
    """Since when each problem is known that is open, by its kind and subject."""
    statement = sa.select(alerts.c.kind, alerts.c.subject, alerts.c.since)
    rows = connection.execute(statement.where(alerts.c.recovered_at.is_(None)))
    return {(str(row.kind), row.subject): row.since for row in rows}


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """A problem that is open, and when which address was told of it."""

    kind: ProblemKind
    subject: str
    address: str | None
    sent_at: datetime | None
    message: str | None


def told(connection: sa.Connection, addresses: Sequence[str]) -> list[OpenAlert]:
    """Who was told, or could not be, of each problem that is open; of these addresses, whoever
    else was told."""
    statement: sa.Select[Any] = (
        sa.select(*columns_of(OpenAlert, alerts, alert_messages))
        .join(alert_messages, alert_messages.c.alert_id == alerts.c.id)
        .where(
            alerts.c.recovered_at.is_(None),
            alert_messages.c.news == News.OPENED,
            alert_messages.c.sent_at.is_not(None) | alert_messages.c.address.in_(addresses),
        )
        .order_by(alerts.c.id, alert_messages.c.address)
    )
    return all_as(connection, OpenAlert, statement)


# ---------------------------------------------------------------------- who is to be told


def queue(
    connection: sa.Connection,
    addresses: Sequence[str],
    kinds: Collection[ProblemKind],
    patience: timedelta,
    now: datetime,
) -> None:
    """Note for each address what it has not heard of yet: problems of these kinds, and their ends.

    What may pass by itself (`pending`) is told only once it has been open for so long, and an end
    only once it has lasted (`CALM`); of what was put right before anybody was told nobody hears.
    """
    to = sa.func.unnest(sa.bindparam("addresses", list(addresses), sa.ARRAY(sa.Text)))
    each = to.table_valued("address").render_derived(name="each")
    is_ripe = sa.or_(alerts.c.kind != ProblemKind.PENDING, alerts.c.opened_at <= now - patience)
    opened = (
        sa.select(alerts.c.id, each.c.address, *_new(News.OPENED, now))
        .select_from(alerts.join(each, sa.true()))
        .where(alerts.c.recovered_at.is_(None), alerts.c.kind.in_(kinds), is_ripe)
    )
    heard = alert_messages.alias("heard")
    recovered = (
        sa.select(alerts.c.id, heard.c.address, *_new(News.RECOVERED, now))
        .join(heard, heard.c.alert_id == alerts.c.id)
        .where(
            alerts.c.recovered_at.between(now - OLD_NEWS, now - CALM),
            heard.c.news == News.OPENED,
            heard.c.sent_at.is_not(None),
            heard.c.address.in_(addresses),
        )
    )
    columns = ["alert_id", "address", "news", "due_at", "attempts", "message"]
    for chosen in (opened, recovered):
        statement = insert(alert_messages).from_select(columns, chosen)
        connection.execute(statement.on_conflict_do_nothing())
    is_over = sa.select(alerts.c.id).where(alerts.c.recovered_at.is_not(None))
    moot = sa.delete(alert_messages).where(
        alert_messages.c.sent_at.is_(None),
        alert_messages.c.news == News.OPENED,
        alert_messages.c.due_at <= now,  # one that is being sent will be noted as sent
        alert_messages.c.alert_id.in_(is_over),
    )
    connection.execute(moot)


def _new(news: News, now: datetime) -> tuple[sa.ColumnElement[Any], ...]:
    return sa.literal(str(news)), sa.literal(now), sa.literal(0), sa.literal("")


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was claimed: what is to be said to whom."""

    id: int
    address: str
    news: News
    attempts: int
    kind: ProblemKind
    sentence: str
    remedy: str
    page: str
    since: datetime
    recovered_at: datetime | None


def claim(
    connection: sa.Connection, addresses: Sequence[str], now: datetime, lease: timedelta
) -> list[Message]:
    """Take on what is due to these addresses; nobody else has it until the lease ends."""
    due = sa.select(alert_messages.c.id).where(
        alert_messages.c.sent_at.is_(None),
        alert_messages.c.due_at <= now,
        alert_messages.c.address.in_(addresses),
    )
    claimed = on_lease(alert_messages, due, now, lease)
    claimed = claimed.where(alert_messages.c.alert_id == alerts.c.id)
    columns = columns_of(Message, alert_messages, alerts)
    found = all_as(connection, Message, claimed.returning(*columns))
    return sorted(found, key=lambda one: one.id)


def note_sent(connection: sa.Connection, ids: Sequence[int], now: datetime) -> None:
    """These messages have arrived."""
    one = sa.update(alert_messages).where(alert_messages.c.id.in_(ids))
    connection.execute(one.values(sent_at=now, message=""))


def note_unsent(connection: sa.Connection, ids: Sequence[int], why: str, due_at: datetime) -> None:
    """These have not, and are tried again at that time."""
    one = sa.update(alert_messages).where(alert_messages.c.id.in_(ids))
    connection.execute(one.values(due_at=due_at, message=storable(connection, why)))


@dataclass(frozen=True, slots=True)
class Undelivered:
    """An address that could not be told of something, and why."""

    address: str
    messages: int
    why: str


def undelivered(connection: sa.Connection, addresses: Sequence[str]) -> list[Undelivered]:
    """Those of the addresses with messages that were tried in vain."""
    statement: sa.Select[Any] = (
        sa.select(
            alert_messages.c.address,
            sa.func.count().label("messages"),
            sa.func.max(alert_messages.c.message).label("why"),
        )
        .where(
            alert_messages.c.sent_at.is_(None),
            alert_messages.c.message != "",
            alert_messages.c.address.in_(addresses),
        )
        .group_by(alert_messages.c.address)
    )
    return all_as(connection, Undelivered, statement.order_by(alert_messages.c.address))


def claim_digest(connection: sa.Connection, due_at: datetime, now: datetime) -> bool:
    """Whether this process is the one that sends the digest of that time."""
    statement = insert(digests).values(due_at=due_at, claimed_at=now).on_conflict_do_nothing()
    return bool(connection.execute(statement.returning(digests.c.due_at)).first())
