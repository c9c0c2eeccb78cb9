"""What a backup that cannot be written says of the true cause."""

import errno
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.backups import telling
from api.backups.telling import Failed, Verb, run
from api.cli import app
from api.errors import Unavailable


def test_a_backup_to_standard_output_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["backup", "-"])
    assert done.exit_code == 1 and "标准输出" in done.output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_a_full_disk_names_what_there_is_no_room_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_wrapped: bool) -> None:
    def fails(*_: object) -> None:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            if is_wrapped:
                raise Unavailable(retry_after=1) from error
            raise

    settings: Any = None
    monkeypatch.setattr(telling, "_ACTIONS", {Verb.backup: fails})
    with pytest.raises(Failed, match=r"disk is full.*district\.lxbak"):
        run(Verb.backup, settings, tmp_path / "district.lxbak")
