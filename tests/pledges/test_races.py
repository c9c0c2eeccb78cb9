"""Several people act on one pledge at the same moment: one of them wins, and what is left is consistent."""

from datetime import date
from functools import partial
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select

from api.pledges.rhythm import queries
from api.pledges.rhythm.rules import quarter_of
from models.enums import MemberStatus, Role
from models.pledge_progress import PledgeProgress
from models.publication import Publication
from tests.clock import district_day
from tests.conftest import District
from tests.pledges.asking import (
    AMENDED,
    CHECKED,
    URL,
    WHY,
    People,
    do,
    done,
    lines,
    on_card,
    people,
    published,
    stored,
    submitted,
)
from tests.pledges.kept import keep_member, keep_pledge
from tests.races import at_once, codes

ROUNDS = 3
CLAIM = {"outcome": "fulfilled", "note": "见台账。"}


@pytest.fixture
def folk(district: District) -> People:
    return people(district)


def test_of_two_who_approve_at_once_one_does_and_one_line_tells_it(folk: People) -> None:
    for done_before in range(ROUNDS):
        key = submitted(folk.member, kind="instant")
        asked = {"headers": {"If-Match": '"2"'}} if done_before % 2 else {}
        answers = at_once(*(partial(do, by, key, "approve", CHECKED, **asked) for by in (folk.secretary, folk.officer)))
        assert codes(answers)[0] == (200, None)
        assert codes(answers)[1] in ((409, "not_in_this_state"), (412, "precondition_failed"))
        assert lines(folk.district, "approve_pledge") == done_before + 1


def test_claiming_and_amending_at_once_leave_what_one_after_the_other_would(folk: People) -> None:
    for _ in range(ROUNDS):
        key = published(folk.member, folk.secretary, kind="instant")
        answers = at_once(partial(do, folk.member, key, "claim", CLAIM), partial(do, folk.member, key, "amend", AMENDED))
        pledge = stored(folk.district, key)
        claimed, amended = (answer.status_code == 200 for answer in answers)
        # Whoever is first bars a claim, never an amendment.
        assert amended and (claimed or answers[0].json()["needs"] == "no_amendment")
        assert (pledge.claim_outcome is not None, pledge.amendment_no) == (claimed, 2)


def test_publishing_against_withdrawing_at_once_leaves_no_withdrawn_pledge_on_a_card(folk: People) -> None:
    for _ in range(ROUNDS):
        key = submitted(folk.member, kind="instant")
        done(folk.secretary, key, "approve", CHECKED)
        answers = at_once(partial(do, folk.secretary, key, "publish"), partial(do, folk.member, key, "withdraw", WHY))
        statuses = [answer.status_code for answer in answers]
        assert statuses in ([200, 403], [409, 200])
        state = stored(folk.district, key).state
        assert state == ("published" if statuses[0] == 200 else "withdrawn")
        assert (key in on_card(folk.district, folk.member_id)) == (state == "published")


def test_progress_sent_twice_by_one_key_while_it_is_published_is_there_once(folk: People) -> None:
    for _ in range(ROUNDS):
        key, sent = published(folk.member, folk.secretary, kind="instant"), {"headers": {"Idempotency-Key": str(uuid4())}}
        again = partial(do, folk.member, key, "progress", {"note": "走访了两户。", "percent": 40}, **sent)
        entry = again().json()["id"]
        answers = at_once(again, again, partial(folk.secretary.post, f"{URL}/progress/publish", json={"ids": [entry]}))
        assert [answer.json()["id"] for answer in answers[:2]] == [entry, entry]
        with folk.district.work() as work:
            (row,) = work.exec(select(PledgeProgress).where(col(PledgeProgress.pledge_id) == UUID(key))).all()
            assert row.published_on is not None
        on_card(folk.district, folk.member_id)


def test_children_that_progress_at_once_leave_their_parent_the_mean_of_both(folk: People) -> None:
    parent = published(folk.secretary, folk.village, organization_id=str(folk.district.ids["B11"]))
    mine, theirs = (published(by, folk.secretary, parent_id=parent) for by in (folk.member, folk.other))
    for percent in range(10, 10 * (ROUNDS + 1), 10):
        told = {"note": "走访了两户。", "percent": percent}
        answers = at_once(partial(do, folk.member, mine, "progress", told), partial(do, folk.other, theirs, "progress", told))
        assert [answer.status_code for answer in answers] == [201, 201]
        assert stored(folk.district, parent).percent == percent


def test_what_a_quarter_makes_public_while_its_author_is_erased_tells_nothing_of_him(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    (officer, eraser), place = (district.sign_in(Role.district_officer, "D") for _ in range(2)), str(district.ids["B11"])
    member_id = keep_member(district, "B11", status=MemberStatus.left, left_on=date(2020, 1, 1))
    key, others = str(keep_pledge(district, "B11", member_id)), str(keep_pledge(district, "B11"))
    answers: list[Any] = []
    asked = {"member_id": str(member_id), "ground": "asked_for"}
    erasing = Thread(target=lambda: answers.append(eraser.post("/v1/privacy/erasures", json=asked)))
    read = queries.publishable

    def meanwhile(*about: Any) -> Any:
        found = read(*about)
        erasing.start()
        erasing.join(timeout=1)
        return found

    monkeypatch.setattr(queries, "publishable", meanwhile)
    body = {"organization_id": place, "quarter": quarter_of(district_day())}
    told = officer.post("/v1/pledges/publications", json=body)
    erasing.join()
    assert (told.status_code, answers[0].status_code) == (201, 200), (told.text, answers[0].text)
    assert {line["id"] for line in told.json()["lines"]} == {key, others}
    with district.work() as work:
        assert [line["id"] for line in work.exec(select(Publication)).one().lines] == [others]
