"""A backup notes where the audit trail ended, and carries what was noted before, so that it is found by itself what was cut off."""

from pathlib import Path

import pytest

from api.adapters.storages import open_storage
from api.audit import checkpoints
from api.audit.rules import Occasion
from api.audit.service import seal
from api.backups import rules
from api.backups.archive import MANIFEST, Archive
from api.backups.service import backup, restore, verify
from api.errors import Unavailable
from api.settings import Settings, derive
from tests.backups.installation import SILENT, Heard, Installation, change, rows

ON_ENGINES = ("sqlite",)


def test_each_backup_is_noted_and_carries_what_was_noted_before(living: Installation, elsewhere: Settings, tmp_path: Path) -> None:
    settings, key = living.settings, derive(living.settings.audit_key, "audit")
    first, second, heard = tmp_path / "first.tar", tmp_path / "second.tar", Heard()
    made = backup(settings, first, SILENT)
    (noted,) = checkpoints.noted_in_storage(living.storage, key).checkpoints
    with Archive(first) as archive:
        digest = archive.digest(MANIFEST)
    assert (noted.occasion, noted.archive) == (Occasion.backup, digest)
    assert (noted.seq, noted.mac) == (made.manifest.audit_seq, made.manifest.audit_mac)
    assert backup(settings, second, SILENT).files == made.files == len(living.files), "it is none of the files that are told"
    verify(settings, second, heard.voice)
    assert "It agrees with 1 checkpoints." in heard.said
    restore(elsewhere, second, SILENT)
    occasions = [one.occasion for one in checkpoints.noted_in_storage(open_storage(elsewhere), key).checkpoints]
    assert occasions == [Occasion.backup, Occasion.restore]


def test_a_backup_of_a_trail_that_was_cut_off_with_an_end_of_an_earlier_day_is_not_proven(
    living: Installation, archive: Path, elsewhere: Settings, tmp_path: Path
) -> None:
    settings, path = living.settings, tmp_path / "cut.tar"
    ((last,),) = rows(settings, "SELECT seq FROM audit_head")
    ((mac,),) = rows(settings, f"SELECT mac FROM audit_line WHERE seq = {last - 2}")
    sealed = seal(derive(settings.audit_key, "audit"), last - 2, mac)
    change(
        settings,
        "DROP TRIGGER audit_line_stays_delete",
        f"DELETE FROM audit_line WHERE seq > {last - 2}",
        f"UPDATE audit_head SET seq = {last - 2}, mac = '{mac}', seal = '{sealed}'",
    )
    heard = Heard()
    backup(settings, path, heard.voice)
    assert any(f"At line {last - 1}" in said and "keep the earlier backups" in said for said in heard.said)
    for action, place in ((verify, settings), (restore, elsewhere)):
        with pytest.raises(rules.NotProven, match=f"At line {last - 1} .cut_off. .* checkpoint [0-9t.z]+-backup-{last} tells"):
            action(place, path, SILENT)


def test_a_backup_is_good_also_where_it_cannot_be_noted_and_says_so(
    living: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable(retry_after=5)

    heard, path = Heard(), tmp_path / "backup.tar"
    with monkeypatch.context() as patched:
        patched.setattr(type(living.storage), "put", refuse)
        backup(living.settings, path, heard.voice)
    assert "its checkpoint stands in the log alone" in heard.said[-2]
    assert "could not be told up to when it knows of erasures" in heard.said[-1]
    verify(living.settings, path, SILENT)
