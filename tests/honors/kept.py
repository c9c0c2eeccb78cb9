"""Honours as they stand in the table."""

from datetime import date
from typing import Any
from uuid import UUID

from models.enums import HonorLevel
from models.honor import Honor
from tests.conftest import District

STAR: dict[str, Any] = {
    "title": "2026年度实干之星",
    "awarded_by": "中共云岭镇委员会",
    "level": HonorLevel.town,
    "awarded_on": date(2026, 6, 28),
}


def keep_honor(district: District, code: str, member_id: UUID | None = None, **told: Any) -> UUID:
    """An honour of a member of the organisation of that code, or of that organisation; `told` is how it stands."""
    with district.work() as work:
        honor = Honor(**STAR | told, organization_id=district.ids[code], member_id=member_id)
        work.add(honor)
        return honor.id
