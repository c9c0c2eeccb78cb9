"""What PostgreSQL's catalogues are asked, to tell whether the trail's tables are what the schema makes, and what else is there.

Whatever we write into any table, dump or restore may set off code of somebody else's. So of all that an owner makes nothing is let
pass but the tables of the migrations with what hangs on these, plain columns, indices and constraints, and schemas, which are in no
backup. From 16384 on the server numbers what it has not made itself.
"""

from typing import Final

from sqlalchemy import Dialect, Table
from sqlalchemy.schema import CreateIndex

from api.audit.definitions.names import NAMES

PLAIN: Final = """
    SELECT count(*) = 2 FROM pg_class t WHERE t.oid IN ('public.audit_line'::regclass::oid, 'public.audit_head'::regclass::oid)
        AND t.relkind = 'r' AND t.relpersistence = 'p' AND NOT t.relrowsecurity AND NOT t.relispartition
        AND NOT EXISTS (SELECT FROM pg_rewrite WHERE ev_class = t.oid)
        AND NOT EXISTS (SELECT FROM pg_inherits WHERE t.oid IN (inhrelid, inhparent))
        AND NOT EXISTS (
            SELECT FROM pg_trigger WHERE tgrelid = t.oid AND NOT tgisinternal
            AND (t.relname, tgname, tgtype) <> ('audit_line', 'audit_line_stays', 58))
"""
"""Whether both tables of the trail are there, and plain. 58 is what the server calls BEFORE UPDATE OR DELETE OR TRUNCATE, once for
each statement."""

_OWNERS: Final = {
    "pg_class": "relowner",
    "pg_type": "typowner",
    "pg_proc": "proowner",
    "pg_operator": "oprowner",
    "pg_opclass": "opcowner",
    "pg_opfamily": "opfowner",
    "pg_namespace": "nspowner",
    "pg_collation": "collowner",
    "pg_conversion": "conowner",
    "pg_language": "lanowner",
    "pg_statistic_ext": "stxowner",
    "pg_ts_config": "cfgowner",
    "pg_ts_dict": "dictowner",
    "pg_foreign_data_wrapper": "fdwowner",
    "pg_foreign_server": "srvowner",
    "pg_publication": "pubowner",
    "pg_event_trigger": "evtowner",
}
"""By catalogues the column that tells whose a thing is; what is in no other is somebody's by what it hangs on."""
_OWNED: Final = " UNION ALL ".join(
    f"SELECT '{name}'::regclass::oid AS classid, oid AS objid, {owner} AS owner FROM {name}" for name, owner in _OWNERS.items()
)
_NAMED: Final = f"""
    WITH ours AS (SELECT oid FROM pg_class WHERE oid IN ('public.audit_line'::regclass::oid, 'public.audit_head'::regclass::oid)),
    made AS (SELECT unnest(ARRAY[{", ".join(f"'{name}'" for name in NAMES)}]) AS name),
    lent AS (
        SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'),
    trusted AS (
        SELECT classid, objid FROM lent EXCEPT
        SELECT o.classid, o.objid FROM ({_OWNED}) o JOIN pg_roles r ON r.oid = o.owner WHERE NOT r.rolsuper)
"""
"""The trail's tables; the names of all that the migrations make; what belongs to an extension, and of that what a superuser has
made: the owner of an extension can put more into it, also what he has given to one of the server's own roles."""
_OF_THE_TRAIL: Final = (
    """
    SELECT conname::text || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
        WHERE (conrelid IN (SELECT oid FROM ours) OR confrelid IN (SELECT oid FROM ours)) AND contype <> 'n'
    """,
    """
    SELECT replace(replace(pg_get_indexdef(indexrelid), ' ON public.', ' ON '), ' USING btree', '')
        FROM pg_index WHERE indrelid IN (SELECT oid FROM ours)
    """,
    """
    SELECT t.tgname::text || ' ' || t.tgtype::text || ' ' || l.lanname::text || p.prosrc
        FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang
        WHERE t.tgrelid IN (SELECT oid FROM ours) AND t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL
    """,
)
"""Constraints, indices, and triggers that are in force."""
_SET_OFF: Final = (
    """
    SELECT tgname::text FROM pg_trigger
        WHERE tgdeferrable OR NOT tgisinternal AND tgrelid NOT IN (SELECT oid FROM ours)
    """,
    "SELECT rulename::text FROM pg_rewrite WHERE oid >= 16384 AND ev_type <> '1'",
    """
    SELECT 'foreign key ' || conname::text FROM pg_constraint
        WHERE contype = 'f' AND (confdeltype NOT IN ('a', 'r') OR confupdtype NOT IN ('a', 'r'))
    """,
)
"""What happens when something is written, on whichever table: what is deferred, behind all that the program looks at; and a foreign
key that takes rows with it."""
_SHOWN_OTHERWISE: Final = (
    """
    SELECT 'row security ' || relname::text FROM pg_class
        WHERE (relrowsecurity OR relforcerowsecurity) AND ('pg_class'::regclass, oid) NOT IN (SELECT classid, objid FROM trusted)
    """,
    """
    SELECT 'policy ' || polname::text FROM pg_policy
        WHERE ('pg_class'::regclass, polrelid) NOT IN (SELECT classid, objid FROM trusted)
    """,
    """
    SELECT 'heir ' || inhrelid::regclass::text FROM pg_inherits
        WHERE ('pg_class'::regclass, inhrelid) NOT IN (SELECT classid, objid FROM trusted)
    """,
)
"""What hides rows, or shows those of another table: a parent shows the rows of its heir. A policy is for a role by name, and is not
restored where that is not."""
_THERE: Final = (
    """
    SELECT 'relation ' || relnamespace::regnamespace::text || ' ' || relname::text || ' ' || relkind::text
            || CASE relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END FROM pg_class
        WHERE oid >= 16384 AND relkind NOT IN ('i', 'I', 't') AND NOT starts_with(relnamespace::regnamespace::text, 'pg_temp_')
        AND NOT (relkind = 'S' AND EXISTS (
            SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = pg_class.oid AND d.deptype IN ('a', 'i')))
        AND ('pg_class'::regclass, oid) NOT IN (SELECT classid, objid FROM trusted)
    """,
    """
    SELECT 'type ' || typname::text FROM pg_type t
        WHERE oid >= 16384 AND typtype <> 'c' AND NOT starts_with(typnamespace::regnamespace::text, 'pg_temp_')
        AND NOT EXISTS (SELECT FROM pg_type of WHERE of.typarray = t.oid)
        AND ('pg_type'::regclass, oid) NOT IN (SELECT classid, objid FROM trusted)
    """,
    """
    SELECT 'function ' || proname::text FROM pg_proc p
        WHERE p.oid >= 16384 AND ('pg_proc'::regclass, p.oid) NOT IN (SELECT classid, objid FROM trusted)
        AND (NOT starts_with(pronamespace::regnamespace::text, 'pg_temp_') OR EXISTS (SELECT FROM pg_depend WHERE refobjid = p.oid))
    """,
    """
    SELECT 'operator ' || oprname::text FROM pg_operator
        WHERE oid >= 16384 AND ('pg_operator'::regclass, oid) NOT IN (SELECT classid, objid FROM trusted)
    """,
    """
    SELECT DISTINCT 'object ' || classid::regclass::text || ' ' || objid::text FROM pg_depend
        WHERE objid >= 16384 AND (classid, objid) NOT IN (SELECT classid, objid FROM trusted) AND classid NOT IN (
            'pg_class'::regclass, 'pg_type'::regclass, 'pg_constraint'::regclass, 'pg_attrdef'::regclass, 'pg_rewrite'::regclass,
            'pg_trigger'::regclass, 'pg_proc'::regclass, 'pg_operator'::regclass, 'pg_policy'::regclass, 'pg_extension'::regclass,
            'pg_amop'::regclass, 'pg_amproc'::regclass, 'pg_default_acl'::regclass, 'pg_namespace'::regclass)
    """,
)
"""Tables, also those that a crash empties, views, sequences; types; functions; operators; and whatever else. Let pass is what a
session has made for itself, as long as nothing uses it."""
_OF_EXTENSIONS: Final = """
    SELECT 'of an extension ' || d.classid::regclass::text || ' ' || d.objid::text FROM pg_depend d
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
"""
"""What is of an extension is in no backup; what hangs on one is not restored where that is not."""
_SAID: Final = """
    SELECT 'expression ' || said.name FROM (
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
"""A constraint or a default that goes by more than the values of the row, such as the database's name or the time, keeps a backup
from being restored elsewhere or later, or sets what the session has asked for: each consists of nothing but what the migrations'
own consist of."""
FOUND: Final = _NAMED + " UNION ALL ".join((*_OF_THE_TRAIL, *_SET_OFF, *_SHOWN_OTHERWISE, *_THERE, _OF_EXTENSIONS, _SAID))
"""Everything that is compared with what `made` tells, one text each."""
TABLES: Final = frozenset(f"relation public {name} r" for name in NAMES)
"""Those of all our tables: of an older schema some are not there yet."""


def made(tables: list[Table], dialect: Dialect) -> list[str]:
    """What the schema makes of the trail's tables and beside them, as `FOUND` tells it."""
    keys = [(table, one.name) for table in tables for one in table.primary_key.columns]
    return [
        *(str(CreateIndex(index).compile(dialect=dialect)) for table in tables for index in table.indexes),
        *(f"{table.primary_key.name} PRIMARY KEY ({key})" for table, key in keys),
        *(f"CREATE UNIQUE INDEX {table.primary_key.name} ON {table.name} ({key})" for table, key in keys),
        "ck_audit_head_one_row CHECK ((id = 1))",
        "function audit_line_stays",
        "audit_line_stays 58 plpgsql BEGIN RAISE EXCEPTION 'an audit line is never changed'; END ",
    ]
