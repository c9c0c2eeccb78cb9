"""Why what is kept of somebody is not given out, or not erased."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import ClassVar, Final

from api.errors import Conflict, Text, TooManyRequests

MOST_COPIES: Final = 5
"""So many copies one account takes within a day."""
DAY: Final = timedelta(days=1)


class StillMember(Conflict):
    title: ClassVar[Text | None] = Text("此人仍是党员。", "This person still is a member.")
    text: ClassVar[Text] = Text(
        "此人仍是本组织的党员，其信息是党员管理所必需的。请先办理离开，再删除。",
        "This person still is a member here, and the record is needed as long as that lasts. Record the leaving first, then erase.",
    )


class LeavingUntold(Conflict):
    """An erasure is for good, and each restoration repeats it."""

    title: ClassVar[Text | None] = Text("审计记录没有写明离开。", "The audit trail tells of no leaving.")
    text: ClassVar[Text] = Text(
        "有 {count} 名党员按其记录三年前已离开，但审计记录没有写明：可能有人改动了数据库，所以没有删除他们的信息"
        "（见日志 leaving_untold）。确已离开的，请逐一删除。",
        "By their records {count} members left three years ago, and the audit trail does not tell so: somebody may have changed "
        "the database, and they were not erased (`leaving_untold` in the log). Erase those one by one who did leave.",
    )


class TrailBroken(Conflict):
    """That somebody has not come back is told by no line: whoever could take one away had him erased for good."""

    title: ClassVar[Text | None] = Text("审计记录不可信。", "The audit trail does not hold.")
    text: ClassVar[Text] = Text(
        "审计记录从第 {seq} 条起不可信：可能有人改动了数据库，所以没有删除期满的 {count} 名党员的信息"
        "（见日志 trail_broken，并运行 `audit verify`）。",
        "The audit trail does not hold from line {seq} on: somebody may have changed the database, and {count} members who are due "
        "were not erased (`trail_broken` in the log; see `audit verify`).",
    )


class MembersContradicted(Conflict):
    """Who has the key of somebody erased comes to be erased by the next restoration."""

    title: ClassVar[Text | None] = Text("党员记录与删除记录不符。", "Members' records contradict what is written down of erasures.")
    text: ClassVar[Text] = Text(
        "有 {count} 名党员的记录与删除记录不符：记录未写明已删除而有删除记录，或写明已删除而没有。可能有人改动了数据库；"
        "从备份恢复会按删除记录删除（见日志 members_contradicted）。",
        "The records of {count} members contradict what is written down of erasures: they do not say that they were erased, and an "
        "erasure is written down, or the other way round. Somebody may have changed the database, and a restoration goes by what "
        "is written down (`members_contradicted` in the log).",
    )


class ErasuresLost(Conflict):
    """Whoever was erased would not be in a list that the database alone tells, and would come back by a restoration."""

    title: ClassVar[Text | None] = Text("数据库缺少删除记录。", "Erasures are missing in the database.")
    text: ClassVar[Text] = Text(
        "文件存储写明的删除记录有 {count} 条不在数据库中：可能有人改动了数据库（见日志 erasures_lost）。"
        "导出的删除清单和恢复仍以文件存储为准，日常维护会重新写入数据库。",
        "The storage tells of {count} erasures that are not written down in the database: somebody may have changed it "
        "(`erasures_lost` in the log). Lists and restorations go by the storage all the same, and the housekeeping writes them "
        "down anew.",
    )


class ListedWithoutStorage(Conflict):
    """A list of erasures has what the database alone tells."""

    title: ClassVar[Text | None] = Text("删除清单未与文件存储核对。", "The list was not held against the storage.")
    text: ClassVar[Text] = Text(
        "清单已写好，但文件存储无法访问，所以只有数据库写明的删除记录。请在恢复访问后再导出一份。",
        "The list is written, but the storage cannot be reached: it has what the database alone tells. Export another once it can.",
    )


class TooManyCopies(TooManyRequests):
    title: ClassVar[Text | None] = Text("今天取副本的次数已满。", "No more copies today.")
    text: ClassVar[Text] = Text(
        "一个账号一天之内最多取五份个人信息副本，请明天再取。",
        "An account takes five copies of personal data a day at the most. Please come back tomorrow.",
    )


def check_copies(taken: Sequence[datetime], at: datetime) -> None:
    """Raise `TooManyCopies` where an account has taken as many copies as it may. `taken` are those of the last day, the newest
    first."""
    if len(taken) >= MOST_COPIES:
        raise TooManyCopies(retry_after=max(1, ceil((taken[MOST_COPIES - 1] + DAY - at).total_seconds())))
