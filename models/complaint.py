from uuid import UUID

from sqlalchemy import Index, text

from models.base import Decided, Keep, OwnedRecord, Personal, Withheld, column, open_until_decided, plain, sealed, words
from models.enums import ComplaintKind, ComplaintState

WHOLE = text("counted_with IS NULL")
IN_SHORT = text("counted_with IS NOT NULL")
OPEN = text("counted_with IS NULL AND state = 'open'")
DECIDED = text("counted_with IS NULL AND state <> 'open'")
"""The conditions of partial indexes. A query has to hold the very same words, or what they follow from."""


class Complaint(Decided, OwnedRecord, table=True):
    """What somebody who scanned a code says is wrong (举报). Owned by the organisation that issued the card, by
    that of the venue whose code it is, or by the district where the code leads to neither.

    `receipt_no` is what the reporter keeps; `sent_digest` is of the form that he sent, so that sending it twice makes one.
    `network_digest` knows for two days again where it came from, so that no network fills the table. `code_sealed` is the code as
    it was scanned, kept only where it leads to nothing: it is then all there is to find a false plate by. `counted_with` is the
    complaint that stands for this one too, where so many came in a day that it was taken in short form.
    """

    __table_args__ = (
        open_until_decided(),
        Index(None, "organization_id", "state", "created_at"),
        Index(None, "card_id", "created_at"),
        Index("ix_complaint_whole", "id", sqlite_where=WHOLE, postgresql_where=WHOLE),
        Index("ix_complaint_open", "id", sqlite_where=OPEN, postgresql_where=OPEN),
        Index("ix_complaint_decided", "state", "id", sqlite_where=DECIDED, postgresql_where=DECIDED),
        Index("ix_complaint_counted_with", "counted_with", sqlite_where=IN_SHORT, postgresql_where=IN_SHORT),
        Index(
            "ix_complaint_venue_id",
            "venue_id",
            "created_at",
            sqlite_where=text("venue_id IS NOT NULL"),
            postgresql_where=text("venue_id IS NOT NULL"),
        ),
    )

    card_id: UUID | None = plain(
        whose="card",
        ended="decided_at",
        withheld=Withheld.reported,
        default=None,
        foreign_key="card.id",
    )
    plate_id: UUID | None = plain(default=None, foreign_key="plate.id")
    venue_id: UUID | None = plain(default=None, foreign_key="venue.id")
    counted_with: UUID | None = plain(default=None)
    kind: ComplaintKind = plain(sa_type=words(ComplaintKind))
    details_sealed: bytes | None = column(Personal.sensitive, Keep.membership, default=None, sa_type=sealed())
    contact_sealed: bytes | None = column(Personal.sensitive, Keep.membership, default=None, sa_type=sealed())
    code_sealed: bytes | None = column(Personal.sensitive, Keep.membership, default=None, sa_type=sealed())
    network_digest: str | None = column(Personal.basic, 2, ended="created_at", default=None, max_length=64, index=True)
    receipt_no: str = plain(max_length=12, unique=True)
    sent_digest: str = plain(max_length=64, unique=True)
    state: ComplaintState = plain(default=ComplaintState.open, sa_type=words(ComplaintState))
