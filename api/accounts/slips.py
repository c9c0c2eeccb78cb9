"""The slips that hand a user name and its one-time password to a person: ten on an A4 sheet, to be cut apart."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from api.adapters.paper import GREY, MISSING_SORT, RED, Sheets
from api.days import day_of
from api.settings import Settings

COLUMNS, ROWS = 2, 5
WIDTH, HEIGHT = 210 / COLUMNS, 297 / ROWS
MARGIN = 10.0
INNER = WIDTH - 2 * MARGIN
GAP = 0.6
"""Between the boxes that hold the characters of a password."""


@dataclass(frozen=True)
class Slip:
    """What is told once about an account. `member_name` is None for one that is no member's."""

    account_id: UUID
    username: str
    one_time_password: str = field(repr=False)
    good_until: datetime
    member_name: str | None
    organization_name: str
    service_phone: str | None = None
    """The telephone of the organisation."""
    is_half: bool = False
    """Whether this is but the second half of the password: the first was told to the one who asked for it."""


@dataclass(frozen=True)
class Printer:
    """What slips are printed with: the address of the service, the district's time, and the font of its own, if there is one."""

    address: str
    zone: ZoneInfo
    font: Path | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Printer":
        return cls(settings.base_url.partition("://")[2], settings.zone, settings.paper_font)

    def print(self, slips: Sequence[Slip]) -> "Printed":
        """Draw slips in their order, ten a page. Raises `BadPaperFont`."""
        sheets = Sheets("账号与一次性密码", extra_font=self.font)
        for number, slip in enumerate(slips):
            place = number % (COLUMNS * ROWS)
            if place == 0:
                sheets.page()
                _cut_lines(sheets)
            self._draw(sheets, slip, place % COLUMNS * WIDTH + MARGIN, place // COLUMNS * HEIGHT)
        if not slips:
            sheets.page()
            sheets.text(MARGIN, 20, "没有需要开通账号的党员。", 12)
        return Printed(tuple(slips), sheets.done(), frozenset(sheets.missing))

    def _draw(self, sheets: Sheets, slip: Slip, x: float, y: float) -> None:
        right, left = x + INNER, x + 17
        sheets.text(x, y + 10.8, "亮显", 17, RED)
        sheets.text(right, y + 10.6, "账号与一次性密码", 8.5, GREY, from_right=True)
        sheets.line(x, y + 12.9, right, y + 12.9, RED, thickness=0.35)
        lines, size = sheets.broken(slip.organization_name, 9, INNER, lines=2)
        for place, line in enumerate(lines):
            sheets.text(x, y + 17.2 + 3.7 * place, line, size, GREY)
        name = slip.member_name or "工作账号"
        if any(not sheets.has(character) for character in name + slip.organization_name):
            sheets.text(right, y + 26, f"{MISSING_SORT} 处字库缺字，请手写", 7.5, RED, from_right=True)
        sheets.fitted(x, y + 26.3, name, 14, INNER - 28)
        sheets.text(x, y + 32.3, "用户名", 8.5, GREY)
        sheets.fitted(left, y + 32.6, slip.username, 15, right - left)
        sheets.text(x, y + 39.6, "密码后半" if slip.is_half else "一次性密码", 8.5, GREY)
        cell = (right - left + GAP) / len(slip.one_time_password)
        for place, character in enumerate(slip.one_time_password):
            sheets.box(left + place * cell, y + 35, cell - GAP, 7)
            sheets.pitched(left + place * cell, y + 40.2, character, 12.5, cell - GAP)
        last = day_of(slip.good_until - timedelta(microseconds=1), self.zone)
        sheets.text(x, y + 46.4, "服务地址", 8.5, GREY)
        taken = sheets.text(right, y + 46.4, f"{last.year}年{last.month}月{last.day}日当天仍有效", 8.5, from_right=True)
        sheets.fitted(left, y + 46.4, self.address, 8.5, right - left - taken - 2)
        sheets.fitted(x, y + 50.3, "在“亮显”手机应用中登录，首次登录须修改密码。不要告诉别人，用后销毁。", 8.5, INNER)
        phone = f"，或打 {slip.service_phone}" if slip.service_phone else ""
        sheets.fitted(x, y + 54.2, f"登录不了，请问发纸条的人{phone}。", 8.5, INNER)


@dataclass(frozen=True)
class Printed:
    """Slips on paper, and the characters of them that no font at hand has."""

    slips: tuple[Slip, ...]
    pdf: bytes = field(repr=False)
    missing: frozenset[str]


def _cut_lines(sheets: Sheets) -> None:
    for column in range(1, COLUMNS):
        sheets.cut(column * WIDTH, 4, column * WIDTH, 293)
    for row in range(1, ROWS):
        sheets.cut(4, row * HEIGHT, 206, row * HEIGHT)
