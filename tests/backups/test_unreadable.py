"""A trail that somebody has made unreadable is told when it is backed up, and keeps nobody from restoring what else there is."""

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from api.audit import checkpoints
from api.audit.service import verify as verify_trail
from api.backups import rules
from api.backups.service import backup, restore, verify
from api.building import build
from api.database import Origin
from api.privacy import queries
from api.privacy.erasing import digest_of
from api.privacy.notes import Known, Noted
from api.settings import Settings
from models.enums import Role
from models.erasure_enums import ErasureGround
from tests.backups.installation import SILENT, Heard, Installation, change, is_empty, rows, stored
from tests.clock import district_day
from tests.privacy.keyless import without_key
from tests.verification.holders import hold


def test_a_trail_that_somebody_has_made_unreadable_is_told_when_it_is_backed_up_and_restored_all_the_same(
    living: Installation, elsewhere: Settings, tmp_path: Path, engine: str
) -> None:
    said = "'x', 'x'" if engine == "sqlite" else "'infinity', (repeat('[', 5000) || repeat(']', 5000))::json"
    line = f"(SELECT max(seq) + 1 FROM audit_line), {said}, 'grant_role', 'account', 'x', 'é'"
    change(
        living.settings,
        f"INSERT INTO audit_line (seq, at, details, action, target_kind, request_id, mac) SELECT {line}",
        "UPDATE audit_head SET seal = 'é'",
    )
    heard, path = Heard(), tmp_path / "broken.tar"
    backup(living.settings, path, heard.voice)
    assert any("unreadable" in said for said in heard.said)
    _is_told_and_restored(living, elsewhere, path, "unreadable")


def test_a_trail_that_was_cut_is_held_against_what_was_noted_also_where_it_was_restored(
    living: Installation, elsewhere: Settings, tmp_path: Path, engine: str
) -> None:
    """Whoever owns the database cuts lines off and puts an earlier end back: a restoration is no reason that they are gone."""
    house = living.district.house
    officer = living.district.sign_in(Role.district_officer, "D")
    (head,) = rows(living.settings, "SELECT seq, mac, seal FROM audit_head")
    wanted = {"username": "some.one", "organization_id": str(living.district.ids["B11"])}
    assert officer.post("/v1/accounts", json=wanted).status_code == 201
    checkpoints.write_daily(house.database, house.storage, house.audit_key, datetime.now(UTC))
    let = ["DROP TRIGGER audit_line_stays_delete"] if engine == "sqlite" else ["ALTER TABLE audit_line DISABLE TRIGGER ALL"]
    back = f"UPDATE audit_head SET seq = {head[0]}, mac = '{head[1]}', seal = '{head[2]}'"
    change(living.settings, *let, f"DELETE FROM audit_line WHERE seq > {head[0]}", back)
    path = tmp_path / "cut.tar"
    backup(living.settings, path, SILENT)
    with pytest.raises(rules.NotProven):
        restore(elsewhere, path, SILENT)
    there = build(elsewhere)
    noted = checkpoints.noted_in_storage(there.storage, there.audit_key)
    with closing(there.database), there.database.reading(Origin("test")) as work:
        broken = verify_trail(work, there.audit_key, noted.checkpoints)[1]
    assert broken is not None and broken.why in ("cut_off", "not_as_noted")


UNREADABLE = {
    "day": {"postgresql": "card SET expires_on = 'infinity'", "sqlite": "card SET expires_on = 'x'"},
    "era": {"postgresql": "card SET expires_on = '0044-03-15 BC'", "sqlite": "card SET expires_on = x'ff'"},
    "section": {"postgresql": "profile SET posts = '7'", "sqlite": "profile SET posts = CAST(x'5bff5d' AS text)"},
    "entries": {"postgresql": "profile SET honors = '{}', pledges = 'null'", "sqlite": "profile SET honors = '{}'"},
    "code": {"postgresql": "plate SET code = E'\\x01'", "sqlite": "plate SET code = CAST(x'ff' AS text)"},
}
"""Of what no card can be made, or no answer to a scan."""


def _is_told_and_restored(living: Installation, elsewhere: Settings, path: Path, why: str) -> None:
    """An archive is not proven, for a reason that matches, where it is verified and where it is restored; and it is restored."""
    for action, place in ((verify, living.settings), (restore, elsewhere)):
        with pytest.raises(rules.NotProven, match=why):
            action(place, path, SILENT)
    assert rows(elsewhere, "SELECT count(*) FROM account") == rows(living.settings, "SELECT count(*) FROM account")


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_card_that_cannot_be_read_is_told_when_it_is_backed_up_and_keeps_nobody_from_restoring(
    living: Installation, elsewhere: Settings, tmp_path: Path, engine: str, kind: str
) -> None:
    change(living.settings, f"UPDATE {UNREADABLE[kind][engine]}")
    heard, path = Heard(), tmp_path / "unreadable.tar"
    backup(living.settings, path, heard.voice)
    assert any("printed codes are not answered as they should be" in said for said in heard.said)
    _is_told_and_restored(living, elsewhere, path, "A printed code of the card")


def test_a_file_of_which_a_row_tells_what_none_is_is_told_or_restored(
    living: Installation, elsewhere: Settings, tmp_path: Path, engine: str
) -> None:
    change(living.settings, "UPDATE stored_file SET media_type = 'a\r\nX: é'")
    path = tmp_path / "typed.tar"
    backup(living.settings, path, SILENT)
    restore(elsewhere, path, SILENT)
    assert stored(elsewhere) == living.files
    untyped = ("size = 'x'", "storage_key = x'ff'", "digest = 7.5") if engine == "sqlite" else ("size = -5", "size = 2147483647")
    for number, told in enumerate(untyped):
        change(living.settings, f"UPDATE stored_file SET {told} WHERE id = (SELECT id FROM stored_file ORDER BY id LIMIT 1)")
        with pytest.raises(rules.FilesLeftOut):
            backup(living.settings, tmp_path / f"untyped{number}.tar", SILENT)


def _gone(living: Installation, *members: UUID) -> Known:
    cipher = living.district.house.cipher
    gone = (Noted(digest_of(cipher, member), district_day(), ErasureGround.asked_for) for member in members)
    return Known(frozenset(gone), datetime.now(UTC))


def test_who_cannot_be_erased_again_since_he_cannot_be_read_is_told_and_keeps_nobody_else_from_it(
    living: Installation, elsewhere: Settings, tmp_path: Path, engine: str
) -> None:
    day, unread = ("'infinity'" if engine == "postgresql" else "'x'"), living.holder.member_id
    others = [hold(living.district.house, living.district.ids["B12"], name).member_id for name in ("李建国", "方秀兰")]
    key = str(unread) if engine == "postgresql" else unread.hex
    change(living.settings, f"UPDATE member SET joined_on = {day} WHERE id = '{key}'")
    path, heard = tmp_path / "erased.tar", Heard()
    backup(living.settings, path, SILENT)
    with pytest.raises(rules.NotProven, match=f"The member {unread}, who was erased after the backup") as told:
        restore(elsewhere, path, heard.voice, _gone(living, unread, *others))
    assert len(told.value.findings) == 1
    assert "Erased again, as the list of erasures says: 2." in heard.said
    assert rows(elsewhere, "SELECT count(*) FROM member WHERE full_name IN ('李建国', '方秀兰')") == [(0,)]
    assert rows(elsewhere, "SELECT count(*) FROM erasure") == [(3,)], "the storage is to tell of all"


@pytest.mark.parametrize("key", ["zz", "NULL"])
def test_a_member_whose_key_cannot_be_read_is_told_and_whoever_was_erased_is_erased_again(
    living: Installation, elsewhere: Settings, tmp_path: Path, engine: str, key: str
) -> None:
    if engine == "postgresql" and key == "zz":
        pytest.skip("a key is a key there, or none")
    path, heard = tmp_path / "keyless.tar", Heard()
    change(living.settings, *without_key(engine))
    if key != "NULL":
        change(living.settings, f"UPDATE member SET id = '{key}' WHERE typeof(id) = 'null'")
    backup(living.settings, path, SILENT)
    with pytest.raises(rules.NotProven, match=f"The key {key} of a member cannot be read") as told:
        restore(elsewhere, path, heard.voice, _gone(living, living.holder.member_id))
    # Of PostgreSQL's tables it is not told that a key may be missing.
    assert ["not_as_made" in one.en for one in told.value.findings] == [*([True] if engine == "sqlite" else []), False, False]
    assert "Erased again, as the list of erasures says: 1." in heard.said


def test_where_nobody_can_be_found_who_was_erased_nothing_is_restored(
    living: Installation, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lost.tar"
    backup(living.settings, path, SILENT)
    with monkeypatch.context() as broken:
        broken.setattr(queries, "next_members", lambda *_, **__: int("x"))
        with pytest.raises(rules.NotErasedAgain):
            restore(elsewhere, path, SILENT, _gone(living, living.holder.member_id))
    assert is_empty(elsewhere)
    restore(elsewhere, path, SILENT)


def test_who_is_written_down_so_that_nobody_can_read_it_keeps_nobody_from_restoring(
    living: Installation, elsewhere: Settings, new_place: Callable[[], Settings], tmp_path: Path, engine: str
) -> None:
    """Rows of erasures that are anything, and an account whose key is none, or whose name to be is another's."""
    cipher, path = living.district.house.cipher, tmp_path / "named.tar"
    other = living.district.account(Role.member, "B12")
    gone = Noted(digest_of(cipher, living.holder.member_id), district_day(), ErasureGround.asked_for)
    listed = f"'{uuid4().hex}', 1, '2026-01-01', '2026-01-01', '2026-01-01', 'asked_for', '2026-01-01', "
    (mine,) = [str(one) for (one,) in rows(living.settings, f"SELECT id FROM account WHERE username = '{living.username}'")]
    change(
        living.settings,
        "INSERT INTO erasure (id, version, created_at, updated_at, erased_on, ground, noted_at, person_digest) "
        f"SELECT {listed}" + ("CAST(x'ff61' AS TEXT)" if engine == "sqlite" else "'é'"),
        f"UPDATE account SET username = '已删除-{mine}' WHERE username = '{other}'",
    )
    backup(living.settings, path, SILENT)
    known, heard = Known(frozenset({gone}), datetime.now(UTC)), Heard()
    restore(elsewhere, path, heard.voice, known)
    assert any("a user name of somebody whose data was erased could not be taken away (UsernameTaken)" in one for one in heard.said)
    assert "Erased again, as the list of erasures says: 1." in heard.said
    assert rows(elsewhere, "SELECT count(*) FROM erasure WHERE noted_at IS NOT NULL") == [(0,)]
    change(living.settings, "UPDATE member SET erased_on = '2026-01-01'")
    if engine == "sqlite":
        member = hold(living.district.house, living.district.ids["B12"], "李建国").member_id.hex
        change(living.settings, f"UPDATE member SET erased_on = '2026-01-01' WHERE id = '{member}'")
        named = "name NOT IN ('id', 'username', 'member_id')"
        columns = ", ".join(one for (one,) in rows(living.settings, f"SELECT name FROM pragma_table_info('account') WHERE {named}"))
        keyless = f"SELECT 'zz', 'zz', '{member}', {columns} FROM account LIMIT 1"
        change(living.settings, f"INSERT INTO account (id, username, member_id, {columns}) {keyless}")
    backup(living.settings, tmp_path / "keyless.tar", SILENT)
    without = new_place()
    with pytest.raises(rules.NotProven, match="contradict what the backup tells of erasures"):
        restore(without, tmp_path / "keyless.tar", SILENT)
    assert rows(without, "SELECT count(*) FROM erasure WHERE noted_at IS NOT NULL") == [(0,)]
