"""What happens in one room is told to the others: each event once, with what it has changed."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from api.app import create_app
from api.database import Followers, Origin, Work
from api.house import House
from api.members import life
from api.organizations.rules import StillHasMembers
from api.settings import Settings
from models import metadata
from models.audit import AuditLine
from models.card import Card
from models.enums import CardState, LeavingKind, MemberStatus, Role
from models.member import Member
from models.organization import Organization
from tests.access.person import Person
from tests.clock import district_day
from tests.conftest import Caller, District
from tests.transfers.moves import decide, requested
from tests.verification.holders import Holder, hold

ON_ENGINES = ("sqlite",)
STAYS: dict[str, str] = {
    column: why
    for part in sorted(Path(__file__).parent.glob("*/followers.toml"))
    for column, why in tomllib.loads(part.read_text(encoding="utf-8"))["stays"].items()
}
"""What tells of a member and stays as it is when he leaves, and why, as each room tells beside its tests."""
ANY = {"If-Match": "*"}


@pytest.fixture
def told(district: District, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """The events that the rooms have been told since it was last emptied, each with the name of whom it is about."""
    heard: list[tuple[str, Any]] = []

    def hear(event: str, work: Work, who: Any, *more: Any) -> None:
        assert not work.dirty, "the change is written before it is told"
        for one in who if isinstance(who, list) else [who]:
            heard.append((event, one.full_name if isinstance(one, Member) else one.name))

    followers = Followers(**{event.name: (partial(hear, event.name),) for event in fields(Followers)})
    monkeypatch.setattr(district.house.database, "followers", followers)
    return heard


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


def enrol(district: District, status: MemberStatus = MemberStatus.full) -> str:
    with district.work() as work:
        member = Member(organization_id=district.ids["B11"], full_name="陈晓梅", joined_on=date(2020, 3, 1), status=status)
        work.add(member)
        return str(member.id)


def test_each_event_of_a_membership_is_told_once(district: District, officer: Caller, told: list[tuple[str, Any]]) -> None:
    key = enrol(district, MemberStatus.probationary)
    confirmed = {"confirmed_on": "2021-03-01"}
    leaving = {"kind": "transferred_out", "reason": "调出"}
    back = {"status": "full", "reason": "误标记为离开"}
    for _ in range(2):
        assert officer.post(f"/v1/members/{key}/confirm", json=confirmed).status_code == 200
    assert decide(officer, requested(officer, district, key, "B12"), "accept").status_code == 200
    for _ in range(2):
        assert officer.post(f"/v1/members/{key}/leave", json=leaving).status_code == 200
    for _ in range(2):
        assert officer.post(f"/v1/members/{key}/restore", json=back).status_code == 200
    events = ["member_is_confirmed", "member_moves", "member_leaves", "member_is_restored"]
    assert told == [(event, "陈晓梅") for event in events]


def test_whatever_hangs_on_a_member_is_looked_up_as_he_leaves(district: District, officer: Caller) -> None:
    person, asked = Person(district), list[str]()
    engine = district.house.database.engine
    note = partial(_keep, asked)
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert officer.post(f"{person.member}/leave", json={"kind": "withdrew", "reason": "本人申请"}).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    for found in (found for table in metadata.sorted_tables for found in table.foreign_keys if found.column.table.name == "member"):
        table, column = found.parent.table.name, found.parent.name
        if f"{table}.{column}" in STAYS:
            continue
        looked_up = re.compile(rf"\b{table}\.{column} (?:=|IN)|^INSERT INTO {table} ")
        assert any(looked_up.search(statement) for statement in asked), (
            f"api/building.py: nobody among member_leaves asks for the rows of {table} by {column}: what becomes of them "
            "when the member leaves? If it is to stay as it is, say why in [stays] of tests/ROOM/followers.toml"
        )


def _keep(statements: list[str], _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
    statements.append(statement)


def test_each_change_of_a_post_is_told_once(district: District, officer: Caller, told: list[tuple[str, Any]]) -> None:
    person = {"organization_id": str(district.ids["B11"]), "full_name": "陈晓梅", "joined_on": "2001-07-01", "status": "full"}
    key = officer.post("/v1/members", json=person | {"party_post": "secretary"}).json()["id"]
    for _ in range(2):
        assert officer.patch(f"/v1/members/{key}", json={"party_post": "group_leader"}, headers=ANY).status_code == 200
    assert officer.patch(f"/v1/members/{key}", json={"job_title": "会计"}, headers=ANY).status_code == 200
    assert told == [("party_posts_change", "陈晓梅")] * 2
    assert decide(officer, requested(officer, district, key, "B12"), "accept").status_code == 200
    assert officer.patch(f"/v1/members/{key}", json={"party_post": "secretary"}, headers=ANY).status_code == 200
    assert officer.post(f"/v1/members/{key}/leave", json={"kind": "withdrew", "reason": "本人申请"}).status_code == 200
    # The posts come after: their profile is locked after all else that hangs on a member.
    events = ["member_moves", "party_posts_change", "party_posts_change", "member_leaves", "party_posts_change"]
    assert told[2:] == [(event, "陈晓梅") for event in events]


def test_each_event_of_an_organisation_is_told_once(district: District, officer: Caller, told: list[tuple[str, Any]]) -> None:
    url = f"/v1/organizations/{district.ids['B11']}"
    for _ in range(2):
        for change in ({"name": "上塘村第三党支部"}, {"term_ends_on": "2029-06-30"}, {"service_phone": "0574-00004321"}):
            assert officer.patch(url, json=change, headers=ANY).status_code == 200
    for _ in range(2):
        assert officer.post(f"{url}/move", json={"parent_id": str(district.ids["V2"])}).status_code == 200
    for _ in range(2):
        assert officer.post(f"{url}/close").status_code == 200
    events = ["organization_is_renamed", "term_changes", "organization_moves", "organization_closes"]
    assert told == [(event, "上塘村第三党支部") for event in events]


def test_a_room_with_something_open_there_can_end_it_or_keep_an_organisation_from_being_closed(
    district: District, officer: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(work: Work, organization: Organization) -> None:
        assert organization.closed_on is not None
        work.record("withdraw_transfer", organization)

    def refuse(work: Work, organization: Organization) -> None:
        raise StillHasMembers

    for followers, status, deeds in (((end, refuse), 409, []), ((end,), 200, ["close_organization", "withdraw_transfer"])):
        monkeypatch.setattr(district.house.database, "followers", Followers(organization_closes=followers))
        answer = officer.post(f"/v1/organizations/{district.ids['B11']}/close")
        assert answer.status_code == status, answer.text
        with district.house.database.reading(Origin("test")) as work:
            assert (work.get_one(Organization, district.ids["B11"]).closed_on is not None) == (status == 200)
            lines = work.exec(select(AuditLine.action).where(col(AuditLine.target_id) == district.ids["B11"])).all()
            assert sorted(lines) == deeds


def test_a_tree_that_is_loaded_tells_of_those_that_it_renames(
    district: District, officer: Caller, told: list[tuple[str, Any]]
) -> None:
    lines = ["编码,名称,类型,上级编码,服务电话", "B11,上塘村先锋党支部,党支部,V1,", "B12,上塘村第二党支部,党支部,V1,0574-00007777"]
    for dry_run in ("true", "false", "false"):
        files = {"file": ("organizations.csv", "\n".join(lines).encode())}
        answer = officer.post("/v1/organizations/import", params={"dry_run": dry_run}, files=files)
        assert answer.status_code == 200 and not answer.json()["rejected"], answer.text
    assert told == [("organization_is_renamed", "上塘村先锋党支部")]


@pytest.fixture
def other(settings: Settings, house: House) -> Iterator[House]:
    """A second application of this process, put together after the first, with cards that are good for another time."""
    other: House = create_app(settings.model_copy(update={"card_years": house.settings.card_years + 3})).state.house
    yield other
    other.database.close()


def test_two_applications_in_one_process_do_not_see_each_other(district: District, other: House) -> None:
    for house in (district.house, other):
        holder = hold(house, district.ids["B11"])
        with house.database.writing(Origin("test")) as work:
            member = work.get_one(Member, holder.member_id)
            life.leave(work, member, LeavingKind.transferred_out, district_day(), "调出")
        with house.database.writing(Origin("test")) as work:
            member = work.get_one(Member, holder.member_id)
            life.restore(work, member, MemberStatus.full, "误标记")
        assert card_of(house, holder).expires_on.year == district_day().year + house.settings.card_years


def card_of(house: House, holder: Holder) -> Card:
    with house.database.reading(Origin("test")) as work:
        valid = select(Card).where(col(Card.member_id) == UUID(str(holder.member_id)), col(Card.state) == CardState.valid)
        return work.exec(valid).one()
