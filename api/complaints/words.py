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
NO_KIND = Text("请选一项：哪里不对？", "Choose what is wrong.")
DETAILS_TOO_LONG = Text(
    "写得太长了：最多 {most} 个字，多了 {over} 个，请删短一些。",
    "That is too long: at most {most} characters. Please take out {over}.",
)
IDENTITY_NUMBER = Text("请不要写身份证号，删掉后再提交。", "Please leave out identity numbers.")
CONTACT_UNREADABLE = Text("电话不对。请只写电话号码，也可以不填。", "That is no telephone number. Correct it, or leave it empty.")
BUSY = Text("系统忙。", "The system is busy.")
RECEIPT_UNREADABLE = Text(
    "回执号是 8 位，请对照抄下的再输一次。", "A receipt number has 8 characters. Compare it with what you wrote down."
)
RECEIPT_UNKNOWN = Text(
    "没有这个回执号。请对照抄下的再输一次。",
    "There is no such receipt number. Compare it with what you wrote down, and type it again.",
)
