"""Transfers are found by their indexes: a branch's by where they lead from and to, and those that have lapsed by their state."""

from uuid import UUID

import pytest

from api.access.permissions import Permission
from api.access.scope import Access
from api.pagination import Pages
from api.transfers.queries import Direction
from api.transfers.service import list_transfers
from models.enums import RequestState, Role
from tests.conftest import District
from tests.plans import plans

FIRST = Pages(bytes(32), "list", 50, None)


def plan_of(district: District, role: Role, code: str, state: RequestState | None, direction: Direction | None = None) -> str:
    key = UUID(district.sign_in(role, code).account_id)
    access = Access(key, key, district.ids[code], None, Permission.transfer_read, ())
    found, *_ = plans(
        district.house, "FROM transfer", lambda work: list_transfers(work, access, FIRST, state=state, direction=direction)
    )
    return found


@pytest.mark.parametrize("state", [None, *RequestState])
def test_a_branchs_transfers_are_found_by_where_they_lead_from_and_to(district: District, state: RequestState | None) -> None:
    plan = plan_of(district, Role.secretary, "B11", state)
    assert "ix_transfer_organization_id" in plan and "ix_transfer_to_organization_id" in plan


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("state", [None, *RequestState])
def test_a_branchs_transfers_one_way_are_found_by_where_they_lead(
    district: District, state: RequestState | None, direction: Direction
) -> None:
    index = {Direction.out: "ix_transfer_organization_id", Direction.into: "ix_transfer_to_organization_id"}[direction]
    plan = plan_of(district, Role.secretary, "B11", state, direction)
    assert f"{index} " in plan.replace("'", " ")


def test_transfers_of_the_district_that_have_lapsed_are_found_among_those_that_nobody_decided(district: District) -> None:
    plan = plan_of(district, Role.district_officer, "D", RequestState.lapsed)
    assert "ix_transfer_undecided" in plan
