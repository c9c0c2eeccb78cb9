"""`python -m api`: everything that the district's own computer people do."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from sqlalchemy.exc import IntegrityError, OperationalError

from api import logs, schema
from api.database import Origin
from api.errors import Refusal
from api.house import House, build
from api.settings import Settings, fresh_secrets
from api.uploads import Imported, OnError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="亮显 liangxian", pretty_exceptions_enable=False)
console = Console(stderr=True, soft_wrap=True)
PROJECT = Path(__file__).parent.parent
DOCUMENT = PROJECT / "openapi" / "openapi.json"
MOST_ROWS_TOLD = 200
"""How many rejected rows are told one by one on the screen."""


def group(name: str, words: str) -> typer.Typer:
    part = typer.Typer(no_args_is_help=True, help=words)
    app.add_typer(part, name=name)
    return part


importing = group("import", "load organisations or members from a file")
accounts = group("accounts", "the first administrator, accounts for members, a password that nobody else can renew")
trail = group("audit", "the audit trail")
settings_group = group("settings", "the settings of this installation")
keys = group("keys", "the keys that sign dynamic codes")
files = group("files", "photos and attachments")


def fail(words: str) -> typer.Exit:
    console.print(words, style="red", markup=False, highlight=False)
    return typer.Exit(1)


def load_settings() -> Settings:
    """The settings, or a word for each that is missing or unsafe."""
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
def open_house() -> Iterator[House]:
    settings = load_settings()
    try:
        schema.check(settings.database_url)
    except schema.UnknownSchema as error:
        raise fail(str(error)) from None
    house = build(settings)
    try:
        yield house
    except Refusal as refusal:
        raise fail(refusal.sentence().zh) from None
    finally:
        house.database.close()


@settings_group.command("new")
def new_settings() -> None:
    """Print a .env with fresh secrets. Keep a copy of it apart from the database's backups."""
    print("# sqlite:////var/lib/liangxian/liangxian.db or postgresql://user:password@host/name")
    print("DATABASE_URL=")
    print("# where photos and attachments lie; needed beside PostgreSQL, otherwise the folder `files` beside the database file")
    print("# STORAGE_URL=file:///var/lib/liangxian/files")
    print("# the address that stands in every code, such as https://lx.example.gov.cn")
    print("PUBLIC_URL=")
    for name, value in fresh_secrets().items():
        print(f"{name}={value}")


@app.command()
def migrate() -> None:
    """Bring the database's schema up to date."""
    schema.migrate(load_settings().database_url)
    console.print("The database is up to date.")


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="the address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
) -> None:
    """Serve the API and the public pages."""
    import uvicorn

    from api.cards.service import expire_lapsed_cards
    from api.files.sweep import sweep_in_background
    from api.keys.service import ensure_key
    from api.serving import UVICORN
    from api.transfers.service import lapse_transfers

    with open_house() as house:
        settings = house.settings
        with house.database.writing(Origin("serve")) as work:
            ensure_key(work, house.cipher)
            today = work.at.astimezone(settings.zone).date()
            expire_lapsed_cards(work, today)
            lapse_transfers(work, today)
    apart = build(settings)
    sweep_in_background(apart.database, apart.storage)
    console.print(f"Serving on http://{host}:{port}, for {settings.base_url}. Ctrl+C stops.", highlight=False)
    uvicorn.run(
        "api.serving:application",
        host=host,
        port=port,
        workers=settings.workers,
        factory=True,
        **UVICORN,
    )


@importing.command("organizations")
def import_organizations(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only tell what would become of each row")] = False,
    on_error: Annotated[
        OnError, typer.Option(help="abort: one rejected row, and nothing is stored; skip: the other rows are")
    ] = OnError.abort,
) -> None:
    """Load the tree of organisations (编码, 名称, 类型, 上级编码, and 服务电话 if there is one) from a .csv or .xlsx file.

    Running it again changes nothing.
    """
    from api.adapters.sheets import open_sheet
    from api.organizations import service
    from api.organizations.tree_file import read_tree

    with open_house() as house, file.open("rb") as source:
        tree = list(read_tree(open_sheet(source)))
        try:
            with house.database.writing(Origin("cli")) as work:
                done = service.import_organizations(work, None, tree, dry_run=dry_run, on_error=on_error)
        except service.TreeRejected as refusal:
            _report(refusal.done, dry_run=False)
            raise
    _report(done, dry_run=dry_run)


@importing.command("members")
def import_members(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only tell what would become of each row")] = False,
    on_error: Annotated[
        OnError, typer.Option(help="abort: one rejected row, and nothing is stored; skip: the other rows are")
    ] = OnError.abort,
    result: Annotated[
        Path | None, typer.Option(dir_okay=False, help="write the roster there as .xlsx, with what became of each row beside it")
    ] = None,
) -> None:
    """Load a roster (花名册) from a .csv or .xlsx file, after the organisations. Running it again changes nothing."""
    from api.adapters.sheets import AT_THE_MACHINE, open_sheet
    from api.language import Language
    from api.members import service
    from api.members.intake import ImportedMembers
    from api.members.marked import Stage, write_marked
    from api.members.roster import read_roster

    # The bar vanishes in the end: what became of the rows is said below it. Elsewhere than on a terminal it is not drawn.
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with open_house() as house, file.open("rb") as source, Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("读取表格", total=None)
        roster = read_roster(open_sheet(source, AT_THE_MACHINE), today=datetime.now(house.settings.zone).date())
        progress.update(task, description="核对" if dry_run else "核对并导入", total=roster.table.sheet.count)

        def give_back(done: ImportedMembers, stage: Stage) -> None:
            progress.stop()
            _report(done, dry_run=dry_run)
            if result:
                with result.open("wb") as target:
                    write_marked(roster.table, done, stage, target, Language.zh)
                console.print(f"每行的结果写在 {result}。", highlight=False, markup=False)

        try:
            with house.database.writing(Origin("cli")) as work:
                done = service.import_members(
                    work,
                    None,
                    roster,
                    house.cipher,
                    dry_run=dry_run,
                    on_error=on_error,
                    on_progress=lambda rows: progress.update(task, completed=rows),
                )
        except service.RosterRejected as refusal:
            give_back(refusal.done, Stage.given_up)
            raise
        give_back(done, Stage.planned if dry_run else Stage.done)


def _report(done: Imported, *, dry_run: bool) -> None:
    Console().print(
        f"共 {done.rows} 行：新增 {done.created}，更新 {done.updated}，未变 {done.unchanged}，未导入 {len(done.rejected)}。",
        highlight=False,
    )
    if done.rejected:
        table = Table("行", "格", "列")
        table.add_column("原因", overflow="fold")
        for row in done.rejected[:MOST_ROWS_TOLD]:
            table.add_row(str(row.row), row.cell or "", row.column, row.text.zh)
        Console().print(table)
        if (more := len(done.rejected) - MOST_ROWS_TOLD) > 0:
            Console().print(f"另有 {more} 行未导入。", highlight=False)
    if dry_run:
        console.print("以上只是试算，没有写入。", highlight=False)


@accounts.command("create-administrator")
def create_administrator(
    username: Annotated[str, typer.Argument(help="the user name, 3 to 64 letters, digits or . _ @ -")],
) -> None:
    """Make an administrator and print a one-time password. The district must have been imported before."""
    from api.accounts import service
    from api.accounts.schemas import checked_username
    from api.errors import NotFound

    with open_house() as house:
        try:
            name = checked_username(username)
        except ValueError:
            raise fail("A user name has 3 to 64 letters, digits or . _ @ + -") from None
        password, password_hash = service.one_time_password(house.passwords)
        try:
            with house.database.writing(Origin("cli")) as work:
                service.create_administrator(work, name, password_hash)
        except NotFound:
            raise fail("There is no district yet: run `python -m api import organizations FILE` first.") from None
        except IntegrityError:
            raise fail(f"There is an account named {name} already.") from None
    print(f"user name: {name}\none-time password: {password}")


@accounts.command("issue")
def issue_accounts(
    organization_code: Annotated[str, typer.Argument(help="the organisation; everything below it belongs to it")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="the slips as PDF; very many go on in OUT-2.pdf, and so on")],
) -> None:
    """Make accounts for all members who have none, and print slips for them: user name, one-time password, until when."""
    from api.accounts import service
    from api.accounts.paperwork import issue_to_files

    if out.exists():
        raise fail(f"{out} is there already, and may hold passwords that stand nowhere else. Name another file.")
    with open_house() as house:
        with house.database.reading(Origin("cli")) as work:
            organization_id, total = service.find_without_account(work, organization_code)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("账号", total=total)
            written = issue_to_files(house, organization_id, out, lambda done: bar.update(task, completed=done))
    print(f"已开通 {written.made} 个账号。")
    for path in written.files:
        print(path)
    if written.missing:
        codes = " ".join(f"U+{ord(character):04X}" for character in sorted(written.missing))
        console.print(f"字库缺字 {codes}，已印作〓；可用设置 PAPER_FONT 另指字体。", style="yellow", highlight=False)


@accounts.command("reset")
def reset_account(username: Annotated[str, typer.Argument(help="whose password is lost")]) -> None:
    """Print a new one-time password for an account, when nobody is left who could renew it."""
    from api.accounts import service
    from api.errors import NotFound

    with open_house() as house:
        one_time = service.one_time_password(house.passwords)
        try:
            with house.database.writing(Origin("cli")) as work:
                account = service.reset_account(work, username.strip().lower(), one_time, house.cipher)
        except NotFound:
            raise fail("There is no account of this name.") from None
    print(f"user name: {account.username}\none-time password: {one_time[0]}")


@trail.command("verify")
def verify_audit() -> None:
    """Check the whole audit trail. Ends with status 1 at the first line that was altered, removed or cut off."""
    from api.audit import service

    with open_house() as house, house.database.reading(Origin("cli")) as work:
        lines, broken = service.verify(work, house.audit_key)
    if broken is not None:
        raise fail(f"The audit trail is broken at line {broken.seq}: {broken.why} ({lines} lines before it hold).")
    print(f"{lines} audit lines hold.")


Archive = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="a file that `backup` has written")]


@app.command()
def backup(file: Annotated[Path, typer.Argument(dir_okay=False, help="the file to write; it must not exist")]) -> None:
    """Write the database and all files, as of one moment, into one file, while the service runs. No key stands in it."""
    _keep("backup", file)


@app.command()
def verify(file: Archive) -> None:
    """Check a backup against the keys of this installation: every byte, and the audit trail in it."""
    _keep("verify", file)


@app.command()
def restore(file: Archive) -> None:
    """Restore a backup into an empty database and storage, with the keys that it was made with, and prove it."""
    _keep("restore", file)


def _keep(verb: str, file: Path) -> None:
    from api.backups.commands import Failed, Verb, run

    try:
        print(run(Verb(verb), load_settings(), file, console))
    except Failed as failure:
        raise fail(str(failure)) from None


@keys.command("list")
def list_keys() -> None:
    """Print the public keys."""
    from api.keys import service

    with open_house() as house, house.database.reading(Origin("cli")) as work:
        print(json.dumps({"keys": service.list_keys(work)}, indent=2))


@files.command("sweep")
def sweep_files() -> None:
    """Clear away files that never came or belong to nothing, and objects that no row knows, each once it is a day old."""
    from api.files.sweep import sweep_files

    with open_house() as house:
        done = sweep_files(house.database, house.storage, datetime.now(UTC))
    print(f"removed: {done.awaited} awaited in vain, {done.unused} unused, {done.orphans} objects without a row")


@app.command("check-host")
def check_host(url: Annotated[str, typer.Argument(help="the public address, such as https://lx.example.gov.cn")]) -> None:
    """Tell whether codes stay as coarse as they should with this host: printed version 3, dynamic version 6."""
    from api.cards import qr

    if not url.lower().startswith(("https://", "http://")):
        raise fail("Write the whole address, beginning with https://.")
    fit = qr.fits(url)
    print(f"printed code: version {fit.printed} (level Q); dynamic code: version {fit.dynamic} (level M)")
    if fit.printed > qr.PRINTED_VERSION or fit.dynamic > qr.DYNAMIC_VERSION:
        raise fail("This host is too long: codes get finer than version 3 and 6 and read from less far.")
    print("This host is short enough.")


@app.command()
def openapi(
    check: Annotated[bool, typer.Option(help="only compare; status 1 if the committed document is not this one")] = False,
) -> None:
    """Write openapi/openapi.json, the contract with the mobile team."""
    from api.app import create_app
    from api.documentation import text_of

    values: dict[str, Any] = {name.lower(): value for name, value in fresh_secrets().items()}
    settings = Settings(_env_file=None, database_url="sqlite:////nonexistent", public_url="https://lx.example.gov.cn", **values)
    text = text_of(create_app(settings).openapi())
    if not check:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(text, encoding="utf-8")
    elif not DOCUMENT.exists() or DOCUMENT.read_text(encoding="utf-8") != text:
        raise fail("openapi/openapi.json is not what is served: run `make openapi`.")


@app.command()
def demo(
    host: Annotated[str, typer.Option(help="0.0.0.0 lets phones in the same network open the codes")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    data: Annotated[Path, typer.Option(file_okay=False, help="the folder that the demonstration is kept in")] = PROJECT
    / "var"
    / "demo",
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON line when it is ready")] = False,
) -> None:
    """Serve a demonstration district of invented people."""
    from api.demo.run import run

    try:
        run(host, port, data, as_json=as_json)
    except OSError as error:
        raise fail(f"Cannot listen on {host}:{port}: {error.strerror}. Choose another with --port.") from None


def main() -> None:
    # What is written here, the database first of all, is for its owner's eyes only.
    os.umask(0o077)
    logs.configure()
    try:
        app(prog_name="python -m api")
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        console.print(f"The database cannot be used: {reason}", style="red", markup=False, highlight=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
