"""Who may act about whom, asked wherever somebody's roles, account, card or record is ended, opened or changed by another."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import col, or_, select

from api.access.rules import AboutOneself, ForTheLevelAbove, Standing, check_acting_about
from api.access.scope import Access, stands
from api.database import Work
from api.errors import Forbidden
from models.account import Account, RoleGrant
from models.enums import Role
from models.organization import Organization

ABOUT_SOMEBODY: tuple[type[Forbidden], type[Forbidden]] = (AboutOneself, ForTheLevelAbove)
"""What every operation about another person may be refused with."""


def check_about_member(work: Work, access: Access, member_id: UUID, *, agreed_to_by: UUID | None = None) -> None:
    """Whether a caller may act about a member. `agreed_to_by` is the account of another who has let the same thing go before: what
    either of the two may do, they may together. Raises `AboutOneself` or `ForTheLevelAbove`."""
    if (refusal := barred(work, access, [member_id], agreed_to_by=agreed_to_by).get(member_id)) is not None:
        raise refusal


def check_about_account(work: Work, access: Access, account: Account) -> None:
    """The same about whoever holds an account, a member or not."""
    if account.id == access.account_id:
        raise AboutOneself
    if account.member_id is not None:
        check_about_member(work, access, account.member_id)
    else:
        check_acting_about(_standings(work, [access.account_id]), _standings(work, [account.id]))


def barred(
    work: Work, access: Access, member_ids: Collection[UUID], *, agreed_to_by: UUID | None = None
) -> dict[UUID, type[Forbidden]]:
    """Those of some members about whom the caller may not act, each with the refusal. One statement, however many they are.

    An account that names no member is its maker's other hand: it does nothing about him.
    """
    actors = {access.account_id, agreed_to_by} - {None}
    query = (
        select(Account, RoleGrant.role, Organization.path)
        .outerjoin(RoleGrant, (col(RoleGrant.account_id) == col(Account.id)) & stands(work.today))
        .outerjoin(Organization, col(Organization.id) == col(RoleGrant.organization_id))
        .where(or_(col(Account.id).in_(actors), col(Account.member_id).in_(member_ids)))
    )
    rows = work.exec(query).all()
    acting = [Standing(Role(role), path) for account, role, path in rows if account.id in actors and role is not None]
    maker = next((one.created_by for one, _, _ in rows if one.id == access.account_id and one.member_id is None), None)
    accounts = {account.member_id: account.id for account, _, _ in rows}
    standings: dict[UUID | None, list[Standing]] = {}
    for account, role, path in rows:
        if role is not None:
            standings.setdefault(account.member_id, []).append(Standing(Role(role), path))
    found: dict[UUID, type[Forbidden]] = {}
    for member_id in member_ids:
        his = standings.get(member_id, [])
        if member_id == access.member_id or (maker is not None and maker == accounts.get(member_id)):
            found[member_id] = AboutOneself
            continue
        try:
            check_acting_about(acting, his)
        except ForTheLevelAbove:
            found[member_id] = ForTheLevelAbove
    return found


def _standings(work: Work, account_ids: Collection[UUID]) -> list[Standing]:
    query = (
        select(RoleGrant.role, Organization.path)
        .join(Organization, col(Organization.id) == col(RoleGrant.organization_id))
        .where(col(RoleGrant.account_id).in_(account_ids), stands(work.today))
    )
    return [Standing(Role(role), path) for role, path in work.exec(query).all()]
