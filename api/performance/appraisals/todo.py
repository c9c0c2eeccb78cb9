"""What waits about appraisals: for those who lead a branch its round of the year, for members to evaluate themselves."""

from datetime import date
from typing import Any, Final

from sqlmodel import col

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.errors import Text
from api.performance.appraisals import queries
from api.performance.appraisals.rules import FIRST_MONTH, due_day, year_asked_for
from api.todo.service import Item, Source
from models.appraisal import Appraisal
from models.appraisal_enums import AppraisalState
from models.organization import Organization


def _unfinished(work: Work, access: Access) -> Any:
    year = year_asked_for(work.today)
    return None if year is None else queries.unfinished(work, access, year)


def _to_hold(work: Work, branch: Organization, state: AppraisalState | None) -> Item:
    year = year_asked_for(work.today) or work.today.year
    if state is None:
        text = Text(f"{branch.name}还没有开展{year}年度民主评议。", f"{branch.name} has not begun its appraisal of {year} yet.")
    else:
        text = Text(f"{branch.name}{year}年度民主评议还没有办结。", f"The appraisal of {year} of {branch.name} is not closed yet.")
    return Item(branch.id, branch.id, text, work.begin_of(date(year, FIRST_MONTH, 1)), due_day(year))


def _to_evaluate(work: Work, appraisal: Appraisal) -> Item:
    year = appraisal.year
    text = Text(f"{year}年度民主评议已开始，请作自评。", f"The appraisal of {year} has begun: please evaluate yourself.")
    return Item(appraisal.id, appraisal.organization_id, text, appraisal.created_at)


APPRAISALS: Final[tuple[Source, ...]] = (
    Source("appraisal", Organization, Permission.appraisal_write, _unfinished, _to_hold, (col(Organization.id),)),
    Source(
        "appraisal_self",
        Appraisal,
        Permission.own_score,
        lambda work, access: queries.without_self(work, access.member_id) if access.member_id else None,
        _to_evaluate,
        (col(Appraisal.year), col(Appraisal.id)),
    ),
)
