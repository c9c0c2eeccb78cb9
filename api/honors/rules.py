"""What may stand in the record of an honour."""

from datetime import date
from typing import ClassVar, Final

from api.errors import BadSpan, Conflict, FieldFault, Rule, Text

MOST_OF_A_MEMBER: Final = 200
"""So many honours of one member are written down (OURS). Those withdrawn count."""


class TooManyHonors(Conflict):
    text: ClassVar[Text] = Text(
        "一名党员最多登记二百项荣誉，这名党员已满，请修改已有的记录。",
        "A member has two hundred honours at the most, and this one has: change what is written down of one of them instead.",
    )


class HonorRule(Rule):
    ends_before_it_begins = "ends_before_it_begins"
    awarded_in_future = "awarded_in_future"
    whose = "whose"


WHOSE: Final = Text("请写明是哪位党员或哪个党组织的荣誉。", "Say which member’s or which organisation’s honour it is.")


def check_span(awarded_on: date, valid_until: date | None, today: date) -> None:
    """Raise `BadSpan` unless an honour has been awarded by today and is borne from then on."""
    faults = []
    if awarded_on > today:
        text = Text("授予日期在今天之后。", "It is awarded after today.")
        faults.append(FieldFault("body.awarded_on", HonorRule.awarded_in_future, text))
    if valid_until is not None and valid_until < awarded_on:
        text = Text("有效期早于授予日期。", "It ends before it is awarded.")
        faults.append(FieldFault("body.valid_until", HonorRule.ends_before_it_begins, text))
    if faults:
        raise BadSpan(faults=tuple(faults))


def check_number(in_all: int) -> None:
    """Raise `TooManyHonors` where a member has as many honours as he may."""
    if in_all >= MOST_OF_A_MEMBER:
        raise TooManyHonors
