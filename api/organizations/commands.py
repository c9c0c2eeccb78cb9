"""`python -m api import organizations`."""

from pathlib import Path
from typing import Annotated

import typer

from api.errors import Text
from api.terminal import end_dry_run, hint, importing, manual, open_house, report
from api.uploads import Imported, OnError, notes_on_sheets

commands = typer.Typer()
NAMED = 10
"""How many organisations without a telephone are told by name."""


@commands.command(
    "organizations", help=manual("从 .csv 或 .xlsx 导入党组织（编码、名称、类型、上级编码，及服务电话）。重复导入不会改变什么。")
)
def import_organizations(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help=manual("只试算每行的结果，不写入", "only tell what would become of each row"))
    ] = False,
    on_error: Annotated[
        OnError,
        typer.Option(
            help=manual(
                "abort：有一行不合格就全部不导入；skip：跳过不合格的行",
                "abort: one rejected row, and nothing is stored; skip: the other rows are",
            )
        ),
    ] = OnError.abort,
) -> None:
    """Load the tree of organisations (编码, 名称, 类型, 上级编码, and 服务电话 if there is one) from a .csv or .xlsx file.

    Running it again changes nothing.
    """
    from api.adapters.sheets import open_sheets
    from api.organizations import service
    from api.organizations.tree_file import read_tree

    with open_house() as house, file.open("rb") as source:
        tree = read_tree(*open_sheets(source))
        try:
            with importing(house, dry_run=dry_run) as work:
                done = service.import_organizations(work, None, tree, dry_run=dry_run, on_error=on_error)
        except service.TreeRejected as refusal:
            _report(refusal.done, dry_run=False)
            raise
    _report(done, dry_run=dry_run)
    if done.without_telephone:
        number, named = len(done.without_telephone), [row.name for row in done.without_telephone[:NAMED]]
        hint(
            Text(
                f"{number} 个党组织没有服务电话，扫码的群众将无处可问：{'、'.join(named)}{' 等' if number > NAMED else ''}。"
                "请在表中加“服务电话”一列再导入，或逐个补填。",
                f"{number} Party organisations have no telephone, so that whoever scans has nobody to ask: {', '.join(named)}"
                f"{' and so on' if number > NAMED else ''}. Add a column 服务电话 and import again, or fill them in one by one.",
            ),
            style="yellow",
        )
    if dry_run:
        end_dry_run(done, on_error)


def _report(done: Imported, *, dry_run: bool) -> None:
    """Tell what became of the rows, and which sheets, rows and columns one may not know of."""
    report(done, dry_run=dry_run, with_sheets=len(done.sheets) > 1)
    for note in notes_on_sheets(done):
        hint(note)
