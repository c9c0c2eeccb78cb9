"""The program runs as a role that may only add to the audit trail and read it, made by the statements of the README."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from api import schema
from api.adapters.postgresql import POSTGRESQL_SPELLING
from api.audit.checkpoints import noted_in_storage
from api.audit.rules import Occasion
from api.audit.service import may_alter_lines, verify
from api.backups.service import backup, restore
from api.backups.service import verify as verify_backup
from api.database import Origin
from api.house import House
from api.housekeeping import CHORES, keep_house
from api.settings import Settings
from models.enums import Role
from tests import postgresql
from tests.audit.trail import fill
from tests.backups.installation import SILENT, Heard, tools_folder
from tests.conftest import District, found_district
from tests.files.drawings import drawn
from tests.verification.holders import hold

ON_ENGINES = ("postgresql",)
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
OWNER, SERVING = "liangxian_owner", "liangxian"
REFUSED = (
    "UPDATE audit_line SET action = 'nothing'",
    "DELETE FROM audit_line",
    "TRUNCATE audit_line",
    "DELETE FROM audit_head",
    "INSERT INTO audit_head VALUES (2, 0, '', '')",
    "TRUNCATE audit_head",
    "DROP TRIGGER audit_line_stays ON audit_line",
    "ALTER TABLE audit_line DISABLE TRIGGER ALL",
    "ALTER TABLE audit_line DISABLE TRIGGER audit_line_stays",
    "ALTER TABLE audit_line RENAME TO other",
    "ALTER TABLE audit_line DROP COLUMN mac",
    "ALTER TABLE audit_line OWNER TO liangxian",
    "CREATE TRIGGER mine BEFORE INSERT ON audit_line FOR EACH ROW EXECUTE FUNCTION audit_line_stays()",
    "CREATE RULE mine AS ON INSERT TO audit_line DO INSTEAD NOTHING",
    "CREATE OR REPLACE FUNCTION audit_line_stays() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "DROP FUNCTION audit_line_stays() CASCADE",
    "DROP TABLE audit_line",
    "CREATE TABLE public.audit_line_copy (x int)",
    "DROP SCHEMA public CASCADE",
    "SET session_replication_role = replica",
    "SET ROLE liangxian_owner",
    "UPDATE alembic_version SET version_num = '0001'",
)

AS_IF_ROWS = "E'x\\nCOPY public.nothing (a) FROM stdin;\\n1'"
OWN_DEFAULTS = (
    "datestyle = 'SQL, DMY'",
    "client_encoding = 'SQL_ASCII'",
    "bytea_output = 'escape'",
    "timezone = 'Asia/Kolkata'",
    "intervalstyle = 'sql_standard'",
    "extra_float_digits = -15",
    "standard_conforming_strings = off",
    "quote_all_identifiers = on",
    "synchronous_commit = off",
)


def statements() -> tuple[list[str], list[str]]:
    """What the README has the superuser do first, and the owner after a migration."""
    blocks = [block for block in re.findall(r"```sql\n(.*?)```", README, re.DOTALL) if SERVING in block]
    first, after = ([statement.strip() for statement in block.split(";") if statement.strip()] for block in blocks)
    return first, after


def as_role(url: str, role: str) -> str:
    return make_url(url).set(username=role, database=SERVING).render_as_string(hide_password=False)


def execute(url: str, *asked: str) -> None:
    with psycopg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True) as to:
        for statement in asked:
            to.execute(statement.encode())


def is_refused(url: str, statement: str) -> bool:
    try:
        execute(url, statement)
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


@pytest.fixture
def database_url(engine: str, postgresql_url: str) -> Iterator[str]:
    """A district's database whose owner has migrated it, at the address of the role that serves."""
    first, after = statements()
    made = next(number for number, statement in enumerate(first) if statement.startswith("CREATE DATABASE")) + 1
    with ExitStack() as cleared:
        for name in (OWNER, SERVING):
            cleared.callback(postgresql.on_server, postgresql_url, f"DROP ROLE IF EXISTS {name}")
        cleared.callback(postgresql.drop, postgresql_url, SERVING)
        for statement in first[:made]:
            postgresql.on_server(postgresql_url, statement)
        execute(make_url(postgresql_url).set(database=SERVING).render_as_string(hide_password=False), *first[made:])
        schema.migrate(as_role(postgresql_url, OWNER))
        execute(as_role(postgresql_url, OWNER), *after)
        serving = as_role(postgresql_url, SERVING)
        found_district(serving)
        yield serving


def test_all_is_done_as_a_role_that_can_neither_change_nor_remove_an_audit_line(
    house: House, district: District, settings: Settings, postgresql_url: str, tmp_path: Path
) -> None:
    holder = hold(house, district.ids["B11"])
    member = district.sign_in_as(district.account(Role.member, "B11", member_id=holder.member_id))
    secretary, officer = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.district_officer, "D")
    asked = member.post("/v1/corrections", json={"changes": {"mobile": "13800138001"}})
    assert asked.status_code == 201, asked.text
    assert secretary.get(f"/v1/corrections/{asked.json()['id']}").status_code == 200
    assert secretary.post(f"/v1/corrections/{asked.json()['id']}/accept").status_code == 200
    text = member.get("/v1/consents/texts").json()["items"][0]["version"]
    assert member.post("/v1/consents/mine", json={"kind": "photo", "text_version": text}).status_code == 201
    assert member.post("/v1/photos/mine", files={"file": ("me.jpg", drawn())}).status_code == 201
    assert district.client.get(f"/C/{holder.code}", headers={"Accept": "application/json"}).json()["outcome"] == "valid"
    moved = officer.post(f"/v1/organizations/{district.ids['V1']}/move", json={"parent_id": str(district.ids["T2"])})
    assert moved.status_code == 200, moved.text
    assert officer.post(f"/v1/cards/{holder.card_id}/revoke", json={"reason": "遗失"}).status_code == 200
    assert district.client.get("/v1/status-lists/0").status_code == 200
    assert None not in keep_house(house, CHORES).values()
    path = tmp_path / "backup.tar"
    serving = settings.model_copy(update={"postgresql_tools": tools_folder()})
    backup(serving, path, SILENT)
    verify_backup(serving, path, SILENT)
    postgresql.on_server(postgresql_url, f"CREATE DATABASE restored OWNER {OWNER}")
    restored = make_url(as_role(settings.database_url, OWNER)).set(database="restored").render_as_string(hide_password=False)
    folder = f"file://{tmp_path / 'restored'}"
    try:
        restore(serving.model_copy(update={"database_url": restored, "storage_url": folder}), path, SILENT)
    finally:
        postgresql.drop(postgresql_url, "restored")
    noted = noted_in_storage(house.storage, house.audit_key).checkpoints
    assert [one.occasion for one in noted] == [Occasion.day, Occasion.backup]
    with house.database.reading(Origin("test")) as work:
        lines, broken = verify(work, house.audit_key, noted)
        assert not may_alter_lines(work)
    assert broken is None and lines > 5

    assert [statement for statement in REFUSED if not is_refused(settings.database_url, statement)] == []
    with house.database.reading(Origin("test")) as work:
        assert verify(work, house.audit_key, noted) == (lines, None)


def test_no_other_role_of_the_server_is_let_in(house: House, settings: Settings, postgresql_url: str) -> None:
    postgresql.on_server(postgresql_url, "CREATE ROLE stranger LOGIN")
    try:
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            execute(as_role(settings.database_url, "stranger"), "SELECT 1")
        assert is_refused(settings.database_url, "CREATE TEMP TABLE mine ()")
    finally:
        postgresql.on_server(postgresql_url, "DROP ROLE stranger")


def test_whatever_the_role_has_set_for_its_sessions_the_trail_and_archives_are_read_as_they_are(
    house: House, district: District, settings: Settings, tmp_path: Path
) -> None:
    holder = hold(house, district.ids["B11"])
    serving = settings.model_copy(update={"postgresql_tools": tools_folder()})
    fill(house, 3)
    for number, one in enumerate(OWN_DEFAULTS):
        execute(settings.database_url, f"ALTER ROLE {SERVING} SET {one}")
        house.database.close()
        with house.database.reading(Origin("test")) as work:
            lines, broken = verify(work, house.audit_key)
            spelled = {name: work.connection().exec_driver_sql(f"SHOW {name}").scalar_one() for name in POSTGRESQL_SPELLING}
            assert work.connection().exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on", "nothing acknowledged is lost"
        assert broken is None, one
        assert spelled == POSTGRESQL_SPELLING | {"datestyle": spelled["datestyle"]}, one
        assert spelled["datestyle"].startswith("ISO"), one
        heard, path = Heard(), tmp_path / f"{number}.tar"
        backup(serving, path, heard.voice)
        assert verify_backup(serving, path, heard.voice).audit_lines == lines, (one, heard.said)
        execute(settings.database_url, f"ALTER ROLE {SERVING} RESET {one.partition(' ')[0]}")
    # Of a large object, which any role may make, nothing goes into a backup, and what is said of it is no row.
    execute(settings.database_url, "SELECT lo_create(4711)", f"COMMENT ON LARGE OBJECT 4711 IS {AS_IF_ROWS}")
    backup(serving, tmp_path / "object.tar", heard.voice)
    assert verify_backup(serving, tmp_path / "object.tar", heard.voice).audit_lines == lines
    assert district.client.get(f"/C/{holder.code}", headers={"Accept": "application/json"}).json()["outcome"] == "valid"
