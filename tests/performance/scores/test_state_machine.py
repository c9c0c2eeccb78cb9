"""The life of two scores, walked at random by everybody about them: each request is answered as `believed.py` says, and every
total is what the oracle reckons."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from models.enums import PledgeState, Role
from models.member import Member
from models.score_enums import ScoreScheme
from tests.conftest import Caller, District
from tests.performance.scores.asking import APPEALS, URL, appeal, decide, enter, reverse
from tests.performance.scores.believed import FOLK, SECTIONS, SUBJECTS, Appealed, Believed, Entry
from tests.performance.scores.kept import YEAR, entered_at, keep_year
from tests.performance.scores.oracle import shown
from tests.pledges.asking import people
from tests.pledges.kept import keep_pledge
from tests.walks import walk

WHO, SUBJECT = st.sampled_from(FOLK), st.sampled_from(SUBJECTS)
ABLE = st.sampled_from(["secretary", "village", "village", "officer"])
"""Those who may do most of it, oftener than chance would have them."""
SECTION = st.sampled_from(["base", "bonus", "deduction", "veto"])
WHICH = st.integers(0, 11)
DECISION = st.sampled_from(["upheld", "exempted", "refused"])
OUTCOMES = {
    PledgeState.published: "",
    PledgeState.fulfilled: "fulfilled",
    PledgeState.evaluated: "fulfilled",
    PledgeState.unfulfilled: "unfulfilled",
    PledgeState.exempted: "exempted",
    PledgeState.withdrawn: None,
    PledgeState.draft: None,
}


class Life(RuleBasedStateMachine):
    """A member and a secretary of one branch, and whoever writes their scores."""

    def __init__(self, district: District) -> None:
        super().__init__()
        self.district = district
        folk = people(district)
        self.callers: dict[str, Caller] = {
            "member": folk.member,
            "neighbour": folk.other,
            "deputy": folk.deputy,
            "secretary": folk.secretary,
            "second": district.sign_in(Role.secretary, "B11"),
            "village": folk.village,
            "officer": folk.officer,
            "stranger": district.sign_in(Role.secretary, "B12"),
        }
        mine = {name: self.callers[name].get("/v1/members/mine").json()["id"] for name in SUBJECTS}
        self.ids = {name: UUID(key) for name, key in mine.items()}

    @initialize(scheme=st.sampled_from(list(SECTIONS)), points=st.lists(st.integers(1, 60), min_size=3, max_size=3))
    def begin(self, scheme: str, points: list[int]) -> None:
        """A walk begins with a scheme, which no entry of this walk has used yet, and with something to appeal against."""
        with self.district.work() as work:
            keep_year(work, YEAR).scheme = ScoreScheme(scheme)
        self.believed = Believed(scheme)
        for subject, by, half_points in zip(
            ("member", "member", "secretary"), ("secretary", "officer", "village"), points, strict=True
        ):
            self._enter(by, subject, "base", half_points)
        for entry in self.believed.entries[::2]:
            self._appeal(entry.subject, entry)

    @rule(who=WHO | ABLE, subject=SUBJECT, section=SECTION, half_points=st.integers(1, 60))
    def enter(self, who: str, subject: str, section: str, half_points: int) -> None:
        self._enter(who, subject, section, half_points)
        self._compare(subject)

    @rule(who=WHO | ABLE, which=WHICH)
    def reverse(self, who: str, which: int) -> None:
        entry = self.believed.entries[-1 - which % len(self.believed.entries)]
        answer = reverse(self.callers[who], entry.key)
        if self._is_answered(answer, 201, self.believed.refuses_reversal(who, entry)):
            self._is_taken_back(entry, answer.json()["id"], who)
        self._compare(entry.subject)

    @rule(who=st.none() | WHO, which=WHICH)
    def appeal(self, who: str | None, which: int) -> None:
        entry = self.believed.entries[-1 - which % len(self.believed.entries)]
        self._appeal(who or entry.subject, entry)
        self._compare(entry.subject)

    @rule(who=WHO | ABLE, which=WHICH, decision=DECISION)
    def decide(self, who: str, which: int, decision: str) -> None:
        appeals = self.believed.appeals
        one = appeals[-1 - which % len(appeals)]
        answer = decide(self.callers[who], one.key, decision)
        if self._is_answered(answer, 200, self.believed.refuses_decision(who, one)):
            one.state = decision
            assert answer.json()["state"] == decision
            if decision != "refused" and not one.entry.reversed_by:
                self._is_taken_back(one.entry, None, who)
            assert answer.json()["entry"]["is_reversed"] is (one.entry.reversed_by is not None)
        self._compare(one.entry.subject)

    @rule(which=WHICH)
    def grow_old(self, which: int) -> None:
        entry = self.believed.entries[-1 - which % len(self.believed.entries)]
        entered_at(self.district, entry.key, datetime.now(UTC) - timedelta(days=31))
        entry.is_old = True

    @rule(subject=SUBJECT, state=st.sampled_from(list(OUTCOMES)))
    def pledge(self, subject: str, state: PledgeState) -> None:
        keep_pledge(self.district, "B11", self.ids[subject], state=state)
        if (outcome := OUTCOMES[state]) is not None:
            self.believed.outcomes[subject].append(outcome)
        self._compare(subject)

    @rule(subject=SUBJECT)
    def make_voluntary(self, subject: str) -> None:
        with self.district.work() as work:
            work.get_one(Member, self.ids[subject]).pledges_voluntary = True
        self.believed.voluntary.add(subject)
        self._compare(subject)

    def _enter(self, who: str, subject: str, section: str, half_points: int) -> None:
        answer = enter(self.callers[who], self.ids[subject], section, half_points / 2)
        if self._is_answered(answer, 201, self.believed.refuses_entry(who, subject, section)):
            self.believed.entries.append(Entry(answer.json()["id"], subject, section, half_points, who))

    def _appeal(self, who: str, entry: Entry) -> None:
        answer = appeal(self.callers[who], entry.key)
        if self._is_answered(answer, 201, self.believed.refuses_appeal(who, entry)):
            entry.appeal = Appealed(answer.json()["id"], entry)

    def _is_taken_back(self, entry: Entry, key: str | None, who: str) -> None:
        if key is None:
            told = self.callers[entry.subject].get(f"{URL}/mine").json()["entries"]
            key = next(one["id"] for one in told if one["reverses_id"] == entry.key)
        entry.reversed_by = Entry(key, entry.subject, entry.section, entry.half_points, who, reverses=entry)
        self.believed.entries.append(entry.reversed_by)

    def _is_answered(self, answer: Any, status: int, expected: str | None) -> bool:
        found = None if answer.status_code == status else answer.json()["code"]
        assert found == expected, answer.text
        return expected is None

    def _compare(self, subject: str) -> None:
        """What he reads of himself is what is believed, and reckoned."""
        told = self.callers[subject].get(f"{URL}/mine").json()
        self._hold_against(told, "mine", subject)

    def _hold_against(self, told: dict[str, Any], who: str, subject: str) -> None:
        believed = self.believed
        name = subject if who == "mine" else who
        if believed.sees_total(name, subject):
            expected = believed.reckoned(subject)
            parts = {part: shown(getattr(expected, part)) for part in ("base", "pledge", "bonus", "deduction")}
            assert (told["total"], told["parts"]) == (shown(expected.total), parts)
            assert told["is_vetoed"] is expected.is_vetoed
        else:
            assert told["total"] is told["parts"] is told["is_vetoed"] is told["pledges"] is None
        entries = [
            (
                one["id"],
                one["points"],
                one["reverses_id"],
                one["is_reversed"],
                one["appeal"] and (one["appeal"]["id"], one["appeal"]["state"]),
            )
            for one in told["entries"]
        ]
        assert entries == [
            (
                one.key,
                one.half_points / 2,
                one.reverses.key if one.reverses else None,
                one.reversed_by is not None,
                (one.appeal.key, one.appeal.state) if one.appeal and believed.sees_appeal(name, one.appeal) else None,
            )
            for one in believed.of(subject)
            if believed.is_seen(name, one)
        ]

    def teardown(self) -> None:
        """When the walk is over, each reads what is his to read, and is told what waits for him."""
        if not hasattr(self, "believed"):
            return
        believed, mine = self.believed, {one.key for one in self.believed.appeals}
        for who, subject in product(("deputy", "second", "village", "officer"), SUBJECTS):
            answer = self.callers[who].get(f"{URL}/{self.ids[subject]}")
            if any(believed.is_seen(who, one) for one in believed.of(subject)) or believed.sees_total(who, subject):
                self._hold_against(answer.json(), who, subject)
            else:
                assert answer.status_code == 404
        listed = self.callers["neighbour"].get(URL, params={"limit": 200})
        totals = {one["member_id"]: one["total"] for one in listed.json()["items"]}
        for subject in SUBJECTS:
            assert totals[str(self.ids[subject])] == shown(believed.reckoned(subject).total)
        for who in ("second", "village", "officer"):
            for state, expected in ((None, believed.heard_of(who)), ("open", believed.heard_by(who))):
                answer = self.callers[who].get(APPEALS, params={"limit": 200} | ({"state": state} if state else {}))
                heard = {one["id"] for one in answer.json()["items"]}
                assert heard & mine == {one.key for one in expected}, (who, state)


def test_whatever_is_done_in_whatever_order_scores_are_what_the_model_and_the_oracle_say(district: District) -> None:
    walk(lambda: Life(district), runs=3, steps=6)
