"""Whatever is done to the trail by somebody who may do anything to the database, but has not the key, is found, and where."""

import os
import random
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from api.audit.rules import Break, Checkpoint, Occasion
from api.audit.service import FIRST, code, seal, verify
from api.database import Origin, Work
from api.house import House
from models.audit import AuditHead, AuditLine
from tests import counts
from tests.audit.trail import alter, cut, fill, go_on, lines_of, swap, tampering
from tests.conftest import District

ON_ENGINES = ("sqlite",)
TAMPERINGS = int(os.environ.get("TAMPERINGS", "48"))
NOTED = (7, 19, 28, 40)
LAST = NOTED[-1]
NOBODY = b"n" * 32


class Owner:
    """The owner of the database: he knows every line and every end that the trail has ever had, with its seal, and not the key."""

    def __init__(self, house: House, chance: random.Random) -> None:
        self.house, self.chance = house, chance
        self.macs = {0: FIRST} | {line.seq: line.mac for line in lines_of(house)}
        self.noted = [
            Checkpoint(Occasion.day, datetime(2026, 1, day, tzinfo=UTC), seq, self.macs[seq]) for day, seq in enumerate(NOTED, 1)
        ]

    def edit(self, work: Work) -> Break:
        seq = self.chance.randint(1, LAST)
        name = self.chance.choice(("action", "request_id", "target_kind", "mac"))
        alter(work, seq, **{name: f"{self.chance.getrandbits(64):x}"})
        return Break(seq, "altered")

    def remove(self, work: Work) -> Break:
        first = self.chance.randint(1, LAST - 1)
        cut(work, *range(first, self.chance.randint(first, LAST - 1) + 1))
        return Break(first, "missing")

    def reorder(self, work: Work) -> Break:
        one, other = sorted(self.chance.sample(range(1, LAST + 1), 2))
        swap(work, one, other)
        return Break(one, "altered")

    def insert(self, work: Work) -> Break:
        seq = self.chance.randint(1, LAST)
        for number in range(LAST, seq - 1, -1):
            alter(work, number, seq=number + 1)
        self._add(work, seq, self.macs[seq - 1])
        return Break(seq, "altered")

    def insert_before_the_first(self, work: Work) -> Break:
        """A line of a number that the program never gives."""
        seq = -self.chance.randint(0, 9)
        self._add(work, seq, FIRST)
        return Break(seq, "altered")

    def cut_the_tail(self, work: Work) -> Break:
        """With the end as it stands, or set back by hand."""
        left = self.chance.randint(0, LAST - 1)
        cut(work, *range(left + 1, LAST + 1))
        if self.chance.random() < 0.5:
            self._set_end(work, left, self.macs[left], "")
        return self._cut_off(left)

    def restore_an_old_table(self, work: Work) -> Break:
        """Lines and end of an earlier day, each genuine."""
        left = self.chance.randint(0, LAST - 1)
        cut(work, *range(left + 1, LAST + 1))
        self._set_end(work, left, self.macs[left], self._seal(left))
        return self._cut_off(left)

    def restore_an_old_table_and_wait(self, work: Work) -> Break:
        """The program has gone on from there meanwhile, as far as before or not so far."""
        left, more = self.chance.randint(1, LAST - 1), self.chance.randint(1, LAST)
        cut(work, *range(left + 1, LAST + 1))
        self._set_end(work, left, self.macs[left], self._seal(left))
        go_on(self.house, work, more)
        contradicted = min(seq for seq in NOTED if seq > left)
        if contradicted <= left + more:
            return Break(contradicted, "not_as_noted", self._of(contradicted))
        return self._cut_off(left + more, after=left)

    def cut_the_tail_and_wait(self, work: Work) -> Break:
        """The end set back by hand, and the program has gone on from there."""
        left = self.chance.randint(1, LAST - 1)
        cut(work, *range(left + 1, LAST + 1))
        self._set_end(work, left, self.macs[left], self._seal(LAST))
        go_on(self.house, work, self.chance.randint(1, 20))
        return Break(left + 1, "altered")

    def replace_the_end(self, work: Work) -> Break:
        """By lines of his own, reckoned through with a key of his own."""
        left = self.chance.randint(0, LAST - 1)
        cut(work, *range(left + 1, LAST + 1))
        mac = self.macs[left]
        for seq in range(left + 1, LAST + 1):
            mac = self._add(work, seq, mac)
        self._set_end(work, LAST, mac, seal(NOBODY, LAST, mac))
        return Break(left + 1, "altered")

    def delete_everything(self, work: Work) -> Break:
        cut(work, *range(1, LAST + 1))
        self._set_end(work, 0, FIRST, "")
        return self._cut_off(0)

    def _add(self, work: Work, seq: int, before: str) -> str:
        line = AuditLine(seq=seq, at=work.at, action="count_cards", target_kind="card", request_id=f"{seq}", mac="")
        mac = line.mac = code(NOBODY, before, line)
        work.writes = True
        work.add(line)
        work.flush()
        work.expunge_all()
        return mac

    def _set_end(self, work: Work, seq: int, mac: str, sealed: str) -> None:
        work.connection().execute(update(AuditHead).values(seq=seq, mac=mac, seal=sealed))
        work.expunge_all()

    def _seal(self, seq: int) -> str:
        """The seal that he has kept of an earlier day."""
        return seal(self.house.audit_key, seq, self.macs[seq]) if seq else ""

    def _of(self, seq: int) -> Checkpoint:
        return self.noted[NOTED.index(seq)]

    def _cut_off(self, left: int, after: int | None = None) -> Break:
        return Break(left + 1, "cut_off", self._of(min(seq for seq in NOTED if seq > (left if after is None else after))))


@pytest.fixture
def owner(house: House, district: District) -> Owner:
    fill(house, LAST - len(lines_of(house)))
    return Owner(house, random.Random(1921))


def test_every_tampering_by_chance_is_found_where_it_is(owner: Owner) -> None:
    house = owner.house
    ways: list[Callable[[Work], Break]] = [
        owner.edit,
        owner.remove,
        owner.reorder,
        owner.insert,
        owner.insert_before_the_first,
        owner.cut_the_tail,
        owner.restore_an_old_table,
        owner.restore_an_old_table_and_wait,
        owner.cut_the_tail_and_wait,
        owner.replace_the_end,
        owner.delete_everything,
    ]
    found = 0
    for turn in range(TAMPERINGS):
        way = ways[turn % len(ways)]
        with tampering(house) as work:
            expected = way(work)
            broken = verify(work, house.audit_key, owner.noted)[1]
        assert broken == expected, way.__name__
        found += 1
    with house.database.reading(Origin("test")) as work:
        assert verify(work, house.audit_key, owner.noted) == (LAST, None)
    counts.tell("tampering with the audit trail", tried=TAMPERINGS, found=found)
