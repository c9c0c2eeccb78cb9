from typing import Any

import pytest
from fastapi.testclient import TestClient

from models.enums import Role
from tests import witness
from tests.conftest import District
from tests.witness import CALLED, SHOWN, WRITTEN, Answered, Wrote, uncalled, unnamed, unproved, unrecorded, unshown


def test_an_operation_that_asks_the_database_is_to_succeed_on_each_engine() -> None:
    called = {("a", "sqlite"), ("a", "postgresql"), ("b", "sqlite"), ("b", ""), ("c", "")}
    assert uncalled({"a", "b", "c", "d"}, ("sqlite", "postgresql"), called) == ["b (postgresql)", "d"]


def test_whether_an_operation_asks_the_database_is_seen_when_it_does(client: TestClient, engine: str) -> None:
    client.get("/livez")
    client.get("/readyz")
    assert ("livez", "") in CALLED
    assert ("livez", engine) not in CALLED
    assert ("readyz", engine) in CALLED


def test_what_is_made_is_to_be_shown_where_its_answer_says(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    body = {"code": "B13", "name": "第三党支部", "kind": "branch", "parent_id": str(district.ids["V1"])}
    SHOWN.discard("create_organization")
    made = officer.post("/v1/organizations", json=body)
    officer.get("/v1/organizations")
    assert "create_organization" in unshown()
    officer.get(made.headers["Location"])
    assert "create_organization" not in unshown()


def test_a_member_of_a_problem_that_the_document_does_not_describe_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def answered(*members: str) -> dict[Answered, str]:
        named: dict[str, Any] = {"code": "not_in_this_state", "rules": (), "headers": ()}
        return {Answered("claim_pledge", 409, "application/problem+json", members=members, **named): "a test"}

    monkeypatch.setattr(witness, "ANSWERED", answered("code", "needs", "state"))
    assert list(unnamed()) == []
    monkeypatch.setattr(witness, "ANSWERED", answered("code", "colour"))
    assert list(unnamed()) == ["claim_pledge 409: the document does not name the members colour (a test)"]


@pytest.mark.engine("sqlite")
def test_what_gives_roles_or_opens_accounts_is_to_ask_for_a_fresh_proof() -> None:
    good = [
        Wrote("restore_member", 200, ("account",), ("restore_member", "enable_account")),
        Wrote("accept_transfer", 200, ("role_grant",), ("accept_transfer", "move_account", "end_grant", "grant_role")),
        Wrote("confirm_member", 200, ("member",), ("confirm_member",)),
    ]
    bad = [
        Wrote("confirm_member", 200, ("account",), ("confirm_member", "enable_account")),
        Wrote("update_organization", 200, ("role_grant",), ("update_organization", "grant_role")),
    ]
    found = list(unproved(dict.fromkeys([*good, *bad], "a test")))
    assert [line.partition(" ")[0] for line in found] == ["confirm_member", "update_organization"]


def test_what_an_operation_writes_the_trail_is_to_tell_by_its_name(district: District) -> None:
    good = [
        Wrote("submit_pledge", 200, ("audit_line", "pledge"), ("submit_pledge",)),
        Wrote("approve_pledges", 200, ("audit_line", "pledge"), ("approve_pledge",)),
        Wrote("send_report", 303, ("audit_line", "complaint"), ("report_misuse",)),
        Wrote("show_status_list", 200, ("status_list",), ()),
    ]
    bad = [
        Wrote("submit_pledge", 200, ("pledge",), ()),
        Wrote("submit_pledge", 200, ("audit_line", "pledge"), ("send_pledge",)),
        Wrote("send_report", 303, ("complaint",), ()),
    ]
    found = list(unrecorded(dict.fromkeys([*good, *bad], "a test")))
    assert len(found) == len(bad) and all('say work.record("' in line for line in found)
    officer = district.sign_in(Role.district_officer, "D")
    body = {"code": "B14", "name": "第四党支部", "kind": "branch", "parent_id": str(district.ids["V1"])}
    assert officer.post("/v1/organizations", json=body).status_code == 201
    assert Wrote("create_organization", 201, ("audit_head", "audit_line", "organization"), ("create_organization",)) in WRITTEN
