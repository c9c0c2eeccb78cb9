"""Pages at their doors: how one is asked for, what it is sent with, and the route whose refusals are pages too."""

import re
from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar

from fastapi import Depends, Query
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError, WrapValidator
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.errors import ForeignOrigin, Invalid, NotFound, Refusal, TooLarge, Unavailable, Unreadable, UnsupportedMediaType
from api.language import Language, preferred
from api.pages.imprint import Imprints
from api.pages.render import CHECKING, CONTENT_SECURITY_POLICY, Asked, Task, lost_page, problem_page
from api.web.answers import Responses, answers
from api.web.error_handlers import faults_of, refusal_answer, status_of
from api.web.idempotency import HouseRoute
from api.web.negotiation import HTML, JSON, preferred_type
from api.web.requests import header

T = TypeVar("T")

AROUND_A_SCAN: Final = {"Vary": "Accept, Accept-Language", "X-Robots-Tag": "noindex", "Referrer-Policy": "no-referrer"}
PAGE_HEADERS: Final = AROUND_A_SCAN | {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
FORM_HEADERS: Final = PAGE_HEADERS | {"Referrer-Policy": "same-origin"}
"""Around a page with a form: without a referrer, a browser would send the form with an `Origin` that says nothing."""
KEPT_FOR_GOING_BACK: Final = {"Cache-Control": "private, no-cache"}
"""Around a page that answers a form with what is to be mended: a browser that may not keep it has nothing to go back to later, and
tells of an error in its place."""
FORM_LIMITS: Final = {"max_fields": 8, "max_files": 0}
"""What is read of a form; one with more is not ours."""
MOST_FORM_BYTES: Final = 16 * 1024
"""Of a form, which is read while everybody waits: three hundred characters, escaped, are four kilobytes at the most. Whoever has
written more has his words back, and a browser lets him write a thousand."""
PAGE: Final[dict[str, Any]] = {"text/html": {"schema": {"type": "string"}, "example": "<!doctype html>…"}}
_LANGUAGES: Final = frozenset(Language)


def language_of(request: Request) -> Language:
    """The language that was chosen on a page, or else the one that the browser prefers."""
    chosen = request.query_params.get("lang") if request.scope["query_string"] else None
    return Language(chosen) if chosen in _LANGUAGES else preferred(header(request, b"accept-language"))


def is_large(request: Request) -> bool:
    """Whether large print was chosen."""
    return bool(request.scope["query_string"]) and request.query_params.get("large") == "1"


def seen_of(request: Request) -> str | None:
    """The note of the page where the link to this one stood, as it was sent; None for whatever cannot be one."""
    sent = request.query_params.get("seen", "") if request.scope["query_string"] else ""
    return sent if re.fullmatch(r"[0-9a-f.]{1,60}", sent) else None


def is_followed_here(request: Request) -> bool:
    """Whether a link that leads here may have been followed on a page of ours: browsers before 2020 do not say where it stands."""
    return header(request, b"sec-fetch-site") in (None, "same-origin")


def _carried(request: Request) -> str | None:
    """The note that a page puts into its own links in its turn: one that was handed on would become ours by the next click."""
    return seen_of(request) if is_followed_here(request) else None


async def show_lost(request: Request, status: int, headers: Mapping[str, str] | None) -> Response | None:
    """The page for an address where there is nothing, or nothing for this method; None where no browser asks."""
    if not wants_page(request):
        return None
    asked = Asked(language_of(request), is_large(request), await imprints_of(request).get())
    return _to_go_back_to(request, HTMLResponse(lost_page(asked), status, PAGE_HEADERS | dict(headers or {})))


def imprints_of(request: Request) -> Imprints:
    imprints: Imprints = request.app.state.imprints
    return imprints


def asked_now(request: Request) -> Asked:
    """How a page is to be, with who runs this as far as that is known already."""
    return Asked(language_of(request), is_large(request), imprints_of(request).known, _carried(request))


def refusal_page(request: Request, refusal: Refusal, task: Task = CHECKING) -> Response:
    """A refusal in plain words."""
    html = problem_page(
        # What a refusal says of something that is not there is meant for those who keep the roster.
        None if isinstance(refusal, NotFound) else refusal.sentence(),
        asked_now(request),
        retry_after=refusal.retry_after,
        task=task,
    )
    wait = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after is not None else {}
    return HTMLResponse(html, status_of(type(refusal)), PAGE_HEADERS | wait)


def passed_over(value: Any, read: Callable[[Any], T]) -> T | None:
    # What other programs put into our addresses is no fault of who follows them.
    try:
        return read(value)
    except ValidationError:
        return None


async def get_asked(
    request: Request,
    lang: Annotated[Language | None, WrapValidator(passed_over), Query(description="the language of the page")] = None,
    large: Annotated[Literal["1"] | None, WrapValidator(passed_over), Query(description="large print")] = None,
) -> Asked:
    imprint = await imprints_of(request).get()
    return Asked(lang or preferred(header(request, b"accept-language")), large is not None, imprint, _carried(request))


AskedDep = Annotated[Asked, Depends(get_asked)]


def all_on_a_page(responses: Responses) -> Responses:
    """What the document tells of answers that people are shown as pages."""
    return {status: told | {"content": told.get("content", {}) | PAGE} for status, told in responses.items()}


class PageRoute(HouseRoute):
    """A route for people who have no app: an ordinary door that answers with a page, and whose refusals are pages too."""

    answered_with: ClassVar[type[Response]] = HTMLResponse

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        is_form = "POST" in options.get("methods", ())
        sent = (ForeignOrigin, UnsupportedMediaType) if is_form else ()
        named = (NotFound,) if "{" in path else ()
        common = {options.get("status_code") or 200: {"description": "The page"}, **answers(Invalid, Unavailable, *named, *sent)}
        responses = self.shown(common | (options.pop("responses", None) or {}))
        more = {"response_class": self.answered_with, "responses": responses, "form_limits": FORM_LIMITS}
        super().__init__(path, endpoint, **options | more | ({"max_body_size": MOST_FORM_BYTES} if is_form else {}))

    @staticmethod
    def shown(responses: Responses) -> Responses:
        """What the document tells of its answers."""
        return all_on_a_page(responses)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_page(request: Request) -> Response:
            return _to_go_back_to(request, await answer(request))

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except Refusal as refusal:
                return self.refused(request, refusal)
            except RequestValidationError as error:
                if any(item["loc"][0] in _OF_THE_ADDRESS for item in error.errors()):
                    return self.astray(request, error)
                return self.refused(request, Invalid())
            except HTTPException as error:
                if error.status_code not in _OF_THE_FRAMEWORK:
                    raise
                return self.refused(request, _OF_THE_FRAMEWORK[error.status_code]())

        return handle_page

    def refused(self, request: Request, refusal: Refusal) -> Response:
        """The page that a refusal is answered with."""
        return refusal_page(request, refusal)

    def astray(self, request: Request, error: RequestValidationError) -> Response:
        """The page for an address that cannot be one of ours: a key that is none, a year that is not a number."""
        return HTMLResponse(lost_page(asked_now(request)), 404, PAGE_HEADERS)


class EitherRoute(PageRoute):
    """A route that answers with a page or, for a client that prefers it, with JSON; so are its refusals."""

    answered_with = JSONResponse

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if wants_json(request):
            return refusal_answer(request, refusal, AROUND_A_SCAN)
        return super().refused(request, refusal)

    def astray(self, request: Request, error: RequestValidationError) -> Response:
        if wants_json(request):
            return self.refused(request, Invalid(faults=faults_of(error)))
        return super().astray(request, error)


class PrintedRoute(PageRoute):
    """A route that answers with JSON or, to a client that prefers it, with a page to be printed; so are its refusals."""

    answered_with = JSONResponse

    def refused(self, request: Request, refusal: Refusal) -> Response:
        return super().refused(request, refusal) if wants_page(request) else refusal_answer(request, refusal, AROUND_A_SCAN)

    def astray(self, request: Request, error: RequestValidationError) -> Response:
        return super().astray(request, error) if wants_page(request) else self.refused(request, Invalid(faults=faults_of(error)))


class PictureRoute(PageRoute):
    """A route of a picture that stands on a page. Who opens its address by itself is refused by a page, and what draws the page
    around it by a problem."""

    answered_with = Response

    @staticmethod
    def shown(responses: Responses) -> Responses:
        return responses | all_on_a_page({status: told for status, told in responses.items() if int(status) >= 400})

    def refused(self, request: Request, refusal: Refusal) -> Response:
        if not wants_page(request):
            return refusal_answer(request, refusal, AROUND_A_SCAN)
        if isinstance(refusal, NotFound):
            return HTMLResponse(lost_page(asked_now(request)), 404, PAGE_HEADERS)
        return super().refused(request, refusal)

    def astray(self, request: Request, error: RequestValidationError) -> Response:
        return self.refused(request, NotFound() if wants_page(request) else Invalid(faults=faults_of(error)))


def wants_page(request: Request) -> bool:
    """Whether a client prefers a page to JSON, by its `Accept`."""
    return preferred_type(header(request, b"accept"), (JSON, HTML)) == HTML


def wants_json(request: Request) -> bool:
    """Whether a client prefers JSON to a page, by its `Accept`."""
    return preferred_type(header(request, b"accept"), (HTML, JSON)) == JSON


def _to_go_back_to(request: Request, answer: Response) -> Response:
    """An answer, which a browser keeps for going back to it if it is a page in answer to a form."""
    if request.method == "POST" and answer.headers.get("content-type", "").startswith(HTML):
        answer.headers.update(KEPT_FOR_GOING_BACK)
    return answer


_OF_THE_ADDRESS: Final = frozenset({"path", "query"})
_OF_THE_FRAMEWORK: Final[dict[int, type[Refusal]]] = {400: Unreadable, 413: TooLarge}
