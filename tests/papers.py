"""A PDF as another program reads it."""

import re

from pypdfium2 import PdfDocument, raw


def texts(pdf: bytes) -> list[str]:
    """The text of each page, without its white space."""
    return [re.sub(r"\s", "", page.get_textpage().get_text_range()) for page in PdfDocument(pdf)]


def pictures(pdf: bytes) -> list[list[tuple[int, int]]]:
    """The sizes in pixels of the pictures on each page."""
    found = []
    for page in PdfDocument(pdf):
        found.append([one.get_px_size() for one in page.get_objects([raw.FPDF_PAGEOBJ_IMAGE])])
    return found
