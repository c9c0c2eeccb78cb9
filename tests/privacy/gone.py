"""Members who left long ago, what is forgotten with time, and what is told of erasures."""

from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

from api.database import Origin
from api.house import House
from api.privacy.notes import export_erasures
from api.privacy.retention import forget_personal_data
from models.enums import MemberStatus
from models.member import Member
from tests.accounts.people import enrol
from tests.conftest import District
from tests.privacy.everything import LONG_AGO


def forget_data(house: House, now: datetime, *, dry_run: bool = False) -> Counter[str]:
    return forget_personal_data(house.database, house.storage, house.cipher, house.audit_key, now, dry_run=dry_run)


def list_of_erasures(house: House, now: datetime | None = None) -> bytes:
    """The list of erasures, all of which the database tells."""
    content, lost = export_erasures(house.database, house.storage, house.audit_key, now or datetime.now(UTC))
    assert lost == 0
    return content


def write_leaving(house: House, *members: UUID, action: str = "leave_member", at: datetime = LONG_AGO) -> None:
    """Have the trail tell that members left."""
    with house.database.writing(Origin("test", at)) as work:
        for one in members:
            work.record(action, work.get_one(Member, one))


def enrol_gone(district: District, *names: str) -> list[UUID]:
    """Members who left, as the trail tells."""
    members = enrol(district, "B11", *names, status=MemberStatus.left)
    write_leaving(district.house, *members)
    return members
