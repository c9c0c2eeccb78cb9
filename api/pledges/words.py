"""What pages say of pledges and their ratings, in both languages."""

from collections.abc import Mapping

from api.errors import Text
from models.enums import Grade

GRADES: Mapping[Grade, Text] = {
    Grade.satisfied: Text("满意", "Satisfied"),
    Grade.fairly_satisfied: Text("较满意", "Fairly satisfied"),
    Grade.average: Text("一般", "So-so"),
    Grade.dissatisfied: Text("不满意", "Not satisfied"),
}
NO_GRADE = Text("请选一项：做得怎么样？", "Choose how well it is being kept.")
WORDS_TOO_LONG = Text(
    "写得太长了：最多 {most} 个字，多了 {over} 个，请删短一些。",
    "That is too long: at most {most} characters. Please take out {over}.",
)
NO_KEY = Text("表单的编号不对，请刷新页面再提交。", "The form’s own value is missing. Open the page again, and send it from there.")
QUARTERS: Mapping[str, Text] = {
    "1": Text("第一季度", "First quarter"),
    "2": Text("第二季度", "Second quarter"),
    "3": Text("第三季度", "Third quarter"),
    "4": Text("第四季度", "Fourth quarter"),
}

LABELS: Mapping[str, Text] = {
    "wall_heading_of": Text("{year}年承诺公示", "Pledges of {year}"),
    "wall_as_of": Text("截至{day}", "As of {day}"),
    "wall_phone": Text("电话", "telephone:"),
    "wall_own": Text("集体的承诺", "Pledges made together"),
    "wall_unnamed": Text("另有{n}项承诺未列出。", "{n} more pledges are not named here."),
    "wall_empty": Text("还没有公开的承诺。", "No pledges are public yet."),
    "wall_quarters": Text("一季一公示", "Published each quarter"),
    "wall_of_year": Text("看{year}年的承诺", "Pledges of {year}"),
    "total_published": Text("公示", "Published"),
    "total_under_way": Text("进行中", "Under way"),
    "total_fulfilled": Text("兑现", "Kept"),
    "total_unfulfilled": Text("未兑现", "Not kept"),
    "total_exempted": Text("免责", "Excused"),
    "total_overdue": Text("逾期", "Overdue"),
    "total_withdrawn": Text("撤回", "Withdrawn"),
    "satisfaction": Text(
        "群众评价：{graded}人次中{satisfied}人次满意或较满意（{share}）。",
        "Ratings by residents: {satisfied} of {graded} satisfied or fairly satisfied ({share}).",
    ),
    "no_grades": Text("还没有群众评价。", "No resident has rated these pledges yet."),
    "print_pages": Text(
        "需要纸质件时，每一页分别用浏览器菜单里的“打印”。", "For a paper copy, use “Print” in the browser’s menu on each page."
    ),
    "wall_back_venue": Text("回到这处阵地", "Back to the venue"),
    "wall_back": Text("回到核验结果", "Back to the card check"),
    "pledge_of": Text("{name}的承诺", "Pledge of {name}"),
    "pledge_back": Text("回到这项承诺", "Back to the pledge"),
    "pledge_branch": Text("党组织", "Party organisation"),
    "pledge_measure": Text("怎样算完成", "Kept when"),
    "pledge_due": Text("完成时限", "Due"),
    "pledge_kind": Text("类别", "Kind"),
    "progress_heading": Text("做了什么", "What has been done"),
    "picture_number": Text("第{n}张，共{count}张", "Photo {n} of {count}"),
    "pictures_larger": Text("看大图（共{count}张）", "View larger ({count})"),
    "no_progress": Text("还没有公开的进展。", "No progress has been published yet."),
    "texts_heading": Text("承诺的改动", "How the pledge was changed"),
    "text_no": Text("第{no}稿，{day}公示", "Version {no}, published {day}"),
    "text_reason": Text("改动原因：", "Reason for the change: "),
    "tally_heading": Text("大家怎么评", "How it was rated"),
    "tally_masses": Text("群众评价（人次）", "By residents"),
    "tally_peers": Text("党员互评（人次）", "By fellow Party members"),
    "tally_waiting": Text("另有{n}人次的评价，收到满 24 小时后计入。", "Received in the last 24 hours and not counted yet: {n}."),
    "tally_voided": Text("作废{n}人次。", "Declared void: {n}."),
    "tally_self": Text("本人自评", "Self-assessment"),
    "tally_organization": Text("组织评定", "By the Party organisation"),
    "unfound_heading": Text("没有找到", "Not found"),
    "unfound_meaning": Text(
        "这里没有公开的内容。可能已经撤下，也可能地址不完整。请扫牌上的二维码再看。",
        "There is nothing public here. It may have been withdrawn, or the address is incomplete. Scan the code again.",
    ),
    "rate_heading": Text("请您评一评", "Rate this pledge"),
    "rate_private": Text(
        "不用登录，不用写姓名。每季度评一次。评价在 24 小时后计入。",
        "No sign-in, no name. Once a quarter. Your rating counts after 24 hours.",
    ),
    "rate_grade": Text("您觉得做得怎么样？请选一项。", "How well is it being kept? Choose one."),
    "rate_words": Text("您想说的话（可以不填）", "What would you like to say? (optional)"),
    "rate_words_hint": Text(
        "最多 200 个字，请不要写身份证号。党组织看过以后，才会让别人看到。",
        "At most 200 characters. Please leave out identity numbers. Others see this only once the Party organisation has read it.",
    ),
    "rate_submit": Text("提交评价", "Send the rating"),
    "rated": Text("已收到您的评价。谢谢您。", "Your rating has been received. Thank you."),
    "rated_when": Text(
        "评价在收到 24 小时后计入。您写的话，党组织看过以后才会让别人看到。",
        "A rating counts 24 hours after it came in. What you wrote is shown once the Party organisation has read it.",
    ),
    "rating_kept": Text("您选的和写的都还在这一页上。", "What you chose and wrote is still on this page."),
    "rated_twice": Text("这一次没有计入。您刚才写的是：", "This one was not counted. What you wrote:"),
    "rate_closed": Text("这项承诺已归档，不再收评价。", "This pledge is closed and can no longer be rated."),
}
"""What stands on the wall and on the page of a pledge, by the name that the templates have for it."""
