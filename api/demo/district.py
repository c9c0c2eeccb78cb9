"""The demonstration district: its tree of organisations and the people in it, all invented, the same at every run.

Pure: nothing here knows the database, the clock or the network.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, cycle, islice, repeat

from stdnum.iso7064 import mod_11_2

from models.enums import Gender, MemberStatus, OrganizationKind, PartyPost


@dataclass(frozen=True, slots=True)
class DemoOrganization:
    code: str
    name: str
    kind: OrganizationKind
    parent_code: str | None
    service_phone: str | None


@dataclass(frozen=True, slots=True)
class DemoMember:
    organization_code: str
    full_name: str
    gender: Gender
    ethnicity: str
    birth_date: date
    national_id: str
    education: str
    native_place: str
    joined_on: date
    confirmed_on: date | None
    status: MemberStatus
    party_post: PartyPost | None
    mobile: str
    home_address: str
    is_mobile: bool


_DEPARTMENTS = "教育局", "民政局", "司法局", "财政局", "农业农村局", "卫生健康局", "交通运输局", "综合行政执法局"

# Name, villages, communities, an enterprise if it has one.
_TOWNS = (
    ("岚塘镇", 19, 2, "明湖岚固紧固件有限公司"),
    ("汀浦镇", 17, 2, "明湖汀帆水产有限公司"),
    ("筱岭镇", 20, 1, None),
    ("泠溪镇", 16, 2, "明湖泠纹服饰有限公司"),
    ("砚峰镇", 18, 1, None),
    ("樨岙镇", 15, 1, None),
    ("鲈江镇", 19, 3, "明湖鲈江模塑有限公司"),
    ("梓桥镇", 17, 2, "明湖梓芯电器有限公司"),
    ("槿埠镇", 14, 2, None),
    ("星屿镇", 13, 2, None),
    ("盐墩镇", 16, 1, None),
    ("潮门镇", 12, 2, "明湖潮门船舶配件有限公司"),
    ("澄湖街道", 0, 18, "明湖数屿软件有限公司"),
    ("文澜街道", 0, 17, None),
    ("观潮街道", 3, 13, "明湖捷舸物流有限公司"),
    ("采菱街道", 6, 7, None),
    ("鹿鸣街道", 4, 11, None),
    ("枕溪街道", 5, 9, None),
    ("棠华街道", 1, 15, None),
    ("清晏街道", 2, 14, None),
    ("雅集街道", 2, 9, None),
)

# First and second characters of a name. The two lengths have no common divisor, so that stepping through both at once meets
# every pair before any recurs.
_VILLAGE_NAMES = "菱莼蓼芷葭荻苇槲榆楝桕箬筠鹭鸥凫鲈霁砚", "塘桥溪岙墩浦渡堰漕泾岭埠埭畈湾汇"
_COMMUNITY_NAMES = "锦瑞颐映听望揽拾沁涵澄含惠", "棠澜荷桐霞庭槿薇汀舫榭"

# How many branches the villages and communities have, in turn. More than three stand under a general branch.
_BRANCH_COUNTS = (1, 2, 1, 3, 1, 2, 1, 5, 1, 2, 1)
_NUMBERED_BRANCHES = tuple(f"第{ordinal}党支部" for ordinal in "一二三四五六")
_HOLDING_MEMBERS = {OrganizationKind.branch, OrganizationKind.joint_branch}
_BRANCH_KINDS = {"党总支": OrganizationKind.general_branch, "联合党支部": OrganizationKind.joint_branch}
_LIVED_IN = {OrganizationKind.village, OrganizationKind.community}

_STRIDE = 271_821
"""Of telephone numbers: none of the factors of ten, so that none recurs, and neighbours look nothing alike."""
_FEWEST_MEMBERS = 3
_MALE_SHARE = 0.7
_PROBATIONARY_SHARE = 0.04
_MOBILE_SHARE = 0.02

# A post, and from how many full members on a branch has it.
_POSTS = (
    (PartyPost.secretary, 0),
    (PartyPost.deputy_secretary, 5),
    (PartyPost.organization_commissioner, 7),
    (PartyPost.publicity_commissioner, 7),
    (PartyPost.discipline_commissioner, 7),
    (PartyPost.group_leader, 12),
    (PartyPost.group_leader, 12),
)

_SURNAMES = "陈" * 4 + "王张" * 3 + "徐周李朱" * 2 + "胡吴沈郑俞史邵励裘竺鲍忻戎柴应乐桂邬"
# By gender, and whether 45 or older.
_GIVEN_NAMES = {
    (Gender.male, True): "建昌志忠根兴祥岱炳松仁岳生法信维孟定惠来",
    (Gender.male, False): "宇轩俊杰博睿昱凯辰子涵旭航哲霖逸骁奕屿澄",
    (Gender.female, True): "亚娟芬珍菊英素琴彩飞凤月仙红美桃丽萍雪秀",
    (Gender.female, False): "婷欣绮雨梦琪诗雯晓蓓璐瑶琬悦思妍依晴露芷",
}
# Names that try fonts, sorting and the width of a plate.
_UNUSUAL_PEOPLE = (
    ("陈䶮", Gender.male, "汉族", "浙江明湖"),
    ("周㛃", Gender.female, "汉族", "浙江明湖"),
    ("徐龘", Gender.male, "汉族", "浙江明湖"),
    ("上官思㛃", Gender.female, "畲族", "浙江景宁"),
    ("阿依努尔·买买提明", Gender.female, "维吾尔族", "新疆喀什"),
    ("巴特尔朝鲁·苏和巴图", Gender.male, "蒙古族", "内蒙古通辽"),
    ("次仁卓玛·央金拉姆", Gender.female, "藏族", "西藏林芝"),
    ("吐尔逊江·阿卜杜热合曼·玉素甫江", Gender.male, "维吾尔族", "新疆和田"),
)
_ETHNICITIES = ("汉族",) * 60 + ("畲族", "畲族", "回族", "土家族", "苗族", "布依族")
_NATIVE_PLACES = ("浙江明湖",) * 30 + ("浙江象山", "浙江宁海", "浙江天台", "安徽阜南", "江西玉山", "贵州兴义")
# From what age on, the youngest last.
_EDUCATION = (
    (65, ("小学", "初中", "初中", "高中")),
    (45, ("初中", "高中", "中专", "大专", "本科")),
    (0, ("大专", "大专", "本科", "本科", "本科", "研究生")),
)


def organizations() -> Iterator[DemoOrganization]:
    """The district 明湖区 with 21 towns and 353 villages and communities, every parent before its children.

    Codes read `MH-town-unit-branch` and sort as the tree is walked: town 00 is the district's own offices, unit 000 the town
    itself, 901 its enterprise. A branch answers at the telephone of what it stands under. No local number begins with 0, so that
    a call to 0574-0xxxxxxx reaches nobody.
    """
    phones = (f"0574-0{number * _STRIDE % 10_000_000:07}" for number in range(1, 10_000))
    villages = _place_names(*_VILLAGE_NAMES, "村")
    communities = _place_names(*_COMMUNITY_NAMES, "社区")
    branch_counts = cycle(_BRANCH_COUNTS)

    root = DemoOrganization("LX", "明湖区", OrganizationKind.district, None, next(phones))
    yield root
    for number, name in enumerate(_DEPARTMENTS, 1):
        department = DemoOrganization(f"MH-00-{number:03}", root.name + name, OrganizationKind.department, root.code, next(phones))
        yield department
        yield from _branches(department, department.name, "机关党支部")
    for town_number, (town_name, village_count, community_count, enterprise_name) in enumerate(_TOWNS, 1):
        prefix = f"MH-{town_number:02}"
        town = DemoOrganization(f"{prefix}-000", town_name, OrganizationKind.town, root.code, next(phones))
        yield town
        yield from _branches(town, town.name, "机关党支部", "两新组织联合党支部")
        units = [(name, OrganizationKind.village) for name in islice(villages, village_count)]
        units += [(name, OrganizationKind.community) for name in islice(communities, community_count)]
        for number, (name, kind) in enumerate(units, 1):
            unit = DemoOrganization(f"{prefix}-{number:03}", name, kind, town.code, next(phones))
            yield unit
            yield from _branches_of_unit(unit, next(branch_counts))
        if enterprise_name:
            enterprise = DemoOrganization(f"{prefix}-901", enterprise_name, OrganizationKind.enterprise, town.code, None)
            yield enterprise
            yield from _branches(enterprise, enterprise.name, "党支部")


def members(organizations: Iterable[DemoOrganization], seed: int, *, today: date, count: int = 3_500) -> Iterator[DemoMember]:
    """`count` people, branch by branch, those with a post first; the same ones for the same arguments.

    Every branch has three full members or more, one of them its secretary, and the posts that its size asks for: a committee from
    seven full members on (《中国共产党支部工作条例（试行）》). One in 25 is probationary, having joined in the year before `today`.
    The identity numbers are well formed (GB 11643-1999), in the area 990101, which does not exist.

    Raises ValueError, when the first person is asked for, if `count` does not give three to every branch.
    """
    rng = random.Random(seed)
    tree = {organization.code: organization for organization in organizations}
    addresses = {organization: _address(tree, organization) for organization in tree.values() if organization.kind in _LIVED_IN}
    anywhere = tuple(addresses.values())
    step = max(1, count // len(_UNUSUAL_PEOPLE))
    unusual_people = dict(zip(range(step // 2, count, step), _UNUSUAL_PEOPLE, strict=False))
    born_alike: Counter[tuple[date, Gender]] = Counter()

    for number, (branch, status, post) in enumerate(_seats(rng, tree.values(), count)):
        birth_date, joined_on, confirmed_on = _dates(rng, status, post, today)
        age = (today - birth_date).days // 365
        full_name, gender, ethnicity, native_place = unusual_people.get(number) or _identity(rng, age)
        home = next((addresses[above] for above in _upwards(tree, branch) if above in addresses), None) or rng.choice(anywhere)
        yield DemoMember(
            organization_code=branch.code,
            full_name=full_name,
            gender=gender,
            ethnicity=ethnicity,
            birth_date=birth_date,
            national_id=_national_id(birth_date, gender, born_alike[birth_date, gender]),
            education=rng.choice(next(levels for least, levels in _EDUCATION if age >= least)),
            native_place=native_place,
            joined_on=joined_on,
            confirmed_on=confirmed_on,
            status=status,
            party_post=post,
            mobile=f"19900{(number + 1) * _STRIDE % 1_000_000:06}",
            home_address=home + _door(rng, home),
            is_mobile=rng.random() < _MOBILE_SHARE,
        )
        born_alike[birth_date, gender] += 1


def _place_names(first: str, second: str, ending: str) -> Iterator[str]:
    return (one + other + ending for one, other in zip(cycle(first), cycle(second), strict=False))


def _branches_of_unit(unit: DemoOrganization, count: int) -> Iterator[DemoOrganization]:
    if count == 1:
        yield from _branches(unit, unit.name, "党支部")
    elif count <= 3:
        yield from _branches(unit, unit.name, *_NUMBERED_BRANCHES[:count])
    else:
        (general_branch,) = _branches(unit, unit.name, "党总支")
        yield general_branch
        joint_branch = "沿街商户联合党支部" if unit.kind is OrganizationKind.community else "合作社联合党支部"
        yield from _branches(general_branch, unit.name, *_NUMBERED_BRANCHES[: count - 1], joint_branch)


def _branches(parent: DemoOrganization, stem: str, *endings: str) -> Iterator[DemoOrganization]:
    for number, ending in enumerate(endings, 1):
        kind = next((kind for mark, kind in _BRANCH_KINDS.items() if ending.endswith(mark)), OrganizationKind.branch)
        yield DemoOrganization(f"{parent.code}-{number}", stem + ending, kind, parent.code, parent.service_phone)


def _upwards(tree: Mapping[str, DemoOrganization], organization: DemoOrganization) -> Iterator[DemoOrganization]:
    """The organisation and everything above it, the root last."""
    yield organization
    while organization.parent_code is not None:
        organization = tree[organization.parent_code]
        yield organization


def _address(tree: Mapping[str, DemoOrganization], organization: DemoOrganization) -> str:
    return "".join(reversed([above.name for above in _upwards(tree, organization)]))


def _door(rng: random.Random, address: str) -> str:
    if address.endswith("社区"):
        return f"{rng.randint(1, 40)}幢{rng.randint(1, 18)}0{rng.randint(1, 4)}室"
    return f"{rng.randint(1, 320)}号"


def _seats(
    rng: random.Random, organizations: Iterable[DemoOrganization], count: int
) -> Iterator[tuple[DemoOrganization, MemberStatus, PartyPost | None]]:
    """Who is wanted where: full members before probationary ones, those with a post at the head."""
    branches = [organization for organization in organizations if organization.kind in _HOLDING_MEMBERS]
    spare = count - _FEWEST_MEMBERS * len(branches)
    if spare < 0:
        raise ValueError(f"{len(branches)} branches need {count - spare} members or more, not {count}")
    # The high power makes most branches small and a few large.
    joining = rng.choices(branches, [rng.random() ** 8 for _ in branches], k=spare)
    probationary = Counter(rng.sample(joining, min(spare, round(count * _PROBATIONARY_SHARE))))
    full = Counter(branches * _FEWEST_MEMBERS + joining) - probationary
    for branch in branches:
        posts = [post for post, fewest in _POSTS if full[branch] >= fewest]
        for post in islice(chain(posts, repeat(None)), full[branch]):
            yield branch, MemberStatus.full, post
        for _ in range(probationary[branch]):
            yield branch, MemberStatus.probationary, None


def _dates(rng: random.Random, status: MemberStatus, post: PartyPost | None, today: date) -> tuple[date, date, date | None]:
    """Birth, joining and confirmation, each on or before `today`."""
    if status is MemberStatus.probationary:
        return _born(rng, today, 20, 45, 27), today - timedelta(rng.randint(1, 364)), None
    birth_date = _born(rng, today, 28, 66, 48) if post else _born(rng, today, 21, 93, 52)
    of_age = _years_after(birth_date, 18)
    latest = min(_years_after(birth_date, 50), today - timedelta(400))
    span = (latest - of_age).days
    joined_on = of_age + timedelta(round(rng.triangular(0, span, span / 4)))
    return birth_date, joined_on, _years_after(joined_on, 1) + timedelta(rng.randint(0, 14))


def _born(rng: random.Random, today: date, youngest: int, oldest: int, usual: int) -> date:
    return today - timedelta(round(365.25 * rng.triangular(youngest, oldest, usual)))


def _years_after(day: date, years: int) -> date:
    leap_day = (day.month, day.day) == (2, 29)
    return date(day.year + years, 3, 1) if leap_day else day.replace(year=day.year + years)


def _identity(rng: random.Random, age: int) -> tuple[str, Gender, str, str]:
    """Full name, gender, ethnicity and native place."""
    gender = Gender.male if rng.random() < _MALE_SHARE else Gender.female
    given_name = rng.sample(_GIVEN_NAMES[gender, age >= 45], rng.choice((1, 2, 2, 2, 2)))
    return "".join([rng.choice(_SURNAMES), *given_name]), gender, rng.choice(_ETHNICITIES), rng.choice(_NATIVE_PLACES)


def _national_id(birth_date: date, gender: Gender, born_alike: int) -> str:
    """The next number after `born_alike` others of the same day and gender: odd for men, even for women."""
    body = f"990101{birth_date:%Y%m%d}{2 * born_alike + (1 if gender is Gender.male else 2):03}"
    return body + mod_11_2.calc_check_digit(body)
