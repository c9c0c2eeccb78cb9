"""What the commands of all rooms share: a console, words for what went wrong, the parts of the house, and how rows are told.

`python -m api --help` loads this file and every `commands.py`, so what takes long to import is imported where it is used.
"""

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from api.adapters.tables import cell_of
from api.errors import FieldFault, Refusal
from api.uploads import Imported, OnError

if TYPE_CHECKING:
    from api.database import Work
    from api.house import House
    from api.settings import Settings

console = Console(stderr=True, soft_wrap=True)
MOST_FAULTS_TOLD = 100
"""How many kinds of faults are told on the screen."""
ONLY_TRIED = "以上只是试算，没有写入。"
MOST_SPANS_TOLD = 20
"""How many places of one kind of fault are told."""


def fail(words: str) -> typer.Exit:
    """Say in red why a command cannot go on, and give the exit with status 1 to raise."""
    console.print(words, style="red", markup=False, highlight=False)
    return typer.Exit(1)


def load_settings() -> "Settings":
    """The settings, or a word for each that is missing or unsafe."""
    from api.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        for item in error.errors():
            name = str(item["loc"][0]).upper()
            console.print(f"{name}: {item['msg'].removeprefix('Value error, ')}", style="red", markup=False, highlight=False)
        raise fail(
            "The settings above are missing or unsafe. For a new installation `python -m api settings new` prints a fresh .env; "
            "with other keys than before, an old one's data stays sealed."
        ) from None


@contextmanager
def telling_of_the_database() -> Iterator[None]:
    """Whatever goes wrong between this program and the database is told in one line."""
    from sqlalchemy.exc import OperationalError

    try:
        yield
    except OperationalError as error:
        raise fail(f"The database cannot be used: {str(error.orig).strip().splitlines()[0]}") from None


@contextmanager
def open_house() -> Iterator["House"]:
    """The parts that a command works with, on a database of the right schema. A refusal is told and ends with status 1."""
    from api import schema
    from api.building import build

    settings = load_settings()
    with telling_of_the_database():
        try:
            schema.check(settings.database_url)
        except schema.UnfitDatabase as error:
            raise fail(str(error)) from None
        house = build(settings)
        try:
            yield house
        except Refusal as refusal:
            told = refusal.sentence()
            raise fail(f"{told.zh} {told.en}") from None
        finally:
            house.database.close()


def importing(house: "House", *, dry_run: bool) -> AbstractContextManager["Work"]:
    """The transaction of an import. A dry run only reads, and keeps nobody from writing."""
    from api.database import Origin

    return (house.database.reading if dry_run else house.database.writing)(Origin("cli"))


def bound(host: str, port: int) -> socket.socket:
    """A socket of that address and port, or words where it is taken or is none of this machine's."""
    door = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
    except OSError as error:
        raise fail(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another with --port.") from None
    return door


def address_of(door: socket.socket, host: str | None = None) -> str:
    """The address that a browser on this machine opens; with `host`, that one in place of the socket's own."""
    host = host or door.getsockname()[0]
    return f"http://{f'[{host}]' if ':' in host else host}:{door.getsockname()[1]}"


def check_free(path: Path, ending: str = "") -> None:
    """End with words, before any work is done, where no file of this name and ending can be written, or one is there already."""
    if ending and path.suffix.lower() != ending:
        raise fail(f"{path}：文件名须以 {ending} 结尾。 The name of this file must end in {ending}.")
    if path.exists():
        raise fail(f"{path} 已存在，不予覆盖，请另取文件名。 This file is there already and is not overwritten; name another.")
    if not path.parent.is_dir():
        raise fail(f"没有文件夹 {path.parent}。 There is no such folder.")
    if not os.access(path.parent, os.W_OK):
        raise fail(f"不能写入文件夹 {path.parent}。 This folder may not be written to.")


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that is in its place only when the block has ended well, readable for its owner alone."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            yield file
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def progress_bar() -> Progress:
    """A bar that vanishes in the end: what became of the work is said below it. Elsewhere than on a terminal it is not drawn."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def report(done: Imported, *, dry_run: bool, with_sheets: bool = False) -> None:
    """Tell what became of the rows of a file, on standard output; each kind of fault once, with all cells that have it."""
    Console().print(
        f"共 {done.rows} 行：新增 {done.created}，更新 {done.updated}，未变 {done.unchanged}，未导入 {len(done.rejected)}。",
        highlight=False,
    )
    rejected = ((row.sheet, row.row, fault) for row in done.rejected for fault in row.faults)
    tell_cells("原因", rejected, with_sheets=with_sheets)
    if dry_run:
        console.print(ONLY_TRIED, highlight=False)


def tell_cells(what: str, faults: Iterable[tuple[str, int, FieldFault]], *, with_sheets: bool) -> None:
    """Tell, under the word for what it is, each kind of fault or hint once, with all its cells, and on demand their sheets."""
    places: dict[tuple[str, str, str], list[tuple[str, int]]] = {}
    for sheet, row, fault in faults:
        column = (cell_of(fault) or "").rstrip("0123456789")
        places.setdefault((fault.field, fault.text.zh, sheet), []).append((column, row))
    if not places:
        return
    table = Table("列")
    table.add_column(what, overflow="fold")
    table.add_column("行数", justify="right")
    table.add_column("所在", overflow="fold")
    for (field, why, sheet), found in list(places.items())[:MOST_FAULTS_TOLD]:
        where = f"{sheet}：{_spans(found)}" if with_sheets and sheet else _spans(found)
        table.add_row(escape(field), escape(why), str(len(found)), escape(where))
    Console().print(table)
    if (more := len(places) - MOST_FAULTS_TOLD) > 0:
        Console().print(f"另有 {more} 种问题未列出。", highlight=False)


def _spans(found: list[tuple[str, int]]) -> str:
    """Cells of one column, those below each other as one span: F3、F7–F9; rows alone where the sheet has no such column."""
    spans: list[list[int]] = []
    for _, row in found:
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    column = found[0][0]
    told = [f"{column}{first}" if first == last else f"{column}{first}–{column}{last}" for first, last in spans[:MOST_SPANS_TOLD]]
    return ("" if column else "行 ") + "、".join(told) + (" 等" if len(spans) > MOST_SPANS_TOLD else "")


def end_dry_run(done: Imported, on_error: OnError) -> None:
    """End a dry run as the import itself would end: with status 1 where nothing would be stored for the rows at fault."""
    if done.rejected and on_error is OnError.abort:
        raise fail("有不能导入的行：照此导入将一行也不写入。请改正，或加 --on-error skip 跳过这些行。")
