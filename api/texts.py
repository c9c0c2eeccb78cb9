"""The text of a column of which no type need be made: somebody else may have written anything there."""

from typing import Final

from sqlalchemy import LargeBinary, Text

AS_TEXT: Final = Text().with_variant(LargeBinary(), "sqlite")
"""What a column is cast to whose text is read by `text_of`: SQLite keeps whatever bytes it is given as a text, and its driver reads
no row that has some other than UTF-8."""


def text_of(value: str | bytes | None) -> str:
    """The text of a column that was read as `AS_TEXT`; what is no text in UTF-8 is told by signs that stand for none."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value or ""
