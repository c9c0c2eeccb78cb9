"""A full temporary folder is no fault of whoever sends something: he is told to come back, and the log tells why."""

import errno
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from openpyxl import Workbook
from openpyxl.worksheet import _writer
from starlette.datastructures import UploadFile

from api.adapters.cells import Cell
from api.adapters.sheets import open_sheets
from api.adapters.workbook_pages import Dressed, Page
from api.adapters.workbook_writer import write_workbook
from api.pledges.ledger import service as ledger
from api.web import error_handlers
from models.enums import Role
from tests.conftest import Caller, District
from tests.problems import assert_problem

ON_ENGINES = ("sqlite",)
LEDGER = "/v1/pledges/ledger"


@pytest.fixture
def secretary(district: District) -> Caller:
    return district.sign_in(Role.secretary, "B11")


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(error_handlers, "log", SimpleNamespace(error=lambda event, operation: told.append((event, operation))))
    return told


def fails_with(number: int) -> object:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, "")

    return fail


@pytest.mark.parametrize("keyed", [{}, {"Idempotency-Key": "k"}])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_file_that_finds_no_room_while_it_arrives_may_be_sent_again(
    secretary: Caller, events: list[tuple[str, str]], keyed: dict[str, str], number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def write(self: UploadFile, data: bytes) -> None:
        raise OSError(number, "")

    monkeypatch.setattr(UploadFile, "write", write)
    answer = secretary.post("/v1/files", files={"file": b"x"}, headers=keyed)
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["Retry-After"] == "60" and events == [("no_space", "upload_file")]


def test_a_file_that_finds_no_room_while_it_is_written_may_be_asked_for_again_and_another_failure_is_one(
    district: District, secretary: Caller, events: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"organization_id": str(district.ids["B11"])}
    monkeypatch.setattr(ledger, "write_workbook", fails_with(errno.ENOSPC))
    assert_problem(secretary.get(LEDGER, params=asked), 503, "unavailable")
    monkeypatch.setattr(ledger, "write_workbook", fails_with(errno.EIO))
    assert_problem(secretary.get(LEDGER, params=asked), 500, "unexpected")
    assert events == [("no_space", "write_ledger")]


def test_the_rows_of_a_workbook_that_find_no_room_are_no_fault_of_the_workbook(monkeypatch: pytest.MonkeyPatch) -> None:
    book, sent = Workbook(), io.BytesIO()
    book.worksheets[0].append(["姓名"])
    book.save(sent)
    made = tempfile.TemporaryFile

    def full(prefix: str) -> object:
        return open("/dev/full", "r+b") if prefix == "liangxian-rows-" else made(prefix=prefix)

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(OSError) as refused:
        open_sheets(sent)
    assert refused.value.errno == errno.ENOSPC


@pytest.mark.parametrize("rows", [5000, 1])
def test_a_sheet_that_finds_no_room_is_told_as_such_however_much_of_it_does_not(
    rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> str:
        sheet = tmp_path / "sheet"
        sheet.symlink_to("/dev/full")
        _writer.ALL_TEMP_FILES.append(str(sheet))
        return str(sheet)

    monkeypatch.setattr(_writer, "create_temporary_file", full)
    written = ((row, [Dressed(Cell("x"))]) for row in range(1, rows + 1))
    with pytest.raises(OSError) as refused:
        write_workbook(io.BytesIO(), [Page("x", [], written, header_row=1)])
    assert refused.value.errno == errno.ENOSPC and not list(tmp_path.iterdir())


def test_a_workbook_that_is_begun_in_vain_leaves_nothing_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def rows() -> Iterator[tuple[int, list[Dressed]]]:
        yield 1, [Dressed(Cell("x"))]
        assert list(tmp_path.iterdir())
        raise OSError(errno.ENOSPC, "")

    with pytest.raises(OSError):
        write_workbook(io.BytesIO(), [Page("x", [], rows(), header_row=1)])
    assert not list(tmp_path.iterdir())
