"""What an answer becomes on its way to the client: its whole entity tag, 304 where the client has it already, gzip where it asks.

Every answer that is there as a whole passes here, outside all routes, so that no route compares tags or compresses by itself.
"""

import json
import zlib
from base64 import urlsafe_b64encode
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any, Final

from pydantic import TypeAdapter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Scope
from werkzeug.http import parse_accept_header, parse_etags

from api.web.error_handlers import MEDIA_TYPE
from api.web.negotiation import JSON
from api.web.requests import READING

SMALLEST: Final = 1024
"""Bytes of JSON from which on it is compressed."""
LONGEST: Final = 1000
"""Characters of a list of tags that are read."""
GZIPPED: Final = "-gzip"
"""What the tag of a compressed answer ends in, since other bytes want another tag (RFC 9110, section 8.8.3.3)."""

_OF_CONTENT: Final = ("content-type", "content-length", "content-encoding", "content-language", "content-disposition")


def represent(scope: Scope, status: int, headers: MutableHeaders, body: bytes) -> tuple[int, bytes]:
    """Give an answer its final form: returns its status and body, and changes its headers in place."""
    asked, kind, tag = Headers(scope=scope), headers.get("content-type", ""), headers.get("etag")
    is_gzipped = False
    if kind in (JSON, MEDIA_TYPE) and len(body) >= SMALLEST and "content-encoding" not in headers:
        if "Accept-Encoding" not in headers.get("vary", ""):
            headers.add_vary_header("Accept-Encoding")
        is_gzipped = wants_gzip(asked.get("accept-encoding")) and not _tells_secrets(
            getattr(scope.get("route"), "response_model", None)
        )
    if tag is not None:
        headers["ETag"] = tag = _whole(tag, body, is_gzipped=is_gzipped)
        if status == 200 and scope["method"] in READING and has_already(asked.get("if-none-match"), tag):
            for name in _OF_CONTENT:
                del headers[name]
            return 304, b""
    if is_gzipped:
        body = compressed(body)
        headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(body))
    return status, body


def _whole(tag: str, body: bytes, *, is_gzipped: bool) -> str:
    """The tag of an answer. A row's tag is its version, which is all that `If-Match` looks at; a digest of what is shown follows,
    since names from other rows stand beside it that may change without it."""
    opaque = tag.strip('"')
    if opaque.isdigit():
        opaque = f"{opaque}.{digest_of(body)}"
    return f'"{opaque}{GZIPPED if is_gzipped else ""}"'


def digest_of(body: bytes) -> str:
    """A short digest of a body, as a tag names it."""
    return urlsafe_b64encode(blake2b(body, digest_size=9).digest()).decode()


def has_already(if_none_match: str | None, tag: str) -> bool:
    """Whether `If-None-Match` names what this tag names: compared weakly (RFC 9110, section 13.1.2), compressed or not."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag.strip('"').removesuffix(GZIPPED) in known_tags(if_none_match)


def known_tags(if_none_match: str) -> frozenset[str]:
    """The tags that `If-None-Match` names, without quotes and without what tells that an answer was compressed."""
    found = parse_etags(if_none_match[:LONGEST]).as_set(include_weak=True)
    return frozenset(opaque.removesuffix(GZIPPED) for opaque in found if opaque)


def wants_gzip(accept_encoding: str | None) -> bool:
    """Whether a client takes gzip, by `Accept-Encoding`."""
    return accept_encoding is not None and _takes_gzip(accept_encoding[:200])


@lru_cache(maxsize=1024)
def _takes_gzip(accept_encoding: str) -> bool:
    return parse_accept_header(accept_encoding)["gzip"] > 0


def compressed(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


@cache
def _tells_secrets(model: Any) -> bool:
    """Whether what an operation answers with holds a `Secret`: the length of such an answer must tell nothing (BREACH)."""
    return model is not None and '"format": "password"' in json.dumps(TypeAdapter(model).json_schema(mode="serialization"))
