"""The parts of a workbook (.xlsx): its archive measured before anything is parsed, and each part parsed as a stream.

Tags are known by their names alone, not by their namespaces: the strict form of the format (ISO/IEC 29500) has others than the
usual one, and some programs write prefixes.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.handler import ContentHandler

from defusedxml.sax import make_parser

from api.adapters.cells import MAX_TEXT, NotASpreadsheet, SpreadsheetTooLarge, SpreadsheetWithMacros
from api.adapters.number_formats import shown_by

MAX_PARTS = 200
"""How many parts that are parsed an archive may have, and how many sheets a workbook may list."""
MAX_PARTS_BESIDE = 10_000
"""How many parts there may be that are never parsed: a picture of each member, and the settings of each sheet's printer."""
MAX_RATIO = 100
"""How many times larger a whole archive may unpack: office files reach 30."""

_CHUNK = 1 << 16
_MAX_TITLE = 100
_LONGEST_FORMAT = 255
_BESIDE = re.compile(
    r"xl/(?:media|drawings|printersettings|embeddings|charts|comments|threadedcomments)/|xl/comments\d*\.xml$|.*/_rels/"
)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_CONTENT_TYPES = "[Content_Types].xml"
_RELATIONSHIPS = "_rels/.rels"


def inspect(archive: zipfile.ZipFile, max_unpacked: int) -> None:
    """Measure an archive. What it says about itself is checked first, being cheap; then what is really in it.

    Raises SpreadsheetTooLarge, or NotASpreadsheet where a part is packed in an unusual way.
    """
    parts = archive.infolist()
    beside = sum(1 for part in parts if _BESIDE.match(part.filename.lower()))
    if len(parts) - beside > MAX_PARTS or beside > MAX_PARTS_BESIDE or sum(part.file_size for part in parts) > max_unpacked:
        raise SpreadsheetTooLarge
    budget = min(max_unpacked, MAX_RATIO * sum(part.compress_size for part in parts))
    for part in parts:
        budget -= _unpacked_size(archive, part, budget)


def _unpacked_size(archive: zipfile.ZipFile, part: zipfile.ZipInfo, budget: int) -> int:
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotASpreadsheet
    # Whoever reads a part stops at the size that it claims, but may unpack all of it to get there. So the claim is put out of the
    # way, and what is there is counted in small pieces.
    part.file_size, claimed = budget + 2 * _CHUNK, part.file_size
    size = 0
    with archive.open(part) as content:
        while chunk := content.read(_CHUNK):
            size += len(chunk)
            if size > budget:
                raise SpreadsheetTooLarge
    part.file_size = claimed
    return size


@dataclass(frozen=True)
class SheetPart:
    """A sheet as the workbook lists it."""

    title: str
    part: str
    is_hidden: bool


@dataclass(frozen=True)
class Package:
    """The archive of a workbook with what all its sheets share: texts, what each style shows of a day (`number_formats`), and
    whether days count from 1904."""

    archive: zipfile.ZipFile
    sheets: tuple[SheetPart, ...]
    is_1904: bool
    texts: list[str] = field(repr=False)
    shown: list[str] = field(repr=False)

    def parse(self, part: str, handler: ContentHandler) -> Iterator[None]:
        """Hand one part to `handler`, pausing after each piece."""
        return _parse(self.archive, part, handler)


def open_package(archive: zipfile.ZipFile) -> Package:
    """Read what stands around the sheets.

    Raises SpreadsheetWithMacros where there is a part that holds some; a type that no part is of does no harm. Raises KeyError,
    ValueError or what the parser raises where the archive is no workbook.
    """
    names = {_folded(name): name for name in archive.namelist()}
    book = _book_part(archive, names)
    if book.lower().endswith(".bin"):
        raise NotASpreadsheet
    if any(name.endswith("vbaproject.bin") for name in names) or _has_type_of_macros(archive, names, book):
        raise SpreadsheetWithMacros
    related = _related(archive, names, book)
    workbook = _Workbook()
    _all(archive, book, workbook)
    sheets = []
    for title, state, key in workbook.sheets:
        kind, target = related[key]
        if kind == "worksheet":
            sheets.append(SheetPart(title, names[_folded(target)], state.lower() in ("hidden", "veryhidden")))
    # Where the workbook does not refer to them they are looked for in their usual place.
    usual = {kind: f"{posixpath.dirname(book)}/{kind}.xml" for kind in ("sharedStrings", "styles")}
    targets = usual | dict(related.values())
    texts, styles = _Texts(), _Styles()
    for kind, handler in (("sharedStrings", texts), ("styles", styles)):
        if part := names.get(_folded(targets[kind])):
            _all(archive, part, handler)
    return Package(archive, tuple(sheets), workbook.is_1904, texts.found, [shown_by(key, styles.formats) for key in styles.used])


def unescaped(text: str) -> str:
    """A text of the format, in which `_x000D_` stands for the character of that number (ECMA-376 part 1, 22.9.2.19)."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def local(name: str) -> str:
    """A tag or an attribute without its prefix."""
    return name.rpartition(":")[2]


def _folded(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()


def _parse(archive: zipfile.ZipFile, part: str, handler: ContentHandler) -> Iterator[None]:
    parser: Any = make_parser()
    parser.setContentHandler(handler)
    with archive.open(part) as content:
        while chunk := content.read(_CHUNK):
            parser.feed(chunk)
            yield
    parser.close()
    yield


def _all(archive: zipfile.ZipFile, part: str, handler: ContentHandler) -> None:
    for _ in _parse(archive, part, handler):
        pass


def _book_part(archive: zipfile.ZipFile, names: Mapping[str, str]) -> str:
    found = _Elements("Relationship")
    _all(archive, names[_RELATIONSHIPS], found)
    targets = [each["Target"] for each in found.found if each.get("Type", "").endswith("/officeDocument")]
    return names[_folded(targets[0])]


def _related(archive: zipfile.ZipFile, names: Mapping[str, str], part: str) -> dict[str, tuple[str, str]]:
    """What a part refers to within the archive, by its key: the last word of its kind, and its name."""
    folder, name = posixpath.split(part.replace("\\", "/"))
    found = _Elements("Relationship")
    _all(archive, names[_folded(f"{folder}/_rels/{name}.rels")], found)
    return {
        each["Id"]: (each["Type"].rpartition("/")[2], posixpath.normpath(posixpath.join("/", folder, each["Target"])))
        for each in found.found
        if each.get("TargetMode") != "External"
    }


def _has_type_of_macros(archive: zipfile.ZipFile, names: Mapping[str, str], book: str) -> bool:
    found = _Elements("Default", "Override")
    _all(archive, names[_folded(_CONTENT_TYPES)], found)
    own = {_folded(each["PartName"]): each["ContentType"].lower() for each in found.found if "PartName" in each}
    by_ending = {each["Extension"].lower(): each["ContentType"].lower() for each in found.found if "Extension" in each}
    types = [kind for name, kind in own.items() if name in names]
    types.append(own.get(_folded(book)) or by_ending.get(book.rpartition(".")[2].lower(), ""))
    return any("macroenabled" in kind or "macrosheet" in kind for kind in types)


class _Elements(ContentHandler):
    """The attributes of all elements of some names."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.found: list[dict[str, str]] = []

    def startElement(self, name: str, attrs: Any) -> None:
        if local(name) in self.names:
            self.found.append(dict(attrs.items()))


class _Workbook(ContentHandler):
    def __init__(self) -> None:
        self.is_1904 = False
        self.sheets: list[tuple[str, str, str]] = []

    def startElement(self, name: str, attrs: Any) -> None:
        name = local(name)
        if name == "workbookPr":
            self.is_1904 = attrs.get("date1904", "0") in ("1", "true", "on")
        elif name == "sheet":
            key = next(value for attribute, value in attrs.items() if ":" in attribute and local(attribute) == "id")
            if len(self.sheets) == MAX_PARTS:
                raise SpreadsheetTooLarge
            self.sheets.append((unescaped(attrs["name"])[:_MAX_TITLE], attrs.get("state", "visible"), key))


class _Styles(ContentHandler):
    """The formats that a file defines, and the one that each style of a cell uses."""

    def __init__(self) -> None:
        self.formats: dict[int, str] = {}
        self.used: list[int] = []
        self.is_within = False

    def startElement(self, name: str, attrs: Any) -> None:
        name = local(name)
        if name == "cellXfs":
            self.is_within = True
        elif name == "numFmt" and not self.used:
            self.formats[int(attrs["numFmtId"])] = attrs["formatCode"][:_LONGEST_FORMAT]
        elif name == "xf" and self.is_within:
            self.used.append(int(attrs.get("numFmtId", 0)))

    def endElement(self, name: str) -> None:
        if local(name) == "cellXfs":
            self.is_within = False


class _Texts(ContentHandler):
    """The texts that cells share. Readings of characters (rPh) stand beside a text and are no part of it."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.pieces: list[str] = []
        self.is_text = self.is_reading = False

    def startElement(self, name: str, attrs: Any) -> None:
        name = local(name)
        if name == "si":
            self.pieces = []
        elif name == "rPh":
            self.is_reading = True
        elif name == "t":
            self.is_text = not self.is_reading

    def endElement(self, name: str) -> None:
        name = local(name)
        if name == "si":
            self.found.append(unescaped("".join(self.pieces))[:MAX_TEXT])
        elif name == "rPh":
            self.is_reading = False
        elif name == "t":
            self.is_text = False

    def characters(self, content: str) -> None:
        if self.is_text:
            self.pieces.append(content)
