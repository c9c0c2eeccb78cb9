"""The pages of the three lists, in the shapes that strain them most."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from api.language import Language
from api.lists.page import item_page, list_page, lists_page
from api.lists.rules import EditionView, ItemView, ListView, Step
from api.lists.service import OneItem
from models.list_enums import ListKind, ListScope
from tests.pages.specimens import LONG_BRANCH, SHANGHAI, asked

AT = datetime(2026, 11, 23, 9, 41, 14, tzinfo=UTC).astimezone(SHANGHAI)
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
EDITION = EditionView(
    kind=ListKind.power,
    number=12,
    title="澄湖区村（社区）、村经济合作社小微权力清单（2026年修订版）",
    change_note="增加便民代办事项。",
    published_at=AT,
    item_count=500,
    token="kJ3nq0Vb1c2dXyZaLmPoQrSt",
)
ITEM = ItemView(
    number=3,
    title="公章使用",
    text="用章先登记，写明事由、份数和用章人。\n由书记审批；涉及资金、资产、资源的，由书记、主任共同审批。",
    applies_to=tuple(ListScope),
    flow=(
        Step("申请并登记", "村民或单位", None),
        Step("审核材料", "便民服务中心代办员", 0),
        Step("审批", "村党组织书记、村民委员会主任、村务监督委员会主任", 3),
    ),
    flow_picture={"digest": DIGEST, "width": 600, "height": 800, "url": f"/v1/lists/power/pictures/{DIGEST}"},
)
LONG = replace(ITEM, number=500, title=(LONG_BRANCH * 3)[:80], text="字" * 2000, flow=(Step("办" * 80, "谁" * 80, 365),) * 12)
ITEMS = ListView(EDITION, [replace(ITEM, number=number, title=f"{ITEM.title}（{number}）") for number in range(1, 93)] + [LONG])
LISTS = [
    (ListKind.responsibility, replace(EDITION, kind=ListKind.responsibility)),
    (ListKind.negative, None),
    (ListKind.power, EDITION),
]

PAGES: dict[str, Callable[[Language, bool], str]] = {
    "lists": lambda language, large: lists_page(LISTS, asked(language, large=large), at=AT),
    "list": lambda language, large: list_page(ITEMS, asked(language, large=large), at=AT, page=2),
    "list_item": lambda language, large: item_page(OneItem(EDITION, ITEM, 2, 4), asked(language, large=large), at=AT),
    "list_item_long": lambda language, large: item_page(OneItem(EDITION, LONG, None, None), asked(language, large=large), at=AT),
}
