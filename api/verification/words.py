"""What the public door says of a card, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup

from api.errors import Text
from api.pages.words import called
from api.verification.rules import Reason, ScanAnswer
from models.enums import OrganizationKind


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """How one answer looks and reads: its sign and tone in `parts.html` and `style.css`, what it says, and what to do next. In both
    `{who}` stands for whoever issued it.

    `advice` closes with whom to ask, which the page adds because it depends on there being a telephone.
    """

    tone: str
    sign: str
    heading: Text
    meaning: Text
    advice: tuple[Text, ...] = ()


NOT_PROOF: Mapping[bool, Text] = {
    False: Text("请不要凭这张卡认定对方的身份。", "Do not take this card as proof of who someone is."),
    True: Text("请不要凭这块牌认定任何人的身份。", "Do not take this plate or badge as proof of who anyone is."),
}
"""Of a card, and of a plate."""

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
        (NOT_PROOF[False],),
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
            NOT_PROOF[False],
            Text("可以提醒对方找{who}换发新卡。", "You may remind the holder to ask {who} for a new one."),
        ),
    ),
    Reason.card_transferred: AnswerWords(
        "gone",
        "onward",
        Text("已转出", "Transferred"),
        Text(
            "持卡人已转到别的党组织，这张旧卡不再使用。",
            "The holder now belongs to another Party organisation; this old card is no longer used.",
        ),
        (Text("请对方出示新发的卡，再扫一次。", "Ask for the new card, and scan that one."),),
    ),
    Reason.code_too_old: AnswerWords(
        "fresh",
        "refresh",
        Text(Markup("请对方刷新<wbr>二维码"), "Ask for a fresh code"),
        Text(
            "手机上的二维码每分钟都换，这一个已经过时，不能证明身份。",
            "The code on a phone changes every minute. This one is out of date and proves nothing.",
        ),
        (
            Text(
                "请对方在手机上打开党员身份卡，刷新后再扫一次。",
                "Ask the holder to refresh the card on the phone, then scan again.",
            ),
            Text("截图和照片不能用来核验。", "Screenshots and photographs do not work."),
            Text(
                "如果您刚才扫过，看到的是“有效”，那一次就算数，不用再扫。",
                "If you scanned it yourself a moment ago and it was valid, that answer stands: no need to scan again.",
            ),
        ),
    ),
    Reason.clock_behind: AnswerWords(
        "fresh",
        "refresh",
        Text(Markup("请过一分钟<wbr>再扫"), "Scan again soon"),
        Text(
            "查验系统的时间慢了，认不出这个二维码。二维码没有过时。",
            "The clock of this service is behind, so the code cannot be checked. The code is not out of date.",
        ),
        (
            Text("请过一分钟，再扫一次。", "Wait a minute, then scan again."),
            Text("这以前，请不要凭它认定对方的身份。", "Until then, do not take it as proof of who someone is."),
        ),
    ),
    Reason.code_unknown: AnswerWords(
        "gone",
        "question",
        Text("查无此码", "No such code"),
        Text("系统里没有这个编号。", "There is no card with this code."),
        (
            Text("如果是手工输入的，请对照牌上的编号再输一次。", "If you typed it, compare it with the plate and type it again."),
            Text("如果是扫码来的，请不要凭它认定对方的身份。", "If you scanned it, do not take it as proof of who someone is."),
        ),
    ),
}

MALFORMED = Text("这个编号不完整或有错字。", "This code is incomplete or has a wrong character.")
"""The meaning of `code_unknown`, where no code is written like that."""

OF_EARLIER = Text(
    "这是那时查验的结果。如果您现在才扫码，请对方刷新二维码，再扫一次。",
    "This is the answer of that check. If you have scanned only now, ask for a fresh code and scan again.",
)
"""What stands beside the answer of an earlier scan."""

LAPSED = AnswerWords(
    "fresh",
    "refresh",
    Text("请再扫一次", "Please scan again"),
    Text(
        "这一页来自那时的一次查验，那时的结果这里不再显示。这不说明卡有问题。",
        "This page comes from a check at that time, whose answer is not shown any more. That says nothing against the card.",
    ),
    (
        Text(
            "要看现在的情况，请对方打开手机上的党员身份卡，再扫一次。",
            "To see how it is now, ask to scan the card on the person’s phone.",
        ),
        Text("别人转来的网页，不能证明对方的身份。", "A page that somebody passed on proves nobody’s identity."),
    ),
)
"""The answer to an earlier scan that does not hold any more: it accuses nobody."""

_OF_A_PLATE = {
    Reason.card_valid: (Text("这块牌有效。", "This plate or badge is valid."),),
    Reason.card_suspended: (
        Text("这块牌已暂停使用。", "This plate or badge may not be used at present."),
        Text("现在请不要凭这块牌认定任何人的身份。", "For now, do not take this plate or badge as proof of who anyone is."),
    ),
    Reason.card_revoked: (
        Text("这块牌已注销，不再有效。", "This plate or badge has been cancelled and is no longer valid."),
        NOT_PROOF[True],
    ),
    Reason.plate_withdrawn: (
        Text("这块牌已收回停用，不再有效。", "This plate or badge has been withdrawn and is no longer valid."),
        NOT_PROOF[True],
        Text("要确认是谁，请扫对方手机上的党员身份卡。", "To be sure who someone is, scan the card on that person’s phone."),
    ),
    Reason.card_expired: (
        Text("这块牌已过有效期。", "This plate or badge is past its last day."),
        NOT_PROOF[True],
        Text("新牌由{who}换发。", "A new one comes from {who}."),
    ),
    Reason.card_transferred: (
        Text(
            "持牌人已转到别的党组织，这块旧牌不再使用。",
            "The holder now belongs to another Party organisation; this old plate is no longer used.",
        ),
        NOT_PROOF[True],
        Text("要确认是谁，请扫对方手机上的党员身份卡。", "To be sure who someone is, scan the card on that person’s phone."),
    ),
}
ANSWERS_OF_PLATES: Mapping[Reason, AnswerWords] = {
    reason: replace(ANSWERS[reason], meaning=meaning, advice=tuple(advice)) for reason, (meaning, *advice) in _OF_A_PLATE.items()
}
"""The same answers to a printed code: they speak of the plate that one has before him, which may be a copy."""

GONE: Mapping[bool, AnswerWords] = {
    printed: replace(
        (ANSWERS_OF_PLATES if printed else ANSWERS)[Reason.card_transferred], meaning=meaning, advice=(NOT_PROOF[printed],)
    )
    for printed, meaning in (
        (False, Text("持卡人已不在这个{who}，这张卡不再使用。", "The holder has left {who}; this card is no longer used.")),
        (True, Text("持牌人已不在这个{who}，这块牌不再使用。", "The holder has left {who}; this plate is no longer used.")),
    )
}
"""The answer to a card that was transferred from, whose holder belongs to no other branch now: to a phone's code, and to a printed
one."""

_VENUE = Text("这里", "this place")
_DISTRICT = Text("区里", "the district")
_ABOVE = Text("上级", "the level above")
_FORMER = Text("原{who}", "the former {who}")


def whom(reason: Reason, issuer_kind: OrganizationKind | None, *, is_above: bool) -> Text:
    """Whose telephone stands beside an answer. `is_above` says whether it is that of an organisation above the issuer, which the
    page then names."""
    if reason is Reason.code_unknown:
        return _DISTRICT
    if is_above:
        return _ABOVE
    if reason in (Reason.venue_open, Reason.venue_closed):
        return _VENUE
    who = called(issuer_kind)
    if reason is not Reason.card_transferred:
        return who
    return Text(_FORMER.zh.format(who=who.zh), _FORMER.en.format(who=who.en.removeprefix("the ")))


def whom_of(answer: ScanAnswer) -> Text:
    """Whose telephone an answer tells."""
    return whom(answer.reason, answer.issuer_kind, is_above=answer.service_phone_of is not None)


def whom_of_organization(answer: ScanAnswer) -> Text:
    """Whose telephone stands on a wall, which a venue's code opens too."""
    if answer.venue is None:
        return whom_of(answer)
    return _ABOVE if answer.service_phone_of is not None else called(answer.issuer_kind)


LABELS: Mapping[str, Text] = {
    "verified_at": Text("查验", "Checked"),
    "compare": Text("请问对方姓名，看是否一样", "Ask for the person’s name: does it match?"),
    "compare_photo": Text("看一看：照片是不是这个人？", "Compare the photo with the person"),
    "compare_masked": Text("请问对方全名，看是否对得上", "Ask for the full name: does it match?"),
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
    "photo_unseen": Text("看不见照片？请打电话问{who}。", "Cannot see the photo? Call {who}."),
    "moved_to": Text("现所在党组织：", "Now with"),
    "masked": Text("为保护个人信息，名字用 * 代替。", "To protect privacy, * stands for the rest of the name."),
    "name": Text("姓名", "Name"),
    "posts": Text("党内职务", "Party post"),
    "between_posts": Text("、", ", "),
    "mismatch_phone": Text("如有不符，请打电话问{who}。", "If the name does not match, call {who}."),
    "mismatch": Text("如有不符，请向发卡组织反映。", "If the name does not match, tell the issuing organisation."),
    "mismatch_photo_phone": Text("照片或姓名不符，请打电话问{who}。", "If the photo or the name does not match, call {who}."),
    "mismatch_photo": Text(
        "照片或姓名不符，请向发卡组织反映。", "If the photo or the name does not match, tell the issuing organisation."
    ),
    "doubt_phone": Text("如有疑问，请打电话问{who}。", "If in doubt, call {who}."),
    "doubt": Text("如有疑问，请联系发卡组织。", "If in doubt, ask the issuing organisation."),
    "pledged": Text("承诺了什么", "Pledges"),
    "type_where": Text("编号印在二维码下面，共 15 位：", "It stands under the QR code and has 15 characters:"),
    "home_heading": Text("查一查：党员的卡是真是假", "Is this Party member’s card genuine?"),
    "home_lists": Text("看三清单一流程", "See the three lists"),
    "home_what": Text(
        "党员的身份卡和岗位牌上有二维码，这里能查它是不是真的、现在还有没有效。用手机的相机或者微信扫一扫就行，"
        "也可以在下面输入牌上的编号。核验免费，不用登录，不用下载软件。",
        "Party members’ cards and desk plates bear a QR code, and here you can check whether it is genuine and still valid. Scan "
        "it with your phone’s camera, or type the code below it here. Checking is free: nothing to sign in to, nothing to install.",
    ),
    "tell_heading": Text("怎样分真假", "How to tell genuine from false"),
    "tell_copies": Text("怎样认出截图和假卡", "How to spot a fake"),
    "checked_code": Text("您查的编号：", "You checked the code"),
    "type_again": Text("再输一次编号", "Type the code again"),
    "tell_site": Text("扫码打开的网页，网址的开头一定是：", "The page that a scan opens always has an address that begins with:"),
    "tell_valid": Text(
        "页面最上面写着“有效”，绿底，带对勾。再看照片和姓名，是不是面前这个人。",
        "At its top stands “Valid” on green with a check mark. Then compare the photo and the name with the person before you.",
    ),
    "tell_copied": Text(
        "印的牌能翻拍、复印。要确认是不是本人，请对方打开手机上的党员身份卡，再扫一次。截图不算。",
        "Printed plates can be copied. To be sure of the person, ask to scan the card on the phone; a screenshot proves nothing.",
    ),
    "tell_doubt": Text(
        "拿不准、打不开，或者有人凭卡要钱，就打上面的电话。",
        "If in doubt, if it does not open, or if anyone uses a card to ask for money, call the number above.",
    ),
    "tell_doubt_only": Text("拿不准的，不要凭卡认定对方的身份。", "If in doubt, do not take a card as proof of who someone is."),
}
"""What stands on the pages of the public door, by the name that the templates have for it."""
