"""What waits for somebody because of pledges."""

from datetime import UTC, datetime
from uuid import UUID

from api.access.scope import Access
from api.database import Origin
from api.pledges.todo import PLEDGES
from api.todo.service import Waiting, gathered
from models.account import Account
from tests.conftest import Caller, District
from tests.pledges.kept import YEAR

SOURCES = {source.kind: source for source in PLEDGES}

IN_MAY = datetime(YEAR, 5, 2, 4, 0, tzinfo=UTC)


def waiting(district: District, caller: Caller, kind: str, at: datetime = IN_MAY) -> Waiting:
    """What waits of one kind for somebody at a moment."""
    source = SOURCES[kind]
    account_id = UUID(caller.account_id)
    with district.house.database.reading(Origin("test", at)) as work:
        account = work.get_one(Account, account_id)
        access = Access(account_id, account_id, account.organization_id, account.member_id, source.permission, ())
        return gathered(work, access, source)


def keys(found: Waiting) -> list[UUID]:
    return [item.target_id for item in found.items]
