"""Many who are called alike, or nearly so: who of them is meant, and that nobody is held up by how many they are."""

import io
import sys
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pypinyin
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.access.permissions import Permission
from api.access.scope import Access
from api.members import names, service
from api.members.names import Lookalikes
from api.members.persons import Person, Persons
from api.members.record import DATES, dated, may_be
from api.members.roster.reading import read_roster
from api.members.rules import MOST_NAMESAKES
from models.enums import DatePrecision, LeavingKind, MemberStatus, Role
from models.member import Member
from tests.conftest import District
from tests.sheets import open_sheet

TODAY, ZONE = date(2026, 6, 1), ZoneInfo("Asia/Shanghai")
FEW, MANY = 30, 120
READ_ALIKE = "伟玮偉緯为為强強彊将王"
"""Characters of which some are read alike, and some in several ways; in daily use, and not."""


def is_taken_for(one: str, other: str) -> bool:
    """The rule, of two characters."""

    def read(character: str) -> set[str]:
        return {reading for found in pypinyin.pinyin(character, heteronym=True, errors="ignore") for reading in found}

    if one == other:
        return True
    are_common = all(names._is_in_daily_use(character) for character in (one, other))
    return not are_common and bool(read(one) & read(other))


WRITTEN = st.text(st.sampled_from(READ_ALIKE + "A·X\U00033479"), max_size=4)


@given(st.lists(WRITTEN, max_size=12), WRITTEN)
def test_names_are_found_that_another_is_taken_for_by_each_of_their_characters(some: list[str], other: str) -> None:
    lookalikes, bare = Lookalikes(some), names._bare(other)

    def is_like(name: str) -> bool:
        own = names._bare(name)
        return len(own) == len(bare) and all(map(is_taken_for, own, bare))

    assert list(lookalikes.names(lookalikes.of(other))) == [name for name in dict.fromkeys(some) if is_like(name)]


DAY = st.sampled_from([date(1970, 5, 1), date(1970, 5, 2), date(1990, 5, 1)])
PRECISION = st.sampled_from(DatePrecision)
PERSON = st.builds(
    Person,
    st.just(UUID(int=1)),
    st.uuids(),
    st.just("王伟"),
    st.sampled_from([None, "1", "2"]),
    st.none() | DAY,
    PRECISION,
    DAY,
    PRECISION,
    st.none() | DAY,
    PRECISION,
    st.sampled_from(MemberStatus),
    st.none(),
)


@given(st.lists(PERSON, max_size=8), st.lists(PERSON, max_size=3), PERSON)
def test_of_one_name_those_are_found_of_whom_the_same_may_be_said(
    some: list[Person], changed: list[Person], stated: Person
) -> None:
    persons, known = Persons(some), {one.id: one for one in some}
    for one, after in zip(some, changed, strict=False):
        known[one.id] = after._replace(id=one.id)
        persons.put(known[one.id])
    meant = [one for one in known.values() if may_be(stated, one, stated.national_id_digest)]
    assert sorted(persons.meant(stated, stated.national_id_digest)) == sorted(meant)
    likely = [one for one in meant if all(dated(one, name) == dated(stated, name) for name in DATES)] or meant
    likely = [one for one in likely if one.status is not MemberStatus.left] or likely
    found = persons.likeliest(stated, stated.national_id_digest)
    assert (len(found), set(found) <= set(likely)) == (min(2, len(likely)), True)


def homophones() -> tuple[str, str, list[str]]:
    """Two rare characters that are read alike, and others that are read otherwise."""
    found: dict[frozenset[str], list[str]] = {}
    for character in map(chr, range(0x3400, 0x4DBF)):
        if len(names._readings(character)) == 1:
            found.setdefault(names._readings(character), []).append(character)
    alike = max(found.values(), key=len)
    return alike[0], alike[1], [one for some in found.values() if some is not alike for one in some]


ONE, OTHER, OTHERS = homophones()
BORN, JOINED = date(1940, 1, 1), date(2010, 5, 1)


def stored(district: District, number: int, called: Callable[[int], str], **more: Any) -> None:
    with district.work() as work:
        for order in range(number):
            born = BORN + timedelta(days=order)
            known = {"birth_date": born, "joined_on": JOINED, "confirmed_on": date(2011, 6, 1), "status": MemberStatus.full, **more}
            work.add(Member(organization_id=district.ids["B11"], full_name=called(order), **known))


def roster(rows: Iterable[tuple[str, str, date]]) -> io.BytesIO:
    lines = (f"{name},{born},{JOINED},{confirmed}" for name, born, confirmed in rows)
    return io.BytesIO("\n".join(["姓名,出生日期,入党时间,转正时间", *lines]).encode())


def rows_of(number: int, called: Callable[[int], str]) -> list[tuple[str, str, date]]:
    return [(called(order), str(BORN + timedelta(days=10_000 + order)), date(2011, 6, 1)) for order in range(number)]


def work_of(district: District, file: io.BytesIO) -> int:
    """How many functions are called to tell what an import would do."""
    caller = UUID(district.sign_in(Role.secretary, "B11").account_id)
    access, calls = Access(caller, caller, district.ids["B11"], None, Permission.member_write, ()), [0]

    def count(_frame: Any, event: str, _argument: Any) -> None:
        calls[0] += event == "call"

    with district.work() as work:
        rows = service.read_ahead(read_roster(open_sheet(file), today=TODAY, zone=ZONE, is_of_one_branch=True))
        sys.setprofile(count)
        try:
            done = service.import_members(
                work,
                access,
                rows,
                district.house.cipher,
                organization_id=district.ids["B11"],
                dry_run=True,
                on_error=service.OnError.skip,
            )
        finally:
            sys.setprofile(None)
    assert {row.rule for row in done.rejected} <= {"several_namesakes"}
    return calls[0]


GONE = {"status": MemberStatus.left, "left_on": date(2020, 1, 1), "left_kind": LeavingKind.expelled, "left_reason": "按决定办理"}


def of_one_name(district: District, number: int) -> io.BytesIO:
    stored(district, number, lambda _: "王伟")
    return roster(rows_of(number, lambda _: "王伟"))


def who_each_may_be_any_of_one_name(district: District, number: int) -> io.BytesIO:
    stored(district, number, lambda _: "王伟")
    return roster(("王伟", "", date(2011, 6, 1) + timedelta(days=order)) for order in range(number))


def called_like_who_has_left(district: District, number: int) -> io.BytesIO:
    stored(district, number, lambda _: "王伟", **GONE)
    return roster(rows_of(number, lambda order: "王偉" if order % 2 else "王伟"))


def of_long_rare_names_read_like_those_of_who_has_left(district: District, number: int) -> io.BytesIO:
    stored(district, number, lambda order: ONE * 40 + OTHERS[order], **GONE)
    return roster(rows_of(number, lambda order: OTHER * 40 + OTHERS[-order]))


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize(
    "rows",
    [
        of_one_name,
        who_each_may_be_any_of_one_name,
        called_like_who_has_left,
        of_long_rare_names_read_like_those_of_who_has_left,
    ],
)
def test_a_roster_costs_its_rows_and_those_who_are_stored_and_never_the_one_times_the_other(
    district: District, rows: Callable[[District, int], io.BytesIO]
) -> None:
    work_of(district, rows(district, 5))
    few = work_of(district, rows(district, FEW))
    many = work_of(district, rows(district, MANY))
    assert many < 1.5 * MANY / FEW * few


@pytest.mark.engine("sqlite")
def test_each_character_is_asked_once_how_it_is_read(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, read = list[str](), pypinyin.pinyin

    def noted(character: str, *how: Any, **more: Any) -> Any:
        asked.append(character)
        return read(character, *how, **more)

    monkeypatch.setattr(pypinyin, "pinyin", noted)
    file = of_long_rare_names_read_like_those_of_who_has_left(district, FEW)
    service_calls = work_of(district, file)
    assert service_calls and len(asked) <= 2 * FEW + 2


def test_a_leaving_tells_of_fifty_who_are_called_so(district: District) -> None:
    stored(district, MOST_NAMESAKES + 2, lambda _: "王伟")
    secretary = district.sign_in(Role.secretary, "B11")
    key = secretary.get("/v1/members").json()["items"][0]["id"]
    answer = secretary.post(f"/v1/members/{key}/leave", json={"kind": "expelled", "reason": "按决定办理"})
    assert len(answer.json()["namesakes"]) == MOST_NAMESAKES
