"""What a member's name must be, and which names are taken for one another."""

import re
from functools import lru_cache
from typing import Final

from api.adapters.typed_text import is_shown_well, narrow, normalized
from api.members.faults import RosterRule

MAX_NAME: Final = 50

_IDEOGRAPH = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_NAME = re.compile(r"(?:[^\W\d_]|[\U00020000-\U0003ffff\u0300-\u036f\u0f0b\u0f71-\u0f84\u0f8d-\u0fbc·.'’ -])++")
"""Letters of all scripts, the marks on Latin ones, and the marks and the dot between syllables of Tibetan ones. Rare characters are
letters too: it never goes back (`++`) to take one for the other."""
_HAN = (
    r"\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\ufa0e-\ufa29\U00020000-\U0002a6df\U0002a700-\U0002b81d\U0002b820-\U0002cead"
    r"\U0002ceb0-\U0002ebe0\U0002ebf0-\U0002ee5d\U00030000-\U0003134a\U00031350-\U00033479"
)
"""The ideographs of Unicode 17, which knows more than Python does."""
_CHINESE_WORD = re.compile(rf"[{_HAN}X]++(?:-[{_HAN}X]++)*+|[A-Z][^{_HAN}]*+")
"""A word of a name has a letter. In a name with ideographs no mark and no other letter stands that may be overlooked: a word is of
ideographs alone, or begins with a capital (艾伦·J·史密斯); but an X stands, in old lists, for one that nobody could type."""
_CHINESE = re.compile(f"[{_HAN}]+")
_GENDER_BEHIND = re.compile("(?<=..)[男女]$")
_OVERLOOKED = re.compile("[\u02b0-\u02ff\u0300-\u036f·.'’ -]+")
_DOTS = re.compile(" ?·[· ]*")
_LOOKS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
"""What stands behind a character to choose one of its shapes, and is no character of a name."""
_MIDDLE_DOTS = str.maketrans(dict.fromkeys("•・∙⋅‧˙･ㆍ｡。", "·"))


def clean_name(text: str) -> str | RosterRule:
    """A name as it is kept: Chinese names without blanks (张　三), the parts of others joined by a middle dot or one blank.
    What has 男 or 女 typed behind it keeps its blank: it is perhaps no name."""
    # Before the text is made narrow, which would turn some of these dots into marks above a blank.
    name = narrow(_LOOKS.sub("", text.translate(_MIDDLE_DOTS)))
    if _IDEOGRAPH.search(name) and not _has_gender_behind(name):
        name = name.replace(" ", "").replace(".", "·")
    name = _DOTS.sub("·", name).strip("·") or name
    if not name:
        return RosterRule.name_missing
    if len(name) > MAX_NAME or not _NAME.fullmatch(name) or not is_shown_well(name):
        return RosterRule.name_unreadable
    is_word = _CHINESE_WORD.fullmatch if _CHINESE.search(name) else _has_letter
    if not all(map(is_word, re.split("[· ]", name))):
        return RosterRule.name_unreadable
    return name


def _has_letter(word: str) -> bool:
    return any(map(str.isalpha, word))


def _has_gender_behind(name: str) -> bool:
    """Whether a gender is typed behind a name; one character alone before it is a surname."""
    return name.endswith((" 男", " 女")) and len(name[:-2].replace(" ", "")) > 1


def look_alike(one: str, other: str) -> bool:
    """Whether two names are taken for one another: alike but for marks, letters and a gender beside Chinese characters, and for
    old, full and rare characters, which are told by how they are read. Two in daily use, of which GB 2312 is the list, are told
    apart (王伟 is not 王玮)."""
    first, second = _bare(one), _bare(other)
    if len(first) != len(second):
        return False
    differing = [pair for pair in zip(first, second, strict=True) if pair[0] != pair[1]]
    if any(all(map(_is_in_daily_use, pair)) for pair in differing):
        return False
    return all(_read(a) & _read(b) for a, b in differing)


@lru_cache(4096)
def _bare(name: str) -> str:
    """A name without what is overlooked in it: of Chinese characters these alone, less a gender behind them."""
    if ideographs := "".join(_CHINESE.findall(name)):
        return _GENDER_BEHIND.sub("", ideographs)
    return _OVERLOOKED.sub("", normalized("NFKD", name)).casefold()


def _is_in_daily_use(character: str) -> bool:
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


def _read(character: str) -> set[str]:
    # Its dictionaries take 50 MB, and are asked for few names.
    from pypinyin import Style, pinyin

    return {reading for readings in pinyin(character, Style.TONE3, heteronym=True, errors="ignore") for reading in readings}
