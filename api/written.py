"""Words in which somebody may have written an identity number, which nobody needs to keep there."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Final

from pydantic_core import PydanticCustomError
from stdnum.iso7064 import mod_11_2

from api.errors import Text

IDENTITY_NUMBER: Final = Text("请不要写身份证号，删掉后再提交。", "Please leave out identity numbers.")
_NUMERALS: Final = "〇○零一二三四五六七八九壹贰叁肆伍陆柒捌玖幺"
_DIGITS: Final = str.maketrans(_NUMERALS, "0001234567891234567891")
_LENGTH: Final = 18
_BORN: Final = re.compile("[0-9]{6}(19|20)[0-9]{2}[01][0-9][0-3][0-9]")
"""How a number begins that may be one: looked at first, since it is quick."""


def holds_identity_number(text: str) -> bool:
    """Whether words hold an identity number (GB 11643, by its day of birth and its check character): in digits or in Chinese
    numerals, in one piece or in several, whatever stands between them. Pieces are whole: digits within a longer number are none."""
    plain = unicodedata.normalize("NFKC", text).upper()
    # Chinese numerals are digits or words (第一): all of them, those that stand together, or none.
    readings = {plain, plain.translate(_DIGITS), re.sub(f"[{_NUMERALS}]{{2,}}", lambda found: found[0].translate(_DIGITS), plain)}
    numbers = (number for reading in readings for number in _numbers(reading) if _BORN.match(number))
    return any(map(_is_identity_number, numbers))


def plain(text: str) -> str:
    """The same words, which hold no identity number. Raises PydanticCustomError."""
    if holds_identity_number(text):
        raise PydanticCustomError("identity_number", "holds an identity number")
    return text


def _is_identity_number(number: str) -> bool:
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return bool(mod_11_2.is_valid(number))


def _numbers(text: str) -> Iterator[str]:
    """What consecutive whole pieces of a text make up that is as long as an identity number."""
    digits, borders, before_x = "", [0], set()
    for piece in re.findall("[0-9]+|X", text):
        if piece == "X":
            before_x.add(len(digits))
        else:
            digits += piece
            borders.append(len(digits))
    ends = set(borders)
    for start in borders:
        if start + _LENGTH in ends:
            yield digits[start : start + _LENGTH]
        if start + _LENGTH - 1 in before_x:
            yield f"{digits[start : start + _LENGTH - 1]}X"
