"""Why something is refused, without any HTTP. `error_handlers.py` alone turns these into answers (RFC 9457).

A refusal's class is its stable `code` in snake case; its text stands in both languages beside it, and may name its parameters.
Each room declares its own refusals in its `rules.py`, under one of the kinds below.
"""

import errno
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Final, NamedTuple, Self
from uuid import UUID


class Text(NamedTuple):
    """One sentence for people, in Chinese and in English."""

    zh: str
    en: str

    def fill(self, **params: object) -> "Text":
        """The sentence with what it leaves open; a part that is a text itself stands there in either language."""
        zh = {name: part.zh if isinstance(part, Text) else part for name, part in params.items()}
        en = {name: part.en if isinstance(part, Text) else part for name, part in params.items()}
        return Text(self.zh.format(**zh), self.en.format(**en))


class Fact(NamedTuple):
    """A further fact that a refusal tells the program that asked: what it says, and what it may say for example. It is a text, or
    null where there is none, unless it is an `integer`, an `array` of objects, or `strings`."""

    says: str
    example: str | None = None
    type: str = "string"


STATE = Fact("the state in which the thing is", "withdrawn")
SERVICE_PHONE = Fact("whom to call instead", "0574-00000001")


class Rule(StrEnum):
    """A room's own words for what is wrong with a field. The document lists them all, beside those of the schemas."""


@dataclass(frozen=True)
class FieldFault:
    """What is wrong with one field or cell: where it stands, a stable word for the rule, and a sentence. Never the value itself."""

    field: str
    rule: str
    text: Text


@dataclass
class Refusal(Exception):
    """A request that the house does not carry out. `members` are further facts for the program that asked."""

    text: ClassVar[Text]
    title: ClassVar[Text | None] = None
    """What it is called, alike each time, where `text` leaves something to be filled in, or something else is said `instead`;
    otherwise `text` says that too."""
    of_field: ClassVar[str | None] = None
    """The field of the body that it is about, if that is the same wherever it is raised: it is told among `errors`, with the code
    for a rule. Empty where it is now one field, now another, or none."""
    breaks: ClassVar[str | None] = None
    """The unique constraint that says the same, for two requests that both pass the check; see `constraints.py`."""
    tells: ClassVar[Mapping[str, Fact]] = {}
    """Which `members` it may have."""
    leaves_trace: ClassVar[bool] = False
    """Whether what the refused request wrote (a failed sign-in, a reused token) is kept all the same."""

    params: dict[str, object] = field(default_factory=dict)
    faults: tuple[FieldFault, ...] = ()
    members: dict[str, object] = field(default_factory=dict)
    retry_after: int | None = None
    """Seconds after which trying again makes sense."""
    instead: Text | None = None
    """What is said where `text` would not tell the reason."""
    keys: tuple[UUID, ...] = ()
    """The keys of what was asked for, where they are at fault: the fields that they were sent in are told among `errors`."""

    def __post_init__(self) -> None:
        if self.of_field and not self.faults:
            self.faults = (FieldFault(f"body.{self.of_field}", self.code(), self.text),)

    @classmethod
    def at(cls, *fields: str) -> Self:
        """The refusal of what stands in these fields of the request, such as `body.parent_id`."""
        return cls(faults=tuple(FieldFault(name, cls.code(), cls.text) for name in fields))

    @classmethod
    def code(cls) -> str:
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def sentence(self) -> Text:
        return (self.instead or self.text).fill(**self.params)


class Unauthenticated(Refusal):
    """Nobody has been shown to be asking."""

    text = Text("请先登录。", "Please sign in first.")


class Forbidden(Refusal):
    """He who asks has no role that allows it anywhere."""

    text = Text("您没有此项权限。", "You have no permission for this.")


class ForeignOrigin(Refusal):
    """A page of somebody else's asks a browser to send this."""

    text = Text("请从本系统的网页提交。", "Send this from one of our own pages.")


class NotFound(Refusal):
    """There is no such thing, or none that he who asks may know of: both read alike."""

    of_field = ""
    text = Text("没有找到，或不在您的管理范围内。", "Not found, or outside your organisations.")


class MethodNotAllowed(Refusal):
    """There is something at this address, and it is asked otherwise."""

    text = Text("这个地址不接受这种请求方法。", "This address does not take that method.")


class Conflict(Refusal):
    """The request contradicts what stands."""

    text = Text("与现有数据冲突。", "This contradicts what is stored.")


class AlreadyDecided(Conflict):
    """What somebody asked for has been decided otherwise, or taken back."""

    text = Text("此事已经办结或撤回，不能再改。", "This has been decided or withdrawn already.")
    tells: ClassVar[Mapping[str, Fact]] = {"state": STATE}


class AlreadyAsked(Conflict):
    """The same was asked for before, and nobody has decided about it yet."""

    text = Text(
        "先前的申请还在等待处理，请先撤回或等待处理结果。",
        "What was asked for before is still waiting; withdraw it, or wait until it is decided.",
    )


class NotInThisState(Conflict):
    """What is asked for is done to a thing in other states only; `state` tells in which it is, and `needs`, where the state would
    do, what else is missing."""

    text = Text("它在当前状态下不能这样做。", "This cannot be done to it in its present state.")
    tells: ClassVar[Mapping[str, Fact]] = {
        "state": STATE,
        "needs": Fact("what is missing beside the state, `claim`, `no_claim`, `no_amendment` or `due`"),
    }


class Invalid(Refusal):
    """The request cannot be right, whatever is stored."""

    text = Text("提交的内容有误，请按提示修改。", "Something in the request is not right; see the faults.")


class BadSpan(Invalid):
    """Two days or moments that cannot be where something begins and ends."""

    text = Text(
        "起止时间有误：起不能晚于止，也不能超出允许的范围。",
        "The span must not end before it begins, and it must lie within what is allowed here.",
    )


class Unreadable(Invalid):
    """The body is not what its Content-Type says."""

    text = Text("无法读懂这个请求。", "This request cannot be read.")


class PreconditionFailed(Refusal):
    text = Text("数据已被他人修改，请刷新后再改。", "It has been changed in the meantime; load it again before changing it.")


class PreconditionRequired(Refusal):
    text = Text(
        "请在 If-Match 中带上读取时得到的 ETag。",
        "Send the ETag that you read in If-Match, so that nobody's change is overwritten.",
    )


class TooManyRequests(Refusal):
    text = Text("尝试次数过多，请稍后再试。", "Too many tries; please wait.")


class TooLarge(Refusal):
    text = Text("内容过大。", "This is too large.")


class HeadTooLarge(Refusal):
    """What stands before the body of a request is more than any client has to say."""

    text = Text("请求的地址或请求头过长，或项目过多。", "The address or the head of this request is too long, or lists too much.")


class TooSlow(Refusal):
    """A request that was begun and did not arrive in time."""

    text = Text("请求没有及时传完，请检查网络后再试。", "The request did not arrive in time; try again when the network is better.")


class Malformed(Refusal):
    """What was sent is not HTTP, or a body whose head asks for another protocol."""

    text = Text(
        "这不是正确的 HTTP 请求；带内容的请求不能要求更换协议（Upgrade）。",
        "This is not a request of HTTP, or one with a body that asks for another protocol (Upgrade).",
    )


class UnsupportedMediaType(Refusal):
    text = Text("不接受这种类型的内容，请检查 Content-Type。", "Content of this type is not taken here; look at its Content-Type.")


@dataclass
class Unavailable(Refusal):
    text = Text("系统繁忙，请稍后再试。", "The system is busy; please try again shortly.")

    is_for_lock: bool = False
    """Whether the database is well, and somebody else held a row for too long."""


NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
"""How the system tells that a disk is full, or the part of it that we may fill."""


def is_no_space(error: BaseException | None) -> bool:
    """Whether something failed because a disk is full, such as the one of the temporary folder."""
    return isinstance(error, OSError) and error.errno in NO_SPACE


class Unexpected(Refusal):
    text = Text("系统出错，已记录，请稍后再试。", "Something went wrong on our side; it has been recorded.")
