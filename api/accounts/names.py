"""User names that people can spell: their own names in pinyin, as on a passport (吕 is lv there, too)."""

import re
import unicodedata
from collections.abc import Container

from api.adapters.typed_text import normalized

SHORTEST, LONGEST = 3, 20
FALLBACK = "member"
SURNAMES = {
    "仇": "qiu", "任": "ren", "区": "ou", "单": "shan", "员": "yun", "折": "she", "曾": "zeng", "朴": "piao", "查": "zha",
    "欧": "ou", "盖": "ge", "种": "chong", "秘": "bi", "繁": "po", "缪": "miao", "翟": "zhai", "华": "hua", "解": "xie",
    "覃": "qin", "钭": "tou", "召": "shao", "黑": "he", "乜": "nie", "尉": "wei", "洗": "xian", "那": "na", "隗": "wei",
}  # fmt: skip
"""Single characters that are read otherwise as a surname than elsewhere."""
COMPOUND_SURNAMES = {
    "万俟": "moqi", "尉迟": "yuchi", "单于": "chanyu", "长孙": "zhangsun", "澹台": "tantai", "乐正": "yuezheng",
    "宰父": "zaifu", "夏侯": "xiahou", "皇甫": "huangfu", "鲜于": "xianyu", "令狐": "linghu", "呼延": "huyan",
}  # fmt: skip


def base_of(full_name: str) -> str:
    """The name in small Latin letters without tones; at most twenty, which can still be read from a
    slip and typed; `FALLBACK` where that leaves fewer than three."""
    # Its dictionaries take 50 MB and a tenth of a start, and are asked where accounts are made or names put in order.
    from pypinyin import lazy_pinyin

    surname, given = _surname(full_name)
    read = surname + "".join(lazy_pinyin(given, errors=_unread))
    # Letters without their marks: é is e.
    letters = re.sub(r"[^a-z]", "", normalized("NFKD", read).lower())[:LONGEST]
    return letters if len(letters) >= SHORTEST else FALLBACK


def reading_of(name: str) -> str:
    """What names are put in order by: how they are read, then how they are written."""
    return f"{base_of(name)}\0{name}"


def next_free(base: str, taken: Container[str]) -> str:
    """The base itself, or with the lowest number from 2 on that makes it free. The fallback always bears a number, from 1 on."""
    if base != FALLBACK and base not in taken:
        return base
    number = 1 if base == FALLBACK else 2
    while f"{base}{number}" in taken:
        number += 1
    return f"{base}{number}"


def _unread(characters: str) -> str:
    """What stands for characters that pypinyin does not know: x for each rare one, so that more than the surname is left."""
    return "".join(
        "x" if unicodedata.category(character) in ("Lo", "Co") and ord(character) > 0x2E7F else character
        for character in characters
    )


def _surname(name: str) -> tuple[str, str]:
    if (compound := name[:2]) in COMPOUND_SURNAMES and len(name) > 2:
        return COMPOUND_SURNAMES[compound], name[2:]
    # A surname of two characters that is none of the above begins a word that pypinyin knows by itself.
    if name[:1] in SURNAMES and not name.startswith("欧阳"):
        return SURNAMES[name[0]], name[1:]
    return "", name
