from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from api.adapters.cipher import Place
from api.database import Origin
from api.pledges.evaluations.tally import Tally, tally_of
from models.audit import AuditLine
from models.enums import EvaluationSource, Grade, PartyPost, PledgeState, PledgeVisibility, Role, WordsState
from models.evaluation import Evaluation
from models.pledge import Pledge
from tests.conftest import Caller, District
from tests.pledges.kept import YEAR, keep_grade, keep_member, keep_pledge

S = PledgeState
URL = "/v1/evaluations"
NEXT_YEAR = YEAR + 1


def evaluate(caller: Caller, pledge_id: UUID, source: str, status: int = 201, **more: Any) -> dict[str, Any]:
    answer = caller.post(f"/v1/pledges/{pledge_id}/evaluations", json={"source": source, "grade": "satisfied", **more})
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def refused(caller: Caller, pledge_id: UUID, source: str, status: int, code: str, **more: Any) -> dict[str, Any]:
    body = evaluate(caller, pledge_id, source, status, **more)
    assert body["code"] == code, body
    return body


def decide(caller: Caller, evaluation_id: UUID, verb: str, status: int = 200, reason: str | None = "与承诺无关") -> dict[str, Any]:
    answer = caller.post(f"{URL}/{evaluation_id}/{verb}", json={} if verb == "show" else {"reason": reason})
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def tally(district: District, pledge_id: UUID) -> Tally:
    with district.house.database.reading(Origin("test")) as work:
        return tally_of(work, pledge_id, district.house.cipher)


def member(district: District, code: str = "B11", **content: Any) -> tuple[UUID, Caller]:
    key = keep_member(district, code, **content)
    return key, district.sign_in(Role.member, code, member_id=key)


def said(district: District, pledge_id: UUID, words: str = "说到做到。", **content: Any) -> UUID:
    """A rating of the masses with words that wait."""
    key = keep_grade(district, pledge_id, Grade.average, **content)
    with district.work() as work:
        rating = work.get_one(Evaluation, key)
        rating.words_state = WordsState.held
        rating.words_sealed = district.house.cipher.seal_text(words, Place("evaluation", "words_sealed", key))
    return key


def state_of(district: District, pledge_id: UUID) -> PledgeState:
    with district.work() as work:
        return PledgeState(work.get_one(Pledge, pledge_id).state)


def test_its_author_evaluates_a_pledge_himself_once_a_year(district: District) -> None:
    key, author = member(district)
    pledge_id = keep_pledge(district, "B11", key)
    body = evaluate(author, pledge_id, "self", words="按时完成。")
    assert (body["source"], body["period"], body["grade"], body["words"]) == ("self", str(YEAR), "satisfied", "按时完成。")
    refused(author, pledge_id, "self", 409, "already_evaluated")
    told = author.get(f"/v1/pledges/{pledge_id}").json()["tally"]
    nothing = dict.fromkeys(("satisfied", "fairly_satisfied", "average", "dissatisfied"), 0)
    assert told == {
        "masses": nothing | {"waiting": 0, "voided": 0},
        "peers": None,
        "self": "satisfied",
        "organization": None,
        "comments": [],
    }


def test_nobody_but_its_author_evaluates_a_pledge_as_his_own(district: District) -> None:
    key, _ = member(district)
    pledge_id = keep_pledge(district, "B11", key)
    refused(member(district)[1], pledge_id, "self", 403, "forbidden")
    refused(district.sign_in(Role.secretary, "B11"), pledge_id, "self", 403, "forbidden")


def test_another_member_of_the_branch_evaluates_once_a_year_and_the_author_not_at_all(district: District) -> None:
    key, author = member(district)
    pledge_id = keep_pledge(district, "B11", key)
    _, peer = member(district)
    evaluate(peer, pledge_id, "peers")
    refused(peer, pledge_id, "peers", 409, "already_evaluated")
    evaluate(member(district)[1], pledge_id, "peers")
    refused(author, pledge_id, "peers", 403, "about_oneself")


def test_a_member_of_another_branch_is_no_peer_and_does_not_find_what_is_for_the_branch_alone(district: District) -> None:
    key, _ = member(district)
    _, stranger = member(district, "B12")
    refused(stranger, keep_pledge(district, "B11", key), "peers", 403, "forbidden")
    refused(stranger, keep_pledge(district, "B11", key, visibility=PledgeVisibility.branch), "peers", 404, "not_found")


def test_an_account_that_is_no_members_is_no_peer(district: District) -> None:
    refused(district.sign_in(Role.secretary, "B11"), keep_pledge(district, "B11", member(district)[0]), "peers", 403, "forbidden")


def test_peers_are_counted_from_three_on_and_nobody_is_told_who_graded(district: District) -> None:
    key, _ = member(district)
    pledge_id = keep_pledge(district, "B11", key)
    for number in range(3):
        assert tally(district, pledge_id).peers is None
        evaluate(member(district)[1], pledge_id, "peers", grade="average" if number else "satisfied")
    assert tally(district, pledge_id).peers == {
        Grade.satisfied: 1,
        Grade.fairly_satisfied: 0,
        Grade.average: 2,
        Grade.dissatisfied: 0,
    }
    with district.work() as work:
        lines = work.exec(select(AuditLine).where(col(AuditLine.action) == "evaluate_pledge").order_by(col(AuditLine.seq))).all()
        assert {(line.target_kind, line.target_id) for line in lines} == {("pledge", pledge_id)}
        assert not any("average" in str(line.details) for line in lines)


def test_the_organisations_grade_of_the_year_ends_a_settled_pledge(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    for state in (S.fulfilled, S.unfulfilled):
        pledge_id = keep_pledge(district, "B11", member(district)[0], state=state)
        assert evaluate(secretary, pledge_id, "organization")["period"] == str(YEAR)
        assert state_of(district, pledge_id) is S.evaluated
        refused(secretary, pledge_id, "organization", 409, "already_evaluated")
    for state in (S.published, S.exempted):
        pledge_id = keep_pledge(district, "B11", member(district)[0], state=state)
        assert refused(secretary, pledge_id, "organization", 409, "not_in_this_state")["state"] == state.value


def test_the_organisation_comments_on_a_half_in_words_once(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    pledge_id = keep_pledge(district, "B11", member(district)[0])
    half: dict[str, Any] = {"period": f"{YEAR}-H1"}
    refused(secretary, pledge_id, "organization", 422, "words_required", **half)
    evaluate(secretary, pledge_id, "organization", words="进展顺利。", **half)
    refused(secretary, pledge_id, "organization", 409, "already_evaluated", words="再评一次。", **half)
    assert state_of(district, pledge_id) is S.published
    told = tally(district, pledge_id)
    assert told.organization is Grade.satisfied
    assert [(one.period, one.words) for one in told.comments] == [(f"{YEAR}-H1", "进展顺利。")]


def test_a_half_is_not_commented_before_it_begins_nor_a_period_of_another_year(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    key, author = member(district)
    pledge_id = keep_pledge(district, "B11", key)
    ahead = keep_pledge(district, "B11", key, due_on=date(NEXT_YEAR, 6, 30))
    refused(secretary, ahead, "organization", 422, "half_not_begun", period=f"{NEXT_YEAR}-H1", words="很好。")
    refused(secretary, pledge_id, "organization", 422, "not_a_period", period=f"{NEXT_YEAR}-H1", words="很好。")
    refused(author, pledge_id, "self", 422, "not_a_period", period=f"{YEAR}-H1")


def test_only_its_reviewer_evaluates_a_pledge_for_the_organisation(district: District) -> None:
    key, author = member(district, party_post=PartyPost.secretary)
    pledge_id = keep_pledge(district, "B11", key, state=S.fulfilled, review_organization_id=district.ids["V1"])
    refused(author, pledge_id, "organization", 403, "about_oneself")
    refused(district.sign_in(Role.secretary, "B11"), pledge_id, "organization", 403, "for_the_level_above")
    evaluate(district.sign_in(Role.town_officer, "T1"), pledge_id, "organization")


@pytest.mark.parametrize("state", [S.submitted, S.approved, S.withdrawn])
def test_only_what_was_published_is_evaluated(district: District, state: PledgeState) -> None:
    key, author = member(district)
    pledge_id = keep_pledge(district, "B11", key, state=state)
    assert refused(author, pledge_id, "self", 409, "not_in_this_state")["state"] == state.value


def test_words_hold_nobodys_identity_number(district: District) -> None:
    key, author = member(district)
    pledge_id = keep_pledge(district, "B11", key)
    body = evaluate(author, pledge_id, "self", 422, words="身份证 990101196803150028")
    assert [fault["rule"] for fault in body["errors"]] == ["identity_number"]


def test_the_masses_do_not_sign_in(district: District) -> None:
    key, author = member(district)
    assert evaluate(author, keep_pledge(district, "B11", key), "masses", 422)["code"] == "invalid"


def test_a_reviewer_reads_what_the_masses_say_but_not_of_himself(district: District) -> None:
    key = keep_member(district, "B11")
    secretary = district.sign_in(Role.secretary, "B11", member_id=key)
    own = said(district, keep_pledge(district, "B11", key))
    others = said(district, keep_pledge(district, "B11", keep_member(district, "B11", "李建国")))
    foreign = said(district, keep_pledge(district, "B21", keep_member(district, "B21")))
    listed = secretary.get(URL).json()["items"]
    assert [(one["id"], one["words"], one["member_name"]) for one in listed] == [(str(others), "说到做到。", "李建国")]
    for hidden in (own, foreign):
        assert decide(secretary, hidden, "show", 404)["code"] == "not_found"
        assert decide(secretary, hidden, "void", 404)["code"] == "not_found"
    assert secretary.get(URL, params={"organization_id": str(district.ids["B21"])}).status_code == 404


def test_a_list_of_ratings_is_narrowed_to_a_pledge_and_to_words_that_wait(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    pledge_id = keep_pledge(district, "B11", keep_member(district, "B11"))
    waiting = said(district, pledge_id)
    silent = keep_grade(district, pledge_id, Grade.satisfied)
    keep_grade(district, pledge_id, Grade.satisfied, EvaluationSource.peers)
    other = said(district, keep_pledge(district, "B11", keep_member(district, "B11")))

    def found(**asked: str) -> set[str]:
        return {one["id"] for one in secretary.get(URL, params=asked).json()["items"]}

    assert found() == {str(waiting), str(silent), str(other)}
    assert found(pledge_id=str(pledge_id)) == {str(waiting), str(silent)}
    assert found(words_state="held") == {str(waiting), str(other)}
    assert found(organization_id=str(district.ids["B11"]), words_state="shown") == set()


def test_words_are_held_until_shown_or_hidden_and_what_was_decided_stays(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    pledge_id = keep_pledge(district, "B11", keep_member(district, "B11"))
    good, bad = said(district, pledge_id), said(district, pledge_id)
    assert decide(secretary, good, "show")["words_state"] == "shown"
    assert decide(secretary, good, "show", 409)["code"] == "already_decided"
    assert decide(secretary, good, "hide", 409)["code"] == "already_decided"
    hidden = decide(secretary, bad, "hide")
    assert (hidden["words_state"], hidden["hidden_reason"], hidden["is_counted"]) == ("hidden", "与承诺无关", True)
    assert decide(secretary, bad, "show", 409)["code"] == "already_decided"
    assert tally(district, pledge_id).masses[Grade.average] == 2
    silent = keep_grade(district, pledge_id, Grade.satisfied)
    assert decide(secretary, silent, "show", 404)["code"] == "not_found"


def test_words_about_an_organisations_own_pledge_are_for_the_level_above(district: District) -> None:
    rating = said(district, keep_pledge(district, "B11", review_organization_id=district.ids["V1"]))
    secretary = district.sign_in(Role.secretary, "B11")
    assert decide(secretary, rating, "show", 403)["code"] == "for_the_level_above"
    assert secretary.get(URL).json()["items"] == []
    assert decide(district.sign_in(Role.secretary, "V1"), rating, "show")["words_state"] == "shown"


def test_a_grade_is_made_void_above_the_branch_and_once(district: District) -> None:
    pledge_id = keep_pledge(district, "B11", keep_member(district, "B11"))
    rating = keep_grade(district, pledge_id, Grade.dissatisfied)
    told = decide(district.sign_in(Role.secretary, "B11"), rating, "void", 403)
    assert (told["code"], told["title"]) == ("for_the_level_above", "请由上一级办理。")
    assert told["detail"] == "群众评价只能由支部的上一级作废，请由上一级办理。", "the author is nobody's equal"
    officer = district.sign_in(Role.town_officer, "T1")
    body = decide(officer, rating, "void", reason="同一人刷票")
    assert (body["void_reason"], body["is_counted"], body["grade"]) == ("同一人刷票", False, "dissatisfied")
    assert decide(officer, rating, "void", 409)["code"] == "already_decided"
    counted = tally(district, pledge_id)
    assert (counted.voided, counted.masses[Grade.dissatisfied]) == (1, 0)


def test_a_grade_of_the_districts_own_pledge_is_made_void_at_the_district_by_another(district: District) -> None:
    officer = district.sign_in(Role.district_officer, "D")
    pledge_id = keep_pledge(district, "D", entered_by=UUID(officer.account_id))
    rating = keep_grade(district, pledge_id, Grade.average)
    assert decide(officer, rating, "void", 404)["code"] == "not_found"
    assert decide(district.sign_in(Role.district_officer, "D"), rating, "void")["is_counted"] is False


def test_a_grade_waits_a_day_before_it_counts(district: District) -> None:
    pledge_id = keep_pledge(district, "B11")
    with district.work() as work:
        later = work.at + timedelta(hours=1)
    rating = keep_grade(district, pledge_id, Grade.satisfied, counts_from=later)
    told = tally(district, pledge_id)
    assert (told.waiting, told.masses[Grade.satisfied]) == (1, 0)
    listed = district.sign_in(Role.town_officer, "T1").get(URL, params={"pledge_id": str(pledge_id)}).json()["items"]
    assert [(one["id"], one["is_counted"]) for one in listed] == [(str(rating), False)]


def test_what_does_not_exist_is_not_decided(district: District) -> None:
    for verb in ("show", "hide", "void"):
        assert decide(district.sign_in(Role.town_officer, "T1"), uuid4(), verb, 404)["code"] == "not_found"
