"""What plates are called, in Chinese, as the papers and lists about them are kept."""

from collections.abc import Mapping
from typing import Final

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

REASONS: Mapping[LeftOutReason, str] = {
    LeftOutReason.card_not_valid: "没有有效的身份卡",
    LeftOutReason.no_plate: "没有这种牌（在岗的加 --make-missing 可补制）",
    LeftOutReason.withdrawn: "牌已收回",
    LeftOutReason.emblem_not_allowed: "不是党员先锋岗，岗位牌不能用党徽",
    LeftOutReason.not_full_member: "不是正式党员",
    LeftOutReason.missing_glyph: "字库缺字",
}
