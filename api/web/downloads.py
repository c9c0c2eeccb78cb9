"""Files that a browser saves: how they are named, and what is told beside them."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

ZIP: Final = "application/zip"
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MISSING_CHARACTERS: Final = "`X-Missing-Characters` tells which characters no font at hand has: they are printed as 〓."


def attachment(plain: str, name: str) -> dict[str, str]:
    """The headers by which a file is saved under a name, or under a `plain` one where a client reads ASCII alone (RFC 6266)."""
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"}


def missing_characters(missing: Iterable[str]) -> dict[str, str]:
    """The header that tells which characters could not be printed; none where all could."""
    told = " ".join(f"U+{ord(character):04X}" for character in sorted(missing))
    return {"X-Missing-Characters": told} if told else {}
