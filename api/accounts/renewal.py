"""What takes two people: a new one-time password for one who decides for the district, and making somebody one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from api.access import limits, refusals
from api.access import service as access_service
from api.access.about import hands_of
from api.access.names import named
from api.access.otp import service as otp_service
from api.access.passwords import Passwords, new_one_time_password, one_time_digest
from api.access.permissions import DECIDERS, GIVEN_AT_THE_ROOT, MAY_GRANT, Permission
from api.access.rules import RECENTLY
from api.access.scope import Access, living_grants, roles_reaching, root_id
from api.accounts import queries, rules
from api.accounts.slips import Slip
from api.adapters.cipher import Cipher, Place
from api.database import Work
from api.errors import NotFound
from api.members.rules import MemberHasLeft
from models.account import Account, SlipRequest
from models.enums import OrganizationKind, RequestState, Role
from models.member import Member
from models.organization import Organization
from models.sign_in_enums import SessionEnd


class OneTime(NamedTuple):
    """A one-time password, or the half of it that is told now, and the hash and the keyed digest of the whole."""

    password: str
    hash: str
    digest: str


def slip_of(work: Work, access: Access, account: Account, password: str) -> Slip:
    """The slip of an account's new password. It bears the member's name only for who may see members there."""
    organization = work.get_one(Organization, account.organization_id)
    member = work.get(Member, account.member_id) if account.member_id else None
    if member and not access.using(Permission.member_read).reaches(work, {member.organization_id}):
        member = None
    name = member.full_name if member else None
    return Slip(
        account.id, account.username, password, slip_until(work), name, organization.name, service_phone=organization.service_phone
    )


def slip_until(work: Work) -> datetime:
    """When a one-time password that is made now stops being good: at the end of a day in the district."""
    return work.begin_of(work.today + rules.SLIP_LIFE + timedelta(days=1))


def check_still_member(work: Work, member_id: UUID | None) -> None:
    """Raise `MemberHasLeft` where the member of an account is no member any more."""
    if member_id is not None and queries.has_left(work, member_id):
        raise MemberHasLeft(keys=(member_id,))


def check_in_use(work: Work, account: Account) -> None:
    """Whether an account may be given anything, a role or a password. Raises `AccountDisabled` or `MemberHasLeft`."""
    if account.disabled_at is not None:
        raise rules.AccountDisabled(keys=(account.id,))
    check_still_member(work, account.member_id)


def renew(work: Work, account: Account, one_time: OneTime, cipher: Cipher, *, by_two: bool = False) -> None:
    """Replace an account's password by a one-time one: its sessions end, and failures to sign in are forgotten.

    What is asked for the account ends with it: a request stands on the account as it was. `by_two` tells that each of two people
    knows but a half of it. Raises as `check_in_use`.
    """
    check_in_use(work, account)
    account.password_hash, account.password_changed_at = one_time[1], work.at
    account.must_change_password, account.one_time_until = True, slip_until(work)
    account.one_time_digest = one_time.digest
    account.slip_made_by = None if by_two else work.origin.actor_id
    if (standing := queries.open_slip_request(work, account.id)) is not None:
        _lapse(work, standing)
    otp_service.hold(work, account.id)
    for counted in (limits.of_codes(cipher, account.id), limits.of_sign_ins(cipher, account.id, None)):
        limits.forget(work, counted)
    refusals.forget_refusals_of(work, account)
    ended = access_service.end_sessions(work, account.id, SessionEnd.password_changed)
    work.opened.add(account.id)
    work.record("renew_slip", account, sessions_ended=ended)
    work.flush()


def is_administrator(work: Work, account: Account) -> bool:
    return any(grant.role is Role.administrator for grant in living_grants(work, account.id))


def roles_at_root(work: Work, account_id: UUID) -> frozenset[Role]:
    root = root_id(work)
    return roles_reaching(work, account_id, root) if root else frozenset()


def is_decider(work: Work, account: Account) -> bool:
    """Whether an account decides for the district, or did so until recently."""
    return queries.held(work, account.id, DECIDERS, work.at - RECENTLY)


def takes_two(work: Work, account: Account) -> bool:
    """Whether nobody alone hands out an account's password or takes its second factor away: it decides for the district, or reads
    what those do who decide, or did so until recently."""
    return queries.held(work, account.id, GIVEN_AT_THE_ROOT, work.at - RECENTLY)


def needs_approval(work: Work, access: Access, account: Account, role: Role, kind: OrganizationKind) -> bool:
    """Whether giving an account this role at an organisation of that kind takes a second person. Raises `NobodyToAgree`."""
    if not rules.is_given_by_two(role, kind):
        return False
    deciders = queries.deciders(work, work.at - RECENTLY)
    others = [acts for key, acts in deciders if key not in (access.account_id, account.id)]
    return rules.needs_approval(others=sum(others), others_recently=len(others))


def may_be_one_person(work: Work, asks: UUID, agrees: UUID) -> bool:
    """Whether two who decide for the district may be two hands of one person while there is a third, apart from both, or was one
    lately: nobody gains by having just shut him out, nor do the two come by his own account."""
    both = hands_of(work, asks), hands_of(work, agrees)
    if both[0].isdisjoint(both[1]):
        return False
    others = {key for key, _ in queries.deciders(work, work.at - RECENTLY)} - {asks, agrees}
    return any(hands_of(work, other).isdisjoint(both[0] | both[1]) for other in others)


def is_other_hand(work: Work, access: Access, account: Account) -> bool:
    """Whether the caller's account may be another hand of an account's holder; or, while there is an administrator who has nothing
    to do with either, or was one lately, whether both may be hands of one person."""
    mine, theirs = hands_of(work, access.account_id), hands_of(work, account.id)
    if account.id in mine or mine.isdisjoint(theirs):
        return account.id in mine
    return any(hands_of(work, other).isdisjoint(mine | theirs) for other in administrators_lately(work))


def administrators_lately(work: Work) -> list[UUID]:
    """The accounts of administrators, also of those who were shut out lately, by which nobody is to gain."""
    since = work.at - RECENTLY
    return [key for key, _ in queries.deciders(work, since) if queries.held(work, key, {Role.administrator}, since)]


def request_slip(
    work: Work,
    access: Access,
    account: Account,
    *,
    role: Role | None = None,
    resets_otp: bool = False,
    half: str | None = None,
    cipher: Cipher | None = None,
) -> SlipRequest:
    """Ask for a new password of one who decides for the district, for that role, or that his second factor is taken away. The
    request is the district's own, wherever the account belongs. `half` is the first half of the new password, which the one who
    asks is told at once."""
    rules.check_slip_request(requester=access.account_id, owner=account.id, roles_at_root=roles_at_root(work, access.account_id))
    check_in_use(work, account)
    if (standing := queries.open_slip_request(work, account.id)) is not None:
        if rules.state_at(standing.state, standing.expires_at, work.at) is RequestState.open:
            raise rules.SlipRequestOpen
        _lapse(work, standing)
    root = root_id(work)
    if root is None:
        raise NotFound
    request = SlipRequest(
        organization_id=root,
        account_id=account.id,
        role=role,
        resets_otp=resets_otp,
        requested_by=access.account_id,
        expires_at=work.at + rules.REQUEST_LIFE,
    )
    if half is not None and cipher is not None:
        request.half_sealed = cipher.seal_text(half, _half_of(request))
        work.opened.add(account.id)
    work.add(request)
    work.flush()
    if resets_otp:
        work.record("request_otp_reset", request, account=str(account.id))
    else:
        work.record("request_slip" if role is None else "request_role", request, account=str(account.id), role=role)
    return request


def first_half(work: Work, access: Access, slip_request_id: UUID, cipher: Cipher) -> str | None:
    """What the one who asks was told of the password; None where what is asked for comes without a new one. Raises as `undecided`
    does."""
    request = undecided(work, access, slip_request_id)
    if request.half_sealed is None:
        if request.role is None and not request.resets_otp:
            raise rules.SlipRequestOver
        return None
    return cipher.open_text(request.half_sealed, _half_of(request))


def hash_with_first_half(work: Work, access: Access, slip_request_id: UUID, passwords: Passwords, cipher: Cipher) -> OneTime | None:
    """The second half of a new one-time password of which the first was told to the one who asked, and the hash of both together;
    None where no password comes with what is asked for, or there is nothing left to approve."""
    try:
        first = first_half(work, access, slip_request_id, cipher)
    except (NotFound, rules.SlipRequestOver):
        return None
    if first is None:
        return None
    second = new_one_time_password()
    return OneTime(second, passwords.hash(first + second), one_time_digest(first + second, cipher))


def outranks(work: Work, account: Account, role: Role, organization_id: UUID) -> bool:
    """Whether a role is above what may be given by whoever has made the account's last slip. He may know its password, also once it
    was changed: the first change is made by whoever knows the slip."""
    if account.slip_made_by is None:
        return False
    maker = work.get_one(Account, account.slip_made_by)
    held = roles_reaching(work, maker.id, organization_id) if maker.disabled_at is None else frozenset()
    return not any(role in MAY_GRANT[one] for one in held)


def undecided(work: Work, access: Access, slip_request_id: UUID) -> SlipRequest:
    """A request that still can be decided, locked. Raises `NotFound` or `SlipRequestOver`."""
    request = access.get(work, SlipRequest, slip_request_id)
    if rules.state_at(request.state, request.expires_at, work.at) is not RequestState.open:
        raise rules.SlipRequestOver
    return request


def decide_request(audit_action: str, work: Work, access: Access, request: SlipRequest, state: RequestState) -> None:
    request.decide(state, access.account_id, work.at)
    request.half_sealed = None
    work.record(audit_action, request, account=str(request.account_id), state=state)
    work.flush()


def shown(work: Work, access: Access, requests: Sequence[SlipRequest]) -> list[dict[str, Any]]:
    """Requests with the names beside their keys and the user names of their accounts, each in its state at this moment."""
    names = queries.usernames(work, (key for request in requests for key in (request.account_id, request.requested_by)))
    return [
        {
            **told,
            "state": rules.state_at(request.state, request.expires_at, work.at),
            "username": names[request.account_id],
            "requested_by_username": names[request.requested_by],
        }
        for request, told in zip(requests, named(work, access, requests), strict=True)
    ]


def _lapse(work: Work, request: SlipRequest) -> None:
    request.decide(RequestState.lapsed, None, work.at)
    request.half_sealed = None
    work.record("lapse_slip_request", request)
    work.flush()


def _half_of(request: SlipRequest) -> Place:
    return Place("slip_request", "half_sealed", request.id)
