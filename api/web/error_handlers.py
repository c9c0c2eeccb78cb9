"""The one translation of refusals and failures into `application/problem+json` (RFC 9457)."""

import json
import re
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence, Set
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.constraints import broken_constraint
from api.errors import (
    Conflict,
    FieldFault,
    Forbidden,
    ForeignOrigin,
    HeadTooLarge,
    Invalid,
    Malformed,
    MethodNotAllowed,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Refusal,
    Text,
    TooLarge,
    TooManyRequests,
    TooSlow,
    Unauthenticated,
    Unavailable,
    Unexpected,
    Unreadable,
    UnsupportedMediaType,
    is_no_space,
)
from api.language import Language, preferred, said
from api.web.requests import sends_json
from api.written import IDENTITY_NUMBER

MEDIA_TYPE = "application/problem+json"
MOST_FAULTS: Final = 50
"""Of one request: more are mended no better, and each takes its time to be said."""
STATUS: dict[type[Refusal], int] = {
    Unauthenticated: 401,
    Malformed: 400,
    Forbidden: 403,
    ForeignOrigin: 403,
    NotFound: 404,
    MethodNotAllowed: 405,
    TooSlow: 408,
    Conflict: 409,
    PreconditionFailed: 412,
    TooLarge: 413,
    UnsupportedMediaType: 415,
    Invalid: 422,
    PreconditionRequired: 428,
    TooManyRequests: 429,
    HeadTooLarge: 431,
    Unexpected: 500,
    Unavailable: 503,
}
HTTP_TEXT = {
    404: Text("没有这个地址。", "There is nothing at this address."),
    405: MethodNotAllowed.text,
    413: TooLarge.text,
}
MOMENT = Text("时间不对，请写成 2026-01-31T09:00:00+08:00 这样。", "This must be a moment, written like 2026-01-31T09:00:00+08:00.")
VALIDATION_TEXT = {
    "missing": Text("此项必填。", "This is required."),
    "extra_forbidden": Text("没有这一项。", "There is no such field."),
    "json_invalid": Text(
        "从第 {line} 行第 {column} 个字符起不是正确的 JSON。", "This is not valid JSON from line {line}, character {column} on."
    ),
    "string_too_long": Text("文字过长，最多 {max_length} 个字符。", "This is too long; at most {max_length} characters."),
    "string_too_short": Text("不能为空或过短，至少 {min_length} 个字符。", "This is too short; at least {min_length} characters."),
    "string_pattern_mismatch": Text(
        "含有不允许的字符，或格式不对。", "This holds characters that are not allowed, or has another form."
    ),
    "greater_than_equal": Text("不能小于 {ge}。", "This must be at least {ge}."),
    "less_than_equal": Text("不能大于 {le}。", "This must be at most {le}."),
    "multiple_of": Text("应是 {multiple_of} 的倍数。", "This must be a multiple of {multiple_of}."),
    "too_long": Text("最多 {max_length} 项。", "This holds too many; at most {max_length}."),
    "too_short": Text("至少 {min_length} 项。", "This holds too few; at least {min_length}."),
    "enum": Text("只能是：{expected}。", "This must be one of: {expected}."),
    "literal_error": Text("只能是：{expected}。", "This must be one of: {expected}."),
    "date_from_datetime_parsing": Text("日期不对，请写成 2026-01-31 这样。", "This must be a day, written like 2026-01-31."),
    "datetime_from_date_parsing": MOMENT,
    "datetime_parsing": MOMENT,
    "int_parsing": Text("只能是整数。", "This must be a whole number."),
    "identity_number": IDENTITY_NUMBER,
    "unknown_catalogue_code": Text("岗位目录里没有这个编号。", "There is no such code in the catalogue of posts."),
    "timezone_aware": Text("时间必须带时区，如 2026-01-31T09:00:00+08:00。", "The time needs its zone: 2026-01-31T09:00:00+08:00."),
}
FORMS = {
    r"^[A-Z]{2,4}-[0-9]{2,3}$": Text("编号请写成 WN-01 这样。", "A code is written like WN-01."),
}
"""How what has a pattern is written, by the pattern, where people may not guess it."""
QUOTED = re.compile("'[^']*'")
"""A word among those that pydantic expects, which it joins by an English "or", some within the names of our classes."""

NO_SPACE_RETRY_AFTER = 60
"""Seconds in which somebody may have made room on a disk, or what filled it has gone."""

VALIDATION_DEFAULT = Text("格式不正确。", "This has the wrong form.")

log = structlog.get_logger("liangxian")


Page = Callable[[Request, int, Mapping[str, str] | None], Awaitable[Response | None]]
"""A page for people with this status and these headers; None where a program asks, which is told by a problem."""


def status_of(refusal: type[Refusal]) -> int:
    return next(status for kind, status in STATUS.items() if issubclass(refusal, kind))


def problem(
    status: int,
    code: str,
    detail: Text,
    *,
    request_id: str,
    language: Language,
    title: Text | None = None,
    faults: Sequence[FieldFault] = (),
    members: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write one problem document. `title` belongs to the code, and is the detail where that never differs. `members` are its
    extension members."""
    content: dict[str, object] = {
        "type": f"urn:liangxian:problem:{code}",
        "title": said(title or detail, language),
        "status": status,
        "detail": said(detail, language),
        "instance": f"urn:liangxian:request:{request_id}",
        "code": code,
        "request_id": request_id,
        "errors": [{"field": fault.field, "rule": fault.rule, "detail": said(fault.text, language)} for fault in faults],
        **(members or {}),
    }
    body = json.dumps(content, ensure_ascii=False, default=str).encode()
    return Response(body, status, headers={"Content-Language": language.value, **(headers or {})}, media_type=MEDIA_TYPE)


def refusal_answer(request: Request, refusal: Refusal, around: Mapping[str, str] | None = None) -> Response:
    """The answer to a refusal, in the language that the client prefers, with the headers that stand around whatever is answered."""
    headers = dict(around or {})
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    if isinstance(refusal, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
    elif isinstance(refusal, Forbidden):
        headers["WWW-Authenticate"] = 'Bearer error="insufficient_scope"'
    return _answer(
        request,
        status_of(type(refusal)),
        refusal.code(),
        refusal.sentence(),
        title=refusal.title or refusal.text,
        faults=refusal.faults,
        members=refusal.members,
        headers=headers,
    )


def install(app: FastAPI, page: Page) -> None:
    """Give the application its error answers; what is not listed here, `middleware.py` turns into a 500 that tells nothing.

    `page` answers a browser that asks for an address where there is nothing for it.
    """

    @app.exception_handler(Refusal)
    async def refused(request: Request, error: Refusal) -> Response:
        if error.keys and not error.faults:
            error.faults = error.at(*await _fields_with(request, error.keys)).faults
        return refusal_answer(request, error)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        return refusal_answer(request, Invalid(faults=faults_of(error)))

    @app.exception_handler(IntegrityError)
    def contradiction(request: Request, error: IntegrityError) -> Response:
        log.warning("constraint_broken", constraint=broken_constraint(error))
        return refusal_answer(request, Conflict())

    @app.exception_handler(OSError)
    def failed(request: Request, error: OSError) -> Response:
        if not is_no_space(error):
            raise error
        log.error("no_space", operation=getattr(request.scope.get("endpoint"), "__name__", None))
        return refusal_answer(request, Unavailable(retry_after=NO_SPACE_RETRY_AFTER))

    @app.exception_handler(HTTPException)
    async def plain(request: Request, error: HTTPException) -> Response:
        if error.status_code in (404, 405) and (shown := await page(request, error.status_code, error.headers)):
            return shown
        if error.status_code == 400:
            # Whatever fails while a body is read is told by the framework as one that cannot be read.
            if isinstance(error.__cause__, OSError):
                return failed(request, error.__cause__)
            return refusal_answer(request, Unreadable())
        phrase = HTTPStatus(error.status_code).phrase
        text = HTTP_TEXT.get(error.status_code, Text(phrase, phrase))
        code = TooLarge.code() if error.status_code == 413 else phrase.lower().replace(" ", "_").replace("'", "")
        title = NotFound.text if error.status_code == 404 else text
        return _answer(request, error.status_code, code, text, title=title, headers=error.headers)


async def _fields_with(request: Request, keys: Collection[UUID]) -> list[str]:
    """The fields of a request, but for its path, in which some keys were sent."""
    sent: dict[str, Any] = {"query": dict(request.query_params)}
    if sends_json(request) and await request.body():
        sent["body"] = await request.json()
    return list(_places(sent, {str(key) for key in keys}))


def _places(sent: Any, keys: Set[str]) -> Iterator[str]:
    parts = sent.items() if isinstance(sent, dict) else enumerate(sent) if isinstance(sent, list) else ()
    for name, value in parts:
        if isinstance(value, str) and value.lower() in keys:
            yield str(name)
        yield from (f"{name}.{place}" for place in _places(value, keys))


def _answer(request: Request, status: int, code: str, detail: Text, **more: Any) -> Response:
    return problem(
        status,
        code,
        detail,
        request_id=request.state.origin.request_id,
        language=preferred(request.headers.get("accept-language")),
        **more,
    )


def faults_of(error: RequestValidationError) -> tuple[FieldFault, ...]:
    """What is wrong with a request, by its fields; of so many faults the first."""
    items = error.errors()[:MOST_FAULTS]
    return tuple(_broken(item, error.body) if item["type"] == "json_invalid" else _fault(item) for item in items)


def _broken(item: Mapping[str, Any], document: str) -> FieldFault:
    """Where in a document JSON breaks off, as people count it: the framework names a character of it."""
    before = document[: item["loc"][-1]].split("\n")
    return FieldFault("body", item["type"], VALIDATION_TEXT[item["type"]].fill(line=len(before), column=len(before[-1]) + 1))


def _fault(item: Mapping[str, Any]) -> FieldFault:
    # A key that the client made up stands in `loc`: it is told back only as far as it could be one of our names.
    place = ".".join(str(part) for part in item["loc"] if isinstance(part, int) or (part.isidentifier() and len(part) <= 40))
    rule = str(item["type"])
    # A text that was tidied up before it is measured is refused by the same words as a list.
    kind = f"string_{rule}" if rule in ("too_long", "too_short") and isinstance(item["input"], str) else rule
    # What stands in `ctx` under these names are our own bounds, never what was sent.
    bounds = dict(item.get("ctx", {}))
    if words := QUOTED.findall(str(bounds.get("expected"))):
        bounds["expected"] = ", ".join(words)
    form = FORMS.get(str(bounds.get("pattern")), VALIDATION_TEXT.get(kind, VALIDATION_DEFAULT))
    try:
        text = form.fill(**bounds)
    except KeyError:
        text = VALIDATION_DEFAULT
    return FieldFault(place, rule, text)
