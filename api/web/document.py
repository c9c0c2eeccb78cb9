"""The OpenAPI document that the mobile team builds on, put together from what the routes say of themselves."""

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, Final, get_args

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic_core.core_schema import ErrorType

from api.access.permissions import Permission
from api.constraints import every_kind
from api.errors import (
    Conflict,
    Fact,
    ForeignOrigin,
    Invalid,
    MethodNotAllowed,
    PreconditionFailed,
    Refusal,
    Rule,
    TooLarge,
    Unavailable,
    Unexpected,
    Unreadable,
    UnsupportedMediaType,
)
from api.foreign import read_json
from api.pagination import BadCursor
from api.schemas import Problem, RecordShown
from api.versions import BadIfMatch
from api.web.answers import answers, sample
from api.web.dependencies import UNENROLLED, may_write, who_may, who_may_not
from api.web.error_handlers import MEDIA_TYPE
from api.web.idempotency import LONGEST_KEY, AnswerNotShown, BadIdempotencyKey, IdempotencyKeyReused, TooManyKeys

DESCRIPTION: Final = """\
Identity cards that a resident can check, for a district's party members.

* Sign in with `POST /v1/sessions`; send the access token as `Authorization: Bearer ...`; buy the next pair with
  `POST /v1/sessions/refresh`. A lost answer is no harm: send the same refresh token again within 60 seconds.
* Be ready to ask for more than a password: where a sign-in is answered `otp_required`, send it again with `otp`; where
  `otp_enrolment_required`, bind an authenticator app by `/v1/accounts/mine/otp`; where `step_up_required`, send the password or a
  code to `POST /v1/sessions/step-up`, and then the request again.
* Every problem is `application/problem+json` (RFC 9457): `code` is for programs, `detail` for people, in Chinese or, where
  `Accept-Language` ranks English higher or only foreign languages, in English. Each operation names the codes that it tells.
* `ETag` tells the version of a thing. `PATCH` demands it back in `If-Match`; actions check it when it is sent. Sent in
  `If-None-Match`, it saves fetching again what has not changed (304).
* Any `POST` that needs a sign-in may carry an `Idempotency-Key`: sent again within a day it is answered alike and done once.
* Lists are pages: send `next_cursor` back as `cursor`.
* Whatever is asked, 431 `head_too_large` answers a head of more than 32 KB, 100 fields or 1,024 of what it lists by `&`, `;` or `,`
  (parameters, cookies), 408 `too_slow` what does not arrive in time, and 400 `malformed` what is no HTTP.
* `HEAD` is taken wherever `GET` is. A parameter that an operation does not name is refused (422), but for what is public.

**Versions.** Under `/v1` nothing that stands here is taken away, renamed or given another meaning. What may come at any time:
operations, optional parameters and members of bodies, members of answers, and words where `x-extensible-enum` lists those that
there are. So pass over members that you do not know, and treat an unknown `code` by the answer's status.

**Deprecation.** What is to go is marked `deprecated` here for at least twelve months, with what takes its place, and is served
until then as before. What cannot be done in that way gets a `/v2`, beside which `/v1` is served for another twelve months.
"""
SERVERS: Final = [{"url": "/", "description": "the host that serves this document"}]

_TEXT: Final = {"type": "string"}
HEADERS: Final[dict[str, dict[str, Any]]] = {
    "Allow": {"description": "the methods that this address takes", "schema": _TEXT, "example": "GET, HEAD"},
    "ETag": {
        "description": "the version of a thing and, behind a dot, what is shown of it; for `If-None-Match`, and for `If-Match`, "
        "where the version in quotes does too",
        "schema": _TEXT,
        "example": '"3.Tm9yZGxpY2h0"',
    },
    "Idempotent-Replayed": {
        "description": "stands on an answer that was given before to the same `Idempotency-Key`",
        "schema": {"type": "string", "enum": ["true"]},
    },
    "Location": {
        "description": "where what was made is shown to whoever made it: its own address, or the list that shows it",
        "schema": {"type": "string", "format": "uri-reference"},
        "example": "/v1/members/0192f0c1-e5a8-7cc2-8000-000000000001",
    },
    "Retry-After": {"description": "seconds after which trying again makes sense", "schema": {"type": "integer", "minimum": 0}},
    "WWW-Authenticate": {"description": "how to sign in (RFC 6750)", "schema": _TEXT, "example": 'Bearer error="invalid_token"'},
    "X-Request-Id": {"description": "names this one request in the log", "schema": _TEXT, "example": "0192f0c1e5a87cc2"},
}
"""The headers of answers that several operations send."""

WORDS: Final = "x-extensible-enum"
"""What lists the words that there are, without forbidding others: generators make a plain text of it, and so bear a new one."""

_OF_SCHEMAS: Final = frozenset(
    rule
    for rule in get_args(ErrorType)
    if re.fullmatch(
        r"missing|extra_forbidden|json_invalid|enum|literal_error|value_error|finite_number|multiple_of|timezone_aware|too_(long|short)"
        r"|(less|greater)_than.*|(string|int|float|bool|uuid|date|datetime|list|dict|model|model_attributes)_.*",
        rule,
    )
)
"""What the kinds of our schemas' fields can be refused for, by the words of pydantic."""

_WITH_PROBLEMS: Final = {
    "401": {"WWW-Authenticate"},
    "403": {"WWW-Authenticate"},
    "405": {"Allow"},
    "429": {"Retry-After"},
    "503": {"Retry-After"},
}

_IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "sent again within a day with the same request, it is answered alike and done once",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
}
_IF_NONE_MATCH: Final = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "the `ETag` of what one has already: answered by 304 where it is still the same",
    "schema": {"type": "string", "maxLength": 1000},
}


def describe(app: FastAPI) -> None:
    """Give the application its OpenAPI document: `app.openapi()`."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def text_of(document: dict[str, Any]) -> str:
    """The document as it is committed."""
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=DESCRIPTION,
        routes=app.routes,
        servers=SERVERS,
        tags=_tags(app),
        separate_input_output_schemas=True,
    )
    schemas = document["components"]["schemas"]
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
    problem["properties"] |= _facts()
    schemas |= {**problem.pop("$defs"), "Problem": problem}
    writing = {route.name for route in app.routes if isinstance(route, APIRoute) and may_write(route)}
    for method, operation in _operations(document):
        _complete(method, operation, writes=operation["operationId"] in writing)
        _inline_form(operation, schemas)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    document = _with_own_names(document)
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        _untitle(schema)
        for example in schema.get("examples", ()):
            _fill(example, schema, schemas)
    _list_words(document, app.state.todo)
    _share(document)
    return document


def _facts() -> dict[str, Any]:
    """What some problems tell beside what all of them do, by its name."""
    by_name: defaultdict[str, dict[Fact, set[str]]] = defaultdict(lambda: defaultdict(set))
    for kind in every_kind(Refusal):
        for name, fact in kind.tells.items():
            by_name[name][fact].add(kind.code())
    return {
        name: {
            "anyOf": [*_kinds_of(told), {"type": "null"}],
            "description": "; ".join(f"{fact.says}: with {', '.join(sorted(codes))}" for fact, codes in told.items()),
            "examples": [fact.example for fact in told if fact.example is not None],
        }
        for name, told in sorted(by_name.items())
    }


def _kinds_of(facts: Iterable[Fact]) -> list[dict[str, Any]]:
    """What some facts of one name are, each kind once. What an array holds is told where it is answered with success: by reference
    it would stand again under each refusal of every operation."""
    items = {"array": {"type": "object"}, "strings": {"type": "string"}}
    kinds = dict.fromkeys(fact.type for fact in facts)
    return [{"type": "array", "items": items[kind]} if kind in items else {"type": kind} for kind in kinds]


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((method, operation) for path in document["paths"].values() for method, operation in path.items())


def _tags(app: FastAPI) -> list[dict[str, Any]]:
    """The tags in the order of the routes, with the first paragraph of what the module of their routes says of itself."""
    told = {
        str(tag): (sys.modules[route.endpoint.__module__].__doc__ or "").partition("\n\n")[0]
        for route in app.routes
        if isinstance(route, APIRoute)
        for tag in route.tags
    }
    return [{"name": tag, "description": told[tag]} for tag in told]


def _complete(method: str, operation: dict[str, Any], *, writes: bool) -> None:
    """Say what holds for every operation of its sort: who may call it, and which headers and problems there are."""
    (scheme,) = operation.setdefault("security", []) or [{}]
    scopes = [name for names in scheme.values() for name in names]
    permission = Permission(scopes[0]) if scopes else None
    for names in scheme.values():
        # What marks a permission is told in words.
        del names[1:]
    operation["description"] = f"{operation.get('description', '')}\n\n{who_may(scopes)}".strip()
    parameters = operation.setdefault("parameters", [])
    if method == "post" and permission:
        parameters.append(_IDEMPOTENCY_KEY)
    for parameter in parameters:
        _trim(parameter, operation["responses"])
    names = {parameter["name"] for parameter in parameters}
    common: list[type[Refusal]] = [MethodNotAllowed, Unexpected, Unavailable, *who_may_not(scopes, writes=writes)]
    if permission or parameters or "requestBody" in operation:
        common.append(Invalid)
    if "requestBody" in operation:
        common.append(UnsupportedMediaType)
    if "requestBody" in operation or "Idempotency-Key" in names:
        common.append(Unreadable)
    if writes or "requestBody" in operation:
        common.append(TooLarge)
    common += [BadCursor] if "cursor" in names else []
    common += [BadIfMatch] if "If-Match" in names else []
    if "Idempotency-Key" in names:
        common += [BadIdempotencyKey, IdempotencyKeyReused, AnswerNotShown]
        common += [TooManyKeys] if UNENROLLED not in scopes else []
    if method != "get":
        common += [Conflict, PreconditionFailed] if permission else [Conflict, ForeignOrigin]
    responses = operation["responses"]
    _answer(responses, common, is_kept="Idempotency-Key" in names)
    if method == "get" and "ETag" in responses["200"]["headers"]:
        responses["304"] = {"description": "It is still what the tag names", "headers": responses["200"]["headers"]}
        parameters += [_IF_NONE_MATCH] if "If-None-Match" not in names else []
    if not parameters:
        del operation["parameters"]


def _trim(parameter: dict[str, Any], responses: dict[str, Any]) -> None:
    """Spell a header's name one way, and leave out what only the framework means: nothing is sent as null, or bears a title."""
    if parameter["in"] == "header":
        parameter["name"] = parameter["name"].title()
        parameter["required"] = parameter["name"] == "If-Match" and "428" in responses
    schema = parameter["schema"]
    kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
    for kind in kinds:
        schema.update(kind)
    schema.pop("title", None)
    if parameter.get("description") == schema.get("description"):
        schema.pop("description", None)


def _answer(responses: dict[str, Any], common: list[type[Refusal]], *, is_kept: bool) -> None:
    if set(responses.get("422", {}).get("content", ())) == {"application/json"}:
        del responses["422"]
    responses.get("303", {}).pop("content", None)  # One who is led elsewhere is sent none.
    for status, added in answers(*common).items():
        own = added["content"][MEDIA_TYPE]
        content = responses.setdefault(str(status), added).setdefault("content", {}).setdefault(MEDIA_TYPE, own)
        content["examples"] = own["examples"] | content.get("examples", {})
    for status, response in responses.items():
        headers = {"X-Request-Id"}
        if status >= "400":
            # Where a problem has a schema of its own, the framework puts it down as plain JSON too.
            response["content"].pop("application/json", None)
            phrase = HTTPStatus(int(status)).phrase
            if (problem := response["content"].get(MEDIA_TYPE)) is not None and response["description"] in ("", phrase):
                problem["examples"] = dict(sorted(problem["examples"].items()))
                response["description"] = f"{phrase}: {', '.join(problem['examples'])}"
            headers |= _WITH_PROBLEMS.get(status, set())
        else:
            headers |= {"Idempotent-Replayed"} if is_kept else set()
            headers |= {"Location"} if status in {"201", "303"} else set()
            headers |= {"ETag"} if _shows_a_record(response) else set()
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers} | response.get("headers", {})


def _shows_a_record(response: dict[str, Any]) -> bool:
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    return schema.get("$ref") in {f"#/components/schemas/{kind.__name__}" for kind in every_kind(RecordShown)}


def _inline_form(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Let a form with a file stand where it is sent: the framework's name for it would be a name of nothing."""
    form = operation.get("requestBody", {}).get("content", {}).get("multipart/form-data")
    if form is not None:
        form["schema"] = schemas.pop(form["schema"]["$ref"].rpartition("/")[2])
        _untitle(form["schema"])
        for part in form["schema"]["properties"].values():
            if part.pop("contentMediaType", None):
                part["format"] = "binary"


def _with_own_names(document: dict[str, Any]) -> dict[str, Any]:
    """The document in which a page of a list bears the name that `Page` gives it, not one put together by the framework."""
    schemas = document["components"]["schemas"]
    renamed = {name: schema["title"] for name, schema in schemas.items() if name.endswith("_")}
    text = json.dumps(document)
    for name, title in renamed.items():
        assert title not in schemas
        text = text.replace(f'"{name}":', f'"{title}":').replace(f'schemas/{name}"', f'schemas/{title}"')
    found: dict[str, Any] = read_json(text)
    return found


def _untitle(schema: dict[str, Any]) -> None:
    """Leave out the titles of a schema and of its parts: each only says its name once more."""
    schema.pop("title", None)
    parts = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    parts += [schema[name] for name in ("items", "additionalProperties") if isinstance(schema.get(name), dict)]
    for part in parts:
        _untitle(part)


def _fill(example: Any, schema: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Give an example back the nulls that the framework leaves out."""
    schema = next((kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"), schema)
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if isinstance(example, list):
        for one in example:
            _fill(one, schema.get("items", {}), schemas)
    elif isinstance(example, dict):
        for name in schema.get("required", ()):
            _fill(example.setdefault(name), schema["properties"][name], schemas)


def _list_words(document: dict[str, Any], sources: Iterable[Any]) -> None:
    """List the words that a field can hold where more may come at any time."""
    problem, item, fault = (document["components"]["schemas"][name]["properties"] for name in ("Problem", "TodoItem", "Fault"))
    answered = (response for _, operation in _operations(document) for response in operation["responses"].values())
    problem["code"][WORDS] = sorted({code for response in answered for code in _codes(response)})
    item["kind"][WORDS] = sorted({source.kind for source in sources})
    item["target_type"][WORDS] = sorted({source.target_type for source in sources})
    rules = {word.value for kind in every_kind(Rule) for word in kind}
    fault["rule"][WORDS] = sorted(_OF_SCHEMAS | rules | {kind.code() for kind in every_kind(Refusal) if kind.of_field is not None})


def _share(document: dict[str, Any]) -> None:
    """Let what several operations say alike stand once, under `components`."""
    components = document["components"]
    components["headers"] = HEADERS
    problems, parameters = [], []
    for _, operation in _operations(document):
        responses, sent = operation["responses"], operation.get("parameters", [])
        problems += [(_name_of_problems(status, responses[status]), responses, status) for status in responses if status >= "300"]
        parameters += [(sent[place]["name"], sent, place) for place in range(len(sent))]
    components["responses"] = _lifted("responses", problems)
    components["parameters"] = _lifted("parameters", parameters)
    codes = set(re.findall(r'"#/components/examples/(\w+)"', json.dumps(document)))
    components["examples"] = {kind.code(): {"value": sample(kind)} for kind in every_kind(Refusal) if kind.code() in codes}


def _lifted(section: str, places: list[tuple[str, Any, Any]]) -> dict[str, Any]:
    """Replace what stands alike in several places by a reference, and return it by name. Of different things with one name the
    most frequent is lifted."""
    found: dict[str, list[tuple[Any, Any]]] = defaultdict(list)
    named: dict[str, Counter[str]] = defaultdict(Counter)
    for name, holder, key in places:
        text = json.dumps(holder[key], sort_keys=True)
        found[text].append((holder, key))
        named[name][text] += 1
    lifted = {}
    for name, texts in named.items():
        text, times = max(texts.items(), key=lambda item: (item[1], item[0]))
        if times > 1:
            lifted[name] = read_json(text)
            for holder, key in found[text]:
                holder[key] = {"$ref": f"#/components/{section}/{name}"}
    return lifted


def _codes(response: dict[str, Any]) -> Iterable[str]:
    """The codes of the problems that an answer may be."""
    found: dict[str, Any] = response.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {})
    return found


def _name_of_problems(status: str, response: dict[str, Any]) -> str:
    names = ("".join(part.capitalize() for part in code.split("_")) for code in sorted(_codes(response)))
    return "Or".join(names) or HTTPStatus(int(status)).phrase.replace(" ", "")
