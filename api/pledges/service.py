"""Pledges (承诺) by those who make them: written, submitted, claimed, taken back; and as they are listed and shown."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlmodel import col

from api.access.about import check_about_member
from api.access.filters import passed_over
from api.access.permissions import Permission
from api.access.scope import Access, Lock, is_of_few
from api.adapters.cipher import Cipher
from api.database import Work
from api.errors import FieldFault, Invalid, NotFound, NotInThisState, Text
from api.members.rules import BranchClosed, MemberHasLeft
from api.members.service import show_own_member
from api.organizations.rules import keys_of
from api.organizations.service import branches_of
from api.pagination import Pages, of_many
from api.pledges import queries, reviewers, rules, telling
from api.pledges.holding import HeldOne, facts_of, hold_pledge, seen_by, seen_one, tell
from api.pledges.rules import STATED, Action, PledgeRule, ToldState
from api.versions import Expected
from models.enums import ClaimOutcome, MemberStatus, PledgeKind, PledgeState
from models.member import Member
from models.organization import Organization
from models.pledge import Pledge
from models.pledge_text import PledgeText

ONE_AUTHOR = Text("党员和党组织只能填一个。", "Name a member or an organisation, not both.")


def list_pledges(
    work: Work,
    access: Access,
    pages: Pages,
    *,
    organization_id: UUID | None,
    member_id: UUID | None,
    year: int | None,
    kind: PledgeKind | None,
    state: ToldState | None,
    is_overdue: bool | None,
) -> tuple[list[dict[str, Any]], str | None]:
    """The pledges that the caller may see, of any organisation, the newest first, and archived ones those of the newest year first;
    of one, those of everything below it too.

    Raises `NotFound` for an organisation that there is not; of a member it is not told whether there is one.
    """
    below = work.get(Organization, organization_id) if organization_id else None
    if organization_id and below is None:
        raise NotFound
    # Of others' pledges everybody sees those of the whole district, whatever he leads.
    little = is_of_few(work, below, member_id)
    found = queries.listed(
        seen_by(work, access),
        work,
        little=little,
        below=below,
        member_id=member_id,
        year=year,
        kind=kind,
        state=state,
        is_overdue=is_overdue,
    )
    # By their years those that are archived are found at once, and not behind all that are not.
    by = (passed_over(work, col(Pledge.year)) if little else col(Pledge.year),) if state is ToldState.archived else ()
    ordered = queries.newest_first(queries.by_keys_alone(work, found) if little and not by else found, *by)
    pledges, following = pages.read(work, ordered if little else of_many(ordered))
    return telling.describe(work, access, pledges), following


def list_own_pledges(work: Work, access: Access, pages: Pages) -> tuple[list[dict[str, Any]], str | None]:
    """One's own pledges, the newest first. Raises `NotFound` where the account is no member's."""
    if access.member_id is None:
        raise NotFound
    pledges, following = pages.read(work, queries.newest_first(queries.of_member(access.member_id)))
    return telling.describe(work, access, pledges), following


def show_pledge(work: Work, access: Access, pledge_id: UUID, cipher: Cipher) -> telling.Detail:
    """A pledge with its texts, its progress and what is thought of it, as far as the caller may read them. Raises `NotFound`."""
    return telling.detail(work, access, seen_one(work, access, pledge_id), cipher)


def create_pledge(work: Work, access: Access, content: Mapping[str, Any]) -> Pledge:
    """Write a draft: of one's own, or, where the caller may enter pledges, another member's or an organisation's.

    `content` has `kind`, `category`, `content`, `measure`, `due_on`, `visibility`, `weight`, and `parent_id`, `campaign_id`,
    `member_id` and `organization_id` or None. Raises `NotFound`, `AboutOneself` or `ForTheLevelAbove` for a member about whom
    the caller may not act, `TooManyDrafts`, `DueOnOutOfRange`, `NotAParent`, or `Invalid` where both of the last are named, or an
    identity number is written.
    """
    values = dict(content)
    member_id, organization_id = values.pop("member_id"), values.pop("organization_id")
    if member_id and organization_id:
        raise Invalid(faults=(FieldFault("body.organization_id", PledgeRule.one_author, ONE_AUTHOR),))
    rules.check_due_on(values["due_on"], work.today)
    if organization_id:
        place = access.using(Permission.pledge_write).get(work, Organization, organization_id, Lock.kept)
    else:
        member = _author(work, access, member_id)
        rules.check_drafts(queries.drafts(work, member.id))
        member_id, place = member.id, branches_of(work, [member.organization_id])[member.organization_id]
    pledge = Pledge(
        **values, member_id=member_id, organization_id=place.id, year=values["due_on"].year, entered_by=access.account_id
    )
    _check_links(work, access, pledge, place)
    work.add(pledge)
    work.flush()
    work.record("create_pledge", pledge)
    return pledge


def edit_pledge(work: Work, access: Access, pledge_id: UUID, changes: Mapping[str, Any], expected: Expected) -> Pledge:
    """Change a draft, or what was returned.

    Raises `NotFound`, what `act_as_author` does, `NotInThisState`, `DueOnOutOfRange` or `NotAParent`.
    """
    held = _own(work, access, pledge_id, expected)
    pledge = held.pledge
    rules.after(Action.edit, held.facts(pledge), work.today)
    if "due_on" in changes:
        rules.check_due_on(changes["due_on"], work.today)
        pledge.year = changes["due_on"].year
    for name, value in changes.items():
        setattr(pledge, name, value)
    if changed := work.changes(pledge):
        with work.no_autoflush:
            _check_links(work, access, pledge, work.get_one(Organization, pledge.organization_id))
        work.record("edit_pledge", pledge, fields=changed)
        work.flush()
    return pledge


def delete_pledge(work: Work, access: Access, pledge_id: UUID, expected: Expected) -> None:
    """Delete a draft that was never submitted; whatever was stays. Raises as `edit_pledge` does."""
    pledge = _own(work, access, pledge_id, expected).pledge
    if pledge.state is not PledgeState.draft:
        raise NotInThisState(members={"state": rules.told_state(facts_of(pledge, ()), work.today).value})
    work.record("delete_pledge", pledge)
    work.delete(pledge)
    work.flush()


def submit_pledge(work: Work, access: Access, pledge_id: UUID, expected: Expected) -> Pledge:
    """Propose a pledge (提诺): what it says becomes a text, which a reviewer decides about.

    Raises `NotFound`, what `act_as_author` does, `NotInThisState`, `MemberHasLeft`, `BranchClosed`, `CampaignOver`,
    `TooManyPledges` or `TooManyOfOneYear`.
    """
    held = _own(work, access, pledge_id, expected)
    pledge, member = held.pledge, held.member
    state = rules.after(Action.submit, held.facts(pledge), work.today)
    if member is not None and member.status is MemberStatus.left:
        raise MemberHasLeft
    if work.get_one(Organization, pledge.organization_id).closed_on is not None:
        raise BranchClosed
    campaign = queries.campaign(work, pledge.campaign_id) if pledge.campaign_id else None
    if campaign is not None and campaign.due_on < work.today:
        raise rules.CampaignOver
    if member is not None:
        one = (work, member.id, pledge.year, pledge.id)
        rules.check_room(pledge.kind, queries.standing(*one), queries.submitted(*one))
    place_id = reviewers.review_place(work, pledge, member)
    add_text(work, access, held, {name: getattr(pledge, name) for name in STATED})
    pledge.state, pledge.text_no, pledge.review_organization_id = state, next_no(held), place_id
    work.record("submit_pledge", pledge, text_no=pledge.text_no)
    work.flush()
    return pledge


def withdraw_pledge(work: Work, access: Access, pledge_id: UUID, reason: str, expected: Expected) -> Pledge:
    """Take a pledge back: its author before it is published, its reviewer after.

    Raises `NotFound`, `Forbidden`, `AboutOneself`, `ForTheLevelAbove` or `NotInThisState`.
    """
    held = hold_pledge(work, access, pledge_id)
    pledge = held.pledge
    is_published = pledge.state in rules.SEEN
    if is_published:
        reviewers.check_reviewer(work, access, pledge)
        reviewers.check_enterer(work, access, held)
    else:
        reviewers.act_as_author(work, access, pledge)
    expected.check(pledge)
    action = Action.withdraw if is_published else Action.take_back
    pledge.state = rules.after(action, held.facts(pledge), work.today)
    pledge.withdrawn_reason, pledge.outcome_reason, pledge.amendment_no = reason, None, None
    work.record("withdraw_pledge", pledge)
    tell(work, held, [pledge])
    return pledge


def claim_pledge(work: Work, access: Access, pledge_id: UUID, outcome: ClaimOutcome, note: str, expected: Expected) -> Pledge:
    """Say that a pledge is fulfilled, or that something has prevented it. Raises as `edit_pledge` does."""
    held = _own(work, access, pledge_id, expected)
    pledge = held.pledge
    rules.after(Action.claim, held.facts(pledge), work.today)
    pledge.claim_outcome, pledge.claim_note, pledge.claimed_at = outcome, note, work.at
    pledge.outcome_reason = None
    work.record("claim_pledge", pledge, outcome=outcome)
    tell(work, held, [pledge])
    return pledge


def add_text(work: Work, access: Access, held: HeldOne, stated: Mapping[str, Any], reason: str | None = None) -> None:
    """Add the next text of a pledge, which waits for its review."""
    text = PledgeText(
        **stated, reason=reason, pledge_id=held.pledge.id, no=next_no(held), submitted_at=work.at, submitted_by=access.account_id
    )
    work.add(text)


def next_no(held: HeldOne) -> int:
    """The number of the text that follows those of a pledge."""
    return len(held.texts.get(held.pledge.id, ())) + 1


def _own(work: Work, access: Access, pledge_id: UUID, expected: Expected) -> HeldOne:
    """A pledge that the caller has made or entered, held. Raises `NotFound`, or what `act_as_author` and `expected` do."""
    held = hold_pledge(work, access, pledge_id)
    reviewers.act_as_author(work, access, held.pledge)
    expected.check(held.pledge)
    return held


def _author(work: Work, access: Access, member_id: UUID | None) -> Member:
    if member_id is None or member_id == access.member_id:
        return show_own_member(work, access)
    member = access.using(Permission.pledge_write).get(work, Member, member_id)
    check_about_member(work, access, member.id)
    return member


def _check_links(work: Work, access: Access, pledge: Pledge, place: Organization) -> None:
    """Whether the campaign is one of an organisation at or above the pledge's, and the parent a pledge that may be one."""
    above = keys_of(place.path)
    if pledge.campaign_id is not None:
        campaign = queries.campaign(work, pledge.campaign_id)
        if campaign is None or campaign.organization_id not in above:
            raise NotFound(keys=(pledge.campaign_id,))
    if pledge.parent_id is None:
        return
    parents = queries.found(work, queries.among(seen_by(work, access), [pledge.parent_id]))
    parent = parents[0] if parents else None
    # An organisation's own pledge stands below one of an organisation above, so that no two stand below each other.
    of = above if pledge.member_id is not None else above[:-1]
    rules.check_parent(
        is_organizations_own=parent is not None and parent.member_id is None,
        is_above=parent is not None and parent.organization_id in of,
        state=parent.state if parent else None,
        same_year=parent is not None and parent.year == pledge.year,
    )
