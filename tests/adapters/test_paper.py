import pytest

from api.adapters.paper import Sheets

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
