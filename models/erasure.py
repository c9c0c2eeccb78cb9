from datetime import date, datetime

from sqlalchemy import Index

from models.base import Erased, Personal, Record, Whose, column, plain, words
from models.erasure_enums import ErasureGround


class Erasure(Record, table=True):
    """That what was kept of somebody was erased, so that a restored backup forgets him again.

    `person_digest` is keyed over his key: whoever holds an older copy finds him in it, and nobody anything else. `noted_at` is when
    the storage was told.
    """

    __table_args__ = (Index(None, "created_at"),)

    person_digest: str = column(Personal.basic, whose=Whose.nobody, erased=Erased.stays, max_length=64, unique=True)
    erased_on: date = plain()
    ground: ErasureGround = plain(sa_type=words(ErasureGround))
    noted_at: datetime | None = plain(default=None, index=True)
