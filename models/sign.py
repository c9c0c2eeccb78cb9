from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from models.base import Keep, Personal, Record, Whose, column, plain, words
from models.enums import SignState


class SignBase(SQLModel):
    """What is told of a sign. All lengths are millimetres; `emblem_mm` is the diameter of the emblem on it."""

    code: str = plain(max_length=8)
    width_mm: int | None = plain(default=None)
    height_mm: int | None = plain(default=None)
    bottom_mm: int | None = plain(default=None)
    emblem_mm: int | None = plain(default=None)
    text: str | None = column(Personal.basic, Keep.membership, default=None, max_length=200)
    installed_on: date = plain()


class Sign(SignBase, Record, table=True):
    """A sign (标识) that hangs at a venue, or has hung there. `code` is that of an item of the standard; `disposal` tells what
    became of one that was taken down, and `state_reason` why its state was changed last."""

    __table_args__ = (
        Index(None, "venue_id", "code"),
        CheckConstraint("state = 'retired' OR disposal IS NULL", name="disposed_of_once_retired"),
    )

    # Words on a sign may name a person, but nobody is found by them.
    venue_id: UUID = plain(foreign_key="venue.id", whose=Whose.nobody, ended="CASE WHEN state = 'retired' THEN updated_at END")
    state: SignState = plain(default=SignState.installed, sa_type=words(SignState))
    disposal: str | None = column(Personal.basic, Keep.membership, default=None, max_length=200)
    state_reason: str | None = column(Personal.basic, Keep.membership, default=None, max_length=200)
