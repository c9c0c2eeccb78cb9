"""What cannot be trusted, or has no place to go, is refused before anything is written."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from api.backups import rules
from api.backups.service import backup, restore, verify
from api.settings import Settings, fresh_secrets
from tests.backups.installation import SILENT, Installation, change, counts, is_empty, manifest_of, rewritten, stored


def refused(settings: Settings, archive: Path, why: type[rules.BackupError]) -> rules.BackupError:
    """That an archive is refused for this reason, and that nothing was written."""
    with pytest.raises(why) as caught:
        restore(settings, archive, SILENT)
    assert is_empty(settings)
    sentence = caught.value.sentence()
    assert sentence.zh and sentence.en and "{" not in sentence.zh + sentence.en
    return caught.value


def test_a_backup_never_overwrites_a_file(living: Installation, tmp_path: Path) -> None:
    path = tmp_path / "backup.tar"
    path.write_bytes(b"an older backup")
    with pytest.raises(rules.AlreadyThere):
        backup(living.settings, path, SILENT)
    assert path.read_bytes() == b"an older backup"


def test_a_database_that_is_not_there_is_not_backed_up(elsewhere: Settings, tmp_path: Path) -> None:
    with pytest.raises(rules.NotMigrated):
        backup(elsewhere, tmp_path / "backup.tar", SILENT)
    assert not list(tmp_path.glob("*.tar")) and not list(tmp_path.glob(".*.part"))
    assert is_empty(elsewhere)


@pytest.mark.parametrize(
    ("setting", "value", "why"),
    [
        ("audit_key", fresh_secrets()["AUDIT_KEY"], rules.WrongAuditKey),
        ("digest_key", fresh_secrets()["DIGEST_KEY"], rules.WrongDigestKey),
        ("data_keys", fresh_secrets()["DATA_KEYS"], rules.WrongDataKey),
        ("data_keys", fresh_secrets()["DATA_KEYS"].replace("k1:", "k2:"), rules.WrongDataKey),
    ],
    ids=["audit_key", "digest_key", "data_keys", "another id"],
)
def test_a_wrong_key_is_noticed_before_anything_is_written(
    archive: Path, elsewhere: Settings, setting: str, value: str, why: type[rules.BackupError]
) -> None:
    wrong = elsewhere.model_copy(update={setting: SecretStr(value)})
    with pytest.raises(why):
        verify(wrong, archive, SILENT)
    assert setting.upper() in str(refused(wrong, archive, why))


def test_keys_that_were_added_since_do_no_harm(archive: Path, elsewhere: Settings) -> None:
    former = elsewhere.data_keys.get_secret_value()
    newer = fresh_secrets()["DATA_KEYS"].replace("k1:", "k2:")
    restore(elsewhere.model_copy(update={"data_keys": SecretStr(f"{newer},{former}")}), archive, SILENT)


def test_a_newer_schema_is_refused(living: Installation, archive: Path, elsewhere: Settings, tmp_path: Path) -> None:
    newer = rewritten(archive, living.settings, revision="9999")
    with pytest.raises(rules.UnknownRevision, match="9999"):
        verify(elsewhere, newer, SILENT)
    refused(elsewhere, newer, rules.UnknownRevision)
    change(living.settings, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(rules.UnknownRevision):
        backup(living.settings, tmp_path / "newer.tar", SILENT)
    assert not (tmp_path / "newer.tar").exists()


def test_an_archive_of_the_other_engine_is_refused(living: Installation, archive: Path, elsewhere: Settings, engine: str) -> None:
    other = "sqlite" if engine == "postgresql" else "postgresql"
    refused(elsewhere, rewritten(archive, living.settings, engine=other), rules.OtherEngine)


def test_nothing_is_restored_over_a_database_that_is_there(living: Installation, archive: Path) -> None:
    before, files = counts(living.settings), stored(living.settings)
    with pytest.raises(rules.DatabaseNotEmpty):
        restore(living.settings, archive, SILENT)
    assert counts(living.settings) == before and stored(living.settings) == files


def test_a_manifest_that_promises_other_rows_than_are_found_is_told(
    living: Installation, archive: Path, elsewhere: Settings
) -> None:
    promised = {**manifest_of(archive)["rows"], "member": 41}
    with pytest.raises(rules.NotProven, match="table member should have 41 rows and has 1"):
        restore(elsewhere, rewritten(archive, living.settings, rows=promised, audit_seq=1), SILENT)


def test_an_audit_trail_that_was_broken_before_the_backup_is_told(
    living: Installation, elsewhere: Settings, tmp_path: Path, engine: str
) -> None:
    unlock = "DROP TRIGGER audit_line_stays_update" if engine == "sqlite" else "ALTER TABLE audit_line DISABLE TRIGGER ALL"
    change(living.settings, unlock, "UPDATE audit_line SET action = 'nothing' WHERE seq = 3")
    archive = tmp_path / "broken.tar"
    backup(living.settings, archive, SILENT)
    if engine == "sqlite":
        with pytest.raises(rules.NotProven, match="broken at line 3"):
            verify(living.settings, archive, SILENT)
    with pytest.raises(rules.NotProven, match="broken at line 3"):
        restore(elsewhere, archive, SILENT)
    # The data itself is there: it may be the only copy.
    assert counts(elsewhere) == counts(living.settings)
