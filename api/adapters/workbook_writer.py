"""Writing workbooks (.xlsx), without loading what does it before the first one: that is slow, and few requests need it."""

from collections.abc import Iterable
from typing import IO

from api.adapters.workbook_pages import Page


def write_workbook(target: IO[bytes], pages: Iterable[Page]) -> None:
    """Write the sheets one after the other, streaming. What no workbook can hold is left out of titles and texts."""
    from api.adapters.workbook_cells import write

    write(target, pages)
