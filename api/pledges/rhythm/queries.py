"""What a year of an organisation has come to, and what of it waits."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import cast, false, literal, union_all, update
from sqlalchemy.orm import aliased
from sqlmodel import and_, case, col, exists, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.filters import passed_over
from api.access.homes import home_of, is_home_of
from api.access.permissions import BRANCHES
from api.access.scope import Access, Lock, below, locking
from api.database import Work
from api.pledges.figures.queries import owing
from api.pledges.rhythm.rules import RhythmKind, Step, steps_open
from api.pledges.rules import OWED, SEEN, STANDING
from api.row_keys import Key
from api.texts import AS_TEXT, text_of
from models.base import metadata
from models.enums import EvaluationSource, PledgeKind, PledgeState, PledgeVisibility, Role
from models.evaluation import Evaluation
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge
from models.pledge_text import PledgeText
from models.publication import Publication

OPEN = (PledgeState.published, PledgeState.fulfilled, PledgeState.unfulfilled)
"""What the end of a year still has to evaluate, or to exempt."""
AT_ONCE: Final = 50
"""Publications whose lines are read at one time."""
_PUBLICATIONS: Final = metadata.tables[str(Publication.__tablename__)]
KEY: Final = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PUBLISHABLE = (PledgeVisibility.inner_party, PledgeVisibility.public)


class Reached(NamedTuple):
    """How many things a step is about, how many of them are done, and when the last of these was."""

    total: int
    done: int
    last_at: datetime | None


def published(organization_id: UUID | None) -> SelectOfScalar[Publication]:
    """The publications of an organisation, or of all, the newest first."""
    query = select(Publication)
    if organization_id is not None:
        query = query.where(col(Publication.organization_id) == organization_id)
    return query.order_by(col(Publication.id).desc())


def publication(work: Work, organization_id: UUID, quarter: str) -> Publication | None:
    query = select(Publication).where(col(Publication.organization_id) == organization_id, col(Publication.quarter) == quarter)
    return work.exec(query).first()


def telling_of(work: Work, member_id: UUID) -> Iterator[tuple[Key, str | bytes, set[str]]]:
    """The publications among whose lines a pledge of a member stands, each held: its key, its lines as they are stored, and the
    keys of all his pledges that were published. No type is made of what is read: somebody else may have written anything there."""
    query: Any = select(col(Pledge.year), cast(col(Pledge.id), AS_TEXT))
    pledges = work.execute(query.where(col(Pledge.member_id) == member_id, col(Pledge.published_at).is_not(None))).all()
    keys = set[str]()
    for _, key in pledges:
        # Of what is no key nothing was made public.
        with suppress(ValueError):
            keys.add(str(UUID(text_of(key))))
    of_years = or_(false(), *(col(Publication.quarter).startswith(f"{year}-") for year in {year for year, _ in pledges}))
    lines: Any = select(cast(col(Publication.id), AS_TEXT), cast(col(Publication.lines), AS_TEXT)).where(of_years)
    # Looked for by the engine, each key would be a search through all lines.
    with work.execute(lines.order_by(col(Publication.id)).execution_options(yield_per=AT_ONCE)) as rows:
        found = [Key(_PUBLICATIONS, (key,)) for key, told in rows if not keys.isdisjoint(keys_in(told))]
    for key in found:
        held: Any = select(cast(col(Publication.lines), AS_TEXT)).where(_is_row(key))
        for told in work.execute(locking(work, held, Publication)).scalars().all():
            yield key, told, keys


def keys_in(told: str | bytes) -> list[str]:
    """The keys that stand anywhere in a text."""
    return KEY.findall(text_of(told))


def keep_lines(work: Work, key: Key, lines: list[Any]) -> None:
    """Let a publication have these lines alone."""
    values: dict[str, Any] = {"lines": lines, "version": col(Publication.version) + 1, "updated_at": work.at}
    work.execute(update(Publication).where(_is_row(key)).values(values).execution_options(synchronize_session=False))


def _is_row(key: Key) -> Any:
    try:
        return col(Publication.id) == key.id()
    except ValueError:
        return cast(col(Publication.id), AS_TEXT) == key.texts[0]


def keep_authors(work: Work, organization_id: UUID, year: int) -> None:
    """Keep the members whose pledges of a year an organisation makes public from being erased meanwhile: what was read of
    the pledges before this may not stand any more."""
    authors = select(Pledge.member_id).where(_of_home(organization_id), _is_publishable(year))
    query = select(Member.id).where(col(Member.id).in_(authors)).order_by(col(Member.id))
    work.exec(locking(work, query, Member, lock=Lock.kept)).all()


def publishable(work: Work, organization_id: UUID, year: int) -> Sequence[Pledge]:
    """The pledges of a year that an organisation makes public: its own, its members', and those of its groups' members."""
    query = select(Pledge).where(_of_home(organization_id), _is_publishable(year, passed_over(work, col(Pledge.year))))
    return work.exec(query.order_by(col(Pledge.id))).all()


def publishable_before(work: Work, organization_id: UUID, step: Step) -> int:
    """How many of these were published before a step opened."""
    query = select(func.count()).select_from(Pledge).where(_of_home(organization_id))
    return work.exec(query.where(_is_publishable(step.year), col(Pledge.published_at) < work.begin_of(step.opens_on))).one()


def started(work: Work, top: Organization, year: int) -> Reached:
    """The members who owe pledges, and those of them who have submitted enough annual ones."""
    # Asked of each member in turn: SQLite would number the pledges of the whole district first.
    last_one = (
        select(PledgeText.submitted_at)
        .join(Pledge, and_(col(PledgeText.pledge_id) == col(Pledge.id), col(PledgeText.no) == 1))
        .where(col(Pledge.member_id) == col(Member.id), col(Pledge.year) == year)
        .where(col(Pledge.kind) == PledgeKind.annual, col(Pledge.state).in_(STANDING))
        .order_by(col(PledgeText.submitted_at))
        .limit(1)
        .offset(OWED - 1)
        .correlate(Member)
        .scalar_subquery()
    )
    each = select(last_one.label("at")).select_from(Member).where(owing(), col(Member.organization_id).in_(below(top))).subquery()
    query: Any = select(func.count(), func.count(each.c.at), func.max(each.c.at)).select_from(each)
    return Reached(*work.execute(query).one())


def commented(work: Work, top: Organization, step: Step) -> Reached:
    """The members' pledges published before a half was over, and those of them that the organisation has commented on."""
    query: Any = select(func.count(), func.count(col(Evaluation.id)), func.max(col(Evaluation.created_at))).select_from(Pledge)
    query = query.join(Evaluation, _comments(step.period), isouter=True)
    query = query.where(_to_comment(work, step), col(Pledge.organization_id).in_(below(top)))
    return Reached(*work.execute(query).one())


def closed(work: Work, top: Organization, year: int) -> Reached:
    """The pledges of a year that were published, and those of them that are evaluated or exempted."""
    done_at = case((col(Pledge.state) == PledgeState.exempted, col(Pledge.decided_at)), else_=col(Evaluation.created_at))
    done = case((col(Pledge.state).not_in(OPEN), 1))
    query: Any = select(func.count(), func.count(done), func.max(done_at)).select_from(Pledge)
    query = query.join(Evaluation, _comments(str(year)), isouter=True)
    query = query.where(col(Pledge.year) == year, col(Pledge.state).in_(SEEN), col(Pledge.organization_id).in_(below(top)))
    return Reached(*work.execute(query).one())


def waiting_to_start(work: Work, access: Access) -> Any:
    """The branches whose members have not all submitted enough annual pledges this year, with how many have not."""

    def lacking(step: Step) -> Any:
        given = select(func.count()).where(
            col(Pledge.member_id) == col(Member.id),
            col(Pledge.year) == step.year,
            col(Pledge.kind) == PledgeKind.annual,
            col(Pledge.state).in_(STANDING),
        )
        return select(func.count()).select_from(Member).where(owing(), given.scalar_subquery() < OWED)

    return _waiting(work, access, RhythmKind.pledge_start, Member.organization_id, lacking)


def waiting_to_publish(work: Work, access: Access) -> Any:
    """The branches that have not made a quarter public, though there is something to."""

    def unpublished(step: Step) -> Any:
        found = exists().where(col(Publication.organization_id) == home_of(_place), col(Publication.quarter) == step.period)
        before = col(Pledge.published_at) < work.begin_of(step.opens_on)
        return select(func.count()).select_from(Pledge).where(_is_publishable(step.year), before, ~found)

    return _waiting(work, access, RhythmKind.pledge_quarter, Pledge.organization_id, unpublished)


def waiting_to_comment(work: Work, access: Access) -> Any:
    """The branches that have not commented on all their members' pledges for a half, with how many are left."""

    def uncommented(step: Step) -> Any:
        found = exists().where(_comments(step.period))
        return select(func.count()).select_from(Pledge).where(_to_comment(work, step), ~found)

    return _waiting(work, access, RhythmKind.pledge_half, Pledge.organization_id, uncommented)


def waiting_to_close(work: Work, access: Access) -> Any:
    """The branches whose pledges of a year are not all evaluated or exempted, with how many are not."""

    def unevaluated(step: Step) -> Any:
        return select(func.count()).select_from(Pledge).where(col(Pledge.year) == step.year, col(Pledge.state).in_(OPEN))

    return _waiting(work, access, RhythmKind.pledge_year, Pledge.organization_id, unevaluated)


_place = aliased(Organization)
"""Where a member or a pledge belongs, which may be a group."""


def _waiting(work: Work, access: Access, kind: RhythmKind, owner: Any, left: Any) -> Any:
    """The branches that the caller is a secretary of and that have something left of a step that has opened: each with the step's
    period, days, and how much is left."""
    reach = access.reach(work, frozenset({Role.secretary}))
    parts = []
    for step in steps_open(kind, work.today):
        count = left(step).with_only_columns(home_of(_place).label("branch_id"), func.count().label("number"))
        count = count.join(_place, _place.id == col(owner)).where(reach.covers(col(owner))).group_by(home_of(_place)).subquery()
        stated = {"period": step.period, "opens_on": step.opens_on.isoformat(), "due_on": step.due_on.isoformat()}
        part: Any = select(count)
        parts.append(part.add_columns(*(literal(value).label(name) for name, value in stated.items())))
    if not parts:
        return None
    found = union_all(*parts).subquery("waiting")
    query: Any = select(Organization)
    query = query.add_columns(found.c.period, found.c.opens_on, found.c.due_on, found.c.number)
    return query.join(found, found.c.branch_id == col(Organization.id)).where(
        col(Organization.kind).in_(BRANCHES), col(Organization.closed_on).is_(None), reach.holds(Organization)
    )


def _of_home(organization_id: UUID) -> Any:
    """The condition that a pledge is of an organisation or of one of its groups."""
    return col(Pledge.organization_id).in_(select(Organization.id).where(is_home_of(organization_id, Organization)))


def _is_publishable(year: int, in_year: Any = Pledge.year) -> Any:
    return and_(in_year == year, col(Pledge.state).in_(SEEN), col(Pledge.visibility).in_(PUBLISHABLE))


def _to_comment(work: Work, step: Step) -> Any:
    return and_(
        col(Pledge.year) == step.year,
        col(Pledge.member_id).is_not(None),
        col(Pledge.state).in_(SEEN),
        col(Pledge.published_at) < work.begin_of(step.opens_on),
    )


def _comments(period: str) -> Any:
    """The condition that an evaluation is what the organisation says of a pledge for a period."""
    return and_(
        col(Evaluation.pledge_id) == col(Pledge.id),
        col(Evaluation.source) == EvaluationSource.organization,
        col(Evaluation.period) == period,
    )
