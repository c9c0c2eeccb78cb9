"""A file that is about one sheet."""

from typing import BinaryIO

from api.adapters.sheets import UPLOADED, Limits, Sheet, open_sheets


def open_sheet(source: BinaryIO, limits: Limits = UPLOADED) -> Sheet:
    """The first visible sheet that has content."""
    return next(sheet for sheet in open_sheets(source, limits) if not sheet.is_hidden)
