"""Inspections of venues (检查): each one document, made offline, sent again whenever it has changed, until it is final."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from api.access.names import named
from api.access.scope import Access
from api.database import Work
from api.errors import Refusal
from api.files import service as files
from api.inspections import queries, rules
from api.inspections.attachments import PICTURES, find_inspection
from api.inspections.judging import Judge, Judged
from api.inspections.rules import Document, Outcome
from api.pagination import MOST_ROWS_WITH_THEIRS, Pages
from api.rectifications import service as rectifications
from api.standards import service as standards
from api.standards.rules import Content, NoStandardInForce
from api.standards.telling import contents_of
from models.enums import CheckResult
from models.inspection import Inspection, InspectionItem
from models.standard import StandardItem
from models.venue import Venue


@dataclass(frozen=True)
class Told:
    """An inspection as it is told of: with names beside its keys, what it says of each item, and how often it says what."""

    inspection: Inspection
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Sent:
    """What became of one of several inspections, and why it was refused, if it was."""

    client_id: UUID
    outcome: Outcome
    id: UUID | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Checklist:
    """What a venue is checked by today."""

    standard_number: int
    token: str
    venue: Mapping[str, Any]
    items: Sequence[Content]


def show_checklist(work: Work, access: Access, venue_id: UUID) -> Checklist:
    """The items of the version in force for a venue within reach. Raises `NotFound` or `NoStandardInForce`."""
    venue = access.get(work, Venue, venue_id)
    standard = standards.standard_in_force(work, work.today)
    if standard is None:
        raise NoStandardInForce
    items = contents_of(standards.checklist(work, standard.number, venue.kind))
    return Checklist(standard.number, standard.token, named(work, access, [venue])[0], list(items.values()))


def send_inspection(work: Work, access: Access, document: Document) -> tuple[Told, Outcome]:
    """Keep an inspection as it is sent; one that is known, and no news, stays as it is.

    Raises `NotYourFile`, or as `Judge.look_at` does.
    """
    row, outcome = _send(work, access, Judge(work, access, [document]), document)
    if outcome is not Outcome.unchanged:
        work.record("send_inspection", row, outcome=outcome.value, revision=row.revision, final=row.final)
    return _told(work, access, [row])[0], outcome


def send_inspections(work: Work, access: Access, judged: Judged) -> list[Sent]:
    """The same for several, each by itself: what is refused keeps nobody else out. What is to be kept is judged once more, by what
    holds now."""
    left = [document for place, document in enumerate(judged.documents) if place not in judged.found]
    judge, sent = Judge(work, access, left) if left else None, []
    for place, document in enumerate(judged.documents):
        row, outcome = judged.found.get(place), Outcome.unchanged
        if judge is not None and row is None:
            try:
                with work.begin_nested():
                    row, outcome = _send(work, access, judge, document)
            except Refusal as refusal:
                row = refusal
        if isinstance(row, Inspection):
            if outcome is not Outcome.unchanged:
                work.record("send_inspections", row, outcome=outcome.value, revision=row.revision, final=row.final)
            sent.append(Sent(document.client_id, outcome, row.id))
        else:
            sent.append(Sent(document.client_id, Outcome.refused, refusal=row))
    return sent


def list_inspections(
    work: Work,
    access: Access,
    pages: Pages,
    *,
    organization_id: UUID | None,
    venue_id: UUID | None,
    since: date | None,
    until: date | None,
) -> tuple[list[Told], str | None]:
    """The inspections of venues within reach, the newest first, and of drafts only the caller's; or those that were finished on
    the days from `since` to `until`. Raises `NotFound` or `BadSpan`."""
    rules.check_days(since, until)
    found = access.listed(work, Inspection, organization_id=organization_id, venue_id=venue_id)
    begin = work.begin_of(since) if since else None
    end = work.begin_of(until + timedelta(days=1)) if until else None
    found = queries.finished(queries.visible(found, access.account_id), begin, end)
    rows, following = pages.read(work, queries.newest_first(found), most=MOST_ROWS_WITH_THEIRS)
    return _told(work, access, rows), following


def list_own_inspections(work: Work, access: Access, pages: Pages) -> tuple[list[Told], str | None]:
    """What the caller has sent himself, drafts too, the newest first."""
    found = access.listed(work, Inspection, inspected_by=access.account_id)
    rows, following = pages.read(work, queries.newest_first(found), most=MOST_ROWS_WITH_THEIRS)
    return _told(work, access, rows), following


def show_inspection(work: Work, access: Access, inspection_id: UUID) -> Told:
    """One inspection; a draft is its inspector's alone. Raises `NotFound`."""
    return _told(work, access, [find_inspection(work, access, inspection_id)])[0]


def _send(work: Work, access: Access, judge: Judge, document: Document) -> tuple[Inspection, Outcome]:
    news = judge.look_at(document)
    if isinstance(news, Inspection):
        return news, Outcome.unchanged
    venue = news.venue
    row = news.known or Inspection(inspected_by=access.account_id, client_id=document.client_id)
    row.organization_id, row.venue_id, row.venue_kind = venue.organization_id, venue.id, venue.kind
    row.standard_number, row.unannounced, row.by_own_organization = document.standard_number, document.unannounced, news.is_own
    row.started_at, row.finished_at, row.final = document.started_at, document.finished_at, document.final
    row.revision, row.received_at, row.digest = document.revision, work.at, news.digest
    if news.known is None:
        work.add(row)
        work.flush()
    kept = _keep_items(work, access, judge, row, document)
    if row.final:
        _open_rectifications(work, row, kept, news.items)
    return row, Outcome.updated if news.known else Outcome.created


def _keep_items(work: Work, access: Access, judge: Judge, inspection: Inspection, document: Document) -> list[InspectionItem]:
    """Keep what is said of each item, so that an item that was known stays the same row, with just the pictures that are sent."""
    known, photos = judge.said.get(inspection.id, {}), judge.photos
    sent = {item.code: item for item in document.items}
    changed = [row for code, row in known.items() if photos.get(row.id) and (code not in sent or _differ(photos, row, sent[code]))]
    for row in changed:
        files.detach(work, PICTURES, row.id)
    for code in known.keys() - sent.keys():
        work.delete(known[code])
    kept = []
    for item in sorted(document.items, key=lambda item: item.code):
        row = known.get(item.code) or InspectionItem(inspection_id=inspection.id, code=item.code)
        row.result, row.note, row.due_on, row.responsible_id = item.result, item.note, item.due_on, item.responsible_id
        if item.code not in known:
            work.add(row)
        kept.append(row)
    work.flush_batch()
    brings = [row for row in kept if _differ(photos, row, sent[row.code]) and sent[row.code].photo_ids]
    for row in brings:
        files.attach(work, access, sent[row.code].photo_ids, PICTURES, row.id)
    judge.keep(inspection, {row.code: row for row in kept}, with_pictures=bool(changed or brings))
    return kept


def _differ(photos: Mapping[UUID, Collection[UUID]], row: InspectionItem, item: rules.Answer) -> bool:
    return set(photos.get(row.id, ())) != set(item.photo_ids)


def _open_rectifications(
    work: Work, inspection: Inspection, kept: Sequence[InspectionItem], items: Mapping[str, StandardItem]
) -> None:
    findings = [
        rectifications.Finding(
            source=row,
            organization_id=row.responsible_id or inspection.organization_id,
            code=row.code,
            name=items[row.code].name,
            words=row.note or "",
            due_on=row.due_on,
        )
        for row in kept
        if row.result is CheckResult.failed
    ]
    rectifications.open_rectifications(work, inspection.venue_id, inspection.id, findings)


def _told(work: Work, access: Access, rows: Sequence[Inspection]) -> list[Told]:
    said = queries.items(work, [row.id for row in rows])
    keys = [item.id for item in said]
    photos = files.attachments(work, PICTURES, keys)
    opened = rectifications.opened_for(work, str(InspectionItem.__tablename__), keys)
    named_by = {
        number: {item.code: item for item in standards.all_items(work, number)} for number in {r.standard_number for r in rows}
    }
    beside: dict[UUID, list[dict[str, Any]]] = {}
    numbers = {row.id: row.standard_number for row in rows}
    for item, fields in zip(said, named(work, access, said), strict=True):
        of_standard = named_by[numbers[item.inspection_id]].get(item.code)
        more = {
            "name": of_standard.name if of_standard else item.code,
            "obligation": of_standard.obligation if of_standard else None,
            "photo_ids": photos.get(item.id, []),
            "rectification_id": opened[item.id][0] if item.id in opened else None,
            "due_on": opened[item.id][1] if item.id in opened else item.due_on,
        }
        beside.setdefault(item.inspection_id, []).append({**fields, **more})
    found = []
    for row, fields in zip(rows, named(work, access, rows), strict=True):
        own = beside.get(row.id, [])
        counts = {result.value: sum(item["result"] is result for item in own) for result in CheckResult}
        found.append(Told(row, {**fields, "items": own, "counts": counts}))
    return found
