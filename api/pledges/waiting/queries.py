"""What waits about pledges: for who reviews them, and for who has made them. Each begins from an index of what waits alone."""

from typing import Any
from uuid import UUID

from sqlalchemy import literal_column
from sqlalchemy.orm import aliased
from sqlmodel import and_, case, col, false, func, or_, select

from api.access.filters import passed_over
from api.access.permissions import Permission
from api.access.scope import Access, at_or_above
from api.database import Work
from api.pledges.figures.queries import owing
from api.pledges.queries import covered_review, decidable
from api.pledges.rules import SEEN, STANDING, last_archived_year
from models.campaign import Campaign
from models.enums import PledgeState, PledgeVisibility, WordsState
from models.evaluation import Evaluation
from models.member import Member
from models.organization import Organization
from models.pledge import CLAIMED, RETURNED, UNSETTLED, Pledge
from models.pledge_progress import PledgeProgress
from models.pledge_text import UNDECIDED, PledgeText


def to_review(work: Work, access: Access) -> Any:
    """Pledges with a text that waits for the caller's decision, since when, and whose they are."""
    return _texts(work, access, PledgeState.submitted, UNDECIDED, PledgeText.submitted_at)


def to_publish(work: Work, access: Access) -> Any:
    """Pledges with a text that is approved and that the caller may publish."""
    # Written out, as the index has it.
    approved = col(PledgeText.decision) == literal_column("'approved'")
    unpublished = and_(approved, col(PledgeText.published_at).is_(None))
    return _texts(work, access, PledgeState.approved, unpublished, PledgeText.decided_at)


def to_confirm(work: Work, access: Access) -> Any:
    """Pledges of which their authors say what has become of them."""
    return _reviewed(work, access, select(Pledge).where(CLAIMED, _is_alive(work))).add_columns(*_WHOSE)


def progress_to_publish(work: Work, access: Access) -> Any:
    """What has been done for public pledges and strangers do not read yet, with the pledge and whose it is."""
    hangs = col(Pledge.id) == col(PledgeProgress.pledge_id)
    query: Any = select(PledgeProgress).join(Pledge, hangs)
    is_public = col(Pledge.visibility) == PledgeVisibility.public
    query = query.where(col(PledgeProgress.published_on).is_(None), col(PledgeProgress.withdrawn_reason).is_(None))
    query = query.where(is_public, col(Pledge.state).in_(SEEN), _is_alive(work))
    return _reviewed(work, access, query, hangs).add_columns(col(Pledge.organization_id), *_WHOSE)


def words_to_read(work: Work, access: Access) -> Any:
    """Words of the masses that are neither shown nor hidden."""
    hangs = col(Pledge.id) == col(Evaluation.pledge_id)
    state = passed_over(work, col(Evaluation.words_state)) if access.reaches_few(work) else col(Evaluation.words_state)
    query: Any = select(Evaluation).join(Pledge, hangs).where(state == WordsState.held)
    return _reviewed(work, access, query, hangs).add_columns(col(Pledge.organization_id), *_WHOSE)


def returned(work: Work, access: Access) -> Any:
    """Pledges that were sent back to the caller, as their author or because he has entered them where he still may; since when, and
    whose they are."""
    covered = access.using(Permission.pledge_write).reach(work).covers(col(Pledge.organization_id))
    entered = and_(col(Pledge.entered_by) == access.account_id, covered)
    text = and_(col(PledgeText.pledge_id) == col(Pledge.id), col(PledgeText.no) == col(Pledge.text_no))
    query: Any = select(Pledge, PledgeText.decided_at).join(PledgeText, text).where(RETURNED)
    query = query.where(or_(entered, col(Pledge.member_id) == access.member_id) if access.member_id else entered)
    return _with_whose(query).add_columns(*_WHOSE)


def overdue(work: Work, member_id: UUID) -> Any:
    """A member's pledges past their day of which he says nothing."""
    query = select(Pledge).where(col(Pledge.member_id) == member_id, UNSETTLED, col(Pledge.due_on) < work.today)
    return query.where(_is_alive(work))


def campaigns_to_join(work: Work, member_id: UUID) -> Any:
    """The campaigns that call on a member who owes pledges, and that he has submitted none for; with where he belongs."""
    home, above = aliased(Organization), aliased(Organization)
    joined = select(Pledge.id).where(
        col(Pledge.member_id) == member_id, col(Pledge.campaign_id) == col(Campaign.id), col(Pledge.state).in_(STANDING)
    )
    query: Any = select(Campaign, Member.organization_id).join(above, col(above.id) == col(Campaign.organization_id))
    query = query.join(home, at_or_above(home, above)).join(Member, col(Member.organization_id) == col(home.id))
    return query.where(col(Member.id) == member_id, owing(), col(Campaign.due_on) >= work.today, ~joined.exists())


_WHOSE = (col(Member.full_name), col(Organization.name))
"""Whose a pledge is: the member's name, None for the organisation's own, and the organisation's."""


def _texts(work: Work, access: Access, state: PledgeState, waits: Any, since: Any) -> Any:
    """Pledges in a state, and published ones with an amendment in it, of whose texts the newest waits."""
    is_newest = col(PledgeText.no) == func.coalesce(col(Pledge.amendment_no), col(Pledge.text_no))
    hangs = col(PledgeText.pledge_id) == col(Pledge.id)
    query: Any = select(Pledge).join(PledgeText, and_(hangs, is_newest))
    amended = and_(col(Pledge.state) == PledgeState.published, col(Pledge.amendment_no).is_not(None), _is_alive(work))
    query = query.where(waits, or_(col(Pledge.state) == state, amended))
    return _reviewed(work, access, query, hangs).add_columns(col(since), *_WHOSE)


def _is_alive(work: Work) -> Any:
    """The condition that the year of a pledge is not archived."""
    # Reckoned with, so that SQLite does not begin with all pledges of these years rather than with those that wait. So PostgreSQL
    # would take them for few.
    year: Any = col(Pledge.year) + 0 if work.is_sqlite else col(Pledge.year)
    return year > last_archived_year(work.today)


def _reviewed(work: Work, access: Access, found: Any, hangs: Any = None) -> Any:
    """Narrow a select to pledges that the caller reviews, as each door asks it. `hangs` tells how what waits hangs on them."""
    # Asked of what was joined, so that the engines ask of the author last, and not of all that a town or the district has.
    joined = _BELONGS if hangs is None else and_(_BELONGS, hangs)
    return _with_whose(found).where(covered_review(work, access), case((joined, decidable(work, access)), else_=false()))


def _with_whose(found: Any) -> Any:
    found = found.outerjoin(Member, col(Member.id) == col(Pledge.member_id))
    return found.join(Organization, _BELONGS)


_BELONGS = col(Organization.id) == col(Pledge.organization_id)
