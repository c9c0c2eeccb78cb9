"""How often a caller is told that an identity number is that of somebody outside his reach: often enough to put a roster right,
and too seldom to find out about strangers. Each time stands in the audit trail."""

from typing import Final
from uuid import UUID

from api.access.scope import Access, hold
from api.database import Database, Origin, Work
from api.errors import Unavailable
from api.members import queries
from models.account import Account

A_DAY: Final = 20
"""So often a day and account."""
ACTION: Final = "tell_id_elsewhere"


def left_today(work: Work, account_id: UUID) -> int:
    """How often an account may still be told today."""
    return max(0, A_DAY - queries.entries_since(work, account_id, ACTION, work.begin_of(work.today)))


def note(work: Work, access: Access | None, times: int = 1) -> None:
    """Write down that the caller has been told. Raises `Unavailable` where others of the account's were told meanwhile and it would
    be too often: asked again, it is told less."""
    if access is None or not times:
        return
    hold(work, Account, access.account_id)
    if left_today(work, access.account_id) < times:
        raise Unavailable(retry_after=1)
    for _ in range(times):
        work.record_batch("tell_id_elsewhere", "member")


def note_dry_run(database: Database, origin: Origin, access: Access, times: int) -> None:
    """The same for a dry run, whose own work writes nothing."""
    if times:
        with database.writing(origin) as work:
            note(work, access, times)
