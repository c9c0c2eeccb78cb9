import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.language import Language, preferred


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "*",
        "zh-CN,zh;q=0.9,en;q=0.8",
        "zh",
        "ZH-hans-CN, en-US",
        "en;q=0.8, zh;q=0.8",
        "en;q=0.7, *;q=0.9",
        "fr-FR, zh;q=0.5",
        "ug",
        "bo-CN, ug;q=0.9",
        "mn-Mong-CN,mn;q=0.9,en;q=0.8",
        "en;q=0",
        "en;q=0, *",
        "en-GB;q=0.5, zh-TW;q=0.6",
    ],
)
def test_people_read_chinese_unless_they_prefer_english(header: str | None) -> None:
    assert preferred(header) is Language.zh


@pytest.mark.parametrize(
    "header",
    [
        "en",
        "en-GB",
        "EN-us , zh ; Q=0.5",
        "en-US,en;q=0.9,zh-CN;q=0.8",
        "en-GB;q=0.2, en;q=0.9, zh;q=0.5",
        "zh;q=0.3, en;q=0.301",
        "fr, en;q=0.5",
        "fr-FR, de;q=0.5",
        "ja-JP,ja;q=0.9",
        "ko-KR",
        "ru-RU,ru;q=0.9",
        "en, zh;q=0",
        "zh;q=0, *",
        "zh;q=0.9;level=1, en;q=0.1",
    ],
)
def test_english_is_chosen_where_it_ranks_above_chinese(header: str) -> None:
    assert preferred(header) is Language.en


@pytest.mark.parametrize(
    "header", ["en;q=2", "en;q=-1", "en;q=nan", "en;q=", "en;;q=1", "en q=1", "english-speaking-person", "١;q=١"]
)
def test_what_cannot_be_read_is_passed_over(header: str) -> None:
    assert preferred(header) is Language.zh
    assert preferred(f"{header}, en;q=0.4") is Language.en


@given(st.text())
def test_no_header_is_an_error(header: str) -> None:
    assert preferred(header) in Language


def test_a_very_long_header_is_read_in_time_that_grows_with_its_length() -> None:
    assert preferred("en;q=0.9" + " " * 300 + ",zh;q=1," + "a-" * 100_000) is Language.zh
