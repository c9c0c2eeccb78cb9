"""An UPDATE says itself which version of a row it changes: who has loaded the row without a lock loses nobody's change."""

from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from api.access.scope import Access
from api.database import Origin, Work
from api.errors import PreconditionFailed
from api.versions import etag
from models.base import Record
from models.enums import Role
from models.organization import Organization
from tests.conftest import District


def loaded(district: District, *codes: str) -> list[Organization]:
    """Organisations as they stand now, loaded without a lock by a connection of their own."""
    with district.house.database.reading(Origin("test")) as work:
        return [work.get_one(Organization, district.ids[code]) for code in codes]


def named(district: District) -> dict[str, tuple[str, int]]:
    """The names of the branches and their versions, by code."""
    with district.house.database.reading(Origin("test")) as work:
        rows = work.exec(select(Organization).where(col(Organization.code).startswith("B"))).all()
        return {row.code: (row.name, row.version) for row in rows}


def rename(district: District, code: str, name: str) -> None:
    with district.work() as work:
        work.get_one(Organization, district.ids[code]).name = name


def kinds(kind: type[Record]) -> list[type[Record]]:
    return [one for below in kind.__subclasses__() for one in (below, *kinds(below))]


def test_every_row_with_a_version_says_it_when_it_is_written() -> None:
    tables = [kind for kind in kinds(Record) if hasattr(kind, "__table__")]
    assert tables and all(kind.__mapper__.version_id_col is kind.__table__.c.version for kind in tables)  # type: ignore[attr-defined]


def test_of_two_changes_from_one_version_the_later_is_refused(district: District) -> None:
    (row,) = loaded(district, "B11")
    rename(district, "B11", "先到党支部")
    with pytest.raises(PreconditionFailed), district.work() as late:
        late.add(row)
        row.name = "后到党支部"
    assert named(district)["B11"] == ("先到党支部", 2)


def test_what_has_changed_since_it_was_read_is_not_deleted(district: District) -> None:
    (row,) = loaded(district, "B11")
    rename(district, "B11", "先到党支部")
    with pytest.raises(PreconditionFailed), district.work() as late:
        late.delete(row)
    assert named(district)["B11"] == ("先到党支部", 2)


def test_a_change_in_between_is_answered_412_even_where_nothing_is_locked(
    district: District, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if engine == "sqlite":
        pytest.skip("one piece of work writes at a time")
    officer = district.sign_in(Role.district_officer, "D")

    def get(access: Access, work: Work, kind: type[Organization], key: UUID, *_: object) -> Organization:
        row = work.get_one(kind, key)
        rename(district, "B11", "先到党支部")
        return row

    monkeypatch.setattr(Access, "get", get)
    answer = officer.patch(f"/v1/organizations/{district.ids['B11']}", json={"name": "后到党支部"}, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition_failed"), answer.text
    assert named(district)["B11"] == ("先到党支部", 2)


def test_a_batch_is_written_by_one_statement_for_all_that_changed_alike(district: District) -> None:
    statements: list[str] = []
    event.listen(
        district.house.database.engine,
        "before_cursor_execute",
        lambda connection, cursor, statement, *more: statements.append(statement),
    )
    with district.work() as work:
        rows = work.exec(select(Organization).where(col(Organization.code).startswith("B"))).all()
        for row in rows:
            row.name += "（新）"
        rows[0].service_phone = None
        work.flush_batch()
        assert not work.dirty
    assert len([statement for statement in statements if statement.startswith("UPDATE organization")]) == 2
    assert all(name.endswith("（新）") and version == 2 for name, version in named(district).values())
    rename(district, "B11", "又改名")
    assert named(district)["B11"] == ("又改名", 3)


def test_a_batch_in_which_one_row_has_changed_since_is_refused_as_a_whole(district: District) -> None:
    rows = loaded(district, "B11", "B12", "B21")
    rename(district, "B12", "先到党支部")
    before = named(district)
    with pytest.raises(PreconditionFailed), district.work() as late:
        for row in rows:
            late.add(row)
            row.name = "后到党支部"
        late.flush_batch()
    assert named(district) == before


def test_the_tag_of_what_is_not_written_yet_is_told_to_nobody(district: District) -> None:
    with district.work() as work:
        row = work.get_one(Organization, district.ids["B11"])
        assert etag(row) == '"1"'
        row.name = "上塘村先锋党支部"
        with pytest.raises(RuntimeError):
            etag(row)
        work.flush()
        assert etag(row) == '"2"'
