import time

import pytest

from api.members.written import holds_identity_number


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
        ("1990101196803150028", False),
        ("9901011968031500281", False),
        ("九九零一零一一九六八零三一五零零二八", True),
        ("九九〇壹〇一，１９６８年０３月１５日，后四位 00二八", True),
        ("前六位990101，生日一九六八零三一五，后四位0028", True),
        ("990101出生于19680315尾号001，最后一位是x", True),
        ("9 9 0 1 0 1 ... 1 9 6 8 / 0 3 1 5 _ 0 0 2 8", True),
        ("第一批一共一百二十三户，二〇二六年三月一日前办完三件实事", False),
        ("", False),
    ],
)
def test_an_identity_number_is_known_by_its_check_character_however_it_is_grouped(words: str, holds: bool) -> None:
    assert holds_identity_number(words) is holds


def test_many_digits_are_searched_in_no_time() -> None:
    began = time.process_time()
    assert not holds_identity_number("1 2-" * 20_000)
    assert time.process_time() - began < 1
