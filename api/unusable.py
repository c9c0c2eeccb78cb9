"""Why the database, its file or another one cannot be worked with, in words for whoever runs the program; never with a password."""

import sqlite3
from pathlib import Path
from typing import Final

from api.errors import Text

UNAVAILABLE: Final = Text(
    "数据库或文件存储繁忙，或无法使用，或磁盘已满；请稍后再试。",
    "The database or the storage of files is busy, or cannot be used, or the disk is full; try again later.",
)
UNREACHABLE: Final = Text(
    "连不上数据库（{why}）。请核对 DATABASE_URL 中的地址、库名、用户名和密码，并确认数据库正在运行。",
    "The database cannot be reached ({why}). Check the host, name, user and password in DATABASE_URL, and that it is running.",
)
NOT_ALLOWED: Final = Text(
    "数据库角色没有所需的权限（{why}）。migrate 和 restore 要用数据库的所有者，其他命令用服务角色；"
    "授权语句见 README 的 PostgreSQL 一节。",
    "The database role lacks a right ({why}). migrate and restore are run as the database's owner, everything else as the serving "
    "role; the README (PostgreSQL) has the statements that grant what it needs.",
)
READ_ONLY: Final = Text(
    "这个数据库只能读（{why}）。请在 DATABASE_URL 中写主库。",
    "This database can only be read ({why}). Name the primary server in DATABASE_URL.",
)
FILE_UNUSABLE: Final = Text(
    "不能打开或写入数据库文件（{why}）。请核对 DATABASE_URL 中的路径、文件及其所在文件夹的权限和磁盘空间。",
    "The database's file cannot be opened or written ({why}). Check the path in DATABASE_URL, who may write to the file and its "
    "folder, and the room on the disk.",
)
UNUSABLE: Final = Text("数据库无法使用（{why}）。", "The database cannot be used ({why}).")
FILE: Final = Text(
    "不能读写 {file}（{why}）。请核对路径、权限和磁盘空间。",
    "{file} cannot be read or written ({why}). Check the path, who may use it, and the room on the disk.",
)
FILES: Final = Text(
    "不能读写文件（{why}）。请核对权限和磁盘空间。",
    "A file cannot be read or written ({why}). Check who may use it, and the room on the disk.",
)
SQLITE_FILE: Final = {
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
}  # fmt: skip
UNREACHABLE_STATES: Final = ("08", "28", "3D", "53", "57P")
"""Connection, identity, no such database, resources, a server that stops or starts."""


def why_unusable(error: BaseException | None, file: Path | None = None) -> Text:
    """A sentence for an error of a driver or of the system, and what to do about it; `file` is what was worked with, where the
    system names none."""
    if isinstance(error, OSError):
        name = error.filename or file
        return (FILE if name else FILES).fill(file=name, why=error.strerror or error)
    why = next(iter(str(error).strip().splitlines()), "?")
    if isinstance(error, sqlite3.Error):
        return (FILE_UNUSABLE if getattr(error, "sqlite_errorcode", 0) & 0xFF in SQLITE_FILE else UNUSABLE).fill(why=why)
    # A connection that never came about has no SQLSTATE.
    state = getattr(error, "sqlstate", None)
    if state is None or state.startswith(UNREACHABLE_STATES):
        return UNREACHABLE.fill(why=why)
    return {"42501": NOT_ALLOWED, "25006": READ_ONLY}.get(state, UNUSABLE).fill(why=why)
