"""Boards of a small district, whose numbers are those of a second, plain reckoning, in every form."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import event
from sqlmodel import select

from api.app import TODO
from api.performance import words
from api.performance.periods.rules import spans_on
from models.card import Card
from models.enums import CardState, OrganizationKind, Role
from models.indicator import Indicator
from models.organization import Organization
from models.performance_enums import FigureName, IndicatorDirection, IndicatorUnit, Pillar
from tests.clock import district_day
from tests.conftest import Caller, District
from tests.outcomes import refused
from tests.pages.looking import shown
from tests.performance.boards.kept import Own, by_chance, correct, indicators, keep_branches, keep_period
from tests.performance.entering import counted
from tests.verification.holders import change, hold

HTML = {"Accept": "text/html"}
PILLARS = [pillar.value for pillar in Pillar]


@pytest.fixture
def officer(district: District) -> Caller:
    return district.sign_in(Role.district_officer, "D")


def board(caller: Caller, district: District, code: str, **asked: str) -> dict[str, Any]:
    answer = caller.get(f"/v1/boards/{district.ids[code]}", params=asked)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def workbook(caller: Caller, district: District, code: str) -> dict[str, list[list[Any]]]:
    """The cells of each sheet, of which none is a formula."""
    answer = caller.get(f"/v1/boards/{district.ids[code]}/xlsx", params={"period": "2026-Q3"})
    assert answer.status_code == 200, answer.text
    book = load_workbook(io.BytesIO(answer.content))
    assert "f" not in {cell.data_type for sheet in book for row in sheet.rows for cell in row}
    return {sheet.title: [[cell.value for cell in row] for row in sheet.rows] for sheet in book}


@contextmanager
def statements(district: District) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(district.house.database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(district.house.database.engine, "before_cursor_execute", note)


def tenths(value: Fraction | None) -> float | None:
    if value is None:
        return None
    return float((Decimal(value.numerator) / value.denominator).quantize(Decimal("0.1"), ROUND_HALF_UP))


class Reckoned:
    """What an organisation has, from what the branches below it have of their own."""

    def __init__(self, aims: Mapping[str, Indicator], own: Own, branches: list[str]) -> None:
        self.aims, self.counted = aims, dict[str, tuple[int, int]]()
        for branch in branches:
            for code, (up, down) in own.get(branch, {}).items():
                had = self.counted.get(code, (0, 0))
                self.counted[code] = had[0] + up, had[1] + down

    def value(self, code: str) -> Fraction | None:
        if code not in self.counted:
            return None
        up, down = self.counted[code]
        if self.aims[code].unit is IndicatorUnit.counted:
            return Fraction(up)
        return Fraction(100 * up, down) if down else None

    def attained(self, code: str) -> Fraction | None:
        value, aim = self.value(code), self.aims[code]
        if value is None:
            return None
        if aim.direction is IndicatorDirection.down:
            return min(Fraction(1), aim.target / value) if value else Fraction(1)
        return min(Fraction(1), value / aim.target)

    def index(self, pillar: Pillar | None = None) -> Fraction | None:
        parts = [
            (aim.weight, attained)
            for code, aim in self.aims.items()
            if (attained := self.attained(code)) is not None and aim.weight and pillar in (None, aim.pillar)
        ]
        weights = sum(weight for weight, _ in parts)
        return 100 * sum((weight * attained for weight, attained in parts), Fraction(0)) / weights if weights else None


def set_up(district: District) -> tuple[dict[str, Indicator], dict[str, Own], dict[str, list[str]]]:
    """Sixteen branches, indicators of every sort, and three quarters of values."""
    keep_branches(district, 12)
    common: dict[str, Any] = {"figure": FigureName.entered, "pillar": Pillar.duty, "source": "区自定"}
    with district.work() as work:
        work.add(Indicator(code="visits", name="走访户数", unit=IndicatorUnit.counted, weight=20, target=70, **common))
        late: dict[str, Any] = {"direction": IndicatorDirection.down, "weight": 9, "target": 30}
        work.add(Indicator(code="late", name="逾期率", **late, **common))
    own = {code: by_chance(district, seed) for seed, code in enumerate(("2026-Q1", "2026-Q2", "2026-Q3"))}
    for code, numbers in own.items():
        keep_period(district, code, numbers)
    with district.work() as work:
        aims = {one.code: one for one in indicators(work)}
        rows = work.exec(select(Organization)).all()
    branches = [one for one in rows if one.kind is OrganizationKind.branch]
    below = {one.code: [branch.code for branch in branches if branch.path.startswith(one.path)] for one in rows}
    return aims, own, below


def test_a_board_has_the_same_numbers_as_a_plain_reckoning_as_json_as_a_page_and_as_a_workbook(
    district: District, officer: Caller
) -> None:
    aims, own, below = set_up(district)
    names = {str(district.ids[code]): code for code in below}
    for code in ("D", "T1", "B11"):
        quarters = {period: Reckoned(aims, counted, below[code]) for period, counted in own.items()}
        now, then = quarters["2026-Q3"], quarters["2026-Q2"]
        told = board(officer, district, code, period="2026-Q3")
        assert (told["organization_id"], told["period"], told["state"]) == (str(district.ids[code]), "2026-Q3", "closed")
        assert told["as_of"] == "2026-10-02T16:00:00Z"
        assert (told["index"], told["index_before"]) == (tenths(now.index()), tenths(then.index()))
        assert [one["pillar"] for one in told["pillars"]] == PILLARS
        assert [one["index"] for one in told["pillars"]] == [tenths(now.index(pillar)) for pillar in Pillar]
        assert [one["code"] for pillar in Pillar for one in told["pillars"][PILLARS.index(pillar)]["indicators"]] == [
            key for pillar in Pillar for key, aim in aims.items() if aim.pillar is pillar
        ]
        for one in (one for pillar in told["pillars"] for one in pillar["indicators"]):
            attained = now.attained(one["code"])
            assert (one["numerator"], one["denominator"]) == now.counted.get(one["code"], (None, None))
            assert (one["value"], one["before"]) == (tenths(now.value(one["code"])), tenths(then.value(one["code"])))
            assert one["attainment"] == (None if attained is None else pytest.approx(float(attained), abs=0.0005))
        assert [one["period"] for one in told["trend"]] == ["2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3"]
        assert [one["index"] for one in told["trend"]] == [None, *(tenths(one.index()) for one in quarters.values())]
        of_pillars = [[part["index"] for part in one["pillars"]] for one in told["trend"]]
        assert of_pillars == [[None] * 4, *([tenths(one.index(pillar)) for pillar in Pillar] for one in quarters.values())]
        _check_branches(told, aims, own, below[code], names)
        _check_forms(told, officer, district, code)


def _check_branches(told: Any, aims: Any, own: Mapping[str, Own], branches: list[str], names: dict[str, str]) -> None:
    if told["kind"] == "branch":
        assert (told["coverage"], told["weakest"]) == (None, [])
        return
    now = {branch: Reckoned(aims, own["2026-Q3"], [branch]) for branch in branches}
    having = {
        name: sum(one.counted.get(figure, (0, 0))[0] > 0 for one in now.values())
        for name, figure in {"with_cards": "card_coverage", "with_pledges": "pledge_rate", "with_signs": "sign_coverage"}.items()
    }
    assert told["coverage"] == {"branches": len(branches), **having}
    assert told["todo"] is None
    indexes = [tenths(one.index()) for one in now.values()]
    assert [one["index"] for one in told["weakest"]] == sorted(index for index in indexes if index is not None)[:10]
    for one in told["weakest"]:
        mine, then = now[names[one["organization_id"]]], Reckoned(aims, own["2026-Q2"], [names[one["organization_id"]]])
        index, before = mine.index(), then.index()
        assert one["index"] == tenths(index)
        assert one["movement"] == (None if index is None or before is None else tenths(index - before))
        lost = {key: aim.weight * (1 - attained) for key, aim in aims.items() if (attained := mine.attained(key)) is not None}
        assert lost[one["reason"]["indicator"]] == max(lost.values())
        assert one["reason"]["value"] == tenths(mine.value(one["reason"]["indicator"]))


def _check_forms(told: Any, officer: Caller, district: District, code: str) -> None:
    def number(value: float | None) -> str:
        return "无数据" if value is None else f"{value:.1f}"

    page = officer.get(f"/v1/boards/{district.ids[code]}?period=2026-Q3", headers=HTML)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    text = shown(page.text)
    book = workbook(officer, district, code)
    summary = dict(book["概况"])
    assert (summary["综合指数"], summary["上期综合指数"]) == (told["index"], told["index_before"])
    head = text[text.index("综合指数（满分100）") :]
    assert head.startswith(f"综合指数（满分100） {number(told['index'])} ")
    assert f" 上期指数 {number(told['index_before'])} " in head[:60]
    rows = iter(book["指标"][1:])
    for pillar, name in zip(told["pillars"], ("亮标识", "亮身份", "亮职责", "亮绩效"), strict=True):
        assert summary[name] == pillar["index"]
        assert f" {name} {number(pillar['index'])} " in text
        for one in pillar["indicators"]:
            wanted = (one["name"], one["numerator"], one["denominator"], one["value"], one["target"], one["weight"])
            row = next(rows)
            assert (row[1], *row[3:7], row[8], *row[9:]) == (*wanted, one["attainment"], one["before"])
            sign = "%" if one["unit"] == "percent" else ""
            values = [
                "无数据" if value is None else f"{value:.1f}%" if sign else str(int(value))
                for value in (one["value"], one["before"])
            ]
            counts = f"{one['numerator']}/{one['denominator']} · " if one["denominator"] else ""
            aimed = "目标不超过" if one["direction"] == "down" else "目标"
            row_of_page = f"{one['name']} {counts}{aimed}{one['target']}{sign} · 权重{one['weight']} {values[0]} 上期{values[1]}"
            assert row_of_page in text
    trend = [[one["period"], one["index"], *(part["index"] for part in one["pillars"])] for one in told["trend"]]
    assert book["四个季度"][1:] == trend
    assert f"2026年三季度 亮标识 {number(told['pillars'][0]['index'])} · " in text
    for place, one in enumerate(told["weakest"], start=1):
        name, index, movement, *_, value, target = book["最需要帮助的支部"][place]
        assert (name, index, movement) == (one["organization_name"], one["index"], one["movement"])
        assert (value, target) == (one["reason"]["value"], one["reason"]["target"])
        assert f" {place}. {name} 差距最大：" in text
    if told["coverage"]:
        assert summary["支部数"] == told["coverage"]["branches"]
        assert f"{told['coverage']['with_cards']}/{told['coverage']['branches']}" in text


def test_a_board_from_what_is_stored_takes_few_statements_and_none_on_members(district: District, officer: Caller) -> None:
    keep_branches(district, 3)
    for code in ("2026-Q2", "2026-Q3"):
        keep_period(district, code, by_chance(district, 1), as_of=datetime.now(UTC))
    for path in ("", "/xlsx"):
        with statements(district) as asked:
            assert officer.get(f"/v1/boards/{district.ids['D']}{path}?period=2026-Q3").status_code == 200
        assert len([one for one in asked if "indicator_value" in one]) <= 3
        whole = [one for one in asked if one.startswith("SELECT") and "sign_in_session" not in one]
        assert len(whole) <= 8, whole
        assert not [one for one in whole if any(f"FROM {table}" in one for table in ("member", "card", "pledge", "venue", "post"))]


def test_the_board_of_a_branch_is_counted_as_it_is_asked_for_until_the_period_closes(district: District, officer: Caller) -> None:
    quarter = spans_on(district_day())[0]
    hold(district.house, district.ids["B11"])
    hold(district.house, district.add_group())
    secretary = district.sign_in(Role.secretary, "B11")
    told = board(secretary, district, "B11")
    assert (told["period"], told["state"], told["as_of"][:4]) == (quarter.code, "open", f"{datetime.now(UTC).year}")
    by_code = {one["code"]: one for pillar in told["pillars"] for one in pillar["indicators"]}
    assert (by_code["card_coverage"]["numerator"], by_code["card_coverage"]["denominator"]) == (2, 2)
    assert (by_code["pledge_rate"]["value"], by_code["satisfaction_rate"]["value"]) == (0.0, None)
    assert (told["coverage"], told["weakest"], told["trend"][-1]["index"]) == (None, [], told["index"])
    assert told["todo"]["counts"] == secretary.get("/v1/todo").json()["counts"]
    assert board(officer, district, "T1")["index"] is None
    counted(district, officer.post(f"/v1/periods/{quarter.code}/refresh", json={}))
    values = officer.get(f"/v1/periods/{quarter.code}/values?organization_id={district.ids['B11']}").json()["items"]
    known = {code: (one["numerator"], one["denominator"]) for code, one in by_code.items() if one["numerator"] is not None}
    assert {one["indicator"]: (one["numerator"], one["denominator"]) for one in values} == known
    above = board(officer, district, "T1")
    assert (above["index"], above["state"], len(above["weakest"])) == (told["index"], "open", 1)


def test_a_branch_is_told_what_was_stored_once_the_period_is_closed(district: District, officer: Caller) -> None:
    quarter = spans_on(district_day())[0]
    secretary = district.sign_in(Role.secretary, "B11")
    district.add_group()
    keep_period(district, quarter.code, {"B11": {"card_coverage": (1, 4)}})
    told = board(secretary, district, "B11")
    assert (told["state"], told["index"], told["index_before"]) == ("closed", 25.0, None)
    assert board(officer, district, "G")["index"] is None


def test_what_waits_at_a_branch_is_told_of_that_branch_alone(district: District, officer: Caller) -> None:
    for code in ("B11", "B21"):
        card_id = hold(district.house, district.ids[code]).card_id
        change(district.house, Card, card_id, state=CardState.suspended, lost_reported_at=datetime.now(UTC))
    assert officer.get("/v1/todo").json()["counts"]["lost_card"] == 2
    assert board(officer, district, "B11")["todo"] == {"total": 1, "counts": {"lost_card": 1}}
    page = shown(officer.get(f"/v1/boards/{district.ids['B11']}", headers=HTML).text)
    assert "待办事项 项目 数量 合计 1 卡已报失待处理 1" in page


def test_what_waits_at_a_branch_is_counted_by_one_statement(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    with statements(district) as asked:
        assert board(secretary, district, "B11")["todo"] == {"total": 0, "counts": {}}
    [counted] = [one for one in asked if "LIMIT" in one and "FROM transfer" in one]
    assert "FROM complaint" in counted and "FROM pledge_text" in counted.replace("JOIN", "FROM")


def test_whatever_may_wait_has_words_of_its_own() -> None:
    assert {source.kind for source in TODO} <= words.TODO.keys()


def test_a_closed_period_keeps_what_a_branch_had_where_it_stood(district: District, officer: Caller) -> None:
    own = {code: {"card_coverage": (number, 4)} for number, code in enumerate(("B11", "B12", "B21", "B22"))}
    for code in ("2026-Q2", "2026-Q3"):
        keep_period(district, code, own)
    correct(district, "2026-Q3", "B12", "card_coverage", (4, 4))
    where = {"json": {"parent_id": str(district.ids["V2"])}, "headers": {"If-Match": "*"}}
    assert officer.post(f"/v1/organizations/{district.ids['B11']}/move", **where).status_code == 200
    change(district.house, Organization, district.ids["B12"], closed_on=district_day() - timedelta(days=400))

    def weakest(code: str, period: str) -> list[tuple[float, float | None]]:
        told = board(officer, district, code, period=period)
        assert told["coverage"]["branches"] == len(told["weakest"])
        return [(one["index"], one["movement"]) for one in told["weakest"]]

    assert weakest("T1", "2026-Q3") == [(0.0, 0.0), (100.0, 75.0)]
    assert weakest("T2", "2026-Q3") == [(50.0, 0.0), (75.0, 0.0)]
    assert weakest("T1", "2026-Q2") == [(0.0, None), (25.0, None)]
    for code, standing in (("B11", "已结算，数据不再变"), ("B12", "已结算，其后有更正")):
        page = officer.get(f"/v1/boards/{district.ids[code]}?period=2026-Q3", headers=HTML)
        assert f"· {standing} " in shown(page.text)
        assert dict(workbook(officer, district, code)["概况"])["状态"] == standing
        assert board(officer, district, code, period="2026-Q3")["is_corrected"] is (code == "B12")


def test_what_was_never_counted_is_null_and_a_year_is_shown_by_its_quarters(district: District, officer: Caller) -> None:
    keep_period(district, "2025-Q2", {"B11": {"card_coverage": (1, 2)}})
    keep_period(district, "2024", {"B11": {"card_coverage": (1, 4)}})
    told = board(officer, district, "T1", period="2025")
    assert [one["period"] for one in told["trend"]] == [f"2025-Q{number}" for number in (1, 2, 3, 4)]
    assert [one["index"] for one in told["trend"]] == [None, 50.0, None, None]
    assert (told["state"], told["as_of"], told["index"], told["index_before"]) == ("open", None, None, 25.0)
    assert told["coverage"] == {"branches": 2, "with_cards": None, "with_pledges": None, "with_signs": None}
    page = shown(officer.get(f"/v1/boards/{district.ids['T1']}?period=2025", headers=HTML).text)
    assert "还没有汇总数据 · 本期已结束，尚未结算，数据还会变 " in page
    quarter = board(officer, district, "T2", period="2025-Q2")
    assert (quarter["index"], quarter["weakest"], quarter["coverage"]["with_cards"]) == (None, [], 0)


def test_a_board_is_shown_within_reach_alone_and_its_refusals_are_as_it_was_asked_for(district: District) -> None:
    secretary = district.sign_in(Role.secretary, "B11")
    for path in (
        str(district.ids["T1"]),
        str(district.ids["B12"]),
        f"{district.ids['B12']}/xlsx",
        f"{district.ids['B11']}?period=2026-Q5",
    ):
        refused(secretary.get(f"/v1/boards/{path}"), 404, "not_found")
    for path in (str(district.ids["T1"]), "none"):
        page = secretary.get(f"/v1/boards/{path}", headers=HTML)
        assert (page.status_code, "看不到这张看板" in page.text) == (404, True)
        assert "不在您的管理范围内" in page.text and "编号" not in page.text
    unsigned = district.client.get(f"/v1/boards/{district.ids['T1']}", headers=HTML)
    assert (unsigned.status_code, unsigned.headers["content-type"]) == (401, "text/html; charset=utf-8")
