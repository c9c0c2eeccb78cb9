from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, inspect, tuple_
from sqlmodel import and_, col, select

from api.access.pieces import PIECE, forget_some
from api.access.scope import Access
from api.database import Work
from models.enums import RequestState
from models.erasure import Erasure
from models.erasure_enums import ErasureGround
from models.idempotency import IdempotentRequest
from models.transfer import Transfer


def forget_old_requests(work: Work, before: datetime, claimed: tuple[UUID, str, str]) -> None:
    """Forget a piece of the requests that were carried out before then, and in any case the one whose key is claimed, if it was."""
    old = col(IdempotentRequest.created_at) < before
    if forget_some(work, IdempotentRequest, old) == PIECE:
        forget_some(work, IdempotentRequest, and_(old, tuple_(*inspect(IdempotentRequest).primary_key) == claimed))


def count_kept(work: Work, account_id: UUID) -> tuple[int, int]:
    """How many answers are kept of an account's requests, and how many bytes they have."""
    size = func.coalesce(func.sum(func.length(col(IdempotentRequest.body_sealed))), 0)
    number, of_all = work.exec(select(func.count(), size).where(col(IdempotentRequest.account_id) == account_id)).one()
    return number, int(of_all)


def somebody_erased_since(work: Work, moment: datetime) -> bool:
    """Whether somebody was erased since then, other than because he had been gone for so long."""
    erased = select(Erasure.id).where(col(Erasure.created_at) >= moment, col(Erasure.ground) != ErasureGround.kept_long_enough)
    return work.exec(erased.limit(1)).first() is not None


def somebody_moved_away_since(work: Work, access: Access, organization_ids: Collection[UUID], moment: datetime) -> bool:
    """Whether somebody of these organisations has moved since then to where the caller does not reach him, with all that is his."""
    moved = select(Transfer.id).where(
        col(Transfer.organization_id).in_(organization_ids),
        col(Transfer.state) == RequestState.accepted,
        col(Transfer.decided_at) >= moment,
        col(Transfer.to_organization_id).not_in(access.organizations(work)),
    )
    return work.exec(moved.limit(1)).first() is not None
