"""What others do while an import is in hand on PostgreSQL, which holds the branches that it names and whom it has changed."""

import io
from collections.abc import Iterator
from datetime import date
from threading import Thread
from time import sleep
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from api.members import service
from api.members.roster.reading import read_roster
from models.card import Card
from models.enums import CardState, Role
from models.member import Member
from tests.conftest import Caller, District
from tests.outcomes import stored
from tests.sheets import open_sheet
from tests.verification.holders import Holder, hold

ON_ENGINES = ("postgresql",)


@pytest.fixture
def holder(district: District) -> Holder:
    return hold(district.house, district.ids["B11"])


@pytest.fixture
def phone(district: District, holder: Holder) -> Caller:
    return district.sign_in(Role.member, "B11", member_id=holder.member_id)


@pytest.fixture
def in_hand(district: District, holder: Holder) -> Iterator[None]:
    """An import that has changed the holder, and is not done."""
    of_him = stored(district, Member, holder.member_id)
    row = f"{of_him.full_name},{of_him.joined_on},上塘村第一党支部,13900000000"
    file = io.BytesIO(f"姓名,入党时间,所在支部,联系电话\n{row}\n".encode())
    with district.work() as work:
        roster = service.read_ahead(read_roster(open_sheet(file), today=date(2026, 6, 1), zone=ZoneInfo("Asia/Shanghai")))
        skip = service.OnError.skip
        done = service.import_members(work, None, roster, district.house.cipher, dry_run=False, on_error=skip)
        assert done.updated == 1, done
        yield


def give(caller: Caller, district: District) -> Any:
    body = {"account_id": district.sign_in(None, "B11").account_id, "role": "deputy", "organization_id": str(district.ids["B11"])}
    return caller.post("/v1/grants", json=body)


def test_a_lost_card_is_reported_and_a_role_given_while_an_import_is_in_hand(
    district: District, phone: Caller, holder: Holder, in_hand: None
) -> None:
    assert phone.post("/v1/cards/mine/report-lost").status_code == 200
    assert stored(district, Card, holder.card_id).state is CardState.suspended
    secretary = district.sign_in(Role.secretary, "B11")
    assert give(secretary, district).status_code == 201


def test_of_a_card_that_is_replaced_just_then_it_is_the_new_one_that_is_lost(
    district: District, phone: Caller, holder: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    town, answers = district.sign_in(Role.town_officer, "T1"), list[Any]()
    report = Thread(target=lambda: answers.append(phone.post("/v1/cards/mine/report-lost")))
    write_lines = district.house.database._before_commit
    waiting = [report]

    def write_lines_later(work: Any) -> None:
        if waiting:
            waiting.pop().start()
            sleep(0.5)
        write_lines(work)

    monkeypatch.setattr(district.house.database, "_before_commit", write_lines_later)
    new = town.post(f"/v1/cards/{holder.card_id}/reissue", json={"reason": "损坏"}).json()
    report.join()
    assert (answers[0].status_code, answers[0].json()["id"]) == (200, new["id"]), answers[0].text
    assert stored(district, Card, UUID(new["id"])).state is CardState.suspended
    assert stored(district, Card, holder.card_id).state is CardState.revoked
