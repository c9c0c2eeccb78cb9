import random
import time
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from stdnum.iso7064 import mod_11_2

import api.app  # noqa: F401  # which knows all bodies
from api.schemas import Written
from api.written import holds_identity_number


def valid(number: str) -> str:
    return number + str(mod_11_2.calc_check_digit(number))


def spaced(number: str) -> str:
    return f"{number[:6]} {number[6:14]} {number[14:]}"


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ("他的身份证号是９９０１０１１９６８０３１５００２８", True),
        ("号码 990101 19680315 0028。", True),
        ("990101-196803-150028", True),
        ("990101 - 19680315 - 0028", True),
        ("990101。19680315、0028", True),
        ("990101\n19680315\u200b0028", True),
        ("99010119680315 00 1x", True),
        ("电话 13800138000 990101196803150028", True),
        ("电话 13800138000，卡号 990101196803150029", False),
        ("请打 13800138000 0000001", False),
        ("2026-11-23 1234567894", False),
        ("1990101196803150028", True),
        ("9901011968031500281", True),
        (f"13800138000{valid('99010119680315001')}2026", True),
        ("13800138000990101 19680315 0028", False),
        ("九九零一零一一九六八零三一五零零二八", True),
        ("九九〇壹〇一，１９６８年０３月１５日，后四位 00二八", True),
        ("前六位990101，生日一九六八零三一五，后四位0028", True),
        ("990101出生于19680315尾号001，最后一位是x", True),
        ("9 9 0 1 0 1 ... 1 9 6 8 / 0 3 1 5 _ 0 0 2 8", True),
        ("990101 then 19680315 and at last 0028", True),
        ("前6位990101，生日8位19680315，后4位0028", True),
        ("1) 990101 2) 19680315 3) 0028", True),
        ("①990101②19680315③0028", True),
        ("⑨⑨⓪①⓪① 19680315 0028", True),
        ("990101，出生1968年3月15日，尾号0028", True),
        ("990101 1968-3-15 0028", True),
        ("九九零一零一，一九六八年三月十五日生，零零二八", True),
        ("玖玖洞幺洞幺 壹玖陸捌 零叁壹伍 零零两捌", True),
        ("99〇壱〇弌壱玖六捌零弎壱五〇零弐8", True),
        ("990101一九四九年十二月卅一日0028", True),
        ("990101一九六八年三月廿日0021", True),
        ("99О1ο1І96803I5OO28", True),
        ("99O1O1一九六八O三一五OO二八", True),
        ("在第99O1号楼，一九六八年三月廿日建", False),
        ("99o1o1 l968O3l5 OO28", True),
        ("99010119680315001×，最后是叉", True),
        ("٩٩٠١٠١ 19680315 ٠٠٢٨", True),
        (" . \n".join("990101196803150028"), True),
        *((f"99010119680315001{ten}", True) for ten in "XxΧχХхⅩⅹ×Ｘ✕✖"),
        ("990101 19680315 001Χ", True),
        ("〩〩〇〡〇〡〡〩〦〨〇〣〡〥〇〇〢〨", True),
        ("99010119680315002Ⅷ，ⅨⅨ0Ⅰ01", True),
        ("⑼⑼0⑴0⑴19680315⒈⒉", False),
        ("⑼⑼0⑴0⑴⑴⑼⑹⑻0⑶⑴⑸00⑵⑻", True),
        ("❾❾⓿❶⓿❶ ⁱ ¹⁹⁶⁸ ₀₃₁₅ ➉ 0028", True),
        ("9️⃣9️⃣0️⃣1️⃣0️⃣1️⃣ 19680315 0028", True),
        ("990101196803150028"[::-1], True),
        ("8200 51308691 101099", True),
        ("X10051308691101099", True),
        ("0028 19680315 990101", True),
        ("001X，19680315，990101", True),
        ("的".join("九九零一零一一九六八零三一五零零二八"), True),
        (f"990101{'，' * 2000}19680315{'好' * 2000}0028", True),
        (valid("99010119681315002"), False),
        (valid("99010121990315002"), False),
        ("990101 19680315 001 and next to it", False),
        # In one piece a prefecture is known by its code, in several or within more digits a county.
        (valid("33029719680315002"), True),
        (valid("33979719680315002"), False),
        (valid("83000019680315002"), True),
        (spaced(valid("33029719680315002")), False),
        (valid("33029719680315002") + "1", False),
        (spaced(valid("33028219680315002")), True),
        (spaced(valid("42900419680315002")), True),
    ],
)
def test_an_identity_number_is_known_by_its_check_character_however_it_is_grouped(words: str, holds: bool) -> None:
    assert holds_identity_number(words) is holds


HARMLESS = (
    "",
    "第一批一共一百二十三户，二〇二六年三月一日前办完三件实事",
    "会议时间：2026-03-15、2026-04-15、2026-05-15、2026-06-15，每次9:30到11:30。",
    "1. 2026年1月10日走访3户；2. 2026年2月11日走访5户；3. 2026年3月12日走访12户。",
    "十一月二十三日、十二月五日、一月十八日各开一次支部大会，应到三十二人，实到二十九人。",
    "请打13800138000或0574-00001234，找村委会李主任，下午2点到5点半都在。",
    "13800138000 13900139000 13700137000 13600136000",
    "+86 138 0013 8000, +86 139 0013 9000; office 0574 0000 1234 ext 12",
    "补助120000元，20260315发放3500元，余116500元。",
    "2024年收入1,234,567.89元，2025年收入2,345,678.90元，增长90.01%。",
    "100000 20260101 5000；200000 20260201 6000；300000 20260301 7000",
    "发票号 20260315000128，订单 202603151030000012，快递 SF1234567890123。",
    "卡号 6222 0000 1234 5678 901，户名王秀兰。",
    "统一社会信用代码 91330200MA2AH00X0X",
    "老党员1968年入党，1999年退休，2008年搬来，2019年起负责3组12户的联系工作。",
    "8:30 9:15 10:00 11:45 14:20 16:05 18:50 20:10",
    "一二三四五六七八九十，上山打老虎；两个村三个组，七上八下，六神无主。",
    "C/D7K2M9Q4R8T3V6X 打不开，扫了3次，2026-11-23 10:15:30、10:16:02、10:17:45。",
    "北纬29.868330，东经121.544000；海拔12.5米，面积1200平方米，建于1998年7月。",
    "Meetings on 2026-01-05, 2026-02-02 and 2026-03-02 at 19:30; 24 of 30 members came, 6 were excused.",
    "We paid 1200 on 12 January 2026, 800 on 3 February and 2400 on 15 March; 5600 is left of 10000.",
    "第1页共12页，第2页共12页，第3页共12页，附件①②③④⑤⑥⑦⑧⑨⑩。",
    "身高1.75米，体重68.5公斤，血压120/80，2026年复查3次：118/78、122/81、119/79。",
)


@pytest.mark.parametrize("words", HARMLESS)
def test_what_people_write_of_days_amounts_and_telephones_is_no_identity_number(words: str) -> None:
    assert not holds_identity_number(words)
    assert not holds_identity_number(f"{words}\n{words}\n{words}")


@pytest.mark.parametrize(("has_numbers_alike", "most"), [(False, 1), (True, 35)])
def test_of_many_lists_of_days_amounts_and_telephones_hardly_one_is_taken_for_an_identity_number(
    has_numbers_alike: bool, most: int
) -> None:
    """Numbers of orders may be six digits, a day and four digits, as an identity number is."""
    chance = random.Random(1)

    def piece() -> str:
        year, month, day = chance.randint(1950, 2026), chance.randint(1, 12), chance.randint(1, 28)
        kinds = [
            f"{year}{chance.choice('-./年')}{month}{chance.choice('-./月')}{day}",
            f"1{chance.randint(30, 99)}{chance.randint(10**7, 10**8 - 1)}",
            f"{chance.randint(1, 99)}户",
            f"{chance.randint(1, 9999999)}元",
            f"邮编{chance.randint(100000, 859999)}",
            f"订单{year}{month:02}{day:02}{chance.randint(0, 999999):06}",
            f"卡号{chance.randint(10**18, 10**19 - 1)}",
        ]
        if has_numbers_alike:
            kinds += [f"单号{chance.randint(100000, 999999)}{year}{month:02}{day:02}{chance.randint(0, 9999):04}"] * 2
        return chance.choice(kinds)

    texts = ["，".join(piece() for _ in range(10)) for _ in range(2_000)]
    assert sum(map(holds_identity_number, texts)) <= most


@pytest.mark.parametrize("one", ["1 2-", "1", "12 34 ", "990101 ", "O", "X", "1 X ", "十", "2026-1-1 ", "①", "九 "])
def test_many_digits_are_searched_in_no_time(one: str) -> None:
    began = time.process_time()
    assert not holds_identity_number(one * (60_000 // len(one)))
    assert time.process_time() - began < 1


NO_DIGITS = ("\ufdfa", "汉字", "a b ", "\u0301a", "\u3300", "\uac01", "X ", "第一，", "\U0001f600")
DIGITS = (
    *(f"{one}1" for one in NO_DIGITS),
    "1900 1 1 ",
    "\u249a",
    "九 1990-1-1 ",
    "①一O1十月1990-1-1 ",
    "1990\u32c0\u33e0",
    "19",
    "1|",
)


@pytest.mark.parametrize(("one", "most"), [*((one, 0.5) for one in NO_DIGITS), *((one, 12) for one in DIGITS)])
def test_a_byte_of_a_text_is_searched_in_microseconds_whatever_it_says(one: str, most: float) -> None:
    """Half of one where no digit stands, as in nearly every text."""
    text = (one * 200)[:200]
    size, took = len(text.encode()) * 50, []
    for _ in range(5):
        began = time.thread_time()
        for _ in range(50):
            holds_identity_number(text)
        took.append((time.thread_time() - began) * 1e6 / size)
    assert min(took) < most


WORDS = ("普通的话写在这里就可以", "plain-words-123")
NUMBER = "990101196803150028"
OF_ITS_OWN_FORM = {
    "national_id": "is one",
    "mobile": "is read as a telephone number",
    "opening_hours": "is read as opening hours, of which a week may look like one",
    "password": "is kept by nobody",
    "present_password": "is kept by nobody",
    "new_password": "is kept by nobody",
    "refresh_token": "is kept by nobody",
    "device_token": "is compared with what there is",
    "otp": "is kept by nobody",
    "ComplaintWrite.code": "is what was scanned",
    "SignIn.username": "is compared with what there is",
    "text_version": "is compared with what there is",
}
"""The texts in which no identity number is looked for, by their fields, and why."""


def bodies(kind: type[BaseModel] = Written) -> Iterator[type[BaseModel]]:
    for body in kind.__subclasses__():
        if body.__module__.startswith("api."):
            yield body
        yield from bodies(body)


def refusals(reads: TypeAdapter[Any], value: Any) -> set[str]:
    try:
        reads.validate_python(value)
    except ValidationError as error:
        return {fault["type"] for fault in error.errors()}
    return set()


def test_no_text_of_any_body_takes_an_identity_number() -> None:
    looked_at, taken = set(), set()
    for body in bodies():
        for name, field in body.model_fields.items():
            told: Any = Annotated[field.annotation, field]
            reads: TypeAdapter[Any] = TypeAdapter(told)
            for words in WORDS:
                for value, probe in ((words, NUMBER), ([words], [NUMBER])):
                    if refusals(reads, value):
                        continue
                    names = {name, f"{body.__name__}.{name}"}
                    looked_at |= names
                    if not names & OF_ITS_OWN_FORM.keys() and "identity_number" not in refusals(reads, probe):
                        taken.add((body.__name__, name))
    assert not taken
    assert looked_at >= {*OF_ITS_OWN_FORM, "name", "address", "services", "title", "text", "reason", "content", "details"}
