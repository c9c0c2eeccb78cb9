"""The life of a membership, whoever tells of it: a form, a roster, or another room."""

from collections.abc import Callable
from datetime import date

from api.database import Work
from api.members.rules import Dated
from models.enums import MemberStatus
from models.member import Member

when_a_member_leaves: list[Callable[[Work, Member], object]] = []
"""What other rooms do in the same transaction when a member leaves. The composition root fills it: this room knows none of
them."""

when_a_member_is_confirmed: list[Callable[[Work, Member, date], object]] = []
"""The same for becoming a full member; the date is the district's day."""


def confirm(work: Work, member: Member, confirmed: Dated, today: date) -> None:
    """Make a probationary member a full one, for whoever has decided that he may be."""
    member.status, member.confirmed_on, member.confirmed_precision = MemberStatus.full, confirmed.day, confirmed.precision
    work.record("confirm_member", member)
    work.flush()
    for follow in when_a_member_is_confirmed:
        follow(work, member, today)


def leave(work: Work, member: Member) -> None:
    """Tell the other rooms of one who has been marked as left."""
    for follow in when_a_member_leaves:
        follow(work, member)
