"""Signs (标识): hung at venues, damaged, repaired and taken down; and how they are judged by the standard in force."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from api.access.scope import Access, Lock
from api.database import Work
from api.errors import FieldFault, Invalid, NotFound, Text
from api.files import service as files
from api.pagination import Pages
from api.standards import service as standards
from api.standards.rules import NoStandardInForce, StandardRule, UnknownItem
from api.venues.signs import queries, rules
from api.venues.signs.attachments import PHOTOS
from api.venues.signs.rules import Finding, SignAction, SignRule, Spec, Standing
from api.versions import Expected
from models.enums import SignState, VenueKind
from models.sign import Sign
from models.standard import StandardItem
from models.venue import Venue

IN_THE_FUTURE = Text("安装日期不能晚于今天。", "A sign cannot have been hung after today.")


@dataclass(frozen=True)
class Told:
    """A sign with the keys of its photos."""

    sign: Sign
    photo_ids: Sequence[UUID]


@dataclass(frozen=True)
class Checked:
    """What the version of a number in force finds at a venue."""

    standard_number: int
    ok: bool
    findings: Sequence[Finding]


def list_signs(work: Work, access: Access, venue_id: UUID, pages: Pages) -> tuple[list[Told], str | None]:
    """The signs of a venue within reach by their codes, those that were taken down too. Raises `NotFound`."""
    venue = access.get(work, Venue, venue_id)
    found, following = pages.read(work, queries.of_venue(venue.id))
    return _told(work, found), following


def add_sign(work: Work, access: Access, venue_id: UUID, content: Mapping[str, Any], photo_ids: Sequence[UUID]) -> Told:
    """Hang a sign at a venue within reach. `content` has what a body says of it, but for the photos.

    Raises `NotFound`, `NoStandardInForce`, `UnknownItem`, `NotYourFile`, or `Invalid` for a day that is yet to come.
    """
    venue = access.get(work, Venue, venue_id, Lock.kept)
    _check(work, content)
    sign = Sign(venue_id=venue.id, **content)
    work.add(sign)
    work.flush()
    files.replace_attached(work, access, photo_ids, PHOTOS, sign.id)
    work.record("add_sign", sign, organization_id=venue.organization_id, code=sign.code)
    return _told(work, [sign])[0]


def edit_sign(
    work: Work,
    access: Access,
    venue_id: UUID,
    sign_id: UUID,
    changes: Mapping[str, Any],
    photo_ids: Sequence[UUID] | None,
    expected: Expected,
) -> Told:
    """Correct what is told of a sign that hangs; with `photo_ids` it has these photos and no others.

    Raises `NotFound`, `NotInThisState`, `NoStandardInForce`, `UnknownItem`, `NotYourFile`, or `Invalid` for a day that is yet to
    come.
    """
    venue, sign = _held(work, access, venue_id, sign_id, expected)
    rules.MOVES.after(SignAction.edit, sign.state)
    _check(work, {name: value for name, value in changes.items() if getattr(sign, name) != value})
    for name, value in changes.items():
        setattr(sign, name, value)
    changed = work.changes(sign)
    had = _told(work, [sign])[0].photo_ids
    if photo_ids is not None and set(photo_ids) != set(had):
        files.replace_attached(work, access, photo_ids, PHOTOS, sign.id)
        changed.append("photo_ids")
        sign.updated_at = work.at
    if changed:
        work.record("edit_sign", sign, organization_id=venue.organization_id, code=sign.code, fields=changed)
        work.flush()
    return _told(work, [sign])[0]


def damage_sign(work: Work, access: Access, venue_id: UUID, sign_id: UUID, reason: str, expected: Expected) -> Told:
    """Note that a sign is damaged. Raises `NotFound` or `NotInThisState`."""
    venue, sign = _held(work, access, venue_id, sign_id, expected)
    sign.state, sign.state_reason = rules.MOVES.after(SignAction.damage, sign.state), reason
    work.record("damage_sign", sign, organization_id=venue.organization_id, code=sign.code)
    work.flush()
    return _told(work, [sign])[0]


def repair_sign(work: Work, access: Access, venue_id: UUID, sign_id: UUID, reason: str, expected: Expected) -> Told:
    """Note that a damaged sign is whole again. Raises `NotFound` or `NotInThisState`."""
    venue, sign = _held(work, access, venue_id, sign_id, expected)
    sign.state, sign.state_reason = rules.MOVES.after(SignAction.repair, sign.state), reason
    work.record("repair_sign", sign, organization_id=venue.organization_id, code=sign.code)
    work.flush()
    return _told(work, [sign])[0]


def retire_sign(
    work: Work, access: Access, venue_id: UUID, sign_id: UUID, reason: str, disposal: str | None, expected: Expected
) -> Told:
    """Take a sign down; `disposal` tells what became of one that bears the emblem or the flag (党徽党旗条例: 收回、处置).

    Raises `NotFound`, `NotInThisState` or `DisposalMissing`.
    """
    venue, sign = _held(work, access, venue_id, sign_id, expected)
    state = rules.MOVES.after(SignAction.retire, sign.state)
    item = standards.newest_item(work, sign.code)
    if disposal is None and rules.bears_emblem(item.element if item else None, sign.emblem_mm):
        fault = FieldFault("body.disposal", SignRule.disposal_missing, rules.DisposalMissing.text)
        raise rules.DisposalMissing(faults=(fault,))
    sign.state, sign.state_reason, sign.disposal = state, reason, disposal
    work.record("retire_sign", sign, organization_id=venue.organization_id, code=sign.code)
    work.flush()
    return _told(work, [sign])[0]


def check_venue(work: Work, access: Access, venue_id: UUID) -> Checked:
    """Judge the signs of a venue within reach by the version in force. Raises `NotFound` or `NoStandardInForce`."""
    venue = access.get(work, Venue, venue_id)
    standard = standards.standard_in_force(work, work.today)
    if standard is None:
        raise NoStandardInForce
    specs = [spec_of(item) for item in standards.all_items(work, standard.number)]
    signs = [
        Standing(
            sign.id,
            sign.code,
            sign.width_mm,
            sign.height_mm,
            sign.bottom_mm,
            sign.emblem_mm,
            is_damaged=sign.state is SignState.damaged,
        )
        for sign in queries.standing(work, venue.id)
    ]
    findings = rules.check(venue.kind, specs, signs)
    return Checked(standard.number, rules.is_ok(findings), findings)


def spec_of(item: StandardItem) -> Spec:
    """An item as signs are judged by it."""
    return Spec(
        code=item.code,
        name=item.name,
        venue_kinds=frozenset(map(VenueKind, item.venue_kinds)),
        element=item.element,
        obligation=item.obligation,
        sizes=[(size["width_mm"], size["height_mm"]) for size in item.sizes],
        tolerance_mm=item.tolerance_mm,
        proportional=item.proportional,
        emblem=item.emblem,
        emblem_max_mm=item.emblem_max_mm,
        emblem_article=item.emblem_article,
        bottom_min_mm=item.bottom_min_mm,
        bottom_max_mm=item.bottom_max_mm,
        basis=item.basis,
    )


def _held(work: Work, access: Access, venue_id: UUID, sign_id: UUID, expected: Expected) -> tuple[Venue, Sign]:
    venue = access.get(work, Venue, venue_id, Lock.kept)
    sign = queries.sign(work, venue.id, sign_id)
    if sign is None:
        raise NotFound
    expected.check(sign)
    return venue, sign


def _check(work: Work, content: Mapping[str, Any]) -> None:
    """Look at what is new of a sign: its code is one of the version in force, and it hangs since today or longer."""
    if "code" in content:
        standard = standards.standard_in_force(work, work.today)
        if standard is None:
            raise NoStandardInForce
        if not standards.items_by_code(work, standard.number, [content["code"]]):
            raise UnknownItem(faults=(FieldFault("body.code", StandardRule.unknown_item, UnknownItem.text),))
    day: date = content.get("installed_on", work.today)
    if day > work.today:
        raise Invalid(faults=(FieldFault("body.installed_on", SignRule.in_the_future, IN_THE_FUTURE),))


def _told(work: Work, signs: Sequence[Sign]) -> list[Told]:
    photos = files.attachments(work, PHOTOS, [sign.id for sign in signs])
    return [Told(sign, photos.get(sign.id, [])) for sign in signs]
