"""Honours (荣誉): of members, who are told of them beside the card, and of organisations."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from api.access.about import check_about_member
from api.access.scope import Access, Lock, hold_one
from api.database import Work
from api.errors import FieldFault, Invalid, NotFound, NotInThisState
from api.honors import queries
from api.honors.rules import WHOSE, HonorRule, check_number, check_span
from api.honors.showing import show_honors_of_members
from api.members.rules import MemberHasLeft
from api.members.service import show_own_member
from api.pagination import Pages
from api.versions import Expected
from models.enums import MemberStatus
from models.honor import Honor
from models.member import Member
from models.organization import Organization

WITHDRAWN: Final = "withdrawn"


def list_honors(
    work: Work, access: Access, pages: Pages, *, organization_id: UUID | None, member_id: UUID | None
) -> tuple[list[Honor], str | None]:
    """The honours within reach, the newest first; of an organisation, those of everything below it too."""
    found = access.listed(work, Honor, organization_id=organization_id, member_id=member_id)
    return pages.read(work, queries.newest_first(found))


def list_own_honors(work: Work, access: Access, pages: Pages) -> tuple[list[Honor], str | None]:
    """One's own honours, the newest first."""
    return pages.read(work, queries.newest_first(queries.of_member(show_own_member(work, access).id)))


def create_honor(
    work: Work, access: Access, organization_id: UUID | None, member_id: UUID | None, content: Mapping[str, Any]
) -> Honor:
    """Write down an honour of a member, or where none is named, of an organisation.

    `content` has the further columns. Raises `NotFound`, also for a member who does not belong to the organisation or to one below
    it, `AboutOneself`, `ForTheLevelAbove`, `MemberHasLeft`, `TooManyHonors`, `BadSpan`, or `Invalid` where nobody is named.
    """
    if organization_id is None and member_id is None:
        raise Invalid(faults=(FieldFault("body.member_id", HonorRule.whose, WHOSE),))
    check_span(content["awarded_on"], content["valid_until"], work.today)
    place = access.get(work, Organization, organization_id, Lock.kept) if organization_id else None
    if member_id is not None:
        member = access.get(work, Member, member_id)
        check_about_member(work, access, member.id)
        home = work.get_one(Organization, member.organization_id)
        if place is not None and not home.path.startswith(place.path):
            raise NotFound
        if member.status is MemberStatus.left:
            raise MemberHasLeft
        check_number(queries.count_of_member(work, member.id))
        place = home
    assert place is not None
    honor = Honor(**content, organization_id=place.id, member_id=member_id)
    work.add(honor)
    work.flush()
    work.record("create_honor", honor)
    return _shown_to_strangers(work, honor)


def edit_honor(work: Work, access: Access, honor_id: UUID, changes: Mapping[str, Any], expected: Expected) -> Honor:
    """Change what is written down of an honour. Raises `NotFound`, `AboutOneself`, `ForTheLevelAbove`, `NotInThisState` or
    `BadSpan`."""
    honor = _held(work, access, honor_id, expected)
    if honor.withdrawn_at is not None:
        raise NotInThisState(members={"state": WITHDRAWN})
    changed = {name: value for name, value in changes.items() if getattr(honor, name) != value}
    if not changed:
        return honor
    for name, value in changed.items():
        setattr(honor, name, value)
    check_span(honor.awarded_on, honor.valid_until, work.today)
    work.flush()
    work.record("edit_honor", honor, fields=sorted(changed))
    return _shown_to_strangers(work, honor)


def withdraw_honor(work: Work, access: Access, honor_id: UUID, reason: str, expected: Expected) -> Honor:
    """Take an honour back, which stays in the records with the reason. A withdrawn one stays as it is. Raises as `edit_honor`."""
    honor = _held(work, access, honor_id, expected)
    if honor.withdrawn_at is not None:
        return honor
    honor.withdrawn_at, honor.withdrawn_reason = work.at, reason
    work.flush()
    work.record("withdraw_honor", honor)
    return _shown_to_strangers(work, honor)


def _held(work: Work, access: Access, honor_id: UUID, expected: Expected) -> Honor:
    found = access.get(work, Honor, honor_id, Lock.none)
    if found.member_id is not None:
        hold_one(work, Member, found.member_id)
        check_about_member(work, access, found.member_id)
    # Its member may have moved beyond reach meanwhile.
    honor = access.get(work, Honor, honor_id)
    expected.check(honor)
    return honor


def _shown_to_strangers(work: Work, honor: Honor) -> Honor:
    if honor.member_id is not None:
        show_honors_of_members(work, [honor.member_id])
    return honor
