"""Every word that the database stores for a choice. Imports nothing of the project; a CHECK in the schema holds the same values."""

from enum import StrEnum


class OrganizationKind(StrEnum):
    """Where an organisation stands in the tree; which may stand under which is `organizations/rules.py`."""

    district = "district"
    town = "town"
    department = "department"
    village = "village"
    community = "community"
    enterprise = "enterprise"
    general_branch = "general_branch"
    branch = "branch"
    joint_branch = "joint_branch"
    group = "group"


class NameDisplay(StrEnum):
    """How an organisation lets strangers read its members' names."""

    full = "full"
    masked = "masked"


class Gender(StrEnum):
    male = "male"
    female = "female"


class DatePrecision(StrEnum):
    """How exactly a day on a roster is known; the unknown parts of the stored date are 1."""

    day = "day"
    month = "month"


class MemberStatus(StrEnum):
    """正式 and 预备 members, and those whose membership here has ended."""

    full = "full"
    probationary = "probationary"
    left = "left"


class LeavingKind(StrEnum):
    """How a membership here ends: 转往区外, 去世, 开除党籍, 党内除名, 退党, 取消预备党员资格."""

    transferred_out = "transferred_out"
    deceased = "deceased"
    expelled = "expelled"
    removed = "removed"
    withdrew = "withdrew"
    probation_cancelled = "probation_cancelled"


class MembershipEventKind(StrEnum):
    """What has happened in a membership: 转正, 转接, 离开, 恢复."""

    confirmed = "confirmed"
    transferred = "transferred"
    left = "left"
    restored = "restored"


class PartyPost(StrEnum):
    """党内职务. An ordinary member has none."""

    secretary = "secretary"
    deputy_secretary = "deputy_secretary"
    organization_commissioner = "organization_commissioner"
    publicity_commissioner = "publicity_commissioner"
    discipline_commissioner = "discipline_commissioner"
    committee_member = "committee_member"
    group_leader = "group_leader"


class Role(StrEnum):
    member = "member"
    secretary = "secretary"
    deputy = "deputy"
    town_officer = "town_officer"
    district_officer = "district_officer"
    administrator = "administrator"
    auditor = "auditor"


class CardState(StrEnum):
    valid = "valid"
    suspended = "suspended"
    revoked = "revoked"
    expired = "expired"
    transferred = "transferred"


class ExpiryBasis(StrEnum):
    """Why a card ends on its last day: its years are over, the probation, the term of the branch's committee, or by decision."""

    validity = "validity"
    probation = "probation"
    term = "term"
    manual = "manual"


class PlateKind(StrEnum):
    """The printed things that carry a code of a member's card."""

    name_badge = "name_badge"
    desk_plate = "desk_plate"
    post_plate = "post_plate"
    window_plate = "window_plate"
    household_plate = "household_plate"


class ScanOutcome(StrEnum):
    """What a scan answers, and what it is counted as."""

    valid = "valid"
    suspended = "suspended"
    revoked = "revoked"
    expired = "expired"
    transferred = "transferred"
    stale_code = "stale_code"
    not_found = "not_found"


class RequestState(StrEnum):
    """How far something has come that one person asks for and another decides."""

    open = "open"
    accepted = "accepted"
    refused = "refused"
    withdrawn = "withdrawn"
    lapsed = "lapsed"


class FilePurpose(StrEnum):
    portrait = "portrait"
    attachment = "attachment"
    emblem = "emblem"


class FileState(StrEnum):
    """Whether a file is still to be brought, or has been looked at and may be used."""

    awaited = "awaited"
    ready = "ready"


class ConsentKind(StrEnum):
    photo = "photo"


class ConsentSource(StrEnum):
    """How a member said yes: himself in the app, or by his signature on paper, which the branch keeps."""

    in_app = "in_app"
    on_paper = "on_paper"


class ComplaintKind(StrEnum):
    """What somebody who scanned a code says is wrong: 不是本人, 疑似伪造, 冒用或滥用, 其他."""

    not_the_person = "not_the_person"
    forged = "forged"
    misused = "misused"
    other = "other"


class ComplaintState(StrEnum):
    """属实, 不属实, or still to be looked into."""

    open = "open"
    founded = "founded"
    unfounded = "unfounded"


class PledgeKind(StrEnum):
    """年度承诺 and 即时承诺."""

    annual = "annual"
    instant = "instant"


class PledgeCategory(StrEnum):
    """What a pledge is about: 学习, 工作, 纪律, 服务."""

    study = "study"
    work = "work"
    discipline = "discipline"
    service = "service"


class PledgeVisibility(StrEnum):
    """公开范围: within the branch, within the Party, or to everybody."""

    branch = "branch"
    inner_party = "inner_party"
    public = "public"


class PledgeState(StrEnum):
    """How far a pledge has come between 提诺 and 评诺."""

    draft = "draft"
    submitted = "submitted"
    returned = "returned"
    approved = "approved"
    published = "published"
    fulfilled = "fulfilled"
    unfulfilled = "unfulfilled"
    exempted = "exempted"
    evaluated = "evaluated"
    withdrawn = "withdrawn"


class ClaimOutcome(StrEnum):
    """What an author says has become of his pledge."""

    fulfilled = "fulfilled"
    prevented = "prevented"


class PledgeOutcome(StrEnum):
    """What has been decided of a pledge: 兑现, 未兑现, 免责."""

    fulfilled = "fulfilled"
    unfulfilled = "unfulfilled"
    exempted = "exempted"


class TextDecision(StrEnum):
    """审诺: what a reviewer has decided about one text of a pledge."""

    approved = "approved"
    returned = "returned"


class EvaluationSource(StrEnum):
    """Who evaluates: 自评, 互评, 群众评, 组织评."""

    self = "self"
    peers = "peers"
    masses = "masses"
    organization = "organization"


class Grade(StrEnum):
    """满意, 较满意, 一般, 不满意."""

    satisfied = "satisfied"
    fairly_satisfied = "fairly_satisfied"
    average = "average"
    dissatisfied = "dissatisfied"


class WordsState(StrEnum):
    """Whether strangers read the words of one of the masses."""

    held = "held"
    shown = "shown"
    hidden = "hidden"


class HonorLevel(StrEnum):
    """From how high an honour comes."""

    branch = "branch"
    village = "village"
    town = "town"
    district = "district"
    city = "city"
    province = "province"
    national = "national"


class VenueKind(StrEnum):
    """党群服务中心, 党员活动室, 政治生活馆, its 功能厅, 红色基地, 驿站 with 分站 and 爱心点, 说事长廊, 责任区, 服务窗口."""

    service_center = "service_center"
    activity_room = "activity_room"
    political_life_hall = "political_life_hall"
    hall_room = "hall_room"
    red_base = "red_base"
    station = "station"
    substation = "substation"
    care_point = "care_point"
    discussion_corridor = "discussion_corridor"
    responsibility_area = "responsibility_area"
    window = "window"


class SignElement(StrEnum):
    """What kind of thing an item of the signage standard is about: 名称牌, 功能室门牌, 窗口牌, 桌牌, 责任区牌, 公示栏, 码牌, 党徽,
    党旗, 徽章, 户牌, 其他."""

    nameplate = "nameplate"
    room_sign = "room_sign"
    window_sign = "window_sign"
    desk_plate = "desk_plate"
    area_sign = "area_sign"
    notice_board = "notice_board"
    code_sign = "code_sign"
    emblem = "emblem"
    flag = "flag"
    badge = "badge"
    household = "household"
    other = "other"


class Obligation(StrEnum):
    """Whether what an item describes must, should or must not be there."""

    mandatory = "mandatory"
    recommended = "recommended"
    forbidden = "forbidden"


class EmblemUse(StrEnum):
    """Whether the Party emblem may stand on a thing."""

    forbidden = "forbidden"
    allowed = "allowed"
    required = "required"


class BasisAbout(StrEnum):
    """What of an item a source speaks about."""

    size = "size"
    colours = "colours"
    position = "position"
    text = "text"
    emblem = "emblem"
    obligation = "obligation"


class SourceGrade(StrEnum):
    """How far a source is to be trusted: A a site of the government, the Party or a newspaper, B an institution's copy, C a mirror
    or vendor, OURS nobody's but our own."""

    A = "A"
    B = "B"
    C = "C"
    OURS = "OURS"


class SignState(StrEnum):
    """Whether a sign hangs at its venue, hangs there damaged, or was taken down."""

    installed = "installed"
    damaged = "damaged"
    retired = "retired"


class CheckResult(StrEnum):
    """What an inspector found of one item: 符合, 不符合, 不适用."""

    passed = "pass"
    failed = "fail"
    not_applicable = "not_applicable"


class RectificationState(StrEnum):
    """Where a thing to be put right stands: 待整改, 已整改待复查, 复查通过, 退回重改."""

    open = "open"
    claimed = "claimed"
    confirmed = "confirmed"
    returned = "returned"


class RectificationAction(StrEnum):
    """What is done about a thing to be put right: 报告已整改, 复查通过, 退回."""

    claim = "claim"
    confirm = "confirm"
    return_ = "return"
