"""Whoever was erased after a backup is erased again when it is restored, also where he still was a member then."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from api.adapters.storages import open_storage
from api.audit.service import verify as verify_trail
from api.backups.erased import known_erasures
from api.backups.rules import (
    ErasuresAhead,
    ErasuresMissing,
    ErasuresOlder,
    ErasuresUndated,
    ErasuresUnknown,
    NotProven,
    NotTheErasures,
)
from api.backups.service import backup, restore, verify
from api.building import build
from api.database import Origin
from api.privacy.erasing import digest_of
from api.privacy.notes import FOLDER, TALLIES, Known, Noted, export_erasures, note_erasures, noted_in
from api.settings import Settings
from models.account import Account
from models.card import Card
from models.enums import CardState, MemberStatus, Role
from models.erasure import Erasure
from models.erasure_enums import ErasureGround
from models.file import StoredFile
from models.member import Member
from tests.accounts.people import enrol
from tests.backups.installation import SILENT, Heard, Installation, change, is_empty
from tests.clock import district_day
from tests.privacy.everything import every_byte
from tests.privacy.exchanged import erase_by_name, exchange
from tests.privacy.gone import list_of_erasures

ON_STORAGES = ("folder",)


@pytest.fixture
def listed(living: Installation, archive: Path, tmp_path: Path) -> Path:
    """The list of erasures once the member, who is in the backup, has left and was erased."""
    officer, member = living.district.sign_in(Role.district_officer, "D"), str(living.holder.member_id)
    leaving = {"kind": "withdrew", "reason": "本人申请退党"}
    assert officer.post(f"/v1/members/{member}/leave", json=leaving).status_code == 200
    assert officer.post("/v1/privacy/erasures", json={"member_id": member, "ground": "asked_for"}).status_code == 200
    path = tmp_path / "erasures.json"
    path.write_bytes(list_of_erasures(living.district.house))
    return path


def test_whoever_was_erased_after_the_backup_is_erased_again(
    living: Installation, archive: Path, listed: Path, elsewhere: Settings
) -> None:
    with pytest.raises(ErasuresUnknown):
        known_erasures(elsewhere, None, without=False)
    heard, known = Heard(), known_erasures(elsewhere, listed, without=False)
    assert known is not None
    # Somebody else was entered and erased after this backup, and stands in a later one.
    unknown = Noted("0" * 64, district_day(), ErasureGround.asked_for)
    restore(elsewhere, archive, heard.voice, replace(known, erasures=known.erasures | {unknown}))
    assert heard.said[-1] == "Erased again, as the list of erasures says: 1."
    house = build(elsewhere)
    with closing(house.database), house.database.reading(Origin("test")) as work:
        member = work.get_one(Member, living.holder.member_id)
        assert (member.full_name, member.status) == ("已删除", MemberStatus.left)
        account = work.get_one(Account, living.account_id)
        assert account.disabled_at is not None and account.username.startswith("已删除-")
        assert set(work.exec(select(Card.state).where(col(Card.member_id) == member.id)).all()) == {CardState.revoked}
        assert verify_trail(work, house.audit_key)[1] is None
        erasures = work.exec(select(Erasure)).all()
        assert len(erasures) == 2 and unknown.person_digest in {one.person_digest for one in erasures}
        assert not any(one.noted_at for one in erasures), "its new storage is yet to be told"
        assert work.exec(select(func.count()).select_from(StoredFile)).one() > 0
    assert not [part for part in every_byte(house) if "王秀兰".encode() in part]


def test_what_his_row_says_keeps_nobody_from_being_erased_again(
    living: Installation, elsewhere: Settings, new_place: Callable[[], Settings], tmp_path: Path
) -> None:
    """In the backup: that he was erased, and that he has left, of which nothing else knows."""
    path, member = tmp_path / "marked.tar", living.holder.member_id
    change(living.settings, "UPDATE member SET erased_on = '2026-01-01', status = 'left', left_on = '2026-01-01'")
    backup(living.settings, path, SILENT)
    heard, gone = Heard(), Noted(digest_of(living.district.house.cipher, member), district_day(), ErasureGround.asked_for)
    known = Known(frozenset({gone}), datetime.now(UTC))
    with pytest.raises(NotProven, match="contradict what the backup tells of erasures"):
        restore(elsewhere, path, heard.voice, known)
    assert "Erased again, as the list of erasures says: 1." in heard.said
    house = build(elsewhere)
    with closing(house.database), house.database.reading(Origin("test")) as work:
        assert work.get_one(Member, member).erased_on == district_day()
        account = work.get_one(Account, living.account_id)
        assert account.disabled_at is not None and account.username.startswith("已删除-")
        assert set(work.exec(select(Card.state).where(col(Card.member_id) == member)).all()) == {CardState.revoked}
    assert not [part for part in every_byte(house) if "王秀兰".encode() in part]
    # Who was erased in the backup as well is not told again.
    backup(elsewhere, tmp_path / "erased.tar", SILENT)
    heard = Heard()
    restore(new_place(), tmp_path / "erased.tar", heard.voice, replace(known, as_of=datetime.now(UTC)))
    assert not any(one.startswith("Erased again") for one in heard.said)


def test_whose_key_was_somebody_elses_while_he_was_erased_is_told_of_a_backup(living: Installation, tmp_path: Path) -> None:
    path, stays = tmp_path / "exchanged.tar", living.holder.member_id
    (leaves,) = enrol(living.district, "B11", "陈国华")
    exchange(living.district, stays, leaves)
    erased = erase_by_name(living.district, "陈国华")
    backup(living.settings, path, SILENT)
    verify(living.settings, path, SILENT)
    exchange(living.district, stays, leaves)
    assert erased == stays
    backup(living.settings, tmp_path / "back.tar", SILENT)
    with pytest.raises(NotProven) as told:
        verify(living.settings, tmp_path / "back.tar", SILENT)
    assert all(one.hex in str(told.value).replace("-", "") for one in (stays, leaves))


def test_the_storage_of_before_tells_it_without_a_list(living: Installation, listed: Path, elsewhere: Settings) -> None:
    there = open_storage(elsewhere)
    for name in [item.key for item in living.storage.objects(FOLDER)]:
        with living.storage.open(name) as source:
            there.put(name, BytesIO(source.read()), "application/json")
    known = known_erasures(elsewhere, None, without=False)
    assert known is not None and len(known.erasures) == 1
    assert known_erasures(elsewhere, None, without=True) is None
    raw = listed.read_bytes()
    for altered in (raw[:-2], raw.replace(b'"as_of":"20', b'"as_of":"21'), b"[" * 1_000_000):
        listed.write_bytes(altered)
        with pytest.raises(NotTheErasures):
            known_erasures(elsewhere, listed, without=False)
    for name in [item.key for item in there.objects(FOLDER) if not item.key.startswith(TALLIES)]:
        with there.open(name) as source:
            listed.write_bytes(source.read())
        with pytest.raises(ErasuresUndated):
            known_erasures(elsewhere, listed, without=False)
        there.delete(name)
    with pytest.raises(ErasuresMissing):
        known_erasures(elsewhere, None, without=False)


def test_an_older_tally_that_is_written_later_takes_nothing_back_and_goes_with_the_next(living: Installation) -> None:
    house, later = living.district.house, datetime.now(UTC) + timedelta(hours=1)

    def tallies() -> int:
        return sum(item.key.startswith(TALLIES) for item in living.storage.objects(FOLDER))

    for now, newest, count in (
        (later, later, 1),
        (later - timedelta(minutes=1), later, 2),
        (later + timedelta(minutes=1),) * 2 + (1,),
    ):
        note_erasures(house.database, living.storage, house.audit_key, now)
        assert noted_in(living.storage, house.audit_key).as_of == newest
        assert tallies() == count


def test_a_backup_says_where_a_restoration_would_not_go_by_what_the_storage_tells(
    living: Installation, listed: Path, tmp_path: Path
) -> None:
    heard, house = Heard(), living.district.house
    (note,) = [item.key for item in living.storage.objects(FOLDER) if not item.key.startswith(TALLIES)]
    with living.district.work() as work:
        work.delete(work.exec(select(Erasure)).one())
    living.storage.delete(note)
    backup(living.settings, tmp_path / "missing.tar", heard.voice)
    assert "tells of 1 erasures, and only 0 of them are found" in heard.said[-1]
    living.storage.put(note, BytesIO(b"{}"), "application/json")
    backup(living.settings, tmp_path / "forged.tar", heard.voice)
    assert note in heard.said[-1] and "would not go by" in heard.said[-1]
    living.storage.delete(note)
    with living.district.work() as work:
        work.add(Erasure(person_digest="0" * 64, erased_on=work.today, ground=ErasureGround.asked_for))
    note_erasures(house.database, living.storage, house.audit_key, datetime.now(UTC))
    backup(living.settings, tmp_path / "whole.tar", heard.voice)
    assert "would not go by" not in heard.said[-1]


def test_a_backup_carries_by_what_it_is_told_which_erasures_the_database_had_lost(
    living: Installation, archive: Path, listed: Path, elsewhere: Settings, tmp_path: Path
) -> None:
    """Also of whom nothing in the database tells any more that he was erased."""
    heard, path = Heard(), tmp_path / "lost.tar"
    backup(living.settings, tmp_path / "good.tar", SILENT)
    verify(living.settings, tmp_path / "good.tar", SILENT)
    change(living.settings, f"UPDATE erasure SET person_digest = '{'a' * 64}'", "UPDATE member SET erased_on = NULL")
    content, lost = export_erasures(
        living.district.house.database, living.storage, living.district.house.audit_key, datetime.now(UTC)
    )
    backup(living.settings, path, heard.voice)
    assert lost == 1 and [said for said in heard.said if "1 erasures that are not written down" in said]
    with pytest.raises(NotProven, match=r"1 members contradict[^|]*1 erasures that are not written down"):
        verify(living.settings, path, SILENT)
    listed.write_bytes(content)
    heard = Heard()
    restore(elsewhere, archive, heard.voice, known_erasures(elsewhere, listed, without=False))
    assert "Erased again, as the list of erasures says: 1." in heard.said


def test_a_backup_names_what_was_not_signed_here_and_does_not_carry_it(living: Installation, listed: Path, tmp_path: Path) -> None:
    heard, path, other = Heard(), tmp_path / "others.tar", f"{FOLDER}/2026-01-01-{'b' * 64}.json"
    living.storage.put(other, BytesIO(b"{}"), "application/json")
    backup(living.settings, path, heard.voice)
    assert other in heard.said[-1] and not [said for said in heard.said if "not written down" in said]
    verify(living.settings, path, SILENT)


def test_a_clock_that_was_ahead_makes_nothing_that_is_known_of_erasures_newer(
    living: Installation, archive: Path, elsewhere: Settings, tmp_path: Path
) -> None:
    house, year = living.district.house, timedelta(days=365)
    note_erasures(house.database, living.storage, house.audit_key, datetime.now(UTC) + year)
    there, listed = open_storage(elsewhere), tmp_path / "erasures.json"
    for item in living.storage.objects(FOLDER):
        with living.storage.open(item.key) as source:
            there.put(item.key, BytesIO(source.read()), "application/json")
    listed.write_bytes(list_of_erasures(house, datetime.now(UTC) + year))
    for told in (None, listed):
        with pytest.raises(ErasuresAhead):
            restore(elsewhere, archive, SILENT, known_erasures(elsewhere, told, without=False))
    now = datetime.now(UTC)
    note_erasures(house.database, living.storage, house.audit_key, now)
    assert noted_in(living.storage, house.audit_key).as_of == now
    assert sum(item.key.startswith(TALLIES) for item in living.storage.objects(FOLDER)) == 1


def test_what_is_known_of_erasures_is_as_new_as_the_backup_and_a_backup_tells_the_storage_so(
    living: Installation, elsewhere: Settings, tmp_path: Path
) -> None:
    house = living.district.house
    note_erasures(house.database, living.storage, house.audit_key, datetime.now(UTC))
    before, path = known_erasures(living.settings, None, without=False), tmp_path / "later.tar"
    listed = tmp_path / "erasures.json"
    listed.write_bytes(list_of_erasures(house))
    backup(living.settings, path, SILENT)
    for older in (before, known_erasures(elsewhere, listed, without=False)):
        with pytest.raises(ErasuresOlder):
            restore(elsewhere, path, SILENT, older)
    assert is_empty(elsewhere)
    heard = Heard()
    restore(elsewhere, path, heard.voice, known_erasures(living.settings, None, without=False))
    (told,) = [line for line in heard.said if line.startswith("CAUTION")]
    assert "0 days and 0 hours ago" in told
