"""Words in which somebody may have written an identity number, which nobody needs to keep there."""

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import Final

from api.errors import Text
from api.members.rules import NationalId, read_national_id

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
    return any(isinstance(read_national_id(number, today=date.max), NationalId) for number in numbers)


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
