"""What the offline checker says to a person."""

from collections.abc import Mapping

from api.errors import Text
from api.offline.rules import Outcome, Reason
from api.verification import rules as door
from api.verification.words import ANSWERS

HEADINGS: Mapping[Outcome, Text] = {
    Outcome.valid: Text("有效", "Valid"),
    Outcome.suspended: Text("暂停", "Suspended"),
    Outcome.revoked: Text("已注销", "Cancelled"),
    Outcome.expired: Text("已过期", "Expired"),
    Outcome.stale_code: Text("请对方刷新二维码", "Ask for a fresh code"),
    Outcome.not_found: Text("查不到", "Not found"),
    Outcome.status_unknown: Text("状态不明", "Status unknown"),
}

MIXED = Text(
    "公钥、状态列表和资料包对不上，不是一起下载的；下面的结果只凭其余的得出。请先联网把三样都重新下载，再查一次。",
    "The key set, the lists and the packs do not belong together; what follows rests on the others alone. "
    "Fetch all three anew and check again first.",
)
"""Said before the verdict where a list or a pack was refused: a key may have been withdrawn since one of them was fetched."""

NO_PACK = Text(
    "手头没有可用的资料包，查不了牌上的编号。请先联网下载所在党组织的资料包。",
    "There is no usable pack at hand, so that the code of a plate cannot be looked up. Fetch that of its Party organisation first.",
)
"""In the place of `not_in_packs`, where there is none that could know a code."""

COMPARE_THE_NAME = Text("请问对方姓名，看是否一样。", "Ask the person’s name, and see whether it is the same.")
ASK_FOR_THE_NAME = Text(
    "手头的资料里没有这张卡的姓名：请问清对方是谁。", "The data at hand do not tell whose card it is: ask for the name."
)

_SHARED = (
    door.Reason.card_valid,
    door.Reason.card_suspended,
    door.Reason.card_revoked,
    door.Reason.card_expired,
    door.Reason.code_too_old,
)

MEANINGS: Mapping[Reason, Text] = {
    **{Reason(reason.value): ANSWERS[reason].meaning for reason in _SHARED},
    Reason.code_malformed: Text(
        "这不是一个完整的卡码。如果是手工输入的，请对照牌上的编号再输一次。",
        "This is no code of a card. If you typed it, compare it with the plate and type it again.",
    ),
    Reason.venue_code: Text(
        "这是阵地的码，不是党员身份卡。联网后扫码可以看这个阵地的介绍。",
        "This is the code of a venue and stands for nobody’s card. With a network, scanning it tells of the venue.",
    ),
    Reason.key_unknown: Text(
        "手头的公钥里没有这个编号所指的密钥：可能是伪造的，也可能是公钥旧了。请联网更新公钥后再查。",
        "The keys at hand do not hold the one that this code names: it is forged, or they are old. Fetch them anew and try again.",
    ),
    Reason.signature_wrong: Text(
        "签名不对，这个编号不是系统签发的。请不要凭它认定对方的身份。",
        "The signature is wrong: the system has not issued this code. Do not take it as proof of who someone is.",
    ),
    Reason.not_in_packs: Text(
        "手头的资料包里没有这个编号。它可能是假的、已收回的，也可能属于别的党组织：不联网分不清。请联网再查。",
        "The packs at hand do not know this code. It may be false or withdrawn, or belong to another Party organisation: "
        "without a network these cannot be told apart. Check it online.",
    ),
    Reason.list_missing: Text(
        "签名正确，但手头没有这张卡的状态列表，不能断定卡是否有效。",
        "The signature is good, but the status list of this card is not at hand, so that its status is unknown.",
    ),
    Reason.list_lapsed: Text(
        "签名正确，但手头的状态列表已过期，不能断定卡是否有效。",
        "The signature is good, but the status list at hand has lapsed, so that the status is unknown.",
    ),
    Reason.pack_lapsed: Text(
        "手头的资料包已过期，不能断定这张卡是否有效。", "The pack at hand has lapsed, so that the status of this card is unknown."
    ),
    Reason.clock_behind: Text(
        "这台设备的时间慢了，比资料或二维码签发的时间还早。请先校准时间，再查一次。",
        "The clock of this device is behind the time at which the data or the code was signed. Set it right and check again.",
    ),
}
