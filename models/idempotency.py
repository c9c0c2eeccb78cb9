from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import SQLModel

from models.base import Erased, Keep, Personal, Withheld, column, plain, sealed


class IdempotentRequest(SQLModel, table=True):
    """The answer that a request with an Idempotency-Key was given, kept for a day so that sending it again changes nothing.

    `opened_ids` are the accounts of which it tells a one-time password; `standing_digest` is of its caller's session, of the roles
    that he held and what they reached, and of how these accounts stood. The audit entries that tell what is read in it are sealed
    with its headers. The answer itself is null once somebody was erased of whom it may tell.
    """

    __tablename__ = "idempotent_request"

    account_id: UUID = plain(
        whose="account",
        ended="created_at",
        erased=Erased.row,
        withheld=Withheld.answers,
        foreign_key="account.id",
        primary_key=True,
    )
    route: str = plain(max_length=100, primary_key=True)
    key: str = plain(max_length=64, primary_key=True)
    request_digest: str = plain(max_length=64)
    status: int = plain(default=0)
    headers_sealed: bytes | None = column(Personal.sensitive, Keep.day, default=None, sa_type=sealed())
    body_sealed: bytes | None = column(Personal.sensitive, Keep.day, default=None, sa_type=sealed())
    opened_ids: list[str] = plain(sa_type=JSON, default_factory=list)
    standing_digest: str | None = plain(default=None, max_length=64)
    created_at: datetime = plain(index=True)
