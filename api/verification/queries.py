"""What the scan door reads: one statement for each kind of code, written once and prepared for the engine at hand."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Integer, LargeBinary, Select, Text, Uuid, bindparam, cast, func, literal
from sqlalchemy import select as columns
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import aliased
from sqlmodel import col

from api.access.names import name_display
from api.access.phones import nearest_phone_named
from api.access.pieces import forget_some
from api.database import Work
from api.figures import Own, Span, one_of_the_hours, own_counts
from models.base import metadata
from models.card import Card, Plate, ScanCount
from models.enums import ScanOutcome
from models.file import StoredFile
from models.member import Member
from models.organization import Organization
from models.photo import Photo
from models.profile import Profile
from models.signing_key import SigningKey

_COLUMNS: Final = metadata.tables["scan_count"].columns
_KEY: Final = ["card_id", "hour", "outcome"]
_COUNTED: Final = [*_KEY, "count"]

_SECTION: Final = Text().with_variant(LargeBinary(), "sqlite")
"""A section as it is parsed: SQLite's driver would make a string of its bytes, and the parser bytes of the string."""

PRESENT = aliased(Organization)
"""Where the member belongs now, which after a transfer is not who issued the card."""

FACTS: tuple[Any, ...] = (
    col(Card.id),
    col(Card.state),
    col(Card.expires_on),
    col(Member.full_name),
    cast(col(Profile.posts), Text),
    cast(col(Profile.honors), _SECTION),
    cast(col(Profile.pledges), _SECTION),
    col(Member.status),
    col(Organization.name),
    col(Organization.kind),
    name_display(PRESENT),
    nearest_phone_named(Organization),
    col(PRESENT.name),
    col(StoredFile.storage_key),
    col(StoredFile.size),
    col(StoredFile.digest),
)
"""What `service.py` makes `CardFacts` of, in this order."""


def _of_card(*more: Any) -> Select[Any]:
    return (
        columns(*FACTS, *more)
        .select_from(Card)
        .join(Member, col(Member.id) == col(Card.member_id))
        .join(Organization, col(Organization.id) == col(Card.organization_id))
        .join(PRESENT, col(PRESENT.id) == col(Member.organization_id))
        .outerjoin(Profile, col(Profile.member_id) == col(Card.member_id))
        .outerjoin(Photo, col(Photo.member_id) == col(Member.id))
        .outerjoin(StoredFile, col(StoredFile.id) == col(Photo.file_id))
    )


DISTRICT = columns(col(Organization.name), col(Organization.service_phone)).where(col(Organization.parent_id).is_(None))

BY_PLATE = (
    _of_card(col(Plate.withdrawn_at)).join(Plate, col(Plate.card_id) == col(Card.id)).where(col(Plate.code) == bindparam("code"))
)
BY_CREDENTIAL = (
    _of_card(col(SigningKey.public_x), col(SigningKey.public_y))
    .join(SigningKey, col(SigningKey.slot) == bindparam("slot"))
    .where(col(Card.credential_number) == bindparam("number"), col(SigningKey.withdrawn_at).is_(None))
)


def facts_of_card(work: Work, card_id: UUID) -> tuple[str | bytes | None, ...]:
    """The facts of one card as text, as a scan of it reads them."""
    facts = work.execute(_of_card().where(col(Card.id) == card_id)).one()
    return tuple(fact if fact is None or isinstance(fact, bytes) else str(fact) for fact in facts)


def add_counts(work: Work, hour: datetime, outcome: ScanOutcome, cards: Mapping[str, int]) -> None:
    """Add to the scan counts of cards, by their keys as the engine writes them, of one hour and outcome.

    All go in one statement: a statement for each of them costs as much as half a scan.
    """
    # The order keeps two workers from locking the same rows crosswise.
    ordered = dict(sorted(cards.items()))
    if work.is_sqlite:
        each = func.json_each(literal(json.dumps(ordered))).table_valued("key", "value")
        # Without a WHERE, SQLite takes the ON of ON CONFLICT for a join's.
        rows = columns(each.c.key, *_of_kind(hour, outcome), each.c.value).where(each.c.key.is_not(None))
        insert: Any = sqlite_insert(ScanCount)
    else:
        keys, numbers = literal(list(ordered), ARRAY(Text)), literal(list(ordered.values()), ARRAY(Integer))
        rows = columns(func.unnest(cast(keys, ARRAY(Uuid))), *_of_kind(hour, outcome), func.unnest(numbers))
        insert = postgresql_insert(ScanCount)
    adding = insert.from_select(_COUNTED, rows)
    work.execute(adding.on_conflict_do_update(index_elements=_KEY, set_={"count": _COLUMNS["count"] + adding.excluded["count"]}))


def _of_kind(hour: datetime, outcome: ScanOutcome) -> tuple[Any, Any]:
    return literal(hour, _COLUMNS.hour.type), literal(outcome, _COLUMNS.outcome.type)


def forget_counts(work: Work, before: datetime) -> int:
    """Delete a piece of the scan counts of the hours before a moment. Returns how many."""
    return forget_some(work, ScanCount, col(ScanCount.hour) < before)


def count_verified(work: Work, span: Span) -> Own:
    """By organisation that issued them: how often cards were checked in a span and found valid. It is a count."""
    hour, card_id = col(ScanCount.hour), col(ScanCount.card_id)
    # Summed up by card first, since each is scanned in many hours.
    scans = columns(card_id, func.sum(col(ScanCount.count)).label("scans")).group_by(card_id)
    scans = scans.where(col(ScanCount.outcome) == ScanOutcome.valid)
    if span.inside is None:
        scans = scans.where(hour >= span.begin, hour < span.end)
    else:
        issued = columns(col(Card.id)).where(col(Card.organization_id).in_(span.inside))
        scans = scans.where(one_of_the_hours(work, hour, span.begin, span.up_to + datetime.resolution), card_id.in_(issued))
    scanned = scans.subquery()
    cards = columns(Card).join(scanned, scanned.c.card_id == col(Card.id))
    return own_counts(cards, col(Card.organization_id), cast(func.sum(scanned.c.scans), BigInteger), literal(0))
