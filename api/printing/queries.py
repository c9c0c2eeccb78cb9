from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.scope import Access, Lock, hold_organizations, locking, root_id, within
from api.database import Work
from api.errors import NotFound
from models.card import Card, Plate
from models.enums import CardState, FilePurpose, MemberStatus, PlateKind
from models.file import StoredFile
from models.member import Member
from models.organization import Organization
from models.post import Post
from models.print_enums import LeftOutReason, PrintKind
from models.printing import PrintBatch, PrintItem, PrintLeftOut
from models.venue import Venue

T = TypeVar("T")


class Person(NamedTuple):
    """A member as plates need him; `path` is that of his organisation."""

    member_id: UUID
    name: str
    status: MemberStatus
    path: str


class OneItem(NamedTuple):
    """A plate of a batch with what it stands for: a person and his plate, or a venue."""

    position: int
    code: str
    person: Person | None
    plate_id: UUID | None
    is_withdrawn: bool
    has_valid_card: bool
    venue: Venue | None
    path: str

    @property
    def name(self) -> str:
        return self.person.name if self.person else self.venue.name if self.venue else ""


class Told(NamedTuple):
    """Somebody, or a venue, who was left out of a batch, with the name."""

    left_out: PrintLeftOut
    member_name: str | None
    venue_name: str | None


def chosen_members(top: Organization, member_ids: Collection[UUID] | None) -> Any:
    """The condition for the members of whom a batch is made: these, or all who have not left, of an organisation and everything
    below it."""
    if member_ids is not None:
        return and_(within(top), col(Member.id).in_(member_ids))
    return and_(within(top), col(Member.status) != MemberStatus.left)


def are_more(work: Work, one: Any, chosen: Any, most: int) -> bool:
    """Whether more than so many chosen members, or venues, are there: asked before they are put in order, and no further."""
    query: Any = select(one.id).join(Organization, col(Organization.id) == one.organization_id).where(chosen)
    return work.exec(query.limit(1).offset(most)).first() is not None


def people(work: Work, chosen: Any) -> list[Person]:
    """The chosen members by name."""
    query: Any = (
        select(Member.id, Member.full_name, Member.status, Organization.path)
        .join(Organization, col(Organization.id) == col(Member.organization_id))
        .where(chosen)
        .order_by(col(Member.full_name), col(Member.id))
    )
    return [Person(*row) for row in work.exec(query).all()]


def hold_homes(work: Work, top_id: UUID, member_ids: Collection[UUID]) -> None:
    """Hold an organisation and those that some members belong to, in the order of their keys."""
    # By their keys: of a condition on either PostgreSQL would look through all organisations.
    homes = work.exec(select(Member.organization_id).where(col(Member.id).in_(member_ids)).distinct()).all()
    hold_organizations(work, col(Organization.id).in_({top_id, *homes}))


def hold_people(work: Work, chosen: Any) -> None:
    """Hold the chosen members in the order of their keys."""
    if not work.is_sqlite:
        query = select(Member.id).join(Organization, col(Organization.id) == col(Member.organization_id)).where(chosen)
        work.exec(locking(work, query.order_by(col(Member.id)), Member)).all()


def members_to_be_told(work: Work, keys: Collection[UUID | None]) -> set[UUID]:
    """Those of some members who were not erased; held, so that they are not meanwhile."""
    query = select(Member.id).where(col(Member.id).in_(keys), col(Member.erased_on).is_(None)).order_by(col(Member.id))
    return set(work.exec(locking(work, query, Member, lock=Lock.kept)).all())


def add_items(work: Work, batch_id: UUID, items: Sequence[OneItem]) -> None:
    """Write down what a batch is made of, by one statement."""
    rows = [
        {"batch_id": batch_id, "position": one.position, "plate_id": one.plate_id, "venue_id": one.venue.id if one.venue else None}
        for one in items
    ]
    work.execute(insert(PrintItem), rows)


def add_left_out(work: Work, batch_id: UUID, left: Sequence[Told]) -> None:
    """Write down who was left out of it, in this order."""
    rows = [one.left_out.model_dump() | {"batch_id": batch_id, "position": place} for place, one in enumerate(left, 1)]
    if rows:
        work.execute(insert(PrintLeftOut), rows)


def valid_cards(work: Work, chosen: Any) -> dict[UUID, Card]:
    """The valid cards of the chosen members, by member; held where the work writes."""
    query = _valid(work, select(Card), chosen)
    if not work.is_sqlite:
        # The order in which they are held; SQLite, which holds no rows, would walk all cards of the district for it.
        query = query.order_by(col(Card.id))
    return {card.member_id: card for card in work.exec(locking(work, query, Card)).all()}


def _valid(work: Work, cards: SelectOfScalar[T], chosen: Any) -> SelectOfScalar[T]:
    """A select of cards, narrowed to the valid ones of the chosen members."""
    member, place = col(Member.id) == col(Card.member_id), col(Organization.id) == col(Member.organization_id)
    return cards.join(Member, member).join(Organization, place).where(chosen, _is_valid(work))


def plates(work: Work, chosen: Any, kind: PlateKind, cards: Mapping[UUID, Card]) -> dict[UUID, list[Plate]]:
    """All plates of a kind that the valid cards of the chosen members have, the withdrawn ones too, by member and age."""
    valid = _valid(work, select(Card.id), chosen)
    # Not joined: SQLite would begin with all plates of the district; nor put in order, for which it would walk them as well.
    rows = work.exec(select(Plate).where(col(Plate.card_id).in_(valid), col(Plate.kind) == kind)).all()
    owners = {card.id: member_id for member_id, card in cards.items()}
    found: dict[UUID, list[Plate]] = {}
    for plate in sorted(rows, key=lambda row: row.id):
        # A card that has become valid since the cards were read is left to the next batch.
        if plate.card_id in owners:
            found.setdefault(owners[plate.card_id], []).append(plate)
    return found


def chosen_venues(top: Organization, venue_ids: Collection[UUID] | None) -> Any:
    """The condition for the venues of which a batch is made: these, or all open ones, there."""
    return and_(within(top), col(Venue.closed_on).is_(None) if venue_ids is None else col(Venue.id).in_(venue_ids))


def venues(work: Work, chosen: Any) -> list[tuple[Venue, str]]:
    """The chosen venues by name, each with its organisation's path."""
    query = select(Venue, Organization.path).join(Organization, col(Organization.id) == col(Venue.organization_id))
    query = query.where(chosen).order_by(col(Venue.name), col(Venue.id))
    return [(venue, path) for venue, path in work.exec(query).all()]


def organizations(work: Work, paths: Iterable[str]) -> dict[str, Organization]:
    """The organisations that stand in some paths, by their step in these."""
    steps = {step for path in paths for step in path.strip("/").split("/")}
    found = work.exec(select(Organization).where(col(Organization.id).in_([UUID(step) for step in steps])))
    return {row.id.hex: row for row in found.all()}


def posts(work: Work, keys: Collection[UUID]) -> Sequence[Post]:
    return work.exec(select(Post).where(col(Post.id).in_(keys))).all()


def batches(work: Work, access: Access, organization_id: UUID | None) -> Any:
    """The batches within reach, the newest first."""
    return access.listed(work, PrintBatch, organization_id=organization_id).order_by(col(PrintBatch.id).desc())


def left_out_of(batch_id: UUID) -> Any:
    """Who was left out of a batch, in the order in which it was chosen."""
    return select(PrintLeftOut).where(col(PrintLeftOut.batch_id) == batch_id).order_by(col(PrintLeftOut.position))


def reasons_left_out(work: Work, batch_id: UUID) -> Sequence[tuple[LeftOutReason, str | None]]:
    query: Any = select(PrintLeftOut.reason, PrintLeftOut.characters).where(col(PrintLeftOut.batch_id) == batch_id)
    return [(reason, characters) for reason, characters in work.exec(query.order_by(col(PrintLeftOut.position))).all()]


def count_left_out(work: Work, batch_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many were left out of batches, by batch; without those of which nobody was."""
    query = select(PrintLeftOut.batch_id, func.count()).where(col(PrintLeftOut.batch_id).in_(batch_ids))
    return dict(work.exec(query.group_by(col(PrintLeftOut.batch_id))).all())


def left_out(work: Work, batch_ids: Collection[UUID], first: int, last: int) -> dict[UUID, list[Told]]:
    """Who was left out of batches, of each those at these positions, by batch; without members and venues that have moved out of
    the organisation of the batch, as `items` has it."""
    one: Any = Organization
    top, home, owner = aliased(one), aliased(one), aliased(one)
    query: Any = (
        select(PrintLeftOut, Member.full_name, Venue.name)
        .join(PrintBatch, col(PrintBatch.id) == col(PrintLeftOut.batch_id))
        .join(top, top.id == col(PrintBatch.organization_id))
        .outerjoin(Member, col(Member.id) == col(PrintLeftOut.member_id))
        .outerjoin(home, home.id == col(Member.organization_id))
        .outerjoin(Venue, col(Venue.id) == col(PrintLeftOut.venue_id))
        .outerjoin(owner, owner.id == col(Venue.organization_id))
        .where(col(PrintLeftOut.batch_id).in_(batch_ids), col(PrintLeftOut.position).between(first, last))
        .where(or_(home.id.is_(None), within(top, home)), or_(owner.id.is_(None), within(top, owner)))
        .order_by(col(PrintLeftOut.batch_id), col(PrintLeftOut.position))
    )
    found: dict[UUID, list[Told]] = {}
    for row in work.exec(query).all():
        found.setdefault(row[0].batch_id, []).append(Told(*row))
    return found


def items(work: Work, batch: PrintBatch, first: int, last: int) -> list[OneItem]:
    """The plates of a batch at these positions, as they and theirs are now; without those of members and venues that have moved out
    of the organisation of the batch, which tells nobody there of them any more."""
    inside = within(work.get_one(Organization, batch.organization_id))
    if batch.kind is PrintKind.venue_sign:
        signs = (
            select(PrintItem.position, Venue, Organization.path)
            .join(Venue, col(Venue.id) == col(PrintItem.venue_id))
            .join(Organization, col(Organization.id) == col(Venue.organization_id))
            .where(_positions(batch, first, last), inside)
            .order_by(col(PrintItem.position))
        )
        return [
            OneItem(place, venue.code, None, None, venue.closed_on is not None, True, venue, path)
            for place, venue, path in work.exec(signs).all()
        ]
    own: Any = (
        select(PrintItem.position, Plate, Card, Member)
        .add_columns(col(Organization.path))
        .join(Plate, col(Plate.id) == col(PrintItem.plate_id))
        .join(Card, col(Card.id) == col(Plate.card_id))
        .join(Member, col(Member.id) == col(Card.member_id))
        .join(Organization, col(Organization.id) == col(Member.organization_id))
        .where(_positions(batch, first, last), inside)
        .order_by(col(PrintItem.position))
    )
    found = []
    for place, plate, card, member, path in work.execute(own).all():
        person = Person(member.id, member.full_name, member.status, path)
        is_valid = card.state is CardState.valid and card.expires_on >= work.today
        found.append(OneItem(place, plate.code, person, plate.id, plate.withdrawn_at is not None, is_valid, None, path))
    return found


def emblem(work: Work) -> StoredFile | None:
    """The picture of the emblem, which hangs on the district, if it has brought one."""
    query = select(StoredFile).where(
        col(StoredFile.attached_kind) == str(Organization.__tablename__),
        col(StoredFile.attached_id) == root_id(work),
        col(StoredFile.purpose) == FilePurpose.emblem,
    )
    return work.exec(query).first()


def district(work: Work, access: Access) -> Organization:
    """The district, for whoever reaches it, held so that nobody brings an emblem meanwhile. Raises `NotFound`."""
    key = root_id(work)
    if key is None:
        raise NotFound
    return access.get(work, Organization, key)


def members_among(rows: Sequence[OneItem]) -> list[UUID]:
    return [row.person.member_id for row in rows if row.person]


def _is_valid(work: Work) -> Any:
    return and_(col(Card.state) == CardState.valid, col(Card.expires_on) >= work.today)


def _positions(batch: PrintBatch, first: int, last: int) -> Any:
    return and_(col(PrintItem.batch_id) == batch.id, col(PrintItem.position).between(first, last))
