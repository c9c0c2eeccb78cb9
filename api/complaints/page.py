"""The form on which a code is reported, the receipt for it, and the form on which a receipt is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final

from api.codes.reading import PrintedCode, VenueCode, find_code, grouped, path_of
from api.complaints import rules
from api.complaints.service import Receipt
from api.complaints.words import KINDS, LABELS, OTHER_OF_VENUE, STILL_USED
from api.errors import Text
from api.language import said
from api.pages.render import AN_HOUR, Asked, Task, day, dialled, moment, render, waiting, words_of
from api.pages.words import LABELS as SHARED
from api.verification.rules import CodeKind, ScanAnswer, phone_of
from api.verification.words import whom_of
from models.enums import ComplaintKind, ComplaintState, PlateKind

REPORTING: Final = Task(SHARED["unreported_heading"], LABELS["unreported_meaning"])
ASKING: Final = Task(LABELS["unasked_heading"], LABELS["unasked_meaning"])
RECEIPTS: Final = "/R"
LONGEST_RECEIPT: Final = 20
"""Characters that the input takes: more than twice a number, for those who put spaces everywhere."""
LONGEST_KEPT: Final = 1000
"""Characters that stand in the form again, of whatever was sent."""
_WORDS: Final = words_of(LABELS)


@dataclass(frozen=True)
class Entered:
    """What stands in the form. `key` is the form's own, made when it was first shown."""

    key: str
    kind: str = ""
    details: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)


def report_page(
    told: ScanAnswer | None,
    entered: Entered,
    asked: Asked,
    *,
    code: str,
    faults: Mapping[str, Text] | None = None,
    trouble: Text | None = None,
    retry_after: int | None = None,
) -> str:
    """The form for reporting a code.

    `told` is what a scan tells of it, None while that cannot be read; `faults` are what is wrong with `entered`, by the field's
    name; `trouble` is why it could not be taken in at all, though it may be `retry_after` seconds later.
    """
    telling = told if told and told.service_phone else None
    phone = telling.service_phone if telling else asked.imprint.phone
    read, venue = find_code(code), told.venue if told else None
    is_about_person = told is not None and told.card is not None and told.plate_kind is not PlateKind.household_plate
    kinds = [one for one in KINDS.items() if is_about_person or one[0] is not ComplaintKind.not_the_person]
    if told is not None and told.issuer is not None and told.card is None and venue is None:
        kinds = [(ComplaintKind.misused, STILL_USED), *(one for one in kinds if one[0] is not ComplaintKind.misused)]
    if venue is not None:
        kinds = [*(one for one in kinds if one[0] is not ComplaintKind.other), (ComplaintKind.other, OTHER_OF_VENUE)]
    return render(
        "complaints/report.html",
        _address(code),
        asked,
        _WORDS,
        heading=_WORDS[asked.language][_heading(told, is_about_person=is_about_person)],
        issuer=told.issuer if told else None,
        name=told.card.display_name if told and told.card else venue.name if venue else None,
        of_plate=told is not None and told.code_kind is CodeKind.printed,
        of_venue=venue is not None,
        printed_code=grouped(read.text) if isinstance(read, PrintedCode | VenueCode) else None,
        is_unknown=told is not None and told.issuer is None,
        phone=phone,
        dialled=dialled(phone),
        who=said(whom_of(telling), asked.language) if telling else None,
        phone_of=phone_of(telling) if telling else None,
        kinds=[(kind.value, said(words, asked.language)) for kind, words in kinds],
        key=entered.key,
        kind=entered.kind,
        details=entered.details[:LONGEST_KEPT],
        contact=entered.contact[:LONGEST_KEPT],
        faults={name: said(fault, asked.language) for name, fault in (faults or {}).items()},
        trouble=said(trouble, asked.language) if trouble else None,
        wait=waiting(retry_after, asked.language) if retry_after and retry_after <= AN_HOUR else None,
        card_link=asked.link(path_of(code)),
    )


def receipt_page(receipt: Receipt, asked: Asked, *, timezone: tzinfo) -> str:
    """The receipt for a report, at an address of its own, so that it can be read again, in the other language and size too."""
    phone, above = receipt.service_phone or asked.imprint.phone, receipt.above.number
    received_at, words = receipt.complaint.created_at.astimezone(timezone), _WORDS[asked.language]
    return render(
        "complaints/receipt.html",
        receipt_address(receipt),
        asked,
        _WORDS,
        heading=words["receipt_heading" if receipt.complaint.state is ComplaintState.open else "receipt_decided"],
        meaning=words[_MEANINGS[receipt.complaint.state]],
        is_open=receipt.complaint.state is ComplaintState.open,
        of_venue=receipt.complaint.venue_id is not None,
        receipt_no=rules.grouped(receipt.complaint.receipt_no),
        received_at=moment(received_at, asked.language),
        received_at_iso=received_at.isoformat(timespec="seconds"),
        look_into_by=day(receipt.look_into_by, asked.language),
        phone=phone if phone != above else None,
        dialled=dialled(phone),
        phone_above=above,
        dialled_above=dialled(above),
        above_of=receipt.above.of,
        organization=receipt.organization,
        paper_address=f"{asked.imprint.site}{receipt_address(receipt)}",
    )


def ask_page(asked: Asked, *, problem: Text | None, typed: str = "") -> str:
    """Ask for the number of a receipt. `problem` tells what was wrong with what was `typed`, which stands there again."""
    phone = asked.imprint.phone
    return render(
        "complaints/ask.html",
        RECEIPTS,
        asked,
        _WORDS,
        problem=said(problem, asked.language) if problem else None,
        typed=typed[:LONGEST_RECEIPT],
        longest=LONGEST_RECEIPT,
        phone=phone,
        dialled=dialled(phone),
    )


def _heading(told: ScanAnswer | None, *, is_about_person: bool) -> str:
    """What the form is called, like the link that leads to it. A person can only be another than he says where one is shown."""
    if told is not None and told.issuer is None:
        return "report_unknown"
    if told is not None and told.venue is not None:
        return "report_venue"
    return "report" if is_about_person else "report_in_use"


_MEANINGS: Final = {
    ComplaintState.open: "receipt_meaning",
    ComplaintState.founded: "receipt_founded",
    ComplaintState.unfounded: "receipt_unfounded",
}


def receipt_address(receipt: Receipt) -> str:
    """Where a receipt is shown."""
    return f"{RECEIPTS}/{receipt.complaint.receipt_no}"


def _address(code: str) -> str:
    return f"{path_of(code)}/report"
