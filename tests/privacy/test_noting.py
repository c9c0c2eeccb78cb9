"""Noting erasures comes to an end whatever somebody has written into their rows."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlmodel import col, func, select

from api import logs
from api.privacy import notes, queries
from api.privacy.notes import note_erasures, noted_in
from models.enums import MemberStatus, Role
from models.erasure import Erasure
from tests.accounts.people import enrol
from tests.conftest import District


def test_noting_ends_where_rows_bear_no_key_and_the_others_are_noted_all_the_same(
    district: District, engine: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure("ERROR")
    monkeypatch.setattr(notes, "AT_ONCE", 3)
    house = district.house
    (one,) = enrol(district, "B11", "陈国华", status=MemberStatus.left)
    with district.work() as work:
        if engine == "sqlite":
            made = work.execute(text("SELECT sql FROM sqlite_master WHERE name = 'erasure'")).scalar_one()
            work.execute(text("DROP TABLE erasure"))
            work.connection().exec_driver_sql(made.replace("id CHAR(32) NOT NULL", "id CHAR(32)"))
        else:
            work.execute(text("ALTER TABLE erasure DROP CONSTRAINT pk_erasure"))
            work.execute(text("ALTER TABLE erasure ALTER COLUMN id DROP NOT NULL"))
        for number in range(3):
            row = "NULL, '2026-01-01 00:00:00', '2026-01-01 00:00:00', 1, :digest, '2026-01-01', 'asked_for'"
            names = "id, created_at, updated_at, version, person_digest, erased_on, ground"
            work.execute(text(f"INSERT INTO erasure ({names}) VALUES ({row})"), {"digest": f"{number:064x}"})
    asked: list[int] = []

    def found(*told: object) -> list[queries.Told]:
        asked.append(1)
        assert len(asked) < 9, "it goes on for ever"
        return unnoted(*told)  # type: ignore[arg-type]

    unnoted = queries.unnoted_erasures
    monkeypatch.setattr(queries, "unnoted_erasures", found)
    body = {"member_id": str(one), "ground": "asked_for"}
    assert district.sign_in(Role.town_officer, "T1").post("/v1/privacy/erasures", json=body).status_code == 200
    note_erasures(house.database, house.storage, house.audit_key, datetime.now(UTC))
    assert len(asked) < 5 and "erasures_not_told" in capfd.readouterr().err
    with district.work() as work:
        digest = work.exec(select(Erasure.person_digest).where(col(Erasure.id).is_not(None))).one()
        assert work.exec(select(func.count()).select_from(Erasure)).one() == 4
    assert digest in {noted.person_digest for noted in noted_in(house.storage, house.audit_key).erasures}
