"""A town of few branches costs in a large district what it costs in a small one: how many it has is counted."""

from collections.abc import Callable
from functools import partial
from itertools import cycle
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert
from uuid_utils.compat import uuid7

from api.access.permissions import Permission
from api.access.scope import Access
from api.codes.reading import new_venue_code
from api.database import Work
from api.honors.service import list_honors
from api.pagination import Pages
from api.pledges.evaluations.queries import listed as evaluations
from api.pledges.service import list_pledges
from api.rectifications.service import list_rectifications
from api.transfers.service import list_transfers
from api.venues.service import list_venues
from models.base import Record
from models.enums import Grade, OrganizationKind, RectificationState, RequestState, Role
from models.evaluation import Evaluation
from models.honor import Honor
from models.organization import Organization
from models.pledge import Pledge
from models.rectification import Rectification
from models.transfer import Transfer
from models.venue import Venue
from tests.conftest import District
from tests.honors.kept import keep_honor
from tests.plans import effort
from tests.pledges.kept import YEAR, keep_grade, keep_member, keep_pledge
from tests.rectifications.kept import keep_rectification

FEW, MANY = 10, 1000
"""Branches of a small town, and of all others."""
OF_A_BRANCH = 3
MARGIN = 200
PAGE = 20
UNASKED: dict[str, Any] = dict.fromkeys(("organization_id", "member_id", "year", "kind", "state", "is_overdue"))
UNIQUE: dict[type[Record], dict[str, Callable[[], Any]]] = {
    Evaluation: {"by_digest": lambda: uuid4().hex},
    Rectification: {"source_id": uuid4},
    Venue: {"code": new_venue_code},
}
"""What no two rows of a table have alike, but for their keys."""
Ask = Callable[[Work, Pages], tuple[list[Any], str | None]]


def _branches(district: District, above: str, number: int) -> list[UUID]:
    with district.work() as work:
        top, keys = work.get_one(Organization, district.ids[above]), []
        for place in range(number):
            one = Organization(
                code=f"{above}.{place}", name=f"第{place}党支部", kind=OrganizationKind.branch, parent_id=top.id, path=""
            )
            one.path = f"{top.path}{one.id.hex}/"
            work.add(one)
            keys.append(one.id)
        return keys


def _fill(district: District, code: str, branches: list[UUID], number: int) -> None:
    """Give branches so many pledges, each rated once, honours, venues, things to be put right and transfers from one to the next;
    each kind like one of a branch of that code."""
    by, pledge_id = UUID(district.sign_in(None, "D").account_id), keep_pledge(district, code)
    grade_id, honor_id = keep_grade(district, pledge_id, Grade.satisfied), keep_honor(district, code)
    member_id, row = keep_member(district, code), keep_rectification(district, code, by=str(by))
    with district.work() as work:
        decided = {"state": RequestState.accepted, "requested_by": by, "decided_by": by, "decided_at": work.at}
        transfer = Transfer(
            **decided,
            organization_id=branches[0],
            to_organization_id=branches[1],
            member_id=member_id,
            reason="调动",
            due_on=work.today,
        )
        work.add(transfer)
        work.flush()
        pledges = _copies(work, work.get_one(Pledge, pledge_id), number, organization_id=branches, review_organization_id=branches)
        _copies(work, work.get_one(Evaluation, grade_id), number, pledge_id=pledges)
        claimed = {"state": RectificationState.claimed, "claimed_by": by, "claimed_at": work.at}
        _copies(work, work.get_one(Rectification, row.id), number, **claimed, organization_id=branches)
        _copies(work, transfer, number, organization_id=branches, to_organization_id=branches[1:] + branches[:1])
        for found in (work.get_one(Honor, honor_id), work.get_one(Venue, row.venue_id)):
            _copies(work, found, number, organization_id=branches)


def _copies(work: Work, row: Record, number: int, **told: Any) -> list[UUID]:
    """The keys of so many rows like one, each with what is `told`, in turn where that is a list."""
    turns = {name: cycle(value if isinstance(value, list) else [value]) for name, value in told.items()}
    rows = []
    for _ in range(number):
        own = {name: make() for name, make in UNIQUE.get(type(row), {}).items()}
        rows.append(row.model_dump() | {name: next(values) for name, values in turns.items()} | own | {"id": uuid7()})
    work.execute(insert(type(row)), rows)
    return [one["id"] for one in rows]


def _asked(access: Callable[[Permission], Access], town: UUID, below: UUID | None) -> dict[str, tuple[str, Ask]]:
    """What is asked about a town, by name, with the words by which its statement is known; `below` is it where it is named."""
    told, moved = access(Permission.inspection_read), access(Permission.transfer_read)

    def rated(work: Work, pages: Pages) -> tuple[list[Any], str | None]:
        top = work.get_one(Organization, below) if below else None
        found = evaluations(work, access(Permission.pledge_review), below=top, pledge_id=None, words_state=None)
        return pages.read(work, found)

    def claimed(work: Work, pages: Pages) -> tuple[list[Any], str | None]:
        state = RectificationState.claimed
        return list_rectifications(work, told, pages, organization_id=below, inspection_id=None, state=state, overdue=None)

    def of_year(work: Work, pages: Pages) -> tuple[list[Any], str | None]:
        wanted: dict[str, Any] = UNASKED | {"organization_id": town, "year": YEAR}
        return list_pledges(work, access(Permission.own_pledge), pages, **wanted)

    found: dict[str, tuple[str, Ask]] = {
        "evaluation": ("FROM evaluation", rated),
        "pledge": ("FROM pledge ", of_year),
        "rectification": ("FROM rectification ", claimed),
        "honor": (
            "FROM honor ",
            lambda w, p: list_honors(w, access(Permission.post_read), p, organization_id=below, member_id=None),
        ),
        "venue": ("FROM venue ", lambda w, p: list_venues(w, told, p, organization_id=below, kind=None, closed=True)),
        "transfer": ("FROM transfer ", lambda w, p: list_transfers(w, moved, p, direction=None, state=RequestState.accepted)),
    }
    if below:
        del found["transfer"]
    return found


@pytest.mark.parametrize(("role", "code", "below"), [(Role.town_officer, "T1", None), (Role.district_officer, "D", "T1")])
def test_a_town_of_few_branches_costs_the_same_however_much_others_have(
    district: District, role: Role, code: str, below: str | None
) -> None:
    key, town = UUID(district.sign_in(role, code).account_id), district.ids["T1"]
    access = partial(Access, key, key, district.ids[code], None, granted=())
    cost: dict[str, list[int]] = {}
    for number, branch, above in ((FEW, "B11", "T1"), (MANY, "B21", "T2")):
        _fill(district, branch, _branches(district, above, number), OF_A_BRANCH * number)
        for name, (asks, ask) in _asked(access, town, town if below else None).items():
            with district.work() as work:
                _, following = ask(work, Pages(bytes(32), name, PAGE, None))
            for page, cursor in enumerate((None, following), 1):
                ask_page = partial(_page, ask, Pages(bytes(32), name, PAGE, cursor))
                spent = effort(district.house, asks, f"{name}, pledge, organization", ask_page)
                cost.setdefault(f"{name}, page {page}", []).append(spent)
    assert not {name: (small, large) for name, (small, large) in cost.items() if large > 1.5 * small + MARGIN}


def _page(ask: Ask, pages: Pages, work: Work) -> object:
    return ask(work, pages)
