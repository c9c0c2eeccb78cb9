"""Plain drawn pictures of what people do, where there are no photos: for the demonstration."""

from enum import StrEnum
from io import BytesIO
from typing import Final

from PIL import Image, ImageDraw

SIZE: Final = (960, 720)
_SKY, _WALL, _INK, _GROUND, _RED, _GREEN, _LIGHT = "#cfe0ec", "#ece4d6", "#33415c", "#a7a08f", "#9c1519", "#4c7a4f", "#f2c14e"


class Scene(StrEnum):
    handrail = "handrail"
    street_lamp = "street_lamp"
    river = "river"
    classroom = "classroom"
    nameplate = "nameplate"


def draw(scene: Scene, step: int) -> bytes:
    """A JPEG of a scene; of one with a larger `step` more is done."""
    picture = Image.new("RGB", SIZE, _SKY if scene in (Scene.street_lamp, Scene.river) else _WALL)
    drawing = ImageDraw.Draw(picture)
    drawing.rectangle((0, 560, 960, 720), fill=_GROUND)
    draw_it = {
        Scene.handrail: _handrail,
        Scene.street_lamp: _street_lamp,
        Scene.river: _river,
        Scene.classroom: _classroom,
        Scene.nameplate: _nameplate,
    }[scene]
    draw_it(drawing, step)
    content = BytesIO()
    picture.save(content, "JPEG", quality=85)
    return content.getvalue()


def _handrail(drawing: ImageDraw.ImageDraw, step: int) -> None:
    for left in range(60, 960, 120):
        drawing.line((left, 0, left, 560), fill="#ddd3c2", width=3)
    drawing.rounded_rectangle((560, 380, 800, 620), 40, fill="white", outline=_INK, width=8)
    for number in range(min(step, 3)):
        top = 180 + 120 * number
        drawing.line((120, top, 460, top), fill=_RED, width=22)
        for left in (140, 440):
            drawing.line((left, top, left, top + 50), fill=_INK, width=18)


def _street_lamp(drawing: ImageDraw.ImageDraw, step: int) -> None:
    for number in range(4):
        left, is_lit = 140 + 220 * number, number < step
        drawing.line((left, 620, left, 180), fill=_INK, width=20)
        drawing.line((left, 190, left + 90, 190), fill=_INK, width=16)
        drawing.ellipse((left + 60, 190, left + 130, 260), fill=_LIGHT if is_lit else "#8f8f8f", outline=_INK, width=6)


def _river(drawing: ImageDraw.ImageDraw, step: int) -> None:
    drawing.polygon(((0, 560), (960, 470), (960, 720), (0, 720)), fill="#6c9bb5")
    for number in range(5):
        left = 90 + 180 * number
        drawing.rectangle((left + 26, 330, left + 46, 480), fill="#6b4f3a")
        drawing.ellipse((left - 30, 210, left + 100, 370), fill=_GREEN)
    for number in range(max(0, 6 - 2 * step)):
        drawing.ellipse((120 + 140 * number, 610, 170 + 140 * number, 650), fill="#7d6b4f", outline=_INK, width=4)


def _classroom(drawing: ImageDraw.ImageDraw, step: int) -> None:
    drawing.rectangle((180, 90, 780, 320), fill=_GREEN, outline=_INK, width=12)
    for number in range(min(step + 1, 4)):
        drawing.line((230, 140 + 45 * number, 230 + 120 * (number + 1), 140 + 45 * number), fill="white", width=10)
    for number in range(2 + step):
        left = 80 + 150 * number
        drawing.ellipse((left, 430, left + 80, 510), fill="#e6c3a5")
        drawing.rounded_rectangle((left - 15, 510, left + 95, 680), 30, fill=_INK)


def _nameplate(drawing: ImageDraw.ImageDraw, step: int) -> None:
    drawing.rectangle((620, 150, 880, 560), fill="#7b8794", outline=_INK, width=10)
    drawing.line((750, 150, 750, 560), fill=_INK, width=8)
    if not step:
        return
    slope = 90 if step == 1 else 0
    drawing.polygon(((80, 200), (540, 200 + slope), (540, 400 + slope), (80, 400)), fill="#b98a86" if slope else _RED, outline=_INK)
    for number, right in enumerate((480, 400)):
        top, end = 255 + 70 * number, slope * (right - 140) // 460
        drawing.line((140, top + slope // 8, right, top + slope // 8 + end), fill="white", width=26)
    if slope:
        drawing.line(((360, 250), (330, 320), (370, 360), (340, 450)), fill=_INK, width=8)
