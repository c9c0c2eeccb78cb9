"""How somebody who waits for a backup, a check or a restoration is kept told."""

from collections.abc import Callable
from dataclasses import dataclass

from api.errors import Text


@dataclass(frozen=True)
class Voice:
    """How somebody is kept told: by sentences, and by how much of a part (in its own units) is done of how much."""

    say: Callable[[Text], None]
    progress: Callable[[Text, int, int], None]


COPYING = Text("正在复制数据库（其他人可以照常使用）。", "Copying the database; others may go on working.")
FILES_PART = Text("照片和附件", "photos and attachments")
READING_PART = Text("核对备份文件", "reading the backup")
WRITTEN = Text("备份已写好，并已落盘。", "The backup is written, and on the disk.")
CONTENT_HOLDS = Text("备份文件完整，密钥相符。", "The backup is whole, and the keys are its own.")
DUMP_READ = Text("转储已全部读出。", "The dump was read to its end.")
RESTORING = Text("正在恢复数据库。", "Restoring the database.")
MIGRATED = Text("数据库结构已从 {found} 升级到当前版本。", "The schema was brought from {found} to the present revision.")
ROWS_HOLD = Text("{tables} 张表共 {rows} 行，与备份时一致。", "{tables} tables hold {rows} rows, as when the backup was made.")
TRAIL_HOLDS = Text("审计记录 {lines} 条全部相符。", "All {lines} audit lines hold.")
FILES_THERE = Text("登记的 {count} 个文件都在。", "All {count} registered files are there.")
SCANS_HOLD = Text(
    "试扫了 {count} 个已印出的二维码，结果与身份卡状态相符。",
    "{count} printed codes were looked up, and answered as their cards are.",
)
SESSIONS_ENDED = Text(
    "当时的 {count} 个登录已全部退出，须重新登录。"
    "注意：备份之后停用的账号、收回的角色、更换的密码和验证器，恢复后仍是当时的样子，请逐一再办。",
    "All {count} sessions of then have ended: whoever was signed in signs in again. CAUTION: accounts that were shut, roles "
    "that were taken away, and passwords and second factors that were changed after the backup are as they were then: do these "
    "once more.",
)
SESSIONS_STAND = Text(
    "注意：当时的登录未能退出，请运行 `accounts end-sessions --all`；"
    "备份之后停用的账号、收回的角色、更换的密码和验证器，也请逐一再办。",
    "CAUTION: the sessions of then could not be ended: run `accounts end-sessions --all`. Accounts that were shut, roles that "
    "were taken away, and passwords and second factors that were changed after the backup are as they were then: do these once "
    "more.",
)
ERASED_AGAIN = Text("按删除清单再次删除了 {count} 人的信息。", "Erased again, as the list of erasures says: {count}.")
NAMES_STAY = Text(
    "注意：有的已删除个人信息者的用户名未能去除（{why}），日常维护会每天再试。",
    "CAUTION: a user name of somebody whose data was erased could not be taken away ({why}): the housekeeping tries it each day.",
)
NOT_NOTED_ANEW = Text(
    "注意：数据库中的删除记录未能标为待写入文件存储（{why}），请保留所有已导出的删除清单，并再次用 `erasures export` 导出。",
    "CAUTION: the storage will not be told of the erasures that are in the database ({why}): keep all lists of "
    "them, and export another by `erasures export`.",
)
ERASURES_AS_OF = Text(
    "注意：所知的删除记录（{count} 人）截至 {as_of}，距今 {days} 天 {hours} 小时。此后删除的信息会重新出现，请确认没有更新的清单。",
    "CAUTION: what is known of erasures ({count}) is as of {as_of}, {days} days and {hours} hours ago. Whatever was erased later "
    "comes back: make sure that there is no newer list.",
)
ERASURES_NOT_NOTED = Text(
    "备份已写好，但未能在文件存储中写明删除记录的截止时间；恢复时需要另行导出的删除清单。",
    "The backup is written, but the storage could not be told up to when it knows of erasures: a restoration will need a list that "
    "was exported.",
)
ERASURES_UNSOUND = Text(
    "注意：备份已写好，但文件存储中的删除记录在恢复时不会被采信。{why}",
    "CAUTION: the backup is written, but a restoration would not go by what the storage tells of erasures. {why}",
)
STAYS_UNPROVEN = Text(
    "没有恢复完成的数据库未能清除，请勿使用；再次恢复时会先将其清除。",
    "The database that was not restored to the end could not be removed: do not use it; the next restoration clears it away first.",
)
NOTED_HOLD = Text("与 {count} 个检查点一致。", "It agrees with {count} checkpoints.")
NOT_NOTED = Text(
    "备份已写好，但检查点未能写入文件存储，只记在日志中。",
    "The backup is written, but its checkpoint stands in the log alone: the storage of files cannot be reached.",
)
TRAIL_BROKEN = Text(
    "注意：备份已写好，但审计记录不可信，未写检查点。{why}请先用 `audit verify` 查明原因，并保留较早的备份。",
    "CAUTION: the backup is written, but the audit trail does not hold, and no checkpoint of it was noted. {why} Find out why, by "
    "`audit verify`, and keep the earlier backups.",
)
CODES_MISREAD = Text(
    "注意：备份已写好，但印制码的试扫不符。{what}请先查明原因，并保留较早的备份。",
    "CAUTION: the backup is written, but printed codes are not answered as they should be. {what} Find out why, and keep the "
    "earlier backups.",
)
CODES_NOT_LOOKED_UP = Text(
    "备份已写好，但数据库忙，印制码未能试扫。",
    "The backup is written, but the database was too busy for printed codes to be looked up.",
)
TRAIL_NOT_WALKED = Text(
    "注意：备份已写好，但其中的审计记录未能核对，未写检查点。",
    "CAUTION: the backup is written, but its audit trail could not be walked, and no checkpoint of it was noted.",
)
NOTED_LATER = Text(
    "注意：文件存储中的检查点记到第 {until} 条审计记录，备份只到第 {seq} 条，其间所做的不在备份中。",
    "Note: the checkpoints in the storage tell of audit lines up to {until}, and the backup ends at line {seq}: what was done "
    "between them is not in it.",
)
CLOCK_DOUBTFUL = Text(
    "注意：本机时钟与上次日常维护的时间相差 {days} 天，可能不对。如确实不对，请先校准再重新备份："
    "备份时间写错的，恢复时不知道删除清单是否更新。",
    "CAUTION: this machine's clock and the time when house was last kept lie {days} days apart. If it is wrong, set it and make "
    "another backup: of one that bears a wrong time no restoration knows whether a list of erasures is newer.",
)
CLOCK_DOUBTFUL_HERE = Text(
    "注意：本机时钟与备份（或文件存储）所记的上次日常维护相差太远，或不知上次是何时，可能不对。在核对时钟并运行 "
    "`housekeeping --clock-is-right` 之前，不做日常维护，以免误删。",
    "CAUTION: this machine's clock, which lies far from when house was last kept as the backup or the storage tells, or of which "
    "neither tells, may be wrong. Until somebody has looked at it and said `housekeeping --clock-is-right`, no house is kept, "
    "since that forgets for good.",
)
MADE_AHEAD = Text(
    "注意：备份写明的时间 {made_at} 尚未到来：当时的时钟快了，或本机的慢了。在此之前导出的删除清单都会被认为比它更早。",
    "CAUTION: the backup bears a time that is yet to come, {made_at}: the clock of then was ahead, or the one here is behind. "
    "Until then every list of erasures is taken for older than it.",
)
OTHER_ADDRESS = Text(
    "注意：备份时的网址是 {there}，现在是 {here}，已印出的二维码仍指向原网址。",
    "Note: the address was {there} when the backup was made and is {here} now; printed codes lead to the former one.",
)
