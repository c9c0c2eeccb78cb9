import json

from tests.shell import Shell, bare, shell

__all__ = ["bare", "shell"]


def slots(shell: Shell) -> list[int]:
    return [key["slot"] for key in json.loads(shell.good("keys", "list", "--json"))["keys"]]


def test_the_first_key_signs_at_once_and_the_next_when_readers_know_it(shell: Shell) -> None:
    assert "位置 0" in shell.good("keys", "rotate")
    assert "位置 1" in shell.good("keys", "rotate")
    told = shell.good("keys", "list")
    assert told.count("正在签名") == 1 and told.count("待启用") == 1 and slots(shell) == [0, 1]


def test_a_key_that_signs_at_once_leaves_the_former_for_checking(shell: Shell) -> None:
    shell.good("keys", "rotate")
    shell.good("keys", "rotate", "--now")
    assert "只供核验" in shell.good("keys", "list") and slots(shell) == [0, 1]


def test_what_becomes_of_a_key_that_waits_is_told(shell: Shell) -> None:
    shell.good("keys", "rotate")
    assert "仍待启用" not in shell.good("keys", "rotate")
    assert "位置 1 的密钥仍待启用" in shell.good("keys", "rotate", "--now")
    assert "提前启用" not in shell.good("keys", "withdraw", "2")
    assert "提前启用：从现在起由位置 1 的密钥" in shell.good("keys", "withdraw", "0")
    told = shell.good("keys", "list")
    assert told.count("正在签名") == 1 and told.count("已停用") == 2 and "待启用" not in told


def test_a_withdrawn_key_is_followed_by_a_new_one_and_told_apart(shell: Shell) -> None:
    shell.good("keys", "rotate")
    assert "已新建一把：从现在起由位置 1 的密钥" in shell.good("keys", "withdraw", "0")
    assert slots(shell) == [1] and "已停用" in shell.good("keys", "list")
    assert "已经停用" in shell.bad("keys", "withdraw", "0")
    assert "位置 7 没有密钥" in shell.bad("keys", "withdraw", "7")
    assert "全部相符" in shell.good("audit", "verify")
