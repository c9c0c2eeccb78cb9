"""Items loaded into the draft from a sheet, answered as a roster is."""

from typing import Any

import pytest

from api.lists.item_file import read_flow
from tests.conftest import Caller, District
from tests.lists.asking import DRAFT, added, answered, drafted, key_of, load, officer_of, sheet
from tests.outcomes import entries, refused

ROWS = (
    (3, "公章使用", "先登记。\n再由书记审批。", "村、经济合作社", "受理（代办员，1天）→办结（村书记）"),
    ("4.", "便民代办", "每天都办。", None, None),
)


@pytest.fixture
def officer(district: District) -> Caller:
    return officer_of(district)


def test_a_sheet_is_loaded_into_the_draft_and_sending_it_again_changes_nothing(district: District, officer: Caller) -> None:
    refused(load(officer, sheet(*ROWS)), 404, "not_found")
    drafted(officer)
    planned = answered(load(officer, sheet(*ROWS), dry_run=True))
    assert planned["created"] == 2 and answered(officer.get(DRAFT))["items"] == []
    body = answered(load(officer, sheet(*ROWS)))
    assert (body["rows"], body["created"], body["updated"], body["unchanged"], body["rejected"]) == (2, 2, 0, 0, [])
    assert body["sheets"] == [{"sheet": "清单", "rows": 2, "hidden_rows": 0, "hidden_columns": []}]
    one, other = answered(officer.get(DRAFT))["items"]
    assert (one["number"], one["text"], one["applies_to"]) == (3, "先登记。\n再由书记审批。", ["village", "cooperative"])
    assert one["flow"] == [{"step": "受理", "who": "代办员", "days": 1}, {"step": "办结", "who": "村书记", "days": None}]
    assert (other["number"], other["applies_to"], other["flow"]) == (4, ["village", "community", "cooperative"], [])
    again = answered(load(officer, sheet(*ROWS)))
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)
    changed = answered(load(officer, sheet((3, "印章使用", "先登记。", None, None))))
    assert changed["changes"] == [{"sheet": "清单", "row": 2, "columns": ["内容", "事项"]}]
    kept = answered(officer.get(DRAFT))["items"][0]
    assert (kept["title"], kept["flow"], kept["applies_to"]) == ("印章使用", one["flow"], one["applies_to"])
    told = [details for action, details in entries(district, key_of(district, 1)) if action == "import_list_items"]
    assert told == [{"kind": "power", "created": 2, "updated": 0}, {"kind": "power", "created": 0, "updated": 1}]


@pytest.mark.engine("sqlite")
def test_each_fault_of_a_row_is_told_at_its_cell_and_nothing_is_stored(officer: Caller) -> None:
    drafted(officer)
    added(officer)
    faults: list[tuple[tuple[Any, ...], str, str]] = [
        ((None, "事", "文"), "序号", "missing"),
        (("三", "事", "文"), "序号", "number_unreadable"),
        ((501, "事", "文"), "序号", "number_unreadable"),
        ((9, None, "文"), "事项", "missing"),
        ((9, "长" * 81, "文"), "事项", "too_long"),
        ((9, "事", None), "内容", "missing"),
        ((9, "事", "长" * 2001), "内容", "too_long"),
        ((9, "事", "长" + " " * 4000 + "长"), "内容", "too_long"),
        ((9, "事", "找990101199003070015办理"), "内容", "identity_number"),
        ((9, "事", "文", "乡镇"), "适用", "unknown_scope"),
        ((9, "事", "文", "村", "先受理再办结"), "流程", "flow_unreadable"),
        ((9, "事", "文", "村", "受理（ ）"), "流程", "flow_unreadable"),
    ]
    good = (9, "好的", "文", "村")
    rows = [row for row, _, _ in faults] + [good, good]
    refusal = refused(load(officer, sheet(*rows)), 422, "list_items_rejected")
    told = [(one["row"], one["column"], one["rule"]) for one in refusal["rejected"]]
    assert told == [
        *((number, column, rule) for number, (_, column, rule) in enumerate(faults, 2)),
        (len(rows) + 1, "序号", "duplicate_number"),
    ]
    assert (refusal["rows"], refusal["created"], refusal["updated"]) == (len(rows), 0, 0)
    dry = answered(load(officer, sheet(*rows), dry_run=True))
    assert dry["rejected"] == refusal["rejected"] and dry["created"] == 1
    assert len(answered(officer.get(DRAFT))["items"]) == 1


@pytest.mark.engine("sqlite")
def test_a_file_without_the_columns_that_are_needed_is_refused(officer: Caller) -> None:
    drafted(officer)
    assert "内容" in refused(load(officer, sheet((1, "事"), headings=("序号", "事项"))), 422, "no_list_items")["detail"]


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    ("cell", "steps"),
    [
        ("受理(代办员,1天)", [("受理", "代办员", 1)]),
        ("1. 申请（村民）-> 2、办结（书记、主任，当天）", [("申请", "村民", None), ("办结", "书记、主任", 0)]),
        ("①申请（村民）；\n②办结（书记，365日内）", [("申请", "村民", None), ("办结", "书记", 365)]),
        ("申请（村民）→", [("申请", "村民", None)]),
        ("办结（书记，3个工作日）", None),
        ("办结（书记，366天）", None),
        ("办结", None),
        ("→".join(["申请（村民）"] * 13), None),
        ("长" * 81 + "（村民）", None),
    ],
)
def test_a_flow_is_read_step_by_step(cell: str, steps: list[tuple[str, str, int | None]] | None) -> None:
    read = read_flow(cell)
    assert (None if read is None else [(one["step"], one["who"], one["days"]) for one in read]) == steps
