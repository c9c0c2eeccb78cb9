"""The minutes (会议记录) of a closed round, to be printed and signed."""

from pathlib import Path
from typing import Final
from uuid import UUID

from api.access.names import organization_names
from api.access.scope import Access, Lock
from api.adapters.paper import Drawn
from api.database import Database, Origin, Work
from api.days import day_of
from api.performance.appraisals.drawing import Line, Minutes, draw
from api.performance.appraisals.rules import AppraisalOpen, most_excellent
from api.performance.appraisals.telling import Standing, standings, votes_of
from api.turns import Turns
from models.appraisal import Appraisal

WAIT_SECONDS: Final = 10.0
RETRY_AFTER: Final = 5

# Those of a large branch take most of a second of a core.
_turns = Turns(2)


def draw_minutes(database: Database, origin: Origin, access: Access, appraisal_id: UUID, font: Path | None) -> tuple[int, Drawn]:
    """Draw the minutes of a round within reach, once the transaction that has read it is over. Returns its year with them.

    Raises `NotFound`, `AppraisalOpen` or `BadPaperFont`; and `Unavailable` where others are being drawn already.
    """
    with database.reading(origin) as work:
        minutes = _told(work, access.get(work, Appraisal, appraisal_id, Lock.none))
    with _turns.take(WAIT_SECONDS, RETRY_AFTER):
        return minutes.year, draw(minutes, font)


def _told(work: Work, appraisal: Appraisal) -> Minutes:
    if appraisal.closed_at is None:
        raise AppraisalOpen
    some = standings(work, [appraisal])[appraisal.id]
    return Minutes(
        branch=organization_names(work, {appraisal.organization_id})[appraisal.organization_id],
        year=appraisal.year,
        held_on=appraisal.held_on,
        present=appraisal.present,
        most_excellent=most_excellent(sum(one.is_graded for one in some)),
        closed_on=day_of(appraisal.closed_at, work.zone),
        remarks=appraisal.remarks,
        lines=[_line(one) for one in some],
    )


def _line(one: Standing) -> Line:
    return Line(one.member_name, one.is_graded, votes_of(one.item), one.item.grade, one.item.comment)
