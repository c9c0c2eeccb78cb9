import secrets
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.codes.reading import (
    ALPHABET,
    DynamicCode,
    PrintedCode,
    VenueCode,
    address,
    code_in,
    find_code,
    grouped,
    host_in,
    new_printed_code,
    new_venue_code,
    printed_code,
    read_code,
    venue_code,
)
from models.enums import PlateKind

kinds = st.sampled_from(PlateKind)
numbers = st.integers(0, 2**65 - 1)
dynamic_codes = st.builds(
    DynamicCode,
    credential_number=st.integers(0, 2**48 - 1),
    issued_at=st.integers(0, 2**32 - 1),
    lifetime=st.integers(0, 255),
    status_list=st.integers(0, 2**16 - 1),
    status_index=st.integers(0, 2**20 - 1),
    key_slot=st.integers(0, 255),
    signature=st.binary(min_size=64, max_size=64),
)
CODE = DynamicCode(0x0102030405FF, 1_800_000_000, 60, 3, 0xABCDE, 7, bytes(range(64)))


def read_printed(text: str) -> PrintedCode:
    code = read_code(text)
    assert isinstance(code, PrintedCode)
    return code


@given(kinds, numbers)
def test_a_printed_code_is_read_as_it_was_written(kind: PlateKind, number: int) -> None:
    text = printed_code(kind, number)
    assert len(text) == 15
    assert read_code(text) == PrintedCode(kind, text)


def test_printed_codes_that_hang_on_doors_stay_as_they_are() -> None:
    assert printed_code(PlateKind.name_badge, 0) == "B0000000000000" + "P"
    assert printed_code(PlateKind.household_plate, 2**65 - 1) == "HZZZZZZZZZZZZZ" + "Y"
    assert printed_code(PlateKind.desk_plate, 0x123456789ABCDEF01) == "DJ6HB7H6NWVVR1" + "D"


@pytest.mark.parametrize(
    ("kind", "letter"),
    [
        (PlateKind.name_badge, "B"),
        (PlateKind.desk_plate, "D"),
        (PlateKind.post_plate, "P"),
        (PlateKind.window_plate, "W"),
        (PlateKind.household_plate, "H"),
    ],
)
def test_the_first_letter_tells_the_kind(kind: PlateKind, letter: str) -> None:
    assert new_printed_code(kind)[0] == letter


def test_every_kind_of_plate_has_codes() -> None:
    for kind in PlateKind:
        assert read_printed(new_printed_code(kind)).kind is kind


@pytest.mark.parametrize("number", [-1, 2**65])
def test_a_number_of_more_than_65_bits_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="65 bits"):
        printed_code(PlateKind.name_badge, number)


def test_different_numbers_give_different_codes() -> None:
    numbers = {0, *(1 << bit for bit in range(65)), *(secrets.randbits(65) for _ in range(1000))}
    assert len({printed_code(PlateKind.name_badge, number) for number in numbers}) == len(numbers)


def test_the_random_part_is_what_was_chosen() -> None:
    asked = []

    def choose(bits: int) -> int:
        asked.append(bits)
        return 5

    assert new_printed_code(PlateKind.post_plate, choose) == printed_code(PlateKind.post_plate, 5)
    assert asked == [65]


@given(kinds, numbers)
def test_every_single_wrong_character_is_found(kind: PlateKind, number: int) -> None:
    text = printed_code(kind, number)
    for at in range(15):
        for letter in ALPHABET:
            if letter != text[at]:
                assert read_code(text[:at] + letter + text[at + 1 :]) is None


def test_nearly_every_swap_of_neighbours_is_found() -> None:
    swaps = missed = 0
    for _ in range(2000):
        text = new_printed_code(PlateKind.window_plate)
        for at in range(1, 14):
            if text[at] != text[at + 1]:
                swaps += 1
                missed += read_code(text[:at] + text[at + 1] + text[at] + text[at + 2 :]) is not None
    assert swaps > 20_000
    assert missed / swaps < 1 / 250


FORGIVEN = printed_code(PlateKind.desk_plate, int("00000000001" * 3, 2) | 1)


@pytest.mark.parametrize(
    "change",
    [
        str.lower,
        grouped,
        lambda text: grouped(text).lower(),
        lambda text: grouped(text).replace("-", " "),
        lambda text: grouped(text).replace("-", "—"),
        lambda text: grouped(text).replace("-", "－"),
        lambda text: grouped(text).replace("-", "\u3000"),
        lambda text: grouped(text).replace("-", " - "),
        lambda text: grouped(text).replace("-", "."),
        lambda text: grouped(text).replace("-", "·"),
        lambda text: grouped(text).replace("-", "•"),
        lambda text: grouped(text).replace("-", "\u2060"),
        lambda text: f"{text}.",
        lambda text: f"{grouped(text)}。",
        lambda text: f"{text}｡",
        lambda text: f"{text}\u200b",
        lambda text: f"\ufeff{text}\r\n",
        lambda text: f"  {text}\t",
        lambda text: " ".join(text),
        lambda text: text.replace("0", "O"),
        lambda text: text.replace("0", "o"),
        lambda text: text.replace("1", "I"),
        lambda text: text.replace("1", "i"),
        lambda text: text.replace("1", "L"),
        lambda text: text.replace("1", "l"),
        lambda text: "".join(chr(ord(letter) + 0xFEE0) for letter in grouped(text)),
        lambda text: "".join(chr(ord(letter) + 0xFEE0) for letter in text.lower().replace("0", "o").replace("1", "l")),
    ],
)
def test_typing_is_forgiven(change: Callable[[str], str]) -> None:
    assert "0" in FORGIVEN and "1" in FORGIVEN
    assert change(FORGIVEN) != FORGIVEN
    assert read_code(change(FORGIVEN)) == PrintedCode(PlateKind.desk_plate, FORGIVEN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "D",
        FORGIVEN[:-1],
        FORGIVEN + "0",
        FORGIVEN[1:],
        "X" + FORGIVEN[1:],
        FORGIVEN.replace("0", "U", 1),
        FORGIVEN.replace("0", "٠"),
        FORGIVEN.replace("0", "〇"),
        FORGIVEN.replace("D", "Ð"),
        FORGIVEN + "\0",
        FORGIVEN + "/",
        "/C/" + FORGIVEN,
        FORGIVEN + "?",
        " " * 64 + FORGIVEN,
        "-" * 64,
        "\ud800",
        "D" * 15,
        "D" * 10_000_000,
        "1" * 10_000_000,
        "0" * 199,
    ],
)
def test_anything_else_is_no_code(text: str) -> None:
    assert read_code(text) is None


@pytest.mark.parametrize(
    "around", ["{}）点开", "{} 陈骁旭", "编号：{}", "请看{}，谢谢", "15位编号（{}）", "{}", "{}/", "{}\n发自我的手机"]
)
@pytest.mark.parametrize("written", [FORGIVEN, grouped(FORGIVEN).lower(), CODE.pack()])
def test_a_code_is_found_among_other_words(around: str, written: str) -> None:
    assert find_code(around.format(written)) == read_code(written) is not None


@pytest.mark.parametrize(
    "text", ["", "编号", f"{FORGIVEN}，{printed_code(PlateKind.name_badge, 7)}", f"{FORGIVEN}0，", "，" * 400 + FORGIVEN]
)
def test_no_code_is_found_among_words_where_there_is_none_or_which_is_not_sure(text: str) -> None:
    assert find_code(text) is None


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://lx.example.gov.cn/C/D4RA2", "lx.example.gov.cn"),
        ("  HTTP://LX.EXAMPLE.GOV.CN:8000/C/D4RA2", "lx.example.gov.cn"),
        ("https://lx.example.gov.cn@other.example/C/D4RA2", "other.example"),
        ("lx.example.gov.cn/C/D4RA2", None),
        (FORGIVEN, None),
    ],
)
def test_the_host_of_a_copied_address(text: str, host: str | None) -> None:
    assert host_in(text) == host


def test_no_character_more_makes_another_code() -> None:
    assert all(read_code(FORGIVEN + letter) is None and read_code(letter + FORGIVEN) is None for letter in ALPHABET)


@given(numbers)
def test_the_sign_of_a_venue_is_no_plate(number: int) -> None:
    text = venue_code(number)
    assert text[0] == "V" and text[1:14] == printed_code(PlateKind.name_badge, number)[1:14]
    assert read_code(text) == read_code(grouped(text).lower()) == VenueCode(text)
    assert new_venue_code(lambda bits: number) == text


@given(st.text() | st.text(alphabet="0123456789bdpwhvBDPWHVOIL- ", max_size=20) | st.from_regex(r"1[0-9]{190,200}", fullmatch=True))
def test_reading_never_fails_and_writes_back_what_it_read(text: str) -> None:
    code = read_code(text)
    if isinstance(code, DynamicCode):
        assert code.pack() in text
    elif code is not None:
        assert read_code(code.text) == code


def test_a_printed_code_is_grouped_by_five() -> None:
    assert grouped("DJ6HB7H6NWVVR1D") == "DJ6HB-7H6NW-VVR1D"


def test_an_address_is_in_capitals_and_as_short_as_promised() -> None:
    assert address("https://lx.example.gov.cn", "DJ6HB7H6NWVVR1D") == "HTTPS://LX.EXAMPLE.GOV.CN/C/DJ6HB7H6NWVVR1D"
    assert address("https://lx.example.gov.cn/", "X") == "HTTPS://LX.EXAMPLE.GOV.CN/C/X"
    assert len(address("https://lx.example.gov.cn", "DJ6HB7H6NWVVR1D")) == 43
    assert len(address("https://lx.example.gov.cn", CODE.pack())) == 227


@given(dynamic_codes)
def test_a_dynamic_code_is_read_as_it_was_written(code: DynamicCode) -> None:
    assert read_code(code.pack()) == code


def test_the_fields_of_a_dynamic_code_stand_where_they_stand_for_ever() -> None:
    assert CODE.signed_bytes.hex(" ") == "01 01 02 03 04 05 ff 6b 49 d2 00 3c 00 03 0a bc de 07"
    assert CODE.pack() == f"1{int.from_bytes(CODE.signed_bytes + CODE.signature):0198d}"
    assert len(CODE.pack()) == 199


@pytest.mark.parametrize("behind", ["。", ".", "\u200b", "\n", " \r\n", "·", "\ufeff"])
@pytest.mark.parametrize("code", [FORGIVEN, CODE.pack()])
def test_what_a_message_leaves_around_a_code_or_its_address_is_passed_over(code: str, behind: str) -> None:
    for text in (code, address("https://lx.example.gov.cn", code), f"{address('https://lx.example.gov.cn', code)}?lang=en"):
        assert read_code(code_in(f"{text}{behind}")) == read_code(code_in(f"{behind}{text}")) == read_code(code)


def test_no_character_of_a_dynamic_code_is_forgiven() -> None:
    text = CODE.pack()
    assert read_code(text) == CODE
    for wrong in (
        text.replace("0", "O"),
        text.replace("1", "l"),
        text + "。0",
        text[:5] + " " + text[5:],
        text[:5] + "\u200b" + text[5:],
        text[:5] + "-" + text[5:],
        text[:-1],
        text + "0",
        "1" + "0" + text[1:],
        "0" + text[1:],
        "+" + text[1:],
        "1+" + text[2:],
        "1 " + text[2:],
        "1_" + text[2:],
        "".join(chr(ord(digit) + 0xFEE0) for digit in text),
        "1" + "".join(chr(ord(digit) - ord("0") + 0x660) for digit in text[1:]),
    ):
        assert read_code(wrong) is None, wrong


def test_a_number_that_is_too_large_for_its_bytes_is_no_code() -> None:
    assert read_code("1" + "9" * 198) is None
    assert read_code(f"1{2**656:0198d}") is None
    assert read_code(f"1{int.from_bytes(CODE.signed_bytes + CODE.signature) + 2**656:0198d}") is None


@pytest.mark.parametrize("version", [0, 2, 255])
def test_another_format_is_no_code(version: int) -> None:
    assert read_code(f"1{int.from_bytes(bytes([version]) + CODE.signed_bytes[1:] + CODE.signature):0198d}") is None


def test_an_index_past_the_end_of_its_list_is_no_code() -> None:
    data = bytearray(CODE.signed_bytes + CODE.signature)
    data[14] |= 0x10
    assert read_code(f"1{int.from_bytes(data):0198d}") is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("credential_number", 2**48),
        ("credential_number", -1),
        ("issued_at", 2**32),
        ("issued_at", -1),
        ("lifetime", 256),
        ("status_list", 2**16),
        ("status_index", 2**20),
        ("key_slot", 256),
        ("key_slot", -1),
        ("signature", bytes(63)),
        ("signature", bytes(65)),
    ],
)
def test_a_field_out_of_its_bounds_is_refused(field: str, value: int | bytes) -> None:
    with pytest.raises(ValueError, match="out of its bounds"):
        CODE._replace(**{field: value}).pack()  # type: ignore[arg-type]
