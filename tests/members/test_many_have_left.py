"""However many have left who are called alike: whoever enters, edits, corrects or takes somebody in asks no more for it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from models.account import Account
from models.enums import LeavingKind, MembershipEventKind, MemberStatus, Role
from models.member import Member, MembershipEvent
from tests.conftest import Caller, District
from tests.fetched import sent_in_writing
from tests.pledges.kept import keep_member
from tests.transfers.moves import decide, requested

NAME, ALMOST = "王伟", "王偉"
FEW, MANY = 3, 40

Ask = Callable[[], Any]


def leave(district: District, number: int, *recorded_by: Caller) -> None:
    """So many of the name leave, each at another moment, as some have recorded by turns."""
    with district.work() as work:
        who = [work.get_one(Account, UUID(one.account_id)).id for one in recorded_by]
        begin = max(one.created_at for one in map(lambda key: work.get_one(Account, key), who))
        for order in range(number):
            left: dict[str, Any] = {"left_kind": LeavingKind.expelled, "left_on": date(2020, 1, 1), "left_reason": "按决定办理"}
            one = Member(
                organization_id=district.ids["B11"],
                full_name=NAME if order % 2 else ALMOST,
                joined_on=date(1960, 1, 1) + timedelta(days=order),
                status=MemberStatus.left,
                **left,
            )
            work.add(one)
            event = MembershipEvent(
                member_id=one.id,
                organization_id=one.organization_id,
                kind=MembershipEventKind.left,
                happened_on=date(2020, 1, 1),
                left_kind=LeavingKind.expelled,
                recorded_by=who[order % len(who)],
            )
            event.created_at = begin + timedelta(minutes=1 + order)
            work.add(event)


def entering(caller: Caller, district: District) -> Ask:
    body = {"organization_id": str(district.ids["B11"]), "full_name": NAME, "joined_on": "1995-07-01"}
    return lambda: caller.post("/v1/members", json={**body, "confirmed_on": "1996-07-01"})


def editing(caller: Caller, district: District) -> Ask:
    key = keep_member(district, "B11")
    return lambda: caller.patch(f"/v1/members/{key}", json={"full_name": NAME}, headers={"If-Match": "*"})


def correcting(caller: Caller, district: District) -> Ask:
    member = district.sign_in(Role.member, "B11", member_id=keep_member(district, "B11"))
    asked = member.post("/v1/corrections", json={"changes": {"full_name": NAME}}).json()
    return lambda: caller.post(f"/v1/corrections/{asked['id']}/accept")


def taking_in(caller: Caller, district: District) -> Ask:
    other = district.sign_in(Role.secretary, "B12")
    key = requested(other, district, keep_member(district, "B12", NAME), "B11")
    return lambda: decide(caller, key, "accept")


def taking_back(caller: Caller, district: District) -> Ask:
    key = keep_member(district, "B11", NAME)
    caller.post(f"/v1/members/{key}/leave", json={"kind": "transferred_out", "reason": "迁出"})
    return lambda: caller.post(f"/v1/members/{key}/restore", json={"status": "full", "reason": "误登记"})


DOORS = [entering, editing, correcting, taking_in, taking_back]


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("by", ["deputy", "officer"])
@pytest.mark.parametrize("door", DOORS)
def test_no_statement_is_sent_for_each_who_has_left(district: District, door: Callable[[Caller, District], Ask], by: str) -> None:
    secretary, deputy = district.sign_in(Role.secretary, "B11"), district.sign_in(Role.deputy, "B11")
    town = district.sign_in(Role.town_officer, "T1")

    def statements(number: int) -> int:
        leave(district, number, *((deputy, secretary) if by == "deputy" else (deputy, town)))
        ask = door(secretary, district)
        with sent_in_writing(district.house) as sent:
            answer = ask()
        assert answer.status_code in ((200, 201) if by == "deputy" else (403,)), answer.text
        return len(sent)

    few = statements(FEW)
    assert statements(MANY) <= few
