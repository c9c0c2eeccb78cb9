from collections.abc import Mapping
from uuid import UUID

from api.database import Work
from models.appeal import Appeal
from models.score import ScoreEntry
from models.score_enums import ScoreSection
from tests.performance.scores.kept import keep_year


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
    return {"entry_id": entry.id, "appeal_id": appeal.id}
