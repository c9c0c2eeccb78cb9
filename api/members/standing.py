"""Whether somebody may stand in a branch as is stated of him, by whichever door: entered, edited, corrected, brought by a roster,
transferred or taken back."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from api.access.meanwhile import falls_with_leaving, told_of_behind
from api.access.rules import ForTheLevelAbove
from api.access.scope import Access
from api.adapters.cipher import Cipher
from api.database import Work
from api.errors import FieldFault, Unavailable
from api.members import elsewhere, guarded, leaving, queries
from api.members.names import Lookalikes
from api.members.persons import Person, Persons
from api.members.record import may_be
from api.members.rules import ENTERED_ABOVE, ENTERED_ANEW, MOST_NAMESAKES, OUT, HasLeft
from api.organizations.service import branch_or_itself
from models.enums import MemberStatus, OrganizationKind
from models.member import Member
from models.organization import Organization

PARTICULARS: Final = ("full_name", "birth_date", "birth_precision", "joined_on", "joined_precision")
"""What tells, beside the identity number, who somebody is."""


class Gone:
    """Who has left a branch, or one above which the caller does not reach, as it is asked for some names."""

    def __init__(self, work: Work, access: Access | None, home: UUID, people: Sequence[Person]) -> None:
        self.work, self.access, self.home, self.people = work, access, home, people
        self.called: dict[str, Persons] = {}
        self.above: dict[str, list[Person]] = {}
        self.is_above: dict[UUID, bool] = {}
        self.let_in: set[str] = set()
        """The names of whom it lets stand there."""

    def ask(self, names: Collection[str]) -> "Gone":
        """Find for each of some names who has left the branch by just this one; and whose leaving, of those by one that looks like
        it, is not the caller's to take back."""
        lookalikes = Lookalikes(names)
        self.called, self.above = {name: Persons() for name in names}, {name: [] for name in names}
        alike: list[tuple[Person, int]] = []
        for one in self.people:
            if one.home == self.home and one.full_name in self.called:
                self.called[one.full_name].put(one)
            if (found := lookalikes.of(one.full_name)) and (one.home == self.home or one.left_kind in OUT):
                alike.append((one, found))
        self._learn([one for one, _ in alike])
        for one, found in alike:
            if self.is_above.get(one.id):
                for name in lookalikes.names(found):
                    self.above[name].append(one)
        return self

    def _learn(self, people: Iterable[Person]) -> None:
        """Learn of people whether their leaving was recorded from above: of all at one time, since thousands may be called so."""
        homes = {one.id: one.home for one in people if one.id not in self.is_above}
        if self.access is not None and homes:
            above = leaving.recorded_above(self.work, self.access, homes)
            self.is_above |= {key: key in above for key in homes}


def gone_from(
    work: Work, access: Access | None, named: Iterable[tuple[Organization, str]], known: Mapping[UUID, Gone] = MappingProxyType({})
) -> dict[UUID, Gone]:
    """Who has left each branch that is to have somebody of a name, asked for its names. Of those that are `known` already nobody is
    read again: who leaves meanwhile is looked for at the end."""
    names: dict[UUID, set[str]] = {}
    for organization, name in named:
        names.setdefault(home_of(organization), set()).add(name)
    left = queries.left_from(work, access, names.keys() - known.keys())
    new = {home: Gone(work, access, home, people) for home, people in left.items()}
    if new:
        # Of whom has left nothing is kept until then but the names that are let in.
        let_in = {home: there.let_in for home, there in new.items()}
        falls_with_leaving(work, partial(_lets_one_in_like, work, access, let_in))
    return {home: {**known, **new}[home].ask(some) for home, some in names.items()}


def _lets_one_in_like(work: Work, access: Access | None, let_in: Mapping[UUID, set[str]], keys: Collection[UUID]) -> bool:
    """Whether somebody was let stand in a branch who is called like one of these members, who are recorded as having left it
    meanwhile, or one above which the caller does not reach."""
    tops, left = queries.tops_of(work, access), queries.persons(work, keys)
    return any(
        one.home in {home, *tops} and lookalikes.of(one.full_name)
        for home, lookalikes in ((home, Lookalikes(names)) for home, names in let_in.items())
        for one in left
    )


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

    `digest` is that of his identity number. `gone` is who has left there, where that was asked for his name already. `access` is
    None for the command line. Raises `HasLeft` where he becomes somebody who has left the branch; and `ForTheLevelAbove` where he
    may be that already, or is given or brings a name like that of one who is a member no more, as was recorded from above there.
    """
    name, home = stated["full_name"], home_of(organization)
    if gone is None:
        gone = gone_from(work, access, [(organization, name)])[home]
    is_named = former is None or former.full_name != name
    for one in gone.called[name].meant(stated, digest):
        if former is None or (former.id != one.id and (is_named or not may_be(former, one, former.national_id_digest))):
            raise HasLeft(faults=(FieldFault("body.full_name", HasLeft.code(), ENTERED_ANEW),), members={"member_id": str(one.id)})
    for one in gone.above[name]:
        is_meant = one.home == home and may_be(stated, one, digest)
        if (former is None or former.id != one.id) and (is_meant or ((is_named or comes) and one.left_kind in OUT)):
            raise ForTheLevelAbove(instead=ENTERED_ABOVE)
    gone.let_in.add(name)


def namesakes(work: Work, access: Access, member: Member) -> list[Member]:
    """Who else of a member's branch has not left and is called so, or nearly so: perhaps a second record of him. At the end of the
    work it raises `Unavailable` where one of these has come meanwhile."""
    lookalikes, home = Lookalikes((member.full_name,)), home_of(work.get_one(Organization, member.organization_id))
    named = queries.names_at_home(work, access, home)
    found = [key for key, name in named if key != member.id and lookalikes.of(name)][:MOST_NAMESAKES]

    def check_nobody_came(_: Work) -> None:
        written_about = told_of_behind(work, Member) - {member.id, *found}
        for one in queries.persons(work, written_about) if written_about else ():
            if one.home == home and one.status is not MemberStatus.left and lookalikes.of(one.full_name):
                raise Unavailable(retry_after=1)

    work.last.append(check_nobody_came)
    members = queries.members(work, found)
    return [members[key] for key in found]


def home_of(organization: Organization) -> UUID:
    """The branch of who belongs to an organisation: of a group, that which it is a part of."""
    is_group = organization.kind is OrganizationKind.group
    return organization.parent_id if is_group and organization.parent_id else organization.id
