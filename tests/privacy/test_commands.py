"""What is forgotten and what was erased, on the command line."""

from pathlib import Path

from typer.testing import CliRunner

from api.cli import app
from api.house import House
from api.privacy.notes import read_list
from api.settings import Settings
from models.account import SignInLimit
from models.enums import MemberStatus, Role
from tests.accounts.people import enrol
from tests.conftest import District
from tests.privacy.everything import LONG_AGO
from tests.serving import environment

ON_ENGINES = ("sqlite",)


def test_a_dry_run_tells_what_the_run_then_forgets(settings: Settings, district: District) -> None:
    with district.work() as work:
        work.add(SignInLimit(key="0" * 64, window_started_at=LONG_AGO))
    for words, last in ((["--dry-run"], "到期应清除：1"), ([], "已清除：1"), ([], "已清除：0")):
        done = CliRunner().invoke(app, ["retention", *words], env=environment(settings))
        assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, last)


def test_the_list_of_erasures_is_written_and_overwrites_nothing(
    settings: Settings, district: District, house: House, tmp_path: Path
) -> None:
    (one,) = enrol(district, "B11", "陈国华", status=MemberStatus.left)
    asked = {"member_id": str(one), "ground": "asked_for"}
    assert district.sign_in(Role.town_officer, "T1").post("/v1/privacy/erasures", json=asked).status_code == 200
    path = tmp_path / "erasures.json"
    assert CliRunner().invoke(app, ["erasures", "export", str(path)], env=environment(settings)).exit_code == 0
    assert len(read_list(house.audit_key, path.read_bytes(), path.name).erasures) == 1
    assert CliRunner().invoke(app, ["erasures", "export", str(path)], env=environment(settings)).exit_code == 1
