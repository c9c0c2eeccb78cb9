from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from api.database import Work
from models.enums import EvaluationSource, Grade, PledgeCategory, PledgeKind, PledgeState, PledgeVisibility, TextDecision
from models.evaluation import Evaluation
from models.file import StoredFile
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress
from models.pledge_text import PledgeText


def settle(work: Work, ids: Mapping[str, UUID]) -> dict[str, UUID]:
    stated: dict[str, Any] = {
        "content": "每月入户走访困难群众两户。",
        "measure": "全年24户次",
        "due_on": date(2099, 12, 31),
        "visibility": PledgeVisibility.branch,
    }
    pledge = Pledge(
        **stated,
        organization_id=ids["organization_id"],
        member_id=ids["member_id"],
        kind=PledgeKind.annual,
        category=PledgeCategory.service,
        year=2099,
        state=PledgeState.published,
        text_no=1,
        review_organization_id=ids["organization_id"],
        entered_by=ids["account_id"],
        published_at=work.at,
    )
    work.add(pledge)
    work.flush()
    by = ids["account_id"]
    text = PledgeText(**stated, pledge_id=pledge.id, no=1, submitted_at=work.at, submitted_by=by)
    text.decision, text.decided_at, text.decided_by = TextDecision.approved, work.at, by
    text.published_at, text.published_by = work.at, by
    progress = PledgeProgress(pledge_id=pledge.id, happened_on=work.today, note="走访了两户。")
    rating = Evaluation(
        pledge_id=pledge.id,
        source=EvaluationSource.masses,
        period="2099-Q1",
        grade=Grade.satisfied,
        by_digest=uuid4().hex,
        counts_from=work.at,
    )
    work.add_all([text, progress, rating])
    work.flush()
    # The picture that is there already hangs on the progress: so both doors that show pictures have one to show.
    picture = work.get_one(StoredFile, ids["file_id"])
    picture.attached_kind, picture.attached_id = str(PledgeProgress.__tablename__), progress.id
    return {"pledge_id": pledge.id, "progress_id": progress.id, "evaluation_id": rating.id}
