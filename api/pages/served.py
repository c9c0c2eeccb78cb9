"""How a page is asked for, and what it is sent with."""

from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from api.errors import Refusal
from api.language import Language, preferred
from api.pages.render import CHECKING, CONTENT_SECURITY_POLICY, Task, problem_page
from api.web.error_handlers import status_of
from api.web.front import header

AROUND_A_SCAN: Final = {"Vary": "Accept, Accept-Language", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
PAGE_HEADERS: Final = AROUND_A_SCAN | {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
FORM_HEADERS: Final = PAGE_HEADERS | {"Referrer-Policy": "same-origin"}
"""Around a page with a form: without a referrer, a browser would send the form with an `Origin` that says nothing."""
_LANGUAGES: Final = frozenset(Language)


def language_of(request: Request) -> Language:
    """The language that was chosen on a page, or else the one that the browser prefers."""
    chosen = request.query_params.get("lang") if request.scope["query_string"] else None
    return Language(chosen) if chosen in _LANGUAGES else preferred(header(request, b"accept-language"))


def is_large(request: Request) -> bool:
    """Whether large print was chosen."""
    return bool(request.scope["query_string"]) and request.query_params.get("large") == "1"


def refusal_page(request: Request, refusal: Refusal, task: Task = CHECKING) -> Response:
    """A refusal in plain words, with the telephone that helps instead, if it tells one."""
    phone = refusal.members.get("service_phone")
    html = problem_page(
        refusal.sentence(),
        language=language_of(request),
        large=is_large(request),
        retry_after=refusal.retry_after,
        task=task,
        phone=phone if isinstance(phone, str) else None,
    )
    wait = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after is not None else {}
    return HTMLResponse(html, status_of(type(refusal)), PAGE_HEADERS | wait)
