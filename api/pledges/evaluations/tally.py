"""What has been said of a pledge, counted: who said what is told of nobody but the author and the organisation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from api.adapters.cipher import Cipher
from api.database import Work
from api.pledges.evaluations import queries
from api.pledges.evaluations.rules import FEWEST_PEERS
from api.pledges.evaluations.sealing import words_of
from models.enums import EvaluationSource, Grade

MOST_WORDS: Final = 50
"""So many words of the masses stand on a page."""


@dataclass(frozen=True)
class Comment:
    """What the organisation says in words of a half or a year."""

    period: str
    grade: Grade
    words: str | None
    created_at: datetime


@dataclass(frozen=True)
class Tally:
    """How often each grade was given: by the masses those that count, with how many are yet to count or void; by peers None while
    they are few. `organization` is the grade of the year, or before that of the newest half."""

    masses: Mapping[Grade, int]
    waiting: int
    voided: int
    peers: Mapping[Grade, int] | None
    own: Grade | None
    organization: Grade | None
    comments: Sequence[Comment]

    def told(self) -> dict[str, object]:
        """What of it everybody may know who sees the pledge, by the words that are stored."""
        masses = {grade.value: number for grade, number in self.masses.items()}
        return {
            "masses": {**masses, "waiting": self.waiting, "voided": self.voided},
            "peers": self.peers and {grade.value: number for grade, number in self.peers.items()},
            "self": self.own and self.own.value,
            "organization": self.organization and self.organization.value,
        }


@dataclass(frozen=True)
class Words:
    """What somebody of the masses said, as strangers read it."""

    grade: Grade
    words: str
    at: datetime


def tally_of(work: Work, pledge_id: UUID, cipher: Cipher) -> Tally:
    """What has been said of a pledge."""
    found = queries.counts(work, pledge_id)
    masses = [one for one in found if one.source is EvaluationSource.masses]
    peers = [one for one in found if one.source is EvaluationSource.peers]
    told = queries.of_author_and_organization(work, pledge_id)
    own = [one.grade for one in told if one.source is EvaluationSource.self]
    # A year sorts before its halves.
    of_organization = sorted((one for one in told if one.source is EvaluationSource.organization), key=lambda one: one.period)
    of_year = [one for one in of_organization if len(one.period) == len("2026")]
    return Tally(
        masses=_by_grade([one for one in masses if not (one.is_void or one.is_waiting)]),
        waiting=sum(one.number for one in masses if one.is_waiting and not one.is_void),
        voided=sum(one.number for one in masses if one.is_void),
        peers=_by_grade(peers) if sum(one.number for one in peers) >= FEWEST_PEERS else None,
        own=own[-1] if own else None,
        organization=(of_year or of_organization)[-1].grade if of_organization else None,
        comments=[Comment(one.period, one.grade, words_of(one, cipher), one.created_at) for one in of_organization],
    )


def words_shown(work: Work, pledge_id: UUID, cipher: Cipher) -> list[Words]:
    """The newest words of the masses about a pledge that its reviewer lets strangers read."""
    shown = queries.shown(work, pledge_id, MOST_WORDS)
    return [Words(one.grade, words, one.created_at) for one in shown if (words := words_of(one, cipher))]


def _by_grade(found: Sequence[queries.Count]) -> dict[Grade, int]:
    return {grade: sum(one.number for one in found if one.grade is grade) for grade in Grade}
