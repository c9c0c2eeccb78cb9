"""`python -m api retention` and `python -m api erasures`."""

from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from api.errors import Text
from api.terminal import ClockIsRight, check_free, fail, manual, open_house, put, tell, whole_file

commands = typer.Typer()
erasures = typer.Typer(
    no_args_is_help=True, help=manual("删除清单：供恢复更早的备份时使用", "whose data was erased, for a backup from before")
)


@commands.command(help=manual("清除保存期满的内容，与服务每天所做的相同，并列出各表的行数。"))
def retention(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=manual("只列出到期的，不清除", "only tell what is due; nothing is forgotten"))
    ] = False,
    clock_is_right: ClockIsRight = False,
) -> None:
    """Forget what was kept for as long as it may be, as the housekeeping does each day, and tell how many rows of which tables."""
    from api.audit.clock import held_clock
    from api.privacy.retention import forget_personal_data

    with open_house() as house:
        held = held_clock(house.database, house.storage, house.audit_key, is_right=clock_is_right)
        with nullcontext(datetime.now(UTC)) if dry_run else held as now:
            done = forget_personal_data(house.database, house.storage, house.cipher, house.audit_key, now, dry_run=dry_run)
    for name, number in sorted(done.items()):
        put(f"{name}: {number}")
    number = done.total()
    tell(Text(f"到期应清除：{number}", f"due: {number}") if dry_run else Text(f"已清除：{number}", f"forgotten: {number}"))


@erasures.command(
    "export",
    help=manual(
        "写出签名的删除清单（只有摘要和日期）：请把最新的一份与备份放在一起，供 `restore --erasures` 使用。"
        "文件存储写明而数据库中没有的也写入清单，此时退出码为 1；文件存储无法访问时也是 1。"
    ),
)
def export_erasures(
    file: Annotated[
        Path, typer.Argument(dir_okay=False, help=manual("要写出的文件；不能已存在", "the file to write; it must not exist"))
    ],
) -> None:
    """Write the signed list of all erasures, by digests and days: keep the newest beside the backups, for `restore --erasures`.
    It has also what the storage alone tells; then the status is 1, since the database has lost it, as where the storage cannot be
    reached."""
    from api.privacy.notes import export_erasures
    from api.privacy.rules import ErasuresLost, ListedWithoutStorage

    check_free(file)
    with open_house() as house:
        content, lost = export_erasures(house.database, house.storage, house.audit_key, datetime.now(UTC))
    with whole_file(file) as target:
        target.write(content)
    if lost is None:
        raise fail(ListedWithoutStorage().sentence())
    if lost:
        raise fail(ErasuresLost({"count": lost}).sentence())


commands.add_typer(erasures, name="erasures")
