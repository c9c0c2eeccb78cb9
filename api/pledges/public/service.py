"""What strangers who have a code read of pledges: the wall of its branch, and each public pledge, with its pictures."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import NamedTuple
from uuid import UUID

from api.adapters.cipher import Cipher
from api.adapters.storage import Storage
from api.database import Database, Origin, Work
from api.days import day_of
from api.errors import NotFound
from api.files import service as files
from api.files.service import ReadFile
from api.organizations.service import branch_or_itself
from api.pledges import queries as pledge_queries
from api.pledges.attachments import PICTURES
from api.pledges.evaluations.masses import has_rated
from api.pledges.evaluations.rules import period_of_receipt
from api.pledges.evaluations.tally import tally_of, words_shown
from api.pledges.progress.rules import MOST_ENTRIES
from api.pledges.public import queries, rules
from api.pledges.public.queries import Pledges
from api.pledges.public.ready import ReadyWall, ReadyWalls, Which
from api.pledges.public.rules import (
    MOST_AT_ONCE,
    MOST_ON_WALL,
    MOST_TEXTS,
    OnWall,
    PictureShown,
    PledgeView,
    ProgressShown,
    ProgressView,
    Published,
    TextShown,
    Totals,
    Wall,
    WordsShown,
)
from api.pledges.showing import entry_of
from api.profiles.rules import display_name, pledge_line
from api.profiles.sections import PledgeEntry
from models.file import StoredFile
from models.organization import Organization
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress


class Leads(NamedTuple):
    """What a code leads to: a card, or the organisation of a venue; to neither if there is no such code. `is_good` where a scan of
    it tells the name of the card's holder."""

    card_id: UUID | None
    organization_id: UUID | None = None
    is_good: bool = True


@dataclass(frozen=True)
class Place:
    """Where a code leads: to a branch, with its groups, and to a member by a good code of his card."""

    organization: Organization
    member_id: UUID | None


def show_wall(work: Work, leads: Leads, year: int | None, phone: str | None, walls: ReadyWalls) -> ReadyWall:
    """The wall of the branch that a card or a venue is of, for this year or another that is shown. `phone` is its
    telephone, or the nearest above it. A large one may be two seconds old.

    Raises `NotFound` where the code leads to neither, and for a year that is not shown.
    """
    as_of = monotonic()
    place = _place(work, leads)
    shown = rules.year_of_wall(year, work.today)
    if shown is None:
        raise NotFound
    which = Which(place.organization.id, shown, work.today, phone)
    if (ready := walls.fresh(which)) is not None:
        return ready
    public = queries.of_year(queries.public(work.today), which.branch_id, shown)
    totals = rules.totals(queries.standings(work, public), queries.taken_off(work, which.branch_id, shown))
    put_together = partial(_wall, work, place, which, public, totals)
    return walls.get(which, as_of, put_together) if totals.published > MOST_AT_ONCE else ReadyWall(put_together())


def _wall(work: Work, place: Place, which: Which, public: Pledges, totals: Totals) -> Wall:
    branch_id, shown = which.branch_id, which.year
    pledges = queries.first_of(work, public, MOST_ON_WALL)
    entries = _entries(work, pledges)
    own = [entries[one.id] for one in pledges if one.member_id is None]
    return Wall(
        organization=place.organization.name,
        service_phone=which.phone,
        year=shown,
        as_of=work.today,
        totals=totals,
        satisfaction=rules.satisfaction(queries.grades(work, branch_id, shown)),
        organization_pledges=rules.lines(own, work.today),
        members=_members(work, pledges, entries),
        publications=[Published(one.quarter, one.published_at) for one in queries.publications(work, branch_id, shown)],
        more=max(0, totals.published - len(pledges)),
    )


def show_public_pledge(work: Work, leads: Leads, pledge_id: UUID, device: str | None, cipher: Cipher) -> PledgeView:
    """A public pledge of the branch of a code, or of the holder of its card where the code is good. `device` is what a browser
    keeps once it has rated one.

    Raises `NotFound`.
    """
    place = _place(work, leads)
    pledge = find_public_pledge(work, place, pledge_id)
    (entry,) = _entries(work, [pledge]).values()
    return PledgeView(
        line=pledge_line(entry, work.today),
        display_name=_author(work, pledge),
        organization=place.organization.name,
        texts=_texts(work, pledge),
        progress=_progress(work, queries.progress(work, pledge.id, MOST_ENTRIES)),
        tally=tally_of(work, pledge.id, cipher).told(),
        words=[WordsShown(one.grade, one.words, day_of(one.at, work.zone)) for one in words_shown(work, pledge.id, cipher)],
        evaluation=rules.rating(
            pledge.year, period_of_receipt(work.today), work.today, already=has_rated(work, pledge.id, device, cipher)
        ),
    )


def show_public_progress(work: Work, leads: Leads, pledge_id: UUID, progress_id: UUID) -> ProgressView:
    """One thing that was done for such a pledge, once it is published. Raises `NotFound`."""
    place = _place(work, leads)
    pledge = find_public_pledge(work, place, pledge_id)
    entry = queries.one_progress(work, pledge.id, progress_id)
    if entry is None:
        raise NotFound
    (shown,) = _progress(work, [entry])
    return ProgressView(pledge.content, _author(work, pledge), place.organization.name, shown)


def show_public_picture(
    database: Database,
    origin: Origin,
    storage: Storage,
    leads: Leads,
    pledge_id: UUID,
    file_id: UUID,
    known: Collection[str],
) -> ReadFile:
    """A picture of published progress of such a pledge. Raises `NotFound` or `Unavailable`."""

    def found(work: Work) -> StoredFile:
        pledge = find_public_pledge(work, _place(work, leads), pledge_id)
        file = pledge_queries.picture(work, pledge.id, file_id, PICTURES.name, to_strangers=True)
        if file is None:
            raise NotFound
        return file

    return files.read_file(database, origin, storage, found, known)


def expect_public_pledge(work: Work, leads: Leads, pledge_id: UUID) -> None:
    """Raise `NotFound` unless a code leads to this pledge."""
    find_public_pledge(work, _place(work, leads), pledge_id)


def find_public_pledge(work: Work, place: Place, pledge_id: UUID) -> Pledge:
    """A public pledge of a place. Raises `NotFound`."""
    found = queries.named(queries.public(work.today), pledge_id, place.organization.id, place.member_id)
    for pledge in queries.first_of(work, found, 1):
        return pledge
    raise NotFound


def _place(work: Work, leads: Leads) -> Place:
    member_id, owner_id = None, leads.organization_id
    if leads.card_id is not None:
        card = queries.card(work, leads.card_id)
        owner_id = card.organization_id
        # Another card tells no name: of him no more than the branch's own wall does.
        member_id = card.member_id if leads.is_good else None
    if owner_id is None:
        raise NotFound
    return Place(branch_or_itself(work, owner_id), member_id)


def _entries(work: Work, pledges: Sequence[Pledge]) -> dict[UUID, PledgeEntry]:
    last = pledge_queries.published_progress(work, [one.id for one in pledges])
    return {one.id: entry_of(work, one, last.get(one.id)) for one in pledges}


def _members(work: Work, pledges: Sequence[Pledge], entries: dict[UUID, PledgeEntry]) -> list[OnWall]:
    by_member: dict[UUID, list[PledgeEntry]] = {}
    for one in pledges:
        if one.member_id is not None:
            by_member.setdefault(one.member_id, []).append(entries[one.id])
    return rules.in_order(_names(work, by_member.keys()), by_member, work.today)


def _author(work: Work, pledge: Pledge) -> str | None:
    return _names(work, [pledge.member_id])[pledge.member_id] if pledge.member_id else None


def _names(work: Work, member_ids: Collection[UUID]) -> dict[UUID, str]:
    return {key: display_name(name, policy) for key, (name, policy) in queries.names(work, member_ids).items()}


def _progress(work: Work, entries: Sequence[PledgeProgress]) -> list[ProgressShown]:
    hanging = files.attached_pictures(work, PICTURES, [one.id for one in entries])
    pictures = {key: [PictureShown(*one) for one in found] for key, found in hanging.items()}
    return [ProgressShown(one.id, one.happened_on, one.note, one.percent, pictures.get(one.id, ())) for one in entries]


def _texts(work: Work, pledge: Pledge) -> list[TextShown]:
    return [
        TextShown(one.no, one.content, one.measure, one.due_on, one.reason, day_of(one.published_at, work.zone))
        for one in queries.texts(work, pledge.id, MOST_TEXTS)
        if one.published_at is not None
    ]
