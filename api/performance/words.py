"""What boards say, on the page and in the workbook."""

from collections.abc import Mapping
from typing import Final

from api.errors import Text
from api.performance.periods.rules import parts_of
from models.performance_enums import IndicatorDirection, PeriodState, Pillar

PILLARS: Final[Mapping[Pillar, Text]] = {
    Pillar.signage: Text("亮标识", "Signs"),
    Pillar.identity: Text("亮身份", "Identity"),
    Pillar.duty: Text("亮职责", "Duties"),
    Pillar.performance: Text("亮绩效", "Performance"),
}
STATES: Final[Mapping[PeriodState, Text]] = {
    PeriodState.open: Text("本期未结束，数据还会变", "not over yet: the figures will change"),
    PeriodState.closing: Text("正在结算", "being closed"),
    PeriodState.closed: Text("已结算，数据不再变", "closed: the figures are final"),
}
OVER: Final = Text("本期已结束，尚未结算，数据还会变", "over, but not closed: the figures will change")
CORRECTED: Final = Text("已结算，其后有更正", "closed, and corrected since")
QUARTERS: Final = (
    Text("一季度", "Q1"),
    Text("二季度", "Q2"),
    Text("三季度", "Q3"),
    Text("四季度", "Q4"),
)
_QUARTER: Final = Text("{year}年{quarter}", "{quarter} {year}")
_YEAR: Final = Text("{year}年", "{year}")
TODO: Final[Mapping[str, Text]] = {
    "slip_request": Text("账号申请待同意", "requests for accounts to agree to"),
    "ending_role": Text("授权将到期", "roles that end soon"),
    "known_password": Text("密码可能泄露", "a password that somebody else may know"),
    "correction": Text("信息更正待审", "corrections to decide"),
    "transfer": Text("组织关系转接待接收", "transfers to decide"),
    "probation_over": Text("预备期已满待转正", "members to confirm"),
    "lost_card": Text("卡已报失待处理", "cards reported lost"),
    "lost_plate": Text("牌已报失待处理", "plates reported lost"),
    "expiring_card": Text("卡将到期", "cards that expire soon"),
    "telephone_missing": Text("缺服务电话", "missing telephones"),
    "complaint": Text("举报待办", "reports to look into"),
    "pledge_start": Text("年初亮诺待发动", "years of pledges to begin"),
    "pledge_quarter": Text("季度公示待发布", "quarters to publish"),
    "pledge_half": Text("半年点评待写", "half-years to comment on"),
    "pledge_year": Text("年度考核待办", "years of pledges to close"),
    "pledge_review": Text("承诺待审", "pledges to review"),
    "pledge_publish": Text("承诺待公示", "pledges to publish"),
    "pledge_claim": Text("兑现待确认", "claims to confirm"),
    "pledge_progress": Text("进展待公开", "progress to publish"),
    "pledge_words": Text("群众留言待阅", "words of residents to read"),
    "pledge_returned": Text("承诺被退回待改", "returned pledges to mend"),
    "pledge_overdue": Text("承诺已逾期", "pledges past their day"),
    "pledge_campaign": Text("亮诺活动待参加", "campaigns to take part in"),
    "rectification": Text("标识问题待整改", "signs to put right"),
    "rectification_recheck": Text("整改待复核", "signs to check again"),
    "rectification_overdue": Text("整改已逾期", "signs past their day"),
    "post_application": Text("岗位申请待定", "applications for posts"),
    "appeal": Text("积分申诉待复核", "appeals to hear"),
    "indicator_entry": Text("指标待填报", "indicators to enter"),
    "appraisal": Text("民主评议待开展", "appraisals to hold"),
    "appraisal_self": Text("自评待填写", "own appraisals to write"),
}
"""What waits, by its kind; a kind that has no words here is told by its own."""

SUMMARY: Final = "概况"
INDICATORS: Final = "指标"
TREND: Final = "四个季度"
WEAKEST: Final = "最需要帮助的支部"
ORGANIZATION: Final = "党组织"
PERIOD: Final = "时期"
STATE: Final = "状态"
AS_OF: Final = "数据截至"
INDEX: Final = "综合指数"
INDEX_BEFORE: Final = "上期综合指数"
SUMMARY_COLUMNS: Final = (("项目", 30.0), ("内容", 40.0))
INDICATOR_COLUMNS: Final = (
    ("类别", 10.0),
    ("指标", 26.0),
    ("单位", 8.0),
    ("分子", 10.0),
    ("分母", 10.0),
    ("数值", 10.0),
    ("目标", 10.0),
    ("方向", 12.0),
    ("权重", 8.0),
    ("达成度（满分1）", 16.0),
    ("上期数值", 10.0),
)
TREND_COLUMNS: Final = (("季度", 12.0), (INDEX, 12.0), *((text.zh, 12.0) for text in PILLARS.values()))
WEAKEST_COLUMNS: Final = (
    (ORGANIZATION, 40.0),
    (INDEX, 12.0),
    ("比上期", 10.0),
    ("差距最大的指标", 26.0),
    ("数值", 10.0),
    ("目标", 10.0),
)
DIRECTIONS: Final[Mapping[IndicatorDirection, str]] = {IndicatorDirection.up: "越多越好", IndicatorDirection.down: "越少越好"}

LABELS: Final[Mapping[str, Text]] = {
    "board_service": Text("党建亮绩效", "Performance"),
    "board_heading": Text("{period}亮绩效看板", "Performance board, {period}"),
    "board_assurance": Text(
        "这里只有党组织的数据，没有个人的成绩和名次。", "This tells of organisations alone: no person is scored or ranked here."
    ),
    "board_as_of": Text("截至{moment}", "as of {moment}"),
    "board_uncounted": Text("还没有汇总数据", "nothing has been counted yet"),
    "board_index": Text("综合指数（满分100）", "Index (of 100)"),
    "board_index_before": Text("上期指数", "Index before"),
    "board_branches": Text("支部数", "Branches"),
    "board_none": Text("无数据", "no data"),
    "board_before": Text("上期{value}", "before {value}"),
    "board_lowest": Text("指数最低的支部是{name}，{index}分。", "The branch with the lowest index is {name}, with {index}."),
    "board_lowest_alike": Text(
        "指数最低的支部是{name}，都是{index}分。", "The branches with the lowest index are {name}, with {index} each."
    ),
    "board_and": Text("、", ", "),
    "board_and_others": Text("等", " and others"),
    "board_because": Text(
        "差距最大的是“{indicator}”，现在{value}，目标{target}。", "What it lacks most is “{indicator}”: {value}, aimed at {target}."
    ),
    "board_all_met": Text("各项都达到了目标。", "All targets are met."),
    "board_weakest": Text("最需要帮助的支部", "Branches that most need help"),
    "board_weakest_short": Text("看支部", "Branches"),
    "board_gap": Text("差距最大：{indicator} {value}，目标{target}", "lacks most: {indicator} {value}, target {target}"),
    "board_met": Text("各项都达标", "all targets met"),
    "board_moved": Text("比上期：{moved}", "Since the period before: {moved}"),
    "board_risen": Text("▲ 升{n}", "▲ up {n}"),
    "board_fallen": Text("▼ 降{n}", "▼ down {n}"),
    "board_same": Text("＝ 持平", "＝ as before"),
    "board_new": Text("上期无数据", "no data before"),
    "board_pillars": Text("四个“亮”的指数", "The four parts"),
    "board_pillars_short": Text("看四个“亮”", "Parts"),
    "board_bars": Text(
        "条形填得越满，离目标越近；空白处就是差距。", "The fuller a bar, the nearer the target; what is blank is lacking."
    ),
    "board_indicator": Text("指标", "Indicator"),
    "board_branch": Text("支部", "Branch"),
    "board_part": Text("项目", "Part"),
    "board_period_column": Text("季度", "Quarter"),
    "board_index_column": Text("指数", "Index"),
    "board_value_column": Text("数值", "Value"),
    "board_number_column": Text("数量", "Number"),
    "board_target": Text("目标{target}", "target {target}"),
    "board_target_down": Text("目标不超过{target}", "target at most {target}"),
    "board_weight": Text("权重{weight}", "weight {weight}"),
    "board_trend": Text("四个季度的走势", "Four quarters"),
    "board_trend_short": Text("看走势", "Trend"),
    "board_coverage": Text("支部覆盖情况", "How far branches are reached"),
    "board_with_cards": Text("有党员持有效身份卡的支部", "branches with a valid card"),
    "board_with_pledges": Text("有党员亮诺的支部", "branches with members who have pledged"),
    "board_with_signs": Text("有阵地标识齐全的支部", "branches with a venue whose signs are complete"),
    "board_todo": Text("待办事项", "To do"),
    "board_todo_total": Text("合计", "in all"),
    "board_paper": Text("打印自{moment}的看板，系统网址", "Printed from the board of {moment}, by"),
    "unfound_board": Text("看不到这张看板", "The board cannot be shown"),
    "unfound_board_meaning": Text(
        "网址可能输错了，或者这张看板不在您的管理范围内。请在应用里重新打开。",
        "The address may be mistyped, or the board is outside your organisations. Open it again in the app.",
    ),
}


def period_words(code: str) -> Text:
    """What a period is called, by its code: 2026年三季度 or 2026年."""
    year, quarter = parts_of(code)
    if not quarter:
        return _YEAR.fill(year=year)
    name = QUARTERS[quarter - 1]
    return Text(_QUARTER.zh.format(year=year, quarter=name.zh), _QUARTER.en.format(year=year, quarter=name.en))


def standing_words(state: PeriodState, *, is_over: bool, is_corrected: bool) -> Text:
    """How far a period has come, as a board says it of an organisation; `is_corrected` where one of its values was."""
    if state is PeriodState.open and is_over:
        return OVER
    return CORRECTED if state is PeriodState.closed and is_corrected else STATES[state]
