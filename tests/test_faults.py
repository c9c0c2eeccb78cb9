"""Whatever write of a request fails, nothing of it is done, and sent again it succeeds: the work of a branch, step by step.

`make endure` lets every operation of every test's story fail in the same way.
"""

from typing import Any
from uuid import UUID

import pytest

from api.app import Application
from models.enums import Role
from tests.conftest import FAULTS, District
from tests.faults import BREACHES, Faulty
from tests.pledges.asking import CHECKED, done, submitted

KEY = {"Idempotency-Key": "once"}


def told(answer: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


@pytest.fixture
def app(app: Application) -> Application:
    if not FAULTS:
        app.layers = Faulty(app.layers, app.state.house.database)
    return app


def test_a_request_fails_wholly_at_each_of_its_writes_and_then_succeeds(app: Application, district: District) -> None:
    officer, secretary = district.sign_in(Role.town_officer, "T1"), district.sign_in(Role.secretary, "B11")
    branch = str(district.ids["B11"])
    body = {
        "organization_id": branch,
        "full_name": "王秀兰",
        "joined_on": "1995-07-01",
        "confirmed_on": "1996-07-01",
        "status": "full",
    }
    member = told(secretary.post("/v1/members", json=body, headers=KEY), 201)["id"]
    told(officer.post("/v1/cards/issue", json={"organization_id": branch}))
    (card,) = told(secretary.get(f"/v1/cards?member_id={member}"))["items"]
    told(secretary.post(f"/v1/cards/{card['id']}/plates", json={"kind": "desk_plate"}), 201)
    told(secretary.post(f"/v1/cards/{card['id']}/suspend", json={"reason": "遗失"}))
    pledge = submitted(district.sign_in(Role.member, "B11", member_id=UUID(member)))
    done(secretary, pledge, "approve", CHECKED)
    done(secretary, pledge, "publish")
    told(secretary.post(f"/v1/members/{member}/leave", json={"kind": "deceased", "reason": "按决定办理"}))
    assert BREACHES == []
