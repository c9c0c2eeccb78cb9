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
    """A pledge, and what is told of it as it comes along: a note and a percentage each. `done` is told when it is finished, and
    `hindrance` is why it may come to nothing; a habit of the whole year has neither."""

    category: PledgeCategory
    content: str
    measure: str
    steps: tuple[tuple[str, int], ...]
    done: str | None = None
    hindrance: str | None = None
    scene: Scene | None = None


WORKS: Final = (
    Theme(
        PledgeCategory.service,
        "给 6 户独居老人装好卫生间扶手",
        "6 户都装好，老人签字确认",
        (("量好了 6 户的尺寸，扶手已订货。", 15), ("装好 2 户。", 33), ("给王阿婆家装好了，已装 4 户。", 66)),
        "6 户都装好了，老人都签了字。",
        "两户要翻修卫生间，扶手没能按时装上。",
        Scene.handrail,
    ),
    Theme(
        PledgeCategory.work,
        "修好村口到文化礼堂的 4 盏路灯",
        "4 盏都亮，夜里走得放心",
        (("和供电所看过现场，定了方案。", 10), ("修好 2 盏。", 50), ("又修好 1 盏，还差 1 盏。", 75)),
        "4 盏都亮了，村民代表看过。",
        "最后一盏要先迁电线杆，没能按时修好。",
        Scene.street_lamp,
    ),
    Theme(
        PledgeCategory.study,
        "教 20 位老人学会用手机挂号、交水电费",
        "20 位都能自己操作一遍",
        (("办了第一期，来了 9 位。", 30), ("办了第二期，已教会 14 位。", 70), ("还有 3 位在补课。", 85)),
        "20 位都学会了，自己挂了号。",
        "报名的老人只有 12 位，没有教满 20 位。",
        Scene.classroom,
    ),
    Theme(
        PledgeCategory.work,
        "把晒谷场边 12 米破护栏换成新的",
        "12 米全部换好，村民代表验收",
        (("量好尺寸，护栏已订做。", 20), ("拆了旧护栏，装好 6 米。", 50), ("装到 10 米。", 83)),
        "12 米都换好了，已经验收。",
        "材料涨价，订的护栏没有按时到货。",
    ),
    Theme(
        PledgeCategory.work,
        "清通村道两边 300 米排水沟",
        "下雨天路面不积水",
        (("查了一遍，最堵的有 3 处。", 15), ("清通 120 米。", 40), ("清通 240 米，试过水。", 80)),
        "300 米都清通了，下大雨没有积水。",
        "有一段要等管道改造，没能按时清通。",
    ),
    Theme(
        PledgeCategory.service,
        "带 10 户人家换掉老屋的旧电线",
        "电工逐户检查合格",
        (("请电工看了 10 户。", 20), ("换好 4 户。", 40), ("换好 8 户。", 80)),
        "10 户都换好了，检查都合格。",
        "两户人在外地，进不了门。",
    ),
    Theme(
        PledgeCategory.study,
        "在文化礼堂办 4 场亲子读书会",
        "每场不少于 15 个家庭",
        (("书单定了，借来 60 本书。", 15), ("办了 2 场，来了 34 个家庭。", 50), ("第三场来了 19 个家庭。", 75)),
        "4 场都办完了，来了 75 个家庭。",
        "文化礼堂维修，只办成 2 场。",
    ),
    Theme(
        PledgeCategory.work,
        "把村口废品堆改成小花园",
        "废品清走，栽上花木，村民认养",
        (("和堆放的 3 户谈妥了。", 20), ("废品清走了，平好了地。", 50), ("栽了 40 株月季。", 75)),
        "花木都栽好了，12 户认养。",
        "地块要先确权，没能动工。",
    ),
    Theme(
        PledgeCategory.service,
        "给 8 户困难家庭的孩子找好学习结对人",
        "8 个孩子都有人辅导",
        (("走访了 8 户。", 20), ("5 个孩子有了结对人。", 60), ("7 个孩子有了结对人。", 85)),
        "8 个孩子都有了结对人。",
        "有 2 家搬走了，没有结上对。",
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
    Theme(
        PledgeCategory.service,
        "每月上门看望 4 户独居老人",
        "每月每户至少一次，有事当天回应",
        (("每户看过 3 次，送去 2 床棉被。", 20), ("陪周大伯看了两次病。", 40), ("高温天每天打一次电话。", 60)),
    ),
    Theme(
        PledgeCategory.work,
        "每周二晚上在便民服务窗口值班",
        "全年不缺班，来访件件有回音",
        (("值班 8 次，来访 11 件。", 20), ("来访 26 件，办结 25 件。", 40), ("值班 29 次，没有缺班。", 60)),
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
GRADES: Final = (Grade.satisfied,) * 8 + (Grade.fairly_satisfied,) * 4 + (Grade.average, Grade.dissatisfied)
PEERS_RATE_ON: Final[Day] = (8, 25)
WORDS: Final[Mapping[Grade, tuple[str, ...]]] = {
    Grade.satisfied: ("说到做到，大家都夸。", "做得实在，放心了。", "来得勤，也耐心。"),
    Grade.fairly_satisfied: ("做得不错，明年接着做。", "大家都看得见。"),
    Grade.average: ("再快一点就好了。",),
    Grade.dissatisfied: ("等了好久，还没有做到我们这边。",),
}
