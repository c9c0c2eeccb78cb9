from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    Connection,
    Executable,
    Integer,
    LargeBinary,
    Result,
    Text,
    case,
    cast,
    func,
    insert,
    literal,
    or_,
    text,
    true,
    update,
)
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.scope import Reach, locking
from api.audit.stored import NO_TEXT, Found, Head, head_of, line_of, same_text
from api.database import Work
from models import metadata
from models.account import Account
from models.audit import AuditHead, AuditLine
from models.base import Record
from models.organization import Organization
from models.signing_key import SigningKey

_OF_OURS: Final = {"schema_translate_map": {None: "public"}}
"""On PostgreSQL each statement about the trail names the schema of its tables: what code of somebody else's makes of their bare
names within our transaction is not what is written or read."""
_LINES, _HEAD = (metadata.tables[str(kind.__tablename__)] for kind in (AuditLine, AuditHead))
LARGEST = 1 << 62
"""No number of a line is as large, so that there is always room behind one."""
_LAST_NUMBER: Final = (1 << 63) - 1
"""What does not come up to it is no number: nothing, and behind all numbers what is of another kind, such as a text of SQLite's."""


def locked_head(work: Work) -> Head | None:
    """The end of the chain, held against other writers until the commit; None where there is none that the program writes."""
    return head_of(_execute(work, locking(work, _head(work.is_sqlite), AuditHead)).first())


def head(connection: Connection) -> Head | None:
    """The end of the chain, without holding it."""
    is_sqlite = connection.dialect.name == "sqlite"
    return head_of(connection.execute(_head(is_sqlite), execution_options={} if is_sqlite else _OF_OURS).first())


def set_head(work: Work, new: Head) -> bool:
    """Set the end of the chain. Returns whether it is set, or is none that could be.

    PostgreSQL does not set it where a cursor is open that outlives the transaction: what that asks for is only run behind all that
    the program looks at.
    """
    statement = update(AuditHead).where(col(AuditHead.id) == 1).values(new._asdict()).with_hint("ONLY", None, "postgresql")
    done: Any = _execute(work, statement if work.is_sqlite else statement.where(_NOTHING_IS_HELD))
    return done.rowcount == 1 or _execute(work, _head(work.is_sqlite)).first() is None


def add_lines(work: Work, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Add lines, of which each has all columns. Returns whether as many were added."""
    done: Any = _execute(work, insert(_LINES).execution_options(preserve_rowcount=True), rows)
    return bool(done.rowcount == len(rows))


def next_line(work: Work, seq: int) -> int | None:
    """The lowest number behind that one which somebody has given a line."""
    lowest: int | None = _execute(work, _alone(select(func.min(AuditLine.seq)).where(col(AuditLine.seq) > seq))).scalar_one()
    return lowest


def last_before_room(work: Work, seq: int, count: int) -> int:
    """The lowest number of a line from that one on behind which so many numbers are free."""
    other = aliased(AuditLine)
    taken = select(other.seq).where(col(other.seq) > col(AuditLine.seq), col(other.seq) <= col(AuditLine.seq) + count)
    fitting = select(AuditLine.seq).where(col(AuditLine.seq) >= seq, col(AuditLine.seq) < LARGEST, ~_alone(taken, other).exists())
    return _execute(work, _alone(fitting).order_by(col(AuditLine.seq)).limit(1)).scalar() or seq


def something_exists(work: Work, begun: datetime | None = None) -> bool:
    """Whether there is an organisation, an account or a signing key; or, of a piece of work that began at a moment, one that it has
    not made itself."""

    def was_there(kind: type[Record]) -> Any:
        return true() if begun is None else col(kind.created_at) != begun

    kinds = (Organization, Account, SigningKey)
    found = (select(literal(1)).select_from(kind).where(was_there(kind)).limit(1) for kind in kinds)
    return any(_execute(work, one).first() is not None for one in found)


def holds(work: Work, seq: int, mac: str) -> bool:
    """Whether the line of that number bears that code; before the first one nothing is to be held."""
    query = select(_as_stored(work.is_sqlite, AuditLine.mac)).where(col(AuditLine.seq) == seq)
    found = _execute(work, _alone(query)).scalars()
    return seq == 0 or any(same_text(one, mac) for one in found)


def may_alter_lines(work: Work) -> bool:
    """Whether the role that we are to PostgreSQL may change or remove lines; SQLite knows no roles."""
    return not work.is_sqlite and bool(work.connection().execute(_MAY_ALTER).scalar_one())


_MAY_ALTER: Final = text("SELECT pg_catalog.has_table_privilege('public.audit_line', 'UPDATE, DELETE, TRUNCATE')")
_NOTHING_IS_HELD: Final = text("NOT EXISTS (SELECT FROM pg_catalog.pg_cursors WHERE is_holdable)")


def first_line_at(work: Work) -> datetime | None:
    """When the first line that there is was written."""
    row = _execute(work, _lines(work).order_by(col(AuditLine.seq)).limit(1)).first()
    found = row and line_of(row, is_sqlite=work.is_sqlite).line
    return found[0].at if found else None


def every_line(work: Work, size: int = 5000, *, behind: int = 0) -> Iterator[Found]:
    """All lines in their order, `size` at a time in memory, from the lowest number on that somebody has given one. On PostgreSQL
    they are read without any index, which may be broken, or made to leave lines out; on SQLite the key is the table's own order.
    Or those `behind` a number, for which an index may be used: it cannot make up a line whose code is the key's.

    By one statement, so that each line that stands there comes once, also where several have the same number.
    """
    if not work.is_sqlite and behind == 0:
        for name, value in (("seqscan", "on"), ("indexscan", "off"), ("indexonlyscan", "off"), ("bitmapscan", "off")):
            work.connection().exec_driver_sql(f"SET LOCAL enable_{name} = {value}")
        # All are sorted before the first is told, which takes the longer the older the trail is.
        work.connection().exec_driver_sql("SET LOCAL statement_timeout = 0")
    query = _lines(work).order_by(col(AuditLine.seq))
    if behind != 0:
        query = query.where(col(AuditLine.seq) > behind)
    with _execute(work, query.execution_options(yield_per=size)) as rows:
        for row in rows:
            yield line_of(row, is_sqlite=work.is_sqlite)


def numbers_within(reach: Reach) -> SelectOfScalar[int]:
    """The numbers of the lines about things of the organisations within reach. Those about no organisation's are the whole
    district's. Lines that somebody has given no number, by which no page could go on, are none of them."""
    condition = reach.holds(Organization) if reach.is_whole_district else reach.covers(col(AuditLine.organization_id))
    numbers: SelectOfScalar[int] = _alone(select(AuditLine.seq).where(condition, col(AuditLine.seq) <= _LAST_NUMBER))
    return numbers


def unnumbered_exists(work: Work) -> bool:
    """Whether a line stands there that somebody has given no number."""
    # Each by itself, since SQLite uses no index for both.
    odd = (_alone(select(AuditLine.seq).where(one)) for one in (col(AuditLine.seq).is_(None), col(AuditLine.seq) > _LAST_NUMBER))
    return bool(_execute(work, select(or_(*(one.exists() for one in odd)))).scalar_one())


def lines_numbered(work: Work, numbers: Collection[int]) -> list[Found]:
    """The lines of these numbers, the highest first."""
    return lines_among(work, numbers) if numbers else []


def lines_among(work: Work, numbers: Collection[int] | SelectOfScalar[int]) -> list[Found]:
    """The lines of these numbers, or of those that a query selects, the highest first."""
    query = _lines(work).where(col(AuditLine.seq).in_(numbers)).order_by(col(AuditLine.seq).desc())
    return [line_of(row, is_sqlite=work.is_sqlite) for row in _execute(work, query)]


def lines_about(work: Work, actions: Collection[str], target_ids: Collection[UUID]) -> list[Found]:
    """The lines of these actions about these things, in their order."""
    query = _lines(work).where(col(AuditLine.target_id).in_(target_ids), col(AuditLine.action).in_(actions))
    return [line_of(row, is_sqlite=work.is_sqlite) for row in _execute(work, query.order_by(col(AuditLine.seq)))]


def _alone(query: Any, table: Any = _LINES) -> Any:
    """A query that on PostgreSQL reads a table without its heirs, whose rows are somebody else's."""
    return query.with_hint(table, "ONLY", "postgresql")


def _execute(work: Work, statement: Executable, rows: Sequence[Mapping[str, Any]] | None = None) -> Result[Any]:
    return work.execute(statement, rows, execution_options={} if work.is_sqlite else _OF_OURS)


def _lines(work: Work) -> Any:
    return _alone(select(*(_as_stored(work.is_sqlite, getattr(AuditLine, name)) for name in AuditLine.model_fields)))


def _head(is_sqlite: bool) -> Any:
    columns = (_as_stored(is_sqlite, one) for one in (AuditHead.seq, AuditHead.mac, AuditHead.seal))
    return _alone(select(*columns).where(col(AuditHead.id) == 1), _HEAD)


def _as_stored(is_sqlite: bool, column: Any) -> Any:
    """The text of what stands in a column, of which no type is made."""
    if not is_sqlite:
        return cast(column, Text)
    # SQLite takes whatever it is given, and a query finds a key that is no text as little as one in other letters.
    kind = "integer" if isinstance(column.type, Integer) else "text"
    return case((func.typeof(column).in_((kind, "null")), cast(column, LargeBinary)), else_=literal(NO_TEXT))
