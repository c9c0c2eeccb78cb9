from typing import Any
from uuid import UUID

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from api.access.about import may_act_about
from api.access.scope import Access, locking
from api.database import Work
from models.correction import CorrectionRequest
from models.enums import RequestState
from models.member import Member

Requests = SelectOfScalar[CorrectionRequest]


def of_member(member_id: UUID) -> Requests:
    return select(CorrectionRequest).where(col(CorrectionRequest.member_id) == member_id)


def own(work: Work, member_id: UUID, correction_id: UUID) -> CorrectionRequest | None:
    """One of a member's requests, locked."""
    query = of_member(member_id).where(col(CorrectionRequest.id) == correction_id)
    return work.exec(locking(work, query, CorrectionRequest)).first()


def open_request(work: Work, member_id: UUID) -> CorrectionRequest | None:
    """The request of a member that waits, locked."""
    query = of_member(member_id).where(col(CorrectionRequest.state) == RequestState.open)
    return work.exec(locking(work, query, CorrectionRequest)).first()


def member_of(work: Work, requests: Requests, correction_id: UUID) -> UUID | None:
    """Whose request it is, if it is one of `requests`; nothing is locked."""
    query: Any = requests.where(col(CorrectionRequest.id) == correction_id).with_only_columns(col(CorrectionRequest.member_id))
    member_id: UUID | None = work.exec(query).first()
    return member_id


def waiting(work: Work, access: Access) -> Any:
    """The open requests within reach that the caller may decide; with the names of the members who ask."""
    found: Any = access.select(work, CorrectionRequest).where(
        col(CorrectionRequest.state) == RequestState.open, may_act_about(work, access, col(CorrectionRequest.member_id))
    )
    return found.join(Member, col(Member.id) == col(CorrectionRequest.member_id)).add_columns(col(Member.full_name))
