"""What PostgreSQL's catalogues are asked, to tell whether the trail's tables are what the schema makes, and what else is there.

Whatever we write into any table, dump or restore may set off code of somebody else's. So of all that an owner makes nothing is let
pass but the tables of the migrations with what hangs on these, plain columns, indices and constraints, and schemas, which are in no
backup. Nor is anything minded that a session has made for itself, which goes when it ends, as long as nothing of ours uses it. From
16384 on the server numbers what it has not made itself.
"""

from typing import Final

from sqlalchemy import Dialect, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex

from api.audit.definitions.names import NAMES
from models import metadata

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
_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]
_TYPES: Final = sorted(
    {str(one.type.compile(_DIALECT)).partition("(")[0] for table in metadata.tables.values() for one in table.columns}
)
"""Those that the columns of our tables have, without their lengths."""
_NAMED: Final = f"""
    WITH RECURSIVE
    ours AS (SELECT oid FROM pg_class WHERE oid IN ('public.audit_line'::regclass::oid, 'public.audit_head'::regclass::oid)),
    made AS (SELECT unnest(ARRAY[{", ".join(f"'{name}'" for name in NAMES)}]) AS name),
    lent AS (
        SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
        WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'),
    trusted AS (
        SELECT classid, objid FROM lent EXCEPT
        SELECT o.classid, o.objid FROM ({_OWNED}) o JOIN pg_roles r ON r.oid = o.owner WHERE NOT r.rolsuper),
    passing AS (
        SELECT d.classid, d.objid FROM pg_depend d JOIN pg_namespace n ON n.oid = d.refobjid
        WHERE d.refclassid = 'pg_namespace'::regclass AND starts_with(n.nspname, 'pg_temp_')
        UNION SELECT d.classid, d.objid FROM pg_depend d JOIN passing p ON p.classid = d.refclassid AND p.objid = d.refobjid
        WHERE d.deptype IN ('a', 'i') OR d.classid = 'pg_cast'::regclass),
    left_alone AS (SELECT classid, objid FROM trusted UNION SELECT classid, objid FROM passing),
    tables AS (
        SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname IN (SELECT name FROM made)),
    hanging AS (
        SELECT 'pg_class'::regclass::oid AS classid, oid AS objid FROM tables
        UNION SELECT 'pg_class'::regclass, indexrelid FROM pg_index WHERE indrelid IN (SELECT oid FROM tables)
        UNION SELECT d.classid, d.objid FROM pg_depend d JOIN pg_class s ON d.classid = 'pg_class'::regclass AND d.objid = s.oid
            WHERE s.relkind = 'S' AND d.deptype IN ('a', 'i') AND d.refobjid IN (SELECT oid FROM tables)
        UNION SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE conrelid IN (SELECT oid FROM tables)
        UNION SELECT 'pg_attrdef'::regclass, oid FROM pg_attrdef WHERE adrelid IN (SELECT oid FROM tables)
        UNION SELECT 'pg_trigger'::regclass, oid FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM tables)
        UNION SELECT 'pg_proc'::regclass, tgfoid FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM ours)
        UNION SELECT 'pg_namespace'::regclass, 'public'::regnamespace),
    plain AS (SELECT unnest(ARRAY[{", ".join(f"'{name}'" for name in _TYPES)}]::regtype[])::oid AS oid)
"""
"""The trail's tables; the names of all that the migrations make; what belongs to an extension, and of that what a superuser has
made: the owner of an extension can put more into it, also what he has given to one of the server's own roles; what lies in a
session's own schema, and what is a part of that; our tables, and what hangs on them; the types of their columns."""
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
    SELECT tgname::text || ' ' || tgtype::text || ' ' || pg_get_functiondef(tgfoid)
        FROM pg_trigger
        WHERE tgrelid IN (SELECT oid FROM ours) AND tgenabled IN ('O', 'A') AND tgqual IS NULL AND tgattr::text = ''
    """,
)
"""Constraints, indices, and triggers that are in force, whichever columns are changed, with all that is said of what these run."""
_SET_OFF: Final = (
    """
    SELECT 'trigger ' || tgname::text FROM pg_trigger
        WHERE (tgdeferrable OR NOT tgisinternal AND tgrelid NOT IN (SELECT oid FROM ours))
        AND ('pg_trigger'::regclass, oid) NOT IN (SELECT classid, objid FROM passing)
    """,
    """
    SELECT 'rule ' || rulename::text FROM pg_rewrite
        WHERE oid >= 16384 AND ev_type <> '1' AND ('pg_rewrite'::regclass, oid) NOT IN (SELECT classid, objid FROM passing)
    """,
    """
    SELECT 'foreign key ' || conname::text FROM pg_constraint
        WHERE contype = 'f' AND (confdeltype NOT IN ('a', 'r') OR confupdtype NOT IN ('a', 'r'))
        AND ('pg_constraint'::regclass, oid) NOT IN (SELECT classid, objid FROM passing)
    """,
)
"""What happens when something is written, on whichever table: what is deferred, behind all that the program looks at; and a foreign
key that takes rows with it."""
_SHOWN_OTHERWISE: Final = (
    """
    SELECT 'row security ' || relname::text FROM pg_class
        WHERE (relrowsecurity OR relforcerowsecurity)
        AND ('pg_class'::regclass, oid) NOT IN (SELECT classid, objid FROM left_alone)
    """,
    """
    SELECT 'policy ' || polname::text FROM pg_policy
        WHERE ('pg_class'::regclass, polrelid) NOT IN (SELECT classid, objid FROM left_alone)
    """,
    """
    SELECT 'heir ' || inhrelid::regclass::text FROM pg_inherits
        WHERE ('pg_class'::regclass, inhrelid) NOT IN (SELECT classid, objid FROM trusted)
        AND ('pg_class'::regclass, inhparent) NOT IN (SELECT classid, objid FROM passing)
    """,
)
"""What hides rows, or shows those of another table: a parent shows the rows of its heir. A policy is for a role by name, and is not
restored where that is not."""
_THERE: Final = (
    """
    SELECT 'relation ' || relnamespace::regnamespace::text || ' ' || relname::text || ' ' || relkind::text
            || CASE relpersistence WHEN 'u' THEN ' unlogged' ELSE '' END FROM pg_class
        WHERE oid >= 16384 AND relkind NOT IN ('i', 'I', 't')
        AND NOT (relkind = 'S' AND EXISTS (
            SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = pg_class.oid AND d.deptype IN ('a', 'i')))
        AND ('pg_class'::regclass, oid) NOT IN (SELECT classid, objid FROM left_alone)
    """,
    """
    SELECT 'type ' || typname::text FROM pg_type t
        WHERE oid >= 16384 AND typtype <> 'c' AND NOT EXISTS (SELECT FROM pg_type of WHERE of.typarray = t.oid)
        AND ('pg_type'::regclass, oid) NOT IN (SELECT classid, objid FROM left_alone)
    """,
    """
    SELECT 'function ' || proname::text FROM pg_proc
        WHERE oid >= 16384
        AND ('pg_proc'::regclass, oid) NOT IN (SELECT classid, objid FROM left_alone)
    """,
    """
    SELECT 'operator ' || oprname::text FROM pg_operator
        WHERE oid >= 16384
        AND ('pg_operator'::regclass, oid) NOT IN (SELECT classid, objid FROM left_alone)
    """,
    """
    SELECT DISTINCT pg_describe_object(classid, objid, 0) FROM pg_depend
        WHERE objid >= 16384 AND (classid, objid) NOT IN (SELECT classid, objid FROM left_alone)
        AND classid NOT IN (
            'pg_class'::regclass, 'pg_type'::regclass, 'pg_constraint'::regclass, 'pg_attrdef'::regclass, 'pg_rewrite'::regclass,
            'pg_trigger'::regclass, 'pg_proc'::regclass, 'pg_operator'::regclass, 'pg_policy'::regclass, 'pg_extension'::regclass,
            'pg_amop'::regclass, 'pg_amproc'::regclass, 'pg_default_acl'::regclass, 'pg_namespace'::regclass)
    """,
)
"""Tables, also those that a crash empties, views, sequences; types; functions; operators; and whatever else."""
_LEANING: Final = """
    SELECT DISTINCT pg_describe_object(d.classid, d.objid, 0) || ' needs ' || pg_describe_object(d.refclassid, d.refobjid, 0)
        FROM pg_depend d
        WHERE d.refclassid <> 'pg_language'::regclass AND (d.classid, d.objid) IN (SELECT classid, objid FROM hanging)
        AND (d.refclassid, d.refobjid) NOT IN (SELECT classid, objid FROM hanging)
"""
"""What is of an extension is in no backup; what needs anything that is not ours, such as an extension, a schema or a collation of
this server's, is not restored where that is not."""
_COLUMNS: Final = """
    SELECT 'column ' || attrelid::regclass::text || ' ' || attname::text FROM pg_attribute
        WHERE ('pg_class'::regclass, attrelid) IN (SELECT classid, objid FROM hanging) AND attnum > 0 AND NOT attisdropped
        AND (attgenerated <> '' OR attidentity <> '' OR atttypid NOT IN (SELECT oid FROM plain)
            OR attcollation NOT IN (0, '"default"'::regcollation, '"C"'::regcollation))
"""
"""Of our tables and their indices, those whose values are not what was written, and those of another type than any of ours: the
value may be the name of something that is on this server alone."""
_SAID: Final = """
    SELECT said.name FROM (
        SELECT 'constraint ' || conname::text AS name, conbin::text AS tree FROM pg_constraint
            WHERE conrelid IN (SELECT oid FROM tables) AND conbin IS NOT NULL
        UNION ALL SELECT 'default of column ' || adnum::text || ' of ' || adrelid::regclass::text, adbin::text FROM pg_attrdef
            WHERE adrelid IN (SELECT oid FROM tables)
            AND pg_get_expr(adbin, adrelid) !~ '^nextval[(]''public[.][a-z_]+''::regclass[)]$'
        UNION ALL SELECT 'index ' || indexrelid::regclass::text, concat(indexprs::text, indpred::text) FROM pg_index
            WHERE indrelid IN (SELECT oid FROM tables)) said
        WHERE EXISTS (
            SELECT FROM regexp_matches(said.tree, '[{]([A-Z]+)', 'g') node WHERE node[1] NOT IN (
                'CONST', 'VAR', 'RELABELTYPE', 'NULLTEST', 'OPEXPR', 'FUNCEXPR', 'BOOLEXPR',
                'ARRAYEXPR', 'SCALARARRAYOPEXPR', 'ARRAYCOERCEEXPR', 'CASETESTEXPR')) OR EXISTS (
            SELECT FROM regexp_matches(said.tree, ':(?:(?:const|var|(?:op|func)?result)type|[a-z_]*type[iI]d) ([0-9]+)', 'g') kind
            WHERE kind[1]::oid NOT IN (SELECT oid FROM plain) AND kind[1]::oid NOT IN (
                SELECT typarray FROM pg_type WHERE oid IN (SELECT oid FROM plain)))
        OR EXISTS (
            SELECT FROM regexp_matches(said.tree, ':(?:op)?funcid ([0-9]+) [^{}]*:inputcollid ([0-9]+)', 'g') called
            JOIN pg_proc p ON p.oid = called[1]::oid WHERE p.provolatile <> 'i' OR p.pronargs = 0
            OR called[2] <> '0' AND p.proname NOT IN ('texteq', 'textne', 'varchar'))
"""
"""A constraint, a default or an index that goes by more than the values of the row, such as the database's name or language, the
time or what this server is, keeps a backup from being restored elsewhere or later, or sets what the session has asked for: each
consists of nothing but what the migrations' own consist of. What compares words goes by the language, but for whether they are the
same."""
FOUND: Final = _NAMED + " UNION ALL ".join((*_OF_THE_TRAIL, *_SET_OFF, *_SHOWN_OTHERWISE, *_THERE, _LEANING, _COLUMNS, _SAID))
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
        "audit_line_stays 58 CREATE OR REPLACE FUNCTION public.audit_line_stays() RETURNS trigger LANGUAGE plpgsql "
        "AS $function$ BEGIN RAISE EXCEPTION 'an audit line is never changed'; END $function$",
    ]
