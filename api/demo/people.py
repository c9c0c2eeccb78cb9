"""Accounts of the demonstration, and those who ask by them."""

from uuid import UUID

from api.access.permissions import Permission
from api.access.scope import Access, Granted
from api.accounts import service as accounts_service
from api.accounts.grants import add_grant
from api.database import Work
from models.account import Account
from models.enums import Role


def add_person(work: Work, username: str, role: Role, place_id: UUID, member_id: UUID | None, password_hash: str) -> Account:
    """An account with a password that lasts, holding a role there."""
    account = accounts_service.add_account(work, username, place_id, member_id, password_hash)
    add_grant(work, account, role, place_id, granted_by=None)
    return account


def caller(role: Role, account: Account) -> Access:
    """Who is signed in by an account."""
    granted = (Granted(role, account.id),)
    return Access(account.id, account.id, account.organization_id, account.member_id, Permission.own_pledge, granted)
