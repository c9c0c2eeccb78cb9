"""Campaigns (承诺活动): an organisation calls on its members to pledge, with texts to begin from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from api.access.names import named
from api.access.scope import Access, Lock
from api.database import Work
from api.errors import FieldFault, Invalid, Rule, Text
from api.members.rules import BranchClosed
from api.pagination import MOST_ROWS_WITH_THEIRS, Pages
from api.pledges.campaigns import queries
from models.campaign import Campaign
from models.organization import Organization


class CampaignRule(Rule):
    """What stands against a field of a campaign."""

    in_the_past = "in_the_past"


IN_THE_PAST = Text("截止日期不能早于今天。", "The last day must not lie in the past.")


@dataclass(frozen=True)
class Told:
    """A campaign with the names beside its keys, whether it is over today, and how many of those who owe pledges have joined."""

    campaign: Campaign
    fields: dict[str, Any]
    is_over: bool
    joined: int
    eligible: int


def list_campaigns(work: Work, access: Access, pages: Pages) -> tuple[list[Told], str | None]:
    """The campaigns that the caller may join or keep an eye on, the newest first."""
    campaigns, following = pages.read(work, queries.seen(work, access), most=MOST_ROWS_WITH_THEIRS)
    return _told(work, access, campaigns), following


def create_campaign(
    work: Work, access: Access, organization_id: UUID, title: str, due_on: date, templates: Sequence[dict[str, Any]]
) -> Told:
    """Call on the members of an organisation within reach and of everything below it.

    `templates` are texts to begin from, as JSON has them. Raises `NotFound`, `BranchClosed`, or `Invalid` for a last day that is
    past.
    """
    organization = access.get(work, Organization, organization_id, Lock.kept)
    if due_on < work.today:
        raise Invalid(faults=(FieldFault("body.due_on", CampaignRule.in_the_past, IN_THE_PAST),))
    if organization.closed_on is not None:
        raise BranchClosed(keys=(organization.id,))
    campaign = Campaign(organization_id=organization.id, title=title, due_on=due_on, templates=list(templates))
    work.add(campaign)
    work.flush()
    work.record("create_campaign", campaign, due_on=due_on.isoformat(), templates=len(templates))
    return _told(work, access, [campaign])[0]


def _told(work: Work, access: Access, campaigns: Sequence[Campaign]) -> list[Told]:
    joined = queries.joined(work, [one.id for one in campaigns])
    eligible = queries.eligible(work, {one.organization_id for one in campaigns})
    return [
        Told(one, fields, one.due_on < work.today, joined.get(one.id, 0), eligible.get(one.organization_id, 0))
        for one, fields in zip(campaigns, named(work, access, campaigns), strict=True)
    ]
