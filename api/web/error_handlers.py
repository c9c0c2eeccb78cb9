"""The one translation of refusals and failures into `application/problem+json` (RFC 9457)."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.errors import (
    Conflict,
    FieldFault,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    PreconditionRequired,
    Refusal,
    Text,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    Unexpected,
    Unreadable,
)
from api.language import Language, preferred, said
from models import metadata

MEDIA_TYPE = "application/problem+json"
STATUS: dict[type[Refusal], int] = {
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    PreconditionFailed: 412,
    TooLarge: 413,
    Invalid: 422,
    PreconditionRequired: 428,
    TooManyRequests: 429,
    Unexpected: 500,
    Unavailable: 503,
}
HTTP_TEXT = {
    404: Text("没有这个地址。", "There is nothing at this address."),
    405: Text("这个地址不接受这种请求方法。", "This address does not take that method."),
    413: TooLarge.text,
}
VALIDATION_TEXT = {
    "missing": Text("此项必填。", "This is required."),
    "extra_forbidden": Text("没有这一项。", "There is no such field."),
    "json_invalid": Text("不是正确的 JSON。", "This is not valid JSON."),
    "string_too_long": Text("文字过长，最多 {max_length} 个字符。", "This is too long; at most {max_length} characters."),
    "string_too_short": Text("不能为空或过短，至少 {min_length} 个字符。", "This is too short; at least {min_length} characters."),
    "string_pattern_mismatch": Text(
        "含有不允许的字符，或格式不对。", "This holds characters that are not allowed, or has another form."
    ),
    "greater_than_equal": Text("不能小于 {ge}。", "This must be at least {ge}."),
    "less_than_equal": Text("不能大于 {le}。", "This must be at most {le}."),
    "enum": Text("只能是：{expected}。", "This must be one of: {expected}."),
    "timezone_aware": Text("时间必须带时区。", "The time needs its time zone."),
}
VALIDATION_DEFAULT = Text("格式不正确。", "This has the wrong form.")
CONSTRAINT_TEXT = {
    "uq_organization_code": Text("组织编码已被使用。", "This organisation code is in use."),
    "uq_member_national_id_digest": Text("该公民身份号码已登记在另一名党员名下。", "Another member has this identity number."),
    "uq_account_username": Text("用户名已被使用。", "This user name is taken."),
    "uq_account_member_id": Text("该党员已有账号。", "This member has an account already."),
    "uq_card_living": Text("该党员已有在用的身份卡。", "This member already has a live card."),
    "uq_correction_request_open": Text(
        "该党员已有一份更正申请正在等待处理。", "A correction that this member asked for is still waiting."
    ),
    "uq_consent_standing": Text("该党员已同意，不必重复登记。", "This member has agreed already."),
    "uq_photo_member_id": Text("该党员的照片刚刚已更新，请刷新后再试。", "This member's photo has just been set; load it again."),
    "uq_transfer_open": Text("该党员已有一项转接正在办理。", "A transfer of this member is open already."),
    "uq_slip_request_open": Text(
        "该管理员账号已有一份待批准的申请。", "A request for this administrator's account waits for approval already."
    ),
    "uq_role_grant_alive": Text("该账号在此组织已有这一角色。", "The account already holds this role here."),
}

log = structlog.get_logger("liangxian")


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
    """Write one problem document. `members` are its extension members."""
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
        title=refusal.text if not refusal.params else None,
        faults=refusal.faults,
        members=refusal.members,
        headers=headers,
    )


def install(app: FastAPI) -> None:
    """Give the application its error answers; what is not listed here, `middleware.py` turns into a 500 that tells nothing."""

    @app.exception_handler(Refusal)
    def refused(request: Request, error: Refusal) -> Response:
        return refusal_answer(request, error)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        return refusal_answer(request, Invalid(faults=tuple(_fault(item) for item in error.errors())))

    @app.exception_handler(IntegrityError)
    def contradiction(request: Request, error: IntegrityError) -> Response:
        name = broken_constraint(error)
        log.warning("constraint_broken", constraint=name)
        return _answer(request, 409, "conflict", CONSTRAINT_TEXT.get(name or "", Conflict.text), title=Conflict.text)

    @app.exception_handler(HTTPException)
    def plain(request: Request, error: HTTPException) -> Response:
        if error.status_code == 400:
            return refusal_answer(request, Unreadable())
        phrase = HTTPStatus(error.status_code).phrase
        text = HTTP_TEXT.get(error.status_code, Text(phrase, phrase))
        code = TooLarge.code() if error.status_code == 413 else phrase.lower().replace(" ", "_").replace("'", "")
        return _answer(request, error.status_code, code, text, headers=error.headers)


def _answer(request: Request, status: int, code: str, detail: Text, **more: Any) -> Response:
    return problem(
        status,
        code,
        detail,
        request_id=request.state.origin.request_id,
        language=preferred(request.headers.get("accept-language")),
        **more,
    )


def _fault(item: Mapping[str, Any]) -> FieldFault:
    # A key that the client made up stands in `loc`: it is told back only as far as it could be one of our names.
    place = ".".join(str(part) for part in item["loc"] if isinstance(part, int) or (part.isidentifier() and len(part) <= 40))
    rule = str(item["type"])
    try:
        # What stands in `ctx` under these names are our own bounds, never what was sent.
        text = VALIDATION_TEXT.get(rule, VALIDATION_DEFAULT).fill(**item.get("ctx", {}))
    except KeyError:
        text = VALIDATION_DEFAULT
    return FieldFault(place, rule, text)


def broken_constraint(error: IntegrityError) -> str | None:
    """The name of the constraint that an insert or update broke, on either engine."""
    if name := getattr(getattr(error.orig, "diag", None), "constraint_name", None):
        return str(name)
    rule, _, what = str(error.orig).partition(" constraint failed: ")
    if rule == "UNIQUE":
        return _unique_constraints().get(frozenset(what.removeprefix("index '").rstrip("'").split(", ")), what)
    return what or None


@cache
def _unique_constraints() -> dict[frozenset[str], str]:
    """SQLite names a broken unique constraint by its columns: which is it?"""
    found: dict[frozenset[str], str] = {}
    for table in metadata.tables.values():
        for rule in (*table.constraints, *table.indexes):
            if isinstance(rule, UniqueConstraint) or (isinstance(rule, Index) and rule.unique):
                found[frozenset(f"{table.name}.{column.name}" for column in rule.columns)] = str(rule.name)
    return found
