"""Files that somebody made to do harm, and files that are something else: each is refused in words, or read without harm."""

import gzip
import io
import resource
import socket
import struct
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from sqlmodel import select

from api.adapters.cells import MAX_TEXT, UPLOADED, NotASpreadsheet, SpreadsheetTooLarge
from api.adapters.sheets import open_sheets
from api.adapters.workbook_parts import MAX_PARTS
from api.database import Work
from models.enums import Role
from models.member import Member
from tests.adapters.workbooks import BOMB, MAIN, archive, saved, understated, workbook, worksheet
from tests.conftest import District
from tests.members.rosters import send
from tests.sheets import open_sheet

ON_ENGINES = ("sqlite",)
SECONDS = 20
"""Of processor time. Beyond what the parser itself may take there is only a little work; a whole file is refused in a few."""
MEGABYTES = 150
"""What one file may add to the server's own memory at its height."""

GOOD = saved(workbook(("姓名", "入党时间", "支部"), ("王秀兰", "1995-07-01", "上塘村第一党支部")))
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARTS = ("[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml")
EXTRA = ("xl/styles.xml", "xl/sharedStrings.xml", "xl/theme/theme1.xml")
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        return {name: source.read(name) for name in source.namelist()}


def parts() -> dict[str, bytes]:
    return unpacked(GOOD)


def changed(**by_stem: str | bytes) -> bytes:
    return archive({name: by_stem.get(Path(name).stem, content) for name, content in parts().items()})


def added(more: Mapping[str, bytes | str]) -> bytes:
    return archive(parts() | dict(more))


def with_entities(name: str, declaration: str) -> bytes:
    """A roster with a DOCTYPE before the root of one part, and a reference to the entity `a` in it."""
    text = parts()[name].decode().removeprefix('<?xml version="1.0"?>').lstrip("\n")
    if text.startswith("<?xml"):
        text = text.split("?>", 1)[1]
    start = text.index(">") + 1
    return archive(parts() | {name: f"<!DOCTYPE x [{declaration}]>{text[:start]}&a;{text[start:]}"})


def row_xml(number: object, cells: str) -> str:
    return f'<row r="{number}">{cells}</row>'


def flagged_encrypted() -> bytes:
    content = bytearray(GOOD)
    for at in range(len(content) - 4):
        if content[at : at + 4] == b"PK\x03\x04":
            content[at + 6] |= 1
        elif content[at : at + 4] == b"PK\x01\x02":
            content[at + 8] |= 1
    return bytes(content)


def claiming(size: int) -> bytes:
    content = bytearray(GOOD)
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", size)
    return bytes(content)


def twice_the_same_part() -> bytes:
    file = io.BytesIO(GOOD)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(file, "a") as target:
        target.writestr("xl/worksheets/sheet1.xml", worksheet(row_xml(1, '<c r="A1" t="inlineStr"><is><t>evil</t></is></c>')))
    return file.getvalue()


def with_texts(texts: str, rows: str = "") -> bytes:
    """A roster with a part of shared texts, and with these rows if they are given. Stored, so that it is large but no bomb."""
    own = parts()
    types = own["[Content_Types].xml"].replace(
        b"</Types>",
        b'<Override PartName="/xl/sharedStrings.xml" '
        b'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>',
    )
    sheet = worksheet(rows).encode() if rows else own["xl/worksheets/sheet1.xml"]
    more = {"[Content_Types].xml": types, "xl/sharedStrings.xml": texts.encode(), "xl/worksheets/sheet1.xml": sheet}
    return archive(own | more, zipfile.ZIP_STORED)


def one_text_in_every_cell() -> bytes:
    cells = '<c t="s"><v>0</v></c>' * 100
    rows = "".join(row_xml(number, cells) for number in range(1, 201))
    return with_texts(f"<sst {MAIN}><si><t>{'长' * 1_000_000}</t></si></sst>", rows)


def huge_styles() -> bytes:
    formats = "".join(f'<xf numFmtId="{number % 50}" fontId="0"/>' for number in range(100_000))
    styles = f"<styleSheet {MAIN}><cellXfs>{formats}</cellXfs></styleSheet>"
    return archive(parts() | {"xl/styles.xml": styles.encode()}, zipfile.ZIP_STORED)


def huge_strings(count: int = 200_000) -> bytes:
    return with_texts(f"<sst {MAIN}>{''.join(f'<si><t>{number}</t></si>' for number in range(count))}</sst>")


def deep() -> bytes:
    return with_texts(f"<sst {MAIN}>" + "<a>" * 200_000)


def wide() -> bytes:
    cells = '<c t="inlineStr"><is><t>x</t></is></c>' * 16_384
    sheet = worksheet("".join(row_xml(number, cells) for number in range(1, 11)))
    return archive(parts() | {"xl/worksheets/sheet1.xml": sheet.encode()}, zipfile.ZIP_STORED)


def merged() -> bytes:
    text = parts()["xl/worksheets/sheet1.xml"].decode()
    ranges = "".join(f'<mergeCell ref="A{n}:C{n}"/>' for n in range(3, 60_003))
    sheet = text.replace("</sheetData>", f"</sheetData><mergeCells>{ranges}</mergeCells>")
    return archive(parts() | {"xl/worksheets/sheet1.xml": sheet.encode()}, zipfile.ZIP_STORED)


def two_rows_of_long_texts() -> bytes:
    rows = "".join(row_xml(number, '<c t="s"><v>0</v></c>' * 100) for number in (1, 2))
    return with_texts(f"<sst {MAIN}><si><t>{'长' * MAX_TEXT}</t></si></sst>", rows)


def listing(count: int) -> bytes:
    """A roster that lists its one sheet so many times."""
    before, _, rest = parts()["xl/workbook.xml"].decode().partition("<sheets>")
    sheet, _, behind = rest.partition("</sheets>")
    return changed(workbook=f"{before}<sheets>{sheet * count}</sheets>{behind}")


def cells(*written: str) -> Callable[[], bytes]:
    """A roster with a third row of these cells."""

    def build() -> bytes:
        text = parts()["xl/worksheets/sheet1.xml"].decode()
        return changed(sheet1=text.replace("</sheetData>", row_xml(3, "".join(written)) + "</sheetData>"))

    return build


def linked_outside(port: int) -> bytes:
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{RELS}/externalLinkPath" Target="http://127.0.0.1:{port}/b.xlsx" TargetMode="External"/>'
        "</Relationships>"
    )
    link = f'<externalLink {MAIN}><externalBook xmlns:r="{RELS}" r:id="rId1"/></externalLink>'
    return added({"xl/externalLinks/externalLink1.xml": link, "xl/externalLinks/_rels/externalLink1.xml.rels": rels})


def macro_enabled(what: bytes) -> bytes:
    types = parts()["[Content_Types].xml"].replace(b"openxmlformats-officedocument.spreadsheetml.sheet.main", what)
    return archive(parts() | {"[Content_Types].xml": types})


ONE = "<c><v>1</v></c>"
OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SYSTEM_FILE = '<!ENTITY a SYSTEM "file:///etc/hostname">'

REFUSED: dict[str, Callable[[], bytes]] = {
    "a bomb of 80 MB": lambda: BOMB,
    "a bomb that says that it is small": lambda: understated(BOMB),
    "a bomb in ten parts": lambda: added({f"xl/media/{n}.bin": bytes(6_000_000) for n in range(10)}),
    "a bomb packed a hundred times": lambda: added({"xl/media/1.bin": bytes(9_000_000)}),
    "a part that claims four gigabytes": lambda: claiming(0xFFFFFFF0),
    "ten thousand parts": lambda: archive({f"xl/{n}.xml": "" for n in range(10_000)}),
    "two hundred and one parts": lambda: added({f"xl/{n}.xml": "" for n in range(201)}),
    "packed by bzip2": lambda: archive(parts(), zipfile.ZIP_BZIP2),
    "packed by lzma": lambda: archive(parts(), zipfile.ZIP_LZMA),
    "a workbook as a sheet of a workbook": lambda: changed(sheet1=GOOD),
    "macros": lambda: added({"xl/vbaProject.bin": OLD + bytes(100)}),
    "macros in another folder": lambda: added({"xl/Hidden/VBAPROJECT.BIN": OLD}),
    "a type with macros": lambda: macro_enabled(b"ms-excel.sheet.macroEnabled.main"),
    "a sheet of old macros": lambda: macro_enabled(b"ms-excel.macrosheet"),
    "an encrypted workbook": lambda: OLD + "EncryptedPackage".encode("utf-16le") + bytes(3000),
    "an old xls": lambda: OLD + bytes(4000),
    "parts said to be encrypted": flagged_encrypted,
    "half of a workbook": lambda: GOOD[: len(GOOD) // 2],
    "a workbook without its last bytes": lambda: GOOD[:-30],
    "the beginning of an archive and nonsense": lambda: b"PK\x03\x04" + bytes(range(256)) * 50,
    "an archive of no parts": lambda: b"PK\x05\x06" + bytes(18),
    "a million blank rows": lambda: changed(sheet1=worksheet(row_xml(1, ONE) + row_xml(1_048_576, ONE))),
    "a row without end": lambda: changed(sheet1=worksheet(row_xml(1, ONE) + row_xml("1e18", ONE))),
    "a cell past the last column": cells('<c r="AAAAAAAA3"><v>1</v></c>'),
    "a number of a million digits": cells(f'<c r="A3"><v>{"9" * 1_000_000}</v></c>'),
    "a text that is not among the texts": cells('<c r="A3" t="s"><v>99999999</v></c>'),
    "a sheet that lies outside": lambda: archive(
        {name: content.replace(b"/xl/worksheets/sheet1.xml", b"../../../../etc/passwd") for name, content in parts().items()}
    ),
    "ten thousand sheets": lambda: listing(10_000),
    "twenty thousand rows and more": lambda: changed(sheet1=worksheet("".join(row_xml(n, ONE) for n in range(1, 20_003)))),
    "deeply nested texts": deep,
    "a long text in every cell": one_text_in_every_cell,
    "html called xls": lambda: b"<html><body><table><tr><td>a,b,c</td></tr></table></body></html>",
    "a spreadsheet in xml": lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
    "a pdf": lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj <</Type /Catalog>> endobj\n" + bytes(100),
    "a pdf that is a workbook as well": lambda: b"%PDF-1.7\n" + GOOD,
    "a jpeg that is a workbook as well": lambda: b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + GOOD,
    "a page that is a workbook as well": lambda: b"<html><script>alert(1)</script>,;\t" + GOOD,
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + bytes(500),
    "a program": lambda: b"MZ\x90\x00" + bytes(500),
    "a packed text": lambda: gzip.compress("姓名,入党时间\n".encode() * 100),
    "a letter": lambda: archive({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"}),
    "an open document": lambda: archive({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"}),
    "nothing": lambda: b"",
    "only a mark": lambda: b"\xef\xbb\xbf",
    "text with a NUL": lambda: "姓名,入党时间,支部\n王\0兰,1995-07-01,甲\n".encode(),
    "bytes in no encoding": lambda: b"a,b,c\n\xff\xff\xff,\x80\n",
    "a line of megabytes": lambda: "姓名,入党时间,支部\n".encode() + b"x" * 3_000_000,
    "a quote that never ends": lambda: '姓名,入党时间,支部\n"王秀兰'.encode() + b",x\n" * 200_000,
    "a field of megabytes": lambda: "姓名,入党时间,支部\n".encode() + b"x" * 900_000 + b",1995,a\n",
    "a text of too many rows": lambda: "姓名,入党时间,支部\n".encode() + "王秀兰,1995-07-01,甲\n".encode() * 20_001,
    "a million lines of nothing": lambda: "姓名,入党时间,支部\n".encode() + b"\n" * 1_048_576,
    "a table of commas": lambda: b"," * 900_000 + b"\n",
} | {
    f"{what} in {Path(name).name}": (lambda name=name, declaration=declaration: with_entities(name, declaration))
    for name in (*PARTS[:1], *PARTS[2:], *EXTRA[:1])
    for what, declaration in (
        ("a file of the machine", SYSTEM_FILE),
        ("a billion laughs", f'<!ENTITY l0 "ha">{LAUGHS}<!ENTITY a "&l9;">'),
        ("one long entity", f'<!ENTITY a "{"x" * 500_000}">'),
    )
}

READ: dict[str, Callable[[], bytes]] = {
    "an object inside": lambda: added({"xl/embeddings/oleObject1.bin": OLD + bytes(1000)}),
    "an archive inside": lambda: added({"xl/media/inner.zip": BOMB[:5000]}),
    "names that lead elsewhere": lambda: added(
        {"../../../../tmp/liangxian-evil": "x", "/tmp/liangxian-evil": "x", "C:\\evil.exe": "x", "xl\\..\\..\\evil": "x"}
    ),
    "a name with a NUL": lambda: archive(parts() | {"xl/a.bin": "x"}).replace(b"xl/a.bin", b"xl/\0.bin"),
    "the same part twice": twice_the_same_part,
    "a text too long for a cell": lambda: cells(
        f'<c r="A3" t="inlineStr"><is><t>{"".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(100_000))}</t></is></c>'
    )(),
    "two rows of long texts": two_rows_of_long_texts,
    "a hundred thousand styles": huge_styles,
    "two hundred thousand texts": huge_strings,
    "sixteen thousand columns": wide,
    "sixty thousand merged cells": merged,
    "a formula that shares one that is not there": cells('<c r="A3"><f t="shared" si="7"/></c>'),
    "a day that no calendar has": cells('<c r="A3" t="d"><v>1995-07-01</v></c>', '<c r="B3"><v>1e300</v></c>'),
    "wide text without a mark": lambda: "姓名,入党时间,支部\n王秀兰,1995-07-01,上塘村第一党支部\n".encode("utf-16le"),
    "a text of two hundred columns": lambda: b"a,b" + b",c" * 200 + b"\n1,2\n",
    "a comment behind the archive": lambda: GOOD + b"<html>",
}


CALLING: dict[str, Callable[[int], bytes]] = {
    "a link to another workbook": linked_outside,
    "a foreign document type": lambda port: archive(
        parts() | {"xl/workbook.xml": f'<!DOCTYPE x SYSTEM "http://127.0.0.1:{port}/x.dtd">'.encode() + parts()["xl/workbook.xml"]}
    ),
    "a formula that fetches": lambda port: cells(f'<c r="A3"><f>WEBSERVICE("http://127.0.0.1:{port}/")</f><v>1</v></c>')(),
} | {
    f"a foreign address in {Path(name).name}": (
        lambda port, name=name: with_entities(name, f'<!ENTITY a SYSTEM "http://127.0.0.1:{port}/x">')
    )
    for name in (*PARTS[:1], *PARTS[2:], *EXTRA[:1])
}
"""Files that name an address of this machine, by the port of whoever listens there."""


@dataclass
class Listener:
    """A server of one test's own, and who has called at it."""

    port: int
    visits: list[object] = field(default_factory=list)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Listener(server.getsockname()[1])

        def wait() -> None:
            while True:
                try:
                    connection, address = server.accept()
                except OSError:
                    return
                found.visits.append(address)
                connection.close()

        waiting = Thread(target=wait, daemon=True)
        waiting.start()
        yield found
        server.shutdown(socket.SHUT_RDWR)
        waiting.join()


def processor_seconds() -> float:
    """Of this process, and of those that it has started and that have ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def sent(district: District, content: bytes) -> Any:
    """The answer to the file, having asserted that it cost little and wrote nothing beside."""
    officer = district.sign_in(Role.town_officer, "T1")
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, processor_seconds()
    answer = send(officer, content)
    assert processor_seconds() - started < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEGABYTES * 1024
    assert not Path("/tmp/liangxian-evil").exists()
    return answer


def test_a_call_at_the_server_would_be_noticed(listener: Listener) -> None:
    socket.create_connection(("127.0.0.1", listener.port)).close()
    for _ in range(100):
        if listener.visits:
            break
        time.sleep(0.02)
    assert len(listener.visits) == 1


@pytest.mark.parametrize("build", CALLING.values(), ids=CALLING.keys())
def test_a_file_that_names_an_address_makes_nobody_call_there(
    build: Callable[[int], bytes], district: District, listener: Listener
) -> None:
    content = build(listener.port)
    assert b"127.0.0.1:%d/" % listener.port in b"".join(unpacked(content).values())
    answer = sent(district, content)
    assert answer.status_code == 200 or answer.json()["code"] in {"not_a_spreadsheet", "roster_rejected"}, answer.text
    assert listener.visits == []


def test_there_are_at_least_forty_dangerous_files() -> None:
    assert len(REFUSED) + len(READ) + len(CALLING) >= 40


@pytest.mark.parametrize("build", REFUSED.values(), ids=REFUSED.keys())
def test_a_dangerous_file_is_refused_in_words(build: Callable[[], bytes], district: District, work: Work) -> None:
    answer = sent(district, build())
    assert answer.status_code in (413, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in {"not_a_spreadsheet", "spreadsheet_with_macros", "empty_spreadsheet", "spreadsheet_too_large"}
    assert work.exec(select(Member)).all() == []


@pytest.mark.parametrize("build", READ.values(), ids=READ.keys())
def test_an_odd_file_is_read_without_harm(build: Callable[[], bytes], district: District, work: Work) -> None:
    answer = sent(district, build())
    assert answer.status_code in (200, 422), answer.text
    assert len(work.exec(select(Member)).all()) == (1 if answer.status_code == 200 else 0)


def test_as_many_sheets_are_listed_as_may_be_whatever_they_are_called() -> None:
    hidden = parts()["xl/worksheets/sheet1.xml"].replace(
        b"<sheetData>", b'<cols><col min="1" max="100" hidden="1"/></cols><sheetData>'
    )
    book = unpacked(listing(MAX_PARTS))
    named = book["xl/workbook.xml"].replace(b'name="Sheet"', f'name="{chr(0x20000) * 100}"'.encode())
    sheets = open_sheets(io.BytesIO(archive(book | {"xl/workbook.xml": named, "xl/worksheets/sheet1.xml": hidden})))
    assert [(len(sheet.title), sheet.count, len(sheet.hidden_columns)) for sheet in sheets] == [(100, 2, 100)] * MAX_PARTS


def test_a_body_larger_than_twenty_megabytes_is_not_even_read(district: District) -> None:
    assert sent(district, b"a,b\n" * 5_300_000).status_code == 413


def test_a_workbook_that_takes_too_long_is_given_up() -> None:
    content, started = huge_strings(2_000_000), processor_seconds()
    with pytest.raises(SpreadsheetTooLarge):
        open_sheet(io.BytesIO(content), UPLOADED._replace(seconds=1))
    assert processor_seconds() - started < 5


def test_a_workbook_that_takes_too_much_memory_is_given_up() -> None:
    with pytest.raises(SpreadsheetTooLarge):
        open_sheet(io.BytesIO(huge_strings(600_000)), UPLOADED._replace(memory=50 * 1024 * 1024))
    assert open_sheet(io.BytesIO(GOOD), UPLOADED._replace(memory=120 * 1024 * 1024)).count == 2


def test_rows_that_would_fill_the_disk_are_given_up() -> None:
    with pytest.raises(SpreadsheetTooLarge):
        open_sheet(io.BytesIO(one_text_in_every_cell()), UPLOADED._replace(max_unpacked=4_000_000))


def test_the_process_that_parses_gets_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its environment is empty, so what stands in ours is not in its reach: a workbook is read all the same."""
    monkeypatch.setenv("PYTHONPATH", "/nonexistent")
    monkeypatch.setenv("PYTHONSTARTUP", "/nonexistent")
    assert open_sheet(io.BytesIO(GOOD)).count == 2


def test_a_file_that_is_no_spreadsheet_leaves_nothing_behind() -> None:
    for content in (b"PK\x03\x04junk", GOOD):
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(3):
            try:
                open_sheet(io.BytesIO(content))
            except NotASpreadsheet:
                continue
        assert len(list(Path("/proc/self/fd").iterdir())) == before
