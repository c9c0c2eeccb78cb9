from typing import Any
from uuid import UUID

from sqlalchemy import JSON
from sqlmodel import SQLModel

from models.base import Keep, Personal, column, plain

_ENTRIES = JSON(none_as_null=True)


class Profile(SQLModel, table=True):
    """What a stranger learns of a member beside his card, ready for one scan to read: a copy of what the rooms' own tables say,
    with a section for each room, which alone writes it. A section that says nothing is null."""

    member_id: UUID = plain(whose="member", foreign_key="member.id", primary_key=True)
    posts: list[dict[str, Any]] | None = column(Personal.basic, Keep.membership, default=None, sa_type=_ENTRIES)
    honors: list[dict[str, Any]] | None = column(Personal.basic, Keep.membership, default=None, sa_type=_ENTRIES)
    pledges: list[dict[str, Any]] | None = column(Personal.basic, Keep.membership, default=None, sa_type=_ENTRIES)
