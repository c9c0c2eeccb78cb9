"""What the sections of a profile hold: the shapes that the rooms write and a scan reads.

A section holds what may become public, with the days from and until which it may, since it is written when something changes and
not when a day comes: `rules.py` judges at each scan what of it is shown.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypedDict

from msgspec import Struct


class Section(StrEnum):
    """The sections, as their columns are called."""

    posts = "posts"
    honors = "honors"
    pledges = "pledges"


class DutyOfPost(TypedDict, total=False):
    """What is told of a post that has more to tell than its word: what is not told is left out. Days are as ISO 8601 writes them;
    `until` is the first on which he does not hold it any more. `organization` is whose post it is where that is not the member's
    own, and `sent_by` who has sent him."""

    title: str
    slot: str
    organization: str
    sent_by: str
    duties: list[str]
    since: str
    until: str


class PostEntry(DutyOfPost):
    """A post that a member holds: for one within the Party its word, else its kind."""

    post: str


class ProgressEntry(Struct, frozen=True):
    """What was last told strangers of a pledge: the day, as ISO 8601 writes it, and the note."""

    happened_on: str
    note: str


class PledgeEntry(Struct, frozen=True):
    """A pledge that is public and was published, and not withdrawn since; words and days as they are stored and as ISO 8601 writes
    them. `is_claimed`: its author has said what has become of it, and nobody has decided yet."""

    id: str
    kind: str
    category: str
    content: str
    measure: str
    due_on: str
    year: int
    percent: int
    state: str
    is_claimed: bool
    outcome_reason: str | None
    last_progress: ProgressEntry | None
    settled_on: str | None


class HonorEntry(Struct, frozen=True):
    """A public honour that was not withdrawn; days as ISO 8601 writes them. `valid_until`: the last day on which it is borne."""

    title: str
    level: str
    awarded_by: str
    awarded_on: str
    valid_until: str | None


Entries = Sequence[Mapping[str, object]]
"""What a section holds of one member, in the order in which it is shown, of nothing but what JSON has."""
