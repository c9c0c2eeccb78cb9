"""Workbooks made for a test, and what is read of them."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from api.adapters.sheets import Row
from tests.sheets import open_sheet

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def workbook(*rows: tuple[Any, ...]) -> Workbook:
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    return book


def archive(parts: Mapping[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return file.getvalue()


def repacked(book: bytes, **changed: str) -> bytes:
    """A workbook with the named parts, such as `sheet1`, replaced."""
    with zipfile.ZipFile(io.BytesIO(book)) as source:
        return archive({name: changed.get(Path(name).stem) or source.read(name) for name in source.namelist()})


def worksheet(rows: str) -> str:
    return f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>"


def rows(content: bytes) -> list[Row]:
    return list(open_sheet(io.BytesIO(content)).rows())


def values(content: bytes) -> list[tuple[object, ...]]:
    return [tuple(cell.value for cell in row.cells) for row in rows(content)]


PLAIN = saved(workbook(("姓名", "入党时间"), ("张三", "1998-07-01")))


def understated(content: bytes) -> bytes:
    """The archive with the first part said to unpack to a thousand bytes, in both places where that stands."""
    directory = content.index(b"PK\x01\x02")
    size = (1000).to_bytes(4, "little")
    return content[:22] + size + content[26 : directory + 24] + size + content[directory + 28 :]


BOMB = archive({"xl/workbook.xml": bytes(80_000_000), "[Content_Types].xml": "<Types/>"})
