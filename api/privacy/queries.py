"""Rows of any table by the person whose they are, and by whether they were kept for long enough: told, erased, counted."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Table,
    and_,
    cast,
    delete,
    exists,
    false,
    func,
    literal_column,
    null,
    or_,
    true,
    tuple_,
    union_all,
    update,
)
from sqlmodel import col, select

from api.access.scope import Lock, locking
from api.audit.service import readable
from api.database import Work
from api.privacy.emptied import erased, tells
from api.privacy.paths import FILES, MEMBER, Span, changing, goes, lasting, leads_to, marked, of_anybody, of_persons, spans
from api.row_keys import Key, next_keys
from api.texts import AS_TEXT, text_of
from models.appraisal import Appraisal
from models.appraisal_enums import AppraisalState
from models.audit import AuditLine
from models.base import Keep, Personal, metadata
from models.erasure import Erasure
from models.file import StoredFile
from models.member import MembershipEvent


def of_members(table: Table, members: Any) -> Any:
    """The condition that a row of a table is about one of these members: their keys, or a query that selects these."""
    above, column = leads_to(table), marked(table)
    if table is MEMBER:
        return MEMBER.c.id.in_(members)
    if above is None or column is None:
        return false()
    return column.in_(_keys(above).where(of_members(above, members)))


def _keys(table: Table) -> Any:
    return select(table.c.id)


def is_row_told(table: Table) -> Any:
    """The condition that the person of a row is told that it is there."""
    column = marked(table)
    if column is None or column.info["withheld"] is None:
        return true()
    return false() if column.info["told"] is None else literal_column(column.info["told"], Boolean())


def rows_of(work: Work, table: Table, member_id: UUID, most: int) -> list[Mapping[str, Any]]:
    """The newest rows of a table about a member that he is told, `most` of them at the most, the oldest first."""
    about = and_(of_members(table, [member_id]), is_row_told(table))
    if table.name == "audit_line":
        # Somebody may have put into the trail what no type can be made of.
        numbers = select(AuditLine.seq).where(about).order_by(col(AuditLine.seq).desc()).limit(most)
        return [line._asdict() | {"mac": mac} for line, mac in reversed(readable(work, numbers))]
    newest = [key.desc() for key in table.primary_key]
    # What a person is not told need not be read either.
    columns = [one for one in table.columns if one.info["personal"] is not Personal.none or not isinstance(one.type, JSON)]
    found = work.execute(select(*columns).where(about).order_by(*newest).limit(most)).all()
    return [row._mapping for row in reversed(found)]


def lines_by(work: Work, account_id: UUID, actions: Collection[str], since: datetime, most: int) -> Sequence[datetime]:
    """When an account last did what these actions are, the newest first, `most` of them at the most."""
    own = select(AuditLine.seq).where(col(AuditLine.actor_id) == account_id).order_by(col(AuditLine.seq).desc())
    # Lines are found by their account and number: without this, an account's whole history would be read for a few lines.
    before = func.coalesce(own.where(col(AuditLine.at) <= since).limit(1).scalar_subquery(), 0)
    done = own.where(col(AuditLine.action).in_(actions), col(AuditLine.seq) > before).limit(most)
    return [line.at for line, _ in readable(work, done)]


def open_rounds(work: Work, keys: Iterable[UUID]) -> frozenset[UUID]:
    """Those of some rounds of appraisal that are open."""
    query = select(Appraisal.id).where(col(Appraisal.id).in_(set(keys)), col(Appraisal.state) == AppraisalState.open)
    return frozenset(work.exec(query).all())


def _hanging(condition_of: Callable[[Table], Any]) -> Any:
    """The condition that a file hangs on a row that a condition of the row's table names; None where it names none there."""
    on = ((table, condition_of(table)) for table in of_anybody() if "id" in table.columns)
    named = [(table, condition) for table, condition in on if condition is not None]
    kind, key = FILES.c.attached_kind, FILES.c.attached_id
    # Each kind by itself: PostgreSQL looks through all files for what hangs on one kind of row or on another.
    each = [_keys(FILES).where(kind == table.name, key.in_(_keys(table).where(condition))) for table, condition in named]
    return FILES.c.id.in_(union_all(*each)) if each else false()


def files_told(work: Work, member_id: UUID) -> Sequence[StoredFile]:
    """The files that hang on what is kept of a member and what of it he is told."""
    persons = of_persons()

    def about(table: Table) -> Any:
        return and_(of_members(table, [member_id]), is_row_told(table)) if table in persons else None

    return work.exec(select(StoredFile).where(_hanging(about)).order_by(col(StoredFile.id))).all()


def files_of(work: Work, member_id: UUID) -> Sequence[UUID]:
    """The keys of the files that hang on what is kept of a member."""
    persons = of_persons()
    return _files(work, _hanging(lambda table: of_members(table, [member_id]) if table in persons else None))


def _files(work: Work, condition: Any) -> Sequence[UUID]:
    return work.exec(select(StoredFile.id).where(condition).order_by(col(StoredFile.id))).all()


def files_on(work: Work, table: Table, keys: Sequence[UUID]) -> Sequence[UUID]:
    """The keys of the files that hang on rows of a table."""
    return _files(work, and_(FILES.c.attached_kind == table.name, FILES.c.attached_id.in_(keys)))


def hold_rows(work: Work, table: Any, condition: Any) -> None:
    """Hold the rows of a table that a condition names."""
    query = table.select().with_only_columns(*table.primary_key).where(condition).order_by(*table.primary_key)
    work.execute(locking(work, query, table))


def erase(work: Work, table: Table, condition: Any, columns: Iterable[Column[Any]] | None = None, *, waits: bool = True) -> int:
    """Erase what does not stay of the rows that a condition names, in these columns or in all but names. Returns how many rows were
    changed or deleted; one that tells nothing any more is neither. Without `waits`, rows that go are passed over where somebody
    else holds them. The version of a row counts up only where it is erased in all: nobody writes over what goes by itself."""
    if goes(table) and not waits:
        named: Any = table
        query = named.select().with_only_columns(*table.primary_key).where(condition)
        condition = tuple_(*table.primary_key).in_(locking(work, query, named, lock=Lock.alone, waits=False))
    if goes(table):
        for key in table.foreign_keys:
            if key.column.table is table:
                work.execute(update(table).where(key.parent.in_(_keys(table).where(condition))).values({key.parent.name: null()}))
        return _count(work.execute(delete(table).where(condition)))
    values: dict[str, Any] = {one.name: erased(one) for one in columns or changing(table)}
    if not values:
        return 0
    telling = or_(*(tells(table.c[name]) for name in values))
    if columns is None and "version" in table.columns:
        values |= {"version": table.c.version + 1, "updated_at": work.at}
    return _count(work.execute(update(table).where(condition, telling).values(values)))


def tells_still(work: Work, member_id: UUID) -> bool:
    """Whether a member's own row tells anything of him."""
    table = metadata.tables["member"]
    telling = or_(table.c.erased_on.is_(None), *(tells(one) for one in changing(table)))
    return bool(work.execute(select(exists().where(table.c.id == member_id, telling))).scalar_one())


def forget_answers(work: Work) -> None:
    """Forget what requests were answered, and not that they were carried out. Rows that others are forgetting are passed over."""
    table: Any = metadata.tables["idempotent_request"]
    told = select(*table.primary_key).where(table.c.body_sealed.is_not(None))
    which = tuple_(*table.primary_key).in_(locking(work, told, table, waits=False))
    work.execute(update(table).where(which).values(headers_sealed=None, body_sealed=None))


def _count(done: Any) -> int:
    return int(done.rowcount)


def kept_of_members() -> timedelta:
    """For how long what is kept of a member is kept after the membership."""
    days: Any = Keep.membership
    return timedelta(days=days)


def long_gone(work: Work) -> Any:
    """Selects the members whose memberships ended so long ago that nothing more is to be kept of them, also who is erased by now.

    Nor was anything written about their memberships since: a day of leaving that was mistyped or dated back takes nothing from a
    member who was here yesterday.
    """
    kept = kept_of_members()
    event: Any = metadata.tables[MembershipEvent.__tablename__].columns
    written = select(event.id).where(event.member_id == MEMBER.c.id, event.created_at >= work.at - kept)
    return select(MEMBER.c.id).where(MEMBER.c.left_on < work.today - kept, ~written.exists())


def _unmarked_long_gone(work: Work) -> Any:
    return long_gone(work).where(MEMBER.c.erased_on.is_(None))


def is_long_gone(work: Work, member_id: UUID) -> bool:
    return work.execute(long_gone(work).where(MEMBER.c.id == member_id)).first() is not None


def next_long_gone(work: Work, after: Key | None, most: int, *, is_marked: bool) -> Sequence[Key]:
    """The keys of the next of these behind a key, whose rows say that they were erased or do not."""
    gone = long_gone(work).where(MEMBER.c.erased_on.is_not(None)) if is_marked else _unmarked_long_gone(work)
    return next_keys(work, MEMBER, gone, after, most)


def due(span: Span, now: datetime) -> Any:
    """The condition that rows were kept for their span, and tell something still."""
    ended: Any = literal_column(span.ended, type_=span.table.c[_clock_of(span.table)].type)
    passed = and_(ended.is_not(None), ended < now - timedelta(days=span.days))
    if not goes(span.table):
        return and_(passed, or_(*(tells(column) for column in span.columns)))
    above, column = leads_to(span.table), marked(span.table)
    longer = [one for one in spans() if one.table is above] if above is not None and goes(above) else []
    return or_(passed, *(column.in_(_keys(one.table).where(due(one, now))) for one in longer if column is not None))


def _clock_of(table: Table) -> str:
    return "created_at" if "created_at" in table.columns else "window_started_at"


def next_due(work: Work, span: Span, after: Key | None, most: int) -> Sequence[Key]:
    """The keys of the next rows whose span has passed, behind the key `after`, held; what others hold is passed over."""
    return _held(work, span.table, due(span, work.at), after, most)


def _held(work: Work, table: Table, condition: Any, after: Key | None, most: int) -> Sequence[Key]:
    return next_keys(work, table, table.select().where(condition), after, most, lock=Lock.alone, waits=False)


def among(table: Table, keys: Sequence[Any]) -> Any:
    """The condition that a row's key is among these."""
    key = list(table.primary_key)
    return key[0].in_([one for (one,) in keys]) if len(key) == 1 else tuple_(*key).in_(keys)


def count_due(work: Work, span: Span) -> int:
    return _counted(work, span.table, due(span, work.at))


def count_files_due(work: Work) -> int:
    """How many files hang on rows whose span has passed, or on what is kept of members who are long gone or erased."""
    return _counted(work, FILES, or_(_files_due(work.at), _files_of_long_gone(work), _files_since()))


def _files_due(now: datetime) -> Any:
    return _hanging(lambda table: _any(due(span, now) for span in spans() if span.table is table and span.of_row))


def _files_of_long_gone(work: Work) -> Any:
    persons = of_persons()
    return _hanging(lambda table: of_members(table, _unmarked_long_gone(work)) if table in persons else None)


def _any(conditions: Iterable[Any]) -> Any:
    found = list(conditions)
    return or_(*found) if found else None


def count_of_long_gone(work: Work, table: Table) -> int:
    """How many rows about members who are long gone tell something still, beside what has been kept for its own span.
    Those are not counted whom their rows say to be erased."""
    passing = {column: due(span, work.at) for span in spans() if span.table is table for column in span.columns}
    if goes(table):
        telling = ~or_(false(), *passing.values())
    else:
        telling = _any(and_(tells(one), ~passing[one]) if one in passing else tells(one) for one in changing(table))
    return 0 if telling is None else _counted(work, table, and_(of_members(table, _unmarked_long_gone(work)), telling))


def _counted(work: Work, table: Table, condition: Any) -> int:
    return int(work.execute(select(func.count()).select_from(table).where(condition)).scalar_one())


def _erased_ones() -> Any:
    """Selects the members who are erased, by what their rows say."""
    return select(MEMBER.c.id).where(MEMBER.c.erased_on.is_not(None))


def _is_without_end(table: Table) -> Any:
    """The condition that no span of its own, after which a row would go, has begun."""
    return and_(true(), *(literal_column(span.ended).is_(None) for span in spans() if span.table is table))


def _written_since(table: Table) -> Any:
    """The condition that a row about somebody who is erased tells something again or, of rows that go as a whole, is there again,
    beside what is kept for its own span; None where nothing of the kind stands in the table."""
    columns = lasting(table)
    if not (columns or goes(table)):
        return None
    return and_(of_members(table, _erased_ones()), _is_without_end(table) if goes(table) else or_(*map(tells, columns)))


def next_written_since(work: Work, table: Table, after: Key | None, most: int) -> Sequence[Key]:
    """The keys of the next rows behind the key `after` that tell something of somebody who was erased before it was written, held;
    what others hold is passed over."""
    written = _written_since(table)
    if written is None:
        return []
    return _held(work, table, written, after, most)


def count_written_since(work: Work, table: Table) -> int:
    """How many rows these are."""
    written = _written_since(table)
    return 0 if written is None else _counted(work, table, written)


def _files_since() -> Any:
    """The condition that a file hangs on what is kept of somebody who is erased, but for what has a span of its own."""
    persons, kept = of_persons(), {span.table for span in spans() if span.of_row and not goes(span.table)}

    def about(table: Table) -> Any:
        if table not in persons or table in kept:
            return None
        is_about = of_members(table, _erased_ones())
        return and_(is_about, _is_without_end(table)) if goes(table) else is_about

    return _hanging(about)


def next_files_since(work: Work, after: Key | None, most: int) -> Sequence[Key]:
    """The keys of the next files behind the key `after` that hang on what is kept of somebody who is erased, held."""
    return _held(work, FILES, _files_since(), after, most)


def next_named(work: Work, after: Key | None, most: int) -> Sequence[Key]:
    """The keys of the next accounts behind a key that bear the user names of members who are erased, held."""
    accounts: Any = metadata.tables["account"]
    query = accounts.select().where(accounts.c.member_id.in_(_erased_ones()), tells(accounts.c.username))
    return next_keys(work, accounts, query, after, most, lock=Lock.alone)


class Told(NamedTuple):
    """An erasure as its row tells it, each column by its text: somebody else may have written anything there."""

    key: Any
    person_digest: str
    erased_on: str
    ground: str


def erasures_by(work: Work, digests: Collection[str]) -> list[Told]:
    """The erasures that are written down by these digests."""
    return [_told(row) for row in work.execute(_erasures().where(col(Erasure.person_digest).in_(digests)))]


def strike_out(work: Work, digest: str) -> None:
    """Take away what is written down by a digest."""
    work.execute(delete(Erasure).where(col(Erasure.person_digest) == digest))


def erasures(work: Work, size: int) -> Iterator[Told]:
    """All erasures, `size` at a time in memory."""
    with work.execute(_erasures().execution_options(yield_per=size)) as rows:
        yield from map(_told, rows)


def unnoted_erasures(work: Work, most: int) -> list[Told]:
    """Some of the erasures of which the storage has not been told, `most` of them at the most."""
    return [_told(row) for row in work.execute(_erasures().where(col(Erasure.noted_at).is_(None)).limit(most))]


def _erasures() -> Any:
    return select(*(cast(col(one), AS_TEXT) for one in (Erasure.id, Erasure.person_digest, Erasure.erased_on, Erasure.ground)))


def _told(row: Any) -> Told:
    key, *said = row
    return Told(key, *map(text_of, said))


def digests(work: Work, size: int) -> Iterator[str]:
    """By what all erasures are known, read `size` at a time."""
    query = select(cast(col(Erasure.person_digest), AS_TEXT))
    with work.execute(query.execution_options(yield_per=size)) as rows:
        yield from map(text_of, rows.scalars())


def tell_noted(work: Work, told: Iterable[Told]) -> bool:
    """Write down that the storage has been told of some erasures. Whether that has changed anything."""
    is_among = cast(col(Erasure.id), AS_TEXT).in_([one.key for one in told])
    query = update(Erasure).where(col(Erasure.noted_at).is_(None), is_among).values(noted_at=work.at)
    return _count(work.execute(query.execution_options(synchronize_session=False))) > 0


def forget_noted(work: Work) -> None:
    """Let the storage be told of all erasures again."""
    work.execute(update(Erasure).values(noted_at=None))


def next_members(work: Work, after: Key | None, most: int, *, is_marked: bool) -> Sequence[Key]:
    """The keys of the next members behind a key, whose rows say that they were erased or do not."""
    mark = MEMBER.c.erased_on
    return next_keys(work, MEMBER, select(MEMBER.c.id).where(mark.is_not(None) if is_marked else mark.is_(None)), after, most)
