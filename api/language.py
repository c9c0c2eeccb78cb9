"""The two languages that people are answered in."""

import re
from enum import StrEnum
from functools import lru_cache

from api.errors import Text

_READ_CHINESE = frozenset({"zh", "cmn", "yue", "wuu", "nan", "hak", "bo", "ii", "mn", "ug", "za"})
"""Chinese, and the other languages of China whose speakers are answered in it."""

_USUAL = 100
"""Characters of a header that is worth remembering: browsers send a few dozen different ones."""
_LONGEST = 500
"""Characters of a header that are read."""


class Language(StrEnum):
    zh = "zh"
    en = "en"


def said(text: Text, language: Language) -> str:
    """A sentence in one of the two languages."""
    return text.zh if language is Language.zh else text.en


_RANGE = re.compile(r"\s*([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9]{1,8})*\s*(?:;\s*[qQ]\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?")


def preferred(accept_language: str | None) -> Language:
    """Choose from an `Accept-Language` header (RFC 9110, section 12.5.4): English where it ranks above Chinese, or where only other
    countries' languages are named; Chinese otherwise. Tibetan, Yi, Mongolian, Uyghur and Zhuang count as Chinese.

    A language counts with the best weight that any of its variants has; `*` stands for the ones not named. What cannot be
    read in the header is passed over.
    """
    wanted = (accept_language or "")[:_LONGEST]
    return _usual(wanted) if len(wanted) <= _USUAL else _choose(wanted)


def _choose(accept_language: str) -> Language:
    weights: dict[str, float] = {}
    for part in accept_language.split(","):
        if found := _RANGE.fullmatch(part):
            language, weight = found[1].lower(), min(float(found[2] or 1), 1.0)
            weights[language] = max(weight, weights.get(language, 0.0))
    unnamed = weights.get("*", 0.0)
    chinese = max((weight for language, weight in weights.items() if language in _READ_CHINESE), default=unnamed)
    foreign = max((weight for language, weight in weights.items() if len(language) in {2, 3}), default=0.0)
    english = weights.get("en", unnamed)
    return Language.en if english > chinese or (chinese == 0 and foreign > 0) else Language.zh


_usual = lru_cache(maxsize=1024)(_choose)
