"""What a complaint may hold, how many are taken in a day, and until when one may be decided."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import ClassVar, Final, NamedTuple
from uuid import UUID

from api.adapters.typed_text import fitted, legible, legible_lines, narrow
from api.errors import SERVICE_PHONE, STATE, Conflict, Fact, Text, TooManyRequests
from api.moves import Moves
from models.enums import ComplaintState

LONGEST_DETAILS: Final = 300
LONGEST_CONTACT: Final = 40
CONTACT: Final = r"^([^0-9\x00-\x1f\x7f]*[0-9]){5}[^\x00-\x1f\x7f]*$"
"""Something that can be dialled, with whatever people write beside it. It can be matched in one way only, and so in no time."""
KEY: Final = r"^[A-Za-z0-9_-]{16,64}$"
"""What a client makes up for one report, so that sending it again makes no second one."""
RECEIPT_LENGTH: Final = 8

A_DAY_FROM_ONE_NETWORK: Final = 50
A_DAY_ABOUT_ONE_CARD: Final = 20
A_DAY_ABOUT_NO_CARD: Final = 300
"""More than a village has cause for, and few enough for the people who read them. Beyond it reports are taken in short form."""
LOOKED_INTO_WITHIN: Final = timedelta(days=7)
"""What a reporter is promised: by then somebody has looked into it, or he calls the level above."""


class About(NamedTuple):
    """What is reported: a card, or the sign of a venue; neither where a code leads to none."""

    card_id: UUID | None = None
    venue_id: UUID | None = None


class TooManyComplaints(TooManyRequests):
    text: ClassVar[Text] = Text(
        "您所在的网络今天提交的举报太多，明天才能再提交。等不及的，请打电话。",
        "Too many reports have come from your network today; more can be sent tomorrow. If it cannot wait, please call.",
    )
    tells: ClassVar[Mapping[str, Fact]] = {"service_phone": SERVICE_PHONE}


class TooManyReceiptMisses(TooManyRequests):
    text: ClassVar[Text] = Text(
        "您所在的网络查了太多不存在的回执号。回执号对的，现在照样能查：请对照抄下的再输一次。",
        "Too many unknown receipt numbers were tried from your network. A right one still works: compare it with what you wrote "
        "down, and type it again.",
    )


class AlreadyClosed(Conflict):
    text: ClassVar[Text] = Text("这份举报已有处理结果。", "This complaint has been decided already.")
    tells: ClassVar[Mapping[str, Fact]] = {"state": STATE}


CLOSING = Moves(
    {
        ComplaintState.founded: {ComplaintState.open: ComplaintState.founded},
        ComplaintState.unfounded: {ComplaintState.open: ComplaintState.unfounded},
    },
    AlreadyClosed,
)
"""Closing a complaint, by what was found."""


def plain_details(text: str) -> str | None:
    """Words as they are kept: without what nobody sees but for the ends of lines, and as far as they fit a page; None
    for none."""
    return legible_lines(fitted(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+", " ", text))) or None


def plain_contact(text: str) -> str | None:
    """A telephone number as it was written, a Chinese keyboard's wide digits made plain; None for none. What is longer than any
    keeps its wide digits, and is refused."""
    return (narrow(text) if len(text) <= 4 * LONGEST_CONTACT else legible(text)) or None


def check_room(from_network: int, *, retry_after: int, service_phone: str | None) -> None:
    """Raise `TooManyComplaints` where so many of today's came from one network: it stops that network, and nobody else."""
    if from_network >= A_DAY_FROM_ONE_NETWORK:
        raise TooManyComplaints(retry_after=retry_after, members={"service_phone": service_phone})


def in_short(so_far: int, *, is_known: bool) -> bool:
    """Whether so many of today's are about one card or venue, or about none, that a further one is kept without its words, and
    counted with another: nobody can silence a card by reporting it."""
    return so_far >= (A_DAY_ABOUT_ONE_CARD if is_known else A_DAY_ABOUT_NO_CARD)


def look_into_by(received_on: date) -> date:
    """The last day of the time within which a report is looked into."""
    return received_on + LOOKED_INTO_WITHIN


def grouped(receipt_no: str) -> str:
    """A receipt number as it is read aloud: XXXX-XXXX."""
    return f"{receipt_no[:4]}-{receipt_no[4:]}"
