"""What the routes share that draw printed codes, in whichever room."""

from hashlib import sha256
from typing import Annotated

from fastapi import Query, Response

from api.codes import qr
from api.codes.reading import address, grouped
from api.codes.rules import CodeTooSmall
from api.web.answers import raw

SideMm = Annotated[
    float | None, Query(ge=18.5, le=500, allow_inf_nan=False, description="the side with its quiet zone, millimetres")
]
Scale = Annotated[int, Query(ge=1, le=qr.LARGEST_SCALE, description="pixels a module")]

PRINTED_SVG = raw("image/svg+xml", "The QR code as a vector picture", binary=False, example="<svg/>", tagged=True)
PRINTED_PNG = raw("image/png", "The QR code as a one-bit picture", tagged=True)


def printed_svg(base_url: str, code: str, side_mm: float | None) -> Response:
    """A printed code as a vector picture, the same bytes each time. Raises `CodeTooSmall`."""
    matrix = qr.printed(address(base_url, code))
    if side_mm is not None and side_mm < matrix.side * qr.SMALLEST_MODULE:
        raise CodeTooSmall
    return _picture(qr.svg(matrix, title=grouped(code), side_mm=side_mm).encode(), "image/svg+xml")


def printed_png(base_url: str, code: str, scale: int) -> Response:
    """The same as a picture of one bit a pixel."""
    return _picture(qr.png(qr.printed(address(base_url, code)), scale=scale), "image/png")


def _picture(content: bytes, media_type: str) -> Response:
    etag = f'"{sha256(content).hexdigest()[:32]}"'
    return Response(content, headers={"ETag": etag, "Content-Disposition": "inline"}, media_type=media_type)
