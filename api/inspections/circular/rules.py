"""How much stands in a circular."""

from typing import ClassVar, Final

from api.errors import Invalid, Text

MOST_FINDINGS: Final = 200
PHOTOS_EACH: Final = 2
"""So many pictures of a finding are printed, those that were brought first."""


class TooManyFindings(Invalid):
    text: ClassVar[Text] = Text(
        f"一份通报最多列{MOST_FINDINGS}个问题。请缩短时间，或只选一个下级组织或一类阵地。",
        f"A circular holds at most {MOST_FINDINGS} findings. Ask for a shorter time, an organisation below, or one kind of venue.",
    )
