"""Words in which somebody may have written an identity number, which nobody needs to keep there.

A text is searched while others wait, so its signs are bytes, and most texts hold too few digits for more than one look at them.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain, product
from operator import mul
from typing import Final, NamedTuple

from pydantic_core import PydanticCustomError
from stdnum import numdb

from api.adapters.typed_text import normalized
from api.errors import Text

IDENTITY_NUMBER: Final = Text("请不要写身份证号，删掉后再提交。", "Please leave out identity numbers.")
_NUMERALS: Final = dict(
    zip(
        "〇○零洞一幺壹壱弌二两贰貳弐弍三叁參参弎四肆五伍六陆陸七柒漆拐八捌九玖勾",
        b"000011111222222333334455666777788999",
        strict=True,
    )
)
_TENS: Final = "十一二三四五六七八九"
_LOOK_LIKE_X: Final = "ΧχХхҲҳ×✕✖✗✘╳⨉⨯❌乂叉"
_BYTES: Final = (
    {numeral: chr(0x80 + digit - ord("0")) for numeral, digit in _NUMERALS.items()}
    | {numeral: chr(0x90 + value) for value, numeral in enumerate(_TENS)}
    | dict.fromkeys("月日号", "\xa0")
    | {"廿": "\x92\x90", "卅": "\x93\x90"}
    | dict.fromkeys(_LOOK_LIKE_X, "X")
    | dict.fromkeys("оОοΟ", "O")
    | dict.fromkeys("іІιΙ", "I")
)
"""By which byte a sign stands in a text that is searched: a numeral by 80 to 89; one that may also stand beside a ten by 91 to 99,
and the ten by 90. ASCII stands for itself, and a question mark for what says nothing."""
_NUMERAL: Final = {base + digit: ord("0") + digit for base in (0x80, 0x90) for digit in range(10) if base + digit != 0x90}


def _table(changes: Mapping[int, int]) -> bytes:
    return bytes(changes.get(byte, byte) for byte in range(256))


_DIGITS: Final = _table(_NUMERAL)
_LOOK_ALIKE: Final = _table(dict(zip(b"OIL|", b"0111", strict=True)))
_NO_DIGITS: Final = bytes({*range(256)} - {*b"0123456789"})
_NEVER_DIGITS: Final = bytes({*range(256)} - {*b"0123456789OIL|", 0x90, *_NUMERAL})
_FEWEST: Final = 9
"""Signs for digits that a text has at the least which holds seventeen digits in any reading: a ten may be two of them, and a day of
six is written in eight."""
_LENGTH: Final = 18
_BORN: Final = re.compile(rb"(?:1(?=9)|2(?=0))(?=[0-9]{3}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3})")
"""Where a day of birth begins in what may be a number: looked for first, by a digit that is not any, since that is quick."""
_BEFORE_BORN: Final = 6
_DAY: Final = re.compile(rb"((?:19|20)[0-9]{2})[^0-9]{1,3}([0-9]{1,2})[^0-9]{1,3}([0-9]{1,2})(?![0-9])")
_DAY_IN_WORDS: Final = re.compile(rb"[\x90-\x99]{1,3}(?=\xa0)")
_X: Final = rb"(?<=[0-9])X|(?<![A-Z])X(?![A-Z])"
"""The last character of one in eleven numbers, which is no letter of a word."""
_PIECES: Final = re.compile(rb"[0-9]+X?|" + _X)
_IN_PIECES: Final = re.compile(
    rb"(?<![0-9])(?=((?:[0-9][ X]*){6}(?:1[ X]*9|2[ X]*0)[ X]*(?:[0-9][ X]*){2}(?:0[ X]*[1-9]|1[ X]*[0-2])[ X]*"
    rb"(?:0[ X]*[1-9]|[12][ X]*[0-9]|3[ X]*[01])[ X]*[0-9][ X]*[0-9][ X]*[0-9])(?= ?(X)?)(?:([ X]*)([0-9])(?![0-9]))?)"
)
_NUMERALS_TOGETHER: Final = re.compile(rb"[\x80-\x89\x91-\x99]{2,}")
_LOOK_ALIKE_TOGETHER: Final = re.compile(rb"[0-9OIL|]{2,}")
_WEIGHTS: Final = tuple(pow(2, place, 11) for place in range(_LENGTH - 1, 0, -1))
_CHECKS: Final = b"10X98765432"
"""The last character of a number by what its other digits, weighted, leave over eleven."""
_UNLISTED: Final = (b"990101", b"830000")
"""The code of a place that there is not, of which numbers are invented, and that of whoever comes from Taiwan."""


class _Found(NamedTuple):
    """What looks like an identity number, and whether it is written in one piece, with no other digit beside it."""

    number: bytes
    is_whole: bool


def holds_identity_number(text: str) -> bool:
    """Whether words hold an identity number (GB 11643, by the code of its place, its day of birth and its check character): in
    digits of any script or form or in Chinese numerals, forwards or backwards, perhaps within a longer number. Or in several
    pieces, whatever stands between them, its day of birth perhaps written as a day: such pieces are whole, digits within a
    longer number are none. Small numbers between them, as those of a list, are passed over."""
    plain = _plain(text, _FOLDS)
    if len(plain.translate(None, _NEVER_DIGITS)) < _FEWEST:
        return False
    all_digits = plain.translate(_DIGITS)
    # Digits in circles may count what follows. Chinese numerals are digits or words (第一): all of them, those that stand together,
    # or none. So are letters that look like digits.
    readings = {
        plain,
        _plain(text, _FOLDS_WITHOUT_SIGNS),
        all_digits,
        _NUMERALS_TOGETHER.sub(lambda found: found[0].translate(_DIGITS), plain),
        *(
            _LOOK_ALIKE_TOGETHER.sub(lambda found: found[0].translate(_LOOK_ALIKE), one)
            for one in (plain, plain.translate(_DIGITS))
        ),
    }
    readings |= {_with_whole_days(reading) for reading in readings}
    together = (found for reading in readings for text in (reading, reading[::-1]) for found in _glued(text))
    apart = (found for pieces in {one for reading in readings for one in _in_pieces(reading)} for found in _joined(pieces))
    return any(map(_is_identity_number, chain(together, apart)))


_searched: ContextVar[dict[str, bool] | None] = ContextVar("searched", default=None)


def remember_what_is_searched() -> None:
    """Search no text of this request twice, so that what takes long can be done in a thread beforehand."""
    _searched.set({})


def plain(text: str) -> str:
    """The same words, which hold no identity number. Raises PydanticCustomError."""
    searched = _searched.get()
    holds = searched.get(text) if searched is not None else None
    if holds is None:
        holds = holds_identity_number(text)
        if searched is not None:
            searched[text] = holds
    if holds:
        raise PydanticCustomError("identity_number", "holds an identity number")
    return text


def _plain(text: str, folds: Mapping[int, str]) -> bytes:
    """A text in the bytes that its signs stand by (`_BYTES`)."""
    return (text if text.isascii() else text.translate(folds)).encode("latin-1", "replace").upper()


def _fold(character: str) -> str:
    """By what a sign stands: one for a digit (①, ², Ⅸ, 〣) by that digit, any other by what Unicode takes it for."""
    known = _BYTES.get(character)
    value = unicodedata.numeric(character, -1) if _is_sign(character) else unicodedata.decimal(character, -1)
    if known or value in range(10):
        return known or str(int(value))
    like = normalized("NFKC", character).upper()
    return "".join(one if one < "\x80" else _BYTES.get(one) or str(unicodedata.decimal(one, "?")) for one in like)


def _is_sign(character: str) -> bool:
    """Whether it is a number by itself."""
    return unicodedata.category(character) in {"No", "Nl"}


def _is_like_another(character: str) -> bool:
    return character < "\u0100" or character.isnumeric() or unicodedata.decomposition(character) != ""


_FOLDS: Final = {
    ord(character): fold
    for character in (
        *_BYTES,
        *filter(_is_like_another, map(chr, (*range(0x80, 0x3400), *range(0xA000, 0xAC00), *range(0xF900, 0x20000)))),
    )
    if (fold := _fold(character)).strip("?") or character < "\u0100"
}
"""Of all signs outside ASCII that say anything; between these planes are Chinese characters, which are like no other."""
_FOLDS_WITHOUT_SIGNS: Final = {code: " " if _is_sign(chr(code)) else fold for code, fold in _FOLDS.items()}


def _number(words: bytes) -> bytes:
    """What a numeral up to 99 says (二十三)."""
    tens, ten, ones = words.rpartition(b"\x90")
    return b"%d" % (((tens[-1] - 0x90 if tens else 1) * 10 if ten else 0) + (ones[-1] - 0x90 if ones else 0))


_NUMBERS: Final = {words: _number(words) for length in (1, 2, 3) for words in map(bytes, product(range(0x90, 0x9A), repeat=length))}


_TWO_DIGITS: Final = {b"%d" % number: b"%02d" % number for number in range(10)}


def _with_whole_days(text: bytes) -> bytes:
    """The same with each day written in eight digits."""
    return _DAY.sub(_whole_day, _DAY_IN_WORDS.sub(lambda found: _NUMBERS[found[0]], text))


def _whole_day(found: re.Match[bytes]) -> bytes:
    year, month, day = found.groups()
    return year + _TWO_DIGITS.get(month, month) + _TWO_DIGITS.get(day, day) + b" "


def _is_identity_number(found: _Found) -> bool:
    number = found.number
    # One in eleven has the right last character by chance.
    weighted = sum(map(mul, number, _WEIGHTS)) - ord("0") * sum(_WEIGHTS)
    if _CHECKS[weighted % 11] != number[-1] or not _is_place(number[:6], exactly=not found.is_whole):
        return False
    try:
        born = datetime(int(number[6:10]), int(number[10:12]), int(number[12:14]), tzinfo=UTC)
    except ValueError:
        return False
    return born < datetime.now(UTC) + timedelta(days=1)


def _is_place(code: bytes, *, exactly: bool) -> bool:
    """Whether there is, or was, a county or its like of this code (GB/T 2260); unless `exactly`, a prefecture will do, since new
    counties are not all listed."""
    return code in _UNLISTED or (code if exactly else code[:4] + b"00") in _counties()


@cache
def _counties() -> frozenset[bytes]:
    provinces = numdb.get("cn/loc").prefixes
    return frozenset((province + county).encode() for _, province, _, _, counties in provinces for _, county, *_ in counties)


def _in_pieces(reading: bytes) -> Iterator[bytes]:
    """The pieces of a text with a blank between them, of all and without short ones, forwards, backwards, or with the last first,
    wherever a day of birth may be among them."""
    pieces = _PIECES.findall(reading)
    for shortest in (1, 2, 3):
        kept = _but_short(pieces, shortest)
        if shortest == 1 or len(kept) < len(pieces):
            forwards, last_first = b" ".join(kept), b" ".join(reversed(kept))
            digits = forwards.translate(None, _NO_DIGITS)
            if _BORN.search(digits):
                yield forwards
            if _BORN.search(digits[::-1]):
                yield b" ".join(_but_short(_PIECES.findall(reading[::-1]), shortest))
            if _BORN.search(last_first.translate(None, _NO_DIGITS)):
                yield last_first


def _but_short(pieces: list[bytes], shortest: int) -> list[bytes]:
    return [piece for piece in pieces if len(piece) >= shortest or piece == b"X"] if shortest > 1 else pieces


def _glued(text: bytes) -> Iterator[_Found]:
    for born in _BORN.finditer(text):
        start = born.start() - _BEFORE_BORN
        number = text[start : start + _LENGTH] if start >= 0 else b""
        if len(number) == _LENGTH and number[:-1].isdigit() and number[-1] in _CHECKS:
            yield _Found(number, is_whole=False)


def _joined(pieces: bytes) -> Iterator[_Found]:
    """Of pieces with a blank between them."""
    for found in _IN_PIECES.finditer(pieces):
        number, x, between, last = found.groups()
        digits, is_whole = number.translate(None, b" X"), number.isdigit()
        if x:
            yield _Found(digits + x, is_whole)
        if last:
            yield _Found(digits + last, is_whole and not between)
