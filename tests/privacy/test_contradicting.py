"""Members whose own rows contradict what is written down of erasures are told."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, update
from sqlmodel import col
from structlog.testing import capture_logs
from typer.testing import CliRunner

from api.cli import app
from api.housekeeping import CHORES, keep_house
from api.privacy import contradicting, notes
from api.privacy.contradicting import check_members
from api.privacy.erasing import digest_of
from api.privacy.notes import Noted
from api.privacy.replay import replay_erasures
from api.privacy.rules import MembersContradicted
from api.settings import Settings
from models.audit import AuditLine
from models.enums import Role
from models.erasure import Erasure
from models.erasure_enums import ErasureGround
from models.member import Member
from tests.accounts.people import enrol
from tests.clock import district_day
from tests.conftest import District
from tests.privacy.everything import LONG_AGO
from tests.privacy.exchanged import erase_by_name, exchange
from tests.privacy.gone import enrol_gone, forget_data
from tests.privacy.keyless import without_key
from tests.serving import environment


def told(district: District) -> set[UUID]:
    """Whom the log names, of those who bear a key; the housekeeping has failed where it names anybody."""
    house = district.house
    with capture_logs() as lines:
        try:
            assert check_members(house.database, house.storage, house.cipher, house.audit_key, datetime.now(UTC)) == 0
            count = 0
        except MembersContradicted as refusal:
            count = int(str(refusal.params["count"]))
    named = [one for line in lines if line["event"] == "members_contradicted" for one in line["members"]]
    assert len(named) == count
    return {UUID(one) for one in named if one != "NULL"}


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contradicting, "AT_ONCE", 2)


def test_who_had_somebody_elses_key_while_an_officer_erased_him_is_told_and_so_is_the_other(
    district: District, settings: Settings
) -> None:
    stays, leaves, honest, *_ = enrol(district, "B11", "王秀兰", "陈国华", "周明", "吴海", "孙丽")
    assert erase_by_name(district, "周明") == honest
    exchange(district, stays, leaves)
    assert erase_by_name(district, "陈国华") == stays
    assert told(district) == set()
    assert keep_house(district.house, {"members_checked": CHORES["members_checked"]}) == {"members_checked": 0}
    audit = CliRunner().invoke(app, ["audit", "verify"], env=environment(settings))
    assert audit.exit_code == 0, audit.output
    exchange(district, stays, leaves)
    assert told(district) == {stays, leaves}
    assert keep_house(district.house, {"members_checked": CHORES["members_checked"]}) == {"members_checked": None}
    audit = CliRunner().invoke(app, ["audit", "verify"], env=environment(settings))
    assert audit.exit_code == 1
    assert "删除记录" in audit.output and all(one.hex in audit.output.replace("-", "") for one in (stays, leaves))
    assert honest.hex not in audit.output.replace("-", "")


def test_who_was_given_the_key_of_somebody_who_was_erased_is_told(district: District) -> None:
    stays, leaves = enrol(district, "B11", "王秀兰", "陈国华")
    assert erase_by_name(district, "陈国华") == leaves
    exchange(district, stays, leaves)
    assert told(district) == {stays, leaves}, "the row of 王秀兰 has the one key, what is left of 陈国华 the other"


def test_an_erasure_that_the_storage_alone_tells_is_held_against_the_rows_too(district: District) -> None:
    (leaves,) = enrol(district, "B11", "陈国华")
    erase_by_name(district, "陈国华")
    with district.work() as work:
        work.execute(delete(Erasure))
        work.execute(update(Member).values(erased_on=None))
    assert told(district) == {leaves}


@pytest.mark.parametrize("way", ["by an officer", "by a restoration", "with time"])
def test_an_erasure_that_was_taken_back_before_the_storage_was_told_is_told_by_the_trail(
    district: District, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    house, now = district.house, datetime.now(UTC)
    monkeypatch.setattr(notes, "note_erasures", lambda *_: None)
    (leaves,) = enrol_gone(district, "陈国华")
    stays, gone = enrol(district, "B11", "王秀兰", "周明")
    assert erase_by_name(district, "周明") == gone
    body = {"member_id": str(leaves), "ground": "asked_for"}
    if way == "by an officer":
        assert district.sign_in(Role.district_officer, "D").post("/v1/privacy/erasures", json=body).status_code == 200
    elif way == "by a restoration":
        noted = Noted(digest_of(house.cipher, leaves), district_day(), ErasureGround.asked_for)
        assert replay_erasures(house.database, house.cipher, [noted], now).done == 1
    else:
        assert forget_data(house, LONG_AGO + timedelta(days=1096))["member"] == 1
    assert told(district) == set()
    with district.work() as work:
        work.execute(delete(Erasure).where(col(Erasure.person_digest) == digest_of(house.cipher, leaves)))
        work.execute(update(Member).where(col(Member.id) == leaves).values(erased_on=None, full_name="陈国华"))
        # Made up by somebody without the key.
        work.add(
            AuditLine(seq=900, at=now, action="erase_data", target_kind="member", target_id=stays, request_id="x", mac="0" * 64)
        )
    assert told(district) == {leaves}
    assert district.sign_in(Role.district_officer, "D").post("/v1/privacy/erasures", json=body).status_code == 200
    assert told(district) == set()


@pytest.mark.engine("sqlite")
def test_whose_key_is_spelled_otherwise_is_told(district: District) -> None:
    """No digest is made of it, so nobody knows whether he was erased."""
    enrol(district, "B11", "王秀兰")
    other = uuid4()
    with district.work() as work:
        row = work.connection().exec_driver_sql("SELECT * FROM member LIMIT 1").mappings().one()
        values = [other.hex.upper() if name == "id" else value for name, value in row.items() if name != "identity_digest"]
        names = ", ".join(name for name in row if name != "identity_digest")
        work.connection().exec_driver_sql(f"INSERT INTO member ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values))
    assert told(district) == {other}


def test_whom_his_row_alone_says_to_be_erased_is_told(district: District) -> None:
    marked, _, _ = enrol(district, "B11", "陈国华", "周明", "吴海")
    with district.work() as work:
        work.execute(update(Member).where(col(Member.id) == marked).values(erased_on=date(2026, 1, 1)))
    assert told(district) == {marked}


@pytest.mark.parametrize("count", [1, 5])
def test_rows_that_bear_no_key_keep_nobody_else_from_being_told(district: District, engine: str, count: int) -> None:
    """There are more of them than are read at once, too: on SQLite they stand before all others."""
    marked, _, other = enrol(district, "B11", "陈国华", "周明", "吴海")
    erase_by_name(district, "吴海")
    with district.work() as work:
        work.execute(update(Member).where(col(Member.id) == marked).values(erased_on=date(2026, 1, 1)))
        work.execute(update(Member).where(col(Member.id) == other).values(erased_on=None))
        for statement in without_key(engine, count):
            work.connection().exec_driver_sql(statement)
    assert told(district) == {marked, other}


@pytest.mark.parametrize("kind", ["member", "erasure", "organization"])
def test_an_index_that_leaves_rows_out_is_told_though_none_is_seen(
    district: District, settings: Settings, engine: str, kind: str
) -> None:
    if engine == "postgresql":
        pytest.skip("nobody writes what an index is there but the server")
    enrol(district, "B11", "王秀兰", "陈国华")
    erase_by_name(district, "陈国华")
    hiding = f"CREATE INDEX mine ON {kind} (id) WHERE created_at IS NOT NULL"
    with district.work() as work:
        for statement in (
            f"{hiding} AND id IS NULL",
            "PRAGMA writable_schema=ON",
            f"UPDATE sqlite_master SET sql = '{hiding}' WHERE name = 'mine'",
        ):
            work.connection().exec_driver_sql(statement)
    audit = CliRunner().invoke(app, ["audit", "verify"], env=environment(settings))
    assert audit.exit_code == 1 and "mine" in audit.output
