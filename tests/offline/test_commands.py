"""`python -m api check` and `vectors`, as somebody types them."""

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from api.adapters.jose import from_base64url
from api.cli import app
from api.offline import commands
from tests.offline.vectors import CASES, FOLDER

AT = "2026-11-23T10:15:30+08:00"
BY_NAME = {case["name"]: case for case in CASES}
PRINTED = BY_NAME["printed"]["text"]
DYNAMIC = BY_NAME["dynamic"]["text"]
LISTS = ("--statuses", str(FOLDER / "statuses/0.jwt"), "--statuses", str(FOLDER / "statuses/1.jwt"))
PACK = ("--pack", str(FOLDER / "pack.jwt"))


def run(*words: str, at: str = AT, jwks: Path = FOLDER / "jwks.json") -> Result:
    return CliRunner().invoke(app, ["check", *words, "--jwks", str(jwks), "--at", at])


@pytest.mark.parametrize("case", CASES[::7], ids=lambda case: case["name"])
def test_the_command_tells_what_the_vectors_say_and_succeeds_for_a_valid_card_alone(case: dict[str, Any]) -> None:
    lists = [word for name in case["lists"] for word in ("--statuses", str(FOLDER / name))]
    packs = [word for name in case["packs"] for word in ("--pack", str(FOLDER / name))]
    done = run(case["text"], "--json", *lists, *packs, at=case["at"])
    found = json.loads(done.stdout)
    assert found == case["expected"] | {"checked_at": found["checked_at"]}
    assert datetime.fromisoformat(found["checked_at"]) == datetime.fromisoformat(case["at"])
    assert done.exit_code == (0 if found["outcome"] == "valid" else 1)


def test_a_valid_card_is_told_in_clear_words() -> None:
    done = run(PRINTED, *LISTS, *PACK)
    assert done.exit_code == 0, done.output
    for words in ("有效", "方秀兰", "石桥村第一党支部", "书记", "有效期至：2030-06-30", "0574-00001234", "截至 2026-11-23 10:14"):
        assert words in done.stdout, done.stdout
    assert done.stderr == ""


def test_what_is_still_to_be_done_is_said() -> None:
    assert "请问对方姓名，看是否一样" in run(DYNAMIC, *LISTS, *PACK).stdout
    nameless = run(DYNAMIC, *LISTS)
    assert nameless.exit_code == 0 and "请问清对方是谁" in nameless.stdout
    packless = run(PRINTED, *LISTS)
    assert packless.exit_code == 1 and "没有可用的资料包" in packless.stdout and "假的" not in packless.stdout


def test_old_knowledge_is_told_as_such_and_with_its_time() -> None:
    done = run(PRINTED, *PACK, at="2026-11-23T19:00:00+08:00")
    assert done.exit_code == 0
    assert "牌是否收回截至 2026-11-23 10:13" in done.stdout and "不是最新的" in done.stdout


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("printed, suspended", "暂停"),
        ("printed, revoked since the pack", "已注销"),
        ("printed, of a branch whose pack is not at hand", "也可能属于别的党组织"),
        ("dynamic, a day old", "请对方刷新二维码"),
        ("dynamic, a slot without a key", "公钥旧了"),
        ("dynamic, signed by a forger", "签名不对"),
        ("dynamic, its list is not at hand", "状态不明"),
        ("other words", "不是一个完整的卡码"),
    ],
)
def test_every_other_outcome_is_told_in_its_words_and_names_nobody(name: str, words: str) -> None:
    done = run(BY_NAME[name]["text"], *LISTS, *PACK)
    assert done.exit_code == 1
    assert words in done.stdout, done.stdout
    assert "姓名" not in done.stdout


def test_files_that_are_not_to_be_believed_are_named(tmp_path: Path) -> None:
    for name, words in (
        ("statuses/2.jwt", "已过期"),
        ("statuses/3-forged.jwt", "不是手头的公钥签名的"),
        ("statuses/3-as-pack.jwt", "不是手头的公钥签名的"),
        ("README.md", "读不懂"),
        ("statuses/none.jwt", "打不开"),
    ):
        done = run(DYNAMIC, "--statuses", str(FOLDER / name), *PACK)
        assert done.exit_code == 1
        assert f"{FOLDER / name}：" in done.stderr and words in done.stderr, done.stderr
        assert "状态不明" in done.stdout
    binary = tmp_path / "binary.jwt"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, words in ((FOLDER / "pack-forged.jwt", "不采用"), (FOLDER / "pack-lapsed.jwt", "已过期"), (binary, "读不懂")):
        done = run(PRINTED, *LISTS, "--pack", str(path))
        assert done.exit_code == 1 and f"{path}：" in done.stderr and words in done.stderr
    early = run(PRINTED, *PACK, at="2026-11-23T09:00:00+08:00")
    assert "在将来" in early.stderr and "时间" in early.stdout and early.exit_code == 1


def test_what_does_not_belong_together_is_said_before_the_verdict(tmp_path: Path) -> None:
    keys = json.loads((FOLDER / "jwks.json").read_text(encoding="utf-8"))["keys"]
    signer = json.loads(from_base64url((FOLDER / "pack.jwt").read_text(encoding="utf-8").partition(".")[0]))["kid"]
    others = tmp_path / "jwks.json"
    others.write_text(json.dumps({"keys": [key for key in keys if key["kid"] != signer]}), encoding="utf-8")
    for done in (run(PRINTED, *LISTS, *PACK, jwks=others), run(PRINTED, *LISTS, "--pack", str(FOLDER / "pack-forged.jwt"))):
        assert done.exit_code == 1
        assert 0 <= done.stdout.find("三样都重新下载") < done.stdout.index("没有可用的资料包"), done.stdout
    for_programs = run(PRINTED, "--json", *PACK, jwks=others)
    assert "三样都重新下载" in for_programs.stderr and json.loads(for_programs.stdout)["outcome"] == "not_found"
    for words in ((*LISTS, *PACK), ("--pack", str(tmp_path / "none.jwt"))):
        assert "三样都重新下载" not in run(PRINTED, *words).output


def test_times_are_told_in_the_districts_time_or_the_one_that_was_asked_in() -> None:
    assert "（北京时间）" in run(PRINTED, *LISTS, *PACK).stdout
    assert "（UTC+0000）" in run(PRINTED, *LISTS, *PACK, at="2026-11-23T02:15:30+00:00").stdout
    wrong = run(PRINTED, *LISTS, *PACK, at="yesterday")
    assert wrong.exit_code == 2 and "yesterday" in wrong.stderr


def test_without_a_key_set_nothing_is_checked(tmp_path: Path) -> None:
    broken = tmp_path / "jwks.json"
    good = json.loads((FOLDER / "jwks.json").read_text(encoding="utf-8"))
    first, second, _ = good["keys"]
    for content in (
        "",
        (FOLDER / "statuses/0.jwt").read_text(encoding="utf-8"),
        "[]",
        "{}",
        "[" * 100_000,
        json.dumps({"keys": "all"}),
        json.dumps({"keys": [first | {"kid": second["kid"]}]}),
        json.dumps({"keys": [first | {"x": "AAAA"}]}),
        json.dumps({"keys": [first | {"slot": 256}]}),
        json.dumps({"keys": [first | {"slot": True}]}),
        json.dumps({"keys": [first, second | {"slot": first["slot"]}]}),
    ):
        broken.write_text(content, encoding="utf-8")
        done = run(PRINTED, *LISTS, *PACK, jwks=broken)
        assert (done.exit_code, done.stdout) == (1, ""), content[:80]
        assert f"{broken}：不是公钥文件" in done.stderr and "/.well-known/jwks.json" in done.stderr
    broken.write_text(json.dumps({"keys": [*good["keys"], {"kty": "RSA"}]}), encoding="utf-8")
    assert run(PRINTED, *LISTS, *PACK, jwks=broken).exit_code == 0


def test_vectors_that_were_changed_left_out_or_added_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "vectors"
    shutil.copytree(FOLDER, copy)
    monkeypatch.setattr(commands, "VECTORS", copy)

    def check() -> Result:
        return CliRunner().invoke(app, ["vectors", "--check"])

    assert check().exit_code == 0
    (copy / "headers.json").write_text("{}", encoding="utf-8")
    (copy / "pack.jwt").unlink()
    (copy / "more.jwt").write_text("x", encoding="utf-8")
    done = check()
    assert done.exit_code == 1
    assert all(name in done.stderr for name in ("headers.json", "pack.jwt", "more.jwt")) and "codes.json" not in done.stderr
    (copy / "more.jwt").unlink()
    assert CliRunner().invoke(app, ["vectors"]).exit_code == 0
    assert check().exit_code == 0
