"""Random rosters with known truth: exactly the injected faults are found, where they are, and everyone else is read right."""

import io
import os
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from api.adapters.cells import UPLOADED, Sheet
from api.adapters.separated import open_text
from api.adapters.tables import RejectedRow
from api.adapters.workbooks import read_workbook
from api.adapters.worksheets import DAY_ZERO
from api.members.faults import RosterRule
from api.members.roster.reading import read_roster
from api.members.roster.rows import RosterEntry
from models.enums import Role
from models.member import Member
from tests.conftest import District
from tests.members.roster.random_rosters import BRANCHES, Generated, Person, roster_of
from tests.members.rosters import send

TODAY = date(2026, 10, 15)
ZONE = ZoneInfo("Asia/Shanghai")
ROSTERS = int(os.environ.get("ROSTERS", "8"))
SEEDS = st.integers(0, 2**32)


def opened(roster: Generated) -> Sheet:
    """The first visible sheet, a workbook being parsed here instead of in a process of its own."""
    if not roster.is_workbook:
        return open_text(io.BytesIO(roster.content), UPLOADED)
    parsed = read_workbook(io.BytesIO(roster.content), UPLOADED.max_unpacked)
    rows = next(list(sheet.rows) for sheet in parsed if not sheet.is_hidden)
    return Sheet(lambda: iter(rows), day_zero=DAY_ZERO)


def judged(roster: Generated) -> list[RosterEntry | RejectedRow]:
    return [
        row.verdict(*([RosterRule.unknown_branch] if row.branch_name and row.branch_name not in BRANCHES else []))
        for row in read_roster(opened(roster), today=TODAY, zone=ZONE).rows()
    ]


def as_read(entry: RosterEntry) -> tuple[Any, ...]:
    return (
        entry.full_name,
        entry.national_id,
        entry.gender,
        (entry.birth_date, entry.birth_precision),
        (entry.joined_on, entry.joined_precision),
        (entry.confirmed_on, entry.confirmed_precision),
        entry.branch_name,
        entry.mobile,
    )


def as_meant(person: Person) -> tuple[Any, ...]:
    return (
        person.name,
        person.number,
        person.gender,
        (person.born, person.birth_precision),
        (person.joined, person.joined_precision),
        (person.confirmed, person.confirmed_precision),
        person.branch,
        person.mobile,
    )


@settings(max_examples=20 * ROSTERS, deadline=None, derandomize=True)
@given(SEEDS)
def test_exactly_the_injected_faults_are_found_and_everyone_else_is_read_right(seed: int) -> None:
    roster = roster_of(seed)
    found = judged(roster)
    assert [row.row for row in found] == [person.row for person in roster.people]
    rejected = [row for row in found if isinstance(row, RejectedRow)]
    assert [(row.row, row.cell, row.column, row.rule) for row in rejected] == roster.faults
    assert not any(row.also for row in rejected)
    entries = {row.row: as_read(row) for row in found if isinstance(row, RosterEntry)}
    assert entries == {person.row: as_meant(person) for person in roster.people if not person.fault}


def test_every_kind_of_fault_and_file_is_among_the_examples() -> None:
    rosters = [roster_of(seed) for seed in range(200)]
    assert {rule for roster in rosters for *_, rule in roster.faults} == {
        "name_missing",
        "id_lost_digits",
        "id_checksum",
        "gender_contradicts_id",
        "birth_contradicts_id",
        "phone_short",
        "joined_unreadable",
        "joined_future",
        "confirmed_before_joined",
        "unknown_branch",
        "formula",
        "duplicate_id",
        "duplicate_person",
    }
    assert {roster.is_workbook for roster in rosters} == {True, False}


@pytest.mark.engine("sqlite")
@pytest.mark.parametrize("seed", range(ROSTERS))
def test_the_import_stores_the_good_rows_or_nothing(district: District, seed: int) -> None:
    roster = roster_of(seed * 7919)
    officer = district.sign_in(Role.district_officer, "D")
    good = {person.row: person for person in roster.people if not person.fault}

    def told(answer: Any) -> list[tuple[int, str, str, str]]:
        return [(row["row"], row["cell"], row["column"], row["rule"]) for row in answer.json()["rejected"]]

    def stored() -> list[str]:
        with district.work() as work:
            return sorted(member.full_name for member in work.exec(select(Member)).all())

    aborted = send(officer, roster.content)
    assert (aborted.status_code, told(aborted)) == ((422 if roster.faults else 200), roster.faults)
    assert stored() == ([] if roster.faults else sorted(person.name for person in good.values()))
    skipped = send(officer, roster.content, on_error="skip")
    assert (skipped.status_code, told(skipped)) == (200, roster.faults)
    assert stored() == sorted(person.name for person in good.values())
    again = send(officer, roster.content, on_error="skip").json()
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, len(good))
