"""How often a caller is told that an identity number is that of somebody outside his reach: often enough to put a roster right,
and too seldom to find out about strangers. Each time stands in the audit trail."""

from typing import Final

from api.access.about import uppermost_hands
from api.access.scope import Access, hold_one
from api.database import Database, Origin, Work
from api.errors import Unavailable
from api.members import queries
from models.account import Account

A_DAY: Final = 20
"""So often a day and account, together with all accounts that may be its other hands or whose other hand it may be: making accounts
buys nobody more."""
ACTION: Final = "tell_id_elsewhere"


def left_today(work: Work, access: Access) -> int:
    """How often a caller may still be told today."""
    since = work.begin_of(work.today)
    told = max(queries.entries_since(work, top, ACTION, since) for top in uppermost_hands(work, access.account_id))
    return max(0, A_DAY - told)


def note(work: Work, access: Access | None, times: int = 1) -> None:
    """Write down that the caller has been told, with the account that it counts for. Raises `Unavailable` where others of these
    accounts were told meanwhile and it would be too often: asked again, it is told less."""
    if access is None or not times:
        return
    counted = [hold_one(work, Account, top) for top in uppermost_hands(work, access.account_id)]
    if left_today(work, access) < times:
        raise Unavailable(retry_after=1)
    for account in counted:
        for _ in range(times):
            work.record("tell_id_elsewhere", account, organization_id=access.organization_id)


def note_dry_run(database: Database, origin: Origin, access: Access, times: int) -> None:
    """The same for a dry run, whose own work writes nothing."""
    if times:
        with database.writing(origin) as work:
            note(work, access, times)
