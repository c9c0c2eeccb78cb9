"""The life of a sign, and how the signs of a venue are judged by the standard (`signage.md`, section 3)."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from api.errors import Invalid, NotInThisState, Rule, Text
from api.moves import Moves
from models.enums import BasisAbout, EmblemUse, Obligation, SignElement, SignState, VenueKind

MOST_PHOTOS: Final = 3


class DisposalMissing(Invalid):
    text: ClassVar[Text] = Text(
        "这块标识上有党徽或党旗，请写明收回、处置的情况。",
        "The emblem or the flag is on this sign. Say how it was taken back and disposed of.",
    )


class SignRule(Rule):
    """What stands against a field of a sign."""

    disposal_missing = "disposal_missing"
    in_the_future = "in_the_future"


class SignAction(StrEnum):
    edit = "edit"
    damage = "damage"
    repair = "repair"
    retire = "retire"


_S = SignState
MOVES: Final = Moves(
    {
        SignAction.edit: {_S.installed: _S.installed, _S.damaged: _S.damaged},
        SignAction.damage: {_S.installed: _S.damaged},
        SignAction.repair: {_S.damaged: _S.installed},
        SignAction.retire: {_S.installed: _S.retired, _S.damaged: _S.retired},
    },
    NotInThisState,
    once=True,
)


class FindingKind(StrEnum):
    """Of what kind a finding is: 缺少, 不合规, 禁止, 建议."""

    missing = "missing"
    wrong = "wrong"
    forbidden = "forbidden"
    advice = "advice"


class FindingReason(StrEnum):
    """What exactly was found.

    * `not_installed` 应设未设: mandatory here, and none hangs
    * `only_damaged` 只有破损的: mandatory here, and all that hang are damaged
    * `size` 尺寸不符: it has none of the sizes, within the tolerance
    * `not_measured` 未量尺寸: sizes are given, and a side was not measured
    * `emblem_too_large` 党徽过大: its emblem exceeds the largest allowed
    * `emblem_missing` 缺少党徽: an emblem is required
    * `bottom_height` 高度不符: its lower edge is too low or too high
    * `not_for_this_venue` 不属于这类阵地: the item is for other kinds of venues
    * `damaged` 破损: it is damaged, beside one that is not
    * `forbidden_item` 禁止设置: the item is forbidden
    * `emblem_not_allowed` 不得使用党徽: it bears an emblem, which is forbidden on it
    * `damaged_emblem` 党徽党旗破损: what is damaged bears the emblem, or is the flag
    * `recommended_missing` 宜设未设: recommended here, and none hangs
    * `not_in_standard` 规范中没有: the standard in force has no such item
    """

    not_installed = "not_installed"
    only_damaged = "only_damaged"
    size = "size"
    not_measured = "not_measured"
    emblem_too_large = "emblem_too_large"
    emblem_missing = "emblem_missing"
    bottom_height = "bottom_height"
    not_for_this_venue = "not_for_this_venue"
    damaged = "damaged"
    forbidden_item = "forbidden_item"
    emblem_not_allowed = "emblem_not_allowed"
    damaged_emblem = "damaged_emblem"
    recommended_missing = "recommended_missing"
    not_in_standard = "not_in_standard"


_R = FindingReason
KINDS: Final[Mapping[FindingReason, FindingKind]] = {
    _R.not_installed: FindingKind.missing,
    _R.only_damaged: FindingKind.missing,
    _R.size: FindingKind.wrong,
    _R.not_measured: FindingKind.wrong,
    _R.emblem_too_large: FindingKind.wrong,
    _R.emblem_missing: FindingKind.wrong,
    _R.bottom_height: FindingKind.wrong,
    _R.not_for_this_venue: FindingKind.wrong,
    _R.damaged: FindingKind.wrong,
    _R.forbidden_item: FindingKind.forbidden,
    _R.emblem_not_allowed: FindingKind.forbidden,
    _R.damaged_emblem: FindingKind.forbidden,
    _R.recommended_missing: FindingKind.advice,
    _R.not_in_standard: FindingKind.advice,
}
ABOUT: Final[Mapping[FindingReason, BasisAbout]] = {
    _R.not_installed: BasisAbout.obligation,
    _R.only_damaged: BasisAbout.obligation,
    _R.recommended_missing: BasisAbout.obligation,
    _R.forbidden_item: BasisAbout.obligation,
    _R.size: BasisAbout.size,
    _R.not_measured: BasisAbout.size,
    _R.bottom_height: BasisAbout.position,
    _R.emblem_too_large: BasisAbout.emblem,
    _R.emblem_missing: BasisAbout.emblem,
    _R.emblem_not_allowed: BasisAbout.emblem,
}
"""What of an item a reason rests on; the others rest on nothing that an item says of itself."""
DAMAGED_EMBLEMS: Final = "FB-03"
"""The item, by its stable code, that forbids emblems and flags that are damaged: what is found of one rests on that."""


@dataclass(frozen=True)
class Spec:
    """An item of the standard, as signs are judged by it. Sizes are width and height, and all lengths millimetres."""

    code: str
    name: str
    venue_kinds: Collection[VenueKind]
    element: SignElement
    obligation: Obligation
    sizes: Sequence[tuple[int, int]] = ()
    tolerance_mm: int = 0
    proportional: bool = False
    emblem: EmblemUse = EmblemUse.forbidden
    emblem_max_mm: int | None = None
    emblem_article: str | None = None
    bottom_min_mm: int | None = None
    bottom_max_mm: int | None = None
    basis: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class Standing:
    """A sign that was not taken down."""

    id: UUID
    code: str
    width_mm: int | None = None
    height_mm: int | None = None
    bottom_mm: int | None = None
    emblem_mm: int | None = None
    is_damaged: bool = False


@dataclass(frozen=True)
class Finding:
    """One thing that is not as the standard says. `measured` and `allowed` name lengths by the fields of a sign and of an item."""

    reason: FindingReason
    code: str
    name: str | None = None
    sign_id: UUID | None = None
    measured: Mapping[str, object] | None = None
    allowed: Mapping[str, object] | None = None
    article: str | None = None
    basis: Sequence[Mapping[str, str]] = ()

    @property
    def kind(self) -> FindingKind:
        return KINDS[self.reason]


def check(kind: VenueKind, specs: Iterable[Spec], signs: Iterable[Standing]) -> list[Finding]:
    """What is missing, wrong or forbidden at a venue of a kind, and what the standard advises, by code; the lengths as
    `signage.md` says, the thresholds themselves allowed."""
    by_code = {spec.code: spec for spec in specs}
    of_code: dict[str, list[Standing]] = {}
    for sign in signs:
        of_code.setdefault(sign.code, []).append(sign)
    forbidding = by_code.get(DAMAGED_EMBLEMS)
    found: list[Finding] = []
    for code in sorted(by_code.keys() | of_code.keys()):
        hanging = of_code.get(code, [])
        if (spec := by_code.get(code)) is None:
            found += [Finding(FindingReason.not_in_standard, code, sign_id=sign.id) for sign in hanging]
            continue
        is_installed = any(not sign.is_damaged for sign in hanging)
        if kind in spec.venue_kinds and not is_installed:
            found += _missing(spec, is_damaged=bool(hanging))
        for sign in hanging:
            found += _judged(spec, sign, kind, is_installed=is_installed, forbidding=forbidding)
    return found


def is_ok(findings: Iterable[Finding]) -> bool:
    """Whether there is nothing but advice."""
    return all(finding.kind is FindingKind.advice for finding in findings)


def bears_emblem(element: SignElement | None, emblem_mm: int | None) -> bool:
    """Whether the emblem or the flag is on a sign, which then is not simply thrown away."""
    return emblem_mm is not None or element in (SignElement.emblem, SignElement.flag)


def fits(width: int, height: int, spec: Spec) -> bool:
    """Whether a sign has one of the sizes of an item, or, if that is allowed, the proportion of one; whichever way it hangs."""
    long, short = max(width, height), min(width, height)
    tolerance = spec.tolerance_mm
    for size in spec.sizes:
        its_long, its_short = max(size), min(size)
        if abs(long - its_long) <= tolerance and abs(short - its_short) <= tolerance:
            return True
        # As many mm beside the proportion as the sides of the size itself may be off.
        if spec.proportional and abs(long * its_short - short * its_long) <= tolerance * (its_long + its_short):
            return True
    return False


def _missing(spec: Spec, *, is_damaged: bool) -> Iterator[Finding]:
    if spec.obligation is Obligation.mandatory:
        yield _finding(FindingReason.only_damaged if is_damaged else FindingReason.not_installed, spec)
    elif spec.obligation is Obligation.recommended:
        yield _finding(FindingReason.recommended_missing, spec)


def _judged(spec: Spec, sign: Standing, kind: VenueKind, *, is_installed: bool, forbidding: Spec | None) -> Iterator[Finding]:
    if spec.obligation is Obligation.forbidden:
        yield _finding(FindingReason.forbidden_item, spec, sign, article=spec.emblem_article)
        return
    yield from _of_its_size(spec, sign)
    yield from _of_its_emblem(spec, sign)
    lowest, highest = spec.bottom_min_mm, spec.bottom_max_mm
    if sign.bottom_mm is not None and not (lowest or 0) <= sign.bottom_mm <= (sign.bottom_mm if highest is None else highest):
        measured, allowed = {"bottom_mm": sign.bottom_mm}, {"bottom_min_mm": lowest, "bottom_max_mm": highest}
        yield _finding(FindingReason.bottom_height, spec, sign, measured=measured, allowed=allowed)
    if kind not in spec.venue_kinds:
        allowed_kinds = [one for one in VenueKind if one in spec.venue_kinds]
        yield _finding(FindingReason.not_for_this_venue, spec, sign, allowed={"venue_kinds": allowed_kinds})
    if sign.is_damaged and is_installed:
        yield _finding(FindingReason.damaged, spec, sign)
    if sign.is_damaged and bears_emblem(spec.element, sign.emblem_mm):
        # Of the rule against damaged emblems and flags the article's number was not found.
        yield replace(_finding(FindingReason.damaged_emblem, spec, sign), basis=forbidding.basis if forbidding else ())


def _of_its_size(spec: Spec, sign: Standing) -> Iterator[Finding]:
    if not spec.sizes:
        return
    measured = {"width_mm": sign.width_mm, "height_mm": sign.height_mm}
    allowed = {
        "sizes": [{"width_mm": width, "height_mm": height} for width, height in spec.sizes],
        "tolerance_mm": spec.tolerance_mm,
        "proportional": spec.proportional,
    }
    if sign.width_mm is None or sign.height_mm is None:
        yield _finding(FindingReason.not_measured, spec, sign, measured=measured, allowed=allowed)
    elif not fits(sign.width_mm, sign.height_mm, spec):
        yield _finding(FindingReason.size, spec, sign, measured=measured, allowed=allowed)


def _of_its_emblem(spec: Spec, sign: Standing) -> Iterator[Finding]:
    diameter = sign.emblem_mm
    if spec.element is SignElement.emblem:
        diameter = max((side for side in (sign.width_mm, sign.height_mm) if side is not None), default=None)
    measured = {"emblem_mm": diameter}
    if diameter is not None and spec.emblem_max_mm is not None and diameter > spec.emblem_max_mm:
        allowed = {"emblem_max_mm": spec.emblem_max_mm}
        yield _finding(FindingReason.emblem_too_large, spec, sign, measured=measured, allowed=allowed, article=spec.emblem_article)
    if spec.emblem is EmblemUse.required and diameter is None:
        yield _finding(FindingReason.emblem_missing, spec, sign, article=spec.emblem_article)
    if spec.emblem is EmblemUse.forbidden and sign.emblem_mm is not None:
        measured = {"emblem_mm": sign.emblem_mm}
        yield _finding(FindingReason.emblem_not_allowed, spec, sign, measured=measured, article=spec.emblem_article)


def _finding(
    reason: FindingReason,
    spec: Spec,
    sign: Standing | None = None,
    *,
    measured: Mapping[str, object] | None = None,
    allowed: Mapping[str, object] | None = None,
    article: str | None = None,
) -> Finding:
    about = ABOUT.get(reason)
    basis = [one for one in spec.basis if one["about"] == about]
    return Finding(reason, spec.code, spec.name, sign.id if sign else None, measured, allowed, article, basis)
