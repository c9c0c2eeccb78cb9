"""What is refused of a request to any route alike, before the route sees it: by what the route says of itself, never by a list.

Whoever has to sign in is told so first: where a permission is asked for, this is looked at when it is known who asks; of a file,
before it is read.
"""

from typing import Final, NamedTuple
from urllib.parse import urlsplit

from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Form, Query
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.routing import Route

from api.errors import FieldFault, ForeignOrigin, Invalid, UnsupportedMediaType
from api.web.error_handlers import MOST_FAULTS, VALIDATION_TEXT
from api.web.requests import SAFE, header, is_utf_8, media_type, sends_json
from api.web.shares import Kind, kind_of, takes_file

MULTIPART: Final = "multipart/form-data"
FORMS: Final = frozenset({MULTIPART, "application/x-www-form-urlencoded"})
_PORTS: Final = {"http": 80, "https": 443}


class Admission(NamedTuple):
    """The conditions of one route."""

    is_public: bool
    takes_form: bool
    takes_json: bool
    takes_file: bool
    may_write: bool
    """Whether a request may write something, if only that somebody has looked."""
    kind: Kind | None
    token: str | None
    """The member of its body in which somebody who need not sign in shows a token that he was given when he did, if it has one."""
    token_alone: bool
    """Whether he shows nothing else, so that the token is no longer good where he is told to sign in."""
    parameters: frozenset[str] | None
    """What a query may name; None where all else in it is passed over."""

    @classmethod
    def of(cls, route: Route, *, is_public: bool, may_write: bool) -> "Admission":
        if not isinstance(route, APIRoute):
            return cls(
                is_public,
                takes_form=False,
                takes_json=False,
                takes_file=False,
                may_write=may_write,
                kind=None,
                token=None,
                token_alone=False,
                parameters=None,
            )
        is_form = route.body_field is not None and isinstance(route.body_field.field_info, Form)
        members = _members_of(route) if is_public else ()
        token = next((name for name in members if name.endswith("_token")), None)
        names = frozenset(field.alias for field in get_flat_params(route.dependant) if isinstance(field.field_info, Query))
        return cls(
            is_public,
            takes_form=is_form,
            takes_json=route.body_field is not None and not is_form,
            takes_file=takes_file(route),
            may_write=may_write,
            kind=kind_of(route),
            token=token,
            token_alone=token is not None and len(members) == 1,
            # What is public is opened out of other programs, which add parameters of their own.
            parameters=names if route.path.startswith("/v1/") and not is_public else None,
        )

    def check(self, request: Request) -> None:
        """Raise `ForeignOrigin`, `UnsupportedMediaType`, or `Invalid` for parameters that the route does not know."""
        if request.method not in SAFE:
            if self.is_public and not _is_ours(request):
                raise ForeignOrigin
            # The framework looks at the kind of a form also where there is none of it.
            is_read = _has_body(request) or (self.takes_form and media_type(request))
            if (self.takes_form or self.takes_json) and is_read and not self._takes(request):
                raise UnsupportedMediaType
        if self.parameters is not None and request.url.query:
            unknown = [name for name in request.query_params if name not in self.parameters]
            if unknown:
                raise Invalid(faults=tuple(_unknown(name) for name in unknown[:MOST_FAULTS]))

    def _takes(self, request: Request) -> bool:
        if self.takes_form:
            # What is as long as a file and escaped like a link takes the framework a second for each few megabytes.
            return media_type(request) in ({MULTIPART} if self.takes_file else FORMS) and is_utf_8(request)
        return sends_json(request)


def _members_of(route: APIRoute) -> tuple[str, ...]:
    """The members of the body that a route takes."""
    return tuple(getattr(route.body_field and route.body_field.field_info.annotation, "model_fields", ()))


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def _unknown(name: str) -> FieldFault:
    # What a client made up is told back only as far as it could be one of our names.
    field = f"query.{name}" if name.isidentifier() and len(name) <= 40 else "query"
    return FieldFault(field, "extra_forbidden", VALIDATION_TEXT["extra_forbidden"])


def _is_ours(request: Request) -> bool:
    """Whether the page that sends this, if it is one, is ours: it stands where `PUBLIC_URL` says, or at the very host that the
    request names, whatever the scheme, since a proxy may end TLS before us. Programs send no `Origin`."""
    origin = header(request, b"origin")
    if origin is None:
        return True
    sent = _place(origin)
    return sent is not None and (
        sent == _place(request.app.state.house.settings.base_url) or sent == _place(f"{sent[0]}://{header(request, b'host')}")
    )


def _place(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of an origin; None where it is none, such as `null`."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname and port else None
