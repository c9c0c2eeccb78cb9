"""What signed-in requests cost as a district grows: the same ones among few members and among many, for each kind of caller."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Final
from uuid import UUID, uuid4

import psycopg
from sqlalchemy.engine import make_url
from sqlmodel import col, select, update

from api.access.scope import root_id
from api.access.tokens import Claims
from api.database import Origin, Work
from api.house import House
from models.account import Account, RoleGrant, SignInSession
from models.card import Card
from models.enums import CardState, MemberStatus, Role
from models.member import Member
from tests.bench import persons, year
from tests.bench.measure import MICROSECONDS, Finding, Plan, Rounds, finding
from tests.bench.places import Places
from tests.bench.reads import BRANCH, FIRST, address, counted_by_the_day, reads
from tests.bench.seeding import MEMBERS_OF_A_BRANCH, branch_key, card_key, fill, member_key, town_key
from tests.bench.serving import CONNECTIONS, Server, processor_time, request

OWED: Final = 1.3
TOWN: Final = BRANCH
"""The town of the branch that is looked at, of 10 branches among 10,000 members and 300 among 300,000: of few, and of many."""

EVERY_ROUND: Final = 0.4
"""Seconds of processor time that each side of a round is given, so that slow requests are not asked as often as fast ones."""

AT_ONCE: Final = 1
"""Requests: of what costs much no account is answered more at one time (`api/web/shares.py`)."""

FURTHER_ROUND: Final = 0.1
"""The same of reads that nobody waits for each day."""

AGAIN: Final = 4
"""So many times the rounds what is over is measured further before it counts as over: of hundreds of figures some are by chance."""

COUNTED: Final = "what waits below him is counted up to a thousand: of a small district all of it, of a town's each branch's own"
UNFILLED: Final = "a small district has fewer of them than a page holds"
RARE: Final = "the few of a town that are in that state are looked for in each branch, or among those of all towns"
PASSED: Final = "PostgreSQL walks what the whole district has, in its order, and passes over that of the other towns"
CALLED: Final = "how many a campaign calls on is counted as it is asked for"
BY_HOUR: Final = "SQLite's scans lie by their hour alone, so that a copy's are looked for among those of everybody"
SORTED: Final = "SQLite sorts a town's rows: it walks one index for where they stand and has none left for their order"

SUSPEND: Final = "/v1/cards/{card}/suspend"
OWN: Final = {"todo": "/v1/todo", "own_member": "/v1/members/mine", "own_card": "/v1/cards/mine"}
OTHERS: Final = {
    "todo": "/v1/todo",
    "members": "/v1/members",
    "members_called": "/v1/members?q=%E7%8E%8B",
    "members_by_state": "/v1/members?status=probationary",
    "cards": "/v1/cards",
    "cards_by_state": "/v1/cards?state=suspended",
    "organizations": "/v1/organizations?limit=10",
    "member": "/v1/members/{member}",
    "card": "/v1/cards/{card}",
    "suspend": SUSPEND,
}
ASKED: Final = {"member": OWN, "secretary": OTHERS, "town": OTHERS, "district": OTHERS}
ELSE: Final = ("administrator", "auditor")
"""Who is asked only for what nobody of these is answered."""
FURTHER_OF_A_TOWN: Final = (
    "further.list_accounts",
    "further.list_appeals",
    "further.list_appraisals",
    "further.list_complaints",
    "further.list_corrections",
    "further.list_honors",
    "further.list_inspections",
    "further.list_posts",
    "further.list_print_batches",
    "further.list_rectifications",
    "further.list_transfers",
    "further.list_venues",
)
PASSED_OVER: Final = (
    "further.list_appeals",
    "further.list_appraisals",
    "further.list_post_applications",
    "further.list_posts",
    "further.list_print_batches",
)
WHY: Final[dict[tuple[str, str, str], str]] = {
    (engine, who, what): why
    for engines, whose, asked, why in (
        (("sqlite", "postgresql"), ("town", "district"), ("todo",), COUNTED),
        (("postgresql",), ("town",), PASSED_OVER, PASSED),
        (("sqlite", "postgresql"), ("town",), ("members_by_state", "cards_by_state"), RARE),
        (("sqlite",), ("district",), ("cards_by_state",), UNFILLED),
        (("sqlite",), ("town",), ("members", "members_called", "cards"), SORTED),
        (("postgresql",), ("town",), ("members", "members_called"), PASSED),
        (("sqlite",), ("town",), FURTHER_OF_A_TOWN, SORTED),
        (("sqlite", "postgresql"), tuple(ASKED), ("further.list_campaigns",), CALLED),
        (("sqlite",), tuple(ASKED), ("further.copy_own_data", "further.list_own_scans"), BY_HOUR),
    )
    for engine in engines
    for who in whose
    for what in asked
}
"""Where more than is owed is known, and why."""


@dataclass(frozen=True, eq=False)
class Grown:
    """A served district of one size, and who asks there, by the account and the session that he is signed in with."""

    house: House
    server: Server
    people: dict[str, Claims]
    addresses: dict[str, str]
    """Of every read of the document, by its operation."""

    def requests(self, who: str, path: str, number: int) -> list[bytes]:
        """So many requests for one path, those for one row for another one each time."""
        with self.house.database.reading(Origin("bench")) as work:
            token = self.house.tokens.sign(self.people[who], work.at)
        signed_in, sent = f"Authorization: Bearer {token}", None
        rows = [FIRST + turn % MEMBERS_OF_A_BRANCH for turn in range(number)]
        if path == SUSPEND:
            # Each card is resumed again, after so many others that none is asked for by two at once.
            number, sent = max(number // 2, CONNECTIONS), '{"reason":"核实情况"}'
            rows = rows[:number] if len(rows) >= number else [FIRST + turn for turn in range(number)]
        paths = [path.format(member=member_key(row), card=card_key(row), branch=branch_key(BRANCH)) for row in rows]
        if path == SUSPEND:
            paths += [one.replace("suspend", "resume") for one in paths]
        return [request(one, "application/json", signed_in, sent=sent) for one in paths]

    def answers(self, path: str, who: str) -> bool:
        """Whether somebody is answered with success what is asked for there."""
        try:
            self.server.ask(self.requests(who, path, 1), b"")
        except AssertionError:
            return False
        return True

    def spent(self) -> float:
        """Seconds of processor time so far, of this server and of what the database's does for it."""
        return self.server.spend(wait=False) + _spent_by_database(self.house.database.url)


def growth(places: Places, plan: Plan, tell: Callable[[str], None]) -> Iterator[Finding]:
    """Measure each request in a large district against the same in a small one; the short form holds one against itself."""
    sizes = (plan.pick(10_000, 300), plan.pick(300_000, 300))
    for engine in plan.engines:
        with ExitStack() as stack:
            opened = {size: open_grown(places, engine, size, stack, tell, with_year=True) for size in sorted(set(sizes))}
            small, large = (opened[members] for members in sizes)
            again = 0 if plan.quick else AGAIN
            for who, asked in ASKED.items():
                for what, path in asked.items():
                    tell(f"{what} as {who}, {engine}")
                    compared = partial(_compared, large, small, who, (path, path), most=plan.pick(40, 2))
                    yield _found((engine, who, what), sizes, compared, rounds=plan.pick(7, 1), again=again)
            tell(f"who is answered what, {engine}")
            answered, few = list(_answered(small, of_all=not plan.quick)), counted_by_the_day()
            # The short form does not measure them: each would have to be asked for the first time.
            for who, what in () if plan.quick else answered:
                tell(f"{what} as {who}, {engine}")
                paths = large.addresses[what], small.addresses[what]
                # What may be asked only a few times a day is asked four times, once to know who is answered it.
                rounds, most, again = (1, 1, 0) if what in few else (5, 20, AGAIN)
                compared = partial(_compared, large, small, who, paths, most=most, seconds=FURTHER_ROUND)
                yield _found((engine, who, f"further.{what}"), sizes, compared, rounds=rounds, again=again)
            for grown in opened.values():
                grown.house.database.close()


def _found(
    told: tuple[str, str, str], sizes: tuple[int, int], compared: Callable[..., Rounds], *, rounds: int, again: int
) -> Finding:
    """What so many rounds have shown of a request, and `again` times as many more of one that would be over."""
    why = WHY.get(told, "")
    against, of = (f"among {members:,} members" for members in sizes)
    summed = partial(finding, ".".join(("growth", *told)), of, against, owed=None if why else OWED, why=why)
    measured = compared(rounds=rounds)
    if not summed(measured).is_kept and again:
        measured += compared(rounds=rounds * again)
    return summed(measured)


def open_grown(
    places: Places, engine: str, members: int, stack: ExitStack, tell: Callable[[str], None], *, with_year: bool = False
) -> Grown:
    """A served district with so many members, and with a year of their records where that is asked for; of each kind of caller one
    who is signed in."""
    tell(f"{members:,} members on {engine}")
    url = places.database(engine, f"growth{members}")
    house = places.house(url)
    fill(house, members)
    if with_year:
        year.live(house)
        persons.meet(house)
    with house.database.writing(Origin("bench")) as work:
        _let_some_wait(work)
        district = root_id(work)
        assert district is not None
        people = {
            who: signed_in(work, role, place, own)
            for who, role, place, own in (
                ("member", Role.member, branch_key(BRANCH), member_key(FIRST)),
                ("secretary", Role.secretary, branch_key(BRANCH), None),
                ("town", Role.town_officer, town_key(TOWN), None),
                ("district", Role.district_officer, district, None),
                ("administrator", Role.administrator, district, None),
                ("auditor", Role.auditor, district, None),
            )
        }
    if not house.database.is_sqlite:
        with psycopg.connect(_plain(url), autocommit=True) as connection:
            connection.execute("VACUUM (ANALYZE)")
            # A worker that helps with one query is gone when its time is asked for.
            connection.execute(f'ALTER DATABASE "{make_url(url).database}" SET max_parallel_workers_per_gather = 0')
    with house.database.reading(Origin("bench")) as work:
        addresses = {read.name: address(work, read) for read in reads()} if with_year else {}
    log = places.folder / f"growth.{engine}.{members}.log"
    server = stack.enter_context(Server.start("api.serving:application", log, places.environment(url)))
    return Grown(house, server, people, addresses)


def _let_some_wait(work: Work) -> None:
    """Put a few of everything that stands in a to-do among the rows: of as many members in a hundred, whatever the size."""
    chance = col(Card.credential_number)
    work.exec(update(Card).where(chance % 500 == 7).values(state=CardState.suspended, lost_reported_at=work.at))
    work.exec(update(Card).where(chance % 100 == 5).values(expires_on=work.today + timedelta(days=10)))
    on_probation = col(Member.id).in_(select(Card.member_id).where(chance % 200 == 3))
    joined = {"status": MemberStatus.probationary, "joined_on": work.today - timedelta(days=400)}
    work.exec(update(Member).where(on_probation).values(joined))


def signed_in(work: Work, role: Role, place: UUID, member_id: UUID | None) -> Claims:
    """A session of somebody with a role at a place: of a member's account, or of a new one."""
    account = work.exec(select(Account).where(col(Account.member_id) == member_id)).first() if member_id else None
    if account is None:
        name = f"{role}.{uuid4().hex[:8]}"
        account = Account(username=name, organization_id=place, member_id=member_id, password_hash="", password_changed_at=work.at)
        work.add(account)
        work.flush()
        work.add(RoleGrant(account_id=account.id, role=role, organization_id=place))
    tomorrow = work.at + timedelta(days=1)
    # Who has just proved who he is may write lists for others; the bench takes longer than that holds.
    session = SignInSession(account_id=account.id, last_used_at=work.at, proved_at=tomorrow, expires_at=tomorrow)
    work.add(session)
    work.flush()
    return Claims(account.id, session.id)


def _answered(grown: Grown, *, of_all: bool) -> Iterator[tuple[str, str]]:
    """Who is answered with success what else of the document; administrators and auditors only what nobody else is. One of them is
    enough unless it is to be known `of_all`.

    AssertionError for a read that is answered to nobody: then nothing of it would be known.
    """
    known = {path.partition("?")[0] for asked in ASKED.values() for path in asked.values()}
    unanswered = []
    for what, path in grown.addresses.items():
        answers = partial(grown.answers, path)
        asked = filter(answers, ASKED)
        found = list(asked if of_all else islice(asked, 1)) or list(filter(answers, ELSE))
        if not found:
            unanswered.append(what)
        elif path not in known:
            yield from ((who, what) for who in found)
    assert not unanswered, f"answered to nobody: {', '.join(unanswered)}"


def _compared(
    large: Grown, small: Grown, who: str, paths: tuple[str, str], *, rounds: int, most: int, seconds: float = EVERY_ROUND
) -> Rounds:
    """Ask both sides in turn. The first round is not counted, but tells how often each is to be asked in the others."""
    sides, each, measured = (large, small), [min(most, 5)] * 2, []
    for turn in range(rounds + 1):
        costs = [0.0, 0.0]
        for side in (0, 1)[:: 1 if turn % 2 else -1]:
            requests, before = sides[side].requests(who, paths[side], each[side]), sides[side].spent()
            sides[side].server.ask(requests, b"", at_once=AT_ONCE)
            costs[side] = (sides[side].spent() - before) / len(requests)
        if turn:
            measured.append((costs[0] * MICROSECONDS, costs[1] * MICROSECONDS))
        else:
            each = [max(2, min(most, int(seconds / cost))) for cost in costs]
    return measured


def _spent_by_database(url: str) -> float:
    """Seconds of processor time of those processes of a database's server that answer its clients; none on SQLite."""
    database = make_url(url)
    if database.get_backend_name() == "sqlite":
        return 0.0
    asked = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
    # From outside the database, so that it does not find itself.
    with psycopg.connect(_plain(url, database="postgres")) as connection:
        return sum(processor_time(pid) for (pid,) in connection.execute(asked, (database.database,)))


def _plain(url: str, *, database: str | None = None) -> str:
    return make_url(url).set(drivername="postgresql", database=database).render_as_string(hide_password=False)
