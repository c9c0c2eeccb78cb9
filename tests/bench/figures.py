"""The figures of a district full of pledges, against its bare aggregates: what is asked of the database, with nothing around."""

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import make_url

from api.access.scope import root_id
from api.accounts import service as accounts
from api.database import Origin, Work
from api.house import House
from api.pledges.figures.rules import summed
from api.pledges.figures.service import count_each
from models.account import Account
from models.enums import PledgeCategory, PledgeKind, PledgeState, PledgeVisibility, TextDecision
from models.organization import Organization
from models.pledge import Pledge
from models.pledge_text import PledgeText
from tests.bench.measure import Finding, Plan, compare, finding
from tests.bench.places import Places
from tests.bench.seeding import MEMBERS_OF_A_BRANCH, YEAR, branch_key, fill, member_key

OWED: Final = 1.5
OF_A_MEMBER: Final = 3


def figures(places: Places, plan: Plan, tell: Callable[[str], None]) -> Iterator[Finding]:
    """Count a whole district, on SQLite, where all the work is in one process."""
    members = plan.pick(100_000, 300)
    tell(f"{OF_A_MEMBER * members:,} pledges of {members:,} members")
    house = places.house(places.database("sqlite", "figures"))
    fill(house, members)
    _pledge(house, members)
    with house.database.reading(Origin("bench")) as work:
        top = work.get_one(Organization, root_id(work))
        asked = statements(work, lambda: count_each(work, top, YEAR))
        cursor = sqlite3.connect(make_url(house.database.url).database or "").cursor()

        def bare() -> None:
            for statement, values in asked:
                cursor.execute(statement, values).fetchall()

        tell("counting the district")
        spent = compare(lambda: summed(count_each(work, top, YEAR)[0].values()), bare, rounds=plan.pick(7, 1), each=1)
    house.database.close()
    yield finding("figures.district", f"a district of {OF_A_MEMBER * members:,} pledges", "its bare aggregates", spent, OWED)


def statements(work: Work, ask: Callable[[], object]) -> list[tuple[str, Any]]:
    """What is asked of the database meanwhile, as its driver is given it."""
    asked: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, values: Any, *___: object) -> None:
        asked.append((statement, values))

    engine = work.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    ask()
    event.remove(engine, "before_cursor_execute", note)
    return asked


def _pledge(house: House, members: int) -> None:
    """Three published pledges for every member, each with its text: copies of one that was put there row by row."""
    with house.database.writing(Origin("bench")) as work:
        account = accounts.add_account(work, "bench", work.get_one(Organization, root_id(work)).id, None, "x")
        pledge, text = _first(work, account)
        keys = pledge.id.hex, text.id.hex
    connection = sqlite3.connect(make_url(house.database.url).database or "")
    connection.row_factory = sqlite3.Row
    for table, first in zip(("pledge", "pledge_text"), keys, strict=True):
        row = dict(connection.execute(f"SELECT * FROM {table} WHERE id = ?", (first,)).fetchone())
        statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
        copies = (tuple((row | _own(table, number)).values()) for number in range(OF_A_MEMBER * members))
        connection.executemany(statement, copies)
    connection.commit()
    connection.execute("ANALYZE")
    connection.close()


def _own(table: str, number: int) -> dict[str, object]:
    member = number // OF_A_MEMBER
    key = uuid.UUID(int=1 << 100 | number).hex
    if table == "pledge_text":
        return {"id": uuid.UUID(int=1 << 101 | number).hex, "pledge_id": key}
    branch = branch_key(member // MEMBERS_OF_A_BRANCH).hex
    return {"id": key, "member_id": member_key(member).hex, "organization_id": branch, "review_organization_id": branch}


def _first(work: Work, account: Account) -> tuple[Pledge, PledgeText]:
    stated: dict[str, Any] = {
        "content": "每月入户走访困难群众两户。",
        "measure": "全年24户次",
        "due_on": date(YEAR, 12, 31),
        "visibility": PledgeVisibility.public,
    }
    pledge = Pledge(
        **stated,
        organization_id=account.organization_id,
        kind=PledgeKind.annual,
        category=PledgeCategory.service,
        year=YEAR,
        state=PledgeState.published,
        text_no=1,
        review_organization_id=account.organization_id,
        entered_by=account.id,
        published_at=work.at,
    )
    work.add(pledge)
    work.flush()
    text = PledgeText(**stated, pledge_id=pledge.id, no=1, submitted_at=work.at, submitted_by=account.id)
    text.decision, text.decided_at, text.decided_by = TextDecision.approved, work.at, account.id
    text.published_at, text.published_by = work.at, account.id
    work.add(text)
    work.flush()
    return pledge, text
