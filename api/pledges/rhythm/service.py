"""The year of an organisation (一季一公示, 半年一点评, 年终一考核): what is done and due, and what a quarter made public."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import to_builtins

from api.access.scope import Access, Lock
from api.database import Work
from api.foreign import read_json
from api.pagination import Pages
from api.pledges import queries as pledge_queries
from api.pledges.rhythm import queries
from api.pledges.rhythm.queries import Reached
from api.pledges.rhythm.rules import MOST_AT_ONCE, NothingToPublish, QuarterNotBegun, RhythmKind, Step, quarter_begins_on, steps
from api.pledges.rules import AlreadyPublished
from api.pledges.showing import entry_of
from api.profiles.rules import open_first, pledge_line
from models.member import Member
from models.organization import Organization
from models.publication import Publication


@dataclass(frozen=True)
class Due:
    """A step of the year as it stands today. One that is about nothing is neither done, open nor overdue."""

    step: Step
    done_at: datetime | None
    is_open: bool
    is_overdue: bool


def show_calendar(work: Work, access: Access, organization_id: UUID, year: int | None) -> list[Due]:
    """The steps of a year, by default of this one, of an organisation within reach and everything below it. Raises `NotFound`."""
    top = access.get(work, Organization, organization_id, Lock.none)
    return [_due(work, step, _reached(work, top, step)) for step in steps(year or work.today.year)]


def list_publications(
    work: Work, access: Access, pages: Pages, organization_id: UUID | None
) -> tuple[list[Publication], str | None]:
    """What organisations have made public, the newest first: for everybody in the Party."""
    return pages.read(work, queries.published(organization_id), most=MOST_AT_ONCE)


def create_publication(work: Work, access: Access, organization_id: UUID, quarter: str) -> Publication:
    """Make public (公示) for a quarter the pledges of its year that an organisation within reach has published, as they stand now.

    Raises `NotFound`, `QuarterNotBegun`, `AlreadyPublished`, or `NothingToPublish`.
    """
    organization = access.get(work, Organization, organization_id, Lock.kept)
    begins_on = quarter_begins_on(quarter)
    if work.today < begins_on:
        raise QuarterNotBegun
    if queries.publication(work, organization.id, quarter) is not None:
        raise AlreadyPublished
    queries.keep_authors(work, organization.id, begins_on.year)
    lines = _lines(work, organization.id, begins_on.year)
    if not lines:
        raise NothingToPublish
    publication = Publication(
        organization_id=organization.id, quarter=quarter, published_at=work.at, published_by=access.account_id, lines=lines
    )
    work.add(publication)
    work.flush()
    work.record("create_publication", publication, quarter=quarter, lines=len(lines))
    return publication


def forget_lines_of_member(work: Work, member: Member) -> None:
    """Take the pledges of a member who is erased out of what organisations have made public."""
    for key, told, pledges in queries.telling_of(work, member.id):
        try:
            lines = read_json(told)
            # A line of ours bears one key, which is its pledge's.
            kept = [one for one in lines if pledges.isdisjoint(queries.keys_in(json.dumps(one)))] if isinstance(lines, list) else []
        except (ValueError, RecursionError):
            kept = []
        queries.keep_lines(work, key, kept)


def _lines(work: Work, organization_id: UUID, year: int) -> list[dict[str, Any]]:
    pledges = queries.publishable(work, organization_id, year)
    last = pledge_queries.published_progress(work, [one.id for one in pledges])
    entries = open_first(entry_of(work, one, last.get(one.id)) for one in pledges)
    lines: list[dict[str, Any]] = to_builtins([pledge_line(entry, work.today) for entry in entries])
    return lines


def _reached(work: Work, top: Organization, step: Step) -> Reached:
    if step.kind is RhythmKind.pledge_start:
        return queries.started(work, top, step.year)
    if step.kind is RhythmKind.pledge_half:
        return queries.commented(work, top, step)
    if step.kind is RhythmKind.pledge_year:
        return queries.closed(work, top, step.year)
    publication = queries.publication(work, top.id, step.period)
    if publication is not None:
        return Reached(1, 1, publication.published_at)
    return Reached(queries.publishable_before(work, top.id, step), 0, None)


def _due(work: Work, step: Step, reached: Reached) -> Due:
    is_done = reached.total > 0 and reached.done == reached.total
    waits = reached.total > reached.done
    return Due(
        step,
        done_at=reached.last_at if is_done else None,
        is_open=waits and step.has_opened(work.today),
        is_overdue=waits and step.is_late(work.today),
    )
