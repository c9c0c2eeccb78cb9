"""Accounts for many members from the command line, with their slips in files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from uuid import UUID

from api.accounts import service
from api.accounts.slips import Printer, Slip
from api.database import Origin
from api.house import House
from api.terminal import whole_file

IN_ONE_FILE = 2000


@dataclass
class Written:
    made: int = 0
    files: list[Path] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)


def issue_to_files(house: House, organization_id: UUID, out: Path, told: Callable[[int], None]) -> Written:
    """Make accounts, batch by batch, until no member of an organisation and of everything below it is without one.

    A batch is in its file before it is in the database, so that a full disk or a power cut loses no password that opens an account.
    """
    printer, written, slips, path = Printer.of(house.settings), Written(), list[Slip](), out
    while True:
        origin = Origin("cli")
        hashed = partial(_add_up, told, written.made)
        drafts = service.draft_accounts(house.database, origin, None, organization_id, house.passwords, house.cipher, hashed)
        if not drafts:
            return written
        planned = [*slips, *(draft.slip for draft in drafts)]
        _write(printer, planned, path, written)
        try:
            with house.database.writing(origin) as work:
                issued = service.issue_accounts(work, None, organization_id, drafts)
        except BaseException:
            _write(printer, slips, path, written)
            raise
        slips += issued.slips
        written.made += len(issued.slips)
        if slips != planned:
            _write(printer, slips, path, written)
        if path not in written.files:
            written.files.append(path)
        if len(slips) >= IN_ONE_FILE:
            numbered = (out.with_stem(f"{out.stem}-{number}") for number in count(2))
            slips, path = [], next(name for name in numbered if not name.exists())


def _add_up(told: Callable[[int], None], made: int, hashed: int) -> None:
    told(made + hashed)


def _write(printer: Printer, slips: Sequence[Slip], path: Path, written: Written) -> None:
    """Put the slips in their file, or the file away where there are none."""
    if not slips:
        path.unlink(missing_ok=True)
        return
    printed = printer.print(slips)
    written.missing |= printed.missing
    with whole_file(path) as file:
        file.write(printed.pdf)
