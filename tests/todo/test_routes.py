from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy import event
from sqlmodel import col, select

from api.access.permissions import PERMISSIONS, Permission
from api.access.scope import Access, Granted, living_grants
from api.app import TODO
from api.corrections.proposal import seal
from api.database import Origin
from api.errors import Text
from api.todo import service
from api.todo.service import LONGEST, Item, Source, Waiting
from models.account import Account
from models.correction import CorrectionRequest
from models.enums import MemberStatus, Role
from models.member import Member
from models.transfer import Transfer
from tests.conftest import IDS, Caller, District

URL = "/v1/todo"
NOTHING = {"total": 0, "counts": {}, "counts_capped": [], "items": []}
TODAY = date(2026, 11, 24)
MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
PLACES = {
    Role.member: "B11",
    Role.deputy: "B11",
    Role.secretary: "B11",
    Role.town_officer: "T1",
    Role.district_officer: "D",
    Role.administrator: "D",
    Role.auditor: "D",
}


def item(hours: int, due_on: date | None = None, text: Text = Text("请决定。", "Please decide.")) -> Item:
    """Something that has waited for so many hours."""
    return Item(uuid4(), IDS["B11"], text, MORNING - timedelta(hours=hours), due_on)


def registered(monkeypatch: pytest.MonkeyPatch, **waiting: Waiting) -> list[Source]:
    """Sources that have just this to tell, whoever asks."""
    monkeypatch.setattr(service, "gathered", lambda work, access, source: waiting[source.kind])
    return [Source(kind, Transfer, Permission.todo_read, lambda work, access: None, item, ()) for kind in waiting]


def waiting(kind: str, *items: Item, total: int | None = None) -> Waiting:
    return Waiting(kind, len(items) if total is None else total, is_capped=False, items=items)


def told(caller: Caller, **headers: str) -> dict[str, Any]:
    answer = caller.get(URL, headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def ask_for_corrections(district: District, code: str, count: int, name: str = "方秀兰") -> list[UUID]:
    """As many members of a branch, each with a correction that waits; the keys in the order of asking."""
    with district.work() as work:
        keys = []
        for _ in range(count):
            member = Member(
                organization_id=district.ids[code],
                full_name=name,
                joined_on=date(2001, 7, 1),
                status=MemberStatus.full,
                pledges_voluntary=True,
            )
            work.add(member)
            work.flush()
            request = CorrectionRequest(member_id=member.id, organization_id=member.organization_id, changes_sealed=b"")
            seal(request, {"job_title": "会计"}, district.house.cipher)
            work.add(request)
            work.flush()
            keys.append(request.id)
        return keys


def reach(district: District, caller: Caller) -> Access:
    with district.work() as work:
        account = work.exec(select(Account).where(col(Account.id) == UUID(caller.account_id))).one()
        granted = tuple(Granted(grant.role, grant.id) for grant in living_grants(work, account.id))
        return Access(account.id, account.id, account.organization_id, account.member_id, Permission.todo_read, granted)


def test_without_signing_in_or_without_a_role_nothing_is_told(district: District) -> None:
    assert district.client.get(URL).status_code == 401
    assert district.sign_in(None, "B11").get(URL).status_code == 403


def test_where_nothing_waits_the_list_is_empty_for_every_role(district: District) -> None:
    for role, code in PLACES.items():
        assert told(district.sign_in(role, code)) == NOTHING, role


def test_everybody_sees_only_what_waits_within_his_reach_and_is_his_to_decide(district: District) -> None:
    ask_for_corrections(district, "B11", 2)
    ask_for_corrections(district, "B21", 1)
    deciders = {(role, code) for role, code in PLACES.items() if Permission.correction_decide in PERMISSIONS[role]}
    found = {
        (role, code): told(district.sign_in(role, code))["counts"].get("correction", 0)
        for role, code in [*PLACES.items(), (Role.secretary, "B12"), (Role.secretary, "B21"), (Role.town_officer, "T2")]
    }
    assert {place for place, count in found.items() if count} == deciders | {(Role.secretary, "B21"), (Role.town_officer, "T2")}
    assert found[Role.secretary, "B11"] == found[Role.town_officer, "T1"] == 2
    assert found[Role.district_officer, "D"] == 3
    assert found[Role.secretary, "B21"] == found[Role.town_officer, "T2"] == 1


def test_a_role_that_is_taken_away_takes_its_list_along(district: District) -> None:
    ask_for_corrections(district, "B11", 1)
    caller = district.sign_in(Role.secretary, "B11")
    assert told(caller)["total"] == 1
    officer = district.sign_in(Role.district_officer, "D")
    (grant,) = officer.get("/v1/grants", params={"account_id": caller.account_id}).json()["items"]
    assert officer.delete(f"/v1/grants/{grant['id']}").status_code == 204
    assert caller.get(URL).status_code == 403


def test_each_registered_source_answers_every_role_with_what_it_promises(district: District) -> None:
    ask_for_corrections(district, "B11", 1)
    assert len({source.kind for source in TODO}) == len(TODO), "each kind has one source"
    for role, code in PLACES.items():
        access = reach(district, district.sign_in(role, code))
        with district.work() as work:
            found = [service.gathered(work, access.using(source.permission), source) for source in TODO]
            organizations = set(work.exec(access.organizations(work)).all())
        for told in found:
            assert len(told.items) == min(told.total, LONGEST), (role, told.kind)
            for one in told.items:
                assert one.organization_id in organizations, (role, told.kind)
                assert one.text.zh.endswith(("。", "？")) and one.text.en.endswith((".", "?")), told.kind


def test_a_source_changes_nothing(district: District) -> None:
    ask_for_corrections(district, "B11", 1)
    access = reach(district, district.sign_in(Role.secretary, "B11"))
    with district.work() as work:
        service.list_todo(work, access, TODO)
        assert not (work.new or work.dirty or work.deleted or work.entries)


def test_each_source_is_asked_by_one_statement_and_only_for_whoever_may_decide(district: District) -> None:
    ask_for_corrections(district, "B11", 2)
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    for role, code in PLACES.items():
        access = reach(district, district.sign_in(role, code))
        with district.house.database.reading(Origin("test")) as work:
            # Some sources have nothing for some: only who decides for the district agrees to requests, only a member has pledges.
            possible = [source.rows(work, access.using(source.permission)) for source in TODO if access.holds(source.permission)]
        with district.house.database.reading(Origin("test")) as work:
            work.connection()
            event.listen(district.house.database.engine, "before_cursor_execute", note)
            try:
                service.list_todo(work, access, TODO)
            finally:
                event.remove(district.house.database.engine, "before_cursor_execute", note)
        # The first of them has the caller's grants read, once for all; and names are read once, where anything waits; so is of whom
        # he is, by the accounts whose other hand his may be, and how many branches his town has.
        shared = (
            "SELECT role_grant.id, role_grant.role",
            "SELECT organization.id, organization.name \n",
            "SELECT account.id, organization_",
            "SELECT count(*) AS count_1 \nFROM (SELECT organization.id",
        )
        own = [one for one in asked if not one.startswith(shared) and not one.endswith(" SELECT anon_1.hand \nFROM anon_1")]
        assert len(asked) - len(own) <= len(shared) + 1, role
        assert len(own) == sum(rows is not None for rows in possible), role
        asked.clear()


def test_beyond_fifty_of_a_kind_the_rest_is_counted(district: District) -> None:
    keys = ask_for_corrections(district, "B11", LONGEST + 3)
    body = told(district.sign_in(Role.secretary, "B11"))
    assert (body["total"], body["counts"]) == (LONGEST + 3, {"correction": LONGEST + 3})
    assert [one["target_id"] for one in body["items"]] == [str(key) for key in keys[:LONGEST]], "who has waited longest is listed"


def test_beyond_a_thousand_of_a_kind_it_is_told_that_there_are_more(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    assert service.MOST_COUNTED == 1000
    monkeypatch.setattr(service, "MOST_COUNTED", LONGEST + 2)
    caller = district.sign_in(Role.secretary, "B11")
    for number, capped in ((LONGEST + 2, []), (1, ["correction"])):
        ask_for_corrections(district, "B11", number)
        body = told(caller)
        assert body["counts"] == {"correction": LONGEST + 2} and body["total"] == LONGEST + 2
        assert (body["counts_capped"], len(body["items"])) == (capped, LONGEST)


def test_what_is_due_first_stands_first_and_then_what_has_waited_longest(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, soon, later = item(1, TODAY - timedelta(days=1)), item(1, TODAY), item(9, TODAY + timedelta(days=3))
    older, newer = item(5), item(2)
    sources = registered(monkeypatch, one=waiting("one", newer, later, soon), two=waiting("two", older, late), none=waiting("none"))
    access = reach(district, district.sign_in(Role.secretary, "B11"))
    with district.house.database.reading(Origin("test", MORNING)) as work:
        found = service.list_todo(work, access, sources)
    assert [one.item for one in found.items] == [late, soon, later, older, newer]
    assert [one.kind for one in found.items] == ["two", "one", "one", "two", "one"]
    assert [one.is_overdue for one in found.items] == [True, False, False, False, False], "on its last day nothing is overdue"
    assert found.counts == {"one": 3, "two": 2}


def test_overdue_things_and_counts_are_told_in_the_language_that_is_asked_for(
    app: FastAPI, district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = item(30, date(2020, 1, 1), Text("王秀兰要转入，请接收或退回。", "王秀兰 is to be taken in; accept or refuse."))
    sources = registered(monkeypatch, transfer=waiting("transfer", late, total=61))
    monkeypatch.setattr(app.state, "todo", sources)
    caller = district.sign_in(Role.secretary, "B11")
    expected = {
        "kind": "transfer",
        "target_type": "transfer",
        "target_id": str(late.target_id),
        "organization_id": str(late.organization_id),
        "organization_name": "上塘村第一党支部",
        "text": late.text.zh,
        "since": late.since.isoformat().replace("+00:00", "Z"),
        "due_on": "2020-01-01",
        "is_overdue": True,
    }
    assert told(caller) == {"total": 61, "counts": {"transfer": 61}, "counts_capped": [], "items": [expected]}
    assert told(caller, **{"Accept-Language": "en-GB,en;q=0.9"})["items"] == [{**expected, "text": late.text.en}]


def test_what_waits_is_told_in_both_languages(district: District) -> None:
    ask_for_corrections(district, "B11", 1, "周建军")
    caller = district.sign_in(Role.secretary, "B11")
    (chinese,), (english,) = told(caller)["items"], told(caller, **{"Accept-Language": "en"})["items"]
    assert (chinese["text"], english["text"]) == (
        "周建军申请更正个人资料，请核对后采纳或退回。",
        "周建军 asks for a correction of the record; accept or refuse it.",
    )
    assert (chinese["due_on"], chinese["is_overdue"]) == (None, False)
