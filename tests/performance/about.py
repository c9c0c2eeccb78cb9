"""What is done here about another person."""

from tests.access.person import WHY, Do, Person
from tests.conftest import Caller
from tests.performance.scores.kept import YEAR, keep_appeal, keep_entry
from tests.pledges.kept import somebody

WRITTEN = {"year": YEAR, "section": "base", "points": 0.5, "happened_on": f"{YEAR}-01-01"} | WHY


def his_entry(by: Caller, one: Person) -> str:
    """An entry about somebody that the caller has made."""
    return f"/v1/scores/entries/{keep_entry(one.district, 'B11', one.holder.member_id, by.account_id)}"


def his_appeal(one: Person) -> str:
    """An appeal of somebody against what nobody in particular has entered."""
    entry_id = keep_entry(one.district, "B11", one.holder.member_id, somebody(one.district))
    return f"/v1/appeals/{keep_appeal(one.district, 'B11', entry_id)}"


OPERATIONS: dict[str, Do] = {
    "create_score_entry": lambda by, one: by.post("/v1/scores/entries", json=WRITTEN | {"member_id": str(one.holder.member_id)}),
    "reverse_score_entry": lambda by, one: by.post(f"{his_entry(by, one)}/reverse", json=WHY),
    "decide_appeal": lambda by, one: by.post(f"{his_appeal(one)}/decide", json={"decision": "refused"} | WHY),
}
