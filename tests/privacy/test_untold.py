"""Nobody is erased with time but whom the audit trail tells to have left, as long as it holds as a whole."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlmodel import col, select, update

from api import logs
from api.audit import queries
from api.audit.checkpoints import write_daily
from api.audit.service import verify
from api.database import Origin
from api.house import House
from api.privacy import retention
from api.privacy.rules import LeavingUntold, TrailBroken
from models.audit import AuditHead, AuditLine
from models.enums import MemberStatus
from models.erasure import Erasure
from models.member import Member
from tests.accounts.people import enrol
from tests.audit.trail import break_of, owning
from tests.conftest import District
from tests.privacy.everything import LONG_AGO
from tests.privacy.gone import enrol_gone, forget_data, write_leaving

DUE = LONG_AGO + timedelta(days=1096)


def let_all_have_left(district: District) -> None:
    """By what the rows say alone, which somebody has set, they all left long ago."""
    with district.work() as work:
        work.execute(update(Member).values(status=MemberStatus.left, left_on=date(2019, 1, 1)))


def standing(district: District) -> set[object]:
    with district.work() as work:
        return set(work.exec(select(Member.id).where(col(Member.full_name) != "已删除")).all())


def test_nobody_is_erased_with_time_of_whose_leaving_the_trail_does_not_tell(
    district: District, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    logs.configure("ERROR")
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    house = district.house
    (gone,) = enrol_gone(district, "陈国华")
    stays, marked, back, lately = enrol(district, "B11", "周明", "吴海", "孙丽", "郑明")
    write_leaving(house, back, lately)
    write_leaving(house, back, action="restore_member")
    write_leaving(house, lately, at=LONG_AGO + timedelta(days=2))
    let_all_have_left(district)
    with district.work() as work:
        work.execute(update(Member).where(col(Member.id) == marked).values(erased_on=date(2020, 1, 1)))
    for _ in range(2):
        with pytest.raises(LeavingUntold) as told:
            forget_data(house, DUE)
        assert told.value.params == {"count": 4}
    assert standing(district) == {stays, back, lately}
    with district.work() as work:
        assert len(work.exec(select(Erasure)).all()) == 1
        (line,) = work.exec(select(AuditLine).where(col(AuditLine.action) == "erase_data")).all()
        assert (line.target_id, line.details["ground"]) == (gone, "kept_long_enough")
    error = capfd.readouterr().err
    assert "leaving_untold" in error and all(one.hex in error.replace("-", "") for one in (stays, back, lately, marked))


def test_no_line_that_somebody_without_the_key_has_written_tells_of_a_leaving(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in place of none nor behind that of a coming back."""
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0)
    house, (forged, hidden) = district.house, enrol(district, "B11", "王芳", "秦红梅")
    write_leaving(house, hidden)
    write_leaving(house, hidden, action="restore_member")
    let_all_have_left(district)
    with district.work() as work:
        last = work.execute(text("SELECT max(seq) FROM audit_line")).scalar_one()
        for number, one in ((3, forged), (5, hidden)):
            said: dict[str, Any] = {"target_kind": "member", "target_id": one, "request_id": "x", "details": {}, "mac": "0" * 64}
            work.add(AuditLine(seq=last + number, at=LONG_AGO, action="leave_member", **said))
    with pytest.raises(LeavingUntold) as told:
        forget_data(house, DUE)
    assert told.value.params == {"count": 2} and standing(district) == {forged, hidden}


def altered(house: House) -> Callable[[Connection], None]:
    """The line of a coming back is put under another word."""
    return lambda connection: _rename(connection, "restore_member", "restored_member")


def set_back(house: House) -> Callable[[Connection], None]:
    """The trail ends where it has ended before, under the seal of then, and only what was noted elsewhere tells it."""
    with house.database.reading(Origin("test")) as work:
        before = queries.head(work.connection())
    assert before is not None

    def cut(connection: Connection) -> None:
        connection.execute(text("DELETE FROM audit_line WHERE seq > :seq"), {"seq": before.seq})
        connection.execute(update(AuditHead).values(before._asdict()))

    return cut


def _rename(connection: Connection, before: str, after: str) -> None:
    done = connection.execute(update(AuditLine).where(col(AuditLine.action) == before).values(action=after))
    assert done.rowcount == 1


@pytest.mark.parametrize("how", (altered, set_back), ids=lambda how: how.__name__)
def test_nobody_is_erased_with_time_where_the_trail_does_not_hold(
    district: District,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    how: Callable[[House], Callable[[Connection], None]],
) -> None:
    """For a night somebody takes away that a member has come back: neither he nor anybody else is erased, since nobody knows."""
    logs.configure("ERROR")
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0)
    house, (gone,), (back,) = district.house, enrol_gone(district, "陈国华"), enrol(district, "B11", "孙丽")
    write_leaving(house, back)
    tamper = how(house)
    write_leaving(house, back, action="restore_member")
    assert write_daily(house.database, house.storage, house.audit_key, datetime.now(UTC)) == 1
    let_all_have_left(district)
    with owning(house) as connection:
        tamper(connection)
    with pytest.raises(TrailBroken) as told:
        forget_data(house, DUE)
    assert told.value.params["count"] == 2 and standing(district) == {gone, back}
    assert "trail_broken" in capfd.readouterr().err
    with district.work() as work:
        assert not work.exec(select(Erasure)).all()
    if how is altered:
        with owning(house) as connection:
            _rename(connection, "restored_member", "restore_member")
        with pytest.raises(LeavingUntold):
            forget_data(house, DUE)
        assert standing(district) == {back} and break_of(house) is None


def test_the_trail_is_walked_once_where_anybody_is_due_and_not_where_nobody_is(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(retention, "AT_ONCE", 1)
    walks: list[object] = []

    def walked(*told: Any) -> Any:
        walks.append(told)
        return verify(*told)

    monkeypatch.setattr(retention, "verify", walked)
    enrol_gone(district, "陈国华", "周明", "吴海")
    for now, number in ((DUE - timedelta(days=3), 0), (DUE, 1), (DUE, 1)):
        forget_data(district.house, now)
        assert len(walks) == number
    assert not standing(district)
