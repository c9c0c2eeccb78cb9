"""Pledges with what hangs on them, as they stand in the tables: for tests of what is read of many."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import col, select

from models.account import Account, RoleGrant
from models.enums import (
    EvaluationSource,
    Grade,
    MemberStatus,
    PledgeCategory,
    PledgeKind,
    PledgeOutcome,
    PledgeState,
    PledgeVisibility,
    TextDecision,
)
from models.evaluation import Evaluation
from models.member import Member
from models.pledge import Pledge
from models.pledge_text import PledgeText
from tests.conftest import District

YEAR = datetime.now(UTC).year
LONG_AGO = datetime(YEAR, 1, 2, 4, 0, tzinfo=UTC)
UNPUBLISHED = {PledgeState.draft, PledgeState.submitted, PledgeState.returned, PledgeState.approved}
OUTCOMES = {
    PledgeState.fulfilled: PledgeOutcome.fulfilled,
    PledgeState.unfulfilled: PledgeOutcome.unfulfilled,
    PledgeState.exempted: PledgeOutcome.exempted,
    PledgeState.evaluated: PledgeOutcome.fulfilled,
}


def somebody(district: District) -> UUID:
    """The key of an account that holds no role, which is made where there is none."""
    with district.work() as work:
        without_role = ~select(RoleGrant.id).where(col(RoleGrant.account_id) == col(Account.id)).exists()
        key: UUID | None = work.exec(select(Account.id).where(without_role).order_by(col(Account.id))).first()
    return key or UUID(district.sign_in(None, "D").account_id)


def keep_member(district: District, code: str, name: str = "方秀兰", **content: Any) -> UUID:
    """A member of the organisation of that code; his key."""
    with district.work() as work:
        values: dict[str, Any] = {"joined_on": date(2001, 7, 1), "status": MemberStatus.full} | content
        member = Member(organization_id=district.ids[code], full_name=name, **values)
        work.add(member)
        work.flush()
        return member.id


def keep_pledge(district: District, code: str, member_id: UUID | None = None, **content: Any) -> UUID:
    """A pledge, by itself an annual public one that is published and due at the end of this year, with the text that leads to its
    state; its key."""
    account_id = somebody(district)
    with district.work() as work:
        state = content.get("state", PledgeState.published)
        values: dict[str, Any] = {
            "kind": PledgeKind.annual,
            "category": PledgeCategory.service,
            "content": "每月为独居老人上门服务两次。",
            "measure": "全年不少于二十四次。",
            "due_on": date(YEAR, 12, 31),
            "visibility": PledgeVisibility.public,
            "state": state,
            "text_no": 0 if state is PledgeState.draft else 1,
            "review_organization_id": None if state is PledgeState.draft else district.ids[code],
            "entered_by": account_id,
            "published_at": None if state in UNPUBLISHED else LONG_AGO,
            "outcome": OUTCOMES.get(state),
            "decided_at": LONG_AGO if state in OUTCOMES else None,
            "withdrawn_reason": "情况有变" if state is PledgeState.withdrawn else None,
        } | content
        values["year"] = values["due_on"].year
        pledge = Pledge(organization_id=district.ids[code], member_id=member_id, **values)
        work.add(pledge)
        work.flush()
        if state is not PledgeState.draft:
            undecided = state is PledgeState.submitted
            work.add(_text(pledge, account_id, decided_at=None if undecided else LONG_AGO))
        return pledge.id


def _text(pledge: Pledge, account_id: UUID, decided_at: datetime | None) -> PledgeText:
    is_published = pledge.published_at is not None
    return PledgeText(
        pledge_id=pledge.id,
        no=1,
        content=pledge.content,
        measure=pledge.measure,
        due_on=pledge.due_on,
        visibility=pledge.visibility,
        submitted_at=LONG_AGO,
        submitted_by=account_id,
        decision=None if decided_at is None else TextDecision.approved,
        decided_at=decided_at,
        published_at=pledge.published_at if is_published else None,
        published_by=account_id if is_published else None,
    )


def keep_grade(
    district: District, pledge_id: UUID, grade: Grade, source: EvaluationSource = EvaluationSource.masses, **content: Any
) -> UUID:
    """An evaluation, by itself one of the masses that counts; its key."""
    with district.work() as work:
        by = None if source is EvaluationSource.organization else uuid4().hex
        period = f"{YEAR}-Q1" if source is EvaluationSource.masses else str(YEAR)
        values: dict[str, Any] = {"period": period, "by_digest": by, "counts_from": work.at - timedelta(hours=1)} | content
        evaluation = Evaluation(pledge_id=pledge_id, source=source, grade=grade, **values)
        work.add(evaluation)
        work.flush()
        return evaluation.id
