"""What is read of every request alike."""

from typing import Final

from starlette.requests import Request

READING: Final = frozenset({"GET", "HEAD"})
SAFE: Final = READING | {"OPTIONS"}
"""The methods that change nothing (RFC 9110, section 9.2.1)."""


def header(request: Request, name: bytes) -> str | None:
    """A header by its name, written in small letters. What was sent in several lines is one list (RFC 9110, section 5.3)."""
    found: bytes | None = None
    for key, value in request.scope["headers"]:
        if key == name:
            found = value if found is None else found + b", " + value
    return None if found is None else found.decode("latin-1")
