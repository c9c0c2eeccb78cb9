"""The one place where transactions begin and end, the same on SQLite and PostgreSQL.

A `Work` is what one request (or one command) does to the database: one session, one transaction, and the audit lines that
belong to it. It commits before the answer leaves, or leaves nothing.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Engine, bindparam, event, update
from sqlalchemy import create_engine as create_sqlalchemy_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session as PlainSession
from sqlalchemy.orm.attributes import get_history, instance_state, set_committed_value
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.pool import PoolProxiedConnection, QueuePool
from sqlmodel import Session

from api import one_writer
from api.adapters.postgresql import POSTGRESQL_OPTIONS, as_options
from api.adapters.pulse import Locked, watch
from api.adapters.sqlite import is_let_go_of
from api.allowance import waiting
from api.constraints import refusal_for
from api.days import begin_of, day_of
from api.errors import PreconditionFailed, Refusal, Text, Unavailable
from api.owed import Owed
from models.base import Personal, Record, metadata
from models.member import Member
from models.organization import Organization

log = structlog.get_logger("liangxian")

REWRITTEN_BYTES = 256 << 20
"""An SQLite database up to this size is written anew each day: that takes some seconds."""
RENEWED_SECONDS = 600
"""How old a connection may be: so long it goes at the most by what somebody has made in it alone, or has taken back since."""
SQLITE_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}
POSTGRESQL_LOCKED = ("55P03", "40")
POSTGRESQL_PASSING = ("08", "53", "57", *POSTGRESQL_LOCKED)
"""Connection, resources, operator's intervention; lock not available, deadlock or serialisation."""


@dataclass
class Origin:
    """Where a piece of work comes from: which request, when the work began, and, once it is known, whose account."""

    request_id: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    actor_id: UUID | None = None
    has_committed: bool | None = False
    """Whether anything of it was committed; None where a commit was begun and nobody has heard that it is done."""
    was_sent_before: bool = False
    """Whether the very same was sent and carried out before, so that nothing more comes of it."""

    def begins(self) -> None:
        """The work begins now: what is asked for is there, however slowly it has come."""
        self.at = datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One change as a line of the audit trail will tell it. `details` name fields and counts, never personal values."""

    action: str
    target_kind: str
    target_id: UUID | None
    organization_id: UUID | None
    details: dict[str, object]


class Told(Exception):
    """The answer to a piece of work that ends early, and well: what it has written stands."""


@dataclass(frozen=True)
class Followers:
    """What rooms do when something happens in another one, which knows none of them: for each event who follows it, in this order,
    in the transaction of the event, whose changes are written already."""

    member_leaves: tuple[Callable[["Work", Member], object], ...] = ()
    member_moves: tuple[Callable[["Work", Member, UUID], object], ...] = ()
    """Told is the organisation that he belonged to before."""
    member_is_confirmed: tuple[Callable[["Work", Member], object], ...] = ()
    member_is_restored: tuple[Callable[["Work", Member, Collection[datetime]], Text | None], ...] = ()
    """Told are the moments at which the leaving was recorded. Each answers with a sentence on what it gives back and what not."""
    party_posts_change: tuple[Callable[["Work", Sequence[Member]], object], ...] = ()
    """Told are those who have been given a post within the Party, another one, or none any more."""
    member_is_erased: tuple[Callable[["Work", Member], object], ...] = ()
    """Told is a member of whom nothing is kept from now on but his key: each takes him out of what it has copied."""
    term_changes: tuple[Callable[["Work", Organization], object], ...] = ()
    organization_closes: tuple[Callable[["Work", Organization], object], ...] = ()
    """Each ends what is still open there, or raises a refusal, which `close_organization` is to name: then nothing is closed."""
    organization_moves: tuple[Callable[["Work", Organization, frozenset[UUID]], object], ...] = ()
    """Told is what is above it no more. It is held alone: who follows waits for nobody, and raises `Unavailable` instead."""
    organization_is_renamed: tuple[Callable[["Work", Organization], object], ...] = ()


class Work(Session):
    """A session that knows its origin and gathers the audit lines of its transaction."""

    def __init__(self, bind: Engine, origin: Origin, zone: tzinfo, followers: Followers, *, writes: bool) -> None:
        super().__init__(bind, expire_on_commit=False)
        self.origin = origin
        self.zone = zone
        self.followers = followers
        self.writes = writes
        self.entries: list[AuditEntry] = []
        """What the audit trail will tell of this transaction."""
        self.readings: list[AuditEntry] = []
        """Those among them that tell what is read in the answer: whenever it is given anew, they are told anew."""
        self.closing: list[Callable[[Work], None]] = []
        """What rooms have left to do until the very end of the transaction, before its audit lines are written."""
        self.last: list[Callable[[Work], None]] = []
        """What is asked after that, when whoever else writes audit lines has written them before, or waits; each may raise a
        refusal, and nothing is done."""
        self.opened: set[UUID] = set()
        """The accounts of which the answer tells a one-time password, or half of one, or, of one's own, a secret."""
        self.must_be_seen = False
        """Whether the next scan must see it, also where scans are read from a replica: whatever makes a card or a code invalid."""

    @property
    def at(self) -> datetime:
        """The moment that counts as now for this whole piece of work."""
        return self.origin.at

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is SQLite; otherwise it is PostgreSQL."""
        return self.get_bind().dialect.name == "sqlite"

    @property
    def today(self) -> date:
        """The district's calendar day at that moment."""
        return day_of(self.at, self.zone)

    def begin_of(self, day: date) -> datetime:
        """The moment at which a day begins in the district."""
        return begin_of(day, self.zone)

    def record(self, action: str, target: Record, *, organization_id: UUID | None = None, **details: object) -> None:
        """Add one audit entry to this transaction: what was done to which thing. The action is a literal wherever it is written."""
        owner = organization_id or (target.id if isinstance(target, Organization) else getattr(target, "organization_id", None))
        self.entries.append(AuditEntry(action, str(target.__tablename__), target.id, owner, details))

    def record_reading(self, audit_action: str, target: Record, *, fields: Sequence[str]) -> None:
        """Add the audit entry that tells that somebody reads in the answer what is kept sealed."""
        self.record(audit_action, target, fields=list(fields))
        self.readings.append(self.entries[-1])

    def record_batch(self, action: str, target_kind: str, *, organization_id: UUID | None = None, **details: object) -> None:
        """Add the one audit entry that stands for a batch as a whole."""
        self.entries.append(AuditEntry(action, target_kind, None, organization_id, details))

    def changes(self, record: Record) -> list[str]:
        """The names of the fields that have been changed on a loaded row and not yet been written."""
        return sorted(name for name in instance_state(record).committed_state if get_history(record, name).has_changes())

    def flush_batch(self) -> None:
        """Flush many changed rows: those of a kind in which the same fields have changed by one statement.

        A plain flush writes rows that have a version one by one, since not every driver counts what one statement for many has
        changed; both of ours do. What is changed must not refer to a row that is yet to be added.
        """
        alike: dict[tuple[type[Record], tuple[str, ...]], list[Record]] = {}
        for row in self.dirty:
            if isinstance(row, Record) and (changed := self.changes(row)):
                alike.setdefault((type(row), tuple(changed)), []).append(row)
        for (kind, fields), rows in alike.items():
            self._update_all(kind, fields, rows)
        self.flush()

    def _update_all(self, kind: type[Record], fields: Sequence[str], rows: Sequence[Record]) -> None:
        table = metadata.tables[str(kind.__tablename__)]
        statement = update(table).where(table.c.id == bindparam("this_id"), table.c.version == bindparam("this_version"))
        written = [
            {**{name: getattr(row, name) for name in fields}, "updated_at": self.at, "version": row.version + 1} for row in rows
        ]
        which = [{"this_id": row.id, "this_version": row.version} for row in rows]
        done = self.connection().execute(statement, [row | values for row, values in zip(which, written, strict=True)])
        if done.rowcount != len(rows):
            raise StaleDataError
        for row, values in zip(rows, written, strict=True):
            for name, value in values.items():
                set_committed_value(row, name, value)


class Database:
    """An engine with the settings that keep what was acknowledged, and the two ways of working with it."""

    def __init__(
        self, url: str, *, zone: tzinfo, followers: Followers, before_commit: Callable[[Work], None], has_replica: bool = False
    ) -> None:
        """`zone` is where the district's days begin, `followers` who learns of what happens; `has_replica` tells that the scan
        door reads from a replica, which commits that must be seen wait for."""
        self.url = url
        self.zone = zone
        self.followers = followers
        self._has_replica = has_replica
        self.engine = create_engine(url)
        self._writer = self.engine.execution_options(writes=True)
        self._reader = self.engine if self.is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._before_commit = before_commit
        self.line = one_writer.Line()
        """Who wants to write, on SQLite."""
        self.owed = Owed()
        """What was counted here, and could not be taken back when it was to be."""

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self, origin: Origin) -> Iterator[Work]:
        """A transaction that sees one state of the data and changes nothing."""
        with _told_as_refusals(), Work(self._reader, origin, self.zone, self.followers, writes=False) as work:
            yield work

    @contextmanager
    def writing(self, origin: Origin) -> Iterator[Work]:
        """A transaction that commits when the block ends or raises `Told`, and leaves nothing when it fails.

        It begins with the first statement, so slow things (hashing, reading a file) belong before that. A refusal that must
        leave a trace commits what was written, and is raised all the same.
        """
        with (
            _told_as_refusals(),
            self.line.taken_by(origin) as take,
            Work(
                self._writer.execution_options(take_turn=take, has_begun=self.line.has_begun) if self.is_sqlite else self._writer,
                origin,
                self.zone,
                self.followers,
                writes=True,
            ) as work,
        ):
            try:
                yield work
            except Refusal as refusal:
                if refusal.leaves_trace:
                    self._commit(work)
                raise
            except Told:
                self._commit(work)
                raise
            self._commit(work)

    def _commit(self, work: Work) -> None:
        work.flush()
        for step in work.closing:
            step(work)
        if work.entries:
            self._before_commit(work)
        for ask in work.last:
            ask(work)
        if work.must_be_seen and self._has_replica and not self.is_sqlite:
            work.connection().exec_driver_sql("SET LOCAL synchronous_commit = remote_apply")
        work.origin.has_committed = None
        work.commit()
        work.origin.has_committed = True

    def let_go_of_what_was(self, *, wholly: bool = False) -> None:
        """Leave nothing of former values in SQLite's files: neither in its log of changes nor in the gaps of its pages, where
        splitting a page leaves copies that nothing overwrites. PostgreSQL does the like by itself (autovacuum), but for the values
        that stand in its statistics until much has changed: these are made anew, of the tables that the role owns or maintains.

        For the gaps the file is written anew: meanwhile nobody else writes, and twice its size is needed beside it. So only one of
        `REWRITTEN_BYTES` at the most, unless `wholly`. Raises `Unavailable` where somebody writes, or still reads what was.
        """
        if self.is_sqlite:
            connection = self.engine.raw_connection()
            try:
                is_done = is_let_go_of(connection, None if wholly else REWRITTEN_BYTES)
            except sqlite3.OperationalError as error:
                if _passes_by_itself(error):
                    raise Unavailable(retry_after=1) from error
                raise
            finally:
                connection.close()
            if not is_done:
                raise Unavailable(retry_after=1)
            return
        with _told_as_refusals(), self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as analyzing:
            for table in metadata.sorted_tables:
                if any(column.info.get("personal", Personal.none) is not Personal.none for column in table.columns):
                    # Elsewhere the server warns that it passes the table over.
                    analyzing.exec_driver_sql(f'ANALYZE "{table.name}"')

    def close(self) -> None:
        self.engine.dispose()


def create_engine(url: str) -> Engine:
    """An engine for `sqlite:///path` or `postgresql://...`, refusing to lose updates silently (SQLite) or to wait for ever."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_sqlalchemy_engine(
            parsed,
            poolclass=_Pool,
            pool_size=16,
            max_overflow=24,
            pool_timeout=2,
            pool_recycle=RENEWED_SECONDS,
            hide_parameters=True,
            json_serializer=_as_json,
        )
        one_writer.watch(engine)
        return engine
    chosen = POSTGRESQL_OPTIONS | {"plan_cache_mode": "force_custom_plan"}
    engine = create_sqlalchemy_engine(
        parsed.set(drivername="postgresql+psycopg"),
        connect_args={"options": as_options(chosen), "connect_timeout": 2},
        poolclass=_Pool,
        # One for each that may be worked on at one time, with those that overstay (`in_hand.py`): who waited for another's would be
        # held up by what that one computes, as if by the database.
        pool_size=16,
        max_overflow=16,
        pool_timeout=2,
        pool_recycle=RENEWED_SECONDS,
        pool_pre_ping=True,
        use_native_hstore=False,  # Which a catalogue would be asked for, and we have none.
        hide_parameters=True,
        json_serializer=_as_json,
    )
    watch(engine)
    return engine


class _Pool(QueuePool):
    """Who waits for a connection waits as well."""

    def connect(self) -> PoolProxiedConnection:
        with waiting():
            return super().connect()


def _as_json(value: Any) -> str:
    # Chinese as it is: escaped, each character takes twice the space, and a scan half as long again to read.
    return json.dumps(value, ensure_ascii=False)


@contextmanager
def _told_as_refusals() -> Iterator[None]:
    """Turn into refusals what only the database knows: that it is busy, or that somebody else was a moment quicker."""
    try:
        yield
    except IntegrityError as error:
        if (refusal := refusal_for(error)) is not None:
            raise refusal from error
        raise
    except StaleDataError as error:
        raise PreconditionFailed from error
    except PoolTimeout as error:
        log.warning("database_unavailable", error="every connection is in use")
        raise Unavailable(retry_after=1) from error
    except OperationalError as error:
        if _passes_by_itself(error.orig):
            log.warning("database_unavailable", error=type(error.orig).__name__, state=getattr(error.orig, "sqlstate", None))
            raise Unavailable(retry_after=1, is_for_lock=_is_locked(error.orig)) from error
        raise


def _is_locked(error: BaseException | None) -> bool:
    """Whether somebody else held a row for too long: no fault of the database, as SQLite's one lock is."""
    return isinstance(error, Locked) or (getattr(error, "sqlstate", None) or "").startswith(POSTGRESQL_LOCKED)


def _passes_by_itself(error: BaseException | None) -> bool:
    """Whether the database was only busy, full, or away: not a fault of the statement."""
    if isinstance(error, sqlite3.Error):
        # The driver's own errors have no code: that what stands stored is no text, for one.
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in SQLITE_PASSING
    state = getattr(error, "sqlstate", None)
    return state is None or state.startswith(POSTGRESQL_PASSING)


@event.listens_for(PlainSession, "before_flush")
def _tell_times(session: PlainSession, _context: object, _instances: object) -> None:
    if not isinstance(session, Work):
        return
    if not session.writes:
        raise RuntimeError("a reading piece of work was asked to write")
    for row in session.dirty:
        if isinstance(row, Record) and session.is_modified(row):
            row.updated_at = session.at
    for row in session.new:
        if isinstance(row, Record):
            row.created_at = row.updated_at = session.at
