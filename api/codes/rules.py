"""What a drawn code must be."""

from typing import ClassVar

from api.errors import Invalid, Text


class CodeTooSmall(Invalid):
    text: ClassVar[Text] = Text(
        "这个尺寸太小，二维码的一个模块不足 0.5 毫米。", "At this size a module of the code is under half a millimetre."
    )
