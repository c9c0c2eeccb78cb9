"""Boards of a large district: from what is stored, against the bare aggregates that it is counted from and against a small
district; and of a branch, counted when it is asked for."""

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import insert, literal
from sqlmodel import col, select

from api.access.permissions import Permission
from api.access.scope import Access, Granted, root_id
from api.app import TODO
from api.database import Origin, Work
from api.performance.boards.page import board_page
from api.performance.boards.rules import trend
from api.performance.boards.service import show_board, write_board
from api.performance.figures import FIGURES
from api.performance.periods.counting import begin, count_next, figured, store
from api.performance.periods.queries import begun, rows
from api.performance.periods.rules import code_before, spans_on
from models.account import Account, RoleGrant
from models.enums import Role
from models.indicator import IndicatorValue, Period
from tests.bench import year
from tests.bench.figures import statements
from tests.bench.measure import Finding, Plan, compare, finding, spent
from tests.bench.places import Places
from tests.bench.seeding import TODAY, branch_key, fill
from tests.bench.serving import Server, cost, request
from tests.pages.specimens import asked

OWED: Final = 0.02
OWED_FLAT: Final = 1.3
OWED_LIVE: Final = 50_000 / 75
"""Hellos: 50 milliseconds for a branch of a hundred, on a machine that takes 75 microseconds to say hello."""
QUARTER: Final = spans_on(TODAY)[0]


@dataclass(frozen=True)
class Seen:
    """A district of some size, as its officer asks for it."""

    work: Work
    access: Access

    def board(self, key: UUID | None = None) -> object:
        self.work.expunge_all()
        return show_board(self.work, self.access, key or self.access.organization_id, QUARTER.code, TODO)

    def page(self) -> object:
        self.work.expunge_all()
        shown = show_board(self.work, self.access, self.access.organization_id, QUARTER.code, TODO)
        return board_page(shown, asked(), at=self.work.at)

    def workbook(self) -> object:
        self.work.expunge_all()
        return write_board(self.work, self.access, self.access.organization_id, QUARTER.code, TODO, io.BytesIO())


def boards(places: Places, plan: Plan, tell: Callable[[str], None]) -> Iterator[Finding]:
    """On SQLite, where all the work is in one process. The short form holds one district against itself."""
    branches, sizes = plan.pick(400, 20), (plan.pick(10_000, 100), plan.pick(100_000, 100))
    rounds, each = plan.pick(9, 1), plan.pick(5, 1)
    with ExitStack() as stack:
        opened = {size: _open(places, size, branches, stack, tell) for size in sorted(set(sizes))}
        small, large = (opened[size] for size in sizes)
        large.board()
        span = figured(QUARTER, large.work.at, large.work.zone)
        cursor = large.work.connection().connection.cursor()
        bare = statements(large.work, lambda: [large.work.execute(each(large.work, span)).all() for each in FIGURES.values()])

        def count() -> None:
            for statement, values in bare:
                cursor.execute(statement, values).fetchall()

        tell("counting the district")
        counted = compare(count, lambda: None, rounds=plan.pick(3, 1), each=1)
        for name, ask in (("json", large.board), ("page", large.page), ("xlsx", large.workbook)):
            tell(f"the board as {name}")
            shown = compare(ask, lambda: None, rounds=rounds, each=each)
            pairs = [(one, counted[number % len(counted)][0]) for number, (one, _) in enumerate(shown)]
            yield finding(f"board.{name}", f"the board of a district of {sizes[1]:,} as {name}", "its bare aggregates", pairs, OWED)
        of, against = (f"the board of a district of {size:,}" for size in reversed(sizes))
        yield finding("board.flat", of, against, compare(large.board, small.board, rounds=rounds, each=each), OWED_FLAT)
        tell("the board of a branch")
        hello = stack.enter_context(Server.start("tests.bench.yardsticks:hello", places.folder / "boards.hello.log"))
        yield _live(small, hello, plan, rounds=rounds, each=each)


def _live(seen: Seen, hello: Server, plan: Plan, *, rounds: int, each: int) -> Finding:
    """What the board of a branch costs, which is counted as it is asked for."""
    branch, plain, measured = branch_key(1), [request("/", "application/json")] * plan.pick(1_200, 40), []
    for _ in range(rounds + 1):
        before = hello.spend(wait=False)
        hello.ask(plain, b"card_valid")
        yardstick = cost(before, hello.spend(wait=False), len(plain))
        measured.append((spent(lambda: seen.board(branch), each), yardstick))
    return finding("board.branch", "the board of a branch, counted now", "hello", measured[1:], OWED_LIVE)


def _open(places: Places, members: int, branches: int, stack: ExitStack, tell: Callable[[str], None]) -> Seen:
    tell(f"a year of {members:,} members")
    house = places.house(places.database("sqlite", f"boards{members}"))
    stack.callback(house.database.close)
    fill(house, members, members // branches)
    year.live(house)
    with house.database.writing(Origin("bench")) as work:
        district = root_id(work)
        assert district is not None
        account = Account(username="board", organization_id=district, password_hash="", password_changed_at=work.at)
        work.add(account)
        work.flush()
        work.add(RoleGrant(account_id=account.id, role=Role.district_officer, organization_id=district))
        _count(work)
    access = Access(account.id, uuid4(), district, None, Permission.board_read, (Granted(Role.district_officer, uuid4()),))
    return Seen(stack.enter_context(house.database.reading(Origin("bench"))), access)


def _count(work: Work) -> None:
    """Count this quarter, and give the ones before the same values."""
    begin(work, begun(work, QUARTER))
    while store(work, QUARTER.code, count_next(work, QUARTER.code)):
        pass
    now = rows(work, [QUARTER.code])[QUARTER.code]
    columns = [column for column in IndicatorValue.__table__.columns if column.name != "period"]  # type: ignore[attr-defined]
    for code in {code_before(QUARTER.code), *trend(QUARTER.code)} - {QUARTER.code}:
        work.add(Period(**now.model_dump(exclude={"id", "code"}), code=code))
        work.flush()
        copies = select(literal(code), *columns).where(col(IndicatorValue.period) == QUARTER.code)
        work.execute(insert(IndicatorValue).from_select(["period", *(column.name for column in columns)], copies))
