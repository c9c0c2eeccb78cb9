from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, inspect, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import and_, col, select

from api.access.permissions import Permission
from api.access.pieces import PIECE, forget_some
from api.access.scope import Access
from api.database import Work
from models.erasure import Erasure
from models.erasure_enums import ErasureGround
from models.idempotency import IdempotentRequest
from models.organization import Organization
from models.transfer import ACCEPTED, Transfer


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


def somebody_moved_away_since(work: Work, access: Access, moment: datetime) -> bool:
    """Whether somebody has moved since then, with all that is his, out of the caller's reach: from where his permission reaches, or
    from where he reads members, whose names stand in whatever he is shown."""
    reaches = [access.reach(work), access.using(Permission.member_read).reach(work)]
    if all(reach.is_whole_district for reach in reaches):
        return False
    # All of a short span, and judged here: to look for them by where they lead would mean to read all that a town ever had.
    former, present = aliased(Organization), aliased(Organization)
    moves: Any = select(former.path, present.path).select_from(Transfer)
    moves = moves.join(former, former.id == col(Transfer.organization_id))
    moves = moves.join(present, present.id == col(Transfer.to_organization_id))
    moves = work.exec(moves.where(ACCEPTED, col(Transfer.decided_at) >= moment)).all()
    return any(reach.includes(left) and not reach.includes(joined) for left, joined in moves for reach in reaches)
