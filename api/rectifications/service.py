"""Things to be put right (整改): opened by whoever has found them, reported as done by one, confirmed or returned by another.

What has found them is told by `source`; this room knows none of the sources.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import col

from api.access.about import is_of, own_among
from api.access.names import named, organization_names
from api.access.rules import AboutOneself
from api.access.scope import Access
from api.database import Work
from api.files import service as files
from api.pagination import MOST_ROWS_WITH_THEIRS, Pages
from api.rectifications import queries
from api.rectifications.attachments import PICTURES
from api.rectifications.rules import MOST_STEPS_TOLD, MOVES, OfThatOrganization, due_day, is_overdue, is_with_the_district
from api.versions import Expected
from models.base import Record
from models.enums import RectificationAction, RectificationState
from models.organization import Organization
from models.rectification import Rectification, RectificationEvent


@dataclass(frozen=True)
class Finding:
    """What somebody has found wrong: by which row it is known (`source`), what is wrong in whose words, and who puts it right."""

    source: Record
    organization_id: UUID
    code: str
    name: str
    words: str
    due_on: date | None


@dataclass(frozen=True)
class Told:
    """A thing to be put right as it is told of: with the names beside its keys, what its day makes of it, and its steps."""

    rectification: Rectification
    fields: Mapping[str, Any]


def open_rectifications(work: Work, venue_id: UUID, inspection_id: UUID, findings: Sequence[Finding]) -> None:
    """Open what was found, each within the time that it has from today on."""
    for one in findings:
        row = Rectification(
            organization_id=one.organization_id,
            venue_id=venue_id,
            inspection_id=inspection_id,
            source_kind=str(one.source.__tablename__),
            source_id=one.source.id,
            code=one.code,
            name=one.name,
            finding=one.words,
            due_on=due_day(one.due_on, work.today),
        )
        work.add(row)
    work.flush()


def opened_for(work: Work, kind: str, keys: Collection[UUID]) -> dict[UUID, tuple[UUID, date]]:
    """The keys of what was opened for rows of a kind, and by which day it has to be put right, by row."""
    return queries.of_sources(work, kind, keys)


def list_rectifications(
    work: Work,
    access: Access,
    pages: Pages,
    *,
    organization_id: UUID | None,
    inspection_id: UUID | None,
    state: RectificationState | None,
    overdue: bool | None,
) -> tuple[list[Told], str | None]:
    """What has to be put right by the organisations within reach, the newest first."""
    found = access.listed(work, Rectification, organization_id=organization_id, state=state, inspection_id=inspection_id)
    is_little = access.asks_little(work, work.get(Organization, organization_id) if organization_id else None, inspection_id)
    if state is not None and state is not RectificationState.confirmed and not is_little:
        found = queries.unconfirmed(found)
    if overdue is not None:
        found = queries.overdue_only(found, work.today, overdue=overdue)
    rows, following = pages.read(work, found.order_by(col(Rectification.id).desc()), most=MOST_ROWS_WITH_THEIRS)
    return tell_rectifications(work, access, rows), following


def show_rectification(work: Work, access: Access, rectification_id: UUID) -> Told:
    return _told(work, access, access.get(work, Rectification, rectification_id))


def claim_rectification(
    work: Work, access: Access, rectification_id: UUID, note: str, photo_ids: Sequence[UUID], expected: Expected
) -> Told:
    """Report that something has been put right. Raises `NotFound`, `NotInThisState` or `NotYourFile`."""
    row = access.get(work, Rectification, rectification_id)
    expected.check(row)
    row.state = MOVES.after(RectificationAction.claim, row.state)
    row.claimed_by, row.claimed_at = access.account_id, work.at
    event = _step(work, access, row, RectificationAction.claim, note)
    files.attach(work, access, photo_ids, PICTURES, event.id)
    work.record("claim_rectification", row, pictures=len(photo_ids))
    return _told(work, access, row)


def confirm_rectification(work: Work, access: Access, rectification_id: UUID, reason: str, expected: Expected) -> Told:
    """Confirm that something has been put right. Raises `NotFound`, `AboutOneself`, `OfThatOrganization` or `NotInThisState`."""
    row = _to_check(work, access, rectification_id, expected)
    row.state = MOVES.after(RectificationAction.confirm, row.state)
    row.confirmed_at = work.at
    _step(work, access, row, RectificationAction.confirm, reason)
    work.record("confirm_rectification", row)
    return _told(work, access, row)


def return_rectification(
    work: Work, access: Access, rectification_id: UUID, reason: str, due_on: date | None, expected: Expected
) -> Told:
    """Ask that something be put right after all, by the day that it had unless another is given. Raises as
    `confirm_rectification`."""
    row = _to_check(work, access, rectification_id, expected)
    row.state = MOVES.after(RectificationAction.return_, row.state)
    if due_on is not None:
        row.due_on = due_day(due_on, work.today)
    _step(work, access, row, RectificationAction.return_, reason)
    work.record("return_rectification", row)
    return _told(work, access, row)


def tell_rectifications(work: Work, access: Access, rows: Sequence[Rectification]) -> list[Told]:
    """Things to be put right with all that is told of them, by few statements however many there are."""
    keys = [row.id for row in rows]
    counts, steps = queries.count_events(work, keys), queries.events(work, keys, MOST_STEPS_TOLD)
    photos = files.attachments(work, PICTURES, [step.id for step in steps])
    events: dict[UUID, list[dict[str, Any]]] = {row.id: [] for row in rows}
    for step in named(work, access, steps):
        more = {"account_id": step["done_by"], "account_name": step["done_by_name"], "photo_ids": photos.get(step["id"], [])}
        events[step["rectification_id"]].append(step | more)
    late = {row.id for row in rows if is_overdue(row.state, row.due_on, work.today)}
    above = queries.above(work, {row.organization_id for row in rows if row.id in late})
    escalated = {row.id: _escalated_to(row, above[row.organization_id], work.today) for row in rows if row.id in late}
    names = organization_names(work, {key for key in escalated.values() if key}) if escalated else {}
    found = []
    for row, fields in zip(rows, named(work, access, rows), strict=True):
        key = escalated.get(row.id)
        name = names.get(key) if key else None
        beside: dict[str, Any] = {"is_overdue": row.id in late, "escalated_to": key, "escalated_to_name": name}
        beside |= {"event_count": counts.get(row.id, 0), "events": events[row.id]}
        found.append(Told(row, {**fields, **beside}))
    return found


def _told(work: Work, access: Access, row: Rectification) -> Told:
    return tell_rectifications(work, access, [row])[0]


def _escalated_to(row: Rectification, above: queries.Above, today: date) -> UUID | None:
    district = above.district_id or row.organization_id
    return district if is_with_the_district(row.due_on, today) else above.nearest_id or district


def _to_check(work: Work, access: Access, rectification_id: UUID, expected: Expected) -> Rectification:
    row = access.get(work, Rectification, rectification_id)
    if row.claimed_by is not None and own_among(work, access, [row.claimed_by]):
        raise AboutOneself
    expected.check(row)
    if is_of(work, access, row.organization_id):
        raise OfThatOrganization
    return row


def _step(work: Work, access: Access, row: Rectification, action: RectificationAction, note: str) -> RectificationEvent:
    event = RectificationEvent(rectification_id=row.id, action=action, at=work.at, done_by=access.account_id, note=note)
    work.add(event)
    work.flush()
    return event
