"""Pledges as they are worked on: those that the caller may see, held in the order of the house with what they stand below."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from api.access.scope import Access
from api.database import Work
from api.errors import NotFound, PreconditionFailed
from api.members.service import organization_of_member
from api.organizations.service import branch_of
from api.pledges import queries, rules
from api.pledges.rules import Facts
from api.pledges.showing import show_pledges_of_members
from models.enums import PledgeState, TextDecision
from models.member import Member
from models.pledge import Pledge
from models.pledge_text import PledgeText


class Share(NamedTuple):
    """What a pledge adds to the sums of the one that it stands below: its weight, and that times its percentage."""

    parent_id: UUID | None
    weight: int
    points: int


def share_of(pledge: Pledge) -> Share:
    """The share of a pledge as it stands; nothing where it stands below none, or does not count."""
    counts = pledge.parent_id is not None and pledge.state in rules.ROLLED_UP
    return Share(pledge.parent_id, pledge.weight, pledge.weight * pledge.percent) if counts else Share(None, 0, 0)


@dataclass(frozen=True)
class Held:
    """Pledges that are held, with their authors, and `above`, together with them, those that they stand below. `shares` are what
    of these has been counted."""

    pledges: Mapping[UUID, Pledge]
    above: Mapping[UUID, Pledge]
    members: Mapping[UUID, Member]
    texts: Mapping[UUID, Sequence[PledgeText]]
    shares: dict[UUID, Share]

    @classmethod
    def to_follow(cls, pledges: Mapping[UUID, Pledge]) -> "Held":
        """Pledges that are held already, so that what is above them follows when they change."""
        return cls({}, pledges, {}, {}, {key: share_of(one) for key, one in pledges.items()})

    def facts(self, pledge: Pledge) -> Facts:
        return facts_of(pledge, self.texts.get(pledge.id, ()))

    def text(self, pledge: Pledge) -> PledgeText:
        """The text that is reviewed: that of the amendment where one waits, else the one that was submitted."""
        no = pledge.amendment_no or pledge.text_no
        return next(text for text in self.texts[pledge.id] if text.no == no)

    def is_by_all_members(self, pledge: Pledge) -> bool:
        """Whether all members of the branch have voted for the text that stands."""
        return any(text.vote_eligible is not None for text in self.texts.get(pledge.id, ()) if text.no == pledge.text_no)


@dataclass(frozen=True)
class HeldOne(Held):
    """One of them."""

    pledge: Pledge

    @property
    def member(self) -> Member | None:
        return self.members.get(self.pledge.member_id) if self.pledge.member_id else None


def places_of(work: Work, access: Access) -> list[UUID]:
    """Where a caller is at home as a member: his branch and its groups; empty for an account without a member."""
    home = organization_of_member(work, access.member_id) if access.member_id else None
    branch = branch_of(work, home) if home else None
    return [branch.id, *queries.groups_below(work, branch.id)] if branch else []


def seen_by(work: Work, access: Access) -> queries.Pledges:
    """The pledges that a caller may see."""
    return queries.seen(work, access, places_of(work, access))


def seen_one(work: Work, access: Access, pledge_id: UUID) -> Pledge:
    """One pledge that a caller may see. Raises `NotFound`."""
    for pledge in queries.found(work, queries.among(seen_by(work, access), [pledge_id])):
        return pledge
    raise NotFound


def hold_pledges(work: Work, access: Access, pledge_ids: Collection[UUID]) -> Held:
    """Those of some pledges that a caller may see. Organisations and members are held before them, as wherever these are."""
    seen = queries.among(seen_by(work, access), pledge_ids)
    found = queries.found(work, seen)
    queries.keep_places(work, {one.organization_id for one in found})
    held = hold_all(work, found)
    still = {one.id for one in queries.found(work, seen)} if work.writes else {one.id for one in found}
    pledges = {key: one for key, one in held.pledges.items() if key in still}
    return replace(held, pledges=pledges)


def hold_all(work: Work, pledges: Sequence[Pledge]) -> Held:
    """Pledges that were read without a lock, held as they are then, whoever may see them.

    Raises `PreconditionFailed` where one has come to stand below another meanwhile.
    """
    members = queries.hold_members(work, {one.member_id for one in pledges if one.member_id})
    keys = {one.id for one in pledges}
    above = queries.hold(work, keys | queries.line_above(work, pledges))
    if not {one.parent_id for one in above.values() if one.parent_id} <= above.keys():
        raise PreconditionFailed
    mine = {key: above[key] for key in keys & above.keys()}
    return replace(Held.to_follow(above), pledges=mine, members=members, texts=queries.texts(work, keys))


def hold_pledge(work: Work, access: Access, pledge_id: UUID) -> HeldOne:
    """One pledge that a caller may see, held. Raises `NotFound`."""
    held = hold_pledges(work, access, [pledge_id])
    if pledge_id not in held.pledges:
        raise NotFound
    return HeldOne(**vars(held), pledge=held.pledges[pledge_id])


def facts_of(pledge: Pledge, texts: Sequence[PledgeText]) -> Facts:
    """What is decided by, of a pledge with its texts."""
    waiting = next((text for text in texts if text.no == pledge.amendment_no), None)
    amendment = None
    if waiting is not None:
        amendment = PledgeState.approved if waiting.decision is TextDecision.approved else PledgeState.submitted
    return Facts(pledge.state, pledge.year, pledge.due_on, pledge.claim_outcome, amendment)


def tell(work: Work, held: Held, pledges: Collection[Pledge]) -> None:
    """Let what follows from changed pledges follow: the percentage of those above them, and what a scan tells of their authors."""
    work.flush()
    _roll_up(work, held)
    if authors := {one.member_id for one in pledges if one.member_id and one.published_at}:
        show_pledges_of_members(work, authors)


def _roll_up(work: Work, held: Held) -> None:
    """Take what has changed of each share out of the sums above or add it there, step by step up to the top: how many others stand
    below a pledge, nobody need know."""
    changed = set(held.above)
    while changed:
        sums: dict[UUID, Counter[str]] = {}
        for key in changed:
            former, share = held.shares[key], share_of(held.above[key])
            held.shares[key] = share
            for one, sign in ((former, -1), (share, 1)):
                if one.parent_id is not None and former != share:
                    sums.setdefault(one.parent_id, Counter()).update(weight=sign * one.weight, points=sign * one.points)
        for key, more in sorted(sums.items()):
            queries.add_below(work, key, more["weight"], more["points"])
            if held.above[key].state is PledgeState.published:
                held.above[key].percent = percent_of(work, held.above[key])
        work.flush()
        changed = set(sums)


def percent_of(work: Work, pledge: Pledge) -> int:
    """How far a pledge is: by those below it, where there are any, else as was told last."""
    percent = rules.rolled_up(*queries.sums_below(work, pledge.id))
    return queries.last_percent(work, pledge.id) if percent is None else percent


def touch(work: Work, pledge: Pledge) -> None:
    """Count another version of a pledge whose own columns stay as they are."""
    pledge.updated_at = work.at
    work.flush()
