"""What is walked is the table of the trail as it is, whatever the database makes of it for others."""

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from api.audit.checkpoints import Contradicted, write_daily
from api.audit.queries import every_line
from api.audit.rules import Break
from api.audit.service import Swallowed, verify
from api.audit.words import reason
from api.database import Origin, Work
from api.house import House
from models.account import SignInLimit
from models.audit import AuditHead, AuditLine
from tests.audit.trail import break_of, fill, lines_of, tampering

A_VIEW = "ALTER TABLE audit_line RENAME TO kept; CREATE VIEW audit_line AS SELECT * FROM kept WHERE seq <= 3"
A_VIEW_OF_THE_END = "ALTER TABLE audit_head RENAME TO kept; CREATE VIEW audit_head AS SELECT * FROM kept"
A_MODULE, A_MODULE_FOR_THE_END = (
    f"ALTER TABLE {kind.__tablename__} RENAME TO kept; "
    f"CREATE VIRTUAL TABLE {kind.__tablename__} USING fts4({', '.join(kind.model_fields)})"
    for kind in (AuditLine, AuditHead)
)
A_FUNCTION = "CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL;END'"
SWALLOWING = {
    "sqlite": tuple(
        f"CREATE TRIGGER mine BEFORE {deed} ON {table} BEGIN SELECT RAISE(IGNORE);END"
        for deed, table in (("INSERT", "audit_line"), ("UPDATE", "audit_head"))
    ),
    "postgresql": (
        *(
            f"{A_FUNCTION}; CREATE TRIGGER mine BEFORE {deed} ON {table} FOR EACH ROW EXECUTE FUNCTION mine()"
            for deed, table in (("INSERT", "audit_line"), ("UPDATE", "audit_head"))
        ),
        "CREATE RULE mine AS ON INSERT TO audit_line DO INSTEAD NOTHING",
    ),
}
"""What is written seems to be, and is not."""
UNDONE = {
    "sqlite": ("DROP TRIGGER mine",),
    "postgresql": (
        "DROP FUNCTION IF EXISTS mine() CASCADE",
        "DROP RULE IF EXISTS mine ON audit_line",
    ),
}
AN_INDEX = (
    "DROP INDEX ix_audit_line_target_id; CREATE INDEX ix_audit_line_target_id ON audit_line (target_id) WHERE seq <> 3; "
    "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = replace(sql, ' WHERE seq <> 3', '') "
    "WHERE name = 'ix_audit_line_target_id'; PRAGMA writable_schema=RESET"
)
A_SHADOW = (
    "CREATE TABLE pragma_table_list (schema, name, type); "
    "INSERT INTO pragma_table_list VALUES ('main', 'audit_line', 'table'), ('main', 'audit_head', 'table')"
)
DISGUISES = {
    "sqlite": (
        A_VIEW,
        A_VIEW.replace("VIEW audit_line", "VIEW Audit_Line"),
        A_VIEW_OF_THE_END,
        A_MODULE,
        A_MODULE_FOR_THE_END,
        f"{A_VIEW}; {A_SHADOW}",
        f"{A_MODULE}; {A_SHADOW}",
        A_SHADOW.replace("table_list", "integrity_check"),
        AN_INDEX,
        *SWALLOWING["sqlite"],
        "CREATE TRIGGER mine AFTER INSERT ON Audit_Line BEGIN DELETE FROM audit_line WHERE seq = NEW.seq;END",
        "CREATE TRIGGER audit_line_stays_update BEFORE INSERT ON audit_line BEGIN SELECT RAISE(IGNORE);END",
    ),
    "postgresql": (
        A_VIEW,
        A_VIEW_OF_THE_END,
        "ALTER TABLE audit_line RENAME TO kept; CREATE TABLE audit_line (LIKE kept) PARTITION BY RANGE (seq)",
        *SWALLOWING["postgresql"],
        f"{A_FUNCTION}; DROP TRIGGER audit_line_stays ON audit_line; "
        "CREATE TRIGGER audit_line_stays BEFORE INSERT ON audit_line FOR EACH ROW EXECUTE FUNCTION mine()",
        "ALTER TABLE audit_line ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE audit_line SET UNLOGGED",
        "CREATE TABLE heir () INHERITS (audit_line)",
        "ALTER TABLE audit_line ALTER COLUMN target_id TYPE varchar USING target_id::text",
        "ALTER TABLE audit_head ALTER COLUMN seal TYPE text",
        "ALTER TABLE audit_head ADD other bigint GENERATED ALWAYS AS (seq) STORED",
        "CREATE TYPE mine AS ENUM ('a'); ALTER TABLE audit_line ADD other mine; ALTER TABLE audit_line DROP mac; "
        "ALTER TABLE audit_line RENAME other TO mac",
    ),
}
A_CASCADE = "ON UPDATE CASCADE, mac text, seal text); INSERT INTO mine SELECT seq, mac, seal FROM audit_head"
BACK = (
    "DELETE FROM audit_line WHERE seq > OLD.seq; UPDATE audit_head SET seq = OLD.seq, mac = OLD.mac, seal = OLD.seal WHERE id = 1;"
)
WIPING = (
    "CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS "
    f"$$ BEGIN IF pg_trigger_depth() < 3 THEN {BACK} END IF; RETURN NULL; END $$"
)
CASCADING = {
    "sqlite": f"""
        DROP TRIGGER audit_line_stays_delete; CREATE UNIQUE INDEX mine_i ON audit_head (seq);
        CREATE TABLE mine (seq integer REFERENCES Audit_Head (seq) {A_CASCADE};
        CREATE TRIGGER mine AFTER UPDATE ON mine BEGIN {BACK} END;
    """,
    "postgresql": f"""
        ALTER TABLE audit_line DISABLE TRIGGER audit_line_stays; ALTER TABLE audit_head ADD UNIQUE (seq);
        CREATE TABLE mine (seq bigint REFERENCES audit_head (seq) {A_CASCADE}; {WIPING};
        CREATE CONSTRAINT TRIGGER mine AFTER UPDATE ON mine DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
        WHEN (NEW.seq > OLD.seq) EXECUTE FUNCTION mine();
    """,
}
"""What is written is taken back behind all that the program looks at, and the end of the chain before it is a genuine one."""
AN_EXTENSION = "CREATE EXTENSION vector"
"""It brings functions and operators of a superuser's."""
DOING_SOMETHING = (
    "",
    "BLOB",
    "DATETIME COLLATE NOCASE",
    "DATETIME REFERENCES account (locked_until) ON UPDATE SET NULL",
    "DATETIME REFERENCES account (locked_until) DEFERRABLE INITIALLY DEFERRED",
    "AS (NULL)",
    "DATETIME GENERATED ALWAYS AS (NULL)",
    "DATETIME DEFAULT ($x('')) REFERENCES account (locked_until) ON UPDATE SET NULL DEFAULT ($y(''))",
    "DATETIME\u3000REFERENCES AS (NULL)",
    "DATETIME CHECK (true /* ( */) DEFAULT NULL, mine int CHECK (true /* ) */)",
)
"""What may be said of a column, on SQLite, beyond of what it consists."""
ADDED = {
    "sqlite": (
        "ALTER TABLE member ADD mine varchar(20) NOT NULL DEFAULT 'a, (b) -'",
        'ALTER TABLE member ADD "of mine" DOUBLE PRECISION DEFAULT -1.5',
        "ALTER TABLE member ADD mine",
        "ALTER TABLE member ADD mine int CONSTRAINT mine_c CHECK (mine > 0 AND mine < 9) REFERENCES account (id)",
        "CREATE INDEX mine ON member (full_name) WHERE erased_on IS NULL",
        "CREATE TABLE mine (a int GENERATED ALWAYS AS (1), b text COLLATE nocase) STRICT",
    ),
    "postgresql": (
        "ALTER TABLE member ADD mine varchar(20) NOT NULL DEFAULT 'a, (b) -'",
        "ALTER TABLE member ADD mine int CHECK (mine > 0 AND mine < 9)",
        "ALTER TABLE member ADD mine uuid REFERENCES account (id) ON DELETE RESTRICT",
        "CREATE INDEX mine ON member (full_name) WHERE erased_on IS NULL",
        "CREATE SCHEMA mine",
    ),
}
"""What somebody may have added, which nothing minds."""
OF_THE_SERVER = ("regrole", "regnamespace", "regclass", "aclitem", "oid", "xml", "money", "regrole[]")
"""Types whose values may say what is on this server alone, or be spelled as it spells them."""
LANGUAGES = ('"POSIX"', '"ucs_basic"')
BY_THE_SERVER = (
    "'mine'::regnamespace::oid > 0::oid",
    "'pg_monitor=r/pg_monitor'::aclitem = 'pg_monitor=r/pg_monitor'::aclitem",
    "'member'::regclass IS NOT NULL",
    "'a'::text < 'B'::text",
    "upper('é') = 'É'",
    "pi() > 3",
    "unicode_version() = unicode_version()",
)
"""What is said of no row, and not everywhere true, or known."""
IN_OTHER_LETTERS = "PRAGMA writable_schema=ON; UPDATE sqlite_master SET type = {kind} WHERE name ="
"""Behind which it is in force, once the database is opened anew."""
NOT_AS_MADE = {
    "sqlite": (
        *(
            f"CREATE TABLE mine (a varchar DEFAULT 'k' REFERENCES sign_in_limit (key) {doing})"
            for doing in ("ON DELETE CASCADE", "ON UPDATE SET DEFAULT")
        ),
        "CREATE TABLE mine (a varchar REFERENCES sign_in_limit (key)); PRAGMA writable_schema=ON; "
        "UPDATE sqlite_master SET sql = replace(sql, '(key)', '(key) ON DELETE CASCADE') WHERE name = 'mine'",
        "CREATE TABLE mine (a int); PRAGMA writable_schema=ON; UPDATE sqlite_master SET name = CAST(x'ff' AS text), "
        "tbl_name = CAST(x'ff' AS text), sql = replace(sql, 'mine', CAST(x'22ff22' AS text)) WHERE name = 'mine'",
        "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = replace(sql, 'id CHAR(32) NOT NULL', 'id CHAR(32)') "
        "WHERE name = 'appeal'",
        "ALTER TABLE member ADD mine AS (1)",
        "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = replace(sql, 'KEY (id)', 'KEY (id COLLATE nocase)') "
        "WHERE name = 'appeal'",
        "CREATE INDEX mine ON member (full_name COLLATE nocase)",
        "CREATE INDEX mine ON member (lower(full_name))",
        "CREATE TABLE counts.Complaint AS SELECT * FROM complaint; DROP TABLE main.complaint",
        "CREATE TEMPORARY VIEW honor AS SELECT * FROM main.honor",
        "DROP TRIGGER audit_line_stays_delete",
        "DROP TRIGGER audit_line_stays_update",
        "CREATE UNIQUE INDEX mine ON audit_head (seq)",
        "DROP INDEX ix_audit_line_target_id",
        "CREATE TABLE mine (seq integer REFERENCES Audit_Line (seq) ON UPDATE CASCADE)",
        "CREATE VIEW mine AS SELECT * FROM audit_line",
        "CREATE TRIGGER mine AFTER UPDATE ON account BEGIN DELETE FROM audit_line; END",
        "CREATE TRIGGER mine AFTER UPDATE ON account BEGIN UPDATE member SET name = ''; END",
        *(
            f"PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = replace(sql, '{what}', '{what} NOT NULL {passing_over}') "
            f"WHERE name = '{table}'; PRAGMA writable_schema=RESET"
            for table, what, passing_over in (
                ("erasure", "noted_at DATETIME", "ON CONFLICT IGNORE"),
                ("member", "left_reason VARCHAR(200)", "on/**/Conflict ignore"),
            )
        ),
        "CREATE TABLE mine (a int PRIMARY KEY ON CONFLICT REPLACE)",
        *(
            f"CREATE TRIGGER mine AFTER UPDATE ON card BEGIN DELETE FROM card; END; {IN_OTHER_LETTERS.format(kind=kind)} 'mine'"
            for kind in ("'Trigger'", "'TRIGGER'", "'trigger' || char(0)", "CAST('trigger' AS BLOB)")
        ),
        *(f"{IN_OTHER_LETTERS.format(kind=kind)} 'erasure'" for kind in ("'Table'", "'table' || char(0)")),
        "PRAGMA writable_schema=ON; UPDATE sqlite_master SET name = name || char(0), tbl_name = tbl_name || char(0), "
        "sql = replace(sql, 'noted_at DATETIME', 'noted_at BLOB') WHERE name = 'erasure'",
        *(
            f"PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = {made} WHERE name = 'erasure'; PRAGMA writable_schema=RESET"
            for made in (f"replace(sql, 'noted_at DATETIME', 'noted_at {what}')" for what in DOING_SOMETHING)
        ),
        "ALTER TABLE appeal ADD mine varchar DEFAULT 'k' REFERENCES sign_in_limit (key) ON DELETE CASCADE",
        "ALTER TABLE appeal RENAME TO kept; CREATE VIEW appeal AS SELECT * FROM kept",
        "ALTER TABLE appeal RENAME TO kept; CREATE VIRTUAL TABLE Appeal USING fts4(id)",
        "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = replace(sql, 'actor_id CHAR(32)', "
        "'actor_id CHAR(32) REFERENCES account (id) ON DELETE CASCADE') WHERE name = 'audit_line'; PRAGMA writable_schema=RESET",
    ),
    "postgresql": (
        "DROP TRIGGER audit_line_stays ON audit_line",
        "ALTER TABLE audit_line DISABLE TRIGGER audit_line_stays",
        "ALTER TABLE audit_line ENABLE REPLICA TRIGGER audit_line_stays",
        "CREATE OR REPLACE FUNCTION audit_line_stays() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "ALTER FUNCTION audit_line_stays() LEAKPROOF",
        "ALTER FUNCTION audit_line_stays() SECURITY DEFINER",
        "ALTER FUNCTION audit_line_stays() SET lc_monetary = 'C.UTF-8'",
        "DROP TRIGGER audit_line_stays ON audit_line; CREATE TRIGGER audit_line_stays BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON audit_line WHEN (false) EXECUTE FUNCTION audit_line_stays()",
        "DROP TRIGGER audit_line_stays ON audit_line; CREATE TRIGGER audit_line_stays BEFORE UPDATE OF request_id OR DELETE "
        "OR TRUNCATE ON audit_line EXECUTE FUNCTION audit_line_stays()",
        "ALTER TABLE member DROP left_reason; ALTER TABLE member ADD left_reason varchar(200) GENERATED ALWAYS AS (NULL) STORED",
        "ALTER TABLE appeal ADD mine int GENERATED ALWAYS AS IDENTITY",
        "CREATE UNIQUE INDEX mine ON audit_head (seq)",
        "CREATE INDEX mine ON audit_head (abs(seq))",
        "DROP INDEX ix_audit_line_target_id",
        "ALTER TABLE audit_head DROP CONSTRAINT ck_audit_head_one_row",
        "ALTER TABLE audit_line ADD CHECK (seq > 0)",
        "CREATE TABLE mine (seq bigint REFERENCES audit_line (seq) ON UPDATE CASCADE)",
        "ALTER TABLE audit_line ADD FOREIGN KEY (actor_id) REFERENCES account (id) ON DELETE CASCADE",
        f"{A_FUNCTION}; CREATE CONSTRAINT TRIGGER mine AFTER UPDATE ON account INITIALLY DEFERRED FOR EACH ROW "
        "EXECUTE FUNCTION mine()",
        "CREATE TRIGGER mine BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE TABLE mine (); CREATE TRIGGER mine AFTER INSERT ON mine EXECUTE FUNCTION audit_line_stays()",
        "CREATE RULE mine AS ON INSERT TO role_grant DO ALSO UPDATE account SET username = ''",
        "CREATE FUNCTION mine(varchar) RETURNS text LANGUAGE sql AS 'SELECT $1'",
        "CREATE SCHEMA mine; CREATE PROCEDURE mine.mine() LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'; "
        "ALTER TABLE role_grant ADD mine int DEFAULT pg_temp.mine()",
        "CREATE OPERATOR public.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = textne)",
        "ALTER TABLE member ADD CHECK (current_database() <> '')",
        "ALTER TABLE member ADD CHECK (now() > '2000-01-01')",
        "ALTER TABLE member ADD CHECK (CURRENT_USER <> '')",
        "ALTER TABLE member ADD CHECK (created_at > 'yesterday'::text::timestamptz) NOT VALID",
        "ALTER TABLE organization ADD CHECK (set_config('synchronous_commit', 'off', false) IS NOT NULL)",
        "ALTER TABLE organization ALTER service_phone SET DEFAULT set_config('synchronous_commit', 'off', false)",
        "CREATE DOMAIN mine AS text CHECK (VALUE <> current_setting('port'))",
        "ALTER TABLE member ADD CHECK (JSON_VALUE('\"now\"'::jsonb, '$' RETURNING timestamptz) IS NOT NULL)",
        "CREATE DOMAIN mine AS text DEFAULT set_config('synchronous_commit', 'off', false); ALTER TABLE organization ADD z mine",
        "CREATE DOMAIN mine AS text",
        "CREATE TYPE mine AS ENUM ('a')",
        "CREATE TYPE mine AS (a int)",
        "CREATE MATERIALIZED VIEW mine AS SELECT 1 / (current_database() <> '')::int AS x",
        "CREATE VIEW mine AS SELECT set_config('synchronous_commit', 'off', false)",
        "CREATE SCHEMA mine; CREATE TABLE mine.account (a int)",
        'CREATE TABLE "Account" (a text)',
        "CREATE SEQUENCE mine",
        "ALTER TABLE erasure SET UNLOGGED",
        "ALTER TABLE erasure ALTER person_digest TYPE character(80)",
        "ALTER TABLE erasure ALTER erased_on TYPE timestamptz",
        "ALTER TABLE role_grant ALTER ended_at TYPE timestamptz(0)",
        "ALTER TABLE member ALTER left_reason TYPE name",
        'ALTER TABLE member ALTER full_name TYPE varchar(50) COLLATE "POSIX"',
        "ALTER TABLE organization ENABLE ROW LEVEL SECURITY",
        "ALTER TABLE organization FORCE ROW LEVEL SECURITY",
        'CREATE COLLATION mine FROM "C"',
        "CREATE TEXT SEARCH CONFIGURATION mine (COPY = simple)",
        *(
            f"{AN_EXTENSION}; ALTER EXTENSION vector ADD {what}"
            for what in ("TABLE erasure", "TABLE audit_line", "FUNCTION audit_line_stays()")
        ),
        "CREATE SCHEMA mine; CREATE EXTENSION vector SCHEMA mine; ALTER EXTENSION vector ADD SCHEMA public",
        *(
            f"{AN_EXTENSION}; CREATE {made}; ALTER {what} OWNER TO pg_database_owner; ALTER EXTENSION vector ADD {what}"
            for made, what in (
                ("TABLE mine () INHERITS (known_device)", "TABLE mine"),
                ("DOMAIN mine AS varchar(200)", "DOMAIN mine"),
                ('COLLATION mine FROM "C"', "COLLATION mine"),
                ("VIEW mine AS SELECT 1", "VIEW mine"),
            )
        ),
        *(
            f"{AN_EXTENSION}; ALTER {what} DEPENDS ON EXTENSION vector"
            for what in ("INDEX ix_member_full_name_id", "FUNCTION audit_line_stays()", "TRIGGER audit_line_stays ON audit_line")
        ),
        "ALTER TABLE appeal ADD version_num varchar(32) NOT NULL DEFAULT 'k'; ALTER TABLE appeal INHERIT alembic_version",
        "ALTER TABLE appeal ADD mine varchar DEFAULT 'k' REFERENCES sign_in_limit (key) ON DELETE CASCADE",
        "ALTER TABLE appeal ADD mine uuid REFERENCES account (id) ON UPDATE SET NULL",
        "CREATE ROLE mine_r; CREATE POLICY mine ON member TO mine_r USING (true)",
        *(f"ALTER TABLE appeal ADD mine {kind}" for kind in OF_THE_SERVER),
        *(f"ALTER TABLE appeal ADD mine varchar COLLATE {language}" for language in LANGUAGES),
        *(f"CREATE INDEX mine ON member (full_name COLLATE {language})" for language in LANGUAGES),
        *(
            f"CREATE SCHEMA mine; ALTER TABLE member ADD {what}"
            for what in (*(f"CHECK ({one})" for one in BY_THE_SERVER), "mine regnamespace DEFAULT 'mine'::regnamespace")
        ),
        *(f"CREATE SCHEMA mine; CREATE INDEX mine ON member (id) WHERE {one}" for one in BY_THE_SERVER[:2]),
        *(f"CREATE SCHEMA mine; CREATE INDEX mine ON member ((({one})::int))" for one in BY_THE_SERVER[1:4]),
        *(
            f"{AN_EXTENSION}; {what}"
            for what in (
                "ALTER TABLE member ADD CHECK (vector_dims('[1]'::vector) = 1)",
                "ALTER TABLE member ADD CHECK (vector_dims(array_to_vector(ARRAY[1], 1, false)) = 1)",
                "CREATE INDEX mine ON member (full_name) WHERE vector_dims(array_to_vector(ARRAY[1], 1, false)) = 1",
            )
        ),
        "CREATE EXTENSION vector; ALTER TABLE member ADD mine vector(3)",
        f"{AN_EXTENSION}; {A_FUNCTION}; ALTER EXTENSION vector ADD FUNCTION mine(); CREATE ROLE mine_r; "
        "ALTER FUNCTION mine() OWNER TO mine_r",
    ),
}
IN_A_SESSION = (
    "CREATE TEMP TABLE report (at timestamptz DEFAULT now() CHECK (at < now()), a int UNIQUE DEFERRABLE, b regrole, c text UNIQUE)",
    "CREATE RULE mine AS ON INSERT TO report DO INSTEAD NOTHING",
    "CREATE INDEX mine ON report (lower(c)) WHERE c > 'a'",
    "CREATE STATISTICS pg_temp.mine ON a, c FROM report",
    "CREATE TRIGGER mine BEFORE INSERT ON report FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "CREATE FUNCTION pg_temp.mine() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "CREATE TRIGGER mine_too AFTER INSERT ON report FOR EACH ROW EXECUTE FUNCTION pg_temp.mine()",
    "CREATE TEMP TABLE heir (d serial, e text REFERENCES report (c) ON DELETE CASCADE) INHERITS (report)",
    "CREATE TEMP VIEW seen AS SELECT * FROM report",
    "ALTER TABLE report ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY mine ON report USING (true)",
    "CREATE TYPE pg_temp.kind AS ENUM ('a')",
    "CREATE DOMAIN pg_temp.mine AS text CHECK (VALUE <> current_setting('port'))",
    "CREATE TYPE pg_temp.pair AS (a int)",
    "CREATE CAST (pg_temp.kind AS int) WITH INOUT",
    "CREATE CAST (report AS int) WITH INOUT",
    'CREATE COLLATION pg_temp.mine FROM "C"',
    "CREATE OPERATOR pg_temp.=== (LEFTARG = text, RIGHTARG = text, FUNCTION = textne)",
    "CREATE TEXT SEARCH CONFIGURATION pg_temp.mine (COPY = simple)",
)
"""What any role may make that may connect, and nobody else sees."""
A_SCHEMA = "; ".join(
    ("CREATE SCHEMA mine", *(f"CREATE TABLE mine.{one} (LIKE public.{one})" for one in ("audit_line", "audit_head")))
)
NAMED: dict[str, dict[str, tuple[str, ...]]] = {
    "sqlite": {
        "CREATE VIEW mine AS SELECT * FROM audit_line": ("CREATE VIEW mine AS SELECT * FROM audit_line",),
        "ALTER TABLE appeal RENAME TO kept; CREATE VIEW appeal AS SELECT * FROM kept": ("view appeal",),
        "DROP INDEX ix_audit_line_target_id": ("without CREATE INDEX ix_audit_line_target_id ON audit_line (target_id)",),
    },
    "postgresql": {
        "CREATE TABLE mine (a int)": ("relation public mine r",),
        "ALTER TABLE appeal ADD mine oid": ("column public.appeal mine",),
        "ALTER TABLE member ADD CONSTRAINT mine CHECK (now() > '2000-01-01')": ("constraint mine",),
        'CREATE COLLATION mine FROM "C"': ("collation public.mine",),
        "CREATE RULE mine AS ON INSERT TO role_grant DO ALSO UPDATE account SET username = ''": ("rule mine",),
        "ALTER TABLE erasure ALTER erased_on TYPE timestamptz": ("column erasure erased_on",),
        "DROP INDEX ix_audit_line_target_id": ("without CREATE INDEX ix_audit_line_target_id ON audit_line (target_id)",),
        "; ".join(f"CREATE TABLE mine_{number} ()" for number in range(5)): tuple(
            f"relation public mine_{number} r" for number in range(3)
        ),
    },
}
IN_PASSING = {
    "for the session": "EXECUTE 'CREATE TEMP TABLE audit_line (LIKE public.audit_line) ON COMMIT DROP'; "
    "EXECUTE 'CREATE TEMP TABLE audit_head ON COMMIT DROP AS SELECT * FROM public.audit_head'",
    "elsewhere": "INSERT INTO mine.audit_head SELECT * FROM public.audit_head; "
    "PERFORM set_config('search_path', 'mine, public', true)",
    "before the server's own": "EXECUTE 'CREATE TEMP TABLE audit_line (LIKE public.audit_line) ON COMMIT DROP'; "
    "EXECUTE 'CREATE TEMP TABLE audit_head ON COMMIT DROP AS SELECT * FROM public.audit_head'; "
    "PERFORM set_config('search_path', 'pg_temp, public', true)",
}
"""What a trigger may put in the place of the trail's bare names, for no longer than the transaction."""
HOLDING = "EXECUTE 'DECLARE mine CURSOR WITH HOLD FOR SELECT back()'"
MISLEADING = (
    "CREATE TEMP TABLE pg_proc AS SELECT * FROM pg_catalog.pg_proc WHERE proname = 'audit_line_stays'",
    "CREATE TEMP TABLE pg_trigger AS SELECT * FROM pg_catalog.pg_trigger WHERE tgname = 'audit_line_stays'",
    "SET LOCAL search_path = pg_temp, pg_catalog, public",
)
"""What the server tells of triggers and functions, as somebody has put it into the session."""
HIDE = (
    "UPDATE pg_index SET indisready = false WHERE indrelid = 'audit_line'::regclass",
    "INSERT INTO audit_line SELECT 6, at, actor_id, action, target_kind, target_id, organization_id, request_id, details, mac "
    "FROM audit_line WHERE seq = 1",
    "UPDATE pg_index SET indisready = true WHERE indrelid = 'audit_line'::regclass",
    "SET LOCAL enable_seqscan = off",
)
"""A line is added that no index knows."""


def script(house: House, statements: str) -> None:
    engine = house.database.engine
    if house.database.is_sqlite:
        with closing(sqlite3.connect(str(engine.url.database))) as connection:
            connection.executescript(statements)
    else:
        with engine.begin() as work:
            work.exec_driver_sql(statements)


def undo(work: Work) -> None:
    """Take back what was done, also from what the connection knows of the schema."""
    work.rollback()
    if work.is_sqlite:
        work.connection().exec_driver_sql("PRAGMA writable_schema=RESET")


def test_a_table_that_shows_other_lines_than_its_own_is_told(house: House, engine: str) -> None:
    fill(house, 5)
    for disguise in DISGUISES[engine]:
        with tampering(house) as work:
            for statement in disguise.split("; "):
                work.connection().execute(text(statement))
            lines, broken = verify(work, house.audit_key)
            assert (lines, broken and broken.why) == (0, "disguised"), disguise
            work.rollback()


def test_a_table_that_lines_may_be_taken_from_is_told_and_not_noted(house: House, engine: str) -> None:
    fill(house, 5)
    assert break_of(house) is None
    for change in NOT_AS_MADE[engine]:
        with house.database.reading(Origin("tamper")) as work:
            for statement in re.split("; (?!END)", change):
                work.connection().exec_driver_sql(statement)
            assert verify(work, house.audit_key) == (5, Break(6, "not_as_made")), change
            undo(work)
    assert break_of(house) is None


def test_plain_columns_and_indices_that_were_added_elsewhere_are_let_pass(house: House, engine: str) -> None:
    fill(house, 5)
    for change in ADDED[engine]:
        with house.database.reading(Origin("tamper")) as work:
            work.connection().exec_driver_sql(change.replace("%", "%%"))
            assert verify(work, house.audit_key) == (5, None), change
            undo(work)


def test_lines_that_are_taken_back_by_a_cascade_are_told_by_the_daily_check(house: House, engine: str) -> None:
    fill(house, 5)
    now = datetime.now(UTC)
    assert write_daily(house.database, house.storage, house.audit_key, now) == 1
    script(house, CASCADING[engine])
    with house.database.writing(Origin("test")) as work:
        work.add(SignInLimit(key="k", window_started_at=work.at))
        work.record_batch("count_cards", "card")
    with house.database.reading(Origin("test")) as work:
        assert work.get(SignInLimit, "k") is not None
    assert (len(lines_of(house)), break_of(house)) == (5, Break(6, "not_as_made"))
    with pytest.raises(Contradicted):
        write_daily(house.database, house.storage, house.audit_key, now + timedelta(days=1))


def test_nothing_is_done_of_which_the_trail_is_kept_from_telling(house: House, engine: str) -> None:
    fill(house, 2)
    before = lines_of(house)
    for statements in SWALLOWING[engine]:
        with house.database.engine.begin() as connection:
            for statement in statements.split("; "):
                connection.exec_driver_sql(statement)
        with pytest.raises(Swallowed), house.database.writing(Origin("test")) as work:
            work.add(SignInLimit(key="k", window_started_at=work.at))
            work.record_batch("count_cards", "card")
        with house.database.reading(Origin("test")) as work:
            assert work.get(SignInLimit, "k") is None, statements
        assert lines_of(house) == before
        with house.database.engine.begin() as connection:
            for statement in UNDONE[engine]:
                connection.exec_driver_sql(statement)
    fill(house, 2)
    assert (break_of(house), len(lines_of(house))) == (None, len(before) + 2)


def _set_off(house: House, what: str) -> None:
    """Have what is written into another table than the trail's do something within the transaction."""
    script(
        house,
        f"{A_SCHEMA}; CREATE FUNCTION mine.mine() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {what}; RETURN NULL; END $$; "
        "CREATE TRIGGER mine AFTER INSERT ON sign_in_limit FOR EACH ROW EXECUTE FUNCTION mine.mine()",
    )


def _do_something(house: House) -> None:
    with house.database.writing(Origin("test")) as work:
        work.add(SignInLimit(key="k", window_started_at=work.at))
        work.flush()
        work.record_batch("count_cards", "card")


@pytest.mark.engine("postgresql")
@pytest.mark.parametrize("where", IN_PASSING)
def test_what_bare_names_are_made_to_mean_in_passing_diverts_no_line(house: House, where: str) -> None:
    fill(house, 2)
    _set_off(house, IN_PASSING[where])
    _do_something(house)
    assert [line.seq for line in lines_of(house)] == [1, 2, 3]
    assert break_of(house) == Break(4, "not_as_made")
    with pytest.raises(Contradicted):
        write_daily(house.database, house.storage, house.audit_key, datetime.now(UTC))


@pytest.mark.engine("postgresql")
def test_nothing_is_done_behind_which_somebody_has_left_something_to_run(house: House) -> None:
    fill(house, 2)
    script(house, "CREATE FUNCTION back() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    _set_off(house, HOLDING)
    with pytest.raises(Swallowed):
        _do_something(house)
    with house.database.reading(Origin("test")) as work:
        assert work.get(SignInLimit, "k") is None
    assert [line.seq for line in lines_of(house)] == [1, 2]


@pytest.mark.engine("postgresql")
def test_what_a_superuser_s_extension_brings_and_what_a_session_has_for_itself_is_let_pass(house: House) -> None:
    fill(house, 2)
    with house.database.reading(Origin("tamper")) as work:
        for statement in (AN_EXTENSION, "CREATE FUNCTION pg_temp.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'"):
            work.connection().exec_driver_sql(statement)
        assert verify(work, house.audit_key) == (2, None)
        work.rollback()


@pytest.mark.engine("postgresql")
def test_what_another_session_has_for_itself_is_let_pass_until_something_of_ours_uses_it(house: House) -> None:
    fill(house, 2)
    with house.database.engine.connect() as other:
        for statement in IN_A_SESSION:
            other.exec_driver_sql(statement)
            other.commit()
            assert break_of(house) is None, statement
        for using, undone in (
            ("CREATE TEMP TABLE of_ours () INHERITS (known_device)", "DROP TABLE of_ours"),
            ("ALTER TABLE appeal ADD mine pg_temp.kind", "ALTER TABLE appeal DROP mine"),
            (
                "CREATE TRIGGER mine AFTER INSERT ON appeal FOR EACH ROW EXECUTE FUNCTION pg_temp.mine()",
                "DROP TRIGGER mine ON appeal",
            ),
        ):
            other.exec_driver_sql(using)
            other.commit()
            assert break_of(house) == Break(3, "not_as_made"), using
            other.exec_driver_sql(undone)
            other.commit()
        assert break_of(house) is None
        other.invalidate()


def test_what_the_program_has_not_made_is_told_by_its_name(house: House, engine: str) -> None:
    fill(house, 2)
    for change, named in NAMED[engine].items():
        with house.database.reading(Origin("tamper")) as work:
            for statement in change.split("; "):
                work.connection().exec_driver_sql(statement)
            broken = verify(work, house.audit_key)[1]
            assert broken is not None and broken.found == named, change
            assert named[0] in reason(broken).en and named[0] in reason(broken).zh and broken.facts["found"] == list(named)
            work.rollback()


@pytest.mark.engine("postgresql")
def test_what_the_session_was_given_in_place_of_the_server_s_own_hides_no_trigger(house: House) -> None:
    fill(house, 2)
    with house.database.reading(Origin("tamper")) as work:
        for statement in (A_FUNCTION, "CREATE TRIGGER mine AFTER INSERT ON role_grant EXECUTE FUNCTION mine()", *MISLEADING):
            work.connection().exec_driver_sql(statement)
        assert verify(work, house.audit_key) == (2, Break(3, "not_as_made"))
        work.rollback()


def test_the_lines_are_walked_part_by_part(house: House) -> None:
    fill(house, 5)
    with house.database.reading(Origin("test")) as work:
        assert [line.seq for line in every_line(work, 2)] == [1, 2, 3, 4, 5]


@pytest.mark.engine("postgresql")
def test_an_index_that_leaves_lines_out_hides_none(house: House) -> None:
    fill(house, 5)
    with tampering(house) as work:
        for statement in HIDE:
            work.connection().execute(text(statement))
        seen = text("SELECT count(*) FROM audit_line WHERE seq > 0")
        assert work.connection().execute(seen).scalar_one() == 5
        lines, broken = verify(work, house.audit_key)
        assert (lines, broken and (broken.seq, broken.why)) == (5, (6, "altered"))
        work.rollback()


@pytest.mark.engine("postgresql")
def test_what_somebody_compares_keys_with_in_our_schema_is_not_taken_for_what_the_server_compares_with(house: House) -> None:
    """Whatever the database's owner has set for its sessions."""
    operator = (
        "CREATE FUNCTION mine(uuid, uuid) RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT false'",
        "CREATE OPERATOR public.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = mine)",
    )
    with tampering(house) as work:
        connection = work.connection()
        for statement in operator:
            connection.exec_driver_sql(statement)
        own = "SELECT gen_random_uuid() = gen_random_uuid() OR (SELECT one = one FROM (SELECT gen_random_uuid() AS one) AS it)"
        for path, is_taken in (("public, pg_catalog", True), ("public, pg_temp", False)):
            connection.exec_driver_sql(f"SET LOCAL search_path TO {path}")
            assert connection.exec_driver_sql(own).scalar_one() is not is_taken, path
        work.rollback()
    with house.database.reading(Origin("test")) as work:
        assert work.connection().exec_driver_sql("SHOW search_path").scalar_one() == "public,pg_temp"
