"""Words in which somebody may have written an identity number, which nobody needs to keep there."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final, NamedTuple

from pydantic_core import PydanticCustomError
from stdnum import numdb
from stdnum.iso7064 import mod_11_2

from api.adapters.typed_text import normalized
from api.errors import Text

IDENTITY_NUMBER: Final = Text("请不要写身份证号，删掉后再提交。", "Please leave out identity numbers.")
_NUMERALS: Final = "〇○零洞一幺壹二两贰貳三叁參四肆五伍六陆陸七柒拐八捌九玖勾"
_DIGITS: Final = str.maketrans(_NUMERALS, "00001112222333445566677788999")
_LOOK_ALIKE: Final = str.maketrans("OIL|", "0111")
_LOOK_LIKE_X: Final = "ΧХҲ×✕✖✗✘╳⨉⨯❌乂叉"
_ENDS: Final = str.maketrans(_LOOK_LIKE_X, "X" * len(_LOOK_LIKE_X))
_TENS: Final = "十一二三四五六七八九"
_LENGTH: Final = 18
_BORN: Final = re.compile("[0-9]{6}(?:19|20)[0-9]{2}[01][0-9][0-3][0-9][0-9]{3}")
"""What a number looks like that may be one, but for its last character: looked for first, since it is quick."""
_DAY: Final = re.compile(r"((?:19|20)[0-9]{2})[^0-9]{1,3}([0-9]{1,2})[^0-9]{1,3}([0-9]{1,2})(?![0-9])")
_GLUED: Final = re.compile(f"(?=({_BORN.pattern}[0-9X]))")
_X: Final = "(?<=[0-9])X|(?<![A-Z])X(?![A-Z])"
"""The last character of one in eleven numbers, which is no letter of a word."""
_UNLISTED: Final = ("990101", "830000")
"""The code of a place that there is not, of which numbers are invented, and that of whoever comes from Taiwan."""


class _Found(NamedTuple):
    """What looks like an identity number, and whether it is written in one piece, with no other digit beside it."""

    number: str
    is_whole: bool


def holds_identity_number(text: str) -> bool:
    """Whether words hold an identity number (GB 11643, by the code of its place, its day of birth and its check character): in
    digits of any script or form or in Chinese numerals, forwards or backwards, perhaps within a longer number. Or in several
    pieces, whatever stands between them, its day of birth perhaps written as a day: such pieces are whole, digits within a
    longer number are none. Small numbers between them, as those of a list, are passed over."""
    plain = _plain(text)
    # Digits in circles may count what follows. Chinese numerals are digits or words (第一): all of them, those that stand together,
    # or none. So are letters that look like digits.
    readings = {
        plain,
        _plain("".join(" " if unicodedata.category(character) in {"No", "Nl"} else character for character in text)),
        plain.translate(_DIGITS),
        re.sub(f"[{_NUMERALS}]{{2,}}", lambda found: found[0].translate(_DIGITS), plain),
        re.sub(r"[0-9OIL|]{2,}", lambda found: found[0].translate(_LOOK_ALIKE), plain),
    }
    readings |= {_with_whole_days(reading) for reading in readings}
    readings |= {reading[::-1] for reading in readings} | {_last_piece_first(reading) for reading in readings}
    return any(_is_identity_number(found) for reading in readings for found in _numbers(reading))


def plain(text: str) -> str:
    """The same words, which hold no identity number. Raises PydanticCustomError."""
    if holds_identity_number(text):
        raise PydanticCustomError("identity_number", "holds an identity number")
    return text


def _plain(text: str) -> str:
    """The same in the letters and digits of ASCII, as far as there are any."""
    narrow = normalized("NFKC", "".join(map(_as_digit, text))).upper().translate(_ENDS)
    return re.sub(r"[^\D0-9]", lambda found: str(unicodedata.decimal(found[0])), narrow)


def _as_digit(character: str) -> str:
    """A sign for one digit (①, ², Ⅸ, 〣) as that digit, and the Roman ten as an X; what is none as it is."""
    if character < "\x80" or unicodedata.category(character) not in {"No", "Nl"} or character in _NUMERALS:
        return character
    value = unicodedata.numeric(character, -1)
    return str(int(value)) if value in range(10) else character


def _with_whole_days(text: str) -> str:
    """The same with each day written in eight digits."""
    text = re.sub(f"([{_TENS}]{{1,3}})(?=[月日号])", lambda found: str(_number(found[0])), text)
    return _DAY.sub(lambda found: f"{found[1]}{int(found[2]):02}{int(found[3]):02} ", text)


def _number(words: str) -> int:
    """What a numeral up to 99 says (二十三)."""
    tens, ten, ones = words.rpartition("十")
    return (_TENS.find(tens[-1:] or "一") * 10 if ten else 0) + (_TENS.index(ones[-1]) if ones else 0)


def _last_piece_first(text: str) -> str:
    return " ".join(reversed(re.findall(f"[0-9]+X?|{_X}", text)))


def _is_identity_number(found: _Found) -> bool:
    number = found.number
    try:
        born = datetime(int(number[6:10]), int(number[10:12]), int(number[12:14]), tzinfo=UTC)
    except ValueError:
        return False
    # One in eleven has the right last character by chance.
    return (
        born < datetime.now(UTC) + timedelta(days=1) and mod_11_2.is_valid(number) and _is_place(number, exactly=not found.is_whole)
    )


def _is_place(code: str, *, exactly: bool) -> bool:
    """Whether there is, or was, a county or its like whose code a text begins with (GB/T 2260); unless `exactly`, a prefecture will
    do, since new counties are not all listed."""
    known = code[:6] if exactly else f"{code[:4]}00"
    return code.startswith(_UNLISTED) or any("county" in facts for _, facts in numdb.get("cn/loc").info(known))


def _numbers(text: str) -> Iterator[_Found]:
    """What looks like an identity number: in a text's digits that stand together, and in what consecutive whole pieces make up; of
    all pieces, and without short ones."""
    yield from (_Found(found[1], is_whole=False) for found in _GLUED.finditer(text))
    pieces = re.findall(f"[0-9]+|{_X}", text)
    for shortest in (1, 2, 3):
        kept = [piece for piece in pieces if len(piece) >= shortest or piece == "X"]
        if shortest == 1 or len(kept) < len(pieces):
            yield from _joined(kept)


def _joined(pieces: Sequence[str]) -> Iterator[_Found]:
    digits = "".join(piece for piece in pieces if piece != "X")
    if not _BORN.search(digits):
        return
    place, borders, before_x = 0, [0], set()
    for piece in pieces:
        if piece == "X":
            before_x.add(place)
        else:
            place += len(piece)
            borders.append(place)
    ends = set(borders)
    for start, following in pairwise(borders):
        if _BORN.match(digits, start):
            if (end := start + _LENGTH) in ends:
                yield _Found(digits[start:end], following == end)
            if (end := start + _LENGTH - 1) in before_x:
                yield _Found(f"{digits[start:end]}X", following == end)
