"""The rules of proposing, reviewing and publishing, each asked for through the doors."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from sqlmodel import col, update

from api.pledges import rules
from models.account import RoleGrant
from models.campaign import Campaign
from models.enums import MemberStatus, Role
from models.member import Member
from tests.access.asking import code
from tests.conftest import Caller, District
from tests.pledges.asking import (
    AMENDED,
    CHECKED,
    CONTENT,
    MEETING,
    OPEN_VOTE,
    URL,
    WHY,
    WRITTEN,
    YEAR,
    People,
    claimed,
    do,
    done,
    drafted,
    lines,
    made_secretary,
    on_card,
    past,
    people,
    published,
    put,
    shown,
    stored,
    submitted,
)
from tests.pledges.kept import keep_member, keep_pledge
from tests.problems import fields
from tests.routes import document, resolved

ANY = {"headers": {"If-Match": "*"}}


@pytest.fixture
def folk(district: District) -> People:
    return people(district)


def refused(answer: Any, status: int, its: str, **members: Any) -> None:
    assert code(answer, status) == its
    assert {name: answer.json().get(name) for name in members} == members


def test_the_whole_chain_from_a_draft_to_its_fulfilment(folk: People) -> None:
    key = drafted(folk.member)
    for by, verb, body, state in (
        (folk.member, "submit", None, "submitted"),
        (folk.secretary, "approve", {**CHECKED, "comment": "同意"}, "approved"),
        (folk.secretary, "publish", None, "published"),
        (folk.member, "claim", {"outcome": "fulfilled", "note": "见台账。"}, "published"),
        (folk.secretary, "confirm", None, "fulfilled"),
    ):
        told = done(by, key, verb, body)
        assert told["state"] == state
    assert (told["percent"], told["outcome"], told["text_no"]) == (100, "fulfilled", 1)
    verbs = ("create", "submit", "approve", "publish", "claim", "confirm")
    assert [lines(folk.district, f"{verb}_pledge") for verb in verbs] == [1] * 6
    assert on_card(folk.district, folk.member_id) == [key]


def test_a_returned_pledge_is_changed_and_submitted_anew_as_another_text(folk: People) -> None:
    key = submitted(folk.member)
    assert code(folk.member.patch(f"{URL}/{key}", json={"measure": "改了。"}, **ANY), 409) == "not_in_this_state"
    assert done(folk.secretary, key, "return", WHY)["state"] == "returned"
    assert folk.member.patch(f"{URL}/{key}", json={"measure": "改了。"}, **ANY).json()["measure"] == "改了。"
    assert done(folk.member, key, "submit")["text_no"] == 2
    assert [(one["no"], one["decision"], one["comment"]) for one in shown(folk.member, key)["texts"]] == [
        (1, "returned", WHY["reason"]),
        (2, None, None),
    ]


def test_a_draft_is_changed_by_its_version_and_deleted_while_it_was_never_submitted(folk: People) -> None:
    key = drafted(folk.member)
    assert code(folk.member.patch(f"{URL}/{key}", json={"weight": 2}), 428) == "precondition_required"
    assert code(folk.member.patch(f"{URL}/{key}", json={"weight": 2}, headers={"If-Match": '"7"'}), 412) == "precondition_failed"
    changed = folk.member.patch(f"{URL}/{key}", json={"due_on": f"{YEAR + 1}-03-01"}, **ANY).json()
    assert (changed["year"], changed["version"]) == (YEAR + 1, 2)
    assert code(folk.member.patch(f"{URL}/{key}", json={"due_on": f"{YEAR + 2}-03-01"}, **ANY), 422) == "due_on_out_of_range"
    assert folk.member.delete(f"{URL}/{key}").status_code == 204
    sent = submitted(folk.member)
    refused(folk.member.delete(f"{URL}/{sent}"), 409, "not_in_this_state", state="submitted")
    done(folk.secretary, sent, "return", WHY)
    refused(folk.member.delete(f"{URL}/{sent}"), 409, "not_in_this_state", state="returned")


@pytest.mark.engine("sqlite")
def test_a_member_has_twenty_drafts_at_the_most(folk: People) -> None:
    keys = [drafted(folk.member) for _ in range(20)]
    refused(folk.member.post(URL, json=WRITTEN), 409, "too_many_drafts")
    folk.member.delete(f"{URL}/{keys[0]}")
    drafted(folk.member)


@pytest.mark.engine("sqlite")
def test_a_member_submits_so_many_pledges_a_year_at_the_most_those_withdrawn_among_them(
    folk: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_OF_A_YEAR", 2)
    done(folk.member, submitted(folk.member), "withdraw", WHY)
    returned = submitted(folk.member, kind="instant")
    third = drafted(folk.member, kind="instant")
    refused(do(folk.member, third, "submit"), 409, "too_many_of_one_year")
    done(folk.secretary, returned, "return", WHY)
    assert done(folk.member, returned, "submit")["state"] == "submitted", "it counts once"
    submitted(folk.member, due_on=f"{YEAR + 1}-06-30")


def test_a_sixth_annual_pledge_of_a_year_is_refused_and_an_instant_one_is_not(folk: People) -> None:
    keys = [submitted(folk.member) for _ in range(5)]
    sixth = drafted(folk.member)
    refused(do(folk.member, sixth, "submit"), 409, "too_many_pledges")
    submitted(folk.member, kind="instant")
    submitted(folk.member, due_on=f"{YEAR + 1}-06-30")
    done(folk.member, keys[0], "withdraw", WHY)
    assert done(folk.member, sixth, "submit")["state"] == "submitted"


def test_what_is_submitted_needs_a_member_an_open_organisation_and_a_campaign_that_goes_on(folk: People) -> None:
    district = folk.district
    left, own = keep_member(district, "B11"), drafted(folk.officer, organization_id=str(district.ids["B12"]))
    paper = drafted(folk.deputy, member_id=str(left))
    with district.work() as work:
        campaign = Campaign(organization_id=district.ids["T1"], title="七一", due_on=past(), templates=[])
        foreign = Campaign(organization_id=district.ids["T2"], title="七一", due_on=past(), templates=[])
        work.add_all([campaign, foreign])
        member = work.get_one(Member, left)
        member.status, member.left_on, member.left_kind = MemberStatus.left, member.joined_on, "withdrew"
    assert folk.officer.post(f"/v1/organizations/{district.ids['B12']}/close").status_code == 200
    refused(do(folk.deputy, paper, "submit"), 409, "member_has_left")
    refused(do(folk.officer, own, "submit"), 409, "branch_closed")
    refused(do(folk.member, drafted(folk.member, campaign_id=str(campaign.id)), "submit"), 409, "campaign_over")
    assert folk.member.post(URL, json=WRITTEN | {"campaign_id": str(foreign.id)}).status_code == 404


@pytest.mark.parametrize("day", [f"{YEAR - 1}-12-31", f"{YEAR + 2}-01-01"])
def test_a_pledge_is_due_this_year_or_the_next(folk: People, day: str) -> None:
    refused(folk.member.post(URL, json=WRITTEN | {"due_on": day}), 422, "due_on_out_of_range")


def test_past_days_of_this_year_are_taken_since_paper_pledges_are_entered_late(folk: People) -> None:
    drafted(folk.member, due_on=f"{YEAR}-01-01")


def test_what_leaves_the_branch_needs_a_look_for_secrets_before_it_is_approved(folk: People) -> None:
    for visibility in ("public", "inner_party"):
        key = submitted(folk.member, visibility=visibility)
        refused(do(folk.secretary, key, "approve", {}), 422, "secrecy_check_missing")
    assert done(folk.secretary, submitted(folk.member, visibility="branch"), "approve", {})["state"] == "approved"


def test_a_vote_that_is_not_carried_approves_nothing_and_one_with_too_many_votes_changes_nothing(folk: People) -> None:
    key = submitted(folk.member)
    lost = {**OPEN_VOTE, "votes_for": 1, "votes_against": 6}
    answer = do(folk.secretary, key, "approve", {**CHECKED, "vote": lost})
    refused(answer, 409, "vote_not_carried")
    assert fields(answer.json()) == [("body.vote", "vote_not_carried")]
    refused(do(folk.secretary, key, "approve", {**CHECKED, "vote": {**OPEN_VOTE, "eligible": 7}}), 422, "more_votes_than_eligible")
    assert (stored(folk.district, key).state, stored(folk.district, key).version) == ("submitted", 2)
    done(folk.secretary, key, "approve", {**CHECKED, "vote": MEETING})
    (text,) = shown(folk.member, key)["texts"]
    assert text["vote"] == MEETING


def test_nobody_reviews_his_own_pledge(folk: People) -> None:
    key = submitted(folk.secretary)
    for verb, body in (("approve", CHECKED), ("return", WHY), ("publish", None), ("confirm", None), ("refuse-claim", WHY)):
        refused(do(folk.secretary, key, verb, body), 403, "about_oneself")
    for verb in ("exempt", "fail", "reopen"):
        refused(do(folk.secretary, key, verb, WHY), 403, "about_oneself")


def test_the_pledge_of_whoever_may_review_in_the_branch_is_reviewed_above_it(folk: People) -> None:
    second = folk.district.sign_in(Role.secretary, "B11")
    key = submitted(folk.secretary)
    refused(do(second, key, "approve", CHECKED), 403, "for_the_level_above")
    assert done(folk.village, key, "approve", CHECKED)["review_organization_id"] == str(folk.district.ids["V1"])


def test_the_pledge_of_a_secretary_without_an_account_is_reviewed_above_the_branch(folk: People) -> None:
    old = keep_member(folk.district, "B11", "王秀兰")
    made_secretary(folk.district, old)
    key = submitted(folk.deputy, member_id=str(old))
    refused(do(folk.secretary, key, "approve", CHECKED), 403, "for_the_level_above")
    assert done(folk.officer, key, "approve", CHECKED)["state"] == "approved"


def test_where_a_pledge_is_reviewed_is_fixed_when_it_is_submitted(folk: People) -> None:
    key = submitted(folk.member)
    made_secretary(folk.district, folk.member_id)
    assert done(folk.secretary, key, "approve", CHECKED)["state"] == "approved"


def test_an_organisations_own_pledge_is_reviewed_above_it_and_not_by_who_has_entered_it(folk: People) -> None:
    key = submitted(folk.secretary, organization_id=str(folk.district.ids["B11"]))
    refused(do(folk.secretary, key, "approve", CHECKED), 403, "about_oneself")
    refused(do(folk.district.sign_in(Role.secretary, "B11"), key, "approve", CHECKED), 403, "for_the_level_above")
    assert done(folk.village, key, "approve", CHECKED)["member_name"] is None


def test_the_districts_own_pledge_is_reviewed_at_the_district_by_another(folk: People) -> None:
    one, other = (folk.district.sign_in(Role.district_officer, "D") for _ in range(2))
    key = submitted(one, organization_id=str(folk.district.ids["D"]))
    refused(do(one, key, "approve", CHECKED), 403, "about_oneself")
    assert done(other, key, "approve", CHECKED)["review_organization_id"] == str(folk.district.ids["D"])


def test_who_has_entered_a_paper_pledge_approves_and_confirms_it_only_by_a_carried_vote_of_all_members(folk: People) -> None:
    old = keep_member(folk.district, "B11", "王秀兰")
    key = submitted(folk.secretary, member_id=str(old))
    for vote in (None, OPEN_VOTE, {**MEETING, "eligible": 20}):
        refused(do(folk.secretary, key, "approve", {**CHECKED, "vote": vote}), 403, "about_oneself")
    done(folk.secretary, key, "approve", {**CHECKED, "vote": MEETING})
    done(folk.secretary, key, "publish")
    done(folk.secretary, key, "claim", {"outcome": "fulfilled", "note": "见台账。"})
    refused(do(folk.secretary, key, "confirm"), 403, "about_oneself")
    assert done(folk.secretary, key, "confirm", {"vote": MEETING})["state"] == "fulfilled"
    assert stored(folk.district, key).vote_eligible == 10


def test_another_may_not_do_what_is_the_authors(folk: People) -> None:
    key = published(folk.member, folk.secretary)
    for caller in (folk.other, folk.secretary):
        refused(do(caller, key, "claim", {"outcome": "fulfilled", "note": "见台账。"}), 403, "forbidden")
        refused(do(caller, key, "amend", AMENDED), 403, "forbidden")
        refused(do(caller, key, "progress", {"note": "走访了两户。"}), 403, "forbidden")
    sent = submitted(folk.member)
    for verb, body in (("submit", None), ("withdraw", WHY)):
        refused(do(folk.secretary, sent, verb, body), 403, "forbidden")
    assert code(folk.secretary.patch(f"{URL}/{sent}", json={"weight": 2}, **ANY), 403) == "forbidden"


def test_refusals_come_in_the_order_404_403_412_409(folk: People) -> None:
    key, old = submitted(folk.member), {"headers": {"If-Match": '"1"'}}
    elsewhere = folk.district.sign_in(Role.secretary, "B21")
    assert do(elsewhere, key, "publish", **old).status_code == 404
    assert do(folk.secretary, submitted(folk.secretary), "publish", **old).status_code == 403
    assert do(folk.secretary, key, "publish", **old).status_code == 412
    assert do(folk.secretary, key, "publish").status_code == 409


def test_nobodys_identity_number_stands_in_what_members_write_of_pledges(folk: People) -> None:
    number = "本人九九零一零一，生于19680315，尾号0028。"
    key = published(folk.member, folk.secretary)
    for answer, field in (
        (folk.member.post(URL, json=WRITTEN | {"content": number}), "content"),
        (folk.member.patch(f"{URL}/{drafted(folk.member)}", json={"measure": number}, **ANY), "measure"),
        (do(folk.member, key, "amend", AMENDED | {"reason": number}), "reason"),
        (do(folk.member, key, "claim", {"outcome": "fulfilled", "note": number}), "note"),
        (do(folk.member, key, "progress", {"note": number}), "note"),
    ):
        assert code(answer, 422) == "invalid"
        assert [(one["field"], one["rule"]) for one in answer.json()["errors"]] == [(f"body.{field}", "identity_number")]


def test_nor_in_the_reason_of_anything_that_is_decided_about_one(folk: People, app: FastAPI) -> None:
    """Why a pledge is exempted or unfulfilled stands on the wall, and the other reasons beside it for whoever is signed in."""
    key, asked = published(folk.member, folk.secretary), 0
    for path, operations in document()["paths"].items():
        body = resolved(document(), operations.get("post", {})).get("requestBody")
        if not path.startswith(f"{URL}/{{pledge_id}}/") or body is None:
            continue
        schema = resolved(document(), body["content"]["application/json"]["schema"])
        if "reason" in schema.get("properties", {}):
            sent = schema.get("examples", [{}])[0] | {"reason": "本人990101 19680315 0028，因病"}
            caller = folk.member if path.endswith("/amend") else folk.secretary
            answer = caller.post(path.format(pledge_id=key, progress_id=uuid4()), json=sent)
            assert code(answer, 422) == "invalid", path
            assert [(one["field"], one["rule"]) for one in answer.json()["errors"]] == [("body.reason", "identity_number")], path
            asked += 1
    assert asked >= 8


def test_a_second_approval_is_refused_and_leaves_no_line(folk: People) -> None:
    key = submitted(folk.member)
    done(folk.secretary, key, "approve", CHECKED)
    refused(do(folk.officer, key, "approve", CHECKED), 409, "not_in_this_state", state="approved")
    assert lines(folk.district, "approve_pledge") == 1


def test_the_author_takes_back_what_is_not_published_and_the_reviewer_what_is(folk: People) -> None:
    for steps in ((), ("approve",)):
        key = submitted(folk.member)
        for verb in steps:
            done(folk.secretary, key, verb, CHECKED)
        assert done(folk.member, key, "withdraw", WHY)["withdrawn_reason"] == WHY["reason"]
    key = published(folk.member, folk.secretary)
    refused(do(folk.member, key, "withdraw", WHY), 403, "about_oneself")
    assert on_card(folk.district, folk.member_id) == [key]
    assert done(folk.secretary, key, "withdraw", WHY)["state"] == "withdrawn"
    assert on_card(folk.district, folk.member_id) == []
    elsewhere = folk.district.sign_in(Role.member, "B21", member_id=keep_member(folk.district, "B21"))
    assert shown(folk.other, key)["withdrawn_reason"] == WHY["reason"]
    assert elsewhere.get(f"{URL}/{key}").status_code == 404


def test_an_amendment_waits_beside_the_standing_text_until_it_is_published(folk: People) -> None:
    key = published(folk.member, folk.secretary)
    assert done(folk.member, key, "amend", AMENDED)["content"] == CONTENT
    refused(do(folk.member, key, "amend", AMENDED), 409, "not_in_this_state", state="published", needs="no_amendment")
    refused(do(folk.secretary, key, "publish"), 409, "not_in_this_state")
    assert shown(folk.member, key)["amendment"]["state"] == "submitted"
    done(folk.secretary, key, "approve", CHECKED)
    told = shown(folk.member, key)
    assert (told["content"], told["text_no"], told["amendment"]["state"]) == (CONTENT, 1, "approved")
    assert done(folk.secretary, key, "publish")["content"] == AMENDED["content"]
    told = shown(folk.other, key)
    assert [(one["no"], one["content"]) for one in told["texts"]] == [(1, CONTENT), (2, AMENDED["content"])]
    assert told["amendment"] is None


def test_a_returned_amendment_leaves_the_text_that_stands_and_room_for_another(folk: People) -> None:
    key = published(folk.member, folk.secretary)
    done(folk.member, key, "amend", AMENDED)
    assert done(folk.secretary, key, "return", WHY)["state"] == "published"
    amendment = shown(folk.member, key)["amendment"]
    assert (amendment["state"], amendment["comment"]) == ("returned", WHY["reason"])
    assert shown(folk.other, key)["amendment"] is None
    done(folk.member, key, "amend", AMENDED)
    assert shown(folk.member, key)["amendment"]["no"] == 3


def test_an_amendment_stays_within_the_pledges_year(folk: People) -> None:
    key = published(folk.member, folk.secretary)
    refused(do(folk.member, key, "amend", AMENDED | {"due_on": f"{YEAR + 1}-01-01"}), 422, "other_year")


def test_a_claim_needs_no_claim_and_no_amendment(folk: People) -> None:
    key = published(folk.member, folk.secretary)
    claim = {"outcome": "prevented", "note": "洪水。"}
    done(folk.member, key, "amend", AMENDED)
    refused(do(folk.member, key, "claim", claim), 409, "not_in_this_state", state="published", needs="no_amendment")
    done(folk.secretary, key, "return", WHY)
    assert done(folk.member, key, "claim", claim)["claim_outcome"] == "prevented"
    refused(do(folk.member, key, "claim", claim), 409, "not_in_this_state", state="published", needs="no_claim")
    refused(do(folk.secretary, key, "confirm"), 409, "not_in_this_state", state="published", needs="claim")
    assert done(folk.secretary, key, "exempt", WHY)["outcome"] == "exempted"


def test_a_refused_claim_leaves_the_pledge_published_and_the_author_reads_why(folk: People) -> None:
    key = claimed(folk.member, folk.secretary)
    told = done(folk.secretary, key, "refuse-claim", WHY)
    assert (told["state"], told["claim_outcome"], told["claimed_at"]) == ("published", None, None)
    assert shown(folk.member, key)["outcome_reason"] == WHY["reason"]
    refused(do(folk.secretary, key, "refuse-claim", WHY), 409, "not_in_this_state", needs="claim")


def test_the_author_of_a_pledge_reads_which_members_have_decided_about_it_and_nobody_who_only_reads_it_does(folk: People) -> None:
    key = published(folk.member, folk.secretary)
    names = ("submitted_by_name", "decided_by_name", "published_by_name")
    for caller, told in ((folk.member, ("方秀兰", "周明", "周明")), (folk.other, (None, None, None))):
        (text,) = shown(caller, key)["texts"]
        assert tuple(text[name] for name in names) == told


def test_what_is_withdrawn_keeps_no_reason_of_an_outcome_that_it_no_longer_has(folk: People) -> None:
    key = claimed(folk.member, folk.secretary)
    done(folk.secretary, key, "refuse-claim", WHY)
    done(folk.secretary, key, "withdraw", {"reason": "重复了。"})
    assert shown(folk.member, key)["outcome_reason"] is None


def test_a_pledge_fails_once_it_is_due_and_nothing_is_claimed(folk: People) -> None:
    key = published(folk.member, folk.secretary)
    put(folk.district, key, due_on=date(YEAR, 12, 31))
    refused(do(folk.secretary, key, "fail", WHY), 409, "not_in_this_state", needs="due")
    put(folk.district, key, due_on=past(), year=past().year)
    done(folk.member, key, "claim", {"outcome": "fulfilled", "note": "见台账。"})
    refused(do(folk.secretary, key, "fail", WHY), 409, "not_in_this_state", needs="no_claim")
    done(folk.secretary, key, "refuse-claim", WHY)
    assert done(folk.secretary, key, "fail", WHY)["outcome"] == "unfulfilled"
    assert shown(folk.member, key)["outcome_reason"] == WHY["reason"]


def test_what_was_decided_is_reopened_by_another_than_who_has_decided_it(folk: People) -> None:
    key = claimed(folk.member, folk.secretary)
    done(folk.secretary, key, "confirm")
    refused(do(folk.secretary, key, "reopen", WHY), 403, "about_oneself")
    told = done(folk.officer, key, "reopen", WHY)
    assert (told["state"], told["outcome"], told["claim_outcome"], told["percent"]) == ("published", None, None, 0)


def test_an_archived_pledge_is_told_so_and_nothing_changes_any_more(folk: People) -> None:
    key = published(folk.member, folk.secretary)
    put(folk.district, key, year=YEAR - 2, due_on=date(YEAR - 2, 12, 31))
    assert shown(folk.member, key)["state"] == "archived"
    for by, verb, body in (
        (folk.member, "claim", {"outcome": "fulfilled", "note": "见台账。"}),
        (folk.member, "progress", {"note": "走访了两户。"}),
        (folk.secretary, "withdraw", WHY),
        (folk.secretary, "exempt", WHY),
    ):
        refused(do(by, key, verb, body), 409, "not_in_this_state", state="archived")
    for state, found in (("archived", [key]), ("published", [])):
        items = folk.member.get(URL, params={"state": state}).json()["items"]
        assert [one["id"] for one in items] == found


@pytest.mark.parametrize(("role", "where"), [(Role.secretary, "B11"), (Role.district_officer, "D")])
def test_archived_pledges_are_paged_by_their_years(district: District, folk: People, role: Role, where: str) -> None:
    for age in (3, 2, 4, 2, 3):
        keep_pledge(district, "B11", folk.member_id, due_on=date(YEAR - age, 12, 31))
    asked: dict[str, Any] = {"state": "archived", "limit": 2}
    caller, years = district.sign_in(role, where), []
    while asked.get("cursor", "first"):
        page = caller.get(URL, params=asked).json()
        years += [one["year"] for one in page["items"]]
        asked["cursor"] = page["next_cursor"]
    assert years == [YEAR - age for age in (2, 2, 3, 3, 4)]


def test_many_are_approved_and_published_at_once_and_of_each_other_it_is_told_why(folk: People) -> None:
    one, other, own, unknown = submitted(folk.member), submitted(folk.other), submitted(folk.secretary), str(uuid4())
    draft = drafted(folk.member)
    answer = folk.secretary.post(
        f"{URL}/approve", json={"ids": [one, other, own, draft, unknown], **CHECKED, "vote": MEETING}
    ).json()
    assert answer["done"] == [one, other]
    assert [(skipped["pledge_id"], skipped["reason"]) for skipped in answer["skipped"]] == [
        (own, "about_oneself"),
        (draft, "not_found"),
        (unknown, "not_found"),
    ]
    answer = folk.secretary.post(f"{URL}/publish", json={"ids": [other, one, own, other]}).json()
    assert answer["done"] == [other, one]
    again = folk.secretary.post(f"{URL}/publish", json={"ids": [one]}).json()
    assert again == {"done": [], "skipped": [{"pledge_id": one, "reason": "not_in_this_state"}]}
    assert [lines(folk.district, f"{verb}_pledge") for verb in ("approve", "publish")] == [2, 2]
    assert on_card(folk.district, folk.member_id) == [one]


def test_what_is_sent_again_with_its_key_is_done_once(folk: People) -> None:
    key = {"headers": {"Idempotency-Key": str(uuid4())}}
    first, again = (folk.member.post(URL, json=WRITTEN, **key) for _ in range(2))
    assert first.json() == again.json()
    assert len(folk.member.get(f"{URL}/mine").json()["items"]) == 1


def test_only_who_may_enter_pledges_there_makes_them_for_others(folk: People) -> None:
    for named in ({"member_id": str(folk.member_id)}, {"organization_id": str(folk.district.ids["B11"])}):
        assert folk.other.post(URL, json=WRITTEN | named).status_code == 404
        assert folk.district.sign_in(Role.secretary, "B21").post(URL, json=WRITTEN | named).status_code == 404
        assert folk.deputy.post(URL, json=WRITTEN | named).status_code == 201
    both = {"member_id": str(folk.member_id), "organization_id": str(folk.district.ids["B11"])}
    assert code(folk.deputy.post(URL, json=WRITTEN | both), 422) == "invalid"
    assert folk.village.post(URL, json=WRITTEN).status_code == 404
    assert folk.village.get(f"{URL}/mine").status_code == 404


def test_a_parent_is_a_published_pledge_of_an_organisation_above(folk: People) -> None:
    district = folk.district
    own: dict[str, Any] = {"organization_id": str(district.ids["B11"])}
    parent = published(folk.secretary, folk.village, **own)
    draft, others = drafted(folk.secretary, **own), published(folk.member, folk.secretary)
    elsewhere = published(
        district.sign_in(Role.secretary, "B21"), district.sign_in(Role.town_officer, "T2"), organization_id=str(district.ids["B21"])
    )
    for wrong in (draft, others, elsewhere, str(uuid4())):
        refused(folk.member.post(URL, json=WRITTEN | {"parent_id": wrong}), 422, "not_a_parent")
    refused(folk.member.post(URL, json=WRITTEN | {"parent_id": parent, "due_on": f"{YEAR + 1}-01-01"}), 422, "not_a_parent")
    refused(folk.secretary.post(URL, json=WRITTEN | {"parent_id": parent, **own}), 422, "not_a_parent")
    assert folk.member.post(URL, json=WRITTEN | {"parent_id": parent}).json()["parent_id"] == parent


def test_the_texts_of_a_pledge_are_read_as_far_as_each_may_be(folk: People) -> None:
    key = published(folk.member, folk.secretary, visibility="branch")
    done(folk.member, key, "amend", AMENDED)
    done(folk.secretary, key, "approve", {**CHECKED, "vote": MEETING})
    done(folk.secretary, key, "publish")
    done(folk.member, key, "amend", AMENDED)
    elsewhere = folk.district.sign_in(Role.member, "B21", member_id=keep_member(folk.district, "B21"))
    asking = {"author": folk.member, "reviewer": folk.secretary, "neighbour": folk.other, "elsewhere": elsewhere}
    read = {who: [one["no"] for one in shown(by, key)["texts"]] for who, by in asking.items()}
    assert read == {"author": [1, 2, 3], "reviewer": [1, 2, 3], "neighbour": [1, 2], "elsewhere": [2]}


SEES: dict[str, tuple[str, ...]] = {
    "draft": ("author",),
    "submitted": ("author", "above"),
    "branch": ("author", "above", "neighbour"),
    "inner_party": ("author", "above", "neighbour", "elsewhere"),
    "public": ("author", "above", "neighbour", "elsewhere"),
}


@pytest.mark.parametrize("what", SEES)
def test_who_sees_a_pledge(folk: People, what: str) -> None:
    """The table of section 3, by the list and by the door of the one."""
    if what in ("draft", "submitted"):
        key = (drafted if what == "draft" else submitted)(folk.member)
    else:
        key = published(folk.member, folk.secretary, visibility=what)
    asking: dict[str, list[Caller]] = {
        "author": [folk.member],
        "above": [folk.deputy, folk.secretary, folk.village, folk.officer, folk.district.sign_in(Role.district_officer, "D")],
        "neighbour": [folk.other],
        "elsewhere": [
            folk.district.sign_in(Role.member, "B21", member_id=keep_member(folk.district, "B21")),
            folk.district.sign_in(Role.secretary, "B21"),
            folk.district.sign_in(Role.town_officer, "T2"),
        ],
    }
    for who, callers in asking.items():
        for caller in callers:
            sees = who in SEES[what]
            assert caller.get(f"{URL}/{key}").status_code == (200 if sees else 404), who
            assert [one["id"] for one in caller.get(URL).json()["items"]] == ([key] if sees else []), who
    for role in (Role.administrator, Role.auditor):
        assert code(folk.district.sign_in(role, "D").get(f"{URL}/{key}"), 403) == "forbidden"


def test_a_list_is_narrowed_by_what_stands_today(folk: People) -> None:
    open_, late = (published(folk.member, folk.secretary) for _ in range(2))
    theirs = published(folk.other, folk.secretary)
    put(folk.district, late, due_on=past(), year=past().year)

    def listed(**asked: Any) -> set[str]:
        answer = folk.secretary.get(URL, params=asked)
        assert answer.status_code == 200, answer.text
        return {one["id"] for one in answer.json()["items"]}

    assert listed(is_overdue="true") == {late}
    assert listed(is_overdue="false") == {open_, theirs}
    assert listed(member_id=str(folk.member_id)) == {open_, late}
    assert listed(organization_id=str(folk.district.ids["T1"]), kind="annual", state="published") == {open_, late, theirs}
    assert listed(organization_id=str(folk.district.ids["B21"])) == listed(kind="instant") == set()
    assert listed(year=str(YEAR + 1)) == set()
    assert folk.secretary.get(URL, params={"organization_id": str(uuid4())}).status_code == 404
    # Whether there is a member of that key is not told.
    assert listed(member_id=str(uuid4())) == set()


def test_that_no_pledges_are_owed_is_said_by_another_never_by_oneself(folk: People) -> None:
    own = folk.secretary.get("/v1/members/mine").json()
    assert own["pledges_voluntary"] is False
    path = f"/v1/members/{folk.member_id}"
    assert folk.secretary.patch(path, json={"pledges_voluntary": True}, **ANY).json()["pledges_voluntary"] is True
    refused(folk.secretary.patch(f"/v1/members/{own['id']}", json={"pledges_voluntary": True}, **ANY), 403, "about_oneself")


def test_a_role_that_has_ended_enters_nothing_more(folk: People) -> None:
    key, account_id = drafted(folk.deputy, member_id=str(folk.member_id)), UUID(folk.deputy.account_id)
    with folk.district.work() as work:
        work.exec(update(RoleGrant).where(col(RoleGrant.account_id) == account_id).values(ended_at=work.at))
        work.add(RoleGrant(account_id=account_id, role=Role.member, organization_id=folk.district.ids["B11"]))
    assert do(folk.deputy, key, "submit").status_code == 404
