"""How often a caller is told that an identity number is that of somebody outside his reach: often enough to put a roster right,
and too seldom to find out about strangers. Each time stands in the audit trail."""

from typing import Final

from api.access.about import counted_hands
from api.access.meanwhile import writing_for
from api.access.scope import Access, hold_one
from api.database import Database, Origin, Work
from api.errors import Unavailable
from api.members import queries
from api.members.rules import IdentityNumberTaken, IdentityNumberUnchecked
from models.account import Account
from models.member import Member

A_DAY: Final = 20
"""So often a day and account, together with all accounts that may be its other hands: making accounts buys nobody more."""
A_DAY_WITH_HANDS: Final = 100
"""The same of an officer of a town together with whom he has handed slips out to: as a rule these are other people, so that one of
them who uses up her own keeps none of the others from entering anybody, but he gains only so much by making accounts."""
ACTION: Final = "tell_id_elsewhere"


def left_today(work: Work, access: Access) -> int:
    """How often a caller may still be told today."""
    counted = counted_hands(work, access.account_id)
    told = queries.entries_since(work, counted, ACTION, work.begin_of(work.today))
    left = [A_DAY - told.get((access.account_id, access.account_id), 0)]
    for one, is_officer in counted.items():
        together = sum(times for (about, _), times in told.items() if about == one)
        left.append((A_DAY_WITH_HANDS if is_officer else A_DAY) - together)
    return max(0, min(left))


def note(work: Work, access: Access | None, times: int = 1) -> None:
    """Write down that the caller has been told, with each account that it counts for. Raises `Unavailable` where others of these
    accounts were told meanwhile and it would be too often: asked again, it is told less."""
    if access is None or not times:
        return
    counted = [hold_one(work, Account, one) for one in counted_hands(work, access.account_id)]
    if left_today(work, access) < times:
        raise Unavailable(retry_after=1)
    for account in counted:
        for _ in range(times):
            work.record("tell_id_elsewhere", account, organization_id=access.organization_id)


def note_dry_run(database: Database, origin: Origin, access: Access, times: int) -> None:
    """The same for a dry run, whose own work writes nothing. Raises `Unauthenticated` as well, as `check_stands` does."""
    if times:
        with writing_for(database, origin, access) as work:
            note(work, access, times)


def check_number_is_free(work: Work, access: Access, number: str | None, holder: Member | None) -> None:
    """Whether an identity number that a form states is nobody's yet; `holder` is whose it is. Raises `IdentityNumberTaken`; or,
    where the caller was told too often today, `IdentityNumberUnchecked` also for a free one."""
    if not number:
        return
    if holder and access.reaches(work, {holder.organization_id}):
        raise IdentityNumberTaken.at("body.national_id")
    if not left_today(work, access):
        raise IdentityNumberUnchecked.at("body.national_id")
    if holder:
        note(work, access)
        raise IdentityNumberTaken.at("body.national_id")
