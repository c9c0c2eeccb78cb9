import pylopdf_fonts_zh_cn
import pytest

from api.adapters.paper import Sheets
from tests.fonts import PACKAGED
from tests.papers import texts

LONG = "中共明州市澄湖区东柳街道南塘河社区第一网格南塘新苑小区联合功能型流动党员支部委员会"


@pytest.mark.parametrize(("words", "lines", "is_smaller"), [("石桥村第四党支部", 1, False), (LONG, 2, False), (LONG * 2, 2, True)])
def test_words_are_broken_into_as_many_lines_as_there_is_room_for_and_only_then_made_smaller(
    words: str, lines: int, is_smaller: bool
) -> None:
    sheets = Sheets("")
    found, size = sheets.broken(words, 9, 85, lines=2)
    assert "".join(found) == words and len(found) == lines
    assert (size < 9) is is_smaller
    assert all(sheets.width(line, size) <= 85 for line in found)


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("门牌尺寸不符，应更换。", ["门牌尺寸不", "符，应更", "换。"]),
        ("按《规范》第七条", ["按《规范》", "第七条"]),
        ("先看规范《条》", ["先看规范", "《条》"]),
        ("电话0574-01，问王秀兰", ["电话", "0574-01，", "问王秀兰"]),
        ("see WN-01 here", ["see WN-01 ", "here"]),
        ("0123456789012345", ["012345678", "9012345"]),
        ("", [""]),
    ],
)
def test_a_line_begins_with_no_closing_mark_ends_with_no_opening_one_and_parts_no_number(words: str, lines: list[str]) -> None:
    sheets = Sheets("")
    width = sheets.width("五个字那么", 9)
    found = sheets.wrapped(words, 9, width)
    assert found == lines and all(sheets.width(line.rstrip(), 9) <= width for line in found)


def test_the_packaged_font_has_what_people_are_called_by_and_a_missing_sort_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pylopdf_fonts_zh_cn, "sans_path", lambda: PACKAGED)
    sheets = Sheets("")
    assert len(sheets.characters) > 20_000
    sheets.page()
    sheets.text(20, 20, "王秀兰𠮷喆堃翀", 9)
    assert sheets.missing == {"𠮷"} and texts(sheets.done()) == ["王秀兰〓喆堃翀"]


def test_a_width_is_what_the_characters_take() -> None:
    sheets = Sheets("")
    sheets.page()
    assert sheets.width("门牌 WN-01𠮷", 9) == pytest.approx(sheets.text(0, 0, "门牌 WN-01𠮷", 9)) and sheets.missing == {"𠮷"}
