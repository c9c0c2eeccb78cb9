from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text

from models.base import Erased, Keep, Personal, Record, column, plain, words
from models.enums import ConsentKind, ConsentSource


class Consent(Record, table=True):
    """What a member has agreed to (PIPL articles 14, 15 and 29): which text, when, how, and since when no longer."""

    __table_args__ = (
        Index(
            "uq_consent_standing",
            "member_id",
            "kind",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    member_id: UUID = plain(whose="member", foreign_key="member.id", index=True)
    kind: ConsentKind = plain(sa_type=words(ConsentKind))
    text_version: str = plain(max_length=20)
    source: ConsentSource = plain(sa_type=words(ConsentSource))
    # That a consent was given, and until when, proves by whose leave something was shown.
    given_at: datetime = column(Personal.basic, Keep.membership, erased=Erased.stays)
    given_by: UUID = plain(foreign_key="account.id")
    withdrawn_at: datetime | None = column(Personal.basic, Keep.membership, erased=Erased.stays, default=None)
    withdrawn_by: UUID | None = plain(default=None, foreign_key="account.id")


class Photo(Record, table=True):
    """The photo of a member that strangers may see. It stands only while the consent does: withdrawing removes the row."""

    member_id: UUID = plain(whose="member", erased=Erased.row, foreign_key="member.id", unique=True)
    file_id: UUID = plain(foreign_key="stored_file.id", unique=True)
    consent_id: UUID = plain(foreign_key="consent.id", unique=True)
