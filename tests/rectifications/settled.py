from collections.abc import Mapping
from uuid import UUID

from api.database import Work
from tests.rectifications.kept import add_failure, add_inspection, only


def settle(work: Work, ids: Mapping[str, UUID]) -> dict[str, UUID]:
    inspection = add_inspection(work, ids)
    return {"inspection_id": inspection.id, "rectification_id": only(work, add_failure(work, inspection)).id}
