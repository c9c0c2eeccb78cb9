"""What the sections of a profile hold: the shapes that the rooms write and a scan reads.

A section holds what may become public, with the days from and until which it may, since it is written when something changes and
not when a day comes: `verification/rules.py` judges at each scan what of it is shown.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypedDict


class Section(StrEnum):
    """The sections, as their columns are called."""

    posts = "posts"
    honors = "honors"
    pledges = "pledges"


class PostEntry(TypedDict):
    """A post that a member holds: for one within the Party its word."""

    post: str


Entries = Sequence[Mapping[str, object]]
"""What a section holds of one member, in the order in which it is shown, of nothing but what JSON has."""
