"""Text as people type it: hidden characters, wide digits, blanks where none belong. Knows no file and no rule."""

import re
import unicodedata
from typing import Final, Literal

_UNSEEN = frozenset({"Cc", "Cf", "Cs"})
_EMPTY = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffc\U0001d159") | frozenset(
    map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10)))
)
"""Letters, marks and signs of which nothing is seen (Unicode's Default_Ignorable_Code_Point), the empty pattern of Braille and the
empty note, which look like a blank, and the place of an object that is not there. Selectors that choose how a rare character of a
name is written (U+E0100 and on) stay."""


_RUN: Final = re.compile("(?:[^\\w\0-\x7f]|[\uff9e\uff9f]){30}")
"""So many of what may be a mark on the letter before it: all that is no letter, and two that are one half as wide."""
_END_OF_RUN: Final = r"\g<0>" "\u034f"


def normalized(form: Literal["NFKC", "NFKD"], text: str) -> str:
    """`text` in a form of Unicode's, in time that grows with its length alone: to put a run of marks in order takes the square of
    its length. So a longer run than any language has is broken by a sign that is not seen, which `legible` leaves out (UAX 15,
    section 13, the Stream-Safe Text Format)."""
    return unicodedata.normalize(form, _RUN.sub(_END_OF_RUN, text))


def legible(text: str) -> str:
    """`text` without what nobody sees (control and format characters, lone surrogates, empty letters), every stretch of white space
    one blank.

    Private-use and not yet assigned characters stay: some are the rare characters of a name, and whoever reads the name decides.
    """
    if not text.isprintable():
        text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    if not _EMPTY.isdisjoint(text):
        text = "".join(c for c in text if c not in _EMPTY)
    return " ".join(text.split())


def narrow(text: str) -> str:
    """`legible(text)` with full-width forms as their ordinary ones (Unicode NFKC): ９９０ becomes 990."""
    return legible(normalized("NFKC", text))


RARE_CHINESE = range(0x20000, 0x3FFFE)
MOST_MARKS = 2
"""So many combining marks stand on one letter in any language; more of them run over the lines around a name."""


def fitted(text: str) -> str:
    """As much of some words as fits a page for strangers: without marks that run out of the line, and without characters that their
    fonts do not know: those of private use, and those that Unicode has not assigned but in the planes of rare Chinese characters,
    which grow with each of its versions."""
    marks, kept = 0, []
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Mc", "Me") else 0
        is_unknown = category == "Co" or (category == "Cn" and ord(character) not in RARE_CHINESE)
        if marks <= MOST_MARKS and not is_unknown:
            kept.append(character)
    return "".join(kept)


def is_shown_well(text: str) -> bool:
    """Whether words can stand on a page for strangers: something of them is seen, and all of them fits (`fitted`)."""
    if text.isascii() and text.isprintable():
        return not text.isspace() and text != ""
    is_seen = any(unicodedata.category(character) not in ("Mn", "Me") and not character.isspace() for character in text)
    return is_seen and fitted(text) == text


def shown_words(text: str) -> str:
    """One line of words for others to read, without what nobody sees. Raises ValueError where it does not fit a page
    (`is_shown_well`)."""
    words = legible(text)
    if not is_shown_well(words):
        raise ValueError
    return words


def legible_lines(text: str) -> str:
    """`legible(text)` line by line; the ends of lines stay."""
    return "\n".join(map(legible, text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))).strip()


def shown_lines(text: str) -> str:
    """The same as `shown_words` of several lines."""
    lines = legible_lines(text)
    if not lines or not all(is_shown_well(line) for line in lines.split("\n") if line):
        raise ValueError
    return lines
