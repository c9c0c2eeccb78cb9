"""What is counted for the figures: each statement sums up what every organisation has of its own."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import and_, case, col, func, or_, select

from api.access.scope import below
from api.database import Work
from api.pledges.figures.rules import CONTENT
from api.pledges.rules import OWED, REVIEW_DAYS, SEEN
from models.enums import EvaluationSource, MemberStatus, PledgeKind, PledgeOutcome, PledgeState
from models.evaluation import Evaluation
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge
from models.pledge_text import PledgeText

Rows = Sequence[Row[Any]]


def tree(work: Work, top: Organization) -> dict[UUID, Organization]:
    """An organisation and everything below it."""
    rows = work.exec(select(Organization).where(col(Organization.id).in_(below(top))))
    return {one.id: one for one in rows}


def members(work: Work, top: Organization, year: int) -> Rows:
    """By organisation: the members who owe pledges, and those of them with enough annual ones of the year published."""
    enough = (
        select(Pledge.member_id)
        .where(col(Pledge.year) == year, col(Pledge.kind) == PledgeKind.annual, col(Pledge.state).in_(SEEN))
        .where(col(Pledge.member_id).is_not(None))
        .group_by(col(Pledge.member_id))
        .having(func.count() >= OWED)
        .subquery()
    )
    query = (
        select(Member.organization_id, func.count().label("owing"), func.count(enough.c.member_id).label("with_two"))
        .join(enough, enough.c.member_id == col(Member.id), isouter=True)
        .where(owing())
    )
    return _by_organization(work, query, top, Member.organization_id)


def owing() -> Any:
    """The condition that a member owes pledges: full and probationary ones, but for those to whom it is left free."""
    return and_(col(Member.status) != MemberStatus.left, ~col(Member.pledges_voluntary))


def pledges(work: Work, top: Organization, year: int) -> Rows:
    """By organisation: what has become of the pledges of a year."""
    state, outcome = col(Pledge.state), col(Pledge.outcome)
    settled = or_(outcome.is_not(None), col(Pledge.due_on) <= work.today)
    query: Any = select(Pledge.organization_id).where(col(Pledge.year) == year)
    query = query.add_columns(
        _number(and_(state.in_(SEEN - {PledgeState.exempted}), settled)).label("due"),
        _number(and_(state.in_(SEEN), outcome == PledgeOutcome.fulfilled)).label("fulfilled"),
        _number(overdue(work)).label("overdue"),
        _number(state == PledgeState.exempted).label("exempted"),
        _number(and_(state == PledgeState.withdrawn, col(Pledge.published_at).is_not(None))).label("withdrawn"),
    )
    return _by_organization(work, query, top, Pledge.organization_id)


def overdue(work: Work) -> Any:
    """The condition that a pledge is past its day and nobody says what has become of it."""
    published = col(Pledge.state) == PledgeState.published
    return and_(published, col(Pledge.claim_outcome).is_(None), col(Pledge.due_on) < work.today)


def texts(work: Work, top: Organization, year: int) -> Rows:
    """By organisation: the texts of a year that are decided or have waited as long as a decision may take, and those decided
    within that time."""
    decided, submitted = col(PledgeText.decided_at), col(PledgeText.submitted_at)
    query = (
        select(
            Pledge.organization_id, func.count().label("texts"), _number(_within(work, submitted, decided)).label("texts_on_time")
        )
        .join(PledgeText, col(PledgeText.pledge_id) == col(Pledge.id))
        .where(col(Pledge.year) == year, or_(decided.is_not(None), and_(submitted <= work.at - REVIEW_DAYS, _waits())))
    )
    return _by_organization(work, query, top, Pledge.organization_id)


def _waits() -> Any:
    """The condition that a text can still be decided: what ended with its pledge waits for nobody."""
    no = col(PledgeText.no)
    first = and_(col(Pledge.state) == PledgeState.submitted, no == col(Pledge.text_no))
    return or_(first, no == col(Pledge.amendment_no))


def grades(work: Work, top: Organization, year: int) -> Rows:
    """By organisation: the grades of the masses that count for pledges of a year, and the good ones among them."""
    good = col(Evaluation.grade).in_(CONTENT)
    query = (
        select(Pledge.organization_id, func.count().label("graded"), _number(good).label("content"))
        .join(Evaluation, col(Evaluation.pledge_id) == col(Pledge.id))
        .where(col(Pledge.year) == year, col(Evaluation.source) == EvaluationSource.masses, counted(work.at))
    )
    return _by_organization(work, query, top, Pledge.organization_id)


def counted(at: datetime) -> Any:
    """The condition that an evaluation counts at a moment."""
    return and_(col(Evaluation.voided_at).is_(None), col(Evaluation.counts_from) <= at)


def _by_organization(work: Work, query: Any, top: Organization, owner: Any) -> Rows:
    if top.parent_id is not None:
        query = query.where(col(owner).in_(below(top)))
    return work.execute(query.group_by(owner)).all()


def _number(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _within(work: Work, begin: Any, end: Any) -> Any:
    """The condition that no more than the days of a review lie between two moments."""
    if work.get_bind().dialect.name == "sqlite":
        return func.julianday(end) - func.julianday(begin) <= REVIEW_DAYS.days
    return end - begin <= REVIEW_DAYS


def own_counts(rows: Iterable[Rows]) -> dict[UUID, dict[str, int]]:
    """What several statements count, by organisation."""
    found: dict[UUID, dict[str, int]] = {}
    for row in (row for counted_rows in rows for row in counted_rows):
        numbers = {name: int(value) for name, value in row._mapping.items() if name != "organization_id"}
        found.setdefault(row.organization_id, {}).update(numbers)
    return found
