"""The life of a member's cards, walked at random: whatever is done in whatever order, every code tells what a simple model says."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID, uuid4

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlmodel import col, select

from api.access.permissions import Permission
from api.access.scope import Access
from api.building import PROFILES
from api.cards import plates, service, showing
from api.cards.rules import Action
from api.database import Origin, Work
from api.errors import Conflict
from api.keys import service as keys
from api.keys.rules import SLOTS
from api.members import life
from api.members import service as members
from api.profiles.service import mend_profiles
from api.status_lists import queries as status_queries
from api.versions import Expected
from models.account import Account
from models.card import Card
from models.enums import CardState, LeavingKind, MemberStatus, PartyPost, PlateKind, Role
from models.member import Member
from models.organization import Organization
from tests.clock import district_day
from tests.conftest import District
from tests.verification.holders import Holder, signed
from tests.walks import walk

ANY = Expected(None, False)
WHY = "核实情况"
JSON = {"Accept": "application/json"}
VALID, SUSPENDED, REVOKED, EXPIRED = CardState.valid, CardState.suspended, CardState.revoked, CardState.expired
ENDED_BY_LEAVING = dict.fromkeys(LeavingKind, REVOKED) | {LeavingKind.transferred_out: CardState.transferred}
LIVING = (VALID, SUSPENDED)
LEADS_TO = {
    Action.suspend: {VALID: SUSPENDED, SUSPENDED: SUSPENDED},
    Action.resume: {SUSPENDED: VALID, VALID: VALID},
    Action.revoke: {VALID: REVOKED, SUSPENDED: REVOKED, REVOKED: REVOKED},
    Action.expire: {VALID: EXPIRED, SUSPENDED: EXPIRED, EXPIRED: EXPIRED},
}
RENEWED = {VALID: VALID, SUSPENDED: SUSPENDED, EXPIRED: VALID}
"""The model's own tables, so that a change of the rules' does not go unseen."""


@dataclass
class ModelCard:
    """What is to be believed of one card."""

    id: UUID
    branch: str
    state: CardState = CardState.valid
    lapsed: bool = False
    is_lost: bool = False
    plates: dict[UUID, tuple[str, bool]] = field(default_factory=dict)
    """For each plate its code, and whether it still stands."""

    @property
    def counted(self) -> CardState:
        return CardState.expired if self.lapsed and self.state in LIVING else self.state

    def outcome(self, stands: bool) -> str:
        return self.counted.value if stands or self.counted is CardState.revoked else "revoked"


class Life(RuleBasedStateMachine):
    """One member, whoever acts on his cards and his membership, and what must be told of them."""

    def __init__(self, district: District, officer: str) -> None:
        super().__init__()
        self.district, self.house, self.client = district, district.house, district.client
        self.officer = officer
        self.cards: list[ModelCard] = []
        self.branch = "B11"
        self.is_member = True
        self.post: PartyPost | None = None
        self.taken: tuple[ModelCard, CardState] | None = None
        """The card that ended when the member left, and the state that it had before."""

    @initialize()
    def enrol(self) -> None:
        with self.work() as work:
            member = Member(
                organization_id=self.district.ids["B11"],
                full_name="方秀兰",
                joined_on=date(2001, 7, 1),
                status=MemberStatus.full,
            )
            work.add(member)
            self.member_id = member.id
            account = work.exec(select(Account).where(col(Account.username) == self.officer)).one()
            self.by = Access(account.id, account.id, account.organization_id, None, Permission.card_write, ())
            self.plate_maker = self.by.using(Permission.plate_write)
            self.own = Access(uuid4(), uuid4(), member.organization_id, member.id, Permission.own_card, ())

    def work(self) -> AbstractContextManager[Work]:
        return self.house.database.writing(Origin("test"))

    def issuing(self) -> service.Issuing:
        return service.Issuing(self.house.status_key, 5)

    @property
    def living(self) -> ModelCard | None:
        return next((card for card in self.cards if card.state in LIVING), None)

    @property
    def last(self) -> ModelCard:
        return self.living or self.cards[-1]

    def attempt(self, allowed: bool, act: Callable[[Work], object]) -> bool:
        """Do something in a transaction of its own, and see to it that it is refused exactly when the model says so."""
        try:
            with self.work() as work:
                act(work)
        except Conflict:
            assert not allowed
            return False
        assert allowed
        return True

    def follow(self, former: ModelCard, state: CardState) -> None:
        """Believe in the card that has taken the place of one that ended with its branch or membership."""
        with self.work() as work:
            self.cards.append(ModelCard(showing.card_of(work, self.member_id).id, self.branch, state))
        self.cards[-1].is_lost = former.is_lost and state is SUSPENDED

    def write_down_lapse(self) -> None:
        if (card := self.living) is not None and card.lapsed and card.state is CardState.valid:
            card.state = CardState.expired

    @rule()
    def issue(self) -> None:
        self.write_down_lapse()
        made: list[Card] = []

        def issue(work: Work) -> None:
            made.append(service.issue_card(work, self.by, self.member_id, self.issuing()))

        if self.attempt(self.is_member and self.living is None, issue):
            self.cards.append(ModelCard(made[0].id, self.branch))

    @precondition(lambda self: self.cards)
    @rule(number=st.integers(0, 3), action=st.sampled_from(list(LEADS_TO)))
    def act(self, number: int, action: Action) -> None:
        card = self.cards[-1 - number % len(self.cards)]
        do = getattr(service, f"{action}_card")
        if self.attempt(card.state in LEADS_TO[action], lambda work: do(work, self.by, card.id, WHY, ANY)):
            card.state = LEADS_TO[action][card.state]
            card.is_lost = card.is_lost and card.state is not CardState.valid
            if self.taken is not None and self.taken[0] is card:
                # Who revokes on purpose what the leaving has ended decides that it stays so.
                self.taken = None

    @precondition(lambda self: self.cards)
    @rule()
    def report_lost(self) -> None:
        card = self.last
        if self.attempt(card.state in LIVING, lambda work: service.report_lost(work, self.own)):
            card.state, card.is_lost = CardState.suspended, True

    @precondition(lambda self: self.cards)
    @rule(number=st.integers(0, 3))
    def renew(self, number: int) -> None:
        card = self.cards[-1 - number % len(self.cards)]
        counted = card.state if card.state is CardState.suspended else card.counted
        allowed = self.is_member and card.branch == self.branch and counted in RENEWED and self.living in (None, card)
        if self.attempt(allowed, lambda work: service.renew_card(work, self.by, card.id, WHY, None, ANY, self.issuing())):
            card.state, card.lapsed = RENEWED[counted], False

    @precondition(lambda self: self.cards)
    @rule(number=st.integers(0, 3), remake=st.booleans())
    def reissue(self, number: int, remake: bool) -> None:
        card = self.cards[-1 - number % len(self.cards)]
        other = self.living
        lapsed_other = other is not None and other is not card and other.lapsed and other.state is CardState.valid
        allowed = self.is_member and (other in (None, card) or lapsed_other)
        made: list[Card] = []

        def replace(work: Work) -> None:
            made.append(service.reissue_card(work, self.by, card.id, WHY, ANY, self.issuing(), remake_plates=remake))

        if self.attempt(allowed, replace):
            if card.state in LIVING:
                card.state = CardState.revoked
            if lapsed_other and other is not None:
                other.state = CardState.expired
            self.cards.append(ModelCard(made[0].id, self.branch))
            with self.work() as work:
                remade = plates.list_plates(work, self.by, made[0].id)
                assert sorted(plate.code[0] for plate in remade) == sorted(
                    code[0] for code, stands in card.plates.values() if stands and remake
                )
                self.cards[-1].plates = {plate.id: (plate.code, True) for plate in remade}

    @precondition(lambda self: self.cards)
    @rule(kind=st.sampled_from(list(PlateKind)))
    def make_plate(self, kind: PlateKind) -> None:
        card, made = self.last, []
        if self.attempt(card.state in LIVING, lambda work: made.append(plates.make_plate(work, self.plate_maker, card.id, kind))):
            card.plates[made[0].id] = made[0].code, True

    @precondition(lambda self: self.cards and self.last.plates)
    @rule(number=st.integers(0, 5))
    def withdraw_plate(self, number: int) -> None:
        card = self.last
        plate_id = list(card.plates)[number % len(card.plates)]
        with self.work() as work:
            plates.withdraw_plate(work, self.plate_maker, card.id, plate_id, WHY, ANY)
        card.plates[plate_id] = card.plates[plate_id][0], False

    @precondition(lambda self: self.living)
    @rule()
    def lapse(self) -> None:
        card = self.last
        with self.work() as work:
            work.get_one(Card, card.id).expires_on = district_day() - timedelta(days=2)
        card.lapsed = True

    @rule()
    def write_down(self) -> None:
        with self.work() as work:
            service.expire_lapsed_cards(work)
        self.write_down_lapse()

    @rule(post=st.sampled_from([None, *PartyPost]))
    def give_post(self, post: PartyPost | None) -> None:
        writer = self.by.using(Permission.member_write)

        def give(work: Work) -> None:
            members.edit_member(work, writer, self.member_id, {"party_post": post}, self.house.cipher, ANY)

        if self.attempt(self.is_member, give):
            self.post = post

    @precondition(lambda self: self.is_member)
    @rule(kind=st.sampled_from(list(ENDED_BY_LEAVING)))
    def leave(self, kind: LeavingKind) -> None:
        with self.work() as work:
            life.leave(work, work.get_one(Member, self.member_id), kind, work.today, WHY)
        self.is_member, self.post, self.taken = False, None, None
        if (card := self.living) is not None:
            self.taken = card, card.state
            card.state = ENDED_BY_LEAVING[kind]

    @precondition(lambda self: not self.is_member)
    @rule()
    def come_back(self) -> None:
        with self.work() as work:
            life.restore(work, work.get_one(Member, self.member_id), MemberStatus.full, WHY)
        self.is_member = True
        if self.taken is not None:
            self.follow(*self.taken)

    @precondition(lambda self: self.is_member)
    @rule()
    def move(self) -> None:
        self.branch, self.post = "B12" if self.branch == "B11" else "B11", None
        self.write_down_lapse()
        with self.work() as work:
            member = work.get_one(Member, self.member_id)
            life.move(work, member, work.get_one(Organization, self.district.ids[self.branch]), WHY)
        if (former := self.living) is not None:
            state, former.state = former.state, CardState.transferred
            self.follow(former, state)

    @rule(withdraw=st.booleans())
    def change_keys(self, withdraw: bool) -> None:
        with self.work() as work:
            known = keys.every_key(work)
            usable = [key for key in known if key.row.withdrawn_at is None]
            # Slots are never used twice, and long campaigns are long.
            if len(known) > SLOTS - 20:
                return
            if len(usable) < 3:
                keys.create_key(work, self.house.cipher)
            elif withdraw:
                keys.withdraw_key(work, self.house.cipher, usable[0].row.slot)

    @invariant()
    def at_most_one_card_lives(self) -> None:
        assert sum(card.state in LIVING for card in self.cards) <= 1

    @invariant()
    def every_code_tells_what_the_model_says(self) -> None:
        for card in self.cards:
            holder = Holder(self.member_id, card.id, card.id, "")
            codes = [(signed(self.house, holder).pack(), True), *card.plates.values()]
            for code, stands in codes:
                answer = self.client.get(f"/C/{code}", headers=JSON).json()
                assert answer["outcome"] == card.outcome(stands), (card, stands, answer)
                assert (answer["card"] is None) == (answer["outcome"] != "valid")
                if answer["card"]:
                    assert [entry["post"] for entry in answer["card"]["posts"]] == ([self.post] if self.post else [])

    def teardown(self) -> None:
        """When the walk is over, every profile is what the rooms say."""
        with self.work() as work:
            assert mend_profiles(work, PROFILES) == 0

    @invariant()
    def the_status_lists_tell_the_same(self) -> None:
        with self.house.database.reading(Origin("test")) as work:
            listed = dict(status_queries.entries(work, 0, work.today))
            for card in self.cards:
                index = work.get_one(Card, card.id).status_index
                assert listed.get(index, CardState.valid) is card.counted
            if self.cards:
                assert showing.card_of(work, self.member_id).id == self.last.id


def test_the_card_that_leaving_has_ended_is_followed_by_another_though_it_was_not_the_newest(district: District) -> None:
    life_of_one = Life(district, district.account(Role.district_officer, "D"))
    life_of_one.enrol()
    life_of_one.issue()
    life_of_one.act(0, Action.expire)
    life_of_one.issue()
    life_of_one.act(0, Action.revoke)
    life_of_one.renew(1)
    life_of_one.leave(LeavingKind.removed)
    life_of_one.come_back()
    assert [card.state for card in life_of_one.cards] == [REVOKED, REVOKED, VALID]
    life_of_one.every_code_tells_what_the_model_says()


def test_whatever_becomes_of_a_card_every_code_and_the_lists_tell_it(district: District) -> None:
    officer = district.account(Role.district_officer, "D")
    walk(lambda: Life(district, officer), runs=10, steps=25)
