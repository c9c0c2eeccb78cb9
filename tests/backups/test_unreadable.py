"""A trail that somebody has made unreadable is told when it is backed up, and keeps nobody from restoring what else there is."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.audit import checkpoints
from api.audit.service import verify as verify_trail
from api.backups import rules
from api.backups.service import backup, restore, verify
from api.building import build
from api.database import Origin
from api.settings import Settings
from models.enums import Role
from tests.backups.installation import SILENT, Heard, Installation, change, rows


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
    for action, place in ((verify, living.settings), (restore, elsewhere)):
        with pytest.raises(rules.NotProven, match="unreadable"):
            action(place, path, SILENT)
    assert rows(elsewhere, "SELECT count(*) FROM account") == rows(living.settings, "SELECT count(*) FROM account")


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
