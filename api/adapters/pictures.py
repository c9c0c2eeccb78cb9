"""Pictures that people send: read with suspicion, and written anew, so that nothing but what is seen is left of what was sent.

The picture is pasted onto a fresh canvas and stored as JPEG; the emblem, which may be transparent, as PNG. Its metadata (where and
when it was taken), comments, profiles, and whatever was hung onto its end do not come along. Of an animation the first picture is
taken.
"""

import colorsys
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import BinaryIO, ClassVar

from PIL import ExifTags, Image, UnidentifiedImageError

from api.errors import Invalid, Text, TooLarge
from api.turns import Turns
from models.enums import FilePurpose

MAX_PICTURE_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 24_000_000
MAX_PIXELS_REDUCED = 60_000_000
"""Of a JPEG that is reduced while it is decoded, as the largest of telephones are: none of it is ever whole in memory."""
FORMATS = ("JPEG", "PNG", "WEBP")
MEDIA_TYPE = "image/jpeg"
MEDIA_TYPE_OF_EMBLEM = "image/png"
BOUNDS = {FilePurpose.portrait: (600, 800), FilePurpose.attachment: (2048, 2048), FilePurpose.emblem: (1200, 1200)}
"""Width and height in pixels that a picture is brought to fit within, standing upright. A smaller one stays as it is."""
QUALITY = 85
OPAQUE, WHITE, LEAST_COLOUR = 128, 245, 0.1
"""From which value on a pixel is seen, is white, and has a hue: its alpha and channels of 255, its saturation and value of 1."""
WAIT_SECONDS = 5.0

_TURNED = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT, False),
    3: (Image.Transpose.ROTATE_180, False),
    4: (Image.Transpose.FLIP_TOP_BOTTOM, False),
    5: (Image.Transpose.TRANSPOSE, True),
    6: (Image.Transpose.ROTATE_270, True),
    7: (Image.Transpose.TRANSVERSE, True),
    8: (Image.Transpose.ROTATE_90, True),
}
"""What sets a picture upright, by its EXIF orientation; and whether it lies on its side until then."""

_OTHER_FORMATS = re.compile(rb".{4}ftyp(?:hei[cmsx]|hev[cmsx]|mif1|msf1|avi[fs])|II\*\0|MM\0\*|\xff\x0a|\0\0\0\x0cJXL ", re.DOTALL)
"""How photos of other formats begin: HEIC, AVIF, TIFF and what is built on it, JPEG XL."""

# One picture of the largest size takes some 200 MB while it is read.
_turns = Turns(2)


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


def read_picture(source: BinaryIO, purpose: FilePurpose) -> Picture:
    """Read what somebody has sent, and draw it anew.

    Raises `NotAPicture`, `PictureDamaged` or `PictureTooLarge`, and `Unavailable` where too many are being read at once.
    """
    sent = source.read(MAX_PICTURE_BYTES + 1)
    if len(sent) > MAX_PICTURE_BYTES:
        raise PictureTooLarge
    is_emblem, written = purpose is FilePurpose.emblem, BytesIO()
    with _turns.take(WAIT_SECONDS, retry_after=2):
        canvas = _drawn(sent, purpose)
        canvas.save(written, "PNG", optimize=True) if is_emblem else canvas.save(written, "JPEG", quality=QUALITY)
    content = written.getvalue()
    media_type = MEDIA_TYPE_OF_EMBLEM if is_emblem else MEDIA_TYPE
    return Picture(content, canvas.width, canvas.height, sha256(content).hexdigest(), media_type)


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


def _drawn(sent: bytes, purpose: FilePurpose) -> Image.Image:
    image = _opened(sent, ("PNG",) if purpose is FilePurpose.emblem else FORMATS)
    with image:
        if image.width * image.height > (MAX_PIXELS_REDUCED if _is_reduced(image) else MAX_PIXELS):
            raise PictureTooLarge
        try:
            return _on_canvas(image, BOUNDS[purpose], is_transparent=purpose is FilePurpose.emblem)
        # What the decoders raise on purposely broken files is not one family of errors.
        except Exception as error:
            raise PictureDamaged from error


def _opened(sent: bytes, formats: tuple[str, ...]) -> Image.Image:
    """The picture with only its beginning read."""
    try:
        return Image.open(BytesIO(sent), formats=formats)
    except Image.DecompressionBombError as error:
        raise PictureTooLarge from error
    except UnidentifiedImageError as error:
        raise (PictureFormatNotTaken if _OTHER_FORMATS.match(sent) else NotAPicture) from error
    except Exception as error:
        raise PictureDamaged from error


def _is_reduced(image: Image.Image) -> bool:
    """Whether a picture is decoded line by line; a progressive JPEG is held whole, as other formats are."""
    return image.format == "JPEG" and not image.info.get("progressive")


def _on_canvas(image: Image.Image, bounds: tuple[int, int], *, is_transparent: bool) -> Image.Image:
    turn, on_its_side = _TURNED.get(_orientation(image), (None, False))
    if on_its_side:
        bounds = bounds[::-1]
    # A JPEG can be read at half, a quarter or an eighth of its size, which spares time and memory.
    spare = 1 if image.width * image.height > MAX_PIXELS // 2 else 2
    times = max(image.width / bounds[0], image.height / bounds[1]) / spare
    image.draft("RGB", (int(image.width / times) or 1, int(image.height / times) or 1))
    image.load()
    if image.mode.startswith("I;16"):
        # The conversion below would cut values off instead of scaling them.
        image = image.point(lambda value: value / 256, "L")
    seen = image.convert("RGBA" if image.has_transparency_data else "RGB")
    seen.thumbnail(bounds, Image.Resampling.LANCZOS, reducing_gap=None)
    if turn is not None:
        seen = seen.transpose(turn)
    if is_transparent:
        canvas = Image.new("RGBA", seen.size)
        canvas.paste(seen)
        return canvas
    canvas = Image.new("RGB", seen.size, "white")
    canvas.paste(seen, mask=seen.getchannel("A") if seen.mode == "RGBA" else None)
    return canvas


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    # Broken metadata are no fault of the picture: it is then taken as it lies.
    except Exception:
        return 1
