"""Roles as they stand in the tables."""

from uuid import UUID

from sqlmodel import col, select

from models.account import RoleGrant
from models.enums import Role
from tests.conftest import Caller, District


def roles(district: District, caller: Caller) -> set[tuple[Role, UUID]]:
    """The roles that an account holds and where."""
    with district.work() as work:
        query = select(RoleGrant).where(col(RoleGrant.account_id) == UUID(caller.account_id), col(RoleGrant.ended_at).is_(None))
        return {(one.role, one.organization_id) for one in work.exec(query)}


def holds(district: District, caller: Caller, role: Role, code: str) -> None:
    """Let an account hold one more role."""
    with district.work() as work:
        work.add(RoleGrant(account_id=UUID(caller.account_id), role=role, organization_id=district.ids[code]))
