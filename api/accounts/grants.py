"""The roles that accounts hold: given, asked for where it takes two people, and taken away."""

from datetime import date
from typing import Any
from uuid import UUID

from api.access.about import check_about_account, check_about_grant
from api.access.permissions import DECIDERS, MAY_GRANT
from api.access.scope import Access, Lock, living_grants, roles_reaching, take_turns
from api.accounts import queries, renewal, rules
from api.accounts.otp.service import check_apart_from_reset
from api.accounts.renewal import OneTime
from api.accounts.slips import Slip
from api.adapters.cipher import Cipher
from api.database import Work
from api.errors import Unavailable
from models.account import Account, RoleGrant, SlipRequest
from models.enums import Role
from models.organization import Organization


def list_grants(work: Work, access: Access, account_id: UUID) -> list[RoleGrant]:
    """The living grants of an account, as far as what they are held at lies within reach. Raises `NotFound` where neither one of
    them does, nor the account."""
    held = list(queries.living_grants_among(work, access.select(work, RoleGrant), account_id))
    if not held:
        access.get(work, Account, account_id)
    return held


def needs_fresh_slip(work: Work, access: Access, account_id: UUID, role: Role, organization_id: UUID) -> bool:
    """Whether `grant_role` will replace the account's password, if nothing changes meanwhile."""
    account, organization = work.get(Account, account_id), work.get(Organization, organization_id)
    if account is None or organization is None or account.slip_made_by is None:
        return False
    return rules.is_given_by_two(role, organization.kind) or renewal.outranks(work, account, role, organization_id)


def grant_role(
    work: Work,
    access: Access,
    account_id: UUID,
    role: Role,
    organization_id: UUID,
    until: date | None,
    one_time: OneTime | None,
    cipher: Cipher,
) -> tuple[RoleGrant, Slip | None] | dict[str, Any]:
    """Give a role over an organisation and everything below it, for good or until the day `until`.

    Granting again what stands changes nothing but its last day. If whoever has made the account's last slip could not give this
    role himself, the password ends, and `one_time` takes its place on a slip for the one who grants, as far as he hands one out
    directly: for one who decides for the district two people do so before.

    A role of those who decide for the district, or of its auditor, is only asked for here, as long as there is another of them
    who can agree by `approve_slip_request`; where one person made the last slip, a new password of two halves comes with the
    role, and that of `one_time` is the first. Raises what `check_grant`, `check_until` and `check_about_account` do,
    `TooManyInOffice`, `TooManyRoles`, `DistrictRoleNeeded`, `FreshSlipNeeded`, `SlipRequestOpen`, `AccountDisabled`,
    `MemberHasLeft` or `NobodyToAgree`.
    """
    organization = access.get(work, Organization, organization_id, Lock.kept)
    take_turns(work, organization.id)
    account = access.get(work, Account, account_id)
    held = roles_reaching(work, access.account_id, organization.id)
    by_two = rules.is_given_by_two(role, organization.kind)
    by_one_hand = role is Role.auditor and not by_two and renewal.is_other_hand(work, access, account)
    to_oneself = account.id == access.account_id or by_one_hand
    rules.check_grant(held, role, organization.kind, has_member=account.member_id is not None, to_oneself=to_oneself)
    if role not in DECIDERS:
        check_about_account(work, access, account)
    rules.check_until(until, work.today, _own_until(work, access, role, organization), by_two=by_two)
    renewal.check_in_use(work, account)
    grant = queries.unended_grant(work, account.id, role, organization.id)
    if role is not Role.member:
        rules.check_room(organization.kind, queries.count_in_office(work, organization.id, account.id))
    _check_number(work, account, role, organization.id)
    if grant is None and renewal.needs_approval(work, access, account, role, organization.kind):
        half = None
        if account.slip_made_by is not None:
            if one_time is None:
                raise Unavailable(retry_after=1)
            half = one_time[0]
        request = renewal.request_slip(work, access, account, role=role, half=half, cipher=cipher)
        return {**renewal.shown(work, access, [request])[0], "one_time_half": half}
    slip = None
    if account.slip_made_by != access.account_id and renewal.outranks(work, account, role, organization.id):
        if renewal.takes_two(work, account):
            raise rules.DistrictRoleNeeded
        if role is Role.auditor and set(renewal.administrators_lately(work)) - {access.account_id}:
            # On the slip whoever gives the role would have an auditor's password.
            raise rules.FreshSlipNeeded
        check_about_account(work, access, account, hands_out_slip=True)
        check_apart_from_reset(work, access.account_id, account)
        if one_time is None:
            raise Unavailable(retry_after=1)
        renewal.renew(work, account, one_time, cipher)
        slip = renewal.slip_of(work, access, account, one_time[0])
    if grant is not None:
        if grant.until != until or slip is not None:
            grant.until = until
            work.record("grant_role", account, organization_id=organization.id, role=role, until=until and until.isoformat())
            work.flush()
        return grant, slip
    return add_grant(work, account, role, organization.id, granted_by=access.account_id, until=until), slip


def _check_number(work: Work, account: Account, role: Role, organization_id: UUID) -> None:
    """Raise `TooManyRoles` where an account, which is held, can have this role no more besides; one that it has stays."""
    standing = [(one.role, one.organization_id) for one in living_grants(work, account.id)]
    if (role, organization_id) not in standing:
        rules.check_number(len(standing))


def _own_until(work: Work, access: Access, role: Role, organization: Organization) -> date | None:
    """The last day of the caller's roles by which he may give this one there; None where one of them has none."""
    giving = [one for one in living_grants(work, access.account_id) if role in MAY_GRANT[one.role]]
    days = [one.until for one in giving if organization.path.startswith(work.get_one(Organization, one.organization_id).path)]
    return None if None in days else max((day for day in days if day), default=None)


def add_grant(
    work: Work, account: Account, role: Role, organization_id: UUID, *, granted_by: UUID | None, until: date | None = None
) -> RoleGrant:
    """Store a grant, for whoever has decided that it may be."""
    grant = RoleGrant(account_id=account.id, role=role, organization_id=organization_id, granted_by=granted_by, until=until)
    work.add(grant)
    work.flush()
    ending = {"until": until.isoformat()} if until else {}
    work.record("grant_role", account, organization_id=organization_id, role=role, **ending)
    return grant


def end_grant(work: Work, access: Access, grant_id: UUID) -> None:
    """Take a role away: it is gone at the account's next request. One that is gone already stays so. Raises `NotFound`, what
    `check_about_grant` does, or `LastAdministrator`."""
    account = work.get_one(Account, access.get(work, RoleGrant, grant_id, Lock.none).account_id)
    queries.hold_with_administrators(work, account.id)
    grant = access.get(work, RoleGrant, grant_id)
    check_about_grant(work, access, account, grant)
    if grant.ended_at is None:
        if grant.role is Role.administrator and queries.other_administrators(work, grant.id, None) == 0:
            raise rules.LastAdministrator
        end(work, account, grant)


def end_passed_grants(work: Work) -> int:
    """Write down of all roles whose last day has passed that they have ended, as every request says already. Returns how many."""
    passed = queries.passed_grants(work)
    for account, grant in passed:
        end(work, account, grant)
    work.flush()
    return len(passed)


def give_asked(work: Work, account: Account, request: SlipRequest, role: Role) -> RoleGrant:
    """Give the role that was asked for, as far as the one who has asked may give it still."""
    renewal.check_in_use(work, account)
    place = work.get_one(Organization, request.organization_id)
    held = roles_reaching(work, request.requested_by, place.id)
    rules.check_grant(held, role, place.kind, has_member=account.member_id is not None, to_oneself=False)
    _check_number(work, account, role, place.id)
    return add_grant(work, account, role, place.id, granted_by=request.requested_by)


def end(work: Work, account: Account, grant: RoleGrant) -> None:
    """Take a role away, for whoever has decided it."""
    grant.ended_at = work.at
    work.record("end_grant", account, organization_id=grant.organization_id, role=grant.role)
