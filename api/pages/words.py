"""Every word that stands on a page, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from api.errors import Text
from api.verification.rules import Reason
from models.enums import PartyPost


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """How one answer looks and reads: its sign and tone in `parts.html` and `style.css`, what it says, and what to do next.

    `advice` closes with whom to ask, which the page adds because it depends on there being a telephone.
    """

    tone: str
    sign: str
    heading: Text
    meaning: Text
    advice: tuple[Text, ...] = ()


ANSWERS: Mapping[Reason, AnswerWords] = {
    Reason.card_valid: AnswerWords(
        "good",
        "check",
        Text("有效", "Valid"),
        Text("这张党员身份卡有效。", "This Party member’s card is valid."),
    ),
    Reason.card_suspended: AnswerWords(
        "pause",
        "pause",
        Text("暂停", "Suspended"),
        Text("这张党员身份卡已暂停使用。", "This Party member’s card may not be used at present."),
        (Text("现在请不要凭这张卡认定对方的身份。", "For now, do not take this card as proof of who someone is."),),
    ),
    Reason.card_revoked: AnswerWords(
        "bad",
        "cross",
        Text("已注销", "Cancelled"),
        Text("这张党员身份卡已注销，不再有效。", "This Party member’s card has been cancelled and is no longer valid."),
        (Text("请不要凭这张卡认定对方的身份。", "Do not take this card as proof of who someone is."),),
    ),
    Reason.plate_withdrawn: AnswerWords(
        "bad",
        "cross",
        Text("已注销", "Cancelled"),
        Text("这块牌已收回停用，不再有效。", "This plate or badge has been withdrawn and is no longer valid."),
        (
            Text("请不要凭这块牌认定对方的身份。", "Do not take this plate or badge as proof of who someone is."),
            Text("可以请对方打开手机上的党员身份卡，再扫一次。", "You may ask to scan the card on the person’s phone instead."),
        ),
    ),
    Reason.card_expired: AnswerWords(
        "bad",
        "cross",
        Text("已过期", "Expired"),
        Text("这张党员身份卡已过有效期。", "This Party member’s card is past its last day."),
        (
            Text("请不要凭这张卡认定对方的身份。", "Do not take this card as proof of who someone is."),
            Text("可以提醒对方到支部换发新卡。", "You may remind the holder to renew it at the branch."),
        ),
    ),
    Reason.card_transferred: AnswerWords(
        "gone",
        "onward",
        Text("已转出", "Transferred"),
        Text(
            "持卡人已转到别的支部，这张旧卡不再使用。", "The holder has moved to another branch; this old card is no longer used."
        ),
        (Text("请对方出示新支部发的卡，再扫一次。", "Ask for the card of the new branch, and scan that one."),),
    ),
    Reason.code_too_old: AnswerWords(
        "fresh",
        "refresh",
        Text(Markup("请对方刷新<wbr>二维码"), "Ask for a fresh code"),
        Text("这个二维码已经过时，不能证明身份。", "This QR code is out of date and proves nothing."),
        (
            Text(
                "请对方在手机上打开党员身份卡，刷新后再扫一次。",
                "Ask the holder to refresh the card on the phone, then scan again.",
            ),
            Text("截图和照片不能用来核验。", "Screenshots and photographs do not work."),
        ),
    ),
    Reason.code_unknown: AnswerWords(
        "gone",
        "question",
        Text("查无此码", "No such code"),
        Text("系统里没有这个代码。", "We know of no card with this code."),
        (
            Text("如果是手工输入的，请对照牌上的代码再输一次。", "If you typed it, compare it with the plate and type it again."),
            Text("如果是扫码来的，请不要凭它认定对方的身份。", "If you scanned it, do not take it as proof of who someone is."),
        ),
    ),
}

POSTS: Mapping[PartyPost, Text] = {
    PartyPost.secretary: Text("书记", "Secretary"),
    PartyPost.deputy_secretary: Text("副书记", "Deputy secretary"),
    PartyPost.organization_commissioner: Text("组织委员", "Organisation commissioner"),
    PartyPost.publicity_commissioner: Text("宣传委员", "Publicity commissioner"),
    PartyPost.discipline_commissioner: Text("纪检委员", "Discipline inspection commissioner"),
    PartyPost.committee_member: Text("委员", "Committee member"),
    PartyPost.group_leader: Text("党小组长", "Party group leader"),
}

LABELS: Mapping[str, Text] = {
    "service": Text("党员身份核验", "Card check"),
    "display": Text("显示方式", "Display"),
    "other_language": Text("English", "中文"),
    "large": Text("大字", "Larger"),
    "not_large": Text("标准字", "Smaller"),
    "verified_at": Text("核验时间", "Checked"),
    "issuer": Text("发卡组织", "Issued by"),
    "compare": Text("请核对姓名与本人是否一致", "Check that the name matches the person"),
    "masked": Text("为保护个人信息，名字用 * 代替。", "To protect privacy, * stands for the rest of the name."),
    "name": Text("姓名", "Name"),
    "branch": Text("所在支部", "Branch"),
    "posts": Text("党内职务", "Party post"),
    "between_posts": Text("、", ", "),
    "next": Text("请您这样做", "What to do"),
    "mismatch_phone": Text("如有不符，请打电话问支部。", "If the name does not match, call the branch."),
    "mismatch": Text("如有不符，请向发卡组织反映。", "If the name does not match, tell the issuing organisation."),
    "doubt_phone": Text("如有疑问，请打电话问支部。", "If in doubt, call the branch."),
    "doubt": Text("如有疑问，请联系发卡组织。", "If in doubt, ask the issuing organisation."),
    "ways": Text("更多", "More"),
    "call": Text("电话联系支部", "Call the branch"),
    "type_another": Text("输入另一个代码", "Type another code"),
    "print": Text("需要纸质件时，用浏览器菜单里的“打印”。", "For a paper copy, use “Print” in the browser’s menu."),
    "assurance": Text(
        "核验免费，不用登录，也不会向您要密码。", "Checking is free. It never asks you to sign in or for a password."
    ),
    "type_heading": Text("输入牌上的代码", "Type the code on the plate"),
    "type_where": Text("代码印在二维码下面，共 15 位：", "It stands under the QR code: 15 characters."),
    "type_label": Text("代码", "Code"),
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
}

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec")
