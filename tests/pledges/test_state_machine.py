"""The life of pledges, walked at random by a member, a neighbour, a deputy, the secretaries of the branch and of the village, an
officer, a stranger to the branch and three residents: each request is answered as `believed.py` says, and every profile is then
what the tables say."""

from datetime import timedelta
from itertools import count
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlmodel import col, update

from api.pledges.showing import show_pledges_of_members
from models.enums import Grade, Role
from models.evaluation import Evaluation
from models.pledge import Pledge
from tests.conftest import PUBLIC_URL, Caller, District
from tests.pledges.asking import MEETING, URL, WRITTEN, YEAR, do, on_card, past, people
from tests.pledges.believed import AUTHORS, AUTHORS_OWN, BODIES, ON_WORDS, Believed, Graded
from tests.pledges.kept import keep_member
from tests.transport import Client
from tests.verification.holders import hold
from tests.walks import walk

JSON = {"Accept": "application/json"}
WORDS = "说到做到。"
NUMBERS = st.integers(0, len(AUTHORS) - 1)
FOLK = st.sampled_from(["member", "neighbour", "deputy", "secretary", "village", "officer", "stranger"])
WEIGHTS = {"approve": 3, "claim": 2, "refuse-claim": 2, "confirm": 3, "fail": 2}
LIKELY = [verb for verb in BODIES if verb not in ("withdraw", "evaluations") for _ in range(WEIGHTS.get(verb, 1))]
"""What leads on, some of it oftener than the rest; whatever ends a pledge stands apart."""
Choice = tuple[int, bool, int]
CHOICES = st.tuples(st.integers(0, 23), st.booleans(), st.integers(0, 100))
"""Which of what is possible is done next, and how."""
WAYS, OPENINGS = (st.lists(CHOICES, min_size=least, max_size=least + 4) for least in (4, 12))
_WALKS = count(1)


class Life(RuleBasedStateMachine):
    """A pledge of each kind of one branch, and whoever acts on them."""

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
            "village": folk.village,
            "officer": folk.officer,
            "stranger": district.sign_in(Role.secretary, "B21"),
        }
        # Strangers read pledges of those alone who have a valid card.
        issued = folk.officer.post("/v1/cards/issue", json={"organization_id": str(district.ids["B11"])})
        assert issued.status_code == 200, issued.text
        self.door = f"/C/{hold(district.house, district.ids['B11']).code}/pledges"
        # Each walk has a network of its own, since a network rates no more than fifty times a day.
        home = f"2001:db8:{next(_WALKS):x}::1"
        self.residents = [Client(district.client.app, base_url=PUBLIC_URL, client=(home, 50_000)) for _ in range(3)]
        for resident in self.residents:
            # The application runs in one loop, to which its connection for scans belongs.
            resident.portal = district.client.portal
        self.pledges: list[Believed] = []

    @initialize(
        visibilities=st.lists(
            st.sampled_from(["public", "public", "public", "public", "branch", "inner_party"]), min_size=4, max_size=4
        ),
        ways=st.lists(OPENINGS, min_size=4, max_size=4),
    )
    def begin(self, visibilities: list[str], ways: list[list[Choice]]) -> None:
        """A walk begins with pledges that have come some way."""
        named = {"branch": {"organization_id": str(self.district.ids["B11"])}, "paper": {"member_id": str(self.old_id)}}
        for kind, visibility, way in zip(AUTHORS, visibilities, ways, strict=True):
            body = {**WRITTEN, "kind": "instant", "visibility": visibility, **named.get(kind, {})}
            answer = self.callers[AUTHORS[kind]].post(URL, json=body)
            assert answer.status_code == 201, answer.text
            self.pledges.append(Believed(answer.json()["id"], kind, visibility))
            self._lead(self.pledges[-1], way)

    @rule(number=NUMBERS, way=WAYS)
    def go_on(self, number: int, way: list[Choice]) -> None:
        self._lead(self.pledges[number], way)

    @rule(
        number=NUMBERS,
        who=FOLK,
        verb=st.sampled_from(list(BODIES)),
        by_vote=st.booleans(),
        prevented=st.booleans(),
        percent=st.integers(0, 100),
    )
    def act(self, number: int, who: str, verb: str, by_vote: bool, prevented: bool, percent: int) -> None:
        self._ask(self.pledges[number], who, verb, by_vote, prevented, percent)
        self._compare(self.pledges[number])

    @rule(number=NUMBERS, device=st.integers(0, 2), grade=st.sampled_from(Grade), has_words=st.booleans())
    def rate(self, number: int, device: int, grade: Grade, has_words: bool) -> None:
        self._rate(self.pledges[number], device, grade, has_words)
        self._compare(self.pledges[number])

    @rule(number=NUMBERS, which=st.integers(0, 2), who=FOLK, verb=st.sampled_from(list(ON_WORDS)))
    def decide_words(self, number: int, which: int, who: str, verb: str) -> None:
        one = self.pledges[number]
        if one.ratings:
            self._decide(one, one.ratings[which % len(one.ratings)], who, verb)
            self._compare(one)

    @rule()
    def let_a_day_pass(self) -> None:
        """What residents have said until then counts."""
        keys = [UUID(one.key) for one in self.pledges]
        with self.district.work() as work:
            work.execute(
                update(Evaluation).where(col(Evaluation.pledge_id).in_(keys)).values(counts_from=work.at - timedelta(hours=1))
            )
        for one in self.pledges:
            for rating in one.ratings:
                rating.is_waiting = False

    @rule(number=NUMBERS)
    def fall_due(self, number: int) -> None:
        self._fall_due(self.pledges[number])

    def _lead(self, one: Believed, way: list[Choice]) -> None:
        """Do some things that may be done, by somebody who may, so that walks lead far; what ends a pledge more seldom."""
        for which, flag, number in way:
            if which == 0:
                continue
            above = "village" if one.decided_by == "officer" else "officer"
            possible = [verb for verb in LIKELY if one.allows(verb)]
            if which >= 22 and one.allows("withdraw") and one.was_out:
                self._ask(one, AUTHORS[one.kind] if number % 3 == 0 else above, "withdraw", False, flag, number)
            elif which == 21 and one.allows("evaluations"):
                self._ask(one, above, "evaluations", False, flag, number)
            elif which >= 17 and one.ratings:
                verb = ("void", "show", "void", "hide")[number % 4]
                self._decide(
                    one, one.ratings[number % len(one.ratings)], "secretary" if flag and number % 3 == 0 else "officer", verb
                )
            elif which >= 14 and one.is_public:
                self._rate(one, number % 3, list(Grade)[number % 4], which > 14)
            elif which == 13:
                self._fall_due(one)
            elif possible:
                verb = possible[which % len(possible)]
                # Who has decided asks now and then to take it back himself.
                who = one.decided_by if verb == "reopen" and number % 3 == 0 and one.decided_by else above
                self._ask(one, AUTHORS[one.kind] if verb in AUTHORS_OWN else who, verb, flag, number % 4 == 0, number)
        self._compare(one)

    def _fall_due(self, one: Believed) -> None:
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
        expected = one.refuses(who, verb, by_vote)
        answer = do(self.callers[who], one.key, verb, body)
        found = None if answer.status_code < 300 else answer.json()["code"]
        assert found == expected, (one, who, verb, by_vote, answer.text)
        if expected is not None:
            return
        one.follow(who, verb, by_vote, prevented, percent)
        if verb not in ("progress", "evaluations"):
            told = answer.json()
            believed = (one.state, one.claim, one.percent, one.is_overdue)
            assert (told["state"], told["claim_outcome"], told["percent"], told["is_overdue"]) == believed, (one, verb)

    def _rate(self, one: Believed, device: int, grade: Grade, has_words: bool) -> None:
        form = {"grade": grade.value, "words": WORDS if has_words else "", "key": uuid4().hex}
        expected = one.refuses_rating(device)
        answer = self.residents[device].post(f"{self.door}/{one.key}/evaluations", data=form, headers=JSON)
        found = None if answer.status_code == 201 else answer.json()["code"]
        assert found == expected, (one, device, answer.text)
        if expected is None:
            (newest, *_) = self.callers["officer"].get("/v1/evaluations", params={"pledge_id": one.key}).json()["items"]
            one.ratings.append(Graded(newest["id"], device, grade, WORDS if has_words else None, answer.json()["words_state"]))
            assert (newest["grade"], newest["words"], newest["is_counted"]) == (grade, WORDS if has_words else None, False)
            assert newest["words_state"] == ("held" if has_words else None)

    def _decide(self, one: Believed, rating: Graded, who: str, verb: str) -> None:
        expected = one.refuses_decision(rating, who, verb)
        answer = self.callers[who].post(f"/v1/evaluations/{rating.key}/{verb}", json=ON_WORDS[verb])
        found = None if answer.status_code == 200 else answer.json()["code"]
        assert found == expected, (one, rating, who, verb, answer.text)
        if expected is None:
            if verb == "void":
                rating.is_void = True
            else:
                rating.words_state = "shown" if verb == "show" else "hidden"
            told = answer.json()
            is_counted = not rating.is_waiting and not rating.is_void
            is_void = told["void_reason"] is not None
            assert (told["words_state"], told["is_counted"], is_void) == (rating.words_state, is_counted, rating.is_void), (
                one,
                rating,
            )

    def _compare(self, one: Believed) -> None:
        """What its author and a stranger read of a pledge is what is believed of it."""
        told = self.callers[AUTHORS[one.kind]].get(f"{URL}/{one.key}").json()
        amendment = told["amendment"]["state"] if told["amendment"] and told["amendment"]["state"] != "returned" else None
        assert (told["state"], told["claim_outcome"], amendment) == (one.state, one.claim, one.amendment), one
        assert (told["percent"], told["is_overdue"]) == (one.percent, one.is_overdue), one
        answer = self.residents[0].get(f"{self.door}/{one.key}", headers=JSON)
        assert answer.status_code == (200 if one.is_public else 404), (one, answer.text)
        if one.is_public:
            told = answer.json()
            told["masses"], told["words"] = told["tally"]["masses"], [(said["grade"], said["words"]) for said in told["words"]]
            believed = one.told_to_strangers()
            assert {name: told[name] for name in believed} == believed, one

    def teardown(self) -> None:
        """When the walk is over, every list tells whoever asks what he sees, and every card what is public."""
        for who, caller in self.callers.items():
            listed = {item["id"] for item in caller.get(URL).json()["items"]}
            mine = {one.key for one in self.pledges}
            assert listed & mine == {one.key for one in self.pledges if one.is_seen_by(who)}, who
        for kind, member_id in (("own", self.member_id), ("paper", self.old_id)):
            assert set(on_card(self.district, member_id)) == {one.key for one in self.pledges if one.kind == kind and one.is_public}


def test_whatever_is_done_in_whatever_order_pledges_are_what_the_model_says(district: District) -> None:
    walk(lambda: Life(district), runs=4, steps=6)
