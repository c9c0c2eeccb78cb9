from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import union
from sqlalchemy.orm import aliased
from sqlmodel import and_, case, col, false, func, not_, or_, select, update
from sqlmodel.sql.expression import SelectOfScalar

from api.access.about import is_oneself, is_own, may_act_about
from api.access.filters import passed_over
from api.access.permissions import Permission
from api.access.scope import Access, Lock, hold_organizations, is_whole_district, locking, within
from api.database import Work
from api.pledges.rules import SEEN, STANDING, UNSETTLED, ToldState, last_archived_year
from models.account import Account
from models.campaign import Campaign
from models.enums import OrganizationKind, PledgeKind, PledgeState, PledgeVisibility
from models.file import StoredFile
from models.member import Member
from models.organization import Organization
from models.pledge import INSTANT, NOT_PUBLISHED, Pledge
from models.pledge import UNSETTLED as INDEXED_UNSETTLED
from models.pledge_progress import PledgeProgress
from models.pledge_text import PledgeText

Pledges = SelectOfScalar[Pledge]


def seen(work: Work, access: Access, places: Collection[UUID]) -> Pledges:
    """The pledges that a caller may see. `places` are his branch and its groups, empty for an account without a member."""
    state, visibility = col(Pledge.state), col(Pledge.visibility)
    covered = access.using(Permission.pledge_write).reach(work).covers(col(Pledge.organization_id))
    of_others = visibility.in_((PledgeVisibility.inner_party, PledgeVisibility.public))
    was_public = or_(state.in_(SEEN), and_(state == PledgeState.withdrawn, col(Pledge.published_at).is_not(None)))
    return select(Pledge).where(
        or_(
            col(Pledge.member_id) == access.member_id if access.member_id else false(),
            and_(covered, or_(state != PledgeState.draft, col(Pledge.entered_by) == access.account_id)),
            and_(col(Pledge.organization_id).in_(places), was_public) if places else false(),
            and_(of_others, state.in_(SEEN)),
        )
    )


def reviewed(work: Work, access: Access) -> Any:
    """The condition that the caller reviews a pledge: where that is done lies within his reach, and he may decide about it."""
    return and_(covered_review(work, access), decidable(work, access))


def covered_review(work: Work, access: Access) -> Any:
    """The condition that a pledge is reviewed within the caller's reach."""
    return access.using(Permission.pledge_review).reach(work).covers(col(Pledge.review_organization_id))


def decidable(work: Work, access: Access) -> Any:
    """The condition that the caller may decide about a pledge as far as its author goes, as this one stands today: somebody below
    him, or an organisation for which another has entered it."""
    about_author = may_act_about(work, access, col(Pledge.member_id), judging=Permission.pledge_review)
    # No OR: SQLite would look into all pledges by the index of their members rather than begin with those that wait.
    return case((col(Pledge.member_id).is_not(None), about_author), else_=~is_own(work, access, col(Pledge.entered_by)))


def own(work: Work, access: Access) -> Any:
    """The condition that a pledge is the caller's own, also by another hand of his: the member's, or an organisation's that he has
    entered."""
    of_member = and_(col(Pledge.member_id).is_not(None), is_oneself(access, col(Pledge.member_id)))
    return or_(of_member, and_(col(Pledge.member_id).is_(None), is_own(work, access, col(Pledge.entered_by))))


def meeting(work: Work, pledges: Collection[Pledge], *conditions: Any) -> list[set[UUID]]:
    """For each condition the keys of those of some pledges that meet it."""
    query: Any = select(Pledge.id).where(col(Pledge.id).in_({one.id for one in pledges})).add_columns(*conditions)
    rows = work.execute(query).all()
    return [{row[0] for row in rows if row[place]} for place in range(1, len(conditions) + 1)]


def covered(work: Work, access: Access, permission: Permission, organization_ids: Iterable[UUID]) -> set[UUID]:
    """Those of some organisations within reach of a caller's permission."""
    query = access.using(permission).organizations(work).where(col(Organization.id).in_(set(organization_ids)))
    return set(work.exec(query).all())


def groups_below(work: Work, branch_id: UUID) -> Sequence[UUID]:
    query = select(Organization.id).where(
        col(Organization.parent_id) == branch_id, col(Organization.kind) == OrganizationKind.group
    )
    return work.exec(query).all()


def listed(
    pledges: Pledges,
    work: Work,
    *,
    little: bool,
    below: Organization | None,
    member_id: UUID | None,
    year: int | None,
    kind: PledgeKind | None,
    state: ToldState | None,
    is_overdue: bool | None,
) -> Pledges:
    """Narrow a select of pledges, of few where it asks for `little`; what is None narrows nothing. States and being overdue are as
    of today."""
    stored = PledgeState(state.value) if state and state is not ToldState.archived else None
    # Of what is seen in one state there is more than there are instant pledges.
    by_state = not little and not (kind is PledgeKind.instant and stored in SEEN)
    in_year = passed_over(work, col(Pledge.year)) if little else col(Pledge.year)
    in_state = col(Pledge.state) if by_state else passed_over(work, col(Pledge.state))
    archived = and_(in_state.in_(SEEN), in_year <= last_archived_year(work.today))
    # Below the district stands everything: to look all of it up would mean to sort all pledges.
    if below is not None and not is_whole_district(below.path):
        pledges = pledges.where(col(Pledge.organization_id).in_(select(Organization.id).where(within(below))))
    for column, value in ((col(Pledge.member_id), member_id), (in_year, year), (col(Pledge.kind), kind)):
        if value is not None:
            pledges = pledges.where(column == value)
    if kind is PledgeKind.instant:
        pledges = pledges.where(INSTANT)
    if state is ToldState.archived:
        pledges = pledges.where(archived)
    elif stored is not None:
        if by_state and stored is not PledgeState.published:
            pledges = pledges.where(NOT_PUBLISHED)
        pledges = pledges.where(in_state == stored, not_(archived))
    if is_overdue and state is ToldState.archived:
        return pledges.where(false())
    if is_overdue is not None:
        overdue = and_(INDEXED_UNSETTLED, col(Pledge.due_on) < work.today, not_(archived))
        pledges = pledges.where(overdue if is_overdue else not_(overdue))
    return pledges


def by_keys_alone(work: Work, pledges: Pledges) -> Pledges:
    """The same few pledges, whose keys SQLite puts in order before it reads them: it would sort all that is in each."""
    keys = pledges.with_only_columns(col(Pledge.id)).correlate(None)
    return select(Pledge).where(col(Pledge.id).in_(keys)) if work.is_sqlite else pledges


def newest_first(pledges: Pledges, *years: Any) -> Pledges:
    """The newest first; where years are named, those of the newest year."""
    return pledges.order_by(*(year.desc() for year in years), col(Pledge.id).desc())


def of_member(member_id: UUID) -> Pledges:
    return select(Pledge).where(col(Pledge.member_id) == member_id)


def by_keys(keys: Collection[UUID]) -> Pledges:
    return select(Pledge).where(col(Pledge.id).in_(keys))


def among(pledges: Pledges, keys: Collection[UUID]) -> Pledges:
    return pledges.where(col(Pledge.id).in_(keys))


def found(work: Work, pledges: Pledges) -> Sequence[Pledge]:
    return work.exec(pledges).all()


def line_above(work: Work, pledges: Iterable[Pledge]) -> set[UUID]:
    """The keys of the pledges that some stand below, up to the top."""
    line: set[UUID] = set()
    step = {one.parent_id for one in pledges if one.parent_id is not None}
    while step:
        line |= step
        query = select(Pledge.parent_id).where(col(Pledge.id).in_(step), col(Pledge.parent_id).is_not(None))
        step = {key for key in work.exec(query).all() if key is not None} - line
    return line


def hold(work: Work, keys: Collection[UUID], *, waits: bool = True) -> dict[UUID, Pledge]:
    """These pledges, held in the order of their keys; without `waits` those that nobody else holds."""
    query = select(Pledge).where(col(Pledge.id).in_(keys)).order_by(col(Pledge.id))
    return {one.id: one for one in work.exec(locking(work, query, Pledge, waits=waits)).all()}


def hold_members(work: Work, keys: Collection[UUID]) -> dict[UUID, Member]:
    if not keys:
        return {}
    query = select(Member).where(col(Member.id).in_(keys)).order_by(col(Member.id))
    return {one.id: one for one in work.exec(locking(work, query, Member)).all()}


def keep_places(work: Work, keys: Collection[UUID]) -> None:
    """Keep these organisations and those right above them, one of which reviews, from being closed or moved."""
    these = col(Organization.id).in_(keys)
    # One set of keys: for two of them, PostgreSQL looks through all organisations.
    both: Any = union(select(Organization.id).where(these), select(Organization.parent_id).where(these))
    hold_organizations(work, col(Organization.id).in_(both), Lock.kept)


def drafts(work: Work, member_id: UUID) -> int:
    """How many drafts there are of a member's pledges."""
    query = select(func.count()).select_from(Pledge)
    return work.exec(query.where(col(Pledge.member_id) == member_id, col(Pledge.state) == PledgeState.draft)).one()


def standing(work: Work, member_id: UUID, year: int, but: UUID) -> int:
    """How many annual pledges of a member and year were submitted and not withdrawn, but for one."""
    query = select(func.count()).select_from(Pledge)
    query = query.where(col(Pledge.member_id) == member_id, col(Pledge.year) == year, col(Pledge.kind) == PledgeKind.annual)
    return work.exec(query.where(col(Pledge.state).in_(STANDING), col(Pledge.id) != but)).one()


def submitted(work: Work, member_id: UUID, year: int, but: UUID) -> int:
    """How many pledges of a member and year were ever submitted, but for one."""
    query = select(func.count()).select_from(Pledge).where(col(Pledge.member_id) == member_id, col(Pledge.year) == year)
    return work.exec(query.where(col(Pledge.state) != PledgeState.draft, col(Pledge.id) != but)).one()


def unsettled(
    work: Work, states: Collection[PledgeState], *, member_id: UUID | None = None, own_of: UUID | None = None
) -> Sequence[UUID]:
    """The keys of a member's pledges in these states; or of an organisation's own."""
    query = select(Pledge.id).where(col(Pledge.state).in_(states))
    if member_id is not None:
        query = query.where(col(Pledge.member_id) == member_id)
    if own_of is not None:
        query = query.where(col(Pledge.organization_id) == own_of, col(Pledge.member_id).is_(None))
    return work.exec(query).all()


def reviewed_above(work: Work, organization_id: UUID) -> Sequence[UUID]:
    """The keys of an organisation's pledges that are not reviewed by itself."""
    query = select(Pledge.id).where(col(Pledge.organization_id) == organization_id)
    return work.exec(query.where(col(Pledge.review_organization_id) != organization_id)).all()


def below_those_of(work: Work, top: Organization, organization_ids: Collection[UUID]) -> Sequence[Pledge]:
    """The unsettled pledges of an organisation and of what is below it that stand below a pledge of one of some others."""
    parent = aliased(Pledge)
    query = select(Pledge).join(parent, col(parent.id) == col(Pledge.parent_id))
    moved = select(Organization.id).where(within(top))
    query = query.where(col(Pledge.organization_id).in_(moved), col(Pledge.state).in_(UNSETTLED))
    return work.exec(query.where(col(parent.organization_id).in_(organization_ids)).order_by(col(Pledge.id))).all()


def sums_below(work: Work, pledge_id: UUID) -> tuple[int, int]:
    """Of those pledges below one that count for it: the sum of their weights, and that of each weight times its percentage."""
    return work.exec(select(Pledge.weight_below, Pledge.points_below).where(col(Pledge.id) == pledge_id)).one()


def add_below(work: Work, pledge_id: UUID, weight: int, points: int) -> None:
    """Add to both sums of a pledge that is held. Its version stays: of what it says itself nothing changes."""
    sums = {"weight_below": col(Pledge.weight_below) + weight, "points_below": col(Pledge.points_below) + points}
    query = update(Pledge).where(col(Pledge.id) == pledge_id).values(sums)
    work.execute(query.execution_options(synchronize_session=False))


def account_of(work: Work, member_id: UUID) -> UUID | None:
    return work.exec(select(Account.id).where(col(Account.member_id) == member_id)).first()


def texts(work: Work, pledge_ids: Collection[UUID]) -> dict[UUID, list[PledgeText]]:
    """All texts of some pledges, by pledge, in their order."""
    query = select(PledgeText).where(col(PledgeText.pledge_id).in_(pledge_ids))
    told: dict[UUID, list[PledgeText]] = {}
    for one in work.exec(query.order_by(col(PledgeText.pledge_id), col(PledgeText.no))).all():
        told.setdefault(one.pledge_id, []).append(one)
    return told


def progress(work: Work, pledge_id: UUID) -> Sequence[PledgeProgress]:
    """What has been done for a pledge, the newest first."""
    query = select(PledgeProgress).where(col(PledgeProgress.pledge_id) == pledge_id)
    return work.exec(query.order_by(col(PledgeProgress.id).desc())).all()


def count_of_progress(work: Work, pledge_id: UUID, since: datetime) -> tuple[int, int]:
    """How many entries of progress a pledge has, withdrawn ones too, and how many of them were told since a moment."""
    newer = func.count().filter(col(PledgeProgress.created_at) >= since)
    query = select(func.count(), newer).select_from(PledgeProgress).where(col(PledgeProgress.pledge_id) == pledge_id)
    in_all, of_late = work.exec(query).one()
    return in_all, of_late


def progress_entries(work: Work, keys: Collection[UUID]) -> dict[UUID, PledgeProgress]:
    """Entries of progress by their keys, held in the order of these."""
    query = select(PledgeProgress).where(col(PledgeProgress.id).in_(keys)).order_by(col(PledgeProgress.id))
    return {one.id: one for one in work.exec(locking(work, query, PledgeProgress)).all()}


def last_percent(work: Work, pledge_id: UUID) -> int:
    """The percentage that was told last of a pledge and not withdrawn."""
    query = select(PledgeProgress.percent).where(
        col(PledgeProgress.pledge_id) == pledge_id,
        col(PledgeProgress.percent).is_not(None),
        col(PledgeProgress.withdrawn_reason).is_(None),
    )
    return work.exec(query.order_by(col(PledgeProgress.id).desc())).first() or 0


def for_strangers() -> Any:
    """The condition that strangers read an entry of progress."""
    return and_(col(PledgeProgress.published_on).is_not(None), col(PledgeProgress.withdrawn_reason).is_(None))


def published_progress(work: Work, pledge_ids: Collection[UUID]) -> dict[UUID, PledgeProgress]:
    """The newest entry of progress that strangers read, of each of some pledges that has one."""
    newest = (col(PledgeProgress.happened_on).desc(), col(PledgeProgress.id).desc())
    place: Any = func.row_number().over(partition_by=col(PledgeProgress.pledge_id), order_by=newest)
    read = select(PledgeProgress.id, place.label("place"))
    ranked = read.where(col(PledgeProgress.pledge_id).in_(pledge_ids), for_strangers()).subquery()
    query = select(PledgeProgress).join(ranked, ranked.c.id == col(PledgeProgress.id)).where(ranked.c.place == 1)
    return {one.pledge_id: one for one in work.exec(query).all()}


def public_of_members(work: Work, member_ids: Collection[UUID], years: Sequence[int]) -> Sequence[Pledge]:
    """The pledges of members that strangers may learn of, of some years."""
    query = select(Pledge).where(col(Pledge.state).in_(SEEN), col(Pledge.visibility) == PledgeVisibility.public)
    return work.exec(query.where(col(Pledge.member_id).in_(member_ids), col(Pledge.year).in_(years))).all()


def campaign(work: Work, campaign_id: UUID) -> Campaign | None:
    return work.get(Campaign, campaign_id)


def texts_of(work: Work, pledge: Pledge) -> list[PledgeText]:
    return texts(work, [pledge.id]).get(pledge.id, [])


def progress_of(work: Work, keys: Collection[UUID]) -> Sequence[PledgeProgress]:
    """Entries of progress by their keys, read without a lock."""
    return work.exec(select(PledgeProgress).where(col(PledgeProgress.id).in_(keys))).all()


def picture(work: Work, pledge_id: UUID, file_id: UUID, kind: str, *, to_strangers: bool = False) -> StoredFile | None:
    """A picture that hangs on the progress of a pledge which has not been withdrawn, and `to_strangers` has been published."""
    query = (
        select(StoredFile)
        .join(PledgeProgress, col(PledgeProgress.id) == col(StoredFile.attached_id))
        .where(col(StoredFile.id) == file_id, col(StoredFile.attached_kind) == kind)
        .where(col(PledgeProgress.pledge_id) == pledge_id, col(PledgeProgress.withdrawn_reason).is_(None))
    )
    return work.exec(query.where(for_strangers()) if to_strangers else query).first()
