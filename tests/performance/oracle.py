"""What each organisation has of every figure, counted in plain Python from all the rows there are, against which the statements of
the rooms are held. It is written from `performance-records.md` 2, `pledges.md` 6, `posts-printing.md` 2 and `signage.md` 4, and
shares nothing with the rooms."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import SQLModel, select

from api.database import Work
from models.account import Account, RoleGrant
from models.card import Card, Plate, ScanCount
from models.complaint import Complaint
from models.evaluation import Evaluation
from models.inspection import Inspection, InspectionItem
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge
from models.pledge_text import PledgeText
from models.post import Post, PostHolding
from models.rectification import Rectification
from models.standard import Standard, StandardItem
from models.venue import Venue
from tests.clock import ZONE

Counted = dict[UUID, tuple[int, int]]
"""A numerator and a denominator, by organisation."""
Row = tuple[UUID, int, int]

FIGURES = (
    "sign_coverage",
    "sign_pass",
    "rectification_on_time",
    "card_coverage",
    "plate_coverage",
    "complaint_closing",
    "verification_count",
    "post_assignment",
    "backup_filled",
    "pledge_rate",
    "review_on_time_rate",
    "fulfillment_rate",
    "satisfaction_rate",
)
SEEN = ("published", "fulfilled", "unfulfilled", "exempted", "evaluated")


def day_of(moment: datetime) -> date:
    return moment.astimezone(ZONE).date()


@dataclass(frozen=True)
class Asked:
    """From which day to which, as of when."""

    since: date
    until: date
    as_of: datetime
    is_final: bool = True
    """Whether the period closes by it."""

    @property
    def on(self) -> date:
        return day_of(self.as_of)

    @property
    def at_most(self) -> date:
        """The day of pledges, which lies within the period."""
        return min(self.on, self.until)

    def has_come(self, moment: datetime) -> bool:
        """Whether a moment has come by then, and by the end of the period."""
        return moment <= self.as_of and day_of(moment) <= self.until


class Oracle:
    """All that stands in the tables."""

    def __init__(self, work: Work) -> None:
        def all_of(model: type[SQLModel]) -> Sequence[Any]:
            return work.exec(select(model).execution_options(populate_existing=True)).all()

        self.organizations = all_of(Organization)
        self.members = all_of(Member)
        self.accounts, self.grants = all_of(Account), all_of(RoleGrant)
        self.cards, self.plates, self.scans = all_of(Card), all_of(Plate), all_of(ScanCount)
        self.complaints = all_of(Complaint)
        self.posts, self.holdings = all_of(Post), all_of(PostHolding)
        self.venues, self.standards, self.standard_items = all_of(Venue), all_of(Standard), all_of(StandardItem)
        self.inspections, self.items = all_of(Inspection), all_of(InspectionItem)
        self.rectifications = all_of(Rectification)
        self.pledges, self.texts, self.evaluations = all_of(Pledge), all_of(PledgeText), all_of(Evaluation)

    def own(self, figure: str, asked: Asked) -> Counted:
        """What each organisation has of a figure without what is below it; those that have nothing are left out."""
        counting: Callable[[Asked], Iterator[Row]] = getattr(self, figure)
        found: defaultdict[UUID, list[int]] = defaultdict(lambda: [0, 0])
        for owner, numerator, denominator in counting(asked):
            found[owner][0] += numerator
            found[owner][1] += denominator
        return {owner: (n, d) for owner, (n, d) in found.items() if n or d}

    def rolled_up(self, figure: str, asked: Asked) -> Counted:
        """The same with everything below each, of every organisation."""
        own, parents = self.own(figure, asked), {one.id: one.parent_id for one in self.organizations}
        found = {one.id: (0, 0) for one in self.organizations}
        for owner, (numerator, denominator) in own.items():
            here: UUID | None = owner
            while here is not None:
                found[here] = found[here][0] + numerator, found[here][1] + denominator
                here = parents[here]
        return found

    def _members(self) -> Iterator[Any]:
        return (one for one in self.members if one.status in ("full", "probationary"))

    def _valid_card(self, member: Any, asked: Asked) -> Any:
        """The card that a member has of the organisation where he is, if it is valid on the day."""
        for card in (one for one in self.cards if one.member_id == member.id and one.state == "valid"):
            if card.expires_on >= asked.on and card.organization_id == member.organization_id:
                return card
        return None

    def card_coverage(self, asked: Asked) -> Iterator[Row]:
        for member in self._members():
            yield member.organization_id, self._valid_card(member, asked) is not None, 1

    def plate_coverage(self, asked: Asked) -> Iterator[Row]:
        for member in self._members():
            card = self._valid_card(member, asked)
            if card is not None:
                plates = [one for one in self.plates if one.card_id == card.id and one.withdrawn_at is None]
                yield member.organization_id, len(plates) > 0, 1

    def complaint_closing(self, asked: Asked) -> Iterator[Row]:
        subjects = {card.id: card.member_id for card in self.cards}
        hidden = set() if asked.is_final else self._reading_boards(asked.on)
        for one in self.complaints:
            if subjects.get(one.card_id) in hidden:
                continue
            if asked.since <= day_of(one.created_at) <= asked.until:
                yield one.organization_id, one.state != "open", 1

    def _reading_boards(self, on: date) -> set[UUID]:
        """The members who read boards on a day."""
        members = {one.id: one.member_id for one in self.accounts if one.member_id}
        living = (one for one in self.grants if one.ended_at is None and (one.until is None or one.until >= on))
        roles = ("deputy", "secretary", "town_officer", "district_officer")
        return {members[one.account_id] for one in living if one.role in roles and one.account_id in members}

    def verification_count(self, asked: Asked) -> Iterator[Row]:
        issuers = {card.id: card.organization_id for card in self.cards}
        for one in self.scans:
            if one.outcome == "valid" and asked.since <= day_of(one.hour) <= asked.until:
                yield issuers[one.card_id], one.count, 0

    def post_assignment(self, asked: Asked) -> Iterator[Row]:
        held = {one.member_id for one in self.holdings if self._is_current(one, asked.on)}
        for member in self.members:
            # He was a full member on that day if he had been confirmed, and had not left.
            if member.status == "full":
                is_full = member.confirmed_on is None or member.confirmed_on <= asked.on
            else:
                is_confirmed = member.confirmed_on is not None and member.confirmed_on <= asked.on
                is_full = member.status == "left" and is_confirmed and member.left_on > asked.on
            if is_full:
                yield member.organization_id, member.party_post is not None or member.id in held, 1

    def backup_filled(self, asked: Asked) -> Iterator[Row]:
        for post in self.posts:
            if post.kind != "window" or (post.closed_on is not None and post.closed_on <= asked.on):
                continue
            slots = {one.slot for one in self.holdings if one.post_id == post.id and self._is_current(one, asked.on)}
            if slots:
                yield post.organization_id, "backup" in slots, 1

    @staticmethod
    def _is_current(holding: Any, on: date) -> bool:
        return holding.since <= on and (holding.until is None or on < holding.until)

    def sign_coverage(self, asked: Asked) -> Iterator[Row]:
        kinds = self._kinds_with_mandatory(asked.until)
        for venue in self.venues:
            was_there = day_of(venue.created_at) <= asked.until
            if venue.kind in kinds and was_there and (venue.closed_on is None or venue.closed_on > asked.until):
                yield venue.organization_id, self._is_covered(venue, asked.until), 1

    def _kinds_with_mandatory(self, day: date) -> set[str]:
        """The kinds of venues for which the version in force on a day demands something; one that was withdrawn on it was so."""
        published = [one for one in self.standards if one.published_at is not None and one.effective_on <= day]
        in_force = [one for one in published if one.withdrawn_at is None or day_of(one.withdrawn_at) >= day]
        if not in_force:
            return set()
        number = max(one.number for one in in_force)
        return {kind for item in self._mandatory(number) for kind in item.venue_kinds}

    def _mandatory(self, number: int) -> list[Any]:
        (version,) = [one for one in self.standards if one.number == number]
        return [one for one in self.standard_items if one.standard_id == version.id and one.obligation == "mandatory"]

    def _by_others(self) -> list[Any]:
        return [one for one in self.inspections if one.final and not one.by_own_organization]

    def _is_covered(self, venue: Any, until: date) -> bool:
        there = [one for one in self._by_others() if one.venue_id == venue.id and day_of(one.finished_at) <= until]
        if not there:
            return False
        last = max(there, key=lambda one: (one.finished_at, one.id))
        mandatory = {item.code for item in self._mandatory(last.standard_number)}
        put_right = {
            one.source_id for one in self.rectifications if one.confirmed_at is not None and day_of(one.confirmed_at) <= until
        }
        return not any(
            item.inspection_id == last.id and item.result == "fail" and item.code in mandatory and item.id not in put_right
            for item in self.items
        )

    def sign_pass(self, asked: Asked) -> Iterator[Row]:
        owners = {one.id: one.organization_id for one in self._by_others() if asked.since <= day_of(one.finished_at) <= asked.until}
        for item in self.items:
            if item.inspection_id in owners and item.result in ("pass", "fail"):
                yield owners[item.inspection_id], item.result == "pass", 1

    def rectification_on_time(self, asked: Asked) -> Iterator[Row]:
        own = {one.id for one in self.inspections if one.by_own_organization}
        for one in self.rectifications:
            if one.inspection_id in own:
                continue
            if one.confirmed_at is not None:
                if asked.since <= day_of(one.confirmed_at) <= asked.until:
                    yield one.organization_id, day_of(one.claimed_at) <= one.due_on, 1
            elif asked.since <= one.due_on <= asked.until and one.due_on < asked.on:
                yield one.organization_id, 0, 1

    def _of_year(self, asked: Asked) -> dict[UUID, Any]:
        return {one.id: one for one in self.pledges if one.year == asked.until.year}

    def pledge_rate(self, asked: Asked) -> Iterator[Row]:
        pledges = list(self._of_year(asked).values())
        for member in self._members():
            if not member.pledges_voluntary:
                annual = [one for one in pledges if one.member_id == member.id and one.kind == "annual" and one.state in SEEN]
                yield member.organization_id, len(annual) >= 2, 1

    def review_on_time_rate(self, asked: Asked) -> Iterator[Row]:
        pledges = self._of_year(asked)
        for text in (one for one in self.texts if one.pledge_id in pledges):
            pledge, last = pledges[text.pledge_id], text.submitted_at + timedelta(days=7)
            # What ended with its pledge waits for nobody: neither its first text nor one that would amend it.
            waits = text.no == pledge.amendment_no or (pledge.state == "submitted" and text.no == pledge.text_no)
            if text.decided_at is not None:
                yield pledge.organization_id, text.decided_at <= last, 1
            elif waits and asked.has_come(last):
                yield pledge.organization_id, 0, 1

    def fulfillment_rate(self, asked: Asked) -> Iterator[Row]:
        for one in self._of_year(asked).values():
            if one.state in SEEN and one.state != "exempted" and (one.outcome is not None or one.due_on <= asked.at_most):
                yield one.organization_id, one.outcome == "fulfilled", 1

    def satisfaction_rate(self, asked: Asked) -> Iterator[Row]:
        pledges = self._of_year(asked)
        for one in self.evaluations:
            if one.pledge_id in pledges and one.source == "masses" and one.voided_at is None and asked.has_come(one.counts_from):
                yield pledges[one.pledge_id].organization_id, one.grade in ("satisfied", "fairly_satisfied"), 1


def midnight(day: date) -> datetime:
    """When a day begins in the district."""
    return datetime.combine(day, time(), ZONE).astimezone(UTC)
