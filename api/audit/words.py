"""Why the audit trail does not hold, in words for whoever checks it."""

from collections.abc import Mapping
from typing import Final

from api.audit.rules import Break
from api.errors import Text

REASONS: Final[Mapping[str, Text]] = {
    "altered": Text("被改动", "altered"),
    "unreadable": Text("无法读出", "unreadable"),
    "missing": Text("缺少记录", "missing"),
    "not_as_noted": Text("与检查点所记不符", "not_as_noted"),
    "cut_off": Text("末尾被截去", "cut_off"),
    "disguised": Text(
        "审计表不是普通的表，或带有改变所见或所写内容的规则、触发器、继承或行级安全",
        "disguised: what is read or written is not the table as it is",
    ),
    "not_as_made": Text(
        "审计表缺少本程序的触发器、索引或约束，或另有他物与其相关，或数据库中有不属于本程序的表、视图、类型、触发器、规则、函数、运算符或行级安全，"
        "或有列改成了别的类型，或有取决于时间、库名、设置、角色等的列、约束、默认值或索引",
        "not_as_made: a trigger, index or constraint of the trail's tables is missing, disabled or not the program's, or the "
        "database has a table, view, type, trigger, rule, function or operator that is not, or row security, or a column of "
        "another type, or a column, constraint, default or index that goes by the time, the database's name, a setting, a role or "
        "the like",
    ),
    "changed_meanwhile": Text(
        "核对期间有人改动了数据库的定义，无法确认所核对的是原来的表，请重新核对",
        "changed_meanwhile: somebody changed the database's definitions while it was walked, and what was read may be others; "
        "run it again",
    ),
}


def reason(broken: Break) -> Text:
    """Why a trail does not hold, and what was found."""
    why, found = REASONS[broken.why], "; ".join(broken.found)
    return Text(f"{why.zh}（{found}）", f"{why.en} ({found})") if found else why
