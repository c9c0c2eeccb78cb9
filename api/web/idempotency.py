"""Sending again is safe: a POST that names an Idempotency-Key is carried out once, and answered alike each time.

The key is claimed in the very transaction of the effect, so either both stand or neither. Keys are kept for a day, each for one
account and operation; the stored answer is sealed. It is given anew in the session that it was given in, and only as long as
nothing has changed by which its caller might not be told it now: he holds the same roles, which reach the same, the accounts of
which it tells a one-time password are as they were, nobody has moved out of his reach, and nobody was erased, whom any may
name. Otherwise he is told that his request was carried out, and no more. Where what is sealed is read in it, the audit trail
tells each time that it is given. Where a password or code is shown, another one under the same key is a wrong one, and counts.
A secret of one's own is told once, and not kept. What is streamed is not kept: sent again, such a request is carried out anew.
"""

import json
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from hashlib import sha256
from inspect import iscoroutinefunction
from operator import itemgetter
from typing import Any, ClassVar, Final
from uuid import UUID

from fastapi import Request, Response
from fastapi.datastructures import DefaultPlaceholder
from fastapi.routing import APIRoute
from sqlalchemy.exc import IntegrityError
from starlette.datastructures import UploadFile
from starlette.responses import StreamingResponse

from api.access.meanwhile import check_stands, writing_for
from api.access.scope import Access
from api.access.service import reach_of, standing_of
from api.access.stepping import check_not_held_up, count_sent_under_key
from api.adapters.cipher import Cipher, Place
from api.database import AuditEntry, Database, Origin, Told, Work
from api.errors import Forbidden, Invalid, Refusal, Text, TooManyRequests
from api.foreign import read_json
from api.web.admission import MULTIPART
from api.web.answer_field import AnswerField
from api.web.entrance import PLACE, admitted
from api.web.queries import count_kept, forget_old_requests, somebody_erased_since, somebody_moved_away_since
from api.web.requests import media_type
from api.web.writes import count_write, give_back_write, given_back
from models.idempotency import IdempotentRequest

KEPT = timedelta(days=1)
LONGEST_REQUEST = timedelta(minutes=15)
"""No request takes longer from its head, whose moment stands in what it writes, to its commit: its body may take ten minutes."""
LONGEST_KEY = 64
FORM_LIMITS: Final = {"max_files": 1, "max_fields": 8, "max_part_size": 1 << 14}
"""What is read of a form that brings a file, which alone may be so long that it lies in the temporary folder."""
MOST_KEPT = 5_000
MOST_KEPT_BYTES = 1 << 26
"""What is kept of one account's answers at once: its requests of a day, and their bytes."""


class BadIdempotencyKey(Invalid):
    text: ClassVar[Text] = Text(
        "Idempotency-Key 须为 1 至 64 个可见字符。", "An Idempotency-Key has 1 to 64 visible ASCII characters."
    )


class IdempotencyKeyReused(Invalid):
    leaves_trace: ClassVar[bool] = True
    text: ClassVar[Text] = Text("这个 Idempotency-Key 已用于另一请求。", "This Idempotency-Key was used for another request.")


class TooManyKeys(TooManyRequests):
    title: ClassVar[Text | None] = Text("今天带 Idempotency-Key 的请求太多。", "Too many requests with an Idempotency-Key today.")
    text: ClassVar[Text] = Text(
        "今天带 Idempotency-Key 的请求太多，暂时不再保存结果。可以不带它再发一次，或者明天再试。",
        "Too many requests with an Idempotency-Key today: no more answers are kept. Send this without it, or again tomorrow.",
    )


class AnswerNotShown(Forbidden):
    title: ClassVar[Text | None] = Text("结果不再显示。", "The answer is not shown any more.")
    text: ClassVar[Text] = Text(
        "这个请求已经办过。其后情况有变，或者结果只显示一次，所以不再显示；一次性密码、验证密钥和恢复码可以重新生成。",
        "This request was carried out. Something has changed since, or its answer is shown once only, so it is not shown any more; "
        "a one-time password, a secret or recovery codes can be made anew.",
    )


class Replay(Told):
    """The request was carried out before: this is what it was answered, and what the audit trail tells when it is given anew."""

    def __init__(self, response: Response, readings: Sequence[AuditEntry]) -> None:
        self.response = response
        self.readings = readings


class HouseRoute(APIRoute):
    """A route that is named in the document like its function, and whose answer is kept, when the request has claimed a key, before
    its transaction ends. Unless it is `async`, it waits for a place among what is worked on."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        needed = () if iscoroutinefunction(endpoint) else (PLACE,)
        options["dependencies"] = [*needed, *(options.get("dependencies") or ())]
        own = {"generate_unique_id_function": lambda route: route.name}
        super().__init__(path, endpoint, **{"form_limits": FORM_LIMITS} | options | own)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        needs_place = PLACE in self.dependencies
        # What is answered in another form than the usual one is not asked of the field as bytes.
        if needs_place and self.response_field and isinstance(self.response_class, DefaultPlaceholder):
            self.response_field = AnswerField(self.response_field)
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            async with admitted(request, needs_place=needs_place):
                with given_back(request):
                    return await handle_admitted(request)

        async def handle_admitted(request: Request) -> Response:
            if request.method != "POST" or "idempotency-key" not in request.headers:
                return await handle(request)
            request.state.request_digest = await _digest(request)
            try:
                response = await handle(request)
            except Replay as replay:
                return replay.response
            if (keep := getattr(request.state, "keep_answer", None)) is not None:
                keep(response)
            return response

        return handle_once


@contextmanager
def claimed(request: Request, work: Work, cipher: Cipher) -> Iterator[None]:
    """Hold the request's key for a piece of work, or raise `Replay` with the answer that it has already.

    A refusal gives the key back, even one that leaves a trace: only what was carried out is answered anew without being done.

    A second request with the same key that comes while the first runs waits for it: by the lock on the writing transaction on
    SQLite, by the unique key on PostgreSQL.
    """
    row = _claim(request, work, cipher)
    try:
        yield
    except Refusal as refusal:
        if row is not None and refusal.leaves_trace:
            work.delete(row)
        raise


def check_unanswered(request: Request, access: Access, database: Database, origin: Origin, cipher: Cipher) -> None:
    """Raise `Replay` with the answer that the request's key has already, or what is told instead of it; or `BadIdempotencyKey`.

    This is asked as soon as it is known who asks: before anything is counted but another request under the key, and before anything
    is hashed, stored or claimed, by reading alone but where a wrong password or code is to be counted. Raises `TooManyWrites`
    as well where no write is left. An answer of which the audit trail tells is given where the key is claimed.
    """
    # A dry run claims no key.
    if (key := _key(request)) is None or "dry_run" in request.query_params:
        return
    with database.reading(origin) as work:
        stored = work.get(IdempotentRequest, (access.account_id, _route(request), key))
        if stored is None or stored.created_at <= work.at - KEPT:
            return
        check_stands(work, access)
        _check_not_held_up(work, request, cipher)
        if not request.state.shows_proof:
            # By what he is told whoever knows a key might find out what was sent: so whoever has no write left is told that alone.
            count_write(request, access.account_id)
        if stored.request_digest == _asked(request, cipher):
            give_back_write(request)
            found = _answer_in(work, request, stored, cipher)
            if isinstance(found, Replay) and found.readings:
                return
            raise found
    if request.state.shows_proof:
        with writing_for(database, origin, access) as work:
            count_sent_under_key(work, access, cipher)
            raise IdempotencyKeyReused
    raise IdempotencyKeyReused


def _claim(request: Request, work: Work, cipher: Cipher) -> IdempotentRequest | None:
    key, account_id = _key(request), work.origin.actor_id
    if key is None or account_id is None:
        return None
    route = _route(request)
    forget_old_requests(work, work.at - KEPT, (account_id, route, key))
    asked = _asked(request, cipher)
    row = IdempotentRequest(account_id=account_id, route=route, key=key, request_digest=asked, created_at=work.at)
    try:
        with work.begin_nested():
            work.add(row)
    except IntegrityError:
        stored = work.get_one(IdempotentRequest, (account_id, route, key))
        raise _replay(work, request, stored, asked, cipher) from None
    access: Access = request.state.access
    # Before anything is read that may be told: what changes meanwhile is a change.
    reach = reach_of(work, account_id, row.created_at)
    number, size = count_kept(work, account_id)
    # What shows a password or a code has limits of its own, and nobody who has used up the keys keeps its owner from it.
    if (number > MOST_KEPT or size > MOST_KEPT_BYTES) and not request.state.shows_proof:
        raise TooManyKeys(retry_after=int(KEPT.total_seconds()))

    def keep(response: Response) -> None:
        if isinstance(response, StreamingResponse):
            work.delete(row)
            return
        if account_id in work.opened:
            return
        names = {"etag", "location", "content-type", "content-disposition", "x-remaining", "x-missing-characters"}
        headers = {name: value for name, value in response.headers.items() if name in names}
        row.status = response.status_code
        # Sealed with it, so that nobody who may write rows has lines of the audit trail written.
        head = {"headers": headers, "readings": [_as_kept(entry) for entry in work.readings]}
        row.headers_sealed = cipher.seal_text(json.dumps(head), _place("headers", row))
        row.body_sealed = cipher.seal(bytes(response.body), _place("body", row))
        row.opened_ids = sorted(map(str, work.opened))
        row.standing_digest = _standing(access, reach, _opened(work, row), cipher)

    request.state.keep_answer = keep
    return row


def _key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if request.method != "POST" or key is None:
        return None
    if not 1 <= len(key) <= LONGEST_KEY or not all("!" <= character <= "~" for character in key):
        raise BadIdempotencyKey
    return key


def _standing(access: Access, reach: str, opened: str, cipher: Cipher) -> str:
    return cipher.digest("idempotent request", f"{access.session_id} {reach} {opened}")


def _opened(work: Work, row: IdempotentRequest) -> str:
    return standing_of(work, [*map(UUID, row.opened_ids)]) if row.opened_ids else ""


def _asked(request: Request, cipher: Cipher) -> str:
    # Keyed, since what is asked may be a password or an identity number.
    return cipher.digest("idempotent request", request.state.request_digest)


def _route(request: Request) -> str:
    return f"{request.scope['endpoint'].__name__}{sha256(request.url.path.encode()).hexdigest()[:32]}"


def _replay(work: Work, request: Request, row: IdempotentRequest, asked: str, cipher: Cipher) -> Exception:
    """What is told where somebody else has claimed the key since it was looked for."""
    access = request.state.access
    check_stands(work, access)
    _check_not_held_up(work, request, cipher)
    if row.request_digest != asked:
        if request.state.shows_proof:
            count_sent_under_key(work, access, cipher)
        return IdempotencyKeyReused()
    work.origin.was_sent_before = True
    found = _answer_in(work, request, row, cipher)
    if isinstance(found, Replay):
        work.entries += found.readings
    return found


def _check_not_held_up(work: Work, request: Request, cipher: Cipher) -> None:
    """Raise `TooManySignIns` where one who shows a password or a code is held up, before it is known whether it is the same."""
    if request.state.shows_proof:
        check_not_held_up(work, request.state.access, cipher)


def _answer_in(work: Work, request: Request, row: IdempotentRequest, cipher: Cipher) -> Replay | AnswerNotShown:
    """The answer to the same request as before, if it is given anew."""
    access = request.state.access
    if row.headers_sealed is None or row.body_sealed is None:
        return AnswerNotShown()
    reach = reach_of(work, access.account_id, row.created_at)
    if row.standing_digest != _standing(access, reach, _opened(work, row), cipher):
        return AnswerNotShown()
    # Whoever was being erased or moved while the answer was made stood in it still.
    since = row.created_at - LONGEST_REQUEST
    if somebody_erased_since(work, since) or somebody_moved_away_since(work, access, since):
        return AnswerNotShown()
    head = read_json(cipher.open_text(row.headers_sealed, _place("headers", row)))
    body = cipher.open(row.body_sealed, _place("body", row))
    response = Response(body, row.status, headers={**head["headers"], "Idempotent-Replayed": "true"})
    return Replay(response, [_as_told(entry) for entry in head["readings"]])


def _as_kept(entry: AuditEntry) -> dict[str, Any]:
    keys = {name: value and str(value) for name, value in asdict(entry).items() if name.endswith("_id")}
    return {**asdict(entry), **keys}


def _as_told(kept: dict[str, Any]) -> AuditEntry:
    return AuditEntry(**kept | {name: value and UUID(value) for name, value in kept.items() if name.endswith("_id")})


def _place(column: str, row: IdempotentRequest) -> Place:
    return Place("idempotent_request", column, _name(row.account_id, row.route, row.key))


def _name(account_id: UUID, route: str, key: str) -> str:
    return f"{account_id}/{route}/{key}"


async def _digest(request: Request) -> str:
    """A digest of what is asked, so that a key sent with something else is noticed. A form is read part by part, since the
    boundary between its parts differs each time that it is sent."""
    digest = sha256(request.url.query.encode())
    if request.scope["admission"].takes_form and media_type(request) == MULTIPART:
        for name, part in sorted((await request.form(**request.scope["route"].form_limits)).multi_items(), key=itemgetter(0)):
            digest.update(name.encode())
            if isinstance(part, UploadFile):
                while chunk := await part.read(1 << 16):
                    digest.update(chunk)
                await part.seek(0)
            else:
                digest.update(part.encode())
    else:
        digest.update(await request.body())
    return digest.hexdigest()
