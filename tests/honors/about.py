"""What is done here about another person."""

from tests.access.person import ANY, WHY, Do, Person
from tests.honors.kept import STAR, keep_honor

WRITTEN = STAR | {"level": "town", "awarded_on": "2026-06-28"}


def his(one: Person) -> str:
    """An honour of somebody."""
    return f"/v1/honors/{keep_honor(one.district, 'B11', one.holder.member_id)}"


OPERATIONS: dict[str, Do] = {
    "create_honor": lambda by, one: by.post("/v1/honors", json=WRITTEN | {"member_id": str(one.holder.member_id)}),
    "edit_honor": lambda by, one: by.patch(his(one), json={"title": "优秀共产党员"}, **ANY),
    "withdraw_honor": lambda by, one: by.post(f"{his(one)}/withdraw", json=WHY),
}
