"""What hangs at the venues of the demonstration, right and wrong, and what becomes of what inspections find there; all invented.

Pure: nothing here knows the database, the clock or the network.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.enums import RectificationAction, VenueKind

K, A = VenueKind, RectificationAction


@dataclass(frozen=True)
class Hung:
    """A sign; its lengths are millimetres."""

    code: str
    width_mm: int | None = None
    height_mm: int | None = None
    bottom_mm: int | None = None
    emblem_mm: int | None = None
    text: str | None = None


_NAMEPLATE: Final = Hung("SG-01", 900, 450, emblem_mm=180)
_PLAIN_NAMEPLATE: Final = Hung("SG-02", 900, 450)
_ROOM_SIGN: Final = Hung("RD-01", 360, 160, emblem_mm=60)
_CODE_SIGN: Final = Hung("VC-01", 120, 160, bottom_mm=1400)

RIGHT: Final[Mapping[VenueKind, tuple[Hung, ...]]] = {
    K.service_center: (
        _NAMEPLATE,
        Hung("NB-02", 2400, 1200, emblem_mm=150),
        Hung("NP-01", 2200, 360),
        Hung("NP-02", 300, 120),
        Hung("EM-01", 800, 800),
        Hung("RD-02", 360, 160, text="便民服务大厅"),
        _CODE_SIGN,
    ),
    K.activity_room: (_NAMEPLATE, _ROOM_SIGN, Hung("FL-01", 1440, 960)),
    K.political_life_hall: (_NAMEPLATE, Hung("EM-01", 1000, 1000), Hung("FL-01", 1920, 1280), _CODE_SIGN),
    K.hall_room: (_ROOM_SIGN,),
    K.red_base: (_NAMEPLATE,),
    K.window: (Hung("WN-01", 500, 250, emblem_mm=80, text="党员先锋窗口"), Hung("DK-01", 200, 100, emblem_mm=40)),
    K.responsibility_area: (Hung("RA-01", 600, 400, bottom_mm=1600, text="护塘、巡河、防火；每周一巡"),),
    **dict.fromkeys((K.station, K.substation, K.care_point, K.discussion_corridor), (_PLAIN_NAMEPLATE, _CODE_SIGN)),
}
"""As the standard that is shipped asks for it."""


@dataclass(frozen=True)
class Fault:
    """What is wrong at a venue, in whose words an inspector tells it: instead of the right sign of that code hangs `wrong`, or
    nothing; or it hangs there `beside` all that is right."""

    code: str
    words: str
    wrong: Hung | None = None
    is_damaged: bool = False
    beside: bool = False


_SPOILT: Final = Hung("FB-02", 800, 800, text="党徽下面加了二维码")

FAULTS: Final[Mapping[VenueKind, tuple[Fault, ...]]] = {
    K.service_center: (
        Fault("NB-02", "没有公示栏"),
        Fault("SG-01", "名称牌上的党徽直径 260 mm，超过 200 mm", Hung("SG-01", 900, 450, emblem_mm=260)),
        Fault("EM-01", "党徽压扁了，800×740 mm", Hung("EM-01", 800, 740)),
        Fault("FB-02", "大厅背景墙的党徽下面加了二维码", _SPOILT, beside=True),
        Fault("NP-01", "条牌上印了党徽，规范不允许", Hung("NP-01", 2200, 360, emblem_mm=120)),
        Fault("NP-02", "门牌挂得太高，量不到尺寸", Hung("NP-02")),
    ),
    K.activity_room: (
        Fault("SG-01", "名称牌开裂褪色", _NAMEPLATE, is_damaged=True),
        Fault("RD-01", "门牌缺党徽", Hung("RD-01", 360, 160)),
        Fault("FL-01", "党旗长宽比不对，1500×900 mm", Hung("FL-01", 1500, 900)),
    ),
    K.window: (
        Fault("WN-01", "窗口牌宽 520 mm，超过允许偏差", Hung("WN-01", 520, 250, emblem_mm=80)),
        Fault("DK-01", "没有桌牌"),
        Fault("WN-01", "旧窗口牌破损，没有取下", Hung("WN-01", 500, 250, emblem_mm=80), is_damaged=True, beside=True),
    ),
    K.responsibility_area: (
        Fault("RA-01", "牌下沿离地 1200 mm，太低", Hung("RA-01", 600, 400, bottom_mm=1200)),
        Fault("RA-01", "责任区牌 500×300 mm，尺寸不符", Hung("RA-01", 500, 300, bottom_mm=1600)),
    ),
    K.discussion_corridor: (
        Fault("SG-02", "名称牌上印了党徽，规范不允许", Hung("SG-02", 900, 450, emblem_mm=100)),
        Fault("SG-02", "没有名称牌"),
    ),
    K.substation: (Fault("SG-02", "名称牌被台风刮坏", _PLAIN_NAMEPLATE, is_damaged=True),),
}
MISPLACED: Final = Hung("DK-01", 200, 100)
"""A desk plate where there is no window: no inspection asks for it, so that only the check of the signs finds it."""


@dataclass(frozen=True)
class Course:
    """How many days ago a fault was found, and what was done about it since; what is `urgent` has to be put right within three."""

    found: int
    steps: tuple[tuple[int, RectificationAction], ...] = ()
    urgent: bool = False

    @property
    def put_right(self) -> int | None:
        """How many days ago it was: with the last claim, unless that was returned."""
        is_returned = bool(self.steps) and self.steps[-1][1] is A.return_
        return None if is_returned else next((day for day, action in reversed(self.steps) if action is A.claim), None)


COURSES: Final = (
    Course(13, ((8, A.claim), (5, A.return_))),
    Course(9, ((2, A.claim),)),
    Course(19),
    Course(60, ((52, A.claim), (49, A.confirm))),
    Course(6),
    Course(31),
    Course(62, ((40, A.claim), (37, A.confirm))),
    Course(14, ((10, A.claim), (7, A.return_), (3, A.claim))),
    Course(8, urgent=True),
    Course(58, ((50, A.claim), (48, A.return_), (45, A.claim), (42, A.confirm))),
    Course(24, ((18, A.claim), (12, A.return_))),
)
"""In the order in which faulty venues meet them: returned, claimed, overdue with the town, confirmed, open, overdue with the
district, confirmed too late, claimed once more, overdue since it was urgent, confirmed at the second try, overdue once returned."""

NOTES: Final = {
    A.claim: ("已按规范重做并装好，照片附后。", "旧牌已收回，新牌已装好。", "已整改，请复查。"),
    A.confirm: ("现场查看，属实。", "尺寸、位置都对。"),
    A.return_: ("新牌还是不合规，请对照规范再量一遍。", "照片看不清尺寸，请重拍。"),
}
DISPOSAL: Final = "由党支部收回，交镇街统一处置"
