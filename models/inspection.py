from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index

from models.base import Keep, OwnedRecord, Personal, Record, Whose, column, plain, words
from models.enums import CheckResult, VenueKind


class Inspection(OwnedRecord, table=True):
    """One inspection of a venue (检查), as the phone of its inspector has sent it last; it belongs to the venue's organisation.

    `client_id` is the phone's own key of it, one of the account `inspected_by`, and `digest` that of the whole content. What it is
    judged by is the version `standard_number` for venues of the kind `venue_kind`, as it was. `by_own_organization` tells that the
    inspector's account is of the venue's organisation, or of one below it. Until `final` it is a draft, which its inspector alone
    sees.
    """

    __table_args__ = (
        Index("uq_inspection_client_id", "inspected_by", "client_id", unique=True),
        Index(None, "inspected_by", "id"),
        Index(None, "organization_id", "finished_at"),
        Index(None, "venue_id", "finished_at"),
        CheckConstraint("revision >= 1", name="revisions_from_one"),
        CheckConstraint("NOT final OR finished_at IS NOT NULL", name="final_is_finished"),
    )

    inspected_by: UUID = plain(foreign_key="account.id")
    client_id: UUID = plain()
    venue_id: UUID = plain(foreign_key="venue.id")
    venue_kind: VenueKind = plain(sa_type=words(VenueKind))
    standard_number: int = plain(foreign_key="standard.number", index=True)
    unannounced: bool = plain()
    revision: int = plain()
    started_at: datetime = plain()
    finished_at: datetime | None = plain(default=None, index=True)
    final: bool = plain(default=False)
    by_own_organization: bool = plain()
    received_at: datetime = plain()
    digest: str = plain(max_length=64)


class InspectionItem(Record, table=True):
    """What an inspection says of one item of the standard; its pictures hang on it. `responsible_id` is the organisation that has
    to put right what failed."""

    __tablename__ = "inspection_item"
    __table_args__ = (Index("uq_inspection_item_code", "inspection_id", "code", unique=True),)

    # A note may name a person, but nobody is found by it.
    inspection_id: UUID = plain(
        foreign_key="inspection.id",
        whose=Whose.nobody,
        ended="(SELECT finished_at FROM inspection WHERE inspection.id = inspection_id AND final)",
    )
    code: str = plain(max_length=8)
    result: CheckResult = plain(sa_type=words(CheckResult))
    note: str | None = column(Personal.basic, Keep.membership, default=None, max_length=200)
    due_on: date | None = plain(default=None)
    responsible_id: UUID | None = plain(default=None, foreign_key="organization.id")
