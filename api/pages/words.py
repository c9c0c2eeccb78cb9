"""Every word that stands on a page, in both languages."""

from collections.abc import Mapping

from api.errors import Text

LABELS: Mapping[str, Text] = {
    "service": Text("党员核验", "Card check"),
    "display": Text("显示方式", "Display"),
    "other_language": Text("English", "中文"),
    "large": Text("大字", "Larger"),
    "not_large": Text("标准字", "Smaller"),
    "verified_at": Text("查验", "Checked"),
    "issued_card": Text("发的卡", "Issued by"),
    "issued_plate": Text("发的牌", "Issued by"),
    "compare": Text("请问对方姓名，看是否一样", "Ask the person’s name: is it the same?"),
    "compare_photo": Text("请核对照片与本人是否一致", "Compare the photo with the person"),
    "compare_masked": Text("请问对方全名，看是否对得上", "Ask the whole name: does it fit?"),
    "household": Text("这一户的党员", "The Party member of this household"),
    "copied": Text(
        "这是印的牌，别人也能翻拍、复印。要确认是不是本人，请对方打开手机上的党员身份卡，再扫一次。",
        "This code is printed, and anyone can copy it. To be sure of the person, ask to scan the card on the person’s phone.",
    ),
    "copied_household": Text(
        "这是户牌，别人也能翻拍、复印，不能证明谁是谁。有人上门找您，请他打开手机上的党员身份卡，再扫一次。",
        "This is the plate of a household. Anyone can copy it, and it proves nobody’s identity. "
        "If somebody calls on you, ask to scan the card on that person’s phone.",
    ),
    "photo": Text("{name}的照片", "Photo of {name}"),
    "photo_unseen": Text("看不见照片？请打电话问支部。", "Cannot see the photo? Call the branch."),
    "moved_to": Text("现所在支部：", "Now with"),
    "masked": Text("为保护个人信息，名字用 * 代替。", "To protect privacy, * stands for the rest of the name."),
    "name": Text("姓名", "Name"),
    "posts": Text("党内职务", "Party post"),
    "between_posts": Text("、", ", "),
    "next": Text("请您这样做", "What to do"),
    "mismatch_phone": Text("如有不符，请打电话问支部。", "If the name does not match, call the branch."),
    "mismatch": Text("如有不符，请向发卡组织反映。", "If the name does not match, tell the issuing organisation."),
    "mismatch_photo_phone": Text("照片或姓名不符，请打电话问支部。", "If the photo or the name does not match, call the branch."),
    "mismatch_photo": Text(
        "照片或姓名不符，请向发卡组织反映。", "If the photo or the name does not match, tell the issuing organisation."
    ),
    "doubt_phone": Text("如有疑问，请打电话问支部。", "If in doubt, call the branch."),
    "doubt": Text("如有疑问，请联系发卡组织。", "If in doubt, ask the issuing organisation."),
    "doubt_district": Text("如有疑问，请打电话问区里。", "If in doubt, call the district."),
    "call_district": Text("电话联系区里", "Call the district"),
    "ways": Text("更多", "More"),
    "call": Text("电话联系支部", "Call the branch"),
    "report": Text("不是本人 / 举报", "Not this person? Report it"),
    "report_in_use": Text("举报有人在用", "Report that it is being used"),
    "report_unknown": Text("举报这个编号", "Report this code"),
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
    "sponsor_phone": Text("电话", "Telephone"),
    "sponsor_address": Text("地址", "Address"),
    "site": Text("网址", "Website"),
    "filing_number": Text("备案号", "Filing no."),
    "pledged": Text("承诺了什么", "Pledges"),
    "percent_done": Text("完成", "Done:"),
    "outcome_reason": Text("原因：", "Why: "),
    "colon": Text("：", ": "),
    "rate_it": Text("做得怎么样？请评一评", "How is it going? Rate it"),
    "pledge_more": Text("看进展和评价", "Progress and ratings"),
    "wall_more": Text("看这个支部的承诺墙", "All pledges of this branch"),
    "type_heading": Text("输入牌上的编号", "Type the code on the plate"),
    "type_where": Text("编号印在二维码下面，共 15 位：", "It stands under the QR code: 15 characters."),
    "type_label": Text("编号", "Code"),
    "type_forgiving": Text(
        "大小写都可以，不用输短横线。分不清 0 和 O、1 和 I 也没关系。",
        "Capitals and hyphens do not matter. Nor does 0 for O, or 1 for I.",
    ),
    "type_submit": Text("核验", "Check"),
    "problem_heading": Text("现在不能核验", "Not checked"),
    "problem_meaning": Text("这不说明卡有问题，也不说明卡有效。", "This says nothing about the card, neither good nor bad."),
    "retry": Text("再试一次", "Try again"),
    "wait_seconds": Text("请等 {n} 秒。", "Seconds to wait: {n}."),
    "wait_minutes": Text("请等 {n} 分钟。", "Minutes to wait: {n}."),
    "fault": Text("请改一改：", "Please correct: "),
    "report_heading": Text("不是本人 / 举报", "Report a problem"),
    "report_about": Text("您举报的是这个组织发的卡：", "You are reporting a card issued by:"),
    "report_about_unknown": Text(
        "系统里没有这个编号，可能是假牌。您告诉我们，区里就去查。",
        "We know of no card with this code: it may be a fake. Tell us, and the district will look into it.",
    ),
    "report_private": Text(
        "不用登录，不用写姓名。您写的话和电话，只有负责核实的人能看到，被举报的人看不到。",
        "No sign-in, no name. Only those who look into it read your words and number, never the person concerned.",
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
    "back_to_answer": Text("不举报，返回", "Do not report, go back"),
    "unreported_heading": Text("没有提交成功", "Not received"),
    "unreported_meaning": Text("您写的内容没有保存。", "What you wrote has not been kept."),
    "receipt_heading": Text("已收到", "Received"),
    "receipt_meaning": Text("您的举报已经收到，会有人去核实。", "We have your report, and somebody will look into it."),
    "receipt_founded": Text("已核实处理。谢谢您。", "It was looked into and dealt with. Thank you."),
    "receipt_unfounded": Text("已核实，未发现问题。谢谢您。", "It was looked into, and nothing was found wrong. Thank you."),
    "receipt_no": Text("回执号", "Receipt number"),
    "receipt_keep": Text(
        "请把回执号抄下来。打电话问结果时，报这个号。", "Write this number down, and give it when you call about the result."
    ),
    "receipt_until": Text(
        "查清以前，请不要凭这个码认定对方的身份。", "Until then, do not take this code as proof of who someone is."
    ),
    "receipt_keep_only": Text("请把回执号抄下来，以后问结果时用。", "Write this number down for when you ask about the result."),
    "received_at": Text("收到时间", "Received"),
    "call_about": Text("打电话问结果", "Call about the result"),
    "back_to_card": Text("回到核验结果", "Back to the answer"),
}

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec")
