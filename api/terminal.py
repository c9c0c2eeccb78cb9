"""What the commands of all rooms share: a console, words for what went wrong, the parts of the house, and how rows are told.

`python -m api --help` loads this file and every `commands.py`, so what takes long to import is imported where it is used.
"""

import os
import socket
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from api.adapters.tables import cell_of
from api.errors import FieldFault, Refusal, Text, Unavailable
from api.language import Language, said
from api.unfinished import unfinished
from api.uploads import Imported, OnError

if TYPE_CHECKING:
    from api.database import Work
    from api.house import House
    from api.settings import Settings

console = Console(stderr=True, soft_wrap=True)
MOST_FAULTS_TOLD = 100
"""How many kinds of faults are told on the screen."""
ONLY_TRIED = Text("以上只是试算，没有写入。", "This was only tried; nothing was written.")
MOST_SPANS_TOLD = 20
"""How many places of one kind of fault are told."""
NO_ADDRESS = Text("不是网址，应如 https://lx.example.gov.cn。", "is no address, such as https://lx.example.gov.cn.")
WRONG_SETTINGS = {
    "missing": Text("没有设置。", "is missing."),
    "int_parsing": Text("须是整数。", "must be a whole number."),
    "bool_parsing": Text("须是 true 或 false。", "must be true or false."),
    "greater_than_equal": Text("不能小于 {ge}。", "must be at least {ge}."),
    "less_than_equal": Text("不能大于 {le}。", "must be at most {le}."),
    "string_too_long": Text("最多 {max_length} 个字符。", "has at most {max_length} characters."),
    "url_parsing": NO_ADDRESS,
    "url_scheme": NO_ADDRESS,
}
"""By pydantic's words for what is wrong."""
WRONG_SETTING = Text("填写的内容不合要求。", "cannot be read.")


def language() -> Language:
    """The language of whoever sits at the terminal: English where the environment asks for it, by the first of these that is set
    (as POSIX and gettext read them), and Chinese otherwise."""
    asked = next(filter(None, map(os.environ.get, ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return Language.en if asked.lower().startswith("en") else Language.zh


def told(text: Text) -> str:
    """A sentence in the language of whoever sits at the terminal."""
    return said(text, language())


def manual(zh: str, en: str | None = None) -> str | None:
    """What `--help` says, in the language of whoever sits at the terminal. A command's English is its docstring: without `en` it
    is None, by which typer takes that."""
    return zh if language() is Language.zh else en


ClockIsRight = Annotated[
    bool,
    typer.Option(
        "--clock-is-right",
        help=manual(
            "本机时钟正确，虽然与上次相差六十天以上，或不知上次是何时",
            "the clock is right, although it is sixty days from the last time, or nothing tells of one",
        ),
    ),
]


def tell(text: Text) -> None:
    """Tell on standard output what a command was asked for, or has done."""
    put(told(text))


def put(data: str) -> None:
    """Write onto standard output what stands in no language: a path, a number, JSON."""
    print(data, flush=True)


def hint(text: Text, *, style: str | None = None) -> None:
    """Say beside the output what is worth knowing."""
    console.print(told(text), style=style, markup=False, highlight=False)


def fail(text: Text) -> typer.Exit:
    """Say in red why a command cannot go on, and give the exit with status 1 to raise."""
    hint(text, style="red")
    return typer.Exit(1)


def load_settings() -> "Settings":
    """The settings, or a word for each that is missing or unsafe."""
    from api.settings import Settings, UnfitSetting

    try:
        return Settings()
    except UnicodeDecodeError:
        raise fail(Text(".env 不是 UTF-8 编码，请另存为 UTF-8。", ".env is not in UTF-8: save it anew as that.")) from None
    except ValidationError as error:
        for item in error.errors():
            name = str(item["loc"][0]).upper()
            facts = item.get("ctx", {})
            why = facts.get("error")
            text = why.text if isinstance(why, UnfitSetting) else WRONG_SETTINGS.get(item["type"], WRONG_SETTING).fill(**facts)
            hint(Text(f"{name}：{text.zh}", f"{name}: {text.en}"), style="red")
        raise fail(
            Text(
                "以上设置缺少或不安全。新装系统可用 `python -m api settings new` 生成一份 .env；换了密钥，原有数据就打不开了。",
                "The settings above are missing or unsafe. For a new installation `python -m api settings new` prints a fresh "
                ".env; with other keys than before, an old one's data stays sealed.",
            )
        ) from None


@contextmanager
def telling_why() -> Iterator[None]:
    """Whatever is refused, and what goes wrong between this program and the database, its files or the storage, is told in a
    sentence and ends with status 1."""
    try:
        yield
    except Exception as error:
        if (text := _why(error)) is None:
            raise
        raise fail(text) from None


def _why(error: Exception) -> Text | None:
    """What to say of an error; None for one that is a fault of the program itself."""
    from sqlalchemy.exc import DBAPIError

    from api.schema import UnfitDatabase
    from api.unusable import UNAVAILABLE, why_unusable

    if isinstance(error, UnfitDatabase):
        return error.text
    if isinstance(error, Refusal):
        return UNAVAILABLE if isinstance(error, Unavailable) else error.sentence()
    if isinstance(error, DBAPIError):
        return why_unusable(error.orig)
    return why_unusable(error) if isinstance(error, sqlite3.Error | OSError) else None


@contextmanager
def open_house() -> Iterator["House"]:
    """The parts that a command works with, on a database of the right schema. A refusal is told and ends with status 1."""
    from api import schema
    from api.building import build

    settings = load_settings()
    with telling_why():
        schema.check(settings.database_url)
        house = build(settings, serves=True)
        try:
            yield house
        finally:
            house.database.close()


def importing(house: "House", *, dry_run: bool) -> AbstractContextManager["Work"]:
    """The transaction of an import. A dry run only reads, and keeps nobody from writing."""
    from api.database import Origin

    return (house.database.reading if dry_run else house.database.writing)(Origin("cli"))


MOST_UNTAKEN_BYTES: Final = 1 << 18
"""Of an answer, beyond which the system makes no room until its client takes some."""


def bound(host: str, port: int) -> socket.socket:
    """A socket of that address and port, or words where it is taken or is none of this machine's."""
    door = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Of every connection that is taken by it: what nobody takes lies in the system's own memory.
    door.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MOST_UNTAKEN_BYTES)
    try:
        door.bind((host, port))
    except OSError as error:
        why = error.strerror
        raise fail(
            Text(
                f"不能在 {host}:{port} 上监听（{why}）。请用 --port 另选端口，或用 --host 另选本机地址。",
                f"Cannot listen on {host}:{port}: {why}. Choose another --port, or as --host an address of this machine.",
            )
        ) from None
    return door


def address_of(door: socket.socket, host: str | None = None) -> str:
    """The address that a browser on this machine opens; with `host`, that one in place of the socket's own."""
    host = host or door.getsockname()[0]
    return f"http://{f'[{host}]' if ':' in host else host}:{door.getsockname()[1]}"


def check_free(path: Path, ending: str = "") -> None:
    """End with words, before any work is done, where no file of this name and ending can be written, or one is there already."""
    if ending and path.suffix.lower() != ending:
        raise fail(Text(f"{path}：文件名须以 {ending} 结尾。", f"{path}: the name of this file must end in {ending}."))
    if path.exists():
        raise fail(
            Text(f"{path} 已存在，不予覆盖，请另取文件名。", f"{path} is there already and is not overwritten; name another file.")
        )
    if not path.parent.is_dir():
        raise fail(Text(f"没有文件夹 {path.parent}。", f"There is no folder {path.parent}."))
    if not os.access(path.parent, os.W_OK):
        raise fail(Text(f"不能写入文件夹 {path.parent}。", f"The folder {path.parent} may not be written to."))


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that is in its place only when the block has ended well, readable for its owner alone."""
    with unfinished(path) as (file, waiting):
        yield file
        file.flush()
        waiting.replace(path)


def progress_bar() -> Progress:
    """A bar that vanishes in the end: what became of the work is said below it. Elsewhere than on a terminal it is not drawn."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def report(done: Imported, *, dry_run: bool, with_sheets: bool = False) -> None:
    """Tell what became of the rows of a file, on standard output; each kind of fault once, with all cells that have it."""
    tell(
        Text(
            f"共 {done.rows} 行：新增 {done.created}，更新 {done.updated}，未变 {done.unchanged}，未导入 {len(done.rejected)}。",
            f"{done.rows} rows: {done.created} new, {done.updated} updated, {done.unchanged} unchanged, "
            f"{len(done.rejected)} not imported.",
        )
    )
    rejected = ((row.sheet, row.row, fault) for row in done.rejected for fault in row.faults)
    tell_cells(Text("原因", "Why"), rejected, with_sheets=with_sheets)
    if dry_run:
        hint(ONLY_TRIED)


def tell_cells(what: Text, faults: Iterable[tuple[str, int, FieldFault]], *, with_sheets: bool) -> None:
    """Tell, under the word for what it is, each kind of fault or hint once, with all its cells, and on demand their sheets."""
    places: dict[tuple[str, Text, str], list[tuple[str, int]]] = {}
    for sheet, row, fault in faults:
        column = (cell_of(fault) or "").rstrip("0123456789")
        places.setdefault((fault.field, fault.text, sheet), []).append((column, row))
    if not places:
        return
    table = Table(told(Text("列", "Column")))
    table.add_column(told(what), overflow="fold")
    table.add_column(told(Text("行数", "Rows")), justify="right")
    table.add_column(told(Text("所在", "Where")), overflow="fold")
    for (field, why, sheet), found in list(places.items())[:MOST_FAULTS_TOLD]:
        spans = _spans(found)
        where = told(Text(f"{sheet}：{spans.zh}", f"{sheet}: {spans.en}") if with_sheets and sheet else spans)
        table.add_row(escape(field), escape(told(why)), str(len(found)), escape(where))
    Console().print(table)
    if (more := len(places) - MOST_FAULTS_TOLD) > 0:
        tell(Text(f"另有 {more} 种问题未列出。", f"{more} more kinds of faults are not listed."))


def _spans(found: list[tuple[str, int]]) -> Text:
    """Cells of one column, those below each other as one span: F3、F7–F9; rows alone where the sheet has no such column."""
    spans: list[list[int]] = []
    for _, row in found:
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    column, more = found[0][0], len(spans) > MOST_SPANS_TOLD
    cells = [f"{column}{first}" if first == last else f"{column}{first}–{column}{last}" for first, last in spans[:MOST_SPANS_TOLD]]
    return Text(
        ("" if column else "行 ") + "、".join(cells) + (" 等" if more else ""),
        ("" if column else "rows ") + ", ".join(cells) + (" and so on" if more else ""),
    )


def end_dry_run(done: Imported, on_error: OnError) -> None:
    """End a dry run as the import itself would end: with status 1 where nothing would be stored for the rows at fault."""
    if done.rejected and on_error is OnError.abort:
        raise fail(
            Text(
                "有不能导入的行：照此导入将一行也不写入。请改正，或加 --on-error skip 跳过这些行。",
                "Some rows cannot be imported: like this, nothing would be stored. Mend them, or pass them over: --on-error skip.",
            )
        )
