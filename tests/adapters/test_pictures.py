"""Whatever is sent as a picture is refused, or drawn anew with nothing of it left but what is seen."""

import errno
import os
import re
import signal
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, PngImagePlugin

from api.adapters import pictures
from api.adapters.confined import YIELDS
from api.adapters.drawers import MOST_BYTES, Drawer, Drawers, Ended, Retired
from api.adapters.pictures import (
    BOUNDS,
    DRAWING_SECONDS,
    MAX_PICTURE_BYTES,
    NotAPicture,
    Picture,
    PictureDamaged,
    PictureFormatNotTaken,
    PictureTooLarge,
    read_picture,
)
from api.adapters.redrawing import ANSWER, MAX_PARTS, MAX_PIXELS, MAX_SCANS, QUESTION, Ending, Redrawn, Undrawable, redraw
from api.errors import Refusal, Unavailable
from api.turns import Turns
from models.enums import FilePurpose
from tests.files.drawings import drawn

PROJECT = Path(__file__).parents[2]
CANARY = b"CANARY-7f3a9c-"
CANARIES = tuple(CANARY + word for word in (b"script", b"zip", b"text", b"gps", b"comment", b"profile"))
ATTACHMENT, PORTRAIT = FilePurpose.attachment, FilePurpose.portrait


def read(content: bytes, purpose: FilePurpose = ATTACHMENT) -> Picture:
    return read_picture(BytesIO(content), purpose, None)


def seen(picture: Picture) -> Image.Image:
    image = Image.open(BytesIO(picture.content))
    image.load()
    return image


def is_like(colour: object, name: str) -> bool:
    wanted = {"red": (255, 0, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}[name]
    assert isinstance(colour, tuple)
    return all(abs(found - sought) < 30 for found, sought in zip(colour, wanted, strict=True))


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def flood(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is very large."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


def zipped() -> bytes:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as book:
        book.writestr("x.html", CANARIES[1])
    return archive.getvalue()


def with_gps() -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = CANARIES[3].decode()
    exif[ExifTags.Base.Artist] = CANARIES[3].decode()
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSProcessingMethod] = CANARIES[3]
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (29.0, 52.0, 12.0)
    return drawn("JPEG", exif=exif)


def with_text() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", CANARIES[2].decode())
    text.add_itxt("XML:com.adobe.xmp", CANARIES[2].decode(), zip=False)
    return drawn("PNG", pnginfo=text)


HTML = b"<html><script>" + CANARIES[0] + b"</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>' + CANARIES[0] + b"</script></svg>"
BEARERS: dict[str, Callable[[], bytes]] = {
    "jpeg-and-html": lambda: drawn() + HTML,
    "jpeg-and-zip": lambda: drawn() + zipped(),
    "png-and-html": lambda: drawn("PNG") + HTML,
    "png-text": with_text,
    "png-unknown-chunk": lambda: drawn("PNG")[:-12] + chunk(b"caNy", CANARIES[2]) + chunk(b"IEND", b""),
    "gps": with_gps,
    "gps-in-png": lambda: drawn("PNG", exif=Image.open(BytesIO(with_gps())).getexif()),
    "gps-in-webp": lambda: drawn("WEBP", exif=Image.open(BytesIO(with_gps())).getexif()),
    "jpeg-comment": lambda: drawn(comment=CANARIES[4]),
    "profile": lambda: drawn(icc_profile=CANARIES[5] * 20),
    "profile-in-png": lambda: drawn("PNG", icc_profile=CANARIES[5] * 20),
    "xmp-in-webp": lambda: drawn("WEBP", xmp=CANARIES[2]),
    "all-at-once": lambda: (
        drawn(comment=CANARIES[4], icc_profile=CANARIES[5], exif=Image.open(BytesIO(with_gps())).getexif()) + HTML + zipped()
    ),
}


def test_every_canary_is_carried_by_something_that_is_tried() -> None:
    sent = b"".join(make() for make in BEARERS.values())
    assert [canary for canary in CANARIES if canary not in sent and canary != CANARIES[1]] == []
    assert zipped() in sent


@pytest.mark.parametrize("name", BEARERS)
@pytest.mark.parametrize("purpose", [PORTRAIT, ATTACHMENT])
def test_nothing_is_left_of_what_is_not_seen(name: str, purpose: FilePurpose) -> None:
    sent = BEARERS[name]()
    picture = read(sent, purpose)
    image = seen(picture)
    assert CANARY not in picture.content and b"PK\x03\x04" not in picture.content and b"<script" not in picture.content
    assert (image.format, image.mode) == ("JPEG", "RGB")
    assert not image.getexif() and set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert picture.content.endswith(b"\xff\xd9") and picture.content.count(b"\xff\xfe") == 0
    assert is_like(image.getpixel((45, 20)), "red") and is_like(image.getpixel((45, 100)), "blue")
    assert picture.digest == sha256(picture.content).hexdigest() != sha256(sent).hexdigest()


@pytest.mark.parametrize("name", [name for name in BEARERS if "png" in name])
def test_nothing_but_pixels_is_left_of_an_emblem_and_its_transparency(name: str) -> None:
    picture = read(BEARERS[name](), FilePurpose.emblem)
    image = seen(picture)
    assert CANARY not in picture.content and (image.format, image.mode, picture.media_type) == ("PNG", "RGBA", "image/png")
    assert not image.getexif() and not image.info
    clear = seen(read(drawn("PNG", mode="LA"), FilePurpose.emblem))
    assert clear.getchannel("A").getextrema() == (255, 255)


NO_PICTURES = {
    "nothing": b"",
    "words": "花名册".encode(),
    "svg": SVG,
    "html": HTML,
    "pdf": b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF",
    "zip": zipped(),
    "gif": drawn("GIF"),
    "bmp": drawn("BMP"),
    "tiff": drawn("TIFF"),
    "ico": drawn("ICO"),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "zip-and-jpeg": zipped() + drawn(),
    "zeros": bytes(1000),
}


@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_picture_is_refused_whatever_its_name_says(name: str) -> None:
    with pytest.raises(NotAPicture):
        read(NO_PICTURES[name])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_picture_that_is_cut_off_is_refused(kind: str, share: float) -> None:
    noise = Image.effect_noise((300, 300), 90).convert("RGB")
    written = BytesIO()
    noise.save(written, kind)
    content = written.getvalue()
    read(content)
    with pytest.raises((PictureDamaged, NotAPicture)):
        read(content[: int(len(content) * share)])


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (6_000, 4_001), (2**31 - 1, 2**31 - 1), (24_000_001, 1)])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(width: int, height: int) -> None:
    began = time.monotonic()
    with pytest.raises(PictureTooLarge):
        read(flood(width, height))
    assert time.monotonic() - began < DRAWING_SECONDS / 2


def test_a_picture_of_too_many_bytes_is_refused_without_reading_on() -> None:
    source = BytesIO(drawn() + bytes(MAX_PICTURE_BYTES + 5000))
    with pytest.raises(PictureTooLarge):
        read_picture(source, ATTACHMENT, None)
    assert source.tell() == MAX_PICTURE_BYTES + 1


def test_the_largest_picture_is_taken() -> None:
    side = 4_800
    assert side * 5_000 == MAX_PIXELS
    picture = read(drawn("PNG", size=(side, 5_000)))
    assert (picture.width, picture.height) == (1966, 2048)


MEGABYTES_OF_A_TELEPHONES_PICTURE = 200
MEASURE = """
import sys
from api.adapters.redrawing import redraw

def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) // 1024

sent, before = sys.stdin.buffer.read(), peak()
picture = redraw(sent, (int(sys.argv[1]), int(sys.argv[2])), is_emblem=False)
print(picture.width, picture.height, peak() - before)
"""


@pytest.mark.parametrize(
    ("sent", "purpose", "kept"),
    [
        ((6048, 4032), ATTACHMENT, (2048, 1365)),
        ((4032, 6048), PORTRAIT, (533, 800)),
        ((8064, 6048), ATTACHMENT, (2048, 1536)),
        ((8064, 6048), PORTRAIT, (600, 450)),
    ],
    ids=["24 megapixels", "24 megapixels upright", "48 megapixels", "48 megapixels for a card"],
)
def test_a_telephones_large_jpeg_is_taken_in_little_memory(
    sent: tuple[int, int], purpose: FilePurpose, kept: tuple[int, int]
) -> None:
    command = [sys.executable, "-c", MEASURE, *map(str, BOUNDS[purpose])]
    done = subprocess.run(command, input=drawn("JPEG", size=sent), cwd=PROJECT, capture_output=True, check=True)
    width, height, megabytes = map(int, done.stdout.split())
    assert (width, height) == kept
    assert megabytes < MEGABYTES_OF_A_TELEPHONES_PICTURE


def test_a_progressive_jpeg_is_held_whole_and_so_may_not_be_as_large() -> None:
    with pytest.raises(PictureTooLarge):
        read(drawn("JPEG", size=(6048, 4032), progressive=True))


def with_scans(number: int, before: bytes = b"") -> bytes:
    """A progressive JPEG whose last scan stands in it so many times more, behind some other bytes."""
    content = drawn("JPEG", size=(640, 480), progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + before + content[last:-2] * (number + 1) + content[-2:]


def test_a_progressive_jpeg_of_more_scans_than_any_program_writes_is_refused_before_it_is_decoded() -> None:
    assert read(with_scans(20)).width == 640
    for content in (
        with_scans(MAX_SCANS),
        with_scans(3_000),
        # What has no length does not hide what follows it, nor does what a byte of 255 is put before.
        with_scans(3_000, before=b"\xff\x01\xff\xff"),
        with_scans(3_000, before=b"\xff" * 1_000),
    ):
        began = time.process_time()
        with pytest.raises(Undrawable) as refused:
            redraw(content, (600, 800), is_emblem=False)
        assert refused.value.ending is Ending.damaged and time.process_time() - began < 0.1
        with pytest.raises(PictureDamaged):
            read(content)


def test_what_only_looks_like_scans_in_other_parts_of_a_photo_is_no_harm() -> None:
    note = b"\xff\xfe" + struct.pack(">H", 50_002) + b"\xff\xda\0\x02" * 12_500
    content = drawn("JPEG")
    assert read(content[:2] + note * 20 + content[2:] + b"\xff\xda" * 5_000).width == 90


@pytest.mark.parametrize("kind", ["segments", "chunks", "frames"])
def test_a_picture_of_more_parts_than_any_program_writes_is_refused(kind: str) -> None:
    if kind == "segments":
        content = drawn("JPEG")
        parts, at = b"\xff\xfe\0\x02", 2
    else:
        content = drawn("PNG")
        parts, at = chunk(b"caNy", b"") if kind == "chunks" else chunk(b"fcTL", bytes(26)) + chunk(b"fdAT", bytes(5)), -12
    assert read(content[:at] + parts * 1_000 + content[at:]).width == 90
    began = time.process_time()
    with pytest.raises(Undrawable):
        redraw(content[:at] + parts * MAX_PARTS + content[at:], (600, 800), is_emblem=False)
    assert time.process_time() - began < 0.1


def test_a_picture_that_takes_too_long_is_given_up_and_the_next_one_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_drawers", Drawers())
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(pictures, "DRAWING_SECONDS", 0.0)
        with pytest.raises(PictureTooLarge):
            read(drawn("PNG", size=(4_000, 3_000)))
    assert not pictures._drawers._free
    assert [read(drawn()).width, read(drawn()).width] == [90, 90]
    assert len(pictures._drawers._free) == 1, "one process draws them all"


def test_a_process_that_has_ended_is_replaced_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_drawers", Drawers())
    read(drawn())
    (kept,) = pictures._drawers._free
    assert kept._process.stdin
    # As when it has waited for long: what it is sent next it does not take any more.
    kept._process.stdin.write(QUESTION.pack(1, 1, 1, False))
    kept._process.stdin.close()
    assert kept._process.wait(10) == 0
    kept._process.stdin = open(os.devnull, "wb")  # noqa: SIM115
    assert read(drawn()).width == 90
    (other,) = pictures._drawers._free
    assert other is not kept


def test_a_picture_that_ends_a_fresh_process_is_sent_to_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def redraw(*_: object, **__: object) -> Redrawn:
        asked.append(1)
        raise Retired

    monkeypatch.setattr(Drawer, "redraw", redraw)
    with pytest.raises(Ended):
        Drawers().redraw(drawn(), (600, 800), is_emblem=False, seconds=60)
    assert asked == [1]


def test_what_draws_pictures_knows_nothing_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN_SECRET", CANARY.decode())
    drawer = Drawer()
    drawer.redraw(drawn(), (600, 800), is_emblem=False, seconds=60)
    process = Path("/proc", str(drawer._process.pid))
    assert CANARY not in (process / "environ").read_bytes()
    assert {path.readlink().name.partition(":")[0] for path in (process / "fd").iterdir()} <= {"pipe", "null"}
    assert re.search(r"Max open files +0 +0 ", (process / "limits").read_text())
    assert os.getpriority(os.PRIO_PROCESS, drawer._process.pid) == min(os.getpriority(os.PRIO_PROCESS, 0) + YIELDS, 19)


CONFINED = """
import os, socket, sys
from PIL import Image
from api.adapters.redrawing import redraw, retire_from_all_else

Image.init()
sent = sys.stdin.buffer.read()
if os.getuid() == 0:
    os.setgroups([])
    os.setuid(65534)
retire_from_all_else()
for do in (lambda: os.open("/dev/null", os.O_RDONLY), socket.socket, os.fork):
    try:
        print(do())
    except OSError as error:
        print(error.errno)
print(redraw(sent, (600, 800), is_emblem=False).width)
"""


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_what_draws_pictures_opens_and_starts_nothing_more(kind: str) -> None:
    done = subprocess.run([sys.executable, "-c", CONFINED], input=drawn(kind), cwd=PROJECT, capture_output=True, check=True)
    assert done.stdout.split() == [str(errno.EMFILE).encode(), str(errno.EMFILE).encode(), str(errno.EAGAIN).encode(), b"90"]


@pytest.mark.parametrize(
    "told",
    [ANSWER.pack(Ending.drawn, 1, 1, MOST_BYTES + 1) + bytes(MOST_BYTES + 1), ANSWER.pack(200, 1, 1, 0)],
    ids=["too much", "no ending"],
)
def test_what_draws_pictures_is_ended_where_it_tells_what_it_never_would(told: bytes, tmp_path: Path) -> None:
    (tmp_path / "told").write_bytes(told)
    drawer = Drawer()
    drawer._process.stdout = (tmp_path / "told").open("rb")
    with pytest.raises(Ended):
        drawer.redraw(drawn(), (600, 800), is_emblem=False, seconds=60)
    assert drawer._process.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    "content",
    [
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"\0\0\0\x1cftypavif\0\0\0\0avifmif1",
        b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic",
        b"II*\0" + bytes(50),
    ],
    ids=["HEIC", "AVIF", "HEIF", "TIFF"],
)
def test_a_photo_in_a_format_that_is_not_taken_is_called_so(content: bytes) -> None:
    with pytest.raises(PictureFormatNotTaken) as refusal:
        read(content)
    assert refusal.value.code() == "picture_format_not_taken"


@pytest.mark.parametrize(
    ("purpose", "sent", "kept"),
    [
        (PORTRAIT, (3000, 4000), (600, 800)),
        (PORTRAIT, (4000, 3000), (600, 450)),
        (PORTRAIT, (300, 400), (300, 400)),
        (PORTRAIT, (1, 5000), (1, 800)),
        (ATTACHMENT, (4000, 3000), (2048, 1536)),
        (ATTACHMENT, (100, 4000), (51, 2048)),
        (ATTACHMENT, (2048, 2048), (2048, 2048)),
        (ATTACHMENT, (1, 1), (1, 1)),
    ],
)
def test_a_picture_is_made_to_fit_and_never_larger(purpose: FilePurpose, sent: tuple[int, int], kept: tuple[int, int]) -> None:
    picture = read(drawn("PNG", size=sent), purpose)
    assert (picture.width, picture.height) == kept == seen(picture).size


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_of_a_turned_telephone_stands_upright(orientation: int, kind: str) -> None:
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    upright = Image.open(BytesIO(drawn("PNG", size=(900, 1600))))
    upright.paste("white", (0, 0, 300, 300))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    written = BytesIO()
    lying = upright.transpose(undo[orientation]) if orientation in undo else upright
    lying.save(written, kind, exif=exif)
    picture = read(written.getvalue(), PORTRAIT)
    image = seen(picture)
    assert image.size == (450, 800)
    assert is_like(image.getpixel((60, 60)), "white") and is_like(image.getpixel((380, 60)), "red")
    assert is_like(image.getpixel((60, 700)), "blue") and is_like(image.getpixel((380, 700)), "blue")


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_metadata_are_no_fault_of_the_picture() -> None:
    assert read(drawn(exif=b"Exif\0\0II*\0\xff\xff\xff\xff")).width == 90
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 77
    assert read(drawn(exif=exif)).width == 90


@pytest.mark.parametrize(("kind", "mode"), [("PNG", "RGBA"), ("PNG", "LA"), ("WEBP", "RGBA")])
def test_what_is_transparent_becomes_white(kind: str, mode: str) -> None:
    image = Image.new("RGBA", (40, 40), (255, 0, 0, 0))
    image.paste((255, 0, 0, 255), (0, 0, 20, 40))
    written = BytesIO()
    image.convert(mode).save(written, kind)
    found = seen(read(written.getvalue()))
    assert is_like(found.getpixel((32, 20)), "white") and not is_like(found.getpixel((8, 20)), "white")


def test_a_transparent_palette_becomes_white() -> None:
    image = Image.new("P", (40, 40), 1)
    image.putpalette([0, 0, 0, 255, 0, 0])
    image.paste(0, (20, 0, 40, 40))
    written = BytesIO()
    image.save(written, "PNG", transparency=0)
    found = seen(read(written.getvalue()))
    assert is_like(found.getpixel((32, 20)), "white") and is_like(found.getpixel((8, 20)), "red")


@pytest.mark.parametrize("mode", ["CMYK", "L", "YCbCr"])
def test_other_colour_spaces_become_rgb(mode: str) -> None:
    image = seen(read(drawn("JPEG", mode=mode)))
    assert image.mode == "RGB"
    if mode != "L":
        assert is_like(image.getpixel((45, 20)), "red") and is_like(image.getpixel((45, 100)), "blue")


def test_a_scan_in_sixteen_bits_of_grey_keeps_its_greys() -> None:
    image = Image.new("I;16", (40, 40))
    image.putdata([65535 if place % 40 < 20 else 32768 for place in range(1600)])
    written = BytesIO()
    image.save(written, "PNG")
    found = seen(read(written.getvalue()))
    assert is_like(found.getpixel((8, 20)), "white")
    assert found.getpixel((32, 20)) == (128, 128, 128)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_of_an_animation_the_first_picture_is_taken(kind: str) -> None:
    frames = [Image.new("RGB", (50, 50), colour) for colour in ("red", "blue", "white")]
    written = BytesIO()
    frames[0].save(written, kind, save_all=True, append_images=frames[1:], duration=100)
    image = seen(read(written.getvalue()))
    assert getattr(image, "n_frames", 1) == 1
    assert is_like(image.getpixel((25, 25)), "red")


def test_a_telephones_photo_with_a_second_picture_behind_it_is_taken() -> None:
    written = BytesIO()
    Image.new("RGB", (50, 50), "red").save(written, "MPO", save_all=True, append_images=[Image.new("RGB", (50, 50), "blue")])
    picture = read(written.getvalue())
    assert is_like(seen(picture).getpixel((25, 25)), "red")
    assert picture.content.count(b"\xff\xd8\xff") == 1


def test_a_text_bomb_in_a_png_is_refused_or_dropped() -> None:
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(CANARIES[2] * 5_000_000))
    content = drawn("PNG")
    began = time.monotonic()
    with suppress(PictureDamaged):
        assert CANARY not in read(content[:33] + bomb + content[33:]).content
    assert time.monotonic() - began < DRAWING_SECONDS / 2


def test_the_same_picture_gives_the_same_digest() -> None:
    assert read(drawn()).digest == read(drawn() + b"tail").digest


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(kind=st.sampled_from(["JPEG", "PNG", "WEBP"]), places=st.lists(st.tuples(st.integers(0), st.integers(0, 255)), max_size=8))
def test_a_picture_with_altered_bytes_is_read_or_refused_and_nothing_else(kind: str, places: list[tuple[int, int]]) -> None:
    content = bytearray(SPOILT[kind])
    for place, value in places:
        content[place % len(content)] = value
    try:
        picture = read(bytes(content))
    except Refusal as refusal:
        assert isinstance(refusal, NotAPicture | PictureDamaged | PictureTooLarge)
    else:
        assert seen(picture).format == "JPEG"


SPOILT = {kind: drawn(kind, size=(40, 50)) for kind in ("JPEG", "PNG", "WEBP")}


def test_who_would_have_to_wait_long_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 0.05)
    monkeypatch.setattr(pictures, "_turns", Turns(1))
    with pictures._turns.take(1, retry_after=1), pytest.raises(Unavailable) as refused:
        read(drawn())
    assert refused.value.retry_after
    assert read(drawn())


def test_pictures_of_one_account_take_their_turns_one_by_one_and_keep_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "WAIT_SECONDS", 0.05)
    one, other = uuid4(), uuid4()
    with pictures._turns.take(1, retry_after=1, account_id=one):
        with pytest.raises(Unavailable):
            read_picture(BytesIO(drawn()), ATTACHMENT, one)
        assert read_picture(BytesIO(drawn()), ATTACHMENT, other)
    assert read_picture(BytesIO(drawn()), ATTACHMENT, one)
