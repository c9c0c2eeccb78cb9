from collections.abc import Mapping
from itertools import count
from uuid import UUID

from api.database import Work
from tests.appraisals.kept import add_round

# One organisation has one round of a year, and may be settled in more than once.
_YEARS = count(2000)


def settle(work: Work, ids: Mapping[str, UUID]) -> dict[str, UUID]:
    return {"appraisal_id": add_round(work, ids["organization_id"], ids["member_id"], by=ids["account_id"], year=next(_YEARS)).id}
