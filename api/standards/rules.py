"""What an item of the standard may say, in which state a version is, and how two versions differ."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar, Final

from api.errors import Conflict, Fact, FieldFault, Invalid, NotFound, Rule, Text
from models.enums import BasisAbout, EmblemUse, SignElement

CODE: Final = r"^[A-Z]{2,4}-[0-9]{2,3}$"
MOST_ITEMS: Final = 500
MOST_PICTURES: Final = 4
PLACEHOLDERS: Final = ("organization", "venue", "post", "name", "duties", "phone")
"""What a template for the words on a sign may leave open."""

CONTENT: Final = (
    "code", "name", "venue_kinds", "element", "obligation", "sizes", "tolerance_mm", "proportional", "emblem", "emblem_max_mm",
    "emblem_article", "bottom_min_mm", "bottom_max_mm", "colours", "material", "position", "note", "text_template", "basis",
    "pictures",
)  # fmt: skip
"""What an item says: what is copied into the next version, and compared."""

Content = dict[str, Any]
"""The fields of one item, by their names in `CONTENT`."""


class NoStandardInForce(NotFound):
    text: ClassVar[Text] = Text("目前没有施行中的标识应用规范。", "No version of the signage standard is in force.")


class TooManyItems(Conflict):
    text: ClassVar[Text] = Text(f"一份规范最多 {MOST_ITEMS} 项。", f"A standard has {MOST_ITEMS} items at the most.")


class EmblemArticleMissing(Invalid):
    text: ClassVar[Text] = Text(
        "允许使用党徽的，请写明依据的条款。", "Where the emblem may or must stand, name the article that allows it."
    )


BASIS: Final = Fact("what the refusal rests on: regulation, article where it is known, text, grade", type="array")


class EmblemNotAllowed(Invalid):
    text: ClassVar[Text] = Text("这种标识牌上不能使用党徽。", "The Party emblem may not stand on a sign or plate of this kind.")
    tells: ClassVar[Mapping[str, Fact]] = {"basis": BASIS}


NO_EMBLEM_AT_HOME: Final = Text(
    "党徽不得作为私人住宅的标识，户牌上不能使用。", "The emblem must not mark a private home, so a household plate bears none."
)


class UnknownPlaceholder(Invalid):
    text: ClassVar[Text] = Text(
        f"模板的花括号中只能写：{'、'.join(PLACEHOLDERS)}。", f"Between braces a template names one of: {', '.join(PLACEHOLDERS)}."
    )


class BadEffectiveDay(Invalid):
    text: ClassVar[Text] = Text(
        "施行日期不能早于今天，也不能早于已发布版本的施行日期。",
        "It takes effect today or later, and not before a version that is published already.",
    )


AT_FAULT: Final[Mapping[str, Fact]] = {"codes": Fact("the codes of the items at fault in an inspection", type="strings")}


class UnknownItem(Invalid):
    text: ClassVar[Text] = Text("规范中没有这个编号。", "The standard has no item with this code.")
    tells: ClassVar[Mapping[str, Fact]] = AT_FAULT


class StandardRule(Rule):
    """What stands against a field of the standard, or against the code of one of its items."""

    unknown_item = "unknown_item"
    emblem_article_missing = "emblem_article_missing"
    emblem_not_allowed = "emblem_not_allowed"
    unknown_placeholder = "unknown_placeholder"
    bad_effective_day = "bad_effective_day"
    bottom_reversed = "bottom_reversed"
    emblem_forbidden = "emblem_forbidden"
    no_sizes = "no_sizes"


class StandardState(StrEnum):
    """How far a version has come, as of a day: 草案, 待施行, 施行中, 已被取代, 已撤回."""

    draft = "draft"
    scheduled = "scheduled"
    in_force = "in_force"
    superseded = "superseded"
    withdrawn = "withdrawn"


@dataclass(frozen=True)
class Dated:
    """When a published version begins to hold, and the day on which it was withdrawn, if it was."""

    number: int
    effective_on: date
    withdrawn_on: date | None = None


def state_of(effective_on: date | None, *, is_withdrawn: bool, is_in_force: bool, today: date) -> StandardState:
    """The state of a version. `is_in_force` tells that it has the highest number of those that are published, effective and not
    withdrawn; what is not published has no `effective_on`."""
    if effective_on is None:
        return StandardState.draft
    if is_withdrawn:
        return StandardState.withdrawn
    if effective_on > today:
        return StandardState.scheduled
    return StandardState.in_force if is_in_force else StandardState.superseded


def in_force_within(versions: Collection[Dated], first: date, last: date) -> set[int]:
    """The numbers of the published versions that were in force at any time of the days from `first` to `last`.

    One that was withdrawn on a day held on that day too, and so did the one before it.
    """
    found: set[int] = set()
    for one in versions:
        until = last if one.withdrawn_on is None else min(last, one.withdrawn_on)
        days = {date.fromordinal(day) for day in range(max(first, one.effective_on).toordinal(), until.toordinal() + 1)}
        for other in versions:
            if other.number > one.number:
                # On the day of its withdrawal the higher one gave way again.
                days = {day for day in days if day < other.effective_on or (other.withdrawn_on or date.max) <= day}
        if days:
            found.add(one.number)
    return found


def check_effective_on(day: date, today: date, published: Collection[Dated]) -> None:
    """Raise `BadEffectiveDay` for a day before today, or before a published version that stands begins to hold.

    One that was withdrawn does not count: a wrong day would otherwise stand in the way of every version after it.
    """
    if day < today or any(day < one.effective_on for one in published if one.withdrawn_on is None):
        raise BadEffectiveDay(faults=(FieldFault("body.effective_on", StandardRule.bad_effective_day, BadEffectiveDay.text),))


def check_item(item: Content) -> None:
    """Raise the refusal for what an item says in contradiction to itself: `EmblemNotAllowed`, `EmblemArticleMissing`,
    `UnknownPlaceholder`, or `Invalid` for a lowest edge above the highest, the size of a forbidden emblem, and a proportion without
    sizes.

    Sources: 党徽党旗条例 (no emblem on a private home); that an article is named is OURS.
    """
    if item["emblem"] is not EmblemUse.forbidden:
        if item["element"] is SignElement.household:
            raise EmblemNotAllowed(faults=(FieldFault("body.emblem", StandardRule.emblem_not_allowed, NO_EMBLEM_AT_HOME),))
        if item["emblem_article"] is None:
            fault = FieldFault("body.emblem_article", StandardRule.emblem_article_missing, EmblemArticleMissing.text)
            raise EmblemArticleMissing(faults=(fault,))
    if has_unknown_placeholders(item["text_template"] or ""):
        fault = FieldFault("body.text_template", StandardRule.unknown_placeholder, UnknownPlaceholder.text)
        raise UnknownPlaceholder(faults=(fault,))
    lowest, highest = item["bottom_min_mm"], item["bottom_max_mm"]
    if lowest is not None and highest is not None and lowest > highest:
        raise Invalid(faults=(FieldFault("body.bottom_max_mm", StandardRule.bottom_reversed, BOTTOM_REVERSED),))
    if item["emblem"] is EmblemUse.forbidden and item["emblem_max_mm"] is not None:
        raise Invalid(faults=(FieldFault("body.emblem_max_mm", StandardRule.emblem_forbidden, EMBLEM_FORBIDDEN),))
    if item["proportional"] and not item["sizes"]:
        raise Invalid(faults=(FieldFault("body.proportional", StandardRule.no_sizes, NO_SIZES),))


def with_what_falls(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Changes of an item, with what they leave without meaning: the size of an emblem that becomes forbidden, and the proportion of
    sizes that are taken away."""
    fallen: dict[str, Any] = {}
    if changes.get("emblem") is EmblemUse.forbidden:
        fallen["emblem_max_mm"] = None
    if changes.get("sizes") == []:
        fallen["proportional"] = False
    return fallen | dict(changes)


EMBLEM_FORBIDDEN: Final = Text("不使用党徽的，请不要填写党徽尺寸。", "Where the emblem is forbidden, leave its size out.")
NO_SIZES: Final = Text("没有填写规格，谈不上按比例。", "Without sizes there is no proportion to keep.")
BOTTOM_REVERSED: Final = Text("下沿的最高值不能小于最低值。", "The highest lower edge must not lie below the lowest.")


def has_unknown_placeholders(template: str) -> bool:
    """Whether a template holds braces that are no known placeholder."""
    return re.search(r"[{}]", re.sub(rf"\{{(?:{'|'.join(PLACEHOLDERS)})\}}", "", template)) is not None


QUANTITIES: Final[Mapping[str, BasisAbout]] = {
    "sizes": BasisAbout.size,
    "tolerance_mm": BasisAbout.size,
    "emblem_max_mm": BasisAbout.emblem,
    "bottom_min_mm": BasisAbout.position,
    "bottom_max_mm": BasisAbout.position,
}
"""The numbers of an item, each by what of its `basis` tells on what it rests."""


@dataclass(frozen=True)
class Unfounded:
    """An item whose numbers in these fields were changed, while the words on which they rest were not."""

    code: str
    fields: Sequence[str]


def unfounded(item: Content, known: Collection[Content]) -> Unfounded | None:
    """Which numbers of an item differ from every one of those that it is `known` by with the same basis for them; None where all
    have theirs. A number that nothing is said to rest on has nothing to contradict."""
    fields = []
    for name, about in QUANTITIES.items():
        basis = _about(item, about)
        same = [one for one in known if _about(one, about) == basis] if basis else []
        if same and all(one[name] != item[name] for one in same):
            fields.append(name)
    return Unfounded(item["code"], fields) if fields else None


def _about(item: Content, about: BasisAbout) -> list[Mapping[str, str]]:
    return [one for one in item["basis"] if one["about"] == about]


@dataclass(frozen=True)
class FieldChange:
    field: str
    before: object
    after: object


@dataclass(frozen=True)
class Difference:
    """What has become of one version's items in another. Codes stand in their order; `unchanged` is how many are the same."""

    added: Sequence[str]
    removed: Sequence[str]
    changed: Mapping[str, Sequence[FieldChange]]
    unchanged: int


def difference(before: Mapping[str, Content], after: Mapping[str, Content]) -> Difference:
    """Compare the items of two versions, each by its code."""
    common = sorted(before.keys() & after.keys())
    changed = {code: found for code in common if (found := _changes(before[code], after[code]))}
    return Difference(
        added=sorted(after.keys() - before.keys()),
        removed=sorted(before.keys() - after.keys()),
        changed=changed,
        unchanged=len(common) - len(changed),
    )


def _changes(before: Content, after: Content) -> list[FieldChange]:
    return [FieldChange(name, before[name], after[name]) for name in CONTENT if before[name] != after[name]]
