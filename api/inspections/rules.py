"""What a sent inspection has to hold, and what becomes of one that is known already (`signage.md`, section 4)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from api.errors import BadSpan, Conflict, Fact, FieldFault, Invalid, Rule, Text
from api.rectifications.rules import OfThatOrganization
from api.standards.rules import AT_FAULT, UnknownItem
from models.enums import CheckResult, VenueKind

MOST_ITEMS: Final = 500
MOST_PHOTOS: Final = 3
AT_ONCE: Final = 50
"""How many inspections are sent together."""
PHONE_AHEAD: Final = timedelta(minutes=5)
"""By so much a phone's clock may be ahead of ours."""
OLD_STANDARD: Final = timedelta(days=31)
"""For so long a phone may check by a version that has been superseded: it may have been out of reach."""

MISSING = Text("请填写完成时间。", "A final inspection says when it was finished.")
BACKWARDS = Text("完成时间不能早于开始时间。", "It cannot have been finished before it was begun.")
IN_THE_FUTURE = Text("时间不能晚于现在，请检查手机的时间。", "This lies in the future; look at the phone's clock.")
OWN_UNANNOUNCED = Text(
    "检查本组织的阵地不能作为暗访，请填 false。", "One's own organisation is not inspected unannounced; send false."
)
TWICE = Text("同一项目只能填一次。", "Each item of the standard stands here once.")


class InspectionClosed(Conflict):
    text: ClassVar[Text] = Text("这次检查已经办结，不能再改。", "This inspection is final and cannot be changed.")


class StandardNotInForce(Invalid):
    text: ClassVar[Text] = Text(
        "检查所依据的规范版本当时没有施行，请更新后重新检查。",
        "That version of the standard was not in force then; load the standard again.",
    )


class NoteMissing(Invalid):
    text: ClassVar[Text] = Text("不符合的项目须写明问题。", "What fails needs a note that says what is wrong.")
    tells: ClassVar[Mapping[str, Fact]] = AT_FAULT


class ItemsUnanswered(Invalid):
    text: ClassVar[Text] = Text("还有项目没有检查。", "Some items have not been answered.")
    tells: ClassVar[Mapping[str, Fact]] = AT_FAULT


class InspectionRule(Rule):
    """What stands against a field of an inspection."""

    unknown_item = "unknown_item"
    note_missing = "note_missing"
    items_unanswered = "items_unanswered"
    standard_not_in_force = "standard_not_in_force"
    missing = "missing"
    finished_before_begun = "finished_before_begun"
    in_the_future = "in_the_future"
    of_that_organization = "of_that_organization"
    bad_span = "bad_span"
    code_twice = "code_twice"


@dataclass(frozen=True)
class Asked:
    """Of which inspections figures and circulars tell: by default of all within reach, from 1 January to today."""

    organization_id: UUID | None = None
    venue_kind: VenueKind | None = None
    since: date | None = None
    until: date | None = None

    def days(self, today: date) -> tuple[date, date]:
        """The first and the last day. Raises `BadSpan` where these are the other way round."""
        until = self.until or today
        since = self.since or until.replace(month=1, day=1)
        check_days(since, until, at_fault="until" if self.until else "since")
        return since, until


def check_days(since: date | None, until: date | None, *, at_fault: str = "until") -> None:
    """Raise `BadSpan` for days of which the last comes before the first; `at_fault` is the parameter that it lies at."""
    if since is not None and until is not None and until < since:
        raise BadSpan(faults=(FieldFault(f"query.{at_fault}", InspectionRule.bad_span, BadSpan.text),))


class Outcome(StrEnum):
    """What became of an inspection that was sent."""

    created = "created"
    updated = "updated"
    unchanged = "unchanged"
    refused = "refused"


@dataclass(frozen=True)
class Answer:
    """What is sent of one item."""

    code: str
    result: CheckResult
    note: str | None
    photo_ids: Sequence[UUID]
    due_on: date | None
    responsible_id: UUID | None


@dataclass(frozen=True)
class Document:
    """An inspection as it is sent."""

    client_id: UUID
    venue_id: UUID
    standard_number: int
    unannounced: bool
    revision: int
    started_at: datetime
    finished_at: datetime | None
    final: bool
    items: Sequence[Answer]


def is_news(known: tuple[int, str, bool], revision: int, digest: str) -> bool:
    """Whether a document changes the one that is known by its revision, digest and whether it is final. Raises `InspectionClosed`,
    or `Conflict` where two phones have made one revision."""
    number, content, is_final = known
    if revision < number or digest == content:
        return False
    if is_final:
        raise InspectionClosed
    if revision == number:
        raise Conflict
    return True


def of_that_organization() -> OfThatOrganization:
    """The refusal of an unannounced inspection of one's own organisation."""
    return OfThatOrganization(faults=(FieldFault("body.unannounced", InspectionRule.of_that_organization, OWN_UNANNOUNCED),))


def check_moments(document: Document, at: datetime) -> None:
    """Look at whether what a document tells has happened by `at`, but for what a phone's clock may be ahead. Raises `Invalid`."""
    for name, moment in (("started_at", document.started_at), ("finished_at", document.finished_at)):
        if moment is not None and moment > at + PHONE_AHEAD:
            raise _fault(f"body.{name}", InspectionRule.in_the_future, IN_THE_FUTURE)


def check_document(document: Document, is_in_force: bool, checklist: Collection[str]) -> None:
    """Look at what a document says, in the contract's order. Raises `StandardNotInForce`, `UnknownItem`, `NoteMissing`,
    `ItemsUnanswered` or `Invalid`."""
    if not is_in_force:
        raise _at("body.standard_number", StandardNotInForce)
    codes = [item.code for item in document.items]
    for place, item in enumerate(document.items):
        if item.code not in checklist:
            raise _at(f"body.items.{place}.code", UnknownItem, item.code)
        if item.code in codes[:place]:
            raise _fault(f"body.items.{place}.code", InspectionRule.code_twice, TWICE)
    for place, item in enumerate(document.items):
        if item.result is CheckResult.failed and item.note is None:
            raise _at(f"body.items.{place}.note", NoteMissing, item.code)
    if document.final and (left := sorted(set(checklist) - set(codes))):
        fault = FieldFault("body.items", InspectionRule.items_unanswered, ItemsUnanswered.text)
        raise ItemsUnanswered(faults=(fault,), members={"codes": left})
    if document.final and document.finished_at is None:
        raise _fault("body.finished_at", InspectionRule.missing, MISSING)
    if document.finished_at is not None and document.finished_at < document.started_at:
        raise _fault("body.finished_at", InspectionRule.finished_before_begun, BACKWARDS)


def _at(field: str, refusal: type[Invalid], *codes: str) -> Invalid:
    fault = FieldFault(field, InspectionRule(refusal.code()), refusal.text)
    return refusal(faults=(fault,), members={"codes": list(codes)} if codes else {})


def _fault(field: str, rule: InspectionRule, text: Text) -> Invalid:
    return Invalid(faults=(FieldFault(field, rule, text),))
