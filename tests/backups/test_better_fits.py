"""Whoever owns the database may put operators and functions into our schema whose types fit what the catalogues are asked with
better than the server's own do: nothing that looks at definitions is taken in by them."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from api import schema
from api.audit.service import may_alter_lines
from api.backups import postgresql, rules
from api.backups.service import backup, restore
from api.backups.voice import STAYS_UNPROVEN
from api.settings import Settings
from tests.audit.trail import break_of
from tests.backups.installation import SILENT, Heard, Installation, change, serving

ON_ENGINES = ("postgresql",)
CATALOGUE = re.compile(r"\b(?:FROM|JOIN) (?:pg_catalog\.)?(pg_\w+)")
CALLED = re.compile(r"\b([a-z_]+)\((?![*)])")
PRIVILEGE = "CREATE FUNCTION public.has_table_privilege(varchar, varchar) RETURNS bool LANGUAGE sql AS 'SELECT false'"
FITTING = """
DO $made$
DECLARE
    kinds regtype[] := ARRAY(
        SELECT DISTINCT format_type(atttypid, NULL)::regtype FROM pg_attribute a JOIN pg_type t ON t.oid = atttypid
        WHERE attrelid = ANY ('{{{catalogues}}}'::regclass[]) AND typcategory NOT IN ('A', 'P')
        UNION SELECT unnest('{{int4,int8,text,regclass,regtype,regproc,regnamespace,regcollation}}'::regtype[]));
    called text[] := ARRAY(SELECT DISTINCT proname FROM pg_proc WHERE proname = ANY ('{{{functions}}}'));
    does text := ' RETURNS bool STABLE LANGUAGE plpgsql AS ''BEGIN RAISE EXCEPTION $$taken$$; END''';
    a regtype; b regtype; c regtype; name text;
BEGIN
    SET LOCAL check_function_bodies = off;
    FOREACH a IN ARRAY kinds LOOP
        FOREACH name IN ARRAY called LOOP
            EXECUTE format('CREATE FUNCTION public.%I(%s)', name, a) || does;
        END LOOP;
        FOREACH b IN ARRAY kinds LOOP
            EXECUTE format('CREATE FUNCTION public.fits(%s, %s)', a, b) || does;
            FOREACH name IN ARRAY '{{=,<>,<,>,<=,>=,||,~,!~,~~,!~~}}'::text[] LOOP
                EXECUTE format('CREATE OPERATOR public.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = public.fits)', name, a, b);
            END LOOP;
            FOREACH name IN ARRAY called LOOP
                EXECUTE format('CREATE FUNCTION public.%I(%s, %s)', name, a, b) || does;
                FOREACH c IN ARRAY '{{int4,text,name,oid}}'::regtype[] LOOP
                    EXECUTE format('CREATE FUNCTION public.%I(%s, %s, %s)', name, a, b, c) || does;
                END LOOP;
            END LOOP;
        END LOOP;
    END LOOP;
END $made$
"""
"""For the types of whatever the catalogues' columns hold, and of what is compared with them."""


@contextmanager
def listening() -> Iterator[list[str]]:
    """The statements that ask a catalogue."""
    asked: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if CATALOGUE.search(statement):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", listen)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", listen)


def test_what_fits_better_than_the_server_s_own_is_not_taken_by_what_looks_at_definitions(
    living: Installation, new_place: Callable[[], Settings], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, heard = tmp_path / "backup.tar", Heard()

    def lost(_: postgresql.PostgresqlPlace) -> None:
        raise OSError("as if the connection were lost at the last step")

    def take_back(place: Settings) -> None:
        with monkeypatch.context() as failing:
            failing.setattr(postgresql.PostgresqlPlace, "finish", lost)
            with pytest.raises(OSError, match="at the last step"):
                restore(place, path, heard.voice)

    with listening() as asked:
        backup(living.settings, path, heard.voice)
        schema.check(living.settings.database_url)
        take_back(new_place())
    usual = set(heard.said)
    catalogues = {name for one in asked for name in CATALOGUE.findall(one)}
    functions = {name for one in asked for name in CALLED.findall(one)}
    assert {"pg_class", "pg_trigger", "pg_namespace", "pg_depend"} <= catalogues and {"starts_with", "format"} <= functions
    fitting = FITTING.format(catalogues=",".join(sorted(catalogues)), functions=",".join(sorted(functions)))
    there = new_place()
    for place in (living.settings, there):
        change(place, "SET LOCAL search_path = pg_catalog", PRIVILEGE, fitting.replace(":", "\\:"))
    broken = break_of(living.district.house)
    assert broken is not None and broken.why == "not_as_made"
    assert all(re.match("function|operator", one) for one in broken.found), broken.found
    schema.check(living.settings.database_url)
    with living.district.work() as work:
        assert may_alter_lines(work)
    with serving(living.settings) as client:
        assert client.get("/readyz").status_code == 200
    backup(living.settings, tmp_path / "next.tar", heard.voice)
    take_back(there)
    (told,) = (said for said in heard.said if "CAUTION" in said and said not in usual)
    assert "not_as_made" in told
    assert STAYS_UNPROVEN.en not in heard.said
    with pytest.raises(rules.NotProven, match="not_as_made"):
        restore(there, path, SILENT)
    schema.check(there.database_url)
