"""A kept answer is given anew only while nothing has changed by which whoever asked might not be told it now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select, update

from models.account import RoleGrant
from models.enums import Role
from models.erasure import Erasure
from models.erasure_enums import ErasureGround
from models.idempotency import IdempotentRequest
from models.transfer import Transfer
from tests.access.asking import code
from tests.accounts.people import enrol
from tests.conftest import Caller, District
from tests.transfers.moves import WHY, decide, requested

KEY = {"Idempotency-Key": "once"}
NAME = "秦红梅"


@dataclass
class Scene:
    """A secretary of B11 decides about what 秦红梅 has asked for, whose name he reads as a deputy of V1: she belongs to B12."""

    district: District
    decider: Caller
    chief: Caller
    member_id: UUID
    transfer_id: str

    def send(self, caller: Caller | None = None) -> Any:
        return (caller or self.decider).post(f"/v1/transfers/{self.transfer_id}/withdraw", json=WHY, headers=KEY)

    def move(self, *places: str, member_id: UUID | None = None) -> None:
        for place in places:
            moving = requested(self.chief, self.district, member_id or self.member_id, place)
            assert decide(self.chief, moving, "accept").status_code == 200

    def grant(self, role: Role, place: str) -> UUID:
        with self.district.work() as work:
            given = RoleGrant(
                account_id=UUID(self.decider.account_id), role=role, organization_id=self.district.ids[place], granted_by=None
            )
            work.add(given)
            return given.id

    def before(self, minutes: int) -> datetime:
        """So long before the head of what was asked."""
        with self.district.work() as work:
            asked: datetime = work.exec(select(IdempotentRequest.created_at)).one()
            return asked - timedelta(minutes=minutes)


@pytest.fixture
def scene(district: District) -> Scene:
    (member_id,), (other,) = enrol(district, "B12", NAME), enrol(district, "B11", "王秀英")
    secretary = district.sign_in(Role.secretary, "B11", member_id=member_id)
    chief = district.sign_in(Role.district_officer, "D")
    decider = district.sign_in(Role.secretary, "B11")
    scene = Scene(district, decider, chief, member_id, requested(secretary, district, other, "B21"))
    scene.grant(Role.deputy, "V1")
    return scene


def _moved(scene: Scene) -> None:
    scene.move("B21")


def _moved_in_two_steps(scene: Scene) -> None:
    scene.move("B11", "B21")


def _moved_with_the_branch(scene: Scene) -> None:
    ids = scene.district.ids
    moved = scene.chief.post(f"/v1/organizations/{ids['B12']}/move", json={"parent_id": str(ids["V2"])}, headers={"If-Match": "*"})
    assert moved.status_code == 200, moved.text


def _moved_from_a_head_before(scene: Scene) -> None:
    _moved(scene)
    _head_of_moves(scene, 14)


def _head_of_moves(scene: Scene, minutes: int) -> None:
    with scene.district.work() as work:
        work.exec(update(Transfer).where(col(Transfer.decided_at).is_not(None)).values(decided_at=scene.before(minutes)))


def _erased(scene: Scene, minutes: int = 0, ground: ErasureGround = ErasureGround.asked_for) -> None:
    """As by an erasure that began so long before, and did not find the answer, which was being made."""
    moment = scene.before(minutes)
    with scene.district.work() as work:
        row = Erasure(person_digest="-", erased_on=work.today, ground=ground)
        work.add(row)
        work.flush()
        work.exec(update(Erasure).values(created_at=moment))


def _given_a_role(scene: Scene) -> None:
    scene.grant(Role.secretary, "B21")


def _without_a_role(scene: Scene) -> None:
    with scene.district.work() as work:
        work.exec(update(RoleGrant).where(col(RoleGrant.role) == Role.deputy).values(ended_at=work.at))


CHANGES: dict[str, Callable[[Scene], None]] = {
    "moved": _moved,
    "moved in two steps": _moved_in_two_steps,
    "moved with the branch": _moved_with_the_branch,
    "moved from a head before": _moved_from_a_head_before,
    "erased": _erased,
    "erased from a head before": lambda scene: _erased(scene, 14),
    "given a role": _given_a_role,
    "without a role": _without_a_role,
}


@pytest.mark.parametrize("change", CHANGES)
def test_it_is_not_given_anew_once_anything_has_changed_by_which_it_might_not_be_told(scene: Scene, change: str) -> None:
    first = scene.send()
    assert (first.status_code, first.json()["requested_by_name"]) == (200, NAME)
    assert scene.send().content == first.content
    CHANGES[change](scene)
    again = scene.send()
    assert code(again, 403) == "answer_not_shown" and NAME not in again.text


def test_it_is_given_anew_in_its_session_alone(scene: Scene) -> None:
    assert scene.send().status_code == 200
    assert code(scene.send(scene.district.sign_in_as(scene.decider.username)), 403) == "answer_not_shown"
    assert scene.send().headers["Idempotent-Replayed"] == "true"


def _moved_elsewhere(scene: Scene) -> None:
    (other,) = enrol(scene.district, "B21", "李爱珍")
    scene.move("B22", member_id=other)


def _founded(scene: Scene) -> None:
    body = {"code": "NEW-1", "name": "新建党支部", "kind": "branch", "parent_id": str(scene.district.ids["V1"])}
    assert scene.chief.post("/v1/organizations", json=body).status_code == 201


def _moved_long_before(scene: Scene) -> None:
    _moved(scene)
    _head_of_moves(scene, 16)


UNCHANGED: dict[str, Callable[[Scene], None]] = {
    "moved within reach": lambda scene: scene.move("B11"),
    "moved elsewhere": _moved_elsewhere,
    "moved long before": _moved_long_before,
    "erased long before": lambda scene: _erased(scene, 16),
    "kept long enough": lambda scene: _erased(scene, 0, ErasureGround.kept_long_enough),
    "founded": _founded,
}


@pytest.mark.parametrize("change", UNCHANGED)
def test_what_takes_nothing_from_whoever_asked_keeps_no_answer_from_him(scene: Scene, change: str) -> None:
    first = scene.send()
    UNCHANGED[change](scene)
    again = scene.send()
    assert (again.status_code, again.content) == (200, first.content), again.text


def test_what_a_second_permission_told_is_not_told_anew_without_it(district: District) -> None:
    (member_id,) = enrol(district, "B11", NAME)
    member = district.sign_in(Role.member, "B11", member_id=member_id)
    both, other = (district.sign_in(Role.administrator, "D") for _ in range(2))
    with district.work() as work:
        grant = RoleGrant(account_id=UUID(both.account_id), role=Role.district_officer, organization_id=district.ids["D"])
        work.add(grant)

    def shut() -> Any:
        return both.post(f"/v1/accounts/{member.account_id}/disable", headers=KEY)

    assert shut().json()["member_name"] == NAME and shut().headers["Idempotent-Replayed"] == "true"
    assert other.delete(f"/v1/grants/{grant.id}").status_code == 204
    assert code(shut(), 403) == "answer_not_shown"


def test_a_move_itself_is_answered_anew_to_who_has_accepted_it(scene: Scene) -> None:
    moving = requested(scene.chief, scene.district, scene.member_id, "B11")
    first, again = (decide(scene.decider, moving, "accept", headers=KEY) for _ in range(2))
    assert (first.status_code, again.content, again.headers["Idempotent-Replayed"]) == (200, first.content, "true")


@pytest.mark.parametrize(("role", "where", "status"), [(Role.district_officer, "D", 200), (Role.town_officer, "T1", 403)])
def test_what_changes_whom_its_caller_reaches_is_answered_once(district: District, role: Role, where: str, status: int) -> None:
    caller, b12 = district.sign_in(role, where), f"/v1/organizations/{district.ids['B12']}"
    body = {"code": "V3", "name": "新村", "kind": "village", "parent_id": str(district.ids["T1"])}
    village = caller.post("/v1/organizations", json=body).json()

    def move() -> Any:
        return caller.post(f"{b12}/move", json={"parent_id": village["id"]}, headers=KEY | {"If-Match": "*"})

    assert [move().status_code, move().status_code] == [200, status]
    told = caller.get(b12).json()
    assert (told["parent_id"], told["version"]) == (village["id"], 2)
