from uuid import UUID

from sqlmodel import col, select

from api.access.scope import locking
from api.database import Work
from models.account import SecondFactor


def factor_of(work: Work, account_id: UUID) -> SecondFactor | None:
    """What an account makes its codes with, held where the work writes."""
    return work.exec(locking(work, select(SecondFactor).where(col(SecondFactor.account_id) == account_id), SecondFactor)).first()
