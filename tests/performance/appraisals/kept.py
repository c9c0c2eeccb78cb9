"""Rounds of appraisal as they stand in the tables, and asked for."""

from typing import Any
from uuid import UUID

from api.database import Work
from models.appraisal import Appraisal, AppraisalItem
from models.appraisal_enums import AppraisalState
from tests.clock import district_day
from tests.conftest import Caller, District

URL = "/v1/appraisals"
YEAR = district_day().year
NO_VOTES = {"excellent": 0, "qualified": 0, "basically_qualified": 0, "unqualified": 0, "abstained": 0}


def add_round(work: Work, organization_id: UUID, member_id: UUID, **content: Any) -> Appraisal:
    """A closed round with an item of one member that has a grade, or, as `content` says, another."""
    account_id = content.pop("by")
    closed = {"state": AppraisalState.closed, "closed_by": account_id, "closed_at": work.at}
    appraisal = Appraisal(organization_id=organization_id, **{"year": YEAR} | closed | content)
    work.add(appraisal)
    work.flush()
    work.add(AppraisalItem(appraisal_id=appraisal.id, member_id=member_id, is_graded=False))
    work.flush()
    return appraisal


def begin(caller: Caller, district: District, code: str = "B11", year: int = YEAR) -> Any:
    return caller.post(URL, json={"organization_id": str(district.ids[code]), "year": year})


def begun(caller: Caller, district: District, code: str = "B11", year: int = YEAR) -> str:
    """The address of a round that is begun now."""
    answer = begin(caller, district, code, year)
    assert answer.status_code == 201, answer.text
    return f"{URL}/{answer.json()['id']}"


def votes(member_id: UUID | str, **counts: int) -> dict[str, Any]:
    return {"member_id": str(member_id), **NO_VOTES, **counts}


def meet(caller: Caller, url: str, present: int, *items: dict[str, Any], **more: Any) -> Any:
    body = {"held_on": district_day().isoformat(), "present": present, "items": list(items)}
    return caller.post(f"{url}/votes", json=body | more)


def decide(caller: Caller, url: str, *decided: tuple[Any, ...], **more: Any) -> Any:
    """Give grades: each decision names a member, a grade, and a comment if there is one."""
    items = [dict(zip(("member_id", "grade", "comment"), (str(key), *told), strict=False)) for key, *told in decided]
    return caller.post(f"{url}/decisions", json={"items": items}, **more)


def close(caller: Caller, url: str, remarks: str | None = None) -> Any:
    return caller.post(f"{url}/close", json={} if remarks is None else {"remarks": remarks})
