"""What every room's schemas stand on. Nothing unknown is accepted, and nothing that cannot be stored."""

from datetime import date
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, GetJsonSchemaHandler, SecretStr, StringConstraints
from pydantic.config import JsonDict
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from api.adapters.typed_text import legible, shown_lines, shown_words
from api.written import plain

T = TypeVar("T")

Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$"),
    AfterValidator(shown_words),
    AfterValidator(plain),
]
"""One line of words, without control characters, kept without what nobody sees, in which nobody's identity number stands."""
Lines = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=500, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$"),
    AfterValidator(shown_lines),
    AfterValidator(plain),
]
"""The same of several lines."""

LongLines = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$"),
    AfterValidator(shown_lines),
    AfterValidator(plain),
]
"""The same of four times as much."""

Short = Annotated[Line, StringConstraints(max_length=20)]
Medium = Annotated[Line, StringConstraints(max_length=80)]
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), AfterValidator(legible), AfterValidator(plain)
]
"""A person's name as it is typed; `members` reads it."""
Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40), AfterValidator(legible)]
"""An identity or telephone number as it is typed, spaces and all."""
Phone = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=40, pattern=r"^[0-9+() -]+$")]
"""A telephone number that anybody may call, with its area code; `organizations` tells whether it can be dialled."""
Day = Annotated[date, Field(ge=date(1900, 1, 1), lt=date(2100, 1, 1))]
"""A calendar day in the district."""

Secret = Annotated[str, Field(json_schema_extra={"format": "password"})]
"""What opens something, told to whoever asked for it. An answer that holds one is never compressed."""

Otp = Annotated[SecretStr, Field(min_length=6, max_length=40)]
"""A code of an authenticator app, or a recovery code, as it is typed: with spaces and hyphens or without."""

Reason = Annotated[Line, Field(description="why, in words that stand in the records", examples=["党员本人报告遗失"])]


class Written(BaseModel):
    """A body that a client sends: an unknown field is a mistake, not something to drop."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, str_max_length=10_000)


UNSENT: Any = None
"""What stands in a field of an `Edited` body that cannot be null, until something is sent. Nobody reads it."""


def without_default(schema: JsonDict) -> None:
    """For a field with a default of something that is sent whole within an `Edited` body: its document names none either."""
    del schema["default"]


class Edited(Written):
    """A body of changes: what is not sent stays as it is.

    Its document names no default, or a generated client would write them out and so reset what nobody meant to change.
    """

    def sent(self) -> dict[str, Any]:
        """What was sent, by field; a null stands for a value to be taken away. What lies within a field is sent whole, so that what
        is missing there is its default."""
        return self.model_dump(include=self.model_fields_set)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core_schema)
        for described in handler.resolve_ref_schema(schema).get("properties", {}).values():
            described.pop("default", None)
            if {"type": "null"} in described.get("anyOf", ()):
                described["description"] = "; ".join([*filter(None, [described.get("description")]), "null takes it away"])
        return schema


class Shown(BaseModel):
    """A body that we answer with."""

    model_config = ConfigDict(from_attributes=True)


ACTOR_NAME: Any = Field(description="whose account it is; null for whoever may not know it", examples=["周明"])
"""The name beside the key of an account that has done something."""


class Because(Written):
    reason: Reason


class RecordShown(Shown):
    created_at: AwareDatetime
    updated_at: AwareDatetime
    version: int = Field(description="stands in the ETag; send it back in If-Match when changing", examples=[1])


class Fault(Shown):
    """One thing that is wrong with a request."""

    field: str = Field(examples=["body.full_name"])
    rule: str = Field(examples=["missing"])
    detail: str = Field(examples=["此项必填。"])


class Problem(Shown):
    """An answer that something was not done, and why (RFC 9457). Some codes bring further members, which are described here too."""

    type: str = Field(examples=["urn:liangxian:problem:not_found"])
    title: str = Field(examples=["没有找到，或不在您的管理范围内。"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["没有找到，或不在您的管理范围内。"])
    instance: str = Field(description="the request's id", examples=["urn:liangxian:request:0192f0c1e5a87cc2"])
    code: str = Field(description="a stable word for programs", examples=["not_found"])
    request_id: str = Field(examples=["0192f0c1e5a87cc2"])
    errors: list[Fault] = Field(default=[], description="the fields at fault; never their values")


def example(**content: Any) -> ConfigDict:
    """The schema setting that puts one whole example into the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": [content]})


class Skipped(Shown):
    """One of many things to which a verb was not applied. A room's own schema names the thing."""

    reason: str = Field(description="the code of the problem that it would have been, asked for alone")


K = TypeVar("K", bound=Skipped)


class BulkDone(Shown, Generic[K]):
    """What became of many things to which one verb was applied."""

    done: list[UUID] = Field(description="those to which it was applied, by their keys")
    skipped: list[K]


class Page(Shown, Generic[T]):
    """One page of a list."""

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        """What the document calls a page of these: `CardShownPage`."""
        return f"{params[0].__name__}Page"

    items: list[T]
    next_cursor: str | None = Field(description="send it as `cursor` for the next page; null on the last", examples=[None])


def form_example(*demanded: str, **values: Any) -> ConfigDict:
    """An example of a form, and which of its fields the document demands."""
    return ConfigDict(json_schema_extra={"examples": [values], "required": list(demanded)})


def form_field(**rule: Any) -> dict[str, Any]:
    """A field of a form whose rule stands in the document, and is looked at where its fault can be told."""

    def tell(schema: dict[str, Any]) -> None:
        del schema["default"]
        schema |= rule

    return {"default": "", "json_schema_extra": tell}
