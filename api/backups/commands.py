"""`python -m api backup`, `verify` and `restore`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.errors import Text
from api.terminal import fail, load_settings, manual, tell

if TYPE_CHECKING:
    from api.privacy.notes import Known
    from api.settings import Settings

commands = typer.Typer()
Archive = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help=manual("`backup` 写出的备份文件", "a file that `backup` has written"))
]


@commands.command(help=manual("把某一时刻的数据库和全部文件写入一个文件，服务照常运行。备份中没有密钥。"))
def backup(
    file: Annotated[
        Path, typer.Argument(dir_okay=False, help=manual("要写出的文件；不能已存在", "the file to write; it must not exist"))
    ],
) -> None:
    """Write the database and all files, as of one moment, into one file, while the service runs. No key stands in it."""
    if str(file) == "-":
        raise fail(Text("请写明备份文件的名称：不能备份到标准输出。", "Name a file: a backup is not written to standard output."))
    if not file.parent.is_dir():
        raise fail(
            Text(
                f"没有文件夹 {file.parent}：备份盘是否已挂载？",
                f"There is no folder {file.parent}: is the disk for backups mounted?",
            )
        )
    _keep("backup", file)


@commands.command(help=manual("用本系统的密钥核对备份：每个字节，以及其中的审计记录。"))
def verify(file: Archive) -> None:
    """Check a backup against the keys of this installation: every byte, and the audit trail in it."""
    _keep("verify", file)


@commands.command(
    help=manual(
        "用备份时的密钥把备份恢复到空的数据库和文件存储，并加以验证。备份之后删除过的个人信息会再次删除：依据删除清单，或原文件存储中的记录；二者须不早于备份。"
    )
)
def restore(
    file: Archive,
    erasures: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help=manual("`erasures export` 最近导出的删除清单", "the newest list that `erasures export` has written"),
        ),
    ] = None,
    without_erasures: Annotated[
        bool,
        typer.Option("--without-erasures", help=manual("备份之后没有删除过任何人的信息", "nobody was erased after the backup")),
    ] = False,
    same_storage: Annotated[
        bool,
        typer.Option(
            "--same-storage",
            help=manual("文件存储就是原系统的，由这一套接替", "the storage is that of the installation whose place this one takes"),
        ),
    ] = False,
) -> None:
    """Restore a backup into an empty database and storage, with the keys that it was made with, and prove it. Whoever was erased
    after the backup is erased again: by the list, and by what the storage tells where it is that of before. Whichever tells
    it must be at least as new as the backup."""
    from api.backups.erased import known_erasures

    _keep("restore", file, partial(known_erasures, listed=erasures, without=without_erasures), same_storage=same_storage)


def _keep(verb: str, file: Path, erased: "Callable[[Settings], Known | None] | None" = None, *, same_storage: bool = False) -> None:
    from api.backups.telling import Failed, Verb, run

    try:
        tell(run(Verb(verb), load_settings(), file, erased, same_storage=same_storage))
    except Failed as failure:
        raise fail(failure.text) from None
