"""Small files of the kinds that offices and their programs really make, which a simpler reading gets wrong."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from api.database import Work
from models.enums import DatePrecision, Role
from models.member import Member
from tests.conftest import Caller, District
from tests.members.test_routes import send

CASES = Path(__file__).parents[2] / "data" / "cases"
DAY, MONTH = DatePrecision.day, DatePrecision.month
FIRST_OF_JULY = (date(1998, 7, 1), DAY)


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.town_officer, "T1")


def sent(officer: Caller, name: str, **query: Any) -> dict[str, Any]:
    answer = send(officer, (CASES / name).read_bytes(), **query)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def joined(work: Work) -> dict[str, tuple[date, DatePrecision]]:
    return {member.full_name: (member.joined_on, member.joined_precision) for member in work.exec(select(Member)).all()}


def rejected(told: dict[str, Any]) -> list[tuple[int, str]]:
    return [(row["row"], row["rule"]) for row in told["rejected"]]


@pytest.mark.parametrize(
    ("name", "expected"),
    {
        "real-sheetjs.xlsx": {"钱表一": FIRST_OF_JULY, "钱表二": (date(2001, 1, 1), DAY)},
        "real-xlsxwriter.xlsx": {"钱表三": FIRST_OF_JULY, "钱表四": (date(1998, 7, 1), MONTH)},
        "strict.xlsx": {"测试壬": FIRST_OF_JULY},
        "isoz.xlsx": {"测试己": FIRST_OF_JULY, "测试庚": FIRST_OF_JULY, "测试辛": FIRST_OF_JULY},
        "date1904-general.xlsx": {"周一九": FIRST_OF_JULY},
        "e-year.xlsx": {"测试辛": (date(1998, 7, 1), MONTH)},
        "semicolon-commas.csv": {"张三": FIRST_OF_JULY},
    }.items(),
)
def test_each_day_is_as_exact_as_it_is_known(
    officer: Caller, work: Work, name: str, expected: dict[str, tuple[date, DatePrecision]]
) -> None:
    assert sent(officer, name)["rejected"] == []
    assert joined(work) == expected


def test_day_00_is_a_month_with_a_hint_and_no_birth_of_an_identity_number(officer: Caller, work: Work) -> None:
    told = sent(officer, "day00.xlsx", on_error="skip")
    assert rejected(told) == [(2, "id_birth_date")]
    assert [(hint["row"], hint["cell"], hint["rule"]) for hint in told["warnings"]] == [(3, "C3", "day_unknown")]
    assert joined(work) == {"冯试九": (date(1998, 7, 1), MONTH)}


@pytest.mark.parametrize("name", ["october.xlsx", "october-from-libreoffice.csv"])
def test_october_that_may_be_january_is_refused_and_the_doubt_is_named(officer: Caller, work: Work, name: str) -> None:
    told = sent(officer, name, on_error="skip")
    assert rejected(told) == [(2, "month_doubtful")]
    assert "1月还是10月" in told["rejected"][0]["detail"]
    assert joined(work) == {"冯试七": (date(1998, 11, 1), MONTH)}
