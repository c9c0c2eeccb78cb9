"""How `backup`, `restore` and `verify` are told to somebody at a terminal."""

import sqlite3
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from rich.progress import Progress, TaskID
from sqlalchemy.exc import DBAPIError

from api.backups import service
from api.backups.rules import BackupError
from api.backups.voice import Voice
from api.errors import Refusal, Text, Unavailable, is_no_space
from api.privacy.notes import Known
from api.schema import UnfitDatabase
from api.settings import Settings
from api.terminal import hint, progress_bar, told
from api.unusable import UNAVAILABLE, why_unusable


class Verb(StrEnum):
    backup = "backup"
    restore = "restore"
    verify = "verify"


class Failed(Exception):
    """Why a command has failed, in words for whoever gave it."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


DONE = {
    Verb.backup: Text("已备份", "Backed up to"),
    Verb.restore: Text("已恢复", "Restored from"),
    Verb.verify: Text("备份可用", "This backup is good:"),
}


def run(
    verb: Verb,
    settings: Settings,
    file: Path,
    erased: Callable[[Settings], Known | None] | None = None,
    *,
    same_storage: bool = False,
) -> Text:
    """Carry a command out, telling each step on the console; returns the line that sums it up. `erased` finds out who was erased
    since the backup that is restored, `same_storage` is as `service.restore` says. Raises `Failed`."""
    with progress_bar() as bar:
        try:
            if verb is Verb.restore:
                known = erased(settings) if erased else None
                done = service.restore(settings, file, _voice(bar), known, same_storage=same_storage)
            else:
                done = _ACTIONS[verb](settings, file, _voice(bar))
            return summary(verb, settings, file, done)
        except Unavailable as error:
            raise Failed(_disk_full(verb, file) if _is_full(error) else UNAVAILABLE) from None
        except (BackupError, Refusal) as error:
            raise Failed(error.sentence()) from None
        except UnfitDatabase as error:
            raise Failed(error.text) from None
        except OSError as error:
            if _is_full(error):
                raise Failed(_disk_full(verb, file)) from None
            raise Failed(why_unusable(error, file)) from None
        except (sqlite3.Error, DBAPIError) as error:
            if _is_full(error):
                raise Failed(_disk_full(verb, file)) from None
            raise Failed(why_unusable(error.orig if isinstance(error, DBAPIError) else error)) from None


def _is_full(error: BaseException | None) -> bool:
    """Whether a full disk stands behind an error."""
    while error is not None:
        if is_no_space(error):
            return True
        if isinstance(error, sqlite3.Error | DBAPIError) and "disk is full" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _disk_full(verb: Verb, file: Path) -> Text:
    if verb is Verb.backup:
        return Text(
            f"磁盘已满：写不下 {file}，或临时文件夹（TMPDIR）放不下数据库的副本。",
            f"The disk is full: there is no room for {file}, or for a copy of the database in the temporary folder (TMPDIR).",
        )
    return Text(
        "磁盘已满：数据库或文件存储所在的磁盘没有空间了。", "The disk is full: there is no room for the database or the files."
    )


def summary(verb: Verb, settings: Settings, file: Path, outcome: service.Outcome) -> Text:
    """One line: what was done, and what the archive holds."""
    content, rows = outcome.manifest, outcome.manifest.rows
    made_at = content.made_at.astimezone(settings.zone).strftime("%Y-%m-%d %H:%M:%S")
    members, cards, plates, accounts = (rows.get(table, 0) for table in ("member", "card", "plate", "account"))
    return Text(
        f"{DONE[verb].zh} {file}：制作于 {made_at}，{content.engine}，结构 {content.revision}，"
        f"党员 {members}，身份卡 {cards}，印制码 {plates}，账号 {accounts}，"
        f"文件 {outcome.files}，审计 {content.audit_seq} 条，{outcome.bytes} 字节。",
        f"{DONE[verb].en} {file}, made at {made_at}, {content.engine}, revision {content.revision}: "
        f"{members} members, {cards} cards, {plates} printed codes, {accounts} accounts, "
        f"{outcome.files} files, {content.audit_seq} audit lines, {outcome.bytes} bytes.",
    )


def _voice(bar: Progress) -> Voice:
    tasks: dict[Text, TaskID] = {}

    def progress(part: Text, done: int, total: int) -> None:
        if part not in tasks:
            tasks[part] = bar.add_task(told(part), total=total)
        bar.update(tasks[part], completed=done)

    return Voice(hint, progress)


_ACTIONS: dict[Verb, Callable[[Settings, Path, Voice], service.Outcome]] = {
    Verb.backup: service.backup,
    Verb.verify: service.verify,
}
