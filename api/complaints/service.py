"""Complaints: somebody who scanned a code says that something is wrong, and whoever answers for the card looks into it."""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col

from api.access.about import check_about_member
from api.access.names import named
from api.access.phones import Phone
from api.access.scope import Access, Lock, root_id, take_turns
from api.adapters.cipher import Cipher, Place
from api.adapters.typed_text import legible
from api.codes.reading import ALPHABET, PrintedCode, find_code, forgiven
from api.complaints import queries, rules
from api.complaints.queries import Complaints, Subject
from api.complaints.rules import About
from api.database import Database, Origin, Work
from api.days import day_of
from api.errors import NotFound, Unavailable
from api.organizations.service import telephones_of
from api.pagination import Pages
from api.versions import Expected
from models.card import Card
from models.complaint import Complaint
from models.enums import ComplaintKind, ComplaintState
from models.organization import Organization
from models.venue import Venue

LONGEST_CODE = 200
TAKING_IN = 7_205_760_404
"""The number under which complaints are taken in one after another."""


@dataclass(frozen=True)
class Report:
    """What somebody says about a code, and whence: `about` is the card or the venue that the code leads to, if it leads to any."""

    code: str
    about: About
    kind: ComplaintKind
    details: str | None = field(repr=False)
    contact: str | None = field(repr=False)
    key: str
    network: str = field(repr=False)


@dataclass(frozen=True)
class Receipt:
    """What a reporter is given: the record of it, by which day it is looked into, and the telephones where he may ask: first of
    whoever looks into it, which is the level above where the holder of a post is reported, and that of the level above that one."""

    complaint: Complaint
    organization: str
    look_into_by: date
    service_phone: str | None
    above: Phone


@dataclass(frozen=True)
class Told:
    """A complaint with whose card or which venue it is about, if it is about any, and how many further ones it stands for."""

    complaint: Complaint
    told: Mapping[str, Any] = field(repr=False)
    """Its fields, with the names beside its keys."""
    subject: Subject | None
    venue_name: str | None
    further: int


@dataclass(frozen=True)
class Opened(Told):
    """A complaint with the words that are kept sealed."""

    details: str | None = field(repr=False)
    contact: str | None = field(repr=False)
    code: str | None = field(repr=False)


def report_misuse(database: Database, origin: Origin, report: Report, cipher: Cipher) -> Receipt:
    """Take in what somebody reports, for the organisation that issued the card or has the venue, or for the district where there is
    neither.

    The same report with the same key makes one complaint, however often it is sent. Beyond a card's measure for a day it is taken
    in short form, without its words, and counted with another. Raises `TooManyComplaints` where its network has sent too many.
    """
    # Anybody sends reports, as many as he likes: one that is known or refused has held up nobody who writes.
    with database.reading(origin) as work:
        receipt = _receipt_of(work, report, cipher)
    if receipt is None:
        with database.writing(origin) as work:
            take_turns(work, TAKING_IN)
            receipt = _receipt_of(work, report, cipher) or _receipt(work, _take_in(work, report, cipher))
    return receipt


def _receipt_of(work: Work, report: Report, cipher: Cipher) -> Receipt | None:
    """The receipt of a report that was sent before, None of one that is new. Raises `TooManyComplaints` where its network has sent
    too many to send a new one."""
    standing = queries.sent(work, _digest(report, cipher))
    if standing is not None:
        return _receipt(work, standing)
    tomorrow = work.begin_of(work.today + timedelta(days=1))
    rules.check_room(
        queries.count_of_network(work, _network(work, report, cipher)),
        retry_after=int((tomorrow - work.at).total_seconds()) + 1,
        service_phone=telephones_of(work, _owner_id(work, report)).nearest,
    )
    return None


def show_receipt(work: Work, receipt_no: str) -> Receipt | None:
    """The receipt of that number; None where there is none."""
    complaint = queries.with_receipt(work, as_given_out(receipt_no))
    return _receipt(work, complaint) if complaint is not None else None


def list_complaints(
    work: Work,
    access: Access,
    pages: Pages,
    *,
    organization_id: UUID | None,
    state: ComplaintState | None,
    receipt_no: str | None,
) -> tuple[list[Told], str | None]:
    """The complaints within reach but those about the caller himself, the newest first; one that is counted with another is found
    by its receipt alone."""
    number = as_given_out(receipt_no) if receipt_no else None
    found = queries.listed(work, access, organization_id=organization_id, state=state, receipt_no=number)
    complaints, following = pages.read(work, found.order_by(col(Complaint.id).desc()))
    return _all_told(work, access, complaints), following


def show_complaint(work: Work, access: Access, complaint_id: UUID, cipher: Cipher) -> Opened:
    """A complaint with its words; that somebody has read them stands in the audit trail. Raises `NotFound`, for one about the
    caller's own card too."""
    return _opened(work, access, _load(work, queries.seen(work, access), complaint_id, Lock.none), cipher)


def close_complaint(
    work: Work, access: Access, complaint_id: UUID, state: ComplaintState, reason: str, cipher: Cipher, expected: Expected
) -> Opened:
    """Write down whether a complaint was founded. Its words are in the answer, so that they are read as by `show_complaint`.

    Raises `NotFound`, for one about the caller himself too, `ForTheLevelAbove` for one about his equals or those above, or
    `AlreadyClosed`.
    """
    complaint = _load(work, queries.seen(work, access), complaint_id)
    expected.check(complaint)
    if (member_id := queries.subject_of(work, complaint)) is not None:
        check_about_member(work, access, member_id)
    if rules.CLOSING.after(state, complaint.state) is not complaint.state:
        for one in (complaint, *queries.counted_with(work, complaint.id)):
            one.decide(state, access.account_id, work.at, reason)
        work.record("close_complaint", complaint, state=state)
        work.flush()
    return _opened(work, access, complaint, cipher)


def _digest(report: Report, cipher: Cipher) -> str:
    return cipher.digest("complaint", json.dumps([report.key, report.code, report.kind, report.details, report.contact]))


def _network(work: Work, report: Report, cipher: Cipher) -> str:
    # The day stands in the digest, so that what one network sends on two days is not seen to belong together.
    return cipher.digest("complaint network", f"{work.today} {report.network}")


def _owner_id(work: Work, report: Report) -> UUID:
    card = work.get_one(Card, report.about.card_id) if report.about.card_id else None
    venue = work.get_one(Venue, report.about.venue_id) if report.about.venue_id else None
    thing = card or venue
    owner_id = thing.organization_id if thing else root_id(work)
    if owner_id is None:
        raise Unavailable
    return owner_id


def _take_in(work: Work, report: Report, cipher: Cipher) -> Complaint:
    is_known = report.about.card_id is not None or report.about.venue_id is not None
    today = work.begin_of(work.today)
    in_short = rules.in_short(queries.count_about(work, report.about, today), is_known=is_known)
    code = find_code(report.code)
    complaint = Complaint(
        organization_id=_owner_id(work, report),
        card_id=report.about.card_id,
        venue_id=report.about.venue_id,
        plate_id=queries.plate_id(work, code.text) if report.about.card_id and isinstance(code, PrintedCode) else None,
        kind=report.kind,
        counted_with=queries.standing_for_others(work, report.about, today) if in_short else None,
        network_digest=_network(work, report, cipher),
        receipt_no="".join(secrets.choice(ALPHABET) for _ in range(rules.RECEIPT_LENGTH)),
        sent_digest=_digest(report, cipher),
    )
    scanned = None if is_known else legible(report.code)[:LONGEST_CODE]
    sealed = {"details": None if in_short else report.details, "contact": report.contact, "code": scanned}
    for name, words in sealed.items():
        if words is not None:
            setattr(complaint, f"{name}_sealed", cipher.seal_text(words, _place(complaint, name)))
    work.add(complaint)
    work.flush()
    work.record("report_misuse", complaint, kind=report.kind, about_card=report.about.card_id is not None)
    return complaint


def _receipt(work: Work, complaint: Complaint) -> Receipt:
    looks_into_it = complaint.organization_id
    if complaint.card_id is not None and queries.holds_post(work, complaint.card_id):
        looks_into_it = work.get_one(Organization, looks_into_it).parent_id or looks_into_it
    phones = telephones_of(work, looks_into_it)
    due = rules.look_into_by(day_of(complaint.created_at, work.zone))
    return Receipt(complaint, phones.name, due, phones.nearest, phones.above)


def as_given_out(receipt_no: str) -> str:
    """A receipt number that was read aloud or typed, without anything that stands in none."""
    return "".join(letter for letter in forgiven(receipt_no) if letter in ALPHABET)


def _load(work: Work, complaints: Complaints, complaint_id: UUID, lock: Lock = Lock.for_change) -> Complaint:
    complaint = queries.one(work, complaints, complaint_id, lock)
    if complaint is None:
        raise NotFound
    return complaint


def _all_told(work: Work, access: Access, complaints: Sequence[Complaint]) -> list[Told]:
    subjects = queries.subjects(work, [complaint.card_id for complaint in complaints])
    venues = queries.venue_names(work, [complaint.venue_id for complaint in complaints])
    further = queries.counts_with(work, [complaint.id for complaint in complaints])
    return [
        Told(one, told, subjects.get(one.card_id), venues.get(one.venue_id), further.get(one.id, 0))
        for one, told in zip(complaints, named(work, access, complaints), strict=True)
    ]


def _opened(work: Work, access: Access, complaint: Complaint, cipher: Cipher) -> Opened:
    """A complaint with its words, in the answer of whoever asks; that they are read stands in the audit trail."""
    (told,) = _all_told(work, access, [complaint])
    details, contact, code = (_words(complaint, name, cipher) for name in ("details", "contact", "code"))
    if said := [name for name, words in (("details", details), ("contact", contact), ("code", code)) if words is not None]:
        work.record_reading("show_complaint", complaint, fields=said)
    return Opened(complaint, told.told, told.subject, told.venue_name, told.further, details, contact, code)


def _words(complaint: Complaint, name: str, cipher: Cipher) -> str | None:
    sealed = getattr(complaint, f"{name}_sealed")
    return None if sealed is None else cipher.open_text(sealed, _place(complaint, name))


def _place(complaint: Complaint, name: str) -> Place:
    return Place("complaint", f"{name}_sealed", complaint.id)
