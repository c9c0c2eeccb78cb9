"""Why there is no backup, no restoration, or no proof of one; and what an archive promises against what was found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

from api.audit.rules import Checkpoint, Occasion
from api.errors import Text


class BackupError(Exception):
    """A backup, restoration or check that is not carried out, or whose outcome must not be trusted."""

    text: ClassVar[Text]

    def __init__(self, **params: object) -> None:
        super().__init__()
        self.params = params

    def sentence(self) -> Text:
        return self.text.fill(**self.params)

    def __str__(self) -> str:
        return self.sentence().en


class ErasuresUnknown(BackupError):
    text = Text(
        "不知道备份之后删除过哪些人的信息。请用 --erasures 指定 `erasures export` 写出的清单；如确无删除，用 --without-erasures。",
        "Nothing tells whose data was erased after the backup. Name the list that `erasures export` has written by --erasures; or, "
        "if nobody was erased, say --without-erasures.",
    )


class NotTheErasures(BackupError):
    text = Text(
        "删除清单已损坏、被改动，或不是用本系统的 AUDIT_KEY 签发的（{where}）。",
        "The list of erasures is damaged, was altered, or was signed with another AUDIT_KEY ({where}).",
    )


class ErasuresUndated(BackupError):
    text = Text(
        "删除清单是旧格式，没有写明制作时间（{where}）。请用 `erasures export` 重新导出；如确无删除，用 --without-erasures。",
        "The list of erasures is of an earlier form, which does not tell when it was made ({where}). Export a new one by `erasures "
        "export`; or, if nobody was erased, say --without-erasures.",
    )


class ErasuresOlder(BackupError):
    text = Text(
        "删除清单截至 {as_of}，比备份（{made_at}）更早。请用 `erasures export` 重新导出；如确无删除，用 --without-erasures。",
        "The list of erasures, as of {as_of}, is older than the backup, of {made_at}: export a new one by `erasures export`; or, "
        "if nobody was erased, say --without-erasures.",
    )


class ErasuresAhead(BackupError):
    text = Text(
        "删除记录的截止时间 {as_of} 尚未到来：当时的时钟快了，无法得知它是否比备份更新。请核对本机时间，或用 `erasures export` "
        "重新导出；如确无删除，用 --without-erasures。",
        "What is known of erasures is as of {as_of}, which is yet to come: a clock was ahead, and nobody knows whether that is "
        "newer than the backup. Look at the clock here, or export a new list by `erasures export`; or, if nobody was erased, say "
        "--without-erasures.",
    )


class ErasuresMissing(BackupError):
    text = Text(
        "文件存储写明共删除过 {wanted} 人的信息，却只找到 {found} 人的记录。请用 --erasures 指定最新的清单。",
        "The storage tells of {wanted} erasures, and only {found} of them are found. Name the newest list by --erasures.",
    )


class NotErasedAgain(BackupError):
    text = Text(
        "备份之后删除过的人无法再次删除：数据库中有无法读出的内容（{why}），因此没有恢复。可用 --without-erasures 恢复，"
        "改正后再次删除。",
        "Whoever was erased after the backup cannot be erased again, since something in the database cannot be read ({why}): "
        "nothing was restored. With --without-erasures all is: erase them anew, once that is put right.",
    )


class NotAnArchive(BackupError):
    text = Text("这个文件不是亮显的备份。", "This file is not a backup of liangxian.")


class Truncated(BackupError):
    text = Text("备份文件不完整：末尾缺失。请换用另一份备份。", "The backup is cut off: its end is missing. Use another one.")


class Damaged(BackupError):
    text = Text(
        "备份文件已损坏或被改动（{where}）。请换用另一份备份。", "The backup is damaged or was altered ({where}). Use another one."
    )


class NewerFormat(BackupError):
    text = Text(
        "备份由更新版本的程序制作（格式 {found}）。请先升级程序。",
        "The backup was made by a newer program (format {found}). Upgrade the program first.",
    )


class WrongAuditKey(BackupError):
    text = Text(
        "AUDIT_KEY 与制作备份时的不同。请使用当时的密钥。", "AUDIT_KEY is not the one that the backup was made with. Use that one."
    )


class WrongDigestKey(BackupError):
    text = Text(
        "DIGEST_KEY 与制作备份时的不同。请使用当时的密钥。",
        "DIGEST_KEY is not the one that the backup was made with. Use that one.",
    )


class WrongDataKey(BackupError):
    text = Text(
        "DATA_KEYS 中缺少密钥 {key_id}，或与制作备份时的不同。",
        "DATA_KEYS has no key {key_id}, or not the one that the backup was made with.",
    )


class UnknownRevision(BackupError):
    text = Text(
        "数据库结构版本 {revision} 不为本程序所知，可能来自更新的版本。请先升级程序。",
        "This program does not know the schema revision {revision}; it may be a newer one. Upgrade the program first.",
    )


class NotMigrated(BackupError):
    text = Text("这里还没有可以备份的数据库。", "There is no database here yet that could be backed up.")


class UnsoundDatabase(BackupError):
    text = Text("数据库文件已损坏：{why}", "The database file is damaged: {why}")


class OtherEngine(BackupError):
    text = Text(
        "备份来自 {found}，而 DATABASE_URL 指向 {wanted}。请恢复到同一种数据库。",
        "The backup is of {found}, but DATABASE_URL names {wanted}. Restore it into the same kind of database.",
    )


class AlreadyThere(BackupError):
    text = Text("{path} 已存在，不予覆盖。", "{path} exists already and is not overwritten.")


class CannotWrite(BackupError):
    text = Text("无法写入备份文件：{why}", "The backup cannot be written: {why}")


class DatabaseNotEmpty(BackupError):
    text = Text(
        "目标数据库不是空的（{place}），只能恢复到空的地方。",
        "The database is not empty ({place}). A backup is restored only into an empty place.",
    )


class StorageInUse(BackupError):
    text = Text(
        "文件存储属于另一套系统：其中的 {name} 不在备份之内。演练请用 STORAGE_URL 指定空的位置；如原系统已停用、由这一套接替，"
        "请加 --same-storage。",
        "The storage belongs to another installation: {name} lies there and not in the backup. For a rehearsal, name an empty "
        "one by STORAGE_URL; where that installation is gone and this one takes its place, say --same-storage.",
    )


class StorageOfThen(StorageInUse):
    text = Text(
        "文件存储属于备份所出自的系统：其中有检查点 {name}。演练请用 STORAGE_URL 指定空的位置；如原系统已停用、由这一套接替，"
        "请加 --same-storage。",
        "The storage is that of the installation that the backup was made of: the checkpoint {name} lies there. For a rehearsal, "
        "name an empty one by STORAGE_URL; where that installation is gone and this one takes its place, say --same-storage.",
    )


class BeingRestored(BackupError):
    text = Text(
        "另一次恢复正在向这个数据库写入。请等它结束后再试。",
        "Another restoration is writing into this database. Wait until it has ended, then try again.",
    )


class BeingServed(BackupError):
    text = Text(
        "还有服务或命令连着这个数据库。请先把它们都停下，再恢复。",
        "A server or a command is still connected to this database. Stop them all, then restore.",
    )


class ObjectTaken(BackupError):
    text = Text(
        "存储位置已有同名但内容不同的文件：{key}。请换用空的位置。",
        "The storage holds other content under the name {key}. Use an empty place.",
    )


class NotRegistered(BackupError):
    """That what lies in the storage is not the file that is registered."""


class ObjectMissing(NotRegistered):
    text = Text("存储位置缺少文件：{key}", "The storage has no object {key}.")


class ObjectOfNoFile(NotRegistered):
    text = Text(
        "数据库中登记的文件 {key} 不在存放文件的位置，这一行不是本程序所写。请先查明原因。",
        "The database registers {key} as a file, where no file lies. This program has not written that row: find out who has.",
    )


class ObjectDamaged(NotRegistered):
    text = Text("存储位置的文件与登记不符：{key}", "The object {key} in the storage is not what was registered.")


class NoTool(BackupError):
    text = Text(
        "没有找到适用的 {tool}：数据库服务器是 PostgreSQL {version}，需要 {needed} 或更高版本。"
        "请安装相应的 PostgreSQL 客户端，或在 POSTGRESQL_TOOLS 中写明它所在的目录。",
        "No fitting {tool} was found: the database server is PostgreSQL {version}, and {needed} or later is needed. "
        "Install that version's client programs, or name their folder in POSTGRESQL_TOOLS.",
    )


class ToolFailed(BackupError):
    text = Text("{tool} 失败：{why}", "{tool} failed: {why}")


class LeftOut(BackupError):
    text = Text(
        "PostgreSQL 的导出中没有这些表：{tables}，可能有人把它们归入了某个扩展，因此没有写备份。请先查明原因。",
        "PostgreSQL's dump leaves out these tables: {tables}. Somebody may have made them part of an extension. No backup is "
        "written: find out why.",
    )


class ChangedMeanwhile(BackupError):
    text = Text(
        "导出期间有人改动了数据库中表、函数、触发器等的定义，因此没有写备份。请再备份一次；如又是这样，请查清是谁改的。",
        "Somebody changed the definition of a table, function, trigger or the like while the database was dumped: no backup is "
        "written. Make it again; if that says the same, find out who changes them.",
    )


class OlderServer(BackupError):
    text = Text(
        "备份来自 PostgreSQL {found}，此处的服务器是较旧的 {here}。请恢复到同一版本或更新的服务器。",
        "The backup is of PostgreSQL {found}, the server here is the older {here}. Restore it into the same or a newer one.",
    )


class FilesLeftOut(BackupError):
    """The backup is written, without some files."""

    text = Text(
        "备份已写好，但有 {count} 个文件未能装入。{what}请先查明原因，并保留装有这些文件的较早备份。",
        "The backup is written, but for {count} files. {what} Find out why, and keep the earlier backups, which may hold them.",
    )

    def __init__(self, faults: Sequence[BackupError]) -> None:
        super().__init__(count=len(faults), what=told_together([fault.sentence() for fault in faults[:10]]))


class OlderSchema(BackupError):
    """The backup is written. While the database says so no server works with it, so whoever keeps one has migrated it."""

    text = Text(
        "备份已写好，但数据库自称结构是 {revision}，比本程序的旧。如果已经升级过，就是有人改过这个说法，这份备份可能无法恢复："
        "请查明是谁，再重新备份；否则请先运行 `python -m api migrate`，再备份一次。",
        "The backup is written, but the database says that its schema is of {revision}, older than this program's. If it was "
        "migrated, somebody has changed what it says, and this backup may not be restored: find out who, and make another. "
        "Otherwise run `python -m api migrate`, and make another then.",
    )


class NotProven(BackupError):
    """Carried out, but what was found afterwards is not right."""

    text = Text("检查没有通过，请先查明原因再使用：{what}", "The checks have failed; find out why before you use it: {what}")

    def __init__(self, findings: list[Text]) -> None:
        super().__init__()
        self.findings = findings

    def sentence(self) -> Text:
        return self.text.fill(what=told_together(self.findings))


def told_together(findings: Sequence[Text]) -> Text:
    """Several findings in one piece of text."""
    return Text("".join(found.zh for found in findings), " ".join(found.en for found in findings))


BROKEN_TRAIL = Text("审计记录在第 {seq} 条处中断（{why}）。", "The audit trail is broken at line {seq}: {why}.")
CONTRADICTED_TRAIL = Text(
    "审计记录在第 {seq} 条处（{why}）与检查点 {checkpoint} 不符。",
    "At line {seq} ({why}) the audit trail is not what the checkpoint {checkpoint} tells of it.",
)
FORGED_CHECKPOINT = Text("检查点 {name} 不是用 AUDIT_KEY 签署的。", "Nobody with AUDIT_KEY has signed the checkpoint {name}.")
OTHER_ROWS = Text("表 {table} 应有 {wanted} 行，实有 {found} 行。", "The table {table} should have {wanted} rows and has {found}.")
OTHER_HEAD = Text("审计记录的末尾与备份时不同。", "The audit trail ends otherwise than when the backup was made.")
OTHER_REVISION = Text("数据库结构版本应为 {wanted}，实为 {found}。", "The schema should be at revision {wanted} and is at {found}.")
FILE_WITHOUT_OBJECT = Text("登记的文件 {key} 没有内容。", "The registered file {key} has no content.")
CONTRADICTED_MEMBERS = Text(
    "有 {count} 名党员的记录与备份中的删除记录不符：未写明已删除而有删除记录，或写明已删除而没有（{keys}）。可能有人改动了数据库。",
    "The records of {count} members contradict what the backup tells of erasures: they do not say that they were erased, and an "
    "erasure is written down, or the other way round ({keys}). Somebody may have changed the database.",
)
LOST_ERASURES = Text(
    "备份时文件存储写明的删除记录有 {count} 条不在备份的数据库中。可能有人改动了数据库。",
    "The storage told of {count} erasures that are not written down in the database of the backup. Somebody may have changed it.",
)
MEMBERS_UNREAD = Text(
    "无法核对党员记录与删除记录是否相符：数据库中有无法读出的内容（{why}）。",
    "Members cannot be held against what is written down of erasures, since something in the database cannot be read ({why}).",
)
KEY_UNREAD = Text(
    "有一名党员的编号 {key} 无法读出，因此无法得知其是否在备份之后被删除过。",
    "The key {key} of a member cannot be read, so that nobody can tell whether he was erased after the backup.",
)

NOT_ERASED_AGAIN = Text(
    "备份之后删除过的党员 {member} 无法再次删除：数据库中有无法读出的内容（{why}）。改正后请再次删除。",
    "The member {member}, who was erased after the backup, cannot be erased again, since something in the database cannot be read "
    "({why}): erase him anew, once that is put right.",
)

OTHER_ANSWER = Text(
    "身份卡 {card} 的印制码扫出的结果是 {found}，应为 {wanted}。",
    "A printed code of the card {card} is answered {found}, and should be answered {wanted}.",
)
NO_ANSWER = Text(
    "身份卡 {card} 的印制码扫不出结果：数据库中有无法读出的内容（{why}）。",
    "A printed code of the card {card} cannot be answered, since something in the database cannot be read ({why}).",
)


@dataclass(frozen=True)
class Facts:
    """What a database says of itself: the revision of its schema, the rows of each table, the end of its audit trail."""

    revision: str
    rows: dict[str, int]
    audit_seq: int
    audit_mac: str


def differences(wanted: Facts, found: Facts) -> list[Text]:
    """A sentence for each way in which a restored database is not the one that was backed up."""
    faults = []
    if found.revision != wanted.revision:
        faults.append(OTHER_REVISION.fill(wanted=wanted.revision, found=found.revision))
    for table in sorted(wanted.rows.keys() | found.rows.keys()):
        if wanted.rows.get(table) != found.rows.get(table):
            faults.append(OTHER_ROWS.fill(table=table, wanted=wanted.rows.get(table, 0), found=found.rows.get(table, 0)))
    if (found.audit_seq, found.audit_mac) != (wanted.audit_seq, wanted.audit_mac):
        faults.append(OTHER_HEAD)
    return faults


def check_unused(there: Collection[Checkpoint], carried: Collection[Checkpoint], archive: str) -> None:
    """Raise `StorageInUse` where a storage has checkpoints of the audit trail beside those that an archive carries and those of
    restorations of it: what is noted there from now on would be held against another trail as well, and what is swept would be
    missed by another database."""
    for one in there:
        if one not in carried and (one.occasion, one.archive) != (Occasion.restore, archive):
            raise StorageInUse(name=one.name)


def check_not_of_then(there: Collection[Checkpoint], archive: str) -> None:
    """Raise `StorageOfThen` where a storage, which passed `check_unused`, has checkpoints although nobody has restored the archive
    with it: then they are not of a restoration but of what the archive was made of."""
    if there and all(one.occasion is not Occasion.restore or one.archive != archive for one in there):
        raise StorageOfThen(name=next(iter(there)).name)


def check_has_nothing_else(strange: Collection[str]) -> None:
    """Raise `StorageInUse` where something in a storage is not the archive's: checkpoints that were signed with another key, the
    mark that house is kept there, or files, which the first sweep of what was restored would take for nobody's."""
    for name in strange:
        raise StorageInUse(name=name)
