"""What plates are called, in Chinese, as the papers and lists about them are kept."""

from collections.abc import Mapping
from typing import Final

from api.errors import Text
from models.print_enums import LeftOutReason, PrintKind

TITLES: Mapping[PrintKind, str] = {
    PrintKind.name_badge: "胸牌",
    PrintKind.desk_plate: "桌牌",
    PrintKind.post_plate: "岗位牌",
    PrintKind.window_plate: "窗口牌",
    PrintKind.household_plate: "党员户牌",
    PrintKind.venue_sign: "阵地牌",
}
NO_POST: Final = "共产党员"
"""What stands where a post would, on the plate of a member who holds none."""

PLATES: Final = "亮牌"
CODES: Final = "二维码"
SERIALS: Final = "编号清单"
COLUMNS: Final[tuple[tuple[str, float], ...]] = (
    ("序号", 6),
    ("姓名", 16),
    ("组织", 30),
    ("牌种", 10),
    ("编号", 22),
    ("网址", 50),
    ("制作日期", 12),
)

REASONS: Mapping[LeftOutReason, Text] = {
    LeftOutReason.card_not_valid: Text("没有有效的身份卡", "no valid card"),
    LeftOutReason.no_plate: Text(
        "没有这种牌（在岗的加 --make-missing 可补制）", "no such plate (--make-missing makes one for who holds a post)"
    ),
    LeftOutReason.withdrawn: Text("牌已收回", "the plate is withdrawn"),
    LeftOutReason.emblem_not_allowed: Text("不是党员先锋岗，岗位牌不能用党徽", "no vanguard post: its plate bears no emblem"),
    LeftOutReason.not_full_member: Text("不是正式党员", "not a full member"),
    LeftOutReason.missing_glyph: Text("字库缺字", "no font has a character"),
}
