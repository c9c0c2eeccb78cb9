"""The three lists of the demonstration: 49, 21 and 93 items, as many as one district counts; what they say is invented, and
says so.

Pure: nothing here knows the database, the clock or the network.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Final

from models.list_enums import ListKind, ListScope

TITLES: Final[Mapping[ListKind, str]] = {
    ListKind.responsibility: "村（社区）责任清单",
    ListKind.negative: "村（社区）负面清单",
    ListKind.power: "村（社区）权力清单",
}
NOTE: Final = "演示用的示例清单，不是任何地方的正式清单。"
_MARK: Final = "【示例】"
_PLACES: Final = (ListScope.village, ListScope.community)
_FIELDS: Final = (
    ("组织建设", "按时开好“三会一课”和主题党日"),
    ("民情服务", "走访住户、记好民情、代办小事"),
    ("平安治理", "排查隐患、调解矛盾、守好防汛防台"),
    ("环境卫生", "管好垃圾分类、河道和公共场所"),
    ("集体经济", "管好集体的资金、资产、资源"),
    ("文明新风", "移风易俗、办好文化活动"),
    ("困难帮扶", "联系困难家庭、老人和儿童"),
)
_DUTIES: Final = ("定计划", "分工到人", "抓落实", "作记录", "办实事", "作公示", "听评议")
_BANS: Final = (
    ("不得不作为", "有人找上门，不得推、不得拖、不得拒绝登记。"),
    ("不得乱作为", "不得绕过会议个人决定，不得向群众摊派。"),
    ("不得谋私利", "不得收受礼金礼品，不得为亲友争照顾。"),
)
_MATTERS: Final = (
    "年度工作计划", "村级规划", "干部误工报酬", "聘用工作人员", "小型工程建设", "工程变更", "大宗物品采购", "资产出租", "资产处置",
    "资源发包", "土地承包调整", "征地补偿分配", "集体收益分配", "对外投资", "借款和担保", "财务开支", "备用金使用", "公章使用",
    "合同签订", "宅基地申请", "低保申请", "临时救助申请", "残疾人补助申请", "优抚慰问", "危房改造", "公益捐款使用", "便民代办",
    "矛盾调解",  "用水用电协调", "档案查阅", "党务村务公开",
)  # fmt: skip
_ACTS: Final = (
    ("提议", "由谁提出、提出时要写明什么", (("书面提出", "村党组织或十名以上村民", None), ("登记编号", "村文书", 0))),
    (
        "决定",
        "经过哪些会议、多少人到会才算数",
        (("商议", "村“两委”会议", 5), ("审议", "党员大会", 7), ("决议", "村民代表会议", 10)),
    ),
    (
        "公开",
        "在哪里公开、公开多久、向谁问",
        (("张榜公示", "村务监督委员会", 3), ("答复询问", "村党组织书记", 7), ("归档", "村文书", None)),
    ),
)


def items(kind: ListKind) -> Sequence[dict[str, Any]]:
    """The items of a list, by the fields of an item."""
    return [{"number": number, "flow_picture": None, **content} for number, content in enumerate(_CONTENTS[kind], 1)]


def _item(title: str, text: str, scopes: Sequence[ListScope], flow: Sequence[tuple[str, str, int | None]] = ()) -> dict[str, Any]:
    steps = [{"step": step, "who": who, "days": days} for step, who, days in flow]
    return {"title": title, "text": f"{_MARK}{text}", "applies_to": list(scopes), "flow": steps}


_CONTENTS: Final[Mapping[ListKind, Sequence[dict[str, Any]]]] = {
    ListKind.responsibility: [
        _item(f"{field}：{duty}", f"{what}，{duty}，每季度由党员和群众评一次。", _PLACES)
        for (field, what), duty in product(_FIELDS, _DUTIES)
    ],
    ListKind.negative: [
        _item(f"{field}{ban}", f"在{field}工作中，{words}", tuple(ListScope))
        for (field, _), (ban, words) in product(_FIELDS, _BANS)
    ],
    ListKind.power: [
        _item(f"{matter}：{act}", f"{matter}{asks}，都按下面的流程办。", tuple(ListScope), flow)
        for matter, (act, asks, flow) in product(_MATTERS, _ACTS)
    ],
}
