"""What is counted for the figures: each statement sums up what every organisation has of its own."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlmodel import and_, col, func, or_, select

from api.access.scope import below
from api.database import Work
from api.figures import Own, how_many, own_counts
from api.pledges.figures.rules import CONTENT
from api.pledges.rules import OWED, REVIEW_DAYS, SEEN
from models.enums import EvaluationSource, MemberStatus, PledgeKind, PledgeOutcome, PledgeState
from models.evaluation import Evaluation
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge
from models.pledge_text import PledgeText

Rows = Sequence[Row[Any]]

_WHOLE = len("2026-01-01 00:00:00")


def tree(work: Work, top: Organization) -> dict[UUID, Organization]:
    """An organisation and everything below it."""
    rows = work.exec(select(Organization).where(col(Organization.id).in_(below(top))))
    return {one.id: one for one in rows}


def count_pledging(year: int) -> Own:
    """By organisation: the members who owe pledges and have enough annual ones of the year published, and all who owe them."""
    # Asked of each member, so that one branch is counted without counting the whole district's pledges.
    published = (
        select(func.count())
        .where(col(Pledge.member_id) == col(Member.id), col(Pledge.year) == year)
        .where(col(Pledge.kind) == PledgeKind.annual, col(Pledge.state).in_(SEEN))
        .scalar_subquery()
    )
    members: Any = select(Member).where(owing())
    return own_counts(members, col(Member.organization_id), how_many(published >= OWED), func.count())


def owing() -> Any:
    """The condition that a member owes pledges: full and probationary ones, but for those to whom it is left free."""
    # Not `= false`: by that SQLite would index all members anew where many organisations are asked about, and pair each with each.
    return and_(col(Member.status) != MemberStatus.left, col(Member.pledges_voluntary).is_not(True))


def count_fulfilled(year: int, on: date) -> Own:
    """By organisation: the pledges of a year that are fulfilled, and all that are published, not exempted, and settled or past
    their day."""
    state, outcome = col(Pledge.state), col(Pledge.outcome)
    due = and_(state.in_(SEEN - {PledgeState.exempted}), or_(outcome.is_not(None), col(Pledge.due_on) <= on))
    fulfilled = and_(state.in_(SEEN), outcome == PledgeOutcome.fulfilled)
    pledges = select(Pledge).where(col(Pledge.year) == year)
    return own_counts(pledges, col(Pledge.organization_id), how_many(fulfilled), how_many(due))


def beside_fulfilled(work: Work) -> Sequence[Any]:
    """What else is told of the pledges among which fulfilled ones are counted: how many are overdue, exempted, and withdrawn after
    they were published."""
    withdrawn = and_(col(Pledge.state) == PledgeState.withdrawn, col(Pledge.published_at).is_not(None))
    return [how_many(condition) for condition in (overdue(work), col(Pledge.state) == PledgeState.exempted, withdrawn)]


def overdue(work: Work) -> Any:
    """The condition that a pledge is past its day and nobody says what has become of it."""
    published = col(Pledge.state) == PledgeState.published
    return and_(published, col(Pledge.claim_outcome).is_(None), col(Pledge.due_on) < work.today)


def count_reviewed(work: Work, year: int, at: datetime) -> Own:
    """By organisation: the texts of a year that were decided within the time that a decision may take, and all that are decided or
    have waited as long at a moment."""
    decided, submitted = col(PledgeText.decided_at), col(PledgeText.submitted_at)
    texts: Any = select(Pledge).join(PledgeText, col(PledgeText.pledge_id) == col(Pledge.id))
    texts = texts.where(col(Pledge.year) == year, or_(decided.is_not(None), and_(submitted <= at - REVIEW_DAYS, _waits())))
    return own_counts(texts, col(Pledge.organization_id), how_many(decided <= _last_in_time(work, submitted)), func.count())


def _waits() -> Any:
    """The condition that a text can still be decided: what ended with its pledge waits for nobody."""
    no = col(PledgeText.no)
    first = and_(col(Pledge.state) == PledgeState.submitted, no == col(Pledge.text_no))
    return or_(first, no == col(Pledge.amendment_no))


def count_content(year: int, at: datetime) -> Own:
    """By organisation: the good ones among the grades of the masses that count for pledges of a year at a moment, and all of
    these."""
    grades: Any = select(Pledge).join(Evaluation, col(Evaluation.pledge_id) == col(Pledge.id))
    grades = grades.where(col(Pledge.year) == year, col(Evaluation.source) == EvaluationSource.masses, counted(at))
    return own_counts(grades, col(Pledge.organization_id), how_many(col(Evaluation.grade).in_(CONTENT)), func.count())


def counted(at: datetime) -> Any:
    """The condition that an evaluation counts at a moment."""
    return and_(col(Evaluation.voided_at).is_(None), col(Evaluation.counts_from) <= at)


def counted_below(work: Work, top: Organization, counts: Own, owner: Any) -> Rows:
    """What is counted of those whose owner is an organisation or stands below it."""
    return work.execute(counts if top.parent_id is None else counts.where(col(owner).in_(below(top)))).all()


def _last_in_time(work: Work, submitted: Any) -> Any:
    """The last moment at which a text is decided in time. SQLite reckons with milliseconds: of its text, only what stands before
    the fraction is moved."""
    if work.is_sqlite:
        whole = func.datetime(func.substr(submitted, 1, _WHOLE), f"+{REVIEW_DAYS.days} days")
        return whole.concat(func.substr(submitted, _WHOLE + 1))
    return submitted + REVIEW_DAYS
