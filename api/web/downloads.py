"""Files that a browser saves: how they are named, and what is told beside them."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

ZIP: Final = "application/zip"
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MISSING_CHARACTERS: Final = (
    "`X-Missing-Characters` tells which characters no font at hand has (the first 50, and how many): they are printed as 〓."
)
MOST_TOLD: Final = 50
"""Characters that a header names. Proxies and browsers take an answer with a long head for a broken one."""


def attachment(plain: str, name: str) -> dict[str, str]:
    """The headers by which a file is saved under a name, or under a `plain` one where a client reads ASCII alone (RFC 6266)."""
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}"}


def missing_characters(missing: Iterable[str]) -> dict[str, str]:
    """The header that tells which characters could not be printed, or the first and how many there are; none where all could."""
    all_of_them = sorted(missing)
    told = " ".join(f"U+{ord(character):04X}" for character in all_of_them[:MOST_TOLD])
    more = f" ({len(all_of_them)})" if len(all_of_them) > MOST_TOLD else ""
    return {"X-Missing-Characters": told + more} if told else {}
