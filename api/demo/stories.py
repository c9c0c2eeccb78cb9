"""What the people of the demonstration pledge, and what becomes of it in the course of a year; all invented.

Pure: nothing here knows the database, the clock or the network.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from api.adapters.drawings import Scene
from models.enums import Grade, PledgeCategory

Day = tuple[int, int]
"""Month and day."""


class Fate(StrEnum):
    """What becomes of a pledge."""

    open = "open"
    fulfilled = "fulfilled"
    assessed = "assessed"
    overdue = "overdue"
    unfulfilled = "unfulfilled"
    exempted = "exempted"
    claimed = "claimed"
    amended = "amended"
    withdrawn = "withdrawn"


FATES: Final = (
    Fate.open, Fate.fulfilled, Fate.assessed, Fate.open, Fate.fulfilled, Fate.overdue, Fate.amended, Fate.assessed,
    Fate.claimed, Fate.fulfilled, Fate.open, Fate.exempted, Fate.fulfilled, Fate.unfulfilled, Fate.assessed, Fate.open,
    Fate.fulfilled, Fate.withdrawn, Fate.claimed,
)  # fmt: skip
"""In the order in which members meet them."""

DUE: Final = {
    Fate.open: (12, 20), Fate.fulfilled: (8, 31), Fate.assessed: (6, 30), Fate.overdue: (9, 30), Fate.unfulfilled: (6, 30),
    Fate.exempted: (10, 31), Fate.claimed: (11, 30), Fate.amended: (11, 30), Fate.withdrawn: (10, 31),
}  # fmt: skip


ENDED_EARLY: Final = {Fate.exempted: (7, 2), Fate.withdrawn: (3, 2)}
"""From when on nothing more is told of it, though it was not due."""


@dataclass(frozen=True)
class Theme:
    """A pledge, and what is told of it as it comes along: a note and a percentage each."""

    category: PledgeCategory
    content: str
    measure: str
    steps: tuple[tuple[str, int], ...]
    scene: Scene | None = None


THEMES: Final = (
    Theme(
        PledgeCategory.service,
        "给 6 户独居老人装好卫生间扶手",
        "6 户都装好，老人签字确认",
        (("量好了 6 户的尺寸，扶手已订货。", 15), ("装好 2 户。", 33), ("给王阿婆家装好了，已装 4 户。", 66)),
        Scene.handrail,
    ),
    Theme(
        PledgeCategory.work,
        "修好村口到文化礼堂的 4 盏路灯",
        "4 盏都亮，夜里走得放心",
        (("和供电所看过现场，定了方案。", 10), ("修好 2 盏。", 50), ("又修好 1 盏，还差 1 盏。", 75)),
        Scene.street_lamp,
    ),
    Theme(
        PledgeCategory.service,
        "每月巡河两次，带大家清理河面垃圾",
        "全年不少于 24 次，每次有记录",
        (("巡了 5 次，捞起漂浮物 3 袋。", 20), ("和 12 位邻居一起清了北岸。", 45), ("已巡 18 次。", 75)),
        Scene.river,
    ),
    Theme(
        PledgeCategory.study,
        "参加支部夜学不少于 20 次，带 2 名青年一起学",
        "签到 20 次，两名青年各写一篇心得",
        (("参加 5 次。", 25), ("两位青年都来了，学了 11 次。", 55), ("参加 16 次。", 80)),
        Scene.classroom,
    ),
    Theme(
        PledgeCategory.service,
        "替行动不便的老人代办医保、水电，随叫随到",
        "接到电话当天上门，全年有台账",
        (("代办 9 件。", 30), ("代办 21 件，没有一件过夜。", 60)),
    ),
    Theme(
        PledgeCategory.discipline,
        "不吃请、不收礼，婚丧事从简，带头遵守村规民约",
        "群众无举报，村务监督委员会认可",
        (("清明从简祭扫，带动 6 户。", 40), ("孩子升学不办酒。", 70)),
    ),
    Theme(
        PledgeCategory.work,
        "调解网格里的邻里纠纷，小事不出网格",
        "当年纠纷调解率 95% 以上",
        (("调解 4 起，都签了和解书。", 35), ("老张家和隔壁的排水沟谈拢了。", 65)),
    ),
)
INSTANT: Final = "今年防台期间守好本网格，先转移老人再回家"
OF_BRANCHES: Final = ("把闲置仓库改成老年食堂，让 30 位老人吃上热饭", "30 位老人签约，每天开餐")
PROGRESS_ON: Final[tuple[Day, ...]] = ((3, 15), (5, 20), (8, 10))
PUBLISHED_ON: Final[tuple[Day, ...]] = ((4, 8), (7, 9), (10, 12))
RATED_ON: Final[tuple[Day, ...]] = ((4, 10), (6, 12), (8, 20), (10, 16))
GRADES: Final = (Grade.satisfied,) * 6 + (Grade.fairly_satisfied,) * 3 + (Grade.average,) * 2 + (Grade.dissatisfied,)
WORDS: Final = ("说到做到，大家都夸。", "做得实在，放心了。", "再快一点就好了。", "来得勤，也耐心。", "明年接着做。")
