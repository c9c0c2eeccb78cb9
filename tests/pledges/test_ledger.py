import io
from datetime import date
from typing import Any

from openpyxl import load_workbook

from api.pledges.ledger.words import COLUMNS
from models.enums import EvaluationSource, Grade, PledgeState, Role
from models.pledge_progress import PledgeProgress
from tests.conftest import Caller, District
from tests.pledges.asking import AMENDED, CHECKED, CONTENT, MEETING, OPEN_VOTE, WHY, done, people, published
from tests.pledges.kept import YEAR, keep_grade, keep_member, keep_pledge

URL = "/v1/pledges/ledger"
HEADINGS = [name for name, _ in COLUMNS]


def read(caller: Caller, district: District, code: str, year: int = YEAR) -> list[dict[str, Any]]:
    answer = caller.get(URL, params={"organization_id": str(district.ids[code]), "year": year})
    assert answer.status_code == 200, answer.text
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    (headings, *rows) = sheet.iter_rows()
    assert [cell.value for cell in headings] == HEADINGS
    assert all(cell.data_type != "f" for row in rows for cell in row)
    return [dict(zip(HEADINGS, (cell.value for cell in row), strict=True)) for row in rows]


def test_a_ledger_holds_every_pledge_of_a_year_that_was_ever_submitted(district: District) -> None:
    key = keep_member(district, "B11", "李建国")
    for state in PledgeState:
        keep_pledge(district, "B11", key, state=state)
    keep_pledge(district, "B11")
    keep_pledge(district, "B12", keep_member(district, "B12"))
    keep_pledge(district, "B11", key, due_on=date(YEAR - 1, 5, 1))
    deputy = district.sign_in(Role.deputy, "V1")
    rows = read(deputy, district, "V1")
    assert [row["序号"] for row in rows] == list(range(1, len(PledgeState) + 2))
    assert [row["承诺人"] for row in rows[:2]] == ["上塘村第一党支部", "李建国"], "the organisation's own stands first"
    told = [row["状态"] for row in rows if row["承诺人"] == "李建国"]
    assert told == ["待审", "已退回", "已审定", "践诺中", "已兑现", "未兑现", "免责", "已考核", "已撤回"]
    assert len(read(deputy, district, "B12")) == 1


def test_a_ledger_tells_what_was_decided_done_and_thought(district: District) -> None:
    key = keep_member(district, "B11", "李建国")
    pledge_id = keep_pledge(district, "B11", key, state=PledgeState.evaluated, percent=100)
    with district.work() as work:
        for day, note in ((date(YEAR, 3, 1), "装好两户。"), (date(YEAR, 6, 1), "全部装好。")):
            work.add(PledgeProgress(pledge_id=pledge_id, happened_on=day, note=note))
    keep_grade(district, pledge_id, Grade.satisfied, EvaluationSource.self)
    keep_grade(district, pledge_id, Grade.fairly_satisfied, EvaluationSource.organization)
    keep_grade(district, pledge_id, Grade.average)
    for _ in range(2):
        keep_grade(district, pledge_id, Grade.satisfied, EvaluationSource.peers)
    (row,) = read(district.sign_in(Role.secretary, "B11"), district, "B11")
    assert (row["审诺结论"], row["结果"], row["完成度"], row["版本"]) == ("同意", "兑现", 100, 1)
    assert row["最近进展"] == f"{YEAR}-06-01 全部装好。"
    assert (row["自评"], row["组织评"], row["点评"]) == ("满意", "较满意", f"{YEAR} 较满意")
    assert [row[f"群众评{grade}"] for grade in ("满意", "较满意", "一般", "不满意")] == [0, 0, 1, 0]
    assert row["互评满意"] is None, "of two peers one could tell who gave which grade"
    keep_grade(district, pledge_id, Grade.satisfied, EvaluationSource.peers)
    assert read(district.sign_in(Role.secretary, "B11"), district, "B11")[0]["互评满意"] == 3


def test_a_ledger_tells_no_reason_of_an_outcome_that_was_taken_back(district: District) -> None:
    folk = people(district)
    key = published(folk.member, folk.secretary)
    done(folk.secretary, key, "exempt", {"reason": "洪水。"})
    assert [row["结果说明"] for row in read(folk.secretary, district, "B11")] == ["洪水。"]
    done(folk.officer, key, "reopen", {"reason": "已经退水。"})
    assert [(row["结果"], row["结果说明"]) for row in read(folk.secretary, district, "B11")] == [(None, None)]


def test_a_ledger_tells_the_vote_about_the_text_that_stands_and_of_an_amendment_once_it_has_taken_its_place(
    district: District,
) -> None:
    folk = people(district)
    key = published(folk.member, folk.secretary, vote=OPEN_VOTE)

    def told() -> list[Any]:
        (row,) = read(folk.secretary, district, "B11")
        return [row[name] for name in ("承诺内容", "审诺结论", "应到", "同意", "反对", "弃权", "版本")]

    first = [CONTENT, "同意", None, 6, 1, 1, 1]
    for verb, body in (("amend", AMENDED), ("return", WHY), ("amend", AMENDED), ("approve", {**CHECKED, "vote": MEETING})):
        done(folk.member if verb == "amend" else folk.secretary, key, verb, body)
        assert told() == first, verb
    done(folk.secretary, key, "publish")
    assert told() == [AMENDED["content"], "同意", 10, 6, 1, 1, 3]


def test_what_looks_like_a_formula_stays_a_text(district: District) -> None:
    formula = '=HYPERLINK("http://example.test","点这里领奖")'
    keep_pledge(district, "B11", keep_member(district, "B11"), content=formula)
    (row,) = read(district.sign_in(Role.secretary, "B11"), district, "B11")
    assert row["承诺内容"] == formula


def test_a_ledger_is_written_within_reach_alone(district: District) -> None:
    asked = {"organization_id": str(district.ids["B12"]), "year": YEAR}
    assert district.sign_in(Role.deputy, "B11").get(URL, params=asked).status_code == 404
    assert district.sign_in(Role.member, "B12").get(URL, params=asked).status_code == 403


def test_a_ledger_has_its_columns_in_their_order() -> None:
    told = " ".join(HEADINGS)
    assert told.startswith(
        "序号 党组织 承诺人 类型 类别 承诺内容 衡量标准 完成时限 公开范围 状态 审诺结论 审诺日期 应到 同意 反对 弃权"
    )
    four = "互评满意 互评较满意 互评一般 互评不满意 群众评满意 群众评较满意 群众评一般 群众评不满意"
    assert told.endswith(f"公示日期 版本 完成度 最近进展 结果 结果说明 自评 {four} 组织评 点评")
