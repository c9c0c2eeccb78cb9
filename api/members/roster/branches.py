"""Which organisation a roster means by the name of a branch, as offices write it."""

import re
from collections.abc import Collection, Iterator, Sequence
from uuid import UUID

from sqlmodel import col

from api.access.names import organization_names
from api.access.scope import Access
from api.adapters.typed_text import narrow
from api.database import Work
from api.members import queries
from api.members.faults import RosterRule
from api.organizations.rules import keys_of
from models.organization import Organization

MOST_SPELLINGS = 500
"""So many names are looked for by one statement at the most."""

_STEP = re.compile(r"[/\\>|→-]+")
_PARTY = re.compile(r"^(?:中国共产党|中共)(?=.)")
_COMMITTEE = re.compile(r"(?<=.)(?:委员会|党工委|党委)$")
_GENERAL_BRANCH = re.compile(r"党?总支部?(?:委员会)?$")
_BRANCH = re.compile(r"党?支部(?:委员会)?$")


class Branches:
    """What the names of one roster mean, within the caller's reach; `access` is None where all is."""

    def __init__(self, work: Work, access: Access | None) -> None:
        self.work, self.access = work, access
        self.meant: dict[str, Organization | RosterRule] = {}
        self.reached: dict[UUID, bool] = {}

    def __getitem__(self, name: str) -> Organization | RosterRule:
        return self.meant[name]

    def hold(self, names: Collection[str] | None, branch: Organization | None) -> None:
        """Hold what these names can mean, and that branch, before any of their members: without names, or with very many, all
        organisations within reach that hold members."""
        spellings = {branch.code} if branch else set()
        spellings |= {spelling for name in names or () for spelling, _ in readings(name)}
        is_of_few = names is not None and len(spellings) <= MOST_SPELLINGS
        queries.hold_branches(self.work, self.access, spellings if is_of_few else None)

    def find(self, names: set[str]) -> None:
        """Learn what these names mean: an open organisation, or the rule that they break. A code is as good as a name."""
        unknown = names - self.meant.keys()
        if not unknown:
            return
        spelled = {name: list(readings(name)) for name in unknown}
        called: dict[str, list[Organization]] = {}
        spellings = {spelling for found in spelled.values() for spelling, _ in found}
        for organization in queries.branches_called(self.work, self.access, spellings):
            for spelling in {organization.name, organization.code}:
                called.setdefault(spelling, []).append(organization)
            self.reached[organization.id] = True
        for name, found in spelled.items():
            self.meant[name] = self._chosen(called, found)

    def find_whole(self, hints: Sequence[str]) -> Organization | None:
        """The one open organisation that these words name, if they name one and no other."""
        self.find(set(hints))
        found = {branch.id: branch for hint in hints if isinstance(branch := self.meant[hint], Organization)}
        return next(iter(found.values())) if len(found) == 1 else None

    def find_reach(self, organization_ids: set[UUID]) -> None:
        """Learn which of these organisations the caller reaches."""
        unknown = organization_ids - self.reached.keys()
        within = unknown
        if unknown and self.access:
            within = set(self.work.exec(self.access.organizations(self.work).where(col(Organization.id).in_(unknown))).all())
        self.reached |= {key: key in within for key in unknown}

    def _chosen(self, called: dict[str, list[Organization]], found: list[tuple[str, tuple[str, ...]]]) -> Organization | RosterRule:
        for spelling, above in found:
            fitting = [
                organization for organization in called.get(spelling, []) if not above or self._stands_below(organization, above)
            ]
            if fitting:
                return _the_open_one(fitting)
        return RosterRule.unknown_branch

    def _stands_below(self, organization: Organization, above: tuple[str, ...]) -> bool:
        names = {_unit(name) for name in organization_names(self.work, keys_of(organization.path)).values()}
        return all(_unit(name) in names for name in above)


def readings(name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The spellings under which a written name may be stored, the likeliest first, each with what must then stand above it.

    中共上塘村支部委员会 is 上塘村党支部; 云溪镇/上塘村/第一党支部 is 第一党支部 or 上塘村第一党支部, below 云溪镇 and 上塘村.
    """
    bare = narrow(name).replace(" ", "")
    for spelling in _spellings(name, bare):
        yield spelling, ()
    *above, last = [part for part in _STEP.split(bare) if part] or [""]
    if above and last:
        for spelling in _spellings(last, f"{_unit(above[-1])}{last}"):
            yield spelling, tuple(above)


def _spellings(*names: str) -> list[str]:
    found = list(names)
    for name in names:
        bare = _PARTY.sub("", name)
        found.append(bare)
        if _GENERAL_BRANCH.search(bare):
            found.append(_GENERAL_BRANCH.sub("党总支", bare))
        elif _BRANCH.search(bare):
            found += [_BRANCH.sub(word, bare) for word in ("党支部", "支部")]
    return list(dict.fromkeys(found))


def _unit(name: str) -> str:
    """The bare name of a unit: 中共云溪镇委员会 is 云溪镇."""
    return _COMMITTEE.sub("", _PARTY.sub("", name))


def _the_open_one(called: list[Organization]) -> Organization | RosterRule:
    standing = [organization for organization in called if organization.closed_on is None]
    if len(standing) == 1:
        return standing[0]
    return RosterRule.ambiguous_branch if standing else RosterRule.closed_branch
