"""Backups may lie where others write, as on a share: nothing is made there but the archive, and that by what was opened once."""

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from api.backups import archive, postgresql, service
from api.backups.service import backup, restore, verify
from api.settings import Settings
from tests.backups.installation import SILENT, Installation, stored

WRITES = [(service, "_take_snapshot", 1), (postgresql, "write_rows", 4), (archive.Archive, "extract", 2)]
"""What makes a copy of a database, or of its rows, and in which place of what it is given the path stands."""


def link(name: Path, to: Path) -> None:
    aside = name.with_name("aside")
    aside.symlink_to(to)
    aside.rename(name)


def test_what_others_put_in_the_place_of_a_backup_being_written_is_neither_read_nor_written_to(
    living: Installation, elsewhere: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link to a file with keys would be put into the archive, or written over; other rows would be signed."""
    shared, secret = tmp_path / "shared", tmp_path / "env"
    shared.mkdir()
    secret.write_text("AUDIT_KEY=...")
    took = service._take_snapshot
    aside: list[Path] = []

    def meanwhile(*given: Any) -> Any:
        (own,) = shared.iterdir()
        os.link(own, tmp_path / "written.tar")
        link(own, secret)
        try:
            return took(*given)
        finally:
            assert list(shared.iterdir()) == [own], "the copy has left nothing beside the archive"
            aside.append(own)

    monkeypatch.setattr(service, "_take_snapshot", meanwhile)
    backup(living.settings, shared / "backup.tar", SILENT)
    assert aside and secret.read_text() == "AUDIT_KEY=..."
    verify(living.settings, tmp_path / "written.tar", SILENT)
    restore(elsewhere, tmp_path / "written.tar", SILENT)
    assert stored(elsewhere) == living.files


def test_a_copy_of_a_database_is_only_made_where_nobody_else_may_write(
    living: Installation, elsewhere: Settings, tmp_path: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for the one beside the database that it is to be."""
    shared, modes = tmp_path / "shared", list[int]()
    shared.mkdir()
    shared.chmod(0o777)
    beside = Path(elsewhere.database_url.removeprefix("sqlite:///")).parent

    def watched(act: Callable[..., Any], place: int) -> Callable[..., Any]:
        def watch(*given: Any) -> Any:
            if (folder := given[place].parent) != beside:
                modes.append(stat.S_IMODE(folder.stat().st_mode))
            return act(*given)

        return watch

    for holder, name, place in WRITES:
        monkeypatch.setattr(holder, name, watched(getattr(holder, name), place))
    backup(living.settings, shared / "backup.tar", SILENT)
    verify(living.settings, shared / "backup.tar", SILENT)
    restore(elsewhere, shared / "backup.tar", SILENT)
    assert modes == [0o700] * (2 if engine == "sqlite" else 4)
