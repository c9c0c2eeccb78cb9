from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from models.base import Erased, Keep, OwnedRecord, Personal, Record, Withheld, column, long_text, ordered_text, plain, sealed, words
from models.enums import DatePrecision, Gender, LeavingKind, MembershipEventKind, MemberStatus, PartyPost

BASIC = Personal.basic
SENSITIVE = Personal.sensitive
KEPT = Keep.membership
PROBATIONARY = text("status = 'probationary'")
"""The condition of partial indexes: of a district's members few are probationary, and they are asked for again and again. That
by organisation holds the status too, without which SQLite would rather take the index of all members."""
LEFT = text("status = 'left'")


class MemberBase(SQLModel):
    full_name: str = column(BASIC, KEPT, max_length=50, sa_type=ordered_text(50))
    gender: Gender | None = column(BASIC, KEPT, default=None, sa_type=words(Gender))
    ethnicity: str | None = column(BASIC, KEPT, default=None, max_length=20)
    birth_date: date | None = column(BASIC, KEPT, default=None)
    birth_precision: DatePrecision = plain(default=DatePrecision.day, sa_type=words(DatePrecision, "birth_precision"))
    education: str | None = column(BASIC, KEPT, default=None, max_length=20)
    native_place: str | None = column(BASIC, KEPT, default=None, max_length=80)
    joined_on: date = column(BASIC, KEPT)
    joined_precision: DatePrecision = plain(default=DatePrecision.day, sa_type=words(DatePrecision, "joined_precision"))
    confirmed_on: date | None = column(BASIC, KEPT, default=None)
    confirmed_precision: DatePrecision = plain(default=DatePrecision.day, sa_type=words(DatePrecision, "confirmed_precision"))
    status: MemberStatus = column(BASIC, KEPT, erased=Erased.stays, sa_type=words(MemberStatus))
    party_post: PartyPost | None = column(BASIC, KEPT, default=None, sa_type=words(PartyPost))
    employer: str | None = column(BASIC, KEPT, default=None, max_length=80)
    job_title: str | None = column(BASIC, KEPT, default=None, max_length=80)
    is_mobile: bool = column(BASIC, KEPT, default=False)
    is_out_of_contact: bool = column(BASIC, KEPT, default=False)
    pledges_voluntary: bool = column(BASIC, KEPT, default=False)
    remark: str | None = column(BASIC, KEPT, default=None, max_length=500, sa_type=long_text())


class Member(MemberBase, OwnedRecord, table=True):
    """A party member of one organisation. What is sensitive lies sealed, with a keyed digest where equality is asked.

    From `erased_on` on the row stands for somebody of whom nothing is kept, since others refer to it.
    """

    __table_args__ = (
        Index(None, "full_name", "id"),
        Index(None, "organization_id", "full_name", "id"),
        Index("ix_member_on_probation", "joined_on", "id", sqlite_where=PROBATIONARY, postgresql_where=PROBATIONARY),
        Index("ix_member_probationary", "full_name", "id", sqlite_where=PROBATIONARY, postgresql_where=PROBATIONARY),
        Index(
            "ix_member_probationary_there",
            "organization_id",
            "status",
            sqlite_where=PROBATIONARY,
            postgresql_where=PROBATIONARY,
        ),
        Index("ix_member_left", "full_name", "id", sqlite_where=LEFT, postgresql_where=LEFT),
        CheckConstraint("(status = 'left') = (left_on IS NOT NULL)", name="left_has_a_day"),
        CheckConstraint(
            "confirmed_on IS NULL OR confirmed_on >= joined_on OR confirmed_precision = 'month'", name="confirmed_after_joined"
        ),
    )

    national_id_sealed: bytes | None = column(SENSITIVE, KEPT, default=None, sa_type=sealed())
    national_id_digest: str | None = column(SENSITIVE, KEPT, withheld=Withheld.digest, default=None, max_length=64, unique=True)
    mobile_sealed: bytes | None = column(SENSITIVE, KEPT, default=None, sa_type=sealed())
    mobile_digest: str | None = column(SENSITIVE, KEPT, withheld=Withheld.digest, default=None, max_length=64, index=True)
    home_address_sealed: bytes | None = column(SENSITIVE, KEPT, default=None, sa_type=sealed())
    left_on: date | None = column(BASIC, KEPT, erased=Erased.stays, default=None)
    left_kind: LeavingKind | None = column(BASIC, KEPT, default=None, sa_type=words(LeavingKind))
    left_reason: str | None = column(BASIC, KEPT, default=None, max_length=200)
    erased_on: date | None = plain(default=None)


class MembershipEvent(Record, table=True):
    """Something that happened in a membership, kept when the member's own record has moved on. `happened_on` is the day from which
    it counts; `organization_id` is where he belonged until then, `to_organization_id` where a transfer led."""

    __tablename__ = "membership_event"
    __table_args__ = (
        CheckConstraint("(kind = 'left') = (left_kind IS NOT NULL)", name="left_has_a_kind"),
        CheckConstraint("(kind = 'transferred') = (to_organization_id IS NOT NULL)", name="transferred_somewhere"),
    )

    member_id: UUID = plain(whose="member", erased=Erased.row, foreign_key="member.id", index=True)
    kind: MembershipEventKind = column(BASIC, KEPT, sa_type=words(MembershipEventKind))
    happened_on: date = column(BASIC, KEPT)
    organization_id: UUID = column(BASIC, KEPT, foreign_key="organization.id", index=True)
    to_organization_id: UUID | None = column(BASIC, KEPT, default=None, foreign_key="organization.id")
    left_kind: LeavingKind | None = column(BASIC, KEPT, default=None, sa_type=words(LeavingKind))
    former_status: MemberStatus | None = column(BASIC, KEPT, default=None, sa_type=words(MemberStatus, "former_status"))
    reason: str | None = column(BASIC, KEPT, default=None, max_length=200)
    recorded_by: UUID | None = plain(default=None, foreign_key="account.id")
