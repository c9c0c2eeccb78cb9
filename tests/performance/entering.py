"""An indicator that is entered by hand, what branches have entered of it, and what periods say of it."""

from datetime import date, timedelta
from time import monotonic, sleep
from typing import Any
from uuid import UUID

from sqlmodel import col, select, update

from api.database import Origin
from api.performance.periods.queries import begun
from api.performance.periods.rules import span_of, spans_before, spans_on
from models.enums import Role
from models.indicator import Indicator, IndicatorEntry, IndicatorValue, Period
from models.performance_enums import PeriodState
from tests.clock import district_day
from tests.conftest import Caller, District

OVER = spans_before(district_day())[0].code
"""The last quarter that is over."""
RUNNING = spans_on(district_day())[0].code
STUDY: dict[str, Any] = {"code": "night_study", "pillar": "performance", "name": "周二夜学到课率", "weight": 5}


def officer_of(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


def make(officer: Caller, **told: Any) -> str:
    """A new indicator that is entered by hand; its code."""
    answer = officer.post("/v1/indicators", json=STUDY | told)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


def predate(district: District, code: str, day: date) -> None:
    """Have an indicator made on that day."""
    with district.work() as work:
        work.exec(update(Indicator).where(col(Indicator.code) == code).values(created_at=work.begin_of(day)))


def written(district: District, place: str, numerator: int, denominator: int | None, period: str = OVER) -> dict[str, Any]:
    """What is sent to enter numbers for the organisation of that code."""
    numbers = {"numerator": numerator, "denominator": denominator, "evidence": "夜学签到表"}
    return {"organization_id": str(district.ids[place]), "period": period, **numbers}


def enter(
    caller: Caller,
    district: District,
    place: str,
    numerator: int,
    denominator: int | None,
    *,
    code: str = "night_study",
    period: str = OVER,
) -> None:
    body = written(district, place, numerator, denominator, period)
    answer = caller.post(f"/v1/indicators/{code}/values", json=body)
    assert answer.status_code == 201, answer.text


def values(caller: Caller, indicator: str = "night_study", period: str = OVER) -> dict[str, tuple[int, ...]]:
    """The newest version of each organisation's numbers, by its name: its own two, and those with everything below it."""
    answer = caller.get(f"/v1/periods/{period}/values?indicator={indicator}")
    assert answer.status_code == 200, answer.text
    names = ("own_numerator", "own_denominator", "numerator", "denominator")
    newest: dict[str, tuple[int, ...]] = {}
    for one in sorted(answer.json()["items"], key=lambda one: one["version"]):
        newest[one["organization_name"]] = tuple(one[name] for name in names)
    return newest


def versions(caller: Caller, organization_id: UUID, indicator: str = "night_study", period: str = OVER) -> list[dict[str, Any]]:
    """All versions of one value, as they are answered."""
    answer = caller.get(f"/v1/periods/{period}/values?organization_id={organization_id}&indicator={indicator}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def enter_some(officer: Caller, district: District, period: str = OVER) -> None:
    """Two branches of a village, the village itself, and a branch of another one have entered something for a period."""
    make(officer)
    keep_entries(district, UUID(officer.account_id), period)


def keep_entries(district: District, account_id: UUID, *periods: str) -> None:
    """The same as it stands in the table."""
    with district.work() as work:
        for code in periods:
            begun(work, span_of(code))
            for place, numerator, denominator in (("B11", 3, 4), ("B12", 1, 4), ("V1", 2, 2), ("B21", 0, 5)):
                numbers: dict[str, Any] = {"numerator": numerator, "denominator": denominator, "evidence": "夜学签到表"}
                about: dict[str, Any] = {"organization_id": district.ids[place], "entered_by": account_id}
                work.add(IndicatorEntry(indicator="night_study", period=code, **about, **numbers))


SUMMED = {
    "上塘村第一党支部": (3, 4, 3, 4),
    "上塘村第二党支部": (1, 4, 1, 4),
    "上塘村": (2, 2, 6, 10),
    "云溪镇": (0, 0, 6, 10),
    "南塘村第一党支部": (0, 5, 0, 5),
    "南塘村": (0, 0, 0, 5),
    "鹿泉镇": (0, 0, 0, 5),
    "明湖区": (0, 0, 6, 15),
}
"""What these come to."""


def counted(district: District, answer: Any) -> dict[str, Any]:
    """What was answered to whoever had a period counted, once that is done."""
    assert answer.status_code == 202, answer.text
    told: dict[str, Any] = answer.json()
    until = monotonic() + 60
    while (row := period(district, told["code"])).done < row.of or row.state is PeriodState.closing:
        assert monotonic() < until, row
        sleep(0.01)
    return told


def keep_active(district: District, *codes: str) -> None:
    """Let only these indicators count, and what is made later."""
    with district.work() as work:
        work.exec(update(Indicator).where(col(Indicator.code).not_in(codes)).values(is_active=False))


def let_leases_pass(district: District) -> None:
    with district.work() as work:
        leased = col(Period.leased_until).is_not(None)
        work.exec(update(Period).where(leased).values(leased_until=work.at - timedelta(seconds=1)))


def period(district: District, code: str) -> Period:
    with district.house.database.reading(Origin("test")) as work:
        found: Period = work.exec(select(Period).where(col(Period.code) == code)).one()
    return found


def numbers(district: District, code: str) -> list[tuple[Any, ...]]:
    """All that a period has stored, but for when."""
    names = ("organization_id", "indicator", "version", "path", "own_numerator", "own_denominator", "numerator", "denominator")
    with district.work() as work:
        found = work.exec(select(IndicatorValue).where(col(IndicatorValue.period) == code)).all()
    return sorted(tuple(getattr(one, name) for name in names) for one in found)
