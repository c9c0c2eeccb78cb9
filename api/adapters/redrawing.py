"""Pictures drawn anew. A server never does this itself: it runs this module as a process of its own, with limits, which reads one
picture after another from its standard input and writes what became of each to its standard output.

The picture is pasted onto a fresh canvas and written as JPEG; the emblem, which may be transparent, as PNG. Its metadata (where and
when it was taken), comments, profiles, and whatever was hung onto its end do not come along. Of an animation the first picture is
taken.
"""

import re
import resource
import select
import signal
import struct
import sys
from enum import IntEnum
from io import BytesIO
from typing import BinaryIO, Final, NamedTuple

from PIL import ExifTags, Image, UnidentifiedImageError

from api.adapters.confined import confine

MAX_PIXELS = 24_000_000
MAX_PIXELS_REDUCED = 60_000_000
"""Of a JPEG that is reduced while it is decoded, as the largest of telephones are: none of it is ever whole in memory."""
MAX_SCANS = 100
"""Of a JPEG: programs write ten or so, and each, however few bytes it has, is gone through with the whole picture."""
MAX_PARTS = 5_000
"""Of a JPEG's segments and of a PNG's chunks, each of which costs time by itself: programs write a few hundred at the most."""
QUALITY = 85
MEMORY: Final = 1 << 30
"""Bytes that the process may take, the interpreter's own among them."""
IDLE_SECONDS: Final = 60.0
"""After so long without a picture the process ends."""

QUESTION: Final = struct.Struct("!IHH?")
"""What goes before a picture that is sent to the process: its length, width and height to fit within, whether it is an emblem."""
ANSWER: Final = struct.Struct("!BHHI")
"""What goes before the picture that comes back: what became of it, its width and height, its length."""

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

_MARKER = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd7]")
"""What ends the coded data of a JPEG's scan, in which a byte of 255 is followed by a zero or by the mark of a restart. What has no
length is none."""
_JPEG, _PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
_SCAN, _END = 0xDA, 0xD9


class Ending(IntEnum):
    """What became of a picture."""

    drawn = 0
    not_a_picture = 1
    format_not_taken = 2
    damaged = 3
    too_large = 4


class Undrawable(Exception):
    """A picture that is not drawn, and why."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending)
        self.ending = ending


class Redrawn(NamedTuple):
    """A picture drawn anew, as the bytes of its file; width and height in pixels."""

    content: bytes
    width: int
    height: int


def redraw(sent: bytes, bounds: tuple[int, int], *, is_emblem: bool) -> Redrawn:
    """Draw a picture anew, to fit within so many pixels. Raises Undrawable."""
    written = BytesIO()
    try:
        _check_parts(sent)
        with _opened(sent, ("PNG",) if is_emblem else ("JPEG", "PNG", "WEBP")) as image:
            if image.width * image.height > (MAX_PIXELS_REDUCED if _is_reduced(image) else MAX_PIXELS):
                raise Undrawable(Ending.too_large)
            canvas = _on_canvas(image, bounds, is_transparent=is_emblem)
        canvas.save(written, "PNG", optimize=True) if is_emblem else canvas.save(written, "JPEG", quality=QUALITY)
    except Undrawable:
        raise
    except (MemoryError, Image.DecompressionBombError) as error:
        raise Undrawable(Ending.too_large) from error
    # What the decoders raise on purposely broken files is not one family of errors.
    except Exception as error:
        raise Undrawable(Ending.damaged) from error
    return Redrawn(written.getvalue(), canvas.width, canvas.height)


def _check_parts(sent: bytes) -> None:
    """Raise Undrawable where a picture has more parts than any program writes. It is only looked through, not decoded."""
    if sent.startswith(_JPEG):
        _check_segments(sent)
    elif sent.startswith(_PNG):
        place = len(_PNG)
        for _ in range(MAX_PARTS):
            if place + 8 > len(sent):
                return
            place += 12 + int.from_bytes(sent[place : place + 4])
        raise Undrawable(Ending.damaged)


def _check_segments(sent: bytes) -> None:
    scans, place = 0, len(_JPEG)
    for _ in range(MAX_PARTS):
        found = _MARKER.search(sent, place)
        if found is None or (kind := sent[found.end() - 1]) == _END:
            return
        # Behind its marker each segment tells its length; behind a scan's stands its coded data, which ends with the next marker.
        place = found.end() + int.from_bytes(sent[found.end() : found.end() + 2])
        scans += kind == _SCAN
        if scans > MAX_SCANS:
            break
    raise Undrawable(Ending.damaged)


def _opened(sent: bytes, formats: tuple[str, ...]) -> Image.Image:
    """The picture with only its beginning read."""
    try:
        return Image.open(BytesIO(sent), formats=formats)
    except UnidentifiedImageError as error:
        raise Undrawable(Ending.format_not_taken if _OTHER_FORMATS.match(sent) else Ending.not_a_picture) from error


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


def serve(questions: BinaryIO, answers: BinaryIO) -> None:
    """Draw the pictures that are sent, each in its turn, until there are no more of them, or none comes for long."""
    while select.select([questions], [], [], IDLE_SECONDS)[0] and (head := questions.read(QUESTION.size)):
        length, width, height, is_emblem = QUESTION.unpack(head)
        sent = questions.read(length)
        if len(sent) < length:
            return
        try:
            drawn = redraw(sent, (width, height), is_emblem=is_emblem)
            head, content = ANSWER.pack(Ending.drawn, drawn.width, drawn.height, len(drawn.content)), drawn.content
        except Undrawable as reason:
            head, content = ANSWER.pack(reason.ending, 0, 0, 0), b""
        answers.write(head)
        answers.write(content)
        answers.flush()


def retire_from_all_else() -> None:
    """Bind this process, for the rest of its life, to what it may take: it opens no file and no connection any more, and starts
    nothing, unless it is root's. Whoever interrupts the server ends it by its input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    confine(
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
    )


if __name__ == "__main__":
    # All that is ever imported, since no file is opened afterwards.
    Image.init()
    retire_from_all_else()
    serve(sys.stdin.buffer, sys.stdout.buffer)
