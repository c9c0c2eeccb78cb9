"""What stands on pages of several rooms, in both languages; what a room alone says stands in its own `words.py`."""

from collections.abc import Mapping

from api.errors import Text
from models.enums import OrganizationKind

PARTY_ORGANIZATION = Text("党组织", "the Party organisation")
_CALLED: Mapping[OrganizationKind, Text] = {
    OrganizationKind.general_branch: Text("党总支", "the general branch"),
    OrganizationKind.branch: Text("支部", "the branch"),
    OrganizationKind.joint_branch: Text("支部", "the branch"),
    OrganizationKind.group: Text("党小组", "the Party group"),
}


def called(kind: OrganizationKind | None) -> Text:
    """What people call an organisation of a kind that holds members; the others, and one of no known kind, by the word for all."""
    return _CALLED.get(kind, PARTY_ORGANIZATION) if kind else PARTY_ORGANIZATION


LABELS: Mapping[str, Text] = {
    "service": Text("党员核验", "Card check"),
    "display": Text("显示方式", "Display"),
    "other_language": Text("English", "中文"),
    "large": Text("大字", "Larger text"),
    "not_large": Text("标准字", "Smaller text"),
    "issued_card": Text("发的卡", "Issued by"),
    "issued_plate": Text("发的牌", "Issued by"),
    "issued_venue": Text("的阵地", "A venue of"),
    "report_venue": Text("举报 / 反映问题", "Report a problem"),
    "next": Text("请您这样做", "What to do"),
    "call_district": Text("打电话问区里", "Call the district"),
    "call_above": Text("打电话问上级：", "Call the level above: "),
    "ways": Text("更多", "More"),
    "call_them": Text("打电话问{who}", "Call {who}"),
    "type_heading": Text("输入牌上的编号", "Type the code on the plate"),
    "type_another": Text("输入另一个编号", "Type another code"),
    "print": Text("需要纸质件时，用浏览器菜单里的“打印”。", "For a paper copy, use “Print” in the browser’s menu."),
    "assurance": Text(
        "党员不会凭卡向您收钱、要密码、要验证码。核验免费，不用登录。",
        "No Party member will use a card to ask you for money, a password or a code from your phone. "
        "Checking is free, without signing in.",
    ),
    "explained": Text(
        "时间是北京时间。",
        "“Party” is the Communist Party of China, and a “branch” is one of its local groups. Times are Beijing time.",
    ),
    "sponsor": Text("主办", "Run by"),
    "sponsor_phone": Text("主办电话", "Telephone"),
    "district_phone": Text("区里电话", "District’s telephone"),
    "sponsor_address": Text("地址", "Address"),
    "site": Text("网址", "Website"),
    "filing_number": Text("备案号", "Filing no."),
    "colon": Text("：", ": "),
    "slot": Text("（{slot}岗）", " ({slot})"),
    "type_label": Text("编号", "Code"),
    "type_forgiving": Text(
        "大小写都可以，不用输短横线。分不清 0 和 O、1 和 I 也没关系。",
        "Capitals and hyphens do not matter, nor does 0 for O or 1 for I.",
    ),
    "type_submit": Text("核验", "Check"),
    "problem_heading": Text("现在不能核验", "Could not check"),
    "problem_meaning": Text("这不说明卡有问题，也不说明卡有效。", "This says nothing about the card, neither good nor bad."),
    "retry": Text("再试一次", "Try again"),
    "wait_seconds": Text("请等 {n} 秒。", "Please wait {n} sec."),
    "wait_minutes": Text("请等 {n} 分钟。", "Please wait {n} min."),
    "fault": Text("请改一改：", "Please correct: "),
    "unreported_heading": Text("没有提交成功", "Not sent"),
    "ask_heading": Text("查举报的结果", "Result of a report"),
    "ask_label": Text("回执号", "Receipt number"),
    "ask_where": Text("回执号共 8 位，提交举报后给您的：", "You were given it when you reported. It has 8 characters:"),
    "ask_submit": Text("查结果", "Look it up"),
    "lost_heading": Text("没有这个网页", "No such page"),
    "lost_meaning": Text(
        "网址可能输错了，或者没有扫全。请再扫一次二维码，或者从首页输入编号。",
        "The address may be mistyped, or the QR code was not scanned whole. Scan it again, or type its code on the home page.",
    ),
    "paper": Text(
        "这张纸只说明打印那一刻的情况。要看现在，请再查一次：",
        "This paper tells of the moment of printing. To see how it is now, check again:",
    ),
    "paper_at": Text("查于{moment}。", "Checked: {moment}."),
    "paper_code": Text("编号", "code"),
    "part_of": Text("第{n}页，共{count}页", "Page {n} of {count}"),
    "part_next": Text("下一页", "Next page"),
    "part_before": Text("上一页", "Previous page"),
    "home": Text("首页", "Home page"),
    "report": Text("不是本人 / 举报", "Not this person? Report it"),
    "report_in_use": Text("举报有人在用", "Report someone using it"),
    "report_unknown": Text("举报这个编号", "Report this code"),
}

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec")
