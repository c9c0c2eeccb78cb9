"""What is said of the three lists on their pages, in both languages."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from api.errors import Text
from models.list_enums import ListKind, ListScope


class Called(NamedTuple):
    """A list by its name, what it tells, and what the link to it says."""

    name: Text
    tells: Text
    link: Text


KINDS: Final[Mapping[ListKind, Called]] = {
    ListKind.responsibility: Called(
        Text("责任清单", "Responsibilities"),
        Text("村、社区应当做的事。", "What villages and communities have to do."),
        Text("看责任清单", "Read what has to be done"),
    ),
    ListKind.negative: Called(
        Text("负面清单", "Prohibitions"),
        Text("不能做的事。", "What they must not do."),
        Text("看负面清单", "Read what is forbidden"),
    ),
    ListKind.power: Called(
        Text("权力清单", "Powers"),
        Text("可以办、可以定的事，每件由谁办、怎样办。", "What they may decide, by whom and by which steps."),
        Text("看权力清单", "Read what may be decided"),
    ),
}

SCOPES: Final[Mapping[ListScope, Text]] = {
    ListScope.village: Text("村", "villages"),
    ListScope.community: Text("社区", "communities"),
    ListScope.cooperative: Text("经济合作社", "economic cooperatives"),
}

LABELS: Mapping[str, Text] = {
    "lists_heading": Text("三清单一流程", "The three lists"),
    "lists_meaning": Text("办事的依据，谁都可以看。", "By these rules things are done here; anybody may read them."),
    "lists_edition": Text("第{n}版，{day}公布", "Edition {n}, published {day}"),
    "lists_count": Text("共{n}项", "Items: {n}"),
    "lists_none": Text("还没有公布。", "Not published yet."),
    "lists_between": Text("、", ", "),
    "lists_back": Text("回到三清单", "Back to the three lists"),
    "list_applies": Text("适用", "Applies to"),
    "list_back": Text("回到整份清单", "Back to the whole list"),
    "list_number": Text("第{n}项", "item {n}"),
    "list_before": Text("上一项：第{n}项", "Previous: item {n}"),
    "list_after": Text("下一项：第{n}项", "Next: item {n}"),
    "list_flow": Text("办理流程", "How it is done"),
    "list_flow_picture": Text("流程图", "The flow as a picture"),
    "list_days": Text("时限：{n}天", "Time limit in days: {n}"),
    "list_same_day": Text("时限：当天", "Time limit: the same day"),
    "list_print": Text(
        "需要贴出来时，用浏览器菜单里的“打印”，每页都要打。", "To put it up, use “Print” in the browser’s menu, on every page."
    ),
    "list_paper": Text("打印于{moment}。清单会更新，现在的在：", "Printed: {moment}. Lists change; how it is now:"),
    "unfound_list": Text("没有找到这份清单", "No such list"),
    "unfound_list_meaning": Text(
        "可能还没有公布，也可能新的一版里没有这一项了。",
        "It may not be published yet, or the new edition has no such item any more.",
    ),
}
"""What stands on these pages, by the name that their templates have for it."""
