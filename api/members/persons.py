"""Who of many of one name is meant by what is stated of somebody: found by it, without going through all of them for each."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import UUID

from api.members.record import DATES, dated
from api.members.rules import Dated
from models.enums import DatePrecision, LeavingKind, MemberStatus
from models.member import Member

_Key = tuple[object, ...]
_ANY: Final = "whether a number is known or not"


class Person(NamedTuple):
    """What tells of a member who he is. `home` is his branch, or the organisation that he belongs to."""

    home: UUID
    id: UUID
    full_name: str
    national_id_digest: str | None
    birth_date: date | None
    birth_precision: DatePrecision
    joined_on: date
    joined_precision: DatePrecision
    confirmed_on: date | None
    confirmed_precision: DatePrecision
    status: MemberStatus
    left_kind: LeavingKind | None

    @classmethod
    def of(cls, member: Member) -> "Person":
        return cls(member.organization_id, *(getattr(member, name) for name in cls._fields[1:]))


class Persons:
    """People of one name."""

    def __init__(self, people: Iterable[Person] = ()) -> None:
        self._known: dict[UUID, Person] = {}
        self._found: dict[_Key, list[Person]] = {}
        for person in people:
            self.put(person)

    def put(self, person: Person) -> None:
        """Know a person, or know him otherwise."""
        self._known[person.id] = person
        for key in _keys_of(person):
            self._found.setdefault((person.status is MemberStatus.left, *key), []).append(person)

    def meant(self, stated: Mapping[str, Any] | object, digest: str | None) -> Iterator[Person]:
        """Those of whom this may be said, as `record.may_be` tells it of one."""
        return self._at((has_left, *key) for has_left in (False, True) for key in _keys_asked(stated, digest))

    def likeliest(self, stated: Mapping[str, Any] | object, digest: str | None) -> list[Person]:
        """Of these the most alike, whose dates are all the same, and of them rather who has not left; two at the most."""
        same = [(number, _dates_of(stated)) for number in _numbers_asked(digest)]
        for keys in (same, list(_keys_asked(stated, digest))):
            for has_left in (False, True):
                if found := list(islice(self._at((has_left, *key) for key in keys), 2)):
                    return found
        return []

    def _at(self, keys: Iterable[_Key]) -> Iterator[Person]:
        return (one for key in keys for one in self._found.get(key, ()) if self._known[one.id] is one)


def _keys_of(person: Person) -> Iterator[_Key]:
    """Under what somebody is found: his number and all dates; his number; and where that is not asked for or not known, his birth,
    or his joining, beside whether his birth is known."""
    number, born, joined = person.national_id_digest, dated(person, "birth_date"), dated(person, "joined_on")
    yield from ((one, _dates_of(person)) for one in (number, _ANY))
    if number:
        yield (number,)
    for one in (_ANY,) if number else (None, _ANY):
        yield from ((one, "born", *span) for span in _spans(born))
        yield from ((one, born is not None, *span) for span in _spans(joined))


def _keys_asked(stated: Mapping[str, Any] | object, digest: str | None) -> Iterator[_Key]:
    born, joined = dated(stated, "birth_date"), dated(stated, "joined_on")
    if digest:
        yield (digest,)
    one = _numbers_asked(digest)[-1]
    yield from ((one, "born", *span) for span in _spans_asked(born))
    for is_born in (False,) if born else (False, True):
        yield from ((one, is_born, *span) for span in _spans_asked(joined))


def _numbers_asked(digest: str | None) -> tuple[str | None, ...]:
    return (digest, None) if digest else (_ANY,)


def _dates_of(stated: Mapping[str, Any] | object) -> tuple[Dated | None, ...]:
    return tuple(dated(stated, name) for name in DATES)


def _spans(one: Dated | None) -> Iterator[_Key]:
    """Under what a date is found that agrees with others, as `rules.agree` tells it."""
    if one is not None:
        yield one.precision, _as_known(one)
        if one.precision is DatePrecision.day:
            yield "within", one.day.replace(day=1)


def _spans_asked(one: Dated | None) -> Iterator[_Key]:
    if one is not None:
        yield one.precision, _as_known(one)
        yield "within" if one.precision is DatePrecision.month else DatePrecision.month, one.day.replace(day=1)


def _as_known(one: Dated) -> date:
    return one.day.replace(day=1) if one.precision is DatePrecision.month else one.day
