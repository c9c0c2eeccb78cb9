"""Entries of scores and appeals, as they stand in the tables."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, select, update

from models.appeal import Appeal
from models.score import ScoreEntry, ScoreYear
from models.score_enums import ScoreScheme, ScoreSection
from tests.clock import district_day
from tests.conftest import District

YEAR = district_day().year


def keep_entry(district: District, code: str, member_id: UUID, entered_by: str | UUID, **content: Any) -> UUID:
    """An entry of this year, by itself one of half a point in the base; its key."""
    with district.work() as work:
        values: dict[str, Any] = {
            "year": YEAR,
            "section": ScoreSection.base,
            "half_points": 1,
            "reason": "迟到",
            "happened_on": work.today,
        } | content
        keep_year(work, values["year"])
        entry = ScoreEntry(organization_id=district.ids[code], member_id=member_id, entered_by=UUID(str(entered_by)), **values)
        work.add(entry)
        work.flush()
        return entry.id


def keep_year(work: Any, year: int, scheme: ScoreScheme = ScoreScheme.pledge_50_30_20) -> ScoreYear:
    """The row of a year, made with this scheme where there is none."""
    row: ScoreYear | None = work.exec(select(ScoreYear).where(col(ScoreYear.year) == year)).first()
    if row is None:
        row = ScoreYear(year=year, scheme=scheme)
        work.add(row)
        work.flush()
    return row


def keep_appeal(district: District, code: str, entry_id: UUID) -> UUID:
    """An open appeal against an entry; its key."""
    with district.work() as work:
        appeal = Appeal(organization_id=district.ids[code], entry_id=entry_id, reason="当天请过假。")
        work.add(appeal)
        work.flush()
        return appeal.id


def entered_at(district: District, entry_id: str, moment: datetime) -> None:
    """Let an entry have been made at another moment."""
    with district.work() as work:
        work.execute(update(ScoreEntry).where(col(ScoreEntry.id) == UUID(entry_id)).values(created_at=moment))
