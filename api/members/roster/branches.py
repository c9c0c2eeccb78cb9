"""Which organisation a roster means by the name of a branch, as offices write it."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice
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
    """What the names of one roster mean, within the caller's reach; `access` is None where all is. Whatever a name is looked up by
    is asked for and sorted once, however many names and branches share it: of either there may be thousands."""

    def __init__(self, work: Work, access: Access | None) -> None:
        self.work, self.access = work, access
        self.meant: dict[str, Organization | RosterRule] = {}
        self.reached: dict[UUID, bool] = {}
        self.called: dict[str, list[Organization]] = {}
        """The organisations of each spelling that was looked for."""
        self.units: dict[UUID, str] = {}
        """The bare names of what stands above those that have been asked so far what they stand below."""
        self.below: dict[str, dict[str, dict[UUID, Organization]]] = {}
        """Those by their spelling and by what stands above them, or is what they are called themselves."""
        self.found: dict[tuple[str, frozenset[str]], Organization | RosterRule | None] = {}
        """What a spelling means below such units."""

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
        self._find_called({spelling for found in spelled.values() for spelling, _ in found})
        self._find_above({spelling for found in spelled.values() for spelling, above in found if above})
        for name, found in spelled.items():
            meant = (self._meant(spelling, frozenset(map(_unit, above))) for spelling, above in found)
            self.meant[name] = next((one for one in meant if one is not None), RosterRule.unknown_branch)

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

    def _find_called(self, spellings: set[str]) -> None:
        new: dict[str, list[Organization]] = {spelling: [] for spelling in spellings - self.called.keys()}
        self.called |= new
        for organization in queries.branches_called(self.work, self.access, new.keys()):
            for spelling in {organization.name, organization.code} & new.keys():
                new[spelling].append(organization)
            self.reached[organization.id] = True

    def _find_above(self, spellings: set[str]) -> None:
        """Learn below which units those of these spellings stand."""
        new = {spelling: self.called[spelling] for spelling in spellings - self.below.keys()}
        paths = {one.id: keys_of(one.path) for called in new.values() for one in called}
        unknown = iter(set(chain.from_iterable(paths.values())) - self.units.keys())
        while keys := list(islice(unknown, queries.MOST_KEYS)):
            self.units |= {key: _unit(name) for key, name in organization_names(self.work, keys).items()}
        for spelling, called in new.items():
            below = self.below[spelling] = defaultdict(dict)
            for one in called:
                for key in paths[one.id]:
                    below[self.units[key]][one.id] = one

    def _meant(self, spelling: str, above: frozenset[str]) -> Organization | RosterRule | None:
        """What a spelling means below these units, if anything."""
        if (spelling, above) not in self.found:
            called = self.called[spelling]
            if above:
                fewest, *others = sorted((self.below[spelling].get(unit, {}) for unit in above), key=len)
                called = [one for key, one in fewest.items() if all(key in other for other in others)]
            self.found[spelling, above] = _the_open_one(called) if called else None
        return self.found[spelling, above]


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
