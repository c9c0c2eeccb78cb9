"""Whether somebody may stand in a branch as is stated of him, by whichever door: entered, edited, corrected, brought by a roster,
transferred or taken back."""

from collections.abc import Collection, Mapping
from typing import Any, Final
from uuid import UUID

from api.access.scope import Access
from api.adapters.cipher import Cipher
from api.database import Work
from api.errors import FieldFault
from api.members import elsewhere, guarded, leaving, queries
from api.members.names import look_alike
from api.members.record import may_be
from api.members.rules import ENTERED_ABOVE, ENTERED_ANEW, OUT, HasLeft
from api.organizations.service import branch_or_itself
from models.enums import MemberStatus, OrganizationKind
from models.member import Member
from models.organization import Organization

Gone = Mapping[UUID, Collection[tuple[UUID, UUID, str]]]
"""Who has left a branch, or one above which the caller does not reach, by that branch, as `queries.left_from` tells it."""

PARTICULARS: Final = ("full_name", "birth_date", "birth_precision", "joined_on", "joined_precision")
"""What tells, beside the identity number, who somebody is."""


def particulars(one: object, changed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What is stated of somebody, by a row or a record, once that is changed."""
    return {name: getattr(one, name) for name in PARTICULARS} | dict(changed or {})


def changes_who_it_is(changed: Mapping[str, Any]) -> bool:
    return not changed.keys().isdisjoint({*PARTICULARS, "national_id"})


def check_form(
    work: Work,
    access: Access,
    organization: Organization,
    stated: Mapping[str, Any],
    cipher: Cipher,
    *,
    former: Member | None = None,
) -> None:
    """`check_may_stand` for what a form states, with `national_id` if it states one anew; raises also as
    `elsewhere.check_number_is_free`."""
    digest, holder = former.national_id_digest if former else None, None
    if "national_id" in stated:
        digest, holder = guarded.meant_by(work, access, stated["national_id"], cipher)
    # The name first: what is refused for it says nothing of a number.
    check_may_stand(work, access, organization, stated, digest, former=former)
    elsewhere.check_number_is_free(work, access, stated.get("national_id"), holder)


def check_as_he_is(work: Work, access: Access, member: Member, organization: Organization) -> None:
    """`check_may_stand` for a member who comes to an organisation, or back to it, as he is. Within his branch he only moves."""
    is_there = member.status is not MemberStatus.left and branch_or_itself(work, member.organization_id).id == home_of(organization)
    stated, digest = particulars(member), member.national_id_digest
    check_may_stand(work, access, organization, stated, digest, former=member, comes=not is_there)


def check_may_stand(
    work: Work,
    access: Access | None,
    organization: Organization,
    stated: Mapping[str, Any],
    digest: str | None,
    *,
    former: Member | None = None,
    comes: bool = False,
    gone: Gone | None = None,
) -> None:
    """Whether somebody may stand in an organisation as is stated of him: one who is entered, or a member so far other (`former`),
    who perhaps `comes` to its branch.

    `digest` is that of his identity number. `gone` is who has left there, where it was read already. `access` is None for the
    command line. Raises `HasLeft` where he becomes somebody who has left the branch; and `ForTheLevelAbove` where he may be that
    already, or is given or brings a name like that of one who is a member no more, by what was recorded from above there.
    """
    name, home = stated["full_name"], home_of(organization)
    if gone is None:
        gone = queries.left_from(work, access, {home})
    is_named = former is None or former.full_name != name
    alike = [
        (work.get_one(Member, key), branch)
        for branch, key, called in gone[home]
        if look_alike(name, called) and (former is None or former.id != key)
    ]
    meant = {one.id for one, branch in alike if branch == home and may_be(stated, one, digest)}
    for one, _ in alike:
        becomes = former is None or is_named or not may_be(former, one, former.national_id_digest)
        if one.id in meant and one.full_name == name and becomes:
            raise HasLeft(faults=(FieldFault("body.full_name", HasLeft.code(), ENTERED_ANEW),), members={"member_id": str(one.id)})
    for one, _ in alike:
        if access is not None and (one.id in meant or ((is_named or comes) and one.left_kind in OUT)):
            leaving.check_undone(work, access, one, ENTERED_ABOVE)


def namesakes(work: Work, access: Access, member: Member) -> list[Member]:
    """Who else of a member's branch has not left and is called so, or nearly so: perhaps a second record of him."""
    members = queries.members_at_home(work, access, home_of(work.get_one(Organization, member.organization_id)))
    return [one for one in members if one.id != member.id and look_alike(one.full_name, member.full_name)]


def home_of(organization: Organization) -> UUID:
    """The branch of who belongs to an organisation: of a group, that which it is a part of."""
    is_group = organization.kind is OrganizationKind.group
    return organization.parent_id if is_group and organization.parent_id else organization.id
