"""What a member's data must be, whoever brings it: a roster, or a form. Nothing here knows where the data stands."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import ClassVar, Final, NamedTuple

from stdnum.iso7064 import mod_11_2

from api.adapters.typed_text import legible, narrow
from api.errors import Conflict, Fact, Rule, Text
from api.members.faults import LifeRule, RosterRule, RosterWarning
from models.enums import DatePrecision, Gender, LeavingKind, MemberStatus, PartyPost

ADULT = 18
PROBATION_YEARS = 1

YEARS = range(1900, 2100)
"""The years in which a date of a member may lie."""

_MALES = frozenset({"男", "男性", "male"})
_FEMALES = frozenset({"女", "女性", "female"})
_FULL = frozenset({"正式党员", "正式", "中共党员", "党员", "full"})
_PROBATIONARY = frozenset({"预备党员", "预备", "中共预备党员", "probationary"})
_YES = frozenset({"是", "有", "√", "✓", "✔", "y", "yes", "true", "1", "流动", "流动党员", "失联", "失联党员", "已失联"})
_NO = frozenset(
    {"否", "不是", "非", "未", "×", "x", "n", "no", "false", "0", "未流动", "非流动", "非流动党员", "未失联", "非失联", "正常"}
)

_POST_OF = re.compile(r"^(中共)?(联合)?(党总支|总支|党支部|支部)(委员会)?")
_POSTS: dict[str, PartyPost | None] = {
    "书记": PartyPost.secretary,
    "副书记": PartyPost.deputy_secretary,
    "组织委员": PartyPost.organization_commissioner,
    "宣传委员": PartyPost.publicity_commissioner,
    "纪检委员": PartyPost.discipline_commissioner,
    "纪律检查委员": PartyPost.discipline_commissioner,
    "委员": PartyPost.committee_member,
    "支委": PartyPost.committee_member,
    "党小组长": PartyPost.group_leader,
    "党小组组长": PartyPost.group_leader,
    "小组长": PartyPost.group_leader,
    "党员": None,
    "普通党员": None,
} | {post.value: post for post in PartyPost}

_ETHNICITIES = """
    汉 蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇
    柯尔克孜 土 达斡尔 仫佬 羌 布朗 撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京
    塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺
"""
ETHNICITIES = frozenset(f"{name}族" for name in _ETHNICITIES.split())
"""The 56 names of GB/T 3304."""

_EDUCATIONS = """
    博士研究生 硕士研究生 研究生 博士 硕士 大学本科 大学 本科 大学专科 大专 专科 中等专科 中专 中技 技工学校 技校 职高 职业高中
    普通高中 高中 初中 小学 文盲 半文盲 文盲或半文盲 其他
"""
EDUCATIONS = frozenset(_EDUCATIONS.split())


@dataclass(frozen=True, slots=True)
class NationalId:
    """A citizen's identity number (GB 11643) with what it says of its holder."""

    number: str = field(repr=False)
    birth_date: date = field(repr=False)
    gender: Gender


class PlaceRule(Rule):
    """What stands against an organisation that members are to belong to."""

    holds_no_members = "holds_no_members"


class Dated(NamedTuple):
    """A day as exactly as it is known; the unknown day of a month is its first."""

    day: date
    precision: DatePrecision = DatePrecision.day


class NotOnProbation(Conflict):
    text: ClassVar[Text] = Text("该党员不是预备党员，不能再办转正。", "The member is not on probation and cannot be confirmed.")


class MemberErased(Conflict):
    text: ClassVar[Text] = Text(
        "此人的信息已依法删除，不能恢复。请作为新党员登记。",
        "What was kept of this person has been erased, and nothing is left to take back. Enter the person as a new member.",
    )


class TooManyLeavings(Conflict):
    text: ClassVar[Text] = Text(
        "您登记此人的离开已满五十次，不能再改登。请先恢复，再重新登记。",
        "You have recorded fifty times how this member has left. Take the member back first, and record it anew.",
    )


class NotLeft(Conflict):
    text: ClassVar[Text] = Text("该党员没有离开，不用恢复。", "The member has not left, so there is nothing to restore.")


RECORDED_ABOVE: Final = Text(
    "该党员的离开由上级登记，请由上级恢复或改登。",
    "The level above has recorded that the member left, and takes it back or records it otherwise.",
)
"""Said where `for_the_level_above` is about who has recorded a leaving."""

ENTERED_ABOVE: Final = Text(
    "有同名或名字相近的人员经上级登记已不是党员，请由上级办理。",
    "The level above has recorded that somebody of this name, or of one like it, is a member no more; it does this.",
)
"""Said where `for_the_level_above` is about a name."""

ENTERED_ANEW: Final = Text(
    "此人已从本支部离开，请用恢复办理，不要重新登记。",
    "This person has left this branch: take him back instead of entering him anew.",
)

MOST_LEAVINGS: Final = 50
"""So often one account records how a member has left before he comes back (OURS): each is read for what the leaving has ended."""

OUT: Final = frozenset(LeavingKind) - {LeavingKind.transferred_out, LeavingKind.deceased}
"""How one leaves who is a member nowhere any more."""

MOST_NAMESAKES: Final = 50
"""So many of one name are told of in a branch at the most."""

POSTS_STAY_ENDED: Final = Text(
    "党内职务没有恢复，如仍担任请重新登记。", "Posts in the party have not come back; enter them again where they are held."
)


class BranchClosed(Conflict):
    of_field: ClassVar[str | None] = ""
    text: ClassVar[Text] = Text(
        "所在党组织已撤销，不能这样办理。请先把党员登记或转接到别的党组织。",
        "The organisation is closed, so this cannot be done; add or transfer the member to another first.",
    )


class MemberHasLeft(Conflict):
    of_field: ClassVar[str | None] = ""
    text: ClassVar[Text] = Text("该党员已离开，不能这样办理。", "The member has left, so this cannot be done.")


class HasLeft(Conflict):
    of_field: ClassVar[str | None] = ""
    text: ClassVar[Text] = ENTERED_ANEW
    tells: ClassVar[Mapping[str, Fact]] = {"member_id": Fact("who has left", "0192f0c1-e5a8-7cc2-9d3e-5f6a7b8c9d0e")}


class IdentityNumberTaken(Conflict):
    breaks = "uq_member_national_id_digest"
    of_field: ClassVar[str | None] = ""
    leaves_trace: ClassVar[bool] = True
    text: ClassVar[Text] = Text("该公民身份号码已登记在另一名党员名下。", "Another member has this identity number.")


class IdentityNumberUnchecked(Conflict):
    of_field: ClassVar[str | None] = ""
    text: ClassVar[Text] = RosterRule.id_ask_above.text


def read_national_id(text: str, *, today: date) -> NationalId | RosterRule:
    """Read an identity number of 18 characters: a real day of birth that is not in the future, check character by ISO 7064.

    The area code is not looked up: people keep the codes of areas that have long been merged into others.
    """
    number = narrow(text).replace(" ", "").lstrip("'‘’").upper()
    if re.fullmatch(r"\d+(\.\d+)?E\+?\d+", number):
        return RosterRule.id_lost_digits
    if re.fullmatch(r"\d{15}", number):
        return RosterRule.id_old_format
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return RosterRule.id_length
    if not mod_11_2.is_valid(number):
        return RosterRule.id_lost_digits if number.endswith("000") else RosterRule.id_checksum
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return RosterRule.id_birth_date
    if born.year not in YEARS or born > today:
        return RosterRule.id_birth_date
    return NationalId(number, born, Gender.male if int(number[16]) % 2 else Gender.female)


def read_mobile(text: str) -> str | RosterRule:
    """One telephone number in digits alone: a mobile of 11 beginning with 1, or a landline with its area code (0574-88123456).

    A country code 86 is dropped. A landline is taken because many an old member has no other; extensions are not.
    """
    number = re.sub(r"[-–—() ]", "", narrow(text))
    number = re.sub(r"^(\+86|0086|86(?=1[0-9]{10}$))", "", number)
    if re.fullmatch(r"1[0-9]{10}|0[1-9][0-9]{8,10}", number):
        return number
    return RosterRule.phone_short if re.fullmatch(r"[0-9]{1,10}", number) else RosterRule.phone_unreadable


def precedes(one: Dated, other: Dated) -> bool:
    """Whether `one` is before `other` for certain: both are compared as exactly as the vaguer is known."""
    first, second = _alike(one, other)
    return first < second


def agree(one: Dated, other: Dated) -> bool:
    """Whether two dates may be the same day, compared as exactly as the vaguer is known."""
    first, second = _alike(one, other)
    return first == second


def age_at(born: Dated, then: Dated) -> int:
    """Full years of age at a day, compared as exactly as the vaguer of the two is known. Negative before birth."""
    birth, day = _alike(born, then)
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


def _alike(*dates: Dated) -> Iterator[date]:
    vague = any(dated.precision is DatePrecision.month for dated in dates)
    return (dated.day.replace(day=1) if vague else dated.day for dated in dates)


def check_dates(birth: Dated | None, joined: Dated | None, confirmed: Dated | None, *, today: date) -> tuple[RosterRule, ...]:
    """What is wrong with the three dates of a member, in their order; those that are None are not judged."""
    now = Dated(today)
    wrong = {
        RosterRule.birth_future: birth and precedes(now, birth),
        RosterRule.joined_future: joined and precedes(now, joined),
        RosterRule.joined_before_birth: birth and joined and precedes(joined, birth),
        RosterRule.confirmed_future: confirmed and precedes(now, confirmed),
        RosterRule.confirmed_before_joined: joined and confirmed and precedes(confirmed, joined),
    }
    return tuple(rule for rule, is_broken in wrong.items() if is_broken)


def check_identity(identity: NationalId | None, gender: Gender | None, birth: Dated | None) -> tuple[RosterRule, ...]:
    """Where gender and birth contradict the identity number."""
    wrong = {
        RosterRule.gender_contradicts_id: identity and gender and gender is not identity.gender,
        RosterRule.birth_contradicts_id: identity and birth and not agree(birth, Dated(identity.birth_date)),
    }
    return tuple(rule for rule, is_broken in wrong.items() if is_broken)


def read_gender(text: str) -> Gender | RosterRule:
    word = narrow(text).lower()
    if word in _MALES:
        return Gender.male
    return Gender.female if word in _FEMALES else RosterRule.gender_unreadable


def read_status(text: str) -> MemberStatus | RosterRule:
    word = narrow(text).replace(" ", "").lower()
    if word in _FULL:
        return MemberStatus.full
    return MemberStatus.probationary if word in _PROBATIONARY else RosterRule.status_unreadable


def likely_status(joined: Dated, confirmed: Dated | None, *, today: date) -> MemberStatus:
    """The status where none is stated. Probation lasts one year (Constitution of the CPC, article 7), so who joined longer ago
    is a full member, also where nobody wrote down since when: in old files that day is often lost."""
    if confirmed or age_at(joined, Dated(today)) >= PROBATION_YEARS:
        return MemberStatus.full
    return MemberStatus.probationary


def read_flag(text: str) -> bool | RosterRule:
    word = narrow(text).lower()
    if word in _YES:
        return True
    return False if word in _NO else RosterRule.flag_unreadable


def read_party_post(text: str) -> PartyPost | RosterWarning | None:
    """A post in a branch, with or without the branch before it (支部书记); None for an ordinary member."""
    word = _POST_OF.sub("", narrow(text).replace(" ", "")) or text
    return _POSTS.get(word, RosterWarning.unknown_party_post)


def read_ethnicity(text: str) -> tuple[str, RosterWarning | None]:
    """The full name of an ethnicity (汉 is 汉族), or the text as it stands with a warning."""
    word = legible(text).replace(" ", "")
    name = word if word.endswith("族") else f"{word}族"
    return (name, None) if name in ETHNICITIES else (word, RosterWarning.unknown_ethnicity)


def check_leaving(
    kind: LeavingKind, left_on: date, joined: Dated, status: MemberStatus | None, *, today: date
) -> tuple[LifeRule, ...]:
    """What stands against a member's leaving in this way on that day.

    Only the standing of a probationary member can be cancelled (Constitution of the CPC, article 7); all other ways of leaving
    are open to both. `status` is None where it is not known in which he left.
    """
    wrong = {
        LifeRule.left_in_future: left_on > today,
        LifeRule.left_before_joined: precedes(Dated(left_on), joined),
        LifeRule.not_on_probation: kind is LeavingKind.probation_cancelled and status is not MemberStatus.probationary,
    }
    return tuple(rule for rule, is_broken in wrong.items() if is_broken)


def probation_ends(joined: Dated) -> date:
    """The day on which the year of probation is over (Constitution of the CPC, article 7); of a month, its first."""
    year = joined.day.year + PROBATION_YEARS
    try:
        return joined.day.replace(year=year)
    except ValueError:
        return joined.day.replace(year=year, day=28)


def joined_by(today: date) -> date:
    """The latest day of joining for which probation is over today."""
    if (today.month, (today + timedelta(days=1)).month) == (2, 3):
        return date(today.year - PROBATION_YEARS, 3, 1) - timedelta(days=1)
    return today.replace(year=today.year - PROBATION_YEARS)


def check_confirmation(confirmed: Dated, joined: Dated, *, today: date) -> tuple[LifeRule, ...]:
    """What stands against full membership from that day on: it begins once the year of probation is over (Constitution of the
    CPC, article 7), compared as exactly as both days are known."""
    wrong = {
        LifeRule.confirmed_in_future: precedes(Dated(today), confirmed),
        LifeRule.probation_not_over: precedes(confirmed, Dated(probation_ends(joined), joined.precision)),
    }
    return tuple(rule for rule, is_broken in wrong.items() if is_broken)


def check_edit(status: MemberStatus, changed: Mapping[str, object], *, by_officer: bool) -> tuple[LifeRule, ...]:
    """What stands against writing these values into the record of somebody on probation. The day of full membership comes by
    confirmation alone; the day of joining, by which probation ends, is set right by an officer, not by who confirms."""
    if status is not MemberStatus.probationary:
        return ()
    wrong = {
        LifeRule.not_confirmed_yet: changed.get("confirmed_on") is not None,
        LifeRule.joining_for_officer: not by_officer and not changed.keys().isdisjoint({"joined_on", "joined_precision"}),
    }
    return tuple(rule for rule, is_broken in wrong.items() if is_broken)


def check_restoring(status: MemberStatus, confirmed: Dated | None, former: MemberStatus | None = None) -> tuple[LifeRule, ...]:
    """What stands against coming back with this status: who was a full member is not put on probation again, and who left on
    probation becomes a full one by being confirmed alone. `former` is the status in which he left, where it is known."""
    if status is MemberStatus.probationary and confirmed:
        return (LifeRule.was_confirmed,)
    if status is MemberStatus.full and former is MemberStatus.probationary:
        return (LifeRule.confirm_instead,)
    return ()


def check_creating(
    status: MemberStatus, joined: Dated, confirmed: Dated | None, *, today: date, by_officer: bool
) -> tuple[LifeRule, ...]:
    """What stands against adding a member with this status: a full one without the day of it, or whose year of probation is not
    over, is for an officer, who keeps the old files in which that day is lost; one on probation has none."""
    is_over = not precedes(Dated(today), Dated(probation_ends(joined), joined.precision))
    wrong = {
        LifeRule.full_without_day: status is MemberStatus.full and not confirmed and not by_officer,
        LifeRule.probation_not_over: status is MemberStatus.full and confirmed and not is_over and not by_officer,
        LifeRule.not_confirmed_yet: status is MemberStatus.probationary and confirmed is not None,
    }
    return tuple(rule for rule, is_broken in wrong.items() if is_broken)
