"""The templates that plates are printed by: their true sizes in millimetres, what they carry, and where a size comes from."""

from dataclasses import dataclass
from typing import Final

from models.enums import SourceGrade
from models.print_enums import PrintKind

SHEET: Final = (210.0, 297.0)
"""Width and height of A4, upright."""
MOST_DUTIES: Final = 5
"""On a plate of a post, the first ones in their order."""
MARGIN: Final = 5.0
"""The least that stays free around the plates of a sheet: printers do not reach its edge."""


@dataclass(frozen=True)
class Template:
    """A plate of one kind. `code_side` is the side of its QR code with the quiet zone, and `emblem` the diameter of the emblem that
    it may bear by an `article` of the regulation; None where it never bears one."""

    kind: PrintKind
    width: float
    height: float
    code_side: float
    carries: tuple[str, ...]
    emblem: float | None
    article: str | None
    source: str
    grade: SourceGrade
    smallest: float = 3.0
    """How high the characters of people's words are at least: what does not fit on its lines so is cut."""

    @property
    def most_duties(self) -> int | None:
        return MOST_DUTIES if "duties" in self.carries else None

    @property
    def columns(self) -> int:
        """How many stand beside each other on a sheet; none where it is too large for one."""
        return int((SHEET[0] - 2 * MARGIN) // self.width)

    @property
    def rows(self) -> int:
        return int((SHEET[1] - 2 * MARGIN) // self.height)

    @property
    def on_a4(self) -> int:
        """How many fit on a sheet."""
        return self.columns * self.rows


_EVERY: Final = ("qr", "code", "host", "phone")
_CARD, _POST = "第七条(二)", "第七条(五)"
_TIANCHANG: Final = "天长市委组织部"
_OWN: Final = "未找到规定"

_K, _G = PrintKind, SourceGrade
_ALL: Final = (
    Template(_K.name_badge, 85.6, 54, 22, ("name", "post", "branch", *_EVERY), 10, _CARD, "ISO/IEC 7810 ID-1", _G.OURS, smallest=2),
    Template(_K.desk_plate, 200, 100, 60, ("name", "post", "branch", *_EVERY), 20, _POST, _TIANCHANG, _G.A),
    Template(_K.post_plate, 200, 100, 60, ("post", "name", "branch", "duties", *_EVERY), 20, _POST, _TIANCHANG, _G.A),
    Template(_K.window_plate, 500, 250, 120, ("post", "holders", "branch", *_EVERY), 40, _POST, _TIANCHANG, _G.A, smallest=8),
    Template(_K.household_plate, 150, 100, 60, ("branch", *_EVERY), None, None, _OWN, _G.OURS),
    Template(_K.venue_sign, 200, 140, 90, ("venue", "kind", "hours", *_EVERY), None, None, _OWN, _G.OURS),
)
TEMPLATES: Final = {template.kind: template for template in _ALL}
