"""On PostgreSQL catalogues are told as of a snapshot, and tables found as of now: what was looked at is what is walked."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.audit import queries
from api.audit.definitions import queries as definitions
from api.audit.rules import Break
from api.audit.service import verify
from api.audit.words import reason
from api.house import House
from models.audit import AuditLine
from tests.audit.trail import break_of, fill, tampering

pytestmark = pytest.mark.engine("postgresql")

COLUMNS = ", ".join(AuditLine.model_fields)
AS_IT_WAS = COLUMNS.replace("action", "CASE seq WHEN 2 THEN 'count_cards' ELSE action END AS action")
SWAPPED = (
    "ALTER SCHEMA public RENAME TO away; CREATE SCHEMA public; CREATE VIEW public.audit_head AS SELECT * FROM away.audit_head; "
    f"CREATE VIEW public.audit_line AS SELECT {AS_IT_WAS} FROM away.audit_line"
)
"""Views that show what the lines once told, under the names of the tables."""
SWAPPED_BACK = "ALTER SCHEMA public RENAME TO former; ALTER SCHEMA away RENAME TO public"


def doing(house: House, statements: str) -> None:
    with house.database.engine.begin() as connection:
        for statement in statements.split("; "):
            connection.exec_driver_sql(statement)


@pytest.fixture
def looking(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Has something done behind the first look at the definitions, and something before the last one."""
    first, last = definitions.is_disguised, definitions.not_as_made

    def between(behind: str, before: str) -> None:
        def then(work: Any) -> bool:
            told = first(work)
            doing(house, behind)
            return told

        def at_last(work: Any) -> list[str]:
            doing(house, before)
            return last(work)

        monkeypatch.setattr(definitions, "is_disguised", then)
        monkeypatch.setattr(definitions, "not_as_made", at_last)

    yield between
    monkeypatch.undo()
    doing(house, "DROP SCHEMA IF EXISTS former CASCADE; DROP SCHEMA IF EXISTS mine CASCADE")


def test_tables_that_were_others_only_while_they_were_walked_are_told(house: House, looking: Callable[[str, str], None]) -> None:
    fill(house, 5)
    doing(
        house,
        "ALTER TABLE audit_line DISABLE TRIGGER USER; UPDATE audit_line SET action = 'nothing' WHERE seq = 2; "
        "ALTER TABLE audit_line ENABLE TRIGGER USER",
    )
    assert break_of(house) == Break(2, "altered")
    looking(SWAPPED, SWAPPED_BACK)
    broken = break_of(house)
    assert broken == Break(6, "changed_meanwhile")
    assert "run it again" in reason(broken).en


def test_what_is_done_beside_our_definitions_is_let_pass(house: House, looking: Callable[[str, str], None]) -> None:
    fill(house, 5)
    looking("ANALYZE audit_line; CREATE TEMP TABLE passing (a int)", "UPDATE audit_head SET seal = seal; CREATE SCHEMA mine")
    assert break_of(house) is None


def test_the_rows_of_an_heir_are_no_lines_of_the_trail(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(house, 5)
    # As where it was not there yet when the definitions were looked at.
    monkeypatch.setattr(definitions, "is_disguised", lambda _: False)
    with tampering(house) as work:
        for statement in (
            "CREATE TABLE heir () INHERITS (audit_line)",
            "CREATE TABLE heir_of_the_end () INHERITS (audit_head)",
            "INSERT INTO heir SELECT * FROM audit_line WHERE seq = 3",
            "INSERT INTO heir_of_the_end SELECT * FROM audit_head",
        ):
            work.connection().exec_driver_sql(statement)
        mac = work.connection().exec_driver_sql("SELECT mac FROM heir").scalar_one()
        work.connection().exec_driver_sql("DELETE FROM ONLY audit_line WHERE seq = 3")
        assert verify(work, house.audit_key) == (2, Break(3, "missing"))
        assert not queries.holds(work, 3, mac) and queries.lines_numbered(work, [3]) == [] and queries.next_line(work, 2) == 4
        end = queries.head(work.connection())
        assert end is not None and queries.set_head(work, end)
