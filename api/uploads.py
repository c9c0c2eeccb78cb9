"""What rooms that take a spreadsheet share: how much is taken, and how rejected rows are told."""

from collections.abc import Iterable
from typing import Any

from api.adapters.tables import RejectedRow
from api.errors import FieldFault, Text
from api.language import Language

MAX_BODY_BYTES = 64 * 1024
MAX_SHEET_BYTES = 20 * 1024 * 1024


def told(rejected: Iterable[RejectedRow], language: Language) -> list[dict[str, Any]]:
    """Rejected rows as an answer holds them, with sentences in one language."""
    return [
        {
            "row": row.row,
            "column": row.column,
            "rule": row.rule,
            "detail": _in(row.text, language),
            "also": told_faults(row.also, language),
        }
        for row in rejected
    ]


def told_faults(faults: Iterable[FieldFault], language: Language) -> list[dict[str, str]]:
    return [{"column": fault.field, "rule": fault.rule, "detail": _in(fault.text, language)} for fault in faults]


def _in(text: Text, language: Language) -> str:
    return text.en if language is Language.en else text.zh
