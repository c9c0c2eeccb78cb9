"""`python -m api print` as it is used."""

import re
from pathlib import Path

import pytest

from api.building import build
from api.database import Origin
from api.printing.commands import KINDS
from api.settings import Settings
from models.enums import OrganizationKind
from models.organization import Organization
from models.print_enums import PrintKind
from tests.printing.plates import pages
from tests.shell import Shell, bare, shell
from tests.verification.holders import hold

__all__ = ["bare", "shell"]

ON_ENGINES = ("sqlite",)


@pytest.fixture
def branch(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A district with a branch, B, of three members."""
    for name, value in shell.settings.items():
        if value is not None:
            monkeypatch.setenv(name, value)
    house = build(Settings(_env_file=None))
    with house.database.writing(Origin("test")) as work:
        district = Organization(code="D", name="明湖区", kind=OrganizationKind.district, path="")
        district.path = f"{district.id.hex}/"
        branch = Organization(code="B", name="石桥村党支部", kind=OrganizationKind.branch, parent_id=district.id, path="")
        branch.path = f"{district.path}{branch.id.hex}/"
        work.add_all([district, branch])
    for name in ("王秀兰", "李明", "四𠮷"):
        hold(house, branch.id, name)
    house.database.close()
    return shell


def test_a_batch_is_written_and_goes_on_where_it_was(branch: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.printing.rules.PART", 1)
    out = tmp_path / "plates"
    told = branch.good("print", "B", "--kind", "desk_plate", "--out", str(out))
    found = re.match(r"批次 ([0-9a-f-]{36})：2 块，新制 0 块。", told)
    assert found is not None
    names = sorted(path.name for path in out.iterdir())
    stem = f"desk_plate-{found[1].replace('-', '')[-8:]}"
    assert names == sorted([*(f"{stem}-{part:03}.{ending}" for part in (1, 2) for ending in ("pdf", "zip")), f"{stem}.xlsx"])
    first, second = (out / f"{stem}-{part:03}.pdf" for part in (1, 2))
    assert pages(second.read_bytes()) == [pytest.approx((200, 100), abs=0.1)]
    kept, gone = first.stat().st_mtime_ns, second.read_bytes()
    second.unlink()
    told = branch.good("print", "B", "--out", str(out), "--batch", found[1])
    assert told.splitlines()[1:] == [str(second)]
    assert first.stat().st_mtime_ns == kept and len(second.read_bytes()) == pytest.approx(len(gone), rel=0.1)
    assert branch.rows("SELECT count(*) FROM print_batch") == [(1,)]


def test_who_is_left_out_is_told_in_words(branch: Shell, tmp_path: Path) -> None:
    done = branch.run("print", "D", "--kind", "name_badge", "--layout", "a4", "--make-missing", "--out", str(tmp_path / "badges"))
    assert done.exit_code == 0, done.output
    assert "新制 2 块" in done.output and "未打印 1 人（处）：字库缺字" in done.output and "U+20BB7" in done.output


def test_what_cannot_be_printed_is_told_in_one_line(branch: Shell, tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "plates")]
    assert "没有编码为 NOPE 的组织" in branch.bad("print", "NOPE", *out)
    said = branch.bad("print", "B", "--kind", "window_plate", *out)
    assert "没有可以打印的牌" in said and "未打印 " in said
    assert "还没有上传党徽图片" in branch.bad("print", "B", "--emblem", *out)
    assert "--kind 只能是" in branch.bad("print", "B", "--kind", "poster", *out)
    told = branch.good("print", "B", *out)
    batch = told[3:39]
    assert "它没有这一批" in branch.bad("print", "D", "--batch", batch, *out)


def test_the_command_knows_every_kind() -> None:
    assert set(KINDS) == set(PrintKind)
