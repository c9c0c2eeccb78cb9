"""The bytes of a status list (IETF Token Status List, section 4): entries of 1, 2, 4 or 8 bits, the least significant bits first,
compressed by zlib. Bytes and numbers in, bytes and numbers out."""

import zlib
from collections.abc import Iterable
from typing import Final

LEVEL: Final = 9
WIDTHS: Final = frozenset({1, 2, 4, 8})


def pack(entries: Iterable[tuple[int, int]], *, size: int, bits: int) -> bytes:
    """The bytes of a list of `size` entries that are 0 but for `entries`, pairs of index and status.

    ValueError for a width that is none of the draft's, an index outside the list, or a status that `bits` do not hold.
    """
    if bits not in WIDTHS or size <= 0 or size * bits % 8:
        raise ValueError("a status list has entries of 1, 2, 4 or 8 bits that fill whole bytes")
    data = bytearray(size * bits // 8)
    a_byte = 8 // bits
    for index, status in entries:
        if not (0 <= index < size and 0 <= status < 1 << bits):
            raise ValueError("an entry is out of its bounds")
        place, offset = divmod(index, a_byte)
        data[place] |= status << offset * bits
    return bytes(data)


def status_at(data: bytes, index: int, bits: int) -> int:
    """The status that stands at an index. IndexError outside the list."""
    if index < 0:
        raise IndexError("the index is outside the list")
    place, offset = divmod(index, 8 // bits)
    return data[place] >> offset * bits & (1 << bits) - 1


def compress(data: bytes) -> bytes:
    """What stands in a token as `lst`, before base64."""
    return zlib.compress(data, LEVEL)


def expand(compressed: bytes, *, longest: int) -> bytes:
    """Undo `compress`, giving at most `longest` bytes. ValueError for anything that is not one whole zlib stream, or is longer."""
    stream = zlib.decompressobj()
    try:
        data = stream.decompress(compressed, longest + 1)
    except zlib.error as error:
        raise ValueError("not a zlib stream") from error
    if not stream.eof or stream.unused_data or len(data) > longest:
        raise ValueError("not one whole zlib stream of that length")
    return data
