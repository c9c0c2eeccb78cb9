"""The pages on which a code is reported, and on which one asks what became of it."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from api.access.phones import Phone
from api.complaints.page import ASKING, REPORTING, Entered, ask_page, receipt_page, report_page
from api.complaints.rules import TooManyComplaints, TooManyReceiptMisses
from api.complaints.service import Receipt
from api.complaints.words import BUSY, CONTACT_UNREADABLE, DETAILS_TOO_LONG, NO_KIND, RECEIPT_UNKNOWN
from api.language import Language
from api.pages.render import problem_page
from api.verification.rules import Reason, answer_of_venue
from models.complaint import Complaint
from models.enums import ComplaintKind, ComplaintState
from tests.pages.specimens import DYNAMIC, LONG_BRANCH, LONG_TOWN, PHONE, SHANGHAI, asked
from tests.venues.specimens import AT, CLOSED, CODE
from tests.verification.specimens import scan_answer

ENTERED = Entered("k" * 22, "misused", "昨天下午在南塘菜场，\n他拿这块牌子收钱。" * 20, "138 0013 800")


def _report(reason: Reason, entered: Entered = Entered("k" * 22), **more: Any) -> Callable[[Language, bool], str]:
    return lambda language, large: report_page(
        scan_answer(reason, branch=LONG_BRANCH), entered, asked(language, large=large), code=DYNAMIC, **more
    )


def _receipt(
    phone: str | None, above: str | None = None, state: ComplaintState = ComplaintState.open
) -> Callable[[Language, bool], str]:
    complaint = Complaint(
        kind=ComplaintKind.misused,
        receipt_no="7K2MW9XQ",
        sent_digest="",
        state=state,
        created_at=datetime(2026, 11, 23, 9, 41, 14, tzinfo=UTC),
    )
    receipt = Receipt(complaint, LONG_BRANCH, date(2026, 11, 30), phone, Phone(above, LONG_TOWN if above else None))
    return lambda language, large: receipt_page(receipt, asked(language, large=large), timezone=SHANGHAI)


PAGES: dict[str, Callable[[Language, bool], str]] = {
    "report": _report(Reason.card_valid),
    "report_venue": lambda language, large: report_page(
        answer_of_venue(CLOSED, AT), Entered("k" * 22), asked(language, large=large), code=CODE
    ),
    "report_unknown": _report(Reason.code_unknown),
    "report_faults": _report(
        Reason.card_valid,
        ENTERED,
        faults={"kind": NO_KIND, "details": DETAILS_TOO_LONG.fill(most=300, over=88), "contact": CONTACT_UNREADABLE},
    ),
    "report_busy": _report(Reason.card_valid, ENTERED, trouble=BUSY, retry_after=2),
    "report_too_many": _report(Reason.card_valid, ENTERED, trouble=TooManyComplaints.text, retry_after=36_000),
    "receipt": _receipt(PHONE, "0574-8800 0012"),
    "receipt_above": _receipt(PHONE, PHONE),
    "receipt_founded": _receipt(PHONE, state=ComplaintState.founded),
    "receipt_bare": _receipt(None),
    "ask": lambda language, large: ask_page(asked(language, large=large), problem=None),
    "ask_again": lambda language, large: ask_page(asked(language, large=large), problem=RECEIPT_UNKNOWN, typed="7K2MW9XX"),
    "too_many_receipt_misses": lambda language, large: ask_page(
        asked(language, large=large), problem=TooManyReceiptMisses.text, typed="7K2MW9XX"
    ),
    "receipt_busy": lambda language, large: problem_page(BUSY, asked(language, large=large), retry_after=2, task=ASKING),
    "too_many_complaints": lambda language, large: problem_page(
        TooManyComplaints.text, asked(language, large=large), retry_after=36_000, task=REPORTING
    ),
}
