"""What waits is found by indexes of its own, however large the district is, for whoever it waits."""

from functools import partial
from uuid import UUID

import pytest

from api.access import scope
from api.access.permissions import Permission
from api.access.scope import Access, Granted, living_grants
from api.accounts.todo import ENDING_ROLES
from api.audit.service import list_audit_lines
from api.cards.service import list_cards
from api.cards.todo import EXPIRING_CARDS, LOST_CARDS
from api.corrections.todo import CORRECTIONS
from api.database import Work
from api.members.service import list_members
from api.members.todo import PROBATIONS
from api.organizations.todo import TELEPHONES
from api.pagination import Pages
from api.performance.appeals.todo import APPEALS
from api.posts.todo import POST_APPLICATIONS
from api.todo.service import Source, Waiting, gathered
from api.transfers.todo import TRANSFERS
from models.account import Account
from models.enums import CardState, MemberStatus, Role
from tests.conftest import Caller, District
from tests.plans import plans

PAGES = Pages(b"k" * 32, "a list", 50, None)
SOURCES = {
    "card": (LOST_CARDS, EXPIRING_CARDS),
    "member": (PROBATIONS,),
    "organization": (TELEPHONES,),
    "role_grant JOIN account": (ENDING_ROLES,),
    "correction_request": (CORRECTIONS,),
    "post_application": (POST_APPLICATIONS,),
    "appeal": (APPEALS,),
    "transfer": (TRANSFERS,),
}


def whole_access(work: Work, caller: Caller) -> Access:
    account = work.get_one(Account, UUID(caller.account_id))
    granted = tuple(Granted(grant.role, grant.id) for grant in living_grants(work, account.id))
    return Access(account.id, account.id, account.organization_id, None, Permission.todo_read, granted)


DISTRICT = {
    "lost_card": "ix_card_lost",
    "expiring_card": "ix_card_expiring",
    "probation_over": "ix_member_on_probation",
    "telephone_missing": "ix_organization_without_phone",
    "correction": "ix_correction_request_open",
    "post_application": "ix_post_application_waits_id",
    "appeal": "ix_appeal_open_id",
    "transfer": "_transfer_open",
    "cards": "ix_card_suspended",
    "members": "ix_member_probationary",
    "members_left": "ix_member_left",
}
TOWN = {
    "lost_card": "ix_card_suspended_there",
    "expiring_card": "ix_card_expiring_there",
    "probation_over": "ix_member_probationary_there",
    "cards": "ix_card_suspended_there",
    "members": "ix_member_probationary_there",
}


def found_by(district: District, role: Role, code: str) -> dict[str, str]:
    """How the database means to find what waits for somebody, and what is rare, by what it is."""
    caller = district.sign_in(role, code)
    with district.work() as work:
        access = whole_access(work, caller)

    def waiting(work: Work, source: Source) -> Waiting:
        return gathered(work, access.using(source.permission), source)

    def suspended(work: Work) -> object:
        return list_cards(work, access, PAGES, member_id=None, organization_id=None, state=CardState.suspended)

    def members(work: Work, status: MemberStatus) -> object:
        return list_members(work, access, PAGES, beginning=None, organization_id=None, status=status)

    found = {
        source.kind: plans(district.house, f"FROM {table}", partial(waiting, source=source))[0]
        for table, sources in SOURCES.items()
        for source in sources
    }
    found["cards"] = plans(district.house, "FROM card", suspended)[0]
    for what, status in (("members", MemberStatus.probationary), ("members_left", MemberStatus.left)):
        found[what] = plans(district.house, "FROM member", partial(members, status=status))[0]
    return found


def test_what_waits_in_the_district_and_what_is_rare_there_is_found_by_an_index_in_its_order(district: District) -> None:
    found = found_by(district, Role.district_officer, "D")
    for what, index in DISTRICT.items():
        assert f"{index} " in f"{found[what]} ".replace("'", " "), (what, found[what])
    # Of the roles in a test's district PostgreSQL reads all.
    assert "ix_role_grant_until" in found["ending_role"] or not district.house.database.is_sqlite


# PostgreSQL chooses by how many there are in the town and elsewhere.
@pytest.mark.engine("sqlite")
def test_what_waits_in_a_town_and_what_is_rare_there_is_found_branch_by_branch(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scope, "FEW", 1)
    found = found_by(district, Role.town_officer, "T1")
    for what, index in TOWN.items():
        assert index in found[what], (what, found[what])


def test_the_audit_lines_of_one_account_are_found_by_an_index_in_their_order(district: District) -> None:
    caller = district.sign_in(Role.district_officer, "D")
    with district.work() as work:
        access = whole_access(work, caller)

    def of_oneself(work: Work) -> object:
        return list_audit_lines(work, access, district.house.audit_key, PAGES, target_id=None, actor_id=access.account_id)

    [plan] = plans(district.house, "audit_line.seq DESC", of_oneself)
    assert "ix_audit_line_actor_id_seq" in plan and "Sort" not in plan and "B-TREE" not in plan
