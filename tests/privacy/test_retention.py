"""What was kept for long enough is forgotten, exactly that, and a dry run says so before."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select, update

from api.adapters.cipher import Cipher
from api.audit.service import verify
from api.database import Origin, Work
from api.house import House
from api.privacy import retention
from api.privacy.paths import FILES, counts_from_membership, goes, lasting, of_persons, spans
from api.row_keys import next_keys
from models import metadata
from models.account import Account, RefreshToken, SignInSession
from models.audit import AuditLine
from models.base import Keep, Personal
from models.enums import Role
from models.erasure import Erasure
from models.file import DiscardedObject, StoredFile
from models.idempotency import IdempotentRequest
from models.member import Member
from tests.accounts.people import enrol
from tests.clock import district_day
from tests.conftest import Caller, District
from tests.privacy.everything import CANARY, LONG_AGO, Everything, every_row
from tests.privacy.gone import enrol_gone, forget_data, write_leaving


def forget(house: House, days: float) -> Counter[str]:
    """Forget what is due so many days after everything has ended; a dry run before, and another after it, agree."""
    now = LONG_AGO + timedelta(days=days)
    foretold = forget_data(house, now, dry_run=True)
    done = forget_data(house, now)
    assert done == foretold
    assert not forget_data(house, now, dry_run=True)
    return done


def _version_of_complaint(house: House) -> tuple[Any, ...]:
    with house.database.reading(Origin("test")) as work:
        table = metadata.tables["complaint"]
        return tuple(work.execute(select(table.c.version, table.c.updated_at)).one())


@pytest.fixture
def ended(district: District, account: Caller, everything: Everything, monkeypatch: pytest.MonkeyPatch) -> Everything:
    """Everything of somebody, and all of it ended at one moment."""
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0)
    with district.work() as work:
        for name in (
            "account",
            "sign_in_session",
            "refresh_token",
            "complaint",
            "evaluation",
            "idempotent_request",
            "membership_event",
        ):
            table = metadata.tables[name]
            moments = {"disabled_at", "ended_at", "used_at", "created_at"} & set(table.columns.keys())
            work.execute(table.update().values(dict.fromkeys(moments, LONG_AGO)))
        one, other = work.exec(select(RefreshToken).order_by(col(RefreshToken.id))).all()
        one.parent_id = other.id
    write_leaving(district.house, everything.keys["member"])
    return everything


@pytest.mark.engine("sqlite")
def test_each_thing_is_forgotten_on_its_day_and_not_before(district: District, ended: Everything) -> None:
    house, username = district.house, district.account(Role.town_officer, "T1")
    with district.work() as work:
        work.execute(update(Account).where(col(Account.username) == username).values(disabled_at=LONG_AGO))
        officer = work.exec(select(Account.id).where(col(Account.username) == username)).one()
    assert not forget(house, 0.9)
    assert forget(house, 1.1) == {"idempotent_request": 1}
    before = _version_of_complaint(house)
    assert forget(house, 2.1) == {"evaluation": 1, "complaint": 1}
    assert _version_of_complaint(house) == before, "whoever decides it meanwhile is not told that it has changed"
    assert forget(house, 31) == {"refresh_token": 2}
    assert not forget(house, 364)
    assert forget(house, 366) == {"sign_in_session": 2, "refusal_count": 1, "account": 1}
    assert not forget(house, 1095)
    with district.work() as work:
        row: dict[str, Any] = {"account_id": officer, "route": "x", "key": "x", "request_digest": "-", "body_sealed": b"of today"}
        work.add(IdempotentRequest(created_at=LONG_AGO + timedelta(days=1096.5), **row))
    assert forget(house, 1097)["member"] == 1
    with district.work() as work:
        assert work.exec(select(IdempotentRequest.body_sealed)).one() == b"of today", "it cannot tell of who has long been gone"
        assert work.get_one(Member, ended.keys["member"]).erased_on is not None
        assert verify(work, house.audit_key)[1] is None
        told = work.exec(select(AuditLine.details).where(col(AuditLine.action) == "forget_personal_data")).all()
        assert len(told) == 5 and told[1]["rows"] == {"complaint": 1, "evaluation": 1}
        assert len(work.exec(select(Erasure)).all()) == 1
    assert not [row for row in every_row(house) if CANARY.encode() in row]


def test_what_is_due_together_is_told_alike_before_and_after(district: District, ended: Everything) -> None:
    """Rows that are due for two reasons are counted once."""
    done = forget(district.house, 5000)
    assert done["sign_in_session"] == done["refresh_token"] == 2
    assert done["correction_request"] == done["honor"] == 1 and done["stored_file"] == 4


def test_what_is_written_about_somebody_after_he_was_erased_goes_with_the_next_day(
    district: District, everything: Everything
) -> None:
    house, officer, member = district.house, district.sign_in(Role.district_officer, "D"), str(everything.keys["member"])
    tables = [table for table in of_persons() if lasting(table)]
    with district.work() as work:
        written = {table: work.execute(table.select()).all() for table in tables}
    assert officer.post("/v1/privacy/erasures", json={"member_id": member, "ground": "asked_for"}).status_code == 200
    with district.work() as work:
        for table, rows in written.items():
            for row in rows:
                values = {column: row._mapping[column] for column in lasting(table)}
                same = [column == row._mapping[column] for column in table.primary_key]
                work.execute(table.update().where(*same).values(values))
        work.execute(metadata.tables["complaint"].update().values(details_sealed=b"of a report that is not decided"))
    assert [row for row in every_row(house) if CANARY.encode() in row]
    told = forget_data(house, datetime.now(UTC), dry_run=True)
    assert told.keys() >= {table.name for table in tables if written[table]}
    assert forget_data(house, datetime.now(UTC)) == told
    assert not [row for row in every_row(house) if CANARY.encode() in row]
    assert not forget_data(house, datetime.now(UTC))
    with district.work() as work:
        assert work.execute(metadata.tables["complaint"].select()).one().details_sealed == b"of a report that is not decided"


def test_what_was_somebody_elses_while_a_member_was_erased_goes_with_the_next_day(
    district: District, everything: Everything
) -> None:
    """Whole rows and pictures, but for what is kept for its own span."""
    house, officer, member = district.house, district.sign_in(Role.district_officer, "D"), str(everything.keys["member"])
    kept = {span.table for span in spans()} - {metadata.tables["correction_request"]}
    tables = [FILES, *(table for table in of_persons() if goes(table) and table not in kept)]
    with district.work() as work:
        work.execute(metadata.tables["correction_request"].update().values(decided_at=None, state="open"))
        parked = {table: work.execute(table.select()).mappings().all() for table in (*tables, metadata.tables["sign_in_session"])}
    assert all(parked.values()) and len(tables) > 5
    assert officer.post("/v1/privacy/erasures", json={"member_id": member, "ground": "asked_for"}).status_code == 200
    with district.work() as work:
        here = {row.id for row in work.execute(metadata.tables["sign_in_session"].select())}
        for table, rows in parked.items():
            for row in (row for row in rows if row["id"] not in here):
                work.execute(table.insert().values(**row))
    assert [row for row in every_row(house) if CANARY.encode() in row]
    told = forget_data(house, datetime.now(UTC), dry_run=True)
    assert forget_data(house, datetime.now(UTC)) == told == {table.name: len(parked[table]) for table in tables}
    with district.work() as work:
        assert not [table.name for table in tables if work.execute(table.select()).all()]
        work.execute(metadata.tables["sign_in_session"].delete().where(metadata.tables["sign_in_session"].c.id.not_in(here)))
        assert len(work.exec(select(DiscardedObject)).all()) == len(parked[FILES])
    assert not [row for row in every_row(house) if CANARY.encode() in row]


@pytest.mark.engine("sqlite")
def test_what_stands_is_kept(district: District, account: Caller, everything: Everything) -> None:
    """A session that goes on, a member who stays: time alone takes nothing from them."""
    with district.work() as work:
        session = work.exec(select(SignInSession).where(col(SignInSession.account_id) == UUID(account.account_id))).first()
        assert session is not None
        session.expires_at, session.ended_at = work.at + timedelta(days=9999), None
        member = work.get_one(Member, everything.keys["member"])
        work.execute(metadata.tables["member"].update().values(left_on=None, status="full"))
        assert member is not None
    done = forget_data(district.house, LONG_AGO + timedelta(days=5000))
    assert not {"member", "pledge", "honor", "account"} & done.keys()
    with district.work() as work:
        assert work.get(SignInSession, session.id) is not None
        assert work.get_one(Member, everything.keys["member"]).full_name.startswith(CANARY)


def test_a_leaving_that_is_dated_back_takes_nothing_before_it_was_itself_kept_for_long_enough(
    district: District, account: Caller, everything: Everything
) -> None:
    key, house = everything.keys["member"], district.house
    with district.work() as work:
        work.execute(
            metadata.tables["member"].update().values(left_on=None, left_kind=None, status="full", joined_on=date(1999, 7, 1))
        )
    day = (district_day() - timedelta(days=4000)).isoformat()
    body = {"kind": "withdrew", "left_on": day, "reason": "写错了年份"}
    assert district.sign_in(Role.secretary, "B11").post(f"/v1/members/{key}/leave", json=body).status_code == 200
    for days, is_forgotten in ((0, False), (1090, False), (1100, True)):
        now = datetime.now(UTC) + timedelta(days=days)
        assert ("member" in forget_data(house, now)) == is_forgotten, days


def test_whom_his_row_alone_says_to_be_erased_is_forgotten_in_his_time_and_nobody_twice(
    district: District, ended: Everything, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, now = district.house, datetime.now(UTC) + timedelta(days=5000)
    enrol_gone(district, "周明")
    with district.work() as work:
        work.execute(update(Member).where(col(Member.id) == ended.keys["member"]).values(erased_on=date(2020, 1, 1)))
    assert forget_data(house, now)["member"] == 2
    assert not [row for row in every_row(house) if CANARY.encode() in row]
    with district.work() as work:
        assert len(work.exec(select(Erasure)).all()) == 2
        back = {"full_name": f"{CANARY}001号", "erased_on": None}
        work.execute(update(Member).where(col(Member.id) == ended.keys["member"]).values(back))
    assert forget_data(house, now)["member"] == 1, "his erasure was undone by hand"
    monkeypatch.setattr(retention, "_forget_member", None)
    assert not forget_data(house, now)


@pytest.mark.engine("sqlite")
def test_what_fails_about_one_member_keeps_none_of_the_others_and_is_told(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, now = district.house, datetime.now(UTC) + timedelta(days=5000)
    first, *others = sorted(enrol_gone(district, "陈国华", "周明", "吴海"))
    username = district.account(Role.member, "B11", member_id=others[-1])
    forget_member = retention._forget_member

    def failing(work: Work, key: UUID, cipher: Cipher) -> Counter[str]:
        done = forget_member(work, key, cipher)
        if key == first:
            raise OSError
        return done

    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(retention, "_forget_member", failing)
    with pytest.raises(OSError):
        forget_data(house, now)
    with district.work() as work:
        assert [work.get_one(Member, key).erased_on is None for key in (first, *others)] == [True, False, False]
        assert not work.exec(select(Account).where(col(Account.username) == username)).all(), "names are taken all the same"
        (line,) = work.exec(select(AuditLine).where(col(AuditLine.action) == "forget_personal_data")).all()
        assert line.details["rows"]["member"] == 2


def test_what_fails_about_one_row_keeps_nothing_else_from_being_forgotten_and_is_told(
    district: District, ended: Everything, engine: str
) -> None:
    """Corrections that pictures hang on: all have a moment that is none, and one is the photo of somebody and cannot be removed."""
    house, now, moment = district.house, datetime.now(UTC) + timedelta(days=5000), "infinity" if engine == "postgresql" else "x"
    (left,), (standing,) = enrol_gone(district, "陈国华"), enrol(district, "B11", "周明")
    username, table = district.account(Role.member, "B11", member_id=left), cast(Any, metadata.tables["correction_request"])
    with district.work() as work:
        row = work.execute(select(table)).mappings().one()
        stuck = {"id": uuid4(), "member_id": standing}
        work.execute(table.insert().values(**(dict(row) | stuck)))
        hung = {"attached_kind": table.name, "attached_id": stuck["id"]}
        work.execute(update(StoredFile).where(col(StoredFile.id) == ended.keys["stored_file"]).values(hung))
        work.execute(text(f"UPDATE stored_file SET created_at = '{moment}'"))
    with pytest.raises(IntegrityError):
        forget_data(house, now)
    assert forget_data(house, now, dry_run=True) == {"correction_request": 1, "stored_file": 1}
    with district.work() as work:
        assert work.get_one(Member, left).erased_on is not None
        assert not work.exec(select(Account).where(col(Account.username) == username)).all()
        (line,) = work.exec(select(AuditLine).where(col(AuditLine.action) == "forget_personal_data")).all()
        assert {"correction_request", "stored_file", "member"} <= line.details["rows"].keys()


@pytest.mark.engine("sqlite")
def test_a_row_whose_key_cannot_be_read_keeps_nobody_else_from_being_forgotten_and_is_told(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of every table of which pieces are found: keys that are no text, none of ours, and otherwise spelled."""
    house, now = district.house, datetime.now(UTC) + timedelta(days=5000)
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    *spoilt, last = sorted(enrol_gone(district, *["陈国华"] * 5))
    with district.work() as work:
        work.execute(text("PRAGMA defer_foreign_keys=ON"))
        for member, key in zip(spoilt, ("'!'", "CAST(x'ff' AS TEXT)", "x'ff'", f"'{str(last).upper()}'"), strict=True):
            work.execute(text(f"UPDATE membership_event SET member_id = '{last.hex}' WHERE member_id = '{member.hex}'"))
            work.execute(text(f"UPDATE member SET id = {key} WHERE id = '{member.hex}'"))
    with pytest.raises(ValueError):
        forget_data(house, now)
    with district.work() as work:
        assert work.get_one(Member, last).erased_on is not None


@pytest.mark.engine("sqlite")
def test_a_key_that_is_stored_as_bytes_is_told_and_keeps_nobody_else_from_being_forgotten(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, now = district.house, datetime.now(UTC) + timedelta(days=5000)
    monkeypatch.setattr(retention, "PAUSE_SECONDS", 0)
    spoilt, last = sorted(enrol_gone(district, "陈国华", "周明"))
    with district.work() as work:
        work.execute(text("PRAGMA defer_foreign_keys=ON"))
        work.execute(text(f"UPDATE membership_event SET member_id = '{last.hex}' WHERE member_id = '{spoilt.hex}'"))
        work.execute(text(f"UPDATE member SET id = CAST(id AS BLOB) WHERE id = '{spoilt.hex}'"))
    with pytest.raises(ValueError, match="stored otherwise"):
        forget_data(house, now)
    with district.work() as work:
        assert work.get_one(Member, last).erased_on is not None


def test_a_user_name_that_only_begins_like_a_pseudonym_goes_too(district: District) -> None:
    house, now = district.house, datetime.now(UTC) + timedelta(days=5000)
    (left,) = enrol_gone(district, "秦红梅")
    username = district.account(Role.member, "B11", member_id=left)
    with district.work() as work:
        work.execute(update(Account).where(col(Account.username) == username).values(username="已删除-秦红梅"))
    assert forget_data(house, now)["member"] == 1
    with district.work() as work:
        account = work.exec(select(Account).where(col(Account.member_id) == left)).one()
        assert account.username == f"已删除-{account.id.hex if house.database.is_sqlite else account.id}"


def test_keys_of_every_table_are_found_as_texts_and_read_as_what_they_are(everything: Everything, district: District) -> None:
    read = 0
    with district.work() as work:
        for table in {*of_persons(), *(span.table for span in spans()), metadata.tables["stored_file"], metadata.tables["account"]}:
            query = cast(Any, table).select().with_only_columns(*table.primary_key).order_by(*table.primary_key)
            whole = [tuple(row) for row in work.execute(query)]
            found = next_keys(work, table, cast(Any, table).select(), None, 1000)
            assert [key.read() for key in found] == whole, table.name
            for key in found:
                behind = next_keys(work, table, cast(Any, table).select(), key, 1000)
                assert behind == found[found.index(key) + 1 :], table.name
            read += len(found)
    assert read > 20


@pytest.mark.engine("sqlite")
def test_it_is_done_in_pieces_and_goes_on_where_it_was_stopped(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        with district.work() as work:
            work.record_batch("count_cards", "card")
        if len(pauses) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(retention, "sleep", pause)
    caller = district.sign_in(Role.member, "B11")
    with district.work() as work:
        for _ in range(7):
            row: dict[str, Any] = {"account_id": UUID(caller.account_id), "route": "x", "request_digest": "-"}
            work.add(IdempotentRequest(key=uuid4().hex, created_at=LONG_AGO, **row))
    now = LONG_AGO + timedelta(days=2)
    with pytest.raises(KeyboardInterrupt):
        forget_data(district.house, now)
    with district.work() as work:
        assert len(work.exec(select(IdempotentRequest)).all()) == 3
        (line,) = work.exec(select(AuditLine).where(col(AuditLine.action) == "forget_personal_data")).all()
        assert line.details["rows"] == {"idempotent_request": 4}
    assert forget_data(district.house, now) == {"idempotent_request": 3}


def test_each_personal_value_is_kept_for_a_known_time() -> None:
    """By its own span, until three years after the membership, or with its record, which an erasure ends."""
    spanned = {column for span in spans() for column in span.columns}
    for table in of_persons():
        for column in table.columns:
            if column.info["personal"] is not Personal.none and column.info["retain_days"] is not None:
                assert column in spanned or counts_from_membership(column) or table.name in {span.table.name for span in spans()}
                assert column in spanned or column.info["retain_days"] == Keep.membership, column
