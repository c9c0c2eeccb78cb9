from collections.abc import Mapping
from itertools import count
from uuid import UUID

from api.database import Work
from models.appeal import Appeal
from models.score import ScoreEntry
from models.score_enums import ScoreSection
from tests.performance.appraisals.kept import add_round
from tests.performance.scores.kept import keep_year

# One organisation has one round of a year, and may be settled in more than once.
_YEARS = count(2000)


def settle(work: Work, ids: Mapping[str, UUID]) -> dict[str, UUID]:
    keep_year(work, work.today.year)
    entry = ScoreEntry(
        organization_id=ids["organization_id"],
        member_id=ids["member_id"],
        year=work.today.year,
        section=ScoreSection.base,
        half_points=1,
        reason="迟到",
        happened_on=work.today,
        entered_by=ids["account_id"],
    )
    work.add(entry)
    work.flush()
    appeal = Appeal(organization_id=ids["organization_id"], entry_id=entry.id, reason="当天请过假。")
    work.add(appeal)
    work.flush()
    appraisal = add_round(work, ids["organization_id"], ids["member_id"], by=ids["account_id"], year=next(_YEARS))
    return {"entry_id": entry.id, "appeal_id": appeal.id, "appraisal_id": appraisal.id}
