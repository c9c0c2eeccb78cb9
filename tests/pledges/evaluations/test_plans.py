"""Evaluations are looked at one by one from the newest on: all those of one pledge, of few pledges, or of all there are."""

import re
from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert

from api.access import scope
from api.access.permissions import Permission
from api.access.scope import Access
from api.database import Work
from api.pledges.evaluations.queries import counts, listed, shown
from models.enums import EvaluationSource, Grade, OrganizationKind, Role, WordsState
from models.evaluation import Evaluation
from models.organization import Organization
from models.pledge import Pledge
from tests.conftest import District
from tests.plans import effort, plans
from tests.pledges.kept import YEAR, keep_pledge

MANY = 300

BY_KEY = r"Index Scan using pk_pledge on pledge|SEARCH pledge USING INDEX sqlite_autoindex_pledge_1 \(id=\?\)"
GATHERED = r"id = ANY \(\(InitPlan|evaluation_1 USING (COVERING )?INDEX \w+ \(pledge_id=\?"


def reviewer(district: District, role: Role, code: str) -> Access:
    key = UUID(district.sign_in(role, code).account_id)
    return Access(key, key, district.ids[code], None, Permission.pledge_review, ())


@pytest.mark.parametrize(
    ("role", "code", "below", "one_by_one"),
    [
        (Role.secretary, "B11", None, False),
        (Role.town_officer, "T1", None, True),
        (Role.district_officer, "D", "T1", True),
        (Role.district_officer, "D", "B11", False),
    ],
)
def test_evaluations_of_much_are_looked_at_one_by_one(
    district: District, monkeypatch: pytest.MonkeyPatch, role: Role, code: str, below: str | None, one_by_one: bool
) -> None:
    monkeypatch.setattr(scope, "FEW", 1)
    access = reviewer(district, role, code)
    with district.work() as work:
        top = work.get_one(Organization, district.ids[below]) if below else None
    (plan,) = plans(
        district.house,
        "FROM evaluation",
        lambda work: work.exec(listed(work, access, below=top, pledge_id=None, words_state=None).limit(51)).all(),
    )
    # Of no rows at all PostgreSQL goes through those that it has gathered in any way.
    if one_by_one or district.house.database.is_sqlite:
        assert re.search(BY_KEY, plan) and bool(re.search(GATHERED, plan)) is not one_by_one, plan
    if one_by_one and not district.house.database.is_sqlite:
        assert re.search(r"[( .]organization_id = \(hashed SubPlan", plan), "where it lies is asked before whose it is"


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (OrganizationKind.department, Role.secretary),
        (OrganizationKind.department, Role.deputy),
        (OrganizationKind.department, Role.town_officer),
        (OrganizationKind.town, Role.town_officer),
    ],
)
def test_evaluations_of_a_town_or_department_of_few_branches_are_found_by_them(
    district: District, kind: OrganizationKind, role: Role
) -> None:
    access = reviewer(district, role, "T1")
    with district.work() as work:
        work.get_one(Organization, district.ids["T1"]).kind = kind
    (plan,) = plans(
        district.house,
        "FROM evaluation",
        lambda work: work.exec(listed(work, access, below=None, pledge_id=None, words_state=None).limit(51)).all(),
    )
    assert re.search(GATHERED, plan), plan


@pytest.mark.parametrize(("role", "code", "below"), [(Role.town_officer, "T1", "B11"), (Role.secretary, "B11", None)])
def test_evaluations_of_a_branch_do_not_begin_with_all_that_the_caller_reviews(
    district: District, role: Role, code: str, below: str | None
) -> None:
    """Nor does PostgreSQL join what he reviews: it takes that for so dear that it may as well walk all evaluations."""
    access = reviewer(district, role, code)
    with district.work() as work:
        branch = work.get_one(Organization, district.ids[below]) if below else None
    (plan,) = plans(
        district.house,
        "FROM evaluation",
        lambda work: work.exec(listed(work, access, below=branch, pledge_id=None, words_state=None).limit(51)).all(),
    )
    assert not re.search(r"review_organization_id(=\?| = organization)|id = (pledge\.)?review_organization_id", plan), plan


@pytest.mark.parametrize(("role", "code", "below"), [(Role.secretary, "B11", None), (Role.district_officer, "D", "B11")])
def test_the_evaluations_of_a_branch_are_not_compared_each_with_each_of_its_pledges(
    district: District, role: Role, code: str, below: str | None
) -> None:
    """As PostgreSQL would in a small district: whatever is asked of a pledge it takes for so dear that comparing weighs nothing."""
    access, number = reviewer(district, role, code), {"B11": 30, "B21": MANY}
    for place, pledges in number.items():
        _multiply(district, keep_pledge(district, place), pledges)
    with district.work() as work:
        top = work.get_one(Organization, district.ids[below]) if below else None

    def ask(work: Work) -> object:
        return work.exec(listed(work, access, below=top, pledge_id=None, words_state=None).limit(51)).all()

    assert effort(district.house, "FROM evaluation", "evaluation, pledge", ask, choosing=True) < 10 * sum(number.values())


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("words_state", [None, WordsState.held])
def test_whose_a_pledge_is_is_asked_of_as_many_as_are_told(district: District, words_state: WordsState | None) -> None:
    access = reviewer(district, Role.secretary, "B11")
    _multiply(district, keep_pledge(district, "B11"), MANY)

    def ask(work: Work) -> object:
        return work.exec(listed(work, access, below=None, pledge_id=None, words_state=words_state).limit(6)).all()

    assert effort(district.house, "FROM evaluation", "evaluation, pledge", ask) < 3 * MANY


def _multiply(district: District, pledge_id: UUID, number: int) -> None:
    """So many pledges like one, each rated once."""
    with district.work() as work:
        values = work.get_one(Pledge, pledge_id).model_dump(exclude={"id"})
        keys = [uuid4() for _ in range(number)]
        work.execute(insert(Pledge), [values | {"id": key} for key in keys])
        rating = Evaluation(
            pledge_id=pledge_id, source=EvaluationSource.masses, period=f"{YEAR}-Q1", grade=Grade.satisfied, counts_from=work.at
        ).model_dump(exclude={"id"})
        work.execute(insert(Evaluation), [rating | {"id": uuid4(), "pledge_id": key, "by_digest": key.hex} for key in keys])


def test_the_newest_ratings_of_a_pledge_cost_the_same_however_many_have_rated_it(district: District) -> None:
    access, pledge_id = reviewer(district, Role.district_officer, "D"), keep_pledge(district, "D")
    another = keep_pledge(district, "D")
    with district.work() as work:
        for number in range(2 * MANY):
            state = list(WordsState)[number // 3 % len(WordsState)] if number % 3 else None
            rating = Evaluation(
                pledge_id=pledge_id if number < MANY else another,
                source=EvaluationSource.masses,
                period="2026-Q3",
                grade=Grade.satisfied,
                by_digest=f"{number}",
                counts_from=work.at,
                words_sealed=b"0" if state else None,
                words_state=state,
            )
            work.add(rating)
        work.flush()

    def of_state(work: Work, state: WordsState | None) -> object:
        found = listed(work, access, below=None, pledge_id=pledge_id, words_state=state)
        return work.exec(found.limit(9)).all()

    asked: list[Callable[[Work], object]] = [partial(of_state, state=state) for state in (None, *WordsState)]
    asked.append(partial(shown, pledge_id=pledge_id, most=9))
    for ask in asked:
        assert effort(district.house, "FROM evaluation", "evaluation, pledge", ask) < MANY / 3


# PostgreSQL chooses by how many there are, and comes to most rows by themselves while they are new.
@pytest.mark.engine("sqlite")
def test_how_many_gave_which_grade_is_counted_by_an_index_alone(district: District) -> None:
    (plan,) = plans(district.house, "FROM evaluation", lambda work: counts(work, district.ids["D"]))
    assert "COVERING INDEX ix_evaluation_tally" in plan and "TEMP B-TREE" not in plan
