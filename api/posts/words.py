"""What is said of posts, in both languages."""

from collections.abc import Mapping
from typing import Final

from api.errors import Text
from models.post_enums import HoldingHow

HOW: Mapping[HoldingHow, Text] = {
    HoldingHow.appointed: Text("任命", "appointed"),
    HoldingHow.elected: Text("选举", "elected"),
    HoldingHow.applied: Text("个人申报", "applied"),
    HoldingHow.recommended: Text("推荐", "recommended"),
}

LETTER: Final = "岗位责任书.pdf"
"""What the letter of duty is called as a file."""
