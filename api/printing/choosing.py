"""What a batch is made of, chosen by reading alone: on SQLite nobody else writes while a batch is written, and of thousands of
plates to choose them takes most of the time."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from api.access.about import barred
from api.access.scope import Access, Lock, hold
from api.cards.plates import full_cards
from api.codes import qr
from api.database import Work
from api.errors import NotFound
from api.printing import queries, rules
from api.printing.drawing import Paper
from api.printing.faces import Faces
from api.printing.queries import OneItem, Person, Told
from models.card import Card, Plate
from models.member import Member
from models.organization import Organization
from models.print_enums import LeftOutReason, PrintKind, PrintLayout
from models.printing import PrintBatch, PrintLeftOut
from models.venue import Venue


@dataclass(frozen=True)
class Asked:
    """What is to be printed: the plates of these members, or the signs of these venues, or of all of an organisation and everything
    below it. With `make_missing` a member who has no such plate is given one; that of a post, or of a window, only where he
    holds one."""

    kind: PrintKind
    organization_id: UUID
    layout: PrintLayout
    emblem: bool = False
    make_missing: bool = False
    member_ids: Collection[UUID] | None = None
    venue_ids: Collection[UUID] | None = None


@dataclass(frozen=True)
class Chosen:
    """What is to be printed and who is left out. An item of a member that has no plate is to be made; `made` are made already."""

    asked: Asked
    items: Sequence[OneItem]
    left: Sequence[Told]
    made: int = 0
    reprint_of: UUID | None = None
    reason: str | None = None

    def check(self) -> None:
        """Raise `NothingToPrint` where it is nothing."""
        if not self.items:
            told = [_as_told(one.left_out) for one in self.left[: rules.MOST_LEFT_OUT]]
            raise rules.NothingToPrint(members={"left_out": told, "left_out_count": len(self.left)})


def choose_print_batch(work: Work, access: Access | None, asked: Asked, paper: Paper) -> Chosen:
    """Choose what is printed. Without a caller, as on the command line, anywhere.

    Raises `NotFound`, `DoesNotFit`, `EmblemNotAllowed`, `CodeTooSmall`, `TooManyPlates` or `NothingToPrint`.
    """
    top = find_top(work, access, asked)
    rules.check_layout(asked.kind, asked.layout)
    rules.check_emblem_use(asked.kind, emblem=asked.emblem)
    rules.check_code(asked.kind, _modules(paper))
    if asked.kind is PrintKind.venue_sign:
        items, left = _choose_venues(work, top, asked, paper)
    else:
        items, left, _ = choose_members(work, access, top, asked, paper)
    chosen = Chosen(asked, items, left)
    chosen.check()
    return chosen


def choose_reprint(work: Work, access: Access, batch_id: UUID, reason: str, paper: Paper) -> Chosen:
    """The plates of a batch, but for those that may not be printed any more. Raises `NotFound`, `CodeTooSmall` or
    `NothingToPrint`."""
    former = access.get(work, PrintBatch, batch_id)
    rules.check_code(former.kind, _modules(paper))
    found = queries.items(work, former, 1, former.count)
    faces = faces_of(work, former, found, paper)
    items: list[OneItem] = []
    left: list[Told] = []
    for item in found:
        reason_now, missing = _why_not_again(faces, item)
        if reason_now is None:
            items.append(item)
        else:
            member_id = item.person.member_id if item.person else None
            names = (item.person.name if item.person else None, item.venue.name if item.venue else None)
            left.append(Told(_left_out(reason_now, missing, member_id, item.venue), *names))
    asked = Asked(former.kind, former.organization_id, former.layout, former.emblem)
    chosen = Chosen(asked, items, left, reprint_of=former.id, reason=reason)
    chosen.check()
    return chosen


def find_top(work: Work, access: Access | None, asked: Asked, lock: Lock = Lock.none) -> Organization:
    """The organisation that is asked about. Raises `NotFound`."""
    if access is not None:
        return access.get(work, Organization, asked.organization_id, lock)
    organization = hold(work, Organization, asked.organization_id, lock)
    if organization is None:
        raise NotFound
    return organization


def choose_members(
    work: Work, access: Access | None, top: Organization, asked: Asked, paper: Paper
) -> tuple[list[OneItem], list[Told], Mapping[UUID, Card]]:
    """The plates of members, those that are to be made without a key, who is left out, and the cards by their holders; these are
    held where the work writes. Raises `NotFound` or `TooManyPlates`."""
    chosen, kind = queries.chosen_members(top, asked.member_ids), rules.plate_kind(asked.kind)
    # Before their cards, as whoever erases a member does.
    if work.writes:
        queries.hold_people(work, chosen)
    if queries.are_more(work, Member, chosen, rules.MOST_PLATES):
        raise rules.TooManyPlates
    people = queries.people(work, chosen)
    if asked.member_ids is not None and len(people) < len(set(asked.member_ids)):
        raise NotFound(keys=tuple({*asked.member_ids} - {person.member_id for person in people}))
    cards = queries.valid_cards(work, chosen)
    standing = queries.plates(work, chosen, kind, cards)
    ids = [person.member_id for person in people]
    faces = Faces.of(
        work, asked.kind, emblem=asked.emblem, font=paper.font, paths={person.path for person in people}, member_ids=ids
    )
    # What was taken away from somebody is given back by one who may act about him; the first one comes with those of all others.
    kept_from = set(barred(work, access, list(standing))) if access and asked.make_missing else set()
    full = full_cards(work, cards.values()) if asked.make_missing else set()
    kept_from |= {member_id for member_id, card in cards.items() if card.id in full}
    items: list[OneItem] = []
    left: list[Told] = []
    for person in people:
        reason, missing = faces.why_left_out(person, has_valid_card=person.member_id in cards)
        own = standing.get(person.member_id, [])
        in_use = [plate for plate in own if plate.withdrawn_at is None]
        makes = asked.make_missing and person.member_id not in kept_from and faces.has_what_for(person.member_id)
        if reason is None and not in_use and not makes:
            reason = LeftOutReason.withdrawn if own else LeftOutReason.no_plate
        if reason is not None:
            left.append(Told(_left_out(reason, missing, person.member_id), person.name, None))
        else:
            items += [item_of(person, plate) for plate in in_use] or [item_of(person, None)]
    if len(items) > rules.MOST_PLATES:
        raise rules.TooManyPlates
    return items, left, cards


def _choose_venues(work: Work, top: Organization, asked: Asked, paper: Paper) -> tuple[list[OneItem], list[Told]]:
    chosen = queries.chosen_venues(top, asked.venue_ids)
    if queries.are_more(work, Venue, chosen, rules.MOST_PLATES):
        raise rules.TooManyPlates
    venues = queries.venues(work, chosen)
    if asked.venue_ids is not None and len(venues) < len(set(asked.venue_ids)):
        raise NotFound(keys=tuple({*asked.venue_ids} - {venue.id for venue, _ in venues}))
    paths = {path for _, path in venues}
    faces = Faces.of(work, asked.kind, emblem=False, font=paper.font, paths=paths, member_ids=())
    items: list[OneItem] = []
    left: list[Told] = []
    for venue, path in venues:
        missing = faces.missing(faces.of_venue(venue, path))
        if venue.closed_on is not None or missing:
            reason = LeftOutReason.withdrawn if venue.closed_on is not None else LeftOutReason.missing_glyph
            left.append(Told(_left_out(reason, missing, None, venue), None, venue.name))
        else:
            items.append(OneItem(0, venue.code, None, None, False, True, venue, path))
    return items, left


def item_of(person: Person, plate: Plate | None) -> OneItem:
    """A plate of somebody with a valid card; None where it is to be made."""
    code, plate_id = (plate.code, plate.id) if plate else ("", None)
    return OneItem(0, code, person, plate_id, False, True, None, person.path)


def faces_of(work: Work, batch: PrintBatch, found: Sequence[OneItem], paper: Paper) -> Faces:
    """What the plates of a batch say now."""
    paths, member_ids = {item.path for item in found}, queries.members_among(found)
    return Faces.of(work, batch.kind, emblem=batch.emblem, font=paper.font, paths=paths, member_ids=member_ids)


def _why_not_again(faces: Faces, item: OneItem) -> tuple[LeftOutReason | None, str]:
    if item.is_withdrawn:
        return LeftOutReason.withdrawn, ""
    if item.person is not None:
        return faces.why_left_out(item.person, has_valid_card=item.has_valid_card)
    assert item.venue is not None
    missing = faces.missing(faces.of_venue(item.venue, item.path))
    return (LeftOutReason.missing_glyph if missing else None), missing


def _modules(paper: Paper) -> int:
    """How many modules a printed code has from edge to edge of its quiet zone."""
    return 17 + 4 * qr.fits(paper.base_url).printed + 2 * qr.QUIET_ZONE


def _left_out(reason: LeftOutReason, missing: str, member_id: UUID | None, venue: Venue | None = None) -> PrintLeftOut:
    characters = missing[: rules.MOST_CHARACTERS] if reason is LeftOutReason.missing_glyph else None
    return PrintLeftOut(member_id=member_id, venue_id=venue.id if venue else None, reason=reason, characters=characters)


def _as_told(left: PrintLeftOut) -> dict[str, object]:
    keys = {"member_id": left.member_id, "venue_id": left.venue_id}
    told: dict[str, object] = {name: str(key) for name, key in keys.items() if key is not None}
    told["reason"] = left.reason.value
    return told | ({"characters": left.characters} if left.characters else {})
