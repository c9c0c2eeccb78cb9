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
