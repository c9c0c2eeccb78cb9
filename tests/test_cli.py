"""What the district's own computer people do, from the first command on."""

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.settings import Settings
from tests.shell import ROSTER, ROSTERS, TREE, Shell, bare, shell
from tests.transport import Client

__all__ = ["bare", "shell"]

OFFICE = str(ROSTERS / "roster-office.xlsx")
EXPECTED = {item["file"]: item for item in json.loads((ROSTERS / "expected.json").read_text(encoding="utf-8"))}


COMMANDS = (
    ("migrate",),
    ("serve",),
    ("import", "organizations", TREE),
    ("import", "members", ROSTER),
    ("accounts", "create-administrator", "root.lin"),
    ("audit", "verify"),
    ("keys", "list"),
)


def test_the_commands_are_listed_before_what_takes_long_to_import_is_loaded() -> None:
    heavy = {"sqlalchemy", "fastapi", "cryptography", "alembic", "boto3", "openpyxl", "PIL", "fpdf", "uvicorn"}
    told = subprocess.run(
        [sys.executable, "-c", "import sys, api.cli; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    assert "api.members.commands" in told.stdout.split() and not heavy & set(told.stdout.split())


ENDED = """
import os, signal, time
from api import cli

def app(**_):
    try:
        os.kill(os.getpid(), signal.{name})
        time.sleep({seconds})
        print("went on", flush=True)
    finally:
        print("cleared up", flush=True)

signal.signal(signal.{name}, signal.{before})
cli.app = app
cli.main()
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_command_that_is_ended_clears_up_before_and_one_that_does_not_listen_goes_on(name: str) -> None:
    for before, seconds, told, code in (
        ("SIG_DFL", 60, "cleared up\n", -signal.Signals[name]),
        ("SIG_IGN", 0, "went on\ncleared up\n", 0),
    ):
        script = ENDED.format(name=name, before=before, seconds=seconds)
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=50)
        assert (done.stdout, done.returncode) == (told, code), done.stderr


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_each_missing_setting_is_named(bare: Shell, words: tuple[str, ...]) -> None:
    said = bare.bad(*words)
    for name in ("DATABASE_URL", "PUBLIC_URL", "TOKEN_SECRET", "DATA_KEYS", "DIGEST_KEY", "AUDIT_KEY"):
        assert f"{name}：没有设置" in said
    assert "settings new" in said
    assert "DATABASE_URL: is missing." in bare.in_english(*words)


def test_an_unsafe_secret_is_named_and_not_said(bare: Shell) -> None:
    bare.configure()
    bare.settings["AUDIT_KEY"] = "change-me"
    said = bare.bad("migrate")
    assert "AUDIT_KEY：只有 9 个字符，至少要 32 个" in said
    assert "AUDIT_KEY: has 9 characters; at least 32 are needed" in bare.in_english("migrate")
    assert "change-me" not in said and "TOKEN_SECRET" not in said


@pytest.mark.parametrize("words", COMMANDS[1:], ids=" ".join)
def test_a_database_that_was_not_migrated_is_named_and_the_remedy_with_it(bare: Shell, words: tuple[str, ...]) -> None:
    bare.configure()
    said = bare.bad(*words)
    assert "还没有表" in said and "python -m api migrate" in said


def test_an_administrator_before_any_district_is_told_what_to_do_first(shell: Shell) -> None:
    said = shell.bad("accounts", "create-administrator", "root.lin")
    assert "import organizations" in said
    assert shell.rows("SELECT count(*) FROM account") == [(0,)]


def test_an_organisation_that_is_none_is_named(shell: Shell, tmp_path: Path) -> None:
    assert "没有编码为 NOPE 的组织" in shell.bad("accounts", "issue", "NOPE", "--out", str(tmp_path / "slips.pdf"))


@pytest.mark.parametrize("name", ["ab", "with space", "x" * 65, "<b>"])
def test_an_administrators_name_that_cannot_be_is_refused(shell: Shell, name: str) -> None:
    shell.good("import", "organizations", TREE)
    assert "3至64个" in shell.bad("accounts", "create-administrator", name)


def test_a_file_that_is_no_table_is_refused_in_words(shell: Shell) -> None:
    wrong = str(ROSTERS / "roster-not-a-sheet.xlsx")
    for what in ("organizations", "members"):
        assert "表格" in shell.bad("import", what, wrong)
    assert "没有找到" in shell.bad("import", "organizations", ROSTER)
    assert shell.run("import", "organizations", "nothing.csv").exit_code == 2


def test_a_roster_with_faults_is_stored_not_at_all_unless_they_are_skipped(shell: Shell) -> None:
    shell.good("import", "organizations", TREE)
    expected = EXPECTED["roster-office.xlsx"]
    rejected = len(expected["rejected"])
    said = shell.bad("import", "members", OFFICE)
    assert f"新增 0，更新 0，未变 0，未导入 {rejected}。" in said and "全部未导入" in said
    for row in expected["rejected"]:
        assert str(row["row"]) in said and row["column"].replace(" ", "") in said.replace(" ", "")
    assert shell.rows("SELECT count(*) FROM member") == [(0,)]
    said = shell.good("import", "members", OFFICE, "--on-error", "skip")
    assert f"新增 {expected['accepted']}，更新 0，未变 0，未导入 {rejected}。" in said
    assert shell.rows("SELECT count(*) FROM member") == [(expected["accepted"],)]


def test_a_tree_with_a_bad_row_ends_with_status_1_and_stores_nothing(shell: Shell, tmp_path: Path) -> None:
    tree = tmp_path / "tree.csv"
    tree.write_text("编码,名称,类型,上级编码\nD,明湖区,区,\nT,云溪镇,镇,D\nV,上塘村,村,NOWHERE\n", encoding="utf-8")
    assert "新增 2，更新 0，未变 0，未导入 1。" in shell.bad("import", "organizations", str(tree), "--dry-run")
    said = shell.bad("import", "organizations", str(tree))
    assert "新增 0，更新 0，未变 0，未导入 1。" in said and "找不到这个上级编码。" in said and "全部未导入" in said
    assert shell.rows("SELECT count(*) FROM organization") == [(0,)]
    assert "新增 2，更新 0，未变 0，未导入 1。" in shell.good("import", "organizations", str(tree), "--on-error", "skip")
    assert shell.rows("SELECT count(*) FROM organization") == [(2,)]


def test_branches_without_a_telephone_are_told_by_name(shell: Shell, tmp_path: Path) -> None:
    done = shell.run("import", "organizations", TREE)
    assert "9 个党组织没有服务电话" in done.stderr and "石桥村第一党支部" in done.stderr
    tree = tmp_path / "tree.csv"
    tree.write_text("编码,名称,类型,上级编码,服务电话\nLX-01-02-1,石桥村第一党支部,党支部,LX-01-02,12345\n", encoding="utf-8")
    assert "服务电话" not in shell.run("import", "organizations", str(tree)).output


def test_a_dry_run_tells_the_same_and_writes_nothing(shell: Shell) -> None:
    shell.good("import", "organizations", TREE)
    lines = shell.rows("SELECT count(*) FROM audit_line")
    done = shell.run("import", "members", ROSTER, "--dry-run")
    assert done.exit_code == 0 and "共 120 行：新增 120，更新 0，未变 0，未导入 0。" in done.stdout
    assert "没有写入" in done.output
    assert shell.rows("SELECT count(*) FROM member") == [(0,)]
    assert shell.rows("SELECT count(*) FROM audit_line") == lines


def test_a_trail_that_was_altered_is_told_with_its_line(shell: Shell) -> None:
    shell.good("import", "organizations", TREE)
    shell.rows("SELECT 1")
    with sqlite3.connect(shell.database) as connection:
        connection.execute("DROP TRIGGER audit_line_stays_update")
        connection.execute("UPDATE audit_line SET action = 'nothing' WHERE seq = 3")
    assert "第 3 条起不可信：被改动。之前的 2 条相符" in shell.bad("audit", "verify")
    assert "broken at line 3: altered (2 lines before it hold)" in shell.in_english("audit", "verify")


def test_a_host_that_makes_codes_too_fine_is_refused(bare: Shell) -> None:
    assert "域名太长" in bare.bad("check-host", "https://a-very-long-name-of-a-host.department.example.gov.cn")
    said = bare.good("check-host", "https://lx.example.gov.cn")
    assert "版本 3" in said and "SecScanQR" in said


def test_the_committed_document_is_the_one_that_is_served(bare: Shell) -> None:
    bare.good("openapi", "--check")


def test_from_nothing_to_a_signed_in_administrator(bare: Shell) -> None:
    printed = dict(line.split("=", 1) for line in bare.good("settings", "new").splitlines() if not line.startswith("#"))
    assert set(printed) == {"DATABASE_URL", "PUBLIC_URL", "TOKEN_SECRET", "DATA_KEYS", "DIGEST_KEY", "AUDIT_KEY"}
    bare.settings |= printed
    assert "PUBLIC_URL" in bare.bad("migrate")
    bare.settings |= {"DATABASE_URL": f"sqlite:///{bare.database}", "PUBLIC_URL": "https://lx.example.gov.cn"}
    bare.good("migrate")
    bare.good("migrate")
    assert "共 14 行：新增 14，更新 0，未变 0，未导入 0。" in bare.good("import", "organizations", TREE)
    assert "共 14 行：新增 0，更新 0，未变 14，未导入 0。" in bare.good("import", "organizations", TREE)
    assert "共 120 行：新增 120，更新 0，未变 0，未导入 0。" in bare.good("import", "members", ROSTER)
    assert "共 120 行：新增 0，更新 0，未变 120，未导入 0。" in bare.good("import", "members", ROSTER)
    assert bare.rows("SELECT count(*) FROM member") == [(120,)]
    assert bare.rows("SELECT count(*) FROM audit_line WHERE action = 'import_members'") == [(1,)]
    told = bare.good("accounts", "create-administrator", "Root.Lin")
    found = re.fullmatch(r"用户名：(\S+)\n一次性密码：(\S+)\n", told)
    assert found and found[1] == "root.lin"
    (lines,) = bare.rows("SELECT count(*) FROM audit_line")[0]
    assert bare.good("audit", "verify") == f"审计记录 {lines} 条全部相符。\n"
    assert json.loads(bare.good("keys", "list", "--json")) == {"keys": []}

    values: dict[str, Any] = {
        name.lower(): value for name, value in bare.settings.items() if value and name.lower() in Settings.model_fields
    }
    with Client(create_app(Settings(_env_file=None, **values))) as client:
        answer = client.post("/v1/sessions", json={"username": found[1], "password": found[2]})
        assert (answer.status_code, answer.json()["must_change_password"]) == (201, True)


def test_settings_are_read_from_the_folders_env_file(bare: Shell, tmp_path: Path) -> None:
    printed = bare.good("settings", "new")
    filled = printed.replace("DATABASE_URL=", f"DATABASE_URL=sqlite:///{bare.database}")
    filled = filled.replace("PUBLIC_URL=", "PUBLIC_URL=https://lx.example.gov.cn")
    # As some editors save it: with a mark at its beginning, and carriage returns.
    (tmp_path / ".env").write_text(filled[filled.index("DATABASE_URL") :], encoding="utf-8-sig", newline="\r\n")
    bare.good("migrate")
    assert bare.good("audit", "verify") == "审计记录 0 条全部相符。\n"


def test_what_a_setting_may_be_is_said_in_words(bare: Shell, tmp_path: Path) -> None:
    bare.configure()
    bare.settings |= {"WORKERS": "many", "CARD_YEARS": "11", "PUBLIC_URL": "lx", "DOCS": "perhaps", "TRUSTED_PROXIES": "all"}
    said = bare.bad("migrate")
    for words in (
        "WORKERS：须是整数",
        "CARD_YEARS：不能大于 10",
        "PUBLIC_URL：不是网址",
        "DOCS：须是 true",
        "TRUSTED_PROXIES：须是网络地址",
    ):
        assert words in said
    assert "CARD_YEARS: must be at most 10." in bare.in_english("migrate")
    (tmp_path / ".env").write_bytes("# 数据库\n".encode("gbk"))
    assert "UTF-8" in bare.bad("migrate")


def test_fresh_settings_go_into_a_file_of_their_owners_own_and_never_over_another(bare: Shell, tmp_path: Path) -> None:
    bare.good("settings", "new", "--out", ".env")
    kept = (tmp_path / ".env").read_text(encoding="utf-8")
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600 and "AUDIT_KEY=" in kept
    assert "不予覆盖" in bare.bad("settings", "new", "--out", ".env")
    assert (tmp_path / ".env").read_text(encoding="utf-8") == kept


def test_a_port_that_is_taken_is_told_before_anything_is_said_to_be_served(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        said = shell.bad("serve", "--port", str(other.getsockname()[1]))
    assert "不能在 127.0.0.1" in said and "--port" in said and "提供服务" not in said
    assert shell.rows("SELECT count(*) FROM signing_key") == [(0,)]
