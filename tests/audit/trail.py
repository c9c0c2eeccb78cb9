"""A trail to be tampered with, as whoever owns the database could."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, delete, text, update
from sqlmodel import col, select

from api.audit.rules import Break
from api.audit.service import chain, verify
from api.database import Origin, Work
from api.house import House
from models.audit import AuditLine


def lines_of(house: House) -> list[AuditLine]:
    with house.database.reading(Origin("test")) as work:
        return list(work.exec(select(AuditLine).order_by(col(AuditLine.seq))).all())


def break_of(house: House) -> Break | None:
    with house.database.reading(Origin("test")) as work:
        return verify(work, house.audit_key)[1]


def fill(house: House, count: int) -> None:
    """Write some audit lines, a few in each transaction."""
    done = 0
    while done < count:
        with house.database.writing(Origin(f"request-{done}")) as work:
            for _ in range(min(3, count - done)):
                work.record_batch("count_cards", "card", number=done, fields=["name", "kind"])
                done += 1


@contextmanager
def tampering(house: House) -> Iterator[Work]:
    """Work with the database as its administrator could, the triggers dropped; all of it is thrown away."""
    with house.database.reading(Origin("tamper")) as work:
        if house.database.is_sqlite:
            for name in ("update", "delete"):
                work.connection().execute(text(f"DROP TRIGGER audit_line_stays_{name}"))
        else:
            work.connection().execute(text("ALTER TABLE audit_line DISABLE TRIGGER ALL"))
        yield work


@contextmanager
def owning(house: House) -> Iterator[Connection]:
    """Work with the tables as their owner could, and leave their triggers as they were."""
    with house.database.engine.begin() as connection:
        if house.database.is_sqlite:
            made = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
            for name, _ in made:
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            yield connection
            for _, statement in made:
                connection.exec_driver_sql(statement)
        else:
            connection.exec_driver_sql("ALTER TABLE audit_line DISABLE TRIGGER USER")
            yield connection
            connection.exec_driver_sql("ALTER TABLE audit_line ENABLE TRIGGER USER")


def alter(work: Work, which: int, /, **values: Any) -> None:
    done = work.connection().execute(update(AuditLine).where(col(AuditLine.seq) == which).values(**values))
    assert done.rowcount == 1


def cut(work: Work, *seqs: int) -> None:
    work.connection().execute(delete(AuditLine).where(col(AuditLine.seq).in_(seqs)))


def swap(work: Work, one: int, other: int) -> None:
    for seq, new in ((one, -1), (other, one), (-1, other)):
        alter(work, seq, seq=new)


def go_on(house: House, work: Work, count: int) -> None:
    """Write some more lines, as the program does."""
    work.writes = True
    for _ in range(count):
        work.record_batch("count_cards", "card")
    chain(house.audit_key)(work)
    work.flush()
    work.entries.clear()
    work.expunge_all()
