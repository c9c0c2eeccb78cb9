"""`python -m api audit`."""

from pathlib import Path
from typing import Annotated

import typer

from api.errors import Text
from api.terminal import MOST_FAULTS_TOLD, fail, manual, open_house, put, tell

commands = typer.Typer(no_args_is_help=True, help=manual("审计记录", "the audit trail"))


@commands.command(
    "verify",
    help=manual(
        "核对全部审计记录，并与文件存储和日志中的检查点比对。遇到第一条被改动、删除或截去的记录即报告，退出码为 1；"
        "全部相符但两天没有检查点的、党员记录与删除记录不符的、数据库缺少文件存储写明的删除记录的，"
        "或文件存储中的删除记录有不是本系统签名的，退出码也为 1。"
    ),
)
def verify_audit(
    log: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True, dir_okay=False, help=manual("服务的日志文件；可写多次", "a log of the server; may be given several times")
        ),
    ] = None,
) -> None:
    """Check the whole audit trail, and hold it against the checkpoints in the storage and in logs. Ends with status 1 at the first
    line that was altered, removed or cut off; and where all hold, but nothing was noted for two days, or members' records
    contradict what is written down of erasures, or the database has lost some that the storage tells, or some there are not signed.
    """
    from datetime import UTC, datetime

    from api.audit import checkpoints, service
    from api.audit.rules import OVERDUE, is_ahead, restorations
    from api.audit.words import reason
    from api.database import Origin
    from api.privacy.contradicting import Contradicted, contradicted
    from api.privacy.rules import ErasuresLost, MembersContradicted

    with open_house() as house:
        # Before the trail, which only grows: what is noted now must be in it.
        noted = checkpoints.noted_in_storage(house.storage, house.audit_key)
        for path in log or ():
            with path.open(encoding="utf-8", errors="replace") as lines:
                checkpoints.add_from_log(noted, str(path), lines, house.audit_key)
        with house.database.reading(Origin("cli")) as work:
            held, broken = service.verify(work, house.audit_key, noted.checkpoints)
            since = None if broken else service.unnoted_since(work, noted.checkpoints)
        wanted = (house.database, house.storage, house.cipher, house.audit_key, datetime.now(UTC))
        members, lost, forged = Contradicted() if broken else contradicted(*wanted)
    if broken is not None:
        why, name = reason(broken), broken.checkpoint.name if broken.checkpoint else None
        raise fail(
            Text(
                f"审计记录从第 {broken.seq} 条起不可信：{why.zh}{f'（见检查点 {name}）' if name else ''}。之前的 {held} 条相符。",
                f"The audit trail is broken at line {broken.seq}: {why.en}{f', as the checkpoint {name} tells' if name else ''} "
                f"({held} lines before it hold).",
            )
        )
    if noted.forged:
        raise fail(
            Text(
                f"检查点 {noted.forged[0]} 不是用 AUDIT_KEY 签名的（{held} 条审计记录相符）。",
                f"Nobody with AUDIT_KEY has signed the checkpoint {noted.forged[0]} ({held} lines hold).",
            )
        )
    tell(Text(f"审计记录 {held} 条全部相符。", f"{held} audit lines hold."))
    if number := len(noted.checkpoints):
        tell(Text(f"与 {number} 个检查点一致。", f"Checkpoints that they agree with: {number}."))
    for one in restorations(noted.checkpoints):
        seq, at, archive = one.checkpoint.seq, f"{one.checkpoint.at:%Y-%m-%d %H:%M:%S} UTC", one.checkpoint.archive
        gap = Text("", "")
        if one.until > seq:
            gap = Text(
                f"；此后记过的第 {seq + 1} 至 {one.until} 条随之失去",
                f"; what was noted from line {seq + 1} to {one.until} went with it",
            )
        tell(
            Text(
                f"{at} 曾从备份 {archive} 恢复，该备份止于第 {seq} 条{gap.zh}。",
                f"Restored at {at} from the archive {archive}, which ended at line {seq}{gap.en}.",
            )
        )
    if ahead := [one for one in noted.checkpoints if is_ahead(one, datetime.now(UTC))]:
        tell(
            Text(
                f"注意：检查点 {ahead[0].name} 的时间尚未到来，当时的时钟快了；它写于何时不得而知。",
                f"Note: the checkpoint {ahead[0].name} bears a moment that is yet to come, from a clock that was ahead: when it "
                "was written nobody knows.",
            )
        )
    wrong = None
    if members:
        wrong = fail(MembersContradicted({"count": len(members)}).sentence())
        put("\n".join(members[:MOST_FAULTS_TOLD]))
    if lost:
        wrong = fail(ErasuresLost({"count": len(lost)}).sentence())
    if forged:
        wrong = fail(
            Text(
                f"文件存储中有 {len(forged)} 个删除记录不是用 AUDIT_KEY 签名的，恢复不会采信该文件存储。",
                f"Nobody with AUDIT_KEY has signed {len(forged)} of the erasures in the storage: no restoration goes by it.",
            )
        )
        put("\n".join(forged[:MOST_FAULTS_TOLD]))
    if since is not None:
        hours = max(0, int((datetime.now(UTC) - since).total_seconds())) // 3600
        age = Text(f"{hours // 24} 天 {hours % 24} 小时", f"{hours // 24} days and {hours % 24} hours")
        if datetime.now(UTC) - since > OVERDUE:
            raise fail(
                Text(
                    f"警告：已有 {age.zh}没有新的检查点（应当每天一个）。此后的记录若被截去，这里看不出来。"
                    "请检查日志中的 housekeeping_failed。",
                    f"CAUTION: nothing was noted for {age.en}, although something is each day. Lines of this time that were cut "
                    "off do not show. Look for housekeeping_failed in the log.",
                )
            )
        if noted.checkpoints:
            tell(Text(f"最新的检查点写于 {age.zh}前。", f"The newest checkpoint is {age.en} old."))
    if wrong is not None:
        raise wrong
