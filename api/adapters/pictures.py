"""Pictures that people send: read with suspicion, and written anew, so that nothing but what is seen is left of what was sent.

They are drawn by `redrawing.py`, apart from the server and under a limit of time.
"""

import colorsys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO, ClassVar, Final
from uuid import UUID

from PIL import Image

from api.adapters.drawers import Drawers, Ended
from api.adapters.redrawing import QUALITY, Ending, Undrawable
from api.errors import Invalid, Refusal, Text, TooLarge
from api.turns import Turns
from models.enums import FilePurpose

MAX_PICTURE_BYTES = 20 * 1024 * 1024
MEDIA_TYPE = "image/jpeg"
MEDIA_TYPE_OF_EMBLEM = "image/png"
BOUNDS = {FilePurpose.portrait: (600, 800), FilePurpose.attachment: (2048, 2048), FilePurpose.emblem: (1200, 1200)}
"""Width and height in pixels that a picture is brought to fit within, standing upright. A smaller one stays as it is."""
OPAQUE, WHITE, LEAST_COLOUR = 128, 245, 0.1
"""From which value on a pixel is seen, is white, and has a hue: its alpha and channels of 255, its saturation and value of 1."""
WAIT_SECONDS = 5.0
DRAWING_SECONDS = 10.0
"""How long one picture may take, with the start of the process that draws it."""
AT_ONCE = 2
"""One picture of the largest size takes some 200 MB while it is read, as a WebP some 530."""
EACH = 1
"""Of those of one account, so that whose pictures take long keeps nobody else waiting."""

_turns = Turns(AT_ONCE, EACH)
_drawers = Drawers()


class NotAPicture(Invalid):
    text: ClassVar[Text] = Text("这不是照片。请上传 JPG 或 PNG 照片。", "This is no picture. Send a photo as JPEG, PNG or WebP.")


class PictureFormatNotTaken(NotAPicture):
    text: ClassVar[Text] = Text(
        "这是 HEIC、AVIF 一类格式的照片，不能接收。请在手机相机设置里选“兼容性最佳”（JPG）重拍，或转成 JPG 再上传。",
        "This is a photo, but in a format that is not taken, such as HEIC or AVIF. Send it as JPEG.",
    )


class PictureDamaged(Invalid):
    text: ClassVar[Text] = Text(
        "这张照片不完整或已损坏，请重新拍照或另选一张。", "This picture is cut off or damaged. Take it again, or choose another."
    )


class PictureTooLarge(TooLarge):
    text: ClassVar[Text] = Text(
        "照片过大：最多 20 MB；JPG 最多 6000 万像素，其他格式 2400 万。请缩小后再上传。",
        "This picture is too large: at most 20 MB, and 60 million pixels as JPEG or 24 million otherwise. Make it smaller.",
    )


REFUSALS: Final[Mapping[Ending, type[Refusal]]] = {
    Ending.not_a_picture: NotAPicture,
    Ending.format_not_taken: PictureFormatNotTaken,
    Ending.damaged: PictureDamaged,
    Ending.too_large: PictureTooLarge,
}


@dataclass(frozen=True)
class Picture:
    """A picture as it may be stored and shown. `digest` is the SHA-256 of `content` in hexadecimal."""

    content: bytes
    width: int
    height: int
    digest: str
    media_type: str = MEDIA_TYPE


@dataclass(frozen=True)
class Colours:
    """How many of a picture's opaque pixels that are not white have each hue, in whole degrees; and how many have none."""

    hues: Mapping[int, int]
    uncoloured: int


def read_picture(source: BinaryIO, purpose: FilePurpose, brought_by: UUID | None) -> Picture:
    """Read what somebody has sent, and draw it anew. `brought_by` is his account; None where it is the product's own.

    Raises `NotAPicture`, `PictureDamaged` or `PictureTooLarge`, and `Unavailable` where too many are being read at once, in all
    or of this account.
    """
    sent = source.read(MAX_PICTURE_BYTES + 1)
    if len(sent) > MAX_PICTURE_BYTES:
        raise PictureTooLarge
    is_emblem = purpose is FilePurpose.emblem
    with _turns.take(WAIT_SECONDS, retry_after=2, account_id=brought_by):
        try:
            content, width, height = _drawers.redraw(sent, BOUNDS[purpose], is_emblem=is_emblem, seconds=DRAWING_SECONDS)
        except Undrawable as reason:
            raise REFUSALS[reason.ending] from reason
        except Ended as reason:
            # For taking too long or too much, or by its own crash.
            raise PictureTooLarge from reason
    media_type = MEDIA_TYPE_OF_EMBLEM if is_emblem else MEDIA_TYPE
    return Picture(content, width, height, sha256(content).hexdigest(), media_type)


def reduced(content: bytes, bounds: tuple[int, int]) -> bytes:
    """A picture that was drawn anew here, as JPEG within so many pixels; one that fits stays as it is."""
    with Image.open(BytesIO(content), formats=("JPEG",)) as image:
        if image.width <= bounds[0] and image.height <= bounds[1]:
            return content
        # Read at a half, a quarter or an eighth of its size, it is small before it is in memory.
        image.thumbnail(bounds, reducing_gap=1.0)
        written = BytesIO()
        image.save(written, "JPEG", quality=QUALITY)
        return written.getvalue()


def colours_of(picture: Picture) -> Colours:
    """The colours of a picture that was drawn anew."""
    with Image.open(BytesIO(picture.content)) as image:
        seen = image.convert("RGBA").quantize(256, Image.Quantize.FASTOCTREE).convert("RGBA")
    hues: Counter[int] = Counter()
    uncoloured = 0
    for number, colour in seen.getcolors(256) or ():
        *channels, alpha = colour if isinstance(colour, tuple) else (colour, 0)
        if alpha < OPAQUE or min(channels) >= WHITE:
            continue
        hue, saturation, value = colorsys.rgb_to_hsv(*(channel / 255 for channel in channels))
        if saturation < LEAST_COLOUR or value < LEAST_COLOUR:
            uncoloured += number
        else:
            hues[round(hue * 360) % 360] += number
    return Colours(hues, uncoloured)
