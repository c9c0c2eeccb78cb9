"""What is told of a round: who takes part in it, what is said of each, and how many may be excellent."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from api.access.names import named
from api.access.scope import Access
from api.database import Work
from api.performance.appraisals import queries, rules
from api.performance.appraisals.rules import FEWEST_PEERS, Votes, most_excellent
from api.performance.scores.telling import totals_of
from models.appraisal import Appraisal, AppraisalItem
from models.appraisal_enums import AppraisalGrade, AppraisalState


@dataclass(frozen=True)
class Standing:
    """A member as he stands in a round. `is_graded` tells of an open round whether he is a full member now."""

    item: AppraisalItem
    member_name: str
    is_graded: bool


@dataclass(frozen=True)
class Told:
    """A round with all that is told of it; of each item its fields, in the order of the names."""

    appraisal: Appraisal
    fields: Mapping[str, Any]


def standings(
    work: Work, appraisals: Sequence[Appraisal], member_ids: Collection[UUID] | None = None
) -> dict[UUID, list[Standing]]:
    """Who takes part in rounds, or which of some members do, by round and in the order of the names: in an open one the branch's
    members as they are now, no more than a round is held by, whoever has come meanwhile with an item that is not stored yet; in a
    closed one those whom it counts."""
    keys = [one.id for one in appraisals]
    is_open = {one.id: one.state is AppraisalState.open for one in appraisals}
    found: dict[UUID, list[Standing]] = {key: [] for key in keys}
    stored: dict[tuple[UUID, UUID], AppraisalItem] = {}
    for item, name in queries.items(work, keys, member_ids):
        stored[item.appraisal_id, item.member_id] = item
        if item.is_counted and not is_open[item.appraisal_id]:
            found[item.appraisal_id].append(Standing(item, name, item.is_graded))
    still_open = [key for key in keys if is_open[key]]
    # Of none SQLite would look at every member.
    some_belong = queries.belonging(work, still_open, member_ids, rules.MOST_MEMBERS) if still_open else ()
    for key, member_id, name, is_full in some_belong:
        known = stored.get((key, member_id))
        item = known or AppraisalItem(appraisal_id=key, member_id=member_id, is_graded=is_full)
        found[key].append(Standing(item, name, is_full))
    for some in found.values():
        some.sort(key=lambda one: (one.member_name, one.item.member_id))
    return found


def tell_appraisals(work: Work, access: Access, appraisals: Sequence[Appraisal]) -> list[Told]:
    """Rounds with all that is told of them, by few statements however many there are."""
    taking_part = standings(work, appraisals)
    peers = peers_of(work, [one for some in taking_part.values() for one in some])
    scores = _scores(work, access, appraisals, taking_part)
    told = []
    for appraisal, fields in zip(appraisals, named(work, access, appraisals), strict=True):
        some = taking_part[appraisal.id]
        items = [_item(one, peers.get(one.item.id), scores.get((appraisal.year, one.item.member_id))) for one in some]
        most = most_excellent(sum(one.is_graded for one in some))
        told.append(Told(appraisal, {**fields, "most_excellent": most, "items": items}))
    return told


def peers_of(work: Work, some: Sequence[Standing]) -> dict[UUID, dict[AppraisalGrade, int]]:
    """How often peers gave each grade of those whom enough of them have graded, by item."""
    found: dict[UUID, dict[AppraisalGrade, int]] = {}
    for item_id, grade, number in queries.peers(work, [one.item.id for one in some]):
        found.setdefault(item_id, dict.fromkeys(AppraisalGrade, 0))[grade] = number
    return {key: grades for key, grades in found.items() if sum(grades.values()) >= FEWEST_PEERS}


def votes_of(item: AppraisalItem) -> Votes | None:
    """The votes about a member; None before any are written down."""
    if item.votes_excellent is None:
        return None
    return Votes(
        excellent=item.votes_excellent,
        qualified=item.votes_qualified or 0,
        basically_qualified=item.votes_basically_qualified or 0,
        unqualified=item.votes_unqualified or 0,
        abstained=item.votes_abstained or 0,
    )


def _scores(
    work: Work, access: Access, appraisals: Sequence[Appraisal], taking_part: Mapping[UUID, Sequence[Standing]]
) -> dict[tuple[int, UUID], float]:
    """What those who take part in rounds have come to in their years, where the caller may be told: not to an officer above."""
    led, of_year = queries.led(work, access, appraisals), dict[int, set[UUID]]()
    for one in appraisals:
        if one.id in led:
            of_year.setdefault(one.year, set()).update(standing.item.member_id for standing in taking_part[one.id])
    return {(year, key): total for year, keys in of_year.items() for key, total in totals_of(work, keys, year).items()}


def _item(one: Standing, peers: Mapping[AppraisalGrade, int] | None, score: float | None) -> dict[str, Any]:
    item = one.item
    return {
        "member_id": item.member_id,
        "member_name": one.member_name,
        "is_graded": one.is_graded,
        "self_grade": item.self_grade,
        "self_words": item.self_words,
        "peers": peers,
        "votes": votes_of(item),
        "grade": item.grade,
        "comment": item.comment,
        "score": score,
    }
