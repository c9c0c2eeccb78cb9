"""Pictures drawn for the tests: of nobody."""

from io import BytesIO
from typing import Any

from PIL import Image


def drawn(kind: str = "JPEG", size: tuple[int, int] = (90, 120), mode: str = "RGB", **more: Any) -> bytes:
    """A picture that is red above and blue below."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (0, size[1] // 2, size[0], size[1]))
    written = BytesIO()
    image.convert(mode).save(written, kind, **more)
    return written.getvalue()
