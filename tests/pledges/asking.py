"""A branch with people in it, and how they ask."""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from api.building import PROFILES
from api.database import Work
from api.pledges.rules import ROLLED_UP
from api.profiles.service import mend_profiles
from models.audit import AuditLine
from models.enums import Role
from models.member import Member
from models.pledge import Pledge
from models.profile import Profile
from tests.clock import district_day
from tests.conftest import Caller, District
from tests.pledges.kept import keep_member

URL = "/v1/pledges"
YEAR = datetime.now(UTC).year
WHY = {"reason": "情况说明见支部记录"}
CONTENT, MEASURE = "每月入户走访困难群众两户。", "全年不少于24户次。"
WRITTEN: dict[str, Any] = {
    "kind": "annual",
    "category": "service",
    "content": CONTENT,
    "measure": MEASURE,
    "due_on": f"{YEAR}-12-31",
    "visibility": "public",
}
CHECKED = {"secrecy_checked": True}
OPEN_VOTE = {"held_on": f"{YEAR}-01-01", "votes_for": 6, "votes_against": 1, "votes_abstained": 1}
MEETING = {**OPEN_VOTE, "eligible": 10}
AMENDED = {"content": "每月入户走访困难群众三户。", "measure": MEASURE, "due_on": f"{YEAR}-12-30", "visibility": "public", **WHY}
REVIEWED = ("approve", "publish")


@dataclass
class People:
    """Two members of B11, its secretary who is one too, its deputy, and the officers above."""

    district: District
    member: Caller
    member_id: UUID
    other: Caller
    secretary: Caller
    deputy: Caller
    village: Caller
    officer: Caller


def people(district: District) -> People:
    ids = [keep_member(district, "B11", name) for name in ("方秀兰", "陈晓梅", "周明", "吴海")]
    roles = (Role.member, Role.member, Role.secretary, Role.deputy)
    member, other, secretary, deputy = (district.sign_in(role, "B11", member_id=key) for role, key in zip(roles, ids, strict=True))
    village, officer = district.sign_in(Role.secretary, "V1"), district.sign_in(Role.town_officer, "T1")
    return People(district, member, ids[0], other, secretary, deputy, village, officer)


def do(caller: Caller, key: str, verb: str, body: dict[str, Any] | None = None, **more: Any) -> Any:
    return caller.post(f"{URL}/{key}/{verb}", json=body, **more) if body is not None else caller.post(f"{URL}/{key}/{verb}", **more)


def done(caller: Caller, key: str, verb: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = do(caller, key, verb, body)
    assert answer.status_code in (200, 201), answer.text
    told: dict[str, Any] = answer.json()
    return told


def drafted(caller: Caller, **content: Any) -> str:
    answer = caller.post(URL, json=WRITTEN | content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def submitted(caller: Caller, **content: Any) -> str:
    key = drafted(caller, **content)
    done(caller, key, "submit")
    return key


def published(author: Caller, reviewer: Caller, vote: dict[str, Any] | None = None, **content: Any) -> str:
    key = submitted(author, **content)
    done(reviewer, key, "approve", {**CHECKED, "vote": vote})
    done(reviewer, key, "publish")
    return key


def claimed(author: Caller, reviewer: Caller, outcome: str = "fulfilled", **content: Any) -> str:
    key = published(author, reviewer, **content)
    done(author, key, "claim", {"outcome": outcome, "note": "见台账。"})
    return key


def shown(caller: Caller, key: str) -> dict[str, Any]:
    answer = caller.get(f"{URL}/{key}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def stored(district: District, key: str) -> Pledge:
    """A pledge as it is kept, with what any pledge sums up of those below it as it is when they are counted."""
    with district.work() as work:
        check_sums(work)
        row: Pledge = work.get_one(Pledge, UUID(key))
        return row


def check_sums(work: Work) -> None:
    counted: dict[UUID, Counter[str]] = {}
    pledges = work.exec(select(Pledge)).all()
    for one in pledges:
        if one.parent_id is not None and one.state in ROLLED_UP:
            counted.setdefault(one.parent_id, Counter()).update(weight=one.weight, points=one.weight * one.percent)
    for one in pledges:
        sums = counted.get(one.id, Counter())
        assert (one.weight_below, one.points_below) == (sums["weight"], sums["points"]), one.id


def put(district: District, key: str, **values: Any) -> None:
    """Let a stored pledge be otherwise, as time would make it."""
    with district.work() as work:
        row = work.get_one(Pledge, UUID(key))
        for name, value in values.items():
            setattr(row, name, value)


def lines(district: District, action: str) -> int:
    with district.work() as work:
        return len(work.exec(select(AuditLine).where(col(AuditLine.action) == action)).all())


def on_card(district: District, member_id: UUID) -> list[str]:
    """The pledges that the profile of a member holds, by their keys; every profile is what the rooms say."""
    with district.work() as work:
        assert mend_profiles(work, PROFILES) == 0
        row = work.get(Profile, member_id)
        return [entry["id"] for entry in (row.pledges or [])] if row else []


def made_secretary(district: District, member_id: UUID) -> None:
    with district.work() as work:
        work.get_one(Member, member_id).party_post = "secretary"


def past(days: int = 1) -> date:
    """A day of this year that is over, or the last one of the year before."""
    today = district_day()
    return date.fromordinal(today.toordinal() - days)
