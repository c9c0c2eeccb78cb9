"""A trail that somebody has made unreadable is told when it is backed up, and keeps nobody from restoring what else there is."""

from pathlib import Path

import pytest

from api.backups import rules
from api.backups.service import backup, restore, verify
from api.settings import Settings
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
