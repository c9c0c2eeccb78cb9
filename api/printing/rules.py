"""What may be printed, how much at once, and where the emblem may stand (党徽)."""

from collections.abc import Mapping
from typing import ClassVar, Final, NamedTuple

from api.codes.rules import CodeTooSmall
from api.errors import Conflict, Fact, Invalid, Text, TooLarge
from api.printing.templates import TEMPLATES
from api.standards.rules import BASIS, EmblemNotAllowed
from models.enums import MemberStatus, PlateKind, SourceGrade
from models.post_enums import PostKind
from models.print_enums import LeftOutReason, PrintKind, PrintLayout

PART: Final = 100
"""Plates of a batch that are drawn at a time."""
MOST_PLATES: Final = 2000
MOST_LEFT_OUT: Final = 100
"""Who were left out of a batch are told of with it: its first hundred where it stands alone, and in a list"""
MOST_LEFT_OUT_LISTED: Final = 10
"""of each the first ten. All are told of page by page."""
MOST_CHARACTERS: Final = 100
"""Of those that no font has, how many are told of one plate."""
SMALLEST_MODULE: Final = 0.5
"""Millimetres."""

MOST_EMBLEM_BYTES: Final = 2 * 1024 * 1024
SMALLEST_EMBLEM: Final = 600
"""Pixels."""
SHAPE_TOLERANCE: Final = 0.01
LEAST_FESTIVE: Final = 0.95
"""The part of an emblem's pixels that is gold or red."""
GOLD: Final = (30, 60)
RED: Final = (345, 15)
"""Hues in degrees, from and to."""


class Basis(NamedTuple):
    """What a refusal rests on. Where it is our own, or the number of the article was not found, that is None."""

    regulation: str | None
    article: str | None
    text: str
    grade: SourceGrade

    def told(self) -> dict[str, object]:
        return {**self._asdict(), "grade": self.grade.value}


REGULATION: Final = "《中国共产党党徽党旗条例》"
PRIVATE_PLACES: Final = Basis(REGULATION, None, "党徽图案不得用于私人场所的标识物", SourceGrade.C)
ONLY_LEADS: Final = Basis(None, None, "阵地牌只供扫码进入网页，本系统不在上面加党徽图案", SourceGrade.OURS)
SHAPE: Final = Basis(REGULATION, None, "不得制作使用不符合制法说明的党徽", SourceGrade.C)
COLOURS: Final = Basis(REGULATION, None, "党徽图案一般使用金黄色或者红色", SourceGrade.C)
_NOT_ALLOWED: Final[Mapping[PrintKind, Basis]] = {
    PrintKind.household_plate: PRIVATE_PLACES,
    PrintKind.venue_sign: ONLY_LEADS,
}

_BASIS: Final = {"basis": BASIS}


class EmblemShape(Invalid):
    text: ClassVar[Text] = Text(
        "党徽图片须为正方形（误差不超过 1%），边长至少 600 像素。",
        "The picture of the emblem must be square to one part in a hundred, and at least 600 pixels wide.",
    )
    tells: ClassVar[Mapping[str, Fact]] = _BASIS


class EmblemColour(Invalid):
    text: ClassVar[Text] = Text("党徽图片须为金黄色或者红色。", "The picture of the emblem must be gold or red.")
    tells: ClassVar[Mapping[str, Fact]] = _BASIS


class EmblemNotPng(Invalid):
    text: ClassVar[Text] = Text("党徽图片须为 PNG 格式。", "The picture of the emblem must be a PNG.")


class EmblemTooLarge(TooLarge):
    text: ClassVar[Text] = Text("党徽图片不能超过 2 MB。", "The picture of the emblem may have 2 MB at the most.")


class NoEmblem(Conflict):
    text: ClassVar[Text] = Text(
        "还没有上传党徽图片，请区级干部先上传，或不加党徽。",
        "No picture of the emblem has been uploaded. Let a district officer do so, or print without it.",
    )


class DoesNotFit(Invalid):
    text: ClassVar[Text] = Text("这种牌比 A4 纸大，请选单牌。", "A plate of this kind is larger than A4: choose `single`.")


class TooManyPlates(Invalid):
    text: ClassVar[Text] = Text(
        "一批最多 2000 块，请按下级组织或人员分批。",
        "A batch has 2000 plates at the most. Choose an organisation below, or members.",
    )


class NothingToPrint(Invalid):
    text: ClassVar[Text] = Text(
        "没有可以打印的牌，原因见逐条说明。", "There is nothing to print; why, is told of each who was left out."
    )
    tells: ClassVar[Mapping[str, Fact]] = {
        "left_out": Fact(f"who was left out, and why, the first {MOST_LEFT_OUT}", type="array"),
        "left_out_count": Fact("how many were left out", type="integer"),
    }


def check_emblem_use(kind: PrintKind, *, emblem: bool) -> None:
    """Raise `EmblemNotAllowed` for a plate that never bears the emblem."""
    if emblem and kind in _NOT_ALLOWED:
        raise EmblemNotAllowed(members={"basis": [_NOT_ALLOWED[kind].told()]})


def check_emblem_picture(width: int, height: int, hues: Mapping[int, int], uncoloured: int) -> None:
    """Look at a picture that is to be the emblem. `hues` tells how many of its opaque pixels that are not white have each hue, in
    degrees; `uncoloured` how many of them have none. Raises `EmblemShape` or `EmblemColour`."""
    if min(width, height) < SMALLEST_EMBLEM or abs(width - height) > SHAPE_TOLERANCE * max(width, height):
        raise EmblemShape(members={"basis": [SHAPE.told()]})
    festive = sum(number for hue, number in hues.items() if GOLD[0] <= hue <= GOLD[1] or not RED[1] < hue < RED[0])
    inked = sum(hues.values()) + uncoloured
    if not inked or festive < LEAST_FESTIVE * inked:
        raise EmblemColour(members={"basis": [COLOURS.told()]})


def check_layout(kind: PrintKind, layout: PrintLayout) -> None:
    """Raise `DoesNotFit` for a plate that is larger than a sheet."""
    if layout is PrintLayout.a4 and not TEMPLATES[kind].on_a4:
        raise DoesNotFit


def check_code(kind: PrintKind, modules: int) -> None:
    """Raise `CodeTooSmall` where the codes of a long host, of so many modules with their quiet zone, are too fine for a plate."""
    if TEMPLATES[kind].code_side < modules * SMALLEST_MODULE:
        raise CodeTooSmall


def why_left_out(
    kind: PrintKind,
    *,
    emblem: bool,
    has_valid_card: bool,
    status: MemberStatus,
    is_pioneer: bool,
    missing: str,
) -> LeftOutReason | None:
    """Why no plate of a kind is printed for a member; None where one may be. `missing` are the characters that no font has."""
    if not has_valid_card:
        return LeftOutReason.card_not_valid
    # A household is marked where a full member lives (济南长清: 有正式党员的户).
    if kind is PrintKind.household_plate and status is not MemberStatus.full:
        return LeftOutReason.not_full_member
    if kind is PrintKind.post_plate and emblem and not is_pioneer:
        return LeftOutReason.emblem_not_allowed
    return LeftOutReason.missing_glyph if missing else None


def wanted_post(kind: PrintKind, *, emblem: bool) -> PostKind | None:
    """The kind of post that a plate is about; None where the holder's first one is meant."""
    if kind is PrintKind.window_plate:
        return PostKind.window
    return PostKind.pioneer if kind is PrintKind.post_plate and emblem else None


def plate_kind(kind: PrintKind) -> PlateKind:
    """The kind of plate of a card. ValueError for the sign of a venue, which is none."""
    return PlateKind(kind.value)


def parts(count: int) -> int:
    """In how many parts so many plates are drawn."""
    return -(-count // PART)
