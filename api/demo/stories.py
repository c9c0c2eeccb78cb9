"""What the people of the demonstration pledge, and what becomes of it in the course of a year; all invented.

Pure: nothing here knows the database, the clock or the network.
"""

from collections.abc import Mapping
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


FATES_OF_WORKS: Final = (
    Fate.open, Fate.fulfilled, Fate.assessed, Fate.overdue, Fate.fulfilled, Fate.claimed, Fate.amended, Fate.assessed,
    Fate.unfulfilled, Fate.fulfilled, Fate.withdrawn,
)  # fmt: skip
"""Of what can be finished on a day, in the order in which members meet them."""
FATES_OF_HABITS: Final = (Fate.open, Fate.open, Fate.exempted, Fate.open, Fate.claimed, Fate.open)
"""Of what lasts all the year, so that it cannot have been kept before its end."""

DUE: Final = {
    Fate.open: (12, 20), Fate.fulfilled: (8, 31), Fate.assessed: (6, 30), Fate.overdue: (9, 30), Fate.unfulfilled: (6, 30),
    Fate.exempted: (12, 20), Fate.claimed: (11, 30), Fate.amended: (11, 30), Fate.withdrawn: (10, 31),
}  # fmt: skip


ENDED_EARLY: Final = {Fate.exempted: (7, 2), Fate.withdrawn: (3, 2)}
"""From when on nothing more is told of it, though it was not due."""


@dataclass(frozen=True)
class Theme:
    """A pledge, and what is told of it as it comes along: a note and a percentage each. `hindrance` is why it may come to nothing,
    None where it is a habit of the whole year rather than a work with an end."""

    category: PledgeCategory
    content: str
    measure: str
    steps: tuple[tuple[str, int], ...]
    hindrance: str | None = None
    scene: Scene | None = None


WORKS: Final = (
    Theme(
        PledgeCategory.service,
        "给 6 户独居老人装好卫生间扶手",
        "6 户都装好，老人签字确认",
        (("量好了 6 户的尺寸，扶手已订货。", 15), ("装好 2 户。", 33), ("给王阿婆家装好了，已装 4 户。", 66)),
        "两户要翻修卫生间，扶手没能按时装上。",
        Scene.handrail,
    ),
    Theme(
        PledgeCategory.work,
        "修好村口到文化礼堂的 4 盏路灯",
        "4 盏都亮，夜里走得放心",
        (("和供电所看过现场，定了方案。", 10), ("修好 2 盏。", 50), ("又修好 1 盏，还差 1 盏。", 75)),
        "最后一盏要先迁电线杆，没能按时修好。",
        Scene.street_lamp,
    ),
    Theme(
        PledgeCategory.study,
        "教 20 位老人学会用手机挂号、交水电费",
        "20 位都能自己操作一遍",
        (("办了第一期，来了 9 位。", 30), ("办了第二期，已教会 14 位。", 70), ("还有 3 位在补课。", 85)),
        "报名的老人只有 12 位，没有教满 20 位。",
        Scene.classroom,
    ),
    Theme(
        PledgeCategory.work,
        "把晒谷场边 12 米破护栏换成新的",
        "12 米全部换好，村民代表验收",
        (("量好尺寸，护栏已订做。", 20), ("拆了旧护栏，装好 6 米。", 50), ("装到 10 米。", 83)),
        "材料涨价，订的护栏没有按时到货。",
    ),
)
HABITS: Final = (
    Theme(
        PledgeCategory.service,
        "每月巡河两次，带大家清理河面垃圾",
        "全年不少于 24 次，每次有记录",
        (("巡了 5 次，捞起漂浮物 3 袋。", 20), ("和 12 位邻居一起清了北岸，已巡 10 次。", 41), ("已巡 15 次。", 62)),
        scene=Scene.river,
    ),
    Theme(
        PledgeCategory.study,
        "参加支部夜学不少于 20 次，带 2 名青年一起学",
        "签到 20 次，两名青年各写一篇心得",
        (("参加 4 次。", 20), ("两位青年都来了，学了 9 次。", 45), ("参加 13 次。", 65)),
        scene=Scene.classroom,
    ),
    Theme(
        PledgeCategory.service,
        "替行动不便的老人代办医保、水电，随叫随到",
        "接到电话当天上门，全年有台账",
        (("代办 9 件。", 20), ("代办 21 件，没有一件过夜。", 40), ("代办 34 件，台账每月公开。", 60)),
    ),
    Theme(
        PledgeCategory.discipline,
        "不吃请、不收礼，婚丧事从简，带头遵守村规民约",
        "群众无举报，村务监督委员会认可",
        (("春节走亲不收礼。", 20), ("清明从简祭扫，带动 6 户。", 40), ("孩子升学没有办酒。", 60)),
    ),
    Theme(
        PledgeCategory.work,
        "调解网格里的邻里纠纷，小事不出网格",
        "全年纠纷调解率 95% 以上",
        (("调解 2 起，都签了和解书。", 20), ("老张家和隔壁的排水沟谈拢了。", 40), ("调解 7 起，没有一起到镇里。", 60)),
    ),
)
OF_BRANCHES: Final = Theme(
    PledgeCategory.service,
    "把闲置仓库改成老年食堂，让 30 位老人吃上热饭",
    "30 位老人签约，每天开餐",
    (("仓库腾空了，装修图定了。", 20), ("食堂装好了灶台。", 50), ("试营业，来了 18 位老人。", 70)),
)
DUTY_IN_A_STORM: Final = Theme(PledgeCategory.service, "今年防台期间守好本网格，先转移老人再回家", "台风天在岗，老人都转移到位", ())
PROGRESS_ON: Final[tuple[Day, ...]] = ((3, 15), (5, 20), (8, 10))
PUBLISHED_ON: Final[tuple[Day, ...]] = ((4, 8), (7, 9), (10, 12))
RATED_ON: Final[tuple[Day, ...]] = ((6, 12), (8, 20), (10, 16))
GRADES: Final = (Grade.satisfied,) * 6 + (Grade.fairly_satisfied,) * 3 + (Grade.average,) * 2 + (Grade.dissatisfied,)
PEERS_RATE_ON: Final[Day] = (8, 25)
WORDS: Final[Mapping[Grade, tuple[str, ...]]] = {
    Grade.satisfied: ("说到做到，大家都夸。", "做得实在，放心了。", "来得勤，也耐心。"),
    Grade.fairly_satisfied: ("做得不错，明年接着做。", "大家都看得见。"),
    Grade.average: ("再快一点就好了。",),
    Grade.dissatisfied: ("等了好久，还没有做到我们这边。",),
}
