"""`python -m api files`."""

import typer

from api.errors import Text
from api.terminal import ClockIsRight, manual, open_house, tell

commands = typer.Typer(no_args_is_help=True, help=manual("照片和附件", "photos and attachments"))


@commands.command("sweep", help=manual("清除没有传完的、无用的文件和没有登记的对象，各在满一天后。"))
def sweep_files(clock_is_right: ClockIsRight = False) -> None:
    """Clear away files that never came or belong to nothing, and objects that no row knows, each once it is a day old."""
    from api.audit.clock import held_clock
    from api.files import sweep

    with open_house() as house, held_clock(house.database, house.storage, house.audit_key, is_right=clock_is_right) as now:
        done = sweep.sweep_files(house.database, house.storage, now)
    tell(
        Text(
            f"已清除：未传完的 {done.awaited} 个，无用的 {done.unused} 个，已删除文件的 {done.discarded} 个，"
            f"无登记的对象 {done.orphans} 个。",
            f"removed: {done.awaited} awaited in vain, {done.unused} unused, {done.discarded} of removed files, "
            f"{done.orphans} objects without a row",
        )
    )
