"""The life of pledges, walked at random by a member, a neighbour, a deputy, a secretary, an officer and a stranger to the branch:
each request is answered as a model of its own says, and every profile is then what the tables say.

`LIFE_RUNS` walks of `LIFE_STEPS` steps each; the suite takes a short form, `make endure` 500 of 50.
"""

import os
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from api.pledges.showing import show_pledges_of_members
from models.enums import Role
from models.pledge import Pledge
from tests.conftest import Caller, District
from tests.pledges.asking import CHECKED, MEASURE, MEETING, URL, WHY, WRITTEN, YEAR, do, on_card, past, people
from tests.pledges.kept import keep_member

RUNS = int(os.environ.get("LIFE_RUNS", "4"))
STEPS = int(os.environ.get("LIFE_STEPS", "20"))

AUTHORS = {"own": "member", "hers": "secretary", "branch": "secretary", "paper": "secretary"}
"""For each kind of pledge who acts for its author: a member's own, the secretary's, the branch's, and one that she has entered."""
REVIEWERS = {"own": {"secretary", "officer"}, "hers": {"officer"}, "branch": {"officer"}, "paper": {"secretary", "officer"}}
ABOUT_ONESELF = {("own", "member"), ("hers", "secretary"), ("branch", "secretary")}
ABOVE = {"deputy", "secretary", "officer"}
AT_HOME = {"member", "neighbour", "deputy", "secretary"}
MAY_REVIEW = {"secretary", "officer", "stranger"}
OUT = {"published", "fulfilled", "unfulfilled", "exempted"}
BODIES: dict[str, Any] = {
    "submit": None,
    "amend": {
        "content": "每月入户走访困难群众三户。",
        "measure": MEASURE,
        "due_on": f"{YEAR}-12-30",
        "visibility": "public",
        **WHY,
    },
    "withdraw": WHY,
    "claim": {"note": "见台账。"},
    "approve": CHECKED,
    "return": WHY,
    "publish": None,
    "confirm": {},
    "refuse-claim": WHY,
    "exempt": WHY,
    "fail": WHY,
    "reopen": WHY,
    "progress": {"note": "走访了两户。"},
}
SETTLING = {"refuse-claim", "exempt", "fail", "reopen", "withdraw"}
"""What whoever has entered a pledge does only where all members have voted for its text."""
AUTHORS_OWN = {"submit", "amend", "claim", "progress"}
NUMBERS, PERCENTS = st.integers(0, 3), st.integers(0, 100)
VERBS = st.sampled_from(list(BODIES))
FOLK = st.sampled_from(["member", "neighbour", "deputy", "secretary", "officer", "stranger"])


@dataclass
class Believed:
    """What is to be believed of one pledge."""

    key: str
    kind: str
    visibility: str
    state: str = "draft"
    was_out: bool = False
    claim: str | None = None
    amendment: str | None = None
    decided_by: str | None = None
    percent: int = 0
    last_percent: int = 0
    is_due: bool = False
    is_by_all: bool = False
    amendment_is_by_all: bool = False


class Life(RuleBasedStateMachine):
    """A few pledges of one branch, and whoever acts on them."""

    def __init__(self, district: District) -> None:
        super().__init__()
        self.district = district
        folk = people(district)
        self.member_id, self.old_id = folk.member_id, keep_member(district, "B11", "王秀兰")
        self.callers: dict[str, Caller] = {
            "member": folk.member,
            "neighbour": folk.other,
            "deputy": folk.deputy,
            "secretary": folk.secretary,
            "officer": folk.officer,
            "stranger": district.sign_in(Role.secretary, "B21"),
        }
        self.pledges: list[Believed] = []

    @rule(kind=st.sampled_from(list(AUTHORS)), visibility=st.sampled_from(["branch", "inner_party", "public"]))
    def draft(self, kind: str, visibility: str) -> None:
        if len(self.pledges) >= 4:
            return
        named = {"branch": {"organization_id": str(self.district.ids["B11"])}, "paper": {"member_id": str(self.old_id)}}
        body = {**WRITTEN, "kind": "instant", "visibility": visibility, **named.get(kind, {})}
        answer = self.callers[AUTHORS[kind]].post(URL, json=body)
        assert answer.status_code == 201, answer.text
        self.pledges.append(Believed(answer.json()["id"], kind, visibility))

    @precondition(lambda self: self.pledges)
    @rule(
        number=st.integers(0, 3), who=FOLK, verb=VERBS, by_vote=st.booleans(), prevented=st.booleans(), percent=st.integers(0, 100)
    )
    def act(self, number: int, who: str, verb: str, by_vote: bool, prevented: bool, percent: int) -> None:
        self._ask(self.pledges[number % len(self.pledges)], who, verb, by_vote, prevented, percent)

    @precondition(lambda self: self.pledges)
    @rule(number=NUMBERS, by_vote=st.booleans(), prevented=st.booleans(), percent=PERCENTS)
    def go_on(self, number: int, by_vote: bool, prevented: bool, percent: int) -> None:
        """What most naturally comes next, so that walks lead far."""
        one = self.pledges[number % len(self.pledges)]
        verb = {"draft": "submit", "returned": "submit", "submitted": "approve", "approved": "publish"}.get(one.state, "claim")
        if one.state == "published":
            verb = {None: "claim", "fulfilled": "confirm", "prevented": "exempt"}[one.claim]
        who = AUTHORS[one.kind] if verb in AUTHORS_OWN else "officer"
        self._ask(one, who, verb, by_vote, prevented, percent)

    @precondition(lambda self: self.pledges)
    @rule(number=NUMBERS)
    def fall_due(self, number: int) -> None:
        one = self.pledges[number % len(self.pledges)]
        if one.state == "published" and not one.is_due and one.amendment is None and past().year == YEAR:
            with self.district.work() as work:
                pledge = work.get_one(Pledge, UUID(one.key))
                pledge.due_on = past()
                if pledge.member_id:
                    show_pledges_of_members(work, [pledge.member_id])
            one.is_due = True

    def _ask(self, one: Believed, who: str, verb: str, by_vote: bool, prevented: bool, percent: int) -> None:
        body = BODIES[verb]
        if verb in ("approve", "confirm") and by_vote:
            body = {**body, "vote": MEETING}
        if verb == "claim":
            body = {**body, "outcome": "prevented" if prevented else "fulfilled"}
        if verb == "progress":
            body = {**body, "percent": percent}
        expected = self._refusal(one, who, verb, by_vote)
        answer = do(self.callers[who], one.key, verb, body)
        found = None if answer.status_code < 300 else answer.json()["code"]
        assert found == expected, (one, who, verb, by_vote, answer.text)
        if expected is None:
            self._follow(one, who, verb, by_vote, prevented, percent)
        self._compare(one)

    def _sees(self, one: Believed, who: str) -> bool:
        if who == AUTHORS[one.kind]:
            return True
        if one.state == "draft":
            return False
        if who in ABOVE:
            return True
        if one.state in OUT:
            return who in AT_HOME or one.visibility != "branch"
        return one.state == "withdrawn" and one.was_out and who in AT_HOME

    def _refusal(self, one: Believed, who: str, verb: str, by_vote: bool) -> str | None:
        reviews = verb not in AUTHORS_OWN and verb != "withdraw"
        if reviews and who not in MAY_REVIEW:
            return "forbidden"
        if not self._sees(one, who):
            return "not_found"
        if reviews or (verb == "withdraw" and one.state in OUT):
            if (one.kind, who) in ABOUT_ONESELF:
                return "about_oneself"
            if who not in REVIEWERS[one.kind] and one.state != "draft":
                return "for_the_level_above"
            if verb in ("approve", "confirm") and (one.kind, who) == ("paper", "secretary") and not by_vote:
                return "about_oneself"
            if verb in SETTLING and (one.kind, who) == ("paper", "secretary") and not one.is_by_all:
                return "about_oneself"
            if verb == "reopen" and one.decided_by == who:
                return "about_oneself"
        elif who != AUTHORS[one.kind]:
            return "forbidden"
        return None if self._allows(one, verb) else "not_in_this_state"

    def _allows(self, one: Believed, verb: str) -> bool:
        out = one.state == "published"
        return {
            "submit": one.state in ("draft", "returned"),
            "approve": one.state == "submitted" or (out and one.amendment == "submitted"),
            "return": one.state == "submitted" or (out and one.amendment == "submitted"),
            "publish": one.state == "approved" or (out and one.amendment == "approved"),
            "withdraw": one.state in ("submitted", "returned", "approved", "published"),
            "amend": out and one.amendment is None,
            "claim": out and one.claim is None and one.amendment is None,
            "confirm": out and one.claim == "fulfilled",
            "refuse-claim": out and one.claim is not None,
            "exempt": out,
            "fail": out and one.claim is None and one.is_due,
            "reopen": one.state in ("fulfilled", "unfulfilled", "exempted"),
            "progress": out,
        }[verb]

    def _follow(self, one: Believed, who: str, verb: str, by_vote: bool, prevented: bool, percent: int) -> None:
        settled = {"confirm": "fulfilled", "exempt": "exempted", "fail": "unfulfilled"}
        if verb in ("approve", "return", "publish") and one.state == "published":
            one.amendment = "approved" if verb == "approve" else None
            if verb == "approve":
                one.amendment_is_by_all = by_vote
            if verb == "publish":
                one.is_due, one.visibility, one.is_by_all = False, "public", one.amendment_is_by_all
        elif verb in ("submit", "approve", "return", "publish"):
            one.state = {"submit": "submitted", "approve": "approved", "return": "returned", "publish": "published"}[verb]
            one.was_out = one.was_out or verb == "publish"
            if verb in ("submit", "approve"):
                one.is_by_all = by_vote and verb == "approve"
        elif verb == "withdraw":
            one.state, one.amendment = "withdrawn", None
        elif verb == "amend":
            one.amendment = "submitted"
        elif verb == "claim":
            one.claim = "prevented" if prevented else "fulfilled"
        elif verb == "refuse-claim":
            one.claim = None
        elif verb == "progress":
            one.percent = one.last_percent = percent
        elif verb == "reopen":
            one.state, one.claim, one.decided_by, one.percent = "published", None, None, one.last_percent
        else:
            one.state, one.decided_by, one.amendment = settled[verb], who, None
            one.percent = 100 if verb == "confirm" else one.percent

    def _compare(self, one: Believed) -> None:
        told = self.callers[AUTHORS[one.kind]].get(f"{URL}/{one.key}").json()
        amendment = told["amendment"]["state"] if told["amendment"] and told["amendment"]["state"] != "returned" else None
        assert (told["state"], told["claim_outcome"], amendment) == (one.state, one.claim, one.amendment), one
        assert (told["percent"], told["is_overdue"]) == (
            one.percent,
            one.state == "published" and one.is_due and one.claim is None,
        )

    def teardown(self) -> None:
        """When the walk is over, every list tells whoever asks what he sees, and every card what is public."""
        for who, caller in self.callers.items():
            listed = {item["id"] for item in caller.get(URL).json()["items"]}
            mine = {one.key for one in self.pledges}
            assert listed & mine == {one.key for one in self.pledges if self._sees(one, who)}, who
        for kind, member_id in (("own", self.member_id), ("paper", self.old_id)):
            public = {one.key for one in self.pledges if one.kind == kind and one.state in OUT and one.visibility == "public"}
            assert set(on_card(self.district, member_id)) == public


def test_whatever_is_done_in_whatever_order_pledges_are_what_the_model_says(district: District) -> None:
    walks = settings(
        max_examples=RUNS,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(lambda: Life(district), settings=walks)  # type: ignore[arg-type]  # a factory serves as well as a class
