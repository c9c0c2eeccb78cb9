"""Who may act about whom: one rule, asked by every operation that ends, opens or changes something of another."""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlmodel import col, delete, select

from api.access.permissions import DECIDERS, MAY_GRANT, Permission
from api.access.rules import ForTheLevelAbove, Standing, check_acting_about
from models.account import RoleGrant
from models.enums import Grade, MemberStatus, PartyPost, Role, WordsState
from models.member import Member
from models.pledge import Pledge
from models.pledge_progress import PledgeProgress
from tests.access.asking import code
from tests.authorization import NOT_ABOUT_A_PERSON, TABLE
from tests.conftest import Caller, District
from tests.files.drawings import drawn
from tests.pledges.asking import WRITTEN
from tests.pledges.kept import keep_grade, keep_pledge
from tests.routes import doors
from tests.verification.holders import Holder, hold

ANY = {"headers": {"If-Match": "*"}}
PICTURE = drawn()
WHY = {"reason": "按规定办理"}
Do = Callable[[Caller, "Person"], Any]

OWN = {Permission.own_account, Permission.own_card, Permission.own_record}
"""Whoever writes by one of these does it about himself: none of their doors takes anybody's name."""


class Person:
    """Somebody in the branch B11 with everything that can be acted about; a role may be given to his account."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.holder: Holder = hold(district.house, district.ids["B11"])
        self.account = district.sign_in(Role.member, "B11", member_id=self.holder.member_id)
        with district.work() as work:
            work.get_one(Member, self.holder.member_id).party_post = None
        asked = self.account.post("/v1/corrections", json={"changes": {"job_title": "会计"}})
        self.correction_id = asked.json()["id"]
        given = self.account.post("/v1/consents/mine", json={"kind": "photo", "text_version": version_of(self.account)})
        self.consent_id = given.json()["id"]
        self.pledge_id = keep_pledge(district, "B11", self.holder.member_id)
        rating: dict[str, Any] = {"words_sealed": b"-", "words_state": WordsState.held}
        self.rating = f"/v1/evaluations/{keep_grade(district, self.pledge_id, Grade.average, **rating)}"
        with district.work() as work:
            progress = PledgeProgress(pledge_id=self.pledge_id, happened_on=work.today, note="走访了两户。")
            work.add(progress)
            self.progress_id = progress.id
        self.pledge = f"/v1/pledges/{self.pledge_id}"
        self.member, self.card = f"/v1/members/{self.holder.member_id}", f"/v1/cards/{self.holder.card_id}"

    def holds(self, role: Role, place: str) -> None:
        with self.district.work() as work:
            account_id = UUID(self.account.account_id)
            work.add(RoleGrant(account_id=account_id, role=role, organization_id=self.district.ids[place]))

    def holds_only(self, role: Role, place: str) -> None:
        """Beside that of a member."""
        with self.district.work() as work:
            mine = (col(RoleGrant.account_id) == UUID(self.account.account_id), col(RoleGrant.role) != Role.member)
            work.execute(delete(RoleGrant).where(*mine))
        self.holds(role, place)

    def grant_id(self) -> UUID:
        with self.district.work() as work:
            query = select(RoleGrant.id).where(col(RoleGrant.account_id) == UUID(self.account.account_id))
            return UUID(str(work.exec(query.order_by(col(RoleGrant.id))).first()))

    def becomes(self, **content: Any) -> None:
        with self.district.work() as work:
            for name, value in content.items():
                setattr(work.get_one(Member, self.holder.member_id), name, value)


def grant(caller: Caller, person: Person) -> Any:
    place = str(person.district.ids["B11"])
    return caller.post("/v1/grants", json={"account_id": person.account.account_id, "role": "deputy", "organization_id": place})


def transfer(caller: Caller, person: Person) -> Any:
    body = {"member_id": str(person.holder.member_id), "to_organization_id": str(person.district.ids["B12"]), **WHY}
    return caller.post("/v1/transfers", json=body)


def consent(caller: Caller, person: Person) -> Any:
    text = {"kind": "photo", "text_version": version_of(person.account)}
    return caller.post("/v1/consents", json={"member_id": str(person.holder.member_id), **text})


def version_of(caller: Caller) -> str:
    texts = caller.get("/v1/consents/texts").json()["items"]
    return next(str(text["version"]) for text in texts if text["kind"] == "photo")


def restore(caller: Caller, person: Person) -> Any:
    person.becomes(status=MemberStatus.left, left_on=date(2020, 1, 1), left_kind="withdrew")
    answer = caller.post(f"{person.member}/restore", json={**WHY, "status": "full"})
    person.becomes(status=MemberStatus.full, left_on=None, left_kind=None)
    return answer


def end_term(caller: Caller, person: Person) -> Any:
    """The term of the committee that somebody belongs to dates his card."""
    person.becomes(party_post=PartyPost.secretary)
    ends_on = date.today() + timedelta(days=100)
    return caller.patch(f"/v1/organizations/{person.district.ids['B11']}", json={"term_ends_on": ends_on.isoformat()}, **ANY)


def told(answer: Any) -> str:
    """Why something was refused, alone or among many."""
    body: dict[str, Any] = answer.json()
    return str(body["skipped"][0]["reason"] if "skipped" in body else body["code"])


def entered(do: Do) -> Do:
    """Something that whoever has entered somebody's pledge does in his place."""

    def as_enterer(caller: Caller, person: Person) -> Any:
        with person.district.work() as work:
            work.get_one(Pledge, person.pledge_id).entered_by = UUID(caller.account_id)
        return do(caller, person)

    return as_enterer


STATED = {name: WRITTEN[name] for name in ("content", "measure", "due_on", "visibility")}
OPERATIONS: dict[str, Do] = {
    "edit_member": lambda by, one: by.patch(one.member, json={"remark": "甲"}, **ANY),
    "leave_member": lambda by, one: by.post(f"{one.member}/leave", json={**WHY, "kind": "withdrew"}),
    "confirm_member": lambda by, one: by.post(f"{one.member}/confirm", json={"confirmed_on": "2020-01-01"}),
    "restore_member": restore,
    "suspend_card": lambda by, one: by.post(f"{one.card}/suspend", json=WHY),
    "resume_card": lambda by, one: by.post(f"{one.card}/resume", json=WHY),
    "revoke_card": lambda by, one: by.post(f"{one.card}/revoke", json=WHY),
    "expire_card": lambda by, one: by.post(f"{one.card}/expire", json=WHY),
    "renew_card": lambda by, one: by.post(f"{one.card}/renew", json=WHY),
    "reissue_card": lambda by, one: by.post(f"{one.card}/reissue", json=WHY),
    "make_plate": lambda by, one: by.post(f"{one.card}/plates", json={"kind": "name_badge"}),
    "withdraw_plate": lambda by, one: by.post(f"{one.card}/plates/{one.holder.plate_id}/withdraw", json=WHY),
    "replace_plate": lambda by, one: by.post(f"{one.card}/plates/{one.holder.plate_id}/replace", json=WHY),
    "edit_organization": end_term,
    "create_pledge": lambda by, one: by.post("/v1/pledges", json=WRITTEN | {"member_id": str(one.holder.member_id)}),
    "edit_pledge": entered(lambda by, one: by.patch(one.pledge, json={"weight": 2}, **ANY)),
    "delete_pledge": entered(lambda by, one: by.delete(one.pledge)),
    "submit_pledge": entered(lambda by, one: by.post(f"{one.pledge}/submit")),
    "amend_pledge": entered(lambda by, one: by.post(f"{one.pledge}/amend", json=STATED | WHY)),
    "claim_pledge": entered(lambda by, one: by.post(f"{one.pledge}/claim", json={"outcome": "fulfilled", "note": "见台账。"})),
    "withdraw_pledge": entered(lambda by, one: by.post(f"{one.pledge}/withdraw", json=WHY)),
    "add_progress": entered(lambda by, one: by.post(f"{one.pledge}/progress", json={"note": "走访了两户。"})),
    "withdraw_progress": entered(lambda by, one: by.post(f"{one.pledge}/progress/{one.progress_id}/withdraw", json=WHY)),
    "approve_pledge": lambda by, one: by.post(f"{one.pledge}/approve", json={}),
    "approve_pledges": lambda by, one: by.post("/v1/pledges/approve", json={"ids": [str(one.pledge_id)]}),
    "return_pledge": lambda by, one: by.post(f"{one.pledge}/return", json=WHY),
    "publish_pledge": lambda by, one: by.post(f"{one.pledge}/publish"),
    "publish_pledges": lambda by, one: by.post("/v1/pledges/publish", json={"ids": [str(one.pledge_id)]}),
    "confirm_pledge": lambda by, one: by.post(f"{one.pledge}/confirm"),
    "refuse_claim": lambda by, one: by.post(f"{one.pledge}/refuse-claim", json=WHY),
    "exempt_pledge": lambda by, one: by.post(f"{one.pledge}/exempt", json=WHY),
    "fail_pledge": lambda by, one: by.post(f"{one.pledge}/fail", json=WHY),
    "reopen_pledge": lambda by, one: by.post(f"{one.pledge}/reopen", json=WHY),
    "publish_progress": lambda by, one: by.post("/v1/pledges/progress/publish", json={"ids": [str(one.progress_id)]}),
    "evaluate_pledge": lambda by, one: by.post(f"{one.pledge}/evaluations", json={"source": "organization", "grade": "average"}),
    "show_words": lambda by, one: by.post(f"{one.rating}/show"),
    "hide_words": lambda by, one: by.post(f"{one.rating}/hide", json=WHY),
    "void_evaluation": lambda by, one: by.post(f"{one.rating}/void", json=WHY),
    "disable_account": lambda by, one: by.post(f"/v1/accounts/{one.account.account_id}/disable"),
    "enable_account": lambda by, one: by.post(f"/v1/accounts/{one.account.account_id}/enable"),
    "renew_slip": lambda by, one: by.post(f"/v1/accounts/{one.account.account_id}/slip"),
    "grant_role": grant,
    "end_grant": lambda by, one: by.delete(f"/v1/grants/{one.grant_id()}"),
    "accept_correction": lambda by, one: by.post(f"/v1/corrections/{one.correction_id}/accept"),
    "refuse_correction": lambda by, one: by.post(f"/v1/corrections/{one.correction_id}/refuse", json=WHY),
    "request_transfer": transfer,
    "record_consent": consent,
    "withdraw_consent": lambda by, one: by.post(f"/v1/consents/{one.consent_id}/withdraw"),
    "set_member_photo": lambda by, one: by.post(f"/v1/photos/{one.holder.member_id}", files={"file": ("a.png", PICTURE)}),
    "remove_member_photo": lambda by, one: by.delete(f"/v1/photos/{one.holder.member_id}"),
}


def test_every_operation_about_another_is_tried(app: FastAPI) -> None:
    names = {door.name for door in doors(app) if set(door.permissions) - OWN and door.method != "GET"}
    assert names == OPERATIONS.keys() | NOT_ABOUT_A_PERSON.keys()


ABOVE: dict[Role, tuple[str, tuple[tuple[Role, str], ...]]] = {
    Role.deputy: ("B11", ((Role.deputy, "B11"), (Role.secretary, "V1"))),
    Role.secretary: ("B11", ((Role.secretary, "B11"), (Role.administrator, "D"))),
    Role.town_officer: ("T1", ((Role.town_officer, "T1"), (Role.auditor, "T1"))),
    Role.administrator: ("D", ((Role.deputy, "B11"), (Role.town_officer, "T1"))),
    Role.district_officer: ("D", ()),
}
"""By role and place, some who hold as much there, or more, or what it does not give out."""


HIS_OWN = {
    *("create_pledge", "edit_pledge", "delete_pledge", "submit_pledge", "amend_pledge", "claim_pledge"),
    *("add_progress", "withdraw_progress"),
}
"""What everybody does about himself."""
UNTOLD = {"show_words", "hide_words", "void_evaluation"}
"""Of what it is about, nobody learns that it is there while it is about himself."""


def about_oneself(operation: str) -> str:
    return "not_found" if operation in UNTOLD else "about_oneself"


def asked(role: Role) -> list[str]:
    """The operations about another that a role may ask for."""
    return [operation for operation in OPERATIONS if role in TABLE[operation]]


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("role", ABOVE)
def test_nobody_acts_about_himself_his_equals_or_those_above(district: District, role: Role) -> None:
    place, above = ABOVE[role]
    one, caller = Person(district), district.sign_in(role, place)
    for held in above:
        one.holds_only(*held)
        for operation in asked(role):
            takes_two = operation == "renew_slip" and held[0] in DECIDERS and role not in DECIDERS
            expected = "district_role_needed" if takes_two else "for_the_level_above"
            assert told(OPERATIONS[operation](caller, one)) == expected, (operation, held)
    one.holds_only(role, place)
    for operation in asked(role):
        if operation not in HIS_OWN:
            assert told(OPERATIONS[operation](one.account, one)) == about_oneself(operation), operation


@pytest.mark.parametrize("operation", ["edit_member", "leave_member", "suspend_card", "disable_account", "grant_role"])
def test_what_a_secretary_may_not_do_the_level_above_does(district: District, operation: str) -> None:
    one = Person(district)
    one.holds(Role.deputy, "B11") if operation == "grant_role" else one.holds(Role.secretary, "B11")
    assert OPERATIONS[operation](district.sign_in(Role.town_officer, "T1"), one).status_code in (200, 201)


def test_about_one_who_decides_for_the_district_another_decides_whatever_else_he_holds(district: District) -> None:
    one = Person(district)
    one.holds(Role.district_officer, "D")
    one.holds(Role.secretary, "B11")
    assert code(OPERATIONS["leave_member"](district.sign_in(Role.town_officer, "T1"), one), 403) == "for_the_level_above"
    assert OPERATIONS["leave_member"](district.sign_in(Role.district_officer, "D"), one).status_code == 200


def test_an_import_leaves_the_rows_of_equals_as_they_are_and_says_so(district: District) -> None:
    one = Person(district)
    one.holds(Role.secretary, "B11")
    with district.work() as work:
        work.get_one(Member, one.holder.member_id).full_name = "钱多多"
    sheet = "姓名,入党日期,转正日期,所在支部,备注\n钱多多,1995-07-01,1996-07-01,上塘村第一党支部,改了\n"
    secretary = district.sign_in(Role.secretary, "B11")
    answer = secretary.post("/v1/members/import?on_error=skip", files={"file": ("roster.csv", sheet.encode())})
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["rejected"]
    assert row["rule"] == "for_the_level_above"
    with district.work() as work:
        assert work.get_one(Member, one.holder.member_id).remark is None


PLACES = ("d/", "d/t/", "d/t/b/", "d/u/")
ROLES_THERE = [Standing(role, path) for role, path in product(Role, PLACES)]


def test_the_rule_agrees_with_its_sentence() -> None:
    """A second writing of the rule, for one role each: above the other's place a role that gives his out, and not the same there;
    at the root another decider."""
    for actor, subject in product(ROLES_THERE, repeat=2):
        if subject.role in (Role.administrator, Role.district_officer, Role.auditor):
            may = actor.role in (Role.administrator, Role.district_officer)
        elif subject.role is Role.member:
            may = True
        else:
            covers = subject.path[: len(actor.path)] == actor.path
            may = covers and subject.role in MAY_GRANT[actor.role] and (actor.role, actor.path) != (subject.role, subject.path)
        try:
            check_acting_about([actor], [subject])
        except ForTheLevelAbove:
            assert not may, (actor, subject)
        else:
            assert may, (actor, subject)
