"""`python -m api`: everything that the district's own computer people do. Each room's commands stand in its `commands.py`."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from api import logs
from api.accounts import commands as accounts
from api.audit import commands as audit
from api.backups import commands as backups
from api.codes import commands as cards
from api.errors import Text
from api.files import commands as files
from api.keys import commands as keys
from api.members import commands as members
from api.offline import commands as offline
from api.organizations import commands as organizations
from api.printing import commands as printing
from api.privacy import commands as privacy
from api.terminal import (
    ClockIsRight,
    address_of,
    bound,
    check_free,
    fail,
    hint,
    load_settings,
    manual,
    open_house,
    put,
    telling_why,
    told,
    whole_file,
)
from api.unfinished import ended_by_signals

app = typer.Typer(no_args_is_help=True, add_completion=False, help=manual("亮显", "liangxian"), pretty_exceptions_enable=False)
PROJECT = Path(__file__).parent.parent
DOCUMENT = PROJECT / "openapi" / "openapi.json"

importing = typer.Typer(no_args_is_help=True, help=manual("从表格导入党组织或党员", "load organisations or members from a file"))
importing.add_typer(organizations.commands)
importing.add_typer(members.commands)
settings_group = typer.Typer(no_args_is_help=True, help=manual("本系统的设置", "the settings of this installation"))

app.add_typer(settings_group, name="settings")
app.add_typer(importing, name="import")
app.add_typer(accounts.commands, name="accounts")
app.add_typer(audit.commands, name="audit")
app.add_typer(keys.commands, name="keys")
app.add_typer(files.commands, name="files")
app.add_typer(backups.commands)
app.add_typer(cards.commands)
app.add_typer(offline.commands)
app.add_typer(printing.commands)
app.add_typer(privacy.commands)


FAILED = Text("没有完成，原因见日志", "failed; the log says why")
SETTINGS = """\
# sqlite:////var/lib/liangxian/liangxian.db or postgresql://user:password@host/name
DATABASE_URL=
# where photos and attachments lie; needed beside PostgreSQL, otherwise the folder `files` beside the database file
# STORAGE_URL=file:///var/lib/liangxian/files
# the address that stands in every code, such as https://lx.example.gov.cn
PUBLIC_URL=
"""


@settings_group.command("new", help=manual("输出含新密钥的 .env。请另存一份，不要与数据库备份放在一起。"))
def new_settings(
    out: Annotated[
        Path | None,
        typer.Option(
            help=manual(
                "写到这个文件，只有本人可读；不能已存在", "write them there, readable for you alone; the file must not exist"
            )
        ),
    ] = None,
) -> None:
    """Print a .env with fresh secrets. Keep a copy of it apart from the database's backups."""
    from api.settings import fresh_secrets

    text = SETTINGS + "".join(f"{name}={value}\n" for name, value in fresh_secrets().items())
    if out is None:
        put(text.rstrip())
        return
    check_free(out)
    with whole_file(out) as file:
        file.write(text.encode())
    hint(
        Text(
            f"已写入 {out}，请填写其中的 DATABASE_URL 和 PUBLIC_URL。",
            f"Written to {out}; fill in DATABASE_URL and PUBLIC_URL there.",
        )
    )


@app.command(help=manual("把数据库结构升级到当前版本。"))
def migrate() -> None:
    """Bring the database's schema up to date."""
    from api import schema

    with telling_why():
        schema.migrate(load_settings().database_url)
    hint(Text("数据库结构已是最新。", "The schema of the database is up to date."))


@app.command(help=manual("启动接口和公开网页的服务。"))
def serve(
    host: Annotated[str, typer.Option(help=manual("监听的地址", "the address to listen on"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
) -> None:
    """Serve the API and the public pages."""
    import uvicorn

    from api.audit.service import may_alter_lines
    from api.building import build
    from api.database import Origin
    from api.housekeeping import keep_house_daily
    from api.keys.service import ensure_key
    from api.serving import UVICORN, Workers

    with open_house() as house:
        settings = house.settings
        door = bound(host, port)
        with house.database.writing(Origin("serve")) as work:
            ensure_key(work, house.cipher)
            if may_alter_lines(work):
                hint(
                    Text(
                        "这个数据库角色可以修改审计记录，请按 README 的 PostgreSQL 一节改用只能写入和读取的角色。",
                        "This role may change the audit trail; the README (PostgreSQL) tells how to serve as one that may not.",
                    )
                )
    keep_house_daily(build(settings, serves=True))
    server = uvicorn.Server(uvicorn.Config("api.serving:application", workers=settings.workers, factory=True, **UVICORN))
    # From here on the system takes connections, and keeps them until the workers have started.
    door.listen()
    hint(
        Text(
            f"正在 {address_of(door)} 上提供服务，对外网址 {settings.base_url}。按 Ctrl+C 停止。",
            f"Serving on {address_of(door)}, for {settings.base_url}. Ctrl+C stops.",
        )
    )
    if settings.workers > 1:
        Workers(server.config, sockets=[door]).run()
        return
    with suppress(KeyboardInterrupt):
        server.run(sockets=[door])
    if not server.started:
        raise typer.Exit(1)


@app.command(help=manual("立即做服务每天做的事：记下到期的，清除不必再留的，清理文件。"))
def housekeeping(
    rewrite: Annotated[
        bool,
        typer.Option(
            "--rewrite",
            help=manual(
                "重写整个 SQLite 数据库文件，不论大小；其间不能写入",
                "write an SQLite database of any size anew; nobody else writes meanwhile",
            ),
        ),
    ] = False,
    clock_is_right: ClockIsRight = False,
) -> None:
    """Do at once what the server does each day: write down what has lapsed, forget what need not be kept, sweep the files."""
    from api.housekeeping import CHORES, WHOLLY, keep_house

    with open_house() as house:
        done = keep_house(house, WHOLLY if rewrite else CHORES, is_clock_right=clock_is_right)
    for name, number in done.items():
        put(f"{name}: {told(FAILED) if number is None else number}")
    if None in done.values():
        raise typer.Exit(1)


@app.command(help=manual("写出 openapi/openapi.json，即与移动端的约定。"))
def openapi(
    check: Annotated[
        bool,
        typer.Option(
            help=manual(
                "只作比较；与已提交的文档不同时退出码为 1", "only compare; status 1 if the committed document is not this one"
            )
        ),
    ] = False,
) -> None:
    """Write openapi/openapi.json, the contract with the mobile team."""
    from api.app import create_app
    from api.settings import Settings, fresh_secrets
    from api.web.document import text_of

    values: dict[str, Any] = {name.lower(): value for name, value in fresh_secrets().items()}
    settings = Settings(_env_file=None, database_url="sqlite:////nonexistent", public_url="https://lx.example.gov.cn", **values)
    text = text_of(create_app(settings).openapi())
    if not check:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(text, encoding="utf-8")
    elif not DOCUMENT.exists() or DOCUMENT.read_text(encoding="utf-8") != text:
        raise fail(
            Text(
                "openapi/openapi.json 与实际提供的接口不符：请运行 `make openapi`。",
                "openapi/openapi.json is not what is served: run `make openapi`.",
            )
        )


@app.command(help=manual("启动演示区，其中都是虚构的人。"))
def demo(
    host: Annotated[
        str,
        typer.Option(help=manual("0.0.0.0 让同一网络里的手机也能打开", "0.0.0.0 lets phones in the same network open the codes")),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
    data: Annotated[
        Path, typer.Option(file_okay=False, help=manual("演示数据所在的文件夹", "the folder that the demonstration is kept in"))
    ] = PROJECT / "var" / "demo",
    as_json: Annotated[
        bool, typer.Option("--json", help=manual("就绪后输出一行 JSON", "print one JSON line when it is ready"))
    ] = False,
    bare: Annotated[
        bool,
        typer.Option(
            "--bare",
            help=manual(
                "不造往年的承诺、阵地和积分；只对新造的演示区有效", "without lived years, venues and scores; of a new one only"
            ),
        ),
    ] = False,
) -> None:
    """Serve a demonstration district of invented people."""
    # Before the house is loaded, which takes seconds.
    door = bound(host, port)
    from api.demo.run import run

    with telling_why():
        run(door, host, data, as_json=as_json, bare=bare)


def main() -> None:
    # What is written here, the database first of all, is for its owner's eyes only.
    os.umask(0o077)
    logs.configure()
    try:
        with ended_by_signals(), telling_why():
            app(prog_name="python -m api")
    except typer.Exit as told_already:
        sys.exit(told_already.exit_code)


if __name__ == "__main__":
    main()
