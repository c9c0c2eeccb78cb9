"""What a number format shows of a day: only what is shown was meant by whoever typed it (ECMA-376 part 1, 18.8.30 and 18.8.31)."""

import re
from collections.abc import Mapping
from functools import lru_cache

GENERAL = ""

_BUILT_IN: Mapping[int, str] = {
    14: "ymd",
    15: "ymd",
    16: "md",
    17: "ym",
    **dict.fromkeys((18, 19, 20, 21, 45, 47), "h"),
    22: "ymdh",
    **dict.fromkeys((27, 36, 50, 52, 57), "ym"),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), "md"),
    **dict.fromkeys((30, 31), "ymd"),
    **dict.fromkeys((32, 33, 34, 35, 55, 56), "h"),
}
"""The formats that need not be written into the file, those from 27 on as a Chinese program shows them."""

_LITERAL = re.compile(r'"[^"]*"?|\\.|_.|\*.')
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]")
_CONDITION = re.compile(r"\[[<>=]")
_BRACKET = re.compile(r"\[[^\[\]]*\]")
_NO_LETTERS = re.compile(r"general|am/pm|a/p|e[+-]")
_RUN = re.compile(r"y+|m+|d+|h+|s+|e+|b+")


def shown_by(format_id: int, written: Mapping[int, str]) -> str:
    """What a format shows: of `y`, `m`, `d` and `h` (some time of day) those that it has, in this order; `GENERAL` where the cell
    is no day at all. `written` are the formats that the file itself defines, by their numbers."""
    return shown_in(written[format_id]) if format_id in written else _BUILT_IN.get(format_id, GENERAL)


@lru_cache(maxsize=256)
def shown_in(code: str) -> str:
    """As `shown_by`, of a format as it is written. Of several sections the first counts, or where a condition chooses among them
    what all of them show."""
    bare = _LITERAL.sub(" ", code).lower()
    if _ELAPSED.search(bare):
        return GENERAL
    sections = bare.split(";")
    found = [_shown(_BRACKET.sub(" ", section)) for section in (sections if _CONDITION.search(bare) else sections[:1])]
    return "".join(part for part in "ymdh" if all(part in shown for shown in found))


def _shown(section: str) -> set[str]:
    runs: list[str] = _RUN.findall(_NO_LETTERS.sub(" ", section))
    shown = set()
    for at, run in enumerate(runs):
        letter = run[0]
        if letter == "m" and ((at and runs[at - 1][0] == "h") or (at + 1 < len(runs) and runs[at + 1][0] == "s")):
            # Beside hours or seconds these are minutes.
            shown.add("h")
        elif letter == "d":
            # From three letters on it is the day of the week.
            shown |= {"d"} if len(run) < 3 else set()
        elif letter == "b":
            shown |= {"y"} if len(run) > 1 else set()
        else:
            shown.add({"y": "y", "e": "y", "m": "m", "h": "h", "s": "h"}[letter])
    return shown
