"""The rights of a person in what is kept of him (PIPL, articles 45 and 47): a copy of it, and that it is erased."""

from collections import Counter
from uuid import UUID

from api.access.about import check_about_member
from api.access.scope import Access, Lock, hold_one
from api.accounts.service import leaving_an_administrator
from api.adapters.cipher import Cipher
from api.database import Work
from api.members.service import show_own_member
from api.privacy import queries, rules
from api.privacy.erasing import erase
from api.privacy.export import Copied
from models.account import Account
from models.enums import MemberStatus
from models.erasure_enums import CopyReason, ErasureGround
from models.member import Member


def own_member(work: Work, access: Access) -> Member:
    """The caller as a member. Raises `NotFound`."""
    return show_own_member(work, access)


def member_about(work: Work, access: Access, member_id: UUID, lock: Lock = Lock.kept) -> Member:
    """A member within reach about whom the caller may act. Raises `NotFound`, `AboutOneself` or `ForTheLevelAbove`."""
    member = access.get(work, Member, member_id, lock)
    check_about_member(work, access, member.id)
    return member


def check_copies(work: Work, access: Access) -> None:
    """Raise `TooManyCopies` where the caller's account has taken as many copies of the last day as it may, of whomever."""
    taken = queries.lines_by(work, access.account_id, ("copy_own_data", "copy_data"), work.at - rules.DAY, rules.MOST_COPIES)
    rules.check_copies(taken, work.at)


def _count_copy(work: Work, access: Access) -> None:
    """Count one more for the caller's account: before it was packed, others may not have been written down yet."""
    hold_one(work, Account, access.account_id)
    check_copies(work, access)


def copy_own_data(work: Work, access: Access, copied: Copied) -> None:
    """Write down that a member takes a copy of what is kept of him. Raises `NotFound` or `TooManyCopies`."""
    member = own_member(work, access)
    _count_copy(work, access)
    work.record("copy_own_data", member, rows=sum(map(len, copied.tables.values())), files=len(copied.files))


def copy_data(work: Work, access: Access, copied: Copied, reason: CopyReason) -> None:
    """Write down that somebody takes a copy of what is kept of a member, and why. Raises as `member_about` does, or
    `TooManyCopies`."""
    member = member_about(work, access, copied.member_id)
    _count_copy(work, access)
    rows = sum(map(len, copied.tables.values()))
    work.record("copy_data", member, reason=reason, rows=rows, files=len(copied.files))


def erase_data(work: Work, access: Access, member_id: UUID, ground: ErasureGround, cipher: Cipher) -> tuple[Member, Counter[str]]:
    """Erase what is kept of a member who has left, for good: whose it was is known from then on by his key alone. A second time
    takes what was written since, or nothing. Returns how many rows of each table were changed or deleted.

    Raises as `member_about` does, `StillMember`, or `LastAdministrator` for one who could sign in no more.
    """
    member = member_about(work, access, member_id, Lock.alone)
    if member.status is not MemberStatus.left:
        raise rules.StillMember
    with leaving_an_administrator(work, member.id):
        done = erase(work, member, ground, cipher)
    work.record("erase_data", member, ground=ground, rows=dict(sorted(done.items())))
    work.flush()
    return member, done
