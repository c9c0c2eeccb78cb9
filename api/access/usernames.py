"""User names as they are compared: letters that look alike must not make two names of one."""

import unicodedata
from typing import Any

SCRIPTS = frozenset({"LATIN", "CJK"})
"""The scripts that people here write their names in, as the names of Unicode's characters begin."""


def folded_name(text: Any) -> Any:
    """A name in the form that is stored and asked for (Unicode's NFKC): letters of full width are the plain ones."""
    return unicodedata.normalize("NFKC", text) if isinstance(text, str) else text


def of_one_script(name: str) -> str:
    """The name itself. Raises ValueError where its letters are not all Latin, or all Chinese: a Cyrillic letter looks like a Latin
    one."""
    scripts = {unicodedata.name(letter, "?").split()[0] for letter in name if letter.isalpha()}
    if len(scripts) > 1 or not scripts <= SCRIPTS:
        raise ValueError
    return name
