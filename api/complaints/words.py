"""What a complaint may be about, in both languages."""

from collections.abc import Mapping

from api.errors import Text
from models.enums import ComplaintKind

KINDS: Mapping[ComplaintKind, Text] = {
    ComplaintKind.not_the_person: Text("不是本人", "This is not the person"),
    ComplaintKind.forged: Text("牌子或二维码像是假的", "The plate or the code looks forged"),
    ComplaintKind.misused: Text("有人拿它做不该做的事", "It is being misused"),
    ComplaintKind.other: Text("其他", "Something else"),
}
STILL_USED = Text("已经停用，还有人在用", "It is no longer valid, and somebody still uses it")
OTHER_OF_VENUE = Text("其他，比如不开门、地址不对", "Something else, such as the opening hours or the address")
NO_KIND = Text("请选一项：哪里不对？", "Choose what is wrong.")
DETAILS_TOO_LONG = Text(
    "写得太长了：最多 {most} 个字，多了 {over} 个，请删短一些。",
    "That is too long: at most {most} characters. Please take out {over}.",
)
CONTACT_UNREADABLE = Text("电话不对。请只写电话号码，也可以不填。", "That is no telephone number. Correct it, or leave it empty.")
BUSY = Text("系统忙。", "The system is busy.")
RECEIPT_UNREADABLE = Text(
    "回执号是 8 位，请对照抄下的再输一次。", "A receipt number has 8 characters. Compare it with what you wrote down."
)
RECEIPT_UNKNOWN = Text(
    "没有这个回执号。请对照抄下的再输一次。",
    "There is no such receipt number. Compare it with what you wrote down, and type it again.",
)

LABELS: Mapping[str, Text] = {
    "report_about": Text("您举报的是：", "You are reporting:"),
    "report_about_code": Text("牌上的编号：", "The code on the plate:"),
    "report_about_unknown": Text(
        "系统里没有这个编号，可能是假牌。您告诉我们，区里就去查。",
        "There is no card with this code: it may be a fake. Tell us, and the district will look into it.",
    ),
    "report_private": Text(
        "不用登录，不用写姓名。您写的话和电话，只有负责核实的人能看到，被举报的人看不到。",
        "No sign-in, no name. Only those who look into it read your words and number, never the person concerned.",
    ),
    "report_private_venue": Text(
        "不用登录，不用写姓名。您写的话和电话，只有负责核实的人能看到。",
        "No sign-in, no name. Only those who look into it read your words and number.",
    ),
    "report_kind": Text("哪里不对？请选一项。", "What is wrong? Choose one."),
    "report_details": Text("您看到了什么？（可以不填）", "What did you see? (optional)"),
    "report_details_hint": Text(
        "比如在哪里、什么时候。最多 300 个字，请不要写身份证号。",
        "For example where and when. At most 300 characters; please no identity number.",
    ),
    "report_contact": Text("您的电话（可以不填）", "Your telephone (optional)"),
    "report_contact_hint": Text("留下电话，核实的人可以打给您。", "So that we can call you back."),
    "report_submit": Text("提交举报", "Send the report"),
    "not_to_report": Text("不举报，返回", "Do not report, go back"),
    "unreported_meaning": Text("您写的内容没有保存。", "What you wrote has not been kept."),
    "receipt_heading": Text("已收到", "Received"),
    "receipt_decided": Text("已核实", "Looked into"),
    "receipt_meaning": Text("您的举报已经收到，会有人去核实。", "We have your report, and somebody will look into it."),
    "receipt_founded": Text("已核实处理。谢谢您。", "It was looked into and dealt with. Thank you."),
    "receipt_unfounded": Text("已核实，未发现问题。谢谢您。", "It was looked into, and nothing was found wrong. Thank you."),
    "receipt_no": Text("回执号", "Receipt number"),
    "kept": Text(
        "没有提交成功，但您写的都还在，到时再按一次“提交举报”就行。",
        "Your report was not sent, but all that you wrote is still here: just send it again then.",
    ),
    "receipt_keep": Text(
        "请把回执号抄下来。打电话或者在本网站首页查结果，都用这个号。",
        "Write this number down: you will need it to ask by telephone, or on the home page of this website.",
    ),
    "receipt_by": Text(
        "最晚 {day} 核实完。到时还没有结果，请打电话问上级。",
        "It will be looked into by {day}. If there is no result by then, call the level above.",
    ),
    "receipt_by_only": Text("最晚 {day} 核实完。", "It will be looked into by {day}."),
    "receipt_until": Text(
        "查清以前，请不要凭这个二维码认定对方的身份。", "Until then, do not take this code as proof of who someone is."
    ),
    "received_at": Text("收到时间", "Received"),
    "call_about": Text("打电话问结果", "Call about the result"),
    "looked_into_by": Text("负责核实", "Looked into by"),
    "receipt_paper": Text("要看结果，请打开：", "To see the result, open:"),
    "lost_receipt": Text(
        "回执号丢了也没关系，打电话说清在哪里、什么时候，一样能问。",
        "If you have lost it, call and say where and when it happened: it can be found.",
    ),
    "unasked_heading": Text("现在查不了", "Could not look it up"),
    "unasked_meaning": Text("您的举报不受影响。", "Your report is not affected."),
}
"""What stands on the form for a report, on its receipt and where one asks for it, by the name that the templates have for it."""
