import unicodedata
from datetime import UTC, date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from api.members.faults import RosterRule, RosterWarning
from api.members.names import Lookalikes, clean_name
from api.members.roster.dates import Calendar, read_date
from api.members.rules import (
    Dated,
    NationalId,
    age_at,
    check_dates,
    check_identity,
    likely_status,
    precedes,
    read_ethnicity,
    read_flag,
    read_gender,
    read_mobile,
    read_national_id,
    read_party_post,
    read_status,
)
from models.enums import DatePrecision, Gender, MemberStatus, PartyPost

TODAY = date(2026, 10, 15)
DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))
WIDE = str.maketrans("0123456789X-/.", "０１２３４５６７８９Ｘ－／．")


def day(text: str) -> Dated:
    dated = read_date(text, Calendar(UTC, None)).day
    assert dated
    return dated


def month(year: int, number: int) -> Dated:
    return Dated(date(year, number, 1), DatePrecision.month)


def numbered(born: date, sequence: int) -> str:
    digits = f"990101{born:%Y%m%d}{sequence:03d}"
    return digits + mod_11_2.calc_check_digit(digits)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("张　三", "张三"),
        (" 贺 立兰\t", "贺立兰"),
        ("贾㛃", "贾㛃"),
        ("𠮷田", "𠮷田"),
        ("买买提·阿不都", "买买提·阿不都"),
        ("买买提• 阿不都", "买买提·阿不都"),
        ("买买提.阿不都", "买买提·阿不都"),
        ("阿里˙木", "阿里·木"),
        ("阿不都｡拉", "阿不都·拉"),
        ("阿依古丽・玉素甫", "阿依古丽·玉素甫"),
        ("张三 女", "张三 女"),
        ("王 女", "王女"),
        ("诸葛  孔  明", "诸葛孔明"),
        ("Ｌi  Wei", "Li Wei"),
        ("O'Neill", "O'Neill"),
        ("张\u200b三\ufeff", "张三"),
        ("葛\U000e0100木", "葛木"),
        ("བསོད་ནམས", "བསོད་ནམས"),
        ("张三·", "张三"),
        (" ·张三。", "张三"),
        ("阿卜杜拉 ·· 买买提", "阿卜杜拉·买买提"),
        ("Anna · Maria", "Anna·Maria"),
        ("艾伦·J·史密斯", "艾伦·J·史密斯"),
        ("Nurlan Äbiş", "Nurlan Äbiş"),
        ("吴X", "吴X"),
        ("司马-懿", "司马-懿"),
        ("〇𬭚", "〇𬭚"),
        ("张\U00031350", "张\U00031350"),
        ("张\U00033479", "张\U00033479"),
        ("\ufa11田", "\ufa11田"),
        ("さくら", "さくら"),
    ],
)
def test_a_name_is_kept_as_on_the_identity_card(written: str, kept: str) -> None:
    assert clean_name(written) == kept


@pytest.mark.parametrize(
    "written",
    [
        *("张3", "张三(女)", "张?", "张\ue000", "·", "··", "'", "=A1", "三" * 51, "a@b", "张三，李四", "𠀀" * 40 + "1"),
        *("张三\u0301", "张\u0323三", "张三\u0f71", "张三a", "Li三", "张三ˊ", "张三ー", "张三강"),
        *("张三'", "张三-", "阿里·木\u0301", "张三·\u0301"),
        *("张三·ˌ", "ˑ·张三", "张三·ʹ", "张三·ـ", "张三·ㄧ", "张三·l", "张三·ˌˌ", "张三·ɪA", "张三\U0003ffff", "张三\U0002fa20"),
    ],
)
def test_what_cannot_be_a_name_is_unreadable(written: str) -> None:
    assert clean_name(written) is RosterRule.name_unreadable


ALIKE = """
    黄彦清=黃彦清 黄彦清=黃彥淸 李强=李強 吕温=呂溫 陈教=陳敎 单值=單値 户国=戶囯 户国=戸國 黄彦清=黄彦清·女
    黄彦清=黄彦清男 黄彦清=黄彦清X 黄彦清=黄彦清·X 黄彦清=黄彦清·J 黄彦清=黄-彦清 买买提·阿不都=买买提阿不都 Anna=ANNA Äbiş=Abis
"""
NOT_ALIKE = """
    王伟=王玮 李强=李刚 李强=李强华 李强=张强 李強=李剛 李胜男=李胜英 王男=王女 李\U00033479=李强 Anna=Anne Anna=安娜 བསོད=བསད
"""


def look_alike(one: str, other: str) -> bool:
    return bool(Lookalikes([other]).of(one))


@pytest.mark.parametrize("names", [*ALIKE.split(), "黄彦清=黄彦清 男", "黄彦清=黄 彦 清 男", "Anna Maria=Anna·Maria"])
def test_names_look_alike_that_are_told_apart_hardly_or_by_what_is_overlooked(names: str) -> None:
    one, other = names.split("=")
    assert look_alike(one, other) and look_alike(other, one)


@pytest.mark.parametrize("names", NOT_ALIKE.split())
def test_names_of_others_do_not_look_alike(names: str) -> None:
    one, other = names.split("=")
    assert not look_alike(one, other) and not look_alike(other, one)


@pytest.mark.parametrize("written", ["", "  ", "\u3000", "\u200b"])
def test_an_empty_name_is_missing(written: str) -> None:
    assert clean_name(written) is RosterRule.name_missing


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999))
def test_every_valid_identity_number_tells_birth_and_gender(born: date, sequence: int) -> None:
    number = numbered(born, sequence)
    expected = NationalId(number, born, Gender.male if sequence % 2 else Gender.female)
    for written in (
        number,
        number.lower(),
        number.translate(WIDE),
        f"\t{number} ",
        f"'{number}",
        f"{number[:6]} {number[6:14]} {number[14:]}",
    ):
        assert read_national_id(written, today=TODAY) == expected


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_in_an_identity_number_is_noticed(born: date, sequence: int, place: int, step: int) -> None:
    number = numbered(born, sequence)
    if number[place] == "X":
        wrong = number[:place] + str(step)
    else:
        wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    assert isinstance(read_national_id(wrong, today=TODAY), RosterRule)


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("990101194803221320", RosterRule.id_checksum),
        ("3.3E+17", RosterRule.id_lost_digits),
        ("9.90101E+17", RosterRule.id_lost_digits),
        ("990101197902096000", RosterRule.id_lost_digits),
        ("990101790209693", RosterRule.id_old_format),
        ("99010119790209693", RosterRule.id_length),
        ("9901011979020969300", RosterRule.id_length),
        ("99010119790209X930", RosterRule.id_length),
        ("99010１197902096930X", RosterRule.id_length),
        ("身份证", RosterRule.id_length),
        (numbered(date(1979, 2, 9), 1).replace("19790209", "19791309"), RosterRule.id_checksum),
    ],
)
def test_what_is_wrong_with_an_identity_number_is_named(written: str, rule: RosterRule) -> None:
    assert read_national_id(written, today=TODAY) is rule


@pytest.mark.parametrize("born", ["19790230", "19791301", "18990101", "00000000", "20261016"])
def test_an_identity_number_needs_a_real_day_of_birth_that_is_not_in_the_future(born: str) -> None:
    digits = f"990101{born}001"
    assert read_national_id(digits + mod_11_2.calc_check_digit(digits), today=TODAY) is RosterRule.id_birth_date


def test_an_identity_number_does_not_show_itself_in_a_log() -> None:
    number = numbered(date(1979, 2, 9), 693)
    assert number not in repr(read_national_id(number, today=TODAY))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("19995720869", "19995720869"),
        ("199-9569-7118", "19995697118"),
        ("199 9569 7118 ", "19995697118"),
        ("１９９９５６９７１１８", "19995697118"),
        ("+86 19995697118", "19995697118"),
        ("8619995697118", "19995697118"),
        ("008619995697118", "19995697118"),
        ("0574-8812345", "05748812345"),
        ("0574-88123456", "057488123456"),
        ("(010)88123456", "01088123456"),
    ],
)
def test_a_mobile_or_a_landline_with_its_area_code_is_kept_in_digits(written: str, kept: str) -> None:
    assert read_mobile(written) == kept


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("1990012", RosterRule.phone_short),
        ("1999572086", RosterRule.phone_short),
        ("88123456", RosterRule.phone_short),
        ("199957208691", RosterRule.phone_unreadable),
        ("29995720869", RosterRule.phone_unreadable),
        ("0574-88123456-801", RosterRule.phone_unreadable),
        ("19995720869、19995720868", RosterRule.phone_unreadable),
        ("1.99957E+10", RosterRule.phone_unreadable),
        ("同上", RosterRule.phone_unreadable),
    ],
)
def test_what_is_no_telephone_number_is_named(written: str, rule: RosterRule) -> None:
    assert read_mobile(written) is rule


@given(st.one_of(st.text(), st.integers(), st.floats(), st.datetimes(), st.text(alphabet="0123456789-/.年月日 \0Ee+")))
def test_no_value_raises(value: object) -> None:
    text = str(value)
    clean_name(text)
    read_national_id(text, today=TODAY)
    read_mobile(text)
    read_gender(text)
    read_status(text)
    read_flag(text)
    read_party_post(text)
    read_ethnicity(text)


@given(st.text())
def test_a_name_never_holds_what_nobody_sees(text: str) -> None:
    name = clean_name(text)
    if not isinstance(name, RosterRule):
        assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co"} for character in name)


def test_dates_are_compared_as_exactly_as_the_vaguer_is_known() -> None:
    assert not precedes(day("2011.04"), day("2011-04-26"))
    assert not precedes(day("2011-04-26"), day("2011.04"))
    assert precedes(day("2011-04-25"), day("2011-04-26"))
    assert precedes(day("2011.03"), day("2011-04-26"))


def test_full_membership_does_not_come_before_joining() -> None:
    assert check_dates(None, day("2012-05-30"), day("2011-04-26"), today=TODAY) == (RosterRule.confirmed_before_joined,)
    assert check_dates(None, day("2012-05-30"), day("2012.05"), today=TODAY) == ()
    assert check_dates(None, day("2012-05-30"), day("2012-05-30"), today=TODAY) == ()


def test_no_date_is_in_the_future() -> None:
    tomorrow, today, this_month, next_month = Dated(TODAY + timedelta(days=1)), Dated(TODAY), month(2026, 10), month(2026, 11)
    future = (RosterRule.birth_future, RosterRule.joined_future, RosterRule.confirmed_future)
    assert check_dates(tomorrow, tomorrow, tomorrow, today=TODAY) == future
    assert check_dates(next_month, next_month, next_month, today=TODAY) == future
    assert check_dates(today, today, today, today=TODAY) == ()
    assert check_dates(this_month, this_month, this_month, today=TODAY) == ()


def test_nobody_joins_before_birth() -> None:
    assert check_dates(day("1996-04-19"), day("199507"), None, today=TODAY) == (RosterRule.joined_before_birth,)


def test_gender_and_birth_must_fit_the_identity_number() -> None:
    identity = NationalId(numbered(date(1979, 2, 9), 693), date(1979, 2, 9), Gender.male)
    assert check_identity(identity, Gender.male, day("1979-02-09")) == ()
    assert check_identity(identity, None, day("1979.02")) == ()
    assert check_identity(identity, Gender.female, day("1979-02-08")) == (
        RosterRule.gender_contradicts_id,
        RosterRule.birth_contradicts_id,
    )
    assert check_identity(identity, None, day("1979.03")) == (RosterRule.birth_contradicts_id,)
    assert check_identity(None, Gender.female, day("1979-02-08")) == ()


def test_age_is_counted_in_full_years() -> None:
    assert age_at(day("2000-02-29"), day("2018-02-28")) == 17
    assert age_at(day("2000-02-29"), day("2018-03-01")) == 18
    assert age_at(day("2000-05-20"), day("2018.05")) == 18
    assert age_at(day("2000-05-20"), day("1999-05-20")) == -1


@pytest.mark.parametrize(
    ("joined", "confirmed", "status"),
    [
        ("2025-10-16", None, MemberStatus.probationary),
        ("2025-10-15", None, MemberStatus.full),
        ("2025.11", None, MemberStatus.probationary),
        ("2025.10", None, MemberStatus.full),
        ("1983-07-29", None, MemberStatus.full),
        ("2026-01-01", "2026-09-01", MemberStatus.full),
    ],
)
def test_without_a_stated_status_probation_lasts_one_year(joined: str, confirmed: str | None, status: MemberStatus) -> None:
    assert likely_status(day(joined), day(confirmed) if confirmed else None, today=TODAY) is status


def test_words_for_gender_status_and_yes_or_no_are_read() -> None:
    assert (read_gender(" 男 "), read_gender("女性"), read_gender("1")) == (
        Gender.male,
        Gender.female,
        RosterRule.gender_unreadable,
    )
    assert (read_status("正式党员"), read_status("预 备")) == (MemberStatus.full, MemberStatus.probationary)
    assert read_status("入党积极分子") is RosterRule.status_unreadable
    assert (read_flag("是"), read_flag("√"), read_flag("否"), read_flag("未流动")) == (True, True, False, False)
    assert read_flag("外出务工") is RosterRule.flag_unreadable


@pytest.mark.parametrize(
    ("written", "post"),
    [
        ("书记", PartyPost.secretary),
        ("支部书记", PartyPost.secretary),
        ("党支部副书记", PartyPost.deputy_secretary),
        ("组织委员", PartyPost.organization_commissioner),
        ("支部委员会委员", PartyPost.committee_member),
        ("支委", PartyPost.committee_member),
        ("党小组长", PartyPost.group_leader),
        ("党员", None),
        ("第一书记", RosterWarning.unknown_party_post),
        ("书记、组织委员", RosterWarning.unknown_party_post),
        ("支部", RosterWarning.unknown_party_post),
    ],
)
def test_posts_in_the_party_are_read_with_or_without_the_branch(written: str, post: PartyPost | RosterWarning | None) -> None:
    assert read_party_post(written) is post


def test_an_ethnicity_is_named_in_full_or_kept_with_a_warning() -> None:
    assert read_ethnicity("汉") == read_ethnicity("汉族") == ("汉族", None)
    assert read_ethnicity("穿青人") == ("穿青人", RosterWarning.unknown_ethnicity)


@pytest.mark.parametrize("remark", [*RosterRule, *RosterWarning])
def test_every_fault_has_a_sentence_in_both_languages(remark: RosterRule | RosterWarning) -> None:
    assert remark.name == remark.value
    assert remark.text.zh.endswith("。")
    assert remark.text.en.endswith(".")
