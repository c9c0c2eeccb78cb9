"""Honours of the demonstration: of the first members of a branch, and of the branch itself."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.honors.service import create_honor, withdraw_honor
from api.versions import Expected
from models.enums import HonorLevel
from models.member import Member
from models.organization import Organization


def award(work: Work, officer: Access, branch: Organization, members: Sequence[Member], *above: Organization) -> None:
    """Award the first two of some members and their branch what the town and the district `above` award; one is over, and one was
    taken back."""
    by = officer.using(Permission.honor_write)
    year, (town, district) = work.today.year, [f"中共{one.name}委员会" for one in above]

    def honor(member: Member | None, title: str, awarded_by: str, level: HonorLevel, day: date, **more: Any) -> Any:
        said = {"title": title, "awarded_by": awarded_by, "level": level, "awarded_on": day}
        content = {"document_no": None, "valid_until": None, "is_public": True} | said | more
        return create_honor(work, by, None if member else branch.id, member.id if member else None, content)

    first, second = members[:2]
    july = date(year - 1, 7, 1)
    honor(first, f"{year - 1}年度实干之星", town, HonorLevel.town, july, document_no=f"党发〔{year - 1}〕12号")
    honor(first, "优秀共产党员", district, HonorLevel.district, july - timedelta(days=730))
    honor(first, "党员先锋岗", town, HonorLevel.town, july, valid_until=date(year - 1, 12, 31))
    honor(second, "最美志愿者", town, HonorLevel.town, july, is_public=False)
    honor(None, "先进基层党组织", district, HonorLevel.district, july)
    mistaken = honor(second, "实干之星", town, HonorLevel.town, july)
    withdraw_honor(work, by, mistaken.id, "登记有误，应为另一位同名党员。", Expected(None, required=False))
