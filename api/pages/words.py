"""Every word that stands on a page, in both languages."""

from collections.abc import Mapping

from api.errors import Text

LABELS: Mapping[str, Text] = {
    "service": Text("党员身份核验", "Card check"),
    "display": Text("显示方式", "Display"),
    "other_language": Text("English", "中文"),
    "large": Text("大字", "Larger"),
    "not_large": Text("标准字", "Smaller"),
    "verified_at": Text("核验时间", "Checked"),
    "issuer": Text("发卡组织", "Issued by"),
    "compare": Text("请核对姓名与本人是否一致", "Check that the name matches the person"),
    "compare_photo": Text("请核对照片与本人是否一致", "Compare the photo with the person"),
    "photo": Text("持卡人的照片", "Photo of the card’s holder"),
    "moved_to": Text("现在支部", "Now with"),
    "masked": Text("为保护个人信息，名字用 * 代替。", "To protect privacy, * stands for the rest of the name."),
    "name": Text("姓名", "Name"),
    "branch": Text("所在支部", "Branch"),
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
