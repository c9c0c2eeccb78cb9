"""The form on which a code is reported, and the receipt for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final
from urllib.parse import quote

from api.complaints import rules
from api.complaints.service import LONGEST_CODE, Receipt
from api.complaints.words import KINDS
from api.errors import Text
from api.language import said
from api.pages.render import Asked, dialled, moment, render
from api.verification.rules import ScanAnswer
from models.enums import ComplaintState

LONGEST_KEPT: Final = 1000
"""Characters that stand in the form again, of whatever was sent."""


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
) -> str:
    """The form for reporting a code.

    `told` is what a scan tells of it, None while that cannot be read; `faults` are what is wrong with `entered`, by the field's
    name; `trouble` is why it could not be taken in at all.
    """
    phone = told.service_phone if told else None
    return render(
        "report.html",
        _address(code),
        asked,
        issuer=told.issuer if told else None,
        is_unknown=told is not None and told.issuer is None,
        phone=phone,
        dialled=dialled(phone) if phone else None,
        kinds=[(kind.value, said(words, asked.language)) for kind, words in KINDS.items()],
        key=entered.key,
        kind=entered.kind,
        details=entered.details[:LONGEST_KEPT],
        contact=entered.contact[:LONGEST_KEPT],
        faults={name: said(fault, asked.language) for name, fault in (faults or {}).items()},
        trouble=said(trouble, asked.language) if trouble else None,
        card_link=asked.link(_card_address(code)),
    )


def receipt_page(receipt: Receipt, asked: Asked, *, code: str, timezone: tzinfo) -> str:
    """The receipt for a report, at an address of its own, so that it can be read in the other language and size too."""
    received_at = receipt.complaint.created_at.astimezone(timezone)
    return render(
        "receipt.html",
        receipt_address(code, receipt),
        asked,
        meaning=asked.said(_MEANINGS[receipt.complaint.state]),
        is_open=receipt.complaint.state is ComplaintState.open,
        receipt_no=rules.grouped(receipt.complaint.receipt_no),
        received_at=moment(received_at, asked.language),
        received_at_iso=received_at.isoformat(timespec="seconds"),
        phone=receipt.service_phone,
        dialled=dialled(receipt.service_phone) if receipt.service_phone else None,
        card_link=asked.link(_card_address(code)),
    )


_MEANINGS: Final = {
    ComplaintState.open: "receipt_meaning",
    ComplaintState.founded: "receipt_founded",
    ComplaintState.unfounded: "receipt_unfounded",
}


def receipt_address(code: str, receipt: Receipt) -> str:
    """Where the receipt for a report of this code is shown; what is no code is cut, as on the pages themselves."""
    return f"{_address(code[:LONGEST_CODE])}/{receipt.complaint.receipt_no}"


def _address(code: str) -> str:
    return f"{_card_address(code)}/report"


def _card_address(code: str) -> str:
    return f"/C/{quote(code, safe='')}"
