"""What a member's name must be, and which names are taken for one another."""

import re
from collections.abc import Iterable, Iterator
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


class Lookalikes:
    """Some names, of which it is asked for many others which each is taken for: alike but for marks, letters and a gender beside
    Chinese characters, and for old, full and rare characters, which are told by how they are read. Two in daily use, of which
    GB 2312 is the list, are told apart (王伟 is not 王玮).

    Each name is a bit of a number at all its places, so that an answer costs as much as the name is long, however alike all are.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = tuple(dict.fromkeys(names))
        self._places: dict[int, list[_Place]] = {}
        for number, name in enumerate(self._names):
            bare = _bare(name)
            # Behind the last character stands none, so that of names that have no character left each is found, too.
            places = self._places.setdefault(len(bare), [_Place() for _ in range(len(bare) + 1)])
            for place, character in zip(places, [*bare, ""], strict=True):
                place.put(character, 1 << number)

    def of(self, name: str) -> int:
        """Those that look like a name, as `names` tells them; 0 where none does."""
        bare = _bare(name)
        places = list(zip(self._places.get(len(bare), ()), [*bare, ""], strict=False))
        found = -1 if places else 0
        for place, character in places:
            found &= place.spelled_or_rare(character)
        for place, character in places:
            if found & ~place.spelled.get(character, 0):
                found &= place.taken_for(character)
        return found

    def names(self, found: int) -> Iterator[str]:
        while found:
            first = found & -found
            yield self._names[first.bit_length() - 1]
            found ^= first


class _Place:
    """A place in names of one length: which of them have which character there, by how it is written and how it is read."""

    def __init__(self) -> None:
        self.spelled: dict[str, int] = {}
        self.all = self.rare = 0
        self._read: dict[str, tuple[int, int]] = {}

    def put(self, character: str, name: int) -> None:
        self.spelled[character] = self.spelled.get(character, 0) | name
        self.all |= name
        if not _is_in_daily_use(character):
            self.rare |= name

    def spelled_or_rare(self, character: str) -> int:
        return self.spelled.get(character, 0) | self.rare if _is_in_daily_use(character) else self.all

    def taken_for(self, character: str) -> int:
        if not self._read:
            for written, names in self.spelled.items():
                rare = 0 if _is_in_daily_use(written) else names
                for reading in _readings(written):
                    read, rarely = self._read.get(reading, (0, 0))
                    self._read[reading] = read | names, rarely | rare
        found, is_rare = self.spelled.get(character, 0), not _is_in_daily_use(character)
        for reading in _readings(character):
            read, rarely = self._read.get(reading, (0, 0))
            found |= read if is_rare else rarely
        return found


@lru_cache(4096)
def _bare(name: str) -> str:
    """A name without what is overlooked in it: of Chinese characters these alone, less a gender behind them."""
    if ideographs := "".join(_CHINESE.findall(name)):
        return _GENDER_BEHIND.sub("", ideographs)
    return _OVERLOOKED.sub("", normalized("NFKD", name)).casefold()


@lru_cache(32_768)
def _is_in_daily_use(character: str) -> bool:
    try:
        return bool(character.encode("gb2312"))
    except UnicodeEncodeError:
        return False


@lru_cache(32_768)
def _readings(character: str) -> frozenset[str]:
    # Its dictionaries take 50 MB, and are asked for few names.
    from pypinyin import Style, pinyin

    found = pinyin(character, Style.TONE3, heteronym=True, errors="ignore")
    return frozenset(reading for readings in found for reading in readings)
