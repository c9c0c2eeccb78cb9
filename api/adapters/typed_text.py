"""Text as people type it: hidden characters, wide digits, blanks where none belong. Knows no file and no rule."""

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs"})


def legible(text: str) -> str:
    """`text` without what nobody sees (control and format characters, lone surrogates), every stretch of white space one blank.

    Private-use and not yet assigned characters stay: some are the rare characters of a name, and whoever reads the name decides.
    """
    if not text.isprintable():
        text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    return " ".join(text.split())


def narrow(text: str) -> str:
    """`legible(text)` with full-width forms as their ordinary ones (Unicode NFKC): ９９０ becomes 990."""
    return legible(unicodedata.normalize("NFKC", text))


MOST_MARKS = 2
"""So many combining marks stand on one letter in any language; more of them run over the lines around a name."""


def is_shown_well(text: str) -> bool:
    """Whether words can stand on a page for strangers: something of them is seen, and nothing runs out of its line."""
    marks, seen = 0, False
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        seen = seen or (marks == 0 and not character.isspace())
        if marks > MOST_MARKS:
            return False
    return seen


def shown_name(text: str) -> str:
    """A name for strangers to read, without what nobody sees. Raises ValueError where it does not fit a page (`is_shown_well`)."""
    name = legible(text)
    if not is_shown_well(name):
        raise ValueError
    return name
