"""A copy of what is kept of a person, by the paths that the tables name: JSON, the same to be read, and his files, in one file."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from tempfile import TemporaryFile
from time import monotonic
from typing import Any, BinaryIO, Final
from uuid import UUID

from sqlalchemy import JSON, Column, LargeBinary, Table, Uuid

from api.access.names import organization_names
from api.adapters.cipher import Cipher, Place
from api.adapters.storage import NoSuchObject, Storage
from api.database import Work
from api.errors import Text, Unavailable
from api.files.registered import Registered, is_registered
from api.language import Language, said
from api.pledges.evaluations.tally import tally_of
from api.privacy import queries
from api.privacy.columns import word_of
from api.privacy.paths import FILES, MEMBER, marked, of_persons
from api.privacy.words import ABOUT, LEFT_OUT, NO, NOT_GIVEN, ROWS_LEFT_OUT, TABLES, WITHHELD, YES
from models.base import Keep, Personal, Withheld, metadata
from models.enums import FileState
from models.file import StoredFile

APPRAISALS: Final = metadata.tables["appraisal_item"]
TALLY: Final = "evaluation_tally"
MOST: Final = 10_000
"""Rows of one table: who has done so much for years is given the newest, and told of which tables there are more."""
MOST_BYTES: Final = 128 << 20
"""Of all files together: whoever has brought more is given the newest, and told which are left out."""
MOST_SECONDS: Final = 20.0
"""So long the storage may take for all files of a copy."""
RETRY_AFTER: Final = 30
PIECE: Final = 1 << 18
OF_ORGANIZATION: Final = "organization_id"
"""How columns end beside which an organisation is told by its name."""
TECHNICAL: Final = frozenset({"version"})
ENDINGS: Final = {"image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True)
class Copied:
    """What was gathered of a member: each table's rows, why something is withheld, and the files by their names in the archive."""

    member_id: UUID
    at: datetime
    tables: Mapping[str, list[dict[str, Any]]]
    withheld: Mapping[str, Withheld]
    files: Mapping[str, Registered]
    left_out: Sequence[str]
    """The keys of the files for which there is no room."""
    cut: Sequence[str]
    """The tables of which only the newest rows are told."""


def gather(work: Work, cipher: Cipher, member_id: UUID) -> Copied:
    """Read what is kept of a member in one state of the data. Others stand in it only by what they have written."""
    tables: dict[str, list[dict[str, Any]]] = {}
    withheld: dict[str, Withheld] = {}
    cut: list[str] = []
    for table in (MEMBER, *(one for one in of_persons() if one is not MEMBER)):
        column = marked(table)
        if column is not None and column.info["withheld"]:
            withheld[table.name] = column.info["withheld"]
            if column.info["told"] is None:
                continue
        withheld |= {
            f"{table.name}.{one.name}": one.info["withheld"] for one in table.columns if one.info["withheld"] and one is not column
        }
        rows = queries.rows_of(work, table, member_id, MOST + 1)
        if table.name == "audit_line":
            since = work.at - timedelta(days=Keep.log or 0)
            rows = [row for row in rows if row["at"] >= since]
        if len(rows) > MOST:
            cut.append(table.name)
            rows = rows[-MOST:]
        if table.name == "appraisal_item":
            rows = _as_told_in_rounds(work, rows)
        tables[table.name] = [_told(table, row, cipher) for row in rows]
    tables[TALLY] = _tallies(work, tables["pledge"], cipher)
    _name_organizations(work, tables)
    stored = [file for file in queries.files_told(work, member_id) if file.state is FileState.ready]
    tables[FILES.name] = [_told(FILES, file.model_dump(), cipher) for file in stored]
    fitting = _fitting(stored)
    files = {
        f"files/{file.id}.{ENDINGS.get(file.media_type, 'bin')}": Registered(file.storage_key, file.size, file.digest or "")
        for file in fitting
    }
    left_out = [str(file.id) for file in stored[: len(stored) - len(fitting)]]
    return Copied(member_id, work.at, tables, withheld, files, left_out, cut)


def _fitting(files: Sequence[StoredFile]) -> list[StoredFile]:
    """The newest of some files, whose last is the newest, as many as there is room for: the newest first."""
    room, found = MOST_BYTES, []
    for file in reversed(files):
        room -= file.size
        if room < 0:
            break
        found.append(file)
    return found


def _as_told_in_rounds(work: Work, rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What a round of appraisal says of a member, of an open one without what the others make of him: he reads that once it is
    closed."""
    still_open = queries.open_rounds(work, [row["appraisal_id"] for row in rows])
    unsaid = dict.fromkeys(
        one.name for one in APPRAISALS.columns if one.info["personal"] is not Personal.none and not one.name.startswith("self_")
    )
    return [{**row, **unsaid} if row["appraisal_id"] in still_open else row for row in rows]


def _tallies(work: Work, pledges: Sequence[Mapping[str, Any]], cipher: Cipher) -> list[dict[str, Any]]:
    """What others make of a member's pledges, as he reads it beside each that was published."""
    published = [row["id"] for row in pledges if row["published_at"] is not None]
    return [{"pledge_id": key, **tally_of(work, UUID(key), cipher).told()} for key in published]


def is_told(column: Column[Any]) -> bool:
    """Whether a column of a row is given to its person: all that is personal, and of the rest what a reader understands."""
    if column.info["withheld"] or column.name in TECHNICAL:
        return False
    if column.info["personal"] is not Personal.none or column.name == "id" or column.name.endswith(OF_ORGANIZATION):
        return True
    return not (isinstance(column.type, Uuid | JSON | LargeBinary) or column.name.endswith("digest"))


def _told(table: Table, row: Mapping[str, Any], cipher: Cipher) -> dict[str, Any]:
    return {one.name: _plain(table, one, row, cipher) for one in table.columns if is_told(one)}


def _plain(table: Table, column: Column[Any], row: Mapping[str, Any], cipher: Cipher) -> Any:
    value = row[column.name]
    if isinstance(value, bytes):
        return cipher.open_text(value, Place(table.name, column.name, row["id"]))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _name_organizations(work: Work, tables: Mapping[str, list[dict[str, Any]]]) -> None:
    named = [(row, name) for rows in tables.values() for row in rows for name in row if name.endswith(OF_ORGANIZATION)]
    names = organization_names(work, [UUID(row[name]) for row, name in named if row[name]])
    for row, name in named:
        row[name.replace("_id", "_name")] = names.get(UUID(row[name])) if row[name] else None


def pack(copied: Copied, storage: Storage, language: Language) -> BinaryIO:
    """The archive, from its beginning, in a file of its own that is gone once it is closed; what is to be read is in this language.
    A file whose object is gone meanwhile, or is another one, is left out. Raises `Unavailable`, also where the storage takes too
    long."""
    content = {
        "about": [ABOUT.zh, ABOUT.en],
        "member_id": str(copied.member_id),
        "made_at": copied.at.isoformat(),
        "tables": copied.tables,
        "names": {
            "tables": {table: TABLES[table] for table in copied.tables},
            "columns": {
                table: {column: word_of(table, column) for column in rows[0]} for table, rows in copied.tables.items() if rows
            },
        },
        "withheld": {name: [WITHHELD[why].zh, WITHHELD[why].en] for name, why in copied.withheld.items()},
        "left_out": {"why": [LEFT_OUT.zh, LEFT_OUT.en], "files": copied.left_out} if copied.left_out else None,
        "rows_left_out": {"why": [ROWS_LEFT_OUT.zh, ROWS_LEFT_OUT.en], "tables": copied.cut} if copied.cut else None,
    }
    with ExitStack() as closing:
        packed: BinaryIO = closing.enter_context(TemporaryFile())
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("data.json", json.dumps(content, ensure_ascii=False, indent=1))
            archive.writestr("data.txt", "\n".join(_lines(copied, language)))
            until = monotonic() + MOST_SECONDS
            for name, registered in copied.files.items():
                with suppress(NoSuchObject):
                    picture = _read(storage, registered, until)
                    if is_registered(picture, registered):
                        # Pictures are small as they are: to press them costs a core its time for nothing.
                        archive.writestr(zipfile.ZipInfo(name, copied.at.timetuple()[:6]), picture)
        packed.seek(0)
        closing.pop_all()
    return packed


def _read(storage: Storage, registered: Registered, until: float) -> bytes:
    content = bytearray()
    with storage.open(registered.key) as source:
        while len(content) <= registered.size and (piece := source.read(PIECE)):
            if monotonic() > until:
                raise Unavailable(retry_after=RETRY_AFTER)
            content += piece
    return bytes(content)


def _lines(copied: Copied, language: Language) -> list[str]:
    """The same for somebody who reads it."""

    def word(text: Text) -> str:
        return said(text, language)

    lines = [word(ABOUT), ""]
    for name, rows in copied.tables.items():
        if rows:
            lines.append(f"【{word(TABLES[name])}】")
            for row in rows:
                for column, value in row.items():
                    if value is not None:
                        plain = word(YES if value else NO) if isinstance(value, bool) else value
                        lines.append(f"  {word(word_of(name, column))}: {plain}")
                lines.append("")
    if copied.cut:
        lines += [word(ROWS_LEFT_OUT), *(f"  {word(TABLES[name])}" for name in copied.cut), ""]
    if copied.left_out:
        lines += [word(LEFT_OUT), *(f"  {key}" for key in copied.left_out), ""]
    for place, why in copied.withheld.items():
        table, _, column = place.partition(".")
        named = f"{word(TABLES[table])}: {word(word_of(table, column))}" if column else word(TABLES[table])
        lines.append(f"{word(NOT_GIVEN)}: {named}: {word(WITHHELD[why])}")
    return lines
