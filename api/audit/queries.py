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
    inspect,
    literal,
    text,
    true,
    update,
)
from sqlalchemy.exc import CompileError
from sqlalchemy.orm import aliased
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlmodel import SQLModel, col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.scope import Reach, locking
from api.audit.definitions import NAMES, is_plain
from api.audit.stored import NO_TEXT, Found, Head, head_of, line_of, same_text
from api.database import Work
from models import metadata
from models.account import Account
from models.audit import AuditHead, AuditLine
from models.base import Record
from models.organization import Organization
from models.signing_key import SigningKey

KINDS: Final = (AuditLine, AuditHead)
_OF_OURS: Final = {"schema_translate_map": {None: "public"}}
"""On PostgreSQL each statement about the trail names the schema of its tables: what code of somebody else's makes of their bare
names within our transaction is not what is written or read."""
_LINES: Final = metadata.tables[str(AuditLine.__tablename__)]
LARGEST = 1 << 62
"""No number of a line is as large, so that there is always room behind one."""


def locked_head(work: Work) -> Head | None:
    """The end of the chain, held against other writers until the commit; None where there is none that the program writes."""
    return head_of(_execute(work, locking(work, _head(work.is_sqlite), AuditHead)).first())


def see_ours(work: Work) -> None:
    """Have names mean what is the server's own, then what is of our schema, until the end of the transaction, whatever somebody has
    set for the session or put into its temporary schema."""
    if not work.is_sqlite:
        work.connection().exec_driver_sql("SET LOCAL search_path = pg_catalog, public, pg_temp")


def stands(work: Work) -> bool:
    """Whether the trail has its tables, with all their columns."""
    there = inspect(work.connection())
    return all(
        there.has_table(name := str(kind.__tablename__))
        and kind.model_fields.keys() <= {one["name"] for one in there.get_columns(name)}
        for kind in KINDS
    )


def head(connection: Connection) -> Head | None:
    """The end of the chain, without holding it."""
    is_sqlite = connection.dialect.name == "sqlite"
    return head_of(connection.execute(_head(is_sqlite), execution_options={} if is_sqlite else _OF_OURS).first())


def set_head(work: Work, new: Head) -> bool:
    """Set the end of the chain. Returns whether it is set, or is none that could be.

    PostgreSQL does not set it where a cursor is open that outlives the transaction: what that asks for is only run behind all that
    the program looks at.
    """
    statement = update(AuditHead).where(col(AuditHead.id) == 1).values(new._asdict())
    done: Any = _execute(work, statement if work.is_sqlite else statement.where(_NOTHING_IS_HELD))
    return done.rowcount == 1 or _execute(work, _head(work.is_sqlite)).first() is None


def add_lines(work: Work, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Add lines, of which each has all columns. Returns whether as many were added."""
    done: Any = _execute(work, insert(_LINES).execution_options(preserve_rowcount=True), rows)
    return bool(done.rowcount == len(rows))


def next_line(work: Work, seq: int) -> int | None:
    """The lowest number behind that one which somebody has given a line."""
    lowest: int | None = _execute(work, select(func.min(AuditLine.seq)).where(col(AuditLine.seq) > seq)).scalar_one()
    return lowest


def last_before_room(work: Work, seq: int, count: int) -> int:
    """The lowest number of a line from that one on behind which so many numbers are free."""
    other = aliased(AuditLine)
    taken = select(other.seq).where(col(other.seq) > col(AuditLine.seq), col(other.seq) <= col(AuditLine.seq) + count).exists()
    fitting = select(AuditLine.seq).where(col(AuditLine.seq) >= seq, col(AuditLine.seq) < LARGEST, ~taken)
    return _execute(work, fitting.order_by(col(AuditLine.seq)).limit(1)).scalar() or seq


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
    found = _execute(work, select(_as_stored(work.is_sqlite, AuditLine.mac)).where(col(AuditLine.seq) == seq)).scalars()
    return seq == 0 or any(same_text(one, mac) for one in found)


def may_alter_lines(work: Work) -> bool:
    """Whether the role that we are to PostgreSQL may change or remove lines; SQLite knows no roles."""
    return not work.is_sqlite and bool(
        work.exec(select(func.has_table_privilege("public.audit_line", "UPDATE, DELETE, TRUNCATE"))).one()
    )


_NOTHING_IS_HELD: Final = text("NOT EXISTS (SELECT FROM pg_catalog.pg_cursors WHERE is_holdable)")
_TRIGGERS: Final = tuple(
    f"CREATE TRIGGER audit_line_stays_{verb.lower()} BEFORE {verb} ON audit_line\n"
    "BEGIN SELECT RAISE(ABORT, 'an audit line is never changed'); END"
    for verb in ("UPDATE", "DELETE")
)
"""Those that the schema makes on SQLite, as their statements stand there."""
_PLAIN_ON_SQLITE: Final = """
    SELECT count(*) = 2
        AND NOT EXISTS (
            SELECT 1 FROM sqlite_master
            WHERE type = 'trigger' AND lower(tbl_name) IN ('audit_line', 'audit_head') AND sql NOT IN (?, ?))
        AND NOT EXISTS (SELECT 1 FROM sqlite_master WHERE lower(substr(name, 1, 7)) = 'pragma_')
    FROM sqlite_master
    WHERE type = 'table' AND lower(name) IN ('audit_line', 'audit_head') AND sql LIKE 'CREATE TABLE %' AND rootpage > 0
"""
"""Whatever is called as a pragma is would be read in its place."""
_NAMING_ON_SQLITE: Final = """
    SELECT coalesce(sql, name) FROM sqlite_master
    WHERE type = 'trigger' OR instr(lower(sql), 'conflict')
        OR instr(lower(coalesce(sql, '') || ' ' || name || ' ' || tbl_name), 'audit_line')
        OR instr(lower(coalesce(sql, '') || ' ' || name || ' ' || tbl_name), 'audit_head')
"""
"""Nothing can refer to a table, or change it behind a view, that does not name it. Triggers the schema makes on no other, and
nowhere does it say what is to be done with a row that conflicts with something, such as to pass over it."""
_DEFINED_ON_SQLITE: Final = "SELECT lower(name), sql FROM sqlite_master WHERE type IN ('table', 'view')"
_PLAIN_ON_POSTGRESQL: Final = """
    SELECT count(*) = 2 FROM pg_class t WHERE t.oid IN ('public.audit_line'::regclass::oid, 'public.audit_head'::regclass::oid)
        AND t.relkind = 'r' AND t.relpersistence = 'p' AND NOT t.relrowsecurity AND NOT t.relispartition
        AND NOT EXISTS (SELECT FROM pg_rewrite WHERE ev_class = t.oid)
        AND NOT EXISTS (SELECT FROM pg_inherits WHERE t.oid IN (inhrelid, inhparent))
        AND NOT EXISTS (
            SELECT FROM pg_trigger WHERE tgrelid = t.oid AND NOT tgisinternal
            AND (t.relname, tgname, tgtype) <> ('audit_line', 'audit_line_stays', 58))
"""
"""58 is what the server calls BEFORE UPDATE OR DELETE OR TRUNCATE, once for each statement."""


_MADE_ON_POSTGRESQL: Final = """
    WITH ours AS (SELECT oid FROM pg_class WHERE oid IN ('public.audit_line'::regclass::oid, 'public.audit_head'::regclass::oid)),
    made AS (SELECT unnest(ARRAY[{made}]) AS name),
    lent AS (
        SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'),
    trusted AS (
        SELECT classid, objid FROM lent l WHERE NOT EXISTS (
            SELECT FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid
            WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND (s.classid, s.objid, s.deptype) = (l.classid, l.objid, 'o') AND NOT r.rolsuper))
    SELECT conname::text || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE (conrelid IN (SELECT oid FROM ours) OR confrelid IN (SELECT oid FROM ours)) AND contype <> 'n'
    UNION ALL SELECT replace(replace(pg_get_indexdef(indexrelid), ' ON public.', ' ON '), ' USING btree', '')
        FROM pg_index WHERE indrelid IN (SELECT oid FROM ours)
    UNION ALL SELECT t.tgname::text || ' ' || t.tgtype::text || ' ' || l.lanname::text || p.prosrc
        FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang
        WHERE t.tgrelid IN (SELECT oid FROM ours) AND t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL
    UNION ALL SELECT tgname::text FROM pg_trigger
        WHERE tgdeferrable OR NOT tgisinternal AND tgrelid NOT IN (SELECT oid FROM ours)
    UNION ALL SELECT rulename::text FROM pg_rewrite WHERE oid >= 16384 AND ev_type <> '1'
    UNION ALL SELECT 'relation ' || relnamespace::regnamespace::text || ' ' || relname::text || ' ' || relkind::text
            || CASE relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END FROM pg_class
        WHERE oid >= 16384 AND relkind NOT IN ('i', 'I', 't') AND NOT starts_with(relnamespace::regnamespace::text, 'pg_temp_')
        AND NOT (relkind = 'S' AND EXISTS (
            SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = pg_class.oid AND d.deptype IN ('a', 'i')))
        AND ('pg_class'::regclass, oid) NOT IN (SELECT classid, objid FROM trusted)
    UNION ALL SELECT 'row security ' || relname::text FROM pg_class
        WHERE (relrowsecurity OR relforcerowsecurity) AND ('pg_class'::regclass, oid) NOT IN (SELECT classid, objid FROM trusted)
    UNION ALL SELECT 'heir ' || inhrelid::regclass::text FROM pg_inherits
        WHERE ('pg_class'::regclass, inhrelid) NOT IN (SELECT classid, objid FROM trusted)
    UNION ALL SELECT 'foreign key ' || conname::text FROM pg_constraint
        WHERE contype = 'f' AND (confdeltype NOT IN ('a', 'r') OR confupdtype NOT IN ('a', 'r'))
    UNION ALL SELECT 'policy ' || polname::text FROM pg_policy
        WHERE ('pg_class'::regclass, polrelid) NOT IN (SELECT classid, objid FROM trusted)
    UNION ALL SELECT 'of an extension ' || d.classid::regclass::text || ' ' || d.objid::text FROM pg_depend d
        WHERE d.refclassid = 'pg_extension'::regclass AND (
            d.deptype = 'x' AND (d.classid, d.objid) NOT IN (SELECT classid, objid FROM trusted)
            OR d.deptype = 'e' AND (d.classid, d.objid) IN (
                SELECT 'pg_class'::regclass, oid FROM pg_class WHERE relnamespace = 'public'::regnamespace
                    AND relname IN (SELECT name FROM made)
                UNION ALL SELECT 'pg_class'::regclass, s.objid FROM pg_depend s JOIN pg_class t ON t.oid = s.refobjid
                    WHERE s.classid = 'pg_class'::regclass AND s.refclassid = 'pg_class'::regclass AND s.deptype IN ('a', 'i')
                    AND t.relnamespace = 'public'::regnamespace AND t.relname IN (SELECT name FROM made)
                UNION ALL SELECT 'pg_proc'::regclass, tgfoid FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM ours)
                UNION ALL SELECT 'pg_namespace'::regclass, 'public'::regnamespace))
    UNION ALL SELECT 'type ' || typname::text FROM pg_type t
        WHERE oid >= 16384 AND typtype <> 'c' AND NOT starts_with(typnamespace::regnamespace::text, 'pg_temp_')
        AND NOT EXISTS (SELECT FROM pg_type of WHERE of.typarray = t.oid)
        AND ('pg_type'::regclass, oid) NOT IN (SELECT classid, objid FROM trusted)
    UNION ALL SELECT DISTINCT 'object ' || classid::regclass::text || ' ' || objid::text FROM pg_depend
        WHERE objid >= 16384 AND (classid, objid) NOT IN (SELECT classid, objid FROM trusted) AND classid NOT IN (
            'pg_class'::regclass, 'pg_type'::regclass, 'pg_constraint'::regclass, 'pg_attrdef'::regclass, 'pg_rewrite'::regclass,
            'pg_trigger'::regclass, 'pg_proc'::regclass, 'pg_operator'::regclass, 'pg_policy'::regclass, 'pg_extension'::regclass,
            'pg_amop'::regclass, 'pg_amproc'::regclass, 'pg_default_acl'::regclass, 'pg_namespace'::regclass)
    UNION ALL SELECT 'function ' || proname::text FROM pg_proc p JOIN pg_roles r ON r.oid = proowner
        WHERE p.oid >= 16384 AND NOT (rolsuper AND ('pg_proc'::regclass, p.oid) IN (SELECT classid, objid FROM lent))
        AND (NOT starts_with(pronamespace::regnamespace::text, 'pg_temp_') OR EXISTS (SELECT FROM pg_depend WHERE refobjid = p.oid))
    UNION ALL SELECT 'operator ' || oprname::text FROM pg_operator o JOIN pg_roles r ON r.oid = oprowner
        WHERE o.oid >= 16384 AND NOT (rolsuper AND ('pg_operator'::regclass, o.oid) IN (SELECT classid, objid FROM lent))
    UNION ALL SELECT 'expression ' || said.name FROM (
        SELECT conname::text AS name, conbin::text AS tree FROM pg_constraint WHERE oid >= 16384 AND conbin IS NOT NULL
        UNION ALL SELECT adrelid::regclass::text || adnum::text, adbin::text FROM pg_attrdef
            WHERE pg_get_expr(adbin, adrelid) !~ '^nextval[(]''[a-z_]+''::regclass[)]$') said
        WHERE EXISTS (
            SELECT FROM regexp_matches(said.tree, '[{]([A-Z]+)', 'g') node WHERE node[1] NOT IN (
                'CONST', 'VAR', 'RELABELTYPE', 'NULLTEST', 'OPEXPR', 'FUNCEXPR', 'BOOLEXPR',
                'ARRAYEXPR', 'SCALARARRAYOPEXPR', 'ARRAYCOERCEEXPR', 'CASETESTEXPR')) OR EXISTS (
            SELECT FROM regexp_matches(said.tree, ':(?:op)?funcid ([0-9]+)', 'g') called
            JOIN pg_proc p ON p.oid = called[1]::oid WHERE p.provolatile <> 'i')
"""
"""What is deferred, on whichever table, happens behind all that the program looks at; and code of somebody else's may be run by
whatever we write into any table; so does a foreign key that takes rows with it. A crash empties a table that is not logged, and a
parent shows the rows of its heir. From 16384 on the server numbers what it has not made itself. What belongs to an extension is let
pass where a superuser has made it, since the owner of an extension can put more into it; so is what a session has made for itself,
as long as nothing uses it. What is of an extension is in no backup; what hangs on one, or is for a role by name, is not restored
where that is not. Views and types may run something too, when they are dumped, restored or written by; so of everything
else that an owner makes nothing is let pass but the tables of the migrations, with what hangs on these, and schemas, which are
in no backup. A constraint or a default that goes by more than the values of the row, such as the database's name or the time, keeps
a backup from being restored elsewhere or later, or sets what the session has asked for: each consists of nothing but what the
migrations' own consist of."""
_TABLES_ON_POSTGRESQL: Final = frozenset(f"relation public {name} r" for name in NAMES)
"""Of an older schema some are not there yet."""


def _made(work: Work) -> list[str]:
    """What the schema makes of the trail's tables and beside them, as `is_as_made` finds it."""
    dialect, tables = work.connection().dialect, [metadata.tables[str(kind.__tablename__)] for kind in KINDS]
    made = [str(CreateIndex(index).compile(dialect=dialect)) for table in tables for index in table.indexes]
    if work.is_sqlite:
        return [*made, *_TRIGGERS, *(str(CreateTable(table).compile(dialect=dialect)) for table in tables)]
    for table in tables:
        (key,) = table.primary_key.columns
        made += [
            f"{table.primary_key.name} PRIMARY KEY ({key.name})",
            f"CREATE UNIQUE INDEX {table.primary_key.name} ON {table.name} ({key.name})",
        ]
    return [
        *made,
        "ck_audit_head_one_row CHECK ((id = 1))",
        "function audit_line_stays",
        "audit_line_stays 58 plpgsql BEGIN RAISE EXCEPTION 'an audit line is never changed'; END ",
    ]


def is_as_made(work: Work) -> bool:
    """Whether the trail's tables have the constraints, indices and triggers that the schema makes, in force, and no other, nothing
    refers to them, and the database has no trigger elsewhere, nor a table of ours that does something to a row by itself, and on
    PostgreSQL nothing at all that the schema does not make, but plain indices and constraints and defaults that go by nothing but
    values. Otherwise what is written may be changed, removed or passed over, by whoever is let or by what something else that we
    write sets off."""
    if work.is_sqlite:
        defined = work.connection().exec_driver_sql(_DEFINED_ON_SQLITE).all()
        if not all(is_plain(name, statement) for name, statement in defined if name in NAMES):
            return False
    named = _MADE_ON_POSTGRESQL.replace("{made}", ", ".join(f"'{name}'" for name in NAMES))
    found = work.connection().exec_driver_sql(_NAMING_ON_SQLITE if work.is_sqlite else named).scalars()
    strange = (one for one in found if one not in _TABLES_ON_POSTGRESQL)
    return sorted(map(_without_gaps, strange)) == sorted(map(_without_gaps, _made(work)))


def _without_gaps(statement: str) -> str:
    return "".join(statement.split())


def is_disguised(work: Work) -> bool:
    """Whether the trail's tables are anything but the two plain ones that the schema makes. What is read as the lines may otherwise
    be other rows than a table's: those of a view, of a module of SQLite's, or what rules, parts, heirs or row security make of it;
    a trigger of somebody else's may swallow what is written; and what looks for some lines may pass over others, by an index on
    SQLite that leaves them out, or by columns of other types, which are compared in another way."""
    connection = work.connection()
    if work.is_sqlite:
        return not connection.exec_driver_sql(_PLAIN_ON_SQLITE, _TRIGGERS).scalar_one() or connection.exec_driver_sql(
            "PRAGMA main.integrity_check('audit_line')"
        ).scalars().all() != ["ok"]
    return not connection.exec_driver_sql(_PLAIN_ON_POSTGRESQL).scalar_one() or not all(
        _has_its_types(connection, one) for one in KINDS
    )


def _has_its_types(connection: Connection, kind: type[SQLModel]) -> bool:
    """Whether the columns of a table are those that the program gave it, and of their types."""
    dialect, table = connection.dialect, metadata.tables[str(kind.__tablename__)]
    try:
        found = {one["name"]: one["type"].compile(dialect) for one in inspect(connection).get_columns(table.name)}
    except CompileError:
        return False
    return found == {column.name: column.type.compile(dialect) for column in table.columns}


def first_line_at(work: Work) -> datetime | None:
    """When the first line that there is was written."""
    row = _execute(work, select(*_line(work)).order_by(col(AuditLine.seq)).limit(1)).first()
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
    query = select(*_line(work)).order_by(col(AuditLine.seq))
    if behind != 0:
        query = query.where(col(AuditLine.seq) > behind)
    with _execute(work, query.execution_options(yield_per=size)) as rows:
        for row in rows:
            yield line_of(row, is_sqlite=work.is_sqlite)


def numbers_within(reach: Reach) -> SelectOfScalar[int]:
    """The numbers of the lines about things of the organisations within reach. Those about no organisation's are the whole
    district's."""
    condition = reach.holds(Organization) if reach.is_whole_district else reach.covers(col(AuditLine.organization_id))
    return select(AuditLine.seq).where(condition)


def lines_numbered(work: Work, numbers: Collection[int]) -> list[Found]:
    """The lines of these numbers, the highest first."""
    return lines_among(work, numbers) if numbers else []


def lines_among(work: Work, numbers: Collection[int] | SelectOfScalar[int]) -> list[Found]:
    """The lines of these numbers, or of those that a query selects, the highest first."""
    query = select(*_line(work)).where(col(AuditLine.seq).in_(numbers)).order_by(col(AuditLine.seq).desc())
    return [line_of(row, is_sqlite=work.is_sqlite) for row in _execute(work, query)]


def lines_about(work: Work, action: str, target_ids: Collection[UUID]) -> list[Found]:
    """The lines of one action about these things, in their order."""
    query = select(*_line(work)).where(col(AuditLine.target_id).in_(target_ids), col(AuditLine.action) == action)
    return [line_of(row, is_sqlite=work.is_sqlite) for row in _execute(work, query.order_by(col(AuditLine.seq)))]


def _execute(work: Work, statement: Executable, rows: Sequence[Mapping[str, Any]] | None = None) -> Result[Any]:
    return work.execute(statement, rows, execution_options={} if work.is_sqlite else _OF_OURS)


def _line(work: Work) -> list[Any]:
    return [_as_stored(work.is_sqlite, getattr(AuditLine, name)) for name in AuditLine.model_fields]


def _head(is_sqlite: bool) -> Any:
    columns = (_as_stored(is_sqlite, one) for one in (AuditHead.seq, AuditHead.mac, AuditHead.seal))
    return select(*columns).where(col(AuditHead.id) == 1)


def _as_stored(is_sqlite: bool, column: Any) -> Any:
    """The text of what stands in a column, of which no type is made."""
    if not is_sqlite:
        return cast(column, Text)
    # SQLite takes whatever it is given, and a query finds a key that is no text as little as one in other letters.
    kind = "integer" if isinstance(column.type, Integer) else "text"
    return case((func.typeof(column).in_((kind, "null")), cast(column, LargeBinary)), else_=literal(NO_TEXT))
