"""What becomes of inspections that are sent, before anything of them is written: by reading alone it is known of most of those that
are refused or no news, and on SQLite nobody else writes while one who writes looks for it."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from api.access.about import oneself_among, organizations_of
from api.access.scope import Access, Lock, take_turns
from api.database import Work
from api.days import day_of
from api.errors import NotFound, Refusal
from api.files import service as files
from api.inspections import queries, rules
from api.inspections.attachments import PICTURES
from api.inspections.rules import Document
from api.standards import service as standards
from models.enums import VenueKind
from models.inspection import Inspection, InspectionItem
from models.organization import Organization
from models.standard import StandardItem
from models.venue import Venue


@dataclass(frozen=True)
class Judged:
    """Several documents as they were sent, with what is known to become of some: a refusal, or the inspection of which they are no
    news. The others are to be kept, and judged once more where they are."""

    documents: Sequence[Document]
    found: Mapping[int, Inspection | Refusal]
    """By their places."""


@dataclass(frozen=True)
class News:
    """A document that is to be kept, and by what: of which venue, beside what was sent before, and by which items."""

    document: Document
    digest: str
    venue: Venue
    is_own: bool
    items: Mapping[str, StandardItem]
    known: Inspection | None


def judge_inspections(work: Work, access: Access, documents: Sequence[Document]) -> Judged:
    """Judge several documents, each by itself, by reading alone. What comes after one of the same key that is to be kept is judged
    where that is."""
    judge, found, kept = Judge(work, access, documents), dict[int, Inspection | Refusal](), set[UUID]()
    for place, document in enumerate(documents):
        if document.client_id in kept:
            continue
        try:
            outcome = judge.look_at(document)
        except Refusal as refusal:
            found[place] = refusal
            continue
        if isinstance(outcome, Inspection):
            found[place] = outcome
        else:
            kept.add(document.client_id)
    return Judged(documents, found)


class Judge:
    """Looks at documents of one account, one after another. What these have in common is read once, and held where the work
    writes."""

    def __init__(self, work: Work, access: Access, documents: Sequence[Document]) -> None:
        self._work = work
        self._access = access
        client_ids = {document.client_id for document in documents}
        responsible = {item.responsible_id for document in documents for item in document.items if item.responsible_id}
        asked = {document.venue_id for document in documents}
        if work.writes:
            # Of two phones of one account that send at the same moment one waits for the other.
            take_turns(work, access.account_id)
            venues = queries.venues(work, access, asked, Lock.none)
            queries.hold_organizations_of(work, {venue.organization_id for venue in venues.values()} | responsible)
            queries.hold_items(work, access.account_id, client_ids)
        self._venues = queries.venues(work, access, asked, Lock.kept)
        self._known = {row.client_id: row for row in queries.of_clients(work, access.account_id, client_ids)}
        self._reaches_all = access.reaches(work, responsible)
        self._of: frozenset[UUID] | None = None
        self._own: dict[UUID, bool] = {}
        self._numbers: dict[date, set[int]] = {}
        self._checklists: dict[tuple[int, VenueKind], dict[str, StandardItem]] = {}
        self.said: dict[UUID, dict[str, InspectionItem]] = {row.id: {} for row in self._known.values()}
        """What the inspections say that are known, by their keys and the codes of the items."""
        for item in queries.items(work, self.said) if work.writes else ():
            self.said[item.inspection_id][item.code] = item
        self.photos = files.attachments(work, PICTURES, [item.id for items in self.said.values() for item in items.values()])
        """The keys of the pictures that hang on these items, by item."""

    def look_at(self, document: Document) -> News | Inspection:
        """What is to be kept, or the inspection that is known of which it is no news.

        Raises `NotFound`, `InspectionClosed`, `Conflict`, `OfThatOrganization`, or as `check_document` does.
        """
        work, access = self._work, self._access
        venue = self._venues.get(document.venue_id)
        if venue is None:
            raise NotFound(keys=(document.venue_id,))
        known, digest = self._known.get(document.client_id), digest_of(document)
        if known is not None and known.venue_id != venue.id:
            # What was sent of a venue that he reaches no longer is not answered by naming another.
            access.get(work, Inspection, known.id, Lock.none)
        if known is not None and not rules.is_news((known.revision, known.digest, known.final), document.revision, digest):
            return known
        is_own = self._is_own(venue)
        if document.unannounced and is_own:
            raise rules.of_that_organization()
        rules.check_moments(document, work.at)
        is_in_force = document.standard_number in self._in_force(day_of(document.started_at, work.zone))
        items = self._checklist(document.standard_number, venue.kind) if is_in_force else {}
        rules.check_document(document, is_in_force, items.keys())
        responsible = {item.responsible_id for item in document.items if item.responsible_id}
        if responsible and not self._reaches_all and not access.reaches(work, responsible):
            raise NotFound(keys=tuple(key for key in responsible if not access.reaches(work, {key})))
        return News(document, digest, venue, is_own, items, known)

    def keep(self, inspection: Inspection, said: Mapping[str, InspectionItem], *, with_pictures: bool) -> None:
        """From now on this is known, and says this."""
        former = self.said.get(inspection.id, {})
        self._known[inspection.client_id], self.said[inspection.id] = inspection, dict(said)
        if with_pictures:
            gone = {item.id for item in former.values()}
            standing = {key: files_on for key, files_on in self.photos.items() if key not in gone}
            self.photos = standing | files.attachments(self._work, PICTURES, [item.id for item in said.values()])

    def _is_own(self, venue: Venue) -> bool:
        """Whether the inspector is of the venue's organisation; at the district's own venues, whether he is the one who looks after
        it."""
        work, access = self._work, self._access
        if venue.id not in self._own:
            if self._of is None:
                self._of = organizations_of(work, access)
            is_own = venue.organization_id in self._of
            contact = venue.contact_member_id
            if contact is not None and work.get_one(Organization, venue.organization_id).parent_id is None:
                is_own = bool(oneself_among(work, access, [contact]))
            self._own[venue.id] = is_own
        return self._own[venue.id]

    def _in_force(self, begun: date) -> Collection[int]:
        if begun not in self._numbers:
            self._numbers[begun] = standards.numbers_in_force(self._work, begun - rules.OLD_STANDARD, begun)
        return self._numbers[begun]

    def _checklist(self, number: int, kind: VenueKind) -> Mapping[str, StandardItem]:
        if (number, kind) not in self._checklists:
            self._checklists[number, kind] = {item.code: item for item in standards.checklist(self._work, number, kind)}
        return self._checklists[number, kind]


def digest_of(document: Document) -> str:
    """What the content of a document is known by, whatever its revision and the order of its items."""
    said = asdict(document)
    del said["client_id"], said["revision"]
    said["items"] = sorted(said["items"], key=lambda item: str(item["code"]))
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=_plainly).encode()).hexdigest()


def _plainly(value: Any) -> str:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
