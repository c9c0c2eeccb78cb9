"""What is read of every request alike."""

from typing import Final

from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from api.networks import plain_address

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


def media_type(request: Request) -> str:
    """The kind of what is sent, without its parameters; empty where none is named."""
    return _content_type(request).partition(";")[0].strip().lower()


def is_utf_8(request: Request) -> bool:
    """Whether nothing else is told of how the words of a form are written. The framework takes any encoding that Python knows, some
    of which take the square of the length, and Python remembers for good each name that it does not know."""
    _, parameters = parse_options_header(_content_type(request))
    return parameters.get(b"charset", b"utf-8").lower() in {b"utf-8", b"utf8"}


def _content_type(request: Request) -> str:
    """Where there are several, the first, which is what the framework goes by."""
    return request.headers.get("content-type", "")


def sends_json(request: Request) -> bool:
    """Whether what is sent is told to be JSON (RFC 6839, section 3.1)."""
    family, _, kind = media_type(request).partition("/")
    return family == "application" and (kind == "json" or kind.endswith("+json")) and "/" not in kind


def client_address(request: Request) -> str:
    """The address that the client has, believing `X-Forwarded-For` only as far as trusted proxies wrote it."""
    trusted = request.app.state.house.settings.trusted_proxies
    address = request.client.host if request.client else "unknown"
    for hop in reversed(",".join(request.headers.getlist("x-forwarded-for")).split(",")):
        try:
            if not any(plain_address(address) in network for network in trusted):
                break
            address = str(plain_address(hop.strip()))
        except ValueError:
            break
    return address
