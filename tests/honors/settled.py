from collections.abc import Mapping
from uuid import UUID

from api.database import Work
from models.honor import Honor
from tests.honors.kept import STAR


def settle(work: Work, ids: Mapping[str, UUID]) -> dict[str, UUID]:
    honor = Honor(**STAR, organization_id=ids["organization_id"], member_id=ids["member_id"])
    work.add(honor)
    work.flush()
    return {"honor_id": honor.id}
