"""User names as they are compared: letters that look alike must not make two names of one."""

import re
import unicodedata
from typing import Any, Final

from pydantic_core import PydanticKnownError

from api.adapters.typed_text import narrow, normalized

LONGEST_NAME: Final = 64
UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_LONGEST_TYPED: Final = 4 * LONGEST_NAME
"""Before it is folded: marks and blanks go."""


def typed_name(text: Any) -> Any:
    """`folded_name` of what somebody has sent. Raises PydanticKnownError where no name is that long."""
    if isinstance(text, str) and len(text) > _LONGEST_TYPED:
        raise PydanticKnownError("string_too_long", {"max_length": LONGEST_NAME})
    return folded_name(text)


def folded_name(text: Any) -> Any:
    """A name in the form that is stored and asked for: letters of full width are the plain ones (Unicode's NFKC), those with
    marks the ones without, capitals small, and nothing unseen. What no database takes stays, to be refused."""
    if not isinstance(text, str) or UNSTORABLE.search(text):
        return text
    decomposed = normalized("NFKD", text)
    plain = "".join(character for character in decomposed if unicodedata.category(character) not in ("Mn", "Me"))
    return narrow(plain).lower()


def of_one_script(name: str) -> str:
    """The name itself. Raises ValueError where its letters are not all the 26 Latin ones, or all Chinese characters, or where
    anything else in it is not ASCII: a Cyrillic letter looks like a Latin one, and so does many a Latin one beyond the 26, a mark
    beside a letter is hardly seen, and there are other underscores than the one."""
    others = [letter for letter in name if not letter.isascii()]
    if not all(unicodedata.name(letter, "?").startswith("CJK UNIFIED IDEOGRAPH") for letter in others):
        raise ValueError
    if others and any(letter.isascii() and letter.isalpha() for letter in name):
        raise ValueError
    return name
