"""What closed periods say of a district to which things happen meanwhile, in any order, held against plain Python."""

from random import Random
from typing import Any
from uuid import UUID

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import col, select, update

from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Origin, Work
from api.organizations.queries import move_subtree
from api.performance.periods.corrections import correct_value
from api.performance.periods.counting import count_next, store
from api.performance.periods.rules import span_of
from api.performance.periods.service import close_period
from models.account import Account
from models.enums import Role
from models.indicator import Indicator, IndicatorValue
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge
from tests.conftest import District
from tests.performance.moments import IN_AUTUMN
from tests.performance.oracle import Asked, Oracle
from tests.performance.seeded import Seed

CODES = ("2025-Q4", "2025", "2026-Q3")
DEEDS = ("close", "step", "step", "step", "step", "transfer", "move", "shut", "correct", "again")
Four = tuple[int, ...]
"""What an organisation has of its own, and with everything below it: two numbers each."""


class World:
    """A district to which deeds are done, and what is then to be believed of its periods: by period, indicator and organisation."""

    def __init__(self, work: Work, chance: Random, officer: UUID) -> None:
        self.work, self.chance = work, chance
        account = work.get_one(Account, officer)
        self.access = Access(account.id, account.id, account.organization_id, None, Permission.period_write, ())
        self.indicators = {one.code: one for one in work.exec(select(Indicator)).all()}
        self.kept: Oracle | None = None
        """What stands in the tables, where it has been read since it was changed last."""
        self.closing: dict[str, list[str]] = {}
        self.believed: dict[tuple[str, str], dict[UUID, Four]] = {}
        self.parents: dict[tuple[str, str], dict[UUID, UUID | None]] = {}

    def do(self, deed: str) -> None:
        """Do something that knows nothing of what was read before."""
        self.work.flush()
        self.work.expunge_all()
        if deed in ("transfer", "move", "shut"):
            self.kept = None
        getattr(self, deed)()

    def organizations(self) -> dict[UUID, Organization]:
        return {one.id: one for one in self.work.exec(select(Organization).execution_options(populate_existing=True)).all()}

    def close(self) -> None:
        code = self.chance.choice(CODES)
        period = close_period(self.work, self.access, code)
        self.closing.setdefault(code, [one["code"] for one in period.indicators or ()])

    def step(self) -> None:
        """Have the next indicator of a period counted, and believe what plain Python counts at that moment."""
        left = [code for code, indicators in self.closing.items() if indicators]
        if not left:
            return
        code = self.chance.choice(left)
        name = self.closing[code].pop(0)
        assert store(self.work, code, count_next(self.work, code))
        self.kept = kept = self.kept or Oracle(self.work)
        span = span_of(code)
        asked = Asked(span.starts_on, span.ends_on, self.work.at)
        own, rolled = kept.own(name, asked), kept.rolled_up(name, asked)
        self.believed[code, name] = {key: own.get(key, (0, 0)) + both for key, both in rolled.items() if any(both)}
        self.parents[code, name] = {one.id: one.parent_id for one in kept.organizations}
        if not self.closing[code]:
            self.work.flush()
            assert count_next(self.work, code) is None and not store(self.work, code, None)

    def transfer(self) -> None:
        """Move some members, with what they have pledged and not settled; their cards stay those of the organisation before."""
        place = self.chance.choice(list(self.organizations()))
        keys = self.work.exec(select(Member.id)).all()
        some = self.chance.sample(keys, len(keys) // 3)
        self.work.execute(update(Member).where(col(Member.id).in_(some)).values(organization_id=place))
        unsettled = col(Pledge.outcome).is_(None)
        self.work.execute(update(Pledge).where(col(Pledge.member_id).in_(some), unsettled).values(organization_id=place))

    def move(self) -> None:
        known = self.organizations()
        one = self.chance.choice([one for one in known.values() if one.parent_id])
        above = self.chance.choice([top for top in known.values() if not top.path.startswith(one.path) and top.path.count("/") < 4])
        old, new = one.path, f"{above.path}{one.id.hex}/"
        if (
            max(other.path.count("/") for other in known.values() if other.path.startswith(old)) + new.count("/") - old.count("/")
            < 10
        ):
            move_subtree(self.work, old, new)
            self.work.execute(update(Organization).where(col(Organization.id) == one.id).values(parent_id=above.id))

    def shut(self) -> None:
        one = self.chance.choice(list(self.organizations()))
        self.work.execute(update(Organization).where(col(Organization.id) == one).values(closed_on=self.work.today))

    def correct(self) -> None:
        """Correct numbers of one organisation, which changes those of each that stood above it by the difference."""
        closed = [key for key in self.believed if not self.closing[key[0]]]
        if not closed:
            return
        code, name = self.chance.choice(closed)
        known = self.believed[code, name]
        place = self.chance.choice(list(known or self.organizations()))
        denominator = self.chance.randint(0, 9)
        numerator = self.chance.randint(0, denominator)
        rows = select(IndicatorValue.organization_id).where(
            col(IndicatorValue.period) == code, col(IndicatorValue.indicator) == name
        )
        remembered = set(self.work.exec(rows).all())
        told = denominator if self.indicators[name].unit == "percent" else None
        correct_value(self.work, self.access, code, place, name, (numerator, told), "复核")
        new, old = (numerator, told or 0), known.get(place, (0, 0, 0, 0))
        here: UUID | None = place
        # Of one that had nothing it is not kept where it stood: that is told by the nearest one above it that had.
        now = {key: one.parent_id for key, one in self.organizations().items()}
        while here is not None:
            own_n, own_d, n, d = known.get(here, (0, 0, 0, 0))
            both = new if here == place else (own_n, own_d)
            known[here] = *both, n + new[0] - old[0], d + new[1] - old[1]
            if here not in remembered:
                self.parents[code, name][here] = now[here]
            here = self.parents[code, name][here]

    def again(self) -> None:
        """Closing twice changes nothing."""
        for code in self.closing:
            close_period(self.work, self.access, code)

    def agree(self) -> None:
        found: dict[tuple[str, str], dict[UUID, Four]] = {key: {} for key in self.believed}
        for one in self.work.exec(select(IndicatorValue).order_by(col(IndicatorValue.version))).all():
            four = one.own_numerator, one.own_denominator, one.numerator, one.denominator
            found[one.period, one.indicator][one.organization_id] = four
        without: Any = {key: {place: four for place, four in told.items() if any(four)} for key, told in found.items()}
        assert without == {key: {place: four for place, four in told.items() if any(four)} for key, told in self.believed.items()}


def test_no_tree_transfer_closing_or_correction_parts_what_is_rolled_up_from_the_sum(district: District) -> None:
    district.account(Role.district_officer, "D")
    closed: set[str] = set()

    @settings(max_examples=3, phases=[Phase.generate])
    @given(st.integers(0, 2**32))
    def agree(number: int) -> None:
        chance = Random(number)
        with district.house.database.writing(Origin("test", IN_AUTUMN)) as work:
            seed = Seed(work, chance)
            seed.put(work)
            world = World(work, chance, seed.account)
            for deed in ["close", *chance.choices(DEEDS, k=30)]:
                world.do(deed)
            while any(world.closing.values()):
                world.do("step")
            for _ in range(5):
                world.do("correct")
            world.agree()
            closed.update(world.closing)
            work.rollback()

    agree()
    assert closed
